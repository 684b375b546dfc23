using System.Globalization;
using System.Text;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>A trends query as one statement, and how its rows become the answer.</summary>
public sealed class TrendsPlan
{
    private const int BucketColumn = 0;
    private const int PeriodColumn = 1;
    private const int SeriesColumn = 2;
    private const int RankColumn = 3;
    private const int ValueColumn = 4;
    private const int NumberColumn = 5;
    private readonly TrendsQuery _query;
    private readonly TrendsTime _time;
    private readonly bool _wide;

    internal TrendsPlan(TrendsQuery query, TrendsTime time, bool wide, StoreQuery statement) =>
        (_query, _time, _wide, Statement) = (query, time, wide, statement);

    public StoreQuery Statement { get; }

    /// <param name="counted">The rows are not the statement's but those of a <see cref="TrendsScan"/>.</param>
    public TrendsResult Read(QueryRows rows, DateTimeOffset computedAt, TimeSpan elapsed, bool counted = false)
    {
        var lines = _wide && !counted ? Wide(rows) : Long(rows);
        foreach (var line in lines)
        {
            Carry(line);
        }

        return TrendsLine.Answer(_query, _time, lines, rows.DataVersion, computedAt, elapsed);
    }

    /// <summary>Each series is a column; a bucket of NULL is the whole period.</summary>
    private List<TrendsLine> Wide(QueryRows rows)
    {
        var lines = new List<TrendsLine>();
        for (var i = 0; i < _query.Series.Count; i++)
        {
            lines.Add(NewLine(i, 1, null));
        }

        foreach (var row in rows.Rows)
        {
            for (var i = 0; i < lines.Count; i++)
            {
                Put(lines[i], row[BucketColumn], row[PeriodColumn], row[i + 2]);
            }
        }

        return lines;
    }

    /// <summary>Each number is a row; a rank of NULL is what lies past the limit.</summary>
    private List<TrendsLine> Long(QueryRows rows)
    {
        var lines = new SortedDictionary<(int Series, long Rank), TrendsLine>();
        for (var i = 0; i < _query.Series.Count && _query.Breakdown is null; i++)
        {
            lines.Add((i, 1), NewLine(i, 1, null));
        }

        foreach (var row in rows.Rows)
        {
            var series = (int)ToLong(row[SeriesColumn]);
            var rank = row[RankColumn] is { } known ? ToLong(known) : long.MaxValue;
            if (!lines.TryGetValue((series, rank), out var line))
            {
                line = NewLine(series, rank, rank == long.MaxValue ? TrendsSeriesResult.Other : (string?)row[ValueColumn]);
                lines.Add((series, rank), line);
            }

            Put(line, row[BucketColumn], row[PeriodColumn], row[NumberColumn]);
        }

        return [.. lines.Values];
    }

    private void Put(TrendsLine line, object? bucket, object? period, object? number)
    {
        // A sum past the largest double has no number in JSON.
        var value = number is null ? _query.Series[line.Series].Math.OfNothing : Convert.ToDouble(number, CultureInfo.InvariantCulture);
        if (value is { } finite && !double.IsFinite(finite))
        {
            value = null;
        }

        var current = (bool)period!;
        if (bucket is null)
        {
            if (current)
            {
                line.Total = value;
            }
            else
            {
                line.PreviousTotal = value;
            }

            return;
        }

        // Rolling points are counted in their period; the last row of each is where it ends.
        var rolling = _query.Series[line.Series].Math.IsRolling;
        var values = current ? line.Values : line.Previous!;
        var index = (int)ToLong(bucket) - (current && !rolling ? _time.Previous?.Count ?? 0 : 0);
        if (index < values.Length)
        {
            values[index] = value;
        }
    }

    private TrendsLine NewLine(int series, long rank, string? breakdown)
    {
        var nothing = _query.Series[series].Math.OfNothing;
        // Points that are carried over have no number yet.
        var unknown = Carries(series) ? double.NaN : nothing;
        var line = new TrendsLine(series, rank, breakdown, new double?[_time.Current.Count], _time.Previous is { } previous ? new double?[previous.Count] : null)
        {
            Total = nothing,
            PreviousTotal = nothing,
        };
        Array.Fill(line.Values, unknown);
        if (line.Previous is not null)
        {
            Array.Fill(line.Previous, unknown);
        }

        return line;
    }

