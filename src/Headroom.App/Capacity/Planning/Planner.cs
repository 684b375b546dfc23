using System.Globalization;
using Headroom.App.Capacity.Model;

namespace Headroom.App.Capacity.Planning;

/// <summary>
/// The smallest installation that takes a load with every part at most at <see cref="Target"/> of its ceiling at the peak: one process on the smallest machine that does, and only then
/// roles apart. Demands are measured; utilisation follows from them by the utilisation law, U = X·D, and times by <see cref="Solver"/>.
/// </summary>
public sealed class Planner(PriceTable prices)
{
    /// <summary>Load over ceiling that a part may have at the peak.</summary>
    public const double Target = 0.6;

    /// <summary>Seconds: Headroom:Insights:TimeoutSeconds.</summary>
    private const double QueryTimeout = 30;

    /// <summary>Headroom:Store:MaxConcurrentQueries for two processors.</summary>
    private const int QueryPlaces = 4;

    /// <summary>Seconds: Headroom:Writing:CommitInterval, for which a batch collects.</summary>
    private const double Gather = 0.25;

    /// <summary>Headroom:Writing:MaxBatchRows.</summary>
    private const double BatchRows = 150_000;

    /// <summary>Bytes that the providers' block storage has in one volume at the most, the least of the three.</summary>
    private const double LargestDisk = 16e12;

    /// <summary>Room for rewriting segments, and that a disk is not to be full.</summary>
    private const double DiskReserve = 1.3;

    /// <summary>Bytes that funnels, paths and retention keep for each event that they follow, and the share of the events in their range that they do.</summary>
    private const double FollowedBytes = 40;
    private const double FollowedShare = 0.1;

    public Plan Plan(PlanRequest request)
    {
        var load = LoadOf(request);
        var provider = request.Provider is { } id ? prices.Find(id) ?? throw new InvalidDataException($"The price table has no provider \"{id}\"; it has {string.Join(", ", prices.Providers.Select(static p => p.Id))}.") : prices.Providers[0];
        var why = new List<string>();
        foreach (var machine in provider.Machines)
        {
            var whole = Single(request, load, machine.Processors, machine.MemoryGigabytes);
            if (whole.Short is { } isShort)
            {
                why.Add(Text($"{machine.Processors} processors do not do: {isShort}."));
                continue;
            }

            why.Add(Text($"With {machine.Processors} processors and {machine.MemoryGigabytes:0} GB every part is at {Percent(Target)} or less at the peak ({whole.Busiest.Name} at {Percent(whole.Busiest.Utilisation)}), so neither a larger machine nor roles apart are needed."));
            return SinglePlan(request, load, machine, machine == provider.Machines[0], whole, why);
        }

        return Apart(request, load, provider, why);
    }

    private static PlannedLoad LoadOf(PlanRequest request)
    {
        var perDay = request.DailyActiveUsers * request.EventsPerUser;
        var mean = perDay / 86_400;
        var stored = perDay * request.RetentionDays;
        var bytes = stored * request.Demands.EventBytes;

        // Besides: the log that is kept, the uuids of 48 hours, what queries spill.
        var disk = (bytes * DiskReserve) + (2 * perDay * 18) + (5 * 1024.0 * 1024 * 1024);
        return new PlannedLoad(perDay, mean, mean * request.Peak, mean * request.Peak / request.EventsPerRequest, request.QueriesPerSecond, stored, bytes, disk);
    }

    /// <summary>Processor seconds of a query that the store runs.</summary>
    private static double QueryWork(PlanRequest request, PlannedLoad load) => request.Demands.Query + (request.Demands.QueryEvent * load.EventsPerDay * Math.Min(request.QueryDays, request.RetentionDays));

    private static double RunQueries(PlanRequest request) => request.QueriesPerSecond * (1 - request.CacheHitRatio);

    private static double Memory(PlanRequest request, PlannedLoad load) => request.Demands.FixedMemory + (FollowedBytes * FollowedShare * load.EventsPerDay * Math.Min(request.QueryDays, request.RetentionDays));

    // ---- one process

