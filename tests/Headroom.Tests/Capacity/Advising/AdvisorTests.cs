using CsCheck;
using Headroom.App.Capacity;
using Headroom.App.Capacity.Advising;
using Headroom.App.Capacity.Ceilings;
using Headroom.App.Capacity.Planning;
using Xunit;

namespace Headroom.Tests.Capacity.Advising;

public sealed class AdvisorTests
{
    private static readonly DateOnly Today = new(2026, 11, 26);

    /// <summary>A program in NodeJS over PostgreSQL at a hundred times the load that it was made for, as a guide to scaling tells of it.</summary>
    private static readonly SystemState Monolith = new([
        Resource("database_cpu", Flow.Queries, ResourceKind.Processor, 0.95, 1200),
        Resource("application_cpu", Flow.Ingest, ResourceKind.Processor, 0.35, 900),
        Resource("database_connections", Flow.Queries, ResourceKind.Connections, 1, 1200),
    ])
    {
        Today = Today,
        Flows = [Headroom(Flow.Queries, 1200, 1.05, "database_cpu"), Headroom(Flow.Ingest, 900, 1.05, "database_cpu")],
        Facts = new SystemFacts
        {
            IsHeadroom = false, Processors = 16, SingleProcess = true, QueuedBehindLog = false, MeasuredPerQuery = false,
            SlowQueries = [new QueryKindFacts("orders of a customer", 0.45, 2_400_000, 20, "all rows of orders")],
            HasCache = false, CacheableShare = 0.85, ConnectionsUsed = 500, ConnectionsMax = 500, Pooled = false,
            IngestP99 = 2.1, QueriesP99 = 2.1, MonthlyBill = 40_000,
        },
    };