    /// <summary>Whether a point without a row is as the one before.</summary>
    private bool Carries(int series) => _query.Cumulative || _query.Series[series].Math.IsRolling;

    private void Carry(TrendsLine line)
    {
        if (!Carries(line.Series))
        {
            return;
        }

        var last = Over(line.Values);
        var previous = line.Previous is null ? null : Over(line.Previous);
        if (_query.Series[line.Series].Math.IsRolling)
        {
            (line.Total, line.PreviousTotal) = (last, previous);
        }

        double? Over(double?[] values)
        {
            var before = _query.Series[line.Series].Math.OfNothing;
            for (var i = 0; i < values.Length; i++)
            {
                before = values[i] is double.NaN ? before : values[i];
                values[i] = before;
            }

            return before;
        }
    }

    private static long ToLong(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);
}

/// <summary>
/// Trends to SQL. Several series without a breakdown: one scan, each series a filtered aggregate, by bucket and for the whole
/// period at once (grouping sets). Else each series is grouped on its own and then added up; with a breakdown the values are
/// ranked over the present period, and the rest is aggregated again as "$other", so that persons and percentiles of the
/// rest are exact too.
/// </summary>
public static class TrendsCompiler
{
    /// <param name="query">Valid, see <see cref="QueryValidator"/>.</param>
    public static TrendsPlan Compile(TrendsQuery query, TrendsTime time, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var text = new StringBuilder();
        var from = time.Previous?.From ?? time.Current.From;
        var wide = query.Breakdown is null && !query.Cumulative && !query.Series.Any(s => s.PerPerson || s.Math.IsRolling || s.Math.IsFirst) &&
            // Grouping sets over every event would group each of them twice; what merges is grouped once and then added up.
            !(query.Series is [{ Math: TrendsMath.Total or TrendsMath.Sum or TrendsMath.Average or TrendsMath.Min or TrendsMath.Max }]);
        if (wide)
        {
            Wide(text, statement, query, time);
        }
        else
        {
            var series = Enumerable.Range(0, query.Series.Count).Select(i => new TrendsSeriesSql(statement, query, time, i)).ToList();
            Each(text, statement, query, series);
            from = series.Min(s => s.From);
        }

        // A rolling point more than there are ends each period.
        var periods = time.Current.Count + (time.Previous?.Count ?? 0) + 4;
        var lines = wide ? 1 : query.Series.Count * ((query.Breakdown?.Limit ?? 0) + 1);
        return new TrendsPlan(query, time, wide, statement.Finish(text.ToString(), from, time.Current.To, lines * periods));
    }

    private static void Wide(StringBuilder text, Statement statement, TrendsQuery query, TrendsTime time)
    {
        text.Append("SELECT b, p");
        for (var i = 0; i < query.Series.Count; i++)
        {
            var math = TrendsMathSql.Of(query.Series[i], cumulative: false);
            text.Append(CultureInfo.InvariantCulture, $", {math.Over(statement.Dialect, Number("x", i), query.Series[i].Math is TrendsMath.UniqueSessions ? "i" : "k")} FILTER (WHERE {Number("f", i)}) AS {Number("y", i)}");
        }

        text.Append(" FROM (SELECT ").Append(Bucket(statement, time)).Append(" AS b, ").Append(Period(statement, time)).Append(" AS p");
        var unit = query.Series.Any(s => s.Math is TrendsMath.UniquePersons) ? UnitSql.Of(statement, query.Unit) : null;
        if (unit is not null)
        {
            text.Append(", ").Append(unit.Key).Append(" AS k");
        }

        if (query.Series.Any(s => s.Math is TrendsMath.UniqueSessions))
        {
            text.Append(", e.session_id AS i");
        }

        for (var i = 0; i < query.Series.Count; i++)
        {
            var series = query.Series[i];
            text.Append(CultureInfo.InvariantCulture, $", {Condition(statement, series, [])} AS {Number("f", i)}");
            if (series.Property is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $", {statement.AsNumber(series.Property)} AS {Number("x", i)}");
            }
        }

