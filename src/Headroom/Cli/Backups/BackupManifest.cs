using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Headroom.App.Shared.Control;
using Headroom.Log;
using Headroom.Store.Backups;

namespace Headroom.Cli.Backups;

/// <summary>One file of a backup.</summary>
/// <param name="Path">Where it belongs: within the data directory, or within the log's where that is another.</param>
/// <param name="Stored">Where it is within the backup.</param>
/// <param name="Checksum">The catalog's own checksum of it, XXH3 in hexadecimal; null of files that the catalog does not name.</param>
internal sealed record BackupFile(string Path, string Stored, long Bytes, string Sha256, string? Checksum);

/// <summary>Formats of what is in the backup.</summary>
/// <param name="Catalog">Stands for the files that the catalog names too.</param>
/// <param name="Control">The newest migration of the control data; null where it has no schema yet.</param>
internal sealed record BackupFormats(int Catalog, string? Control, int Log);

/// <summary>manifest.json: what makes a directory a backup. It is written last, and replaced as a whole.</summary>
/// <param name="Product">The version of Headroom that made it.</param>
/// <param name="TakenAt">When it was begun: everything acknowledged before is in it.</param>
/// <param name="CommittedOffset">Up to where its store has taken its log in.</param>
/// <param name="LogEnd">Where its log ends.</param>
/// <param name="Checksum">SHA-256 of this text with an empty checksum.</param>
internal sealed partial record BackupManifest(
    int Format, string Product, DateTimeOffset TakenAt, BackupFormats Formats, long CommittedOffset, long LogEnd, IReadOnlyList<BackupFile> Files, string Checksum)
{
    public const int NewestFormat = 1;
    public const string FileName = "manifest.json";

    /// <summary>What is read from a file may lack what the types say that it has.</summary>
    private bool IsComplete =>
        (Product, Formats, Files) is (not null, not null, not null) && Files.All(static f => f is { Path: not null, Stored: not null, Sha256: not null });

    /// <summary>Null where the directory has none.</summary>
    /// <exception cref="CommandFailedException">It is damaged, or newer than this program knows.</exception>
    public static BackupManifest? Find(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        var bytes = File.ReadAllBytes(path);
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var format = document.RootElement.GetProperty("format").GetInt32();
            if (format > NewestFormat)
            {
                throw new CommandFailedException(
                    $"The backup {directory} has format {format}; this version of Headroom ({ProductVersion.Text}) reads up to {NewestFormat}. Use {Maker(document.RootElement)}.");
            }

            var manifest = document.Deserialize(CliJson.Default.BackupManifest) ?? throw new JsonException("It is empty.");
            return manifest.IsComplete && manifest.Files.All(static f => IsOfHeadroom(f.Path) && IsWithin(f.Stored)) && manifest.Checksum == manifest.Sum()
                ? manifest
                : throw new JsonException("Its checksum is another.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new CommandFailedException($"{path} is damaged: {e.Message} Take it from another copy of the backup, or make a backup into a new directory.");
        }
    }

    /// <exception cref="CommandFailedException">There is none, it is damaged, or newer than this program knows.</exception>
    public static BackupManifest Require(string directory) => Find(directory) ??
        throw new CommandFailedException($"There is no backup in {directory}: it has no {FileName}, which is written last. Perhaps a backup was interrupted; make it again.");

    /// <exception cref="CommandFailedException">What is in the backup is newer than this program knows.</exception>
    public void RequireKnown(string directory)
    {
        if (Formats.Catalog > CatalogContents.NewestFormat || Formats.Log > LogImage.Format
            || string.CompareOrdinal(Formats.Control, ControlFile.NewestSchema) > 0)
        {
            throw new CommandFailedException(
                $"The backup {directory} was made by a newer version of Headroom ({Product}), and this version ({ProductVersion.Text}) does not know its formats. Restore it with version {Product} or a later one.");
        }
    }

    public void Write(string directory)
    {
        var path = Path.Combine(directory, FileName);
        var temporary = path + DurableCopy.TemporarySuffix;
        using (var stream = DurableCopy.Create(temporary))
        {
            stream.Write(JsonSerializer.SerializeToUtf8Bytes(this with { Checksum = Sum() }, CliJson.Default.BackupManifest));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        Core.DirectorySync.Flush(directory);
    }

    private string Sum() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this with { Checksum = "" }, CliJson.Default.BackupManifest)));

    private static string Maker(JsonElement manifest) =>
        manifest.TryGetProperty("product", out var product) && product.ValueKind == JsonValueKind.String ? $"version {product.GetString()}, which made it, or a later one" : "a later version";

    private static bool IsWithin(string stored) =>
        !Path.IsPathRooted(stored) && !stored.Contains('\0') && stored.Split('/', '\\').All(static part => part.Length > 0 && part is not ("." or ".."));

    /// <summary>A backup comes from elsewhere: it may not name other places than those of a data directory.</summary>
    private static bool IsOfHeadroom(string path) => DataPath().IsMatch(path);

    [GeneratedRegex(@"^(control\.db|catalog\.db|demo\.json|log/\d{20}\.log|(segments|overrides|persons)/\d+/\d+\.parquet|seen/\d+\.seen)\z", RegexOptions.CultureInvariant)]
    private static partial Regex DataPath();
}
