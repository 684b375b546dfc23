using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Headroom.Core.Queries;

namespace Headroom.App.Importing;

/// <summary>How far an import is.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ImportState>))]
public enum ImportState
{
    /// <summary>The file is read, and its events go to the log.</summary>
    Running,

    /// <summary>All of it is in the log, and the last events are being stored.</summary>
    Storing,

    /// <summary>The file was read to its end.</summary>
    Done,

    /// <summary>Somebody stopped it; what was taken stays.</summary>
    Cancelled,

    /// <summary>It ended before the file did; what was taken stays.</summary>
    Stopped,
}

/// <summary>One import, as it is now.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record ImportDetails(
    Guid Id,
    [property: Description("The file's name, as whoever sent it said")] string Name,
    ImportState State,
    [property: Description("Why it ended before the file did, and the way out")] string? Problem,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    [property: Description("Read of the file, as sent")] long Bytes,
    [property: Description("Of the file, where the request said so")] long? TotalBytes,
    [property: Description("Rows read")] long Rows,
    [property: Description("Events on disk, those among them that were there already")] long Taken,
    [property: Description("Rows that are no event, or one that is not taken")] long Refused,
    [property: Description("Of those taken, how many were there already, by the project's ledger; null where it is not known yet")] long? Duplicates,
    [property: Description("The first of the refused rows, at most 100")] IReadOnlyList<RefusedRow> Refusals,
    [property: Description("The earliest time of the events taken")] DateTimeOffset? From,
    [property: Description("The latest")] DateTimeOffset? To);

/// <summary>Imports of a project that run, and those that ended lately: the newest first, at most 20, until the server starts again.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record ImportList(
    IReadOnlyList<ImportDetails> Imports,
    [property: Description("A file may have so many bytes")] long MaxFileBytes);

/// <summary>What a file looks like, from its beginning.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record ImportPreview(
    [property: Description("What it is read as; null where it looks like nothing that can be imported"), AllowedValues("ndjson", "csv", "log", null)] string? Format,
    [property: Description("What separates the columns of a CSV file")] string? Delimiter,
    [property: Description("Of a CSV file; empty for others")] IReadOnlyList<ImportColumn> Columns,
    [property: Description("Why the file cannot be imported in this way")] string? Problem,
    [property: Description("The first rows that are events")] IReadOnlyList<PreviewedEvent> Events,
    [property: Description("Rows before and among them that are none")] IReadOnlyList<RefusedRow> Refusals);

/// <summary>A column of a CSV file.</summary>
public sealed record ImportColumn(
    string Name,
    [property: Description("Its first value that is not empty")] string? Example,
    [property: Description("The field that it becomes, or by name and example should become where no map is given; null for a property"), AllowedValues("event", "distinct_id", "timestamp", "uuid", null)] string? Field);

/// <summary>An event as a row will become it.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PreviewedEvent(long Line, [property: Description("With event, distinct_id, timestamp and properties, as JSON")] string Json);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(ImportDetails))]
[JsonSerializable(typeof(ImportList))]
[JsonSerializable(typeof(ImportPreview))]
internal sealed partial class ImportingJson : JsonSerializerContext;
