using System.Text.Json.Serialization;

namespace Headroom.Core.Queries;

/// <summary>How many persons take steps one after the other within a time, and where they are lost.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record FunnelQuery(
    [property: JsonRequired] IReadOnlyList<FunnelStep> Steps, [property: JsonRequired] QueryRange Range,
    FunnelOrder Order = FunnelOrder.Ordered, FunnelView View = FunnelView.Steps, Interval Interval = Interval.Day) : InsightQuery
{
    /// <summary>The time from step 1 on in which the others must follow; 14 days where it is left out.</summary>
    public FunnelWindow Window { get => field ?? new FunnelWindow(); init; }

    /// <summary>Events that take a person out where they lie between steps.</summary>
    public IReadOnlyList<FunnelExclusion> Exclusions { get => field ?? []; init; }

    /// <summary>Hold for every event that is looked at.</summary>
    public IReadOnlyList<PropertyFilter> Filters { get => field ?? []; init; }

    public FunnelBreakdown? Breakdown { get; init; }

    /// <summary>What is counted in place of persons; null for persons.</summary>
    public QueryUnit? Unit { get; init; }
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record FunnelStep : EventSelector
{
    /// <summary>The funnel goes on without it too. Neither the first nor the last.</summary>
    public bool Optional { get; init; }
}

/// <summary>After <see cref="FromStep"/> and before <see cref="ToStep"/>, counted from 1. In any order: between whichever steps.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record FunnelExclusion : EventSelector
{
    public required int FromStep { get; init; }

    public required int ToStep { get; init; }
}

/// <summary>A length of time; a day is 24 hours.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record FunnelWindow(int Count = 14, FunnelWindowUnit Unit = FunnelWindowUnit.Day)
{
    [JsonIgnore]
    public long Micros => Count * 1_000_000L * Unit switch
    {
        FunnelWindowUnit.Second => 1,
        FunnelWindowUnit.Minute => 60,
        FunnelWindowUnit.Hour => 3_600,
        FunnelWindowUnit.Day => 86_400,
        _ => 7 * 86_400,
    };
}

/// <param name="Property">Any event property, or event, distinct_id, session_id.</param>
/// <param name="Limit">Values shown; the rest is put together as "$other".</param>
/// <param name="Attribution">Which event's value a person is counted under.</param>
/// <param name="Step">The step, from 1, where the attribution is by step.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record FunnelBreakdown(
    [property: JsonRequired] string Property, int Limit = 10, FunnelAttribution Attribution = FunnelAttribution.FirstTouch, int? Step = null);

[JsonConverter(typeof(SnakeCaseEnumConverter<FunnelOrder>))]
public enum FunnelOrder
{
    /// <summary>One after the other, with anything between.</summary>
    Ordered,

    /// <summary>One directly after the other.</summary>
    Strict,

    /// <summary>In whichever order.</summary>
    Any,
}

[JsonConverter(typeof(SnakeCaseEnumConverter<FunnelView>))]
public enum FunnelView
{
    Steps,
    TimeToConvert,
    OverTime,
}

[JsonConverter(typeof(SnakeCaseEnumConverter<FunnelWindowUnit>))]
public enum FunnelWindowUnit
{
    Second,
    Minute,
    Hour,
    Day,
    Week,
}

[JsonConverter(typeof(SnakeCaseEnumConverter<FunnelAttribution>))]
public enum FunnelAttribution
{
    /// <summary>The first value that the person's step events have.</summary>
    FirstTouch,

    /// <summary>The last value that the person's step events have.</summary>
    LastTouch,

    /// <summary>Under each value of the events at one step, counting only those events there.</summary>
    Step,

    /// <summary>Under each value, counting only events with it.</summary>
    AllEvents,
}

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record FunnelResult : InsightResult
{
    /// <summary>IANA name.</summary>
    public required string TimeZone { get; init; }

    public required FunnelOrder Order { get; init; }

    public required FunnelView View { get; init; }

    public required long WindowSeconds { get; init; }

    /// <summary>The start of each bucket where the view is over time.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DateTimeOffset>? Buckets { get; init; }

    /// <summary>One for each value of the breakdown, the most persons first; a single one without.</summary>
    public required IReadOnlyList<FunnelSeries> Series { get; init; }
}

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record FunnelSeries
{
    /// <summary>The value as text; null where there is none; "$other" for those past the limit; absent without a breakdown.</summary>
    public string? Breakdown { get; init; }

    [JsonIgnore]
    public bool HasBreakdown { get; init; }

    /// <summary>Persons who took the first step.</summary>
    public required long Entered { get; init; }

    /// <summary>Persons who took all that must be taken.</summary>
    public required long Converted { get; init; }

    /// <summary>Null of nobody.</summary>
    public required double? Conversion { get; init; }

    /// <summary>Persons who have not converted and whose window reaches past the end of the range: they still may.</summary>
    public required long Truncated { get; init; }

    /// <summary>Persons whom an exclusion took out; they are in no other number.</summary>
    public required long Excluded { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FunnelStepResult>? Steps { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FunnelTimes? TimeToConvert { get; init; }

    /// <summary>One for each bucket.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FunnelPoint>? OverTime { get; init; }
}

/// <summary>Times and rates are null where there is nobody to take them of, and at the first step.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record FunnelStepResult
{
    /// <summary>From 1. In any order: how many steps were taken.</summary>
    public required int Step { get; init; }

    public required string Name { get; init; }

    public required bool Optional { get; init; }

    public required long Persons { get; init; }

    /// <summary>Persons who took the step before that must be taken, and not this one.</summary>
    public required long DroppedOff { get; init; }

    public required double? ConversionFromFirst { get; init; }

    public required double? ConversionFromPrevious { get; init; }

    public required double? MeanSecondsFromPrevious { get; init; }

    public required double? MedianSecondsFromPrevious { get; init; }

    public required double? MeanSecondsFromFirst { get; init; }

    public required double? MedianSecondsFromFirst { get; init; }
}

/// <param name="BinSeconds">The width of each bin.</param>
/// <param name="Bins">Without gaps; empty where nobody converted.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record FunnelTimes(long BinSeconds, IReadOnlyList<FunnelBin> Bins, double? MeanSeconds, double? MedianSeconds);

/// <summary>Persons who needed at least <paramref name="FromSeconds"/> and less than a bin's width more.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record FunnelBin(long FromSeconds, long Persons);

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record FunnelPoint(long Entered, long Converted, double? Conversion);

/// <summary>The range of a funnel, and its buckets where the view is over time.</summary>
public sealed record FunnelTime(ResolvedRange Range, TimeBuckets? Buckets);
