// A backup is one state of a data directory:
//
//   manifest.json          what it is; see BackupManifest.cs
//   backup.lock            held by the one command that writes it
//   files/…                files that the catalog names, each with its checksum in its name; kept from backup to backup
//   state-{time}/…         control.db, catalog.db and log/ of the one backup
//
// The order makes it consistent without asking a running server for anything:
//
//   1. The log's files are opened, and its end is found: all that was acknowledged before lies below it. What is removed from
//      here on can still be read.
//   2. The control data and then the catalog are pinned, one right after the other, and copied. A removal of a person that the
//      control data calls done is done in the catalog then; a project whose events are in the catalog is in the control data.
//   3. The log is copied from the catalog's offset on, up to that end or to the offset where it is later: no event of a
//      project that came after the control data is in it.
//   4. The files that the catalog names are copied, small ones first: those are soon merged. One that is gone meanwhile was
//      merged or removed, and the whole is done again with what has been copied already.
//
// Invariants: nothing that the manifest names is changed or removed before the next manifest is in place; a file has its name
// only when it is whole and durable.

using System.Diagnostics;
using System.Globalization;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Headroom.Log;
using Headroom.Store.Backups;
using Microsoft.Win32.SafeHandles;

namespace Headroom.Cli.Backups;

/// <summary>What came of a backup.</summary>
/// <param name="Files">Of the whole backup; so is <paramref name="Bytes"/>.</param>
/// <param name="CopiedFiles">Those that the backup before did not have; so is <paramref name="CopiedBytes"/>.</param>
/// <param name="RemovedFiles">Files of earlier backups that this one does not need.</param>
/// <param name="Attempts">How often a state was taken until all its files were there.</param>
internal sealed record BackupReport(
    string Backup, DateTimeOffset TakenAt, int Files, long Bytes, int CopiedFiles, long CopiedBytes, int RemovedFiles, long CommittedOffset, long LogEnd, int Attempts, double Seconds);

