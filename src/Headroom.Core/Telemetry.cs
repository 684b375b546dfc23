using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Headroom.Core;

/// <summary>The one meter and the one source of traces. Instruments are named headroom_part_what_unit; see docs/metrics.md.</summary>
public static class Telemetry
{
    public const string Name = "Headroom";

    public static Meter Meter { get; } = new(Name);

    public static ActivitySource Source { get; } = new(Name);

    /// <summary>Buckets of a duration in seconds. The SDK's own begin at 5, which is of use for milliseconds only.</summary>
    public static InstrumentAdvice<double> Seconds { get; } = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };
}
