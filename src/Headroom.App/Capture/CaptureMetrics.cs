using System.Diagnostics;
using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.App.Capture;

internal static class CaptureMetrics
{
    private static readonly Counter<long> Requests = Telemetry.Meter.CreateCounter<long>(
        "headroom_capture_requests_total", description: "Capture requests by protocol and outcome.");

    private static readonly Counter<long> Events = Telemetry.Meter.CreateCounter<long>(
        "headroom_capture_events_total", description: "Events acknowledged, by protocol.");

    private static readonly Counter<long> Rejected = Telemetry.Meter.CreateCounter<long>(
        "headroom_capture_rejected_events_total", description: "Events refused, by protocol and reason.");

    private static readonly Counter<long> BodyBytes = Telemetry.Meter.CreateCounter<long>(
        "headroom_capture_body_bytes_total", "By", "Bytes of bodies as sent, by protocol.");

    private static readonly Counter<long> RecordBytes = Telemetry.Meter.CreateCounter<long>(
        "headroom_capture_record_bytes_total", "By", "Bytes of log records appended, by protocol.");

    private static readonly Histogram<double> Duration = Telemetry.Meter.CreateHistogram(
        "headroom_capture_duration_seconds", "s", "From the first look at a request to its answer, by protocol.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });

    public static void Request(CaptureProtocol protocol, string outcome, int bodyBytes, TimeSpan duration)
    {
        var tag = new KeyValuePair<string, object?>("protocol", CaptureRoute.Name(protocol));
        Requests.Add(1, tag, new KeyValuePair<string, object?>("outcome", outcome));
        BodyBytes.Add(bodyBytes, tag);
        Duration.Record(duration.TotalSeconds, tag);
    }

    public static void Accepted(CaptureProtocol protocol, int events, int recordBytes)
    {
        var tag = new KeyValuePair<string, object?>("protocol", CaptureRoute.Name(protocol));
        Events.Add(events, tag);
        RecordBytes.Add(recordBytes, tag);
    }

    public static void Refused(CaptureProtocol protocol, string reason, int events) => Rejected.Add(
        events,
        new KeyValuePair<string, object?>("protocol", CaptureRoute.Name(protocol)),
        new KeyValuePair<string, object?>("reason", reason));

    public static void Observe(CaptureLoad load)
    {
        Telemetry.Meter.CreateObservableUpDownCounter(
            "headroom_capture_in_flight_requests", () => load.Requests, description: "Capture requests under way.");
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
}
