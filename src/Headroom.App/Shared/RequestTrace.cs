using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Headroom.App.Shared;

/// <summary>
/// The trace id of a request, which lines of the log carry and its answer tells. An exporter of traces has the web server make one for each request;
/// without one it is made here, and a caller's own (https://www.w3.org/TR/trace-context/) is taken over.
/// </summary>
public static class RequestTrace
{
    /// <summary>Null where the request has one already. Whoever began it disposes of it.</summary>
    public static Activity? Begin(HttpContext http)
    {
        if (Activity.Current is not null)
        {
            return null;
        }

        var activity = new Activity("headroom.request");

        // What the answer says already is what earlier lines of the same request carry.
        if (ActivityContext.TryParse(http.Response.Headers.TraceParent, null, out var known) ||
            ActivityContext.TryParse(http.Request.Headers.TraceParent, http.Request.Headers.TraceState, isRemote: true, out known))
        {
            activity.SetParentId(known.TraceId, known.SpanId, known.TraceFlags);
        }

        return activity.Start();
    }

    /// <summary>As <see cref="Begin"/>, where something is about to be logged and the answer, which must not have begun, has no other place for the id than its header.</summary>
    public static Activity? Tell(HttpContext http)
    {
        var activity = Begin(http);
        http.Response.Headers.TraceParent = Activity.Current?.Id;
        return activity;
    }
}
