using Headroom.App.Capture;
using Microsoft.AspNetCore.Routing.Template;

namespace Headroom;

/// <summary>A path, as a template of ASP.NET's routing, that a role answers.</summary>
/// <param name="Method">Null for every one.</param>
internal sealed record RolePath(string Role, string Template, string? Method = null)
{
    /// <summary>Whether asking twice is as good as once, although the method is not one of reads.</summary>
    public bool ReadsOnly { get; init; }
}

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
        new(Roles.Jobs, "/api/capacity/plan", HttpMethods.Post) { ReadsOnly = true },
        new(Roles.Jobs, "/api/capacity/{**rest}"),
        new(Roles.Jobs, "/api/alerts/{**rest}"),

        // Of the process that has every path mapped.
        new(Roles.Jobs, "/openapi/{**rest}"),
        new(Roles.Jobs, "/docs/{**rest}"),
        new(Roles.Query, "/api/projects/{project}/query/{**rest}", HttpMethods.Post) { ReadsOnly = true },
        new(Roles.Query, "/api/projects/{project}/sql", HttpMethods.Post) { ReadsOnly = true },
        new(Roles.Query, "/api/{**rest}"),
    ];

    private static readonly RolePath Captured = new(Roles.Capture, "");

    /// <summary>What is in no table: the web app has pages of any name.</summary>
    private static readonly RolePath Page = new(Roles.Query, "/{**path}");

    /// <summary>Paths of no role.</summary>
    private static readonly PathString[] Own = ["/health", "/metrics"];

    private static readonly IReadOnlyList<(RolePath Path, TemplateMatcher Matcher)> Matchers =
        [.. Table.Select(static path => (path, new TemplateMatcher(TemplateParser.Parse(path.Template), new RouteValueDictionary())))];

    /// <summary>Who answers a request; null for nobody.</summary>
    public static RolePath? Find(string method, PathString path)
    {
        if (CaptureEndpoints.Answers(path))
        {
            return Captured;
        }

        if (Array.Exists(Own, own => path.StartsWithSegments(own, StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        foreach (var (known, matcher) in Matchers)
        {
            if ((known.Method is null || HttpMethods.Equals(known.Method, method)) && matcher.TryMatch(path, []))
            {
                return known;
            }
        }

        return HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? Page : null;
    }

    /// <summary>Refuses what another role answers, and names it. What capture answers is not found where it is not.</summary>
    public static void UseRoles(this IApplicationBuilder app, IReadOnlyList<string> chosen) => app.Use(next => context =>
        Find(context.Request.Method, context.Request.Path)?.Role is { } role && role != Roles.Capture && !Roles.Has(chosen, role)
            ? RefuseAsync(context, role)
            : next(context));

    private static Task RefuseAsync(HttpContext context, string role) => TypedResults.Problem(
        statusCode: StatusCodes.Status503ServiceUnavailable,
        title: "Another process answers this.",
        detail: $"This is answered by the process with the role {role}. Ask that one, or the gateway in front of both.").ExecuteAsync(context);
}
