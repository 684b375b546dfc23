using System.Diagnostics.Metrics;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Headroom;

/// <summary>
/// Metrics always, in Prometheus' form at /metrics; metrics and traces over OTLP when the standard variable
/// OTEL_EXPORTER_OTLP_ENDPOINT is set (https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
/// </summary>
internal static class Observability
{
    public static void AddObservability(this WebApplicationBuilder builder)
    {
        var exportsByOtlp = !string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("headroom", serviceVersion: ProductVersion.Text))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Telemetry.Name).AddMeter("System.Runtime").AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel");
                metrics.AddPrometheusExporter();
                if (exportsByOtlp)
                {
                    metrics.AddOtlpExporter();
                }
            });
        if (exportsByOtlp)
        {
            telemetry.WithTracing(traces => traces.AddSource(Telemetry.Name).AddAspNetCoreInstrumentation(HideTokens).AddOtlpExporter());
        }

        builder.Services.AddSingleton<LedgerMetrics>();
        builder.Services.AddSingleton<PartMetrics>();
        builder.Logging.Configure(options =>
            options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        builder.Logging.ClearProviders();
        if (string.Equals(builder.Configuration["Headroom:LogFormat"], "json", StringComparison.OrdinalIgnoreCase))
        {
            builder.Logging.AddJsonConsole(options =>
            {
                options.IncludeScopes = true;
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        }
        else
        {
            builder.Logging.AddConsoleFormatter<PlainConsoleFormatter, ConsoleFormatterOptions>();
            builder.Logging.AddConsole(static options => options.FormatterName = PlainConsoleFormatter.FormatterName);
        }

        builder.Logging.SetMinimumLevel(LogLevel.Information);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Warning);

        // It logs nothing from Warning on, and while it might log anything it makes an activity and a scope for each request.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);

        // The gateway says itself what failed, once and in a line.
        builder.Logging.AddFilter("Yarp", LogLevel.None);
    }

    /// <summary>The address of a shared dashboard or an invitation is the right to what it opens, and no business of who keeps the traces.</summary>
    internal static void HideTokens(AspNetCoreTraceInstrumentationOptions options) => options.EnrichWithHttpRequest = static (activity, request) =>
    {
        foreach (var shared in (PathString[])["/api/shared", "/shared", "/embed", "/api/invitations", "/invite"])
        {
            if (request.Path.StartsWithSegments(shared, StringComparison.Ordinal))
            {
                activity.SetTag("url.path", shared + "/…");
            }
        }
    };
}

/// <summary>Whether each part is well, as /health/ready says it, as a gauge: alerts then name the part.</summary>
internal sealed class PartMetrics
{
    private readonly IHealthSource[] _sources;

    public PartMetrics(IEnumerable<IHealthSource> sources)
    {
        _sources = [.. sources];
        Telemetry.Meter.CreateObservableGauge("headroom_part_ok", Measure, description: "1 while the part is well, 0 while it is failing; /health/ready says why.");
    }

    private IEnumerable<Measurement<int>> Measure()
    {
        foreach (var source in _sources)
        {
            var health = source.Health;
            yield return new Measurement<int>(health.Ok ? 1 : 0, new KeyValuePair<string, object?>("part", health.Name));
        }
    }
}

/// <summary>The ledger of each project as gauges, read when somebody looks.</summary>
internal sealed class LedgerMetrics
{
    private readonly IEventStore _store;
    private readonly WaitingEvents _waiting;
    private readonly IProjectDirectory _projects;

    public LedgerMetrics(IEventStore store, WaitingEvents waiting, IProjectDirectory projects)
    {
        _store = store;
        _waiting = waiting;
        _projects = projects;
        Telemetry.Meter.CreateObservableGauge("headroom_ledger_events", Measure, description: "Events of a project by what became of them: received = stored + duplicates + rejected + waiting; removed_by_retention and removed_by_deletion are part of stored.");
    }

    private IEnumerable<Measurement<long>> Measure()
    {
        foreach (var project in _projects.All)
        {
            var counts = _store.Ledger(project.Id);
            var waiting = _waiting.Count(project.Id);
            yield return Of(project.Id, "received", counts.Received + waiting);
            yield return Of(project.Id, "stored", counts.Stored);
            yield return Of(project.Id, "duplicates", counts.Duplicates);
            yield return Of(project.Id, "rejected", counts.Rejected);
            yield return Of(project.Id, "waiting", waiting);
            yield return Of(project.Id, "removed_by_retention", counts.RemovedByRetention);
            yield return Of(project.Id, "removed_by_deletion", counts.RemovedByDeletion);
        }
    }

    private static Measurement<long> Of(ProjectId project, string state, long value) =>
        new(value, new KeyValuePair<string, object?>("project", project.ToString()), new KeyValuePair<string, object?>("state", state));
}

internal static class ConnectionMetrics
{
    /// <param name="most">Null where nothing bounds them.</param>
    public static void Observe(long? most) => Telemetry.Meter.CreateObservableGauge(
        "headroom_connections_limit", () => most ?? 0, description: "Connections that may be open at once; 0 where nothing bounds them.");
}
