using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.Scale.Kafka;

/// <summary>The instruments of the log in Kafka.</summary>
internal static class KafkaMetrics
{
    private static readonly ConcurrentDictionary<KafkaEventLog, bool> Logs = new();
    private static readonly ConcurrentDictionary<SpillingEventLog, bool> Spills = new();

    private static readonly Counter<long> Messages = Telemetry.Meter.CreateCounter<long>(
        "headroom_kafka_delivered_messages_total", description: "Messages that the brokers have acknowledged");

    private static readonly Counter<long> Failures = Telemetry.Meter.CreateCounter<long>(
        "headroom_kafka_failed_messages_total", description: "Messages that the brokers did not acknowledge, by error");

    private static readonly Histogram<double> Seconds = Telemetry.Meter.CreateHistogram(
        "headroom_kafka_append_duration_seconds", "s", "Time from an append to its answer", advice: Telemetry.Seconds);

    private static readonly Counter<long> Consumed = Telemetry.Meter.CreateCounter<long>(
        "headroom_kafka_read_messages_total", description: "Messages read, the foreign ones included");

    private static readonly Counter<long> ForeignMessages = Telemetry.Meter.CreateCounter<long>(
        "headroom_kafka_foreign_messages_total", description: "Messages stepped over because they are not of Headroom");

    private static readonly Counter<long> Spilled = Telemetry.Meter.CreateCounter<long>(
        "headroom_kafka_spilled_records_total", description: "Appends answered from the spill because the brokers did not take them");

    private static readonly Counter<long> Forwarded = Telemetry.Meter.CreateCounter<long>(
        "headroom_kafka_forwarded_records_total", description: "Records of the spill given to the brokers");

    static KafkaMetrics()
    {
        Telemetry.Meter.CreateObservableGauge(
            "headroom_kafka_up", static () => Logs.Keys.Sum(static log => log.Health.Problem is null ? 1 : 0), description: "1 while the brokers take and give events");
        Telemetry.Meter.CreateObservableGauge(
            "headroom_kafka_consumer_lag_messages", static () => Logs.Keys.SelectMany(static log => log.Lags()).Select(
                static lag => new Measurement<long>(lag.Messages, new KeyValuePair<string, object?>("consumer", lag.Consumer))),
            description: "Messages between what a consumer has processed and the end of the topic");
        Telemetry.Meter.CreateObservableGauge(
            "headroom_kafka_spill_bytes", static () => Spills.Keys.Sum(static spill => spill.WaitingBytes), description: "Bytes that wait in the spill for the brokers");
    }

    public static void Add(KafkaEventLog log) => Logs.TryAdd(log, true);

    public static void Remove(KafkaEventLog log) => Logs.TryRemove(log, out _);

    public static void Add(SpillingEventLog spill) => Spills.TryAdd(spill, true);

    public static void Remove(SpillingEventLog spill) => Spills.TryRemove(spill, out _);

    public static void Delivered() => Messages.Add(1);

    public static void Failed(string error) => Failures.Add(1, new KeyValuePair<string, object?>("error", error));

    public static void Appended(TimeSpan time) => Seconds.Record(time.TotalSeconds);

    public static void Read(int messages) => Consumed.Add(messages);

    public static void Foreign() => ForeignMessages.Add(1);

    public static void Spill() => Spilled.Add(1);

    public static void Forward(int records) => Forwarded.Add(records);
}
