using System.Data.Common;
using Microsoft.Extensions.Hosting;

namespace Headroom.App.Shared.Control;

/// <summary>
/// Makes the control data ready before any other part starts, then watches for changes of other processes and sees to it that
/// no salt outlives its time where no visitor comes. Twice a second asks for the version of the data only.
/// </summary>
internal sealed class ControlUpkeep(ControlDatabase database, ControlDirectory directory, VisitorSalts salts, TimeProvider time)
    : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await database.PrepareAsync(cancellationToken);
        await directory.ReloadAsync(cancellationToken);
        salts.Keep();
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _watching = WatchAsync(_stopping.Token);
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _watching;
    }

    public void Dispose() => _stopping.Dispose();

    private void TurnSalts()
    {
        try
        {
            salts.Keep();
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            // The next tick tries again, and the directory's health says what is the matter.
        }
    }

    private async Task WatchAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                await directory.TryReloadAsync(stopping);
                TurnSalts();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The process is stopping.
        }
    }
}
