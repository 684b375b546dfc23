using System.Security.Claims;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Headroom.App.Projects;

/// <summary>Annotations below a project's route. Reading is for who may read the project, writing for editors.</summary>
internal static class AnnotationEndpoints
{
    private const int MaxBodyBytes = 16 * 1024;

    public static void MapAnnotations(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapProjectGroup().WithTags("Annotations").ProducesProblem(404)
            .MapGet("/annotations", ListAsync).WithName("listAnnotations").WithSummary("Notes at times, the oldest first");
        var write = endpoints.MapProjectGroup().WithTags("Annotations").RequireAuthorization(Policies.ProjectEdit)
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes)).ProducesProblem(404);
        write.MapPost("/annotations", CreateAsync).WithName("createAnnotation").WithSummary("Write a note at a time");
        write.MapPatch("/annotations/{id:int}", ChangeAsync).WithName("changeAnnotation").WithSummary("Change what is given, leave the rest");
        write.MapDelete("/annotations/{id:int}", DeleteAsync).WithName("deleteAnnotation").WithSummary("Delete a note");
    }

    private static async Task<Ok<IReadOnlyList<AnnotationDetails>>> ListAsync(ProjectId project, Annotations annotations, CancellationToken cancellationToken) =>
        TypedResults.Ok(await annotations.ListAsync(project, cancellationToken));

    private static async Task<Results<Created<AnnotationDetails>, ValidationProblem, ProblemHttpResult>> CreateAsync(
        ProjectId project, AnnotationChange change, ClaimsPrincipal user, Annotations annotations, CancellationToken cancellationToken)
    {
        var result = await annotations.CreateAsync(project, change, user.Person(), cancellationToken);
        return result switch
        {
            { Value: { } made } => TypedResults.Created($"/api/projects/{project}/annotations/{made.Id}", made),
            { Refusal: ProjectRefusal.Invalid invalid } => ProjectEndpoints.Problem(invalid),
            _ => ProjectEndpoints.Problem(result.Refusal!),
        };
    }

    private static async Task<Results<Ok<AnnotationDetails>, ValidationProblem, ProblemHttpResult>> ChangeAsync(
        ProjectId project, int id, AnnotationChange change, Annotations annotations, CancellationToken cancellationToken)
    {
        var result = await annotations.ChangeAsync(project, id, change, cancellationToken);
        return result switch
        {
            { Value: { } changed } => TypedResults.Ok(changed),
            { Refusal: ProjectRefusal.Invalid invalid } => ProjectEndpoints.Problem(invalid),
            _ => ProjectEndpoints.Problem(result.Refusal!),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(ProjectId project, int id, Annotations annotations, CancellationToken cancellationToken) =>
        await annotations.DeleteAsync(project, id, cancellationToken) ? TypedResults.NoContent() : ProjectEndpoints.Problem(new ProjectRefusal.NotFound());
}
