using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Stickiness to SQL: who was active in which interval, for every series.</summary>
public static class StickinessCompiler
{
    /// <param name="query">Valid, see <see cref="StickinessValidator"/>.</param>
    public static StickinessPlan Compile(StickinessQuery query, TimeBuckets intervals, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var unit = UnitSql.Of(statement, query.Unit);
        var sql = SelectorSql.Scan(
            statement, [unit.ScannedKey, dialect.ScannedMicros(SelectorSql.Bucket)], [.. query.Series.Select(SelectorBit.Of)], [], (intervals.From, intervals.To), query.Filters, byBucket: true);
        return new StickinessPlan(
            query, intervals, unit, statement.Finish(sql, intervals.From, intervals.To, QueryLimits.ScanRows) with { Buckets = intervals.Bounds });
    }
}

/// <summary>The answer out of persons: in how many intervals each has a bit.</summary>
public sealed class StickinessPlan : InsightPlan
{
    private readonly StickinessQuery _query;
    private readonly int _intervals;
    private readonly StoreQuery _statement;
    private readonly ActivityBits _bits;

    internal StickinessPlan(StickinessQuery query, TimeBuckets intervals, UnitSql unit, StoreQuery statement)
    {
        (_query, _intervals, _statement) = (query, intervals.Count, statement);
        _bits = new ActivityBits(intervals, _intervals * query.Series.Count, [.. Enumerable.Range(0, query.Series.Count).Select(s => s * _intervals)], unit.HasTextKeys);
    }

    public override IReadOnlyList<(StoreQuery Statement, IColumnSink Sink)> Scans => [(_statement, _bits)];

    public override StickinessResult Read(
        long dataVersion, LocalCalendar calendar, DateTimeOffset computedAt, Func<TimeSpan> elapsed, CancellationToken cancellationToken)
    {
        _bits.Arrange();
        return new StickinessResult
        {
            TimeZone = calendar.Zone.Id,
            Interval = _query.Interval,
            Cumulative = _query.Cumulative,
            Intervals = _intervals,
            Series = [.. _query.Series.Select((s, i) => Series(i, s.Label))],
            DataVersion = dataVersion,
            ComputedAt = computedAt,
            ElapsedMs = Math.Round(elapsed().TotalMilliseconds, 3),
        };
    }

    public override void CheckPoint(InsightPoint point, string path, QueryErrors errors) =>
        InsightPointValidator.Number(point.Intervals, 1, _intervals, path + ".intervals", errors);

    /// <summary>Those active in so many intervals (or more, where the query is cumulative).</summary>
    public override IReadOnlyList<long> Persons(InsightPoint point, DateTimeOffset computedAt, CancellationToken cancellationToken)
    {
        _bits.Arrange();
        return _bits.Keys(row => Active(point.Series!.Value, row) is var active && (_query.Cumulative ? active >= point.Intervals : active == point.Intervals));
    }

    protected override void Dispose(bool disposing)
    {
        _bits.Dispose();
        base.Dispose(disposing);
    }

    private int Active(int series, int row) => ActivityBits.CountSet(_bits.Of(row), series * _intervals, (series + 1) * _intervals);

    private StickinessSeries Series(int series, string name)
    {
        var counts = new long[_intervals + 1];
        for (var row = 0; row < _bits.Count; row++)
        {
            counts[Active(series, row)]++;
        }

        var persons = counts.AsSpan(1).ToArray().Sum();
        for (var i = _intervals - 1; _query.Cumulative && i >= 1; i--)
        {
            counts[i] += counts[i + 1];
        }

        return new StickinessSeries(series, name, persons, counts[1..]);
    }
}
