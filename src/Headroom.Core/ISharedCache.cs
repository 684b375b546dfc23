namespace Headroom.Core;

/// <summary>
/// A cache beside the processes of one installation, which all of them share. It may lose whatever it was given, at any time, and
/// what it gives may be old: who reads it must be able to tell. Safe for concurrent use.
/// </summary>
public interface ISharedCache
{
    /// <summary>Calls with the key from now on when another process has kept something. Some of it may never be told.</summary>
    /// <param name="keptElsewhere">Must not block.</param>
    void Watch(Action<string> keptElsewhere);

    /// <summary>Null where there is nothing, or it cannot be had in time. Waits no longer than the cache's own bound, and fails only by being cancelled.</summary>
    ValueTask<ReadOnlyMemory<byte>?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>Returns at once. What is too large, or cannot be sent, is dropped.</summary>
    void Keep(string key, ReadOnlyMemory<byte> value);
}