    private static Sized Single(PlanRequest request, PlannedLoad load, int processors, double memoryGigabytes) =>
        Evaluate(request, load, processors, memoryGigabytes, new Shares(1, 1, 1), load.DiskBytes / LargestDisk);

    /// <param name="shares">Of the whole load, what one process of it takes.</param>
    private static Sized Evaluate(PlanRequest request, PlannedLoad load, int processors, double memoryGigabytes, Shares shares, double? disk)
    {
        var demands = request.Demands;
        var requests = load.PeakRequestsPerSecond * shares.Capture;
        var written = load.PeakEventsPerSecond * shares.Writing;
        var queries = RunQueries(request) * shares.Queries;
        var perRequest = demands.Request + (demands.EventCapture * request.EventsPerRequest);
        var query = QueryWork(request, load);
        var capture = requests * perRequest / processors;
        var writing = written * demands.EventWriting / processors;
        var querying = queries * query / processors;
        var fsync = requests * demands.FsyncRequest;
        var writer = written * (demands.EventWriterThread + (demands.WriterBatch / BatchRows));
        var parts = new List<PlannedPart> { new("processors", capture + writing + querying, null, null) };

        // Capture and what it waits for. A query runs on all processors, so it is there as many jobs as there are; a batch of the Writer is one job.
        var network = new Network(
            [new Processors("capture_cpu", processors), new Batches("fsync", demands.Fsync, demands.FsyncVariability), new Batches("writer", demands.WriterBatch, 0.5, Gather)], [],
            [
                new JobClass("requests", requests, [new Visit(0, perRequest, 1), new Visit(1, demands.FsyncRequest, 0)]),
                new JobClass("written", written / request.EventsPerRequest, [new Visit(2, demands.EventWriterThread * request.EventsPerRequest, 0)]),
                new JobClass("writing", written > 0 ? 1 / Gather : 0, [new Visit(0, written * demands.EventWriting * Gather, 0.5)]),
                new JobClass("queries", queries * processors, [new Visit(0, query / processors, demands.QueryVariability)]),
            ]);
        var solved = Solver.Solve(network);
        var acknowledged = requests > 0 ? solved.Classes[0].Response : null;
        var stored = written > 0 ? solved.Classes[1].Response : null;
        if (requests > 0)
        {
            parts.Add(new PlannedPart("capture_cpu", capture, solved.Classes[0].Steps[0]?.Mean, solved.Classes[0].Steps[0]?.P99));
            parts.Add(new PlannedPart("fsync", fsync, solved.Classes[0].Steps[1]?.Mean, solved.Classes[0].Steps[1]?.P99));
        }

        if (written > 0)
        {
            parts.Add(new PlannedPart("writer", writer, stored?.Mean, stored?.P99));
        }

        // Queries: as all processors work on one, they are one fast one, of which capture and writing take their share.
        Response? answered = null;
        if (queries > 0)
        {
            var places = Math.Max(QueryPlaces, processors * 2);
            var others = capture + writing;
            var fast = Solver.Solve(new Network(
                [new Processors("query_cpu", 1)], [new Pool("query_queue", places)],
                [
                    new JobClass("queries", queries, [new Visit(0, query / processors, demands.QueryVariability, 0)]),
                    new JobClass("others", others > 0 ? others / 0.001 : 0, [new Visit(0, 0.001, 1)]),
                ]));
            answered = fast.Classes[0].Response;
            parts.Add(new PlannedPart("query_cpu", querying, answered?.Mean, answered?.P99));
            parts.Add(new PlannedPart("query_queue", fast.Pools[0].Utilisation is var busy && double.IsFinite(busy) ? busy : 1, null, null));
        }

        parts.Add(new PlannedPart("memory", (shares.Queries > 0 ? Memory(request, load) : demands.FixedMemory) / (memoryGigabytes * 1e9), null, null));
        if (disk is { } share)
        {
            parts.Add(new PlannedPart("disk_space", share, null, null));
        }

        return new Sized(parts, acknowledged, stored, answered, queries > 0);
    }

