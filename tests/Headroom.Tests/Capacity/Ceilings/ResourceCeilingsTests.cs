using CsCheck;
using Headroom.App.Capacity;
using Headroom.App.Capacity.Ceilings;
using Headroom.App.Capacity.Measuring;
using Xunit;

namespace Headroom.Tests.Capacity.Ceilings;

public sealed class ResourceCeilingsTests
{
    private const double MostOff = 0.2;
    private static readonly MeasuredProcess Whole = new("one", "one", "one", ProcessRoles.Whole);

    [Fact]
    public void The_processors_bind_where_an_event_takes_most_of_them_and_their_ceiling_is_that_of_the_demand()
    {
        var server = new SyntheticServer { EventDemand = 40e-6 };

        var flow = Ingest(Ramp(server, 25_000));

        Assert.Equal(ResourceNames.CaptureCpu, flow.Binding);
        AssertNear((2 - 0.02) / 40e-6, flow.Ceiling);
        Assert.Equal("observed", flow.Basis);
    }

    /// <summary>An event takes up to four times as much where the threads that it needs are asleep.</summary>
    [Fact]
    public void What_threads_take_to_wake_up_at_half_of_the_ceiling_is_not_taken_for_what_events_take_there() => Gen.Select(
            Gen.Double[0, 3], Gen.Double[20e-6, 100e-6], Gen.Double[0, 0.03])
        .Sample(
            (waking, each, noise) =>
            {
                var truth = 1.98 / each;
                var server = new SyntheticServer { EventDemand = each, EventSwitches = waking * each / 30e-6, ByteSeconds = 1e-10, RowSeconds = 1e-7, BatchSeconds = 0.001, Noise = noise };
                var flow = Ingest(Ramp(server, truth / 2));
                return flow.Binding == ResourceNames.CaptureCpu && flow.Ceiling is { } ceiling && Math.Abs((ceiling.Value / truth) - 1) < MostOff && ceiling.Low <= 1.001 * truth && ceiling.High >= 0.95 * truth;
            },
            iter: 200);

    /// <summary>Whatever waking takes, and however far below the ceiling it is read: too low costs money, too high events.</summary>
    [Fact]
    public void The_processors_ceiling_is_never_told_a_fifth_too_high() => Gen.Select(
            Gen.Double[0, 3], Gen.Double[0.05, 0.6], Gen.Double[1, 20], Gen.Double[20, 200], Gen.Double[0, 0.05])
        .Sample(
            (waking, share, spread, period, noise) =>
            {
                const double Each = 50e-6;
                var truth = 1.98 / Each;
                var server = new SyntheticServer { EventDemand = Each, EventSwitches = waking * Each / 30e-6, Noise = noise };
                return Processors(UpAndDown(server, truth * share, spread, period)).Ceiling is { } ceiling && ceiling.Value < (1 + MostOff) * truth && ceiling.Low <= 1.05 * truth;
            },
            iter: 300);

    [Fact]
    public void A_demand_that_is_the_same_at_any_load_is_told_as_it_is_however_far_below_the_ceiling() => Gen.Select(
            Gen.Double[0.05, 0.6], Gen.Double[1, 20], Gen.Double[20, 200], Gen.Double[0, 0.05])
        .Sample(
            (share, spread, period, noise) =>
            {
                const double Each = 50e-6;
                var truth = 1.98 / Each;
                var server = new SyntheticServer { EventDemand = Each, Noise = noise };
                return Processors(UpAndDown(server, truth * share, spread, period)).Ceiling is { } ceiling && Math.Abs((ceiling.Value / truth) - 1) < MostOff;
            },
            iter: 300);

    [Fact]
    public void Of_a_load_that_does_not_vary_all_that_keeps_processors_busy_is_taken_for_the_demand_of_events()
    {
        var server = new SyntheticServer { EventDemand = 40e-6, EventSwitches = 3 };

        var flow = Ingest([.. Enumerable.Range(0, 60).Select(i => server.Next(10_000 + (i % 5 * 500)))]);

        AssertNear(1.98 / (server.Busy(11_000) - 0.02) * 11_000, flow.Ceiling);
    }

