using Headroom.App.Dashboards;
using Headroom.App.Shared;
using Microsoft.Extensions.FileProviders;

namespace Headroom;

/// <summary>
/// Serves the built web app: files under /assets carry a hash in their name and are cached for ever, everything else is
/// asked for again; what was compressed ahead of time is sent as it is; an unknown path without a dot is the app's page.
/// </summary>
internal static class WebAssets
{
    private const string Nobody = "'none'";

    // The server's own addresses: what is not found below them is not a page of the app, or a mistyped health check would be answered 200.
    private static readonly PathString[] Reserved = ["/api", "/health", "/docs", "/openapi", "/metrics"];

    private static readonly Dictionary<string, string> ContentTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".ico"] = "image/x-icon",
        [".json"] = "application/json",
        [".webmanifest"] = "application/manifest+json",
        [".woff2"] = "font/woff2",
        [".txt"] = "text/plain; charset=utf-8",
    };

    public static void MapWebAssets(this IEndpointRouteBuilder routes, string root)
    {
        var files = Directory.Exists(root) ? new PhysicalFileProvider(root) : null;
        routes.MapFallback("{**path}", context => ServeAsync(context, files)).ExcludeFromDescription();
    }

    /// <summary>
    /// The page behind a link that was shared, which is the app's page too: /shared/{token} in a window, and /embed/{token}
    /// in frames of those sites that the link names; and the page of an invitation. Addresses with a secret are told to no other site and to no search engine.
    /// </summary>
    public static void MapSharedPages(this IEndpointRouteBuilder routes, string root)
    {
        var files = Directory.Exists(root) ? new PhysicalFileProvider(root) : null;
        var group = routes.MapGroup("").AllowAnonymous().RequireRateLimiting(Policies.SharedRateLimited).ExcludeFromDescription();
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        group.MapMethods("/shared/{token}", methods, (HttpContext context) => ServeSharedAsync(context, files, []));
        group.MapMethods("/invite/{token}", methods, (HttpContext context) => ServeSharedAsync(context, files, []));
        group.MapMethods("/embed/{token}", methods, async (HttpContext context, string token, DashboardShares shares) =>
            await ServeSharedAsync(context, files, await shares.EmbedOriginsAsync(token, context.RequestAborted)));
    }

    private static Task ServeSharedAsync(HttpContext context, PhysicalFileProvider? files, IReadOnlyList<string> embedOrigins)
    {
        context.Response.Headers["X-Robots-Tag"] = "noindex";
        return ServeAsync(context, files, embedOrigins.Count == 0 ? Nobody : string.Join(' ', embedOrigins), "no-referrer");
    }

    private static string ContentSecurityPolicy(string frameAncestors) =>
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; " +
        $"object-src 'none'; frame-ancestors {frameAncestors}; base-uri 'none'; form-action 'self'";

    private static Task ServeAsync(HttpContext context, PhysicalFileProvider? files) => ServeAsync(context, files, Nobody, "same-origin");

    private static async Task ServeAsync(HttpContext context, PhysicalFileProvider? files, string frameAncestors, string referrers)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var path = context.Request.Path.Value ?? "/";
        if (Array.Exists(Reserved, reserved => context.Request.Path.StartsWithSegments(reserved, StringComparison.Ordinal)))
        {
            await TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, detail: $"There is nothing at {path}.").ExecuteAsync(context);
            return;
        }

        if (files is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await context.Response.WriteAsync("The web app is not built. ./run builds it.", context.RequestAborted);
            return;
        }

        var isPage = !Path.HasExtension(path);
        var name = isPage ? "/index.html" : path;
        var file = files.GetFileInfo(name);
        if (!file.Exists || file.IsDirectory || !ContentTypes.TryGetValue(Path.GetExtension(name), out var contentType))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var headers = context.Response.Headers;
        headers["Referrer-Policy"] = referrers;
        if (isPage)
        {
            headers.ContentSecurityPolicy = ContentSecurityPolicy(frameAncestors);
        }

        await BuiltFiles.SendAsync(
            context, files, name, contentType, name.StartsWith("/assets/", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache");
    }
}
