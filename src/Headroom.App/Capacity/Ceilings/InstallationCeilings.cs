// The flows pass every process, and what each of them has is its own. So ceilings are fitted process by process, with two things that
// are not a process': the processors of a machine that several of them share, and the load of the Writer, which is that of all captures.

using Headroom.App.Capacity.Measuring;

namespace Headroom.App.Capacity.Ceilings;

/// <summary>What each resource of each process did, and at which flow through that process nothing of it is left.</summary>
internal static class InstallationCeilings
{
    /// <summary>The processes of the last round, in its order. Empty where there is none.</summary>
    public static IReadOnlyList<ResourceReport> Of(IReadOnlyList<Round> rounds) =>
        rounds.Count == 0 ? [] : [.. rounds[^1].Processes.SelectMany(one => OfProcess(rounds, one.Process))];

    /// <summary>What passes all processes now, a second.</summary>
    public static double Load(IReadOnlyList<Round> rounds, Quantity quantity) =>
        rounds[^1].Processes.Sum(one => ResourceCeilings.Mean(ResourceCeilings.Present(Round.Samples(rounds, one.Process.Name)), quantity));

    private static IEnumerable<ResourceReport> OfProcess(IReadOnlyList<Round> rounds, MeasuredProcess process)
    {
        var roles = process.Roles;
        var samples = Round.Samples(rounds, process.Name);
        var machine = OfMachine(rounds, process, samples);
        var own = ResourceCeilings.Of(samples, machine);
        var written = roles.Writes && rounds.Any(static round => round.Processes.Count > 1)
            ? ResourceCeilings.Of([.. rounds.Select(static round => WithAllEvents(round, round.Own.Sample))], [.. rounds.Select(round => WithAllEvents(round, OfMachine(round, process.Machine)))])
            : own;
        foreach (var (resource, all) in own.Zip(written))
        {
            var found = resource.Name switch
            {
                // Without capture the events that pass a Writer's processors are those of all others.
                ResourceNames.CaptureCpu => roles.Captures ? resource : roles.Writes ? all with { Name = ResourceNames.WriterCpu } : null,
                ResourceNames.CaptureQueue => roles.Captures ? resource : null,
                ResourceNames.Fsync => roles.Captures && roles.Writes ? resource : null,
                ResourceNames.Writer or ResourceNames.StoreWrites => roles.Writes ? all : null,
                ResourceNames.ConsumerLag or ResourceNames.DiskSpace => roles.Writes ? resource : null,
                ResourceNames.QueryCpu or ResourceNames.QueryQueue or ResourceNames.ClickHouse or ResourceNames.Cache => roles.Queries ? resource : null,
                ResourceNames.Connections => roles is { Captures: false, Queries: true } ? ResourceCeilings.ConnectionsOfQueries(resource, samples) : resource,
                _ => resource,
            };
            if (found is not null)
            {
                yield return found with { Process = process.Name };
            }
        }
    }

    private static IReadOnlyList<Sample> OfMachine(IReadOnlyList<Round> rounds, MeasuredProcess process, IReadOnlyList<Sample> own) =>
        rounds.All(round => round.Processes.All(one => one.Process.Machine != process.Machine || one.Process.Name == process.Name))
            ? own
            : [.. rounds.Where(round => round.Processes.Any(one => one.Process.Machine == process.Machine)).Select(round => OfMachine(round, process.Machine))];

    private static Sample OfMachine(Round round, string machine) => Sample.OfMachine([.. round.Processes.Where(one => one.Process.Machine == machine).Select(static one => one.Sample)]);

    /// <summary>A sample of the Writer's process or machine with the events of all processes, which its log has as well.</summary>
    private static Sample WithAllEvents(Round round, Sample sample)
    {
        var events = round.Processes.Sum(static one => one.Sample.Rate(Quantity.CaptureEvents));
        return sample.Plus(Quantity.CaptureEvents, events - sample.Rate(Quantity.CaptureEvents));
    }
}
