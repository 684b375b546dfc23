using System.Globalization;
using Headroom.App.Capacity.Ceilings;
using Headroom.App.Capacity.Model;
using Headroom.App.Capacity.Planning;

namespace Headroom.App.Capacity.Advising;

/// <summary>
/// The next steps in the order in which to scale: measure, improve the query or the column, pool, cache, more of this machine, one role out, a larger store or a replica, queue,
/// shard last. A step is advised only where its evidence is measured and the model says that it changes something.
/// </summary>
/// <param name="prices">Of the provider that is asked for.</param>
internal sealed class Advisor(ProviderPrices prices, Demands demands)
{
    /// <summary>Ceiling over load from which on nothing needs to be done.</summary>
    public const double Ample = 2.5;

    /// <summary>Days within which a wall is one to act on.</summary>
    public const int WallDays = 90;

    /// <summary>What a system at rest may be used.</summary>
    private const double Calm = 0.6;
    private const double Full = 0.8;

    /// <summary>Utilisation at which the model compares before and after, where the measured one is above: past it, queues have no end.</summary>
    private const double MostModelled = 0.97;

    /// <summary>Of the reads, what a good cache answers.</summary>
    private const double GoodCache = 0.8;

    /// <summary>A query that finds what it needs still costs this share of one that reads all: parsing, planning, answering.</summary>
    private const double FixedCost = 0.1;

    public static (IReadOnlyList<AdvicePiece> Advice, IReadOnlyList<Mistake> Mistakes) Advise(SystemState state) =>
        new Advisor(PriceTable.Default.Providers[0], Demands.Default).For(state);

    public (IReadOnlyList<AdvicePiece> Advice, IReadOnlyList<Mistake> Mistakes) For(SystemState state)
    {
        var seen = new Situation(state);
        if (seen.Nothing is { } nothing)
        {
            return ([nothing], Mistakes(seen, []));
        }

        var pieces = new[]
        {
            Measure(seen), ImproveQuery(seen), Pool(seen), Cache(seen), MoreOfThisMachine(seen), MoreDisk(seen), ScaleOneRole(seen), OneProcessMore(seen), CatalogReplica(seen), LargerStore(seen), QueueIngest(seen),
        }.OfType<AdvicePiece>().ToList();
        if (Shard(seen, pieces) is { } shard)
        {
            pieces.Add(shard);
        }

        return ([.. pieces.OrderBy(static piece => piece.Step)], Mistakes(seen, pieces));
    }

    // ---- the steps

    private static AdvicePiece? Measure(Situation seen)
    {
        var blind = seen.Pressed.Where(static r => r.Kind is ResourceKind.Processor or ResourceKind.Thread or ResourceKind.Disk && r.ServiceDemand is null).ToList();
        var queriesUnknown = seen.QueriesPressed && (seen.Facts.MeasuredPerQuery == false || (seen.Facts.MeasuredPerQuery is null && seen.Facts.SlowQueries.Count == 0 && !seen.Facts.IsHeadroom));
        if (blind.Count == 0 && !queriesUnknown)
        {
            return null;
        }

        var what = queriesUnknown ? "Which kind of query takes the store's time is not measured, so what to improve first would be a guess." : "";
        var which = blind.Count > 0 ? $"How much of it one request takes is not known of {string.Join(", ", blind.Select(static r => Words(r)).Distinct())}." : "";
        return new AdvicePiece(
            "measure", 1, "Measure before anything is changed", $"{what}{(what.Length > 0 && which.Length > 0 ? " " : "")}{which}",
            [.. seen.Pressed.Concat(queriesUnknown ? [seen.Store!] : []).DistinctBy(static r => (r.Name, r.Process)).Select(Used)], [], 0, "costs nothing",
            seen.Facts.IsHeadroom
                ? ["Run headroom calibrate while the server is quiet: it measures the ceilings with synthetic load.", "Look at the Capacity page again after a day of ordinary load."]
                : ["Turn the statistics of the database's statements on (pg_stat_statements of PostgreSQL), and trace requests.", "For each part measure utilisation, throughput and queue; look again after a day of ordinary load."]);
    }

