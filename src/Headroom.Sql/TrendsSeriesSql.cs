using System.Globalization;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// One series of a trend as SQL of its own, in three pieces: what its events come to for each bucket b, period p and
/// value v (the source), how large a value is (the rank), and, with values past the limit put together, the points and totals.
/// </summary>
internal sealed class TrendsSeriesSql
{
    private readonly Statement _statement;
    private readonly TrendsQuery _query;
    private readonly TrendsTime _time;
    private readonly TrendsSeries _series;
    private readonly int _index;
    private readonly TrendsMathSql _math;
    private readonly bool _masks;

    public TrendsSeriesSql(Statement statement, TrendsQuery query, TrendsTime time, int index)
    {
        (_statement, _query, _time, _index) = (statement, query, time, index);
        _series = query.Series[index];
        _math = TrendsMathSql.Of(_series, query.Cumulative);
        _masks = _series.Math.IsRolling && Masks(time.Current) is not null && (time.Previous is null || Masks(time.Previous) is not null);
    }

    /// <summary>Made only where it is used: a parameter that the statement does not mention is an error.</summary>
    private UnitSql Unit => field ??= UnitSql.Of(_statement, _query.Unit);

    /// <summary>The first instant that it reads.</summary>
    public long From => _series.Math.IsFirst ? long.MinValue
        : _series.Math.IsRolling ? RollingStarts(_time.Previous ?? _time.Current)[0]
        : _time.Previous?.From ?? _time.Current.From;

    /// <summary>As s0, s1 …: aggregated in the only scan where that merges; percentiles need every number and read the events twice.</summary>
    public string Source() => string.Create(CultureInfo.InvariantCulture, $"s{_index} AS {_statement.Dialect.Materialized(_math.Partial is not null)}(") +
        (_series.Math.IsRolling ? Rolling() : _series.Math.IsFirst ? First() : Plain()) + ")";

    /// <summary>How large each value is in the present period, as m.</summary>
    public string Rank() => string.Create(CultureInfo.InvariantCulture,
        $"SELECT v, {_math.Rank} AS m FROM s{_index} WHERE p AND v IS DISTINCT FROM {_statement.Parameter(TrendsSeriesResult.Other)} GROUP BY v");

