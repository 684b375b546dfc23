// What is copied of a log is what a power loss at that moment would leave, and of that only what the store has not taken in:
// an offset is a position in the whole log, so records from any of them on are a file of their own under a header of their
// own. The files are opened before anybody asks how far the store has come. What the log removes meanwhile can still be
// read, and the files from the store's offset on are always among them.

using System.Globalization;
using Headroom.Core;
using Microsoft.Win32.SafeHandles;

namespace Headroom.Log;

/// <summary>One file of a log as it is to be copied: a header, and bytes of a file of the log.</summary>
/// <param name="Header">Comes first; empty where the bytes begin with one.</param>
/// <param name="Handle">Owned by the image.</param>
public sealed record LogPart(string Name, ReadOnlyMemory<byte> Header, SafeFileHandle Handle, long Position, long Bytes);

/// <summary>The files of an embedded log at one moment, to be copied while another process may write them.</summary>
public sealed class LogImage : IDisposable
{
    /// <summary>The format that this build reads and writes.</summary>
    public const int Format = LogFormat.Version;

    private const int WindowBytes = 1 << 20;
    private readonly string _directory;
    private readonly List<(LogFile File, SafeFileHandle Handle)> _files = [];

    private LogImage(string directory) => _directory = Path.GetFullPath(directory);

    /// <summary>An offset that every record acknowledged before the image was opened lies below.</summary>
    public long End { get; private set; }

    /// <summary>Without files where the directory does not exist.</summary>
    /// <exception cref="NotSupportedException">A file is of a newer format.</exception>
    public static LogImage Open(string directory)
    {
        var image = new LogImage(directory);
        try
        {
            image.OpenNew();
            image.End = image._files is [.., var (last, handle)] ? FindEnd(last, handle) : 0;
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>The image reaches at least up to an offset that the store has taken in.</summary>
    /// <exception cref="InvalidDataException">The files end before it.</exception>
    public void Reach(long offset)
    {
        if (offset <= End)
        {
            return;
        }

        OpenNew();
        if (_files is not [.., var (last, handle)] || RandomAccess.GetLength(handle) < last.PositionOf(offset))
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"The event log in {_directory} ends before offset {offset}, up to which the store has taken it in. Where the setting {EmbeddedEventLogOptions.Section}:Directory names another place, name it with --log."));
        }

        End = offset;
    }

    /// <summary>Files with the records from an offset to <see cref="End"/>; one without records where there are none, as it says where the log ends.</summary>
    /// <exception cref="InvalidDataException">The record at the offset is gone.</exception>
    public IReadOnlyList<LogPart> PartsFrom(long offset)
    {
        var count = _files.FindLastIndex(f => f.File.BaseOffset <= End) + 1;
        if (count == 0)
        {
            return [];
        }

        var first = Math.Max(0, _files.FindLastIndex(count - 1, count, f => f.File.BaseOffset <= offset));
        if (offset != 0 && offset < _files[first].File.PreviousEnd)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"The event log in {_directory} begins at offset {_files[first].File.PreviousEnd}, but the store has taken it in only up to {offset}: files of the log are missing."));
        }

        var parts = new List<LogPart>(count - first);
        for (var i = first; i < count; i++)
        {
            var (file, handle) = _files[i];

            // A file that lost its end is copied as it is: the start names the damage, and the setting that steps over it.
            var end = Math.Min(file.PositionOf(i + 1 < count ? _files[i + 1].File.PreviousEnd : End), RandomAccess.GetLength(handle));
            if (i > first)
            {
                parts.Add(new LogPart(file.Name, ReadOnlyMemory<byte>.Empty, handle, 0, end));
                continue;
            }

            var from = Math.Max(offset, file.BaseOffset);
            var header = new byte[LogFormat.FileHeaderBytes];
            LogFormat.WriteFileHeader(header, new LogFileHeader(from, from, file.Created));
            parts.Add(new LogPart(LogFormat.FileName(from), header, handle, file.PositionOf(from), Math.Max(0, end - file.PositionOf(from))));
        }

        return parts;
    }

    public void Dispose()
    {
        foreach (var (_, handle) in _files)
        {
            handle.Dispose();
        }
    }

    /// <summary>Opens what has been begun since the last file that is open.</summary>
    private void OpenNew()
    {
        if (!Directory.Exists(_directory))
        {
            return;
        }

        var known = _files is [.., var (last, _)] ? last.BaseOffset : -1;
        var bases = new List<long>();
        foreach (var path in Directory.EnumerateFiles(_directory))
        {
            if (LogFormat.TryParseFileName(Path.GetFileName(path), out var baseOffset) && baseOffset > known)
            {
                bases.Add(baseOffset);
            }
        }

        bases.Sort();
        Span<byte> header = stackalloc byte[LogFormat.FileHeaderBytes];
        for (var i = 0; i < bases.Count; i++)
        {
            var name = LogFormat.FileName(bases[i]);
            var path = Path.Combine(_directory, name);
            SafeFileHandle handle;
            try
            {
                handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            }
            catch (FileNotFoundException)
            {
                // The log removes files only when the store is past them.
                continue;
            }

            var keep = false;
            try
            {
                var read = RandomAccess.Read(handle, header, 0);
                if (LogFormat.TryReadFileHeader(header[..read], path, out var values) && values.BaseOffset == bases[i])
                {
                    _files.Add((new LogFile(name, values.BaseOffset, values.PreviousEnd, values.Created), handle));
                    keep = true;
                }
                else if (i < bases.Count - 1)
                {
                    // A damaged header, which the log's owner steps over by its setting; the last file is one that is being made.
                    _files.Add((new LogFile(name, bases[i], bases[i], DateTimeOffset.UnixEpoch), handle));
                    keep = true;
                }
            }
            finally
            {
                if (!keep)
                {
                    handle.Dispose();
                }
            }
        }
    }

    private static long FindEnd(LogFile last, SafeFileHandle handle)
    {
        // What is acknowledged lies before this length, and can be read.
        var length = RandomAccess.GetLength(handle);
        var file = new DiskLogFiles.DiskFile(handle);
        using var window = new RecordWindow(file, WindowBytes);
        long position = LogFormat.FileHeaderBytes;
        while (position < length)
        {
            var offset = last.BaseOffset + (position - LogFormat.FileHeaderBytes);
            if (window.TryRecord(position, length, offset, out var record))
            {
                position += record.Length;
                continue;
            }

            // The torn end of a write, or damage that intact records of a later group follow.
            var rest = GC.AllocateUninitializedArray<byte>(checked((int)(length - position)));
            var intact = LogFormat.FindIntact(rest.AsSpan(0, file.Read(rest, position)), offset, ofLaterGroup: true);
            if (intact < 0)
            {
                break;
            }

            position += intact;
        }

        return last.BaseOffset + (Math.Min(position, length) - LogFormat.FileHeaderBytes);
    }
}
