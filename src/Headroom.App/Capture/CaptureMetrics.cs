using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Headroom.Core;

namespace Headroom.App.Capture;

internal static class CaptureMetrics
{
    // Counted here and read when somebody looks: recording four counters for each request costs as much as decoding a small one.
    private static readonly ProtocolCounts[] Counts = [.. Enum.GetValues<CaptureProtocol>().Select(static p => new ProtocolCounts(p))];

    private static readonly ConcurrentDictionary<(CaptureProtocol Protocol, string Outcome), StrongBox<long>> Others = new();

    private static readonly Counter<long> Rejected = Telemetry.Meter.CreateCounter<long>(
        "headroom_capture_rejected_events_total", description: "Events refused, by protocol and reason.");

    private static readonly Histogram<double> Duration = Telemetry.Meter.CreateHistogram(
        "headroom_capture_duration_seconds", "s", "From the first look at a request to its answer, by protocol.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });

    static CaptureMetrics()
    {
        Telemetry.Meter.CreateObservableCounter("headroom_capture_requests_total", Requests, description: "Capture requests by protocol and outcome.");
        Observe("headroom_capture_events_total", null, "Events acknowledged, by protocol.", static c => Volatile.Read(ref c.Events));
        Observe("headroom_capture_body_bytes_total", "By", "Bytes of bodies as sent, by protocol.", static c => Volatile.Read(ref c.BodyBytes));
        Observe("headroom_capture_record_bytes_total", "By", "Bytes of log records appended, by protocol.", static c => Volatile.Read(ref c.RecordBytes));
    }

    public static void Request(CaptureProtocol protocol, string outcome, int bodyBytes, TimeSpan duration)
    {
        var counts = Counts[(int)protocol];
        if (outcome == CaptureAnswer.Ok)
        {
            Interlocked.Increment(ref counts.Ok);
        }
        else
        {
            Interlocked.Increment(ref Others.GetOrAdd((protocol, outcome), static _ => new StrongBox<long>()).Value);
        }

        Interlocked.Add(ref counts.BodyBytes, bodyBytes);
        Duration.Record(duration.TotalSeconds, counts.Tag);
    }

    public static void Accepted(CaptureProtocol protocol, int events, int recordBytes)
    {
        var counts = Counts[(int)protocol];
        Interlocked.Add(ref counts.Events, events);
        Interlocked.Add(ref counts.RecordBytes, recordBytes);
    }

    public static void Refused(CaptureProtocol protocol, string reason, int events) => Rejected.Add(
        events,
        new KeyValuePair<string, object?>("protocol", CaptureRoute.Name(protocol)),
        new KeyValuePair<string, object?>("reason", reason));

    public static void Observe(CaptureLoad load)
    {
        Telemetry.Meter.CreateObservableUpDownCounter(
            "headroom_capture_in_flight_requests", () => load.Requests, description: "Capture requests under way.");
        Telemetry.Meter.CreateObservableGauge(
            "headroom_capture_in_flight_limit", () => load.MaxRequests, description: "Capture requests that may be under way.");
        Telemetry.Meter.CreateObservableGauge(
            "headroom_capture_commit_target_seconds", () => load.CommitTarget.TotalSeconds, "s", "Time that records may all wait for the log's disk before fewer requests are taken.");
        Telemetry.Meter.CreateObservableGauge(
            "headroom_capture_admitted_rate", () => load.Rate.PerSecond ?? 0, description: "Capture requests a second that are taken at present because of an overload; 0 where there is no bound.");
        Telemetry.Meter.CreateObservableUpDownCounter(
            "headroom_capture_in_flight_bytes", () => load.Bytes, "By", "Bytes of bodies under way, as sent and with what decoding needs besides.");
    }

    public static Activity? StartSpan(CaptureProtocol protocol)
    {
        if (!Telemetry.Source.HasListeners())
        {
            return null;
        }

        var span = Telemetry.Source.StartActivity("capture");
        span?.SetTag("protocol", CaptureRoute.Name(protocol));
        return span;
    }

    private static IEnumerable<Measurement<long>> Requests()
    {
        foreach (var counts in Counts)
        {
            yield return new Measurement<long>(Volatile.Read(ref counts.Ok), counts.Tag, new KeyValuePair<string, object?>("outcome", CaptureAnswer.Ok));
        }

        foreach (var ((protocol, outcome), count) in Others)
        {
            yield return new Measurement<long>(Volatile.Read(ref count.Value), Counts[(int)protocol].Tag, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    private static void Observe(string name, string? unit, string description, Func<ProtocolCounts, long> value) =>
        Telemetry.Meter.CreateObservableCounter(name, () => Counts.Select(c => new Measurement<long>(value(c), c.Tag)), unit, description);

    private sealed class ProtocolCounts(CaptureProtocol protocol)
    {
        public readonly KeyValuePair<string, object?> Tag = new("protocol", CaptureRoute.Name(protocol));
        public long Ok;
        public long Events;
        public long BodyBytes;
        public long RecordBytes;
    }
}
