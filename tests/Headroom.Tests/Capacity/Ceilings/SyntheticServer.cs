using Headroom.App.Capacity.Measuring;

namespace Headroom.Tests.Capacity.Ceilings;

/// <summary>Readings of a server, or of one process of it, whose demands are known.</summary>
internal sealed class SyntheticServer
{
    private readonly double[] _values = new double[Enum.GetValues<Quantity>().Length];
    private readonly Random _random = new(1);
    private DateTimeOffset _at = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
    private double _clock;
    private double _own;
    private double _others;
    private double _switches;
    private Reading _before;
    private Reading _beforeLast;

    public SyntheticServer()
    {
        _values[(int)Quantity.CaptureLimit] = 10_000;
        _values[(int)Quantity.CommitTarget] = 0.1;
        _values[(int)Quantity.BatchLimit] = 150_000;
        _values[(int)Quantity.BatchLimitBytes] = 64 << 20;
        _values[(int)Quantity.QuerySlots] = 4;
        _values[(int)Quantity.ConnectionsLimit] = 20_000;
        _before = Reading();
        _beforeLast = _before;
    }

    public int Processors { get; init; } = 2;

    /// <summary>Whether the events come in here; else another process captures them.</summary>
    public bool Captures { get; init; } = true;

    /// <summary>Whether the events are stored here.</summary>
    public bool Writes { get; init; } = true;

    /// <summary>The last sample.</summary>
    public Sample Last => new(_beforeLast, _before);

    /// <summary>Processor seconds.</summary>
    public double EventDemand { get; init; } = 10e-6;

    /// <summary>Threads that an event would wake, were all asleep. As many are as processors are free.</summary>
    public double EventSwitches { get; init; }

    /// <summary>Processor seconds of a thread's going to sleep and being woken.</summary>
    public double SwitchSeconds { get; init; } = 30e-6;

    public double QueryDemand { get; init; } = 0.02;

    public double IdleProcessors { get; init; } = 0.02;

    /// <summary>Of the log: seconds of an fsync and of a byte.</summary>
    public double FsyncSeconds { get; init; } = 0.001;

    public double ByteSeconds { get; init; } = 1e-9;

    public double EventBytes { get; init; } = 300;

    /// <summary>Of the Writer: seconds of a batch and of a row.</summary>
    public double BatchSeconds { get; init; } = 0.02;

    public double RowSeconds { get; init; } = 4e-6;

    /// <summary>That a request is under way, beside what it waits for the commit before its own.</summary>
    public double RequestSeconds { get; init; } = 0.003;

    /// <summary>By which each stays longer for each event a second that there is more.</summary>
    public double RequestSecondsMore { get; init; }

    /// <summary>That a query has its slot.</summary>
    public double SlotSeconds { get; init; } = 0.03;

    public double Noise { get; init; } = 0.03;

    public double CaptureLimit
    {
        init => _values[(int)Quantity.CaptureLimit] = value;
    }

    /// <summary>Above 0, all queries are statements to ClickHouse, which runs so many of this process at once.</summary>
    public double ClickHouseSlots
    {
        get => _values[(int)Quantity.ClickHouseSlots];
        init => _values[(int)Quantity.ClickHouseSlots] = value;
    }

    /// <summary>That such a statement is there.</summary>
    public double ClickHouseSeconds { get; init; } = 0.4;

    public double QuerySlots
    {
        init => _values[(int)Quantity.QuerySlots] = value;
    }

    /// <summary>Processors that such a load keeps busy.</summary>
    public double Busy(double eventsPerSecond, double queriesPerSecond = 0)
    {
        var switching = eventsPerSecond * EventSwitches * SwitchSeconds;
        return (IdleProcessors + (eventsPerSecond * EventDemand) + (queriesPerSecond * QueryDemand) + switching) / (1 + (switching / Processors));
    }

    /// <summary>Ten seconds at a load.</summary>
    /// <param name="others">Processors that other processes of the machine keep busy.</param>
    public Sample Next(double eventsPerSecond, double queriesPerSecond = 0, double others = 0)
    {
        const double Seconds = 10;
        var events = eventsPerSecond * Seconds;
        var queries = queriesPerSecond * Seconds;
        var groups = Math.Min(events / 10, Seconds / (FsyncSeconds + (ByteSeconds * EventBytes * eventsPerSecond / 200)) * 0.9);
        var batches = Math.Min(events, Seconds * 2.5);
        if (Captures)
        {
            Add(Quantity.CaptureEvents, events);
            Add(Quantity.CaptureRequests, events);
            var commit = Writes ? FsyncSeconds + (ByteSeconds * EventBytes * events / groups) : 0;
            var waiting = Math.Min(1, groups * commit / Seconds) * commit;
            Add(Quantity.CaptureSeconds, events * (RequestSeconds + (RequestSecondsMore * eventsPerSecond) + waiting));
        }

        if (Captures && Writes)
        {
            Add(Quantity.LogBytes, events * EventBytes);
            Add(Quantity.LogRecords, events);
            Add(Quantity.LogGroups, groups);
            Add(Quantity.LogBusySeconds, ((groups * FsyncSeconds) + (events * EventBytes * ByteSeconds)) * Noisy());
        }

        if (Writes)
        {
            Add(Quantity.WriterRows, events);
            Add(Quantity.WriterBatches, batches);
            Add(Quantity.DecodeSeconds, events * RowSeconds * Noisy());
            Add(Quantity.CommitSeconds, batches * BatchSeconds * Noisy());
        }

        Add(Quantity.Queries, queries);
        if (ClickHouseSlots > 0)
        {
            Add(Quantity.ClickHouseStatements, queries);
            Add(Quantity.ClickHouseErrors, queries / 10);
            Add(Quantity.ClickHouseSeconds, queries * ClickHouseSeconds);
            Add(Quantity.QuerySeconds, queries * ClickHouseSeconds);
        }
        else
        {
            Add(Quantity.QuerySeconds, queries * SlotSeconds * Noisy());
        }

        _own += Busy(eventsPerSecond, queriesPerSecond) * Seconds * Noisy();
        _others += others * Seconds;
        _switches += events * EventSwitches * Math.Max(0, 1 - (Busy(eventsPerSecond, queriesPerSecond) / Processors));
        _at = _at.AddSeconds(Seconds);
        _clock += Seconds;
        var after = Reading();
        (_beforeLast, _before) = (_before, after);
        return Last;
    }

    private double Noisy() => 1 + (Noise * ((2 * _random.NextDouble()) - 1));

    private void Add(Quantity quantity, double value) => _values[(int)quantity] += value;

    private Reading Reading() => new(_at, _clock, [.. _values], new MachineReading(_own, _own + _others, Processors, 200 << 20, 4L << 30, 0, 0, 50L << 30, (long)_switches));
}
