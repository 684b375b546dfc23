using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>Instruments of the store; see docs/metrics.md.</summary>
internal sealed class StoreMetrics : IDisposable
{
    // A meter of the same name as Telemetry.Meter, so that its gauges end with the store.
    private readonly Meter _meter = new(Telemetry.Name);
    private readonly Counter<long> _rows;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _commit;
    private readonly Histogram<double> _catalog;
    private readonly Histogram<double> _catalogWait;
    private readonly Histogram<double> _catalogRead;
    private readonly Histogram<double> _query;
    private readonly Histogram<double> _queryWait;
    private readonly Histogram<double>? _clickHouse;
    private readonly Counter<long> _queryBytes;
    private readonly Counter<long> _compactedRows;
    private readonly Counter<long> _compactedBytes;
    private readonly Histogram<double> _compaction;
    private readonly Counter<long> _removedRows;

    public StoreMetrics(SegmentStore store)
    {
        _rows = _meter.CreateCounter<long>("headroom_store_committed_rows_total", "{row}", "Rows committed to segments");
        _bytes = _meter.CreateCounter<long>("headroom_store_committed_bytes_total", "By", "Bytes of files that commits wrote");
        _failures = _meter.CreateCounter<long>("headroom_store_commit_failures_total", "{commit}", "Commits of which nothing counts, because of disk or catalog");
        _commit = _meter.CreateHistogram<double>("headroom_store_commit_duration_seconds", "s", "From the call of commit to all of it counting", advice: Telemetry.Seconds);
        _catalog = _meter.CreateHistogram<double>("headroom_store_catalog_duration_seconds", "s", "The part of a commit inside the catalog: its transaction, from begin to the answer", advice: Telemetry.Seconds);
        _catalogWait = _meter.CreateHistogram<double>("headroom_store_catalog_wait_duration_seconds", "s", "Time that looks into a catalog in PostgreSQL waited for a connection", advice: Telemetry.Seconds);
        _catalogRead = _meter.CreateHistogram<double>("headroom_store_catalog_read_duration_seconds", "s", "Reads of a catalog in PostgreSQL, by kind of server: primary, replica", advice: Telemetry.Seconds);
        _query = _meter.CreateHistogram<double>("headroom_store_query_duration_seconds", "s", "Queries by outcome, waiting included", advice: Telemetry.Seconds);
        _queryWait = _meter.CreateHistogram<double>("headroom_store_query_wait_duration_seconds", "s", "Time that queries waited for their turn, by size: small, large, and clickhouse for those to it", advice: Telemetry.Seconds);
        _queryBytes = _meter.CreateCounter<long>("headroom_store_query_bytes_total", "By", "Size of the segment files that queries were given, of which they read what they need");
        _compactedRows = _meter.CreateCounter<long>("headroom_store_compacted_rows_total", "{row}", "Rows rewritten by compaction");
        _compactedBytes = _meter.CreateCounter<long>("headroom_store_compacted_bytes_total", "By", "Bytes written by compaction");
        _compaction = _meter.CreateHistogram<double>("headroom_store_compaction_duration_seconds", "s", "One merge of segments", advice: Telemetry.Seconds);
        _removedRows = _meter.CreateCounter<long>("headroom_store_removed_rows_total", "{row}", "Rows removed for good, by cause: retention, deletion");
        _meter.CreateObservableGauge("headroom_store_segments", () => store.Health.Segments, "{segment}", "Segments that count");
        _meter.CreateObservableGauge("headroom_store_segments_bytes", () => store.Health.Bytes, "By", "Bytes of segments that count");
        _meter.CreateObservableGauge("headroom_store_seen_files", () => store.State.Seen.Length, "{file}", "Files of uuids that a duplicate is looked for in");
        _meter.CreateObservableGauge("headroom_store_queries_waiting", () => store.Engine.Waiting, "{query}", "Queries waiting for their turn");
        _meter.CreateObservableGauge("headroom_store_query_slots", () => store.Engine.Slots, "{query}", "Queries that run at once");
        _meter.CreateObservableGauge("headroom_store_query_held_bytes", () => store.Engine.HeldBytes, "By", "Memory with the events that funnels, paths and retention follow now");
        _meter.CreateObservableGauge("headroom_store_query_engines", () => store.Engine.Opened, "{database}", "Databases of queries that are open; one without a query for a minute is closed");
        if (store.Follows)
        {
            _meter.CreateObservableGauge("headroom_store_behind_seconds", () => store.Behind.TotalSeconds, "s", "Time since this process last knew that it answers from all that was stored");
        }

        if (store.Files.Copies is { } copies)
        {
            _clickHouse = _meter.CreateHistogram<double>("headroom_store_clickhouse_query_duration_seconds", "s", "Statements to ClickHouse in their turn, by outcome", advice: Telemetry.Seconds);
            _meter.CreateObservableGauge("headroom_store_clickhouse_queries_waiting", () => copies.Waiting, "{query}", "Statements to ClickHouse that wait for their turn");
            _meter.CreateObservableGauge("headroom_store_clickhouse_query_slots", () => copies.Slots, "{query}", "Statements that this process runs in ClickHouse at once");
            _meter.CreateObservableGauge("headroom_store_clickhouse_missing_files", () => copies.Missing, "{file}", "Files of the store whose rows are not in ClickHouse yet");
            _meter.CreateObservableCounter("headroom_store_clickhouse_queries_total", () => copies.Answered, "{query}", "Statements that ClickHouse has answered");
        }

        if (store.CatalogServers.Count > 0)
        {
            _meter.CreateObservableGauge("headroom_store_catalog_read", () => store.CatalogServers.Select(static s => new Measurement<int>(s.IsRead ? 1 : 0, Server(s))), "1",
                "1 for the server that the catalog is read from");
            _meter.CreateObservableGauge("headroom_store_replica_staleness_seconds",
                () => store.CatalogServers.Where(static s => s.IsReplica && s.AsOf is not null).Select(s => new Measurement<double>(store.Since(s.AsOf!.Value).TotalSeconds, Server(s))), "s",
                "Time since a replica was last known to show what the server showed that is written to");
            _meter.CreateObservableCounter("headroom_store_replica_fallbacks_total", () => store.CatalogFallbacks, "{fallback}", "Times that reading went from a replica back to the server that is written to");
        }

        _meter.CreateObservableGauge("headroom_store_compaction_behind", () => store.CompactionBehind ? 1 : 0, "1", "1 while compaction is behind");
    }

