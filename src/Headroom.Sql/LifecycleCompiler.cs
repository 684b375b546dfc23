using System.Globalization;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Lifecycle to SQL: who was active in which interval, and who was first seen in which; what that makes of them is <see cref="LifecyclePlan"/>'s.</summary>
public static class LifecycleCompiler
{
    /// <summary>Events that were sent without a person stay out, also where the person is known by now.</summary>
    private static readonly PropertyFilter NotPersonless = new()
    {
        Property = "$process_person_profile", Operator = FilterOperator.IsNot, Values = [new FilterValue(false)],
    };

    /// <summary>Marks of rows.</summary>
    internal const int Active = 0;
    internal const int FirstSeen = 1;

    /// <param name="query">Valid, see <see cref="LifecycleValidator"/>.</param>
    /// <param name="intervals">The first one is that before the range.</param>
    public static LifecyclePlan Compile(LifecycleQuery query, TimeBuckets intervals, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var unit = UnitSql.Of(statement, query.Unit);
        var persons = query.Unit is null;
        var (from, to) = (statement.Instant(intervals.From), statement.Instant(intervals.To));
        var condition = SelectorSql.Condition(statement, query.Activity.Event, query.Activity.Filters, persons ? [.. query.Filters, NotPersonless] : query.Filters);
        var value = query.Breakdown is { } breakdown ? statement.AsTextCode(breakdown.Property, QueryLimits.BreakdownValueLength) : null;
        var active = $"SELECT {unit.ScannedKey} AS k, {dialect.ScannedMicros("e.\"timestamp\"")} AS t{(value is null ? "" : $", {value} AS v")} FROM {{events}} AS e WHERE {statement.Within(intervals.From, intervals.To)} AND {condition}";

        // Groups have no rows of their own: they are first seen with their first event.
        var created = persons
            ? "SELECT p.person_key AS k, p.created_at AS c FROM {persons} AS p"
            : $"SELECT {unit.ScannedKey} AS k, min(e.\"timestamp\") AS c FROM {{events}} AS e WHERE e.\"timestamp\" < {to} GROUP BY k";
        var sql = $"SELECT k, t, {Mark(Active)}{(value is null ? "" : ", v")} FROM ({active}){(persons ? " WHERE k IN (SELECT person_key FROM {persons})" : "")} UNION ALL SELECT k, {dialect.ScannedMicros("c")}, {Mark(FirstSeen)}{(value is null ? "" : ", " + Statement.TextCode("CAST(NULL AS VARCHAR)"))} FROM ({created}) WHERE c >= {from} AND c < {to}";
        return new LifecyclePlan(query, intervals, unit, statement.Finish(sql, persons ? intervals.From : long.MinValue, intervals.To, QueryLimits.ScanRows));

        static string Mark(int index) => string.Create(CultureInfo.InvariantCulture, $"CAST({1L << index} AS BIGINT)");
    }
}

/// <summary>The answer out of persons: bits of the intervals in which each was active, then of the one in which it was first seen.</summary>
public sealed class LifecyclePlan : InsightPlan
{
    private readonly LifecycleQuery _query;
    private readonly TimeBuckets _intervals;
    private readonly StoreQuery _statement;
    private readonly ActivityBits? _bits;
    private readonly ActivityByValue? _byValue;

    internal LifecyclePlan(LifecycleQuery query, TimeBuckets intervals, UnitSql unit, StoreQuery statement)
    {
        (_query, _intervals, _statement) = (query, intervals, statement);
        int[] places = [0, intervals.Count];
        if (query.Breakdown is null)
        {
            _bits = new ActivityBits(intervals, 2 * intervals.Count, places, unit.HasTextKeys);
        }
        else
        {
            // Whenever a person was first seen, that holds for each value.
            _byValue = new ActivityByValue(intervals, 2 * intervals.Count, places, unit.HasTextKeys, 1UL << LifecycleCompiler.FirstSeen);
        }
    }

    public override IReadOnlyList<(StoreQuery Statement, IColumnSink Sink)> Scans => [(_statement, (IColumnSink?)_bits ?? _byValue!)];