    private static AdvicePiece? ImproveQuery(Situation seen)
    {
        if (!seen.QueriesPressed || seen.Store is not { } store)
        {
            return null;
        }

        // What a kind would still cost if it read only what it needs.
        var kinds = seen.Facts.SlowQueries
            .Where(static kind => kind is { ShareOfTime: >= 0.1, Needed: <= 0.1 } or { ShareOfTime: >= 0.1, RowSeconds: not null, Needed: <= 0.5 })
            .OrderByDescending(static kind => kind.ShareOfTime).ToList();
        if (kinds.Count == 0)
        {
            return null;
        }

        var saved = Math.Min(0.99, kinds.Sum(static kind => kind.ShareOfTime * (1 - Math.Max(FixedCost, kind.Needed))));
        var first = kinds[0];
        var expected = LessDemand(seen, store, 1 - saved, 1 - saved);
        return expected.Count == 0 ? null : new AdvicePiece(
            "improve_query", 2, $"Improve the query: {first.Name}",
            first is { RowSeconds: { } row, ColumnRowSeconds: { } column }
                ? Text($"{Percent(first.ShareOfTime)} of the queries' time is {first.Name}: a million rows take {Seconds(1e6 * row)} there, and {Seconds(1e6 * column)} where such queries read columns.")
                : Text($"{Percent(first.ShareOfTime)} of the queries' time is {first.Name}, which reads {first.RowsScanned:N0} rows{(first.Reads is null ? "" : $" ({first.Reads})")} and needs {first.RowsNeeded:N0}."),
            [.. kinds.SelectMany(Of), Used(store)],
            expected, 0, "costs nothing",
            seen.Facts.IsHeadroom
                ? ["Ask over a shorter range of time, or name the events: segments are sorted by event and time, so that both skip what is not asked for.", "Send what is filtered by as a property of its own instead of one inside of an object: such a one is a column, an object is JSON, which is read some fifty times slower.", "Keep a project below Headroom:Store:MaxPropertyColumns: properties past it are JSON too.", "Bound what one query may read with Headroom:Store:MaxScannedRows."]
                : ["Make an index on what the query filters and sorts by, without blocking writes (CREATE INDEX CONCURRENTLY of PostgreSQL).", "Look at its plan before and after (EXPLAIN with ANALYZE and BUFFERS).", "Read only the columns that are used."]);

        static Evidence[] Of(QueryKindFacts kind) => kind is { RowSeconds: { } row, ColumnRowSeconds: { } column }
            ? [new($"share of query time, {kind.Name}", kind.ShareOfTime, "share"), new($"a million rows, {kind.Name}", 1e6 * row, "s"), new("a million rows, of columns", 1e6 * column, "s")]
            : [new($"share of query time, {kind.Name}", kind.ShareOfTime, "share"), new($"rows read, {kind.Name}", kind.RowsScanned, "rows"), new($"rows needed, {kind.Name}", kind.RowsNeeded, "rows")];
    }

    private static AdvicePiece? Pool(Situation seen)
    {
        var facts = seen.Facts;
        if (facts is not { ConnectionsUsed: { } used, ConnectionsMax: { } most and > 0, Pooled: { } pooled })
        {
            return null;
        }

        var share = (double)used / most;
        var tooSmall = pooled && share >= 0.95 && seen.Store is not { Utilisation: > 0.7 };
        if ((pooled || share < Full) && !tooSmall)
        {
            return null;
        }

        var evidence = new List<Evidence> { new("connections in use", used, "connections"), new("connections at most", most, "connections") };
        var expected = new List<ExpectedChange>();
        if (seen.Store is { ServiceDemand: { } demand, Throughput: > 0 } store && seen.Facts.Processors is { } processors)
        {
            // Held for as long as a statement runs (Little's law), with the work that is under way at the utilisation measured.
            evidence.Add(Used(store));
            if (!pooled && Busy(processors, demand * processors, store.Throughput) is { } busy && Math.Ceiling(busy) < used)
            {
                expected.Add(new ExpectedChange("connections in use", used, Math.Ceiling(busy), "connections"));
            }
        }

        if (tooSmall)
        {
            return new AdvicePiece(
                "enlarge_pool", 3, "Give the pool more connections",
                Text($"{used} of the pool's {most} connections are in use while the store behind it is {(seen.Store is { } s ? $"at {Percent(s.Utilisation)}" : "not busy")}: requests wait for a connection, not for work."),
                evidence, expected, 0, "costs nothing", ["Raise the pool's size in steps of a quarter, and look at the wait for a connection and the store's utilisation after each."]);
        }

        return new AdvicePiece(
            "pool_connections", 3, "Pool the connections",
            Text($"{used} of {most} connections are in use and none is shared: each costs memory and holds its place while nothing is asked of it, and the next request is refused."),
            evidence, expected, 0, "costs nothing",
            ["Put a pool in front of the database that lends a connection for each transaction (PgBouncer with pool_mode = transaction).", Text($"Begin with two connections for each processor of the database{(facts.Processors is { } p ? $", {2 * p}," : "")} and measure the wait for one.")]);
    }

