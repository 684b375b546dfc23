using System.Diagnostics;
using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.Scale.Redis;

internal static class RedisMetrics
{
    private static readonly Counter<long> Operations = Telemetry.Meter.CreateCounter<long>(
        "headroom_redis_operations_total", "{operation}",
        "Operations on Redis by operation (find, keep, tell, take, attempt, forget, probe) and outcome: ok, timeout, failed, skipped (Redis was away already, and was not asked), dropped (too large, or too many waited to be sent).");

    private static readonly Histogram<double> Duration = Telemetry.Meter.CreateHistogram(
        "headroom_redis_operation_duration_seconds", "s", "Time until Redis answered, by operation.", advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
        });

    /// <summary>Ends when it is disposed; of the same name as Telemetry.Meter.</summary>
    public static Meter Watch(RedisLink link)
    {
        var meter = new Meter(Telemetry.Name);
        meter.CreateObservableGauge("headroom_redis_connected", () => link.IsThere ? 1 : 0, description: "1 while Redis answers and is asked, else 0.");
        return meter;
    }

    public static void Count(string operation, string outcome) => Operations.Add(1, new TagList { { "operation", operation }, { "outcome", outcome } });

    public static void Answered(string operation, TimeSpan elapsed)
    {
        Count(operation, "ok");
        Duration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("operation", operation));
    }
}
