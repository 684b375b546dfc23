using System.Diagnostics;

namespace Headroom;

/// <summary>
/// Gives each request a trace id, for logs and error answers, where no exporter has made the web server give it one; a
/// caller's own (https://www.w3.org/TR/trace-context/) is taken over. Stands behind capture: an activity for each
/// event that arrives would cost more than decoding it, and nobody would see it.
/// </summary>
internal static class RequestTraces
{
    public static void UseRequestTraces(this IApplicationBuilder app) => app.Use(static async (context, next) =>
    {
        if (Activity.Current is not null)
        {
            await next(context);
            return;
        }

        using var activity = new Activity("headroom.request");
        if (ActivityContext.TryParse(context.Request.Headers.TraceParent, context.Request.Headers.TraceState, isRemote: true, out var caller))
        {
            activity.SetParentId(caller.TraceId, caller.SpanId, caller.TraceFlags);
        }

        activity.Start();
        await next(context);
    });
}
