using System.Text.Json;
using Confluent.Kafka;
using Headroom.Core;
using Headroom.Log;
using Headroom.Scale.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static Headroom.Tests.Scale.LogRecords;

namespace Headroom.Tests.Scale.Kafka;

public sealed class KafkaEventLogTests : IDisposable
{
    private readonly MockKafka _kafka = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-spill-").FullName;
    private readonly CancellationTokenSource _late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public KafkaEventLogTests()
    {
        _late.CancelAfter(TimeSpan.FromSeconds(40));
        _kafka.MakeTopic("events", 2);
    }

    private CancellationToken Cancel => _late.Token;

    public void Dispose()
    {
        _kafka.Dispose();
        Directory.Delete(_directory, recursive: true);
        _late.Dispose();
    }

    [Fact]
    public async Task A_message_is_one_event_that_others_can_read_under_its_project_and_distinct_id()
    {
        await using var log = await OpenAsync();
        await DurableAsync(log, Record(7, 2, "192.0.2.7", "Browser \"1\"", ("zoë", "signed up")));
        using var consumer = new ConsumerBuilder<string, string>(Options().Consumer()).Build();
        consumer.Assign([new TopicPartitionOffset("events", 0, Offset.Beginning), new TopicPartitionOffset("events", 1, Offset.Beginning)]);
        var messages = new Dictionary<string, JsonElement>();
        while (messages.Count < 2)
        {
            if (consumer.Consume(Cancel) is { IsPartitionEOF: false } result)
            {
                messages[result.Message.Key] = JsonDocument.Parse(result.Message.Value).RootElement;
                if (result.Message.Key != "7")
                {
                    Assert.Equal(KafkaTesting.PartitionOf(result.Message.Key, 2), result.Partition.Value);
                }
            }
        }

        var sent = messages["7/zoë"];
        Assert.Equal(
            ["project", "received_at", "ip", "user_agent", "uuid", "event", "distinct_id", "timestamp", "properties"],
            sent.EnumerateObject().Select(static member => member.Name));
        Assert.Equal(7, sent.GetProperty("project").GetInt32());
        Assert.Equal("Browser \"1\"", sent.GetProperty("user_agent").GetString());
        Assert.Equal("signed up", sent.GetProperty("event").GetString());
        Assert.Equal(sent.GetProperty("timestamp").GetString(), sent.GetProperty("received_at").GetString());
        Assert.Equal("""{"project":7,"received_at":"2026-11-18T11:06:40.123456Z","rejected":2}""".Length, messages["7"].GetRawText().Length);
        Assert.Equal(2, messages["7"].GetProperty("rejected").GetInt32());
    }

    [Fact]
    public async Task What_is_not_ours_is_stepped_over_and_holds_nothing_up()
    {
        await using var log = await OpenAsync();
        using (var stranger = new ProducerBuilder<string, byte[]?>(new ProducerConfig { BootstrapServers = _kafka.Servers }).Build())
        {
            byte[]?[] strange = [null, [], "hello"u8.ToArray(), "{\"project\":1}"u8.ToArray(), "{\"project\":0,\"received_at\":\"x\"}"u8.ToArray(), [.. "{\"project\":"u8, 0xFF, (byte)'}']];
            await DurableAsync(log, Record(1, ("ada", "before")));
            foreach (var value in strange)
            {
                await stranger.ProduceAsync(new TopicPartition("events", 0), new Message<string, byte[]?> { Key = "k", Value = value }, Cancel);
                await stranger.ProduceAsync(new TopicPartition("events", 1), new Message<string, byte[]?> { Key = "k", Value = value }, Cancel);
            }
        }

        await using var again = await OpenAsync();
        Assert.Equal(13, again.End.Sum);
        using var reader = again.OpenReader(default);
        var (_, events) = await reader.ReadToAsync(again.End, Cancel);
        Assert.Equal("before", Assert.Single(events).Name);
        Assert.Equal(again.End, reader.Position);
    }

