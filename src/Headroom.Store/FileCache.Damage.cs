using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Store;

/// <summary>Looks whether files are as they were written, here and in the object store, and puts right what one of the two still has.</summary>
internal sealed partial class FileCache
{
    /// <summary>Whether a file is as it was written: its local copy, where there is one, else the object. A wrong copy is fetched again.</summary>
    /// <param name="whole">Whether a local copy's bytes are read too, and not only its length.</param>
    /// <param name="remote">Whether the object is asked for, also where there is a local copy. It is put again where it is missing.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    /// <exception cref="ObjectStoreException">The object store could not be asked.</exception>
    public string? Inspect(string path, bool whole, bool remote)
    {
        Entry? entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(path, out entry))
            {
                return null;
            }

            if (entry.What is not null && _time.GetUtcNow() < entry.RetryAt)
            {
                return entry.What;
            }

            // It is not evicted while it is looked at.
            Pin(entry);
        }

        try
        {
            return Inspect(entry, whole, remote);
        }
        finally
        {
            Release([entry]);
        }
    }

    private string? Inspect(Entry entry, bool whole, bool remote)
    {
        var local = entry.Local;
        if (local && !IsAsWritten(entry.Path, entry, whole))
        {
            lock (_gate)
            {
                Forget(entry);
            }

            LogCopyDamaged(_logger, entry.Path);
            return Fetch(entry.Path);
        }

        if (entry.What is not null)
        {
            return Fetch(entry.Path);
        }

        if (remote && _objects.FindAsync(entry.Name, _stop.Token).AsTask().GetAwaiter().GetResult() is var found && found?.Bytes != entry.Bytes)
        {
            if (!local)
            {
                return found is null ? Missing : Damaged;
            }

            PutAgain(entry);
        }

        return null;
    }

    private string Missing => $"is missing from the object storage {_objects.Place}";

    private string Damaged => $"is damaged in the object storage {_objects.Place}";

    private string? Fetch(string path)
    {
        try
        {
            Pin([path], _stop.Token).Dispose();
            return null;
        }
        catch (FileDamagedException e)
        {
            return e.What;
        }
    }

    private void PutAgain(Entry entry)
    {
        _objects.PutAsync([new NewObject(entry.Name, entry.Path, entry.Bytes)], _stop.Token).AsTask().GetAwaiter().GetResult();
        lock (_gate)
        {
            entry.Stored = true;
            Evict();
        }

        LogPutAgain(_logger, entry.Name);
    }

    private static bool IsAsWritten(string path, Entry entry, bool whole)
    {
        var file = new FileInfo(path);
        return file.Exists && file.Length == entry.Bytes && (!whole || StoreFiles.Checksum(path) == entry.Checksum);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The local copy {Path} is not as it was written; it is fetched from the object storage again")]
    private static partial void LogCopyDamaged(ILogger logger, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The object {Name} was not in the object storage as it was put; it was put again from the local copy")]
    private static partial void LogPutAgain(ILogger logger, string name);
}
