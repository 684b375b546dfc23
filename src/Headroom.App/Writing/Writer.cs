// The loop from the log to the store.
//
// A batch is a run of log records that commits as a whole, with the offset after its last record. Whatever goes wrong,
// the batch is dropped without a trace, everything in memory that is not in the store is forgotten, and reading begins
// again at the committed offset: the log has what the batch had.

using System.Diagnostics;
using System.Text.Json;
using Headroom.App.Shared;
using Headroom.App.Writing.Identity;
using Headroom.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Writing;

internal sealed partial class Writer(
    IEventLog log, IEventStore store, EventDecoder decoder, WriterMemory memory, WaitingEvents waiting, LiveFeed live,
    IOptions<WritingOptions> settings, TimeProvider time, ILogger<Writer> logger) : BackgroundService, IHealthSource
{
    private const string Consumer = "writer";
    private readonly WritingOptions _options = settings.Value;
    private readonly HashSet<long> _poison = [];
    private long _startEnd;
    private long _oldestWaiting;
    private long _lastCommit;
    private volatile Failure? _failure;
    private TimeSpan _retryDelay;

    /// <summary>The Writer's word on itself: failing, behind, or well.</summary>
    public PartHealth Health
    {
        get
        {
            if (_failure is { } failure)
            {
                return new PartHealth("writer", false, failure.Detail, failure.Since);
            }

            var oldest = Interlocked.Read(ref _oldestWaiting);
            if (oldest != 0 && UnixMicros.From(time.GetUtcNow()) - oldest > _options.BehindAfter.Ticks / TimeSpan.TicksPerMicrosecond)
            {
                return new PartHealth("writer", false, "The Writer is behind: events wait to be stored. It catches up when less arrives or more processor time is free.", UnixMicros.ToInstant(oldest));
            }

            return new PartHealth("writer", true, null, null);
        }
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Taken before requests are answered: what Capture appends from now on it counts itself.
        _startEnd = log.EndOffset;
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var counted = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var oldest = counted ? UnixMicros.From(time.GetUtcNow()) : CountWaiting();
                counted = true;
                using var reader = log.OpenReader(store.CommittedOffset);
                await memory.RestoreAsync(oldest - (_options.SessionIdle.Ticks / TimeSpan.TicksPerMicrosecond), stoppingToken);
                while (true)
                {
                    await WriteBatchAsync(reader, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (PoisonException poison)
            {
                _poison.Add(poison.Offset);
                LogPoison(logger, poison.Offset, poison.InnerException!);
            }
            catch (Exception problem)
            {
                await WaitAfterAsync(problem, stoppingToken);
            }

            decoder.Clear();
            memory.Clear();
        }
    }

    private async Task WriteBatchAsync(ILogReader reader, CancellationToken cancellationToken)
    {
        using var batch = store.BeginBatch();
        decoder.Begin(batch);
        var records = await reader.ReadAsync(_options.ReadBytes, cancellationToken);
        var started = time.GetTimestamp();
        var oldest = ReceivedAt(records[0]);
        Interlocked.Exchange(ref _oldestWaiting, oldest);
        long next = 0;
        var decodeTime = TimeSpan.Zero;
        while (true)
        {
            if (records.Count > 0)
            {
                var decoding = Stopwatch.GetTimestamp();
                Decode(records);
                next = records[^1].NextOffset;
                decodeTime += Stopwatch.GetElapsedTime(decoding);
            }

            if (IsFull() || time.GetElapsedTime(started) >= AgeLimit(oldest))
            {
                break;
            }

            records = reader.TryRead(_options.ReadBytes);
            if (records.Count > 0)
            {
                continue;
            }

            var left = _options.CommitInterval - time.GetElapsedTime(_lastCommit);
            if (left <= TimeSpan.Zero)
            {
                break;
            }

            await Task.Delay(left, time, cancellationToken);
            records = reader.TryRead(_options.ReadBytes);
            if (records.Count == 0)
            {
                break;
            }
        }

        WritingMetrics.DecodeSeconds.Record(decodeTime.TotalSeconds);
        await CommitAsync(batch, next, oldest, cancellationToken);
    }

    private void Decode(IReadOnlyList<LogRecord> records)
    {
        for (var i = 0; i < records.Count; i++)
        {
            var record = records[i];
            if (_poison.Contains(record.Offset))
            {
                decoder.Skip(record.Payload.Span);
                WritingMetrics.PoisonRecords.Add(1);
                continue;
            }

            try
            {
                decoder.Decode(record.Payload);
            }
            catch (Exception problem) when (problem is JsonException or InvalidDataException or ArgumentException or InvalidOperationException or IndexOutOfRangeException)
            {
                throw new PoisonException(record.Offset, problem);
            }
        }

        decoder.ResolvePersons();
    }

    private async Task CommitAsync(IStoreBatch batch, long next, long oldest, CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("writer commit");
        var committing = Stopwatch.GetTimestamp();
        long rows = 0;
        foreach (var project in decoder.Projects)
        {
            batch.Count(project.Id, project.Received, project.Rejected, project.Duplicates);
            rows += project.Rows.Count;
        }

        memory.Persons.Write(batch.Identities);
        Publish();
        await batch.CommitAsync(next, cancellationToken);
        _lastCommit = time.GetTimestamp();
        _failure = null;
        _retryDelay = TimeSpan.Zero;
        log.Release(Consumer, next);
        foreach (var project in decoder.Projects)
        {
            waiting.Add(project.Id, -project.Received);
            WritingMetrics.Events.Add(project.Received - project.Rejected - project.Duplicates, WritingMetrics.Outcome("stored"));
            WritingMetrics.Events.Add(project.Duplicates, WritingMetrics.Outcome("duplicate"));
            WritingMetrics.Events.Add(project.Rejected, WritingMetrics.Outcome("rejected"));
        }

        memory.Committed();
        _poison.RemoveWhere(offset => offset < next);
        Interlocked.Exchange(ref _oldestWaiting, 0);
        span?.SetTag("rows", rows);
        WritingMetrics.BatchRows.Record(rows);
        WritingMetrics.CommitSeconds.Record(Stopwatch.GetElapsedTime(committing).TotalSeconds);
        WritingMetrics.LagSeconds.Record(Math.Max(0, UnixMicros.From(time.GetUtcNow()) - oldest) / 1e6);
    }

    /// <summary>Shows the newest rows to who watches. Before the commit, because it gives the rows' memory back.</summary>
    private void Publish()
    {
        foreach (var project in decoder.Projects)
        {
            if (live.HasWatchers(project.Id))
            {
                LiveRows.Publish(live, project);
            }
        }
    }

    private bool IsFull()
    {
        long rows = 0;
        long bytes = 0;
        foreach (var project in decoder.Projects)
        {
            rows += project.Rows.Count;
            bytes += project.Rows.TextBytes;
        }

        return rows >= _options.MaxBatchRows || bytes >= _options.MaxBatchBytes;
    }

    /// <summary>Behind, a batch grows to its size: larger batches cost less for each event.</summary>
    private TimeSpan AgeLimit(long oldest)
    {
        var lag = TimeSpan.FromMicroseconds(UnixMicros.From(time.GetUtcNow()) - oldest);
        return lag > _options.MaxBatchAge * 3 ? TimeSpan.FromSeconds(5) : _options.MaxBatchAge;
    }

    /// <summary>Counts what the log has and the store has not; returns when the oldest of it arrived, or now.</summary>
    private long CountWaiting()
    {
        var oldest = UnixMicros.From(time.GetUtcNow());
        using var reader = log.OpenReader(store.CommittedOffset);
        while (true)
        {
            var records = reader.TryRead(_options.ReadBytes);
            foreach (var record in records)
            {
                if (record.Offset >= _startEnd)
                {
                    return oldest;
                }

                try
                {
                    var batch = new EventBatchReader(record.Payload.Span);
                    waiting.Add(batch.Project, batch.Count + batch.Rejected);
                    oldest = Math.Min(oldest, batch.ReceivedAt);
                }
                catch (InvalidDataException)
                {
                    // Met again, and reported, when it is decoded.
                    continue;
                }
            }

            if (records.Count == 0)
            {
                return oldest;
            }
        }
    }

    private async Task WaitAfterAsync(Exception problem, CancellationToken cancellationToken)
    {
        _failure = new Failure(problem.Message, _failure?.Since ?? time.GetUtcNow());
        WritingMetrics.Failures.Add(1);
        var doubled = _retryDelay == TimeSpan.Zero ? TimeSpan.FromMilliseconds(100) : _retryDelay * 2;
        _retryDelay = doubled < _options.MaxRetryDelay ? doubled : _options.MaxRetryDelay;
        LogFailure(logger, _retryDelay.TotalMilliseconds, problem);
        try
        {
            await Task.Delay(_retryDelay, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Stopping; the loop's condition ends it.
            return;
        }
    }

    private long ReceivedAt(in LogRecord record)
    {
        try
        {
            return new EventBatchReader(record.Payload.Span).ReceivedAt;
        }
        catch (InvalidDataException)
        {
            return UnixMicros.From(time.GetUtcNow());
        }
    }

    private sealed record Failure(string Detail, DateTimeOffset Since);

    private sealed class PoisonException(long offset, Exception cause) : Exception("A log record cannot be decoded.", cause)
    {
        public long Offset => offset;
    }
}