    [Fact]
    public void The_logs_disk_binds_where_a_byte_takes_long()
    {
        var server = new SyntheticServer { ByteSeconds = 250e-9 };

        var flow = Ingest(Ramp(server, 6_500));

        Assert.Equal(ResourceNames.Fsync, flow.Binding);
        AssertNear((1 - (0.001 / 0.1)) / (250e-9 * 300), flow.Ceiling);
    }

    [Fact]
    public void An_fsync_that_many_share_is_not_taken_for_the_demand_of_each()
    {
        var server = new SyntheticServer { FsyncSeconds = 0.02, EventDemand = 40e-6 };

        var flow = Ingest(Ramp(server, 20_000));

        Assert.Equal(ResourceNames.CaptureCpu, flow.Binding);
    }

    [Fact]
    public void The_Writer_binds_where_a_row_takes_long_and_its_batches_fixed_part_is_not_counted_for_each_row()
    {
        var server = new SyntheticServer { RowSeconds = 30e-6, BatchSeconds = 0.05 };

        var flow = Ingest(Ramp(server, 15_000));

        Assert.Equal(ResourceNames.Writer, flow.Binding);
        AssertNear(150_000 / (0.05 + (150_000 * 30e-6)), flow.Ceiling);
    }

    [Fact]
    public void Statements_to_ClickHouse_are_told_by_themselves_and_take_no_slot_of_the_segments()
    {
        var server = new SyntheticServer { ClickHouseSlots = 8, QueryDemand = 0.001 };
        var found = ResourceCeilings.Of([.. Enumerable.Range(0, 60).Select(_ => server.Next(1_000, 5))]);

        var there = found.Single(static r => r.Name == ResourceNames.ClickHouse);
        Assert.Equal((Flow.Queries, ResourceKind.Queue, null), (there.Flow, there.Kind, there.Ceiling));
        Assert.Equal(5 * 0.4 / 8, there.Utilisation, 1e-6);
        Assert.Equal(0.4, there.ServiceDemand!.Value, 1e-6);
        Assert.Equal(5, there.Throughput, 1e-6);
        Assert.Equal(0.5, there.ErrorsPerSecond, 1e-6);
        var slots = found.Single(static r => r.Name == ResourceNames.QueryQueue);
        Assert.Equal(0, slots.Utilisation, 1e-6);
        Assert.Null(slots.Ceiling);

        // Without ClickHouse there is no such resource.
        var other = new SyntheticServer();
        Assert.DoesNotContain(ResourceCeilings.Of([other.Next(1_000, 5)]), static r => r.Name == ResourceNames.ClickHouse);
    }

    [Fact]
    public void A_small_queue_of_capture_binds_by_Littles_law()
    {
        var server = new SyntheticServer { CaptureLimit = 4 };

        var flow = Ingest(Ramp(server, 700));

        Assert.Equal(ResourceNames.CaptureQueue, flow.Binding);
        AssertNear(4 / (0.003 + 0.001), flow.Ceiling);
    }

    [Fact]
    public void Where_a_commit_takes_most_of_a_requests_time_all_wait_for_two_when_the_queue_is_full()
    {
        var server = new SyntheticServer { CaptureLimit = 4, RequestSeconds = 0.011, FsyncSeconds = 0.01 };

        var flow = Ingest(Ramp(server, 150));

        Assert.Equal(ResourceNames.CaptureQueue, flow.Binding);
        AssertNear(4 / 0.021, flow.Ceiling);
    }

    [Fact]
    public void Requests_that_stay_longer_the_more_there_are_fill_a_queue_sooner()
    {
        var server = new SyntheticServer { CaptureLimit = 4, RequestSeconds = 0.001, RequestSecondsMore = 1e-6 };

        var flow = Ingest(Ramp(server, 780));

        Assert.Equal(ResourceNames.CaptureQueue, flow.Binding);
        AssertNear((-0.002 + Math.Sqrt(4e-6 + (4 * 1e-6 * 4))) / 2e-6, flow.Ceiling);
    }

