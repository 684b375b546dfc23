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

    /// <param name="query">Valid, see <see cref="LifecycleValidator"/>.</param>
    /// <param name="intervals">The first one is that before the range.</param>
    public static LifecyclePlan Compile(LifecycleQuery query, TimeBuckets intervals, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var unit = UnitSql.Of(statement, query.Unit);
        var persons = query.Unit is null;
        var (from, to) = (statement.Instant(intervals.From), statement.Instant(intervals.To));
        var condition = SelectorSql.Condition(statement, query.Activity.Event, query.Activity.Filters, persons ? [.. query.Filters, NotPersonless] : query.Filters);
        var active = $"SELECT {unit.ScannedKey} AS k, {dialect.ScannedMicros("e.\"timestamp\"")} AS t FROM {{events}} AS e WHERE {statement.Within(intervals.From, intervals.To)} AND {condition}";

        // Groups have no rows of their own: they are first seen with their first event.
        var created = persons
            ? "SELECT p.person_key AS k, p.created_at AS c FROM {persons} AS p"
            : $"SELECT {unit.ScannedKey} AS k, min(e.\"timestamp\") AS c FROM {{events}} AS e WHERE e.\"timestamp\" < {to} GROUP BY k";
        var sql = $"SELECT k, t, {Mark(0)} FROM ({active}){(persons ? " WHERE k IN (SELECT person_key FROM {persons})" : "")} UNION ALL SELECT k, {dialect.ScannedMicros("c")}, {Mark(1)} FROM ({created}) WHERE c >= {from} AND c < {to}";
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
    private readonly ActivityBits _bits;

    internal LifecyclePlan(LifecycleQuery query, TimeBuckets intervals, UnitSql unit, StoreQuery statement)
    {
        (_query, _intervals, _statement) = (query, intervals, statement);
        _bits = new ActivityBits(intervals, 2 * intervals.Count, [0, intervals.Count], unit.HasTextKeys);
    }

    public override IReadOnlyList<(StoreQuery Statement, IColumnSink Sink)> Scans => [(_statement, _bits)];

    public override LifecycleResult Read(
        long dataVersion, LocalCalendar calendar, DateTimeOffset computedAt, Func<TimeSpan> elapsed, CancellationToken cancellationToken)
    {
        _bits.Arrange();
        var counts = new long[4][];
        for (var status = 0; status < counts.Length; status++)
        {
            counts[status] = new long[_intervals.Count - 1];
        }

        for (var row = 0; row < _bits.Count; row++)
        {
            var words = _bits.Of(row);
            for (var i = ActivityBits.Next(words, 0, _intervals.Count); i >= 0; i = ActivityBits.Next(words, i + 1, _intervals.Count))
            {
                if (i > 0)
                {
                    counts[(int)Status(words, i)!.Value][i - 1]++;
                }

                if (i + 1 < _intervals.Count && !ActivityBits.IsSet(words, i + 1))
                {
                    counts[(int)LifecycleStatus.Dormant][i]++;
                }
            }
        }

        var now = UnixMicros.From(computedAt);
        return new LifecycleResult
        {
            TimeZone = calendar.Zone.Id,
            Interval = _query.Interval,
            Buckets = [.. _intervals.Starts.Skip(1).Select(calendar.Label)],
            States = [.. Enumerable.Range(1, _intervals.Count - 1).Select(State)],
            New = counts[(int)LifecycleStatus.New],
            Returning = counts[(int)LifecycleStatus.Returning],
            Resurrecting = counts[(int)LifecycleStatus.Resurrecting],
            Dormant = counts[(int)LifecycleStatus.Dormant],
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
        _bits.Arrange();
        return _bits.Keys(row => Status(_bits.Of(row), point.Bucket!.Value + 1) == point.Status);
    }

    protected override void Dispose(bool disposing)
    {
        _bits.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Null for a person who is in none. Not for the interval before the range.</summary>
    private LifecycleStatus? Status(ReadOnlySpan<ulong> words, int interval)
    {
        var before = ActivityBits.IsSet(words, interval - 1);
        if (!ActivityBits.IsSet(words, interval))
        {
            return before ? LifecycleStatus.Dormant : null;
        }

        return ActivityBits.IsSet(words, _intervals.Count + interval) ? LifecycleStatus.New : before ? LifecycleStatus.Returning : LifecycleStatus.Resurrecting;
    }
}
