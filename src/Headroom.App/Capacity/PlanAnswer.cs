using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Serialization;
using Headroom.App.Capacity.Planning;

namespace Headroom.App.Capacity;

/// <summary>A load to plan for.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PlanQuestion(
    [property: Range(1, 1e10)] double DailyActiveUsers,
    [property: Range(0.01, 1e6)] double EventsPerUser,
    [property: Range(1, 1000), Description("Peak over mean")] double Peak,
    [property: Range(1, 36_500)] double RetentionDays,
    [property: Range(0, 1e5)] double QueriesPerSecond,
    [property: AllowedValues("aws", "azure", "gcp")] string Provider);

/// <summary>What the load needs.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PlanAnswer(
    [property: Description("A sentence")] string Topology,
    [property: Description("Whether this version has all that it needs")] bool Fits,
    IReadOnlyList<PlanAnswerPart> Parts,
    double DiskGigabytes,
    [property: Description("US dollars; null where the provider has no price for it")] double? MonthlyCost,
    string? CostBasis,
    [property: Description("What breaks next")] IReadOnlyList<string> Walls,
    IReadOnlyList<string> Notes)
{
    internal static PlanAnswer Of(Plan plan)
    {
        var cost = plan.Costs.Count > 0 ? plan.Costs[0] : null;
        return new PlanAnswer(
            plan.Summary, plan.Missing is null,
            [.. plan.Parts.Select(part => PlanAnswerPart.Of(part, plan.Machines))],
            plan.Machines.Sum(static m => m.Count * m.DiskGigabytes),
            cost?.Monthly, cost?.Basis,
            [.. plan.Walls.Select(static w => string.Create(CultureInfo.InvariantCulture, $"{CapacityReports.Words(w.Resource)} at {w.Times:0.#} times this load: {w.Then}"))],
            [.. (plan.Missing is { } missing ? new[] { missing } : []), .. plan.Why, .. plan.Warnings, .. plan.Assumptions]);
    }
}

/// <param name="Count">Machines on which it runs.</param>
/// <param name="VirtualProcessors">Of each of them, shared with other parts there.</param>
/// <param name="P99Milliseconds">Null where it is no place of waiting.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record PlanAnswerPart(string Name, int Count, int VirtualProcessors, double MemoryGigabytes, double Utilisation, double? P99Milliseconds)
{
    internal static PlanAnswerPart Of(PlannedPart part, IReadOnlyList<PlannedMachine> machines)
    {
        var role = part.Name.Split('_')[0] switch { "writer" or "store" => "writer", "query" => "query", _ => "capture" };
        var machine = machines.FirstOrDefault(m => m.Role == role) ?? machines[0];
        return new PlanAnswerPart(part.Name, machine.Count, machine.Processors, machine.MemoryGigabytes, part.Utilisation, part.P99 * 1000);
    }
}
