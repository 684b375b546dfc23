using System.Diagnostics.CodeAnalysis;
using System.Threading.RateLimiting;
using Headroom.Core;

namespace Headroom.App.Access;

/// <summary>
/// A token bucket that processes share. Where it cannot be asked in time, one of this process alone, which is full when that begins.
/// </summary>
internal sealed class SharedBucketLimiter(ISharedBuckets shared, string bucket, int perSecond, int burst) : ReplenishingRateLimiter
{
    private readonly TokenBucketRateLimiter _own = Own(perSecond, burst);
    private long _lastAsked = Environment.TickCount64;

    /// <summary>Since it was last asked: that its own bucket is full says nothing. None while its own is not.</summary>
    public override TimeSpan? IdleDuration => _own.IdleDuration is null ? null : TimeSpan.FromMilliseconds(Environment.TickCount64 - Volatile.Read(ref _lastAsked));

    public override bool IsAutoReplenishing => _own.IsAutoReplenishing;

    public override TimeSpan ReplenishmentPeriod => _own.ReplenishmentPeriod;

    public override bool TryReplenish() => _own.TryReplenish();

    public override RateLimiterStatistics? GetStatistics() => _own.GetStatistics();

    /// <summary>No, as it would have to wait. The middleware then asks for one that may.</summary>
    protected override RateLimitLease AttemptAcquireCore(int permitCount) => permitCount == 0 ? Lease.Taken : Lease.Unknown;

    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _lastAsked, Environment.TickCount64);
        return await shared.TakeAsync(bucket, perSecond, burst, cancellationToken) is { } answer
            ? answer.IsTaken ? Lease.Taken : new Lease(false, answer.Wait)
            : _own.AttemptAcquire(permitCount);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _own.Dispose();
        }

        base.Dispose(disposing);
    }

    private static TokenBucketRateLimiter Own(int perSecond, int burst)
    {
        var tokens = RateLimits.Tokens(perSecond, burst);

        // The framework fills the buckets of all partitions by one timer.
        tokens.AutoReplenishment = false;
        return new TokenBucketRateLimiter(tokens);
    }

    private sealed class Lease(bool isAcquired, TimeSpan? wait) : RateLimitLease
    {
        public static Lease Taken { get; } = new(true, null);

        public static Lease Unknown { get; } = new(false, null);

        public override bool IsAcquired => isAcquired;

        public override IEnumerable<string> MetadataNames => wait is null ? [] : [MetadataName.RetryAfter.Name];

        public override bool TryGetMetadata(string metadataName, [NotNullWhen(true)] out object? metadata)
        {
            if (metadataName == MetadataName.RetryAfter.Name && wait is { } time)
            {
                metadata = time;
                return true;
            }

            metadata = null;
            return false;
        }
    }
}
