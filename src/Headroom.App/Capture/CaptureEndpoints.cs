using System.Text;
using System.Text.Json;
using Headroom.App.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Headroom.App.Capture;

/// <summary>Capture's place in the host.</summary>
public static class CaptureEndpoints
{
    private static readonly string[] Methods = ["GET", "POST", "OPTIONS"];

    /// <summary>What SDKs ask besides sending events.</summary>
    private static readonly (string Path, RequestDelegate Handler)[] Others =
    [
        ("/flags", PostHogAnswers.FlagsAsync),
        ("/decide", PostHogAnswers.FlagsAsync),
        ("/array/{token}/config", PostHogAnswers.ConfigAsync),
        ("/array/{token}/config.js", PostHogAnswers.ConfigScriptAsync),
        ("/static/{**path}", PostHogAnswers.ScriptAsync),
        ("/s", PostHogAnswers.DropAsync),
        ("/i/v1/logs", PostHogAnswers.DropAsync),
        ("/i/v1/metrics", PostHogAnswers.DropAsync),
        ("/api/surveys", PostHogAnswers.SurveysAsync),
        ("/api/early_access_features", PostHogAnswers.EarlyAccessAsync),
        ("/api/web_experiments", PostHogAnswers.ExperimentsAsync),
        ("/_liveness", PostHogAnswers.LivenessAsync),
        ("/_readiness", PostHogAnswers.ReadinessAsync),
        ("/v1/projects/{writeKey}/settings", SegmentSettingsAsync),

        // analytics.js counts its own doings and sends the counts here; they are no events.
        ("/v1/m", SegmentDropAsync),
    ];

    private static readonly TemplateMatcher[] OtherPaths =
        [.. Others.Select(static other => new TemplateMatcher(TemplateParser.Parse(other.Path), new RouteValueDictionary()))];

    /// <summary>
    /// Adds capture, and the intake for events that come by another road, with its settings under <c>Headroom:Capture</c>. Needs an event log, a project directory and
    /// visitor salts from the host.
    /// </summary>
    public static IServiceCollection AddCapture(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<CaptureOptions>().Bind(configuration.GetSection(CaptureOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<CaptureOptions>, CaptureOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<WaitingEvents>();
        services.TryAddSingleton<IngestionProblems>();
        services.AddSingleton<CaptureProblems>();
        services.AddSingleton<CaptureClock>();
        services.AddSingleton(static provider =>
        {
            var load = new CaptureLoad(provider.GetRequiredService<IOptions<CaptureOptions>>(), provider.GetRequiredService<TimeProvider>());
            CaptureMetrics.Observe(load);
            return load;
        });
        services.AddSingleton<IHealthSource>(static provider => provider.GetRequiredService<CaptureLoad>());
        services.AddSingleton<RefusedEvents>();
        services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<RefusedEvents>());
        services.AddSingleton<PlausibleVisits>();
        services.AddSingleton<Capture>();
        services.AddSingleton<IEventIntake, EventIntake>();
        return services;
    }

    /// <summary>
    /// Answers the paths that take events ahead of routing and whatever comes after it: the way for a process whose
    /// main work is capture. Optional; <see cref="MapCapture"/> serves the same paths.
    /// </summary>
    public static IApplicationBuilder UseCapture(this IApplicationBuilder app)
    {
        var capture = app.ApplicationServices.GetRequiredService<Capture>();
        return app.Use(next => http =>
            HttpMethods.IsPost(http.Request.Method) && http.Request.Path.Value is { } path && CaptureRoute.WithSlashes.TryGetValue(path, out var route)
                ? capture.HandleAsync(http, route)
                : next(http));
    }

    /// <summary>Whether a path is one of those that <see cref="MapCapture"/> maps.</summary>
    public static bool Answers(PathString path) =>
        (path.Value is { } text && CaptureRoute.WithSlashes.ContainsKey(text)) || Array.Exists(OtherPaths, matcher => matcher.TryMatch(path, []));

    /// <summary>Maps every path of the protocols in docs/protocols.md.</summary>
    public static IEndpointRouteBuilder MapCapture(this IEndpointRouteBuilder endpoints)
    {
        var capture = endpoints.ServiceProvider.GetRequiredService<Capture>();
        foreach (var (path, route) in CaptureRoute.All)
        {
            Map(endpoints, path, http => capture.HandleAsync(http, route));
        }

        foreach (var (path, handler) in Others)
        {
            Map(endpoints, path, handler);
        }

        return endpoints;
    }

    private static void Map(IEndpointRouteBuilder endpoints, string path, RequestDelegate handler) =>
        endpoints.MapMethods(path, Methods, handler).AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();

    private static Task SegmentDropAsync(HttpContext http)
    {
        if (HttpMethods.IsOptions(http.Request.Method))
        {
            CaptureAnswers.Preflight(http);
            return Task.CompletedTask;
        }

        CaptureAnswers.AllowOrigin(http);
        return CaptureAnswers.SendAsync(http, CaptureAnswers.SegmentOk, "").AsTask();
    }

    /// <summary>analytics.js asks where to send what; here, and nowhere else.</summary>
    private static Task SegmentSettingsAsync(HttpContext http)
    {
        if (HttpMethods.IsOptions(http.Request.Method))
        {
            CaptureAnswers.Preflight(http);
            return Task.CompletedTask;
        }

        CaptureAnswers.AllowOrigin(http);
        var key = JsonEncodedText.Encode((string?)http.Request.RouteValues["writeKey"] ?? "").ToString();
        var host = JsonEncodedText.Encode(http.Request.Host.Value ?? "").ToString();
        var body = Encoding.UTF8.GetBytes(
            "{\"integrations\":{\"Segment.io\":{\"apiKey\":\"" + key + "\",\"apiHost\":\"" + host +
            "/v1\",\"protocol\":\"" + (http.Request.IsHttps ? "https" : "http") + "\"}},\"plan\":{\"track\":{\"__default\":{\"enabled\":true,\"integrations\":{}}}},\"edgeFunction\":{}}");
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        return http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }
}