    /// <summary>Rows of b (NULL for the total), p, s, n (NULL for values past the limit), v and y.</summary>
    /// <param name="ranks">Relation with the values shown and their rank n; null without a breakdown.</param>
    public string Points(string? ranks)
    {
        var (value, by) = ranks is null ? ("CAST(1 AS BIGINT) AS n, CAST(NULL AS VARCHAR) AS v", "") : ("n, v", "n, v, ");
        var (inner, innerBy) = ranks is null ? (value, "") : ("r.n AS n, r.v AS v", "r.n, r.v, ");
        var from = ranks is null
            ? string.Create(CultureInfo.InvariantCulture, $"s{_index} AS s")
            : string.Create(CultureInfo.InvariantCulture, $"s{_index} AS s LEFT JOIN {ranks} AS r ON s.v IS NOT DISTINCT FROM r.v");
        var head = string.Create(CultureInfo.InvariantCulture, $"{_index} AS s");
        if (_series.Math.IsRolling)
        {
            var periods = new List<string> { Rolled(_time.Current, "p") };
            if (_time.Previous is { } previous)
            {
                periods.Add(Rolled(previous, "NOT p"));
            }

            return string.Join(" UNION ALL ", periods);
        }

        if (_series.PerPerson)
        {
            var number = _series.Property is null ? "sum(s.c)" : "sum(s.t)";
            var each = $"SELECT {inner}, s.p AS p, s.b AS b, s.k AS k, CAST({number} AS DOUBLE) AS x FROM {from} GROUP BY GROUPING SETS (({innerBy}s.p, s.b, s.k), ({innerBy}s.p, s.k))";
            return $"SELECT b, p, {head}, n, v, {TrendsMathSql.Aggregate(_statement.Dialect, _series.Math, "x")} FILTER (WHERE k IS NOT NULL) AS y FROM ({each}) GROUP BY n, v, p, b";
        }

        if (_query.Cumulative && _math.Different)
        {
            // Once from the first time on.
            var firsts = $"SELECT {inner}, s.p AS p, s.k AS k, min(s.b) AS b FROM {from} GROUP BY {innerBy}s.p, s.k";
            if (!_statement.Dialect.HasWindowsOverGroups)
            {
                var groups = $"SELECT b, p, {value}, count(k) AS c FROM ({firsts}) GROUP BY GROUPING SETS (({by}p, b), ({by}p))";
                return $"SELECT b, p, {head}, n, v, CAST(sum(c) OVER (PARTITION BY n, v, p, b IS NULL ORDER BY b) AS DOUBLE) AS y FROM ({groups})";
            }

            return $"SELECT b, p, {head}, {value}, CAST(sum(count(k)) OVER (PARTITION BY {by}p, b IS NULL ORDER BY b) AS DOUBLE) AS y FROM ({firsts}) GROUP BY GROUPING SETS (({by}p, b), ({by}p))";
        }

        if (_query.Cumulative && !_statement.Dialect.HasWindowsOverGroups)
        {
            var aggregates = new List<string>();
            var added = _math.Merge(_statement.Dialect, (aggregate, x) =>
            {
                aggregates.Add(string.Create(CultureInfo.InvariantCulture, $", {aggregate}({x}) AS a{aggregates.Count}"));
                return string.Create(CultureInfo.InvariantCulture, $"{aggregate}(a{aggregates.Count - 1}) OVER (PARTITION BY n, v, p, b IS NULL ORDER BY b)");
            });
            return $"SELECT b, p, {head}, n, v, {added} AS y FROM (SELECT s.b AS b, s.p AS p, {inner}{string.Concat(aggregates)} FROM {from} GROUP BY GROUPING SETS (({innerBy}s.p, s.b), ({innerBy}s.p)))";
        }

        var window = $" OVER (PARTITION BY {innerBy}s.p, s.b IS NULL ORDER BY s.b)";
        var merged = _math.Merge(_statement.Dialect, _query.Cumulative ? (aggregate, x) => $"{aggregate}({aggregate}({x})){window}" : static (aggregate, x) => $"{aggregate}({x})");
        return $"SELECT s.b AS b, s.p AS p, {head}, {inner}, {merged} AS y FROM {from} GROUP BY GROUPING SETS (({innerBy}s.p, s.b), ({innerBy}s.p))";

        string Rolled(TimeBuckets buckets, string period)
        {
            if (_masks)
            {
                // Past the limit a person may have several values.
                var each = ranks is null ? $"SELECT {inner}, s.p, s.k, s.m FROM {from}" : $"SELECT {inner}, s.p, s.k, bit_or(s.m) AS m FROM {from} GROUP BY {innerBy}s.p, s.k";
                var masks = Masks(buckets)!;
                var counts = masks.Points.Select(point => $"CAST(count(k) FILTER (WHERE {masks.Meets(_statement.Dialect, "m", point)}) AS DOUBLE)");
                var (bucket, number) = _statement.Dialect.Unnest(string.Create(CultureInfo.InvariantCulture, $"range({buckets.Count})"), $"[{string.Join(", ", counts)}]");
                return string.Create(CultureInfo.InvariantCulture,
                    $"SELECT {bucket} AS b, p, {head}, n, v, {number} AS y FROM ({each}) WHERE {period} GROUP BY n, v, p");
            }

            // An event counts in the points f to l. A person's events in order of time each add the points that the one before has
            // not: one more from there on, one less after l.
            var distinct = ranks is null ? $"SELECT {inner}, s.p, s.f, s.l, s.k FROM {from}" : $"SELECT DISTINCT {inner}, s.p, s.f, s.l, s.k FROM {from}";
            var added = $"SELECT n, v, p, g, l, count(k) AS c FROM (SELECT n, v, p, k, l, greatest(f, coalesce({_statement.Dialect.Lag("l")} OVER (PARTITION BY n, k ORDER BY f, l) + 1, 0)) AS g FROM ({distinct}) WHERE {period}) WHERE g <= l GROUP BY n, v, p, g, l";
            // Called otherwise than what it is made of: a name that a column and a choice share may mean either.
            var more = _statement.Dialect.Signed("c");
            var (at, change) = _statement.Dialect.Unnest("[g, l + 1]", $"[{more}, -{more}]");
            return $"SELECT b, p, {head}, n, v, CAST(sum(sum(d)) OVER (PARTITION BY n ORDER BY b) AS DOUBLE) AS y FROM (SELECT n, v, p, {at} AS b, {change} AS d FROM ({added})) GROUP BY n, v, p, b";
        }
    }

    private string Plain()
    {
        var scan = $"SELECT {TrendsCompiler.Bucket(_statement, _time)} AS b, {TrendsCompiler.Period(_statement, _time)} AS p, {Value()} AS v{Operand()} FROM {{events}} AS e WHERE {_statement.Within(From, _time.Current.To)} AND {Condition()}";
        return _math.Partial is null
            ? $"SELECT b, p, v, x FROM ({scan})"
            : $"SELECT {_math.Partial}, p, v FROM ({scan}) GROUP BY {_math.PartialKey}";
    }

