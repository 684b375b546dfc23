using System.Text.Json.Serialization;

namespace Headroom.Core.Queries;

/// <summary>Which events are meant: those of a name, or any, that meet all filters.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public record EventSelector
{
    /// <summary>The event's name; null for any event.</summary>
    public string? Event { get; init; }

    /// <summary>How it is called in the answer; null for a name made from the event.</summary>
    public string? Name { get; init; }

    public IReadOnlyList<PropertyFilter> Filters { get => field ?? []; init; }

    [JsonIgnore]
    public string Label => Name ?? Event ?? "Any event";
}
