using System.Globalization;

namespace Headroom.Core.Queries;

/// <summary>Checks what a paths query's types cannot say. Every error is reported, under its field's path.</summary>
public static class PathsValidator
{
    private const long NumbersOfEdge = 3;

    /// <summary>The range, or null where <paramref name="errors"/> has what is wrong.</summary>
    public static ResolvedRange? Validate(PathsQuery query, LocalCalendar calendar, long now, QueryErrors errors)
    {
        Between(query.Steps, 2, QueryLimits.PathSteps, "steps", errors);
        Between(query.Edges, 1, QueryLimits.PathEdges, "edges", errors);
        Between(query.MinimumCount, 1, int.MaxValue, "minimumCount", errors);
        if (query.Include.Count == 0 || query.Include.Distinct().Count() != query.Include.Count)
        {
            errors.Add("include", "Must name pages, screens or events, each at most once.");
        }

        if (query.StartPoint is not null)
        {
            QueryValidator.Item(query.StartPoint, "startPoint", errors);
        }

        if (query.EndPoint is not null)
        {
            QueryValidator.Item(query.EndPoint, "endPoint", errors);
        }

        Items(query.Exclude, "exclude", errors);
        Items(query.Groupings, "groupings", errors);
        QueryValidator.Filters(query.Filters, "filters", errors);
        QueryValidator.Unit(query.Unit, errors);
        QueryValidator.Breakdown(query.Breakdown, errors);
        if (query.Breakdown is { Limit: <= QueryLimits.BreakdownValues } breakdown && NumbersOfEdge * query.Edges * (breakdown.Limit + 2) > QueryLimits.Cells)
        {
            errors.Add("edges", string.Create(CultureInfo.InvariantCulture,
                $"Edges of all breakdown values together make more than {QueryLimits.Cells} numbers; take fewer edges or values."));
        }

        var range = ResolvedRange.Resolve(query.Range, Interval.Day, calendar, now, "range", errors);
        return errors.Any ? null : range;
    }

    private static void Between(int value, int least, int most, string path, QueryErrors errors)
    {
        if (value < least || value > most)
        {
            errors.Add(path, string.Create(CultureInfo.InvariantCulture, $"Must be from {least} to {most}."));
        }
    }

    private static void Items(IReadOnlyList<string> items, string path, QueryErrors errors)
    {
        if (items.Count > QueryLimits.Values)
        {
            errors.Add(path, string.Create(CultureInfo.InvariantCulture, $"Must have at most {QueryLimits.Values} values."));
            return;
        }

        for (var i = 0; i < items.Count; i++)
        {
            QueryValidator.Item(items[i], string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), errors);
        }
    }
}
