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

    [Fact]
    public void One_address_may_not_try_one_password_on_everybody()
    {
        var throttle = Make();
        var address = IPAddress.Parse("192.0.2.1");
        var heard = Enumerable.Range(0, 100).Count(i => throttle.TryBegin($"user{i}@example.com", address) is null);

        Assert.Equal(50, heard);
        Assert.Null(throttle.TryBegin("user1@example.com", IPAddress.Parse("192.0.2.2")));
    }

    [Fact]
    public void A_network_of_ipv6_is_one_address()
    {
        var throttle = Make();
        var heard = Enumerable.Range(0, 20).Count(i =>
            throttle.TryBegin("ada@example.com", IPAddress.Parse("2001:db8::" + i.ToString("x", CultureInfo.InvariantCulture))) is null);

        Assert.Equal(5, heard);
    }

    [Fact]
    public void One_account_may_not_be_tried_from_everywhere_and_its_owner_comes_in_all_the_same()
    {
        var throttle = Make();
        var home = IPAddress.Parse("198.51.100.7");
        Assert.Null(throttle.TryBegin("ada@example.com", home));
        throttle.Succeeded("ada@example.com", home);

        var heard = Enumerable.Range(1, 500).Count(i => throttle.TryBegin("ada@example.com", new IPAddress(i)) is null);

        Assert.Equal(100, heard);
        Assert.Null(throttle.TryBegin("ada@example.com", home));
        Assert.Null(throttle.TryBegin("grace@example.com", new IPAddress(1)));
        _time.Advance(TimeSpan.FromMinutes(15));
        Assert.Null(throttle.TryBegin("ada@example.com", new IPAddress(501)));
    }

    [Fact]
    public void An_address_is_its_owners_for_a_month()
    {
        var throttle = Make();
        var home = IPAddress.Parse("198.51.100.7");
        throttle.Succeeded("ada@example.com", home);
        _time.Advance(TimeSpan.FromDays(31));
        for (var i = 1; i <= 100; i++)
        {
            throttle.TryBegin("ada@example.com", new IPAddress(i));
        }

        Assert.NotNull(throttle.TryBegin("ada@example.com", home));
    }

    [Fact]
    public void Success_forgets_the_failures_before()
    {
        var throttle = Make();
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(throttle.TryBegin("ada@example.com", null));
            throttle.Succeeded("ada@example.com", null);
        }
    }

    [Fact]
    public void What_is_counted_is_bounded()
    {
        var throttle = Make();
        for (var i = 0; i < SignInThrottle.MaxCounted; i++)
        {
            throttle.TryBegin($"user{i}@example.com", new IPAddress(i + 1));
            throttle.Succeeded($"user{i}@example.com", new IPAddress(i + 1));
            throttle.TryBegin($"user{i}@example.com", new IPAddress(i + 1));
        }

        Assert.InRange(throttle.Counted, 1, SignInThrottle.MaxCounted + SignInThrottle.MaxKnown + 2);
    }

    private SignInThrottle Make() => new(_time, Options.Create(new AccessOptions()));
}
