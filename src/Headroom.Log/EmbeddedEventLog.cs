using System.Diagnostics;
using System.Globalization;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Log;

/// <summary>
/// The log in files of this machine (<see cref="LogFormat"/>). One thread writes: while it syncs one group, the next
/// one gathers, so that the fsync's duration sets the size of a group and no append waits for a timer. Appends only
/// copy their record under a short lock. All changes of files happen on that thread.
/// </summary>
internal sealed class EmbeddedEventLog : IEventLog, IDisposable
{
    /// <summary>Between two looks at retention by age and at memory that a peak left behind.</summary>
    private static readonly TimeSpan MaintenanceInterval = TimeSpan.FromSeconds(10);

    private const string Stopped = "The event log is closed; the server is stopping.";

    private readonly EmbeddedEventLogOptions _options;
    private readonly ILogFiles _files;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CorruptionSkips _skips;
    private readonly AppendOperationPool _operations = new();
    private readonly Thread _writer;
    private readonly TaskCompletionSource _writerDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;
    private readonly Dictionary<string, long> _released = new(StringComparer.Ordinal);

    // An object and not a Lock: the writer waits on it.
    private readonly object _gate = new();

    // Guarded by the gate.
    private AppendGroup _gathering;
    private Problem? _failure;
    private Problem? _full;
    private Problem? _damage;
    private bool _writerWaits;
    private bool _maintenanceDue;
    private bool _stopping;
    private TaskCompletionSource? _maintained;
    private TaskCompletionSource? _moved;

    // Only the writer thread changes these; readers see whole new arrays.
    private volatile LogFile[] _list;
    private LogFile? _leaving;
    private AppendGroup _writing;
    private ILogFile? _active;
    private bool _isRetrying;
    private long _end;
    private long _bytes;

    private EmbeddedEventLog(EmbeddedEventLogOptions options, ILogFiles files, TimeProvider time, ILogger logger)
    {
        _options = options;
        _files = files;
        _time = time;
        _logger = logger;
        _skips = new CorruptionSkips(options.SkipCorruptAt);
        var waiters = new AppendWaitersPool();
        _gathering = new AppendGroup(waiters);
        _writing = new AppendGroup(waiters);
        (_list, _end) = LogRecovery.Run(files, _skips, time.GetUtcNow(), logger);
        if (_list.Length > 0 && _options.ContinueFrom <= _end)
        {
            _active = files.Open(_list[^1].Name, writable: true);
        }
        else
        {
            try
            {
                BeginFile(reserveBytes: 0);
            }
            catch (Exception e) when (IsFileFailure(e))
            {
                // What is there can be read, and writing is tried again.
                SetFailure("create", e);
            }
        }

        _bytes = CountBytes();
        _timer = time.CreateTimer(static log => ((EmbeddedEventLog)log!).RequestMaintenance(), this, MaintenanceInterval, MaintenanceInterval);
        if (_failure is not null)
        {
            Retry(true);
        }

        _writer = new Thread(Write) { IsBackground = true, Name = "headroom-log" };
    }

    public long EndOffset => Volatile.Read(ref _end);

    public LogHealth Health
    {
        get
        {
            lock (_gate)
            {
                var refusal = _failure ?? _full;
                var problem = refusal ?? _damage;
                return new LogHealth(refusal is null && !_stopping, problem?.Text, problem?.Since, Volatile.Read(ref _bytes));
            }
        }
    }

    internal int FileCount => _list.Length;

    internal long QueuedBytes => _gathering.Length;

    internal long QueuedRecords => _gathering.Count;

    /// <summary>Opens the directory's log, recovering from whatever ended the process before.</summary>
    /// <param name="files">Owned by the log from here on.</param>
    /// <exception cref="LogCorruptException">The files are damaged where an interrupted write is no explanation.</exception>
    /// <exception cref="NotSupportedException">The files are of a newer format.</exception>
    public static EmbeddedEventLog Open(EmbeddedEventLogOptions options, ILogFiles files, TimeProvider time, ILogger logger)
    {
        var started = Stopwatch.GetTimestamp();
        EmbeddedEventLog log;
        try
        {
            log = new EmbeddedEventLog(options, files, time, logger);
        }
        catch
        {
            files.Dispose();
            throw;
        }

        log._writer.Start();
        LogMetrics.Add(log);
        logger.Opened(
            Stopwatch.GetElapsedTime(started).TotalMilliseconds, log._list.Length, log._bytes,
            log._list.Length == 0 ? log._end : log._list[0].BaseOffset, log._end);
        return log;
    }