    private AdvicePiece? Cache(Situation seen)
    {
        var facts = seen.Facts;
        if (!seen.QueriesPressed || facts.CacheableShare is not { } cacheable || (facts.CacheHitRatio ?? (facts.HasCache == false ? 0 : null)) is not { } hits || seen.Store is not { } store)
        {
            return null;
        }

        var target = Math.Min(cacheable, GoodCache);
        if (target < hits + 0.1)
        {
            return null;
        }

        var left = (1 - target) / (1 - hits);
        var expected = LessDemand(seen, store, left, 1);
        if (expected.Count == 0)
        {
            return null;
        }

        var (cost, basis) = facts.IsHeadroom ? (0.0, "memory of this machine") : (Math.Round(prices.Redis.Monthly(0), 2), $"{prices.Redis.Name}; {prices.Basis}");
        return new AdvicePiece(
            "cache_more", 4, hits > 0 ? "Let the cache answer more" : "Cache answers",
            Text($"{Percent(cacheable)} of the reads ask what was asked before and has not changed, and {(hits > 0 ? $"the cache answers {Percent(hits)}" : "no cache answers them")}."),
            [new Evidence("share that could be cached", cacheable, "share"), new Evidence("share that the cache answers", hits, "share"), Used(store)],
            [new ExpectedChange("reads that the store runs", 1 - hits, 1 - target, "share"), .. expected], cost, basis,
            facts.IsHeadroom
                ? ["Raise Headroom:Insights:CacheMegabytes, for instance to four times as much, as far as memory is free.", "Let readers take answers that are a few seconds old: Cache-Control: max-age=10 in the request, as the app's dashboards do."]
                : ["Put a cache in front of the reads that ask the same (Redis), with a time to live of seconds to minutes, and drop entries when what they show changes.", "Measure its hit ratio from the first day: below a fifth it costs more than it brings."]);
    }

    private AdvicePiece? MoreOfThisMachine(Situation seen)
    {
        if (seen.Worst is not { Kind: ResourceKind.Processor or ResourceKind.Memory } bound || seen.Processors(bound) is not { } processors || seen.Alone(bound) || seen.IsOneOfSeveral(bound))
        {
            return null;
        }

        var present = prices.Machines.LastOrDefault(machine => machine.Processors <= processors) ?? prices.Machines[0];
        var next = prices.Machines.FirstOrDefault(machine => machine.Processors > processors);
        if (next is null)
        {
            return null;
        }

        var factor = (double)next.Processors / processors;
        var expected = new List<ExpectedChange>();
        if (bound is { Kind: ResourceKind.Processor })
        {
            // Up to what the next resource of the same flow takes, which stays as it is.
            var other = seen.Lowest(bound.Flow, r => r.Kind != ResourceKind.Processor || !seen.OfOneMachine(r, bound));
            if (Situation.Ceiling(bound) is { } ceiling && Math.Min(ceiling * factor, other) > ceiling)
            {
                expected.Add(new ExpectedChange($"ceiling of {Name(bound.Flow)}", ceiling, Math.Min(ceiling * factor, other), Unit(bound.Flow)));
            }

            if (Tail(seen, bound, 1, 1, processors, next.Processors) is { } tail)
            {
                expected.Add(tail);
            }
        }
        else if (seen.Facts.MemoryBytes is { } memory && next.MemoryGigabytes * 1e9 > memory)
        {
            expected.Add(new ExpectedChange("utilisation of memory", bound.Utilisation, bound.Utilisation * memory / (next.MemoryGigabytes * 1e9), "share"));
        }

        if (expected.Count == 0)
        {
            return null;
        }

        return new AdvicePiece(
            "larger_machine", 5, Text($"Give it {next.Processors} processors"),
            Text($"{Sentence(bound)} is what breaks first{(seen.Of(bound.Flow)?.Headroom is { } h ? $", at {h.Value:0.0} times the present load" : "")}, and it grows with the machine."),
            [Used(bound), new Evidence("processors", processors, "processors")], expected,
            Math.Round(next.Monthly - present.Monthly, 2), $"{next.Name} instead of {present.Name}; {prices.Basis}",
            seen.Facts.IsHeadroom
                ? ["Back the data directory up (headroom backup), stop the server, start it on the larger machine.", "Headroom:Store:QueryThreads is one for each processor by itself; raise Headroom:Store:MaxConcurrentQueries and Headroom:Store:QueryMemoryMegabytes in proportion."]
                : ["Move to the larger machine in the quietest hour, and raise the sizes of pools and caches in proportion."]);
    }

