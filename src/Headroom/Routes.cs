using Headroom.App.Capture;
using Microsoft.AspNetCore.Routing.Template;

namespace Headroom;

/// <summary>A path, as a template of ASP.NET's routing, that a role answers.</summary>
/// <param name="Method">Null for every one.</param>
internal sealed record RolePath(string Role, string Template, string? Method = null);

/// <summary>
/// Which role answers a path: the one table of it, for processes that have not every role and for the gateway. What each of them
/// answers for itself, /health and /metrics, is nobody's here.
/// </summary>
internal static class Routes
{
    /// <summary>The first that fits counts; capture's own paths come before all.</summary>
    public static readonly IReadOnlyList<RolePath> Table =
    [
        new(Roles.Writer, "/api/projects/{project}/live"),
        new(Roles.Writer, "/api/projects/{project}/ledger"),
        new(Roles.Jobs, "/api/projects/{project}/imports/{**rest}"),
        new(Roles.Jobs, "/api/projects/{project}/retention"),
        new(Roles.Jobs, "/api/projects/{project}/deletions/{**rest}"),
        new(Roles.Jobs, "/api/projects/{project}/persons/{uuid}", HttpMethods.Delete),
        new(Roles.Jobs, "/api/projects/{project}/capacity"),
        new(Roles.Jobs, "/api/capacity/{**rest}"),
        new(Roles.Jobs, "/api/alerts/{**rest}"),

        // Of the process that has every path mapped.
        new(Roles.Jobs, "/openapi/{**rest}"),
        new(Roles.Jobs, "/docs/{**rest}"),
        new(Roles.Query, "/api/{**rest}"),
    ];

    /// <summary>Paths of no role.</summary>
    private static readonly PathString[] Own = ["/health", "/metrics"];

    private static readonly IReadOnlyList<(RolePath Path, TemplateMatcher Matcher)> Matchers =
        [.. Table.Select(static path => (path, new TemplateMatcher(TemplateParser.Parse(path.Template), new RouteValueDictionary())))];

    /// <summary>The role that answers a request; null for nobody's.</summary>
    public static string? RoleOf(string method, PathString path)
    {
        if (CaptureEndpoints.Answers(path))
        {
            return Roles.Capture;
        }

        if (Array.Exists(Own, own => path.StartsWithSegments(own, StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        foreach (var (known, matcher) in Matchers)
        {
            if ((known.Method is null || HttpMethods.Equals(known.Method, method)) && matcher.TryMatch(path, []))
            {
                return known.Role;
            }
        }

        // What is left is the web app's, which has pages and files.
        return HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? Roles.Query : null;
    }

    /// <summary>Refuses what another role answers, and names it. What capture answers is not found where it is not.</summary>
    public static void UseRoles(this IApplicationBuilder app, IReadOnlyList<string> chosen) => app.Use(next => context =>
        RoleOf(context.Request.Method, context.Request.Path) is { } role && role != Roles.Capture && !Roles.Has(chosen, role)
            ? RefuseAsync(context, role)
            : next(context));

    private static Task RefuseAsync(HttpContext context, string role) => TypedResults.Problem(
        statusCode: StatusCodes.Status503ServiceUnavailable,
        title: "Another process answers this.",
        detail: $"This is answered by the process with the role {role}. Ask that one, or the gateway in front of both.").ExecuteAsync(context);
}
