using System.ComponentModel;
using System.Globalization;
using System.Text;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Headroom.App.Insights;

/// <summary>Queries, the events explorer and definitions, below a project's route. Who may call is the host's to say.</summary>
public static partial class InsightsEndpoints
{
    private const int DefaultEventsPage = 50;

    /// <param name="projectGroup">Of /api/projects/{project}, with the host's authorisation.</param>
    public static RouteGroupBuilder MapInsights(this RouteGroupBuilder projectGroup)
    {
        var group = projectGroup.MapGroup("").WithTags("Insights").AddEndpointFilterFactory(TypedParameters.AsProblems).AddEndpointFilter(QueryRefusals.AsProblems);
        Describe(group.MapPost("/query", QueryAsync).ReadsOnly(), "Query", "Answers a query",
            "The body's kind says which: trends (counts, persons or numbers of a property, filtered, broken down and compared), funnel (who takes steps one " +
            "after the other), paths (which ways are taken), retention (who comes back), stickiness (in how many intervals persons are active), lifecycle (who is " +
            "new, comes back and stays away), sessions (how many, how long, how many bounce) and web (a site on one page). With Accept: text/event-stream " +
            "the answer is a stream: progress (state, place, estimatedRows, estimatedColumns, estimatedBytes) while it waits and runs, then result or error.")
            .ReadsOnly()
            .Produces(StatusCodes.Status304NotModified)
            .Accepts<InsightQuery>("application/json")
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        Describe(group.MapGet("/events", EventsAsync).TaggedByData(NamesCohort), "ListEvents", "Lists events, newest first",
            "Follow next for older ones. A cursor belongs to the filters that it was made with.");
        Describe(group.MapGet("/events/{uuid:guid}", EventAsync).TaggedByData(), "GetEvent", "One event whole",
            "With every property of every kind, and the person behind it.");
        Describe(group.MapGet("/export", ExportAsync), "ExportEvents", "All events, oldest first",
            "As newline-delimited JSON in gzip, which headroom import takes; without gzip where that is false. A file that breaks off is not a whole gzip file.")
            .Produces(StatusCodes.Status200OK, contentType: "application/gzip", additionalContentTypes: "application/x-ndjson");
        MapDefinitions(group);
        MapPersons(group);
        MapCohorts(group);
        return projectGroup;
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder builder, string name, string summary, string description) => builder
        .WithName(name).WithSummary(summary).WithDescription(description)
        .ProducesValidationProblem()
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<Results<Ok<InsightResult>, ValidationProblem, ProblemHttpResult, StatusCodeHttpResult, QueryStreamResult>> QueryAsync(
        string project, HttpContext context, IProjectDirectory projects, InsightsCache insights, TimeProvider time, IOptions<InsightsOptions> options,
        CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        if (!context.Request.HasJsonContentType())
        {
            return TypedResults.Problem("Send the query as application/json.", statusCode: StatusCodes.Status415UnsupportedMediaType);
        }

        if (await JsonBody.ReadBytesAsync(context.Request, options.Value.MaxQueryBytes, cancellationToken) is not { } body)
        {
            return TooLarge(options.Value);
        }

        var errors = new QueryErrors();
        if (QueryJson.Read(body.Span, errors) is not { } query)
        {
            return TypedResults.ValidationProblem(errors.ToDictionary());
        }

        return await QueryAnswer.AnswerAsync<InsightResult>(
            context, found, errors, time, QueryJson.Options,
            async (progress, mostBehind, stop) =>
                await insights.RunAsync(query, found, errors, progress, mostBehind, stop) is { } answer ? (answer.Result, answer.Tag) : null);
    }

    private static async Task<Results<Ok<EventsPage>, ValidationProblem, ProblemHttpResult>> EventsAsync(
        string project,
        [FromQuery(Name = "event")][Description("Only events of this name.")] string? eventName,
        [Description("A JSON array of filters, as in a query.")] string? filters,
        [Description("The first day or instant.")] string? from,
        [Description("The last day, included, or the instant before which.")] string? to,
        [Description("The next of the page before.")] string? cursor,
        [Description("Events on the page; 50 where it is left out.")] int? limit,
        IProjectDirectory projects, EventsExplorer explorer, InsightsService insights, IOptions<InsightsOptions> options,
        CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        var errors = new QueryErrors();
        var page = Limit(limit, Math.Min(DefaultEventsPage, options.Value.MaxEventsPage), options.Value.MaxEventsPage, errors);
        OptionalName(eventName, "event", errors);
        var conditions = string.IsNullOrEmpty(filters) ? [] : QueryJson.ReadFilters(Encoding.UTF8.GetBytes(filters), "filters", errors) ?? [];
        QueryValidator.Filters(conditions, "filters", errors);
        var calendar = new LocalCalendar(found.TimeZone, found.WeekStartsOnSunday);
        var begin = Bound(from, calendar, false, UnixMicros.Min, "from", errors);
        var end = Bound(to, calendar, true, UnixMicros.Max, "to", errors);
        EventPosition? after = null;
        if (!string.IsNullOrEmpty(cursor))
        {
            if (EventsExplorer.TryReadCursor(cursor, out var position))
            {
                after = position;
            }
            else
            {
                errors.Add("cursor", "Is not a cursor that this server gave out.");
            }
        }

        insights.CheckCohorts(conditions, "filters", found, errors);
        if (!errors.Any)
        {
            await insights.CheckPatternsAsync(conditions, "filters", found, errors, cancellationToken);
        }

        return errors.Any
            ? TypedResults.ValidationProblem(errors.ToDictionary())
            : TypedResults.Ok(await explorer.ListAsync(new EventsRequest(string.IsNullOrEmpty(eventName) ? null : eventName, conditions, begin, end, after, page), found, cancellationToken));
    }

