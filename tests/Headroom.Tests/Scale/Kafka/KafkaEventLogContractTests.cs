using Headroom.Core;
using Headroom.Scale.Kafka;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headroom.Tests.Scale.Kafka;

public sealed class KafkaEventLogContractTests : EventLogContract
{
    private readonly MockKafka _kafka = new();

    public KafkaEventLogContractTests() => _kafka.MakeTopic("events", 3);

    private protected override Task<IEventLog> OpenAsync() => Task.Run<IEventLog>(() => KafkaEventLog.Open(
        new KafkaEventLogOptions { BootstrapServers = _kafka.Servers, Topic = "events", Partitions = 3 }, TimeProvider.System, NullLogger.Instance));

    private protected override ValueTask CloseAsync()
    {
        _kafka.Dispose();
        return ValueTask.CompletedTask;
    }

    // Whichever partition it is, the reader is there when it has read one more.
    private protected override LogPosition After(LogPosition end) => end.With(KafkaTesting.PartitionOf("1/ada", 3), end[KafkaTesting.PartitionOf("1/ada", 3)] + 1);
}