    [Fact]
    public async Task Brokers_that_are_away_refuse_within_their_time_and_are_found_again()
    {
        await using var log = await OpenAsync();
        await DurableAsync(log, Record(1, ("ada", "one")));
        _kafka.Stop();
        var refused = await log.AppendAsync(Record(1, ("ada", "two")), Cancel);
        Assert.Equal(LogAppendStatus.Unavailable, refused.Status);
        Assert.NotNull(refused.Reason);
        Assert.True(log.Health is { Writable: false, StandsIn: false });
        Assert.NotNull(log.Health.Since);
        Assert.Contains(_kafka.Servers, log.Health.Problem, StringComparison.Ordinal);
        _kafka.Start();
        while ((await log.AppendAsync(Record(1, ("ada", "three")), Cancel)).Status != LogAppendStatus.Durable)
        {
            Assert.False(Cancel.IsCancellationRequested);
        }

        Assert.Null(log.Health.Problem);
    }

    [Fact]
    public async Task An_event_that_is_too_large_is_refused_for_good_and_nothing_of_its_request_is_sent()
    {
        await using var log = await OpenAsync(options => options.MessageMaxBytes = 2000);
        Assert.Equal(LogAppendStatus.TooLarge, (await log.AppendAsync(Record(1, ("ada", "small"), ("bob", new string('x', 2000))), Cancel)).Status);
        Assert.Equal(0, log.End.Sum);
    }

    [Fact]
    public async Task Events_that_are_gone_stop_the_reader_until_an_operator_lets_it_go_on()
    {
        await using (var log = await OpenAsync())
        {
            await DurableAsync(log, Record(1, ("ada", "one")));
            var lost = Assert.Throws<LogCorruptException>(() => log.OpenReader(LogPosition.From(100, 100)));
            Assert.Contains("SkipLost", lost.Message, StringComparison.Ordinal);
            Assert.Throws<LogCorruptException>(() => log.OpenReader(LogPosition.From(0, 0, 5)));
        }

        await using var skipping = await OpenAsync(static options => options.SkipLost = true);
        using var reader = skipping.OpenReader(LogPosition.From(100, 100));
        Assert.Single((await reader.ReadToAsync(skipping.End, Cancel)).Events);
    }

