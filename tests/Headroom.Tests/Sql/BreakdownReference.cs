using System.Text;
using Headroom.Core.Queries;

namespace Headroom.Tests.Sql;

/// <summary>Which values of a breakdown have lines, where the largest are those with the most persons.</summary>
internal static class BreakdownReference
{
    /// <summary>What stands in each line, in their order; everything in one without a breakdown.</summary>
    /// <param name="size">Persons in what would stand in a line; a line of none is not there.</param>
    public static IReadOnlyList<(string? Line, IReadOnlyList<T> Part)> Lines<T>(
        Breakdown? breakdown, IReadOnlyList<T> all, Func<T, string?> value, Func<IReadOnlyList<T>, int> size)
    {
        if (breakdown is null)
        {
            return [(null, all)];
        }

        List<T> Of(string? line) => [.. all.Where(one => value(one) == line)];
        var shown = all.Select(value).Distinct().Where(v => v != "$other" && size(Of(v)) > 0)
            .OrderByDescending(v => size(Of(v))).ThenBy(static v => v is null).ThenBy(static v => Convert.ToHexString(Encoding.UTF8.GetBytes(v ?? "")), StringComparer.Ordinal)
            .Take(breakdown.Limit).ToList();
        List<T> rest = [.. all.Where(one => !shown.Contains(value(one)))];
        return [.. shown.Select(v => (v, (IReadOnlyList<T>)Of(v))), .. size(rest) > 0 ? [("$other", (IReadOnlyList<T>)rest)] : Array.Empty<(string?, IReadOnlyList<T>)>()];
    }

    /// <summary>The filters by which the insight alone answers what a line says.</summary>
    /// <param name="lines">All lines of the answer.</param>
    public static IReadOnlyList<PropertyFilter> Filters(string property, string? line, IEnumerable<string?> lines)
    {
        if (line != "$other")
        {
            return [line is null ? new PropertyFilter { Property = property, Operator = FilterOperator.IsNotSet } : new PropertyFilter { Property = property, Values = [new FilterValue(line)] }];
        }

        var shown = lines.Where(static l => l != "$other").ToList();
        var texts = shown.OfType<string>().Select(static v => new FilterValue(v)).ToList();
        return
        [
            .. texts.Count > 0 ? [new PropertyFilter { Property = property, Operator = FilterOperator.IsNot, Values = texts }] : Array.Empty<PropertyFilter>(),
            .. shown.Contains(null) ? [new PropertyFilter { Property = property, Operator = FilterOperator.IsSet }] : Array.Empty<PropertyFilter>(),
        ];
    }
}
