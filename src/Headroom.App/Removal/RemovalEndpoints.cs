using System.ComponentModel;
using System.Security.Claims;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Headroom.App.Removal;

public static class RemovalEndpoints
{
    internal const int MaxDays = 36_500;

    /// <summary>Maps what of /api/projects/{project} removes data for good, and tells of it. For people who are signed in.</summary>
    public static void MapRemoval(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapProjectGroup().WithTags("Removing data").RequireAuthorization(Policies.ProjectAdmin)
            .AddEndpointFilterFactory(TypedParameters.AsProblems).AddEndpointFilter(QueryRefusals.AsProblems).ProducesProblem(404);
        group.MapGet("/retention", PreviewAsync).WithName("previewRetention").WithSummary("What a retention of so many days would free, and what there is");
        group.MapDelete("/persons/{uuid:guid}", DeleteAsync).WithName("deletePerson").WithSummary("Remove a person with all events, for good")
            .WithDescription("Of what was received before the request nothing stays; what is received after it makes a new person. The answer is the receipt, which tells how far it is.")
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.MapGet("/deletions", ListAsync).WithName("listDeletions").WithSummary("Receipts of persons removed, the newest first, at most 500");
        group.MapGet("/deletions/{id:guid}", GetAsync).WithName("getDeletion").WithSummary("One receipt");
    }

    private static async Task<Results<Ok<RetentionPreview>, ValidationProblem, ProblemHttpResult>> PreviewAsync(
        string project, [Description("From 1 to 36,500")] int days, IProjectDirectory projects, IEventRemoval removal, IEventReader reader, TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NotFound();
        }

        if (days is < 1 or > MaxDays)
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["days"] = ["Must be from 1 to 36500."] }, title: "The request is not valid.");
        }

        var before = Removals.Cutoff(found, days, time.GetUtcNow());
        var estimate = await removal.EstimateAsync(found.Id, before, cancellationToken);
        var schema = reader.Schema(found.Id);
        return TypedResults.Ok(new RetentionPreview(
            days, UnixMicros.ToInstant(before), estimate.Events, estimate.IsEventsExact, estimate.Bytes, estimate.IsBytesExact,
            schema.Rows, schema.Bytes, schema.Rows == 0 ? null : UnixMicros.ToInstant(schema.MinTimestamp)));
    }

    private static async Task<Results<Accepted<DeletionReceipt>, ProblemHttpResult>> DeleteAsync(
        ProjectId project, Guid uuid, ClaimsPrincipal user, Deletions deletions, CancellationToken cancellationToken) =>
        await deletions.RequestAsync(project, uuid, user.FindFirstValue(ClaimTypes.Email) ?? "", cancellationToken) is { } receipt
            ? TypedResults.Accepted($"/api/projects/{project}/deletions/{receipt.Id}", receipt)
            : NotFound();

    private static async Task<Ok<IReadOnlyList<DeletionReceipt>>> ListAsync(ProjectId project, Deletions deletions, CancellationToken cancellationToken) =>
        TypedResults.Ok(await deletions.ListAsync(project, cancellationToken));

    private static async Task<Results<Ok<DeletionReceipt>, ProblemHttpResult>> GetAsync(
        ProjectId project, Guid id, Deletions deletions, CancellationToken cancellationToken) =>
        await deletions.FindAsync(project, id, cancellationToken) is { } receipt ? TypedResults.Ok(receipt) : NotFound();

    private static ProblemHttpResult NotFound() =>
        TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, title: "There is no such thing in this project.");
}