    [Fact]
    public async Task A_start_without_brokers_says_what_to_check()
    {
        _kafka.Stop();
        var problem = await Assert.ThrowsAsync<InvalidOperationException>(() => OpenAsync(static options => options.StartTimeout = TimeSpan.FromSeconds(1)));
        Assert.Contains("Headroom:Kafka:BootstrapServers", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_brokers_do_not_take_is_kept_in_the_spill_and_given_to_them_in_its_order()
    {
        await using var log = Spilling(await OpenAsync(), OpenSpill());
        Assert.Equal(LogAppendStatus.Durable, (await log.AppendAsync(Record(1, ("ada", "e00")), Cancel)).Status);
        await SettledAsync(log);
        _kafka.Stop();
        for (var i = 1; i < 20; i++)
        {
            Assert.Equal(LogAppendStatus.Durable, (await log.AppendAsync(Record(1, ("ada", $"e{i:D2}")), Cancel)).Status);
        }

        Assert.False(log.IsSettled);
        Assert.True(log.Health is { Writable: true, StandsIn: true });
        Assert.Contains("bytes so far", log.Health.Problem, StringComparison.Ordinal);
        Assert.NotNull(log.Health.Since);
        Assert.True(log.WaitingBytes > 19 * 100);
        _kafka.Start();
        await SettledAsync(log);
        Assert.Equal(0, log.WaitingBytes);
        using var reader = log.OpenReader(default);
        var (_, events) = await reader.ReadToAsync(log.End, Cancel);

        // One that was on its way when the brokers left may be there twice.
        Assert.Equal(Enumerable.Range(0, 20).Select(static i => $"e{i:D2}"), events.DistinctBy(static e => e.Json).Select(static e => e.Name));
        while (log.Health.Problem is not null)
        {
            await Task.Delay(20, Cancel);
        }

        Assert.Equal(LogAppendStatus.Durable, (await log.AppendAsync(Record(1, ("ada", "after")), Cancel)).Status);
        Assert.Equal(0, log.WaitingBytes);
    }

    [Fact]
    public async Task A_spill_that_a_process_left_is_given_by_the_next_one()
    {
        await using (var spill = OpenSpill())
        {
            await spill.AppendAllAsync([Record(1, ("ada", "one")), Record(1, ("ada", "two"))], Cancel);
        }

        await using var log = Spilling(await OpenAsync(), OpenSpill());
        await SettledAsync(log);
        using var reader = log.OpenReader(default);
        Assert.Equal(["one", "two"], (await reader.ReadToAsync(log.End, Cancel)).Events.Select(static e => e.Name));

        // And by no other: what was given is given once, though the spill's last file still has it.
        await log.DisposeAsync();
        await using var next = Spilling(await OpenAsync(), OpenSpill());
        Assert.True(next.IsSettled);
        Assert.Equal(2, next.End.Sum);
    }

    [Fact]
    public async Task A_full_spill_refuses()
    {
        await using var log = Spilling(await OpenAsync(), OpenSpill(64 << 10));
        _kafka.Stop();
        LogAppend answer;
        var taken = 0;
        while ((answer = await log.AppendAsync(Record(1, ("ada", new string('x', 4000))), Cancel)).Status == LogAppendStatus.Durable)
        {
            taken++;
        }

        Assert.Equal(LogAppendStatus.Unavailable, answer.Status);
        Assert.InRange(taken, 5, 16);
        Assert.False(log.Health.Writable);
    }

    [Fact]
    public void Wrong_settings_are_named_all_at_once()
    {
        var result = new KafkaEventLogOptionsValidator().Validate(null, new KafkaEventLogOptions
        {
            BootstrapServers = ":9092", Topic = "a b", Partitions = 0, MinInSyncReplicas = 4, SecurityProtocol = "tls", Compression = "7", CaFile = "/no/such.pem", KeyFile = "/no/key.pem",
            DeliveryTimeout = TimeSpan.Zero, SpillBytes = 5,
        });
        foreach (var key in new[] { "BootstrapServers", "Topic", "Partitions", "MinInSyncReplicas", "SecurityProtocol", "Compression", "CaFile", "KeyFile", "DeliveryTimeout", "SpillBytes" })
        {
            Assert.Contains(result.Failures!, failure => failure.Contains("Headroom:Kafka:" + key, StringComparison.Ordinal));
        }

        result = new KafkaEventLogOptionsValidator().Validate(null, new KafkaEventLogOptions { BootstrapServers = "a:1,b:2", SecurityProtocol = "sasl_ssl", SaslMechanism = "OAUTHBEARER" });
        Assert.Contains(result.Failures!, static failure => failure.Contains("Headroom:Kafka:Username", StringComparison.Ordinal));
        Assert.Contains(result.Failures!, static failure => failure.Contains("Headroom:Kafka:TokenEndpoint", StringComparison.Ordinal));
        Assert.True(new KafkaEventLogOptionsValidator().Validate(null, new KafkaEventLogOptions { BootstrapServers = "a:1,b:2" }).Succeeded);
    }

    /// <summary>With the time that a machine under load needs.</summary>
    private async Task DurableAsync(KafkaEventLog log, byte[] record)
    {
        for (var attempt = 0; attempt < 10 && (await log.AppendAsync(record, Cancel)).Status != LogAppendStatus.Durable; attempt++)
        {
            Assert.Equal(0, log.End.Sum);
        }
    }

    private async Task SettledAsync(SpillingEventLog log)
    {
        while (!log.IsSettled)
        {
            await Task.Delay(20, Cancel);
        }
    }

    private SpillingEventLog Spilling(KafkaEventLog log, EmbeddedEventLog spill) =>
        new(log, spill, SpillPlace.In(_directory), static _ => { }, TimeProvider.System, NullLogger.Instance);

    private EmbeddedEventLog OpenSpill(long bytes = 16 << 20) => EmbeddedEventLog.Open(
        new EmbeddedEventLogOptions { Directory = _directory, MaxBytes = bytes, FileBytes = 16 << 10, RetainFor = TimeSpan.Zero, RetainBytes = 0 },
        new DiskLogFiles(_directory), TimeProvider.System, NullLogger.Instance);

    private Task<KafkaEventLog> OpenAsync(Action<KafkaEventLogOptions>? change = null) => Task.Run(() =>
    {
        var options = Options();
        change?.Invoke(options);
        return KafkaEventLog.Open(options, TimeProvider.System, NullLogger.Instance);
    });

    private KafkaEventLogOptions Options() => new()
    {
        BootstrapServers = _kafka.Servers, Topic = "events", Partitions = 2, DeliveryTimeout = TimeSpan.FromSeconds(1), StartTimeout = TimeSpan.FromSeconds(20),
    };
}
