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

    public CapacityReport Advise(CapacityReport report, IReadOnlyList<Sample> samples)
    {
        if (samples.Count == 0 || report.Flows.All(static f => f.Flow == Flow.Storage || f.Ceiling is null))
        {
            return report;
        }

        var last = samples[^1];
        var (answered, asked) = Reads(samples);
        var prices = _prices.Value.Find(options.Value.Provider) ?? _prices.Value.Providers[0];
        var (advice, mistakes) = new Advisor(prices, Demands(report)).For(new SystemState(report.Resources)
        {
            Flows = report.Flows,
            Walls = report.Walls,
            Today = DateOnly.FromDateTime(report.At.UtcDateTime),
            Facts = new SystemFacts
            {
                Processors = last.Processors,
                SingleProcess = true,
                QueuedBehindLog = true,
                MeasuredPerQuery = true,
                HasCache = last.Now(Quantity.CacheLimit) > 0,
                SlowQueries = SlowQueries.Of(Workload.QueriesOf(samples)),
                CacheHitRatio = asked >= LeastReads ? answered / asked : null,
                CacheableShare = asked >= LeastReads ? (answered + ResourceCeilings.Passed(samples, Quantity.CacheMissesAvoidable)) / asked : null,
                IngestP99 = report.Flows.FirstOrDefault(static f => f.Flow == Flow.Ingest)?.P99,
                QueriesP99 = report.Flows.FirstOrDefault(static f => f.Flow == Flow.Queries)?.P99,
                ConnectionsUsed = (int)last.Now(Quantity.Connections),
                ConnectionsMax = last.Now(Quantity.ConnectionsLimit) is > 0 and var most ? (int)most : null,
                DiskBytes = last.Machine.DiskFreeBytes > 0 ? ResourceCeilings.UsedBytes(last) + last.Machine.DiskFreeBytes : null,
                MemoryBytes = last.Machine.MemoryLimitBytes,
            },
        });
        return report with { Advice = advice, Mistakes = mistakes };
    }

    public Plan Plan(PlanRequest request, CapacityReport? report) =>
        new Planner(_prices.Value).Plan(report is null ? request : request with { Demands = Demands(report) });

    /// <summary>Reads that the cache answered, some of them in part, and all.</summary>
    private static (double Answered, double All) Reads(IReadOnlyList<Sample> samples)
    {
        var answered = ResourceCeilings.Passed(samples, Quantity.CacheHits) + ResourceCeilings.Passed(samples, Quantity.CachePartial);
        return (answered, answered + ResourceCeilings.Passed(samples, Quantity.CacheMisses));
    }

    private static Demands Demands(CapacityReport report) => Planning.Demands.Default.MeasuredBy(report);
}
