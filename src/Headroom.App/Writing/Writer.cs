// Log → store, exactly once. A batch, its counts and the place from which to go on commit together; whatever fails
// before that is dropped, and the Writer begins again from the store's committed place with empty memory. That one
// way back serves a crash, an unavailable store and a bug alike, and the log holds everything until it worked.

using System.Diagnostics;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Writing;

/// <summary>Consumes the event log into the event store. One in the whole installation.</summary>
internal sealed partial class Writer(
    IEventLog log,
    IEventStore store,
    BatchBuilder builder,
    WaitingEvents waiting,
    WriterPauses pauses,
    LiveFeed live,
    IOptions<WritingOptions> options,
    TimeProvider time,
    ILogger<Writer> logger) : BackgroundService, IHealthSource
{
    private const string Consumer = "writer";
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestNap = TimeSpan.FromMilliseconds(25);
    private readonly WritingOptions _options = options.Value;
    private bool _tailCounted;
    private int _failures;
    private volatile Failure? _failure;
    private volatile bool _ended;
    private long _workingSince;
    private long _oldestWaiting = long.MaxValue;

    public PartHealth Health
    {
        get
        {
            if (_ended)
            {
                return new PartHealth(Consumer, false, "The Writer has stopped; acknowledged events wait in the log. Restart the process.", null);
            }

            if (_failure is { } failure)
            {
                return new PartHealth(Consumer, false, $"{failure.Reason} Events wait in the log; the Writer tries again by itself.", failure.Since);
            }

            var oldest = Interlocked.Read(ref _oldestWaiting);
            var since = Interlocked.Read(ref _workingSince);
            var now = UnixMicros.From(time.GetUtcNow());
            var began = Math.Min(oldest, since == 0 ? long.MaxValue : since);
            var lag = began == long.MaxValue ? TimeSpan.Zero : TimeSpan.FromMicroseconds(now - began);
            return lag > _options.BehindAfter
                ? new PartHealth(Consumer, false,
                    $"The Writer is {lag.TotalSeconds:F0} s behind: events are acknowledged and safe, but show late.", UnixMicros.ToInstant(began))
                : new PartHealth(Consumer, true, null, null);
        }
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        WritingMetrics.Observe(_options);
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(() => LoopAsync(stoppingToken), CancellationToken.None, TaskCreationOptions.DenyChildAttach, LongWork.Scheduler).Unwrap();

    /// <summary>What it awaits goes on on the threads of long work, where it was begun.</summary>
    private async Task LoopAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    await RunAsync(stoppingToken);
                }
                catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
                {
                    break;
                }
                catch (Exception e)
                {
                    var delay = Failed(e);
                    await Task.Delay(delay, time, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping while it waited to try again.
        }
        finally
        {
            _ended = true;
        }
    }

    /// <summary>Goes on from the store's state until something fails, or until a pause, after which the state is another.</summary>
    private async Task RunAsync(CancellationToken cancellationToken)
    {
        builder.Reset();
        waiting.ReadAgain();
        var at = store.Committed;
        var oldestUnread = Math.Min(await CountTailAsync(at, cancellationToken), Interlocked.Read(ref _oldestWaiting));
        using var reader = log.OpenReader(at);
        // What a restart finds done may be removed, and is no lag.
        log.Release(Consumer, at);
        LogStarted(logger, at, log.End);
        var restored = false;
        var lastCommit = 0L;
        var lagging = false;
        while (true)
        {
            // In this order: what is added after it was looked for ends the wait below.
            var added = pauses.Added;
            var records = reader.TryRead(_options.ReadBytes);
            if (pauses.Any && (records.Count == 0 ? reader.Position : Before(at, records[0])) is var before && pauses.IsDue(before))
            {
                pauses.Run(before);
                return;
            }

            if (records.Count == 0)
            {
                if (!at.Reaches(reader.Position))
                {
                    // What is no record is not to be read again, and is not waited for.
                    at = await SkipAsync(reader.Position, cancellationToken);
                    continue;
                }

                Interlocked.Exchange(ref _workingSince, 0);
                Interlocked.Exchange(ref _oldestWaiting, long.MaxValue);
                lagging = false;
                records = await WaitAsync(reader, added, cancellationToken);
                if (records.Count == 0)
                {
                    continue;
                }
            }

            Interlocked.Exchange(ref _workingSince, UnixMicros.From(time.GetUtcNow()));
            if (!restored)
            {
                // Only now: what nobody goes on with ends meanwhile, and a server without events does without the memory.
                await RestoreAsync(oldestUnread, cancellationToken);
                restored = true;
            }

            using var span = Telemetry.Source.StartActivity("writer batch");
            using var batch = store.BeginBatch();
            builder.Begin(batch);
            var next = await FillAsync(reader, at, records, lastCommit, lagging, cancellationToken);
            if (next == at)
            {
                // A pause came up right before the first of them.
                return;
            }

            await CommitAsync(batch, at, next, cancellationToken);
            at = next;
            if (pauses.IsDue(next))
            {
                pauses.Run(next);
                return;
            }

            lastCommit = time.GetTimestamp();
            lagging = UnixMicros.From(time.GetUtcNow()) - builder.NewestReceivedAt > 2 * Micros(_options.MaxBatchAge);
        }
    }

    private async Task RestoreAsync(long oldestUnread, CancellationToken cancellationToken)
    {
        var now = UnixMicros.From(time.GetUtcNow());
        var since = Math.Max(
            Math.Min(now, oldestUnread) - (2 * Micros(_options.SessionIdle)), now - Micros(TimeSpan.FromHours(24)));
        var sessions = await store.ReadOpenSessionsAsync(since, builder, cancellationToken);
        builder.Restored();
        LogRestored(logger, sessions);
    }

    /// <summary>The place right before a record, when everything before <paramref name="at"/> was taken.</summary>
    private static LogPosition Before(LogPosition at, LogRecord record) => at.With(record.Partition, record.Offset);

    private async ValueTask<LogPosition> SkipAsync(LogPosition next, CancellationToken cancellationToken)
    {
        using var batch = store.BeginBatch();
        await batch.CommitAsync(next, cancellationToken);
        log.Release(Consumer, next);
        return next;
    }

    /// <summary>Waits for records; none where a pause was added first, or only the reader's position has moved.</summary>
    private async ValueTask<IReadOnlyList<LogRecord>> WaitAsync(ILogReader reader, CancellationToken added, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(added, cancellationToken);
        try
        {
            return await reader.ReadAsync(_options.ReadBytes, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return [];
        }
    }

    /// <summary>Adds records until the batch is due or a pause is; returns the place after the last.</summary>
    private async ValueTask<LogPosition> FillAsync(
        ILogReader reader, LogPosition at, IReadOnlyList<LogRecord> records, long lastCommit, bool lagging, CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("writer read");
        var began = time.GetTimestamp();
        var decoding = TimeSpan.Zero;
        var read = 0L;
        var next = at;
        var paused = false;
        while (true)
        {
            if (records.Count > 0)
            {
                var start = time.GetTimestamp();
                var taken = 0;
                while (taken < records.Count && !(pauses.Any && pauses.IsDue(BeforeOf(next, records, taken))))
                {
                    if (waiting.CountsWhatIsRead && TryReadHeader(records[taken].Payload.Span, out var project, out var events, out _))
                    {
                        waiting.Read(project, events);
                    }

                    builder.Add(records[taken]);
                    taken++;
                }

                read += taken;
                paused = taken < records.Count;
                next = paused ? After(next, records, taken) : reader.Position;
                decoding += time.GetElapsedTime(start);
                Interlocked.Exchange(ref _oldestWaiting, builder.OldestReceivedAt);
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (paused || builder.Rows >= _options.MaxBatchRows || builder.TextBytes >= _options.MaxBatchBytes ||
                (!lagging && time.GetElapsedTime(began) >= _options.MaxBatchAge))
            {
                break;
            }

            records = reader.TryRead(_options.ReadBytes);
            if (records.Count == 0)
            {
                var rest = lastCommit == 0 ? TimeSpan.Zero : _options.CommitInterval - time.GetElapsedTime(lastCommit);
                if (rest <= TimeSpan.Zero)
                {
                    break;
                }

                await Task.Delay(rest < LongestNap ? rest : LongestNap, time, cancellationToken);
                records = reader.TryRead(_options.ReadBytes);
            }
        }

        WritingMetrics.DecodeSeconds.Record(decoding.TotalSeconds);
        span?.SetTag("headroom.log.records", read).SetTag("headroom.writer.decode_seconds", decoding.TotalSeconds);
        return next;
    }

    /// <summary>The place when so many of the records that begin at <paramref name="at"/> were taken.</summary>
    private static LogPosition After(LogPosition at, IReadOnlyList<LogRecord> records, int taken)
    {
        for (var i = 0; i < taken; i++)
        {
            at = at.With(records[i].Partition, records[i].NextOffset);
        }

        return at;
    }

    /// <summary>The place right before a record, when those before it were taken.</summary>
    private static LogPosition BeforeOf(LogPosition at, IReadOnlyList<LogRecord> records, int index) =>
        Before(at.Partitions == 1 ? at : After(at, records, index), records[index]);

    private async ValueTask CommitAsync(IStoreBatch batch, LogPosition from, LogPosition next, CancellationToken cancellationToken)
    {
        using var activity = Telemetry.Source.StartActivity("writer commit");
        var start = time.GetTimestamp();
        builder.Finish();
        List<(ProjectId Project, List<LiveEvent> Events)>? watched = null;
        long stored = 0;
        foreach (var project in builder.Active)
        {
            stored += project.Rows.Count;
            if (live.HasWatchers(project.Id))
            {
                (watched ??= []).Add((project.Id, LiveRows.Of(project)));
            }
        }

        activity?.SetTag("rows", stored);
        await batch.CommitAsync(next, cancellationToken);
        waiting.Traces.Link(activity, from, next);
        builder.Committed();
        log.Release(Consumer, next);
        if (Interlocked.Exchange(ref _failures, 0) > 0)
        {
            _failure = null;
            LogRecovered(logger);
        }

        long rejected = 0;
        long duplicates = 0;
        foreach (var project in builder.Active)
        {
            waiting.Committed(project.Id, project.Received);
            rejected += project.Rejected;
            duplicates += project.Duplicates;
        }

        if (watched is not null)
        {
            using var publishing = Telemetry.Source.StartActivity("live publish");
            publishing?.SetTag("headroom.live.projects", watched.Count).SetTag("headroom.live.events", watched.Sum(static one => one.Events.Count));
            foreach (var (project, events) in watched)
            {
                foreach (var liveEvent in events)
                {
                    live.Publish(project, liveEvent);
                }
            }
        }

        WritingMetrics.Events.Add(stored, WritingMetrics.Outcome("stored"));
        WritingMetrics.Events.Add(rejected, WritingMetrics.Outcome("rejected"));
        WritingMetrics.Events.Add(duplicates, WritingMetrics.Outcome("duplicate"));
        WritingMetrics.BatchRows.Record(stored);
        WritingMetrics.CommitSeconds.Record(time.GetElapsedTime(start).TotalSeconds);
        if (builder.OldestReceivedAt != long.MaxValue)
        {
            WritingMetrics.LagSeconds.Record((UnixMicros.From(time.GetUtcNow()) - builder.OldestReceivedAt) / 1e6);
        }
    }

    /// <summary>
    /// Counts, once, the events that were in the log and not in the store when the process started: what came later is counted by
    /// who appended it. Reads headers only. Returns when the oldest of them arrived, long.MaxValue for none.
    /// </summary>
    private async ValueTask<long> CountTailAsync(LogPosition at, CancellationToken cancellationToken)
    {
        var oldest = long.MaxValue;
        var tailEnd = log.Opened;
        if (_tailCounted || at.Reaches(tailEnd))
        {
            _tailCounted = true;
            return oldest;
        }

        var counts = new Dictionary<ProjectId, long>();
        using var reader = log.OpenReader(at);
        // What a restart finds done may be removed, and is no lag.
        log.Release(Consumer, at);
        while (!reader.Position.Reaches(tailEnd))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var records = reader.TryRead(_options.ReadBytes);
            if (records.Count == 0 && !reader.Position.Reaches(tailEnd))
            {
                records = await reader.ReadAsync(_options.ReadBytes, cancellationToken);
            }

            foreach (var record in records)
            {
                if (record.Offset >= tailEnd[record.Partition])
                {
                    continue;
                }

                if (TryReadHeader(record.Payload.Span, out var project, out var events, out var receivedAt))
                {
                    counts[project] = counts.GetValueOrDefault(project) + events;
                    oldest = Math.Min(oldest, receivedAt);
                }
            }
        }

        foreach (var (project, events) in counts)
        {
            waiting.Acknowledged(project, events);
        }

        _tailCounted = true;
        return oldest;
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> record, out ProjectId project, out long events, out long receivedAt)
    {
        (project, events, receivedAt) = (default, 0, 0);
        try
        {
            var header = new EventBatchReader(record);
            (project, events, receivedAt) = (header.Project, header.Count + (long)header.Rejected, header.ReceivedAt);
            return header is { Count: >= 0, Rejected: >= 0 } && project.Value > 0 && header.Count <= record.Length / 6;
        }
        catch (InvalidDataException)
        {
            // The Writer reports it when it comes to it.
            return false;
        }
    }

    private TimeSpan Failed(Exception e)
    {
        var failures = Interlocked.Increment(ref _failures);
        var delay = FirstRetryDelay * Math.Pow(2, Math.Min(failures - 1, 20));
        delay = delay > _options.MaxRetryDelay ? _options.MaxRetryDelay : delay;
        _failure = new Failure(e.Message, _failure?.Since ?? time.GetUtcNow());
        WritingMetrics.Failures.Add(1);
        if (e is StoreUnavailableException)
        {
            LogStoreUnavailable(logger, delay, e);
        }
        else
        {
            LogFailed(logger, store.Committed, delay, e);
        }

        return delay;
    }

    private static long Micros(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    private sealed record Failure(string Reason, DateTimeOffset Since);
}
