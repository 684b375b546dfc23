// From samples to ceilings, by the operational laws (Denning and Buzen, "The Operational Analysis of Queueing Network Models", 1978):
// utilisation U = X·D, with throughput X and service demand D, so that no flow is larger than 1/D of any resource. What a part does
// once for a group and not once for an event (an fsync, a commit) must not be taken for demand, or every quiet server would look
// nearly full: such a part's busy time is fitted as a·groups + b·size, and its ceiling is that of the largest group there may be.

using Headroom.App.Capacity.Measuring;

namespace Headroom.App.Capacity.Ceilings;

/// <summary>What each resource did, and at which flow nothing of it is left.</summary>
internal static class ResourceCeilings
{
    /// <summary>The last of the samples that are the present: a minute at the default.</summary>
    public const int PresentSamples = 6;

    /// <summary>Samples after which an older one counts half: ten minutes at the default.</summary>
    private const double HalfLife = 60;

    /// <summary>Events or queries among the samples below which nothing can be said: what a process does first it does slowly.</summary>
    private const double Least = 2_000;
    private const double LeastQueries = 20;

    /// <summary>Utilisation by a flow below which nothing can be said of its demand.</summary>
    private const double LeastShare = 0.01;

    /// <summary>
    /// Share of the columns' variation that is not common to both, below which they are not told apart: groups whose size varies by less
    /// than a sixth say nothing of what is in them, as their own time varies as much.
    /// </summary>
    private const double LeastDistinct = 0.03;

    /// <summary>Seconds of lag at which a Writer counts as wholly behind: so long it may take until it is told.</summary>
    private const double WorstLagSeconds = 10;

    private const int Blocks = 8;

    /// <summary>Half of the interval where there are too few samples to tell.</summary>
    private const double UnknownError = 0.25;

    /// <summary>Normal deviate of a two-sided 90 %.</summary>
    private const double Deviate = 1.645;

    /// <summary>All resources over the samples, of which the last minute is the present. Empty where there is none.</summary>
    public static IReadOnlyList<ResourceReport> Of(IReadOnlyList<Sample> samples) => Of(samples, samples);

