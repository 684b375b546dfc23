using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Headroom.Core.Queries;

namespace Headroom.App.Capacity;

/// <summary>What a ceiling limits.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Flow>))]
public enum Flow
{
    /// <summary>Events a second.</summary>
    Ingest,

    /// <summary>Queries a second that the store runs; what the cache answers costs next to nothing.</summary>
    Queries,

    /// <summary>Bytes on disk.</summary>
    Storage,
}

/// <summary>What a resource is: how it is shared, and with it what helps when there is too little of it.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ResourceKind>))]
public enum ResourceKind
{
    /// <summary>Time of all processors that the process may use.</summary>
    Processor,

    /// <summary>One thread or lock, which does one thing at a time whatever the number of processors.</summary>
    Thread,

    /// <summary>A disk that makes things durable.</summary>
    Disk,

    /// <summary>Places of which each is held while something is under way.</summary>
    Queue,

    /// <summary>Open connections.</summary>
    Connections,

    /// <summary>Memory.</summary>
    Memory,

    /// <summary>Room on a disk.</summary>
    Space,

    /// <summary>A cache: what it answers spares the others.</summary>
    Cache,
}

/// <summary>A value with the range in which it lies at the stated rate.</summary>
/// <param name="Low">At most the value.</param>
/// <param name="High">At least the value.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record Estimate(double Value, double Low, double High);

/// <summary>One resource over the last minutes, by the USE method (Gregg, "Thinking Methodically about Performance", 2013).</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record ResourceReport(
    [property: Description("As in resource_measured events and metrics: capture_cpu, capture_queue, fsync, writer, writer_cpu, store_writes, query_cpu, query_queue, clickhouse, cache, memory, disk_space, connections, consumer_lag")] string Name,
    Flow Flow,
    ResourceKind Kind,
    [property: Description("0 to 1: the share of the time in which it was busy, or of its room that is in use")] double Utilisation,
    [property: Description("What waits for it, in saturationUnit")] double Saturation,
    string SaturationUnit,
    double ErrorsPerSecond,
    [property: Description("Events or queries a second that passed it")] double Throughput,
    [property: Description("Seconds of it that one event or query takes at the ceiling (utilisation over throughput, without what grows no further); null where it is none that serves, or too little passed it")] double? ServiceDemand,
    [property: Description("Of the flow through its process, at which nothing of it is left; null where it has none or too little passed it")] Estimate? Ceiling,
    [property: Description("Ceiling over present load of its process; null like it")] double? Headroom)
{
    [Description("Name of the process that it is of")]
    public string Process { get; init; } = "";
}

/// <summary>A process of the installation that measures.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record ProcessReport(
    [property: Description("As in resources, in resource_measured events (node) and in metrics")] string Name,
    [property: Description("Name of its machine or container")] string Host,
    [property: Description("capture, writer, query; the one with writer has the jobs")] IReadOnlyList<string> Roles,
    [property: Description("That it may use")] int Processors,
    [property: Description("When its last measures were taken, by its clock")] DateTimeOffset At);

/// <summary>How much more of one flow this installation takes.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record FlowHeadroom(
    Flow Flow,
    [property: Description("events/s, queries/s or bytes")] string Unit,
    double Load,
    [property: Description("The lowest of the resources' ceilings; null where too little was measured")] Estimate? Ceiling,
    [property: Description("Ceiling over load, with its interval; null like it, and where there is no load")] Estimate? Headroom,
    [property: Description("Name of the resource that breaks first; null like the ceiling")] string? Binding,
    [property: Description("calibrated: the ceilings were measured with synthetic load; observed: they follow from the service demand of the load there was; not_enough_load: nothing can be said yet"),
        AllowedValues("calibrated", "observed", "not_enough_load")] string Basis,
    [property: Description("Storage only: days until it is full at the present growth; null elsewhere and where it does not grow")] Estimate? DaysLeft)
{
    [Description("Seconds within which 99 of a hundred requests with events, or queries that the store ran, were answered over the last ten minutes; null for storage, and where there were fewer than a hundred")]
    public double? P99 { get; init; }
}