    private static async Task<Results<PushStreamHttpResult, ValidationProblem, ProblemHttpResult>> ExportAsync(
        string project,
        [FromQuery(Name = "event")][Description("Only events of this name.")] string? eventName,
        [Description("The first day or instant.")] string? from,
        [Description("The last day, included, or the instant before which.")] string? to,
        [Description("Whether the lines are compressed; true where it is left out.")] bool? gzip,
        IProjectDirectory projects, EventsExport export, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        var errors = new QueryErrors();
        OptionalName(eventName, "event", errors);
        var calendar = new LocalCalendar(found.TimeZone, found.WeekStartsOnSunday);
        var begin = Bound(from, calendar, false, UnixMicros.Min, "from", errors);
        var end = Bound(to, calendar, true, UnixMicros.Max, "to", errors);
        if (errors.Any)
        {
            return TypedResults.ValidationProblem(errors.ToDictionary());
        }

        // The first page before the answer begins: a refusal is an answer of its own then, not a file of nothing.
        var request = new EventsRequest(string.IsNullOrEmpty(eventName) ? null : eventName, [], begin, end, null, EventsExport.PageEvents);
        var pages = export.PagesAsync(request, found, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var any = await pages.MoveNextAsync();
        var zipped = gzip ?? true;
        return TypedResults.Stream(
            async body =>
            {
                await using (pages)
                {
                    await EventsExport.WriteAsync(pages, any, body, zipped, cancellationToken);
                }
            },
            zipped ? "application/gzip" : "application/x-ndjson", $"headroom-{found.Id}.ndjson{(zipped ? ".gz" : "")}");
    }

    private static async Task<Results<Ok<EventDetails>, ProblemHttpResult>> EventAsync(
        string project, Guid uuid, IProjectDirectory projects, EventsExplorer explorer, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        return await explorer.FindAsync(uuid, found, cancellationToken) is { } details
            ? TypedResults.Ok(details)
            : TypedResults.Problem("The project has no event with this uuid.", statusCode: StatusCodes.Status404NotFound);
    }

    /// <summary>Who is in a cohort may change without the data. Read as the endpoints read it: JSON and an address say the same name in many ways.</summary>
    private static bool NamesCohort(IQueryCollection parameters) =>
        parameters["filters"].ToString() is { Length: > 0 } filters &&
        QueryJson.ReadFilters(Encoding.UTF8.GetBytes(filters), "filters", new QueryErrors())?.Any(static f => f is not null && PropertyNames.Cohort(f.Property) is not null) is true;

    internal static ProblemHttpResult NoProject() => TypedResults.Problem("There is no such project.", statusCode: StatusCodes.Status404NotFound);

    internal static ProblemHttpResult TooLarge(InsightsOptions options) => TypedResults.Problem(
        string.Create(CultureInfo.InvariantCulture, $"A query has at most {options.MaxQueryBytes} bytes ({InsightsOptions.Section}:MaxQueryBytes)."),
        statusCode: StatusCodes.Status413PayloadTooLarge);

    private static int Limit(int? limit, int fallback, int most, QueryErrors errors)
    {
        if (limit < 1 || limit > most)
        {
            errors.Add("limit", string.Create(CultureInfo.InvariantCulture, $"Must be from 1 to {most}."));
        }

        return limit ?? fallback;
    }

    private static string? Search(string? search, QueryErrors errors)
    {
        OptionalName(search, "search", errors);
        return string.IsNullOrEmpty(search) ? null : search;
    }

    private static void OptionalName(string? name, string path, QueryErrors errors)
    {
        if (!string.IsNullOrEmpty(name))
        {
            QueryValidator.Name(name, path, errors);
        }
    }

    private static long Bound(string? text, LocalCalendar calendar, bool endOfDay, long fallback, string path, QueryErrors errors)
    {
        if (string.IsNullOrEmpty(text))
        {
            return fallback;
        }

        if (ResolvedRange.ParseBound(text, calendar, endOfDay, out _) is { } instant)
        {
            return instant;
        }

        errors.Add(path, "Must be a day (2026-11-01) or an instant with its offset (2026-11-01T00:00:00Z).");
        return fallback;
    }
}
