using System.Runtime.InteropServices;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Funnels to SQL: the events that are steps or exclusions, with what they match; the rest is <see cref="FunnelPlan"/>'s.</summary>
public static class FunnelCompiler
{
    /// <param name="query">Valid, see <see cref="FunnelValidator"/>.</param>
    public static FunnelPlan Compile(FunnelQuery query, FunnelTime time, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        EventSelector[] selectors = [.. query.Steps, .. query.Exclusions];
        var unit = UnitSql.Of(statement, query.Unit);
        // Strictness is about the events between, so there every event comes along.
        var sql = SelectorSql.Scan(
            statement,
            [unit.ScannedKey, dialect.ScannedMicros("e.\"timestamp\"")],
            [.. selectors.Select(SelectorBit.Of)],
            query.Breakdown is { } breakdown ? [statement.AsTextCode(breakdown.Property, QueryLimits.BreakdownValueLength)] : [],
            (time.Range.From, time.Range.To),
            query.Filters,
            every: query.Order is FunnelOrder.Strict);
        return new FunnelPlan(query, time, unit, statement.Finish(sql, time.Range.From, time.Range.To, QueryLimits.ScanRows));
    }
}

/// <summary>
/// The answer out of events: each person's events through a <see cref="FunnelMachine"/>, once for each value that the
/// person is counted under (and each bucket, where the view is over time), in parallel parts of persons.
/// </summary>
public sealed class FunnelPlan : InsightPlan
{
    /// <summary>Widths of bins in seconds that are easy to read; past them whole weeks.</summary>
    private static readonly long[] Widths =
        [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];

    private readonly FunnelQuery _query;
    private readonly FunnelTime _time;
    private readonly StoreQuery _statement;
    private readonly ActorEvents _events;
    private readonly uint _stepBits;
    private int[] _ranks = [];

    internal FunnelPlan(FunnelQuery query, FunnelTime time, UnitSql unit, StoreQuery statement)
    {
        (_query, _time, _statement) = (query, time, statement);
        _events = new ActorEvents(withTexts: query.Breakdown is not null, unit.HasTextKeys);
        _stepBits = (uint)((1L << query.Steps.Count) - 1);
    }

    public override IReadOnlyList<(StoreQuery Statement, IColumnSink Sink)> Scans => [(_statement, _events)];

    public override FunnelResult Read(
        long dataVersion, LocalCalendar calendar, DateTimeOffset computedAt, Func<TimeSpan> elapsed, CancellationToken cancellationToken)
    {
        Arrange(cancellationToken);
        var lines = Lines(cancellationToken);
        var tallies = new Tally?[lines.Count];
        var gate = new Lock();
        Parts.Each(_events.Count, (from, to) =>
        {
            var walk = new Walk(this);
            var mine = new Tally?[lines.Count];
            for (var i = from; i < to; i++)
            {
                Parts.Poll(i, cancellationToken);
                walk.Visit(_events.Of(i), lines, (line, machine) => (mine[line] ??= new Tally(_query, _time, _events.Memory)).Add(machine, null));
                if (_time.Buckets is { } buckets)
                {
                    walk.VisitBuckets(
                        _events.Of(i), lines, buckets, (line, machine, bucket) => (mine[line] ??= new Tally(_query, _time, _events.Memory)).Add(machine, bucket));
                }
            }

            lock (gate)
            {
                for (var l = 0; l < mine.Length; l++)
                {
                    if (mine[l] is { } tally)
                    {
                        tallies[l] = tallies[l] is { } sum ? sum.With(tally) : tally;
                    }
                }
            }
        }, cancellationToken);

        var series = new List<FunnelSeries>();
        for (var l = 0; l < tallies.Length; l++)
        {
            if (tallies[l] is not null || _query.Breakdown is null)
            {
                series.Add((tallies[l] ?? new Tally(_query, _time, _events.Memory)).ToSeries(lines.Name(l)));
            }
        }

        return new FunnelResult
        {
            TimeZone = calendar.Zone.Id,
            Order = _query.Order,
            View = _query.View,
            WindowSeconds = _query.Window.Micros / 1_000_000,
            Buckets = _time.Buckets is { } all ? [.. all.Starts.Select(calendar.Label)] : null,
            Series = series,
            DataVersion = dataVersion,
            ComputedAt = computedAt,
            ElapsedMs = Math.Round(elapsed().TotalMilliseconds, 3),
        };
    }