    private Plan SinglePlan(PlanRequest request, PlannedLoad load, MachinePrice machine, bool isSmallest, Sized sized, List<string> why)
    {
        var topology = isSmallest ? "single_process" : "larger_machine";
        var disk = Math.Ceiling(load.DiskBytes / 1e9 / 10) * 10;
        var machines = (PlannedMachine[])[new PlannedMachine("all", 1, machine.Processors, machine.MemoryGigabytes, disk, "embedded", "disk")];
        var costs = Providers(request).Select(provider =>
        {
            var priced = provider.Machines.FirstOrDefault(m => m.Processors >= machine.Processors) ?? provider.Machines[^1];
            return Cost(provider, new PlannedCostLine($"1 × {priced.Name}", priced.Monthly), new PlannedCostLine(Text($"{disk:N0} GB of {provider.BlockStorage.Name}"), disk * provider.BlockStorage.GigabyteMonth));
        }).ToList();
        return new Plan(
            Text($"One process on {machine.Processors} processors takes {load.PeakEventsPerSecond:N0} events/s at the peak; {sized.Busiest.Name} is busiest, at {Percent(sized.Busiest.Utilisation)}. From {costs.Min(static c => c.Monthly):N0} US dollars a month."),
            topology, null, load, machines, sized.Parts, sized.Acknowledged?.P99, Sum(sized.Acknowledged?.P99, sized.Stored?.P99), sized.Answered?.P99, Walls(sized.Parts, request, load), costs, why, Warnings(load, sized.Answered), Assumptions(request));
    }

    // ---- roles apart

