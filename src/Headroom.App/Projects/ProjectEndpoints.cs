using System.Security.Claims;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Headroom.App.Projects;

public static class ProjectEndpoints
{
    private const int MaxBodyBytes = 64 * 1024;

    /// <summary>Maps /api/projects and what of /api/projects/{project} is about the project itself.</summary>
    public static void MapProjects(this IEndpointRouteBuilder endpoints)
    {
        var all = endpoints.MapGroup("/api/projects").WithTags("Projects").RequireAuthorization(Policies.SignedIn);
        all.MapGet("/", ListAsync).WithName("listProjects").WithSummary("The projects of which the caller is a member; all of them for an operator");
        all.MapPost("/", CreateAsync).RequireAuthorization(Policies.Operator).WithName("createProject").WithSummary("Make a project with a write key and a read key")
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes));

        var one = endpoints.MapProjectGroup().WithTags("Projects").ProducesProblem(404);
        one.MapGet("/", GetAsync).WithName("getProject").WithSummary("One project");
        one.MapGet("/ledger", Ledger).WithName("getLedger")
            .WithSummary("What became of every event: received = stored + duplicates + rejected + waiting");

        var manage = endpoints.MapProjectGroup().WithTags("Projects").RequireAuthorization(Policies.ProjectAdmin)
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes)).ProducesProblem(404);
        manage.MapPatch("/", ChangeAsync).WithName("changeProject").WithSummary("Change what is given, leave the rest");
        manage.MapGet("/keys", KeysAsync).WithName("listKeys").WithSummary("The project's keys; write keys in clear");
        manage.MapPost("/keys", CreateKeyAsync).WithName("createKey").WithSummary("Make a key; a read key is shown this once");
        manage.MapDelete("/keys/{id:int}", DeleteKeyAsync).WithName("deleteKey").WithSummary("Delete a key; it stops working within a second everywhere");
        endpoints.MapAnnotations();
    }

    private static async Task<Ok<IReadOnlyList<ProjectDetails>>> ListAsync(
        ClaimsPrincipal user, ProjectCatalog catalog, ControlDirectory directory, CancellationToken cancellationToken)
    {
        var all = await catalog.ListAsync(cancellationToken);
        return TypedResults.Ok<IReadOnlyList<ProjectDetails>>(user.IsOperator() ? all :
        [
            .. all.Select(project => ProjectId.TryParse(project.Id, out var id) && directory.RoleOf(user, id) is { } role ? project with { Role = role.Text() } : null)
                .OfType<ProjectDetails>(),
        ]);
    }

    private static async Task<Results<Created<CreatedProject>, ValidationProblem, ProblemHttpResult>> CreateAsync(
        NewProject request, ProjectCatalog catalog, CancellationToken cancellationToken)
    {
        var result = await catalog.CreateAsync(request, cancellationToken);
        return result switch
        {
            { Value: { } created } => TypedResults.Created($"/api/projects/{created.Project.Id}", created),
            { Refusal: ProjectRefusal.Invalid invalid } => Problem(invalid),
            _ => Problem(result.Refusal!),
        };
    }

    private static async Task<Results<Ok<ProjectDetails>, ProblemHttpResult>> GetAsync(
        ProjectId project, ClaimsPrincipal user, ProjectCatalog catalog, ControlDirectory directory, CancellationToken cancellationToken) =>
        await catalog.FindAsync(project, cancellationToken) is { } found
            ? TypedResults.Ok(found with { Role = (directory.RoleOf(user, project) ?? ProjectRole.Viewer).Text() })
            : Problem(new ProjectRefusal.NotFound());

    private static async Task<Results<Ok<ProjectDetails>, ValidationProblem, ProblemHttpResult>> ChangeAsync(
        ProjectId project, ProjectPatch patch, ClaimsPrincipal user, ProjectCatalog catalog, ControlDirectory directory, CancellationToken cancellationToken)
    {
        var result = await catalog.ChangeAsync(project, patch, cancellationToken);
        return result switch
        {
            { Value: { } changed } => TypedResults.Ok(changed with { Role = (directory.RoleOf(user, project) ?? ProjectRole.Viewer).Text() }),
            { Refusal: ProjectRefusal.Invalid invalid } => Problem(invalid),
            _ => Problem(result.Refusal!),
        };
    }

    private static async Task<Ok<IReadOnlyList<KeyDetails>>> KeysAsync(ProjectId project, ProjectCatalog catalog, CancellationToken cancellationToken) =>
        TypedResults.Ok(await catalog.ListKeysAsync(project, cancellationToken));

    private static async Task<Results<Created<CreatedKey>, ValidationProblem, ProblemHttpResult>> CreateKeyAsync(
        ProjectId project, NewKey request, ProjectCatalog catalog, CancellationToken cancellationToken)
    {
        var result = await catalog.CreateKeyAsync(project, request, cancellationToken);
        return result switch
        {
            { Value: { } created } => TypedResults.Created((string?)null, created),
            { Refusal: ProjectRefusal.Invalid invalid } => Problem(invalid),
            _ => Problem(result.Refusal!),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteKeyAsync(
        ProjectId project, int id, ProjectCatalog catalog, CancellationToken cancellationToken) =>
        await catalog.DeleteKeyAsync(project, id, cancellationToken) ? TypedResults.NoContent() : Problem(new ProjectRefusal.NotFound());

    // The sum is made here from its parts, so it adds up in every answer even while events move from waiting to stored.
    private static Ok<ProjectLedger> Ledger(ProjectId project, IEventStore store, WaitingEvents waitingEvents)
    {
        var waiting = waitingEvents.Count(project);
        var committed = store.Ledger(project);
        return TypedResults.Ok(new ProjectLedger(
            committed.Stored + committed.Duplicates + committed.Rejected + waiting,
            committed.Stored, committed.Duplicates, committed.Rejected, waiting,
            new RemovedEvents(committed.RemovedByRetention, committed.RemovedByDeletion)));
    }

    internal static ValidationProblem Problem(ProjectRefusal.Invalid invalid) =>
        TypedResults.ValidationProblem(invalid.Errors, title: "The request is not valid.");

    internal static ProblemHttpResult Problem(ProjectRefusal refusal) => refusal is ProjectRefusal.Conflict conflict
        ? TypedResults.Problem(new HttpValidationProblemDetails(new Dictionary<string, string[]> { [conflict.Field] = [conflict.Reason] })
        {
            Status = StatusCodes.Status409Conflict,
            Title = "The request collides with what exists.",
            Detail = conflict.Reason,
        })
        : TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, title: "There is no such thing in this project.");
}
