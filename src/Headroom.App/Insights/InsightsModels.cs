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

    /// <summary>What people wrote of it; null for nothing.</summary>
    public required string? Description { get; init; }

    /// <summary>Left out of lists that do not ask for hidden ones.</summary>
    public required bool Hidden { get; init; }
}

/// <summary>How often events of each name came.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record EventActivity
{
    /// <summary>The first of the days, in the project's time zone.</summary>
    public required DateOnly From { get; init; }

    /// <summary>The last of the days, today.</summary>
    public required DateOnly To { get; init; }

    /// <summary>Names that there are, also where not all of them are listed.</summary>
    public required int Total { get; init; }

    /// <summary>Those that came most often on these days first.</summary>
    public required IReadOnlyList<EventActivityItem> Events { get; init; }
}

/// <summary>How often events of one name came.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record EventActivityItem
{
    public required string Name { get; init; }

    /// <summary>What people wrote of it; null for nothing.</summary>
    public required string? Description { get; init; }

    public required bool Hidden { get; init; }

    /// <summary>Of all time.</summary>
    public required long Count { get; init; }

    /// <summary>On these days.</summary>
    public required long Recent { get; init; }

    /// <summary>To a quarter of an hour.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>To a quarter of an hour.</summary>
    public required DateTimeOffset LastSeen { get; init; }

    /// <summary>On each day, the oldest first.</summary>
    public required IReadOnlyList<long> Days { get; init; }
}

/// <summary>A property's name and the kinds of value it came with.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PropertyDefinition
{
    public required string Name { get; init; }

    public required IReadOnlyList<PropertyValueKind> Kinds { get; init; }

    /// <summary>What people wrote of it; null for nothing.</summary>
    public required string? Description { get; init; }

    /// <summary>Left out of lists that do not ask for hidden ones.</summary>
    public required bool Hidden { get; init; }

    /// <summary>How many of the last days' events have it. Left out where no days were asked for, and of persons and groups.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Events { get; init; }

    /// <summary>Of the last days' events, from 0 to 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Share { get; init; }

    /// <summary>Not before this instant, and not long after it: known to the store's files. Left out where it is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? FirstSeen { get; init; }

    /// <summary>Not after this instant, and not long before it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? LastSeen { get; init; }
}

/// <summary>What people say of a name.</summary>
public sealed record DefinitionDetails
{
    public required string Name { get; init; }

    /// <summary>Null for nothing.</summary>
    public required string? Description { get; init; }

    public required bool Hidden { get; init; }

    /// <summary>Null where it was nobody who is still there.</summary>
    public required string? ChangedBy { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }
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
[JsonSerializable(typeof(EventActivity))]
[JsonSerializable(typeof(IReadOnlyList<DefinitionDetails>))]
[JsonSerializable(typeof(IReadOnlyList<PropertyDefinition>))]
[JsonSerializable(typeof(IReadOnlyList<PropertyValueCount>))]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(bool))]
internal sealed partial class InsightsJsonContext : JsonSerializerContext;
