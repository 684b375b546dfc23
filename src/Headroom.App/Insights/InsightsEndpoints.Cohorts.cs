using Headroom.App.Shared;
using Headroom.Core.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Headroom.App.Insights;

/// <summary>Cohorts below a project's route. Reading is for who may read the project, changing for people who are signed in.</summary>
public static partial class InsightsEndpoints
{
    /// <summary>A list of as many uuids as it may have.</summary>
    private const int MaxCohortBytes = 8 * 1_024 * 1_024;

    private static void MapCohorts(RouteGroupBuilder group)
    {
        Describe(group.MapGet("/cohorts", CohortsAsync).TaggedByContent(), "ListCohorts", "The project's cohorts", "By name, each with its size as it was counted last.");
        Describe(group.MapGet("/cohorts/{id:int}", CohortAsync).TaggedByContent(), "GetCohort", "One cohort", "With its size, at most a few seconds old.");
        Describe(group.MapPost("/cohorts", CreateCohortAsync), "CreateCohort", "Make a cohort",
            "By a condition, as a list of distinct ids and persons, or from the persons behind a point of an insight.")
            .Accepts<CohortChange>("application/json")
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        Describe(group.MapPatch("/cohorts/{id:int}", ChangeCohortAsync), "ChangeCohort", "Change what is given, leave the rest", "A list given takes the place of the one before.")
            .Accepts<CohortChange>("application/json")
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        Describe(group.MapDelete("/cohorts/{id:int}", DeleteCohortAsync), "DeleteCohort", "Delete a cohort", "Queries that name it are refused from then on.");
    }

    private static async Task<Results<Ok<IReadOnlyList<CohortDetails>>, ProblemHttpResult>> CohortsAsync(
        string project, IProjectDirectory projects, Cohorts cohorts, CancellationToken cancellationToken) =>
        await projects.FindAsync(project, cancellationToken) is { } found ? TypedResults.Ok(await cohorts.ListAsync(found, cancellationToken)) : NoProject();

    private static async Task<Results<Ok<CohortDetails>, ProblemHttpResult>> CohortAsync(
        string project, int id, IProjectDirectory projects, Cohorts cohorts, CancellationToken cancellationToken) =>
        await projects.FindAsync(project, cancellationToken) is not { } found ? NoProject()
            : await cohorts.FindAsync(found, id, cancellationToken) is { } cohort ? TypedResults.Ok(cohort) : NoCohort();

    private static async Task<Results<Created<CohortDetails>, ValidationProblem, ProblemHttpResult>> CreateCohortAsync(
        string project, HttpContext context, IProjectDirectory projects, Cohorts cohorts, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        var errors = new QueryErrors();
        var (change, problem) = await JsonBody.ReadAsync<CohortChange>(context.Request, MaxCohortBytes, errors, cancellationToken);
        return problem is not null ? problem
            : change is not null && await cohorts.CreateAsync(found, change, errors, cancellationToken) is { } made
                ? TypedResults.Created(new Uri($"/api/projects/{found.Id}/cohorts/{made.Id}", UriKind.Relative), made)
                : TypedResults.ValidationProblem(errors.ToDictionary());
    }

    private static async Task<Results<Ok<CohortDetails>, ValidationProblem, ProblemHttpResult>> ChangeCohortAsync(
        string project, int id, HttpContext context, IProjectDirectory projects, Cohorts cohorts, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        var errors = new QueryErrors();
        var (change, problem) = await JsonBody.ReadAsync<CohortChange>(context.Request, MaxCohortBytes, errors, cancellationToken);
        return problem is not null ? problem
            : change is not null && await cohorts.ChangeAsync(found, id, change, errors, cancellationToken) is { } changed ? TypedResults.Ok(changed)
            : errors.Any ? TypedResults.ValidationProblem(errors.ToDictionary()) : NoCohort();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteCohortAsync(
        string project, int id, IProjectDirectory projects, Cohorts cohorts, CancellationToken cancellationToken) =>
        await projects.FindAsync(project, cancellationToken) is not { } found ? NoProject()
            : await cohorts.DeleteAsync(found, id, cancellationToken) ? TypedResults.NoContent() : NoCohort();

    private static ProblemHttpResult NoCohort() =>
        TypedResults.Problem("The project has no cohort with this number.", statusCode: StatusCodes.Status404NotFound);
}