    [Fact]
    public void Of_a_load_that_does_not_vary_the_time_that_requests_stay_is_taken_for_the_same_at_any()
    {
        var server = new SyntheticServer { CaptureLimit = 4, RequestSeconds = 0.001, RequestSecondsMore = 1e-6 };

        var flow = Ingest([.. Enumerable.Range(0, 60).Select(_ => server.Next(800))]);

        AssertNear(4 / 0.0028, flow.Ceiling);
    }

    [Fact]
    public void Expensive_queries_bind_at_the_processors_and_what_ingest_takes_is_not_theirs()
    {
        var server = new SyntheticServer { QueryDemand = 0.2, SlotSeconds = 0.1 };
        Sample[] samples = [.. Enumerable.Range(1, 60).Select(i => server.Next(20_000, i * 4.5 / 60))];

        var flow = Report(samples).Flows[(int)Flow.Queries];

        Assert.Equal(ResourceNames.QueryCpu, flow.Binding);
        AssertNear((2 - 0.02 - 0.2) / 0.2, flow.Ceiling);
    }

    [Fact]
    public void Few_slots_for_queries_bind_before_the_processors_do()
    {
        var server = new SyntheticServer { QuerySlots = 1, QueryDemand = 0.05, SlotSeconds = 0.05 };
        Sample[] samples = [.. Enumerable.Range(1, 60).Select(i => server.Next(100, i * 10 / 60.0))];

        var flow = Report(samples).Flows[(int)Flow.Queries];

        Assert.Equal(ResourceNames.QueryQueue, flow.Binding);
        AssertNear(1 / 0.05, flow.Ceiling);
    }

    [Fact]
    public void A_server_with_next_to_no_load_says_that_it_cannot_say()
    {
        var server = new SyntheticServer();
        Sample[] samples = [.. Enumerable.Range(0, 60).Select(_ => server.Next(1))];

        var report = Report(samples);

        Assert.Equal("not_enough_load", report.Flows[(int)Flow.Ingest].Basis);
        Assert.Null(report.Flows[(int)Flow.Ingest].Ceiling);
        Assert.Contains("calibrate", report.Summary, StringComparison.Ordinal);
        Assert.Equal(0, report.Severity);
    }

    [Theory]
    [InlineData(1.9, 1)]
    [InlineData(1.2, 0)]
    public void Processors_that_others_keep_busy_are_worth_a_look_whatever_the_own_load(double others, int severity)
    {
        var server = new SyntheticServer();
        Sample[] samples = [.. Enumerable.Range(0, 60).Select(_ => server.Next(1, others: others))];

        var report = Report(samples);

        Assert.Equal(severity, report.Severity);
        Assert.Equal(severity > 0, report.Summary.Contains("are busy for 96 % of the time, and Headroom takes only 1 %", StringComparison.Ordinal));
    }

