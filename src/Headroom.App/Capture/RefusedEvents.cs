using System.Collections.Concurrent;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Capture;

/// <summary>
/// Puts wholly refused requests into the ledger: sums them by project and, once a second, appends one record without
/// events for each project that has any. Hostile traffic thus costs the log at most one small record a second.
/// </summary>
internal sealed class RefusedEvents(IEventLog log, WaitingEvents waiting, TimeProvider time, ILogger<RefusedEvents> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<ProjectId, int> _counts = new();

    public void Add(ProjectId project, int events) => _counts.AddOrUpdate(
        project, static (_, more) => more, static (_, sum, more) => (int)Math.Min(int.MaxValue, (long)sum + more), events);

    /// <summary>Appends what is due; what the log does not take stays for the next time.</summary>
    public async Task FlushAsync()
    {
        foreach (var project in _counts.Keys)
        {
            if (!_counts.TryRemove(project, out var count))
            {
                continue;
            }

            using var record = new EventBatchWriter();
            record.Reset(project, UnixMicros.From(time.GetUtcNow()), default, default);
            record.Reject(count);
            var result = await log.AppendAsync(record.Finish(), CancellationToken.None);
            if (result.Status == LogAppendStatus.Durable)
            {
                waiting.Add(project, count);
            }
            else
            {
                Add(project, count);
                logger.RefusedNotWritten(result.Reason ?? "no reason given");
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await FlushAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await FlushAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping; StopAsync writes the rest.
        }
    }
}
