namespace Headroom.App.Capacity.Ceilings;

/// <summary>From resources to flows: the lowest ceiling is the flow's, and whose it is binds.</summary>
internal static class FlowCeilings
{
    /// <summary>Utilisation from which on a resource binds also where the processors' demand cannot be told yet.</summary>
    private const double Busy = 0.3;

    /// <param name="calibrated">The flow's ceiling by calibration, corrected for what its events cost; null where there is none.</param>
    public static FlowHeadroom Of(Flow flow, string unit, double load, IReadOnlyList<ResourceReport> resources, Estimate? calibrated, Estimate? daysLeft)
    {
        ResourceReport? binding = null;
        var isProcessorKnown = calibrated is not null;
        foreach (var resource in resources)
        {
            if (resource.Flow != flow || resource.Ceiling is null)
            {
                continue;
            }

            isProcessorKnown |= resource.Kind is ResourceKind.Processor or ResourceKind.Space;
            if (binding is null || resource.Ceiling.Value < binding.Ceiling!.Value)
            {
                binding = resource;
            }
        }

        var ceiling = binding?.Ceiling;
        var name = binding?.Name;
        if (calibrated is not null && (ceiling is null || calibrated.Value < ceiling.Value))
        {
            ceiling = calibrated;
            name = flow == Flow.Ingest ? ResourceNames.CaptureCpu : ResourceNames.QueryCpu;
        }

        if (ceiling is null || (!isProcessorKnown && binding!.Utilisation < Busy))
        {
            return new FlowHeadroom(flow, unit, load, null, null, null, "not_enough_load", daysLeft);
        }

        var headroom = load > 0 ? new Estimate(ceiling.Value / load, ceiling.Low / load, ceiling.High / load) : null;
        return new FlowHeadroom(flow, unit, load, ceiling, headroom, name, calibrated is null ? "observed" : "calibrated", daysLeft);
    }
}
