using System.ComponentModel;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Headroom.App.Dashboards;

/// <summary>Dashboards below a project's route, and what their links open. Reading is for who may read the project, changing for editors.</summary>
public static class DashboardsEndpoints
{
    private const int MaxShareBytes = 16 * 1_024;

    /// <param name="projectGroup">Of /api/projects/{project}, with the host's authorisation.</param>
    public static RouteGroupBuilder MapDashboards(this RouteGroupBuilder projectGroup)
    {
        var group = projectGroup.MapGroup("/dashboards").WithTags("Dashboards").AddEndpointFilter(QueryRefusals.AsProblems)
            .ProducesProblem(StatusCodes.Status404NotFound);
        Describe(group.MapGet("/", ListAsync), "ListDashboards", "The project's dashboards", "By name.");
        Describe(group.MapGet("/{id:int}", GetAsync), "GetDashboard", "One dashboard", "With its tiles. The entity tag is what a change sends as If-Match.");
        Takes<DashboardChange>(Describe(group.MapPost("/", CreateAsync), "CreateDashboard", "Make a dashboard",
            "On a grid of 12 columns; the tiles' questions are those of queries, checked as they are."));
        Takes<DashboardChange>(Describe(group.MapPatch("/{id:int}", ChangeAsync), "ChangeDashboard", "Change what is given, leave the rest",
            "Send the entity tag of what you changed as If-Match: where somebody was quicker the answer is 412, and nothing is changed."))
            .ProducesProblem(StatusCodes.Status412PreconditionFailed)
            .ProducesProblem(StatusCodes.Status428PreconditionRequired);
        Describe(group.MapDelete("/{id:int}", DeleteAsync), "DeleteDashboard", "Delete a dashboard", "Its links open nothing from then on. It can be brought back for some days.");
        Describe(group.MapPost("/{id:int}/restore", RestoreAsync), "RestoreDashboard", "Bring a deleted dashboard back", "As it was, its links too.");
        Describe(group.MapPost("/{id:int}/duplicate", DuplicateAsync), "DuplicateDashboard", "Make a copy", "Without the links.");
        Describe(group.MapGet("/{id:int}/tiles/{tile:int}", TileAsync), "GetTile", "What a tile shows",
            "Its question with the dashboard's range and filters, or with those given in their place, and the answer, which may be as far behind as Cache-Control: max-age says. With Accept: text/event-stream as a stream, as of a query.")
            .Produces(StatusCodes.Status304NotModified)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

        var shares = group.MapGroup("/{id:int}/shares").RequireAuthorization(Policies.ProjectEdit);
        Describe(shares.MapGet("/", SharesAsync), "ListDashboardShares", "Links that show the dashboard", "Without their tokens, which nobody has any more.");
        Takes<NewDashboardShare>(Describe(shares.MapPost("/", ShareAsync), "CreateDashboardShare", "Make a link",
            "Who has it sees the dashboard without signing in, and nothing else. The token is shown this once."));
        Describe(shares.MapDelete("/{share:int}", RevokeAsync), "DeleteDashboardShare", "Revoke a link", "It opens nothing from then on.");
        return projectGroup;
    }

