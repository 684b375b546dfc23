using System.Text.Json;
using System.Text.Json.Serialization;
using Headroom.App.Access;
using Headroom.App.Importing;
using Headroom.App.Projects;
using Headroom.Cli.Backups;

namespace Headroom.Cli;

/// <summary>The answer of <c>project add --json</c>; scripts rely on it.</summary>
internal sealed record AddedProject(string Project, string WriteKey, string ReadKey);

/// <summary>The answer of <c>user add --json</c> and <c>user passwd --json</c>.</summary>
/// <param name="Password">Only where Headroom made it up.</param>
internal sealed record SavedUser(string User, string Email, string? Password);

/// <summary>What the demo remembers between starts, in demo.json in the data directory.</summary>
/// <param name="SentUntil">History up to here is sent and acknowledged.</param>
internal sealed record DemoState(string Project, string Password, DateTimeOffset? SentUntil);

/// <summary>How far an import got, in a file beside the imported one.</summary>
/// <param name="Source">Identity of the file's content.</param>
/// <param name="Target">Address and key, hashed: another target starts anew.</param>
/// <param name="Rows">All rows up to this one are acknowledged or refused.</param>
/// <param name="Sent">Rows of them that were acknowledged.</param>
/// <param name="Refused">Rows of them that were refused.</param>
/// <param name="Format">Files without it are of the first format.</param>
internal sealed record ImportCheckpoint(string Source, string Target, long Rows, long Sent, long Refused, int Format = ImportCheckpoint.NewestFormat)
{
    public const int NewestFormat = 1;
}

/// <summary>What came of an import.</summary>
/// <param name="Rows">Rows read, those skipped on resuming included.</param>
/// <param name="Taken">Rows that the server acknowledged; duplicates included where they are not known.</param>
/// <param name="Refused">Rows that are no event, or that the server refused.</param>
/// <param name="Duplicates">Rows that the project had already, by its ledger; null when it could not be asked.</param>
/// <param name="Resumed">Rows skipped because an earlier run sent them.</param>
/// <param name="Refusals">The first refused rows.</param>
internal sealed record ImportReport(
    long Rows, long Taken, long Refused, long? Duplicates, long Resumed, double Seconds, double RowsPerSecond, IReadOnlyList<RefusedRow> Refusals);

[JsonSerializable(typeof(AddedProject))]
[JsonSerializable(typeof(ProjectLedger))]
[JsonSerializable(typeof(SavedUser))]
[JsonSerializable(typeof(DemoState))]
[JsonSerializable(typeof(ImportCheckpoint))]
[JsonSerializable(typeof(ImportReport))]
[JsonSerializable(typeof(BackupManifest))]
[JsonSerializable(typeof(BackupReport))]
[JsonSerializable(typeof(VerifyReport))]
[JsonSerializable(typeof(RestoreReport))]
[JsonSerializable(typeof(IReadOnlyList<ProjectDetails>))]
[JsonSerializable(typeof(IReadOnlyList<KeyDetails>))]
[JsonSerializable(typeof(CreatedKey))]
[JsonSerializable(typeof(IReadOnlyList<AccountDetails>))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
internal sealed partial class CliJson : JsonSerializerContext;