    [Fact]
    public void A_monolith_at_its_wall_is_advised_as_was_right_and_not_to_shard()
    {
        var (advice, mistakes) = Advisor.Advise(Monolith);
        Assert.Equal(["measure", "improve_query", "pool_connections", "cache_more", "scale_bottleneck", "queue_ingest"], advice.Select(static piece => piece.Id));
        Assert.Equal("utilisation of database cpu", advice.Single(static piece => piece.Id == "scale_bottleneck").Evidence[0].Measure);
        Assert.Contains(mistakes, static mistake => mistake.Id == "shard_early");
        Assert.Contains(mistakes, static mistake => mistake.Id == "pool_missing");
        Assert.DoesNotContain(advice, static piece => piece.Id is "shard" or "larger_machine");

        // The ceiling after each is what the demand left says; the tail falls.
        var index = Expected(advice, "improve_query", "ceiling of queries");
        Assert.Equal(index.Before / (1 - (0.45 * 0.9)), index.After, 1e-6);
        var cache = Expected(advice, "cache_more", "ceiling of queries");
        Assert.Equal(cache.Before / 0.2, cache.After, 1e-6);
        Assert.Equal(2.1, Expected(advice, "improve_query", "p99 of queries").Before);
        Assert.InRange(Expected(advice, "improve_query", "p99 of queries").After, 0.2, 0.63);
        Assert.InRange(Expected(advice, "cache_more", "p99 of queries").After, 0.4, 1);
        Assert.True(Expected(advice, "queue_ingest", "p99 of ingest").After < 0.1);
        Assert.True(Expected(advice, "pool_connections", "connections in use").After < 100);

        // All of it costs less than a twentieth of the bill.
        Assert.True(advice.Sum(static piece => piece.MonthlyCost) < 2_000);
        Assert.All(advice.Where(static piece => piece.MonthlyCost > 0), static piece => Assert.Contains("2025-06-01", piece.CostBasis, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_cacheable_share_connections_or_queries_nothing_is_said_of_them()
    {
        var (advice, mistakes) = Advisor.Advise(Monolith with { Facts = new SystemFacts { IsHeadroom = false, SingleProcess = true, Processors = 16 } });
        Assert.Equal(["measure", "scale_bottleneck"], advice.Select(static piece => piece.Id));
        Assert.Equal(["shard_early"], mistakes.Select(static mistake => mistake.Id));
    }

    [Fact]
    public void Nothing_is_needed_where_headroom_is_ample_and_no_wall_is_near()
    {
        var state = new SystemState([Resource("query_cpu", Flow.Queries, ResourceKind.Processor, 0.2, 30)]) { Today = Today, Flows = [Headroom(Flow.Queries, 30, 5, "query_cpu")], Facts = new SystemFacts { Processors = 2 } };
        var piece = Assert.Single(Advisor.Advise(state).Advice);
        Assert.Equal("nothing", piece.Id);
        Assert.Contains(piece.Evidence, static evidence => evidence is { Measure: "headroom of queries", Value: 5 });
        Assert.Empty(Advisor.Advise(state).Mistakes);

        // A wall in two months is near, one in a year is not.
        Assert.Equal("nothing", Assert.Single(Advisor.Advise(state with { Walls = [Wall(Flow.Queries, Today.AddDays(365))] }).Advice).Id);
        Assert.Equal("larger_machine", Assert.Single(Advisor.Advise(state with { Walls = [Wall(Flow.Queries, Today.AddDays(60))] }).Advice).Id);
    }

    [Fact]
    public void Nothing_at_all_measured_gives_no_advice()
    {
        var (advice, mistakes) = Advisor.Advise(new SystemState([]));
        Assert.Empty(advice);
        Assert.Empty(mistakes);
    }

    [Theory]
    [InlineData(ResourceKind.Thread, "writer")]
    [InlineData(ResourceKind.Disk, "fsync")]
    public void A_bigger_machine_is_a_mistake_where_a_thread_or_the_disk_is_the_bound(ResourceKind kind, string name)
    {
        var state = new SystemState([Resource(name, Flow.Ingest, kind, 0.85, 200_000), Resource("capture_cpu", Flow.Ingest, ResourceKind.Processor, 0.4, 200_000)])
        {
            Flows = [Headroom(Flow.Ingest, 200_000, 1 / 0.85, name)], Facts = new SystemFacts { Processors = 2, SingleProcess = true },
        };
        var (advice, mistakes) = Advisor.Advise(state);
        Assert.Contains(mistakes, static mistake => mistake.Id == "bigger_machine");
        Assert.DoesNotContain(advice, static piece => piece.Id == "larger_machine");

        // Where the processors are the bound it is the advice.
        var processors = Advisor.Advise(state with { Resources = [Resource("capture_cpu", Flow.Ingest, ResourceKind.Processor, 0.85, 200_000)], Flows = [Headroom(Flow.Ingest, 200_000, 1 / 0.85, "capture_cpu")] });
        Assert.DoesNotContain(processors.Mistakes, static mistake => mistake.Id == "bigger_machine");
        var larger = Assert.Single(processors.Advice, static piece => piece.Id == "larger_machine");
        Assert.Equal((0.2016 - 0.1008) * 730, larger.MonthlyCost!.Value, 0.01);
        Assert.Equal(2, larger.Expected[0].After / larger.Expected[0].Before, 1e-9);
    }

    [Fact]
    public void A_larger_machine_is_expected_to_bring_no_more_than_the_next_wall_allows()
    {
        var state = new SystemState([Resource("capture_cpu", Flow.Ingest, ResourceKind.Processor, 0.8, 100_000), Resource("writer", Flow.Ingest, ResourceKind.Thread, 0.6, 100_000)])
        {
            Flows = [Headroom(Flow.Ingest, 100_000, 1.25, "capture_cpu")], Facts = new SystemFacts { Processors = 2 },
        };
        var expected = Expected(Advisor.Advise(state).Advice, "larger_machine", "ceiling of ingest");
        Assert.Equal(100_000 / 0.6, expected.After, 1);
    }

    [Fact]
    public void A_replica_of_the_catalog_is_advised_where_commits_break_first_and_are_shown_to_lose_most_by_reads_of_it()
    {
        var contention = new CatalogContention(3, 1.5, 0.8, 0.1, 0.04);
        var state = new SystemState([Resource("store_writes", Flow.Ingest, ResourceKind.Disk, 0.7, 50_000), Resource("writer", Flow.Ingest, ResourceKind.Thread, 0.9, 50_000)])
        {
            Flows = [Headroom(Flow.Ingest, 50_000, 1 / 0.7, "store_writes")], Facts = new SystemFacts { Processors = 4, SingleProcess = false, Catalog = contention },
        };
        var piece = Assert.Single(Advisor.Advise(state).Advice, static piece => piece.Id == "catalog_replica");
        Assert.Equal(7, piece.Step);
        Assert.Equal(Math.Round(0.159 * 730 + 20 * 0.115, 2), piece.MonthlyCost);
        Assert.Contains("3 processes that only query", piece.Because, StringComparison.Ordinal);
        Assert.Contains(piece.How, static how => how.Contains("Headroom:Postgres:Replicas", StringComparison.Ordinal));
        Assert.Equal((0.1, 0.04), Change("a commit in the catalog"));

        // Six tenths of eight tenths of the time of commits, which is seven of the nine tenths of the Writer's thread.
        const double Spared = 0.7 * 0.8 * 0.6;
        Assert.Equal(0.7 - Spared, Change("utilisation of the store's disk").After, 1e-9);
        Assert.Equal(0.9 / (0.9 - Spared), Change("ceiling of ingest").After / Change("ceiling of ingest").Before, 1e-9);

        // Up to what the next resource takes.
        var next = state with { Resources = [.. state.Resources, Resource("capture_cpu", Flow.Ingest, ResourceKind.Processor, 0.6, 50_000)] };
        Assert.Equal(50_000 / 0.6, Expected(Advisor.Advise(next).Advice, "catalog_replica", "ceiling of ingest").After, 1e-6);

        Assert.DoesNotContain(Without(state.Facts with { Catalog = null }), static piece => piece.Id == "catalog_replica");
        Assert.DoesNotContain(Without(state.Facts with { Catalog = contention with { CommitShare = 0.4 } }), static piece => piece.Id == "catalog_replica");
        var other = state with { Flows = [Headroom(Flow.Ingest, 50_000, 1 / 0.9, "writer")] };
        Assert.DoesNotContain(Advisor.Advise(other).Advice, static piece => piece.Id == "catalog_replica");

        (double Before, double After) Change(string measure) => Expected([piece], "catalog_replica", measure) is var change ? (change.Before, change.After) : default;

        IReadOnlyList<AdvicePiece> Without(SystemFacts facts) => Advisor.Advise(state with { Facts = facts }).Advice;
    }

    [Fact]
    public void A_cache_that_does_not_hit_is_told()
    {
        var state = Queries(0.7) with { Facts = new SystemFacts { Processors = 2, HasCache = true, CacheHitRatio = 0.05, CacheableShare = 0.1 } };
        Assert.Contains(Advisor.Advise(state).Mistakes, static mistake => mistake.Id == "cache_does_not_hit");
        Assert.DoesNotContain(Advisor.Advise(state).Advice, static piece => piece.Id == "cache_more");
        var hits = state with { Facts = state.Facts with { CacheHitRatio = 0.7, CacheableShare = 0.8 } };
        Assert.DoesNotContain(Advisor.Advise(hits).Mistakes, static mistake => mistake.Id == "cache_does_not_hit");
    }

    [Fact]
    public void Queries_that_read_inside_of_JSON_are_to_be_improved_as_far_as_others_of_their_kind_show()
    {
        var json = new QueryKindFacts("trends that read properties inside of JSON", 0.6, 1_000_000, 1_000_000) { RowSeconds = 8e-7, ColumnRowSeconds = 2e-7 };
        var state = Queries(0.9) with { Facts = new SystemFacts { Processors = 2, MeasuredPerQuery = true, QueriesP99 = 1.5, SlowQueries = [json] } };
        var piece = Advisor.Advise(state).Advice.Single(static piece => piece.Id == "improve_query");
        Assert.Contains("a million rows take 800 ms there, and 200 ms where such queries read columns", piece.Because, StringComparison.Ordinal);
        Assert.Contains(piece.Evidence, static evidence => evidence is { Measure: "a million rows, of columns", Unit: "s" } && Math.Abs(evidence.Value - 0.2) < 1e-9);
        Assert.Contains(piece.How, static how => how.Contains("MaxPropertyColumns", StringComparison.Ordinal));

        // Three quarters of six tenths are spared.
        var ceiling = Expected([piece], "improve_query", "ceiling of queries");
        Assert.Equal(ceiling.Before / 0.55, ceiling.After, 1e-6);
        Assert.Equal(1.5, Expected([piece], "improve_query", "p99 of queries").Before);

        // Where columns are hardly faster, and where these queries take little of the time, it is not worth it.
        Assert.DoesNotContain(Advisor.Advise(With(json with { ColumnRowSeconds = 6e-7 })).Advice, static piece => piece.Id == "improve_query");
        Assert.DoesNotContain(Advisor.Advise(With(json with { ShareOfTime = 0.05 })).Advice, static piece => piece.Id == "improve_query");

        SystemState With(QueryKindFacts kind) => state with { Facts = state.Facts with { SlowQueries = [kind] } };
    }

    [Fact]
    public void A_pool_that_is_too_small_is_told_and_enlarged()
    {
        var facts = new SystemFacts { IsHeadroom = false, Processors = 8, ConnectionsUsed = 20, ConnectionsMax = 20, Pooled = true };
        var state = new SystemState([Resource("database_cpu", Flow.Queries, ResourceKind.Processor, 0.3, 400), Resource("pool", Flow.Queries, ResourceKind.Connections, 1, 400)]) { Facts = facts };
        var (advice, mistakes) = Advisor.Advise(state);
        Assert.Contains(advice, static piece => piece.Id == "enlarge_pool");
        Assert.Contains(mistakes, static mistake => mistake.Id == "pool_too_small");
        Assert.DoesNotContain(Advisor.Advise(state with { Facts = facts with { ConnectionsUsed = 10 } }).Mistakes, static mistake => mistake.Id == "pool_too_small");
    }

    [Fact]
    public void A_missing_pool_is_told_and_made()
    {
        var facts = new SystemFacts { IsHeadroom = false, Processors = 8, ConnectionsUsed = 95, ConnectionsMax = 100, Pooled = false };
        var state = new SystemState([Resource("database_cpu", Flow.Queries, ResourceKind.Processor, 0.3, 400)]) { Facts = facts };
        Assert.Equal("pool_connections", Assert.Single(Advisor.Advise(state).Advice).Id);
        Assert.Contains(Advisor.Advise(state).Mistakes, static mistake => mistake.Id == "pool_missing");
        Assert.DoesNotContain(Advisor.Advise(state with { Facts = facts with { ConnectionsUsed = 30 } }).Mistakes, static mistake => mistake.Id == "pool_missing");
    }

    [Fact]
    public void Sharding_comes_last_and_only_on_the_largest_machine_with_nothing_else_left()
    {
        var largest = Queries(0.9) with { Facts = new SystemFacts { IsHeadroom = false, Processors = 32, SingleProcess = false, MeasuredPerQuery = true } };
        Assert.DoesNotContain(Advisor.Advise(largest).Advice, static piece => piece.Id == "shard");
        Assert.Contains(Advisor.Advise(largest).Advice, static piece => piece.Id == "replica");
        Assert.Contains(Advisor.Advise(largest).Mistakes, static mistake => mistake.Id == "shard_early");

        var headroom = largest with { Facts = largest.Facts with { IsHeadroom = true } };
        Assert.Equal("shard", Assert.Single(Advisor.Advise(headroom).Advice).Id);
        Assert.DoesNotContain(Advisor.Advise(headroom).Mistakes, static mistake => mistake.Id == "shard_early");
        Assert.Contains(Advisor.Advise(headroom with { Facts = headroom.Facts with { Processors = 4 } }).Mistakes, static mistake => mistake.Id == "shard_early");
    }

    [Fact]
    public void A_role_out_says_what_moves_first()
    {
        var state = Queries(0.9) with { Facts = new SystemFacts { Processors = 32, SingleProcess = true } };
        var piece = Assert.Single(Advisor.Advise(state).Advice, static piece => piece.Id == "role_out");
        Assert.Contains(piece.How, static step => step.Contains("segments to object storage", StringComparison.Ordinal));
        Assert.Contains(piece.How, static step => step.Contains("--roles", StringComparison.Ordinal));
    }

    [Fact]
    public void A_full_disk_is_enlarged_and_lasts_as_its_growth_says()
    {
        var state = new SystemState([Resource("disk_space", Flow.Storage, ResourceKind.Space, 0.9, 0)])
        {
            Flows = [new FlowHeadroom(Flow.Storage, "bytes", 90e9, null, null, "disk_space", "observed", new Estimate(10, 8, 12))],
            Facts = new SystemFacts { DiskBytes = 100e9 },
        };
        var days = Expected(Advisor.Advise(state).Advice, "larger_disk", "days until the disk is full");

        // 10 GB free last 10 days; on 200 GB 110 GB are free.
        Assert.Equal(110, days.After, 1e-6);
    }

    [Fact]
    public void Whatever_is_measured_advice_has_evidence_gets_nothing_worse_and_goes_in_order() =>
        States.Sample(
            static state =>
            {
                var (advice, mistakes) = Advisor.Advise(state);
                Assert.All(advice, static piece =>
                {
                    Assert.NotEmpty(piece.Evidence);
                    Assert.NotEmpty(piece.How);
                    Assert.All(piece.Evidence, static evidence => Assert.True(double.IsFinite(evidence.Value)));
                    Assert.Equal(piece.MonthlyCost is null, piece.CostBasis is null);
                    Assert.All(piece.Expected, static change =>
                    {
                        Assert.True(double.IsFinite(change.Before) && double.IsFinite(change.After));
                        var more = change.Measure.StartsWith("ceiling", StringComparison.Ordinal) || change.Measure.StartsWith("days", StringComparison.Ordinal);
                        Assert.True(more ? change.After > change.Before : change.After < change.Before, $"{change}");
                    });
                });
                // The names that code and metrics have for parts are no words for people.
                Assert.All(advice, static piece => Assert.DoesNotContain('_', $"{piece.Title} {piece.Because} {string.Join(' ', piece.Evidence.Select(static one => one.Measure))} {string.Join(' ', piece.Expected.Select(static one => one.Measure))}"));
                Assert.All(mistakes, static mistake => Assert.DoesNotContain('_', $"{mistake.Title} {mistake.Because}"));
                Assert.Equal(advice.Select(static piece => piece.Step).Order(), advice.Select(static piece => piece.Step));
                Assert.Equal(advice.Count, advice.Select(static piece => piece.Id).Distinct().Count());
                Assert.Equal(mistakes.Count, mistakes.Select(static mistake => mistake.Id).Distinct().Count());
                Assert.False(advice.Any(static piece => piece.Id == "shard") && mistakes.Any(static mistake => mistake.Id == "shard_early"));
                Assert.False(advice.Any(static piece => piece.Id == "larger_machine") && mistakes.Any(static mistake => mistake.Id == "bigger_machine"));
                Assert.False(advice.Any(static piece => piece.Id == "nothing") && advice.Count > 1);
            },
            iter: 500, threads: 1);

    private static Gen<SystemState> States =>
        from resources in Gen.Select(
            Gen.OneOfConst("capture_cpu", "query_cpu", "fsync", "writer", "memory", "disk_space", "connections", "cache"), Gen.Double[0, 1.05], Gen.Double[0.1, 1e6], Gen.Bool, Gen.Bool,
            static (name, utilisation, rate, known, ceiling) => Any(name, utilisation, rate, known, ceiling)).List[0, 8].Select(static list => list.DistinctBy(static r => r.Name).ToList())
        from headroom in Gen.Double[0.8, 8]
        from flows in Gen.Bool
        from wall in Gen.Int[1, 500]
        from bools in Gen.Bool.Array[8]
        from numbers in Gen.Double[0, 1].Array[8]
        from processors in Gen.OneOfConst<int?>(null, 1, 2, 3, 8, 16, 32, 64)
        select new SystemState(resources)
        {
            Today = Today,
            Flows = flows ? [.. resources.Where(static r => r.ServiceDemand is not null).DistinctBy(static r => r.Flow).Select(r => Headroom(r.Flow, r.Throughput, headroom, r.Name))] : [],
            Walls = bools[0] ? [Wall(Flow.Queries, Today.AddDays(wall)), Wall(Flow.Storage, Today.AddDays(wall))] : [],
            Facts = new SystemFacts
            {
                IsHeadroom = bools[1], Processors = processors, SingleProcess = Maybe(numbers[0], bools[2]), QueuedBehindLog = Maybe(numbers[1], bools[3]), MeasuredPerQuery = Maybe(numbers[2], bools[4]),
                SlowQueries = numbers[3] < 0.5 ? [new QueryKindFacts("a query", numbers[4], numbers[5] * 1e6, numbers[6] * 1e5)] : [],
                CacheHitRatio = Maybe(numbers[4], numbers[5]), HasCache = Maybe(numbers[5], bools[5]), CacheableShare = Maybe(numbers[6], numbers[7]),
                ConnectionsUsed = Maybe(numbers[7], (int)(numbers[1] * 100)), ConnectionsMax = Maybe(numbers[6], 100), Pooled = Maybe(numbers[5], bools[6]),
                IngestP99 = Maybe(numbers[2], numbers[0] * 3), QueriesP99 = Maybe(numbers[1], numbers[3] * 3), DiskBytes = Maybe(numbers[0], numbers[4] * 1e12), MemoryBytes = Maybe(numbers[3], numbers[0] * 1e11),
            },
        };

    private static T? Maybe<T>(double chance, T value)
        where T : struct => chance < 0.6 ? value : null;

    private static ResourceReport Any(string name, double utilisation, double rate, bool known, bool ceiling)
    {
        var (flow, kind) = name switch
        {
            "capture_cpu" => (Flow.Ingest, ResourceKind.Processor),
            "query_cpu" => (Flow.Queries, ResourceKind.Processor),
            "fsync" => (Flow.Ingest, ResourceKind.Disk),
            "writer" => (Flow.Ingest, ResourceKind.Thread),
            "memory" => (Flow.Queries, ResourceKind.Memory),
            "disk_space" => (Flow.Storage, ResourceKind.Space),
            "connections" => (Flow.Ingest, ResourceKind.Connections),
            _ => (Flow.Queries, ResourceKind.Cache),
        };
        var whole = Resource(name, flow, kind, utilisation, rate);
        return whole with { ServiceDemand = known && utilisation > 0 ? whole.ServiceDemand : null, Ceiling = ceiling && utilisation > 0 ? whole.Ceiling : null };
    }

    private static SystemState Queries(double utilisation) => new([Resource("query_cpu", Flow.Queries, ResourceKind.Processor, utilisation, 40)]) { Flows = [Headroom(Flow.Queries, 40, 1 / utilisation, "query_cpu")] };

    private static ResourceReport Resource(string name, Flow flow, ResourceKind kind, double utilisation, double rate) => new(
        name, flow, kind, utilisation, 0, "jobs", 0, rate, rate > 0 ? utilisation / rate : null,
        rate > 0 && utilisation > 0 ? new Estimate(rate / utilisation, rate / utilisation * 0.9, rate / utilisation * 1.1) : null, utilisation > 0 ? 1 / utilisation : null);

    private static FlowHeadroom Headroom(Flow flow, double load, double times, string binding) =>
        new(flow, "1/s", load, new Estimate(load * times, load * times * 0.9, load * times * 1.1), new Estimate(times, times * 0.9, times * 1.1), binding, "observed", null);

    private static WallForecast Wall(Flow flow, DateOnly day) => new(flow, "query_cpu", 100, day, day.AddDays(-10), day.AddDays(20), 0.05, [], "a test");

    private static ExpectedChange Expected(IEnumerable<AdvicePiece> advice, string id, string measure) => advice.Single(piece => piece.Id == id).Expected.Single(change => change.Measure == measure);
}