    /// <summary>
    /// Of each period its own, as the days before the present one are also in the one before: with masks each person's slots m, else
    /// the points that each event is in, from f to l.
    /// </summary>
    private string Rolling() =>
        Rolling(_time.Current, "true") + (_time.Previous is { } previous ? " UNION ALL " + Rolling(previous, "false") : "");

    private string Rolling(TimeBuckets buckets, string period)
    {
        var starts = RollingStarts(buckets);
        var micros = _statement.Dialect.Micros("e.\"timestamp\"");
        var scan = $"{Value()} AS v, {Unit.Key} AS k FROM {{events}} AS e WHERE {_statement.Within(starts[0], buckets.To)} AND {Condition()}";
        if (_masks)
        {
            var masks = Masks(buckets)!;
            return $"SELECT {period} AS p, v, k, m FROM (SELECT v, k, bit_or(m) AS m FROM (SELECT {masks.Bit(_statement.Dialect, micros)} AS m, {scan}) GROUP BY v, k) WHERE {masks.MeetsAny(_statement.Dialect, "m")}";
        }

        var first = BucketSql.Index(_statement.Dialect, string.Create(CultureInfo.InvariantCulture, $"greatest({micros}, {buckets.From})"), buckets);
        var last = BucketSql.Last(_statement.Dialect, micros, starts);
        // Between the last days of two months there are events that no point looks back to.
        return $"SELECT DISTINCT {period} AS p, f, l, v, k FROM (SELECT {first} AS f, {last} AS l, {scan}) WHERE f <= l";
    }

    /// <summary>Null where the period has too many points for it: then events are put in order instead.</summary>
    private RollingMasks? Masks(TimeBuckets buckets) => RollingMasks.Of(buckets, RollingStarts(buckets));

    /// <summary>
    /// Each person once, at the first event ever: found in all time, then looked at in the range. Of several at the same
    /// instant one that meets the filters is enough, and the first value in the order of text stands for all.
    /// </summary>
    private string First()
    {
        var columns = $"{TrendsCompiler.Bucket(_statement, _time)} AS b, {TrendsCompiler.Period(_statement, _time)} AS p, {Value()} AS v";
        var firsts = First(_statement, Unit, _series, _query.Filters, _time.Previous?.From ?? _time.Current.From, _time.Current.To, columns);
        return $"SELECT b, p, v, count(*) AS c FROM (SELECT b, p, min(v) AS v FROM ({firsts}) GROUP BY k, b, p) GROUP BY b, p, v";
    }

    /// <summary>The events that a series counts at the moment of their unit's first ever, where that is in [from, to): the unit k, and columns of them.</summary>
    public static string First(Statement statement, UnitSql unit, TrendsSeries series, IReadOnlyList<PropertyFilter> filters, long from, long to, string columns)
    {
        var micros = statement.Dialect.Micros("e.\"timestamp\"");
        var condition = TrendsCompiler.Condition(statement, series, filters);
        var firstOf = series.Math is TrendsMath.FirstMatching ? condition : SelectorSql.Condition(statement, series.Event, [], []);
        var firsts = $"SELECT {unit.Key} AS k, min({micros}) AS t FROM {{events}} AS e WHERE e.\"timestamp\" < {statement.Instant(to)} AND {firstOf} GROUP BY {unit.Key} HAVING min({micros}) >= {statement.Parameter(from)}";
        var scan = $"SELECT {unit.Key} AS k, {micros} AS t, {columns} FROM {{events}} AS e WHERE {statement.Within(from, to)} AND {condition}";
        return $"SELECT s.* FROM ({scan}) AS s JOIN ({firsts}) AS f ON s.k = f.k AND s.t = f.t";
    }

    /// <summary>Where the days begin that each point of weekly or monthly actives looks back over.</summary>
    public static IReadOnlyList<long> RollingStarts(TrendsQuery query, TrendsTime time, TimeBuckets buckets, TrendsMath math) =>
        time.Calendar.RollingStarts(buckets, query.Interval, math is TrendsMath.WeeklyActive ? 7 : 30);

    private IReadOnlyList<long> RollingStarts(TimeBuckets buckets) => RollingStarts(_query, _time, buckets, _series.Math);

    private string Condition() => SelectorSql.Condition(_statement, _series.Event, _series.Filters, _query.Filters);

