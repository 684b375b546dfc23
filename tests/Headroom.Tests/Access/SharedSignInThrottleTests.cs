using System.Net;
using Headroom.App.Access;
using Headroom.Core;
using Headroom.Tests.Scale.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Xunit;

namespace Headroom.Tests.Access;

/// <summary>Throttles of two processes over one real Redis, which is killed, emptied and read.</summary>
public sealed class SharedSignInThrottleTests : IAsyncLifetime
{
    private const string Ada = "ada@example.com";
    private static readonly IPAddress Home = IPAddress.Parse("198.51.100.7");
    private readonly AccessOptions _options = new();
    private RedisServer _server = null!;
    private RedisPeer _onePeer = null!;
    private RedisPeer _otherPeer = null!;
    private SignInThrottle _one = null!;
    private SignInThrottle _other = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? "");
        _server = await RedisServer.StartAsync();
        _onePeer = await RedisPeer.StartAsync(_server);
        _otherPeer = await RedisPeer.StartAsync(_server);
        _one = Make(_onePeer.Attempts);
        _other = Make(_otherPeer.Attempts);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _onePeer.DisposeAsync();
            await _otherPeer.DisposeAsync();
            await _server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Two_processes_hear_as_many_attempts_as_one()
    {
        Assert.Equal(5, await InTurnsAsync(20, static _ => (Ada, Home)));
        Assert.InRange((await _other.TryBeginAsync(Ada, Home, Cancel))!.Value, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));

        // The address has 45 left for everybody else, and the e-mail 95 for everywhere else.
        Assert.Equal(45, await InTurnsAsync(80, static i => ($"user{i}@example.com", Home)));
        Assert.Equal(95, await InTurnsAsync(200, static i => (Ada, new IPAddress(i + 1))));
    }

    [Fact]
    public async Task Many_at_once_in_several_processes_gain_nothing()
    {
        var waits = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => (i % 2 == 0 ? _one : _other).TryBeginAsync(Ada, Home, Cancel).AsTask()));
        Assert.Equal(5, waits.Count(static wait => wait is null));
    }

    [Fact]
    public async Task A_right_attempt_in_one_process_forgets_those_before_it_in_all()
    {
        for (var i = 0; i < 60; i++)
        {
            // Four fail in one, and the fifth is right in the other: neither the shared counts nor those of a process go on from them.
            Assert.Equal(4, await SignInThrottleTests.HeardAsync(Enumerable.Range(0, 4), _ => _one.TryBeginAsync($"user{i}@example.com", new IPAddress(i + 1), Cancel)));
            Assert.Null(await _other.TryBeginAsync($"user{i}@example.com", new IPAddress(i + 1), Cancel));
            await _other.SucceededAsync($"user{i}@example.com", new IPAddress(i + 1));
            Assert.Equal(5, await SignInThrottleTests.HeardAsync(Enumerable.Range(0, 9), _ => _one.TryBeginAsync($"user{i}@example.com", new IPAddress(i + 1), Cancel)));
        }

        // A right attempt is taken back from the address: more of them than it may fail.
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(await (i % 2 == 0 ? _one : _other).TryBeginAsync("grace@example.com", Home, Cancel));
            await (i % 2 == 0 ? _one : _other).SucceededAsync("grace@example.com", Home);
        }
    }

    [Fact]
    public async Task An_owner_who_signed_in_with_one_process_comes_in_with_the_other_while_the_account_is_tried_from_everywhere()
    {
        Assert.Null(await _one.TryBeginAsync(Ada, Home, Cancel));
        await _one.SucceededAsync(Ada, Home);
        Assert.Equal(100, await InTurnsAsync(150, static i => (Ada, new IPAddress(i + 1))));

        Assert.Null(await _other.TryBeginAsync(Ada, Home, Cancel));
        await _server.KillAsync();
        await AwayAsync();
        Assert.Equal(50, await SignInThrottleTests.HeardAsync(Enumerable.Range(1_000, 100), i => _other.TryBeginAsync(Ada, new IPAddress(i), Cancel)));
        Assert.Null(await _other.TryBeginAsync(Ada, Home, Cancel));
    }

    [Fact]
    public async Task While_Redis_is_away_each_process_goes_on_from_what_it_has_counted_and_then_they_share_again()
    {
        Assert.Equal(4, await InTurnsAsync(4, static _ => (Ada, Home)));
        await _server.KillAsync();
        await AwayAsync();
        Assert.Equal(3, await SignInThrottleTests.HeardAsync(Enumerable.Range(0, 10), _ => _one.TryBeginAsync(Ada, Home, Cancel)));
        Assert.Equal(3, await SignInThrottleTests.HeardAsync(Enumerable.Range(0, 10), _ => _other.TryBeginAsync(Ada, Home, Cancel)));

        // It comes back empty, and neither process forgets what it has refused for.
        await _server.StartAgainAsync();
        await Task.WhenAll(_onePeer.UntilAsync(isThere: true), _otherPeer.UntilAsync(isThere: true));
        Assert.Equal(0, await InTurnsAsync(10, static _ => (Ada, Home)));
        Assert.Equal(5, await InTurnsAsync(20, static _ => ("grace@example.com", Home)));
    }

    [Fact]
    public async Task What_Redis_has_lost_a_process_still_counts()
    {
        Assert.Equal(5, await SignInThrottleTests.HeardAsync(Enumerable.Range(0, 10), _ => _one.TryBeginAsync(Ada, Home, Cancel)));
        await using var raw = await ConnectionMultiplexer.ConnectAsync($"{_server.Endpoint},allowAdmin=true");
        await raw.GetServer(_server.Endpoint).FlushAllDatabasesAsync();
        Assert.InRange((await _one.TryBeginAsync(Ada, Home, Cancel))!.Value, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));
    }

    [Fact]
    public async Task A_window_ends_for_all_processes_fifteen_minutes_after_its_first_attempt()
    {
        Assert.Equal(1, await SignInThrottleTests.HeardAsync([0], _ => _one.TryBeginAsync(Ada, Home, Cancel)));
        await using var raw = await ConnectionMultiplexer.ConnectAsync(_server.Endpoint);
        var keys = raw.GetServer(_server.Endpoint).Keys(pattern: "*{sign-in}*").ToList();
        Assert.Equal(3, keys.Count);
        foreach (var key in keys)
        {
            Assert.InRange((await raw.GetDatabase().KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));
            await raw.GetDatabase().KeyExpireAsync(key, TimeSpan.FromMinutes(1));
        }

        // The other joins the window that runs, and so is told to wait no longer than it does, also by its own counts.
        Assert.Equal(4, await SignInThrottleTests.HeardAsync(Enumerable.Range(0, 9), _ => _other.TryBeginAsync(Ada, Home, Cancel)));
        Assert.InRange((await _other.TryBeginAsync(Ada, Home, Cancel))!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        await _server.KillAsync();
        await AwayAsync();
        Assert.Null(await _other.TryBeginAsync(Ada, Home, Cancel));
        Assert.InRange((await _other.TryBeginAsync(Ada, Home, Cancel))!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Redis_has_neither_e_mails_nor_addresses_and_everything_ends()
    {
        await _one.TryBeginAsync(Ada, Home, Cancel);
        await _one.SucceededAsync(Ada, Home);
        await _other.TryBeginAsync(Ada, new IPAddress(1), Cancel);
        await using var raw = await ConnectionMultiplexer.ConnectAsync(_server.Endpoint);
        var keys = raw.GetServer(_server.Endpoint).Keys(pattern: "*{sign-in}*").ToList();

        // Known; of the address that succeeded, which is at zero, and of the other; of the e-mail; of the other with the e-mail.
        Assert.Equal(5, keys.Count);
        foreach (var key in keys)
        {
            Assert.Matches("^headroom:one:\\{sign-in\\}:[bnek]:[0-9a-f]{32}$", key.ToString());
            Assert.Matches("^[0-9]+$", (await raw.GetDatabase().StringGetAsync(key)).ToString());
            Assert.InRange((await raw.GetDatabase().KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30));
        }
    }

    [Fact]
    public async Task A_Redis_that_does_not_answer_costs_one_attempt_the_operations_timeout_and_the_others_nothing()
    {
        await using var impatient = await RedisPeer.StartAsync(_server, set: static o => o.OperationTimeoutMilliseconds = 100);
        var throttle = Make(impatient.Attempts);
        await _server.PauseAsync();
        try
        {
            var elapsed = global::System.Diagnostics.Stopwatch.StartNew();
            Assert.Equal(50, await SignInThrottleTests.HeardAsync(Enumerable.Range(0, 1_000), i => throttle.TryBeginAsync($"user{i}@example.com", Home, Cancel)));
            await throttle.SucceededAsync("user1@example.com", Home);
            Assert.InRange(elapsed.ElapsedMilliseconds, 0, 5_000);
        }
        finally
        {
            await _server.ContinueAsync();
        }
    }

    private async Task AwayAsync() => await Task.WhenAll(_onePeer.UntilAsync(isThere: false), _otherPeer.UntilAsync(isThere: false));

    private Task<int> InTurnsAsync(int attempts, Func<int, (string Email, IPAddress Address)> of) => SignInThrottleTests.HeardAsync(Enumerable.Range(0, attempts), i =>
    {
        var (email, address) = of(i);
        return (i % 2 == 0 ? _one : _other).TryBeginAsync(email, address, Cancel);
    });

    private SignInThrottle Make(ISharedAttempts attempts) => new(TimeProvider.System, Options.Create(_options), attempts);
}
