using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Capacity.Measuring;

/// <summary>Measures a process that is apart, and leaves what it measured for the one with writer and jobs.</summary>
internal sealed class ReadingSender(
    ProcessReadings readings, CapacityFiles files, ProcessRoles roles, IOptions<CapacityOptions> options, TimeProvider time, ILogger<ReadingSender> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var seconds = options.Value.SampleSeconds;
        if (seconds == 0)
        {
            return;
        }

        using var own = new OwnReadings(time, files.Directory);
        var (process, run) = (MeasuredProcess.Own(roles, options.Value, files.Directory), Guid.NewGuid());
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(seconds), time);
        do
        {
            try
            {
                await readings.WriteAsync(new ProcessReading(process, run, seconds, own.Now()), stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                CapacityLog.NotMeasured(logger, seconds, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
