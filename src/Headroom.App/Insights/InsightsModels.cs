using System.Text.Json;
using System.Text.Json.Serialization;
using Headroom.Core;

namespace Headroom.App.Insights;

/// <summary>One page of the events explorer, newest first.</summary>
public sealed record EventsPage
{
    public required IReadOnlyList<EventItem> Events { get; init; }

    /// <summary>The cursor of the next page, or null on the last.</summary>
    public required string? Next { get; init; }
}

/// <summary>One event with all its properties, of every kind.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record EventItem
{
    public required Guid Uuid { get; init; }

    public required string Event { get; init; }

    public required string DistinctId { get; init; }

    /// <summary>The person as of now, merges applied; 0 for a group event, which belongs to nobody.</summary>
    public required long PersonKey { get; init; }

    public required string? SessionId { get; init; }

    public required DateTimeOffset Timestamp { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required IReadOnlyDictionary<string, JsonElement> Properties { get; init; }
}

/// <summary>One event with all its properties, and the person behind it.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record EventDetails
{
    public required Guid Uuid { get; init; }

    public required string Event { get; init; }

    public required string DistinctId { get; init; }

    /// <summary>The person as of now, merges applied; 0 for a group event, which belongs to nobody.</summary>
    public required long PersonKey { get; init; }

    public required string? SessionId { get; init; }

    public required DateTimeOffset Timestamp { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required IReadOnlyDictionary<string, JsonElement> Properties { get; init; }

    /// <summary>Null where no person has been made for the distinct id (personless events).</summary>
    public required EventPerson? Person { get; init; }
}

/// <summary>A person as of now.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record EventPerson
{
    public required long Key { get; init; }

    public required Guid Uuid { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required bool IsIdentified { get; init; }

    public required IReadOnlyDictionary<string, JsonElement> Properties { get; init; }
}

/// <summary>A cohort. As a filter or breakdown it is the property cohort. and its number: true for those who are in it.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record CohortDetails
{
    public required int Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Null for a list of persons.</summary>
    public required Headroom.Core.Queries.CohortCondition? Condition { get; init; }

    /// <summary>Persons in it, of those known and those with an event; null where nobody has asked yet.</summary>
    public required long? Size { get; init; }

    /// <summary>When the size was counted.</summary>
    public required DateTimeOffset? ComputedAt { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>One page of persons.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PersonsPage
{
    public required IReadOnlyList<PersonItem> Persons { get; init; }

    /// <summary>Persons behind the point, on all pages; null for a list of all persons.</summary>
    public required long? Total { get; init; }

    /// <summary>The cursor of the next page, or null on the last.</summary>
    public required string? Next { get; init; }
}

/// <summary>A person as of now.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PersonItem
{
    public required long Key { get; init; }

    /// <summary>Null for somebody personless.</summary>
    public required Guid? Uuid { get; init; }

    /// <summary>The first event known; null for somebody personless.</summary>
    public required DateTimeOffset? CreatedAt { get; init; }

    public required bool IsIdentified { get; init; }

    /// <summary>Some of the distinct ids.</summary>
    public required IReadOnlyList<string> DistinctIds { get; init; }

    public required IReadOnlyDictionary<string, JsonElement> Properties { get; init; }

    /// <summary>The last event; null where none is stored.</summary>
    public required DateTimeOffset? LastSeen { get; init; }
}

/// <summary>An event's name and how often it came.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record EventDefinition
{
    public required string Name { get; init; }

    public required long Count { get; init; }

    public required DateTimeOffset LastSeen { get; init; }
}

/// <summary>A property's name and the kinds of value it came with.</summary>
public sealed record PropertyDefinition
{
    public required string Name { get; init; }

    public required IReadOnlyList<PropertyValueKind> Kinds { get; init; }
}

/// <summary>A value as text and how often it came.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PropertyValueCount
{
    public required string Value { get; init; }

    public required long Count { get; init; }
}

[JsonConverter(typeof(Headroom.Core.Queries.SnakeCaseEnumConverter<PropertyValueKind>))]
public enum PropertyValueKind
{
    Text = PropertyKind.Text,
    Number = PropertyKind.Number,
    Boolean = PropertyKind.Boolean,
    Json = PropertyKind.Json,
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(EventsPage))]
[JsonSerializable(typeof(EventDetails))]
[JsonSerializable(typeof(CohortDetails))]
[JsonSerializable(typeof(IReadOnlyList<CohortDetails>))]
[JsonSerializable(typeof(PersonsPage))]
[JsonSerializable(typeof(PersonItem))]
[JsonSerializable(typeof(IReadOnlyList<EventDefinition>))]
[JsonSerializable(typeof(IReadOnlyList<PropertyDefinition>))]
[JsonSerializable(typeof(IReadOnlyList<PropertyValueCount>))]
[JsonSerializable(typeof(QueryProgressEvent))]
[JsonSerializable(typeof(Microsoft.AspNetCore.Mvc.ProblemDetails))]
[JsonSerializable(typeof(Microsoft.AspNetCore.Http.HttpValidationProblemDetails))]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(bool))]
internal sealed partial class InsightsJsonContext : JsonSerializerContext;
