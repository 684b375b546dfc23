using System.Globalization;
using System.Security.Claims;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Access;

/// <summary>Members and invitations below a project's route, and what an invitation's link opens.</summary>
public static class MembersEndpoints
{
    private const int MaxBodyBytes = 16 * 1024;

    /// <summary>Maps /api/invitations, and the members and invitations of /api/projects/{project}.</summary>
    public static void MapMembers(this IEndpointRouteBuilder endpoints)
    {
        // People only: a read key reads what was measured, not who looks at it.
        endpoints.MapProjectGroup().WithTags("Members").RequireAuthorization(Policies.SignedIn).ProducesProblem(StatusCodes.Status404NotFound)
            .MapGet("/members", ListAsync).WithName("listMembers").WithSummary("Who may see the project: its members, and the operators of the server");

        var manage = endpoints.MapProjectGroup().WithTags("Members").RequireAuthorization(Policies.ProjectAdmin)
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes))
            .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound);
        manage.MapPost("/members", AddAsync).WithName("addMember").WithSummary("Add somebody by e-mail")
            .WithDescription("An account with this e-mail is a member at once; for anybody else an invitation is made, whose token is shown this once.")
            .ProducesProblem(StatusCodes.Status409Conflict);
        manage.MapPatch("/members/{id:int}", ChangeAsync).WithName("changeMember").WithSummary("Change a member's role")
            .WithDescription("Nobody gives, changes or takes a role above their own. It holds from the member's next request on.")
            .ProducesProblem(StatusCodes.Status409Conflict);
        manage.MapDelete("/members/{id:int}", RemoveAsync).WithName("removeMember").WithSummary("Remove a member")
            .WithDescription("The account stays, and so does what it made, but for invitations that wait.").ProducesProblem(StatusCodes.Status409Conflict);
        manage.MapGet("/invitations", InvitationsAsync).WithName("listInvitations").WithSummary("Invitations that wait to be accepted");
        manage.MapPost("/invitations", InviteAsync).WithName("createInvitation").WithSummary("Make an invitation; its token is shown this once")
            .WithDescription("For an e-mail with an account, too. It holds for seven days, and takes the place of an earlier one for the same e-mail.")
            .ProducesProblem(StatusCodes.Status409Conflict);
        manage.MapDelete("/invitations/{id:int}", RevokeAsync).WithName("deleteInvitation").WithSummary("Revoke an invitation");

        // Outside the project's group, where a viewer changes nothing.
        endpoints.MapDelete("/api/projects/{project}/members/me", LeaveAsync).WithTags("Members").WithName("leaveProject").WithSummary("Leave the project")
            .WithDescription("Whoever is signed in is no member any more. The last owner stays where no operator runs the server; an operator cannot leave.")
            .RequireAuthorization(Policies.SignedIn).RequireRateLimiting(Policies.RateLimited)
            .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);

        var link = endpoints.MapGroup("/api/invitations/{token}").WithTags("Members").AllowAnonymous().RequireRateLimiting(Policies.SharedRateLimited)
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes))
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status429TooManyRequests);
        link.MapGet("/", OpenAsync).WithName("getInvitation").WithSummary("What an invitation is about");
        link.MapPost("/", AcceptAsync).WithName("acceptInvitation").WithSummary("Accept an invitation")
            .WithDescription("With the password of the account that the e-mail has, or that of a new one; without where that account is signed in. Signs in.")
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<Ok<IReadOnlyList<MemberDetails>>> ListAsync(ProjectId project, Members members, CancellationToken cancellationToken) =>
        TypedResults.Ok(await members.ListAsync(project, cancellationToken));

    private static async Task<Results<Created<AddedMember>, ValidationProblem, ProblemHttpResult>> AddAsync(
        ProjectId project, NewMember request, ClaimsPrincipal user, Members members, ControlDirectory directory, CancellationToken cancellationToken)
    {
        var result = await members.AddAsync(project, request, Actor(directory, user, project), user.Person(), cancellationToken);
        return result switch
        {
            { Value: { } added } => TypedResults.Created((string?)null, added),
            { Refusal: MemberRefusal.Invalid invalid } => Problem(invalid),
            _ => Problem(result.Refusal!),
        };
    }

    private static async Task<Results<Ok<MemberDetails>, ValidationProblem, ProblemHttpResult>> ChangeAsync(
        ProjectId project, int id, MemberChange request, ClaimsPrincipal user, Members members, ControlDirectory directory, CancellationToken cancellationToken)
    {
        var result = await members.ChangeAsync(project, id, request.Role, Actor(directory, user, project), cancellationToken);
        return result switch
        {
            { Value: { } changed } => TypedResults.Ok(changed),
            { Refusal: MemberRefusal.Invalid invalid } => Problem(invalid),
            _ => Problem(result.Refusal!),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(
        ProjectId project, int id, ClaimsPrincipal user, Members members, ControlDirectory directory, CancellationToken cancellationToken) =>
        await members.RemoveAsync(project, id, Actor(directory, user, project), cancellationToken) is { } refusal ? Problem(refusal) : TypedResults.NoContent();

    private static async Task<Results<NoContent, ProblemHttpResult>> LeaveAsync(
        ProjectId project, ClaimsPrincipal user, Members members, CancellationToken cancellationToken) =>
        await members.LeaveAsync(project, user.Person()!.Value, cancellationToken) switch
        {
            null => TypedResults.NoContent(),
            MemberRefusal.NotFound => TypedResults.Problem("There is no such project.", statusCode: StatusCodes.Status404NotFound),
            var refusal => Problem(refusal),
        };

    private static async Task<Ok<IReadOnlyList<InvitationDetails>>> InvitationsAsync(
        ProjectId project, Invitations invitations, CancellationToken cancellationToken) =>
        TypedResults.Ok(await invitations.ListAsync(project, cancellationToken));

    private static async Task<Results<Created<CreatedInvitation>, ValidationProblem, ProblemHttpResult>> InviteAsync(
        ProjectId project, NewMember request, ClaimsPrincipal user, Invitations invitations, ControlDirectory directory, CancellationToken cancellationToken)
    {
        var result = await invitations.CreateAsync(project, request, Actor(directory, user, project), user.Person(), cancellationToken);
        return result switch
        {
            { Value: { } created } => TypedResults.Created((string?)null, created),
            { Refusal: MemberRefusal.Invalid invalid } => Problem(invalid),
            _ => Problem(result.Refusal!),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeAsync(
        ProjectId project, int id, Invitations invitations, CancellationToken cancellationToken) =>
        await invitations.RevokeAsync(project, id, cancellationToken) ? TypedResults.NoContent() : Problem(new MemberRefusal.NotFound());

    private static async Task<Results<Ok<OpenInvitation>, ProblemHttpResult>> OpenAsync(
        string token, HttpContext http, Invitations invitations, CancellationToken cancellationToken)
    {
        AccessEndpoints.NotStored(http);
        return await invitations.OpenAsync(token, cancellationToken) is { } invitation ? TypedResults.Ok(invitation) : NoInvitation();
    }

    private static async Task<Results<Ok<JoinedProject>, ValidationProblem, ProblemHttpResult>> AcceptAsync(
        string token, InvitationAnswer answer, HttpContext http, Invitations invitations, SignIns signIns, CancellationToken cancellationToken)
    {
        if (AccessEndpoints.FromElsewhere(http) is { } elsewhere)
        {
            return elsewhere;
        }

        if (await invitations.OpenAsync(token, cancellationToken) is not { } invitation)
        {
            return NoInvitation();
        }

        if (!invitation.HasAccount)
        {
            var (made, joined) = await invitations.AcceptAsync(token, invitation.Email, answer, cancellationToken);
            return made switch
            {
                AccountResult.Done done => TypedResults.Ok(new JoinedProject(joined.ToString(), await signIns.OpenAsync(http, done.Account, cancellationToken))),
                AccountResult.Invalid invalid => TypedResults.ValidationProblem(invalid.Errors, title: "The request is not valid."),
                AccountResult.Conflict conflict => Problem(new MemberRefusal.Conflict(conflict.Field, conflict.Reason)),
                _ => NoInvitation(),
            };
        }

        var cookie = SessionCookie.Of(http.Request);
        var isSignedIn = http.User.Account()?.Email == invitation.Email && Sessions.IsTokenOf(cookie, http.Request.Headers[AccessSchemes.CsrfHeader]);
        var (account, refused) = isSignedIn ? (http.User.Account(), null) : await signIns.VerifyAsync(http, invitation.Email, answer.Password, cancellationToken);
        if (account is null)
        {
            return refused!;
        }

        var (project, refusal) = await invitations.AcceptAsync(token, account, cancellationToken);
        if (refusal is not null)
        {
            return refusal is MemberRefusal.NotFound ? NoInvitation() : Problem(refusal);
        }

        var session = isSignedIn ? new SessionState(account, false, Sessions.Token(cookie!)) : await signIns.OpenAsync(http, account, cancellationToken);
        return TypedResults.Ok(new JoinedProject(project.ToString(), session));
    }

    // The policy has let them in a moment ago, so they have one, unless it was taken away in between.
    private static ProjectRole Actor(ControlDirectory directory, ClaimsPrincipal user, ProjectId project) =>
        directory.RoleOf(user, project) ?? ProjectRole.Viewer;

    private static ValidationProblem Problem(MemberRefusal.Invalid invalid) =>
        TypedResults.ValidationProblem(invalid.Errors, title: "The request is not valid.");

    private static ProblemHttpResult Problem(MemberRefusal refusal) => refusal switch
    {
        MemberRefusal.Conflict conflict => TypedResults.Problem(
            new HttpValidationProblemDetails(new Dictionary<string, string[]> { [conflict.Field] = [conflict.Reason] })
            {
                Status = StatusCodes.Status409Conflict,
                Title = "The request collides with what exists.",
                Detail = conflict.Reason,
            }),
        MemberRefusal.Forbidden forbidden => TypedResults.Problem(statusCode: StatusCodes.Status403Forbidden, detail: forbidden.Reason),
        _ => TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, title: "There is no such thing in this project."),
    };

    private static ProblemHttpResult NoInvitation() => TypedResults.Problem(
        "This invitation opens nothing: it was mistyped, used, revoked or is older than seven days. Ask for a new one.", statusCode: StatusCodes.Status404NotFound);
}
