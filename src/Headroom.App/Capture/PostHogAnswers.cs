using System.Text;
using System.Text.Json;
using Headroom.App.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Headroom.App.Capture;

/// <summary>
/// What PostHog's SDKs ask for besides sending events, answered so that they send events and nothing else: no feature
/// flags, no session replay, no surveys. gzip-js must be among the compressions, or posthog-js sends plain JSON with a preflight.
/// </summary>
internal static class PostHogAnswers
{
    private const string Config =
        "\"supportedCompression\":[\"gzip\",\"gzip-js\"],\"hasFeatureFlags\":false,\"autocapture_opt_out\":false," +
        "\"sessionRecording\":false,\"surveys\":false,\"siteApps\":[],\"toolbarParams\":{},\"isAuthenticated\":false," +
        "\"capturePerformance\":false,\"elementsChainAsString\":true";

    private static readonly byte[] ConfigBody = Encoding.UTF8.GetBytes("{" + Config + "}");
    private static readonly byte[] NothingHere = "/* Headroom does not serve this part of the PostHog library. */\n"u8.ToArray();
    private static readonly byte[] NoLibrary = Encoding.UTF8.GetBytes(
        "console.warn('This Headroom was built without the PostHog library. Bundle posthog-js from npm, or load array.js from where it is published, and keep api_host.');\n");

    private static readonly byte[] Good = "{\"status\":1}"u8.ToArray();
    private static readonly byte[] NoSurveys = "{\"surveys\":[]}"u8.ToArray();
    private static readonly byte[] NoFeatures = "{\"earlyAccessFeatures\":[]}"u8.ToArray();
    private static readonly byte[] NoExperiments = "{\"experiments\":[]}"u8.ToArray();

    public static Task ConfigAsync(HttpContext http) => SendAsync(http, ConfigBody);

    public static Task ConfigScriptAsync(HttpContext http)
    {
        var token = (string?)http.Request.RouteValues["token"] ?? "";
        if (!token.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            return NotFoundAsync(http);
        }

        var script = "(function(w){w._POSTHOG_REMOTE_CONFIG=w._POSTHOG_REMOTE_CONFIG||{};w._POSTHOG_REMOTE_CONFIG['" + token +
            "']={config:{" + Config + "},siteApps:[]}})(window);\n";
        return SendAsync(http, Encoding.UTF8.GetBytes(script), "text/javascript; charset=utf-8");
    }

    public static Task FlagsAsync(HttpContext http) => SendAsync(http, Encoding.UTF8.GetBytes(
        "{\"flags\":{},\"featureFlags\":{},\"featureFlagPayloads\":{},\"errorsWhileComputingFlags\":false,\"requestId\":\"" +
        Guid.NewGuid().ToString("D") + "\",\"config\":{\"enable_collect_everything\":true}," + Config + "}"));

    public static Task DropAsync(HttpContext http) => SendAsync(http, Good);

    /// <summary>The process answers; whether it can do its work is what <see cref="ReadinessAsync"/> says.</summary>
    public static Task LivenessAsync(HttpContext http) => SendAsync(http, Good);

    /// <summary>What /health/ready says, under the name that PostHog's capture has for it: 503 while a part is failing.</summary>
    public static Task ReadinessAsync(HttpContext http)
    {
        var failing = Readiness.Parts(http.RequestServices.GetServices<IHealthSource>(), http.RequestServices.GetService<IProcessHealth>())
            .Where(static part => part.IsFailing).Select(static part => part.Name).ToList();
        if (failing.Count == 0)
        {
            return SendAsync(http, Good);
        }

        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        var detail = JsonEncodedText.Encode($"Failing: {string.Join(", ", failing)}. See /health/ready.");
        return SendAsync(http, Encoding.UTF8.GetBytes("{\"status\":0,\"detail\":\"" + detail + "\"}"));
    }

    public static Task SurveysAsync(HttpContext http) => SendAsync(http, NoSurveys);

    public static Task EarlyAccessAsync(HttpContext http) => SendAsync(http, NoFeatures);

    public static Task ExperimentsAsync(HttpContext http) => SendAsync(http, NoExperiments);

    /// <summary>The library and its parts: /static/{name}.js, and /static/{version}/{name}.js, whose version is not looked at.</summary>
    public static Task ScriptAsync(HttpContext http)
    {
        const string ContentType = "text/javascript; charset=utf-8";
        const string CacheControl = "public, max-age=3600";
        var path = http.Request.Path.Value ?? "";
        if (!path.EndsWith(".js", StringComparison.Ordinal))
        {
            return NotFoundAsync(http);
        }

        var name = path[path.LastIndexOf('/')..];
        if (HttpMethods.IsGet(http.Request.Method) && http.RequestServices.GetService<PostHogLibrary>()?.Files is { } files && files.GetFileInfo(name) is { Exists: true })
        {
            CaptureAnswers.AllowOrigin(http);
            return BuiltFiles.SendAsync(http, files, name, ContentType, CacheControl);
        }

        http.Response.Headers.CacheControl = CacheControl;
        return SendAsync(http, name is "/array.js" or "/array.full.js" ? NoLibrary : NothingHere, ContentType);
    }

    private static Task NotFoundAsync(HttpContext http)
    {
        if (HttpMethods.IsOptions(http.Request.Method))
        {
            CaptureAnswers.Preflight(http);
            return Task.CompletedTask;
        }

        CaptureAnswers.AllowOrigin(http);
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static Task SendAsync(HttpContext http, byte[] body, string contentType = "application/json")
    {
        if (HttpMethods.IsOptions(http.Request.Method))
        {
            CaptureAnswers.Preflight(http);
            return Task.CompletedTask;
        }

        CaptureAnswers.AllowOrigin(http);
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        return http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }
}
