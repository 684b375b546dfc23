using CsCheck;
using Headroom.App.Capacity;
using Headroom.App.Capacity.Ceilings;
using Headroom.App.Capacity.Measuring;
using Xunit;

namespace Headroom.Tests.Capacity.Ceilings;

/// <summary>How the ceilings of several processes become those of the flows through all of them.</summary>
public sealed class InstallationCeilingsTests
{
    private const double MostOff = 0.2;
    private static readonly MeasuredProcess Writer = new("writer", "w", "w", new ProcessRoles(false, true, false));
    private static readonly string[] OfEach = [ResourceNames.CaptureCpu, ResourceNames.CaptureQueue, ResourceNames.Connections];
    private static readonly string[] Once = [ResourceNames.Fsync, ResourceNames.Writer, ResourceNames.WriterCpu];

    [Fact]
    public void One_process_has_the_resources_that_it_has_without_others()
    {
        var server = new SyntheticServer { EventDemand = 40e-6 };
        Sample[] samples = [.. Enumerable.Range(1, 60).Select(i => server.Next(20_000 * i / 60.0, i / 30.0))];

        var found = InstallationCeilings.Of(Round.Of(new MeasuredProcess("one", "h", "m", ProcessRoles.Whole), samples));

        Assert.Equal(ResourceCeilings.Of(samples).Select(static resource => resource with { Process = "one" }), found);
    }

    [Fact]
    public void Each_process_has_the_resources_of_its_roles_under_its_name()
    {
        var (capture, writer, query) = (Capture(), new SyntheticServer { Captures = false }, new SyntheticServer { Captures = false, Writes = false });
        var rounds = new List<Round>();
        for (var i = 0; i < 10; i++)
        {
            capture.Next(1_000);
            writer.Next(1_000);
            query.Next(0, 2);
            rounds.Add(At(writer, (Named("capture-1", "c", new ProcessRoles(true, false, false)), capture), (Named("query-1", "q", new ProcessRoles(false, false, true)), query)));
        }

        var report = CapacityReports.Of(DateTimeOffset.UnixEpoch, rounds, [], null, []);

        Assert.Equal(
            ["capture-1: capture_cpu capture_queue connections memory", "query-1: cache connections memory query_cpu query_queue", "writer: connections consumer_lag disk_space memory store_writes writer writer_cpu"],
            report.Resources.GroupBy(static r => r.Process).OrderBy(static g => g.Key, StringComparer.Ordinal)
                .Select(static g => $"{g.Key}: {string.Join(' ', g.Select(static r => r.Name).Order(StringComparer.Ordinal))}"));
        Assert.Equal(Flow.Queries, report.Resources.Single(static r => r is { Name: "connections", Process: "query-1" }).Flow);
        Assert.Equal(["writer", "capture-1", "query-1"], report.Processes.Select(static process => process.Name));
        Assert.Equal(["capture"], report.Processes[1].Roles);
        Assert.Equal(1_000, report.Flows[0].Load, 6);
        Assert.Equal(2, report.Flows[1].Load, 6);
    }

    /// <summary>Sum over the processes of what each has, and the lowest of the sums and of what is there once.</summary>
    [Fact]
    public void A_flows_ceiling_is_the_lowest_of_what_is_there_once_and_of_the_sums_of_what_each_process_has() => Gen.Select(
            Gen.Double[1, 1e6].Array[OfEach.Length].Array[1, 5], Gen.Double[1, 1e6].Array[Once.Length], Gen.Double[0.1, 1e5])
        .Sample((processes, once, load) =>
        {
            ResourceReport[] resources =
            [
                .. processes.SelectMany(static (ceilings, i) => ceilings.Select((ceiling, r) => Resource(OfEach[r], $"capture-{i}", ceiling, 1))),
                .. once.Select(static (ceiling, r) => Resource(Once[r], "writer", ceiling, 1)),
            ];
            (double Ceiling, string Name)[] sums = [.. OfEach.Select((name, r) => (processes.Sum(ceilings => ceilings[r]), name)), .. Once.Select((name, r) => (once[r], name))];

            var flow = FlowCeilings.Of(Flow.Ingest, "events/s", load, resources, null, null);

            var lowest = sums.MinBy(static sum => sum.Ceiling);
            return flow.Binding == lowest.Name && Math.Abs((flow.Ceiling!.Value / lowest.Ceiling) - 1) < 1e-9
                && Math.Abs((flow.Headroom!.Value * load / lowest.Ceiling) - 1) < 1e-9 && flow.Ceiling.Low <= flow.Ceiling.Value && flow.Ceiling.High >= flow.Ceiling.Value;
        });

