using System.Diagnostics.Metrics;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.App.Capacity;

/// <summary>The last report as gauges.</summary>
internal sealed class CapacityMetrics : IDisposable
{
    // A meter of the same name as Telemetry.Meter, so that its gauges end with the server.
    private readonly Meter _meter = new(Telemetry.Name);

    public CapacityMetrics()
    {
        Resources("headroom_capacity_utilisation_ratio", "1", "How busy a resource is, 0 to 1, over the last minute.", static r => r.Utilisation);
        Resources("headroom_capacity_saturation", null, "What waits for a resource, in the unit that the Capacity page says.", static r => r.Saturation);
        Resources("headroom_capacity_service_demand_seconds", "s", "Seconds of a resource that one event or query takes at the ceiling.", static r => r.ServiceDemand);
        Flows("headroom_capacity_load", "Load of a flow: events or queries a second, or bytes.", static f => f.Load);
        Flows("headroom_capacity_ceiling", "The most that a flow may be, in the load's unit.", static f => f.Ceiling?.Value);
        Flows("headroom_capacity_headroom_ratio", "Ceiling over load.", static f => f.Headroom?.Value);
        _meter.CreateObservableGauge("headroom_capacity_binding", Binding, "1", "1 for the resource of a flow that breaks first.");
        _meter.CreateObservableGauge("headroom_capacity_wall_days", WallDays, "d", "Days until a flow meets its wall, by bound: median, early.");
        _meter.CreateObservableGauge("headroom_capacity_severity", () => Report is { } report ? [new Measurement<int>(report.Severity)] : Array.Empty<Measurement<int>>(), "1", "0 well, 1 look at it soon, 2 act now.");
    }

    public CapacityReport? Report { get; set; }

    public void Dispose() => _meter.Dispose();

    private void Resources(string name, string? unit, string description, Func<ResourceReport, double?> value) => _meter.CreateObservableGauge(
        name,
        () => (Report?.Resources ?? []).Select(r => (r.Name, r.Process, Value: value(r))).Where(static r => r.Value is not null)
            .Select(static r => new Measurement<double>(r.Value!.Value, new KeyValuePair<string, object?>("resource", r.Name), new KeyValuePair<string, object?>("process", r.Process))),
        unit, description);

    private void Flows(string name, string description, Func<FlowHeadroom, double?> value) => _meter.CreateObservableGauge(
        name,
        () => (Report?.Flows ?? []).Select(f => (f.Flow, Value: value(f))).Where(static f => f.Value is not null)
            .Select(static f => new Measurement<double>(f.Value!.Value, FlowTag(f.Flow))),
        null, description);

    private IEnumerable<Measurement<int>> Binding() => (Report?.Flows ?? []).Where(static f => f.Binding is not null)
        .Select(static f => new Measurement<int>(1, FlowTag(f.Flow), new KeyValuePair<string, object?>("resource", f.Binding)));

    private IEnumerable<Measurement<int>> WallDays()
    {
        foreach (var wall in Report?.Walls ?? [])
        {
            var today = DateOnly.FromDateTime(Report!.At.UtcDateTime);
            foreach (var (bound, day) in ((string, DateOnly?)[])[("median", wall.Median), ("early", wall.Early)])
            {
                if (day is { } known)
                {
                    yield return new Measurement<int>(known.DayNumber - today.DayNumber, FlowTag(wall.Flow), new KeyValuePair<string, object?>("bound", bound));
                }
            }
        }
    }

    private static KeyValuePair<string, object?> FlowTag(Flow flow) => new("flow", CapacityReports.Words(flow));
}
