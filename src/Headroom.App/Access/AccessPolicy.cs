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

/// <summary>The requirement of <see cref="Policies.ProjectRead"/>.</summary>
internal sealed class ProjectReadRequirement : IAuthorizationRequirement;

/// <summary>Why a caller who is known may not; decides the answer.</summary>
internal sealed class DeniedReason(IAuthorizationHandler handler, int status, string label, string message)
    : AuthorizationFailureReason(handler, message)
{
    public int Status { get; } = status;

    public string Label { get; } = label;
}

/// <summary>
/// Decides both policies. What a read key may and what a session needs the antiforgery token for follow from the same
/// question, whether the endpoint changes anything; one that does not say so counts as one that does.
/// </summary>
internal sealed class AccessPolicy(ControlDirectory directory) : IAuthorizationHandler
{
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
                ProjectReadRequirement => await ProjectReadAsync(http),
                _ => null,
            };
            if (denied is not null)
            {
                context.Fail(denied);
            }
            else if (requirement is SignedInRequirement or ProjectReadRequirement)
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

    private async ValueTask<DeniedReason?> ProjectReadAsync(HttpContext http)
    {
        var named = ProjectId.TryParse(http.GetRouteValue("project") as string, out var project);
        if (!http.User.IsSession())
        {
            // Whether another project exists is no business of this key: the answer is the same.
            return !named || !http.User.IsReadKeyOf(project) ? Forbidden("This read key reads another project.")
                : ChangesSomething(http) ? Forbidden("A read key changes nothing; sign in.")
                : null;
        }

        if (!directory.TryGet(project, out _))
        {
            await directory.RefreshAsync(http.RequestAborted);
            if (!directory.TryGet(project, out _))
            {
                return new DeniedReason(this, StatusCodes.Status404NotFound, "not_found", "There is no such project.");
            }
        }

        return Antiforgery(http);
    }

    private DeniedReason? Antiforgery(HttpContext http) =>
        ChangesSomething(http) && !Sessions.IsTokenOf(http.Request.Cookies[AccessSchemes.Cookie], http.Request.Headers[AccessSchemes.CsrfHeader])
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
