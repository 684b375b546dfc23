using System.Text.Json.Serialization;

namespace Headroom.Core.Queries;

/// <summary>How many sessions there are, how long they last, and how many of them bounce.</summary>
/// <param name="BounceSeconds">A session that lasts at least so long is no bounce.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record SessionsQuery([property: JsonRequired] QueryRange Range, Interval Interval = Interval.Day, int BounceSeconds = 10) : InsightQuery
{
    /// <summary>Of a session property, or of an event that the session must have.</summary>
    public IReadOnlyList<PropertyFilter> Filters { get => field ?? []; init; }

    public SessionsBreakdown? Breakdown { get; init; }

    /// <summary>Also answers for the period of the same length just before.</summary>
    public bool Compare { get; init; }
}

/// <summary>Splits sessions by what each has one value of: either a session property or, in its place, one as other breakdowns take it.</summary>
/// <param name="Property">Anything but page and event, of which a session has several.</param>
/// <param name="Limit">Values shown; the rest is put together as "$other".</param>
/// <param name="EventProperty">What breakdowns of trends take: a property of the session's first event that has it, of its person, or a cohort.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record SessionsBreakdown(SessionProperty? Property = null, int Limit = 10, string? EventProperty = null);

/// <summary>What a session has by its events: the value of the first event that has it, unless said otherwise.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<SessionProperty>))]
public enum SessionProperty
{
    /// <summary>A page that was viewed; a session can have several.</summary>
    Page,

    /// <summary>The page of the first view that has one.</summary>
    EntryPage,

    /// <summary>The page of the last view that has one.</summary>
    ExitPage,

    /// <summary>$channel.</summary>
    Channel,

    /// <summary>utm_source, else the referrer.</summary>
    Source,

    /// <summary>$referring_domain, where it is another site's.</summary>
    Referrer,
    UtmSource,
    UtmMedium,
    UtmCampaign,
    UtmTerm,
    UtmContent,

    /// <summary>$geoip_country_code.</summary>
    Country,

    /// <summary>$geoip_subdivision_1_name.</summary>
    Region,

    /// <summary>$geoip_city_name.</summary>
    City,

    /// <summary>$device_type.</summary>
    Device,

    /// <summary>$browser.</summary>
    Browser,

    /// <summary>$os.</summary>
    Os,

    /// <summary>The name of an event that is not an SDK's own; a session can have several.</summary>
    Event,
}

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record SessionsResult : InsightResult
{
    /// <summary>IANA name.</summary>
    public required string TimeZone { get; init; }

    public required Interval Interval { get; init; }

    /// <summary>The start of each bucket, with the zone's offset at it.</summary>
    public required IReadOnlyList<DateTimeOffset> Buckets { get; init; }

    /// <summary>One for each value of the breakdown, the most sessions first; a single one without.</summary>
    public required IReadOnlyList<SessionsSeries> Series { get; init; }

    /// <summary>Absent without comparison.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DateTimeOffset>? CompareBuckets { get; init; }
}

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record SessionsSeries
{
    /// <summary>The value as text; null where there is none; "$other" for those past the limit; absent without a breakdown.</summary>
    public string? Breakdown { get; init; }

    [JsonIgnore]
    public bool HasBreakdown { get; init; }

    /// <summary>One for each bucket.</summary>
    public required IReadOnlyList<SessionFigures> Values { get; init; }

    /// <summary>Over the whole range.</summary>
    public required SessionFigures Total { get; init; }

    /// <summary>Absent without comparison.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SessionsComparison? Compare { get; init; }
}

/// <summary>The period before; values belong to compareBuckets.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record SessionsComparison(IReadOnlyList<SessionFigures> Values, SessionFigures Total);

/// <param name="Views">Page views and screens.</param>
/// <param name="ViewsPerSession">Null of no session, as are the seconds.</param>
/// <param name="BounceRate">Bounces of the sessions with a view; null where there is none.</param>
/// <param name="MeanSeconds">From the first event to the last.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record SessionFigures(long Sessions, long Views, double? ViewsPerSession, double? BounceRate, double? MeanSeconds, double? MedianSeconds);
