using System.Numerics;
using System.Runtime.InteropServices;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Retention to SQL: the starts and returns with their persons; what a cohort is, is <see cref="RetentionPlan"/>'s.</summary>
public static class RetentionCompiler
{
    /// <param name="query">Valid, see <see cref="RetentionValidator"/>.</param>
    public static RetentionPlan Compile(RetentionQuery query, RetentionTime time, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var unit = UnitSql.Of(statement, query.Unit);
        var byFirst = query.CohortBy is not RetentionCohort.Recurring;
        // Without filters the first event of the name is the first start.
        var byName = query.CohortBy is RetentionCohort.FirstEver && query.Start.Filters.Count + query.Filters.Count > 0;
        RetentionPersons persons = query is { Mode: RetentionMode.Calendar, MinimumReturns: 1, Breakdown: null } && !byName
            ? new RetentionBits(query, time, unit)
            : new RetentionEvents(query, time, unit, byName);

        var byBucket = persons is RetentionBits;
        var at = byBucket ? SelectorSql.Bucket : "e.\"timestamp\"";
        var started = time.Cohorts.To < time.End ? $"{at} < {statement.Instant(time.Cohorts.To)}" : null;
        List<SelectorBit> marks =
        [
            new(query.Start.Event, [.. query.Filters, .. query.Start.Filters], Bit(RetentionPersons.Start), started),
            new(query.Return.Event, [.. query.Filters, .. query.Return.Filters], Bit(RetentionPersons.Return)),
        ];
        if (byName)
        {
            marks.Add(new(query.Start.Event, [], Bit(RetentionPersons.Named), started));
        }

        IReadOnlyList<string> value = query.Breakdown is { } breakdown ? [statement.AsTextCode(breakdown.Property, QueryLimits.BreakdownValueLength)] : [];
        var sql = SelectorSql.Scan(statement, [unit.ScannedKey, dialect.ScannedMicros(at)], marks, value, (time.Cohorts.From, time.End), [], byBucket: byBucket);
        if (byFirst)
        {
            // Who started before is in no cohort, however often and whenever.
            var condition = byName ? SelectorSql.Condition(statement, query.Start.Event, [], [])
                : SelectorSql.Condition(statement, query.Start.Event, query.Start.Filters, query.Filters);
            var before = statement.Instant(time.Cohorts.From);
            sql += $" UNION ALL SELECT DISTINCT {unit.ScannedKey}, {dialect.ScannedMicros(before)}, CAST({RetentionPersons.Before} AS BIGINT){(value.Count == 0 ? "" : ", " + Statement.TextCode("CAST(NULL AS VARCHAR)"))} FROM {{events}} AS e WHERE e.\"timestamp\" < {before} AND {condition}";
        }

        return new RetentionPlan(query, time, persons, statement.Finish(sql, byFirst ? long.MinValue : time.Cohorts.From, time.End, QueryLimits.ScanRows) with
        {
            Buckets = byBucket ? [time.Cohorts.From, .. time.All.Starts.Skip(1).Append(time.Cohorts.To).Where(s => s < time.End).Order(), time.End] : [],
        });

        static int Bit(uint mark) => BitOperations.TrailingZeroCount(mark);
    }
}

/// <summary>The answer out of persons: each is in the cohorts of its starts, and in those columns in which it came back.</summary>
public sealed class RetentionPlan : InsightPlan
{
    private readonly RetentionQuery _query;
    private readonly RetentionTime _time;
    private readonly RetentionPersons _persons;
    private readonly StoreQuery _statement;

    internal RetentionPlan(RetentionQuery query, RetentionTime time, RetentionPersons persons, StoreQuery statement) =>
        (_query, _time, _persons, _statement) = (query, time, persons, statement);

    public override IReadOnlyList<(StoreQuery Statement, IColumnSink Sink)> Scans => [(_statement, _persons.Sink)];