    private AdvicePiece? MoreDisk(Situation seen)
    {
        var space = seen.State.Resources.FirstOrDefault(static r => r.Kind == ResourceKind.Space);
        if (space is not { Utilisation: > 0 } || seen.Facts.DiskBytes is not { } bytes || bytes <= 0 || !(space.Utilisation >= Full || seen.NearWall(Flow.Storage)))
        {
            return null;
        }

        var expected = new List<ExpectedChange> { new($"utilisation of {Words(space)}", space.Utilisation, space.Utilisation / 2, "share") };
        if (seen.Of(Flow.Storage)?.DaysLeft is { Value: > 0 } days && space.Utilisation is > 0 and < 1)
        {
            // At the same growth, what is free now lasts so long; a disk twice as large has that and as much as the disk besides.
            expected.Add(new ExpectedChange("days until the disk is full", days.Value, days.Value * (2 - space.Utilisation) / (1 - space.Utilisation), "days"));
        }

        return new AdvicePiece(
            "larger_disk", 5, "Make the disk twice as large", Text($"The disk is {Percent(space.Utilisation)} full{(seen.Of(Flow.Storage)?.DaysLeft is { } left ? Text($" and lasts {left.Value:N0} days at the present growth") : "")}."),
            [Used(space), new Evidence("size of the disk", bytes / 1e9, "GB")], expected,
            Math.Round(bytes / 1e9 * prices.BlockStorage.GigabyteMonth, 2), $"{bytes / 1e9:N0} GB more of {prices.BlockStorage.Name}; {prices.Basis}",
            seen.Facts.IsHeadroom
                ? ["Keep projects no longer than they need: retention is set for each project.", "Or enlarge the volume of the data directory; a log on a disk of its own is Headroom:Log:Directory."]
                : ["Enlarge the volume, or delete what nobody reads."]);
    }

    private AdvicePiece? ScaleOneRole(Situation seen)
    {
        if (seen.Facts.SingleProcess != true || seen.Worst is not { Kind: ResourceKind.Processor } bound || Situation.Ceiling(bound) is not { } ceiling)
        {
            return null;
        }

        // Headroom's machine is enlarged first, which is one step and not an operation of several; a program whose other parts are idle is not.
        var largest = prices.Machines[^1].Processors;
        if (!(seen.Facts.IsHeadroom ? seen.Facts.Processors >= largest : seen.Alone(bound)))
        {
            return null;
        }

        var idle = seen.State.Resources.Where(r => r.Kind == ResourceKind.Processor && r.Name != bound.Name).ToList();
        var processors = Math.Min(seen.Facts.Processors ?? 4, largest);
        var machine = prices.Machines.First(m => m.Processors >= processors);
        var tail = Tail(seen, bound, 1, 0.5, processors, processors);
        return new AdvicePiece(
            seen.Facts.IsHeadroom ? "role_out" : "scale_bottleneck", 6, $"Scale {(seen.Facts.IsHeadroom ? Role(bound) : Words(bound))} alone",
            Text($"{Sentence(bound)} is at {Percent(bound.Utilisation)}{(idle.Count > 0 ? $" while {string.Join(" and ", idle.Select(static r => Text($"{Words(r)} is at {Percent(r.Utilisation)}")))}" : "")}: only this part needs more, and more of the others would stand idle."),
            [Used(bound), .. idle.Select(Used), .. seen.Bill],
            [new ExpectedChange($"ceiling of {Name(bound.Flow)}", ceiling, ceiling * 2, Unit(bound.Flow)), .. tail is null ? (ExpectedChange[])[] : [tail]],
            Math.Round(machine.Monthly, 2), $"one {machine.Name} more; {prices.Basis}",
            seen.Facts.IsHeadroom
                ? RoleOut(Role(bound))
                : ["Give that part machines of its own, behind the interface that it already has, and leave the rest together.", "Begin with one more, and look at the utilisation of both before the next."]);
    }

    private AdvicePiece? OneProcessMore(Situation seen)
    {
        if (seen.Worst is not { } bound || !seen.IsOneOfSeveral(bound) || seen.Of(bound.Flow)?.Ceiling is not { } ceiling)
        {
            return null;
        }

        // As large as the others, up to what is there once.
        var present = seen.State.Resources.Count(r => r.Name == bound.Name && r.Flow == bound.Flow);
        var after = Math.Min(ceiling.Value * (present + 1) / present, seen.Lowest(bound.Flow, static r => !ResourceNames.IsOfEach(r.Name)));
        if (after <= ceiling.Value)
        {
            return null;
        }

        var role = Role(bound);
        var processors = Math.Min(seen.Processors(bound) ?? 4, prices.Machines[^1].Processors);
        var machine = prices.Machines.First(m => m.Processors >= processors);
        return new AdvicePiece(
            "another_process", 6, Text($"Run one more process with the role {role}"),
            Text($"{Sentence(bound)} in {bound.Process} is at {Percent(bound.Utilisation)}, and each process with that role has its own."),
            [.. seen.State.Resources.Where(r => r.Name == bound.Name && r.Flow == bound.Flow).Select(Used), new Evidence($"processes with the role {role}", present, "processes")],
            [new ExpectedChange($"ceiling of {Name(bound.Flow)}", ceiling.Value, after, Unit(bound.Flow))],
            Math.Round(machine.Monthly, 2), $"one {machine.Name} more; {prices.Basis}",
            [
                Text($"Start one more with headroom serve --roles {role}, with the settings of the others, on a machine of its own: on one that is shared it has only what is left of the processors."),
                "Give its address to the gateway (Headroom:Gateway) or to your load balancer.",
            ]);
    }

