using System.Text.Json.Serialization;

namespace Headroom.Core.Queries;

/// <summary>Which ways persons take through pages, screens and events, as the most frequent edges between steps.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PathsQuery([property: JsonRequired] QueryRange Range, int Steps = 5, int Edges = 50, int MinimumCount = 1) : InsightQuery
{
    /// <summary>What can be a step; pages where it is left out.</summary>
    public IReadOnlyList<PathItemKind> Include { get => field ?? [PathItemKind.Pages]; init; }

    /// <summary>Only ways through this step, from its first visit on.</summary>
    public string? StartPoint { get; init; }

    /// <summary>Only ways through this step, up to its first visit (after the start point, where there is one).</summary>
    public string? EndPoint { get; init; }

    /// <summary>Steps that are left out as if they had not been.</summary>
    public IReadOnlyList<string> Exclude { get => field ?? []; init; }

    /// <summary>Patterns in which * stands for any characters: steps that match one count as that one.</summary>
    public IReadOnlyList<string> Groupings { get => field ?? []; init; }

    public IReadOnlyList<PropertyFilter> Filters { get => field ?? []; init; }

    /// <summary>Also answers for each value of a property, of the ways through the events that have it.</summary>
    public Breakdown? Breakdown { get; init; }

    /// <summary>What is counted in place of persons; null for persons.</summary>
    public QueryUnit? Unit { get; init; }
}

[JsonConverter(typeof(SnakeCaseEnumConverter<PathItemKind>))]
public enum PathItemKind
{
    /// <summary>$pageview, by $pathname, else $current_url.</summary>
    Pages,

    /// <summary>$screen, by $screen_name.</summary>
    Screens,

    /// <summary>Every other event that is not the SDKs' own ($…), by its name.</summary>
    Events,
}

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PathsResult : InsightResult
{
    /// <summary>What stands for the steps left out between a start and an end point.</summary>
    public const string Middle = "…";

    /// <summary>IANA name.</summary>
    public required string TimeZone { get; init; }

    /// <summary>Most frequent first.</summary>
    public required IReadOnlyList<PathEdge> Edges { get; init; }

    /// <summary>Ways that were looked at: at least one step, and through the points asked for.</summary>
    public required long Ways { get; init; }

    /// <summary>Whether there are more edges than were asked for.</summary>
    public required bool More { get; init; }

    /// <summary>One for each value of the breakdown, the most persons first; absent without one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PathsSeries>? Series { get; init; }
}

/// <summary>The ways through events that have a value, as if there were no others.</summary>
/// <param name="Breakdown">The value as text; null where the event has none; "$other" for those past the limit.</param>
/// <param name="Ways">As <see cref="PathsResult.Ways"/>.</param>
/// <param name="Edges">Most frequent first.</param>
/// <param name="More">Whether there are more edges than were asked for.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PathsSeries(string? Breakdown, long Ways, IReadOnlyList<PathEdge> Edges, bool More);

/// <param name="Step">Position of <see cref="From"/> in its way, from 1; <see cref="To"/> is the next one.</param>
/// <param name="Count">Ways that have the edge there.</param>
/// <param name="MeanSeconds">From leaving the one step until reaching the next.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PathEdge(int Step, string From, string To, long Count, double MeanSeconds);
