namespace Headroom.App.Capacity.Ceilings;

/// <summary>
/// From resources to flows: the lowest ceiling is the flow's, and whose it is binds. Of resources of one name, of which every process has
/// one, the ceilings are added: the load is shared out between the processes.
/// </summary>
internal static class FlowCeilings
{
    /// <summary>Utilisation from which on a resource binds also where the processors' demand cannot be told yet.</summary>
    private const double Busy = 0.3;

    /// <param name="calibrated">The flow's ceiling by calibration, corrected for what its events cost; null where there is none.</param>
    public static FlowHeadroom Of(Flow flow, string unit, double load, IReadOnlyList<ResourceReport> resources, Estimate? calibrated, Estimate? daysLeft)
    {
        var isProcessorKnown = calibrated is not null || resources.Any(resource => resource.Flow == flow && resource is { Kind: ResourceKind.Processor or ResourceKind.Space, Ceiling: not null });
        var binding = Lowest(flow, resources);
        var (name, ceiling) = (binding?.Name, binding?.Ceiling);
        if (calibrated is not null && (ceiling is null || calibrated.Value < ceiling.Value))
        {
            ceiling = calibrated;
            name = flow == Flow.Ingest ? ResourceNames.CaptureCpu : ResourceNames.QueryCpu;
        }

        if (ceiling is null || (!isProcessorKnown && resources.Where(resource => resource.Flow == flow && resource.Name == name).Max(static resource => resource.Utilisation) < Busy))
        {
            return new FlowHeadroom(flow, unit, load, null, null, null, "not_enough_load", daysLeft);
        }

        var headroom = load > 0 ? new Estimate(ceiling.Value / load, ceiling.Low / load, ceiling.High / load) : null;
        return new FlowHeadroom(flow, unit, load, ceiling, headroom, name, calibrated is null ? "observed" : "calibrated", daysLeft);
    }

    /// <summary>The resource that lets the least through, all processes that have it together. Null where none has a ceiling.</summary>
    public static (string Name, Estimate Ceiling)? Lowest(Flow flow, IReadOnlyList<ResourceReport> resources)
    {
        (string Name, Estimate Ceiling)? lowest = null;
        foreach (var sameName in resources.Where(resource => resource.Flow == flow).GroupBy(static resource => resource.Name))
        {
            if (OfAll([.. sameName], resources) is { } sum && (lowest is null || sum.Value < lowest.Value.Ceiling.Value))
            {
                lowest = (sameName.Key, sum);
            }
        }

        return lowest;
    }

    /// <summary>
    /// What the processes take together of a resource of which each has its own; of what is there once it is that one's. A process whose
    /// share is not known takes what its other resources let it, or at least what it takes now. Null where it is known of none.
    /// </summary>
    private static Estimate? OfAll(IReadOnlyList<ResourceReport> sameName, IReadOnlyList<ResourceReport> all)
    {
        if (sameName.All(static resource => resource.Ceiling is null))
        {
            return null;
        }

        var parts = sameName.Select(resource => resource.Ceiling
            ?? all.Where(other => other.Process == resource.Process && other.Flow == resource.Flow).Select(static other => other.Ceiling).OfType<Estimate>().MinBy(static other => other.Value)
            ?? new Estimate(resource.Throughput, resource.Throughput, resource.Throughput)).ToList();
        return new Estimate(parts.Sum(static part => part.Value), parts.Sum(static part => part.Low), parts.Sum(static part => part.High));
    }
}
