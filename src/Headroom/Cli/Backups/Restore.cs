using System.Diagnostics;
using Headroom.Core;
using Headroom.Store.Backups;

namespace Headroom.Cli.Backups;

/// <summary>What came of checking a backup.</summary>
/// <param name="Damaged">One line for each file that is missing or not what was copied; none where the backup is sound.</param>
internal sealed record VerifyReport(string Backup, DateTimeOffset TakenAt, string Product, int Files, long Bytes, IReadOnlyList<string> Damaged, double Seconds);

/// <summary>What came of a restore.</summary>
internal sealed record RestoreReport(string Backup, DateTimeOffset TakenAt, string Product, string Data, string Log, int Files, long Bytes, double Seconds);

/// <summary>Reads backups: to check one, and to make a data directory of it.</summary>
internal sealed class Restore(string directory, BackupProgress progress, CancellationToken cancellationToken)
{
    public VerifyReport Verify()
    {
        var started = Stopwatch.GetTimestamp();
        var manifest = BackupManifest.Require(directory);
        progress.Expect(manifest.Files.Sum(static f => f.Bytes));
        var damaged = new List<string>();
        foreach (var file in manifest.Files)
        {
            if (FindLost(file) is { } lost)
            {
                damaged.Add(lost);
            }
            else if (DurableCopy.Read(At(file), progress.Advance, cancellationToken).Sha256 != file.Sha256)
            {
                damaged.Add(Damaged(file));
            }
        }

        return new VerifyReport(
            directory, manifest.TakenAt, manifest.Product, manifest.Files.Count, manifest.Files.Sum(static f => f.Bytes), damaged, Seconds(started));
    }

    /// <summary>Makes a data directory, whole and durable, or leaves the two directories as they were.</summary>
    /// <param name="data">A directory that is missing or empty.</param>
    /// <param name="log">Where the log goes, missing or empty too.</param>
    public RestoreReport Run(string data, string log)
    {
        var started = Stopwatch.GetTimestamp();
        var manifest = BackupManifest.Require(directory);
        manifest.RequireKnown(directory);
        if (manifest.Files.Select(FindLost).FirstOrDefault(static lost => lost is not null) is { } missing)
        {
            throw new CommandFailedException($"{missing} Take it from another copy of the backup; headroom backup --verify names all that is wrong.");
        }

        RequireEmpty(data);
        RequireEmpty(log);
        progress.Expect(manifest.Files.Sum(static f => f.Bytes));
        var made = new List<string>();
        string[] absent = [.. ((string[])[log, data]).Where(static path => !Directory.Exists(path))];
        try
        {
            DurableCopy.MakeDirectory(data);
            var unfinished = Path.Combine(data, DataDirectory.UnfinishedRestore);
            made.Add(unfinished);
            DurableCopy.Create(unfinished).Dispose();
            DirectorySync.Flush(data);
            foreach (var file in manifest.Files)
            {
                Copy(file, Target(file, data, log), made);
            }

            FlushDirectories(data, log, made);
            File.Delete(unfinished);
            DirectorySync.Flush(data);
        }
        catch
        {
            Undo(made, data, log, absent);
            throw;
        }

        return new RestoreReport(
            directory, manifest.TakenAt, manifest.Product, data, log, manifest.Files.Count, manifest.Files.Sum(static f => f.Bytes), Seconds(started));
    }

    private void Copy(BackupFile file, string target, List<string> made)
    {
        DurableCopy.MakeDirectory(Path.GetDirectoryName(target)!);
        made.Add(target);
        using var source = File.OpenHandle(At(file));
        if (DurableCopy.Copy(default, source, 0, file.Bytes, target, progress.Advance, cancellationToken).Sha256 != file.Sha256)
        {
            throw new CommandFailedException($"{Damaged(file)} Nothing was restored. Take the file from another copy of the backup; headroom backup --verify names all that is wrong.");
        }
    }

    private static string Target(BackupFile file, string data, string log) =>
        file.Path.StartsWith("log/", StringComparison.Ordinal) ? Path.Combine(log, file.Path[4..]) : Path.Combine(data, file.Path);

    private static void RequireEmpty(string path)
    {
        if (!Directory.Exists(path) || !Directory.EnumerateFileSystemEntries(path).Any())
        {
            return;
        }

        if (IsLocked(Path.Combine(path, "store.lock")) || IsLocked(Path.Combine(path, "lock")))
        {
            throw new CommandFailedException($"A server runs on {path}. Restore to a new directory, stop the server, and start it on the new one.");
        }

        throw new CommandFailedException(File.Exists(Path.Combine(path, DataDirectory.UnfinishedRestore))
            ? $"A restore to {path} was interrupted. Empty the directory and restore again."
            : $"{path} is not empty, and nothing is overwritten. Name a directory that is new or empty.");
    }

    private static bool IsLocked(string path)
    {
        try
        {
            using var file = File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None) : null;
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static void FlushDirectories(string data, string log, List<string> made)
    {
        var flushed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in made)
        {
            var at = Path.GetDirectoryName(path)!;
            while (flushed.Add(at) && at != data && at != log)
            {
                at = Path.GetDirectoryName(at)!;
            }
        }

        foreach (var at in flushed.Append(Path.GetDirectoryName(data)!).Append(Path.GetDirectoryName(log)!))
        {
            DirectorySync.Flush(at);
        }
    }

    private static void Undo(List<string> made, string data, string log, string[] absent)
    {
        foreach (var path in made.AsEnumerable().Reverse())
        {
            File.Delete(path);
            File.Delete(path + DurableCopy.TemporarySuffix);
            for (var at = Path.GetDirectoryName(path)!; at != data && at != log && !Directory.EnumerateFileSystemEntries(at).Any(); at = Path.GetDirectoryName(at)!)
            {
                Directory.Delete(at);
            }
        }

        foreach (var path in absent.Where(static path => Directory.Exists(path) && !Directory.EnumerateFileSystemEntries(path).Any()))
        {
            Directory.Delete(path);
        }
    }

    private string? FindLost(BackupFile file) => new FileInfo(At(file)) is var there && there.Exists && there.Length == file.Bytes
        ? null
        : there.Exists ? Damaged(file) : $"{At(file)} is missing.";

    private string Damaged(BackupFile file) => $"{At(file)} is damaged: it is not what was copied from {file.Path}.";

    private string At(BackupFile file) => Path.Combine(directory, file.Stored);

    private static double Seconds(long started) => Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 3);
}
