using System.Diagnostics;
using System.Globalization;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Log;

/// <summary>
/// The one thread that changes files. While it syncs one group the next one gathers, so that the fsync's duration sets
/// the size of a group, or a millisecond where many come and the disk is faster. Between groups it looks after retention, the disk's
/// reserve, and writing again after a failure.
/// </summary>
internal sealed class LogWriter : IAsyncDisposable
{
    /// <summary>Between two looks at retention by age and at memory that a peak left behind.</summary>
    private static readonly TimeSpan MaintenanceInterval = TimeSpan.FromSeconds(10);

    /// <summary>Free space is looked at after so much time or so many bytes, whichever comes first, while groups are written.</summary>
    private static readonly TimeSpan SpaceInterval = TimeSpan.FromSeconds(1);

    private const int SpaceBytes = 16 << 20;

    private readonly EmbeddedEventLogOptions _options;
    private readonly ILogFiles _files;
    private readonly LogFileList _list;
    private readonly AppendQueue _queue;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ILogFile? _active;
    private bool _isFailed;
    private bool _isDiskLow;
    private long _freeBytes = -1;
    private long _spaceLookedAt;
    private long _bytesSinceLook;

    /// <summary>Makes the file to write to where there is none yet. <see cref="Start"/> begins the writing.</summary>
    public LogWriter(
        EmbeddedEventLogOptions options, ILogFiles files, LogFileList list, AppendQueue queue, TimeProvider time, ILogger logger)
    {
        _options = options;
        _files = files;
        _list = list;
        _queue = queue;
        _time = time;
        _logger = logger;
        _timer = time.CreateTimer(static queue => ((AppendQueue)queue!).RequestMaintenance(), queue, MaintenanceInterval, MaintenanceInterval);
        if (list.Last is { } last && options.ContinueFrom <= list.End)
        {
            _active = files.Open(last.Name, writable: true);
        }
        else
        {
            try
            {
                _active = list.Begin(reserveBytes: 0);
            }
            catch (Exception e) when (e.IsFileFailure())
            {
                // What is there can be read, and writing is tried again.
                Fail("create", e);
            }
        }

        LookAtSpace();
        _thread = new Thread(Run) { IsBackground = true, Name = "headroom-log" };
    }

    /// <summary>What was free when it was last looked at; −1 where that is not known.</summary>
    public long FreeBytes => Interlocked.Read(ref _freeBytes);

    public void Start() => _thread.Start();