    public override RetentionResult Read(
        long dataVersion, LocalCalendar calendar, DateTimeOffset computedAt, Func<TimeSpan> elapsed, CancellationToken cancellationToken)
    {
        _persons.Arrange(cancellationToken);
        var lines = Lines(cancellationToken);
        var width = _persons.Columns.Count + 1;
        var counts = Sum(lines.Count, _time.Cohorts.Count * width, (numbers, persons, code, cohort, columns) =>
        {
            var line = numbers[lines.Of(code)];
            var row = cohort * width;
            line[row] += persons;
            foreach (var column in columns)
            {
                line[row + 1 + column] += persons;
            }
        }, cancellationToken);
        var states = States(UnixMicros.From(computedAt));
        return new RetentionResult
        {
            TimeZone = calendar.Zone.Id,
            Interval = _query.Interval,
            Mode = _query.Mode,
            CohortBy = _query.CohortBy,
            Columns = _persons.Columns,
            Series = [.. Enumerable.Range(0, lines.Count)
                .Where(l => !lines.HasOther || l < lines.Other || counts[l].Any(static c => c > 0))
                .Select(l => Series(lines.Name(l), counts[l], states, calendar))],
            DataVersion = dataVersion,
            ComputedAt = computedAt,
            ElapsedMs = Math.Round(elapsed().TotalMilliseconds, 3),
        };
    }

    protected override void Dispose(bool disposing)
    {
        _persons.Dispose();
        base.Dispose(disposing);
    }

    public override void CheckPoint(InsightPoint point, string path, QueryErrors errors)
    {
        if (point.Cohort is not null)
        {
            InsightPointValidator.Number(point.Cohort, 0, _time.Cohorts.Count - 1, path + ".cohort", errors);
        }

        if (point.Column is not null)
        {
            InsightPointValidator.Number(point.Column, 0, _persons.Columns.Count - 1, path + ".column", errors);
        }
    }

    /// <summary>Those of a cohort, or those of it who came back in a column; of all cohorts, as the overall row counts them, where none is named.</summary>
    public override IReadOnlyList<long> Persons(InsightPoint point, DateTimeOffset computedAt, CancellationToken cancellationToken)
    {
        _persons.Arrange(cancellationToken);
        var lines = Lines(cancellationToken);
        var states = States(UnixMicros.From(computedAt));
        var keys = new List<long>();
        var walk = _persons.Walk();
        for (var i = 0; i < _persons.Count; i++)
        {
            Parts.Poll(i, cancellationToken);
            var found = false;
            walk.Visit(i, (code, cohort, columns) => found |= IsBehind(code, cohort, columns), cancellationToken);
            if (found)
            {
                keys.Add(_persons.Key(i));
            }
        }

        keys.Sort();
        return keys;

        bool IsBehind(int code, int cohort, ReadOnlySpan<int> columns) =>
            (point.Cohort is null || point.Cohort == cohort) &&
            (point.Column is not { } column || (columns.Contains(column) &&
                (point.Cohort is not null || states[(cohort * _persons.Columns.Count) + column] is IntervalState.Over))) &&
            (_query.Breakdown is null || string.Equals(lines.Name(lines.Of(code)), point.Breakdown, StringComparison.Ordinal));
    }

    private static double? Rate(long part, long whole) => whole == 0 ? null : (double)part / whole;

    /// <summary>Every person in every cohort once, in parallel parts of persons; the numbers of the parts added up.</summary>
    private long[][] Sum(int lines, int length, Action<long[][], long, int, int, ReadOnlySpan<int>> add, CancellationToken cancellationToken)
    {
        var sums = New();
        var gate = new Lock();
        var alike = _persons.Alike();
        Parts.Each(alike?.Count ?? _persons.Count, (from, to) =>
        {
            var mine = New();
            var walk = _persons.Walk();
            for (var i = from; i < to; i++)
            {
                Parts.Poll(i, cancellationToken);
                var (index, persons) = alike?[i] ?? (i, 1);
                walk.Visit(index, (code, cohort, columns) => add(mine, persons, code, cohort, columns), cancellationToken);
            }

            lock (gate)
            {
                for (var line = 0; line < lines; line++)
                {
                    for (var i = 0; i < length; i++)
                    {
                        sums[line][i] += mine[line][i];
                    }
                }
            }
        }, cancellationToken);
        return sums;

        long[][] New() => [.. Enumerable.Range(0, lines).Select(_ => new long[length])];
    }

