using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headroom.Core.Queries;

// Generated serializers give an absent init-only member its type's default, not its initializer: defaults stand in
// constructors or getters here.

/// <summary>A question to a project's events, as a typed document. What each number means is in docs/insights.md.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(TrendsQuery), "trends")]
[JsonDerivedType(typeof(PathsQuery), "paths")]
[JsonDerivedType(typeof(FunnelQuery), "funnel")]
[JsonDerivedType(typeof(RetentionQuery), "retention")]
[JsonDerivedType(typeof(StickinessQuery), "stickiness")]
[JsonDerivedType(typeof(LifecycleQuery), "lifecycle")]
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public abstract record InsightQuery;

/// <summary>One number for each bucket of time, for each series, and for each value of a property where broken down.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TrendsQuery(
    [property: JsonRequired] IReadOnlyList<TrendsSeries> Series, [property: JsonRequired] QueryRange Range, Interval Interval = Interval.Day) : InsightQuery
{
    /// <summary>Hold for every series.</summary>
    public IReadOnlyList<PropertyFilter> Filters { get => field ?? []; init; }

    public Breakdown? Breakdown { get; init; }

    /// <summary>Also answers for the period of the same length just before.</summary>
    public bool Compare { get; init; }
}

/// <summary>What is counted.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TrendsSeries
{
    /// <summary>The event's name; null for any event.</summary>
    public string? Event { get; init; }

    public TrendsMath Math { get; init; } = TrendsMath.Total;

    /// <summary>The property whose numbers are summed, averaged …; null for total and unique_persons.</summary>
    public string? Property { get; init; }

    /// <summary>How the series is called in the answer; null for one made from the event.</summary>
    public string? Name { get; init; }

    /// <summary>Hold for this series, with the query's own.</summary>
    public IReadOnlyList<PropertyFilter> Filters { get => field ?? []; init; }
}

/// <summary>
/// Whole days in the project's time zone (2026-11-01), both included; or instants (2026-11-01T00:00:00Z), half-open;
/// or the last so many units, the present one included. Either from and to, or last and unit.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record QueryRange
{
    public string? From { get; init; }

    public string? To { get; init; }

    public int? Last { get; init; }

    public Interval? Unit { get; init; }
}

/// <summary>A condition on a property. With several values, one that holds is enough.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PropertyFilter
{
    /// <summary>Any event property, or event, distinct_id, session_id; with person. in front, a property of the event's person as known now.</summary>
    public required string Property { get; init; }

    public FilterOperator Operator { get; init; } = FilterOperator.Is;

    /// <summary>Texts, numbers or booleans; exactly one number for the four comparisons; none for is_set and is_not_set.</summary>
    public IReadOnlyList<FilterValue> Values { get => field ?? []; init; }
}

/// <summary>Splits each series by the values of a property.</summary>
/// <param name="Property">Any event property, or event, distinct_id, session_id; with person. in front, one of the event's person as known now.</param>
/// <param name="Limit">Values shown; the rest is put together as "$other".</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record Breakdown([property: JsonRequired] string Property, int Limit = 10);

[JsonConverter(typeof(SnakeCaseEnumConverter<TrendsMath>))]
public enum TrendsMath
{
    Total,
    UniquePersons,
    Sum,
    Average,
    Min,
    Max,
    Median,
    P90,
    P95,
    P99,
}

[JsonConverter(typeof(SnakeCaseEnumConverter<FilterOperator>))]
public enum FilterOperator
{
    Is,
    IsNot,
    Contains,
    NotContains,
    Matches,
    GreaterThan,
    GreaterOrEqual,
    LessThan,
    LessOrEqual,
    IsSet,
    IsNotSet,
}

[JsonConverter(typeof(SnakeCaseEnumConverter<Interval>))]
public enum Interval
{
    Minute,
    Hour,
    Day,
    Week,
    Month,
}

/// <summary>Names on the wire are snake_case; the numbers behind them are refused.</summary>
public sealed class SnakeCaseEnumConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where TEnum : struct, Enum;
