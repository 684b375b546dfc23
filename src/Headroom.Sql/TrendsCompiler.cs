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

    internal TrendsPlan(TrendsQuery query, TrendsTime time, StoreQuery statement)
    {
        _query = query;
        _time = time;
        Statement = statement;
    }

    public StoreQuery Statement { get; }

    /// <param name="counted">The rows are not the statement's but those of a <see cref="TrendsScan"/>.</param>
    public TrendsResult Read(QueryRows rows, LocalCalendar calendar, DateTimeOffset computedAt, TimeSpan elapsed, bool counted = false)
    {
        var lines = _query.Breakdown is null && !counted ? Wide(rows) : Long(rows);
        return new TrendsResult
        {
            TimeZone = calendar.Zone.Id,
            Interval = _query.Interval,
            Buckets = [.. _time.Current.Starts.Select(calendar.Label)],
            CompareBuckets = _time.Previous is { } previous ? [.. previous.Starts.Select(calendar.Label)] : null,
            Series = lines.ConvertAll(ToResult),
            DataVersion = rows.DataVersion,
            ComputedAt = computedAt,
            ElapsedMs = Math.Round(elapsed.TotalMilliseconds, 3),
        };
    }

    /// <summary>Without a breakdown each series is a column; a bucket of NULL is the whole period.</summary>
    private List<Line> Wide(QueryRows rows)
    {
        var lines = new List<Line>();
        for (var i = 0; i < _query.Series.Count; i++)
        {
            lines.Add(NewLine(i, null));
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

    /// <summary>With a breakdown each number is a row; a rank of NULL is what lies past the limit.</summary>
    private List<Line> Long(QueryRows rows)
    {
        var lines = new SortedDictionary<(long Series, long Rank), Line>();
        for (var i = 0; i < _query.Series.Count && _query.Breakdown is null; i++)
        {
            lines.Add((i, 1), NewLine(i, null));
        }

        foreach (var row in rows.Rows)
        {
            var series = ToLong(row[SeriesColumn]);
            var rank = row[RankColumn] is { } known ? ToLong(known) : long.MaxValue;
            if (!lines.TryGetValue((series, rank), out var line))
            {
                line = NewLine((int)series, rank == long.MaxValue ? TrendsSeriesResult.Other : (string?)row[ValueColumn]);
                lines.Add((series, rank), line);
            }

            Put(line, row[BucketColumn], row[PeriodColumn], row[NumberColumn]);
        }

        return [.. lines.Values];
    }

    private void Put(Line line, object? bucket, object? period, object? number)
    {
        // A sum past the largest double has no number in JSON.
        var value = number is null ? null : (double?)Convert.ToDouble(number, CultureInfo.InvariantCulture);
        if (value is { } finite && !double.IsFinite(finite))
        {
            value = null;
        }

        var current = (bool)period!;
        if (bucket is null)
        {
            if (current)
            {
                line.Total = value ?? line.Nothing;
            }
            else
            {
                line.PreviousTotal = value ?? line.Nothing;
            }

            return;
        }

        var index = (int)ToLong(bucket) - (_time.Previous?.Count ?? 0);
        if (current)
        {
            line.Values[index] = value ?? line.Nothing;
        }
        else
        {
            line.Previous![index + _time.Previous!.Count] = value ?? line.Nothing;
        }
    }

    private Line NewLine(int series, string? breakdown)
    {
        var math = _query.Series[series].Math;
        double? nothing = math is TrendsMath.Total or TrendsMath.UniquePersons or TrendsMath.Sum ? 0 : null;
        var line = new Line(series, breakdown, nothing, new double?[_time.Current.Count], _time.Previous is { } previous ? new double?[previous.Count] : null)
        {
            Total = nothing,
            PreviousTotal = nothing,
        };
        Array.Fill(line.Values, nothing);
        if (line.Previous is not null)
        {
            Array.Fill(line.Previous, nothing);
        }

        return line;
    }

    private TrendsSeriesResult ToResult(Line line)
    {
        var series = _query.Series[line.Series];
        return new TrendsSeriesResult
        {
            Series = line.Series,
            Name = series.Name ?? series.Event ?? "Any event",
            Breakdown = line.Breakdown,
            HasBreakdown = _query.Breakdown is not null,
            Values = line.Values,
            Total = line.Total,
            Compare = line.Previous is null ? null : new TrendsComparison { Values = line.Previous, Total = line.PreviousTotal },
        };
    }

    private static long ToLong(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);

    private sealed record Line(int Series, string? Breakdown, double? Nothing, double?[] Values, double?[]? Previous)
    {
        public double? Total { get; set; }

        public double? PreviousTotal { get; set; }
    }
}

/// <summary>
/// Trends to SQL. Without a breakdown: one scan, each series a filtered aggregate, by bucket and for the whole period at
/// once (grouping sets); a single series whose buckets add up to the whole is grouped once and then added up. With one: for each series the values are ranked over the present period, and the rest is
/// aggregated again as "$other", so that persons and percentiles of the rest are exact too.
/// </summary>
public static class TrendsCompiler
{
    /// <param name="query">Valid, see <see cref="QueryValidator"/>.</param>
    public static TrendsPlan Compile(TrendsQuery query, TrendsTime time, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var from = time.Previous?.From ?? time.Current.From;
        var text = new StringBuilder();
        if (query.Breakdown is { } breakdown)
        {
            BrokenDown(text, statement, query, breakdown, time);
        }
        else if (query.Series is [var single] && TrendsMathSql.Of(single.Math) is { Partial: not null, PartialKey: "" } math)
        {
            Single(text, statement, query, math, time);
        }
        else
        {
            Plain(text, statement, query, time);
        }

        var periods = time.Current.Count + (time.Previous?.Count ?? 0) + 2;
        var lines = query.Breakdown is { } b ? query.Series.Count * (b.Limit + 1) : 1;
        return new TrendsPlan(query, time, statement.Finish(text.ToString(), from, time.Current.To, lines * periods));
    }

    /// <summary>Grouping sets over every event would group each of them twice.</summary>
    private static void Single(StringBuilder text, Statement statement, TrendsQuery query, TrendsMathSql math, TrendsTime time)
    {
        var series = query.Series[0];
        var number = series.Property is null ? "" : $", {statement.AsNumber(series.Property)} AS x";
        text.Append(CultureInfo.InvariantCulture,
            $"SELECT b, p, {math.Merge(statement.Dialect)} AS y0 FROM (SELECT b, p, {math.Partial} FROM (SELECT {Bucket(statement, time)} AS b, {Period(statement, time)} AS p{number} FROM {{events}} AS e WHERE {Time(statement, time)} AND {Condition(statement, series, query.Filters)}) GROUP BY b, p) AS s GROUP BY GROUPING SETS ((p, b), (p))");
    }

    private static void Plain(StringBuilder text, Statement statement, TrendsQuery query, TrendsTime time)
    {
        text.Append("SELECT b, p");
        for (var i = 0; i < query.Series.Count; i++)
        {
            var math = TrendsMathSql.Of(query.Series[i].Math);
            text.Append(CultureInfo.InvariantCulture, $", {math.Over(statement.Dialect, Number("x", i), "k")} FILTER (WHERE {Number("f", i)}) AS {Number("y", i)}");
        }

        text.Append(" FROM (SELECT ").Append(Bucket(statement, time)).Append(" AS b, ").Append(Period(statement, time)).Append(" AS p");
        var persons = query.Series.Any(s => s.Math is TrendsMath.UniquePersons);
        if (persons)
        {
            text.Append(", ").Append(PersonSql.Key).Append(" AS k");
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

        text.Append(CultureInfo.InvariantCulture, $" FROM {{events}} AS e{(persons ? PersonSql.Join : "")} WHERE {Scan(statement, query, time)}) GROUP BY GROUPING SETS ((p, b), (p))");
    }

    private static void BrokenDown(StringBuilder text, Statement statement, TrendsQuery query, Breakdown breakdown, TrendsTime time)
    {
        var value = statement.Dialect.Left(statement.AsText(breakdown.Property), QueryLimits.BreakdownValueLength);
        var limit = statement.Parameter((long)breakdown.Limit);
        var other = statement.Parameter(TrendsSeriesResult.Other);
        text.Append("WITH ");
        for (var i = 0; i < query.Series.Count; i++)
        {
            var series = query.Series[i];
            var math = TrendsMathSql.Of(series.Math);
            var persons = series.Math is TrendsMath.UniquePersons;
            var number = series.Property is null ? "" : $", {statement.AsNumber(series.Property)} AS x";
            // What merges is aggregated in the only scan; percentiles need every number and read the events twice.
            text.Append(CultureInfo.InvariantCulture,
                $"{(i == 0 ? "" : ", ")}s{i} AS {(math.Partial is null ? "NOT MATERIALIZED" : "MATERIALIZED")} (SELECT b, p, v, {math.Partial ?? "x"} FROM (SELECT {Bucket(statement, time)} AS b, {Period(statement, time)} AS p, {value} AS v{(persons ? ", " + PersonSql.Key + " AS k" : "")}{number} FROM {{events}} AS e{(persons ? PersonSql.Join : "")} WHERE {Time(statement, time)} AND {Condition(statement, series, query.Filters)})");
            text.Append(CultureInfo.InvariantCulture, $"{(math.Partial is null ? "" : " GROUP BY b, p, v" + math.PartialKey)})");
            text.Append(CultureInfo.InvariantCulture,
                $", q{i} AS (SELECT v, {math.Rank} AS m FROM s{i} WHERE p AND v IS DISTINCT FROM {other} GROUP BY v ORDER BY m DESC, v NULLS LAST LIMIT {limit})");
            text.Append(CultureInfo.InvariantCulture,
                $", r{i} AS (SELECT v, row_number() OVER (ORDER BY m DESC, v NULLS LAST) AS n FROM q{i})");
        }

        for (var i = 0; i < query.Series.Count; i++)
        {
            var math = TrendsMathSql.Of(query.Series[i].Math);
            text.Append(CultureInfo.InvariantCulture,
                $"{(i == 0 ? " " : " UNION ALL ")}SELECT s.b AS b, s.p AS p, {i} AS s, r.n AS n, r.v AS v, {math.Merge(statement.Dialect)} AS y FROM s{i} AS s LEFT JOIN r{i} AS r ON s.v IS NOT DISTINCT FROM r.v GROUP BY GROUPING SETS ((r.n, r.v, s.p, s.b), (r.n, r.v, s.p))");
        }
    }

    private static string Number(string letter, int index) => letter + index.ToString(CultureInfo.InvariantCulture);

    internal static string Bucket(Statement statement, TrendsTime time) =>
        BucketSql.Index(statement.Dialect, statement.Dialect.Micros("e.\"timestamp\""), time.Previous is { } previous ? [previous, time.Current] : [time.Current]);

    /// <summary>True for the present period, false for the one before.</summary>
    internal static string Period(Statement statement, TrendsTime time) =>
        time.Previous is null ? "true" : $"e.\"timestamp\" >= {statement.Instant(time.Current.From)}";

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

/// <summary>
/// One math as SQL over numbers x and persons k: directly; and in two steps over values, where Partial is what a group
/// of bucket and value keeps (null: every number) and Merge puts groups together.
/// </summary>
internal sealed record TrendsMathSql(Func<SqlDialect, string, string, string> Over, string? Partial, string PartialKey, string Rank, Func<SqlDialect, string> Merge)
{
    public static TrendsMathSql Of(TrendsMath math) => math switch
    {
        TrendsMath.Total => new((_, _, _) => "count(*)", "count(*) AS c", "", "sum(c)", _ => "CAST(sum(s.c) AS DOUBLE)"),
        TrendsMath.UniquePersons => new((_, _, k) => $"count(DISTINCT {k})", "k", ", k", "count(DISTINCT k)", _ => "CAST(count(DISTINCT s.k) AS DOUBLE)"),
        TrendsMath.Sum => new((_, x, _) => $"sum({x})", "sum(x) AS t", "", "coalesce(sum(t), 0)", _ => "sum(s.t)"),
        TrendsMath.Average => new((_, x, _) => $"avg({x})", "sum(x) AS t, count(x) AS c", "", "sum(c)", _ => "sum(s.t) / nullif(sum(s.c), 0)"),
        TrendsMath.Min => new((_, x, _) => $"min({x})", "min(x) AS t, count(x) AS c", "", "sum(c)", _ => "min(s.t)"),
        TrendsMath.Max => new((_, x, _) => $"max({x})", "max(x) AS t, count(x) AS c", "", "sum(c)", _ => "max(s.t)"),
        TrendsMath.Median => Quantile("0.5"),
        TrendsMath.P90 => Quantile("0.9"),
        TrendsMath.P95 => Quantile("0.95"),
        _ => Quantile("0.99"),
    };

    private static TrendsMathSql Quantile(string fraction) =>
        new((d, x, _) => d.Quantile(x, fraction), null, "", "count(x)", d => d.Quantile("s.x", fraction));
}

/// <summary>Persons as they are now: merges are applied when reading. Group events have key 0 and are nobody.</summary>
internal static class PersonSql
{
    public const string Join = "";
    public const string Key = "nullif({person_key}, 0)";
}
