namespace Headroom.App.Capacity.Measuring;

/// <summary>All readings at an instant.</summary>
/// <param name="Timestamp">Seconds of a clock that only goes forward.</param>
internal sealed record Reading(DateTimeOffset At, double Timestamp, double[] Values, MachineReading Machine)
{
    public Workload Work { get; init; } = Workload.None;
}

/// <summary>What happened between two readings.</summary>
internal sealed class Sample(Reading before, Reading after)
{
    public DateTimeOffset At => after.At;

    public double Seconds => after.Timestamp - before.Timestamp;

    public int Processors => after.Machine.Processors;

    public MachineReading Machine => after.Machine;

    /// <summary>Processors busy, on average.</summary>
    public double Busy => Math.Max(Own, (after.Machine.BusySeconds - before.Machine.BusySeconds) / Seconds);

    /// <summary>Processors that this process kept busy.</summary>
    public double Own => (after.Machine.OwnSeconds - before.Machine.OwnSeconds) / Seconds;

    /// <summary>Processors busy without compiling this process' code, which ends some minutes after its start whatever the load.</summary>
    public double BusyWithLoad => Math.Max(0, Busy - ((after.Machine.CompiledSeconds - before.Machine.CompiledSeconds) / Seconds));

    /// <summary>How often a thread of this process gave its processor up to wait, a second.</summary>
    public double Switches => (after.Machine.Switches - before.Machine.Switches) / Seconds;

    /// <summary>Share of the time in which the collector had stopped the process.</summary>
    public double Paused => (after.Machine.PausedSeconds - before.Machine.PausedSeconds) / Seconds;

    public Workload WorkBefore => before.Work;

    public Workload WorkAfter => after.Work;

    /// <summary>How much a sum grew, a second.</summary>
    public double Rate(Quantity quantity) => Math.Max(0, after.Values[(int)quantity] - before.Values[(int)quantity]) / Seconds;

    /// <summary>The same with so much more of a sum, a second.</summary>
    public Sample Plus(Quantity quantity, double rate)
    {
        double[] values = [.. after.Values];
        values[(int)quantity] = before.Values[(int)quantity] + ((Rate(quantity) + rate) * Seconds);
        return new Sample(before, after with { Values = values });
    }

    /// <summary>One of several processes that share a machine's processors, whose events and queries are those of all of them.</summary>
    public static Sample OfMachine(IReadOnlyList<Sample> samples)
    {
        var first = samples[0];
        return samples.Count == 1 ? first : first.Keeping(samples.Average(static s => s.Busy), samples.Sum(static s => s.Switches))
            .Plus(Quantity.CaptureEvents, samples.Skip(1).Sum(static s => s.Rate(Quantity.CaptureEvents)))
            .Plus(Quantity.Queries, samples.Skip(1).Sum(static s => s.Rate(Quantity.Queries)));
    }

    /// <summary>What a gauge showed at the end.</summary>
    public double Now(Quantity quantity) => after.Values[(int)quantity];

    /// <summary>With so many processors busy, and so many switches a second.</summary>
    private Sample Keeping(double busy, double switches) =>
        new(before, after with
        {
            Machine = after.Machine with
            {
                BusySeconds = before.Machine.BusySeconds + (busy * Seconds),
                Switches = before.Machine.Switches + (long)(switches * Seconds),
            },
        });
}