    /// <summary>Returns when what the queue has taken is written; the queue must have been stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await _done.Task;
        await _timer.DisposeAsync();
        _active?.Dispose();
    }

    private void Run()
    {
        using var wait = new ProcessorWait();
        try
        {
            while (_queue.WaitForWork(out var group, out var maintain, out var maintained))
            {
                if (group.Count > 0)
                {
                    Commit(group, wait);
                }

                if (maintain)
                {
                    Maintain();
                    maintained?.TrySetResult();
                }
            }
        }
        catch (Exception e)
        {
            // A defect: without this, appends would wait for ever.
            _logger.WriterDied(e);
            _queue.Fail($"The event log's writer stopped by a defect ({e.Message}); restart the process.");
        }
        finally
        {
            _queue.Close();
            _done.SetResult();
        }
    }

    private void Commit(AppendGroup group, ProcessorWait wait)
    {
        using var span = Telemetry.Source.StartActivity("log commit");
        var (started, waited) = (Stopwatch.GetTimestamp(), wait.Total);
        var start = _list.End;
        var operation = "create";
        TimeSpan synced;
        try
        {
            var last = _list.Last!;
            var position = last.PositionOf(start);
            if (position + group.Length > _options.FileBytes && start > last.BaseOffset)
            {
                Begin(reserveBytes: 0);
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
        catch (Exception e) when (e.IsFileFailure())
        {
            span?.SetStatus(ActivityStatusCode.Error, operation);
            Fail(operation, e);
            return;
        }

        var (records, bytes) = (group.Count, group.Length);
        _list.Advance(bytes);
        _queue.Committed(group, start);
        LogMetrics.Committed(records, bytes, synced, Stopwatch.GetElapsedTime(started) - (wait.Total - waited));
        span?.SetTag("headroom.log.offset", start).SetTag("headroom.log.records", records).SetTag("headroom.log.bytes", bytes)
            .SetTag("headroom.log.fsync_seconds", synced.TotalSeconds);
        _bytesSinceLook += bytes;
        if (_bytesSinceLook >= SpaceBytes || _time.GetElapsedTime(_spaceLookedAt) >= SpaceInterval)
        {
            LookAtSpace();
        }
    }

    /// <summary>
    /// Nothing of the group counts. After a failed fsync the system may have dropped the pages and call the next fsync a
    /// success, so nothing is ever added behind them: the file is cut back and a new one continues at the durable end.
    /// </summary>
    private void Fail(string operation, Exception e)
    {
        LogMetrics.Error(operation);
        var reason = $"The event log cannot be written ({operation}: {e.Message}). Give its disk space or repair it; writing is tried again by itself.";
        _logger.WriteFailed(e, reason);
        _queue.Fail(reason);
        if (_active is not null)
        {
            var last = _list.Last!;
            try
            {
                _active.Truncate(last.PositionOf(_list.End));
            }
            catch (Exception cut) when (cut.IsFileFailure())
            {
                _logger.CutFailed(cut, _files.PathOf(last.Name));
            }

            _active.Dispose();
            _active = null;
        }

        _isFailed = true;
        SetTimer();
    }

    private void Maintain()
    {
        if (_isFailed)
        {
            TryRecover();
        }
        else
        {
            EndOld();
        }

        LookAtSpace();
        if (_list.RemoveOldest(_queue.Released(), _isDiskLow))
        {
            _queue.RoomMade();
            LookAtSpace();
        }

        _queue.Shrink();
    }

    /// <summary>A file that is not full ends too, or few events would be kept for ever.</summary>
    private void EndOld()
    {
        var last = _list.Last!;
        if (_list.End == last.BaseOffset || _time.GetUtcNow() - last.Created <= _options.RetainFor)
        {
            return;
        }

        try
        {
            Begin(reserveBytes: 0);
        }
        catch (Exception e) when (e.IsFileFailure())
        {
            Fail("create", e);
        }
    }

    private void TryRecover()
    {
        try
        {
            // A header alone would fit a full disk, and the next group fail again.
            Begin(reserveBytes: (int)Math.Min(1 << 20, _options.FileBytes));
        }
        catch (Exception e) when (e.IsFileFailure())
        {
            LogMetrics.Error("retry");
            _logger.RetryFailed(e);
            return;
        }

        _isFailed = false;
        SetTimer();
        _logger.WriteRecovered(_queue.Recovered().TotalSeconds);
    }

    private void Begin(int reserveBytes)
    {
        var file = _list.Begin(reserveBytes);
        _active?.Dispose();
        _active = file;

        // The file before is complete, and may have been waiting only for that to be removed.
        _queue.RequestMaintenance();
    }

    private void LookAtSpace()
    {
        _spaceLookedAt = _time.GetTimestamp();
        _bytesSinceLook = 0;
        long free;
        try
        {
            free = _files.FreeBytes;
        }
        catch (Exception e) when (e.IsFileFailure())
        {
            LogMetrics.Error("free_space");
            _logger.FreeSpaceUnknown(e);
            return;
        }

        Interlocked.Exchange(ref _freeBytes, free);
        var reserve = _options.MinFreeDiskBytes;
        if (!_isDiskLow && free < reserve)
        {
            _isDiskLow = true;
            var reason = string.Create(CultureInfo.InvariantCulture,
                $"The event log's disk has {free} bytes free, and {EmbeddedEventLogOptions.Section}:MinFreeDiskBytes keeps {reserve} in reserve. Give it space; events are taken again by themselves.");
            _logger.DiskLow(reason);
            _queue.DiskLow(reason);
            SetTimer();

            // Files kept only for a replay may go now.
            _queue.RequestMaintenance();
        }
        else if (_isDiskLow && free >= reserve + (reserve / 8))
        {
            _isDiskLow = false;
            _logger.DiskRecovered(_queue.DiskRecovered().TotalSeconds);
            SetTimer();
        }
    }

    private void SetTimer()
    {
        var interval = (_isFailed || _isDiskLow) && _options.RetryInterval < MaintenanceInterval ? _options.RetryInterval : MaintenanceInterval;
        _timer.Change(interval, interval);
    }
}
