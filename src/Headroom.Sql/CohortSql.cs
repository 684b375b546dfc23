using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Cohorts as conditions on a person's key as of now, true or false and never NULL.</summary>
internal static class CohortSql
{
    /// <param name="key">The person's key; 0 for nobody.</param>
    public static string Holds(Statement statement, CohortSource cohort, string key) =>
        $"({key} <> 0 AND {(cohort.Condition is { } condition ? Holds(statement, condition, cohort, key) : Listed(statement, cohort.Keys, key))})";

    private static string Holds(Statement statement, CohortCondition condition, CohortSource cohort, string key) => condition switch
    {
        CohortAll all => "(" + string.Join(" AND ", all.Of.Select(c => Holds(statement, c, cohort, key))) + ")",
        CohortAny any => "(" + string.Join(" OR ", any.Of.Select(c => Holds(statement, c, cohort, key))) + ")",
        CohortPerson person => Meets(statement, person.Filters, key),
        CohortDid did => Did(statement, did, cohort, key),
        _ => throw new InvalidOperationException($"No statement for {condition.GetType().Name}."),
    };

    /// <summary>Whether a person meets filters on persons. Who has no row has no property, and meets what such an event would; so does nobody.</summary>
    public static string Meets(Statement statement, IReadOnlyList<PropertyFilter> filters, string key)
    {
        var withoutAny = filters.All(FilterSql.HoldsOfNone);
        var found = statement.InSet(key, 1, (0, 0), s =>
        {
            var all = FilterSql.All(s, filters);
            return $"SELECT e.person_key FROM {{persons}} AS e WHERE {(withoutAny ? $"NOT ({all})" : all)}";
        });
        return withoutAny ? "NOT " + found : found;
    }

    private static string Did(Statement statement, CohortDid did, CohortSource cohort, string key)
    {
        var range = ResolvedRange.Resolve(did.Range, Interval.Day, cohort.Calendar, cohort.Now, "", new QueryErrors())
            ?? throw new InvalidOperationException("The cohort's range is not valid.");
        return did.Comparison switch
        {
            CohortTimes.AtLeast => AtLeast(did.Times),
            CohortTimes.AtMost => $"NOT {AtLeast(did.Times + 1)}",
            _ => did.Times == 0 ? $"NOT {AtLeast(1)}" : $"({AtLeast(did.Times)} AND NOT {AtLeast(did.Times + 1)})",
        };

        string AtLeast(int times) => statement.InSet(key, times, (range.From, range.To), s =>
        {
            var filters = did.Filters.Count == 0 ? null : FilterSql.All(s, did.Filters);
            var (events, condition) = SelectorSql.Named(s, did.Event, (range.From, range.To), filters, byBucket: s.HasSets);
            return $"SELECT {{person_key}} FROM {events} AS e WHERE {condition}";
        });
    }

    private static string Listed(Statement statement, string keys, string key) => keys.Length == 0 ? "false"
        : statement.InSet(key, 1, (0, 0), s => $"SELECT coalesce(o.to_key, l.k) FROM {s.Dialect.Keys(s.Parameter(keys))} AS l LEFT JOIN {{overrides}} AS o ON o.from_key = l.k");
}

/// <summary>The persons of a cohort themselves.</summary>
public static class CohortCompiler
{
    /// <summary>One row: how many persons are in it, of those known and those with an event.</summary>
    public static StoreQuery Size(CohortSource cohort, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        return statement.Finish(
            $"SELECT count(*) FROM (SELECT person_key AS k FROM {{persons}} UNION SELECT {{person_key}} FROM {{events}} AS e) AS u WHERE {CohortSql.Holds(statement, cohort, "u.k")}",
            long.MinValue, long.MaxValue, 1);
    }

    /// <summary>Rows of person_key and uuid: the persons with these uuids.</summary>
    /// <param name="uuids">With commas between.</param>
    public static StoreQuery ByUuid(string uuids, int most, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        return statement.Finish($"SELECT p.person_key, p.uuid FROM {{persons}} AS p WHERE p.uuid IN (SELECT u.k FROM {dialect.Uuids(statement.Parameter(uuids))} AS u)", 0, 0, most);
    }
}
