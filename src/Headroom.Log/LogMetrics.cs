using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.Log;

/// <summary>The log's instruments. The gauges sum over the logs that are open in this process, usually one.</summary>
internal static class LogMetrics
{
    private static readonly ConcurrentDictionary<EmbeddedEventLog, bool> Open = new();

    private static readonly Counter<long> Records = Telemetry.Meter.CreateCounter<long>(
        "headroom_log_records_total", description: "Records made durable");

    private static readonly Counter<long> Bytes = Telemetry.Meter.CreateCounter<long>(
        "headroom_log_bytes_total", description: "Bytes made durable, record headers included");

    private static readonly Counter<long> Refused = Telemetry.Meter.CreateCounter<long>(
        "headroom_log_refused_records_total", description: "Appends not made durable, by reason");

    private static readonly Counter<long> Fsyncs = Telemetry.Meter.CreateCounter<long>(
        "headroom_log_fsyncs_total", description: "Groups committed by one write and one fsync");

    private static readonly Histogram<double> FsyncSeconds = Telemetry.Meter.CreateHistogram(
        "headroom_log_fsync_duration_seconds", "s", "Time of one fsync",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
        });

    private static readonly Histogram<int> GroupRecords = Telemetry.Meter.CreateHistogram(
        "headroom_log_group_records", description: "Records that shared one fsync",
        advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096] });

    private static readonly Counter<double> Busy = Telemetry.Meter.CreateCounter<double>(
        "headroom_log_writer_busy_seconds_total", "s", "Time that the writer thread spent writing and syncing, without that in which it waited for a processor");

    private static readonly Counter<long> Errors = Telemetry.Meter.CreateCounter<long>(
        "headroom_log_errors_total", description: "Failed operations on the log's files, by operation");

    private static readonly Counter<long> ReadRecords = Telemetry.Meter.CreateCounter<long>(
        "headroom_log_read_records_total", description: "Records handed to readers");

    private static readonly Counter<long> ReadBytes = Telemetry.Meter.CreateCounter<long>(
        "headroom_log_read_bytes_total", description: "Bytes of records handed to readers, record headers included");

    static LogMetrics()
    {
        Gauge("headroom_log_queue_bytes", "Bytes that wait for the next write", static log => log.QueuedBytes);
        Gauge("headroom_log_queue_records", "Records that wait for the next write", static log => log.QueuedRecords);
        Gauge("headroom_log_files", "Files on disk", static log => log.FileCount);
        Gauge("headroom_log_disk_bytes", "Bytes of all files on disk", static log => log.Health.Bytes);
        Gauge("headroom_log_disk_free_bytes", "Bytes free on the disk that holds the files", static log => Math.Max(0, log.FreeDiskBytes));
        Gauge("headroom_log_writable", "1 when appends are accepted", static log => log.Health.Writable ? 1 : 0);
        Telemetry.Meter.CreateObservableGauge("headroom_log_consumer_lag_bytes", Lags, description: "Bytes between what a consumer has processed and the end of the log");
    }

    public static void Add(EmbeddedEventLog log) => Open.TryAdd(log, true);

    public static void Remove(EmbeddedEventLog log) => Open.TryRemove(log, out _);

    public static void Committed(int records, int bytes, TimeSpan fsync, TimeSpan busy)
    {
        Records.Add(records);
        Bytes.Add(bytes);
        Fsyncs.Add(1);
        FsyncSeconds.Record(fsync.TotalSeconds);
        GroupRecords.Record(records);
        Busy.Add(busy.TotalSeconds);
    }

    public static void Refuse(string reason, int records) => Refused.Add(records, new KeyValuePair<string, object?>("reason", reason));

    public static void Error(string operation) => Errors.Add(1, new KeyValuePair<string, object?>("operation", operation));

    public static void Read(int records, long bytes)
    {
        ReadRecords.Add(records);
        ReadBytes.Add(bytes);
    }

    private static void Gauge(string name, string description, Func<EmbeddedEventLog, long> value) =>
        Telemetry.Meter.CreateObservableGauge(name, () => Sum(value), description: description);

    private static IEnumerable<Measurement<long>> Lags()
    {
        foreach (var (log, _) in Open)
        {
            foreach (var (consumer, bytes) in log.Lags)
            {
                yield return new Measurement<long>(bytes, new KeyValuePair<string, object?>("consumer", consumer));
            }
        }
    }

    private static long Sum(Func<EmbeddedEventLog, long> value)
    {
        long sum = 0;
        foreach (var (log, _) in Open)
        {
            sum += value(log);
        }

        return sum;
    }
}
