using System.ComponentModel;
using System.Globalization;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Headroom.App.Insights;

/// <summary>From the points of insights to persons, and from a person to the events.</summary>
public static partial class InsightsEndpoints
{
    private const int MaxPersonsPage = 100;

    private static void MapPersons(RouteGroupBuilder group)
    {
        Describe(group.MapPost("/query/persons", QueryPersonsAsync).ReadsOnly().TaggedByContent(), "QueryPersons", "The persons behind a point of an insight",
            "By key; follow next for more. The answer is computed anew for each page, so persons may come and go between them.")
            .Accepts<PersonsQuery>("application/json")
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        Describe(group.MapGet("/persons", PersonsAsync).TaggedByData(static parameters => parameters["cohort"].ToString().Length > 0), "ListPersons", "Persons, the newest first",
            "Search finds a distinct id or uuid as a whole, and a part of an e-mail address or name.");
        Describe(group.MapGet("/persons/{uuid:guid}", PersonAsync).TaggedByData(), "GetPerson", "One person", "As of now, with some of the distinct ids.");
        Describe(group.MapGet("/persons/{uuid:guid}/events", JourneyAsync).TaggedByData(), "ListPersonEvents", "A person's events, newest first",
            "Also those that came while others who were merged into the person were still apart. Follow next for older ones.");
        Describe(group.MapGet("/persons/events", VisitorAsync).TaggedByData(), "ListVisitorEvents", "The events of whom a distinct id stands for, newest first",
            "As a person's, also of somebody without a profile, who has no uuid. Follow next for older ones.");
    }

    private static async Task<Results<Ok<PersonsPage>, ValidationProblem, ProblemHttpResult>> QueryPersonsAsync(
        string project, HttpContext context, IProjectDirectory projects, PersonsExplorer persons, IOptions<InsightsOptions> options, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        var errors = new QueryErrors();
        var (query, problem) = await JsonBody.ReadAsync<PersonsQuery>(context.Request, options.Value.MaxQueryBytes, errors, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        if (query is not null)
        {
            InsightPointValidator.Number(query.Limit, 1, MaxPersonsPage, "limit", errors);
        }

        return query is not null && !errors.Any && await persons.ListAsync(query, found, errors, cancellationToken) is { } page
            ? TypedResults.Ok(page)
            : TypedResults.ValidationProblem(errors.ToDictionary());
    }

    private static async Task<Results<Ok<PersonsPage>, ValidationProblem, ProblemHttpResult>> PersonsAsync(
        string project,
        [Description("A distinct id, a uuid, or a part of an e-mail address or name.")] string? search,
        [Description("Only persons of the cohort with this number.")] string? cohort,
        [Description("The next of the page before.")] string? cursor,
        [Description("Persons on the page; 50 where it is left out.")] int? limit,
        IProjectDirectory projects, PersonsExplorer persons, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        var errors = new QueryErrors();
        var most = Limit(limit, DefaultEventsPage, MaxPersonsPage, errors);
        search = Search(search, errors);
        var id = 0;
        if (!string.IsNullOrEmpty(cohort) && !int.TryParse(cohort, NumberStyles.None, CultureInfo.InvariantCulture, out id))
        {
            errors.Add("cohort", "Must be the number of a cohort.");
        }

        return !errors.Any && await persons.SearchAsync(search, string.IsNullOrEmpty(cohort) ? null : id, cursor, most, found, errors, cancellationToken) is { } page
            ? TypedResults.Ok(page)
            : TypedResults.ValidationProblem(errors.ToDictionary());
    }

    private static async Task<Results<Ok<PersonItem>, ProblemHttpResult>> PersonAsync(
        string project, Guid uuid, IProjectDirectory projects, PersonsExplorer persons, CancellationToken cancellationToken) =>
        await projects.FindAsync(project, cancellationToken) is not { } found ? NoProject()
            : await persons.FindAsync(uuid, found, cancellationToken) is { } person ? TypedResults.Ok(person) : NoPerson();

    private static async Task<Results<Ok<EventsPage>, ValidationProblem, ProblemHttpResult>> JourneyAsync(
        string project, Guid uuid,
        [Description("The first day or instant.")] string? from,
        [Description("The last day, included, or the instant before which.")] string? to,
        [Description("The next of the page before.")] string? cursor,
        [Description("Events on the page; 50 where it is left out.")] int? limit,
        IProjectDirectory projects, PersonsExplorer persons, EventsExplorer explorer, IOptions<InsightsOptions> options, CancellationToken cancellationToken) =>
        await projects.FindAsync(project, cancellationToken) is { } found
            ? await EventsOfAsync(found, () => persons.KeyAsync(uuid, found, cancellationToken), from, to, cursor, limit, new QueryErrors(), explorer, options, cancellationToken) ?? NoPerson()
            : NoProject();

    private static async Task<Results<Ok<EventsPage>, ValidationProblem, ProblemHttpResult>> VisitorAsync(
        string project,
        [Description("As the events have it, whole.")] string? distinctId,
        [Description("The first day or instant.")] string? from,
        [Description("The last day, included, or the instant before which.")] string? to,
        [Description("The next of the page before.")] string? cursor,
        [Description("Events on the page; 50 where it is left out.")] int? limit,
        IProjectDirectory projects, IEventReader reader, EventsExplorer explorer, IOptions<InsightsOptions> options, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        var errors = new QueryErrors();
        QueryValidator.Name(distinctId, "distinctId", errors);
        return await EventsOfAsync(found, () => ValueTask.FromResult(Key()), from, to, cursor, limit, errors, explorer, options, cancellationToken) ??
            TypedResults.Problem("The project has no event with this distinct id.", statusCode: StatusCodes.Status404NotFound);

        long? Key() => reader.FindPersons(found.Id, [distinctId!]).TryGetValue(distinctId!, out var key) ? key : null;
    }

    /// <summary>A page of somebody's events; null where there is nobody.</summary>
    /// <param name="who">The person's key, asked for where all else is right.</param>
    private static async Task<Results<Ok<EventsPage>, ValidationProblem, ProblemHttpResult>?> EventsOfAsync(
        ProjectInfo project, Func<ValueTask<long?>> who, string? from, string? to, string? cursor, int? limit, QueryErrors errors, EventsExplorer explorer,
        IOptions<InsightsOptions> options, CancellationToken cancellationToken)
    {
        var page = Limit(limit, Math.Min(DefaultEventsPage, options.Value.MaxEventsPage), options.Value.MaxEventsPage, errors);
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
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

        if (errors.Any)
        {
            return TypedResults.ValidationProblem(errors.ToDictionary());
        }

        if (await who() is not { } key)
        {
            return null;
        }

        return TypedResults.Ok(await explorer.ListAsync(new EventsRequest(null, [], begin, end, after, page) { PersonKey = key }, project, cancellationToken));
    }

    private static ProblemHttpResult NoPerson() =>
        TypedResults.Problem("The project has no person with this uuid.", statusCode: StatusCodes.Status404NotFound);
}
