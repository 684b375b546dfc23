using Headroom.App.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Headroom.App.Capture;

/// <summary>What is under way now, held to its bounds. Past them capture says 503, so that SDKs come again later.</summary>
internal sealed class CaptureLoad(IOptions<CaptureOptions> options, TimeProvider time) : IHealthSource
{
    public static readonly Refusal TooMuch = Refusal.Busy("too_many_bytes",
        $"Too many bytes are under way (setting {CaptureOptions.Section}:{nameof(CaptureOptions.MaxInFlightBytes)}). Try again later.");

    public static readonly Refusal TooMany = Refusal.Busy("too_many_requests",
        $"Too many requests are under way (setting {CaptureOptions.Section}:{nameof(CaptureOptions.MaxConcurrentRequests)}). Try again later.");

    public static readonly Refusal Overloaded = Refusal.Busy("overload", "More arrives than this server takes at present. Try again later.");

    /// <summary>Refusals further apart than this are not of one overload.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>How long an overload lasts until the server counts as unwell; bursts are what the 503 is for.</summary>
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(5);

    private readonly int _maxRequests = options.Value.MaxConcurrentRequests;
    private readonly long _maxBytes = options.Value.MaxInFlightBytes;
    private int _requests;
    private long _bytes;
    private long _refusedFirst;
    private long _refusedLast;

    public AdmissionRate Rate { get; } = new(options.Value, time);

    public long Requests => Volatile.Read(ref _requests);

    public int MaxRequests => _maxRequests;

    public TimeSpan CommitTarget { get; } = TimeSpan.FromMilliseconds(options.Value.CommitTargetMilliseconds);

    public long Bytes => Interlocked.Read(ref _bytes);

    public PartHealth Health
    {
        get
        {
            var (now, first, last) = (time.GetTimestamp(), Interlocked.Read(ref _refusedFirst), Interlocked.Read(ref _refusedLast));
            var lasted = time.GetElapsedTime(first, now);
            return last == 0 || time.GetElapsedTime(last, now) > Pause || lasted < Lasting
                ? new PartHealth("capture", true, null, null)
                : new PartHealth("capture", false, "More arrives than this server takes: requests are refused with 503 and Retry-After, and SDKs send them again later. See Overload in docs/operate.md.", time.GetUtcNow() - lasted);
        }
    }

    /// <summary>Null where the request is taken, and counted until <see cref="Leave"/>; else why not.</summary>
    /// <param name="now">A timestamp.</param>
    public Refusal? Enter(HttpContext http, long now)
    {
        if (Rate.Asks(now) && ArrivalWait.Of(http) is { } wait)
        {
            Rate.Arrived(wait, now);
        }

        var refusal = Interlocked.Increment(ref _requests) > _maxRequests ? TooMany : Rate.Admits(now) ? null : Overloaded;
        if (refusal is not null)
        {
            Interlocked.Decrement(ref _requests);
            NoteRefusal(now);
        }

        return refusal;
    }

    /// <summary>
    /// Counts bytes for a request, best before they are allocated; all of them are given back by <see cref="Leave"/>,
    /// those for which there was no room too.
    /// </summary>
    public bool TryCharge(CaptureState state, long bytes)
    {
        state.Charged += bytes;
        return Interlocked.Add(ref _bytes, bytes) <= _maxBytes;
    }

    public void Leave(CaptureState state)
    {
        Interlocked.Add(ref _bytes, -state.Charged);
        Interlocked.Decrement(ref _requests);
    }

    private void NoteRefusal(long now)
    {
        var last = Interlocked.Exchange(ref _refusedLast, now);
        if (last == 0 || time.GetElapsedTime(last, now) > Pause)
        {
            Interlocked.Exchange(ref _refusedFirst, now);
        }
    }
}
