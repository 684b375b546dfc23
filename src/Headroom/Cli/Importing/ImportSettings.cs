namespace Headroom.Cli.Importing;

/// <summary>Where an import goes.</summary>
/// <param name="Project">With <paramref name="ReadKey"/>: whose ledger is asked for duplicates.</param>
internal sealed record ImportTarget(Uri Address, string WriteKey, string? Project, string? ReadKey);

/// <param name="Form">Null to look at the file.</param>
/// <param name="Mapping">For CSV: field → column.</param>
/// <param name="Delimiter">For CSV; null for the one that the header uses.</param>
/// <param name="Event">The event's name for access logs and for CSV without such a column.</param>
/// <param name="Site">For access logs: what comes before the path in $current_url.</param>
/// <param name="KeepCheckpoint">Whether to remember progress beside the file.</param>
internal sealed record ImportSettings(
    ImportForm? Form, IReadOnlyDictionary<string, string> Mapping, char? Delimiter, string? Event, string? Site, bool KeepCheckpoint);