        text.Append(CultureInfo.InvariantCulture, $" FROM {{events}} AS e WHERE {Scan(statement, query, time)}) GROUP BY GROUPING SETS ((p, b), (p))");
    }

    private static void Each(StringBuilder text, Statement statement, TrendsQuery query, List<TrendsSeriesSql> series)
    {
        text.Append("WITH ").AppendJoin(", ", series.Select(s => s.Source()));
        if (query.Breakdown is { } breakdown)
        {
            var limit = statement.Parameter((long)breakdown.Limit);
            if (query.Formulas.Count > 0)
            {
                Shared(text, statement, series, limit);
            }
            else
            {
                for (var i = 0; i < series.Count; i++)
                {
                    text.Append(CultureInfo.InvariantCulture, $", q{i} AS ({series[i].Rank()} ORDER BY m DESC, v NULLS LAST LIMIT {limit})");
                    text.Append(CultureInfo.InvariantCulture, $", r{i} AS (SELECT v, row_number() OVER (ORDER BY m DESC, v NULLS LAST) AS n FROM q{i})");
                }
            }
        }

        for (var i = 0; i < series.Count; i++)
        {
            text.Append(i == 0 ? " " : " UNION ALL ").Append(series[i].Points(query.Breakdown is null ? null : query.Formulas.Count > 0 ? "r" : Number("r", i)));
        }
    }

    /// <summary>A formula needs the same values of all series: the largest of the first, then those that only the next one has, and so on.</summary>
    private static void Shared(StringBuilder text, Statement statement, List<TrendsSeriesSql> series, string limit)
    {
        var order = string.Concat(series.Select((_, i) => Number("m", i) + " DESC NULLS LAST, ")) + "v NULLS LAST";
        text.Append(", q AS (").AppendJoin(" UNION ALL ", series.Select((s, i) => string.Create(CultureInfo.InvariantCulture, $"SELECT v, CAST(m AS DOUBLE) AS m, {i} AS s FROM ({s.Rank()})")));
        text.Append("), q0 AS (SELECT v").Append(string.Concat(series.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $", max(m) FILTER (WHERE s = {i}) AS m{i}"))));
        text.Append(CultureInfo.InvariantCulture, $" FROM q GROUP BY v ORDER BY {order} LIMIT {limit}), r AS {statement.Dialect.Materialized(once: true)}(SELECT v, row_number() OVER (ORDER BY {order}) AS n FROM q0)");
    }

    private static string Number(string letter, int index) => letter + index.ToString(CultureInfo.InvariantCulture);

    internal static string Bucket(Statement statement, TrendsTime time) =>
        BucketSql.Index(statement.Dialect, statement.Dialect.Micros("e.\"timestamp\""), time.Previous is { } previous ? [previous, time.Current] : [time.Current]);

    /// <summary>True for the present period, false for the one before.</summary>
    internal static string Period(Statement statement, TrendsTime time) =>
        statement.Dialect.Truth(time.Previous is null ? "true" : $"e.\"timestamp\" >= {statement.Instant(time.Current.From)}");

    private static string Time(Statement statement, TrendsTime time) =>
        statement.Within(time.Previous?.From ?? time.Current.From, time.Current.To);

    /// <summary>What holds for all series, with the events that any of them counts, so that the store can prune.</summary>
    private static string Scan(Statement statement, TrendsQuery query, TrendsTime time)
    {
        var conditions = new List<string> { Time(statement, time) };
        if (query.Series.All(s => s.Event is not null))
        {
            conditions.Add($"e.event IN ({string.Join(", ", query.Series.Select(s => statement.Parameter(s.Event!)).Distinct())})");
        }

        if (query.Filters.Count > 0)
        {
            conditions.Add(FilterSql.All(statement, query.Filters));
        }

        return string.Join(" AND ", conditions);
    }

    internal static string Condition(Statement statement, TrendsSeries series, IReadOnlyList<PropertyFilter> shared) =>
        SelectorSql.Condition(statement, series.Event, series.Filters, shared);
}
