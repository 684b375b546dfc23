using System.Globalization;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Log;

/// <summary>
/// Where appends and the writer thread meet: the group that gathers, what refuses appends at the moment, and the
/// signals between the two. Everything here is guarded by one lock that is held only to copy a record.
/// </summary>
internal sealed class AppendQueue
{
    /// <summary>A write that takes longer is told of: a disk that stands still fails nothing, and senders wait.</summary>
    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Where so many records came together in the last group, the next one gathers for <see cref="GatherFor"/>: on a disk that syncs in a fraction of
    /// that, a commit for a few records each costs the processor more than they wait. Fewer senders than this never wait for it.
    /// </summary>
    private const int BusyRecords = 8;

    private static readonly TimeSpan GatherFor = TimeSpan.FromMilliseconds(1);

    private const string Stopped = "The event log is closed; the server is stopping.";

    private readonly EmbeddedEventLogOptions _options;
    private readonly LogFileList _list;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Dictionary<string, long> _released = new(StringComparer.Ordinal);

    // An object and not a Lock: the writer waits on it.
    private readonly object _gate = new();
    private AppendGroup _gathering;

    // What the writer has taken, and empty again when it is done with it.
    private AppendGroup _taken;
    private int _writingBytes;
    private int _groupRecords;
    private long _writingSince;
    private LogProblem? _failure;
    private LogProblem? _diskLow;
    private LogProblem? _full;
    private LogProblem? _damage;
    private bool _writerWaits;
    private bool _maintenanceDue;
    private bool _stopping;
    private TaskCompletionSource? _maintained;
    private TaskCompletionSource? _moved;

    public AppendQueue(EmbeddedEventLogOptions options, LogFileList list, TimeProvider time, ILogger logger)
    {
        _options = options;
        _list = list;
        _time = time;
        _logger = logger;
        var waiters = new AppendWaitersPool();
        _gathering = new AppendGroup(waiters);
        _taken = new AppendGroup(waiters);
    }

    /// <summary>Bytes that wait for the next write.</summary>
    public int WaitingBytes => _gathering.Length;

    /// <summary>Records that wait for the next write.</summary>
    public int WaitingRecords => _gathering.Count;

    public LogHealth Health
    {
        get
        {
            lock (_gate)
            {
                var refusal = _failure ?? _diskLow ?? _full;
                var problem = refusal ?? _damage ?? Stall();
                return new LogHealth(refusal is null && !_stopping, problem?.Text, problem?.Since, _list.Bytes);
            }
        }
    }

    /// <summary>Adds a record to the group that gathers, or says why not.</summary>
    public string? TryAdd(ReadOnlySpan<byte> record, AppendOperation operation)
    {
        lock (_gate)
        {
            var refusal = RefusalOf(LogFormat.RecordHeaderBytes + (long)record.Length, 1);
            if (refusal is null)
            {
                _gathering.Add(record, operation);
                WakeWriter();
            }

            return refusal;
        }
    }

    /// <summary>Adds all of the records to one group, or none of them and says why.</summary>
    public string? TryAddAll(IReadOnlyList<ReadOnlyMemory<byte>> records, long size, AppendOperation operation)
    {
        lock (_gate)
        {
            var refusal = RefusalOf(size, records.Count);
            if (refusal is null)
            {
                _gathering.Add(records[0].Span, operation);
                for (var i = 1; i < records.Count; i++)
                {
                    _gathering.Add(records[i].Span, null);
                }

                WakeWriter();
            }

            return refusal;
        }
    }

    public void Release(string consumer, long offset)
    {
        lock (_gate)
        {
            _released[consumer] = offset;
            if (_list.IsOldestPassed(offset))
            {
                _maintenanceDue = true;
                WakeWriter();
            }
        }
    }

    /// <summary>What every consumer has passed.</summary>
    public long Released()
    {
        lock (_gate)
        {
            return _released.Count == 0 ? 0 : _released.Values.Min();
        }
    }

    /// <summary>How many bytes lie between each consumer and the end of the log.</summary>
    public List<(string Consumer, long Bytes)> Lags()
    {
        lock (_gate)
        {
            var end = _list.End;
            var lags = new List<(string, long)>(_released.Count);
            foreach (var (consumer, offset) in _released)
            {
                lags.Add((consumer, Math.Max(0, end - offset)));
            }

            return lags;
        }
    }

    /// <summary>Completes when everything asked of the writer before, retention included, is done.</summary>
    public Task MaintainAsync()
    {
        lock (_gate)
        {
            _maintained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            RequestMaintenance();
            return _maintained.Task;
        }
    }

    public void RequestMaintenance()
    {
        lock (_gate)
        {
            _maintenanceDue = true;
            WakeWriter();
        }
    }

    /// <summary>Null when there is something durable behind the offset; else a task that ends when the log's end moves.</summary>
    public Task? WaitBeyond(long offset)
    {
        lock (_gate)
        {
            if (_list.End > offset)
            {
                return null;
            }

            ObjectDisposedException.ThrowIf(_stopping, typeof(EmbeddedEventLog));
            _moved ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _moved.Task;
        }
    }

    /// <summary>Refuses appends from here on; false when that was so before.</summary>
    public bool Stop()
    {
        lock (_gate)
        {
            var isFirst = !_stopping;
            _stopping = true;
            WakeWriter();
            return isFirst;
        }
    }

