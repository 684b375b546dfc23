using Headroom.App.Shared;
using Headroom.App.Writing;
using Headroom.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Writing;

public sealed class WriterTests
{
    private static readonly ProjectId Project = new(1);
    private readonly FakeLog _log = new();
    private readonly FakeStore _store = new();
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_in_the_log_is_stored_released_and_no_longer_waits()
    {
        _log.Append(WriterBench.Record(1, 2, "", "", new Sent("before", "u")));
        await using var services = Services();
        var waiting = services.GetRequiredService<WaitingEvents>();
        await RunAsync(services, async () =>
        {
            await _store.WaitForOffsetAsync(1, _cancel);
            waiting.Acknowledged(Project, 1);
            _log.Append(WriterBench.Record(new Sent("after", "u")));
            await _store.WaitForOffsetAsync(2, _cancel);
        });
        Assert.Equal(["before", "after"], _store.Rows.Select(r => r.Event));
        Assert.Equal(new LedgerCounts(4, 2, 0, 2), _store.Ledger(Project));
        Assert.Equal(0, waiting.Count(Project));
        Assert.Equal(2, _log.Released["writer"]);
    }

    [Fact]
    public async Task Batches_take_no_thread_from_those_who_wait_for_answers()
    {
        await using var services = Services();
        await RunAsync(services, async () =>
        {
            for (var i = 1; i <= 3; i++)
            {
                _log.Append(WriterBench.Record(new Sent("e" + i, "u")));
                await _store.WaitForOffsetAsync(i, _cancel);
            }
        });
        Assert.Equal(3, _store.CommitsByPoolThreads.Count);
        Assert.DoesNotContain(true, _store.CommitsByPoolThreads);
    }

    [Fact]
    public async Task Over_a_log_that_others_append_to_what_is_read_waits_until_it_is_committed_however_often_it_is_read_again()
    {
        var held = new TaskCompletionSource();
        var waiting = new WaitingEvents(sharedLog: true);
        _log.Append(WriterBench.Record(1, 2, "", "", new Sent("e", "u")));
        _store.Failures.Enqueue(new StoreUnavailableException("The disk is full."));
        _store.Held = held.Task;
        await using var services = Services(waiting: waiting);
        await RunAsync(services, async () =>
        {
            waiting.Acknowledged(Project, 7);
            while (waiting.Balance(Project) == 0)
            {
                await Task.Yield();
                _cancel.ThrowIfCancellationRequested();
            }

            Assert.Equal(3, waiting.Balance(Project));
            held.SetResult();
            await _store.WaitForOffsetAsync(1, _cancel);
        });
        Assert.Equal(0, waiting.Balance(Project));
        Assert.Equal(new LedgerCounts(3, 1, 0, 2), _store.Ledger(Project));
    }

    [Fact]
    public async Task A_store_that_takes_nothing_is_tried_again_until_it_does_and_nothing_is_lost_or_doubled()
    {
        for (var i = 0; i < 10; i++)
        {
            _log.Append(WriterBench.Record(new Sent("e" + i, "u" + (i % 3)), Sent.Identify("u", "u" + (i % 3))));
        }

        _store.Failures.Enqueue(new StoreUnavailableException("The disk is full."));
        _store.Failures.Enqueue(new InvalidOperationException("A bug."));
        await using var services = Services();
        var health = Assert.Single(services.GetServices<IHealthSource>());
        await RunAsync(services, () => _store.WaitForOffsetAsync(10, _cancel));
        Assert.Equal(20, _store.Rows.Count);
        Assert.Equal(new LedgerCounts(20, 20, 0, 0), _store.Ledger(Project));
        Assert.Equal(0, services.GetRequiredService<WaitingEvents>().Count(Project));
        Assert.Equal(_store.Rows.Count, _store.Rows.DistinctBy(r => r.Uuid).Count());
        Assert.False(health.Health.Ok, "After the stop it must say that it has stopped.");
    }