    /// <summary>Maps /api/shared/{token}, for which nobody signs in.</summary>
    public static void MapSharedDashboards(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/shared/{token}").WithTags("Dashboards").AllowAnonymous().RequireRateLimiting(Policies.SharedRateLimited)
            .AddEndpointFilter(QueryRefusals.AsProblems)
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status429TooManyRequests);
        Describe(group.MapGet("/", OpenAsync), "GetSharedDashboard", "What a link shows", "The dashboard without its questions.");
        Describe(group.MapGet("/tiles/{tile:int}", SharedTileAsync), "GetSharedTile", "What a tile of a link shows",
            "With one of the ranges that the link offers, or the dashboard's own, up to 10 seconds behind. The question comes without its filters.")
            .Produces(StatusCodes.Status304NotModified)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder builder, string name, string summary, string description) =>
        builder.WithName(name).WithSummary(summary).WithDescription(description);

    private static RouteHandlerBuilder Takes<T>(RouteHandlerBuilder builder)
        where T : notnull =>
        builder.Accepts<T>("application/json").ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType);

    private static async Task<Results<Ok<IReadOnlyList<DashboardSummary>>, ProblemHttpResult>> ListAsync(
        string project, IProjectDirectory projects, DashboardCatalog dashboards, CancellationToken cancellationToken) =>
        await projects.FindAsync(project, cancellationToken) is { } found ? TypedResults.Ok(await dashboards.ListAsync(found, cancellationToken)) : NoProject();

    private static async Task<Results<Ok<DashboardDetails>, ProblemHttpResult>> GetAsync(
        string project, int id, HttpContext http, IProjectDirectory projects, DashboardCatalog dashboards, CancellationToken cancellationToken) =>
        await projects.FindAsync(project, cancellationToken) is not { } found ? NoProject()
            : await dashboards.FindAsync(found, id, cancellationToken) is { } dashboard ? TypedResults.Ok(Tagged(http, dashboard)) : NoDashboard();

    private static async Task<Results<Created<DashboardDetails>, ValidationProblem, ProblemHttpResult>> CreateAsync(
        string project, HttpContext http, IProjectDirectory projects, DashboardCatalog dashboards, IOptions<DashboardsOptions> options, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        var errors = new QueryErrors();
        var (change, problem) = await JsonBody.ReadAsync<DashboardChange>(http.Request, options.Value.MaxDashboardBytes, errors, cancellationToken);
        return problem is not null ? problem
            : change is not null && await dashboards.CreateAsync(found, change, http.User.Person(), errors, cancellationToken) is DashboardResult.Done done
                ? Made(http, done.Dashboard)
                : TypedResults.ValidationProblem(errors.ToDictionary());
    }

    private static async Task<Results<Ok<DashboardDetails>, ValidationProblem, ProblemHttpResult>> ChangeAsync(
        string project, int id, HttpContext http, IProjectDirectory projects, DashboardCatalog dashboards, IOptions<DashboardsOptions> options,
        CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        if (http.Request.Headers.IfMatch.Count == 0)
        {
            return TypedResults.Problem(
                "Send the entity tag of the dashboard that you changed as If-Match.", statusCode: StatusCodes.Status428PreconditionRequired);
        }

        var errors = new QueryErrors();
        var (change, problem) = await JsonBody.ReadAsync<DashboardChange>(http.Request, options.Value.MaxDashboardBytes, errors, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        return change is null
            ? TypedResults.ValidationProblem(errors.ToDictionary())
            : await dashboards.ChangeAsync(found, id, change, Version(http.Request), errors, cancellationToken) switch
            {
                DashboardResult.Done done => TypedResults.Ok(Tagged(http, done.Dashboard)),
                DashboardResult.NotFound => NoDashboard(),
                DashboardResult.Changed => TypedResults.Problem(
                    "Somebody has changed the dashboard since you read it. Read it again, and make your change to what it is now.",
                    statusCode: StatusCodes.Status412PreconditionFailed, title: "The dashboard has changed."),
                _ => TypedResults.ValidationProblem(errors.ToDictionary()),
            };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        string project, int id, IProjectDirectory projects, DashboardCatalog dashboards, CancellationToken cancellationToken) =>
        await projects.FindAsync(project, cancellationToken) is not { } found ? NoProject()
            : await dashboards.DeleteAsync(found, id, cancellationToken) ? TypedResults.NoContent() : NoDashboard();

    private static async Task<Results<Ok<DashboardDetails>, ProblemHttpResult>> RestoreAsync(
        string project, int id, HttpContext http, IProjectDirectory projects, DashboardCatalog dashboards, CancellationToken cancellationToken) =>
        await projects.FindAsync(project, cancellationToken) is not { } found ? NoProject()
            : await dashboards.RestoreAsync(found, id, cancellationToken) is { } dashboard ? TypedResults.Ok(Tagged(http, dashboard)) : NoDashboard();

    private static async Task<Results<Created<DashboardDetails>, ValidationProblem, ProblemHttpResult>> DuplicateAsync(
        string project, int id, HttpContext http, IProjectDirectory projects, DashboardCatalog dashboards, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        var errors = new QueryErrors();
        return await dashboards.DuplicateAsync(found, id, http.User.Person(), errors, cancellationToken) switch
        {
            DashboardResult.Done done => Made(http, done.Dashboard),
            DashboardResult.NotFound => NoDashboard(),
            _ => TypedResults.ValidationProblem(errors.ToDictionary()),
        };
    }

    private static async Task<Results<Ok<TileAnswer>, ValidationProblem, ProblemHttpResult, StatusCodeHttpResult, QueryStreamResult>> TileAsync(
        string project, int id, int tile,
        [Description("The first day or instant of a range in place of the dashboard's.")] string? from,
        [Description("The last day, included, or the instant before which.")] string? to,
        [Description("In place of from and to: the last so many units.")] string? last,
        [Description("minute, hour, day, week or month.")] string? unit,
        [Description("true for the tile's own range, also where the dashboard has one for all.")] string? own,
        [Description("A JSON array of filters in place of the dashboard's.")] string? filters,
        HttpContext http, IProjectDirectory projects, DashboardCatalog dashboards, TileReader tiles, TimeProvider time, IOptions<JsonOptions> json,
        CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        if (await dashboards.FindAsync(found, id, cancellationToken) is not { } dashboard)
        {
            return NoDashboard();
        }

        if (dashboard.Tiles.FirstOrDefault(t => t.Id == tile) is not { } one)
        {
            return NoTile();
        }

        var errors = new QueryErrors();
        var range = Range(from, to, last, unit, errors) ?? (own == "true" ? null : dashboard.Range);
        if (!string.IsNullOrEmpty(own) && own != "true")
        {
            errors.Add("own", "Must be true, or left out.");
        }

        var conditions = string.IsNullOrEmpty(filters) ? dashboard.Filters : QueryJson.ReadFilters(Encoding.UTF8.GetBytes(filters), "filters", errors);
        return await QueryAnswer.AnswerAsync<TileAnswer>(
            http, found, errors, time, json.Value.SerializerOptions,
            async (progress, mostBehind, stop) =>
                !errors.Any && await tiles.ReadAsync(one, range, conditions!, found, errors, progress, mostBehind, stop) is { } answer ? (answer, TagOf(answer)) : null);
    }

    private static async Task<Results<Ok<IReadOnlyList<DashboardShare>>, ProblemHttpResult>> SharesAsync(
        string project, int id, IProjectDirectory projects, DashboardShares shares, CancellationToken cancellationToken) =>
        await projects.FindAsync(project, cancellationToken) is not { } found ? NoProject()
            : await shares.ListAsync(found, id, cancellationToken) is { } list ? TypedResults.Ok(list) : NoDashboard();

    private static async Task<Results<Created<CreatedDashboardShare>, ValidationProblem, ProblemHttpResult>> ShareAsync(
        string project, int id, HttpContext http, IProjectDirectory projects, DashboardShares shares, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        var errors = new QueryErrors();
        var (request, problem) = await JsonBody.ReadAsync<NewDashboardShare>(http.Request, MaxShareBytes, errors, cancellationToken);
        return problem is not null ? problem
            : request is not null && await shares.CreateAsync(found, id, request, errors, cancellationToken) is { } created ? TypedResults.Created((string?)null, created)
            : errors.Any ? TypedResults.ValidationProblem(errors.ToDictionary()) : NoDashboard();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeAsync(
        string project, int id, int share, IProjectDirectory projects, DashboardShares shares, CancellationToken cancellationToken) =>
        await projects.FindAsync(project, cancellationToken) is not { } found ? NoProject()
            : await shares.RevokeAsync(found, id, share, cancellationToken)
                ? TypedResults.NoContent()
                : TypedResults.Problem("The dashboard has no link with this number.", statusCode: StatusCodes.Status404NotFound);

    private static async Task<Results<Ok<SharedDashboard>, ProblemHttpResult>> OpenAsync(string token, DashboardShares shares, CancellationToken cancellationToken) =>
        await shares.OpenAsync(token, cancellationToken) is { } dashboard ? TypedResults.Ok(dashboard) : NoLink();

    private static async Task<Results<Ok<TileAnswer>, ValidationProblem, ProblemHttpResult, StatusCodeHttpResult>> SharedTileAsync(
        string token, int tile,
        [Description("A range that the link offers: the last so many units.")] string? last,
        [Description("hour, day or month.")] string? unit,
        HttpContext http, DashboardShares shares, CancellationToken cancellationToken)
    {
        var errors = new QueryErrors();
        var range = Range(null, null, last, unit, errors);
        if (!errors.Any && await shares.ReadAsync(token, tile, range, errors, cancellationToken) is { } shown)
        {
            return ETags.Tag(http, ETags.Of(TagOf(shown))) ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : TypedResults.Ok(shown);
        }

        return errors.Any ? TypedResults.ValidationProblem(errors.ToDictionary()) : NoLink();
    }

    /// <summary>Its question and result.</summary>
    private static string TagOf(TileAnswer answer) => JsonSerializer.Serialize(answer.Query, QueryJson.Options) + answer.Tag;

    /// <summary>Null where none is given.</summary>
    private static QueryRange? Range(string? from, string? to, string? last, string? unit, QueryErrors errors)
    {
        int? units = null;
        if (!string.IsNullOrEmpty(last))
        {
            if (int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                units = number;
            }
            else
            {
                errors.Add("last", "Must be a whole number.");
            }
        }

        Interval? interval = unit switch
        {
            "minute" => Interval.Minute,
            "hour" => Interval.Hour,
            "day" => Interval.Day,
            "week" => Interval.Week,
            "month" => Interval.Month,
            _ => null,
        };
        if (interval is null && !string.IsNullOrEmpty(unit))
        {
            errors.Add("unit", "Must be one of minute, hour, day, week, month.");
        }

        var range = new QueryRange { From = Given(from), To = Given(to), Last = units, Unit = interval };
        return range == new QueryRange() ? null : range;
    }

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static Created<DashboardDetails> Made(HttpContext http, DashboardDetails dashboard) =>
        TypedResults.Created(new Uri($"{http.Request.PathBase}/api/projects/{http.GetRouteValue("project")}/dashboards/{dashboard.Id}", UriKind.Relative), Tagged(http, dashboard));

    private static DashboardDetails Tagged(HttpContext http, DashboardDetails dashboard)
    {
        http.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{dashboard.Version}\"");
        return dashboard;
    }

    /// <summary>The version that a change was made for; one that there never is where the tag is none of ours.</summary>
    private static long Version(HttpRequest request) =>
        request.GetTypedHeaders().IfMatch is [{ IsWeak: false } tag] &&
        long.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;

    private static ProblemHttpResult NoProject() => TypedResults.Problem("There is no such project.", statusCode: StatusCodes.Status404NotFound);

    private static ProblemHttpResult NoDashboard() =>
        TypedResults.Problem("The project has no dashboard with this number.", statusCode: StatusCodes.Status404NotFound);

    private static ProblemHttpResult NoTile() => TypedResults.Problem("The dashboard has no tile with this number.", statusCode: StatusCodes.Status404NotFound);

    private static ProblemHttpResult NoLink() =>
        TypedResults.Problem("This link opens nothing: it was mistyped, revoked or has ended.", statusCode: StatusCodes.Status404NotFound);
}