    /// <summary>Which values get a line of their own: those with the most persons over all cohorts.</summary>
    private ValueLines Lines(CancellationToken cancellationToken)
    {
        if (_query.Breakdown is not { } breakdown)
        {
            return ValueLines.One;
        }

        var texts = _persons.Texts!;
        var sizes = Sum(1, texts.Count + 1, static (numbers, persons, code, _, _) => numbers[0][code + 1] += persons, cancellationToken)[0];
        return ValueLines.Of<long>(sizes, texts, breakdown.Limit);
    }

    private RetentionSeries Series(string? breakdown, long[] counts, IntervalState[] states, LocalCalendar calendar)
    {
        var columns = _persons.Columns.Count;
        var rows = new List<RetentionRow>(_time.Cohorts.Count);
        var totals = new RetentionOverallCell[columns];
        Array.Fill(totals, new RetentionOverallCell(0, 0, null));
        var all = 0L;
        for (var cohort = 0; cohort < _time.Cohorts.Count; cohort++)
        {
            var size = counts[cohort * (columns + 1)];
            var cells = new RetentionCell[columns];
            all += size;
            for (var c = 0; c < columns; c++)
            {
                var returned = counts[(cohort * (columns + 1)) + 1 + c];
                cells[c] = new RetentionCell(returned, Rate(returned, size), states[(cohort * columns) + c]);
                if (cells[c].State is IntervalState.Over)
                {
                    totals[c] = new RetentionOverallCell(totals[c].Size + size, totals[c].Returned + returned, null);
                }
            }

            rows.Add(new RetentionRow(calendar.Label(_time.Cohorts.Starts[cohort]), size, cells));
        }

        return new RetentionSeries
        {
            Breakdown = breakdown,
            HasBreakdown = _query.Breakdown is not null,
            Cohorts = rows,
            Overall = new RetentionOverall(all, Array.ConvertAll(totals, t => t with { Rate = Rate(t.Returned, t.Size) })),
        };
    }

    /// <summary>Of each cell, cohort by cohort.</summary>
    private IntervalState[] States(long now)
    {
        var columns = _persons.Columns;
        var states = new IntervalState[_time.Cohorts.Count * columns.Count];
        for (var cohort = 0; cohort < _time.Cohorts.Count; cohort++)
        {
            for (var c = 0; c < columns.Count; c++)
            {
                var (from, to) = _query.Mode is RetentionMode.Rolling
                    ? (Math.Max(_time.Cohorts.Starts[cohort], _time.Cohorts.From) + (columns[c].From * Width), End(_time.Cohorts, cohort) + ((columns[c].To + 1) * Width))
                    : (_time.All.Starts[cohort + columns[c].From], End(_time.All, cohort + columns[c].To));
                states[(cohort * columns.Count) + c] = now >= to ? IntervalState.Over : now < from ? IntervalState.NotBegun : IntervalState.GoingOn;
            }
        }

        return states;

        static long End(TimeBuckets buckets, int index) => index + 1 < buckets.Count ? buckets.Starts[index + 1] : buckets.To;
    }

    private long Width => RetentionValidator.RollingWidth(_query.Interval);
}

/// <summary>One person in one cohort.</summary>
/// <param name="code">Index of the breakdown's value in the texts; −1 for none.</param>
/// <param name="columns">Those in which the person came back, each once.</param>
internal delegate void RetentionVisit(int code, int cohort, ReadOnlySpan<int> columns);

/// <summary>The persons of a retention query, by index.</summary>
internal abstract class RetentionPersons : IDisposable
{
    public const uint Start = 1;
    public const uint Return = 2;

    /// <summary>The person had its first start before the range.</summary>
    public const uint Before = 4;

    /// <summary>Has the start's name, whatever the filters.</summary>
    public const uint Named = 8;

    protected RetentionPersons(RetentionQuery query)
    {
        var ends = query.Brackets.Count > 0 ? query.Brackets : [.. Enumerable.Range(1, query.LookAhead)];
        Columns = [.. ends.Select((end, i) => new RetentionColumn(i == 0 ? 1 : ends[i - 1] + 1, end))];
        ColumnOf = new int[query.LookAhead + 1];
        for (var c = 0; c < Columns.Count; c++)
        {
            Array.Fill(ColumnOf, c, Columns[c].From, Columns[c].To - Columns[c].From + 1);
        }
    }

