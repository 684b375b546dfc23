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

    /// <summary>Share of the time in which the collector had stopped the process.</summary>
    public double Paused => (after.Machine.PausedSeconds - before.Machine.PausedSeconds) / Seconds;

    public Workload WorkBefore => before.Work;

    public Workload WorkAfter => after.Work;

    /// <summary>How much a sum grew, a second.</summary>
    public double Rate(Quantity quantity) => Math.Max(0, after.Values[(int)quantity] - before.Values[(int)quantity]) / Seconds;

    /// <summary>What a gauge showed at the end.</summary>
    public double Now(Quantity quantity) => after.Values[(int)quantity];
}
