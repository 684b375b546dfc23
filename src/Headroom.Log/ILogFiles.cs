namespace Headroom.Log;

/// <summary>
/// The directory of log files as the log needs it. Nothing is durable until the file is flushed and, for a name
/// that was created or deleted, the directory synced. Failures are <see cref="IOException"/>s or
/// <see cref="UnauthorizedAccessException"/>s. Disposing gives the directory free for another process.
/// </summary>
internal interface ILogFiles : IDisposable
{
    /// <summary>Bytes that this process may still write to the disk.</summary>
    long FreeBytes { get; }

    /// <summary>For messages.</summary>
    string PathOf(string name);

    /// <summary>The names of all files, in no order.</summary>
    IReadOnlyList<string> List();

    /// <summary>Creates an empty file; fails where the name exists.</summary>
    ILogFile Create(string name);

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    ILogFile Open(string name, bool writable);

    /// <summary>Succeeds when there is no such file.</summary>
    void Delete(string name);

    void SyncDirectory();
}

/// <summary>One file, read and written by position.</summary>
internal interface ILogFile : IDisposable
{
    long Length { get; }

    /// <summary>Fills the buffer as far as the file reaches and returns the number of bytes.</summary>
    int Read(Span<byte> buffer, long position);

    void Write(ReadOnlySpan<byte> bytes, long position);

    void Truncate(long length);

    /// <summary>Returns when the bytes and the length are on stable storage.</summary>
    void Flush();
}

internal static class LogFileFailures
{
    /// <summary>Whether the disk or its permissions failed, and not the program.</summary>
    public static bool IsFileFailure(this Exception e) => e is IOException or UnauthorizedAccessException;
}