    /// <summary>A resource that is hardly used has no ceiling. Its process takes at least what it takes now, and no more than its other resources let it.</summary>
    [Fact]
    public void What_is_not_known_of_a_process_is_neither_nothing_nor_without_an_end() => Gen.Select(
            Gen.Double[1, 1e6], Gen.Double[1, 1e6], Gen.Double[0.01, 1], Gen.Bool, Gen.Bool).Array[1, 6]
        .Sample(processes =>
        {
            ResourceReport[] resources =
            [
                .. processes.SelectMany(static (p, i) => (ResourceReport[])[
                    Resource(ResourceNames.CaptureCpu, $"{i}", p.Item4 ? p.Item1 : null, Math.Min(p.Item1, p.Item2) * p.Item3),
                    Resource(ResourceNames.CaptureQueue, $"{i}", p.Item5 ? p.Item2 : null, Math.Min(p.Item1, p.Item2) * p.Item3)]),
            ];
            var load = processes.Sum(static p => Math.Min(p.Item1, p.Item2) * p.Item3);

            var flow = FlowCeilings.Of(Flow.Ingest, "events/s", load, resources, null, null);

            return processes.All(static p => !p.Item4 && !p.Item5)
                ? flow.Ceiling is null
                : flow.Ceiling!.Value >= load * (1 - 1e-9) && flow.Ceiling.Value <= processes.Sum(static p => Math.Max(p.Item1, p.Item2)) * (1 + 1e-9);
        });

    [Fact]
    public void Captures_on_machines_of_their_own_take_together_what_each_of_them_takes() => Gen.Select(
            Gen.Double[20e-6, 100e-6], Gen.Double[20e-6, 100e-6], Gen.Double[0.3, 0.7], Gen.Double[0.3, 0.7])
        .Sample(
            (firstDemand, secondDemand, firstUse, secondUse) =>
            {
                var (first, second) = (1.98 / firstDemand, 1.98 / secondDemand);
                var rounds = Run(
                    (Capture(firstDemand), "one", first * firstUse), (Capture(secondDemand), "two", second * secondUse), new SyntheticServer { Captures = false, EventDemand = 1e-6, RowSeconds = 1e-7, BatchSeconds = 0.001 });

                var flow = CapacityReports.Of(DateTimeOffset.UnixEpoch, rounds, [], null, []).Flows[0];

                return flow.Binding == ResourceNames.CaptureCpu && Math.Abs((flow.Ceiling!.Value / (first + second)) - 1) < MostOff;
            },
            iter: 30);

    /// <summary>Two that share processors take no more than one that has them, whatever of the load each has.</summary>
    [Fact]
    public void The_processors_of_a_machine_that_two_processes_share_count_once() => Gen.Select(Gen.Double[20e-6, 100e-6], Gen.Double[0.3, 0.7], Gen.Double[0.15, 0.85])
        .Sample(
            (demand, use, share) =>
            {
                var truth = 1.96 / demand;
                var rounds = Run(
                    (Capture(demand), "same", truth * use * share), (Capture(demand), "same", truth * use * (1 - share)), new SyntheticServer { Captures = false, EventDemand = 1e-6, RowSeconds = 1e-7, BatchSeconds = 0.001 });

                var report = CapacityReports.Of(DateTimeOffset.UnixEpoch, rounds, [], null, []);

                var parts = report.Resources.Where(static r => r.Name == ResourceNames.CaptureCpu).Select(static r => r.Ceiling!.Value).ToList();
                return Math.Abs((report.Flows[0].Ceiling!.Value / truth) - 1) < MostOff && parts.Count == 2 && Math.Abs((parts[0] / parts.Sum()) - share) < 0.05;
            },
            iter: 30);

    [Fact]
    public void The_Writer_apart_is_there_once_and_has_the_events_of_all_captures()
    {
        var rounds = Run((Capture(10e-6), "one", 8_000), (Capture(10e-6), "two", 7_000), new SyntheticServer { Captures = false, RowSeconds = 30e-6, BatchSeconds = 0.05 });

        var report = CapacityReports.Of(DateTimeOffset.UnixEpoch, rounds, [], null, []);

        Assert.Equal(ResourceNames.Writer, report.Flows[0].Binding);
        Assert.InRange(report.Flows[0].Ceiling!.Value * (0.05 + (150_000 * 30e-6)) / 150_000, 1 - MostOff, 1 + MostOff);
        Assert.Equal(15_000, report.Flows[0].Load, 3);
        Assert.Equal(report.Flows[0].Headroom!.Value, report.Resources.Single(static r => r.Name == ResourceNames.Writer).Headroom!.Value, 6);
    }

    [Fact]
    public void The_processors_of_a_Writer_apart_are_there_once()
    {
        var rounds = Run((Capture(5e-6), "one", 10_000), (Capture(5e-6), "two", 10_000), new SyntheticServer { Captures = false, EventDemand = 50e-6, RowSeconds = 1e-7, BatchSeconds = 0.001 });

        var flow = CapacityReports.Of(DateTimeOffset.UnixEpoch, rounds, [], null, []).Flows[0];

        Assert.Equal(ResourceNames.WriterCpu, flow.Binding);
        Assert.InRange(flow.Ceiling!.Value * 50e-6 / 1.98, 1 - MostOff, 1 + MostOff);
    }

