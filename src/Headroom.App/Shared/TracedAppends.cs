using System.Diagnostics;
using Headroom.Core;

namespace Headroom.App.Shared;

/// <summary>
/// Where the records of traced requests lie in a log of one partition that this process alone appends to, until the commit that stores them has named
/// the requests. Bounded: more at once are not named. Where nothing is traced it is never entered. Safe for concurrent use.
/// </summary>
internal sealed class TracedAppends
{
    /// <summary>As many links as a span has by OpenTelemetry's own default.</summary>
    private const int Most = 128;

    private readonly Lock _gate = new();
    private readonly List<(long Offset, ActivityContext Request)> _waiting = [];

    public void Add(long offset, Activity request)
    {
        request.SetTag("headroom.log.offset", offset);
        if (!request.Recorded)
        {
            return;
        }

        lock (_gate)
        {
            if (_waiting.Count < Most)
            {
                _waiting.Add((offset, request.Context));
            }
        }
    }

    /// <summary>Links a commit with the requests whose records it holds, and forgets those and any before.</summary>
    /// <param name="commit">Null where it is not traced.</param>
    public void Link(Activity? commit, LogPosition from, LogPosition to)
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                return;
            }

            foreach (var (offset, request) in _waiting)
            {
                if (offset >= from.Sum && offset < to.Sum)
                {
                    commit?.AddLink(new ActivityLink(request));
                }
            }

            _waiting.RemoveAll(one => one.Offset < to.Sum);
        }
    }
}