    private string Value() => _query.Breakdown is { } breakdown
        ? _statement.Dialect.Left(_statement.AsText(breakdown.Property), QueryLimits.BreakdownValueLength)
        : "CAST(NULL AS VARCHAR)";

    private string Operand()
    {
        var key = CountsUnits ? $", {Unit.Key} AS k" : _math.Different ? ", e.session_id AS k" : "";
        return _series.Property is null ? key : $"{key}, {_statement.AsNumber(_series.Property)} AS x";
    }

    private bool CountsUnits => _series.PerPerson || (_math.Different && _series.Math is not TrendsMath.UniqueSessions);
}

/// <summary>
/// One math as SQL over numbers x and what it counts different ones of, k: directly; and in two steps over values, where
/// Partial is what a group of bucket and value keeps (null: every number) and Merge puts groups together.
/// </summary>
/// <param name="Different">Whether it counts different ones; else it has numbers or counts events.</param>
/// <param name="Merge">Given what makes an aggregate of its name and operand.</param>
internal sealed record TrendsMathSql(
    Func<SqlDialect, string, string, string> Over, bool Different, string? Partial, string PartialKey, string Rank, Func<SqlDialect, Func<string, string, string>, string> Merge)
{
    /// <param name="cumulative">Different ones are kept with the first bucket only.</param>
    public static TrendsMathSql Of(TrendsSeries series, bool cumulative)
    {
        if (series.PerPerson)
        {
            var numbers = series.Property is null ? "count(*) AS c" : "sum(x) AS t, count(x) AS c";
            return Plain(static (_, _, _) => throw new InvalidOperationException("Persons come first."), "b, k, " + numbers, "coalesce(sum(c) FILTER (WHERE k IS NOT NULL), 0)", static (_, _) => "") with
            {
                PartialKey = "b, p, v, k",
            };
        }

        return series.Math switch
        {
            TrendsMath.UniquePersons or TrendsMath.WeeklyActive or TrendsMath.MonthlyActive or TrendsMath.UniqueSessions => Counting(cumulative),
            TrendsMath.Sum => Plain((_, x, _) => $"sum({x})", "b, sum(x) AS t", "coalesce(sum(t), 0)", (_, agg) => agg("sum", "s.t")),
            TrendsMath.Average => Plain((_, x, _) => $"avg({x})", "b, sum(x) AS t, count(x) AS c", "sum(c)", (_, agg) => $"{agg("sum", "s.t")} / nullif({agg("sum", "s.c")}, 0)"),
            TrendsMath.Min => Plain((_, x, _) => $"min({x})", "b, min(x) AS t, count(x) AS c", "sum(c)", (_, agg) => agg("min", "s.t")),
            TrendsMath.Max => Plain((_, x, _) => $"max({x})", "b, max(x) AS t, count(x) AS c", "sum(c)", (_, agg) => agg("max", "s.t")),
            TrendsMath.Median or TrendsMath.P90 or TrendsMath.P95 or TrendsMath.P99 =>
                Plain((d, x, _) => Aggregate(d, series.Math, x), null, "count(x)", (d, _) => Aggregate(d, series.Math, "s.x")),
            _ => Plain((_, _, _) => "count(*)", "b, count(*) AS c", "sum(c)", (_, agg) => $"CAST({agg("sum", "s.c")} AS DOUBLE)"),
        };
    }

    /// <summary>A math of numbers over some.</summary>
    public static string Aggregate(SqlDialect dialect, TrendsMath math, string x) => math switch
    {
        TrendsMath.Average => $"avg({x})",
        TrendsMath.Min => $"min({x})",
        TrendsMath.Max => $"max({x})",
        TrendsMath.Median => dialect.Quantile(x, "0.5"),
        TrendsMath.P90 => dialect.Quantile(x, "0.9"),
        TrendsMath.P95 => dialect.Quantile(x, "0.95"),
        TrendsMath.P99 => dialect.Quantile(x, "0.99"),
        _ => throw new ArgumentOutOfRangeException(nameof(math), math, "Not a math of numbers."),
    };

    private static TrendsMathSql Counting(bool cumulative) => new(
        static (_, _, k) => $"count(DISTINCT {k})", true, cumulative ? "min(b) AS b, k" : "b, k", cumulative ? "p, v, k" : "b, p, v, k",
        "count(DISTINCT k)", static (_, _) => "CAST(count(DISTINCT s.k) AS DOUBLE)");

    private static TrendsMathSql Plain(
        Func<SqlDialect, string, string, string> over, string? partial, string rank, Func<SqlDialect, Func<string, string, string>, string> merge) =>
        new(over, false, partial, "b, p, v", rank, merge);
}
