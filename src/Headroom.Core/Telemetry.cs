using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Headroom.Core;

/// <summary>The one meter and the one source of traces. Instruments are named headroom_part_what_unit; see docs/metrics.md.</summary>
public static class Telemetry
{
    public const string Name = "Headroom";

    public static Meter Meter { get; } = new(Name);

    public static ActivitySource Source { get; } = new(Name);
}
