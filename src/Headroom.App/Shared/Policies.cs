using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headroom.App.Shared;

/// <summary>The ways to be let in. All refuse by default: what is not said to be open is closed.</summary>
public static class Policies
{
    /// <summary>A person who is signed in, with the antiforgery token on anything that is not a plain read.</summary>
    public const string SignedIn = "signed-in";

    /// <summary>A signed-in person who runs the server.</summary>
    public const string Operator = "operator";

    /// <summary>
    /// For routes with the value {project}: a member, or a read key of exactly that project, which reads as a viewer does.
    /// Neither a viewer nor a key gets further than GET and what <see cref="ReadsOnly{T}"/> marks: whatever changes something
    /// needs an editor, also where nothing more is said. A project that does not exist is 404, and so is one of others.
    /// </summary>
    public const string ProjectRead = "project-read";

    /// <summary>A member from <see cref="ProjectRole.Editor"/> on; no key.</summary>
    public const string ProjectEdit = "project-edit";

    /// <summary>A member from <see cref="ProjectRole.Admin"/> on; no key.</summary>
    public const string ProjectAdmin = "project-admin";

    /// <summary>How often one read key, or one person, may ask.</summary>
    public const string RateLimited = "rate-limited";

    /// <summary>How often one address may ask of what is shared by a link, for which nobody signs in.</summary>
    public const string SharedRateLimited = "shared-rate-limited";

    /// <summary>The routes of one project, /api/projects/{project}, behind <see cref="ProjectRead"/> and <see cref="RateLimited"/>.</summary>
    public static RouteGroupBuilder MapProjectGroup(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGroup("/api/projects/{project}").RequireAuthorization(ProjectRead).RequireRateLimiting(RateLimited)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);

    /// <summary>
    /// Says that an endpoint changes nothing although its method is POST, a query for instance: viewers and read keys may
    /// call it, and a session needs no antiforgery token for it.
    /// </summary>
    public static T ReadsOnly<T>(this T endpoint)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new ReadsOnlyAttribute());
}

/// <summary>The mark that <see cref="Policies.ReadsOnly{T}"/> sets.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadsOnlyAttribute : Attribute;
