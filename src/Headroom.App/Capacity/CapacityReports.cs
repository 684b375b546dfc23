using System.Globalization;
using Headroom.App.Capacity.Ceilings;
using Headroom.App.Capacity.Measuring;

namespace Headroom.App.Capacity;

/// <summary>From samples to the report.</summary>
internal static class CapacityReports
{
    /// <summary>Headroom below which the operator should look at it.</summary>
    public const double Little = 2;

    /// <summary>Headroom below which something is to be done now.</summary>
    public const double TooLittle = 1.2;

    /// <summary>Days to the wall below which the operator should look at it.</summary>
    public const int SoonDays = 30;

    /// <summary>Days below which something is to be done now.</summary>
    public const int NowDays = 7;

    /// <summary>Share of a machine's processors from which on it is said that others than Headroom keep them busy.</summary>
    private const double Crowded = 0.8;

    /// <param name="rounds">Of which the last minute's are the present.</param>
    /// <param name="walls">By flow, as forecast last.</param>
    public static CapacityReport Of(
        DateTimeOffset at, IReadOnlyList<Round> rounds, IReadOnlyList<WallForecast> walls, CalibrationReport? calibration, IReadOnlyList<string> problems)
    {
        var resources = InstallationCeilings.Of(rounds);
        if (resources.Count == 0)
        {
            return new CapacityReport(at, "Nothing has been measured yet.", problems.Count > 0 ? 2 : 0, [], [], walls, [], [], problems, calibration);
        }

        var processes = rounds[^1].Processes;
        var samples = Round.Samples(rounds, rounds[^1].Own.Process.Name);
        var (events, queries) = (InstallationCeilings.Load(rounds, Quantity.CaptureEvents), InstallationCeilings.Load(rounds, Quantity.Queries));

        // It was measured with all parts in one process.
        var measured = processes is [{ Process.Roles.IsWhole: true }] && calibration?.Processors == samples[^1].Processors ? calibration : null;
        FlowHeadroom[] flows =
        [
            FlowCeilings.Of(Flow.Ingest, "events/s", events, resources, Calibrated(resources, measured, ResourceNames.CaptureCpu, measured?.EventsPerSecond, measured?.SecondsPerEvent), null),
            FlowCeilings.Of(Flow.Queries, "queries/s", queries, resources, Calibrated(resources, measured, ResourceNames.QueryCpu, measured?.QueriesPerSecond, measured?.SecondsPerQuery), null),
            FlowCeilings.Of(Flow.Storage, "bytes", ResourceCeilings.UsedBytes(samples[^1]), resources, null, StorageGrowth.DaysLeft(samples, walls, at)),
        ];
        flows = [.. flows.Select(flow => flow with { P99 = Workload.P99(rounds, flow.Flow) })];
        IReadOnlyList<ResourceReport> complete =
        [
            .. resources.Select(resource => resource with
            {
                Headroom = resource.Ceiling is { } ceiling && Through(resource) is > 0 and var load ? ceiling.Value / load : null,
            }),
        ];
        var crowded = CrowdedByOthers(rounds);
        var severity = problems.Count > 0 ? 2 : Math.Max(Severity(flows, walls, at), crowded is null ? 0 : 1);
        return new CapacityReport(at, Summary(flows, walls, problems, crowded), severity, flows, complete, walls, [], [], problems, calibration)
        {
            Processors = samples[^1].Processors,
            Processes = [.. processes.Select(static one => new ProcessReport(one.Process.Name, one.Process.Host, one.Process.Roles.Names, one.Sample.Processors, one.Sample.At))],
        };

        // What is there once has the whole flow to take, what each process has that part of it which passes it.
        double Through(ResourceReport resource) => processes.Count > 1 && ResourceNames.IsOfEach(resource.Name) ? resource.Throughput : flows[(int)resource.Flow].Load;
    }

    /// <summary>
    /// A measured ceiling is of the synthetic events. Where the present ones are known to cost more or less it is that much lower or higher.
    /// </summary>
    private static Estimate? Calibrated(IReadOnlyList<ResourceReport> resources, CalibrationReport? calibration, string name, double? ceiling, double? seconds)
    {
        if (calibration is null || ceiling is not > 0)
        {
            return null;
        }

        var observed = resources.First(r => r.Name == name);
        var cost = observed is { Ceiling: { } known, ServiceDemand: > 0 } && seconds > 0
            ? new Estimate(seconds.Value / observed.ServiceDemand.Value, seconds.Value / observed.ServiceDemand.Value * known.Low / known.Value, seconds.Value / observed.ServiceDemand.Value * known.High / known.Value)
            : new Estimate(1, 0.8, 1.2);
        return new Estimate(ceiling.Value * cost.Value, ceiling.Value * cost.Low, ceiling.Value * cost.High);
    }

