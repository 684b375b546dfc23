using System.Text.Json;
using CsCheck;
using Headroom.App.Capacity;
using Headroom.App.Capacity.Planning;
using Xunit;

namespace Headroom.Tests.Capacity.Planning;

public sealed class PlannerTests
{
    private static readonly Planner Planner = new(PriceTable.Default);

    [Fact]
    public void A_small_shop_is_one_process_on_the_smallest_machine()
    {
        var plan = Planner.Plan(new PlanRequest { DailyActiveUsers = 10_000, EventsPerUser = 20, RetentionDays = 400 });
        Assert.Equal("single_process", plan.Topology);
        Assert.Null(plan.Missing);
        Assert.Equal(2, Assert.Single(plan.Machines).Processors);

        // 200,000 events a day: what is sent, what is kept and what is priced follow from it.
        Assert.Equal(200_000 / 86_400.0 * 4, plan.Load.PeakEventsPerSecond, 1e-9);
        Assert.Equal(80e6 * 45.7, plan.Load.StoredBytes, 1);
        Assert.Equal(["aws", "azure", "gcp"], plan.Costs.Select(static cost => cost.Provider));
        Assert.Equal((0.1008 * 730) + (plan.Machines[0].DiskGigabytes * 0.08), plan.Costs[0].Monthly, 0.01);
        Assert.InRange(plan.AcknowledgedP99!.Value, 0.0005, 0.1);
        Assert.InRange(plan.QueryableP99!.Value, 0.25, 1);
    }

