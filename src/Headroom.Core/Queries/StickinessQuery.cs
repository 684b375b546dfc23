using System.Globalization;
using System.Text.Json.Serialization;

namespace Headroom.Core.Queries;

/// <summary>In how many different intervals of a range persons were active: how many persons in one, in two …</summary>
/// <param name="Series">What counts as active, for each series.</param>
/// <param name="Interval">Hour, day, week or month.</param>
/// <param name="Cumulative">Counts persons active in so many intervals or more.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record StickinessQuery(
    [property: JsonRequired] IReadOnlyList<EventSelector> Series, [property: JsonRequired] QueryRange Range,
    Interval Interval = Interval.Day, bool Cumulative = false) : InsightQuery
{
    /// <summary>Hold for every series.</summary>
    public IReadOnlyList<PropertyFilter> Filters { get => field ?? []; init; }

    /// <summary>Splits each series: the line of a value is of the events that have it, so a person may be in several.</summary>
    public Breakdown? Breakdown { get; init; }

    /// <summary>What is counted in place of persons; null for persons.</summary>
    public QueryUnit? Unit { get; init; }
}

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record StickinessResult : InsightResult
{
    /// <summary>IANA name.</summary>
    public required string TimeZone { get; init; }

    public required Interval Interval { get; init; }

    public required bool Cumulative { get; init; }

    /// <summary>Intervals of the range, the present one included: the most that a person can have been active in.</summary>
    public required int Intervals { get; init; }

    /// <summary>With a breakdown those of the first series, the most persons first, then those of the second, and so on.</summary>
    public required IReadOnlyList<StickinessSeries> Series { get; init; }
}

/// <param name="Series">Index of the series in the query.</param>
/// <param name="Persons">Active in at least one interval.</param>
/// <param name="Values">Persons active in 1, 2 … intervals (or more, where cumulative).</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record StickinessSeries(int Series, string Name, long Persons, IReadOnlyList<long> Values)
{
    /// <summary>The value as text; null where the event has none; "$other" for those past the limit; absent without a breakdown.</summary>
    public string? Breakdown { get; init; }

    [JsonIgnore]
    public bool HasBreakdown { get; init; }
}

/// <summary>Checks what a stickiness query's types cannot say. Every error is reported, under its field's path.</summary>
public static class StickinessValidator
{
    /// <summary>The intervals of the range, or null where <paramref name="errors"/> has what is wrong.</summary>
    public static TimeBuckets? Validate(StickinessQuery query, LocalCalendar calendar, long now, QueryErrors errors)
    {
        if (query.Series.Count is 0 or > QueryLimits.Series)
        {
            errors.Add("series", string.Create(CultureInfo.InvariantCulture, $"Must have 1 to {QueryLimits.Series} series."));
        }

        for (var i = 0; i < Math.Min(query.Series.Count, QueryLimits.Series); i++)
        {
            QueryValidator.Selector(query.Series[i], string.Create(CultureInfo.InvariantCulture, $"series[{i}]"), errors);
        }

        QueryValidator.Filters(query.Filters, "filters", errors);
        QueryValidator.Unit(query.Unit, errors);
        QueryValidator.Breakdown(query.Breakdown, errors);
        QueryValidator.ActivityInterval(query.Interval, errors);
        if (ResolvedRange.Resolve(query.Range, query.Interval, calendar, now, "range", errors) is not { } range || errors.Any)
        {
            return null;
        }

        var buckets = calendar.Buckets(range.From, range.To, query.Interval, QueryLimits.ActivityIntervals);
        if (buckets is null)
        {
            errors.Add("interval", string.Create(CultureInfo.InvariantCulture,
                $"Makes more than {QueryLimits.ActivityIntervals} intervals of this range; take a longer interval or a shorter range."));
        }
        else if ((long)buckets.Count * query.Series.Count * ((query.Breakdown?.Limit ?? 0) + 1) > QueryLimits.Cells)
        {
            errors.Add("interval", string.Create(CultureInfo.InvariantCulture,
                $"Series, breakdown values and intervals together make more than {QueryLimits.Cells} numbers; take a longer interval or fewer values."));
            return null;
        }

        return buckets;
    }
}
