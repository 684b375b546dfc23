// A log in a topic. Each event of a record is a message of its own (KafkaMessages.cs), so one append is several messages, in
// several partitions, and answered when every one is acknowledged by all replicas in sync. Where one is not, the append is refused
// and the client sends the request again; what was delivered all the same is then a duplicate by its uuid.
//
// The end of a partition is known from what this process delivered, and from asking the brokers now and then. That is at the
// least behind everything that was appended here.

using System.Globalization;
using Confluent.Kafka;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Scale.Kafka;

internal sealed class KafkaEventLog : IEventLog
{
    /// <summary>How often the brokers are asked how they are and where partitions begin and end.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>How long what is under way has when the process stops.</summary>
    private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(5);

    private static readonly LogHealth AllWell = new(true, null, null, 0);
    private readonly KafkaEventLogOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly KafkaTopic _topic;
    private readonly IProducer<byte[], byte[]> _producer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watch;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LogPosition> _released = [];
    private readonly long[] _first;
    private readonly long[] _end;
    private volatile Trouble? _trouble;
    private int _disposed;

    private KafkaEventLog(KafkaEventLogOptions options, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _topic = new KafkaTopic(options, time, logger, Heard);
        try
        {
            var marks = _topic.Open();
            (_first, _end) = (Array.ConvertAll(marks, static mark => mark.Low), Array.ConvertAll(marks, static mark => mark.High));
            _producer = new ProducerBuilder<byte[], byte[]>(options.Producer())
                .SetErrorHandler((_, error) => Heard(error)).SetLogHandler((_, message) => logger.Client(message)).Build();
        }
        catch
        {
            _topic.Dispose();
            throw;
        }

        Opened = End;
        _watch = WatchAsync();
        KafkaMetrics.Add(this);
        logger.Opened(options.Topic, partitions: _end.Length, End.ToString());
    }

    public LogPosition End => Place(_end);

    public LogPosition Opened { get; }

    public LogPosition First => Place(_first);

    public bool MayRepeat => true;

    public LogHealth Health => _trouble is { } trouble
        ? new LogHealth(false, $"Kafka does not take or give events: {trouble.Reason}. It is tried again by itself. Check the brokers at {_options.BootstrapServers}.", trouble.Since, 0)
        : AllWell;

    /// <summary>The name under which a store keeps its place.</summary>
    public static string NameOf(string topic) => "kafka/" + topic;

    /// <summary>Connects, and makes the topic where it is missing. Waits for the brokers.</summary>
    /// <exception cref="InvalidOperationException">They were not reached, or refuse.</exception>
    public static KafkaEventLog Open(KafkaEventLogOptions options, TimeProvider time, ILogger logger)
    {
        try
        {
            return new KafkaEventLog(options, time, logger);
        }
        catch (KafkaException e)
        {
            throw new InvalidOperationException($"Kafka at {options.BootstrapServers} cannot be used: {e.Error.Reason}.", e);
        }
    }

