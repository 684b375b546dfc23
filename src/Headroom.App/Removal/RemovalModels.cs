using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headroom.App.Removal;

/// <summary>What a retention of so many days would free now.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record RetentionPreview(
    int Days,
    [property: Description("Events dated before this go: the start of a day in the project's time zone")] DateTimeOffset Before,
    long Events,
    [property: Description("Otherwise events are estimated from segments that go in part")] bool EventsExact,
    long Bytes,
    [property: Description("Otherwise bytes are estimated from segments that go in part")] bool BytesExact,
    [property: Description("All events stored now")] long TotalEvents,
    [property: Description("Their bytes on disk")] long TotalBytes,
    [property: Description("The date of the oldest event; null where there is none")] DateTimeOffset? OldestEvent);

/// <summary>The receipt for a person's removal. It holds nothing of the person but the uuid.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record DeletionReceipt(
    Guid Id,
    [property: Description("The person's uuid")] Guid Person,
    [property: Description("Who asked for it")] string RequestedBy,
    DateTimeOffset RequestedAt,
    [property: Description("waiting until what was received before is stored, running while events are removed, then done; failed while something is in the way"),
        AllowedValues("waiting", "running", "done", "failed")] string State,
    [property: Description("What is in the way of one that failed")] string? Reason,
    [property: Description("Distinct ids forgotten")] int DistinctIds,
    [property: Description("Events removed, so far")] long Events,
    [property: Description("Segments written again without them, or dropped, so far")] int Segments,
    DateTimeOffset? CompletedAt,
    [property: Description("When the event log will hold no copy any more; null where nothing bounds it")] DateTimeOffset? LogClearedBy,
    [property: Description("When it was seen to hold none; null until then")] DateTimeOffset? LogClearedAt,
    [property: Description("SHA-256 over the receipt's other fields, once done")] string? Checksum);

[JsonSerializable(typeof(RetentionPreview))]
[JsonSerializable(typeof(DeletionReceipt))]
[JsonSerializable(typeof(IReadOnlyList<DeletionReceipt>))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
internal sealed partial class RemovalJson : JsonSerializerContext;
