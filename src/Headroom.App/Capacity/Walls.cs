using Headroom.App.Capacity.Measuring;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Capacity;

/// <summary>When each flow meets its wall, looked at again every hour: history changes no faster.</summary>
internal sealed class Walls(MeasureStore store, TimeProvider time, ILogger<Walls> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private DateTimeOffset _next = DateTimeOffset.MinValue;

    public IReadOnlyList<WallForecast> Current { get; private set; } = [];

    public async Task RefreshAsync(CapacityReport report, CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() < _next)
        {
            return;
        }

        _next = time.GetUtcNow() + Interval;
        try
        {
            var walls = new List<WallForecast>();
            foreach (var flow in report.Flows)
            {
                if (flow is { Ceiling: { } ceiling, Binding: { } binding })
                {
                    var resource = flow.Flow switch { Flow.Ingest => ResourceNames.CaptureCpu, Flow.Queries => ResourceNames.QueryCpu, _ => ResourceNames.DiskSpace };
                    var days = await store.DaysAsync(resource, flow.Flow == Flow.Storage, cancellationToken);
                    walls.Add(new WallForecast(flow.Flow, binding, ceiling.Value, null, null, null, 0, [.. days.Select(static d => new ForecastDay(d.Day, d.Load, d.Load, d.Load, false))], "7 days of history are needed."));
                }
            }

            Current = walls;
        }
        catch (Exception e) when (e is QueryRefusedException or DataDamagedException or IOException)
        {
            CapacityLog.NoHistory(logger, e);
        }
    }
}
