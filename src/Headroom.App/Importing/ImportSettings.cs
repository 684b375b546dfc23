namespace Headroom.App.Importing;

/// <summary>What the rows of a file are.</summary>
public enum ImportForm
{
    /// <summary>An event as JSON in each line.</summary>
    Ndjson,

    /// <summary>A header, and a row for each event.</summary>
    Csv,

    /// <summary>nginx' or Apache's combined log.</summary>
    AccessLog,
}

/// <summary>How a file is read.</summary>
/// <param name="Form">Null to look at the file.</param>
/// <param name="Mapping">For CSV: field → column; an empty column for none.</param>
/// <param name="Delimiter">For CSV; null for the one that the header uses.</param>
/// <param name="Event">The event's name for access logs and for CSV without such a column.</param>
/// <param name="Site">For access logs: what comes before the path in $current_url.</param>
public sealed record ImportSettings(ImportForm? Form, IReadOnlyDictionary<string, string> Mapping, char? Delimiter, string? Event, string? Site)
{
    /// <summary>What a column of a CSV file may be besides a property: the keys of <see cref="Mapping"/>.</summary>
    public static readonly IReadOnlyList<string> Fields = ["event", "distinct_id", "timestamp", "uuid"];

    /// <summary>The words for the forms, on the command line and in the HTTP API.</summary>
    public static ImportForm? FormOf(string? word) => word switch
    {
        "ndjson" => ImportForm.Ndjson,
        "csv" => ImportForm.Csv,
        "log" => ImportForm.AccessLog,
        _ => null,
    };

    /// <summary>The inverse of <see cref="FormOf"/>.</summary>
    public static string WordOf(ImportForm form) => form switch
    {
        ImportForm.Ndjson => "ndjson",
        ImportForm.Csv => "csv",
        _ => "log",
    };
}

/// <param name="Line">Where the row begins, from 1.</param>
/// <param name="Reason">A sentence.</param>
public sealed record RefusedRow(long Line, string Reason);

/// <summary>A file that cannot be read on as what it is taken for. The message is for a person.</summary>
public class UnreadableFileException(string message) : Exception(message);

/// <summary>The file looks like nothing that can be imported.</summary>
public sealed class UnknownFormException() : UnreadableFileException("The file looks like nothing that can be imported: neither lines of JSON, nor CSV, nor an access log.");

/// <summary>A CSV file whose columns are not what the mapping says.</summary>
/// <param name="field">Which of the event's fields lacks its column.</param>
public sealed class MissingColumnException(string field, string message) : UnreadableFileException(message)
{
    /// <summary>event, distinct_id, timestamp or uuid.</summary>
    public string Field { get; } = field;
}