    [Fact]
    public void Processors_that_the_own_load_keeps_busy_are_no_matter_of_others()
    {
        var server = new SyntheticServer();

        Assert.DoesNotContain("what else runs", Report(Ramp(server, 190_000)).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_calibration_gives_the_ceiling_of_a_server_with_no_load_and_says_so()
    {
        var server = new SyntheticServer();
        Sample[] samples = [.. Enumerable.Range(0, 60).Select(_ => server.Next(1))];
        var calibration = new CalibrationReport(DateTimeOffset.UnixEpoch, 50_000, 100, 2, 10e-6, 0.005, 0.1, 0, []);

        var flow = CapacityReports.Of(samples[^1].At, Round.Of(Whole, samples), [], calibration, []).Flows[(int)Flow.Ingest];

        Assert.Equal("calibrated", flow.Basis);
        Assert.Equal(50_000, flow.Ceiling!.Value, 1);
    }

    [Fact]
    public void A_calibration_of_another_number_of_processors_does_not_count()
    {
        var server = new SyntheticServer();
        Sample[] samples = [.. Enumerable.Range(0, 60).Select(_ => server.Next(1))];
        var calibration = new CalibrationReport(DateTimeOffset.UnixEpoch, 50_000, 100, 8, 10e-6, 0.005, 0.1, 0, []);

        Assert.Equal("not_enough_load", CapacityReports.Of(samples[^1].At, Round.Of(Whole, samples), [], calibration, []).Flows[(int)Flow.Ingest].Basis);
    }

    [Fact]
    public void Events_that_cost_twice_what_the_calibrations_did_halve_its_ceiling()
    {
        var server = new SyntheticServer { EventDemand = 40e-6 };
        var samples = Ramp(server, 20_000);
        var calibration = new CalibrationReport(DateTimeOffset.UnixEpoch, 60_000, 100, 2, 10e-6, 0.005, 0.1, 0, []);

        AssertNear(30_000, CapacityReports.Of(samples[^1].At, Round.Of(Whole, samples), [], calibration, []).Flows[(int)Flow.Ingest].Ceiling);
    }

    [Fact]
    public void What_is_not_well_is_severe_whatever_the_headroom()
    {
        var server = new SyntheticServer();
        Sample[] samples = [server.Next(100)];

        var report = CapacityReports.Of(samples[^1].At, Round.Of(Whole, samples), [], null, ["writer: The Writer is 9 s behind."]);

        Assert.Equal(2, report.Severity);
        Assert.Contains("9 s behind", report.Summary, StringComparison.Ordinal);
    }

    /// <summary>At half of the ceiling it is within a fifth, whatever the demands.</summary>
    [Fact]
    public void The_ceiling_read_at_half_of_it_is_the_lowest_of_the_demands() => Gen.Select(
            Gen.Double[5e-6, 100e-6], Gen.Double[1e-9, 400e-9], Gen.Double[1e-6, 80e-6], Gen.Double[0.001, 0.05], Gen.Double[0, 0.05])
        .Sample(
            (each, perByte, row, batch, noise) =>
            {
                var server = new SyntheticServer { EventDemand = each, ByteSeconds = perByte, RowSeconds = row, BatchSeconds = batch, Noise = noise };
                var truth = Math.Min(
                    1.98 / each,
                    Math.Min(0.99 / (perByte * 300), 150_000 / (batch + (150_000 * row))));
                var flow = Ingest(Ramp(server, truth / 2));
                return flow.Ceiling is { } ceiling && Math.Abs((ceiling.Value / truth) - 1) < MostOff && ceiling.Low <= ceiling.Value && ceiling.High >= ceiling.Value;
            },
            iter: 300);

    private static Sample[] Ramp(SyntheticServer server, double to) => [.. Enumerable.Range(1, 60).Select(i => server.Next(to * i / 60)), .. Enumerable.Range(0, 6).Select(_ => server.Next(to))];

    /// <summary>An hour of loads between a largest one, with which it ends, and that over the spread.</summary>
    private static Sample[] UpAndDown(SyntheticServer server, double most, double spread, double period) =>
        [.. Enumerable.Range(-359, 360).Select(i => server.Next(most * Math.Pow(spread, (Math.Cos(2 * Math.PI * i / period) - 1) / 2)))];

    private static ResourceReport Processors(IReadOnlyList<Sample> samples) => Report(samples).Resources.Single(static resource => resource.Name == ResourceNames.CaptureCpu);

    private static CapacityReport Report(IReadOnlyList<Sample> samples) => CapacityReports.Of(samples[^1].At, Round.Of(Whole, samples), [], null, []);

    private static FlowHeadroom Ingest(IReadOnlyList<Sample> samples) => Report(samples).Flows[(int)Flow.Ingest];

    private static void AssertNear(double truth, Estimate? estimate)
    {
        Assert.NotNull(estimate);
        Assert.InRange(estimate.Value / truth, 1 - MostOff, 1 + MostOff);
    }
}
