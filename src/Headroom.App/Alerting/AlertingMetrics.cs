using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.App.Alerting;

internal static class AlertingMetrics
{
    private static readonly Counter<long> Sent = Telemetry.Meter.CreateCounter<long>(
        "headroom_alerts_sent_total", "{message}", "Messages by channel and outcome: delivered, failed (each try), dropped (given up).");

    /// <summary>Ends when it is disposed; of the same name as Telemetry.Meter.</summary>
    public static Meter Watch(AlertBook book)
    {
        var meter = new Meter(Telemetry.Name);
        meter.CreateObservableGauge("headroom_alerts_firing", () =>
        {
            var firing = book.Firing;
            var critical = firing.Count(static alert => alert.Severity == AlertSeverity.Critical);
            return new[]
            {
                new Measurement<long>(critical, new KeyValuePair<string, object?>("severity", "critical")),
                new Measurement<long>(firing.Count - critical, new KeyValuePair<string, object?>("severity", "warning")),
            };
        }, "{alert}", "Alerts that fire now, by severity.");
        return meter;
    }

    public static void Count(string channel, string outcome) =>
        Sent.Add(1, new KeyValuePair<string, object?>("channel", channel), new KeyValuePair<string, object?>("outcome", outcome));
}
