using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Http;

namespace Headroom.App.Capture;

/// <summary>What the log's answer to an append means for its request, and for how many more are taken.</summary>
internal sealed class AppendVerdict(AdmissionRate rate, CaptureClock clock)
{
    private int _logDown;

    /// <summary>An append begins; the timestamp that its end is told with.</summary>
    public long Begin()
    {
        var now = clock.Time.GetTimestamp();
        rate.Appending(now);
        return now;
    }

    /// <summary>There is no answer and never will be.</summary>
    public void Failed(long since) => rate.Appended(wait: null, since);

    /// <summary>Null when the log has it on disk.</summary>
    public Refusal? Of(HttpContext http, in LogAppend result, long since)
    {
        var now = clock.Time.GetTimestamp();
        rate.Appended(result.Status == LogAppendStatus.Durable ? now - since : null, now);
        if (result.Status == LogAppendStatus.Durable)
        {
            if (Volatile.Read(ref _logDown) != 0 && Interlocked.Exchange(ref _logDown, 0) != 0)
            {
                using var trace = RequestTrace.Tell(http);
                clock.Logger.LogAvailable();
            }

            return null;
        }

        if (result.Status == LogAppendStatus.TooLarge)
        {
            return new Refusal(413, "over_limit", result.Reason ?? "The request is larger than one record of the event log may be.");
        }

        if (Interlocked.Exchange(ref _logDown, 1) == 0)
        {
            using var trace = RequestTrace.Tell(http);
            clock.Logger.LogUnavailable(result.Reason ?? "no reason given");
        }

        return Refusal.Busy("log_unavailable", "Events cannot be stored at present. Try again later.");
    }
}
