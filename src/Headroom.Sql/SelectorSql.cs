using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Which events are meant, as a condition that is true or false, never NULL.</summary>
internal static class SelectorSql
{
    /// <param name="shared">Hold besides the selector's own.</param>
    public static string Condition(Statement statement, string? eventName, IReadOnlyList<PropertyFilter> filters, IReadOnlyList<PropertyFilter> shared)
    {
        var conditions = new List<string>();
        if (eventName is not null)
        {
            conditions.Add($"e.event = {statement.Parameter(eventName)}");
        }

        if (shared.Count + filters.Count > 0)
        {
            conditions.Add(FilterSql.All(statement, [.. shared, .. filters]));
        }

        return conditions.Count == 0 ? "true" : string.Join(" AND ", conditions);
    }

    /// <summary>The selectors as one number: bit <paramref name="first"/> + i is set where the event meets selector i.</summary>
    public static string Bits(Statement statement, IReadOnlyList<EventSelector> selectors, int first = 0) => selectors.Count == 0
        ? "CAST(0 AS BIGINT)"
        : string.Join(" + ", selectors.Select((s, i) =>
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"CASE WHEN {Condition(statement, s.Event, s.Filters, [])} THEN CAST({1L << (first + i)} AS BIGINT) ELSE 0 END")));

    /// <summary>What any of the selectors can meet, so that the store can prune; null where one of them meets any event.</summary>
    public static string? Names(Statement statement, IEnumerable<EventSelector> selectors)
    {
        var names = selectors.Select(s => s.Event).Distinct().ToList();
        return names.Contains(null) ? null : $"e.event IN ({string.Join(", ", names.Select(n => statement.Parameter(n!)))})";
    }
}