    private Plan Apart(PlanRequest request, PlannedLoad load, ProviderPrices provider, List<string> why)
    {
        var demands = request.Demands;
        var small = provider.Machines.FirstOrDefault(static machine => machine.Processors >= 4) ?? provider.Machines[^1];
        var perRequest = demands.Request + (demands.EventCapture * request.EventsPerRequest);
        var captures = Math.Max(2, Count(load.PeakRequestsPerSecond * perRequest / small.Processors, load.PeakRequestsPerSecond * demands.FsyncRequest));
        var writers = Count(load.PeakEventsPerSecond * demands.EventWriting / small.Processors, load.PeakEventsPerSecond * (demands.EventWriterThread + (demands.WriterBatch / BatchRows)));
        var capture = Evaluate(request, load, small.Processors, small.MemoryGigabytes, new Shares(1.0 / captures, 0, 0), null);
        var writer = Evaluate(request, load, small.Processors, small.MemoryGigabytes, new Shares(0, 1.0 / writers, 0), null);

        // Replicas of the smallest machine on which a query is answered in time; a query runs in one process.
        var sizes = provider.Machines.Where(static machine => machine.Processors >= 4).DefaultIfEmpty(provider.Machines[^1]).ToList();
        var (size, replicas, queries) = sizes.Select(Replicas).FirstOrDefault(static choice => choice.Sized.Short is null, Replicas(sizes[^1]));
        (MachinePrice Machine, int Count, Sized Sized) Replicas(MachinePrice machine)
        {
            var count = Math.Max(1, Count(RunQueries(request) * QueryWork(request, load) / machine.Processors, 0));
            var sized = Evaluate(request, load, machine.Processors, machine.MemoryGigabytes, new Shares(0, 0, 1.0 / count), null);
            for (; count < 1000 && sized.Parts.Any(static part => part.Name is "query_queue" && part.Utilisation > Target); count++)
            {
                sized = Evaluate(request, load, machine.Processors, machine.MemoryGigabytes, new Shares(0, 0, 1.0 / (count + 1)), null);
            }

            return (machine, count, sized);
        }

        var machines = new List<PlannedMachine>
        {
            new("capture", captures, small.Processors, small.MemoryGigabytes, 20, "kafka", "object_storage"),
            new("writer", writers, small.Processors, small.MemoryGigabytes, 20, "kafka", "object_storage"),
        };
        if (RunQueries(request) > 0)
        {
            // The days that are asked for most are kept on its own disk.
            var local = Math.Ceiling(load.EventsPerDay * Math.Min(request.QueryDays, request.RetentionDays) * demands.EventBytes * DiskReserve / 1e9 / 10) * 10;
            machines.Add(new PlannedMachine("query", replicas, size.Processors, size.MemoryGigabytes, Math.Max(20, local), "kafka", "object_storage"));
        }

        var logGigabytes = Math.Ceiling(load.EventsPerDay * 500 * 3 / 1e9);
        var costs = Providers(request).Select(p =>
        {
            var lines = machines.Select(machine =>
            {
                var priced = p.Machines.FirstOrDefault(m => m.Processors >= machine.Processors) ?? p.Machines[^1];
                return new PlannedCostLine(Text($"{machine.Count} × {priced.Name} ({machine.Role})"), machine.Count * (priced.Monthly + (machine.DiskGigabytes * p.BlockStorage.GigabyteMonth)));
            });
            return Cost(p, [
                .. lines,
                new PlannedCostLine(Text($"{p.Kafka.Name}, {logGigabytes:N0} GB"), p.Kafka.Monthly(logGigabytes)),
                new PlannedCostLine(Text($"{load.StoredBytes / 1e9:N0} GB of {p.ObjectStorage.Name}"), load.StoredBytes / 1e9 * p.ObjectStorage.GigabyteMonth),
                new PlannedCostLine($"{p.Postgres.Name}, 20 GB", p.Postgres.Monthly(20)),
            ]);
        }).ToList();

        var parts = Prefixed("capture", capture).Concat(Prefixed("writer", writer)).Concat(RunQueries(request) > 0 ? Prefixed("query", queries) : []).ToList();
        var busiest = parts.MaxBy(static part => part.Utilisation)!;
        why.Add(Text($"Apart, {captures} capture processes, {writers} of the Writer{(RunQueries(request) > 0 ? Text($" and {replicas} of queries with {size.Processors} processors") : "")} take it, {busiest.Name} at {Percent(busiest.Utilisation)}."));
        var warnings = Warnings(load, queries.Answered);
        if (RunQueries(request) > 0 && queries.Short is { } isShort)
        {
            warnings.Add($"Not even the largest machine answers such queries well: {isShort}. Ask over fewer days, let the cache answer more, or divide the data by project.");
        }

        return new Plan(
            Text($"Roles apart take {load.PeakEventsPerSecond:N0} events/s at the peak: {captures} capture, {writers} writer, {(RunQueries(request) > 0 ? replicas : 0)} query.{(Availability.Missing(writers) is { } missing ? $" This {missing}." : "")}"),
            "roles_apart", Availability.Missing(writers), load, machines, parts, capture.Acknowledged?.P99, Sum(capture.Acknowledged?.P99, writer.Stored?.P99), queries.Answered?.P99, Walls(parts, request, load), costs, why, warnings, Assumptions(request));

        int Count(double processorLoad, double threadLoad) => Math.Max(1, (int)Math.Ceiling(Math.Max(processorLoad, threadLoad) / Target - 1e-9));

        static IEnumerable<PlannedPart> Prefixed(string role, Sized sized) => sized.Parts.Select(part => part with { Name = $"{role}: {part.Name}" });
    }

    // ---- what is told

    private static List<PlannedWall> Walls(IEnumerable<PlannedPart> parts, PlanRequest request, PlannedLoad load) =>
    [
        .. parts.Where(static part => part.Utilisation > 0.001 && !part.Name.EndsWith("capture_cpu", StringComparison.Ordinal) && !part.Name.EndsWith("query_cpu", StringComparison.Ordinal))
            .Select(part => (part.Name, Times: TimesOf(part, request, load)))
            .Select(part => new PlannedWall(part.Name, part.Times, load.PeakEventsPerSecond * part.Times, Then(part.Name.Split(": ")[^1])))
            .Where(static wall => double.IsFinite(wall.Times))
            .OrderBy(static wall => wall.Times).Take(5),
    ];

    /// <summary>The utilisation law, U = X·D; of memory only what queries follow grows with the load.</summary>
    private static double TimesOf(PlannedPart part, PlanRequest request, PlannedLoad load)
    {
        if (!part.Name.EndsWith("memory", StringComparison.Ordinal))
        {
            return 1 / part.Utilisation;
        }

        var needed = Memory(request, load);
        var grows = needed - request.Demands.FixedMemory;
        return part.Name is "memory" or "query: memory" && grows > 0 ? ((needed / part.Utilisation) - request.Demands.FixedMemory) / grows : double.PositiveInfinity;
    }

