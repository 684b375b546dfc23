using Confluent.Kafka;
using Headroom.App.Shared;
using Headroom.App.Writing;
using Headroom.Core;
using Headroom.Log;
using Headroom.Scale.Kafka;
using Headroom.Tests.Writing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Headroom.Tests.Scale.Kafka;

/// <summary>The Writer over a log of several partitions.</summary>
public sealed class KafkaWriterTests : IAsyncDisposable
{
    private readonly MockKafka _kafka = new();
    private readonly CancellationTokenSource _late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly FakeStore _store = new();

    public KafkaWriterTests()
    {
        _late.CancelAfter(TimeSpan.FromSeconds(30));
        _kafka.MakeTopic("events", 3);
    }

    private CancellationToken Cancel => _late.Token;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _kafka.Dispose();
        _late.Dispose();
    }

    [Fact]
    public async Task Each_event_is_stored_once_over_restarts_and_foreign_messages_are_not_waited_for()
    {
        await using var log = await OpenAsync();
        for (var run = 0; run < 3; run++)
        {
            var tail = Append(run, 0);
            await log.AppendAsync(tail, Cancel);
            using (var stranger = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = _kafka.Servers }).Build())
            {
                for (var p = 0; p < 3; p++)
                {
                    await stranger.ProduceAsync(new TopicPartition("events", p), new Message<Null, string> { Value = "hello" }, Cancel);
                }
            }

            // Opened anew, it knows where the foreign ones end.
            await using var again = await OpenAsync();
            var waiting = new WaitingEvents();
            await RunAsync(again, waiting, async _ =>
            {
                await _store.WaitForOffsetAsync(again.End, Cancel);
                await again.AppendAsync(Append(run, 1), Cancel);
                waiting.Acknowledged(new ProjectId(1), 20);
                await _store.WaitForOffsetAsync(again.End, Cancel);
            });
            Assert.Equal(again.End, _store.Committed);
            Assert.Equal(0, waiting.Balance(new ProjectId(1)));
        }

        Assert.Equal(120, _store.Rows.Count);
        Assert.Equal(120, _store.Rows.Select(static row => row.Uuid).Distinct().Count());
    }

    [Fact]
    public async Task What_a_process_before_left_in_the_spill_waits_in_the_ledger_until_it_is_stored()
    {
        var directory = Directory.CreateTempSubdirectory("headroom-spill-");
        try
        {
            await using (var spill = OpenSpill(directory.FullName))
            {
                await spill.AppendAllAsync([Append(0, 0), Append(0, 1), Append(0, 2)], Cancel);
            }

            var waiting = new WaitingEvents();
            await using var log = new SpillingEventLog(
                await OpenAsync(), OpenSpill(directory.FullName), SpillPlace.In(directory.FullName), waiting.Acknowledged, TimeProvider.System, NullLogger.Instance);
            while (!log.IsSettled)
            {
                await Task.Delay(20, Cancel);
            }

            // All was given before the Writer began: it finds it in the log, and it is not of before.
            Assert.Equal(60, waiting.Balance(new ProjectId(1)));
            await RunAsync(log, waiting, async _ =>
            {
                await log.AppendAsync(Append(0, 3), Cancel);
                waiting.Acknowledged(new ProjectId(1), 20);
                await _store.WaitForOffsetAsync(log.End, Cancel);
            });
            Assert.Equal(0, waiting.Balance(new ProjectId(1)));
            Assert.Equal(80, _store.Rows.Count);
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        static EmbeddedEventLog OpenSpill(string directory)
        {
            var options = new EmbeddedEventLogOptions { Directory = directory };
            return EmbeddedEventLog.Open(options, new DiskLogFiles(directory), TimeProvider.System, NullLogger.Instance);
        }
    }

    [Fact]
    public async Task A_pause_comes_when_everything_before_it_is_stored_in_every_partition()
    {
        await using var log = await OpenAsync();
        await log.AppendAsync(Append(0, 0), Cancel);
        var place = log.End;
        await RunAsync(log, new WaitingEvents(), async pauses =>
        {
            var paused = new TaskCompletionSource();
            pauses.Add(place, () =>
            {
                Assert.True(_store.Committed.Reaches(place));
                paused.TrySetResult();
            });
            await paused.Task.WaitAsync(Cancel);
            await log.AppendAsync(Append(0, 1), Cancel);
            await _store.WaitForOffsetAsync(log.End, Cancel);
        });
        Assert.Equal(40, _store.Rows.Count);
    }

    private static byte[] Append(int run, int part) => WriterBench.Record(Enumerable.Range(0, 20).Select(i => new Sent($"e{run}{part}", "id" + i)));

    private async Task RunAsync(IEventLog log, WaitingEvents waiting, Func<WriterPauses, Task> body)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Headroom:Writing:CommitInterval"] = "00:00:00" }).Build();
        var collection = new ServiceCollection();
        collection.AddLogging();
        collection.AddSingleton(TimeProvider.System);
        collection.AddSingleton(log);
        collection.AddSingleton<IEventStore>(_store);
        collection.AddSingleton<IProjectDirectory>(new FakeDirectory());
        collection.AddWriting(configuration);
        collection.AddSingleton(waiting);
        await using var services = collection.BuildServiceProvider();
        var writer = Assert.Single(services.GetServices<IHostedService>());
        await writer.StartAsync(Cancel);
        try
        {
            await body(services.GetRequiredService<WriterPauses>());
        }
        finally
        {
            await writer.StopAsync(CancellationToken.None);
        }
    }

    private Task<KafkaEventLog> OpenAsync() => Task.Run(() => KafkaEventLog.Open(
        new KafkaEventLogOptions { BootstrapServers = _kafka.Servers, Topic = "events", Partitions = 3, DeliveryTimeout = TimeSpan.FromSeconds(20) }, TimeProvider.System, NullLogger.Instance));
}