/// <summary>A day of a load's history or forecast: its busiest minute, or the bytes at its end.</summary>
/// <param name="Low">Equal to load in the past.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record ForecastDay(DateOnly Day, double Load, double Low, double High, bool IsForecast);

/// <summary>When a flow's load meets its ceiling.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record WallForecast(
    Flow Flow,
    [property: Description("The resource that is the wall")] string Resource,
    double Ceiling,
    [property: Description("Half of the forecasts meet the wall before this day; null where that is beyond two years")] DateOnly? Median,
    [property: Description("One in twenty meets it before this day; null likewise")] DateOnly? Early,
    [property: Description("One in twenty does not meet it before this day; null likewise")] DateOnly? Late,
    [property: Description("Share by which the load grows in a week, as in 0.04")] double GrowthPerWeek,
    IReadOnlyList<ForecastDay> Days,
    [property: Description("What it rests on, as a sentence; or why there is no forecast yet")] string Basis);

/// <summary>A measured value on which advice rests.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record Evidence(string Measure, double Value, string Unit);

/// <summary>What is expected of following advice, computed with the queueing model over the measured demands.</summary>
/// <param name="Measure">As in "ceiling of ingest" or "p99 of queries".</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record ExpectedChange(string Measure, double Before, double After, string Unit);

/// <summary>One next step.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record AdvicePiece(
    [property: Description("Stable name, as in cache_more")] string Id,
    [property: Description("Place in the order in which to scale, 0 where nothing is needed, from 1: measure, fix the query or the column, pool, cache, more of this machine, one role out, a larger store or a replica, queue, shard")] int Step,
    string Title,
    [property: Description("Why, in a sentence or two with the measured values")] string Because,
    IReadOnlyList<Evidence> Evidence,
    IReadOnlyList<ExpectedChange> Expected,
    [property: Description("What it adds to the bill each month in US dollars, from the price table; 0 for what costs nothing, null where nothing is known")] double? MonthlyCost,
    [property: Description("How it is priced: provider, what, date of the table; null like the cost")] string? CostBasis,
    [property: Description("What to do, step by step")] IReadOnlyList<string> How);

/// <summary>What would be a mistake now, and why.</summary>
public sealed record Mistake([property: Description("Stable name, as in bigger_machine")] string Id, string Title, string Because);

/// <summary>How much headroom is left, what breaks first, when, and the cheapest next step.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record CapacityReport(
    DateTimeOffset At,
    [property: Description("One sentence: what breaks first, when, and what to do")] string Summary,
    [property: Description("0 well, 1 look at it soon, 2 act now; the exit code of headroom doctor")] int Severity,
    IReadOnlyList<FlowHeadroom> Flows,
    IReadOnlyList<ResourceReport> Resources,
    IReadOnlyList<WallForecast> Walls,
    IReadOnlyList<AdvicePiece> Advice,
    IReadOnlyList<Mistake> Mistakes,
    [property: Description("What is not well now, one sentence for each part")] IReadOnlyList<string> Problems,
    CalibrationReport? Calibration)
{
    [Description("That the process with the Writer may use; demands are shares of all of those of their process")]
    public int Processors { get; init; } = 1;

    [Description("All that measure, the one that makes this report first; a gateway does not, and one that told nothing for three samples is left out")]
    public IReadOnlyList<ProcessReport> Processes { get; init; } = [];
}

/// <summary>What <c>headroom calibrate</c> measured on this machine.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record CalibrationReport(
    DateTimeOffset At,
    [property: Description("Events a second at the highest throughput that was measured")] double EventsPerSecond,
    double QueriesPerSecond,
    [property: Description("Processors that the process had then; on a machine with another number the calibration does not count")] int Processors,
    [property: Description("Share of all processors' time that one of its events took, in seconds")] double SecondsPerEvent,
    double SecondsPerQuery,
    [property: Description("The Universal Scalability Law's contention, σ")] double Sigma,
    [property: Description("The Universal Scalability Law's coherency delay, κ")] double Kappa,
    [property: Description("Throughput at each concurrency that was tried")] IReadOnlyList<CalibrationPoint> Points);

/// <param name="Fitted">By the law with the σ and κ found.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record CalibrationPoint(int Concurrency, double EventsPerSecond, double Fitted);
