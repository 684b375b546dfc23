using System.Threading.RateLimiting;
using Headroom.App.Access;
using Headroom.Core;
using Headroom.Tests.Scale.Redis;
using Xunit;

namespace Headroom.Tests.Access;

/// <summary>Limiters of two processes over one real Redis.</summary>
public sealed class SharedBucketLimiterTests
{
    [Fact]
    public async Task Two_processes_let_through_together_what_one_may_and_each_as_much_where_Redis_is_away()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? "");
        await using var server = await RedisServer.StartAsync();
        await using var one = await RedisPeer.StartAsync(server);
        await using var other = await RedisPeer.StartAsync(server);
        await using var first = new SharedBucketLimiter(one.Buckets, "key:1", 1, 10);
        await using var second = new SharedBucketLimiter(other.Buckets, "key:1", 1, 10);
        var started = TimeProvider.System.GetTimestamp();
        var taken = await TakeAsync(first, 20) + await TakeAsync(second, 20);
        Assert.InRange(taken, 10, 10 + (int)TimeProvider.System.GetElapsedTime(started).TotalSeconds);
        using var refused = await second.AcquireAsync(1, TestContext.Current.CancellationToken);
        Assert.True(refused.IsAcquired || (refused.TryGetMetadata(MetadataName.RetryAfter, out var wait) && wait > TimeSpan.Zero && wait <= TimeSpan.FromSeconds(1)));

        await server.KillAsync();
        await Task.WhenAll(one.UntilAsync(isThere: false), other.UntilAsync(isThere: false));
        foreach (var alone in (SharedBucketLimiter[])[first, second])
        {
            started = TimeProvider.System.GetTimestamp();
            taken = await TakeAsync(alone, 20);
            Assert.InRange(taken, 10, 10 + (int)TimeProvider.System.GetElapsedTime(started).TotalSeconds);
        }
    }

    [Fact]
    public async Task It_never_waits_where_it_is_asked_at_once_and_then_says_no_for_now()
    {
        await using var limiter = new SharedBucketLimiter(new Away(), "key:1", 1, 1);
        using var now = limiter.AttemptAcquire();
        Assert.False(now.IsAcquired);
        using var later = await limiter.AcquireAsync(1, TestContext.Current.CancellationToken);
        Assert.True(later.IsAcquired);
        Assert.Null(limiter.IdleDuration);
    }

    private static async Task<int> TakeAsync(SharedBucketLimiter limiter, int times)
    {
        var taken = 0;
        for (var i = 0; i < times; i++)
        {
            using var lease = await limiter.AcquireAsync(1, TestContext.Current.CancellationToken);
            taken += lease.IsAcquired ? 1 : 0;
        }

        return taken;
    }

    private sealed class Away : ISharedBuckets
    {
        public ValueTask<TokenAnswer?> TakeAsync(string bucket, int perSecond, int burst, CancellationToken cancellationToken) => ValueTask.FromResult<TokenAnswer?>(null);
    }
}
