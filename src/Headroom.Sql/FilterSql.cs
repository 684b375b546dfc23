using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// Filters as conditions that are true or false, never NULL: an event without the property fails every condition
/// except is_not, not_contains and is_not_set, which it meets.
/// </summary>
internal static class FilterSql
{
    public static string All(Statement statement, IEnumerable<PropertyFilter> filters) =>
        string.Join(" AND ", filters.Select(f => One(statement, f)));

    /// <summary>Whether what does not have the property meets the filter.</summary>
    public static bool HoldsOfNone(PropertyFilter filter) => filter.Operator is FilterOperator.IsNot or FilterOperator.NotContains or FilterOperator.IsNotSet;

    private static string One(Statement statement, PropertyFilter filter) => filter.Operator switch
    {
        FilterOperator.Is => Is(statement, filter),
        FilterOperator.IsNot => $"NOT {Is(statement, filter)}",
        FilterOperator.Contains => Contains(statement, filter),
        FilterOperator.NotContains => $"NOT {Contains(statement, filter)}",
        FilterOperator.Matches => AnyOf(filter, v => statement.Dialect.Matches(statement.AsText(filter.Property), statement.Parameter(v.Text))),
        FilterOperator.GreaterThan => Compare(statement, filter, ">"),
        FilterOperator.GreaterOrEqual => Compare(statement, filter, ">="),
        FilterOperator.LessThan => Compare(statement, filter, "<"),
        FilterOperator.LessOrEqual => Compare(statement, filter, "<="),
        FilterOperator.IsSet => IsSet(statement, filter.Property),
        _ => $"NOT {IsSet(statement, filter.Property)}",
    };

    /// <summary>Each kind is compared in its own column, which is exact and lets the store prune.</summary>
    private static string Is(Statement statement, PropertyFilter filter)
    {
        var property = statement.Property(filter.Property);
        var conditions = new List<string>();
        // Made only where it is used: a parameter that the statement does not mention is an error.
        string Texts() => string.Join(", ", filter.Values.Select(v => statement.Parameter(v.Text)).Distinct());
        if (property.Text is not null)
        {
            conditions.Add($"{property.Text} IN ({Texts()})");
        }

        if (property.Json is not null)
        {
            conditions.Add($"{property.Json} IN ({Texts()})");
        }

        if (property.Number is not null && filter.Values.Any(v => v.Number is not null))
        {
            var numbers = filter.Values.Where(v => v.Number is not null).Select(v => statement.Parameter(v.Number!.Value)).Distinct();
            conditions.Add($"{property.Number} IN ({string.Join(", ", numbers)})");
        }

        if (property.Boolean is not null && filter.Values.Any(v => v.Boolean is not null))
        {
            var booleans = filter.Values.Where(v => v.Boolean is not null).Select(v => statement.Parameter(v.Boolean!.Value)).Distinct();
            conditions.Add($"{property.Boolean} IN ({string.Join(", ", booleans)})");
        }

        return conditions.Count == 0 ? "(false)" : "(" + string.Join(" OR ", conditions.Select(c => $"coalesce({c}, false)")) + ")";
    }

    private static string Contains(Statement statement, PropertyFilter filter) =>
        AnyOf(filter, v => statement.Dialect.ContainsFolded(statement.AsText(filter.Property), statement.Parameter(v.Text)));

    private static string AnyOf(PropertyFilter filter, Func<FilterValue, string> condition) =>
        "coalesce(" + string.Join(" OR ", filter.Values.Select(condition)) + ", false)";

    private static string Compare(Statement statement, PropertyFilter filter, string sign) =>
        $"coalesce({statement.AsNumber(filter.Property)} {sign} {statement.Parameter(filter.Values[0].Number!.Value)}, false)";

    private static string IsSet(Statement statement, string name)
    {
        var property = statement.Property(name);
        string?[] kinds = [property.Text, property.Number, property.Boolean, property.Json];
        var set = kinds.Where(k => k is not null).Select(k => k + " IS NOT NULL").ToList();
        return set.Count == 0 ? "(false)" : "(" + string.Join(" OR ", set) + ")";
    }
}
