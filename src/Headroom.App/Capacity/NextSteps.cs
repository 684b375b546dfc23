using Headroom.App.Capacity.Advising;
using Headroom.App.Capacity.Ceilings;
using Headroom.App.Capacity.Measuring;
using Headroom.App.Capacity.Planning;
using Microsoft.Extensions.Options;

namespace Headroom.App.Capacity;

/// <summary>Advice for this installation, and plans with what it measured.</summary>
internal sealed class NextSteps(IOptions<CapacityOptions> options)
{
    /// <summary>Reads within the last hour below which nothing is said of the cache.</summary>
    private const int LeastReads = 50;

    private readonly Lazy<PriceTable> _prices = new(() => options.Value.PriceFile is { } file ? PriceTable.Read(file) : PriceTable.Default);

    public CapacityReport Advise(CapacityReport report, IReadOnlyList<Round> rounds)
    {
        if (rounds.Count == 0 || report.Flows.All(static f => f.Flow == Flow.Storage || f.Ceiling is null))
        {
            return report;
        }

        var (processes, last) = (rounds[^1].Processes, rounds[^1].Own.Sample);
        var answered = Passed(rounds, Quantity.CacheHits) + Passed(rounds, Quantity.CachePartial);
        var asked = answered + Passed(rounds, Quantity.CacheMisses);
        var connected = processes.Select(static one => one.Sample).MaxBy(static s => s.Now(Quantity.ConnectionsLimit) is > 0 and var most ? s.Now(Quantity.Connections) / most : 0)!;
        var prices = _prices.Value.Find(options.Value.Provider) ?? _prices.Value.Providers[0];
        var (advice, mistakes) = new Advisor(prices, Demands(report)).For(new SystemState(processes.Count > 1 ? report.Resources : [.. report.Resources.Select(static resource => resource with { Process = "" })])
        {
            Flows = report.Flows,
            Walls = report.Walls,
            Today = DateOnly.FromDateTime(report.At.UtcDateTime),
            ProcessorsOf = processes.Count == 1 ? new Dictionary<string, (int, string)>() : processes.ToDictionary(static one => one.Process.Name, static one => (one.Sample.Processors, one.Process.Machine)),
            Facts = new SystemFacts
            {
                Processors = last.Processors,
                SingleProcess = processes.Count == 1,
                QueuedBehindLog = true,
                MeasuredPerQuery = true,
                SlowQueries = SlowQueries.Of(Workload.QueriesOf(rounds)),
                HasCache = processes.Any(static one => one.Sample.Now(Quantity.CacheLimit) > 0),
                CacheHitRatio = asked >= LeastReads ? answered / asked : null,
                CacheableShare = asked >= LeastReads ? (answered + Passed(rounds, Quantity.CacheMissesAvoidable)) / asked : null,
                IngestP99 = report.Flows.FirstOrDefault(static f => f.Flow == Flow.Ingest)?.P99,
                QueriesP99 = report.Flows.FirstOrDefault(static f => f.Flow == Flow.Queries)?.P99,
                ConnectionsUsed = (int)connected.Now(Quantity.Connections),
                ConnectionsMax = connected.Now(Quantity.ConnectionsLimit) is > 0 and var most ? (int)most : null,
                DiskBytes = last.Machine.DiskFreeBytes > 0 ? ResourceCeilings.UsedBytes(last) + last.Machine.DiskFreeBytes : null,
                MemoryBytes = last.Machine.MemoryLimitBytes,
                Catalog = CatalogContention.Of(rounds),
            },
        });
        return report with { Advice = advice, Mistakes = mistakes };
    }

    public Plan Plan(PlanRequest request, CapacityReport? report) =>
        new Planner(_prices.Value).Plan(report is null ? request : request with { Demands = Demands(report) });

    /// <summary>How much a sum grew in all processes within the last hour.</summary>
    private static double Passed(IReadOnlyList<Round> rounds, Quantity quantity) =>
        rounds[^1].Processes.Sum(one => ResourceCeilings.Passed(Round.Samples(rounds, one.Process.Name), quantity));

    private static Demands Demands(CapacityReport report) => Planning.Demands.Default.MeasuredBy(report);
}