    public IReadOnlyList<RetentionColumn> Columns { get; }

    public abstract IColumnSink Sink { get; }

    public abstract int Count { get; }

    /// <summary>Of the values of a breakdown; null without one.</summary>
    public abstract TextCodes? Texts { get; }

    /// <summary>By the interval after the start, from 1.</summary>
    protected int[] ColumnOf { get; }

    public abstract long Key(int index);

    /// <summary>Call once, after the last batch and before reading.</summary>
    public abstract void Arrange(CancellationToken cancellationToken);

    public abstract void Dispose();

    /// <summary>Persons of whom a walk tells the same, as the index of one of them and how many they are; null where each has to be visited.</summary>
    public virtual IReadOnlyList<(int Index, long Persons)>? Alike() => null;

    /// <summary>For one thread.</summary>
    public abstract RetentionWalk Walk();
}

internal abstract class RetentionWalk
{
    /// <summary>Tells of each cohort that a person is in.</summary>
    public abstract void Visit(int index, RetentionVisit visit, CancellationToken cancellationToken);
}

/// <summary>
/// Where it is enough to know in which intervals a person started and came back: bits of starts by cohort, then one for
/// <see cref="RetentionPersons.Before"/>, then bits of returns by interval. Eight weeks with eight after them are one word.
/// </summary>
internal sealed class RetentionBits : RetentionPersons
{
    private readonly ActivityBits _bits;
    private readonly int _cohorts;
    private readonly int _lookAhead;
    private readonly bool _onlyFirst;

    public RetentionBits(RetentionQuery query, RetentionTime time, UnitSql unit)
        : base(query)
    {
        (_cohorts, _lookAhead, _onlyFirst) = (time.Cohorts.Count, query.LookAhead, query.CohortBy is not RetentionCohort.Recurring);
        _bits = new ActivityBits(time.All, _cohorts + 1 + time.All.Count, [0, _cohorts + 1, _cohorts], unit.HasTextKeys);
    }

    public override IColumnSink Sink => _bits;

    public override int Count => _bits.Count;

    public override TextCodes? Texts => null;

    public override long Key(int index) => _bits.Key(index);

    public override void Arrange(CancellationToken cancellationToken) => _bits.Arrange();

    public override IReadOnlyList<(int Index, long Persons)>? Alike() => _bits.Alike();

    public override void Dispose() => _bits.Dispose();

    public override RetentionWalk Walk() => new BitsWalk(this);

    private sealed class BitsWalk(RetentionBits persons) : RetentionWalk
    {
        private readonly int[] _columns = new int[persons.Columns.Count];

        public override void Visit(int index, RetentionVisit visit, CancellationToken cancellationToken)
        {
            var words = persons._bits.Of(index);
            if (persons._onlyFirst && ActivityBits.IsSet(words, persons._cohorts))
            {
                return;
            }

            for (var cohort = ActivityBits.Next(words, 0, persons._cohorts); cohort >= 0; cohort = ActivityBits.Next(words, cohort + 1, persons._cohorts))
            {
                var origin = persons._cohorts + 1 + cohort;
                var end = origin + persons._lookAhead + 1;
                var count = 0;
                for (var bit = ActivityBits.Next(words, origin + 1, end); bit >= 0; bit = ActivityBits.Next(words, bit + 1, end))
                {
                    var column = persons.ColumnOf[bit - origin];
                    if (count == 0 || _columns[count - 1] != column)
                    {
                        _columns[count++] = column;
                    }
                }

                visit(-1, cohort, _columns.AsSpan(0, count));
                if (persons._onlyFirst)
                {
                    return;
                }
            }
        }
    }
}

/// <summary>Where the events themselves are needed: their times, how many they are, or their values.</summary>
internal sealed class RetentionEvents : RetentionPersons
{
    private readonly RetentionQuery _query;
    private readonly TimeBuckets _intervals;
    private readonly uint _first;
    private readonly bool _onlyFirst;
    private readonly ActorEvents _events;
    private int[] _ranks = [];