    private static int Severity(IReadOnlyList<FlowHeadroom> flows, IReadOnlyList<WallForecast> walls, DateTimeOffset at)
    {
        var today = DateOnly.FromDateTime(at.UtcDateTime);
        var severity = 0;
        foreach (var flow in flows)
        {
            var times = flow.Flow == Flow.Storage ? double.MaxValue : flow.Headroom?.Value ?? double.MaxValue;
            var days = flow.DaysLeft?.Value ?? double.MaxValue;
            severity = Math.Max(severity, times < TooLittle || days < NowDays ? 2 : times < Little || days < SoonDays ? 1 : 0);
        }

        foreach (var wall in walls)
        {
            var days = wall.Early is { } early ? early.DayNumber - today.DayNumber : int.MaxValue;
            severity = Math.Max(severity, days < NowDays ? 2 : days < SoonDays ? 1 : 0);
        }

        return severity;
    }

    /// <summary>
    /// A sentence where a machine's processors were busy for the last minute, and more with others than with Headroom: whatever its own load, what is
    /// left of them is not known to stay. Null where none is so.
    /// </summary>
    private static string? CrowdedByOthers(IReadOnlyList<Round> rounds)
    {
        foreach (var machine in rounds[^1].Processes.GroupBy(static one => one.Process.Machine))
        {
            var processes = machine.Select(one => ResourceCeilings.Present(Round.Samples(rounds, one.Process.Name))).ToList();
            var busy = processes.Max(static samples => samples.Average(static s => s.Busy / s.Processors));
            var own = processes.Sum(static samples => samples.Average(static s => s.Own / s.Processors));
            if (busy >= Crowded && own < busy / 2)
            {
                var processors = rounds[^1].Processes.Count == 1 ? "This machine's processors" : $"The processors of {machine.First().Process.Host}";
                return $"{processors} are busy for {Percent(busy)} of the time, and Headroom takes only {Percent(own)}: look at what else runs there.";
            }
        }

        return null;

        static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{Math.Min(share, 1) * 100:0} %");
    }

    private static string Summary(IReadOnlyList<FlowHeadroom> flows, IReadOnlyList<WallForecast> walls, IReadOnlyList<string> problems, string? crowded)
    {
        if (problems.Count > 0)
        {
            return $"Not well now: {string.Join(' ', problems)}";
        }

        var first = flows.Where(f => f.Flow != Flow.Storage && f.Headroom is not null).MinBy(f => f.Headroom!.Value);
        var storage = flows.First(f => f.Flow == Flow.Storage).DaysLeft;
        var wall = walls.Where(w => w.Median is not null).MinBy(w => w.Median);
        var text = first is null && flows.Any(static f => f.Basis == "calibrated")
            ? "There is no load yet to compare with the ceilings that headroom calibrate measured."
            : first is null
            ? "There is not enough load yet to say how much headroom is left; headroom calibrate measures it."
            : string.Create(CultureInfo.InvariantCulture, $"{Capital(Words(first.Flow))} can grow {first.Headroom!.Value:0.0} times before {Words(first.Binding!)} breaks first.");
        if (wall is not null)
        {
            text += string.Create(CultureInfo.InvariantCulture, $" At the present growth {Words(wall.Flow)} meets its wall, {Words(wall.Resource)}, about {wall.Median:yyyy-MM-dd}.");
        }

        if (storage is { Value: < 365 })
        {
            text += string.Create(CultureInfo.InvariantCulture, $" The disk is full in about {storage.Value:0} days.");
        }

        return crowded is null ? text : $"{text} {crowded}";
    }

    internal static string Words(Flow flow) => flow switch { Flow.Ingest => "ingest", Flow.Queries => "queries", _ => "storage" };

    internal static string Words(string resource) => resource switch
    {
        ResourceNames.CaptureCpu => "the processor time of capture",
        ResourceNames.CaptureQueue => "the number of requests under way",
        ResourceNames.Fsync => "the log's disk",
        ResourceNames.Writer => "the Writer's thread",
        ResourceNames.WriterCpu => "the processor time of the Writer",
        ResourceNames.StoreWrites => "the store's disk",
        ResourceNames.Connections => "the number of connections",
        ResourceNames.QueryCpu => "the processor time of queries",
        ResourceNames.QueryQueue => "the number of queries at once",
        ResourceNames.ClickHouse => "the number of statements at once in ClickHouse",
        ResourceNames.DiskSpace => "the room on the disk",
        _ => resource.Replace('_', ' '),
    };

    internal static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
