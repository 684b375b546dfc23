using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Headroom;

/// <summary>How one part of the server is; degraded where everything works without it, only slower or later.</summary>
/// <param name="Detail">What is wrong; null when the part is well.</param>
internal sealed record PartStatus(
    string Name, [property: AllowedValues("ok", "degraded", "failing")] string Status, string? Detail, DateTimeOffset? Since);

/// <summary>Whether the server can do all of its work.</summary>
internal sealed record ReadyStatus([property: AllowedValues("ready", "not_ready")] string Status, IReadOnlyList<PartStatus> Parts);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReadyStatus))]
internal sealed partial class HealthJson : JsonSerializerContext;

internal sealed class LogHealthSource(IEventLog log) : IHealthSource
{
    public PartHealth Health
    {
        get
        {
            var health = log.Health;
            return new PartHealth("event_log", health is { Writable: true, Problem: null }, health.Problem, health.Since) { IsDegraded = health.StandsIn };
        }
    }
}

internal sealed class StoreHealthSource(IEventStore store) : IHealthSource
{
    public PartHealth Health
    {
        get
        {
            var health = store.Health;
            return new PartHealth("event_store", health.Problem is null, health.Problem, health.Since) { IsDegraded = health.IsDegraded };
        }
    }
}

internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        // Some load balancers and wget --spider ask with HEAD.
        routes.MapMethods("/health/live", [HttpMethods.Get, HttpMethods.Head], () => TypedResults.Text("ok")).ExcludeFromDescription();
        routes.MapMethods("/health/ready", [HttpMethods.Head], Ready).ExcludeFromDescription();
        routes.MapGet("/health/ready", Ready).WithTags("Health").WithName("getReadiness")
            .WithSummary("Whether every part works; 503 when one is failing")
            .Produces<ReadyStatus>().Produces<ReadyStatus>(StatusCodes.Status503ServiceUnavailable);
    }

    private static JsonHttpResult<ReadyStatus> Ready(IEnumerable<IHealthSource> sources, IProcessHealth process)
    {
        var parts = Readiness.Parts(sources, process);
        var ready = !parts.Any(static part => part.IsFailing);
        return TypedResults.Json(
            new ReadyStatus(ready ? "ready" : "not_ready", [.. parts.Select(static part =>
                new PartStatus(part.Name, part.Ok ? "ok" : part.IsFailing ? "failing" : "degraded", part.Detail, part.Since))]),
            HealthJson.Default.ReadyStatus,
            statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
