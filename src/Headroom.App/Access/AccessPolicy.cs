using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headroom.App.Access;

/// <summary>The requirement of <see cref="Policies.SignedIn"/>.</summary>
internal sealed class SignedInRequirement : IAuthorizationRequirement;

/// <summary>The requirement of <see cref="Policies.Operator"/>.</summary>
internal sealed class OperatorRequirement : IAuthorizationRequirement;

/// <summary>The requirement of those policies that are about one project.</summary>
/// <param name="Role">That a person needs at least.</param>
/// <param name="Keys">Whether a read key of the project will do.</param>
internal sealed record ProjectRequirement(ProjectRole Role, bool Keys) : IAuthorizationRequirement;

/// <summary>Why a caller who is known may not; decides the answer.</summary>
internal sealed class DeniedReason(IAuthorizationHandler handler, int status, string label, string message)
    : AuthorizationFailureReason(handler, message)
{
    public int Status { get; } = status;

    public string Label { get; } = label;
}

/// <summary>
/// Decides all policies. What a read key and a viewer may and what a session needs the antiforgery token for follow from the
/// same question, whether the endpoint changes anything; one that does not say so counts as one that does. Roles come from
/// the snapshot of the control data with every request: one that was changed or taken away holds from the next one on.
/// </summary>
internal sealed class AccessPolicy(ControlDirectory directory) : IAuthorizationHandler
{
    private static readonly object Refreshed = new();

    public async Task HandleAsync(AuthorizationHandlerContext context)
    {
        if (context.Resource is not HttpContext http || context.User.Identity is not { IsAuthenticated: true })
        {
            return;
        }

        foreach (var requirement in context.PendingRequirements.ToList())
        {
            var denied = requirement switch
            {
                SignedInRequirement => SignedIn(http),
                OperatorRequirement => Operator(http),
                ProjectRequirement => await ProjectAsync(http, Strictest(context.Requirements)),
                _ => null,
            };
            if (denied is not null)
            {
                context.Fail(denied);
            }
            else if (requirement is SignedInRequirement or OperatorRequirement or ProjectRequirement)
            {
                context.Succeed(requirement);
            }
        }
    }

    private static bool ChangesSomething(HttpContext http) =>
        !HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method) &&
        http.GetEndpoint()?.Metadata.GetMetadata<ReadsOnlyAttribute>() is null;

    private DeniedReason? SignedIn(HttpContext http) =>
        !http.User.IsSession() ? Forbidden("A read key may not do this; sign in.") : Antiforgery(http);

    // A group asks for one thing and an endpoint in it for more: whoever is turned away is told what would have done.
    private static ProjectRequirement Strictest(IEnumerable<IAuthorizationRequirement> all) =>
        all.OfType<ProjectRequirement>().Aggregate(static (a, b) => new ProjectRequirement(a.Role > b.Role ? a.Role : b.Role, a.Keys && b.Keys));

    private DeniedReason? Operator(HttpContext http) => SignedIn(http) ??
        (http.User.IsOperator() ? null : Forbidden("This needs an operator of the server; headroom user list shows who is one."));

    private async ValueTask<DeniedReason?> ProjectAsync(HttpContext http, ProjectRequirement requirement)
    {
        var named = ProjectId.TryParse(http.GetRouteValue("project") as string, out var project);
        if (!http.User.IsSession())
        {
            // Whether another project exists is no business of this key: the answer is the same.
            return !named || !http.User.IsReadKeyOf(project) ? Forbidden("This read key reads another project.")
                : !requirement.Keys ? Forbidden("A read key may not do this; sign in.")
                : ChangesSomething(http) ? Forbidden("A read key changes nothing; sign in.")
                : null;
        }

        var needed = ChangesSomething(http) && requirement.Role < ProjectRole.Editor ? ProjectRole.Editor : requirement.Role;
        var role = directory.RoleOf(http.User, project);
        if (role is null && http.Items.TryAdd(Refreshed, null))
        {
            // Another process may have made the project, or this person a member, a moment ago. An endpoint asks for several
            // policies, of which each would look again.
            await directory.RefreshAsync(http.RequestAborted);
            role = directory.RoleOf(http.User, project);
        }

        return role is null ? new DeniedReason(this, StatusCodes.Status404NotFound, "not_found", "There is no such project.")
            : role < needed ? Forbidden($"This needs the role {needed.Text()} in the project; yours is {role.Value.Text()}.")
            : Antiforgery(http);
    }

    private DeniedReason? Antiforgery(HttpContext http) =>
        ChangesSomething(http) && !Sessions.IsTokenOf(SessionCookie.Of(http.Request), http.Request.Headers[AccessSchemes.CsrfHeader])
            ? new DeniedReason(
                this, StatusCodes.Status403Forbidden, "antiforgery",
                "The header X-CSRF-Token is missing or not this session's; take the token from GET /api/session.")
            : null;

    private DeniedReason Forbidden(string message) => new(this, StatusCodes.Status403Forbidden, "forbidden", message);
}

/// <summary>Answers those turned away with problem details.</summary>
internal sealed class AccessAnswers : IAuthorizationMiddlewareResultHandler
{
    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            return next(context);
        }

        if (authorizeResult.Challenged)
        {
            AccessMetrics.Deny("unauthenticated");
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"headroom\"";
            var withKey = context.Request.Headers.Authorization.Count > 0;
            return Answer(context, StatusCodes.Status401Unauthorized, withKey
                ? "The read key is unknown. Read keys begin with hrr_ and are sent as Authorization: Bearer."
                : "Sign in, or send a read key as Authorization: Bearer hrr_….");
        }

        var reason = authorizeResult.AuthorizationFailure?.FailureReasons.OfType<DeniedReason>().FirstOrDefault();
        AccessMetrics.Deny(reason?.Label ?? "forbidden");
        return Answer(context, reason?.Status ?? StatusCodes.Status403Forbidden, reason?.Message ?? "This is not allowed.");
    }

    private static Task Answer(HttpContext context, int status, string detail) =>
        TypedResults.Problem(statusCode: status, detail: detail).ExecuteAsync(context);
}
