using System.Globalization;
using System.Text.Json.Serialization;

namespace Headroom.Core.Queries;

/// <summary>Who is new, who comes back, and who stays away, interval by interval.</summary>
/// <param name="Range">Where it begins or ends inside an interval, the whole interval is taken.</param>
/// <param name="Interval">Hour, day, week or month.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record LifecycleQuery([property: JsonRequired] QueryRange Range, Interval Interval = Interval.Day) : InsightQuery
{
    /// <summary>What counts as active; any event where it is left out.</summary>
    public EventSelector Activity { get => field ?? new EventSelector(); init; }

    public IReadOnlyList<PropertyFilter> Filters { get => field ?? []; init; }

    /// <summary>Also answers for each value of a property, of the events that have it, so a person may be in several.</summary>
    public Breakdown? Breakdown { get; init; }

    /// <summary>What is counted in place of persons; null for persons.</summary>
    public QueryUnit? Unit { get; init; }
}

/// <summary>What a person is in an interval. A person is in at most one.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<LifecycleStatus>))]
public enum LifecycleStatus
{
    /// <summary>Active, and first seen in the same interval.</summary>
    New,

    /// <summary>Active, and in the interval before too.</summary>
    Returning,

    /// <summary>Active, not in the interval before, and first seen earlier.</summary>
    Resurrecting,

    /// <summary>Active in the interval before, and not in this one.</summary>
    Dormant,
}

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record LifecycleResult : InsightResult
{
    /// <summary>IANA name.</summary>
    public required string TimeZone { get; init; }

    public required Interval Interval { get; init; }

    /// <summary>The start of each interval, with the zone's offset at it.</summary>
    public required IReadOnlyList<DateTimeOffset> Buckets { get; init; }

    /// <summary>One for each interval. In one that goes on, those who are dormant may still come.</summary>
    public required IReadOnlyList<IntervalState> States { get; init; }

    /// <summary>Persons, one number for each interval, as are the following.</summary>
    public required IReadOnlyList<long> New { get; init; }

    public required IReadOnlyList<long> Returning { get; init; }

    public required IReadOnlyList<long> Resurrecting { get; init; }

    /// <summary>Positive, though it is drawn below zero.</summary>
    public required IReadOnlyList<long> Dormant { get; init; }

    /// <summary>One for each value of the breakdown, the most persons first; absent without one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<LifecycleSeries>? Series { get; init; }
}

/// <summary>What persons are whose events have a value. Each list has one number for each interval.</summary>
/// <param name="Breakdown">The value as text; null where the event has none; "$other" for those past the limit.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record LifecycleSeries(
    string? Breakdown, IReadOnlyList<long> New, IReadOnlyList<long> Returning, IReadOnlyList<long> Resurrecting, IReadOnlyList<long> Dormant);

/// <summary>Checks what a lifecycle query's types cannot say. Every error is reported, under its field's path.</summary>
public static class LifecycleValidator
{
    /// <summary>The intervals of the range with the one before it, or null where <paramref name="errors"/> has what is wrong.</summary>
    public static TimeBuckets? Validate(LifecycleQuery query, LocalCalendar calendar, long now, QueryErrors errors)
    {
        QueryValidator.Selector(query.Activity, "activity", errors);
        QueryValidator.Filters(query.Filters, "filters", errors);
        QueryValidator.Unit(query.Unit, errors);
        QueryValidator.Breakdown(query.Breakdown, errors);
        QueryValidator.ActivityInterval(query.Interval, errors);
        if (ResolvedRange.Resolve(query.Range, query.Interval, calendar, now, "range", errors) is not { } range || errors.Any)
        {
            return null;
        }

        var buckets = calendar.Around(range.From, range.To, query.Interval, 1, 0, QueryLimits.ActivityIntervals);
        if (buckets is null)
        {
            errors.Add("interval", string.Create(CultureInfo.InvariantCulture,
                $"Makes more than {QueryLimits.ActivityIntervals - 1} intervals of this range; take a longer interval or a shorter range."));
        }
        else if (query.Breakdown is { } breakdown && 4L * buckets.Count * (breakdown.Limit + 2) > QueryLimits.Cells)
        {
            errors.Add("interval", string.Create(CultureInfo.InvariantCulture,
                $"Breakdown values and intervals together make more than {QueryLimits.Cells} numbers; take a longer interval or fewer values."));
            return null;
        }

        return buckets;
    }
}