    /// <summary>All resources of one process of several.</summary>
    /// <param name="machine">Of all processes with which it shares processors: of their ceilings it has the share that it has of the load.</param>
    public static IReadOnlyList<ResourceReport> Of(IReadOnlyList<Sample> samples, IReadOnlyList<Sample> machine)
    {
        if (samples.Count == 0)
        {
            return [];
        }

        var now = Present(samples);
        var events = Mean(now, Quantity.CaptureEvents);
        var queries = Mean(now, Quantity.Queries);
        var busy = now.Average(s => s.Busy / s.Processors);
        var last = samples[^1];
        var ofMachine = Present(machine);
        var demand = Processor(machine, ofMachine);
        var commits = Mean(now, Quantity.CommitSeconds);
        var decodes = Mean(now, Quantity.DecodeSeconds);
        var ingestProcessor = Times(IngestProcessorCeiling(machine), events / Mean(ofMachine, Quantity.CaptureEvents));
        var queryProcessor = Times(Between(machine, QueryProcessorCeiling), queries / Mean(ofMachine, Quantity.Queries));
        var (writerCeiling, fsyncCeiling, slotCeiling) = (Between(samples, WriterCeiling), Between(samples, FsyncCeiling), Between(samples, QuerySlotCeiling));
        var slots = last.Now(Quantity.QuerySlots);
        var statements = Mean(now, Quantity.ClickHouseStatements);
        var answers = Mean(now, Quantity.CacheHits) + Mean(now, Quantity.CachePartial) + Mean(now, Quantity.CacheMisses);
        var inFlight = Mean(now, Quantity.CaptureSeconds);
        var batches = Mean(now, Quantity.WriterBatches);
        var lag = batches > 0 ? Mean(now, Quantity.LagSeconds) / batches : 0;
        return
        [
            new(ResourceNames.CaptureCpu, Flow.Ingest, ResourceKind.Processor, Share(busy), last.Machine.PendingWork, "work items waiting", 0,
                events, ingestProcessor is null ? null : demand?.EventWhenFull(last.Processors) / last.Processors, ingestProcessor, null),
            new(ResourceNames.CaptureQueue, Flow.Ingest, ResourceKind.Queue, Share(inFlight / last.Now(Quantity.CaptureLimit)), last.Now(Quantity.CaptureInFlight), "requests under way",
                Mean(now, Quantity.CaptureRefusals), events, Ratio(inFlight / last.Now(Quantity.CaptureLimit), events), Between(samples, CaptureQueueCeiling), null),
            new(ResourceNames.Fsync, Flow.Ingest, ResourceKind.Disk, Share(Mean(now, Quantity.LogBusySeconds)), last.Now(Quantity.LogQueued), "records waiting",
                Mean(now, Quantity.LogErrors), events, Inverse(fsyncCeiling), fsyncCeiling, null),
            new(ResourceNames.Writer, Flow.Ingest, ResourceKind.Thread, Share(decodes + commits), last.Now(Quantity.LagBytes), "bytes of log waiting",
                Mean(now, Quantity.WriterFailures), Mean(now, Quantity.WriterRows), Inverse(writerCeiling) * decodes / (decodes + commits), decodes >= commits ? writerCeiling : null, null),
            new(ResourceNames.StoreWrites, Flow.Ingest, ResourceKind.Disk, Share(commits), last.Now(Quantity.CompactionBehind), "1 while compaction is behind",
                Mean(now, Quantity.CommitFailures), Mean(now, Quantity.WriterRows), Inverse(writerCeiling) * commits / (decodes + commits), decodes < commits ? writerCeiling : null, null),
            new(ResourceNames.ConsumerLag, Flow.Ingest, ResourceKind.Queue, Share(lag / WorstLagSeconds), lag, "seconds behind", Mean(now, Quantity.WriterFailures),
                Mean(now, Quantity.WriterRows), null, null, null),
            new(ResourceNames.Connections, Flow.Ingest, ResourceKind.Connections, Share(last.Now(Quantity.Connections) / last.Now(Quantity.ConnectionsLimit)),
                last.Now(Quantity.Connections), "connections open", 0, events, null, ConnectionsCeiling(last, events), null),
            new(ResourceNames.QueryCpu, Flow.Queries, ResourceKind.Processor, Share(busy), last.Machine.PendingWork, "work items waiting", Mean(now, Quantity.QueryFailures),
                queries, queryProcessor is null ? null : demand?.Query / last.Processors, queryProcessor, null),
            new(ResourceNames.QueryQueue, Flow.Queries, ResourceKind.Queue, Share(now.Average(InSlots) / slots),
                last.Now(Quantity.QueriesWaiting), "queries waiting", 0, queries, Inverse(slotCeiling), slotCeiling, null),
            .. last.Now(Quantity.ClickHouseSlots) is > 0 and var there ? (ResourceReport[])[
                new(ResourceNames.ClickHouse, Flow.Queries, ResourceKind.Queue, Share(Mean(now, Quantity.ClickHouseSeconds) / there), last.Now(Quantity.ClickHouseWaiting), "statements waiting",
                    Mean(now, Quantity.ClickHouseErrors), statements, Ratio(Mean(now, Quantity.ClickHouseSeconds), statements), null, null)] : [],
            new(ResourceNames.Cache, Flow.Queries, ResourceKind.Cache, Share(last.Now(Quantity.CacheBytes) / last.Now(Quantity.CacheLimit)),
                answers > 0 ? Mean(now, Quantity.CacheMisses) / answers : 0, "share of answers missed", 0, answers, null, null, null),
            new(ResourceNames.Memory, Flow.Storage, ResourceKind.Memory, Share((double)last.Machine.MemoryBytes / last.Machine.MemoryLimitBytes), now.Average(s => s.Paused),
                "share of the time that collections stop everything", 0, 0, null, null, null),
            new(ResourceNames.DiskSpace, Flow.Storage, ResourceKind.Space, Share(UsedBytes(last) / (UsedBytes(last) + last.Machine.DiskFreeBytes)), 0, "nothing waits", 0,
                0, null, last.Machine.DiskFreeBytes > 0 ? Exactly(UsedBytes(last) + last.Machine.DiskFreeBytes) : null, null),
        ];
    }

