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
[JsonDerivedType(typeof(SessionsQuery), "sessions")]
[JsonDerivedType(typeof(WebQuery), "web")]
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

    /// <summary>What is counted in place of persons; null for persons.</summary>
    public QueryUnit? Unit { get; init; }

    /// <summary>Lines computed from those of the series, and put after them.</summary>
    public IReadOnlyList<TrendsFormula> Formulas { get => field ?? []; init; }

    /// <summary>Each point is the average of so many points, itself the last of them; null for none.</summary>
    public int? Smoothing { get; init; }

    /// <summary>Each point is of everything from the beginning of its period to its own end.</summary>
    public bool Cumulative { get; init; }
}

/// <summary>A number out of those of the series: A is the first, B the second; + - * / and parentheses.</summary>
/// <param name="Expression">Such as "B / A * 100".</param>
/// <param name="Name">How it is called in the answer; null for the expression.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TrendsFormula([property: JsonRequired] string Expression, string? Name = null);

/// <summary>What is counted.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TrendsSeries
{
    /// <summary>The event's name; null for any event.</summary>
    public string? Event { get; init; }

    public TrendsMath Math { get; init; } = TrendsMath.Total;

    /// <summary>The property whose numbers are summed, averaged …; null where events, persons or sessions are counted.</summary>
    public string? Property { get; init; }

    /// <summary>
    /// The math is over persons instead of events: each person is one number, the count of the person's events or, with
    /// a property, the sum of its numbers.
    /// </summary>
    public bool PerPerson { get; init; }

    /// <summary>Only formulas use it: it is not in the answer.</summary>
    public bool Hidden { get; init; }

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

/// <summary>Whose events belong together. Events without a group of the type belong to nobody.</summary>
/// <param name="Group">A type of group, as events name it in $groups: company.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record QueryUnit([property: JsonRequired] string Group);

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

    /// <summary>Different session ids.</summary>
    UniqueSessions,

    /// <summary>Different persons of the 7 days that end with each point.</summary>
    WeeklyActive,

    /// <summary>Different persons of the 30 days that end with each point.</summary>
    MonthlyActive,

    /// <summary>Persons whose first event ever of the name is here and meets the filters.</summary>
    FirstTime,

    /// <summary>Persons whose first event ever that meets the filters is here.</summary>
    FirstMatching,
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