    [Fact]
    public void A_calibration_is_of_a_process_with_every_role_and_does_not_count_for_several()
    {
        var rounds = Run((Capture(10e-6), "one", 1), (Capture(10e-6), "two", 1), new SyntheticServer { Captures = false });

        Assert.Equal("not_enough_load", CapacityReports.Of(DateTimeOffset.UnixEpoch, rounds, [], new CalibrationReport(DateTimeOffset.UnixEpoch, 50_000, 100, 2, 10e-6, 0.005, 0.1, 0, []), []).Flows[0].Basis);
    }

    [Fact]
    public void What_binds_of_each_process_is_eased_by_one_process_more()
    {
        var rounds = Run((Capture(60e-6), "one", 25_000), (Capture(60e-6), "two", 25_000), new SyntheticServer { Captures = false, EventDemand = 1e-6, RowSeconds = 1e-7, BatchSeconds = 0.001 });
        var next = new NextSteps(Microsoft.Extensions.Options.Options.Create(new CapacityOptions()));

        var report = next.Advise(CapacityReports.Of(DateTimeOffset.UnixEpoch, rounds, [], null, []), rounds);

        var piece = Assert.Single(report.Advice, static piece => piece.Id == "another_process");
        var change = Assert.Single(piece.Expected, static change => change.Measure == "ceiling of ingest");
        Assert.Equal(report.Flows[0].Ceiling!.Value, change.Before, 3);
        Assert.Equal(1.5, change.After / change.Before, 2);
        Assert.Contains(piece.How, static how => how.Contains("--roles capture", StringComparison.Ordinal));
        Assert.DoesNotContain(report.Advice, static piece => piece.Id is "larger_machine" or "role_out");
    }

    [Fact]
    public void A_larger_machine_is_advised_for_what_is_there_once_on_it()
    {
        var rounds = Run((Capture(5e-6), "one", 15_000), (Capture(5e-6), "two", 15_000), new SyntheticServer { Captures = false, EventDemand = 50e-6, RowSeconds = 1e-7, BatchSeconds = 0.001 });
        var next = new NextSteps(Microsoft.Extensions.Options.Options.Create(new CapacityOptions()));

        var report = next.Advise(CapacityReports.Of(DateTimeOffset.UnixEpoch, rounds, [], null, []), rounds);

        var piece = Assert.Single(report.Advice, static piece => piece.Id == "larger_machine");
        Assert.Equal("utilisation of the processor time of the Writer in writer", piece.Evidence[0].Measure);
        Assert.True(piece.Expected[0].After > piece.Expected[0].Before);
    }

    private static SyntheticServer Capture(double demand = 10e-6) => new() { Writes = false, EventDemand = demand };

    private static MeasuredProcess Named(string name, string machine, ProcessRoles roles) => new(name, machine, machine, roles);

    private static Round At(SyntheticServer writer, params (MeasuredProcess Process, SyntheticServer Server)[] others) =>
        new(writer.Last.At, [new ProcessSample(Writer, writer.Last), .. others.Select(static one => new ProcessSample(one.Process, one.Server.Last))]);

    /// <summary>Two captures whose loads vary by themselves up to the last one, and the Writer of what both take.</summary>
    private static List<Round> Run((SyntheticServer Server, string Machine, double Load) first, (SyntheticServer Server, string Machine, double Load) second, SyntheticServer writer)
    {
        var random = new Random(7);
        var share = first.Machine == second.Machine;
        var rounds = new List<Round>();
        for (var i = 0; i < 66; i++)
        {
            var (a, b) = i < 60 ? (first.Load * (0.1 + (0.9 * random.NextDouble())), second.Load * (0.1 + (0.9 * random.NextDouble()))) : (first.Load, second.Load);
            first.Server.Next(a, others: share ? second.Server.Busy(b) : 0);
            second.Server.Next(b, others: share ? first.Server.Busy(a) : 0);
            writer.Next(a + b);
            var roles = new ProcessRoles(true, false, false);
            rounds.Add(At(writer, (Named("capture-1", first.Machine, roles), first.Server), (Named("capture-2", second.Machine, roles), second.Server)));
        }

        return rounds;
    }

    private static ResourceReport Resource(string name, string process, double? ceiling, double throughput) => new(
        name, Flow.Ingest, name.EndsWith("cpu", StringComparison.Ordinal) ? ResourceKind.Processor : ResourceKind.Queue, 0.5, 0, "", 0, throughput, null,
        ceiling is { } value ? new Estimate(value, value * 0.9, value * 1.1) : null, null)
    { Process = process };
}
