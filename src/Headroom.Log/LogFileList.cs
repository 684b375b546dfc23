using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Log;

/// <summary>
/// The files of the log in their order, and where it ends. Only one thread at a time changes it, the one that opens the
/// log and then the writer; readers look things up beside it without a lock and see whole new arrays.
/// </summary>
internal sealed class LogFileList
{
    private readonly EmbeddedEventLogOptions _options;
    private readonly ILogFiles _files;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private volatile LogFile[] _list;
    private LogFile? _leaving;
    private long _end;
    private long _bytes;

    public LogFileList(EmbeddedEventLogOptions options, ILogFiles files, TimeProvider time, ILogger logger, LogFile[] list, long end)
    {
        _options = options;
        _files = files;
        _time = time;
        _logger = logger;
        _list = list;
        _end = end;
        _bytes = CountBytes();
    }

    /// <summary>The offset after the last durable record.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>Bytes of all files, one that could not be removed yet included.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public int Count => _list.Length;

    /// <summary>The offset of the oldest record kept, or the end where there is none.</summary>
    public long First => _list is [var oldest, ..] ? oldest.PreviousEnd : End;

    /// <summary>Null when there is no file, which is only so while none could be made.</summary>
    public LogFile? Last => _list is [.., var last] ? last : null;

    /// <summary>Whether everything in the oldest file is before an offset.</summary>
    public bool IsOldestPassed(long offset) => _list is [_, var second, ..] && offset >= second.PreviousEnd;

    /// <summary>More of the last file is durable.</summary>
    public void Advance(int bytes)
    {
        Volatile.Write(ref _end, _end + bytes);
        Volatile.Write(ref _bytes, _bytes + bytes);
    }

    /// <summary>Makes a file that continues at the end of the log, durably, and opens it for writing.</summary>
    /// <param name="reserveBytes">Proves that there is room for so many bytes.</param>
    public ILogFile Begin(int reserveBytes)
    {
        var previousEnd = _end;
        var baseOffset = Math.Max(previousEnd, _options.ContinueFrom);
        var name = LogFormat.FileName(baseOffset);
        var now = _time.GetUtcNow();
        if (_files.List().Contains(name, StringComparer.Ordinal))
        {
            // A file whose base is the end of the log holds nothing (invariant 5); it is left from a failure.
            if (_list is [.. var before, { } last] && last.BaseOffset == baseOffset)
            {
                previousEnd = last.PreviousEnd;
                _list = before;
            }

            _files.Delete(name);
            _files.SyncDirectory();
        }

        var file = _files.Create(name);
        try
        {
            var header = new byte[LogFormat.FileHeaderBytes];
            LogFormat.WriteFileHeader(header, new LogFileHeader(baseOffset, previousEnd, now));
            if (reserveBytes > 0)
            {
                file.Write(new byte[reserveBytes], LogFormat.FileHeaderBytes);
                file.Flush();
                file.Truncate(LogFormat.FileHeaderBytes);
            }

            file.Write(header, 0);
            file.Flush();
            _files.SyncDirectory();
        }
        catch
        {
            file.Dispose();
            throw;
        }

        if (baseOffset != _end)
        {
            _logger.Continued(baseOffset, _end);
        }

        _list = [.. _list, new LogFile(name, baseOffset, previousEnd, now)];
        Volatile.Write(ref _end, baseOffset);
        Volatile.Write(ref _bytes, CountBytes());
        _logger.FileBegun(_files.PathOf(name));
        return file;
    }

    /// <summary>Removes the oldest files while all of it is before <paramref name="released"/> and retention has passed.</summary>
    /// <param name="isDiskLow">Then files are not kept for a replay: room for new events counts more.</param>
    /// <returns>Whether any was removed.</returns>
    public bool RemoveOldest(long released, bool isDiskLow)
    {
        var now = _time.GetUtcNow();
        var any = false;
        while (true)
        {
            if (_leaving is null)
            {
                if (_list is not [var oldest, var next, ..] list
                    || released < next.PreviousEnd
                    || (!isDiskLow && now - next.Created <= _options.RetainFor && _bytes <= _options.RetainBytes))
                {
                    return any;
                }

                // First out of the readers' sight, so that none looks for a file that is just going.
                _leaving = oldest;
                _list = list[1..];
            }

            var path = _files.PathOf(_leaving.Name);
            try
            {
                _files.Delete(_leaving.Name);
                _files.SyncDirectory();
            }
            catch (Exception e) when (e.IsFileFailure())
            {
                LogMetrics.Error("remove");
                _logger.RemovalFailed(e, path);
                return any;
            }

            _leaving = null;
            Volatile.Write(ref _bytes, CountBytes());
            _logger.FileRemoved(path);
            any = true;
        }
    }

    /// <summary>
    /// The file that holds an offset, and where its records end. Null when the offset is the log's end.
    /// An offset of 0, or one that a file ended with, is moved on to the first that is kept.
    /// </summary>
    public LogSpan? Find(ref long offset)
    {
        // In this order: the list holds the file of every offset before an end that was read earlier.
        var end = End;
        var list = _list;
        if (list.Length == 0 && offset == 0)
        {
            // All were removed, and the next one could not be made yet.
            offset = end;
        }

        if (offset >= end)
        {
            return null;
        }

        if (list.Length == 0)
        {
            throw LogDamage.Removed(_files, offset, end);
        }

        if (offset < list[0].BaseOffset)
        {
            if (offset != 0 && offset < list[0].PreviousEnd)
            {
                throw LogDamage.Removed(_files, offset, list[0].PreviousEnd);
            }

            offset = list[0].BaseOffset;
        }

        var low = 0;
        var high = list.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = list[middle].BaseOffset <= offset ? (middle, high) : (low, middle - 1);
        }

        // An offset at which one file ended is the next one's base, but for a gap made by ContinueFrom.
        while (low < list.Length - 1 && offset >= list[low + 1].PreviousEnd)
        {
            offset = list[++low].BaseOffset;
        }

        var limit = low < list.Length - 1 ? Math.Min(end, list[low + 1].PreviousEnd) : end;
        return offset < limit ? new LogSpan(list[low], limit) : null;
    }

    private long CountBytes()
    {
        var list = _list;
        var bytes = _leaving?.PositionOf(list[0].PreviousEnd) ?? 0;
        for (var i = 0; i < list.Length; i++)
        {
            bytes += list[i].PositionOf(i + 1 < list.Length ? list[i + 1].PreviousEnd : _end);
        }

        return bytes;
    }
}

/// <param name="Limit">The offset where the durable records of the file end.</param>
internal readonly record struct LogSpan(LogFile File, long Limit);
