using Headroom.App.Shared;

namespace Headroom;

/// <summary>
/// Gives each request a trace id, for logs and error answers. Stands behind capture: an activity for each event that arrives would cost more
/// than decoding it, and nobody would see it. Capture begins one itself where it has something to log.
/// </summary>
internal static class RequestTraces
{
    public static void UseRequestTraces(this IApplicationBuilder app) => app.Use(static async (context, next) =>
    {
        using var activity = RequestTrace.Begin(context);
        await next(context);
    });
}
