using System.Collections.Concurrent;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Capture;

/// <summary>
/// Puts wholly refused requests into the ledger: sums their events by project and, once a second, appends one record
/// without events for each project that has any. Hostile traffic thus costs the log at most one small record a second.
/// What the log does not take stays counted and is tried again, ever more rarely up to a bound.
/// </summary>
internal sealed class RefusedEvents(IEventLog log, WaitingEvents waiting, TimeProvider time, ILogger<RefusedEvents> logger) : BackgroundService
{
    private static readonly TimeSpan UsualPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<ProjectId, long> _counts = new();

    public void Add(ProjectId project, long events) =>
        _counts.AddOrUpdate(project, static (_, more) => more, static (_, sum, more) => sum + more, events);

    /// <summary>Appends what is due; false when the log did not take it, whereupon all of it is still due.</summary>
    public async ValueTask<bool> TryFlushAsync()
    {
        foreach (var project in _counts.Keys)
        {
            if (!_counts.TryRemove(project, out var due))
            {
                continue;
            }

            var count = (int)Math.Min(due, int.MaxValue);
            var failure = await AppendAsync(project, count);
            if (failure is not null)
            {
                Add(project, due);
                logger.RefusedNotWritten(failure);
                return false;
            }

            waiting.Acknowledged(project, count);
            if (due > count)
            {
                Add(project, due - count);
            }
        }

        return true;
    }

    internal static TimeSpan NextPause(TimeSpan pause, bool isFlushed) =>
        isFlushed ? UsualPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (!await TryFlushAsync())
        {
            logger.RefusedLost(_counts.Values.Sum());
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(UsualPause, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var pause = NextPause(timer.Period, await TryFlushAsync());
                if (pause != timer.Period)
                {
                    timer.Period = pause;
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping; StopAsync writes the rest.
        }
    }

    /// <summary>Null when the count is on disk, else why not.</summary>
    private async ValueTask<string?> AppendAsync(ProjectId project, int count)
    {
        using var record = new EventBatchWriter();
        record.Reset(project, UnixMicros.From(time.GetUtcNow()), default, default);
        record.Reject(count);
        try
        {
            var result = await log.AppendAsync(record.Finish(), CancellationToken.None);
            return result.Status == LogAppendStatus.Durable ? null : result.Reason ?? "no reason given";
        }
        catch (Exception e)
        {
            // Whatever it is, a statistic must neither be lost for it nor end the host.
            return e.Message;
        }
    }
}
