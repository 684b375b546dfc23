using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Headroom.Scale.Kafka;

internal static partial class KafkaEventLogMessages
{
    [LoggerMessage(1, LogLevel.Information, "The event log is the Kafka topic {Topic} with {Partitions} partitions; it ends at {End}")]
    public static partial void Opened(this ILogger logger, string topic, int partitions, string end);

    [LoggerMessage(2, LogLevel.Information, "Made the Kafka topic {Topic} with {Partitions} partitions of {Replicas} replicas")]
    public static partial void TopicMade(this ILogger logger, string topic, int partitions, short replicas);

    [LoggerMessage(3, LogLevel.Warning, "The Kafka topic {Topic} could not be made with its settings: {Reason}. Brokers that make topics by themselves are asked to; check its partitions and replicas then")]
    public static partial void TopicNotMade(this ILogger logger, string topic, string reason);

    [LoggerMessage(4, LogLevel.Warning, "The Kafka topic {Topic} has {Partitions} partitions and Headroom:Kafka:Partitions is {Asked}; those that it has are used")]
    public static partial void OtherPartitions(this ILogger logger, string topic, int partitions, int asked);

    [LoggerMessage(5, LogLevel.Error, "Kafka does not take events: {Reason}")]
    public static partial void Failing(this ILogger logger, string reason);

    [LoggerMessage(6, LogLevel.Information, "Kafka takes events again, after {Seconds} s")]
    public static partial void Recovered(this ILogger logger, double seconds);

    [LoggerMessage(7, LogLevel.Warning, "A message of the topic at offset {Offset} of partition {Partition} is not one of Headroom and was stepped over; {Count} so far")]
    public static partial void Foreign(this ILogger logger, long offset, int partition, long count);

    [LoggerMessage(8, LogLevel.Error, "Goes on at offset {Offset} of partition {Partition} instead of {Wanted}, as Headroom:Kafka:SkipLost says; the messages between are lost")]
    public static partial void LostSkipped(this ILogger logger, long offset, int partition, long wanted);

    [LoggerMessage(9, LogLevel.Warning, "The brokers take no events; what arrives is kept in the spill: {Reason}")]
    public static partial void Spilling(this ILogger logger, string reason);

    [LoggerMessage(10, LogLevel.Information, "All {Records} requests of the spill were given to Kafka, after {Seconds} s")]
    public static partial void SpillEmpty(this ILogger logger, long records, double seconds);

    [LoggerMessage(11, LogLevel.Error, "A record of the spill can never be given to Kafka and was dropped: {Reason}")]
    public static partial void SpillDropped(this ILogger logger, string reason);

    [LoggerMessage(12, LogLevel.Debug, "{Name} {Facility}: {Message}")]
    private static partial void ClientDebug(this ILogger logger, string name, string facility, string message);

    [LoggerMessage(13, LogLevel.Error, "Giving the spill to Kafka failed and is tried again")]
    public static partial void ForwardFailed(this ILogger logger, Exception exception);

    /// <summary>What the client library says: health and metrics tell what matters of it.</summary>
    public static void Client(this ILogger logger, LogMessage message)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            logger.ClientDebug(message.Name, message.Facility, message.Message);
        }
    }
}
