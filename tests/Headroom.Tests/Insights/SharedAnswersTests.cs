using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Headroom.App.Insights;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Scale.Redis;
using Headroom.Sql;
using Headroom.Tests.Scale.Redis;
using Headroom.Tests.Sql;
using Headroom.Tests.Store;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Xunit;

namespace Headroom.Tests.Insights;

/// <summary>Caches of two processes over one real store and one real Redis. Nothing stale is ever answered, by whichever of them.</summary>
public sealed class SharedAnswersTests : IAsyncLifetime
{
    private static readonly HashSet<string> NoOverflow = [];

    private static readonly string[] Kinds =
    [
        """{"kind":"trends","series":[{"event":"view"},{"math":"unique_persons"}],"range":{"last":90,"unit":"day"},"compare":true}""",
        """{"kind":"trends","series":[{"event":"view","math":"average","property":"amount"}],"range":{"last":90,"unit":"day"},"breakdown":{"property":"plan","limit":2}}""",
        """{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":90,"unit":"day"},"breakdown":{"property":"missing","limit":2}}""",
        """{"kind":"funnel","steps":[{"event":"view"},{"event":"view"}],"range":{"last":90,"unit":"day"},"window":{"count":7,"unit":"day"},"breakdown":{"property":"plan","limit":3}}""",
        """{"kind":"retention","range":{"from":"2026-09-01","to":"2026-10-31"},"interval":"week","start":{},"return":{},"breakdown":{"property":"plan","limit":2}}""",
        """{"kind":"paths","range":{"from":"2026-09-01","to":"2026-10-31"},"include":["events"]}""",
        """{"kind":"sessions","range":{"from":"2026-09-01","to":"2026-10-31"},"interval":"month","breakdown":{"property":"browser"}}""",
        """{"kind":"lifecycle","range":{"from":"2026-10-01","to":"2026-10-31"},"interval":"week"}""",
        """{"kind":"stickiness","range":{"from":"2026-10-01","to":"2026-10-31"},"interval":"day","series":[{"event":"view"}]}""",
        """{"kind":"stickiness","range":{"from":"2026-09-01","to":"2026-10-31"},"interval":"week","series":[{}],"breakdown":{"property":"plan","limit":2}}""",
        """{"kind":"lifecycle","range":{"from":"2026-09-01","to":"2026-10-31"},"interval":"week","breakdown":{"property":"plan","limit":2}}""",
        """{"kind":"paths","range":{"from":"2026-09-01","to":"2026-10-31"},"include":["events"],"breakdown":{"property":"plan","limit":2}}""",
        """{"kind":"web","range":{"from":"2026-10-01","to":"2026-10-31"}}""",
    ];

    private RedisServer _server = null!;