    [Fact]
    public async Task While_the_store_takes_nothing_health_says_so_and_since_when()
    {
        var time = new FakeTimeProvider(UnixMicros.ToInstant(Sent.Noon));
        _log.Append(WriterBench.Record(new Sent("e", "u")));
        _store.Failures.Enqueue(new StoreUnavailableException("The disk is full."));
        await using var services = Services(time);
        var health = Assert.Single(services.GetServices<IHealthSource>());
        await RunAsync(services, async () =>
        {
            while (health.Health.Ok)
            {
                await Task.Yield();
                _cancel.ThrowIfCancellationRequested();
            }

            Assert.Contains("The disk is full.", health.Health.Detail, StringComparison.Ordinal);
            Assert.Equal(UnixMicros.ToInstant(Sent.Noon), health.Health.Since);
            var stored = _store.WaitForOffsetAsync(1, _cancel);
            while (!stored.IsCompleted)
            {
                time.Advance(TimeSpan.FromMilliseconds(50));
                await Task.Yield();
            }

            while (!health.Health.Ok)
            {
                await Task.Yield();
                _cancel.ThrowIfCancellationRequested();
            }
        });
        Assert.Single(_store.Rows);
    }

    [Fact]
    public async Task A_writer_that_is_stuck_or_behind_says_so()
    {
        var time = new FakeTimeProvider(UnixMicros.ToInstant(Sent.Noon));
        var held = new TaskCompletionSource();
        _store.Held = held.Task;
        _log.Append(WriterBench.Record(new Sent("e", "u")));
        await using var services = Services(time);
        var health = Assert.Single(services.GetServices<IHealthSource>());
        await RunAsync(services, async () =>
        {
            Assert.True(health.Health.Ok);
            time.Advance(TimeSpan.FromSeconds(11));
            while (health.Health.Ok)
            {
                await Task.Yield();
                _cancel.ThrowIfCancellationRequested();
            }

            Assert.Equal(("writer", UnixMicros.ToInstant(Sent.Noon)), (health.Health.Name, health.Health.Since));
            held.SetResult();
            await _store.WaitForOffsetAsync(1, _cancel);
            while (!health.Health.Ok)
            {
                await Task.Yield();
                _cancel.ThrowIfCancellationRequested();
            }
        });
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_does_not_stop_what_follows()
    {
        _log.Append([1, 2, 3]);
        _log.Append(WriterBench.Record(new Sent("bad", "u") { Properties = "{" }));
        _log.Append(WriterBench.Record(new Sent("good", "u")));
        await using var services = Services();
        await RunAsync(services, () => _store.WaitForOffsetAsync(3, _cancel));
        Assert.Equal("good", Assert.Single(_store.Rows).Event);
        Assert.Equal(new LedgerCounts(2, 1, 0, 1), _store.Ledger(Project));
    }

    [Fact]
    public async Task Who_watches_sees_what_was_committed()
    {
        await using var services = Services();
        var feed = services.GetRequiredService<LiveFeed>();
        await RunAsync(services, async () =>
        {
            await using var watch = feed.WatchAsync(Project, _cancel).GetAsyncEnumerator(_cancel);
            var next = watch.MoveNextAsync();
            _store.Failures.Enqueue(new StoreUnavailableException("Not yet."));
            _log.Append(WriterBench.Record(new Sent("e", "u") { Properties = """{"$current_url":"https://a.test/x","$browser":"Firefox"}""" }));
            Assert.True(await next);
            Assert.Equal(("e", "u", "https://a.test/x", "Firefox"), (watch.Current.Event, watch.Current.DistinctId, watch.Current.Url, watch.Current.Browser));
            Assert.Single(_store.Rows);
        });
    }

    /// <summary>Killed between any two batches: the rows are those of a Writer that was never killed.</summary>
    [Fact]
    public async Task A_replay_after_a_crash_writes_the_same_rows()
    {
        var events = Enumerable.Range(0, 60).Select(i => i % 7 == 3
            ? Sent.Identify("user" + (i % 2), "anon" + (i % 5))
            : new Sent("e" + i, "anon" + (i % 5)).At(TimeSpan.FromMinutes(i * 7))).ToArray();
        var straight = new WriterBench();
        foreach (var e in events)
        {
            _log.Append(WriterBench.Record(e));
            straight.Write(e);
        }

        for (var crash = 0; crash < 8; crash++)
        {
            _store.Failures.Enqueue(new StoreUnavailableException("Crash."));
            await using var services = Services(rows: 2 + crash);
            await RunAsync(services, () => _store.WaitForOffsetAsync(Math.Min(60, (crash + 1) * 8), _cancel));
        }

        Assert.Equal(straight.Store.Rows.Select(r => r.ToString()), _store.Rows.Select(r => r.ToString()));
    }

    [Theory]
    [InlineData("Headroom:Writing:MaxBatchRows", "0")]
    [InlineData("Headroom:Writing:SessionMax", "00:01:00")]
    [InlineData("Headroom:Geo:Database", "/nowhere.mmdb")]
    public async Task A_wrong_setting_stops_the_start_and_names_its_key(string key, string value)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { [key] = value });
        Add(builder.Services, builder.Configuration, TimeProvider.System);
        using var host = builder.Build();
        var problem = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(_cancel));
        Assert.Contains(key, problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pause_comes_when_exactly_what_is_before_it_is_stored_and_persons_are_looked_up_anew_after_it()
    {
        for (var i = 0; i < 5; i++)
        {
            _log.Append(WriterBench.Record(new Sent("e" + i, "ada")));
        }

        await using var services = Services();
        var pauses = services.GetRequiredService<WriterPauses>();
        var offsets = new List<long>();
        pauses.Add(3, () => Pause(3));
        pauses.Add(0, () => Pause(0));
        await RunAsync(services, async () =>
        {
            await _store.WaitForOffsetAsync(5, _cancel);

            // Nothing comes any more: the pause does not wait for it.
            var idle = new TaskCompletionSource();
            pauses.Add(5, () =>
            {
                Pause(5);
                idle.SetResult();
            });
            await idle.Task.WaitAsync(_cancel);
            _log.Append(WriterBench.Record(new Sent("e5", "ada")));
            await _store.WaitForOffsetAsync(6, _cancel);
        });
        Assert.Equal([0, 3, 5], offsets);
        Assert.Equal(["e0", "e1", "e2", "e3", "e4", "e5"], _store.Rows.Select(static r => r.Event));
        Assert.Equal([1, 1, 1, 2, 2, 3], _store.Rows.Select(static r => r.PersonKey));

        void Pause(long at)
        {
            Assert.Equal(at, _store.Committed[0]);
            offsets.Add(at);
            _store.ForgetIds();
        }
    }

    [Fact]
    public async Task A_pause_whose_work_fails_is_tried_again_and_nothing_is_stored_before_it_is_done()
    {
        _log.Append(WriterBench.Record(new Sent("after", "u")));
        await using var services = Services();
        var tries = 0;
        services.GetRequiredService<WriterPauses>().Add(0, () =>
        {
            Assert.Equal(0, _store.Committed[0]);
            if (++tries < 3)
            {
                throw new StoreUnavailableException("The disk is full.");
            }
        });
        await RunAsync(services, () => _store.WaitForOffsetAsync(1, _cancel));
        Assert.Equal(3, tries);
        Assert.Single(_store.Rows);
    }

    private ServiceProvider Services(TimeProvider? time = null, int rows = 1000, WaitingEvents? waiting = null)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Headroom:Writing:CommitInterval"] = "00:00:00",
            ["Headroom:Writing:MaxBatchRows"] = rows.ToString(System.Globalization.CultureInfo.InvariantCulture),
        }).Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(waiting ?? new WaitingEvents());
        Add(services, configuration, time ?? TimeProvider.System);
        return services.BuildServiceProvider();
    }

    private void Add(IServiceCollection services, IConfiguration configuration, TimeProvider time)
    {
        services.AddSingleton(time);
        services.AddSingleton<IEventLog>(_log);
        services.AddSingleton<IEventStore>(_store);
        services.AddSingleton<IProjectDirectory>(new FakeDirectory());
        services.AddWriting(configuration);
    }

    private async Task RunAsync(ServiceProvider services, Func<Task> body)
    {
        var writer = Assert.Single(services.GetServices<IHostedService>());
        _log.Open();
        await writer.StartAsync(_cancel);
        try
        {
            await body();
        }
        finally
        {
            await writer.StopAsync(CancellationToken.None);
        }
    }
}
