using System.Globalization;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Store;

internal sealed partial class FileCache
{
    /// <summary>An object that says whose the others are. To a catalog that is not theirs, a new and empty one perhaps, all of them would be orphans.</summary>
    public const string OwnerName = "owner.txt";

    /// <summary>Takes the object store for a catalog, where it is nobody's.</summary>
    /// <exception cref="InvalidDataException">It is another one's.</exception>
    /// <exception cref="ObjectStoreException">It could not be asked.</exception>
    public async ValueTask ClaimAsync(long catalog, CancellationToken cancellationToken)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{catalog:x16}\n");
        var path = Path.Combine(_files.Spill, OwnerName);
        try
        {
            if (!await _objects.GetAsync(OwnerName, path, cancellationToken).ConfigureAwait(false))
            {
                if (_files.AreCopies)
                {
                    // It is for the process that writes to take it.
                    return;
                }

                await File.WriteAllTextAsync(path, text, cancellationToken).ConfigureAwait(false);
                await _objects.PutAsync([new NewObject(OwnerName, path, text.Length)], cancellationToken).ConfigureAwait(false);
            }
            else if (await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false) != text)
            {
                throw new InvalidDataException(
                    $"The object storage {_objects.Place} belongs to another catalog than {_files.Catalog}. Restore the catalog that it belongs to, or choose another Headroom:S3:Prefix.");
            }
        }
        finally
        {
            StoreFiles.DeleteQuietly(path);
        }
    }

    /// <summary>
    /// Compares the object store with what the catalog names: removes objects that nothing has named for <see cref="StoreOptions.OrphanAge"/>,
    /// and puts those that it lacks from their local copies, which are all of them after a change from disk.
    /// </summary>
    /// <param name="missing">Told of files that are neither there nor here, and why that is.</param>
    /// <returns>How many objects were removed, and how many put.</returns>
    public async ValueTask<(int Removed, int Put)> CollectAsync(Action<string, string> missing, CancellationToken cancellationToken)
    {
        List<Entry> unknown;
        lock (_gate)
        {
            unknown = [.. _entries.Values.Where(static e => !e.Stored && e.Pins == 0)];
        }

        var removed = 0;
        var before = _time.GetUtcNow() - _options.OrphanAge;
        foreach (var folder in StoreFiles.Folders)
        {
            var orphans = new List<string>();
            await ListAsync(folder, before, orphans, cancellationToken).ConfigureAwait(false);
            foreach (var name in orphans)
            {
                removed += await RemoveOrphanAsync(name, cancellationToken).ConfigureAwait(false) ? 1 : 0;
            }
        }

        if (removed > 0)
        {
            _metrics.OrphansRemoved(removed);
            LogOrphans(_logger, removed, _objects.Place);
        }

        return (removed, await CompleteAsync(unknown, missing, cancellationToken).ConfigureAwait(false));
    }

    private async ValueTask ListAsync(string folder, DateTimeOffset before, List<string> orphans, CancellationToken cancellationToken)
    {
        await foreach (var there in _objects.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            lock (_gate)
            {
                if (_byName.TryGetValue(there.Name, out var entry))
                {
                    entry.Stored |= there.Bytes == entry.Bytes;
                }
                else if (there.Modified < before && !_leaving.Contains(there.Name))
                {
                    orphans.Add(there.Name);
                }
            }
        }
    }

    /// <summary>A file of this name may be about to be put: the catalog numbers on from what it names, also after a crash.</summary>
    private async ValueTask<bool> RemoveOrphanAsync(string name, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_byName.ContainsKey(name))
            {
                return false;
            }

            _collecting = (name, done);
        }

        try
        {
            await _objects.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
            return true;
        }
        finally
        {
            lock (_gate)
            {
                _collecting = null;
            }

            done.SetResult();
        }
    }

    private async ValueTask<int> CompleteAsync(List<Entry> unknown, Action<string, string> missing, CancellationToken cancellationToken)
    {
        var put = 0;
        foreach (var entry in unknown)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (_gate)
            {
                if (entry.Stored || entry.Gone)
                {
                    continue;
                }
            }

            if (entry.Local && IsAsWritten(entry.Path, entry, whole: true))
            {
                try
                {
                    await _objects.PutAsync([new NewObject(entry.Name, entry.Path, entry.Bytes)], cancellationToken).ConfigureAwait(false);
                }
                catch (FileNotFoundException) when (entry.Gone)
                {
                    // A merge has replaced it in between.
                    continue;
                }

                lock (_gate)
                {
                    entry.Stored = true;
                    Evict();
                }

                put++;
            }
            else if (!entry.Gone)
            {
                missing(entry.Path, Missing);
            }
        }

        if (put > 0)
        {
            LogCompleted(_logger, put, _objects.Place);
        }

        return put;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Count} objects of {Place} that nothing names")]
    private static partial void LogOrphans(ILogger logger, int count, string place);

    [LoggerMessage(Level = LogLevel.Information, Message = "Put {Count} files that {Place} did not have")]
    private static partial void LogCompleted(ILogger logger, int count, string place);
}
