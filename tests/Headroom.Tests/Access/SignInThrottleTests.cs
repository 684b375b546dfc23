using System.Globalization;
using System.Net;
using Headroom.App.Access;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Access;

public sealed class SignInThrottleTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_address_may_not_try_one_password_on_everybody()
    {
        var throttle = Make();
        var address = IPAddress.Parse("192.0.2.1");
        var heard = await HeardAsync(Enumerable.Range(0, 100), i => throttle.TryBeginAsync($"user{i}@example.com", address, Cancel));

        Assert.Equal(50, heard);
        Assert.Null(await throttle.TryBeginAsync("user1@example.com", IPAddress.Parse("192.0.2.2"), Cancel));
    }

    [Fact]
    public async Task A_network_of_ipv6_is_one_address()
    {
        var throttle = Make();
        var heard = await HeardAsync(Enumerable.Range(0, 20), i =>
            throttle.TryBeginAsync("ada@example.com", IPAddress.Parse("2001:db8::" + i.ToString("x", CultureInfo.InvariantCulture)), Cancel));

        Assert.Equal(5, heard);
    }

    [Fact]
    public async Task One_account_may_not_be_tried_from_everywhere_and_its_owner_comes_in_all_the_same()
    {
        var throttle = Make();
        var home = IPAddress.Parse("198.51.100.7");
        Assert.Null(await throttle.TryBeginAsync("ada@example.com", home, Cancel));
        await throttle.SucceededAsync("ada@example.com", home);

        var heard = await HeardAsync(Enumerable.Range(1, 500), i => throttle.TryBeginAsync("ada@example.com", new IPAddress(i), Cancel));

        Assert.Equal(100, heard);
        Assert.Null(await throttle.TryBeginAsync("ada@example.com", home, Cancel));
        Assert.Null(await throttle.TryBeginAsync("grace@example.com", new IPAddress(1), Cancel));
        _time.Advance(TimeSpan.FromMinutes(15));
        Assert.Null(await throttle.TryBeginAsync("ada@example.com", new IPAddress(501), Cancel));
    }

    [Fact]
    public async Task An_address_is_its_owners_for_a_month()
    {
        var throttle = Make();
        var home = IPAddress.Parse("198.51.100.7");
        await throttle.SucceededAsync("ada@example.com", home);
        _time.Advance(TimeSpan.FromDays(31));
        for (var i = 1; i <= 100; i++)
        {
            await throttle.TryBeginAsync("ada@example.com", new IPAddress(i), Cancel);
        }

        Assert.NotNull(await throttle.TryBeginAsync("ada@example.com", home, Cancel));
    }

    [Fact]
    public async Task Success_forgets_the_failures_before()
    {
        var throttle = Make();
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(await throttle.TryBeginAsync("ada@example.com", null, Cancel));
            await throttle.SucceededAsync("ada@example.com", null);
        }
    }

    [Fact]
    public async Task What_is_counted_is_bounded()
    {
        var throttle = Make();
        for (var i = 0; i < SignInThrottle.MaxCounted; i++)
        {
            await throttle.TryBeginAsync($"user{i}@example.com", new IPAddress(i + 1), Cancel);
            await throttle.SucceededAsync($"user{i}@example.com", new IPAddress(i + 1));
            await throttle.TryBeginAsync($"user{i}@example.com", new IPAddress(i + 1), Cancel);
        }

        Assert.InRange(throttle.Counted, 1, SignInThrottle.MaxCounted + SignInThrottle.MaxKnown + 2);
    }

    internal static async Task<int> HeardAsync(IEnumerable<int> attempts, Func<int, ValueTask<TimeSpan?>> begin)
    {
        var heard = 0;
        foreach (var attempt in attempts)
        {
            heard += await begin(attempt) is null ? 1 : 0;
        }

        return heard;
    }

    private SignInThrottle Make() => new(_time, Options.Create(new AccessOptions()));
}
