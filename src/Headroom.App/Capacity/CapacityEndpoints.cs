using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using Headroom.App.Capacity.Ceilings;
using Headroom.App.Capacity.Measuring;
using Headroom.App.Capacity.Planning;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Headroom.App.Capacity;

public static class CapacityEndpoints
{
    /// <summary>Points of a history, at most: more than a chart is wide.</summary>
    private const int MostPoints = 720;

    /// <summary>For the process with writer and jobs. Needs IEventIntake, IEventReader and the projects.</summary>
    /// <param name="hasOthers">Whether other processes may be there, which then have <see cref="AddCapacityReadings"/>.</param>
    public static IServiceCollection AddCapacity(this IServiceCollection services, IConfiguration configuration, ProcessRoles roles, bool hasOthers)
    {
        services.AddMeasuring(configuration);
        services.AddSingleton(new CapacityScope(roles, hasOthers));
        services.AddSingleton<CapacityMetrics>();
        services.AddSingleton<MeasureStore>();
        services.AddSingleton<Walls>();
        services.AddSingleton<IWallSource>(static provider => provider.GetRequiredService<Walls>());
        services.AddSingleton<NextSteps>();
        services.AddSingleton<Sampler>();
        services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<Sampler>());
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, CapacityJson.Default));
        return services;
    }

    /// <summary>For a process without writer and jobs: it measures itself for the one that has them. Needs the control data.</summary>
    public static IServiceCollection AddCapacityReadings(this IServiceCollection services, IConfiguration configuration, ProcessRoles roles)
    {
        services.AddMeasuring(configuration);
        services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<ReadingSender>(provider, roles));
        return services;
    }

    /// <summary>Maps /api/capacity for who runs the server, and the same report below the project of measures for its read keys.</summary>
    public static void MapCapacity(this IEndpointRouteBuilder endpoints, RouteGroupBuilder projectGroup)
    {
        var group = endpoints.MapGroup("/api/capacity").WithTags("Capacity").RequireAuthorization(Policies.Operator);
        group.MapGet("", Read).WithName("getCapacity").WithSummary("How much headroom is left, what breaks first, when, and the cheapest next step")
            .WithDescription("Of the whole server, over the last minute; 503 until something was measured, or where Headroom:Capacity:SampleSeconds is 0.")
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.MapGet("/history", HistoryAsync).WithName("getResourceHistory").WithSummary("What one resource did over a time").ProducesValidationProblem();
        group.MapPost("/plan", Plan).ReadsOnly().WithName("planCapacity").WithSummary("What a load needs: topology, sizes, utilisation, times, walls and cost")
            .WithDescription("With the service demands that this installation has measured where it has, else with those of the benchmarks.").ProducesValidationProblem();
        projectGroup.MapGet("/capacity", ReadOfProjectAsync).WithTags("Capacity").WithName("getCapacityByKey")
            .WithSummary("The same report, for read keys of the project of measures; 404 in every other project")
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static void AddMeasuring(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<CapacityOptions>().Bind(configuration.GetSection(CapacityOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<CapacityOptions>, CapacityOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => CapacityFiles.Of(configuration, provider.GetRequiredService<Microsoft.Extensions.Logging.ILogger<CapacityFiles>>()));
        services.AddSingleton<ProcessReadings>();
    }

    private static Results<Ok<CapacityReport>, ProblemHttpResult> Read(Sampler sampler, IOptions<CapacityOptions> options) => sampler.Report is { } report
        ? TypedResults.Ok(report)
        : TypedResults.Problem(
            statusCode: StatusCodes.Status503ServiceUnavailable, title: "Nothing has been measured yet.",
            detail: options.Value.SampleSeconds == 0
                ? "Measuring is turned off by the setting Headroom:Capacity:SampleSeconds."
                : $"The first measure comes {options.Value.SampleSeconds} s after the start.");

    private static async Task<Results<Ok<CapacityReport>, ProblemHttpResult>> ReadOfProjectAsync(
        ProjectId project, Sampler sampler, MeasureStore store, IOptions<CapacityOptions> options, CancellationToken cancellationToken) =>
        await store.DetailProjectAsync(cancellationToken) == project
            ? Read(sampler, options)
            : TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, title: "There is no such thing in this project.");

    private static Results<Ok<PlanAnswer>, ValidationProblem> Plan(PlanQuestion question, Sampler sampler, NextSteps steps)
    {
        var errors = new Dictionary<string, string[]>();
        Check(nameof(question.DailyActiveUsers), question.DailyActiveUsers, 1, 1e10);
        Check(nameof(question.EventsPerUser), question.EventsPerUser, 0.01, 1e6);
        Check(nameof(question.Peak), question.Peak, 1, 1000);
        Check(nameof(question.RetentionDays), question.RetentionDays, 1, 36_500);
        Check(nameof(question.QueriesPerSecond), question.QueriesPerSecond, 0, 1e5);
        if (question.Provider is not ("aws" or "azure" or "gcp"))
        {
            errors["provider"] = ["Must be aws, azure or gcp."];
        }

        return errors.Count > 0
            ? TypedResults.ValidationProblem(errors, title: "The request is not valid.")
            : TypedResults.Ok(PlanAnswer.Of(steps.Plan(
                new PlanRequest
                {
                    DailyActiveUsers = question.DailyActiveUsers,
                    EventsPerUser = question.EventsPerUser,
                    Peak = question.Peak,
                    RetentionDays = question.RetentionDays,
                    QueriesPerSecond = question.QueriesPerSecond,
                    Provider = question.Provider,
                },
                sampler.Report)));

        void Check(string name, double value, double least, double most)
        {
            if (!(value >= least && value <= most))
            {
                errors[JsonNamingPolicy.CamelCase.ConvertName(name)] = [string.Create(CultureInfo.InvariantCulture, $"Must be from {least} to {most}.")];
            }
        }
    }

    private static async Task<Results<Ok<ResourceHistory>, ValidationProblem>> HistoryAsync(
        [Description("Name of a resource, as in the report")] string resource,
        [AllowedValues("hour", "day", "week", "year")] string? range,
        [Description("Name of a process, as in the report; without it all that have the resource: the highest utilisation, and the sum of all else")] string? process,
        Sampler sampler, MeasureStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (range is null or "hour")
        {
            return TypedResults.Ok(new ResourceHistory(resource, [.. sampler.Rounds.Select(round => PointOf(round, resource, process)).OfType<HistoryPoint>()]));
        }

        TimeSpan? length = range switch { "day" => TimeSpan.FromDays(1), "week" => TimeSpan.FromDays(7), "year" => TimeSpan.FromDays(365), _ => null };
        return length is { } found
            ? TypedResults.Ok(new ResourceHistory(resource, await store.PointsAsync(resource, process, hours: range != "day", now - found, MostPoints, cancellationToken)))
            : TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["range"] = ["Must be hour, day, week or year."] }, title: "The request is not valid.");
    }

    private static HistoryPoint? PointOf(Round round, string resource, string? process)
    {
        var found = InstallationCeilings.Of([round]).Where(one => one.Name == resource && (string.IsNullOrEmpty(process) || one.Process == process)).ToList();
        return found.Count == 0 ? null : new HistoryPoint(
            round.At, found.Max(static one => one.Utilisation), found.Sum(static one => one.Saturation), found.Sum(static one => one.Throughput), found.Sum(static one => one.ErrorsPerSecond));
    }
}
