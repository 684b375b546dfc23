using Microsoft.Extensions.Options;

namespace Headroom.App.Capture;

/// <summary>What is under way now, held to its bounds. Past them capture says 503, so that SDKs come again later.</summary>
internal sealed class CaptureLoad(IOptions<CaptureOptions> options)
{
    public static readonly Refusal TooMuch = Refusal.Busy(
        $"Too many bytes are under way (setting {CaptureOptions.Section}:{nameof(CaptureOptions.MaxInFlightBytes)}). Try again later.");

    public static readonly Refusal TooMany = Refusal.Busy(
        $"Too many requests are under way (setting {CaptureOptions.Section}:{nameof(CaptureOptions.MaxConcurrentRequests)}). Try again later.");

    private readonly int _maxRequests = options.Value.MaxConcurrentRequests;
    private readonly long _maxBytes = options.Value.MaxInFlightBytes;
    private long _requests;
    private long _bytes;

    public long Requests => Interlocked.Read(ref _requests);

    public long Bytes => Interlocked.Read(ref _bytes);

    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _requests) <= _maxRequests)
        {
            return true;
        }

        Interlocked.Decrement(ref _requests);
        return false;
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
}
