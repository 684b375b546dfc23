using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.App.Shared.Control.Postgres;

internal static class PostgresMetrics
{
    public static readonly UpDownCounter<long> InUse = Telemetry.Meter.CreateUpDownCounter<long>(
        "headroom_postgres_connections_in_use", description: "Connections to PostgreSQL that somebody has taken from the pool.");

    public static readonly UpDownCounter<long> Waiting = Telemetry.Meter.CreateUpDownCounter<long>(
        "headroom_postgres_connections_waiting", description: "Callers that wait for a connection to PostgreSQL.");

    private static readonly Histogram<double> Wait = Telemetry.Meter.CreateHistogram<double>(
        "headroom_postgres_wait_duration_seconds", "s", "Time until a caller had a connection to PostgreSQL, or was told that there is none.", advice: Telemetry.Seconds);

    private static readonly Counter<long> Retries = Telemetry.Meter.CreateCounter<long>(
        "headroom_postgres_retries_total", description: "Operations on PostgreSQL that were tried again.");

    public static void Waited(TimeSpan elapsed) => Wait.Record(elapsed.TotalSeconds);

    public static void Retried() => Retries.Add(1);
}
