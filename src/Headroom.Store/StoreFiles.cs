// Files of the store under the data directory:
//
//   store.lock                      held by the one process that may write
//   catalog.db (-wal, -shm)         what counts; see Catalog.cs
//   catalog.postgres                in its place where the catalog is in PostgreSQL: its id
//   segments/{project}/{id}.parquet rows; see SegmentFormat.cs
//   overrides/{project}/{id}.parquet merges of persons; see OverrideFiles.cs
//   persons/{project}/{id}.parquet  persons; see PersonFiles.cs
//   seen/{id}.seen                  uuids of the last days; see SeenFile.cs
//   spill/                          scratch space of queries, emptied at start
//
// Invariants: a file is written as *.tmp, fsynced, renamed and its directory fsynced before a catalog transaction
// names it; it never changes afterwards; a file that the catalog does not name is nobody's and is removed at start.

using System.IO.Hashing;
using Headroom.Core;
using Microsoft.Win32.SafeHandles;

namespace Headroom.Store;

/// <summary>Steps of making data durable, in order; tests stop or fail the store at each.</summary>
internal enum StoreStep
{
    FileWriting,
    FileWritten,
    BeforeCatalog,
    InCatalog,
    AfterCatalog,
}

internal sealed class StoreFiles(string root, Action<StoreStep, string>? probe = null)
{
    public const string TemporarySuffix = ".tmp";

    public string Root { get; } = Path.GetFullPath(root);

    public string Catalog => Path.Combine(Root, Backups.CatalogContents.FileName);

    public string CatalogMark => Path.Combine(Root, Backups.CatalogContents.MarkName);

    public string Lock => Path.Combine(Root, "store.lock");

    public string Segments => Path.Combine(Root, "segments");

    public string Overrides => Path.Combine(Root, "overrides");

    public string Persons => Path.Combine(Root, "persons");

    public string Seen => Path.Combine(Root, "seen");

    public string Spill => Path.Combine(Root, "spill");

    public void Probe(StoreStep step, string path) => probe?.Invoke(step, path);

    /// <summary>Makes a directory so that it survives a power loss.</summary>
    public static void EnsureDirectory(string directory)
    {
        if (Directory.Exists(directory))
        {
            return;
        }

        Directory.CreateDirectory(directory);
        if (Path.GetDirectoryName(directory) is { } parent)
        {
            DirectorySync.Flush(parent);
        }
    }

    /// <summary>Gives a finished temporary file its name, durably; returns its size and checksum.</summary>
    public (long Bytes, long Checksum) Publish(string temporary, string final)
    {
        Probe(StoreStep.FileWritten, final);
        long bytes;
        long checksum;
        using (var handle = File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite))
        {
            (bytes, checksum) = Hash(handle);
            RandomAccess.FlushToDisk(handle);
        }

        File.Move(temporary, final);
        return (bytes, checksum);
    }

    public static long Checksum(string path)
    {
        using var handle = File.OpenHandle(path);
        return Hash(handle).Checksum;
    }

    public static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The catalog does not name it: the next start removes it.
        }
    }

    private static (long Bytes, long Checksum) Hash(SafeFileHandle handle)
    {
        var hash = new XxHash3();
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(256 * 1024);
        try
        {
            long offset = 0;
            while (true)
            {
                var read = RandomAccess.Read(handle, buffer, offset);
                if (read == 0)
                {
                    return (offset, (long)hash.GetCurrentHashAsUInt64());
                }

                hash.Append(buffer.AsSpan(0, read));
                offset += read;
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>A file that is deleted when the catalog has dropped it and its last reader has gone.</summary>
internal sealed class SharedFile(string path)
{
    // One reference is the catalog's own.
    private int _references = 1;

    public string Path { get; } = path;

    /// <summary>False when the file is already gone: the caller's snapshot is old.</summary>
    public bool TryAcquire()
    {
        var current = Volatile.Read(ref _references);
        while (current > 0)
        {
            var seen = Interlocked.CompareExchange(ref _references, current + 1, current);
            if (seen == current)
            {
                return true;
            }

            current = seen;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            StoreFiles.DeleteQuietly(Path);
        }
    }
}
