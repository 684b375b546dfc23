using Headroom.App.Capacity.Forecasting;
using Headroom.App.Capacity.Measuring;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Capacity;

/// <summary>When each flow meets its wall, looked at again every hour: history changes no faster.</summary>
internal sealed class Walls(MeasureStore store, TimeProvider time, ILogger<Walls> logger) : IWallSource
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Days of forecast that are shown.</summary>
    private const int DaysAhead = 180;
    private IReadOnlyList<Wall> _forOthers = [];
    private DateTimeOffset _next = DateTimeOffset.MinValue;

    public IReadOnlyList<WallForecast> Current
    {
        get;
        private set
        {
            field = value;
            _forOthers = [.. value.Select(static w => new Wall(CapacityReports.Words(w.Flow), w.Resource, w.Median, w.Early))];
        }
    } = [];

    IReadOnlyList<Wall> IWallSource.Walls => _forOthers;

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
                    var isStorage = flow.Flow == Flow.Storage;
                    var resource = flow.Flow switch { Flow.Ingest => ResourceNames.CaptureCpu, Flow.Queries => ResourceNames.QueryCpu, _ => ResourceNames.DiskSpace };
                    var days = await store.DaysAsync(resource, ResourceNames.Load(flow.Flow), isStorage, cancellationToken);
                    var forecast = isStorage ? LoadForecast.OfStorage(days) : LoadForecast.Of(days);
                    walls.Add(forecast.Report(flow.Flow, binding, ceiling, DaysAhead));
                }
            }

            Current = walls;
        }
        catch (Exception e) when (e is QueryRefusedException or DataDamagedException or StoreUnavailableException or IOException)
        {
            CapacityLog.NoHistory(logger, e);
        }
    }
}
