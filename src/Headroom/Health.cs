using System.Text.Json.Serialization;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Headroom;

internal sealed record PartStatus(string Name, string Status, string? Detail, DateTimeOffset? Since);

internal sealed record ReadyStatus(string Status, IReadOnlyList<PartStatus> Parts);

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
            return new PartHealth("event_log", health is { Writable: true, Problem: null }, health.Problem, health.Since);
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
            return new PartHealth("event_store", health.Problem is null, health.Problem, health.Since);
        }
    }
}

internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => TypedResults.Text("ok")).ExcludeFromDescription();
        routes.MapGet("/health/ready", Ready).ExcludeFromDescription();
    }

    private static JsonHttpResult<ReadyStatus> Ready(IEnumerable<IHealthSource> sources)
    {
        var parts = sources.Select(source => source.Health)
            .Select(health => new PartStatus(health.Name, health.Ok ? "ok" : "failing", health.Detail, health.Since))
            .OrderBy(part => part.Name, StringComparer.Ordinal)
            .ToList();
        var ready = parts.TrueForAll(part => part.Status == "ok");
        return TypedResults.Json(
            new ReadyStatus(ready ? "ready" : "not_ready", parts),
            HealthJson.Default.ReadyStatus,
            statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
