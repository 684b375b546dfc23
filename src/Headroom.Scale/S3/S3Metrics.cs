using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.Scale.S3;

/// <summary>Instruments of the object storage; see docs/metrics.md.</summary>
internal static class S3Metrics
{
    private static readonly Counter<long> s_requests = Telemetry.Meter.CreateCounter<long>(
        "headroom_s3_requests_total", "{request}", "Requests to the object storage by operation (put, part, get, head, list, delete, multipart) and outcome (ok, missing, error, cancelled); with their retries each is one");

    private static readonly Histogram<double> s_seconds = Telemetry.Meter.CreateHistogram<double>(
        "headroom_s3_request_duration_seconds", "s", "Requests to the object storage by operation, retries and the transfer included", advice: Telemetry.Seconds);

    private static readonly Counter<long> s_bytes = Telemetry.Meter.CreateCounter<long>(
        "headroom_s3_bytes_total", "By", "Bytes of objects, by direction: sent, received");

    public static void Requested(string operation, string outcome, TimeSpan took)
    {
        var tag = new KeyValuePair<string, object?>("operation", operation);
        s_requests.Add(1, tag, new KeyValuePair<string, object?>("outcome", outcome));
        s_seconds.Record(took.TotalSeconds, tag);
    }

    public static void Sent(long bytes) => s_bytes.Add(bytes, new KeyValuePair<string, object?>("direction", "sent"));

    public static void Received(long bytes) => s_bytes.Add(bytes, new KeyValuePair<string, object?>("direction", "received"));
}