    /// <summary>Connections of a process that is only asked, whose load is queries.</summary>
    public static ResourceReport ConnectionsOfQueries(ResourceReport connections, IReadOnlyList<Sample> samples)
    {
        var queries = Mean(Present(samples), Quantity.Queries);
        return connections with { Flow = Flow.Queries, Throughput = queries, Ceiling = ConnectionsCeiling(samples[^1], queries) };
    }

    /// <summary>Bytes of this installation's data.</summary>
    public static double UsedBytes(Sample sample) => sample.Now(Quantity.SegmentBytes) + sample.Now(Quantity.LogDiskBytes);

    /// <summary>The samples of the last minute, at least one.</summary>
    public static IReadOnlyList<Sample> Present(IReadOnlyList<Sample> samples) => [.. samples.Skip(samples.Count - PresentSamples)];

    public static double Mean(IReadOnlyList<Sample> samples, Quantity quantity) => samples.Average(s => s.Rate(quantity));

    private static ProcessorFit? Processor(IReadOnlyList<Sample> samples, IReadOnlyList<Sample> now)
    {
        var weighted = new List<(Sample Sample, double Weight)>(samples.Count);
        for (var i = 0; i < samples.Count; i++)
        {
            weighted.Add((samples[i], Weight(samples, i)));
        }

        return ProcessorFit.Of(weighted, now.Average(static s => s.Switches));
    }

    /// <summary>Its interval is at least what may be left of the switches: all of them, or none.</summary>
    private static Estimate? IngestProcessorCeiling(IReadOnlyList<Sample> samples)
    {
        return Between(samples, static s => Ceiling(s, ProcessorFit.LeftWhenFull)) is { } between
            ? new Estimate(between.Value, Math.Min(between.Low, Ceiling(samples, 1) ?? 0), Math.Max(between.High, Ceiling(samples, 0) ?? 0))
            : null;

        static double? Ceiling(IReadOnlyList<Sample> samples, double left)
        {
            var now = Present(samples);
            return Passed(samples, Quantity.CaptureEvents) >= Least && Processor(samples, now) is { } fit && fit.Event * Mean(now, Quantity.CaptureEvents) > LeastShare * now[^1].Processors
                ? fit.LoadThatFills(now[^1].Processors - fit.Other - (fit.Query * Mean(now, Quantity.Queries)), left)
                : null;
        }
    }

    private static double? QueryProcessorCeiling(IReadOnlyList<Sample> samples)
    {
        var now = Present(samples);
        return Passed(samples, Quantity.Queries) >= LeastQueries && Processor(samples, now) is { } fit && fit.Query * Mean(now, Quantity.Queries) > LeastShare * now[^1].Processors
            ? Math.Max(0, now[^1].Processors - fit.Other - (ProcessorFit.LeftWhenFull * fit.Switching) - (fit.Event * Mean(now, Quantity.CaptureEvents))) / fit.Query
            : null;
    }

