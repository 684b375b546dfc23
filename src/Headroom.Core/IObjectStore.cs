namespace Headroom.Core;

/// <summary>
/// Where immutable files live under names with slashes, such as "segments/1/5.parquet". An object is there whole or not at all: nobody
/// ever sees a part of one, also after a crash. Safe for concurrent use, by several processes too.
/// </summary>
/// <remarks>
/// What it cannot do is an <see cref="ObjectStoreException"/>, or another <see cref="IOException"/> of the local disk. What was asked for may
/// then have happened or not; each call may be made again.
/// </remarks>
public interface IObjectStore
{
    /// <summary>Where it is, for people, without secrets: a directory, or a bucket and its server.</summary>
    string Place { get; }

    /// <summary>
    /// Puts finished local files. When it returns, every one is durable under its name with just these bytes; an object of the same name is
    /// replaced. Where it throws, some of them may be there. The local files are the store's: it may have moved them.
    /// </summary>
    ValueTask PutAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken);

    /// <summary>
    /// Copies an object to a new local file, which need not be durable. False when there is no such object, and nothing is at the path.
    /// Whether the bytes are those that were put is for the caller to see.
    /// </summary>
    ValueTask<bool> GetAsync(string name, string path, CancellationToken cancellationToken);

    /// <summary>What is known of an object without reading it; null when there is none.</summary>
    ValueTask<StoredObject?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Deletes an object. One that is not there is no error.</summary>
    ValueTask DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>The objects whose names begin with a folder's name, in any order. What comes or goes meanwhile may be missed.</summary>
    IAsyncEnumerable<StoredObject> ListAsync(string folder, CancellationToken cancellationToken);
}

/// <summary>A local file to be put.</summary>
/// <param name="Path">Of the local file, which nobody changes.</param>
/// <param name="Bytes">Its length.</param>
public sealed record NewObject(string Name, string Path, long Bytes);

/// <param name="Modified">When it was put, by the store's clock.</param>
public sealed record StoredObject(string Name, long Bytes, DateTimeOffset Modified);

/// <summary>The object store could not be asked, or refused. The message names the cause, without secrets.</summary>
public sealed class ObjectStoreException(string message, Exception? cause = null) : IOException(message, cause);