    public override LifecycleResult Read(
        long dataVersion, LocalCalendar calendar, DateTimeOffset computedAt, Func<TimeSpan> elapsed, CancellationToken cancellationToken)
    {
        _bits?.Arrange();
        _byValue?.Arrange(cancellationToken);
        var all = new Tally(_intervals.Count);
        for (var row = 0; row < _bits?.Count; row++)
        {
            all.Add(_bits.Of(row));
        }

        _byValue?.Each(_byValue.Whole, (_, _, words) => all.Add(words), cancellationToken);
        var now = UnixMicros.From(computedAt);
        return new LifecycleResult
        {
            TimeZone = calendar.Zone.Id,
            Interval = _query.Interval,
            Buckets = [.. _intervals.Starts.Skip(1).Select(calendar.Label)],
            States = [.. Enumerable.Range(1, _intervals.Count - 1).Select(State)],
            New = all.Of(LifecycleStatus.New),
            Returning = all.Of(LifecycleStatus.Returning),
            Resurrecting = all.Of(LifecycleStatus.Resurrecting),
            Dormant = all.Of(LifecycleStatus.Dormant),
            Series = _byValue is null ? null : Lines(_byValue, cancellationToken),
            DataVersion = dataVersion,
            ComputedAt = computedAt,
            ElapsedMs = Math.Round(elapsed().TotalMilliseconds, 3),
        };

        IntervalState State(int i) => now < _intervals.Starts[i] ? IntervalState.NotBegun
            : now < (i + 1 < _intervals.Count ? _intervals.Starts[i + 1] : _intervals.To) ? IntervalState.GoingOn : IntervalState.Over;
    }

    public override void CheckPoint(InsightPoint point, string path, QueryErrors errors) =>
        InsightPointValidator.Number(point.Bucket, 0, _intervals.Count - 2, path + ".bucket", errors);

    /// <summary>Those of a status in a bucket.</summary>
    public override IReadOnlyList<long> Persons(InsightPoint point, DateTimeOffset computedAt, CancellationToken cancellationToken)
    {
        var interval = point.Bucket!.Value + 1;
        if (_byValue is null)
        {
            _bits!.Arrange();
            return _bits.Keys(row => IsBehind(_bits.Of(row)));
        }

        _byValue.Arrange(cancellationToken);
        return _byValue.Keys(LinesOf(_byValue, cancellationToken), point.Breakdown, IsBehind, cancellationToken);

        bool IsBehind(ReadOnlySpan<ulong> words) => Status(words, interval, _intervals.Count) == point.Status;
    }

    protected override void Dispose(bool disposing)
    {
        _bits?.Dispose();
        _byValue?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Null for a person who is in none. Not for the interval before the range.</summary>
    private static LifecycleStatus? Status(ReadOnlySpan<ulong> words, int interval, int intervals)
    {
        var before = ActivityBits.IsSet(words, interval - 1);
        if (!ActivityBits.IsSet(words, interval))
        {
            return before ? LifecycleStatus.Dormant : null;
        }

        return ActivityBits.IsSet(words, intervals + interval) ? LifecycleStatus.New : before ? LifecycleStatus.Returning : LifecycleStatus.Resurrecting;
    }

    private ValueLines LinesOf(ActivityByValue byValue, CancellationToken cancellationToken) =>
        byValue.Lines(0, _intervals.Count, _query.Breakdown!.Limit, cancellationToken);

    /// <summary>Those in which anybody is.</summary>
    private List<LifecycleSeries> Lines(ActivityByValue byValue, CancellationToken cancellationToken)
    {
        var lines = LinesOf(byValue, cancellationToken);
        var tallies = new Tally?[lines.Count];
        byValue.Each(lines, (line, _, words) => (tallies[line] ??= new Tally(_intervals.Count)).Add(words), cancellationToken);
        return
        [
            .. from line in Enumerable.Range(0, lines.Count)
               let tally = tallies[line]
               where tally is not null
               select new LifecycleSeries(
                   lines.Name(line), tally.Of(LifecycleStatus.New), tally.Of(LifecycleStatus.Returning), tally.Of(LifecycleStatus.Resurrecting), tally.Of(LifecycleStatus.Dormant)),
        ];
    }

    /// <summary>Persons by what they are in each interval but the first.</summary>
    private sealed class Tally
    {
        private readonly int _intervals;
        private readonly long[][] _counts = new long[4][];

        public Tally(int intervals)
        {
            _intervals = intervals;
            for (var status = 0; status < _counts.Length; status++)
            {
                _counts[status] = new long[intervals - 1];
            }
        }

        public long[] Of(LifecycleStatus status) => _counts[(int)status];

        public void Add(ReadOnlySpan<ulong> words)
        {
            for (var i = ActivityBits.Next(words, 0, _intervals); i >= 0; i = ActivityBits.Next(words, i + 1, _intervals))
            {
                if (i > 0)
                {
                    _counts[(int)Status(words, i, _intervals)!.Value][i - 1]++;
                }

                if (i + 1 < _intervals && !ActivityBits.IsSet(words, i + 1))
                {
                    _counts[(int)LifecycleStatus.Dormant][i]++;
                }
            }
        }
    }
}
