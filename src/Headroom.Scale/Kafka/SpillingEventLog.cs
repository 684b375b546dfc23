// What the brokers do not take within their time, or are known not to take, goes into another log, on this machine's disk, and is answered from it. From
// then on everything does, so that nobody waits for brokers that are away, until all of the spill was given to them in its order.
// The spill is released part by part as they take it (SpillPlace.cs); a process that dies in between gives the last part again, and
// it is dropped by its uuids. Where the spill is full or fails, the append is refused, and clients send again.

using System.Globalization;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Scale.Kafka;

/// <summary>A log with another one that stands in for it while it takes nothing. Owns both.</summary>
internal sealed class SpillingEventLog : IEventLog
{
    private const string Consumer = "forwarder";
    private const int ReadBytes = 1 << 20;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);
    private readonly IEventLog _log;
    private readonly IEventLog _spill;
    private readonly SpillPlace _place;
    private readonly Action<ReadOnlySpan<byte>> _left;
    private readonly long _leftEnd;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _forwarding;
    private long _forwarded;
    private int _appending;
    private long _leftTold;
    private long _records;
    private volatile Trouble? _trouble;
    private int _disposed;

    /// <param name="spill">Of one partition. What it holds behind its place, of a process before, is given to the log first.</param>
    /// <param name="left">Told each record of those before the log is given it, once.</param>
    public SpillingEventLog(IEventLog log, IEventLog spill, SpillPlace place, Action<ReadOnlySpan<byte>> left, TimeProvider time, ILogger logger)
    {
        (_log, _spill, _place, _left, _time, _logger) = (log, spill, place, left, time, logger);

        // A spill that was deleted begins anew, with a place behind its end.
        _forwarded = place.Read() is var given && given <= spill.End[0] ? Math.Max(given, spill.First[0]) : spill.First[0];
        (_leftTold, _leftEnd) = (_forwarded, spill.End[0]);
        if (!IsSettled)
        {
            _trouble = new Trouble("What a process before could not give to Kafka is given to it now", time.GetUtcNow());
        }

        KafkaMetrics.Add(this);
        _forwarding = Task.Run(ForwardAsync);
    }

    public LogPosition End => _log.End;

    public LogPosition Opened => _log.Opened;

    public LogPosition First => _log.First;

    public TimeSpan? LongestKept => _log.LongestKept;

    public bool MayRepeat => true;

    public bool IsSettled => Volatile.Read(ref _appending) == 0 && Interlocked.Read(ref _forwarded) >= _spill.End[0];

    public LogHealth Health
    {
        get
        {
            var (log, spill) = (_log.Health, _spill.Health);
            if (_trouble is not { } trouble)
            {
                // The spill takes what the log does not.
                return spill.Problem is null ? log with { Writable = log.Writable || spill.Writable } : spill;
            }

            return new LogHealth(spill.Writable, spill.Problem ?? string.Create(CultureInfo.InvariantCulture,
                $"{trouble.Reason}. Events are acknowledged and kept in the spill, {WaitingBytes} bytes so far, and given to Kafka by themselves when it takes them."),
                trouble.Since, spill.Bytes, StandsIn: spill is { Writable: true, Problem: null });
        }
    }

    /// <summary>Bytes of the spill that were not given to the log yet.</summary>
    internal long WaitingBytes => Math.Max(0, _spill.End[0] - Interlocked.Read(ref _forwarded));

    public async ValueTask<LogAppend> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    {
        if (IsDirect() && await _log.AppendAsync(record, cancellationToken) is var answer)
        {
            if (answer.Status != LogAppendStatus.Unavailable)
            {
                return answer;
            }

            Begin(answer.Reason);
        }

        Interlocked.Increment(ref _appending);
        try
        {
            return Spilled(await _spill.AppendAsync(record, cancellationToken));
        }
        finally
        {
            Interlocked.Decrement(ref _appending);
        }
    }

    public async ValueTask<LogAppend> AppendAllAsync(IReadOnlyList<ReadOnlyMemory<byte>> records, CancellationToken cancellationToken)
    {
        if (IsDirect() && await _log.AppendAllAsync(records, cancellationToken) is var answer)
        {
            if (answer.Status != LogAppendStatus.Unavailable)
            {
                return answer;
            }

            Begin(answer.Reason);
        }

        Interlocked.Increment(ref _appending);
        try
        {
            return Spilled(await _spill.AppendAllAsync(records, cancellationToken));
        }
        finally
        {
            Interlocked.Decrement(ref _appending);
        }
    }

    public ILogReader OpenReader(LogPosition position) => _log.OpenReader(position);

    public void Release(string consumer, LogPosition position) => _log.Release(consumer, position);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        KafkaMetrics.Remove(this);
        await _stop.CancelAsync();
        await _forwarding;
        await _log.DisposeAsync();
        await _spill.DisposeAsync();
        _stop.Dispose();
    }

    private static LogAppend Spilled(LogAppend answer)
    {
        if (answer.Status != LogAppendStatus.Durable)
        {
            return answer;
        }

        KafkaMetrics.Spill();
        return answer with { Offset = 0 };
    }

    /// <summary>Whether an append is to be tried at the log. One that is known to take none is not waited for.</summary>
    private bool IsDirect()
    {
        if (_trouble is null && _log.Health is { Writable: false } health)
        {
            Begin(health.Problem);
        }

        return _trouble is null;
    }

    private void Begin(string? reason)
    {
        if (Interlocked.CompareExchange(ref _trouble, new Trouble((reason ?? "no reason").TrimEnd('.'), _time.GetUtcNow()), null) is null)
        {
            _logger.Spilling(reason ?? "no reason");
        }
    }

    private async Task ForwardAsync()
    {
        var failures = 0;
        while (true)
        {
            try
            {
                using var reader = _spill.OpenReader(Interlocked.Read(ref _forwarded));
                while (true)
                {
                    var records = reader.TryRead(ReadBytes);
                    if (records.Count == 0)
                    {
                        Emptied();
                        records = await reader.ReadAsync(ReadBytes, _stop.Token);
                    }

                    TellLeft(records);

                    // All at once, or the one after the other would wait for the answer of each; in the order of their appends either way.
                    var answer = await _log.AppendAllAsync([.. records.Select(static record => record.Payload)], _stop.Token);
                    if (answer.Status == LogAppendStatus.Unavailable)
                    {
                        break;
                    }

                    if (answer.Status == LogAppendStatus.TooLarge)
                    {
                        await OneByOneAsync(records);
                    }

                    failures = 0;
                    _records += records.Count;
                    KafkaMetrics.Forward(records.Count);
                    _place.Write(records[^1].NextOffset);
                    Interlocked.Exchange(ref _forwarded, records[^1].NextOffset);
                    _spill.Release(Consumer, records[^1].NextOffset);
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                _logger.ForwardFailed(e);
            }

            var delay = FirstRetry * Math.Pow(2, Math.Min(failures++, 10));
            try
            {
                await Task.Delay(delay < LongestRetry ? delay : LongestRetry, _time, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void TellLeft(IReadOnlyList<LogRecord> records)
    {
        for (var i = 0; i < records.Count && records[i].Offset < _leftEnd; i++)
        {
            if (records[i].Offset >= _leftTold)
            {
                _left(records[i].Payload.Span);
                _leftTold = records[i].NextOffset;
            }
        }
    }

    /// <summary>One that is too large for the brokers keeps none of the others back.</summary>
    private async Task OneByOneAsync(IReadOnlyList<LogRecord> records)
    {
        foreach (var record in records)
        {
            LogAppend answer;
            while ((answer = await _log.AppendAsync(record.Payload, _stop.Token)).Status == LogAppendStatus.Unavailable)
            {
                await Task.Delay(FirstRetry, _time, _stop.Token);
            }

            if (answer.Status == LogAppendStatus.TooLarge)
            {
                _logger.SpillDropped(answer.Reason ?? "too large");
            }
        }
    }

    /// <summary>All was given: what comes now goes the direct way. An append that is on its way into the spill is given when it is there.</summary>
    private void Emptied()
    {
        if (_trouble is { } trouble && Volatile.Read(ref _appending) == 0)
        {
            _trouble = null;
            _logger.SpillEmpty(_records, (_time.GetUtcNow() - trouble.Since).TotalSeconds);
            _records = 0;
        }
    }

    private sealed record Trouble(string Reason, DateTimeOffset Since);
}
