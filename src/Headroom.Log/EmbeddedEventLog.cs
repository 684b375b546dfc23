using System.Diagnostics;
using System.Globalization;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Log;

/// <summary>
/// The log in files of this machine (<see cref="LogFormat"/>). Appends copy their record into a group
/// (<see cref="AppendQueue"/>), one thread makes groups durable (<see cref="LogWriter"/>), and readers follow the files
/// (<see cref="LogFileList"/>) with handles of their own.
/// </summary>
internal sealed class EmbeddedEventLog : IEventLog, IDisposable
{
    private readonly EmbeddedEventLogOptions _options;
    private readonly ILogFiles _files;
    private readonly ILogger _logger;
    private readonly LogDamage _damage;
    private readonly LogFileList _list;
    private readonly AppendQueue _queue;
    private readonly LogWriter _writer;
    private readonly AppendOperationPool _operations = new();

    /// <summary>Recovered and to be read, but without the thread that writes, which <see cref="Open"/> starts.</summary>
    internal EmbeddedEventLog(EmbeddedEventLogOptions options, ILogFiles files, TimeProvider time, ILogger logger, long verifyFrom)
    {
        _options = options;
        _files = files;
        _logger = logger;
        _damage = new LogDamage(files, options.SkipCorruptAt);
        var (found, end) = LogRecovery.Run(files, _damage, verifyFrom, time.GetUtcNow(), logger);
        if (Math.Max(end, options.ContinueFrom) < verifyFrom)
        {
            // What would be appended below that offset nobody would ever read.
            throw Lost(files, end, verifyFrom);
        }

        _list = new LogFileList(options, files, time, logger, found, end);
        Opened = end;
        _queue = new AppendQueue(options, _list, time, logger);
        _writer = new LogWriter(options, files, _list, _queue, time, logger);
    }

    public LogPosition End => EndOffset;

    public LogPosition Opened { get; }

    public LogPosition First => FirstOffset;

    // A record may be the first of a file, which takes records for as long, and then is kept for as long after its last.
    public TimeSpan? LongestKept => 2 * _options.RetainFor;

    public LogHealth Health => _queue.Health;

    internal long EndOffset => _list.End;

    internal long FirstOffset => _list.First;

    internal int FileCount => _list.Count;

    internal long QueuedBytes => _queue.WaitingBytes;

    internal long QueuedRecords => _queue.WaitingRecords;

    internal List<(string Consumer, long Bytes)> Lags => _queue.Lags();

    internal long FreeDiskBytes => _writer.FreeBytes;

    /// <summary>Opens the directory's log, recovering from whatever ended the process before.</summary>
    /// <param name="files">Owned by the log from here on.</param>
    /// <param name="verifyFrom">
    /// The offset from which a consumer will go on. Every record from there to the end is checked now; records before it
    /// are not needed again, so of files that hold no others only headers and lengths are.
    /// </param>
    /// <exception cref="LogCorruptException">The files are damaged where an interrupted write is no explanation.</exception>
    /// <exception cref="NotSupportedException">The files are of a newer format.</exception>
    public static EmbeddedEventLog Open(
        EmbeddedEventLogOptions options, ILogFiles files, TimeProvider time, ILogger logger, long verifyFrom = 0)
    {
        var started = Stopwatch.GetTimestamp();
        EmbeddedEventLog log;
        try
        {
            log = new EmbeddedEventLog(options, files, time, logger, verifyFrom);
        }
        catch
        {
            files.Dispose();
            throw;
        }

        log._writer.Start();
        LogMetrics.Add(log);
        logger.Opened(Stopwatch.GetElapsedTime(started).TotalMilliseconds, log._list.Count, log._list.Bytes, log._list.First, log._list.End);
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
            return new(TooLarge(1, $"The record has {record.Length} bytes; {EmbeddedEventLogOptions.Section}:MaxRecordBytes allows {_options.MaxRecordBytes}."));
        }

        var operation = _operations.Rent();
        return Wait(operation, _queue.TryAdd(record.Span, operation), 1, cancellationToken);
    }

    public ValueTask<LogAppend> AppendAllAsync(IReadOnlyList<ReadOnlyMemory<byte>> records, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(records.Count);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<LogAppend>(cancellationToken);
        }

        long size = 0;
        foreach (var record in records)
        {
            size += LogFormat.RecordHeaderBytes + record.Length;
            if (record.Length > _options.MaxRecordBytes)
            {
                return new(TooLarge(records.Count, $"A record has {record.Length} bytes; {EmbeddedEventLogOptions.Section}:MaxRecordBytes allows {_options.MaxRecordBytes}."));
            }
        }

        if (size > _options.QueueBytes || records.Count > _options.QueueRecords)
        {
            return new(TooLarge(records.Count, $"{records.Count} records with {size} bytes are more than one commit takes ({EmbeddedEventLogOptions.Section}:QueueBytes {_options.QueueBytes}, QueueRecords {_options.QueueRecords})."));
        }

        var operation = _operations.Rent();
        return Wait(operation, _queue.TryAddAll(records, size, operation), records.Count, cancellationToken);
    }

    public ILogReader OpenReader(LogPosition position)
    {
        var offset = Only(position);
        var end = EndOffset;
        if (offset > end)
        {
            throw Lost(_files, end, offset);
        }

        var first = _list.First;
        return offset != 0 && offset < first
            ? throw LogDamage.Removed(_files, offset, first)
            : new LogReader(this, _files, _damage, _logger, offset);
    }

    private static LogCorruptException Lost(ILogFiles files, long end, long offset) => new(string.Create(CultureInfo.InvariantCulture,
        $"The event log in {files.PathOf("")} ends at offset {end}, but a reader asks for offset {offset}: files of the log were lost or replaced by older ones. Restore them, or set {EmbeddedEventLogOptions.Section}:ContinueFrom={offset} to let the log continue there."));

    public void Release(string consumer, LogPosition position)
    {
        ArgumentException.ThrowIfNullOrEmpty(consumer);
        _queue.Release(consumer, Only(position));
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Writes what has been accepted, then closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_queue.Stop())
        {
            await _writer.DisposeAsync();
            LogMetrics.Remove(this);
            _files.Dispose();
        }
    }

    /// <summary>Completes when everything asked of the writer before, retention included, is done. For tests.</summary>
    internal Task MaintainAsync() => _queue.MaintainAsync();

    /// <summary>Null when there is something durable behind the offset; else a task that ends when the log's end moves.</summary>
    internal Task? WaitBeyond(long offset) => _queue.WaitBeyond(offset);

    internal LogSpan? Find(ref long offset) => _list.Find(ref offset);

    /// <summary>Notes damage met by a reader, so that the log's health shows it.</summary>
    internal LogCorruptException Damaged(LogCorruptException damage)
    {
        LogMetrics.Error("check");
        _queue.ReportDamage(damage);
        return damage;
    }

    private static long Only(LogPosition position) => position.Partitions == 1
        ? position[0]
        : throw new ArgumentException("The embedded log has one partition.", nameof(position));

    private static LogAppend TooLarge(int records, FormattableString reason)
    {
        LogMetrics.Refuse("too_large", records);
        return new LogAppend(LogAppendStatus.TooLarge, 0, FormattableString.Invariant(reason));
    }

    private ValueTask<LogAppend> Wait(AppendOperation operation, string? refusal, int records, CancellationToken cancellationToken)
    {
        if (refusal is null)
        {
            return operation.Wait(cancellationToken);
        }

        _operations.Return(operation);
        LogMetrics.Refuse("unavailable", records);
        return new(new LogAppend(LogAppendStatus.Unavailable, 0, refusal));
    }
}