    /// <param name="byName">Whether the first event of the start's name decides, and not the first start.</param>
    public RetentionEvents(RetentionQuery query, RetentionTime time, UnitSql unit, bool byName)
        : base(query)
    {
        (_query, _intervals, _first) = (query, time.All, byName ? Named : Start);
        _onlyFirst = query.CohortBy is not RetentionCohort.Recurring;
        _events = new ActorEvents(withTexts: query.Breakdown is not null, unit.HasTextKeys);
    }

    public override IColumnSink Sink => _events;

    public override int Count => _events.Count;

    public override TextCodes? Texts => _query.Breakdown is null ? null : _events.Codes;

    public override long Key(int index) => _events.Actor(index);

    public override void Arrange(CancellationToken cancellationToken)
    {
        _events.Arrange(cancellationToken);
        _ranks = Texts is { } texts ? TextOrder.Ranks(texts) : [];
    }

    public override void Dispose() => _events.Dispose();

    public override RetentionWalk Walk() => new EventsWalk(this);

    private sealed class EventsWalk(RetentionEvents persons) : RetentionWalk
    {
        private readonly bool _rolling = persons._query.Mode is RetentionMode.Rolling;
        private readonly long _width = RetentionValidator.RollingWidth(persons._query.Interval);
        private readonly int[] _counts = new int[persons.Columns.Count];
        private readonly int[] _columns = new int[persons.Columns.Count];
        private int[] _intervals = new int[64];

        public override void Visit(int index, RetentionVisit visit, CancellationToken cancellationToken)
        {
            var events = persons._events.Of(index);
            if (persons._onlyFirst && Any(events, Before))
            {
                return;
            }

            Intervals(events);
            var last = -1;
            for (var i = 0; i < events.Length; i++)
            {
                if (persons._onlyFirst)
                {
                    if ((events[i].Bits & persons._first) != 0)
                    {
                        Enter(events, i, visit);
                        return;
                    }
                }
                else if ((events[i].Bits & Start) != 0 && _intervals[i] != last)
                {
                    last = _intervals[i];
                    cancellationToken.ThrowIfCancellationRequested();
                    Enter(events, i, visit);
                }
            }
        }

        private static bool Any(ReadOnlySpan<ActorEvent> events, uint bits)
        {
            foreach (var e in events)
            {
                if ((e.Bits & bits) != 0)
                {
                    return true;
                }
            }

            return false;
        }

        /// <summary>In which interval of the calendar each event lies.</summary>
        private void Intervals(ReadOnlySpan<ActorEvent> events)
        {
            if (_intervals.Length < events.Length)
            {
                _intervals = new int[Math.Max(events.Length, 2 * _intervals.Length)];
            }

            var starts = persons._intervals.Starts;
            var interval = 0;
            for (var i = 0; i < events.Length; i++)
            {
                while (interval + 1 < starts.Count && events[i].At >= starts[interval + 1])
                {
                    interval++;
                }

                _intervals[i] = interval;
            }
        }

        /// <summary>The cohort that begins with the moment of an event, if a start is in it. At one moment the value that comes first counts, none last.</summary>
        private void Enter(ReadOnlySpan<ActorEvent> events, int at, RetentionVisit visit)
        {
            var (found, code, start) = (false, -1, events[at].At);
            for (var i = at; i < events.Length && events[i].At == start; i++)
            {
                if ((events[i].Bits & Start) != 0)
                {
                    found = true;
                    code = events[i].Code >= 0 && (code < 0 || persons._ranks[events[i].Code] < persons._ranks[code]) ? events[i].Code : code;
                }
            }

            if (found)
            {
                visit(code, _intervals[at], Returns(events, start, _intervals[at]));
            }
        }

        private ReadOnlySpan<int> Returns(ReadOnlySpan<ActorEvent> events, long start, int cohort)
        {
            Array.Clear(_counts);
            var count = 0;
            for (var i = 0; i < events.Length; i++)
            {
                if ((events[i].Bits & Return) == 0)
                {
                    continue;
                }

                var after = _rolling ? (events[i].At - start) / _width : _intervals[i] - cohort;
                if (after >= 1 && after < persons.ColumnOf.Length && ++_counts[persons.ColumnOf[after]] == persons._query.MinimumReturns)
                {
                    _columns[count++] = persons.ColumnOf[after];
                }
            }

            return _columns.AsSpan(0, count);
        }
    }
}
