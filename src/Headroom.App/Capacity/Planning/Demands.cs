namespace Headroom.App.Capacity.Planning;

/// <summary>What one event, request or query takes, in seconds of one processor of the machine named, unless it says otherwise.</summary>
/// <param name="Basis">Where and when these were measured.</param>
/// <param name="Request">Capture of a request, whatever is in it.</param>
/// <param name="EventCapture">Capture of an event in it.</param>
/// <param name="EventWriting">Processor of the Writer and the store for an event, merging included.</param>
/// <param name="EventWriterThread">Time of the Writer's one thread for an event: its ceiling is one over it.</param>
/// <param name="WriterBatch">Time of that thread for a batch, however small.</param>
/// <param name="Fsync">Mean of one commit of the log.</param>
/// <param name="FsyncVariability">Its squared coefficient of variation.</param>
/// <param name="FsyncRequest">What a request adds to it.</param>
/// <param name="Query">Of a query that the store runs, whatever it reads.</param>
/// <param name="QueryEvent">For each event in its range.</param>
/// <param name="QueryVariability">Squared coefficient of variation between queries.</param>
/// <param name="EventBytes">Bytes of an event in the store.</param>
/// <param name="FixedMemory">Bytes of memory that the parts are bounded by together.</param>
public sealed record Demands(
    string Basis,
    double Request,
    double EventCapture,
    double EventWriting,
    double EventWriterThread,
    double WriterBatch,
    double Fsync,
    double FsyncVariability,
    double FsyncRequest,
    double Query,
    double QueryEvent,
    double QueryVariability,
    double EventBytes,
    double FixedMemory)
{
    /// <summary>The figures of bench/README.md, for events of 12 properties.</summary>
    public static Demands Default { get; } = new(
        "2 shared cores of an AMD EPYC, ext4, events of 12 properties, 2026-11-24 to 2026-11-26 (bench/README.md)",

        // 45 and 41 µs of the server's processor for a request of one event.
        Request: 43e-6,

        // 5.23 µs of processor for an event in batches of 500, all parts together; over a million events a second in such batches leave at most 1 µs for their capture.
        EventCapture: 1.0e-6,
        EventWriting: 4.2e-6,

        // 284,779 events a second until queryable.
        EventWriterThread: 1 / 284_779.0,

        // Freshness of 259 ms idle, of which 250 ms are the shortest time between two commits.
        WriterBatch: 0.009,

        // 16,589 calls of fdatasync: half took 0.3 ms, 56 of them more than 6 ms, the slowest 37 ms.
        Fsync: 0.4e-3,
        FsyncVariability: 4,
        FsyncRequest: 1e-6,

        // Nine questions over 30 of 60 days of 10 million events took 145 ms of processor on average, from 10 to 490 ms.
        Query: 0.005,
        QueryEvent: 0.140 / 5e6,
        QueryVariability: 1,

        EventBytes: 45.7,
        FixedMemory: 1.5 * 1024 * 1024 * 1024);

    /// <summary>
    /// With the demands that a running installation has measured in place of these. Of what it does not measure, or had too little load for, these stay, and the basis says which.
    /// </summary>
    public Demands MeasuredBy(CapacityReport report)
    {
        var measured = this;
        var names = new List<string>();
        if (OfProcessors("capture_cpu") is { } capture)
        {
            // For an event, its part of the request included: as many events in a request as there.
            measured = measured with { Request = 0, EventCapture = capture };
            names.Add("capture_cpu");
        }

        if ((Of("writer"), Of("store_writes")) is var (writer, store) && (writer ?? store) is not null)
        {
            // One thread does both, one after the other; it keeps one processor busy meanwhile.
            var both = (writer ?? 0) + (store ?? 0);
            measured = measured with { EventWriterThread = both, EventWriting = both };
            names.Add(writer is null ? "store_writes" : store is null ? "writer" : "writer, store_writes");
        }

        if (OfProcessors("query_cpu") is { } query)
        {
            // Over as much as its queries read today: more of it is not known to cost more.
            measured = measured with { Query = query, QueryEvent = 0 };
            names.Add("query_cpu (as long as queries read as much as there)");
        }

        return names.Count == 0
            ? measured
            : measured with { Basis = FormattableString.Invariant($"{string.Join(", ", names)} as measured on {report.At:yyyy-MM-dd} on {report.Processors} processors; all else: {Basis}") };

        double? Of(string name) => Measured(name)?.ServiceDemand;

        // Of processors the demand is a share of those of its process.
        double? OfProcessors(string name) => Measured(name) is { } found
            ? found.ServiceDemand * (report.Processes.FirstOrDefault(process => process.Name == found.Process)?.Processors ?? report.Processors)
            : null;

        // Of several processes the one that most passes through.
        ResourceReport? Measured(string name) => report.Resources.Where(resource => resource.Name == name && resource.ServiceDemand is > 0).MaxBy(static resource => resource.Throughput);
    }

    /// <summary>Seconds for which a log with this fsync keeps a request, in the mean and at the 99th percentile, at so many a second.</summary>
    internal Model.Response? AcknowledgedByLog(double requestsPerSecond)
    {
        var network = new Model.Network(
            [new Model.Batches("fsync", Fsync, FsyncVariability)], [], [new Model.JobClass("requests", requestsPerSecond, [new Model.Visit(0, FsyncRequest, 0)])]);
        return Model.Solver.Solve(network).Classes[0].Response;
    }
}
