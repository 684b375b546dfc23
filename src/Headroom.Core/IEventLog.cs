namespace Headroom.Core;

/// <summary>
/// The durable, ordered, replayable log between Capture and the Writer. One record holds the events of
/// one request (see <see cref="EventBatchWriter"/>). A log has one or more partitions, each with an order and increasing
/// 64-bit offsets of its own; events of one distinct id of a project are in one partition, in the order of their appends.
/// </summary>
public interface IEventLog : IAsyncDisposable
{
    /// <summary>
    /// Appends one record. Completes only when the record survives a power loss (after fsync, or after all
    /// in-sync replicas have it), or when it is certain to be refused. The caller keeps the memory unchanged
    /// until completion. Cancelling stops the wait, not the append: a cancelled record may still be written.
    /// </summary>
    ValueTask<LogAppend> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken);

    /// <summary>
    /// Appends several records in one commit: as <see cref="AppendAsync"/>, with one answer for all of them, so that either
    /// all are durable or all are refused. The offset is that of the first. Only a process that dies before the answer, or a
    /// log that <see cref="MayRepeat"/>, may leave some of them, as it may leave a single record that nobody was told of.
    /// </summary>
    ValueTask<LogAppend> AppendAllAsync(IReadOnlyList<ReadOnlyMemory<byte>> records, CancellationToken cancellationToken);

    /// <summary>
    /// Opens a reader of all partitions at a place whose offsets are 0 or a <see cref="LogRecord.NextOffset"/> each. Offset 0
    /// means the oldest record still kept. Throws <see cref="LogCorruptException"/> where records behind an offset are gone.
    /// </summary>
    ILogReader OpenReader(LogPosition position);

    /// <summary>
    /// Declares that <paramref name="consumer"/> has durably processed everything before
    /// <paramref name="position"/>. A log that removes files by itself keeps those that a consumer which ever released has not passed.
    /// </summary>
    void Release(string consumer, LogPosition position);

    /// <summary>The place after the last durable record of each partition, at the least after every one that was appended here.</summary>
    LogPosition End { get; }

    /// <summary><see cref="End"/> when the log was opened: what is behind it was appended since.</summary>
    LogPosition Opened { get; }

    /// <summary>What is before this place is kept no more.</summary>
    LogPosition First => default;

    /// <summary>False while records are acknowledged that are not in a partition yet: then they come behind <see cref="End"/>.</summary>
    bool IsSettled => true;

    /// <summary>Whether events of an append that was not answered as durable may be in the log all the same, and then come twice.</summary>
    bool MayRepeat => false;

    /// <summary>How long a record that every consumer has passed is kept at the most; null where nothing says so.</summary>
    TimeSpan? LongestKept => null;

    LogHealth Health { get; }
}

/// <summary>Reads durable records in order. Not safe for concurrent use.</summary>
public interface ILogReader : IDisposable
{
    /// <summary>
    /// Waits until at least one durable record is there, then returns as many whole records as fit
    /// <paramref name="maxBytes"/> (at least one). The memory of the records is valid until the next call. Returns none where
    /// <see cref="Position"/> has moved on without one: over what is in the log and is no record.
    /// </summary>
    ValueTask<IReadOnlyList<LogRecord>> ReadAsync(int maxBytes, CancellationToken cancellationToken);

    /// <summary>As <see cref="ReadAsync"/>, but returns an empty list instead of waiting.</summary>
    IReadOnlyList<LogRecord> TryRead(int maxBytes);

    /// <summary>Where it reads on: behind every record handed out, and behind what was found to be none.</summary>
    LogPosition Position { get; }
}

/// <param name="Offset">Where the record starts.</param>
/// <param name="NextOffset">Where the next record of its partition starts: what a consumer commits after processing this one.</param>
public readonly record struct LogRecord(long Offset, long NextOffset, ReadOnlyMemory<byte> Payload, int Partition = 0);

public enum LogAppendStatus
{
    /// <summary>On disk.</summary>
    Durable,

    /// <summary>Not written; a later retry helps (disk full, I/O error, too much waiting).</summary>
    Unavailable,

    /// <summary>Not written and never will be: larger than one record may be.</summary>
    TooLarge,
}

/// <param name="Offset">Where the record was written, when durable and in one place; otherwise 0.</param>
/// <param name="Reason">For a person, when not durable; otherwise null.</param>
public readonly record struct LogAppend(LogAppendStatus Status, long Offset, string? Reason);

/// <param name="Writable">False when appends are refused now.</param>
/// <param name="Problem">What is wrong and the way out, or null.</param>
/// <param name="Since">Since when, or null.</param>
/// <param name="Bytes">Bytes of all log files on this machine.</param>
/// <param name="StandsIn">Whether, with the problem, all is taken all the same, by something that stands in for the log meanwhile.</param>
public sealed record LogHealth(bool Writable, string? Problem, DateTimeOffset? Since, long Bytes, bool StandsIn = false);

/// <summary>The log has not what it should have: files that contradict their checksums, records that are gone. The message names the place and how to go on.</summary>
public sealed class LogCorruptException(string message) : Exception(message);