    public static TheoryData<string> EveryKind => [.. Kinds];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? "");
        _server = await RedisServer.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Whatever_is_added_merged_removed_and_asked_in_between_two_processes_answer_as_if_there_were_no_cache()
    {
        await using var a = await RedisPeer.StartAsync(_server);
        await using var b = await RedisPeer.StartAsync(_server);
        var found = 0;
        var outcomes = new Dictionary<CacheOutcome, int>();
        Gen.Select(
                Gen.OneOfConst(TrendsAgreement.Zones),
                TrendsAgreement.AnyQuery.Array[2, 2],
                TrendsAgreement.AnyEvent.Array[0, 4].Array[8, 8],
                Gen.Int[0, 9].Array[8, 8],
                TrendsAgreement.AnyEvent.Array[20, 30])
            .Sample(
                (zone, queries, batches, actions, before) =>
                {
                    // Versions begin anew with the store, as after a restore: another installation.
                    using var store = new TrendsOverSegmentsTests.Reader();
                    var installation = Guid.NewGuid().ToString("N");
                    using var one = new Peer(zone, store, new Renamed(a.Cache, installation));
                    using var other = new Peer(zone, store, new Renamed(b.Cache, installation), one.Time);
                    store.Add(before, [], NoOverflow);
                    var asked = queries.Select(InsightQuery (q) => q)
                        .Append(Read("""{"kind":"paths","range":{"from":"2026-03-01","to":"2026-05-31"},"include":["events"]}"""))
                        .Append(Read("""{"kind":"lifecycle","range":{"from":"2026-10-01","to":"2026-11-30"},"interval":"week"}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"unique_persons"},{}],"range":{"from":"2026-01-01","to":"2026-12-31"},"interval":"week","compare":true,"breakdown":{"property":"event","limit":4}}"""))
                        .Append(Read("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"from":"2026-01-01","to":"2026-12-31"},"interval":"month","breakdown":{"property":"plan","limit":6}}"""))
                        .ToList();
                    for (var i = 0; i < actions.Length; i++)
                    {
                        switch (actions[i])
                        {
                            case < 6:
                                store.Add(batches[i], [], NoOverflow);
                                break;
                            case 6:
                                store.Add(batches[i], [(2 + (i % 5), 1)], NoOverflow);
                                break;
                            case 7:
                                one.Time.Advance(TimeSpan.FromHours(9));
                                break;
                            case 8:
                                store.Remove(1 + (i % 4), long.MinValue);
                                break;
                            default:
                                // What one process has in memory, the other has not.
                                store.ReopenAsync().GetAwaiter().GetResult();
                                break;
                        }

                        foreach (var (query, j) in asked.Select(static (q, j) => (q, j)))
                        {
                            // Turn by turn, so that each finds what the other has left, and what it has left itself before.
                            var turn = (i + j) % 2 == 0 ? (one, other) : (other, one);
                            var expected = one.Plain.RunAsync(query, one.Info, new QueryErrors(), CancellationToken.None).AsTask().GetAwaiter().GetResult();
                            foreach (var peer in (Peer[])[turn.Item1, turn.Item2])
                            {
                                var answer = peer.AskAsync(query).GetAwaiter().GetResult();
                                a.Cache.SentAsync(CancellationToken.None).GetAwaiter().GetResult();
                                b.Cache.SentAsync(CancellationToken.None).GetAwaiter().GetResult();
                                Assert.Equal(expected is null, answer is null);
                                if (answer is not null)
                                {
                                    outcomes[answer.Result.Cache] = outcomes.GetValueOrDefault(answer.Result.Cache) + 1;
                                    Same(expected!, answer.Result, query);
                                }
                            }
                        }

                    }

                    found += one.FromOther + other.FromOther;
                },
                iter: 4,
                threads: 1);
        Assert.True(found > 10, $"{found} answers of the other were taken.");
        Assert.True(outcomes.GetValueOrDefault(CacheOutcome.Hit) > 20, string.Join(' ', outcomes));
        Assert.True(outcomes.GetValueOrDefault(CacheOutcome.Miss) > 20, string.Join(' ', outcomes));
    }

    [Theory]
    [MemberData(nameof(EveryKind))]
    public async Task What_one_process_has_computed_another_answers_without_asking_the_store(string json)
    {
        using var pair = await Pair.StartAsync(_server);
        pair.Fill();
        var query = Read(json);
        var first = (await pair.One.AskAsync(query))!;
        Assert.Equal(CacheOutcome.Miss, first.Result.Cache);
        await pair.SentAsync();
        var second = (await pair.Other.AskAsync(query))!;
        Assert.Equal((CacheOutcome.Hit, 0), (second.Result.Cache, pair.Other.Seen.Statements));
        Assert.Equal(first.Tag, second.Tag);
        Assert.Equal(first.Result.ComputedAt, second.Result.ComputedAt);
        Assert.Equal(SharedAnswers.HasBreakdown(first.Result), SharedAnswers.HasBreakdown(second.Result));
        Same(first.Result, second.Result, query);

        // From its own memory from now on.
        await _server.KillAsync();
        Assert.Equal(CacheOutcome.Hit, (await pair.Other.AskAsync(query))!.Result.Cache);
    }

    [Fact]
    public async Task What_has_changed_since_is_computed_and_what_has_not_is_answered_across_computed()
    {
        using var pair = await Pair.StartAsync(_server);
        pair.Fill();
        var query = Read(Kinds[0]);
        var past = Read("""{"kind":"trends","series":[{"event":"view"}],"range":{"from":"2026-09-01","to":"2026-09-30"}}""");
        await pair.One.AskAsync(query);
        await pair.One.AskAsync(past);
        await pair.SentAsync();
        pair.Store.Add([Event(89, 1), Event(89, 50)], [], NoOverflow);

        Assert.Equal(CacheOutcome.Miss, (await pair.Other.AskAsync(query))!.Result.Cache);
        var kept = (await pair.Other.AskAsync(past))!.Result;
        Assert.Equal((CacheOutcome.Hit, pair.Store.Schema(Pair.Project).DataVersion), (kept.Cache, kept.DataVersion));

        // The other way: the one is told that there is a newer one, and has not to compute its own again.
        await pair.SentAsync();
        await pair.ToldAsync();
        var statements = pair.One.Seen.Statements;
        var taken = (await pair.One.AskAsync(query))!.Result;
        Assert.Equal((CacheOutcome.Hit, statements), (taken.Cache, pair.One.Seen.Statements));
        Same((await pair.One.Plain.RunAsync(query, pair.One.Info, new QueryErrors(), Cancel))!, taken, query);
    }

    [Fact]
    public async Task A_person_who_was_removed_is_in_no_answer_of_another_process()
    {
        using var pair = await Pair.StartAsync(_server);
        pair.Fill();
        var query = Read("""{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"from":"2026-09-01","to":"2026-09-30"}}""");
        var before = (await pair.One.AskAsync(query))!;
        await pair.SentAsync();
        pair.Store.Remove(1, long.MinValue);
        var after = (await pair.Other.AskAsync(query))!;
        Assert.Equal(CacheOutcome.Miss, after.Result.Cache);
        Assert.NotEqual(before.Tag, after.Tag);
    }

    [Fact]
    public async Task After_a_restart_only_answers_of_the_very_version_are_taken()
    {
        using var pair = await Pair.StartAsync(_server);
        pair.Fill();
        var past = Read("""{"kind":"trends","series":[{"event":"view"}],"range":{"from":"2026-09-01","to":"2026-09-30"}}""");
        await pair.One.AskAsync(past);
        await pair.SentAsync();
        await pair.Store.ReopenAsync();
        Assert.Equal(CacheOutcome.Hit, (await pair.Other.AskAsync(past))!.Result.Cache);

        pair.Store.Add([Event(89, 1)], [], NoOverflow);
        await pair.Store.ReopenAsync();
        using var third = new Peer("UTC", pair.Store, pair.OtherRedis.Cache, pair.One.Time);
        Assert.Equal(CacheOutcome.Miss, (await third.AskAsync(past))!.Result.Cache);
    }

    [Fact]
    public async Task A_store_that_is_behind_does_not_take_an_answer_of_a_version_that_it_does_not_know()
    {
        using var pair = await Pair.StartAsync(_server);
        pair.Fill();
        var query = Read(Kinds[0]);
        await pair.One.AskAsync(query);
        await pair.SentAsync();
        pair.Other.Seen.Behind = 1;
        Assert.Equal(CacheOutcome.Miss, (await pair.Other.AskAsync(query))!.Result.Cache);
    }

    [Fact]
    public async Task An_answer_from_elsewhere_is_never_given_as_one_that_is_only_behind()
    {
        using var pair = await Pair.StartAsync(_server);
        pair.Fill();
        var query = Read(Kinds[0]);
        await pair.One.AskAsync(query);
        await pair.SentAsync();
        pair.Store.Add([Event(89, 1)], [], NoOverflow);
        var answer = (await pair.Other.AskAsync(query, TimeSpan.FromMinutes(1)))!.Result;
        Assert.Equal((CacheOutcome.Miss, 0d), (answer.Cache, answer.BehindMs));
        Same((await pair.One.Plain.RunAsync(query, pair.One.Info, new QueryErrors(), Cancel))!, answer, query);

        // Its own one it may give, and a message that there is a newer one does not take it away.
        await pair.SentAsync();
        pair.Store.Add([Event(89, 2)], [], NoOverflow);
        await pair.One.AskAsync(query);
        await pair.SentAsync();
        await pair.ToldAsync();
        Assert.Equal(CacheOutcome.Behind, (await pair.Other.AskAsync(query, TimeSpan.FromMinutes(1)))!.Result.Cache);
    }

    [Fact]
    public async Task Parts_of_its_own_go_on_with_an_answer_of_another_process()
    {
        using var pair = await Pair.StartAsync(_server);
        pair.Fill();
        var query = Read("""{"kind":"trends","series":[{"event":"view","math":"unique_persons"}],"range":{"last":90,"unit":"day"}}""");
        await pair.One.AskAsync(query);
        pair.Store.Add([Event(89, 1)], [], NoOverflow);
        await pair.One.AskAsync(query);
        await pair.SentAsync();

        // The other computes late events of an early day, the one takes that over, and the newest touch another day.
        pair.Store.Add([Event(10, 60)], [], NoOverflow);
        await pair.Other.AskAsync(query);
        await pair.SentAsync();
        await pair.ToldAsync();
        Assert.Equal(CacheOutcome.Hit, (await pair.One.AskAsync(query))!.Result.Cache);
        pair.Store.Add([Event(89, 61)], [], NoOverflow);
        var answer = (await pair.One.AskAsync(query))!.Result;
        Assert.Equal(CacheOutcome.Partial, answer.Cache);
        Same((await pair.One.Plain.RunAsync(query, pair.One.Info, new QueryErrors(), Cancel))!, answer, query);
    }

    [Fact]
    public async Task Entries_that_are_damaged_or_of_another_question_are_not_taken()
    {
        using var pair = await Pair.StartAsync(_server);
        pair.Fill();
        var query = Read(Kinds[1]);
        await pair.One.AskAsync(query);
        await pair.SentAsync();
        await using var raw = await ConnectionMultiplexer.ConnectAsync(_server.Endpoint);
        var redis = raw.GetDatabase();
        RedisKey key = raw.GetServer(_server.Endpoint).Keys(pattern: "*answer*").Single();
        byte[] good = (await redis.StringGetAsync(key))!;
        var step = good.Length / 40;
        var damaged = Enumerable.Range(0, 40).Select(i => Flipped(good, i * step))
            .Append(good[..^1]).Append(good[..20]).Append([]).Append([.. good, (byte)' ']).Append(Encoding.UTF8.GetBytes("null"))
            .Append(SharedAnswers.Write(SharedAnswers.Read(good)! with { Key = "1:other" }))
            .Append(SharedAnswers.Write(SharedAnswers.Read(good)! with { Tag = new string('0', 32) }))
            .Append(SharedAnswers.Write(SharedAnswers.Read(good)! with { HasBreakdown = false }));
        foreach (var bytes in damaged)
        {
            await redis.StringSetAsync(key, bytes);
            using var fresh = new Peer("UTC", pair.Store, pair.OtherRedis.Cache, pair.One.Time);
            var answer = (await fresh.AskAsync(query))!.Result;
            Assert.Equal(CacheOutcome.Miss, answer.Cache);
            await pair.SentAsync();
        }

        await redis.KeyDeleteAsync(key);
        await redis.ListLeftPushAsync(key, "x");
        using var last = new Peer("UTC", pair.Store, pair.OtherRedis.Cache, pair.One.Time);
        Assert.Equal(CacheOutcome.Miss, (await last.AskAsync(query))!.Result.Cache);
        await redis.KeyDeleteAsync(key);
        await redis.StringSetAsync(key, good);
        using var sound = new Peer("UTC", pair.Store, pair.OtherRedis.Cache, pair.One.Time);
        Assert.Equal(CacheOutcome.Hit, (await sound.AskAsync(query))!.Result.Cache);

        static byte[] Flipped(byte[] bytes, int at)
        {
            var copy = bytes.ToArray();
            copy[at] ^= 1;
            return copy;
        }
    }

    [Fact]
    public async Task Projects_do_not_meet()
    {
        using var pair = await Pair.StartAsync(_server);
        pair.Fill();
        var query = Read(Kinds[0]);
        var one = (await pair.One.AskAsync(query))!.Result;
        await pair.SentAsync();
        var elsewhere = pair.Other.Info with { Id = new ProjectId(2) };
        var other = await pair.Other.Cache.RunAsync(query, elsewhere, new QueryErrors(), null, TimeSpan.Zero, Cancel);
        Assert.Equal(CacheOutcome.Miss, other!.Result.Cache);
        Assert.NotEqual(0, ((TrendsResult)one).Series[0].Total);
        Assert.Equal(0, ((TrendsResult)other.Result).Series[0].Total);
    }

    [Fact]
    public async Task Redis_that_is_killed_paused_and_back_changes_no_answer_and_holds_nobody_up()
    {
        using var pair = await Pair.StartAsync(_server, static o => o.OperationTimeoutMilliseconds = 250);
        pair.Fill();
        var queries = Kinds.Take(3).Select(Read).ToList();
        var day = 0;
        foreach (var act in (Func<Task>[])[() => Task.CompletedTask, _server.PauseAsync, _server.ContinueAsync, _server.KillAsync, _server.StartAgainAsync])
        {
            await act();
            pair.Store.Add([Event(50 + day++, 1), Event(89, 40 + day)], [], NoOverflow);
            foreach (var query in queries)
            {
                foreach (var peer in (Peer[])[pair.One, pair.Other])
                {
                    var asked = TimeProvider.System.GetTimestamp();
                    var answer = (await peer.AskAsync(query))!.Result;
                    Assert.InRange(TimeProvider.System.GetElapsedTime(asked), TimeSpan.Zero, TimeSpan.FromSeconds(10));
                    Same((await peer.Plain.RunAsync(query, peer.Info, new QueryErrors(), Cancel))!, answer, query);
                }
            }
        }

        await pair.OneRedis.UntilAsync(isThere: true);
        await pair.OtherRedis.UntilAsync(isThere: true);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        CacheOutcome outcome;
        do
        {
            // On a busy machine it may take Redis to be away for once.
            patience.Token.ThrowIfCancellationRequested();
            pair.Store.Add([Event(70, 1)], [], NoOverflow);
            await pair.One.AskAsync(queries[0]);
            await pair.SentAsync();
            using var third = new Peer("UTC", pair.Store, pair.OtherRedis.Cache, pair.One.Time);
            outcome = (await third.AskAsync(queries[0]))!.Result.Cache;
        }
        while (outcome != CacheOutcome.Hit);
    }

    private static InsightQuery Read(string json)
    {
        var errors = new QueryErrors();
        return QueryJson.Read(Encoding.UTF8.GetBytes(json), errors) ?? throw new InvalidOperationException($"{json} is not a query.");
    }

    /// <summary>Day 90 begins tomorrow.</summary>
    private static TestEvent Event(int day, int person) => new(
        "view", "u" + person, person + 1, TestEvent.Micros("2026-11-24T00:00:00Z") + ((day - 90) * 86_400_000_000L) + 3_600_000_000,
        new Dictionary<string, object> { ["plan"] = "p" + (person % 4), ["amount"] = person / 3.0 });

    /// <summary>Whatever the version of the data that they say.</summary>
    private static void Same(InsightResult expected, InsightResult actual, InsightQuery query) =>
        InsightsCacheTests.Same(expected with { DataVersion = 0 }, actual with { DataVersion = 0 }, query);

    /// <summary>The cache of one process.</summary>
    private sealed class Peer : IDisposable
    {
        private readonly Found _found;

        public Peer(string zone, TrendsOverSegmentsTests.Reader store, ISharedCache shared, FakeTimeProvider? time = null)
        {
            Time = time ?? new FakeTimeProvider(DateTimeOffset.Parse("2026-11-23T20:00:00Z", CultureInfo.InvariantCulture));
            Info = new ProjectInfo(Pair.Project, "One", TimeZoneInfo.FindSystemTimeZoneById(zone), false, false, []);
            Seen = new Watched(store);
            _found = new Found(shared);
            var options = Options.Create(new InsightsOptions { CacheMegabytes = 16 });
            Plain = new InsightsService(store, DuckDbDialect.Instance, Time, options, NullLogger<InsightsService>.Instance);
            Cache = new InsightsCache(
                new InsightsService(Seen, DuckDbDialect.Instance, Time, options, NullLogger<InsightsService>.Instance), Seen, DuckDbDialect.Instance, Time, options, null, _found);
        }

        public FakeTimeProvider Time { get; }

        public ProjectInfo Info { get; }

        public Watched Seen { get; }

        public InsightsService Plain { get; }

        public InsightsCache Cache { get; }

        /// <summary>Answers that were neither computed nor in its own memory.</summary>
        public int FromOther { get; private set; }

        public async Task<InsightAnswer?> AskAsync(InsightQuery query, TimeSpan mostBehind = default)
        {
            var (statements, found) = (Seen.Statements, _found.Times);
            var answer = await Cache.RunAsync(query, Info, new QueryErrors(), null, mostBehind, CancellationToken.None);
            FromOther += statements == Seen.Statements && found < _found.Times ? 1 : 0;
            return answer;
        }

        public void Dispose() => Cache.Dispose();
    }

    private sealed class Pair : IDisposable
    {
        private Pair(RedisPeer one, RedisPeer other)
        {
            (OneRedis, OtherRedis) = (one, other);
            One = new Peer("UTC", Store, one.Cache);
            Other = new Peer("UTC", Store, other.Cache, One.Time);
        }

        public static ProjectId Project { get; } = new(1);

        public TrendsOverSegmentsTests.Reader Store { get; } = new();

        public RedisPeer OneRedis { get; }

        public RedisPeer OtherRedis { get; }

        public Peer One { get; }

        public Peer Other { get; }

        public static async Task<Pair> StartAsync(RedisServer server, Action<RedisOptions>? set = null) =>
            new(await RedisPeer.StartAsync(server, set: set), await RedisPeer.StartAsync(server, set: set));

        public void Fill() => Store.Add([.. Enumerable.Range(0, 90).SelectMany(static d => Enumerable.Range(0, 5).Select(i => Event(d, i)))], [], NoOverflow);

        public async Task SentAsync()
        {
            await OneRedis.Cache.SentAsync(Cancel);
            await OtherRedis.Cache.SentAsync(Cancel);
        }

        /// <summary>Both have heard all that was sent before: messages come in order.</summary>
        public async Task ToldAsync()
        {
            OneRedis.Cache.Keep("mark", "1"u8.ToArray());
            OtherRedis.Cache.Keep("mark", "1"u8.ToArray());
            while (await OneRedis.NextToldAsync() != "mark")
            {
            }

            while (await OtherRedis.NextToldAsync() != "mark")
            {
            }
        }

        public void Dispose()
        {
            One.Dispose();
            Other.Dispose();
            OneRedis.DisposeAsync().AsTask().GetAwaiter().GetResult();
            OtherRedis.DisposeAsync().AsTask().GetAwaiter().GetResult();
            Store.Dispose();
        }
    }

    /// <summary>Counts what is found.</summary>
    private sealed class Found(ISharedCache cache) : ISharedCache
    {
        public int Times { get; private set; }

        public void Watch(Action<string> keptElsewhere) => cache.Watch(keptElsewhere);

        public async ValueTask<ReadOnlyMemory<byte>?> FindAsync(string key, CancellationToken cancellationToken)
        {
            var found = await cache.FindAsync(key, cancellationToken);
            Times += found is null ? 0 : 1;
            return found;
        }

        public void Keep(string key, ReadOnlyMemory<byte> value) => cache.Keep(key, value);
    }

    /// <summary>One connection to Redis for the installations of many samples.</summary>
    private sealed class Renamed(ISharedCache cache, string installation) : ISharedCache
    {
        private readonly string _prefix = installation + ":";

        public void Watch(Action<string> keptElsewhere) => cache.Watch(key =>
        {
            if (key.StartsWith(_prefix, StringComparison.Ordinal))
            {
                keptElsewhere(key[_prefix.Length..]);
            }
        });

        public ValueTask<ReadOnlyMemory<byte>?> FindAsync(string key, CancellationToken cancellationToken) => cache.FindAsync(_prefix + key, cancellationToken);

        public void Keep(string key, ReadOnlyMemory<byte> value) => cache.Keep(_prefix + key, value);
    }

    /// <summary>The store, with its statements counted.</summary>
    private sealed class Watched(TrendsOverSegmentsTests.Reader store) : IEventReader
    {
        private int _statements;

        public int Statements => _statements;

        /// <summary>Versions that this process' store does not know yet.</summary>
        public long Behind { get; set; }

        public ProjectSchema Schema(ProjectId project) => store.Schema(project);

        public DataChanges ChangedSince(ProjectId project, long version) =>
            Behind > 0 && version > store.Schema(project).DataVersion - Behind
                ? DataChanges.All(store.Schema(project).DataVersion - Behind)
                : store.ChangedSince(project, version);

        public Person? FindPerson(ProjectId project, string distinctId) => store.FindPerson(project, distinctId);

        public ValueTask<EventTally?> CountAsync(ProjectId project, IReadOnlyList<string?> names, long[] bounds, CancellationToken cancellationToken) => ValueTask.FromResult<EventTally?>(null);

        public ValueTask<ScanSummary> ScanAsync(StoreQuery query, IColumnSink sink, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _statements);
            return store.ScanAsync(query, sink, cancellationToken);
        }

        public ValueTask<QueryRows> QueryAsync(StoreQuery query, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _statements);
            return store.QueryAsync(query, cancellationToken);
        }
    }
}
