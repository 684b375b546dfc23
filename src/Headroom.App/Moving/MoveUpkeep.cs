using Headroom.Core;
using Microsoft.Extensions.Hosting;

namespace Headroom.App.Moving;

/// <summary>
/// In a process that something is moved to: lets the store begin behind what a log already had, and keeps the log from removing what a
/// rollback would need until the move is confirmed.
/// </summary>
internal sealed class MoveUpkeep(MovingPlace place, IEventLog log, IEventStore store, TimeProvider time) : BackgroundService, IHostedLifecycleService
{
    private const string Consumer = "move";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (MoveArrival.Own is { IsEmpty: true } && store.Committed == default)
        {
            var end = log.End;
            if (end != default)
            {
                using var batch = store.BeginBatch();
                await batch.CommitAsync(end, cancellationToken);
            }

            MoveMarks.SetPin(place.DataDirectory, end);
        }

        if (MoveMarks.FindPin(place.DataDirectory) is { } pin)
        {
            log.Release(Consumer, pin);
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (MoveMarks.FindPin(place.DataDirectory) is null)
        {
            return;
        }

        // A consumer that has released once is waited for as long as the process lives.
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                log.Release(Consumer, MoveMarks.FindPin(place.DataDirectory) ?? store.Committed);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process is stopping.
        }
    }
}
