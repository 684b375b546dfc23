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
        IReadOnlyList<string> value = query.Breakdown is { } breakdown ? [statement.AsTextCode(breakdown.Property, QueryLimits.BreakdownValueLength)] : [];
        var sql = SelectorSql.Scan(
            statement, [unit.ScannedKey, dialect.ScannedMicros(SelectorSql.Bucket)], [.. query.Series.Select(SelectorBit.Of)], value, (intervals.From, intervals.To), query.Filters, byBucket: true);
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
    private readonly ActivityBits? _bits;
    private readonly ActivityByValue? _byValue;

    internal StickinessPlan(StickinessQuery query, TimeBuckets intervals, UnitSql unit, StoreQuery statement)
    {
        (_query, _intervals, _statement) = (query, intervals.Count, statement);
        var places = Enumerable.Range(0, query.Series.Count).Select(s => s * _intervals).ToList();
        if (query.Breakdown is null)
        {
            _bits = new ActivityBits(intervals, _intervals * query.Series.Count, places, unit.HasTextKeys);
        }
        else
        {
            _byValue = new ActivityByValue(intervals, _intervals * query.Series.Count, places, unit.HasTextKeys);
        }
    }

    public override IReadOnlyList<(StoreQuery Statement, IColumnSink Sink)> Scans => [(_statement, (IColumnSink?)_bits ?? _byValue!)];

    public override StickinessResult Read(
        long dataVersion, LocalCalendar calendar, DateTimeOffset computedAt, Func<TimeSpan> elapsed, CancellationToken cancellationToken)
    {
        _bits?.Arrange();
        _byValue?.Arrange(cancellationToken);
        return new StickinessResult
        {
            TimeZone = calendar.Zone.Id,
            Interval = _query.Interval,
            Cumulative = _query.Cumulative,
            Intervals = _intervals,
            Series = [.. Enumerable.Range(0, _query.Series.Count).SelectMany(s => _byValue is null ? [Whole(s)] : Lines(_byValue, s, cancellationToken))],
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
        var series = point.Series!.Value;
        if (_byValue is null)
        {
            _bits!.Arrange();
            return _bits.Keys(row => IsBehind(_bits.Of(row)));
        }

        _byValue.Arrange(cancellationToken);
        return _byValue.Keys(LinesOf(_byValue, series, cancellationToken), point.Breakdown, IsBehind, cancellationToken);

        bool IsBehind(ReadOnlySpan<ulong> words) => Active(series, words) is var active && (_query.Cumulative ? active >= point.Intervals : active == point.Intervals);
    }

    protected override void Dispose(bool disposing)
    {
        _bits?.Dispose();
        _byValue?.Dispose();
        base.Dispose(disposing);
    }

    private int Active(int series, ReadOnlySpan<ulong> words) => ActivityBits.CountSet(words, series * _intervals, (series + 1) * _intervals);

    private StickinessSeries Whole(int series)
    {
        var counts = new long[_intervals + 1];
        for (var row = 0; row < _bits!.Count; row++)
        {
            counts[Active(series, _bits.Of(row))]++;
        }

        return Series(series, counts);
    }

    private ValueLines LinesOf(ActivityByValue byValue, int series, CancellationToken cancellationToken) =>
        byValue.Lines(series * _intervals, (series + 1) * _intervals, _query.Breakdown!.Limit, cancellationToken);

    /// <summary>Those of a series in which anybody is.</summary>
    private IEnumerable<StickinessSeries> Lines(ActivityByValue byValue, int series, CancellationToken cancellationToken)
    {
        var lines = LinesOf(byValue, series, cancellationToken);
        var counts = new long[lines.Count][];
        for (var line = 0; line < counts.Length; line++)
        {
            counts[line] = new long[_intervals + 1];
        }

        byValue.Each(lines, (line, _, words) => counts[line][Active(series, words)]++, cancellationToken);
        return Enumerable.Range(0, lines.Count)
            .Select(line => Series(series, counts[line]) with { Breakdown = lines.Name(line), HasBreakdown = true })
            .Where(static line => line.Persons > 0);
    }

    /// <param name="counts">Persons by the number of their intervals, from 0.</param>
    private StickinessSeries Series(int series, long[] counts)
    {
        var persons = counts.AsSpan(1).ToArray().Sum();
        for (var i = _intervals - 1; _query.Cumulative && i >= 1; i--)
        {
            counts[i] += counts[i + 1];
        }

        return new StickinessSeries(series, _query.Series[series].Label, persons, counts[1..]);
    }
}
