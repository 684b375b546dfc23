using Headroom.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headroom.Store;

/// <summary>Compares the object store with the catalog at the start and daily, see <see cref="FileCache.CollectAsync"/>.</summary>
internal sealed partial class OrphanCollector(SegmentStore store, TimeProvider time, ILogger<OrphanCollector> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromDays(1);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var pause = Interval;
            try
            {
                await store.CollectAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(logger, e);
                pause = RetryAfter;
            }

            await Task.Delay(pause, time, stoppingToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The object storage could not be compared with the catalog; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception cause);
}
