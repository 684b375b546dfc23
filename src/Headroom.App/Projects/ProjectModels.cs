using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Headroom.App.Projects;

/// <param name="WeekStartsOn">monday or sunday.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record ProjectDetails(
    string Id,
    string Name,
    [property: Description("IANA name, such as Europe/Berlin")] string TimeZone,
    [property: Description("The first day of a week"), AllowedValues("monday", "sunday")] string WeekStartsOn,
    [property: Description("Whether events keep the client's address as $ip")] bool KeepIp,
    [property: Description("Domains by which Plausible's scripts name the project")] IReadOnlyList<string> Domains,
    DateTimeOffset CreatedAt,
    [property: Description("What the caller may do in it"), AllowedValues("viewer", "editor", "admin", "owner")] string Role)
{
    [Description("Days after which events are removed for good, by days of the time zone; null keeps them for ever")]
    public required int? RetentionDays { get; init; }

    [Description("Properties of events and of persons that are not stored from now on")]
    public required IReadOnlyList<string> DroppedProperties { get; init; }

    [Description("Whether visitors are told apart by an id of the day and by nothing that their devices store")]
    public required bool Cookieless { get; init; }
}

/// <summary>A new project. Only the name is needed.</summary>
public sealed record NewProject(string? Name, string? TimeZone = null, IReadOnlyList<string>? Domains = null);

/// <summary>What changes; null stays as it is.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record ProjectPatch(
    string? Name = null, string? TimeZone = null, [property: AllowedValues("monday", "sunday", null)] string? WeekStartsOn = null, bool? KeepIp = null, IReadOnlyList<string>? Domains = null)
{
    [Description("From 1 to 36500; 0 keeps events for ever")]
    public int? RetentionDays { get; init; }

    [Description("At most 100 names")]
    public IReadOnlyList<string>? DroppedProperties { get; init; }

    public bool? Cookieless { get; init; }
}

public sealed record CreatedProject(
    ProjectDetails Project, string WriteKey, [property: Description("Shown this once")] string ReadKey);

/// <summary>A key as it may be seen at any time.</summary>
public sealed record KeyDetails(
    string Id,
    [property: Description("What the key is for"), AllowedValues("write", "read")] string Kind,
    string Name,
    [property: Description("The write key; null for a read key, which is stored as a hash only")] string? Key,
    [property: Description("The first characters of the key")] string Prefix,
    DateTimeOffset CreatedAt);

/// <param name="Kind">write or read.</param>
public sealed record NewKey([property: Description("What the key is for"), AllowedValues("write", "read")] string? Kind, string? Name);

public sealed record CreatedKey(
    string Id,
    [property: Description("What the key is for"), AllowedValues("write", "read")] string Kind,
    string Name,
    [property: Description("A read key is shown this once")] string Key,
    string Prefix,
    DateTimeOffset CreatedAt);

/// <summary>received = stored + duplicates + rejected + waiting.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record ProjectLedger(
    long Received, long Stored, long Duplicates, long Rejected, long Waiting,
    [property: Description("Of those stored, how many were removed since, by what")] RemovedEvents Removed);

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record RemovedEvents(
    [property: Description("Too old for the project's retention")] long Retention,
    [property: Description("Of persons who were deleted")] long Deletion);

/// <param name="Author">Whoever wrote it, by name; null once that person is gone.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record AnnotationDetails(int Id, [property: Description("The instant that it is about")] DateTimeOffset At, string Text, string? Author, DateTimeOffset CreatedAt);

/// <summary>A note of up to 400 characters at a time. A new one needs both; of a change null stays as it is.</summary>
public sealed record AnnotationChange(DateTimeOffset? At = null, string? Text = null);

[JsonSerializable(typeof(ProjectDetails))]
[JsonSerializable(typeof(IReadOnlyList<ProjectDetails>))]
[JsonSerializable(typeof(NewProject))]
[JsonSerializable(typeof(ProjectPatch))]
[JsonSerializable(typeof(CreatedProject))]
[JsonSerializable(typeof(IReadOnlyList<KeyDetails>))]
[JsonSerializable(typeof(NewKey))]
[JsonSerializable(typeof(CreatedKey))]
[JsonSerializable(typeof(ProjectLedger))]
[JsonSerializable(typeof(IReadOnlyList<AnnotationDetails>))]
[JsonSerializable(typeof(AnnotationChange))]
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
internal sealed partial class ProjectsJson : JsonSerializerContext;
