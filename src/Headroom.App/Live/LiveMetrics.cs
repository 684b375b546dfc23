using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.App.Live;

internal static class LiveMetrics
{
    public static readonly UpDownCounter<long> Watchers = Telemetry.Meter.CreateUpDownCounter<long>(
        "headroom_live_watchers", "{connection}", "Live views open now.");

    public static readonly Counter<long> Sent = Telemetry.Meter.CreateCounter<long>(
        "headroom_live_events_sent_total", "{event}", "Events sent to live views.");

    public static readonly Counter<long> Skipped = Telemetry.Meter.CreateCounter<long>(
        "headroom_live_events_skipped_total", "{event}", "Events not sent to a live view because it had enough of that second.");

    public static readonly Counter<long> OnlineQueries = Telemetry.Meter.CreateCounter<long>(
        "headroom_live_online_queries_total", "{query}", "Queries for the counts, by outcome: ok, failed.");
}
