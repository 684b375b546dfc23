using System.Globalization;

namespace Headroom;

/// <summary>
/// What every answer tells a browser, unless its endpoint says it more precisely: trust the type, show nothing in a frame, keep
/// other windows and the device's sensors away, and, where it came over TLS, never ask without.
/// </summary>
internal static class SecurityHeaders
{
    private const string DaysKey = "Headroom:HstsDays";
    private const int DefaultDays = 180;
    private const int MaxDays = 730;

    /// <exception cref="InvalidOperationException">The setting is out of its range.</exception>
    public static void UseSecurityHeaders(this IApplicationBuilder app, IConfiguration configuration)
    {
        var days = configuration.GetValue(DaysKey, DefaultDays);
        if (days is < 0 or > MaxDays)
        {
            throw new InvalidOperationException($"{DaysKey} is {days}; it is from 0 to {MaxDays}.");
        }

        var transport = days == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"max-age={days * 86_400}");
        app.Use((context, next) =>
        {
            // At the start of the answer, for an error's answer drops the headers that were set before it.
            context.Response.OnStarting(() => Add(context.Response, transport));
            return next(context);
        });
    }

    private static Task Add(HttpResponse response, string? transport)
    {
        var headers = response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.TryAdd("Referrer-Policy", "same-origin");
        headers.TryAdd("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        var request = response.HttpContext.Request;
        if (request.IsHttps)
        {
            // Without TLS browsers ignore it, and complain.
            headers["Cross-Origin-Opener-Policy"] = "same-origin";

            // It counts for all ports of a host, and what else somebody tries on localhost is no business of this one.
            if (transport is not null && !string.Equals(request.Host.Host, "localhost", StringComparison.OrdinalIgnoreCase))
            {
                headers.StrictTransportSecurity = transport;
            }
        }

        if (request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
        {
            headers.TryAdd("Cache-Control", "no-store");
        }

        return Task.CompletedTask;
    }
}
