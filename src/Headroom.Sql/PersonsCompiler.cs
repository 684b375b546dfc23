using System.Globalization;
using System.Text.Json;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Which persons are meant, and what is known of them.</summary>
public static class PersonsCompiler
{
    /// <summary>
    /// Rows of key and the number of all: the persons with an event that a point of a trend counts (where it is about a
    /// property's numbers: with such a number; where it is a formula's, of any series in it; where groups are counted, of one), by key, those after a key.
    /// </summary>
    /// <param name="point">Valid, see <see cref="InsightPointValidator"/>, and with a bucket that is there.</param>
    /// <param name="shown">The values that the answer shows, for a point of what is past them; else null.</param>
    public static StoreQuery Behind(
        TrendsQuery query, TrendsTime time, InsightPoint point, IReadOnlyList<string?>? shown, long after, int limit, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        List<TrendsSeries> counted = [.. Counted(query, point.Series!.Value).Select(i => query.Series[i])];
        var spans = counted.ConvertAll(s => Span(query, time, point, s.Math));
        var value = query.Breakdown is { } by ? dialect.Left(statement.AsText(by.Property), QueryLimits.BreakdownValueLength) : "CAST(NULL AS VARCHAR)";
        var chosen = query.Breakdown is null ? ""
            : shown is not null ? Except(statement, shown)
            : point.Breakdown is null ? " AND v IS NULL" : $" AND v = {statement.Parameter(point.Breakdown)}";
        var counts = string.Join(" UNION ALL ", counted.Zip(spans, (series, span) => Counts(series, span.From, span.To)));
        return statement.Finish(
            Page(statement, $"SELECT k FROM ({counts}) WHERE k IS NOT NULL{chosen}", after, limit),
            counted.Exists(static s => s.Math.IsFirst) ? long.MinValue : spans.Min(static s => s.From), spans.Max(static s => s.To), limit);

        string Counts(TrendsSeries series, long from, long to)
        {
            var unit = UnitSql.Of(statement, query.Unit);
            var number = series.Property is null ? "" : $" AND {statement.AsNumber(series.Property)} IS NOT NULL";
            if (series.Math.IsFirst)
            {
                var firsts = $"(SELECT k, min(v) AS v FROM ({TrendsSeriesSql.First(statement, unit, series, query.Filters, from, to, $"{value} AS v")}) GROUP BY k)";
                return query.Unit is null ? firsts
                    : $"SELECT {PersonSql.Key} AS k, f.v FROM {{events}} AS e JOIN {firsts} AS f ON f.k = {unit.Key} WHERE {statement.Within(from, to)}";
            }

            return $"SELECT {PersonSql.Key} AS k, {value} AS v FROM {{events}} AS e WHERE {statement.Within(from, to)} AND {TrendsCompiler.Condition(statement, series, query.Filters)}{number}{(query.Unit is null ? "" : $" AND {unit.Key} IS NOT NULL")}";
        }
    }

    /// <summary>As <see cref="Behind"/>: the persons with an event of any of these groups in [from, to).</summary>
    public static StoreQuery OfGroups(
        QueryUnit unit, IReadOnlyList<string> groups, long from, long to, long after, int limit, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var texts = statement.Parameter(JsonSerializer.Serialize(groups));
        return statement.Finish(
            Page(
                statement,
                $"SELECT {PersonSql.Key} AS k FROM {{events}} AS e WHERE {statement.Within(from, to)} AND {{person_key}} <> 0 AND {UnitSql.Of(statement, unit).Key} IN (SELECT t.k FROM {dialect.Texts(texts)} AS t)",
                after, limit),
            from, to, limit);
    }

    /// <summary>Rows of key and the number of all: different keys in their order, those after one.</summary>
    /// <param name="keys">A statement of k, never NULL.</param>
    internal static string Page(Statement statement, string keys, long after, int limit) => string.Create(CultureInfo.InvariantCulture,
        $"SELECT k, n FROM (SELECT k, count(*) OVER () AS n FROM (SELECT DISTINCT k FROM ({keys}))) WHERE k > {statement.Parameter(after)} ORDER BY k LIMIT {limit}");

    /// <summary>The series that an answer's line is made of.</summary>
    /// <param name="line">Its number, in which formulas are counted on after the series.</param>
    private static IReadOnlyList<int> Counted(TrendsQuery query, int line) =>
        line < query.Series.Count ? [line] : Formula.Parse(query.Formulas[line - query.Series.Count].Expression, query.Series.Count, out _)!.Series;

    /// <summary>The events that a point counts are in this stretch of time.</summary>
    private static (long From, long To) Span(TrendsQuery query, TrendsTime time, InsightPoint point, TrendsMath math)
    {
        var buckets = point.Compare ? time.Previous! : time.Current;
        if (point.Bucket is null && !math.IsRolling)
        {
            return (buckets.From, buckets.To);
        }

        // The total of rolling points is the last one.
        var bucket = point.Bucket ?? buckets.Count - 1;
        var from = math.IsRolling ? TrendsSeriesSql.RollingStarts(query, time, buckets, math)[bucket]
            : query.Cumulative ? buckets.From : Math.Max(buckets.From, buckets.Starts[bucket]);
        return (from, bucket + 1 < buckets.Count ? buckets.Starts[bucket + 1] : buckets.To);
    }

    /// <summary>Rows of key and the timestamp of the last event of each of these persons.</summary>
    /// <param name="keys">With commas between.</param>
    public static StoreQuery LastSeen(string keys, int most, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        return statement.Finish(
            $"SELECT {PersonSql.Key} AS k, max(e.\"timestamp\") FROM {{events}} AS e WHERE {{person_key}} IN (SELECT l.k FROM {dialect.Keys(statement.Parameter(keys))} AS l) GROUP BY k",
            long.MinValue, long.MaxValue, most);
    }

    /// <summary>Rows of key: persons with a row, the newest first, those before a key.</summary>
    /// <param name="search">Part of what one of <paramref name="properties"/> says, in any case; null for all persons.</param>
    /// <param name="also">A person found by other means.</param>
    /// <param name="cohort">Whose persons they are; null for those in any or none.</param>
    public static StoreQuery List(
        string? search, IReadOnlyList<string> properties, long? also, CohortSource? cohort, long before, int limit, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var found = new List<string>();
        if (search is not null)
        {
            found.Add(also is { } key ? $"e.person_key = {statement.Parameter(key)}" : "false");
            found.AddRange(properties.Select(p => $"coalesce({dialect.ContainsFolded(statement.AsText(PropertyNames.PersonPrefix + p), statement.Parameter(search))}, false)"));
        }

        var within = cohort is null ? "" : " AND " + CohortSql.Holds(statement, cohort, "e.person_key");
        return statement.Finish(
            string.Create(CultureInfo.InvariantCulture,
                $"SELECT e.person_key FROM {{persons}} AS e WHERE e.person_key < {statement.Parameter(before)}{within}{(found.Count == 0 ? "" : $" AND ({string.Join(" OR ", found)})")} ORDER BY e.person_key DESC LIMIT {limit}"),
            0, 0, limit);
    }

    private static string Except(Statement statement, IReadOnlyList<string?> shown)
    {
        var texts = string.Join(", ", shown.OfType<string>().Select(v => statement.Parameter(v)));
        var text = texts.Length == 0 ? "" : $" AND (v IS NULL OR v NOT IN ({texts}))";
        return shown.Contains(null) ? text + " AND v IS NOT NULL" : text;
    }
}