    protected override void Dispose(bool disposing)
    {
        _events.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The group of a key; only where the unit is one.</summary>
    public string Group(long key) => _events.ActorText(key);

    public override void CheckPoint(InsightPoint point, string path, QueryErrors errors)
    {
        if (_time.Buckets is { } buckets)
        {
            CheckBucket(point.Bucket, buckets, path, errors);
        }
    }

    /// <summary>Those who took a step (within a time, where one is said), or who took the one before that must be taken and not this one.</summary>
    public override IReadOnlyList<long> Persons(InsightPoint point, DateTimeOffset computedAt, CancellationToken cancellationToken)
    {
        Arrange(cancellationToken);
        var step = point.Step!.Value;
        var lines = Lines(cancellationToken);
        var persons = new List<long>();
        var walk = new Walk(this);
        for (var i = 0; i < _events.Count; i++)
        {
            Parts.Poll(i, cancellationToken);
            var found = false;
            if (point.Bucket is { } bucket)
            {
                walk.VisitBuckets(_events.Of(i), lines, _time.Buckets!, (line, machine, at) => found |= at == bucket && IsBehind(line, machine));
            }
            else
            {
                walk.Visit(_events.Of(i), lines, (line, machine) => found |= IsBehind(line, machine));
            }

            if (found)
            {
                persons.Add(_events.Actor(i));
            }
        }

        persons.Sort();
        return persons;

        bool IsBehind(int line, FunnelMachine machine) =>
            !machine.Excluded && machine.Furthest > 0 &&
            (_query.Breakdown is null || string.Equals(lines.Name(line), point.Breakdown, StringComparison.Ordinal)) &&
            (point.DroppedOff ? !Took(_query, machine, step) && Took(_query, machine, Before(_query, step)) : Took(_query, machine, step) && IsInTime(machine));

        bool IsInTime(FunnelMachine machine) =>
            (point.FromSeconds ?? point.ToSeconds) is null ||
            ((machine.At(step) - machine.At(1)) / 1_000_000 is var seconds && seconds >= (point.FromSeconds ?? 0) && seconds < (point.ToSeconds ?? long.MaxValue));
    }

    private static bool Took(FunnelQuery query, FunnelMachine machine, int step) =>
        query.Steps[step - 1].Optional ? (machine.Taken & (1u << (step - 1))) != 0 : machine.Furthest >= step;

    /// <summary>The step before that must be taken.</summary>
    private static int Before(FunnelQuery query, int step)
    {
        do
        {
            step--;
        }
        while (query.Steps[step - 1].Optional);
        return step;
    }

    private void Arrange(CancellationToken cancellationToken)
    {
        _events.Arrange(cancellationToken);
        _ranks = _query.Breakdown is null ? [] : TextOrder.Ranks(_events.Codes);
    }

    /// <summary>Which values get a line of their own: those that most persons entered with.</summary>
    private ValueLines Lines(CancellationToken cancellationToken)
    {
        if (_query.Breakdown is not { } breakdown)
        {
            return ValueLines.One;
        }

        // A value without a number has the place before all others.
        var entered = new long[_events.Codes.Count + 1];
        var gate = new Lock();
        Parts.Each(_events.Count, (from, to) =>
        {
            var walk = new Walk(this);
            var mine = new Dictionary<int, long>();
            for (var i = from; i < to; i++)
            {
                Parts.Poll(i, cancellationToken);
                walk.VisitValues(_events.Of(i), (code, machine) => CollectionsMarshal.GetValueRefOrAddDefault(mine, code, out _) += machine is { Furthest: > 0, Excluded: false } ? 1 : 0);
            }

            lock (gate)
            {
                foreach (var (code, count) in mine)
                {
                    entered[code + 1] += count;
                }
            }
        }, cancellationToken);
        return ValueLines.Of<long>(entered, _events.Codes, breakdown.Limit);
    }

    /// <summary>Puts one person's events through machines. One thread's.</summary>
    private sealed class Walk(FunnelPlan plan)
    {
        private readonly FunnelQuery _query = plan._query;
        private readonly List<int> _values = [];
        private FunnelMachine _machine = new(plan._query);
        private FunnelMachine _other = new(plan._query);
        private ActorEvent[] _sorted = [];

        /// <summary>A machine that has run for each line that the person is in: one result for each person and line.</summary>
        public void Visit(ReadOnlySpan<ActorEvent> events, ValueLines lines, Action<int, FunnelMachine> take)
        {
            var sorted = Sorted(events);
            Values(sorted);
            Lines(sorted, lines, long.MinValue, long.MaxValue, take);
        }

        public void VisitValues(ReadOnlySpan<ActorEvent> events, Action<int, FunnelMachine> take)
        {
            var sorted = Sorted(events);
            Values(sorted);
            foreach (var value in _values)
            {
                Run(sorted, value, long.MinValue, long.MaxValue, _machine);
                take(value, _machine);
            }
        }

        /// <summary>For each bucket in which the person has a step 1 (in any order: a step), as if only chains from there were.</summary>
        public void VisitBuckets(ReadOnlySpan<ActorEvent> events, ValueLines lines, TimeBuckets buckets, Action<int, FunnelMachine, int> take)
        {
            var sorted = Sorted(events);
            Values(sorted);
            var first = _query.Order is FunnelOrder.Any ? plan._stepBits : 1u;
            var done = -1;
            foreach (var e in sorted)
            {
                if ((e.Bits & first) == 0 || (done >= 0 && e.At < End(buckets, done)))
                {
                    continue;
                }

                done = Bucket(buckets, e.At);
                var bucket = done;
                Lines(sorted, lines, buckets.Starts[bucket], End(buckets, bucket), (line, machine) => take(line, machine, bucket));
            }
        }

        private void Lines(ReadOnlySpan<ActorEvent> events, ValueLines lines, long from, long to, Action<int, FunnelMachine> take)
        {
            var other = int.MinValue;
            foreach (var value in _values)
            {
                var line = lines.Of(value);
                Run(events, value, from, to, _machine);
                if (_query.Breakdown is null || line != lines.Other)
                {
                    take(line, _machine);
                }
                else if (Score(_machine) > other)
                {
                    // A person is in the rest once, with the value that leads furthest.
                    other = Score(_machine);
                    (_machine, _other) = (_other, _machine);
                }
            }

            if (other != int.MinValue)
            {
                take(lines.Count - 1, _other);
            }
        }

        private static int Score(FunnelMachine machine) => machine.Excluded ? 0 : machine.Furthest == 0 ? -1 : machine.Furthest;

        private static int Bucket(TimeBuckets buckets, long at)
        {
            var (low, high) = (0, buckets.Count);
            while (high - low > 1)
            {
                var middle = (low + high) / 2;
                (low, high) = buckets.Starts[middle] <= at ? (middle, high) : (low, middle);
            }

            return low;
        }

        private static long End(TimeBuckets buckets, int bucket) => bucket + 1 < buckets.Count ? buckets.Starts[bucket + 1] : buckets.To;

        private void Run(ReadOnlySpan<ActorEvent> events, int value, long from, long to, FunnelMachine machine)
        {
            if (_query.Breakdown is null && from == long.MinValue && to == long.MaxValue)
            {
                machine.Load(events);
                machine.Run(to);
                return;
            }

            machine.Begin(events.Length);
            var (all, any) = (_query.Breakdown?.Attribution is FunnelAttribution.AllEvents, _query.Order is FunnelOrder.Any);
            var step = _query.Breakdown is { Attribution: FunnelAttribution.Step, Step: { } number } ? 1u << (number - 1) : 0;
            foreach (var e in events)
            {
                if ((all && e.Code != value) || (any && e.At < from))
                {
                    continue;
                }

                var bits = step != 0 && e.Code != value ? e.Bits & ~step : e.Bits;
                machine.Add(e with { Bits = !any && (e.At < from || e.At >= to) ? bits & ~1u : bits });
            }

            machine.Run(to);
        }

        /// <summary>Under which values the person is counted.</summary>
        private void Values(ReadOnlySpan<ActorEvent> events)
        {
            _values.Clear();
            if (_query.Breakdown is not { } breakdown)
            {
                _values.Add(ValueLines.NoValue);
                return;
            }

            var bits = breakdown is { Attribution: FunnelAttribution.Step, Step: { } step } ? 1u << (step - 1) : plan._stepBits;
            foreach (var e in events)
            {
                if ((e.Bits & bits) == 0 || (breakdown.Attribution is FunnelAttribution.FirstTouch or FunnelAttribution.LastTouch && e.Code < 0))
                {
                    continue;
                }

                if (breakdown.Attribution is FunnelAttribution.LastTouch)
                {
                    _values.Clear();
                }

                if (!_values.Contains(e.Code))
                {
                    _values.Add(e.Code);
                }

                if (breakdown.Attribution is FunnelAttribution.FirstTouch)
                {
                    break;
                }
            }

            if (_values.Count == 0)
            {
                _values.Add(ValueLines.NoValue);
            }

            _values.Sort((a, b) => Rank(a).CompareTo(Rank(b)));
        }

        /// <summary>Events of one instant come in the order of their values and of what they match, so that answers repeat.</summary>
        private ReadOnlySpan<ActorEvent> Sorted(ReadOnlySpan<ActorEvent> events)
        {
            var ties = false;
            for (var i = 1; i < events.Length && !ties; i++)
            {
                ties = events[i - 1].At == events[i].At;
            }

            if (!ties)
            {
                return events;
            }

            if (_sorted.Length < events.Length)
            {
                _sorted = new ActorEvent[Math.Max(events.Length, 2 * _sorted.Length)];
            }

            var sorted = _sorted.AsSpan(0, events.Length);
            events.CopyTo(sorted);
            sorted.Sort((a, b) => a.At != b.At ? a.At.CompareTo(b.At) : a.Code != b.Code ? Rank(a.Code).CompareTo(Rank(b.Code)) : a.Bits.CompareTo(b.Bits));
            return sorted;
        }

        private int Rank(int code) => code < 0 ? -1 : plan._ranks[code];
    }

    /// <summary>One line's persons, added up.</summary>
    private sealed class Tally
    {
        private readonly FunnelQuery _query;
        private readonly FunnelTime _time;
        private readonly long[] _persons;
        private readonly HeldLongs[] _fromPrevious;
        private readonly HeldLongs[] _fromFirst;
        private readonly long[] _entered;
        private readonly long[] _converted;
        private long _truncated;
        private long _excluded;

        public Tally(FunnelQuery query, FunnelTime time, HeldMemory memory)
        {
            (_query, _time) = (query, time);
            _persons = new long[query.Steps.Count];
            _fromPrevious = new HeldLongs[query.Steps.Count];
            _fromFirst = new HeldLongs[query.Steps.Count];
            for (var i = 0; i < query.Steps.Count; i++)
            {
                (_fromPrevious[i], _fromFirst[i]) = (new HeldLongs(memory), new HeldLongs(memory));
            }

            (_entered, _converted) = (new long[time.Buckets?.Count ?? 0], new long[time.Buckets?.Count ?? 0]);
        }

        public void Add(FunnelMachine machine, int? at)
        {
            if (at is { } bucket)
            {
                if (machine is { Excluded: false, Furthest: > 0 })
                {
                    _entered[bucket]++;
                    _converted[bucket] += machine.Converted ? 1 : 0;
                }

                return;
            }

            if (machine.Excluded)
            {
                _excluded++;
                return;
            }

            if (machine.Furthest == 0)
            {
                return;
            }

            _truncated += !machine.Converted && machine.Reaches(_time.Range.To) ? 1 : 0;
            for (var step = 1; step <= _query.Steps.Count; step++)
            {
                if (!Took(_query, machine, step))
                {
                    continue;
                }

                _persons[step - 1]++;
                if (step > 1 && (_query.View is FunnelView.Steps || (_query.View is FunnelView.TimeToConvert && step == _query.Steps.Count)))
                {
                    var taken = machine.At(step);
                    _fromPrevious[step - 1].Add(taken - machine.At(Before(_query, step)));
                    _fromFirst[step - 1].Add(taken - machine.At(1));
                }
            }
        }

        public Tally With(Tally other)
        {
            for (var i = 0; i < _persons.Length; i++)
            {
                _persons[i] += other._persons[i];
                _fromPrevious[i].TakeAll(other._fromPrevious[i]);
                _fromFirst[i].TakeAll(other._fromFirst[i]);
            }

            for (var i = 0; i < _entered.Length; i++)
            {
                _entered[i] += other._entered[i];
                _converted[i] += other._converted[i];
            }

            _truncated += other._truncated;
            _excluded += other._excluded;
            return this;
        }

        public FunnelSeries ToSeries(string? breakdown) => new()
        {
            Breakdown = breakdown,
            HasBreakdown = _query.Breakdown is not null,
            Entered = _persons[0],
            Converted = _persons[^1],
            Conversion = Rate(_persons[^1], _persons[0]),
            Truncated = _truncated,
            Excluded = _excluded,
            Steps = _query.View is FunnelView.Steps ? [.. Enumerable.Range(1, _persons.Length).Select(Step)] : null,
            TimeToConvert = _query.View is FunnelView.TimeToConvert ? Times(_fromFirst[^1]) : null,
            OverTime = _query.View is FunnelView.OverTime
                ? [.. _entered.Select((e, i) => new FunnelPoint(e, _converted[i], Rate(_converted[i], e)))]
                : null,
        };

        private FunnelStepResult Step(int step)
        {
            var persons = _persons[step - 1];
            var before = step == 1 ? persons : _persons[Before(_query, step) - 1];
            return new FunnelStepResult
            {
                Step = step,
                Name = _query.Order is FunnelOrder.Any ? step == 1 ? "1 step" : FormattableString.Invariant($"{step} steps") : _query.Steps[step - 1].Label,
                Optional = _query.Steps[step - 1].Optional,
                Persons = persons,
                DroppedOff = before - persons,
                ConversionFromFirst = step == 1 ? null : Rate(persons, _persons[0]),
                ConversionFromPrevious = step == 1 ? null : Rate(persons, before),
                MeanSecondsFromPrevious = Mean(_fromPrevious[step - 1]),
                MedianSecondsFromPrevious = Median(_fromPrevious[step - 1]),
                MeanSecondsFromFirst = Mean(_fromFirst[step - 1]),
                MedianSecondsFromFirst = Median(_fromFirst[step - 1]),
            };
        }

        private static double? Rate(long part, long whole) => whole == 0 ? null : (double)part / whole;

        private static double? Mean(HeldLongs times)
        {
            if (times.Count == 0)
            {
                return null;
            }

            var sum = Int128.Zero;
            foreach (var time in times.Numbers)
            {
                sum += time;
            }

            return Math.Round((double)sum / times.Count / 1e6, 3);
        }

        /// <summary>Puts the times into another order.</summary>
        private static double? Median(HeldLongs times)
        {
            if (times.Count == 0)
            {
                return null;
            }

            var span = times.Numbers;
            var upper = Select(span, span.Length / 2);
            var lower = upper;
            if (span.Length % 2 == 0)
            {
                lower = long.MinValue;
                foreach (var time in span[..(span.Length / 2)])
                {
                    lower = Math.Max(lower, time);
                }
            }

            return Math.Round(((double)lower + upper) / 2e6, 3);
        }

        /// <summary>The value that would stand at an index after sorting; all before it are then no larger.</summary>
        private static long Select(Span<long> values, int index)
        {
            var (low, high) = (0, values.Length - 1);
            while (low < high)
            {
                var pivot = values[(low + high) / 2];
                var (i, j) = (low, high);
                while (i <= j)
                {
                    while (values[i] < pivot)
                    {
                        i++;
                    }

                    while (values[j] > pivot)
                    {
                        j--;
                    }

                    if (i <= j)
                    {
                        (values[i], values[j]) = (values[j], values[i]);
                        (i, j) = (i + 1, j - 1);
                    }
                }

                if (index <= j)
                {
                    high = j;
                }
                else if (index >= i)
                {
                    low = i;
                }
                else
                {
                    break;
                }
            }

            return values[index];
        }

        private static FunnelTimes Times(HeldLongs times)
        {
            if (times.Count == 0)
            {
                return new FunnelTimes(Widths[0], [], null, null);
            }

            var (least, most) = (long.MaxValue, long.MinValue);
            foreach (var time in times.Numbers)
            {
                (least, most) = (Math.Min(least, time), Math.Max(most, time));
            }

            // Few persons in many bins would be a comb.
            var bins = Math.Clamp(2 * (int)Math.Ceiling(Math.Cbrt(times.Count)), 5, QueryLimits.FunnelBins);
            var width = Array.Find(Widths, w => Last(w) - First(w) < bins) is > 0 and var found ? found : 4 * Widths[^1];
            var counts = new long[Last(width) - First(width) + 1];
            foreach (var time in times.Numbers)
            {
                counts[(time / (width * 1_000_000)) - First(width)]++;
            }

            return new FunnelTimes(width, [.. counts.Select((c, i) => new FunnelBin((First(width) + i) * width, c))], Mean(times), Median(times));

            long First(long seconds) => least / (seconds * 1_000_000);
            long Last(long seconds) => most / (seconds * 1_000_000);
        }
    }
}
