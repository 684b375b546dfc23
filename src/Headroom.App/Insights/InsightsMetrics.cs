using System.Diagnostics;
using System.Diagnostics.Metrics;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.App.Insights;

/// <summary>Queries by kind and how they ended.</summary>
internal static class InsightsMetrics
{
    private static readonly Counter<long> Queries = Telemetry.Meter.CreateCounter<long>(
        "headroom_insights_queries_total", "{query}", "Queries by kind and outcome: ok, refused, cancelled, failed.");

    private static readonly Histogram<double> Duration = Telemetry.Meter.CreateHistogram<double>(
        "headroom_insights_query_duration_seconds", "s", "Time to compile, run and read a query, by kind and outcome.", advice: Telemetry.Seconds);

    private static readonly Counter<long> Rows = Telemetry.Meter.CreateCounter<long>(
        "headroom_insights_query_rows_total", "{row}", "Rows that the event store answered, by kind.");

    private static readonly Counter<double> RunSeconds = Telemetry.Meter.CreateCounter<double>(
        "headroom_insights_query_run_seconds_total", "s", "Time in which queries ran, without what they waited for their turn, by kind and by what they read: columns, or properties inside of JSON.");

    private static readonly Counter<long> ScannedRows = Telemetry.Meter.CreateCounter<long>(
        "headroom_insights_query_scanned_rows_total", "{row}", "Rows of the segments that queries went over, by kind and by what they read.");

    private static readonly Counter<long> CacheMisses = Telemetry.Meter.CreateCounter<long>(
        "headroom_insights_cache_misses_total", "{answer}", "Answers that were not in the cache, by reason: new, pushed_out (there was no room for it), recent (it had ceased to be right within the last 10 s), changed, other.");

    private static readonly Counter<long> CacheAnswers = Telemetry.Meter.CreateCounter<long>(
        "headroom_insights_cache_answers_total", "{answer}", "Answers by where they came from: hit, behind (within the age that was asked for), partial (only what new events touched, or what is new in a range that moved on, was computed), miss.");

    private static readonly Counter<long> SharedAnswers = Telemetry.Meter.CreateCounter<long>(
        "headroom_insights_shared_answers_total", "{answer}", "Answers looked for in the cache that processes share, by outcome: hit, changed (what it read is different by now), absent (or Redis is away), unreadable.");

    /// <summary>Ends when it is disposed; of the same name as Telemetry.Meter.</summary>
    public static Meter Watch(InsightsCache cache)
    {
        var meter = new Meter(Telemetry.Name);
        meter.CreateObservableGauge("headroom_insights_cache_bytes", () => cache.Bytes, "By", "Answers held, as estimated.");
        meter.CreateObservableGauge("headroom_insights_cache_limit_bytes", () => cache.MostBytes, "By", "Bytes of answers that may be held.");
        return meter;
    }

    public static void Answered(CacheOutcome outcome) => CacheAnswers.Add(1, new KeyValuePair<string, object?>("outcome", outcome switch
    {
        CacheOutcome.Hit => "hit",
        CacheOutcome.Partial => "partial",
        CacheOutcome.Behind => "behind",
        _ => "miss",
    }));

    public static void Shared(string outcome) => SharedAnswers.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public static void Missed(string reason) => CacheMisses.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <param name="readsJson">Whether it reads properties that have no column of their own.</param>
    public static void Ran(string kind, bool readsJson, TimeSpan elapsed, long scanned)
    {
        var tags = new TagList { { "kind", kind }, { "reads", readsJson ? "json" : "columns" } };
        RunSeconds.Add(elapsed.TotalSeconds, tags);
        ScannedRows.Add(scanned, tags);
    }

    public static void Record(string kind, string outcome, TimeSpan elapsed, long rows)
    {
        var tags = new TagList { { "kind", kind }, { "outcome", outcome } };
        Queries.Add(1, tags);
        Duration.Record(elapsed.TotalSeconds, tags);
        if (rows > 0)
        {
            Rows.Add(rows, new TagList { { "kind", kind } });
        }
    }
}