    public ValueTask<LogAppend> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken) => AppendAllAsync([record], cancellationToken);

    public async ValueTask<LogAppend> AppendAllAsync(IReadOnlyList<ReadOnlyMemory<byte>> records, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(records.Count);
        cancellationToken.ThrowIfCancellationRequested();
        var start = _time.GetTimestamp();
        var messages = new List<Message<byte[], byte[]>>();
        foreach (var record in records)
        {
            KafkaMessages.Write(record.Span, (key, value) => messages.Add(new Message<byte[], byte[]> { Key = key, Value = value }));
        }

        foreach (var message in messages)
        {
            if (message.Key.Length + message.Value.Length > _options.MessageMaxBytes - 200)
            {
                return new LogAppend(LogAppendStatus.TooLarge, 0, string.Create(CultureInfo.InvariantCulture,
                    $"An event has {message.Value.Length} bytes with its request; {KafkaEventLogOptions.Section}:MessageMaxBytes allows {_options.MessageMaxBytes - 200}."));
            }
        }

        if (messages.Count == 0)
        {
            return new LogAppend(LogAppendStatus.Durable, 0, null);
        }

        var append = new Append(this, messages.Count);
        Send(messages, append);
        var error = await append.Done.WaitAsync(cancellationToken);
        KafkaMetrics.Appended(_time.GetElapsedTime(start));
        return error switch
        {
            null => new LogAppend(LogAppendStatus.Durable, 0, null),
            { Code: ErrorCode.MsgSizeTooLarge or ErrorCode.InvalidMsgSize } => new LogAppend(LogAppendStatus.TooLarge, 0, $"The brokers say that an event is too large (max.message.bytes of the topic): {error.Reason}."),
            _ => new LogAppend(LogAppendStatus.Unavailable, 0, $"Kafka did not take the events: {error.Reason}."),
        };
    }

    public ILogReader OpenReader(LogPosition position)
    {
        if (position.Partitions > _end.Length)
        {
            throw new LogCorruptException(
                $"The topic {_options.Topic} has {_end.Length} partitions, but the store's place in it, {position}, names {position.Partitions}: it was made anew. Give it another name ({KafkaEventLogOptions.Section}:Topic), or restore it.");
        }

        var start = new long[_end.Length];
        for (var p = 0; p < start.Length; p++)
        {
            var (low, high) = Marks(p);
            start[p] = position[p];
            if (position[p] > high || (position[p] < low && position[p] != 0))
            {
                if (!_options.SkipLost)
                {
                    throw Lost(p, position[p], low, high);
                }

                start[p] = low;
                _logger.LostSkipped(low, p, position[p]);
            }
        }

        return new KafkaReader(_options, _time, _logger, Heard, start);
    }

    public void Release(string consumer, LogPosition position)
    {
        ArgumentException.ThrowIfNullOrEmpty(consumer);
        lock (_gate)
        {
            _released[consumer] = position;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        KafkaMetrics.Remove(this);
        await _stop.CancelAsync();
        await _watch;
        await Task.Run(() => _producer.Flush(LastFlush));
        _producer.Dispose();
        _topic.Dispose();
        _stop.Dispose();
    }

    internal List<(string Consumer, long Messages)> Lags()
    {
        lock (_gate)
        {
            return [.. _released.Select(released => (released.Key, Math.Max(0, End.Sum - released.Value.Sum)))];
        }
    }

    internal LogCorruptException Lost(int partition, long wanted, long low, long high) => new(string.Create(CultureInfo.InvariantCulture,
        $"Partition {partition} of the topic {_options.Topic} has offsets {low} to {high}, but the store goes on at {wanted}: events that were not stored yet are gone, by the topic's retention or because it was made anew. Restore it, or set {KafkaEventLogOptions.Section}:SkipLost=true to go on with what is there."));

    private static LogPosition Place(long[] offsets)
    {
        Span<long> copy = offsets.Length <= 64 ? stackalloc long[offsets.Length] : new long[offsets.Length];
        for (var p = 0; p < copy.Length; p++)
        {
            copy[p] = Interlocked.Read(ref offsets[p]);
        }

        return LogPosition.From(copy);
    }

    private static void Raise(ref long value, long to)
    {
        for (var now = Interlocked.Read(ref value); now < to;)
        {
            var before = Interlocked.CompareExchange(ref value, to, now);
            if (before == now)
            {
                return;
            }

            now = before;
        }
    }

    /// <summary>Hands the messages to the client, which sends them behind; their reports come to the append.</summary>
    private void Send(List<Message<byte[], byte[]>> messages, Append append)
    {
        foreach (var message in messages)
        {
            try
            {
                _producer.Produce(_options.Topic, message, append.Delivered);
            }
            catch (KafkaException e)
            {
                append.Failed(e.Error);
            }
        }
    }

    private (long Low, long High) Marks(int partition)
    {
        var (low, high) = _topic.Marks(partition);
        Raise(ref _first[partition], low);
        Raise(ref _end[partition], high);
        return (low, high);
    }

    private void Look()
    {
        for (var p = 0; p < _end.Length; p++)
        {
            Marks(p);
        }
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    await Task.Run(Look, _stop.Token);
                    Well();
                }
                catch (KafkaException e)
                {
                    Ill(e.Error.Reason);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Closing.
        }
    }

    private void Heard(Error error)
    {
        if (error.IsFatal || error.Code is ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Authentication)
        {
            Ill(error.Reason);
        }
    }

    private void Ill(string reason)
    {
        lock (_gate)
        {
            if (_trouble is null)
            {
                _trouble = new Trouble(reason.TrimEnd('.'), _time.GetUtcNow());
                _logger.Failing(reason);
            }
        }
    }

    private void Well()
    {
        if (_trouble is null)
        {
            return;
        }

        lock (_gate)
        {
            if (_trouble is { } trouble)
            {
                _trouble = null;
                _logger.Recovered((_time.GetUtcNow() - trouble.Since).TotalSeconds);
            }
        }
    }

    private sealed record Trouble(string Reason, DateTimeOffset Since);

    /// <summary>The messages of one append. Reports come on the client's thread.</summary>
    private sealed class Append(KafkaEventLog log, int messages)
    {
        private readonly TaskCompletionSource<Error?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = messages;
        private Error? _error;

        /// <summary>The first error, or null.</summary>
        public Task<Error?> Done => _done.Task;

        public void Delivered(DeliveryReport<byte[], byte[]> report)
        {
            if (report.Error.IsError)
            {
                Failed(report.Error);
                return;
            }

            Raise(ref log._end[report.Partition.Value], report.Offset.Value + 1);
            KafkaMetrics.Delivered();
            log.Well();
            End();
        }

        public void Failed(Error error)
        {
            KafkaMetrics.Failed(error.Code.ToString());
            Interlocked.CompareExchange(ref _error, error, null);
            if (error.Code is not (ErrorCode.MsgSizeTooLarge or ErrorCode.InvalidMsgSize or ErrorCode.Local_QueueFull))
            {
                log.Ill(error.Reason);
            }

            End();
        }

        private void End()
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                _done.SetResult(_error);
            }
        }
    }
}
