using Headroom.App.Capacity.Ceilings;

namespace Headroom.App.Capacity.Advising;

/// <summary>What is known of a system when it is advised: of Headroom itself, or of any other. What is not known is null or empty, and nothing is advised on it.</summary>
internal sealed record SystemState(IReadOnlyList<ResourceReport> Resources)
{
    public IReadOnlyList<FlowHeadroom> Flows { get; init; } = [];

    public IReadOnlyList<WallForecast> Walls { get; init; } = [];

    /// <summary>The day of the report, against which the walls' days are counted.</summary>
    public DateOnly? Today { get; init; }

    /// <summary>The processors of each process that resources are of, and of which machine they are; empty where all are of one process.</summary>
    public IReadOnlyDictionary<string, (int Processors, string Machine)> ProcessorsOf { get; init; } = new Dictionary<string, (int, string)>();

    public SystemFacts Facts { get; init; } = new();
}

/// <summary>Facts besides the measures of resources.</summary>
internal sealed record SystemFacts
{
    /// <summary>Whether it is Headroom: then what to do names its settings.</summary>
    public bool IsHeadroom { get; init; } = true;

    public int? Processors { get; init; }

    /// <summary>Whether all runs as one process or program; false where roles run apart.</summary>
    public bool? SingleProcess { get; init; }

    /// <summary>Whether what arrives is acknowledged by a durable log or queue, and stored behind it.</summary>
    public bool? QueuedBehindLog { get; init; }

    /// <summary>Whether time and reads are measured for each kind of query.</summary>
    public bool? MeasuredPerQuery { get; init; }

    /// <summary>The kinds of queries that take the most of the store's time.</summary>
    public IReadOnlyList<QueryKindFacts> SlowQueries { get; init; } = [];

    /// <summary>0 to 1: of the reads, how many the cache answered; 0 where there is no cache.</summary>
    public double? CacheHitRatio { get; init; }

    /// <summary>Whether there is a cache at all.</summary>
    public bool? HasCache { get; init; }

    /// <summary>0 to 1: of the reads, how many ask what was asked before and has not changed since.</summary>
    public double? CacheableShare { get; init; }

    public int? ConnectionsUsed { get; init; }

    public int? ConnectionsMax { get; init; }

    /// <summary>Whether connections are shared through a pool.</summary>
    public bool? Pooled { get; init; }

    /// <summary>Seconds, measured.</summary>
    public double? IngestP99 { get; init; }

    /// <summary>Seconds, measured.</summary>
    public double? QueriesP99 { get; init; }

    /// <summary>US dollars.</summary>
    public double? MonthlyBill { get; init; }

    /// <summary>Bytes of the disk on which the data is.</summary>
    public double? DiskBytes { get; init; }

    /// <summary>Bytes of memory of the machine.</summary>
    public double? MemoryBytes { get; init; }

    /// <summary>What commits are shown to lose by others' reads of the catalog; null where that is not shown.</summary>
    public CatalogContention? Catalog { get; init; }
}

/// <param name="Name">As people know it.</param>
/// <param name="ShareOfTime">0 to 1, of the time of all queries.</param>
/// <param name="RowsScanned">Rows that one such query reads, in the mean.</param>
/// <param name="RowsNeeded">Rows of these that its conditions let through.</param>
/// <param name="Reads">What it reads more of than it needs, as in "all rows of orders".</param>
internal sealed record QueryKindFacts(string Name, double ShareOfTime, double RowsScanned, double RowsNeeded, string? Reads = null)
{
    /// <summary>Seconds that a row takes; null where that is not measured.</summary>
    public double? RowSeconds { get; init; }

    /// <summary>Seconds that a row takes in queries of the same kind that read columns only; null likewise.</summary>
    public double? ColumnRowSeconds { get; init; }

    /// <summary>0 to 1: what they would take of their time if they read no rows that they do not need, and columns.</summary>
    public double Needed =>
        (RowsScanned > 0 && RowsNeeded >= 0 ? Math.Min(1, RowsNeeded / RowsScanned) : 1) *
        (RowSeconds is > 0 and var row && ColumnRowSeconds is >= 0 and var column ? Math.Min(1, column / row) : 1);
}
