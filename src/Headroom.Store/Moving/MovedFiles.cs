using System.Collections.Concurrent;
using Headroom.Core;
using Headroom.Store.Backups;

namespace Headroom.Store.Moving;

/// <summary>Copies files that a catalog names from one store's place to another's. Safe for one caller at a time.</summary>
/// <param name="source">The data directory that they are taken from.</param>
/// <param name="sourceObjects">Where those are that the directory has no copy of; null where it has all.</param>
/// <param name="target">The data directory that they are for.</param>
/// <param name="targetObjects">Where they are to be; null for the directory.</param>
public sealed class MovedFiles(string source, IObjectStore? sourceObjects, string target, IObjectStore? targetObjects)
{
    private const int SideBySide = 4;

    /// <summary>Temporary files of copies, in the target's directory.</summary>
    private readonly string _scratch = Path.Combine(target, "moving");

    private readonly IObjectStore _to = targetObjects ?? new DiskObjectStore(target);

    /// <summary>Of this run or of one before, each with its checksum.</summary>
    private readonly ConcurrentDictionary<CatalogFile, bool> _there = new();

    /// <summary>Those that are not known to be there.</summary>
    public IReadOnlyList<CatalogFile> Missing(IReadOnlyList<CatalogFile> files) => [.. files.Where(f => !_there.ContainsKey(f))];

    /// <summary>
    /// Copies those that are not there; what was copied by a run before is compared and kept. Each is whole, durable and of the catalog's
    /// checksum before it has its name.
    /// </summary>
    /// <param name="copied">Told of the bytes of each file that is there, and whether it was copied now.</param>
    /// <returns>Whether all are there; false where some are gone, as those that were merged since.</returns>
    /// <exception cref="InvalidDataException">One is damaged where it was.</exception>
    public async Task<bool> CopyAsync(IReadOnlyList<CatalogFile> files, Action<long, bool> copied, CancellationToken cancellationToken)
    {
        DurableCopy.MakeDirectory(_scratch);
        var all = true;
        await Parallel.ForEachAsync(
            Missing(files), new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = cancellationToken },
            async (file, cancel) =>
            {
                if (await IsThereAsync(file, cancel).ConfigureAwait(false))
                {
                    copied(file.Bytes, false);
                }
                else if (await CopyAsync(file, cancel).ConfigureAwait(false))
                {
                    copied(file.Bytes, true);
                }
                else
                {
                    Volatile.Write(ref all, false);
                    return;
                }

                _there[file] = true;
            }).ConfigureAwait(false);
        return all;
    }

    /// <summary>Removes what interrupted copies have left.</summary>
    public void Clean()
    {
        if (Directory.Exists(_scratch))
        {
            Directory.Delete(_scratch, recursive: true);
        }
    }

    private string NameOf(CatalogFile file) => targetObjects is null ? file.Path : file.ObjectName;

    private async ValueTask<bool> IsThereAsync(CatalogFile file, CancellationToken cancellationToken)
    {
        if (await _to.FindAsync(NameOf(file), cancellationToken).ConfigureAwait(false) is not { } there || there.Bytes != file.Bytes)
        {
            return false;
        }

        // An object's name has the checksum, and its server has compared the bytes; a file's number may be another file's.
        return targetObjects is not null || StoreFiles.Checksum(Path.Combine(target, file.Path)) == file.Checksum;
    }

    private async ValueTask<bool> CopyAsync(CatalogFile file, CancellationToken cancellationToken)
    {
        var temporary = Path.Combine(_scratch, Guid.NewGuid().ToString("N") + StoreFiles.TemporarySuffix);
        try
        {
            if (!await TakeAsync(file, temporary, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            if (new FileInfo(temporary).Length != file.Bytes || StoreFiles.Checksum(temporary) != file.Checksum)
            {
                throw new InvalidDataException(
                    $"{Path.Combine(source, file.Path)} is damaged: its checksum is not the one that the catalog has. Restore the file from a backup and move again; nothing was switched.");
            }

            await _to.PutAsync([new NewObject(NameOf(file), temporary, file.Bytes)], cancellationToken).ConfigureAwait(false);
            return true;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private async ValueTask<bool> TakeAsync(CatalogFile file, string temporary, CancellationToken cancellationToken)
    {
        try
        {
            var from = new FileStream(Path.Combine(source, file.Path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.Asynchronous);
            await using (from.ConfigureAwait(false))
            {
                var to = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous);
                await using (to.ConfigureAwait(false))
                {
                    await from.CopyToAsync(to, cancellationToken).ConfigureAwait(false);
                }
            }

            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return sourceObjects is not null && await sourceObjects.GetAsync(file.ObjectName, temporary, cancellationToken).ConfigureAwait(false);
        }
    }
}
