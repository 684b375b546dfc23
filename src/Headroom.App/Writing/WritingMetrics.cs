using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.App.Writing;

internal static class WritingMetrics
{
    private static readonly InstrumentAdvice<long> Rows = new()
    {
        HistogramBucketBoundaries = [1, 10, 100, 1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 150_000, 250_000],
    };

    public static readonly Counter<long> Events = Telemetry.Meter.CreateCounter<long>(
        "headroom_writer_events_total", description: "Events committed, by outcome: stored, duplicate, rejected.");

    public static readonly Counter<long> PoisonRecords = Telemetry.Meter.CreateCounter<long>(
        "headroom_writer_poison_records_total", description: "Log records that could not be read whole.");

    public static readonly Counter<long> Merges = Telemetry.Meter.CreateCounter<long>(
        "headroom_writer_person_merges_total", description: "Persons merged into another.");

    public static readonly Counter<long> MergesRefused = Telemetry.Meter.CreateCounter<long>(
        "headroom_writer_person_merges_refused_total", description: "Merges not done, by reason: identified, illegal_id.");

    public static readonly Counter<long> PersonPropertiesRefused = Telemetry.Meter.CreateCounter<long>(
        "headroom_writer_person_properties_refused_total", description: "Person properties not taken because the person has the most bytes it may have.");

    public static readonly Counter<long> Failures = Telemetry.Meter.CreateCounter<long>(
        "headroom_writer_failures_total", description: "Batches dropped and begun again from the log.");

    public static readonly Histogram<long> BatchRows = Telemetry.Meter.CreateHistogram<long>(
        "headroom_writer_batch_rows", description: "Rows of a committed batch.", advice: Rows);

    public static readonly Histogram<double> DecodeSeconds = Telemetry.Meter.CreateHistogram<double>(
        "headroom_writer_decode_duration_seconds", unit: "s", description: "Time spent decoding and enriching a batch.", advice: Telemetry.Seconds);

    public static readonly Histogram<double> CommitSeconds = Telemetry.Meter.CreateHistogram<double>(
        "headroom_writer_commit_duration_seconds", unit: "s", description: "Time from the end of a batch to its commit.", advice: Telemetry.Seconds);

    public static readonly Histogram<double> LagSeconds = Telemetry.Meter.CreateHistogram<double>(
        "headroom_writer_lag_seconds", unit: "s", description: "From the arrival of a batch's oldest event to its commit.", advice: Telemetry.Seconds);

    public static void Observe(WritingOptions options)
    {
        Telemetry.Meter.CreateObservableGauge("headroom_writer_batch_limit_rows", () => options.MaxBatchRows, description: "Rows after which a batch commits.");
        Telemetry.Meter.CreateObservableGauge("headroom_writer_batch_limit_bytes", () => options.MaxBatchBytes, "By", "Bytes of text after which a batch commits.");
    }

    public static KeyValuePair<string, object?> Outcome(string outcome) => new("outcome", outcome);

    public static KeyValuePair<string, object?> Reason(string reason) => new("reason", reason);
}
