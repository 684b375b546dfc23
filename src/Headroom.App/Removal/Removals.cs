using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Removal;

/// <summary>
/// Keeps the store to what the projects' settings say: has what is too old removed when a day ends, when a setting changes, and every hour for what
/// came late; and follows the removals of persons.
/// </summary>
internal sealed class Removals(Deletions deletions, IProjectDirectory projects, IEventRemoval removal, TimeProvider time, ILogger<Removals> logger)
    : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Again = TimeSpan.FromHours(1);
    private readonly Dictionary<ProjectId, (long Before, DateTimeOffset AskedAt)> _asked = [];

    /// <summary>Events dated before this are older than so many days: the start of a day of the project.</summary>
    public static long Cutoff(ProjectInfo project, int days, DateTimeOffset now)
    {
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        return calendar.StartOf(calendar.DateOf(UnixMicros.From(now)).AddDays(-days));
    }

    public Task StartingAsync(CancellationToken cancellationToken) => deletions.RestoreAsync(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                try
                {
                    AskForOld();
                    await deletions.ObserveAsync(stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // The store has done or will do its part; what is to be written down of it is tried again.
                    RemovalLog.Failed(logger, e);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process is stopping.
        }
    }

    private void AskForOld()
    {
        var now = time.GetUtcNow();
        foreach (var project in projects.All)
        {
            if (project.RetentionDays is not { } days)
            {
                if (_asked.Remove(project.Id))
                {
                    removal.RemoveBefore(project.Id, null);
                }

                continue;
            }

            var before = Cutoff(project, days, now);
            if (!_asked.TryGetValue(project.Id, out var last) || last.Before != before || now - last.AskedAt >= Again)
            {
                _asked[project.Id] = (before, now);
                removal.RemoveBefore(project.Id, before);
            }
        }
    }
}