    /// <summary>For the writer: waits for work. False when there is none left and the log is closing.</summary>
    public bool WaitForWork(out AppendGroup group, out bool maintain, out TaskCompletionSource? maintained)
    {
        lock (_gate)
        {
            while (_gathering.Count == 0 && !_maintenanceDue && !_stopping)
            {
                _writerWaits = true;
                Monitor.Wait(_gate);
            }

            if (_groupRecords >= BusyRecords && !_stopping && _time.GetElapsedTime(_writingSince) < GatherFor)
            {
                // Pulsed by nobody: who stops the log or asks for maintenance has a millisecond too.
                Monitor.Wait(_gate, GatherFor);
            }

            group = _gathering;
            maintain = false;
            maintained = null;
            if (group.Count == 0 && _stopping)
            {
                return false;
            }

            (maintain, _maintenanceDue) = (_maintenanceDue, false);
            if (maintain)
            {
                (maintained, _maintained) = (_maintained, null);
            }

            (_gathering, _taken) = (_taken, group);
            _writingBytes = group.Length;
            _groupRecords = group.Count;
            _writingSince = _time.GetTimestamp();
            return true;
        }
    }

    /// <summary>The group is durable, its first record at an offset.</summary>
    public void Committed(AppendGroup group, long offset)
    {
        TaskCompletionSource? moved;
        AppendWaiters waiters;
        lock (_gate)
        {
            (moved, _moved) = (_moved, null);
            waiters = group.Take();
            _writingBytes = 0;
        }

        waiters.Complete(new LogAppend(LogAppendStatus.Durable, offset, null));
        moved?.TrySetResult();
    }

    /// <summary>Nothing that was taken and is not durable yet will be; appends are refused until <see cref="Recovered"/>.</summary>
    public void Fail(string reason)
    {
        lock (_gate)
        {
            _failure = new LogProblem(reason, _time.GetUtcNow());
            _writingBytes = 0;
            Refuse(_taken, reason);
            Refuse(_gathering, reason);
        }
    }

    /// <summary>Appends are taken again; returns for how long they were not.</summary>
    public TimeSpan Recovered()
    {
        lock (_gate)
        {
            return Solved(ref _failure);
        }
    }

    /// <summary>Appends are refused until <see cref="DiskRecovered"/>; what has been taken is still written.</summary>
    public void DiskLow(string reason)
    {
        lock (_gate)
        {
            _diskLow ??= new LogProblem(reason, _time.GetUtcNow());
        }
    }

    /// <summary>The disk has its reserve again; returns for how long it had not.</summary>
    public TimeSpan DiskRecovered()
    {
        lock (_gate)
        {
            return Solved(ref _diskLow);
        }
    }

    /// <summary>Files were removed, so a full log has room.</summary>
    public void RoomMade()
    {
        lock (_gate)
        {
            if (_full is not null)
            {
                _logger.BacklogFreed(Solved(ref _full).TotalSeconds);
            }
        }
    }

    public void ReportDamage(LogCorruptException damage)
    {
        lock (_gate)
        {
            if (_damage is null)
            {
                _damage = new LogProblem(damage.Message, _time.GetUtcNow());
                _logger.DamageFound(damage);
            }
        }
    }

    /// <summary>Gives back memory that a peak left behind in the groups.</summary>
    public void Shrink()
    {
        lock (_gate)
        {
            if (_taken.Count == 0)
            {
                _taken.Shrink();
            }

            if (_gathering.Count == 0)
            {
                _gathering.Shrink();
            }
        }
    }

    /// <summary>The writer has ended: nobody may wait any longer.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _stopping = true;
            _moved?.TrySetException(new ObjectDisposedException(nameof(EmbeddedEventLog)));
            // Nobody need be waiting.
            _ = _moved?.Task.Exception;
            _maintained?.TrySetResult();
        }
    }

    private LogProblem? Stall()
    {
        var taken = _writingBytes > 0 ? _time.GetElapsedTime(_writingSince) : TimeSpan.Zero;
        return taken < Stalled ? null : new LogProblem(string.Create(CultureInfo.InvariantCulture,
            $"The event log's disk has not taken a write for {taken.TotalSeconds:F0} s, and what is sent waits for it. See what the disk is doing; it goes on by itself."),
            _time.GetUtcNow() - taken);
    }

    private TimeSpan Solved(ref LogProblem? problem)
    {
        var since = problem?.Since;
        problem = null;
        return since is { } began ? _time.GetUtcNow() - began : TimeSpan.Zero;
    }

    private static void Refuse(AppendGroup group, string reason)
    {
        if (group.Count > 0)
        {
            LogMetrics.Refuse("unavailable", group.Count);
            group.Take().Complete(new LogAppend(LogAppendStatus.Unavailable, 0, reason));
        }
    }

    private string? RefusalOf(long size, int records)
    {
        if (_stopping)
        {
            return Stopped;
        }

        if ((_failure ?? _diskLow) is { } problem)
        {
            return problem.Text;
        }

        if (_gathering.Length + size > _options.QueueBytes || _gathering.Count + records > _options.QueueRecords)
        {
            return $"Too many events wait for the disk ({EmbeddedEventLogOptions.Section}:QueueBytes, QueueRecords); it cannot keep up at the moment.";
        }

        var bytes = _list.Bytes;
        if (bytes + _writingBytes + _gathering.Length + size > _options.MaxBytes)
        {
            if (_full is null)
            {
                _full = new LogProblem(string.Create(CultureInfo.InvariantCulture,
                    $"The event log holds {bytes} bytes that wait to be processed, and {EmbeddedEventLogOptions.Section}:MaxBytes allows {_options.MaxBytes}. It accepts events again when the writer has caught up; see why it is behind, or raise the setting."),
                    _time.GetUtcNow());
                _logger.BacklogFull(_full.Text);
            }

            return _full.Text;
        }

        return null;
    }

    private void WakeWriter()
    {
        if (_writerWaits)
        {
            _writerWaits = false;
            Monitor.Pulse(_gate);
        }
    }
}

/// <summary>What is wrong and the way out, and since when.</summary>
internal sealed record LogProblem(string Text, DateTimeOffset Since);