    private AdvicePiece? CatalogReplica(Situation seen)
    {
        // Only where commits are what breaks first, most of a commit is the catalog, and reads are shown to make it longer.
        if (seen.Facts.Catalog is not { CommitShare: >= 0.5 } catalog || seen.Worst is not { Name: ResourceNames.StoreWrites, Utilisation: > 0 } bound)
        {
            return null;
        }

        // A batch is decoded and committed by the same thread.
        var thread = seen.State.Resources.Where(r => r.Name == ResourceNames.Writer && r.Process == bound.Process).Select(static r => r.Utilisation).DefaultIfEmpty(0).Max();
        var spared = bound.Utilisation * catalog.Spared;
        var expected = new List<ExpectedChange> { new("a commit in the catalog", catalog.Commit, catalog.CommitAlone, "s"), new($"utilisation of {Words(bound)}", bound.Utilisation, bound.Utilisation - spared, "share") };
        if (Situation.Ceiling(bound) is { } ceiling && thread > spared)
        {
            var after = Math.Min(ceiling * thread / (thread - spared), seen.Lowest(bound.Flow, static r => r.Name is not (ResourceNames.Writer or ResourceNames.StoreWrites)));
            if (after > ceiling)
            {
                expected.Add(new ExpectedChange($"ceiling of {Name(bound.Flow)}", ceiling, after, Unit(bound.Flow)));
            }
        }

        return new AdvicePiece(
            "catalog_replica", 7, "Read the catalog from a replica",
            Text($"{Percent(catalog.CommitShare)} of the time of commits is the catalog's, and a commit there takes {Seconds(catalog.Commit)} while {(catalog.Readers == 1 ? "one process that only queries reads" : Text($"{catalog.Readers} processes that only query read"))} the same server, and {Seconds(catalog.CommitAlone)} without."),
            [
                Used(bound), new Evidence("share of commits in the catalog", catalog.CommitShare, "share"), new Evidence("reads of the catalog under way, of processes that only query", catalog.Reading, "reads"),
                new Evidence("a commit in the catalog", catalog.Commit, "s"),
            ],
            expected, Math.Round(prices.Postgres.Monthly(20), 2), $"one {prices.Postgres.Name} more; {prices.Basis}",
            ["Make a streaming replica of the catalog's PostgreSQL (pg_basebackup -R, or a reader of your provider's).", "Name it in Headroom:Postgres:Replicas of the processes with the role query, and restart them one after the other."]);
    }

    private AdvicePiece? LargerStore(Situation seen)
    {
        // Where the store itself cannot be given more of its machine: a reader of its own for the reads.
        if (seen.Facts.IsHeadroom || !seen.QueriesPressed || seen.Store is not { Utilisation: >= Full } store || seen.Worst != store || seen.Facts.SingleProcess == true || Situation.Ceiling(store) is not { } ceiling)
        {
            return null;
        }

        var processors = Math.Min(seen.Facts.Processors ?? 4, prices.Machines[^1].Processors);
        var machine = prices.Machines.First(m => m.Processors >= processors);
        var tail = Tail(seen, store, 1, 0.5, processors, processors);
        return new AdvicePiece(
            "replica", 7, "Read from a replica", Text($"{Sentence(store)} is at {Percent(store.Utilisation)}, and reads can be answered by a copy."),
            [Used(store), .. seen.Bill], [new ExpectedChange("ceiling of queries", ceiling, ceiling * 2, "queries/s"), .. tail is null ? (ExpectedChange[])[] : [tail]],
            Math.Round(machine.Monthly, 2), $"one {machine.Name} more; {prices.Basis}",
            ["Add a read replica, and send it the reads that may be a second old."]);
    }

    private AdvicePiece? QueueIngest(Situation seen)
    {
        if (seen.Facts.QueuedBehindLog != false || seen.Facts.IngestP99 is not { } p99 || seen.Of(Flow.Ingest) is not { Load: > 0 } ingest)
        {
            return null;
        }

        if (demands.AcknowledgedByLog(ingest.Load)?.P99 is not { } after || after >= p99)
        {
            return null;
        }

        return new AdvicePiece(
            "queue_ingest", 8, "Put a queue in front of what is stored",
            Text($"What arrives is written to the database before it is answered: its p99 is {Seconds(p99)}, and it fails when the database does."),
            [new Evidence("p99 of ingest", p99, "s"), new Evidence("ingest", ingest.Load, "events/s"), .. seen.Store is { } store ? (Evidence[])[Used(store)] : []],
            [new ExpectedChange("p99 of ingest", p99, after, "s")],
            Math.Round(prices.Kafka.Monthly(100), 2), $"{prices.Kafka.Name} with 100 GB; {prices.Basis}",
            ["Append what arrives to a durable queue, answer when it has it, and store it behind in batches.", "Bound the queue, watch how far behind the consumer is, and make storing idempotent: a retry must not count twice."]);
    }

