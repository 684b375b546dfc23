using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.Gateway;

/// <summary>Instruments of the gateway; see docs/metrics.md.</summary>
internal sealed class GatewayMetrics
{
    private readonly Counter<long> _requests = Telemetry.Meter.CreateCounter<long>(
        "headroom_gateway_requests_total", "{request}", "Requests by role and what became of them: answered, failed, refused (no process could be reached), abandoned (by whoever asked)");

    private readonly Counter<long> _retries = Telemetry.Meter.CreateCounter<long>(
        "headroom_gateway_retries_total", "{request}", "Requests that were tried at another process, by role and reason: unreachable (nothing was sent), unanswered (a read that was not answered)");

    private readonly Histogram<double> _duration = Telemetry.Meter.CreateHistogram<double>(
        "headroom_gateway_request_duration_seconds", "s", "From the arrival of a request to the end of its answer, by role", advice: Telemetry.Seconds);

    public GatewayMetrics(Destinations destinations) => Telemetry.Meter.CreateObservableGauge(
        "headroom_gateway_destination_ready", () => destinations.All.Select(static d => new Measurement<int>(
            d.Problem is null ? 1 : 0, new KeyValuePair<string, object?>("role", d.Role), new KeyValuePair<string, object?>("address", d.Address))),
        "1", "1 while a process behind the gateway is ready");

    public void Ended(string role, string outcome, TimeSpan took)
    {
        _requests.Add(1, new KeyValuePair<string, object?>("role", role), new KeyValuePair<string, object?>("outcome", outcome));
        _duration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("role", role));
    }

    public void Retried(string role, string reason) =>
        _retries.Add(1, new KeyValuePair<string, object?>("role", role), new KeyValuePair<string, object?>("reason", reason));
}
