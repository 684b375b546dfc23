using System.Diagnostics;
using System.Text;
using Headroom.Scale.Redis;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Xunit;

namespace Headroom.Tests.Scale.Redis;

/// <summary>Over a real Redis, which is killed, paused and broken.</summary>
public sealed class RedisTests : IAsyncLifetime
{
    private RedisServer _server = null!;

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
    public async Task What_one_process_keeps_another_is_told_of_and_finds()
    {
        await using var one = await RedisPeer.StartAsync(_server);
        await using var other = await RedisPeer.StartAsync(_server);
        Assert.Null(await other.Cache.FindAsync("a", Cancel));
        one.Cache.Keep("a", Bytes("first"));
        Assert.Equal("a", await other.NextToldAsync());
        Assert.Equal("first", await TextAsync(other, "a"));

        other.Cache.Keep("a", Bytes("second"));
        Assert.Equal("a", await one.NextToldAsync());
        Assert.Equal("second", await TextAsync(one, "a"));
        Assert.False(one.Told.Reader.TryRead(out _), "Nobody is told of what it has kept itself.");
    }

    [Fact]
    public async Task Two_installations_on_one_server_do_not_meet()
    {
        await using var one = await RedisPeer.StartAsync(_server, "one");
        await using var other = await RedisPeer.StartAsync(_server, "other");
        await using var prefixed = await RedisPeer.StartAsync(_server, "one", static o => o.KeyPrefix = "test:");
        one.Cache.Keep("a", Bytes("mine"));
        await one.Cache.SentAsync(Cancel);
        Assert.Equal("mine", await TextAsync(one, "a"));
        Assert.Null(await other.Cache.FindAsync("a", Cancel));
        Assert.Null(await prefixed.Cache.FindAsync("a", Cancel));
        foreach (var peer in (RedisPeer[])[one, other, prefixed])
        {
            Assert.True((await peer.Buckets.TakeAsync("key:1", 1, 1, Cancel))!.Value.IsTaken);
        }

        Assert.False(other.Told.Reader.TryRead(out _));
        Assert.False(prefixed.Told.Reader.TryRead(out _));
    }

    [Fact]
    public async Task What_is_too_large_is_neither_sent_nor_read()
    {
        await using var small = await RedisPeer.StartAsync(_server, set: static o => o.MaxEntryKilobytes = 1);
        await using var large = await RedisPeer.StartAsync(_server);
        small.Cache.Keep("fits", new byte[1_024]);
        small.Cache.Keep("large", new byte[1_025]);
        large.Cache.Keep("other", new byte[1_025]);
        await small.Cache.SentAsync(Cancel);
        await large.Cache.SentAsync(Cancel);
        Assert.Equal(1_024, (await small.Cache.FindAsync("fits", Cancel))!.Value.Length);
        Assert.Null(await large.Cache.FindAsync("large", Cancel));
        Assert.Equal(1_025, (await large.Cache.FindAsync("other", Cancel))!.Value.Length);
        Assert.Null(await small.Cache.FindAsync("other", Cancel));
    }

