using System.Text.Json.Serialization;

namespace Headroom.Core.Queries;

/// <summary>What people say of names; what is left out stays.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record DefinitionChange
{
    public DefinitionOf? Kind { get; init; }

    /// <summary>Of events or properties, as they are sent; from 1 to 500.</summary>
    public IReadOnlyList<string> Names { get => field ?? []; init; }

    /// <summary>At most 2,000 characters; an empty one takes it away.</summary>
    public string? Description { get; init; }

    /// <summary>Left out where names are offered; questions still answer it.</summary>
    public bool? Hidden { get; init; }
}

[JsonConverter(typeof(SnakeCaseEnumConverter<DefinitionOf>))]
public enum DefinitionOf
{
    Event,
    Property,
}