    private static string Then(string part) => part switch
    {
        "processors" => "more processors of this machine, or fewer days in queries; of roles apart one process more",
        "writer" => $"the Writer is one thread of a process: more of them, each with a part of the log ({Availability.SeveralWriters})",
        "fsync" => "a faster disk for Headroom:Log:Directory, or more events in each request",
        "query_queue" => "Headroom:Store:MaxConcurrentQueries, as far as processors and memory are there",
        "memory" => "more memory, or Headroom:Store:MaxScannedRows to bound what one query follows",
        "disk_space" => "a shorter retention, several volumes as one, or object storage (Headroom:Segments=s3)",
        _ => "more of this machine",
    };

    private static List<string> Warnings(PlannedLoad load, Response? answered)
    {
        var warnings = new List<string>();
        if (answered is { P99: > 10 })
        {
            warnings.Add(Text($"A query that the cache does not answer takes {answered.Mean:0.0} s in the mean and {answered.P99:0.0} s at its p99: ask over fewer days, or let answers be some seconds old."));
        }

        if (load.PeakEventsPerSecond < 1)
        {
            warnings.Add("So few events that any machine takes them; what it costs is the machine.");
        }

        return warnings;
    }

    private static List<string> Assumptions(PlanRequest request) =>
    [
        $"Demands: {request.Demands.Basis}.",
        Text($"{request.EventsPerRequest:0.#} events in a request, {request.Demands.EventBytes:0.#} bytes for an event on disk, kept {request.RetentionDays:0.#} days, and {100 * (DiskReserve - 1):0} % of the disk free."),
        Text($"{request.QueriesPerSecond:0.##} queries/s at the peak over {request.QueryDays:0.#} days each; the cache answers {Percent(request.CacheHitRatio)} of them. One that follows persons holds {FollowedBytes:0} bytes for {Percent(FollowedShare)} of the events in its range."),
        Text($"A part may be at {Percent(Target)} of its ceiling at the peak, which is {request.Peak:0.##} times the mean."),
        "What breaks next does so at so many times the events, with as many queries.",
        "Processors are as fast as those on which the demands were measured, and twice as many do twice as much; headroom calibrate measures how far that holds on a machine.",
        "Prices are list prices without commitments, traffic out of the provider's network, backups and people's time.",
    ];

    private IEnumerable<ProviderPrices> Providers(PlanRequest request) => request.Provider is { } id ? [prices.Find(id)!] : prices.Providers;

    private static PlannedCost Cost(ProviderPrices provider, params IReadOnlyList<PlannedCostLine> lines) =>
        new(provider.Id, Math.Round(lines.Sum(static line => line.Monthly), 2), [.. lines.Select(static line => line with { Monthly = Math.Round(line.Monthly, 2) })], provider.Basis);

    /// <summary>An upper bound: both at their 99th percentile at once is rarer than one in a hundred.</summary>
    private static double? Sum(double? first, double? second) => first + second;

    private static string Percent(double share) => Text($"{100 * share:0} %");

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private readonly record struct Shares(double Capture, double Writing, double Queries);

    private sealed record Sized(IReadOnlyList<PlannedPart> Parts, Response? Acknowledged, Response? Stored, Response? Answered, bool HasQueries)
    {
        public PlannedPart Busiest => Parts.MaxBy(static part => part.Utilisation)!;

        /// <summary>What is missing, or null where it suffices. Memory and disk may be full to nine tenths: they do not queue.</summary>
        public string? Short
        {
            get
            {
                foreach (var part in Parts.OrderByDescending(static part => part.Utilisation))
                {
                    if (part.Utilisation > (part.Name is "memory" or "disk_space" ? 0.9 : Target))
                    {
                        return part.Name == "disk_space" ? "more is stored than one volume holds" : Text($"{part.Name} would be at {Percent(part.Utilisation)}");
                    }
                }

                return HasQueries && Answered is not { P99: <= QueryTimeout } ? Text($"a query would take {Answered?.P99 ?? double.PositiveInfinity:0} s at its p99, more than the {QueryTimeout:0} s after which it is given up") : null;
            }
        }
    }
}
