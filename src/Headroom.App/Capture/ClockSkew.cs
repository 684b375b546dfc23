namespace Headroom.App.Capture;

/// <summary>When an event happened by our clock, from what the client says by its own. All in unix microseconds.</summary>
internal static class ClockSkew
{
    /// <summary>
    /// PostHog's deadband: a difference up to this is network time and queueing, not a wrong clock, so that exact
    /// timestamps stay exact.
    /// </summary>
    private const long Deadband = 150_000_000;

    /// <summary>Later than this after now, a timestamp is no timestamp. Less is kept, for zones are easily mistaken.</summary>
    private const long FarFuture = 23L * 3_600_000_000;

    /// <summary>PostHog: corrects only what exceeds the deadband.</summary>
    /// <param name="future">Whether it lay too far ahead to be one, and now takes its place.</param>
    public static long PostHog(long now, long? sentAt, long timestamp, out bool future)
    {
        if (sentAt is { } sent)
        {
            var measured = sent - now;
            var excess = Math.Max(Math.Abs(measured) - Deadband, 0);
            timestamp = TimestampText.OrEpoch(timestamp - (Math.Sign(measured) * excess));
        }

        return NotFarFuture(now, timestamp, out future);
    }

    /// <summary>Segment: the whole difference between sending and receiving is taken for the clock's error.</summary>
    public static long Segment(long now, long? sentAt, long timestamp, out bool future) =>
        NotFarFuture(now, sentAt is { } sent ? TimestampText.OrEpoch(now - (sent - timestamp)) : timestamp, out future);

    /// <summary>An age in microseconds, as old posthog-js sends it.</summary>
    public static long Offset(long now, long age) => NotFarFuture(now, TimestampText.OrEpoch(now - age), out _);

    private static long NotFarFuture(long now, long timestamp, out bool future)
    {
        future = timestamp - now > FarFuture;
        return future ? now : timestamp;
    }
}