    /// <summary>
    /// Little's law: as many are under way as come in the time that each stays, and no more than the limit may be. The more there are the
    /// longer each stays, so the time is fitted as a + b·load, and the ceiling is the load x at which x·(a + b·x) is the limit. What a request
    /// waits for the commit before its own is not fitted, as commits become shorter with the load and hide it: of those that come at random
    /// the log's utilisation meets one, at the ceiling all do.
    /// </summary>
    private static double? CaptureQueueCeiling(IReadOnlyList<Sample> samples)
    {
        var now = Present(samples);
        var (events, limit) = (Mean(now, Quantity.CaptureEvents), now[^1].Now(Quantity.CaptureLimit));
        if (events == 0 || Passed(samples, Quantity.CaptureEvents) < Least || Mean(now, Quantity.CaptureSeconds) <= LeastShare * limit)
        {
            return null;
        }

        // In units of the present load, so that both columns are of one size. Of a load that hardly varies nothing is known but its present time.
        var rows = Weighted(samples, s =>
            [s.Rate(Quantity.CaptureEvents) / events, Math.Pow(s.Rate(Quantity.CaptureEvents) / events, 2), Math.Max(0, s.Rate(Quantity.CaptureSeconds) - InCommitBefore(s))]);
        if (NonNegativeFit.Solve(rows, [0, 0.01 * rows.Sum(static r => r.Weight)]) is not { } fit)
        {
            return null;
        }

        var (a, b) = (fit[0] + (Mean(now, Quantity.CaptureRequests) * CommitSeconds(now)), fit[1]);
        return events * (b > 0 ? ((-a) + Math.Sqrt((a * a) + (4 * b * limit))) / (2 * b) : limit / a);

        static double InCommitBefore(Sample sample) => sample.Rate(Quantity.CaptureRequests) * Share(sample.Rate(Quantity.LogBusySeconds)) * CommitSeconds([sample]);

        static double CommitSeconds(IReadOnlyList<Sample> samples) => Ratio(Mean(samples, Quantity.LogBusySeconds), Mean(samples, Quantity.LogGroups)) ?? 0;
    }

    /// <summary>A write and its fsync take a + b·bytes, and may take no longer than a record may wait.</summary>
    private static double? FsyncCeiling(IReadOnlyList<Sample> samples)
    {
        var now = Present(samples);
        var (bytes, events) = (Mean(now, Quantity.LogBytes), Mean(now, Quantity.CaptureEvents));
        var target = now[^1].Now(Quantity.CommitTarget);
        if (bytes == 0 || events == 0 || target == 0 || Passed(samples, Quantity.CaptureEvents) < Least ||
            Grouped(samples, Quantity.LogGroups, Quantity.LogBytes, static s => s.Rate(Quantity.LogBusySeconds)) is not { Each: > 0 } fit)
        {
            return null;
        }

        return Math.Max(0, 1 - (fit.Group / target)) / fit.Each * events / bytes;
    }

    /// <summary>A batch takes a + b·rows of the Writer's one thread, decoding and commit together.</summary>
    private static double? WriterCeiling(IReadOnlyList<Sample> samples)
    {
        var now = Present(samples);
        var (rows, events) = (Mean(now, Quantity.WriterRows), Mean(now, Quantity.CaptureEvents));
        var bytesOfRow = rows > 0 ? Mean(now, Quantity.LogBytes) / rows : 0;
        var most = Math.Min(now[^1].Now(Quantity.BatchLimit), bytesOfRow > 0 ? now[^1].Now(Quantity.BatchLimitBytes) / bytesOfRow : double.MaxValue);
        if (rows == 0 || events == 0 || most == 0 || Passed(samples, Quantity.WriterRows) < Least ||
            Grouped(samples, Quantity.WriterBatches, Quantity.WriterRows, static s => s.Rate(Quantity.DecodeSeconds) + s.Rate(Quantity.CommitSeconds)) is not { } fit)
        {
            return null;
        }

        return most / (fit.Group + (fit.Each * most)) * Math.Max(1, events / rows);
    }

    private static double? QuerySlotCeiling(IReadOnlyList<Sample> samples)
    {
        var now = Present(samples);
        var queries = Mean(now, Quantity.Queries);
        var inSlots = now.Average(InSlots);
        return Passed(samples, Quantity.Queries) >= LeastQueries && inSlots > LeastShare * now[^1].Now(Quantity.QuerySlots) ? now[^1].Now(Quantity.QuerySlots) * queries / inSlots : null;
    }

