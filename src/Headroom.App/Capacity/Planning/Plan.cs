using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Headroom.App.Capacity.Planning;

/// <summary>What is to be planned for.</summary>
public sealed record PlanRequest
{
    /// <summary>People or devices of a day.</summary>
    public required double DailyActiveUsers { get; init; }

    /// <summary>Events of each in a day.</summary>
    public required double EventsPerUser { get; init; }

    /// <summary>The busiest minute over the mean; 1 or more.</summary>
    public double Peak { get; init; } = 4;

    /// <summary>Days for which events are kept.</summary>
    public double RetentionDays { get; init; } = 400;

    /// <summary>Events in a request, as SDKs gather them.</summary>
    public double EventsPerRequest { get; init; } = 5;

    /// <summary>Queries a second at the peak, those that the cache answers included.</summary>
    public double QueriesPerSecond { get; init; } = 2;

    /// <summary>Days that a query reads, in the mean.</summary>
    public double QueryDays { get; init; } = 7;

    /// <summary>0 to 1: of the queries, how many the cache answers.</summary>
    public double CacheHitRatio { get; init; } = 0.73;

    /// <summary>The provider's id; null for all of the table, and the first one's machines.</summary>
    public string? Provider { get; init; }

    public Demands Demands { get; init; } = Demands.Default;
}

/// <summary>How an installation for a load looks, what it does and costs, and what breaks next.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record Plan(
    string Summary,
    [property: Description("single_process, larger_machine or roles_apart")] string Topology,
    [property: Description("What this version does not have yet; null where it has all of it")] string? Missing,
    PlannedLoad Load,
    IReadOnlyList<PlannedMachine> Machines,
    IReadOnlyList<PlannedPart> Parts,
    [property: Description("p99 in seconds from a request's arrival until it is on disk; null where it is not stable")] double? AcknowledgedP99,
    [property: Description("… until queries find it")] double? QueryableP99,
    [property: Description("p99 in seconds of a query that the cache does not answer")] double? QueryP99,
    [property: Description("What breaks next, at how many times this load")] IReadOnlyList<PlannedWall> Walls,
    IReadOnlyList<PlannedCost> Costs,
    [property: Description("Why smaller does not do, and larger is not needed")] IReadOnlyList<string> Why,
    [property: Description("What to know before building it")] IReadOnlyList<string> Warnings,
    [property: Description("What it rests on")] IReadOnlyList<string> Assumptions);

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PlannedLoad(
    double EventsPerDay, double EventsPerSecond, double PeakEventsPerSecond, double PeakRequestsPerSecond, double PeakQueriesPerSecond, double StoredEvents, double StoredBytes, double DiskBytes);

/// <param name="Role">all, or capture, writer, query.</param>
/// <param name="Storage">disk or object_storage.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PlannedMachine(string Role, int Count, int Processors, double MemoryGigabytes, double DiskGigabytes, string Log, string Storage);

/// <param name="Utilisation">Load over ceiling at the peak, 0 to 1.</param>
/// <param name="Mean">Seconds that one job is there; null where it is no place of waiting, or not stable.</param>
/// <param name="P99">Likewise.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PlannedPart(string Name, double Utilisation, double? Mean, double? P99);

/// <param name="Times">Times the planned load at which nothing of it is left.</param>
/// <param name="Then">What helps.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PlannedWall(string Resource, double Times, double EventsPerSecond, string Then);

/// <param name="Monthly">US dollars.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PlannedCost(string Provider, double Monthly, IReadOnlyList<PlannedCostLine> Lines, string Basis);

[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PlannedCostLine(string What, double Monthly);

[JsonSerializable(typeof(Plan))]
[JsonSerializable(typeof(CapacityReport))]
[JsonSerializable(typeof(CalibrationReport))]
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
public sealed partial class PlanJson : JsonSerializerContext;
