using System.Text;
using System.Text.Json;
using Headroom.App.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
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

    /// <summary>Maps every path of the protocols in docs/protocols.md.</summary>
    public static IEndpointRouteBuilder MapCapture(this IEndpointRouteBuilder endpoints)
    {
        var capture = endpoints.ServiceProvider.GetRequiredService<Capture>();
        foreach (var (path, route) in CaptureRoute.All)
        {
            Map(endpoints, path, http => capture.HandleAsync(http, route));
        }

        Map(endpoints, "/flags", PostHogAnswers.FlagsAsync);
        Map(endpoints, "/decide", PostHogAnswers.FlagsAsync);
        Map(endpoints, "/array/{token}/config", PostHogAnswers.ConfigAsync);
        Map(endpoints, "/array/{token}/config.js", PostHogAnswers.ConfigScriptAsync);
        Map(endpoints, "/static/{**path}", PostHogAnswers.ScriptAsync);
        Map(endpoints, "/s", PostHogAnswers.DropAsync);
        Map(endpoints, "/i/v1/logs", PostHogAnswers.DropAsync);
        Map(endpoints, "/i/v1/metrics", PostHogAnswers.DropAsync);
        Map(endpoints, "/api/surveys", PostHogAnswers.SurveysAsync);
        Map(endpoints, "/api/early_access_features", PostHogAnswers.EarlyAccessAsync);
        Map(endpoints, "/api/web_experiments", PostHogAnswers.ExperimentsAsync);
        Map(endpoints, "/_liveness", PostHogAnswers.DropAsync);
        Map(endpoints, "/_readiness", PostHogAnswers.DropAsync);
        Map(endpoints, "/v1/projects/{writeKey}/settings", SegmentSettingsAsync);

        // analytics.js counts its own doings and sends the counts here; they are no events.
        Map(endpoints, "/v1/m", SegmentDropAsync);
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
