using System.Buffers;
using Confluent.Kafka;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Scale.Kafka;

/// <summary>Reads all partitions from given offsets. Joins no group and commits nothing: offsets are the store's.</summary>
internal sealed class KafkaReader : ILogReader
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromMinutes(1);
    private readonly KafkaEventLogOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly KafkaRecords _open = new();
    private readonly ArrayBufferWriter<byte> _payloads = new();
    private readonly List<(int Partition, long Offset, long Next, int Start, int Length)> _found = [];
    private readonly List<LogRecord> _records = [];
    private readonly long[] _next;
    private ConsumeResult<Ignore, byte[]>? _peeked;
    private (int Partition, long Offset, long Next) _run;
    private long _foreign;
    private long _warned;
    private bool _begun;
    private bool _moved;

    public KafkaReader(KafkaEventLogOptions options, TimeProvider time, ILogger logger, Action<Error> onError, long[] start)
    {
        (_options, _time, _logger, _next) = (options, time, logger, start);
        _consumer = new ConsumerBuilder<Ignore, byte[]>(options.Consumer())
            .SetErrorHandler((_, error) => onError(error)).SetLogHandler((_, message) => logger.Client(message)).Build();
        try
        {
            _consumer.Assign(start.Select((next, p) => new TopicPartitionOffset(options.Topic, p, next == 0 ? Offset.Beginning : next)));
        }
        catch
        {
            _consumer.Dispose();
            throw;
        }
    }

    public LogPosition Position => LogPosition.From(_next);

    public async ValueTask<IReadOnlyList<LogRecord>> ReadAsync(int maxBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var records = TryRead(maxBytes);
            if (records.Count > 0 || _moved)
            {
                return records;
            }

            // The client can only be waited for with a thread.
            _peeked = await Task.Factory.StartNew(() => Wait(cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    public IReadOnlyList<LogRecord> TryRead(int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        _payloads.ResetWrittenCount();
        _found.Clear();
        _records.Clear();
        _moved = false;
        long bytes = 0;
        var messages = 0;
        while (bytes < maxBytes && Take() is { } result)
        {
            if (result.IsPartitionEOF)
            {
                Pass(result.Partition.Value, result.Offset.Value);
                continue;
            }

            messages++;
            bytes += result.Message.Value?.Length ?? 0;
            Add(result);
        }

        End();
        KafkaMetrics.Read(messages);
        foreach (var (partition, offset, next, start, length) in _found)
        {
            _records.Add(new LogRecord(offset, next, _payloads.WrittenMemory.Slice(start, length), partition));
        }

        return _records;
    }

    public void Dispose()
    {
        _consumer.Dispose();
        _open.Dispose();
    }

    private ConsumeResult<Ignore, byte[]>? Wait(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (Consume(Poll) is { } result)
            {
                return result;
            }
        }

        return null;
    }

    private ConsumeResult<Ignore, byte[]>? Take()
    {
        var peeked = _peeked;
        _peeked = null;
        return peeked ?? Consume(TimeSpan.Zero);
    }

    private ConsumeResult<Ignore, byte[]>? Consume(TimeSpan timeout)
    {
        try
        {
            return _consumer.Consume(timeout);
        }
        catch (ConsumeException e) when (e.Error.Code is ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange)
        {
            throw new LogCorruptException(
                $"Events of the topic {_options.Topic} that were not stored yet are gone: {e.Error.Reason}. Restore them, or set {KafkaEventLogOptions.Section}:SkipLost=true to go on with what is there.");
        }
    }

    private void Add(ConsumeResult<Ignore, byte[]> result)
    {
        var (partition, offset) = (result.Partition.Value, result.Offset.Value);
        if (_open.IsOpen && _run.Partition != partition)
        {
            End();
        }

        var value = result.Message.Value ?? [];
        if (!_open.TryAdd(value, out var isForeign) && !isForeign)
        {
            End();
            _open.TryAdd(value, out isForeign);
        }

        if (isForeign)
        {
            Warn(partition, offset);
            Pass(partition, offset + 1);
            return;
        }

        _run = _begun ? (partition, _run.Offset, offset + 1) : (partition, offset, offset + 1);
        _begun = true;
        _next[partition] = offset + 1;
    }

    /// <summary>Ends the open record.</summary>
    private void End()
    {
        if (!_open.IsOpen)
        {
            return;
        }

        var payload = _open.Finish();
        _found.Add((_run.Partition, _run.Offset, _run.Next, _payloads.WrittenCount, payload.Length));
        _payloads.Write(payload);
        _begun = false;
    }

    /// <summary>Goes on behind what is no record.</summary>
    private void Pass(int partition, long next)
    {
        if (next > _next[partition])
        {
            _next[partition] = next;
            _moved = true;
        }
    }

    private void Warn(int partition, long offset)
    {
        _foreign++;
        KafkaMetrics.Foreign();
        if (_warned == 0 || _time.GetElapsedTime(_warned) > BetweenWarnings)
        {
            _warned = _time.GetTimestamp();
            _logger.Foreign(offset, partition, _foreign);
        }
    }
}
