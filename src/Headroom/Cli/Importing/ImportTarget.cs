namespace Headroom.Cli.Importing;

/// <summary>Where an import goes.</summary>
/// <param name="Project">With <paramref name="ReadKey"/>: whose ledger is asked for duplicates.</param>
internal sealed record ImportTarget(Uri Address, string WriteKey, string? Project, string? ReadKey);