    [Fact]
    public void A_million_users_need_a_larger_machine_and_nothing_apart()
    {
        var plan = Planner.Plan(new PlanRequest { DailyActiveUsers = 1_000_000, EventsPerUser = 40, Peak = 4, RetentionDays = 400, Provider = "aws" });
        Assert.Equal("larger_machine", plan.Topology);
        Assert.Null(plan.Missing);
        Assert.Single(plan.Costs);

        // Why smaller ones do not do, in order, and why nothing larger is needed.
        Assert.Equal(plan.Why.Count - 1, plan.Why.Count(static line => line.Contains("do not do", StringComparison.Ordinal)));
        Assert.Contains("neither a larger machine nor roles apart are needed", plan.Why[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_no_machine_takes_is_roles_apart_and_says_where_this_version_lacks_Writers()
    {
        var plan = Planner.Plan(new PlanRequest { DailyActiveUsers = 50_000_000, EventsPerUser = 600, Peak = 4, RetentionDays = 400, QueryDays = 1 });
        Assert.Equal("roles_apart", plan.Topology);
        Assert.True(plan.Machines.Single(static machine => machine.Role == "writer").Count > 1);
        Assert.Equal(Availability.SeveralWriters, plan.Missing);
        Assert.Contains(Availability.SeveralWriters, plan.Summary, StringComparison.Ordinal);
        Assert.Equal(["capture", "writer", "query"], plan.Machines.Select(static machine => machine.Role));

        // The Writer is one thread of each process: as many as keep it at the target.
        var demands = Demands.Default;
        Assert.InRange(plan.Machines[1].Count, Math.Ceiling(plan.Load.PeakEventsPerSecond * demands.EventWriterThread / Planner.Target), 200);
    }

    [Fact]
    public void Queries_that_no_machine_answers_in_time_are_told()
    {
        var plan = Planner.Plan(new PlanRequest { DailyActiveUsers = 50_000_000, EventsPerUser = 60, QueryDays = 90, QueriesPerSecond = 5 });
        Assert.Contains(plan.Warnings, static warning => warning.Contains("Not even the largest machine", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_queries_none_are_planned()
    {
        var plan = Planner.Plan(new PlanRequest { DailyActiveUsers = 1000, EventsPerUser = 5, QueriesPerSecond = 0 });
        Assert.Null(plan.QueryP99);
        Assert.DoesNotContain(plan.Parts, static part => part.Name.StartsWith("query", StringComparison.Ordinal));
    }

    [Fact]
    public void An_unknown_provider_is_refused_with_those_there_are() =>
        Assert.Contains("aws, azure, gcp", Assert.Throws<InvalidDataException>(() => Planner.Plan(new PlanRequest { DailyActiveUsers = 1, EventsPerUser = 1, Provider = "oracle" })).Message, StringComparison.Ordinal);

    [Fact]
    public void Of_memory_only_what_queries_follow_grows()
    {
        var request = new PlanRequest { DailyActiveUsers = 1_000_000, EventsPerUser = 40, Provider = "aws" };
        var plan = Planner.Plan(request);
        var wall = plan.Walls.Single(static wall => wall.Resource == "memory");

        // 1.5 GiB of bounds, and 40 bytes for a tenth of the events of 7 days.
        Assert.Equal(((plan.Machines[0].MemoryGigabytes * 1e9) - (1.5 * 1024 * 1024 * 1024)) / (40 * 0.1 * 40e6 * 7), wall.Times, 1e-6);
    }

    [Fact]
    public void Demands_that_an_installation_measured_take_the_place_of_the_default_ones()
    {
        var report = new CapacityReport(
            new DateTimeOffset(2026, 11, 26, 0, 0, 0, TimeSpan.Zero), "", 0, [],
            [Measured("capture_cpu", 5e-6), Measured("writer", 3e-6), Measured("store_writes", 2e-6), Measured("query_cpu", 0.05), Measured("fsync", null)], [], [], [], [], null) { Processors = 4 };
        var demands = Demands.Default.MeasuredBy(report);
        Assert.Equal((0, 20e-6), (demands.Request, demands.EventCapture));
        Assert.Equal(5e-6, demands.EventWriterThread, 1e-12);
        Assert.Equal(5e-6, demands.EventWriting, 1e-12);
        Assert.Equal((0.2, 0), (demands.Query, demands.QueryEvent));
        Assert.Equal(Demands.Default.Fsync, demands.Fsync);
        Assert.StartsWith("capture_cpu, writer, store_writes, query_cpu", demands.Basis, StringComparison.Ordinal);
        Assert.Contains("2026-11-26 on 4 processors", demands.Basis, StringComparison.Ordinal);

        // By the utilisation law: what it said of its load is what the plan says of the same load on as many processors.
        var plan = Planner.Plan(new PlanRequest { DailyActiveUsers = 86_400, EventsPerUser = 10_000, Peak = 1, RetentionDays = 1, QueriesPerSecond = 1, CacheHitRatio = 0, Demands = demands });
        var processors = plan.Parts.Single(static part => part.Name == "processors").Utilisation * plan.Machines[0].Processors;
        Assert.Equal((10_000 * 25e-6) + 0.2, processors, 1e-9);
        Assert.Equal(Demands.Default, Demands.Default.MeasuredBy(report with { Resources = [] }));
    }

    [Fact]
    public void Every_plan_keeps_the_target_walls_are_where_utilisation_says_and_costs_add_up() =>
        Requests.Sample(
            static request =>
            {
                var plan = Planner.Plan(request);
                Assert.Equal(plan.Machines.Any(static machine => machine is { Role: "writer", Count: > 1 }), plan.Missing is not null);
                foreach (var part in plan.Parts)
                {
                    Assert.True(double.IsFinite(part.Utilisation) && part.Utilisation >= 0);
                    var isRoom = part.Name.EndsWith("memory", StringComparison.Ordinal) || part.Name.EndsWith("disk_space", StringComparison.Ordinal);
                    if (plan.Warnings.Count == 0)
                    {
                        Assert.True(part.Utilisation <= (isRoom ? 0.9 : Planner.Target) + 1e-9, $"{part}");
                    }
                }

                Assert.NotEmpty(plan.Why);
                Assert.All(plan.Walls.Where(static wall => !wall.Resource.EndsWith("memory", StringComparison.Ordinal)), wall => Assert.Equal(1 / plan.Parts.Single(part => part.Name == wall.Resource).Utilisation, wall.Times, 1e-9));
                Assert.Equal(plan.Walls.OrderBy(static wall => wall.Times), plan.Walls);
                Assert.All(plan.Costs, static cost => Assert.Equal(cost.Lines.Sum(static line => line.Monthly), cost.Monthly, 0.1));

                // Twice the users never need less.
                if (plan.Topology != "roles_apart")
                {
                    var twice = Planner.Plan(request with { DailyActiveUsers = request.DailyActiveUsers * 2 });
                    Assert.True(twice.Topology == "roles_apart" || twice.Machines[0].Processors >= plan.Machines[0].Processors);
                }

                Assert.NotNull(JsonSerializer.Deserialize(JsonSerializer.Serialize(plan, PlanJson.Default.Plan), PlanJson.Default.Plan));
            },
            iter: 15, threads: 1);

    private static Gen<PlanRequest> Requests =>
        from users in Gen.Double[1, 8]
        from events in Gen.Double[1, 100]
        from peak in Gen.Double[1, 10]
        from days in Gen.Double[1, 800]
        from queries in Gen.Double[0, 20]
        from range in Gen.Double[1, 60]
        from hits in Gen.Double[0, 0.99]
        select new PlanRequest { DailyActiveUsers = Math.Pow(10, users), EventsPerUser = events, Peak = peak, RetentionDays = days, QueriesPerSecond = queries, QueryDays = range, CacheHitRatio = hits };

    private static ResourceReport Measured(string name, double? demand) => new(name, Flow.Ingest, ResourceKind.Processor, 0.5, 0, "", 0, 1, demand, null, null);
}
