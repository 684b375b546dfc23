using System.Text.Json.Serialization;

namespace Headroom.Core.Queries;

/// <summary>A site on one page: its visitors, where they come from, what they look at and with what, in the parts that are asked for.</summary>
/// <param name="VitalPages">Pages shown with the vitals.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record WebQuery([property: JsonRequired] QueryRange Range, Interval Interval = Interval.Day, int VitalPages = 10) : InsightQuery
{
    /// <summary>The totals and the series where it is left out. May be empty beside lists.</summary>
    public IReadOnlyList<WebPart> Parts { get => field ?? [WebPart.Totals, WebPart.Series]; init; }

    public IReadOnlyList<WebListQuery> Lists { get => field ?? []; init; }

    /// <summary>Of a session property, or of an event that the visit must have; see docs/insights.md.</summary>
    public IReadOnlyList<PropertyFilter> Filters { get => field ?? []; init; }

    /// <summary>Also answers totals, series and the rows of lists for the period of the same length just before.</summary>
    public bool Compare { get; init; }
}

[JsonConverter(typeof(SnakeCaseEnumConverter<WebPart>))]
public enum WebPart
{
    /// <summary>Over the whole range.</summary>
    Totals,

    /// <summary>By the interval.</summary>
    Series,

    /// <summary>How fast pages load and answer, overall and by page.</summary>
    Vitals,
}

/// <summary>Visits by a property of theirs or, in its place, by one as breakdowns take it.</summary>
/// <param name="Limit">Rows, those with the most visitors first.</param>
/// <param name="EventProperty">What breakdowns of trends take: a property of the visit's first event that has it, of its visitor, or a cohort.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record WebListQuery(SessionProperty? By = null, int Limit = 10, string? EventProperty = null);

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record WebResult : InsightResult
{
    /// <summary>IANA name.</summary>
    public required string TimeZone { get; init; }

    /// <summary>Absent where it was not asked for, as is every other part.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public WebFigures? Totals { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public WebSeries? Series { get; init; }

    /// <summary>The period before.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public WebComparison? Compare { get; init; }

    /// <summary>In the order of the query.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<WebList>? Lists { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public WebVitals? Vitals { get; init; }
}

/// <param name="Visitors">Different persons.</param>
/// <param name="ViewsPerVisit">All views of the visits, also those that a filter leaves out; null of no visit.</param>
/// <param name="BounceRate">Of the visits that entered where the filters say; null of none.</param>
/// <param name="MeanSeconds">From the first event to the last, bounces included; null of no visit.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record WebFigures(long Visitors, long Visits, long PageViews, double? ViewsPerVisit, double? BounceRate, double? MeanSeconds);

/// <param name="Buckets">The start of each bucket, with the zone's offset at it.</param>
/// <param name="Values">One for each bucket.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record WebSeries(Interval Interval, IReadOnlyList<DateTimeOffset> Buckets, IReadOnlyList<WebFigures> Values);

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record WebComparison
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public WebFigures? Totals { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public WebSeries? Series { get; init; }
}

/// <param name="More">Whether there are more rows than were asked for.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record WebList(IReadOnlyList<WebRow> Rows, bool More)
{
    /// <summary>What the list is by, as it was asked for; absent where that is a property of events.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonPropertyOrder(-2)]
    public SessionProperty? By { get; init; }

    /// <summary>The property of events that the list is by; absent where it is by another.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonPropertyOrder(-1)]
    public string? EventProperty { get; init; }
}

/// <param name="Value">As text; null for visits without any.</param>
/// <param name="PageViews">Of these visits; by page, those of the page.</param>
/// <param name="BounceRate">By page, of the visits that entered there; null of none.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record WebRow(string? Value, long Visitors, long Visits, long PageViews, double? BounceRate, double? MeanSeconds)
{
    /// <summary>By event, how many there are of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Events { get; init; }

    /// <summary>The same value in the period before; zeros where it had no visit. Absent without comparison.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public WebRowBefore? Compare { get; init; }
}

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record WebRowBefore(long Visitors, long Visits, long PageViews, double? BounceRate, double? MeanSeconds)
{
    /// <summary>As of the row.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Events { get; init; }
}

/// <param name="Pages">Those measured most often first.</param>
/// <param name="More">Whether there are more pages.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record WebVitals(WebVitalFigures Overall, IReadOnlyList<WebVitalsPage> Pages, bool More);

/// <param name="Page">Null for measurements without one.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record WebVitalsPage(string? Page, WebVitalFigures Figures);

/// <summary>A measurement of a page, as <see cref="WebVitalFigures"/> has them.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<WebVitalName>))]
public enum WebVitalName
{
    Lcp,
    Inp,
    Cls,
    Fcp,
    Ttfb,
}

/// <param name="Lcp">Largest contentful paint, milliseconds.</param>
/// <param name="Inp">Interaction to next paint, milliseconds.</param>
/// <param name="Cls">Cumulative layout shift, no unit.</param>
/// <param name="Fcp">First contentful paint, milliseconds.</param>
/// <param name="Ttfb">Time to first byte, milliseconds.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record WebVitalFigures(WebVital Lcp, WebVital Inp, WebVital Cls, WebVital Fcp, WebVital Ttfb);

/// <param name="P75">Three of four measurements are at most this, interpolated; null of none.</param>
/// <param name="Count">Measurements.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record WebVital(double? P75, long Count);

/// <summary>The range of a query over sessions: the buckets of the period, and those of the one before where it is compared.</summary>
public sealed record SessionTime(TimeBuckets Current, TimeBuckets? Previous)
{
    /// <summary>Where the first sessions that count begin.</summary>
    public long From => (Previous ?? Current).From;

    public long To => Current.To;

    /// <summary>The period, or the one before where it is compared.</summary>
    public TimeBuckets Of(bool previous) => previous ? Previous! : Current;
}
