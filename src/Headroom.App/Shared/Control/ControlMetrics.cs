using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.App.Shared.Control;

internal static class ControlMetrics
{
    private static readonly Histogram<double> Reload = Telemetry.Meter.CreateHistogram<double>(
        "headroom_control_reload_duration_seconds", "s", "Time to read projects and keys again after a change.", advice: Telemetry.Seconds);

    public static void Reloaded(TimeSpan elapsed) => Reload.Record(elapsed.TotalSeconds);
}