/// <summary>Backs a data directory up, whether a server runs on it or not.</summary>
/// <param name="objects">Where the store's files are that the data directory has no copy of; null where it has all.</param>
internal sealed class Backup(
    string directory, string data, string log, TimeProvider time, BackupProgress progress, CancellationToken cancellationToken, IObjectStore? objects = null)
{
    public const string LockName = "backup.lock";

    private const int MostAttempts = 10;
    private const string StatePrefix = "state-";
    private const string FilesName = "files";
    private readonly Dictionary<string, BackupFile> _kept = new(StringComparer.Ordinal);
    private int _copiedFiles;
    private long _copiedBytes;

    public async Task<BackupReport> RunAsync()
    {
        var started = Stopwatch.GetTimestamp();
        RequireData();
        RequireOwn();
        DurableCopy.MakeDirectory(directory);
        using var exclusive = Lock();
        foreach (var file in BackupManifest.Find(directory)?.Files ?? [])
        {
            if (file.Checksum is not null && new FileInfo(At(file.Stored)) is { Exists: true } there && there.Length == file.Bytes)
            {
                _kept[file.Stored] = file;
            }
        }

        for (var attempt = 1; ; attempt++)
        {
            if (await TakeAsync() is { } manifest)
            {
                manifest.Write(directory);
                return new BackupReport(
                    directory, manifest.TakenAt, manifest.Files.Count, manifest.Files.Sum(static f => f.Bytes), _copiedFiles, _copiedBytes, Sweep(manifest),
                    manifest.CommittedOffset, manifest.LogEnd, attempt, Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 3));
            }

            if (attempt == MostAttempts)
            {
                throw new CommandFailedException(
                    $"Files that {CatalogContents.FileName} names were missing each of {MostAttempts} times. Where a server runs on {data}, it merges them faster than they can be copied: try again when it is calmer. Where none does, files are lost: start the server, it names them.");
            }
        }
    }

    /// <summary>One state of the data directory; null where files of it were removed before they were copied.</summary>
    private async Task<BackupManifest?> TakeAsync()
    {
        var now = time.GetUtcNow();
        var state = string.Create(CultureInfo.InvariantCulture, $"{StatePrefix}{now:yyyyMMdd'T'HHmmss.fff}Z");
        DurableCopy.MakeDirectory(Path.Combine(At(state), "log"));
        using var image = LogImage.Open(log);
        var files = new List<BackupFile>();
        var (contents, schema) = await CopyDatabasesAsync(state, files);
        image.Reach(contents.CommittedOffset);
        foreach (var part in image.PartsFrom(contents.CommittedOffset))
        {
            progress.Expect(part.Bytes);
            files.Add(Copy(part.Header, part.Handle, part.Position, part.Bytes, $"log/{part.Name}", $"{state}/log/{part.Name}", null));
        }

        if (File.Exists(Path.Combine(data, "demo.json")))
        {
            using var demo = File.OpenHandle(Path.Combine(data, "demo.json"));
            files.Add(Copy(default, demo, 0, RandomAccess.GetLength(demo), "demo.json", $"{state}/demo.json", null));
        }

        var isWhole = true;
        var added = contents.Files.Where(f => !_kept.ContainsKey(StoredName(f))).OrderBy(static f => f.Bytes).ToList();
        progress.Expect(added.Sum(static f => f.Bytes));
        foreach (var file in added)
        {
            isWhole &= await KeepAsync(file);
        }

        if (!isWhole)
        {
            Directory.Delete(At(state), recursive: true);
            return null;
        }

        files.AddRange(contents.Files.Select(f => _kept[StoredName(f)]));
        FlushDirectories(files);
        return new BackupManifest(
            BackupManifest.NewestFormat, ProductVersion.Text, now, new BackupFormats(contents.Format, schema, LogImage.Format),
            contents.CommittedOffset, image.End, files, "");
    }

    private async Task<(CatalogContents Contents, string? Schema)> CopyDatabasesAsync(string state, List<BackupFile> files)
    {
        using var control = SqliteSnapshot.Open(Path.Combine(data, ControlFile.Name));
        var hasCatalog = File.Exists(Path.Combine(data, CatalogContents.FileName));
        using var catalog = hasCatalog ? SqliteSnapshot.Open(Path.Combine(data, CatalogContents.FileName)) : null;
        control.Pin();
        catalog?.Pin();
        var contents = catalog is null ? new CatalogContents(0, 0, []) : CatalogContents.Read(catalog);
        CopyDatabase(control, ControlFile.Name, state);
        var schema = await ControlFile.RequireKnownAsync(At($"{state}/{ControlFile.Name}"), cancellationToken);
        files.Add(Seal(ControlFile.Name, state));
        if (catalog is not null)
        {
            CopyDatabase(catalog, CatalogContents.FileName, state);
            files.Add(Seal(CatalogContents.FileName, state));
        }

        return (contents, schema);
    }

    private void CopyDatabase(SqliteSnapshot source, string name, string state)
    {
        var path = At($"{state}/{name}");
        DurableCopy.Create(path).Dispose();
        source.CopyTo(path);
    }

    private BackupFile Seal(string name, string state)
    {
        var path = At($"{state}/{name}");
        using (var written = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
        {
            written.Flush(flushToDisk: true);
        }

        progress.Expect(new FileInfo(path).Length);
        var sums = DurableCopy.Read(path, progress.Advance, cancellationToken);
        Count(sums.Bytes);
        return new BackupFile(name, $"{state}/{name}", sums.Bytes, sums.Sha256, null);
    }

    /// <summary>False where the file is nowhere any more.</summary>
    private async Task<bool> KeepAsync(CatalogFile file)
    {
        var stored = StoredName(file);
        var path = At(stored);
        if (new FileInfo(path) is { Exists: true } left && left.Length == file.Bytes
            && DurableCopy.Read(path, progress.Advance, cancellationToken) is var known && known.Checksum == file.Checksum)
        {
            // Of a backup that was interrupted.
            _kept[stored] = new BackupFile(file.Path, stored, file.Bytes, known.Sha256, Hex(file.Checksum));
            return true;
        }

        SafeFileHandle source;
        try
        {
            source = File.OpenHandle(Path.Combine(data, file.Path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return objects is not null && await FetchAsync(objects, file, stored);
        }

        using (source)
        {
            DurableCopy.MakeDirectory(Path.GetDirectoryName(path)!);
            _kept[stored] = Copy(default, source, 0, file.Bytes, file.Path, stored, file.Checksum);
            return true;
        }
    }

    private async Task<bool> FetchAsync(IObjectStore from, CatalogFile file, string stored)
    {
        var temporary = At(stored) + ".fetched" + DurableCopy.TemporarySuffix;
        DurableCopy.MakeDirectory(Path.GetDirectoryName(temporary)!);
        File.Delete(temporary);
        try
        {
            // Readable for its owner alone from the first byte: its directory is.
            if (!await from.GetAsync(file.ObjectName, temporary, cancellationToken))
            {
                return false;
            }

            using var source = File.OpenHandle(temporary);
            _kept[stored] = Copy(default, source, 0, file.Bytes, file.Path, stored, file.Checksum);
            return true;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private BackupFile Copy(ReadOnlyMemory<byte> header, SafeFileHandle source, long position, long bytes, string path, string stored, long? checksum)
    {
        var sums = DurableCopy.Copy(header, source, position, bytes, At(stored), progress.Advance, cancellationToken);
        if (sums.Bytes != header.Length + bytes || (checksum is { } expected && sums.Checksum != expected))
        {
            File.Delete(At(stored));
            throw new CommandFailedException(
                $"{Path.Combine(data, path)} is damaged: its checksum is not the one that {CatalogContents.FileName} has. The backup made before, if there is one, stays valid: take the file from it.");
        }

        Count(sums.Bytes);
        return new BackupFile(path, stored, sums.Bytes, sums.Sha256, checksum is { } known ? Hex(known) : null);
    }

    private void Count(long bytes)
    {
        _copiedFiles++;
        _copiedBytes += bytes;
    }

    private void FlushDirectories(List<BackupFile> files)
    {
        var directories = new HashSet<string>(StringComparer.Ordinal) { directory };
        foreach (var file in files)
        {
            for (var at = Path.GetDirectoryName(At(file.Stored))!; directories.Add(at); at = Path.GetDirectoryName(at)!)
            {
                DirectorySync.Flush(at);
            }
        }

        DirectorySync.Flush(directory);
    }

    /// <summary>Removes what the manifest, which is in place, does not name.</summary>
    private int Sweep(BackupManifest manifest)
    {
        var named = manifest.Files.Select(f => At(f.Stored)).ToHashSet(StringComparer.Ordinal);
        var removed = 0;
        foreach (var top in Directory.GetDirectories(directory).Where(static d => Path.GetFileName(d) is FilesName || Path.GetFileName(d).StartsWith(StatePrefix, StringComparison.Ordinal)))
        {
            foreach (var path in Directory.GetFiles(top, "*", SearchOption.AllDirectories).Where(path => !named.Contains(path)))
            {
                File.Delete(path);
                removed++;
            }

            foreach (var inner in Directory.GetDirectories(top, "*", SearchOption.AllDirectories).Append(top).OrderByDescending(static d => d.Length))
            {
                if (!Directory.EnumerateFileSystemEntries(inner).Any())
                {
                    Directory.Delete(inner);
                }
            }
        }

        return removed;
    }

    private void RequireData()
    {
        if (!File.Exists(Path.Combine(data, ControlFile.Name)))
        {
            throw new CommandFailedException($"There is no data of Headroom in {data}: it has no {ControlFile.Name}. Name the data directory with --data.");
        }

        DataDirectory.RequireWhole(data);
        if (File.Exists(Path.Combine(data, CatalogContents.MarkName)))
        {
            throw new CommandFailedException(
                $"The catalog of {data} is in PostgreSQL ({CatalogContents.MarkName}), of which this command copies nothing, and without it the files are worth nothing. Back both up together: stop the server, take the database with PostgreSQL's own means (pg_dump, or a snapshot), copy {data} and {log}, start the server. See \"Backup with a catalog in PostgreSQL\" in docs/operate.md.");
        }
    }

    private void RequireOwn()
    {
        if (Contains(data, directory) || Contains(directory, data) || Contains(log, directory))
        {
            throw new CommandFailedException($"{directory} and {data} lie within each other. Take a directory outside for the backup, best on another disk.");
        }

        if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any() && !File.Exists(At(LockName)) && !File.Exists(At(BackupManifest.FileName)))
        {
            throw new CommandFailedException($"{directory} has files that are no backup. Name a directory that is new, empty, or of an earlier backup.");
        }

        static bool Contains(string outer, string inner) =>
            (inner + Path.DirectorySeparatorChar).StartsWith(outer + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }

    private FileStream Lock()
    {
        try
        {
            return DurableCopy.Create(At(LockName));
        }
        catch (IOException e)
        {
            throw new CommandFailedException($"Another backup is being written to {directory} ({e.Message})");
        }
    }

    private string At(string stored) => Path.Combine(directory, stored.Replace('/', Path.DirectorySeparatorChar));

    private static string StoredName(CatalogFile file) =>
        $"{FilesName}/{Path.ChangeExtension(file.Path, null)}-{Hex(file.Checksum)}{Path.GetExtension(file.Path)}";

    private static string Hex(long checksum) => checksum.ToString("x16", CultureInfo.InvariantCulture);
}
