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
// Where the files live in an object store, those under the data directory are copies of them, see FileCache.cs.

using System.Globalization;
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

/// <summary>A finished file that has not got its name yet.</summary>
/// <param name="Path">Where it will be.</param>
internal sealed record SealedFile(string Temporary, string Path, long Bytes, long Checksum);

internal sealed class StoreFiles(string root, Action<StoreStep, string>? probe = null)
{
    public const string TemporarySuffix = ".tmp";

    /// <summary>Where files are that the catalog names.</summary>
    public static readonly string[] Folders = ["segments", "overrides", "persons", "seen"];

    public string Root { get; } = Path.GetFullPath(root);

    public string Catalog => Path.Combine(Root, Backups.CatalogContents.FileName);

    public string CatalogMark => Path.Combine(Root, Backups.CatalogContents.MarkName);

    public string Lock => Path.Combine(Root, "store.lock");

    public string Segments => Path.Combine(Root, "segments");

    public string Overrides => Path.Combine(Root, "overrides");

    public string Persons => Path.Combine(Root, "persons");

    public string Seen => Path.Combine(Root, "seen");

    public string Spill => Path.Combine(Root, "spill");

    /// <summary>Whether nothing here counts: what a process that only reads has fetched of files that another writes.</summary>
    public bool AreCopies { get; init; }

    /// <summary>Local copies of what an object store has; null where the files themselves are here.</summary>
    public FileCache? Cache { get; set; }

    /// <summary>Where rows are copied besides, before their file counts; null for nowhere.</summary>
    public ClickHouse.ClickHouseCopies? Copies { get; set; }

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

    /// <summary>Takes the size and checksum of a finished temporary file.</summary>
    public SealedFile Seal(string temporary, string final)
    {
        Probe(StoreStep.FileWritten, final);
        return Read(temporary, final);
    }

    /// <summary>As <see cref="Seal"/>, of a file that was told to be written.</summary>
    public static SealedFile Read(string temporary, string final)
    {
        using var handle = File.OpenHandle(temporary);
        var (bytes, checksum) = Hash(handle);
        return new SealedFile(temporary, final, bytes, checksum);
    }

    /// <summary>Gives finished files their names. All are durable when it returns; where it throws, some may be.</summary>
    /// <exception cref="IOException">The disk or the object store cannot take them.</exception>
    /// <exception cref="StoreUnavailableException">ClickHouse cannot.</exception>
    public void Put(IReadOnlyList<SealedFile> files, CancellationToken cancellationToken)
    {
        Copies?.Put(this, files, cancellationToken);
        if (Cache is { } cache)
        {
            cache.Put(files, cancellationToken);
        }
        else
        {
            // On disk it ends before it returns.
            new DiskObjectStore(Root).PutAsync(files.Select(f => new NewObject(RelativeName(f.Path), f.Temporary, f.Bytes)).ToList(), cancellationToken)
                .AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Removes a file that the catalog names no more, and its object where there is one.</summary>
    public void Delete(string path)
    {
        Copies?.Drop(path);
        if (Cache is { } cache)
        {
            cache.Drop(path);
        }
        else
        {
            DeleteQuietly(path);
        }
    }

    /// <summary>A file's name in an object store. With its checksum, so that a number that is used again means another object.</summary>
    public string NameOf(string path, long checksum) => AreCopies ? RelativeName(path) : ObjectName(RelativeName(path), checksum);

    /// <summary>Where a file is that the catalog names: copies lie under the names of their objects, as a number may come to mean another one.</summary>
    public string PathOf(string path, long checksum) => AreCopies ? Path.Combine(Root, ObjectName(RelativeName(path), checksum)) : path;

    /// <summary>As <see cref="NameOf"/>, of a name within the data directory.</summary>
    public static string ObjectName(string name, long checksum)
    {
        var end = name.LastIndexOf('.');
        return string.Create(CultureInfo.InvariantCulture, $"{name[..end]}-{checksum:x16}{name[end..]}");
    }

    private string RelativeName(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

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
/// <param name="files">Of the store that deletes it; null for one without its object.</param>
internal sealed class SharedFile(string path, StoreFiles? files)
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
        if (Interlocked.Decrement(ref _references) > 0)
        {
            return;
        }

        if (files is null)
        {
            StoreFiles.DeleteQuietly(Path);
        }
        else
        {
            files.Delete(Path);
        }
    }
}