    /// <summary>Slots of the segments that queries have: what is asked of ClickHouse has turns of its own.</summary>
    private static double InSlots(Sample sample) =>
        Math.Max(0, sample.Rate(Quantity.QuerySeconds) - sample.Rate(Quantity.QueryWaitSeconds) - sample.Rate(Quantity.ClickHouseSeconds));

    /// <summary>Connections that are few say nothing of the load: many are idle, and whoever sends more need not open more.</summary>
    private static Estimate? ConnectionsCeiling(Sample last, double load)
    {
        var used = last.Now(Quantity.Connections) / last.Now(Quantity.ConnectionsLimit);
        return used > 0.5 && load > 0 ? Exactly(load / used) : null;
    }

    /// <summary>Seconds for a group and for each of its items. Null where the samples do not tell one from the other.</summary>
    private static (double Group, double Each)? Grouped(IReadOnlyList<Sample> samples, Quantity groups, Quantity items, Func<Sample, double> busy)
    {
        var rows = Weighted(samples, s => [s.Rate(groups), s.Rate(items), busy(s)]);
        double gg = 0, gi = 0, ii = 0;
        foreach (var (row, weight) in rows)
        {
            gg += weight * row[0] * row[0];
            gi += weight * row[0] * row[1];
            ii += weight * row[1] * row[1];
        }

        return gg * ii > 0 && 1 - (gi * gi / (gg * ii)) > LeastDistinct && NonNegativeFit.Solve(rows, [0, 0]) is { } found ? (found[0], found[1]) : null;
    }

    /// <summary>How much a sum grew within the samples.</summary>
    public static double Passed(IReadOnlyList<Sample> samples, Quantity quantity) => samples.Sum(s => s.Rate(quantity) * s.Seconds);

    private static List<(double[] Row, double Weight)> Weighted(IReadOnlyList<Sample> samples, Func<Sample, double[]> row)
    {
        var rows = new List<(double[] Row, double Weight)>(samples.Count);
        for (var i = samples.Count - 1; i >= 0; i--)
        {
            rows.Add((row(samples[i]), Weight(samples, i)));
        }

        return rows;
    }

    private static double Weight(IReadOnlyList<Sample> samples, int i) => samples[i].Seconds * Math.Pow(0.5, (samples.Count - 1 - i) / HalfLife);

    /// <summary>A value and its 90 % interval by the jackknife over blocks of samples that follow each other (Künsch, 1989).</summary>
    private static Estimate? Between(IReadOnlyList<Sample> samples, Func<IReadOnlyList<Sample>, double?> of)
    {
        if (of(samples) is not { } value || !double.IsFinite(value))
        {
            return null;
        }

        var without = new List<double>(Blocks);
        if (samples.Count >= 2 * Blocks)
        {
            for (var block = 0; block < Blocks; block++)
            {
                var (from, to) = (block * samples.Count / Blocks, (block + 1) * samples.Count / Blocks);
                if (of([.. samples.Where((_, i) => i < from || i >= to)]) is { } part && double.IsFinite(part))
                {
                    without.Add(part);
                }
            }
        }

        if (without.Count < Blocks)
        {
            return new Estimate(value, value * (1 - UnknownError), value * (1 + UnknownError));
        }

        var mean = without.Average();
        var error = Deviate * Math.Sqrt((Blocks - 1) * without.Average(v => (v - mean) * (v - mean)));
        return new Estimate(value, Math.Max(0, value - error), value + error);
    }

    private static Estimate? Times(Estimate? estimate, double factor) =>
        estimate is null ? null : new Estimate(estimate.Value * factor, estimate.Low * factor, estimate.High * factor);

    private static Estimate Exactly(double value) => new(value, value, value);

    private static double? Inverse(Estimate? ceiling) => ceiling is { Value: > 0 } ? 1 / ceiling.Value : null;

    private static double? Ratio(double part, double of) => of > 0 && double.IsFinite(part) ? part / of : null;

    private static double Share(double value) => double.IsFinite(value) ? Math.Clamp(value, 0, 1) : 0;
}