    public ValueTask<LogAppend> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<LogAppend>(cancellationToken);
        }

        if (record.Length > _options.MaxRecordBytes)
        {
            LogMetrics.Refuse("too_large", 1);
            return new(new LogAppend(LogAppendStatus.TooLarge, 0, string.Create(CultureInfo.InvariantCulture,
                $"The record has {record.Length} bytes; Headroom:Log:MaxRecordBytes allows {_options.MaxRecordBytes}.")));
        }

        var operation = _operations.Rent();
        string? refusal;
        lock (_gate)
        {
            refusal = RefusalOf(record.Length);
            if (refusal is null)
            {
                _gathering.Add(record.Span, operation);
                WakeWriter();
            }
        }

        if (refusal is not null)
        {
            _operations.Return(operation);
            LogMetrics.Refuse("unavailable", 1);
            return new(new LogAppend(LogAppendStatus.Unavailable, 0, refusal));
        }

        return operation.Wait(cancellationToken);
    }

    public ILogReader OpenReader(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var end = EndOffset;
        if (offset > end)
        {
            throw new LogCorruptException(string.Create(CultureInfo.InvariantCulture,
                $"The event log in {_files.PathOf("")} ends at offset {end}, but a reader asks for offset {offset}: files of the log were lost or replaced by older ones. Restore them, or set Headroom:Log:ContinueFrom={offset} to let the log continue there."));
        }

        var first = _list is [var oldest, ..] ? oldest.PreviousEnd : end;
        return offset != 0 && offset < first ? throw Removed(offset, first) : new LogReader(this, _files, _skips, _logger, offset);
    }

    public void Release(string consumer, long offset)
    {
        ArgumentException.ThrowIfNullOrEmpty(consumer);
        lock (_gate)
        {
            _released[consumer] = offset;
            if (_list is [_, var second, ..] && offset >= second.PreviousEnd)
            {
                _maintenanceDue = true;
                WakeWriter();
            }
        }
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Writes what has been accepted, then closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        bool isFirst;
        lock (_gate)
        {
            isFirst = !_stopping;
            _stopping = true;
            WakeWriter();
        }

        await _writerDone.Task;
        if (isFirst)
        {
            await _timer.DisposeAsync();
            _active?.Dispose();
            LogMetrics.Remove(this);
            _files.Dispose();
        }
    }

    /// <summary>Completes when everything asked of the writer before, retention included, is done. For tests.</summary>
    internal Task MaintainAsync()
    {
        lock (_gate)
        {
            _maintained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _maintenanceDue = true;
            WakeWriter();
            return _maintained.Task;
        }
    }

    /// <summary>Null when there is something durable behind the offset; else a task that ends when the log's end moves.</summary>
    internal Task? WaitBeyond(long offset)
    {
        lock (_gate)
        {
            if (EndOffset > offset)
            {
                return null;
            }

            ObjectDisposedException.ThrowIf(_stopping, this);
            _moved ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _moved.Task;
        }
    }

    /// <summary>
    /// The file that holds an offset, and where its records end. Null when the offset is the log's end.
    /// An offset of 0, or one that a file ended with, is moved on to the first that is kept.
    /// </summary>
    internal LogSpan? Find(ref long offset)
    {
        // In this order: the list holds the file of every offset before an end that was read earlier.
        var end = EndOffset;
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
            throw Removed(offset, end);
        }

        if (offset < list[0].BaseOffset)
        {
            if (offset != 0 && offset < list[0].PreviousEnd)
            {
                throw Removed(offset, list[0].PreviousEnd);
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
        return offset < limit ? new LogSpan(list[low], limit, low < list.Length - 1) : null;
    }

    internal LogCorruptException Damaged(LogCorruptException damage)
    {
        LogMetrics.Error("check");
        lock (_gate)
        {
            if (_damage is null)
            {
                _damage = new Problem(damage.Message, _time.GetUtcNow());
                _logger.DamageFound(damage);
            }
        }

        return damage;
    }

    private LogCorruptException Removed(long offset, long first) => new(string.Create(CultureInfo.InvariantCulture,
        $"Offset {offset} of the event log in {_files.PathOf("")} is in a file that was removed; the oldest record kept is at {first}. Read from offset 0 to begin with the oldest."));

    private static bool IsFileFailure(Exception e) => e is IOException or UnauthorizedAccessException;

    // Called under the gate.
    private string? RefusalOf(int length)
    {
        if (_stopping)
        {
            return Stopped;
        }

        if (_failure is not null)
        {
            return _failure.Text;
        }

        var size = LogFormat.RecordHeaderBytes + (long)length;
        if (_gathering.Length + size > _options.QueueBytes || _gathering.Count >= _options.QueueRecords)
        {
            return "Too many events wait for the disk (Headroom:Log:QueueBytes, QueueRecords); it cannot keep up at the moment.";
        }

        if (Volatile.Read(ref _bytes) + _writing.Length + _gathering.Length + size > _options.MaxBytes)
        {
            if (_full is null)
            {
                _full = new Problem(string.Create(CultureInfo.InvariantCulture,
                    $"The event log holds {_bytes} bytes that wait to be processed, and Headroom:Log:MaxBytes allows {_options.MaxBytes}. It accepts events again when the writer has caught up; see why it is behind, or raise the setting."),
                    _time.GetUtcNow());
                _logger.BacklogFull(_full.Text);
            }

            return _full.Text;
        }

        return null;
    }

    // Called under the gate.
    private void WakeWriter()
    {
        if (_writerWaits)
        {
            _writerWaits = false;
            Monitor.Pulse(_gate);
        }
    }

    private void RequestMaintenance()
    {
        lock (_gate)
        {
            _maintenanceDue = true;
            WakeWriter();
        }
    }

    private void Write()
    {
        try
        {
            WriteUntilStopped();
        }
        catch (Exception e)
        {
            // A defect: without this, appends would wait for ever.
            _logger.WriterDied(e);
            lock (_gate)
            {
                _failure = new Problem($"The event log's writer stopped by a defect ({e.Message}); restart the process.", _time.GetUtcNow());
            }

            RefuseGathered();
        }
        finally
        {
            TaskCompletionSource? moved;
            TaskCompletionSource? maintained;
            lock (_gate)
            {
                _stopping = true;
                moved = _moved;
                maintained = _maintained;
            }

            moved?.TrySetException(new ObjectDisposedException(nameof(EmbeddedEventLog)));
            // Nobody need be waiting.
            _ = moved?.Task.Exception;
            maintained?.TrySetResult();
            _writerDone.SetResult();
        }
    }

    private void WriteUntilStopped()
    {
        while (true)
        {
            bool maintain;
            TaskCompletionSource? maintained = null;
            lock (_gate)
            {
                while (_gathering.Count == 0 && !_maintenanceDue && !_stopping)
                {
                    _writerWaits = true;
                    Monitor.Wait(_gate);
                }

                if (_gathering.Count == 0 && _stopping)
                {
                    return;
                }

                maintain = _maintenanceDue;
                if (maintain)
                {
                    _maintenanceDue = false;
                    (maintained, _maintained) = (_maintained, null);
                }

                (_gathering, _writing) = (_writing, _gathering);
            }

            if (_writing.Count > 0)
            {
                Commit(_writing);
            }

            if (maintain)
            {
                Maintain();
                maintained?.TrySetResult();
            }
        }
    }

    private void Commit(AppendGroup group)
    {
        var started = Stopwatch.GetTimestamp();
        var start = _end;
        var operation = "create";
        TimeSpan synced;
        try
        {
            var last = _list[^1];
            var position = last.PositionOf(start);
            if (position + group.Length > _options.FileBytes && start > last.BaseOffset)
            {
                BeginFile(reserveBytes: 0);
                position = LogFormat.FileHeaderBytes;
            }

            LogFormat.Seal(group.Bytes, start);
            operation = "write";
            _active!.Write(group.Bytes, position);
            operation = "fsync";
            var before = Stopwatch.GetTimestamp();
            _active.Flush();
            synced = Stopwatch.GetElapsedTime(before);
        }
        catch (Exception e) when (IsFileFailure(e))
        {
            Fail(group, operation, e);
            return;
        }

        var (records, bytes) = (group.Count, group.Length);
        Volatile.Write(ref _end, start + bytes);
        Volatile.Write(ref _bytes, _bytes + bytes);
        TaskCompletionSource? moved;
        AppendWaiters waiters;
        lock (_gate)
        {
            (moved, _moved) = (_moved, null);
            waiters = group.Take();
        }

        waiters.Complete(new LogAppend(LogAppendStatus.Durable, start, null));
        moved?.TrySetResult();
        LogMetrics.Committed(records, bytes, synced, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>
    /// Nothing of the group counts. After a failed fsync the system may have dropped the pages and call the next fsync a
    /// success, so nothing is ever added behind them: the file is cut back and a new one continues at the durable end.
    /// </summary>
    private void Fail(AppendGroup group, string operation, Exception e)
    {
        SetFailure(operation, e);
        var text = _failure!.Text;
        AppendWaiters waiters;
        lock (_gate)
        {
            waiters = group.Take();
        }

        LogMetrics.Refuse("unavailable", waiters.Count);
        waiters.Complete(new LogAppend(LogAppendStatus.Unavailable, 0, text));
        RefuseGathered();
        if (_active is not null)
        {
            var last = _list[^1];
            try
            {
                _active.Truncate(last.PositionOf(_end));
            }
            catch (Exception cut) when (IsFileFailure(cut))
            {
                _logger.CutFailed(cut, _files.PathOf(last.Name));
            }

            _active.Dispose();
            _active = null;
        }

        Retry(true);
    }

    private void RefuseGathered()
    {
        AppendWaiters? waiters = null;
        string text;
        lock (_gate)
        {
            text = _failure!.Text;
            if (_gathering.Count > 0)
            {
                waiters = _gathering.Take();
            }
        }

        if (waiters is not null)
        {
            LogMetrics.Refuse("unavailable", waiters.Count);
            waiters.Complete(new LogAppend(LogAppendStatus.Unavailable, 0, text));
        }
    }

    private void SetFailure(string operation, Exception e)
    {
        LogMetrics.Error(operation);
        var problem = new Problem(
            $"The event log cannot be written ({operation}: {e.Message}). Give its disk space or repair it; writing is tried again by itself.",
            _time.GetUtcNow());
        lock (_gate)
        {
            _failure = problem;
        }

        _logger.WriteFailed(e, problem.Text);
    }

    private void Retry(bool isRetrying)
    {
        _isRetrying = isRetrying;
        var interval = isRetrying && _options.RetryInterval < MaintenanceInterval ? _options.RetryInterval : MaintenanceInterval;
        _timer.Change(interval, interval);
    }

    private void Maintain()
    {
        if (_isRetrying)
        {
            TryRecover();
        }

        RemoveFiles();
        _writing.Shrink();
        lock (_gate)
        {
            if (_gathering.Count == 0)
            {
                _gathering.Shrink();
            }
        }
    }

    private void TryRecover()
    {
        try
        {
            // A header alone would fit a full disk, and the next group fail again.
            BeginFile(reserveBytes: (int)Math.Min(1 << 20, _options.FileBytes));
        }
        catch (Exception e) when (IsFileFailure(e))
        {
            LogMetrics.Error("retry");
            _logger.RetryFailed(e);
            return;
        }

        Retry(false);
        Problem? problem;
        lock (_gate)
        {
            (problem, _failure) = (_failure, null);
        }

        _logger.WriteRecovered((_time.GetUtcNow() - problem!.Since).TotalSeconds);
    }

    /// <summary>Makes a file that continues at the end of the log, durably, and makes it the active one.</summary>
    /// <param name="reserveBytes">Proves that there is room for so many bytes.</param>
    private void BeginFile(int reserveBytes)
    {
        var previousEnd = _end;
        var baseOffset = Math.Max(previousEnd, _options.ContinueFrom);
        var name = LogFormat.FileName(baseOffset);
        var now = _time.GetUtcNow();
        if (_files.List().Contains(name, StringComparer.Ordinal))
        {
            // A file whose base is the end of the log holds nothing; it is left from a failure.
            _active?.Dispose();
            _active = null;
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

        _active?.Dispose();
        _active = file;
        if (baseOffset != _end)
        {
            _logger.Continued(baseOffset, _end);
        }

        _list = [.. _list, new LogFile(name, baseOffset, previousEnd, now)];
        Volatile.Write(ref _end, baseOffset);
        Volatile.Write(ref _bytes, CountBytes());
        _logger.FileBegun(_files.PathOf(name));
        lock (_gate)
        {
            _maintenanceDue = true;
        }
    }

    private void RemoveFiles()
    {
        long released;
        lock (_gate)
        {
            released = _released.Count == 0 ? 0 : _released.Values.Min();
        }

        var now = _time.GetUtcNow();
        while (true)
        {
            if (_leaving is null)
            {
                if (_list is not [var oldest, var next, ..] list
                    || released < next.PreviousEnd
                    || (now - next.Created <= _options.RetainFor && _bytes <= _options.RetainBytes))
                {
                    return;
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
            catch (Exception e) when (IsFileFailure(e))
            {
                LogMetrics.Error("remove");
                _logger.RemovalFailed(e, path);
                return;
            }

            _leaving = null;
            Volatile.Write(ref _bytes, CountBytes());
            _logger.FileRemoved(path);
            Problem? full;
            lock (_gate)
            {
                (full, _full) = (_full, null);
            }

            if (full is not null)
            {
                _logger.BacklogFreed((now - full.Since).TotalSeconds);
            }
        }
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

    private sealed record Problem(string Text, DateTimeOffset Since);
}

/// <param name="Limit">The offset where the durable records of the file end.</param>
/// <param name="IsClosed">Whether no more will follow in it.</param>
internal readonly record struct LogSpan(LogFile File, long Limit, bool IsClosed);
