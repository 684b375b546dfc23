using System.ComponentModel;
using System.Globalization;
using System.Security.Claims;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Headroom.App.Problems;

/// <summary>Problems with what was sent, below a project's route. Who may call is the host's to say.</summary>
public static class ProblemsEndpoints
{
    private const int DefaultDays = 7;

    public static IServiceCollection AddProblems(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddControl(configuration);
        services.TryAddSingleton<IngestionProblems>();
        services.AddSingleton<ProblemStore>();
        services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<ProblemStore>());
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ProblemsJson.Default));
        return services;
    }

    /// <param name="projectGroup">Of /api/projects/{project}, with the host's authorisation.</param>
    public static RouteGroupBuilder MapProblems(this RouteGroupBuilder projectGroup)
    {
        var group = projectGroup.MapGroup("").WithTags("Problems").AddEndpointFilterFactory(TypedParameters.AsProblems).ProducesProblem(StatusCodes.Status404NotFound);
        group.MapGet("/problems", ReadAsync).WithName("listProblems").WithSummary("Problems with what was sent")
            .WithDescription("What was refused, changed, put to another time, not merged or there already, by hour and reason, with the latest examples.")
            .ProducesValidationProblem();
        group.MapGet("/problems/recent", RecentAsync).WithName("recentProblems").WithSummary("Whether there were problems in the last hour")
            .WithDescription("Duplicates are none; at most a few seconds old.");
        return projectGroup;
    }

    private static async Task<Results<Ok<ProblemReport>, ValidationProblem>> ReadAsync(
        ProjectId project, [Description("So many days; 7 where it is left out, at most 30.")] int? days, ClaimsPrincipal user, ProblemStore store, CancellationToken cancellationToken)
    {
        if (days is < 1 or > ProblemStore.MostDays)
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]>
            {
                ["days"] = [string.Create(CultureInfo.InvariantCulture, $"Must be from 1 to {ProblemStore.MostDays}.")],
            });
        }

        // A read key sees its project alone.
        return TypedResults.Ok(await store.ReadAsync(project, days ?? DefaultDays, user.IsSession(), cancellationToken));
    }

    private static async Task<Ok<RecentProblems>> RecentAsync(ProjectId project, ProblemStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(await store.RecentAsync(project, cancellationToken));
}
