using Headroom.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headroom.Store;

/// <summary>Follows the catalog in a process that only reads: asks some four times a second whether anything was committed, and takes it in.</summary>
internal sealed partial class Follower(SegmentStore store, TimeProvider time, ILogger<Follower> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var follows = true;
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Task.Run(() => store.CatchUp(), stoppingToken);
                if (!follows)
                {
                    LogFollows(logger);
                    follows = true;
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                if (follows)
                {
                    LogFailed(logger, e);
                    follows = false;
                }
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The catalog cannot be followed, so that answers lack what was stored since; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "The catalog is followed again")]
    private static partial void LogFollows(ILogger logger);
}