    [Fact]
    public async Task Everything_in_Redis_ends_by_itself_and_says_nothing_of_whose_it_is()
    {
        await using var peer = await RedisPeer.StartAsync(_server, set: static o => o.EntryMinutes = 5);
        peer.Cache.Keep("answer", Bytes("x"));
        await peer.Cache.SentAsync(Cancel);
        await peer.Buckets.TakeAsync("address:192.0.2.1", 10, 100, Cancel);
        await using var raw = await ConnectionMultiplexer.ConnectAsync(_server.Endpoint);
        var keys = raw.GetServer(_server.Endpoint).Keys().ToList();
        Assert.Equal(3, keys.Count);
        foreach (var key in keys)
        {
            Assert.StartsWith("headroom:one:", key.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("192.0.2.1", key.ToString(), StringComparison.Ordinal);
            Assert.InRange((await raw.GetDatabase().KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        }
    }

    [Fact]
    public async Task While_it_does_not_answer_only_the_first_waits_and_it_is_found_again()
    {
        // Long enough that a busy machine's Redis is not taken to be away.
        await using var peer = await RedisPeer.StartAsync(_server, set: static o => o.OperationTimeoutMilliseconds = 2_000);
        peer.Cache.Keep("a", Bytes("kept"));
        await peer.Cache.SentAsync(Cancel);
        await _server.PauseAsync();
        var first = Stopwatch.StartNew();
        Assert.Null(await peer.Cache.FindAsync("a", Cancel));
        Assert.InRange(first.ElapsedMilliseconds, 0, 10_000);
        await peer.UntilAsync(isThere: false);
        var others = Stopwatch.StartNew();
        for (var i = 0; i < 1_000; i++)
        {
            Assert.Null(await peer.Cache.FindAsync("a", Cancel));
            Assert.Null(await peer.Buckets.TakeAsync("key:1", 1, 1, Cancel));
            peer.Cache.Keep("b", Bytes("dropped"));
        }

        Assert.InRange(others.ElapsedMilliseconds, 0, 5_000);
        Assert.Equal("It did not answer within 2000 ms.", peer.Link.State.Reason);
        await _server.ContinueAsync();
        await peer.UntilAsync(isThere: true);
        Assert.Equal("kept", await TextAsync(peer, "a"));
        Assert.Null(await peer.Cache.FindAsync("b", Cancel));
        Assert.Single(peer.Log.Written, static line => line.StartsWith("Warning Redis is away:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Killed_and_started_again_it_is_used_and_listened_to_again()
    {
        await using var one = await RedisPeer.StartAsync(_server);
        await using var other = await RedisPeer.StartAsync(_server);
        await _server.KillAsync();
        await Task.WhenAll(one.UntilAsync(isThere: false), other.UntilAsync(isThere: false));
        Assert.Null(await one.Cache.FindAsync("a", Cancel));
        await _server.StartAgainAsync();
        await Task.WhenAll(one.UntilAsync(isThere: true), other.UntilAsync(isThere: true));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        string? told;
        do
        {
            // A channel is listened to again a moment after keys can be asked for.
            one.Cache.Keep("a", Bytes("after"));
            await one.Cache.SentAsync(patience.Token);
            await Task.Delay(20, patience.Token);
        }
        while (!other.Told.Reader.TryRead(out told));
        Assert.Equal("a", told);
        Assert.Equal("after", await TextAsync(other, "a"));
    }

    [Fact]
    public async Task A_start_neither_waits_for_it_nor_fails_without_it()
    {
        await using var absent = RedisServer.Absent();
        await using var peer = await RedisPeer.StartUnconnectedAsync(absent, set: static o => o.ConnectTimeoutMilliseconds = 200);
        Assert.Null(await peer.Cache.FindAsync("a", Cancel));
        var health = new CacheHealthSource(peer.Link, Later(TimeSpan.FromSeconds(3))).Health;
        Assert.True(health is { Name: "cache", Ok: false, IsDegraded: true, Since: not null });
        await absent.StartAgainAsync();
        await peer.UntilAsync(isThere: true);
        Assert.True(new CacheHealthSource(peer.Link, Later(TimeSpan.FromHours(1))).Health is { Ok: true, Detail: null });
    }

    [Fact]
    public async Task Health_tells_an_absence_that_lasts_with_its_reason_and_what_it_costs()
    {
        await using var peer = await RedisPeer.StartAsync(_server);
        await _server.KillAsync();
        await peer.UntilAsync(isThere: false);
        Assert.True(new CacheHealthSource(peer.Link, Later(TimeSpan.Zero)).Health.Ok);
        var health = new CacheHealthSource(peer.Link, Later(CacheHealthSource.Told)).Health;
        Assert.False(health.Ok);
        Assert.Equal(peer.Link.State.AwaySince, health.Since);
        Assert.StartsWith("Redis is away. ", health.Detail, StringComparison.Ordinal);
        Assert.Contains("take longer", health.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_takes_no_writes_is_away_and_one_key_of_another_type_is_not()
    {
        await using var raw = await ConnectionMultiplexer.ConnectAsync($"{_server.Endpoint},allowAdmin=true");
        await using var peer = await RedisPeer.StartAsync(_server);
        await raw.GetDatabase().ListLeftPushAsync("headroom:one:a", "x");
        Assert.Null(await peer.Cache.FindAsync("a", Cancel));
        Assert.True(peer.Link.IsThere);
        await raw.GetServer(_server.Endpoint).ConfigSetAsync("min-replicas-to-write", "1");
        await peer.UntilAsync(isThere: false);
        Assert.Contains("NOREPLICAS", peer.Link.State.Reason, StringComparison.Ordinal);
        await raw.GetServer(_server.Endpoint).ConfigSetAsync("min-replicas-to-write", "0");
        await peer.UntilAsync(isThere: true);
    }

    [Fact]
    public async Task A_wrong_password_is_said_and_neither_it_nor_the_right_one_is_shown()
    {
        await using var locked = await RedisServer.StartAsync("--requirepass", "right-secret");
        await using var wrong = await RedisPeer.StartUnconnectedAsync(locked, set: static o => o.Password = "wrong-secret");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (wrong.Log.Written.IsEmpty)
        {
            await Task.Delay(5, patience.Token);
        }

        Assert.False(wrong.Link.IsThere);
        Assert.DoesNotContain("secret", string.Join('\n', wrong.Log.Written) + wrong.Link.State.Reason, StringComparison.Ordinal);
        await using var right = await RedisPeer.StartAsync(locked, set: static o => o.Password = "right-secret");
        Assert.True(right.Link.IsThere);
    }

    [Fact]
    public async Task Processes_that_take_at_once_get_as_many_tokens_as_there_are()
    {
        await using var one = await RedisPeer.StartAsync(_server);
        await using var other = await RedisPeer.StartAsync(_server);
        var elapsed = Stopwatch.StartNew();
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => (i % 2 == 0 ? one : other).Buckets.TakeAsync("key:1", 1, 50, Cancel).AsTask()));
        Assert.InRange(answers.Count(static a => a!.Value.IsTaken), 50, 50 + (int)elapsed.Elapsed.TotalSeconds);
        Assert.All(answers.Where(static a => !a!.Value.IsTaken), static a => Assert.InRange(a!.Value.Wait, TimeSpan.FromMicroseconds(1), TimeSpan.FromSeconds(1)));
        Assert.True((await other.Buckets.TakeAsync("key:2", 1, 50, Cancel))!.Value.IsTaken);
    }

    [Fact]
    public async Task Tokens_come_back_at_the_rate_and_no_more_than_there_may_be()
    {
        await using var peer = await RedisPeer.StartAsync(_server);
        Assert.True((await peer.Buckets.TakeAsync("key:1", 20, 1, Cancel))!.Value.IsTaken);
        var refused = (await peer.Buckets.TakeAsync("key:1", 20, 1, Cancel))!.Value;
        for (var i = 0; i < 3; i++)
        {
            while (!refused.IsTaken)
            {
                Assert.InRange(refused.Wait, TimeSpan.FromMicroseconds(1), TimeSpan.FromMilliseconds(50));
                await Task.Delay(refused.Wait, Cancel);
                refused = (await peer.Buckets.TakeAsync("key:1", 20, 1, Cancel))!.Value;
            }

            refused = (await peer.Buckets.TakeAsync("key:1", 20, 1, Cancel))!.Value;
        }
    }

    [Theory]
    [InlineData("Headroom:Redis:Configuration or Headroom:Redis:Endpoints")]
    [InlineData("Headroom:Redis:Configuration or Headroom:Redis:Endpoints", "Configuration=a:1", "Endpoints=b:2")]
    [InlineData("Headroom:Redis:User, Password and Tls", "Configuration=a:1", "Password=hidden")]
    [InlineData("Headroom:Redis:Configuration is not", "Configuration=a:1,nonsense=hidden")]
    [InlineData("Headroom:Redis:Configuration names no server", "Configuration=ssl=true")]
    public void Wrong_settings_name_their_key_and_show_no_secret(string expected, params string[] settings)
    {
        var options = new RedisOptions();
        foreach (var setting in settings)
        {
            var value = setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..];
            switch (setting[..setting.IndexOf('=', StringComparison.Ordinal)])
            {
                case "Configuration":
                    options.Configuration = value;
                    break;
                case "Endpoints":
                    options.Endpoints.Add(value);
                    break;
                default:
                    options.Password = value;
                    break;
            }
        }

        var failure = new RedisOptionsValidator().Validate(null, options).FailureMessage;
        Assert.Contains(expected, failure, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void An_installation_keeps_its_name_and_no_other_has_it()
    {
        var one = Directory.CreateTempSubdirectory("headroom-test-");
        var other = Directory.CreateTempSubdirectory("headroom-test-");
        try
        {
            var name = Installation.Of(one.FullName);
            Assert.Equal(name, Installation.Of(one.FullName));
            Assert.NotEqual(name, Installation.Of(other.FullName));
            Assert.Single(one.GetFiles());
            File.WriteAllText(Path.Combine(one.FullName, Installation.FileName), "damaged");
            Assert.Throws<InvalidDataException>(() => Installation.Of(one.FullName));
        }
        finally
        {
            one.Delete(recursive: true);
            other.Delete(recursive: true);
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task<string?> TextAsync(RedisPeer peer, string key) =>
        await peer.Cache.FindAsync(key, Cancel) is { } found ? Encoding.UTF8.GetString(found.Span) : null;

    private static FakeTimeProvider Later(TimeSpan after) => new(TimeProvider.System.GetUtcNow() + after - (after == TimeSpan.Zero ? TimeSpan.FromSeconds(1) : TimeSpan.Zero));
}