    private AdvicePiece? Shard(Situation seen, List<AdvicePiece> before)
    {
        // The last step: nothing cheaper is left, and the store is at the largest machine there is.
        if (before.Any(static piece => piece.Step <= 8) || seen.Store is not { Utilisation: >= Full } store || !(seen.Facts.Processors >= prices.Machines[^1].Processors) || Situation.Ceiling(store) is not { } ceiling)
        {
            return null;
        }

        return new AdvicePiece(
            "shard", 9, "Divide the data by project", Text($"{Sentence(store)} is at {Percent(store.Utilisation)} on {seen.Facts.Processors} processors, and no earlier step has evidence for it."),
            [Used(store), new Evidence("processors", seen.Facts.Processors!.Value, "processors")], [new ExpectedChange("ceiling of queries", ceiling, ceiling * 2, "queries/s")],
            Math.Round(prices.Machines[^1].Monthly, 2), $"one {prices.Machines[^1].Name} more; {prices.Basis}",
            seen.Facts.IsHeadroom
                ? ["Run a second installation and let new projects write there; projects never ask each other's data."]
                : ["Divide by the key that every query names, and only then."]);
    }

    // ---- mistakes

    private static List<Mistake> Mistakes(Situation seen, IReadOnlyList<AdvicePiece> advice)
    {
        var found = new List<Mistake>();
        if (seen.Worst is { Kind: ResourceKind.Thread or ResourceKind.Disk } bound && !seen.IsAmple)
        {
            var what = bound.Kind == ResourceKind.Disk ? "a disk" : "one thread or lock";
            found.Add(new Mistake("bigger_machine", "A bigger machine would not help", Text($"{Sentence(bound)} is what breaks first, at {Percent(bound.Utilisation)}, and it is {what}: more processors leave it as it is.")));
        }

        if (!seen.IsAmple && seen.Store is not null && !advice.Any(static piece => piece.Id == "shard"))
        {
            var steps = advice.Where(static piece => piece.Step is > 1 and < 9).Select(static piece => piece.Title).ToList();
            found.Add(new Mistake(
                "shard_early", "Sharding is not due",
                steps.Count > 0
                    ? $"There is evidence for what comes before it and divides no data: {string.Join("; ", steps)}."
                    : Text($"The store is on {seen.Facts.Processors?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of"} processors at {Percent(seen.Store.Utilisation)}: it is not shown that nothing cheaper helps.")));
        }

        if (seen.Facts is { CacheHitRatio: { } hits and < 0.2, HasCache: not false } && (hits > 0 || seen.Facts.HasCache == true))
        {
            found.Add(new Mistake(
                "cache_does_not_hit", "The cache does not hit",
                Text($"It answers {Percent(hits)} of the reads{(seen.Facts.CacheableShare is { } share ? Text($", and {Percent(share)} could be cached") : "")}: it costs memory and a look-up and spares the store little. See what its keys hold that changes with each request, and how long entries live.")));
        }

        if (seen.Facts is { ConnectionsUsed: { } used, ConnectionsMax: { } most and > 0, Pooled: { } pooled })
        {
            if (!pooled && used >= Full * most)
            {
                found.Add(new Mistake("pool_missing", "Connections are not pooled", Text($"{used} of {most} connections are in use. Raising the maximum makes each slower; a pool shares few of them.")));
            }
            else if (pooled && used >= 0.95 * most && seen.Store is not { Utilisation: > 0.7 })
            {
                found.Add(new Mistake("pool_too_small", "The pool is too small", Text($"{used} of {most} connections are in use{(seen.Store is { } store ? Text($" while {Words(store)} is at {Percent(store.Utilisation)}") : "")}: requests wait for a connection and not for work.")));
            }
        }

        return found;
    }

    // ---- the model

    /// <summary>What changes when each query takes a share of the work, or a share of them is run: the ceiling, and the 99th percentile by the model.</summary>
    private static List<ExpectedChange> LessDemand(Situation seen, ResourceReport store, double load, double demand)
    {
        var expected = new List<ExpectedChange>();
        if (load >= 1 || store.Utilisation <= 0)
        {
            return expected;
        }

        if (Situation.Ceiling(store) is { } ceiling)
        {
            expected.Add(new ExpectedChange("ceiling of queries", ceiling, ceiling / load, "queries/s"));
        }

        expected.Add(new ExpectedChange($"utilisation of {Words(store)}", store.Utilisation, store.Utilisation * load, "share"));
        if (Tail(seen, store, demand, load, seen.Facts.Processors, seen.Facts.Processors) is { } tail)
        {
            expected.Add(tail);
        }

        return expected;
    }

    /// <summary>The measured 99th percentile, changed as much as the model's does between the two situations; null where one is not measured or it does not become less.</summary>
    /// <param name="demand">Work of one after over before.</param>
    /// <param name="load">Utilisation after over before, with the same processors.</param>
    private static ExpectedChange? Tail(Situation seen, ResourceReport resource, double demand, double load, int? before, int? after)
    {
        if ((resource.Flow == Flow.Queries ? seen.Facts.QueriesP99 : seen.Facts.IngestP99) is not { } measured || measured <= 0 || before is not { } processors || after is not { } then || resource.Utilisation <= 0)
        {
            return null;
        }

        var utilisation = Math.Min(MostModelled, resource.Utilisation);
        if (At(utilisation, processors, 1) is not { } now || At(utilisation * load * processors / then, then, demand) is not { } later || later >= now)
        {
            return null;
        }

        return new ExpectedChange($"p99 of {Name(resource.Flow)}", measured, measured * later / now, "s");

        static double? At(double utilisation, int processors, double demand) =>
            Solver.Solve(new Network([new Processors("processors", processors)], [], [new JobClass("jobs", utilisation * processors / demand, [new Visit(0, demand, 1)])])).Classes[0].Response?.P99;
    }

    /// <summary>Statements under way, by Little's law.</summary>
    /// <param name="demand">Seconds of one processor.</param>
    private static double? Busy(int processors, double demand, double rate)
    {
        var possible = Math.Min(rate, MostModelled * processors / demand);
        return Solver.Solve(new Network([new Processors("processors", processors)], [], [new JobClass("statements", possible, [new Visit(0, demand, 1)])])).Stations[0].Busy;
    }

    // ---- words

    private static Evidence Used(ResourceReport resource) =>
        new($"utilisation of {Words(resource)}{(resource.Process.Length > 0 ? $" in {resource.Process}" : "")}", resource.Utilisation, "share");

    private static string Words(ResourceReport resource) => CapacityReports.Words(resource.Name);

    private static string Sentence(ResourceReport resource) => CapacityReports.Capital(Words(resource));

    private static string Name(Flow flow) => flow switch { Flow.Ingest => "ingest", Flow.Queries => "queries", _ => "storage" };

    private static string Unit(Flow flow) => flow switch { Flow.Ingest => "events/s", Flow.Queries => "queries/s", _ => "bytes" };

    private static string[] RoleOut(string role) =>
    [
        $"Move the catalog to PostgreSQL and {(role == "query" ? "the segments to object storage" : "the event log to Kafka")}: headroom move does it while the server runs.",
        $"Run the {role} role in {(role == "writer" ? "a process" : "processes")} of its own (headroom serve --roles), and one with --roles gateway in front of all.",
    ];

    private static string Role(ResourceReport resource) => resource.Flow == Flow.Queries ? "query" : ResourceNames.IsOfEach(resource.Name) ? "capture" : "writer";

    private static string Percent(double share) => Text($"{100 * share:0} %");

    private static string Seconds(double seconds) => seconds < 1 ? Text($"{1000 * seconds:0.#} ms") : Text($"{seconds:0.0#} s");

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>The state with what follows from it.</summary>
    private sealed class Situation
    {
        public Situation(SystemState state)
        {
            State = state;
            Pressed = [.. state.Resources.Where(r => r.Kind != ResourceKind.Cache && IsPressed(r)).OrderByDescending(static r => r.Utilisation)];
            Worst = FindWorst();
            Store = state.Resources.Where(static r => r is { Flow: Flow.Queries, Kind: ResourceKind.Processor or ResourceKind.Thread or ResourceKind.Disk }).MaxBy(static r => r.Utilisation);
            QueriesPressed = Store is not null && (IsPressed(Store) || Tight(Flow.Queries) || NearWall(Flow.Queries));
            IsAmple = Pressed.Count == 0 && !Enum.GetValues<Flow>().Any(flow => Tight(flow) || NearWall(flow));
        }

        public SystemState State { get; }

        public SystemFacts Facts => State.Facts;

        public IReadOnlyList<ResourceReport> Pressed { get; }

        /// <summary>What breaks first of what is short.</summary>
        public ResourceReport? Worst { get; }

        /// <summary>The busiest resource of queries.</summary>
        public ResourceReport? Store { get; }

        public bool QueriesPressed { get; }

        public bool IsAmple { get; }

        /// <summary>That the process of a resource may use.</summary>
        public int? Processors(ResourceReport resource) => State.ProcessorsOf.TryGetValue(resource.Process, out var own) ? own.Processors : Facts.Processors;

        /// <summary>Whether two resources are of processes that share their processors.</summary>
        public bool OfOneMachine(ResourceReport one, ResourceReport other) => Machine(one) == Machine(other);

        /// <summary>Whether other processes do the same work with a resource of their own, so that one more of them helps.</summary>
        public bool IsOneOfSeveral(ResourceReport resource) => State.ProcessorsOf.Count > 0 && ResourceNames.IsOfEach(resource.Name);

        /// <summary>The lowest ceiling of a flow that some of the resources set; infinite where none does.</summary>
        public double Lowest(Flow flow, Func<ResourceReport, bool> which) =>
            FlowCeilings.Lowest(flow, [.. State.Resources.Where(which)])?.Ceiling.Value ?? double.PositiveInfinity;

        public IReadOnlyList<Evidence> Bill => Facts.MonthlyBill is { } bill ? [new Evidence("bill of a month", bill, "US dollars")] : [];

        public AdvicePiece? Nothing
        {
            get
            {
                if (!IsAmple || State.Resources.Count == 0 || Facts is { Pooled: false, ConnectionsUsed: { } used, ConnectionsMax: { } most } && used >= Full * most)
                {
                    return null;
                }

                var evidence = State.Flows.Where(static flow => flow.Headroom is not null).Select(static flow => new Evidence($"headroom of {Name(flow.Flow)}", flow.Headroom!.Value, "×")).ToList();
                if (State.Resources.Where(static r => r.Kind != ResourceKind.Cache).MaxBy(static r => r.Utilisation) is { } busiest)
                {
                    evidence.Add(Used(busiest));
                }

                return evidence.Count == 0 ? null : new AdvicePiece(
                    "nothing", 0, "Nothing is needed",
                    evidence.Count > 1
                        ? Text($"Every flow that is measured has {Ample} times its load or more, and no wall is within {WallDays} days.")
                        : Text($"Nothing is used by more than {Percent(Calm)}, and no wall is within {WallDays} days; there is too little load to say how much more it takes."),
                    evidence, [], 0, "costs nothing", ["Look again when the load has doubled; Headroom tells before a wall comes."]);
            }
        }

        public FlowHeadroom? Of(Flow flow) => State.Flows.FirstOrDefault(f => f.Flow == flow);

        public bool NearWall(Flow flow) => State.Today is { } today
            && State.Walls.Any(wall => wall.Flow == flow && wall.Median is { } day && day.DayNumber - today.DayNumber <= WallDays);

        /// <summary>Measured, or else by the utilisation law: 1 over the demand.</summary>
        public static double? Ceiling(ResourceReport resource) => resource.Ceiling?.Value ?? (resource.ServiceDemand is { } demand and > 0 ? 1 / demand : null);

        /// <summary>Whether the program's other processors have much left, so that a larger machine for all would mostly stand idle. Headroom's parts share one machine.</summary>
        public bool Alone(ResourceReport bound) => !Facts.IsHeadroom && State.Resources.Any(r => r.Kind == ResourceKind.Processor && r.Name != bound.Name && r.Utilisation < bound.Utilisation / 2);

        private string? Machine(ResourceReport resource) => State.ProcessorsOf.TryGetValue(resource.Process, out var own) ? own.Machine : null;

        private bool Tight(Flow flow) => Of(flow) is { Headroom.Value: < Ample, Basis: not "not_enough_load" };

        private static bool IsPressed(ResourceReport r) => r.Kind switch
        {
            // Room that is in use is not time that is: it serves as well when it is fairly full.
            ResourceKind.Memory or ResourceKind.Space or ResourceKind.Connections => r.Utilisation >= Full,
            ResourceKind.Cache => false,
            _ => r.Utilisation > Calm || r.ErrorsPerSecond > 0 && r.Utilisation > Calm / 2,
        };

        private ResourceReport? FindWorst()
        {
            var named = State.Flows
                .Where(flow => flow.Binding is not null && (Tight(flow.Flow) || NearWall(flow.Flow)))
                .OrderBy(static flow => flow.Headroom?.Value ?? double.PositiveInfinity)
                .Select(flow => State.Resources.Where(r => r.Name == flow.Binding && r.Flow == flow.Flow).MaxBy(static r => r.Utilisation))
                .FirstOrDefault(static r => r is not null);
            return named ?? Pressed.FirstOrDefault(static r => r.Kind is ResourceKind.Processor or ResourceKind.Thread or ResourceKind.Disk) ?? (Pressed.Count > 0 ? Pressed[0] : null);
        }
    }
}
