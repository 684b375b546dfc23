namespace Headroom;

/// <summary>What every answer tells a browser, unless its endpoint says it more precisely: trust the type, show nothing in a frame.</summary>
internal static class SecurityHeaders
{
    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        // At the start of the answer, for an error's answer drops the headers that were set before it.
        context.Response.OnStarting(static state => Add((HttpResponse)state), context.Response);
        return next(context);
    });

    private static Task Add(HttpResponse response)
    {
        var headers = response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.TryAdd("Referrer-Policy", "same-origin");
        headers.TryAdd("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        if (response.HttpContext.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
        {
            headers.TryAdd("Cache-Control", "no-store");
        }

        return Task.CompletedTask;
    }
}
