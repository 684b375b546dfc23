using System.ComponentModel;
using Headroom.App.Shared;
using Headroom.Sql;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Headroom.App.Live;

/// <summary>The live view, below a project's route. Who may call is the host's to say.</summary>
public static class LiveEndpoints
{
    /// <summary>Needs an IEventReader and an IProjectDirectory.</summary>
    public static IServiceCollection AddLive(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<LiveOptions>().Bind(configuration.GetSection(LiveOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<LiveOptions>, LiveOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<SqlDialect>(DuckDbDialect.Instance);
        services.TryAddSingleton<LiveFeed>();
        services.AddSingleton<OnlineCounts>();
        services.AddSingleton<LiveView>();
        return services;
    }

    /// <param name="projectGroup">Of /api/projects/{project}, with the host's authorisation.</param>
    public static RouteGroupBuilder MapLive(this RouteGroupBuilder projectGroup)
    {
        projectGroup.MapGet("/live", WatchAsync)
            .WithTags("Live").WithName("WatchLive").WithSummary("Events as they arrive")
            .WithDescription(
                "Server-sent events: event (uuid, event, distinctId, timestamp, url, browser, os, country) for each stored event, of one name where it is given, up to " +
                "a rate, unless events is false; and every few seconds online (online, eventsPerMinute, minutes: the events of 30 minutes, oldest first). " +
                "Ends when its watcher is no member of the project any more.")
            .AddEndpointFilterFactory(TypedParameters.AsProblems)
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        return projectGroup;
    }

    private static async Task<Results<ServerSentEventsResult<string>, ProblemHttpResult>> WatchAsync(
        string project, [FromQuery(Name = "event")][Description("Only events of this name.")] string? eventName, HttpContext context,
        IProjectDirectory projects, IProjectAccess access, LiveView view, CancellationToken cancellationToken, bool events = true)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return TypedResults.Problem("There is no such project.", statusCode: StatusCodes.Status404NotFound);
        }

        if (view.TryEnter() is not { } place)
        {
            context.Response.Headers.RetryAfter = "30";
            return TypedResults.Problem(
                $"All live views of this server are taken ({LiveOptions.Section}:MaxWatchers).", statusCode: StatusCodes.Status503ServiceUnavailable);
        }

        context.Response.RegisterForDispose(place);
        return TypedResults.ServerSentEvents(view.WatchAsync(
            new LiveWatch(found.Id, events, string.IsNullOrEmpty(eventName) ? null : eventName, () => access.MayRead(context.User, found.Id)),
            context.Response.Body.FlushAsync, cancellationToken));
    }
}