    public void Committed(long rows, long bytes, TimeSpan took)
    {
        _rows.Add(rows);
        _bytes.Add(bytes);
        _commit.Record(took.TotalSeconds);
    }

    public void CatalogCommitted(TimeSpan took) => _catalog.Record(took.TotalSeconds);

    public void CatalogWaited(TimeSpan waited) => _catalogWait.Record(waited.TotalSeconds);

    public void CatalogRead(TimeSpan took, bool replica) => _catalogRead.Record(took.TotalSeconds, Kind(replica));

    public void CommitFailed() => _failures.Add(1);

    public void QueryGiven(long bytes) => _queryBytes.Add(bytes);

    public void QueryWaited(TimeSpan waited, bool large) =>
        _queryWait.Record(waited.TotalSeconds, new KeyValuePair<string, object?>("size", large ? "large" : "small"));

    public void ClickHouseWaited(TimeSpan waited) => _queryWait.Record(waited.TotalSeconds, new KeyValuePair<string, object?>("size", "clickhouse"));

    public void ClickHouseRan(TimeSpan took, string outcome) => _clickHouse?.Record(took.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));

    public void Queried(TimeSpan took, string outcome) =>
        _query.Record(took.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));

    public void Compacted(long rows, long bytes, TimeSpan took)
    {
        _compactedRows.Add(rows);
        _compactedBytes.Add(bytes);
        _compaction.Record(took.TotalSeconds);
    }

    public void Removed(long rows, bool byRetention) =>
        _removedRows.Add(rows, new KeyValuePair<string, object?>("cause", byRetention ? "retention" : "deletion"));

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?>[] Server(CatalogServer server) =>
        [new("server", server.Name), Kind(server.IsReplica)];

    private static KeyValuePair<string, object?> Kind(bool replica) => new("kind", replica ? "replica" : "primary");
}
