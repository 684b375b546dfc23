using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.App.Capacity.Measuring;

/// <summary>What is measured of the parts. Times are sums of seconds, so that their rate is the mean number that are busy.</summary>
internal enum Quantity
{
    CaptureEvents,
    CaptureRequests,
    CaptureRefusals,
    CaptureErrors,
    CaptureSeconds,
    CaptureInFlight,
    CaptureLimit,
    CommitTarget,
    LogRecords,
    LogBytes,
    LogGroups,
    LogBusySeconds,
    LogErrors,
    LogQueued,
    LagBytes,
    WriterRows,
    WriterBatches,
    DecodeSeconds,
    CommitSeconds,
    LagSeconds,
    WriterFailures,
    BatchLimit,
    BatchLimitBytes,
    CommitFailures,
    CompactionBehind,
    SegmentBytes,
    LogDiskBytes,
    LogFreeBytes,
    Queries,
    QuerySeconds,
    QueryFailures,
    QueryWaitSeconds,
    QueriesWaiting,
    QuerySlots,
    CacheHits,
    CachePartial,
    CacheMisses,
    CacheMissesAvoidable,
    CacheBytes,
    CacheLimit,
    Connections,
    ConnectionsLimit,
    CatalogCommits,
    CatalogSeconds,
    CatalogReadSeconds,
    ClickHouseStatements,
    ClickHouseSeconds,
    ClickHouseErrors,
    ClickHouseWaiting,
    ClickHouseSlots,
}

/// <summary>
/// Sums of the instruments that every part has anyway. Parts know nothing of it and it knows nothing of them but the names in
/// docs/metrics.md. What is recorded costs an addition; the rest is asked for when somebody looks. Safe for concurrent use.
/// </summary>
internal sealed class Instruments : IDisposable
{
    /// <summary>Times are summed in ten millionths of a second.</summary>
    private const double Ticks = 1e7;

    private static readonly Source[] Sources =
    [
        new("headroom_capture_events_total", Quantity.CaptureEvents),
        new("headroom_capture_requests_total", Quantity.CaptureRequests) { Tag = "outcome", Values = ["ok", "partial"] },
        new("headroom_capture_requests_total", Quantity.CaptureRefusals) { Tag = "outcome", Values = ["overload", "too_many_requests", "too_many_bytes"] },
        new("headroom_capture_requests_total", Quantity.CaptureErrors) { Tag = "outcome", Values = ["log_unavailable", "error"] },
        new("headroom_capture_duration_seconds", Quantity.CaptureSeconds) { Times = Flow.Ingest },
        new("headroom_capture_in_flight_requests", Quantity.CaptureInFlight),
        new("headroom_capture_in_flight_limit", Quantity.CaptureLimit),
        new("headroom_capture_commit_target_seconds", Quantity.CommitTarget),
        new("headroom_log_records_total", Quantity.LogRecords),
        new("headroom_log_bytes_total", Quantity.LogBytes),
        new("headroom_log_fsyncs_total", Quantity.LogGroups),
        new("headroom_log_writer_busy_seconds_total", Quantity.LogBusySeconds),
        new("headroom_log_errors_total", Quantity.LogErrors),
        new("headroom_log_queue_records", Quantity.LogQueued),
        new("headroom_log_consumer_lag_bytes", Quantity.LagBytes),
        new("headroom_log_disk_bytes", Quantity.LogDiskBytes),
        new("headroom_log_disk_free_bytes", Quantity.LogFreeBytes),
        new("headroom_writer_batch_rows", Quantity.WriterRows) { Count = Quantity.WriterBatches },
        new("headroom_writer_decode_duration_seconds", Quantity.DecodeSeconds),
        new("headroom_writer_commit_duration_seconds", Quantity.CommitSeconds),
        new("headroom_writer_lag_seconds", Quantity.LagSeconds),
        new("headroom_writer_failures_total", Quantity.WriterFailures),
        new("headroom_writer_batch_limit_rows", Quantity.BatchLimit),
        new("headroom_writer_batch_limit_bytes", Quantity.BatchLimitBytes),
        new("headroom_store_commit_failures_total", Quantity.CommitFailures),
        new("headroom_store_catalog_duration_seconds", Quantity.CatalogSeconds) { Count = Quantity.CatalogCommits },
        new("headroom_store_catalog_read_duration_seconds", Quantity.CatalogReadSeconds) { Tag = "kind", Values = ["primary"] },
        new("headroom_store_compaction_behind", Quantity.CompactionBehind),
        new("headroom_store_segments_bytes", Quantity.SegmentBytes),
        new("headroom_store_query_duration_seconds", Quantity.QuerySeconds) { Count = Quantity.Queries, Times = Flow.Queries },
        new("headroom_insights_queries_total", Quantity.QueryFailures) { Tag = "outcome", Values = ["failed"] },
        new("headroom_store_query_wait_duration_seconds", Quantity.QueryWaitSeconds),
        new("headroom_store_queries_waiting", Quantity.QueriesWaiting),
        new("headroom_store_query_slots", Quantity.QuerySlots),
        new("headroom_store_clickhouse_query_duration_seconds", Quantity.ClickHouseSeconds) { Count = Quantity.ClickHouseStatements },
        new("headroom_store_clickhouse_query_duration_seconds", null) { Count = Quantity.ClickHouseErrors, Tag = "outcome", Values = ["error"] },
        new("headroom_store_clickhouse_queries_waiting", Quantity.ClickHouseWaiting),
        new("headroom_store_clickhouse_query_slots", Quantity.ClickHouseSlots),
        new("headroom_insights_cache_answers_total", Quantity.CacheHits) { Tag = "outcome", Values = ["hit", "behind"] },
        new("headroom_insights_cache_answers_total", Quantity.CachePartial) { Tag = "outcome", Values = ["partial"] },
        new("headroom_insights_cache_answers_total", Quantity.CacheMisses) { Tag = "outcome", Values = ["miss"] },
        new("headroom_insights_cache_misses_total", Quantity.CacheMissesAvoidable) { Tag = "reason", Values = ["pushed_out", "recent"] },
        new("headroom_insights_cache_bytes", Quantity.CacheBytes),
        new("headroom_insights_cache_limit_bytes", Quantity.CacheLimit),
        new("kestrel.active_connections", Quantity.Connections),
        new("headroom_connections_limit", Quantity.ConnectionsLimit),
    ];

    private static readonly int Quantities = Enum.GetValues<Quantity>().Length;

    private readonly MeterListener _listener = new();
    private readonly long[] _sums = new long[Quantities];
    private readonly long[] _ticks = new long[Quantities];
    private readonly bool[] _observed = new bool[Quantities];
    private readonly ResponseTimes _capture = new();
    private readonly ResponseTimes _queries = new();
    private readonly Lock _reading = new();

    public Instruments()
    {
        _listener.InstrumentPublished = Enable;
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Add((Source[])state!, value, 0, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Add((Source[])state!, value, 0, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Add((Source[])state!, 0, (long)(value * Ticks), tags));
        _listener.Start();
    }

    /// <summary>The values now, by <see cref="Quantity"/>: sums since the process started, or what a gauge shows.</summary>
    public double[] Read()
    {
        lock (_reading)
        {
            for (var i = 0; i < Quantities; i++)
            {
                if (_observed[i])
                {
                    (_sums[i], _ticks[i]) = (0, 0);
                }
            }

            _listener.RecordObservableInstruments();
            var values = new double[Quantities];
            for (var i = 0; i < Quantities; i++)
            {
                values[i] = Interlocked.Read(ref _sums[i]) + (Interlocked.Read(ref _ticks[i]) / Ticks);
            }

            return values;
        }
    }

    /// <summary>How long requests with events, and queries in the store, took since the process started.</summary>
    public (uint[] Capture, uint[] Queries) ReadTimes() => (_capture.Read(), _queries.Read());

    public void Dispose() => _listener.Dispose();

    private void Enable(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name is not (Telemetry.Name or "Microsoft.AspNetCore.Server.Kestrel"))
        {
            return;
        }

        var sources = Array.FindAll(Sources, source => source.Instrument == instrument.Name);
        if (sources.Length == 0)
        {
            return;
        }

        foreach (var source in sources)
        {
            if (source.Sum is { } sum)
            {
                _observed[(int)sum] = instrument.IsObservable;
            }
        }

        listener.EnableMeasurementEvents(instrument, sources);
    }

    private void Add(Source[] sources, long value, long ticks, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var source in sources)
        {
            if (!source.Takes(tags))
            {
                continue;
            }

            if (source.Sum is { } sum)
            {
                _ = ticks != 0 ? Interlocked.Add(ref _ticks[(int)sum], ticks) : Interlocked.Add(ref _sums[(int)sum], value);
            }

            if (source.Count is { } count)
            {
                Interlocked.Increment(ref _sums[(int)count]);
            }

            if (source.Times is { } flow)
            {
                (flow == Flow.Ingest ? _capture : _queries).Add(ticks / Ticks);
            }
        }
    }

    /// <summary>An instrument and where it goes; with a tag only measurements that have one of the values of it.</summary>
    /// <param name="Sum">Null where only the number of measurements counts.</param>
    private sealed record Source(string Instrument, Quantity? Sum)
    {
        public Quantity? Count { get; init; }

        /// <summary>The flow whose response times these are.</summary>
        public Flow? Times { get; init; }

        public string? Tag { get; init; }

        public string[] Values { get; init; } = [];

        public bool Takes(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (Tag is null)
            {
                return true;
            }

            foreach (var tag in tags)
            {
                if (tag.Key == Tag)
                {
                    return Array.IndexOf(Values, tag.Value as string) >= 0;
                }
            }

            return false;
        }
    }
}
