using System.ComponentModel;
using System.Globalization;
using System.Security.Claims;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Headroom.App.Insights;

/// <summary>Names of events and properties, and what people say of them.</summary>
public static partial class InsightsEndpoints
{
    private const int DefaultDefinitions = 100;
    private const int DefaultDays = 30;
    private const int MostDays = 90;

    /// <summary>500 names of 400 characters, escaped, and a description.</summary>
    private const int MaxDefinitionBytes = 2 * 1_024 * 1_024;

    private static void MapDefinitions(RouteGroupBuilder group)
    {
        Describe(group.MapGet("/definitions/events", EventDefinitionsAsync).Produces(StatusCodes.Status304NotModified), "ListEventDefinitions", "Names of events",
            "Most frequent first; at most a few seconds old.");
        Describe(group.MapGet("/definitions/events/activity", ActivityAsync).TaggedByContent(), "ListEventActivity", "How often events of each name came",
            "On each of the last days in the project's time zone, with the first and the last time; hidden ones too. At most a few seconds old.");
        Describe(group.MapGet("/definitions/properties", PropertyDefinitionsAsync).Produces(StatusCodes.Status304NotModified), "ListPropertyDefinitions", "Names of properties",
            "By name, with the kinds of value each came with; with an event, only those that came with it.");
        Describe(group.MapGet("/definitions/properties/values", PropertyValuesAsync).Produces(StatusCodes.Status304NotModified), "ListPropertyValues", "Values of a property",
            "As text, most frequent first; at most a few seconds old.");
        Describe(group.MapPatch("/definitions", ChangeDefinitionsAsync), "ChangeDefinitions", "Describe or hide names",
            "What is given is changed for each of the names, which need not have been seen. Hidden names are left out where names are offered; questions still answer them.")
            .RequireAuthorization(Policies.ProjectEdit)
            .Accepts<DefinitionChange>("application/json")
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
    }

    private static async Task<Results<Ok<IReadOnlyList<EventDefinition>>, ValidationProblem, ProblemHttpResult, StatusCodeHttpResult>> EventDefinitionsAsync(
        string project,
        [Description("Part of the name, in any case.")] string? search,
        [Description("At most so many; 100 where it is left out.")] int? limit,
        [Description("include lists hidden ones too.")] string? hidden,
        HttpContext context, IProjectDirectory projects, IEventReader reader, Definitions definitions, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        var errors = new QueryErrors();
        var most = Limit(limit, DefaultDefinitions, Definitions.MaxLimit, errors);
        search = Search(search, errors);
        var withHidden = WithHidden(hidden, errors);
        return errors.Any
            ? TypedResults.ValidationProblem(errors.ToDictionary())
            : Listed(context, found, reader, await definitions.EventsAsync(found, search, most, withHidden, cancellationToken));
    }

    private static async Task<Results<Ok<IReadOnlyList<PropertyDefinition>>, ValidationProblem, ProblemHttpResult, StatusCodeHttpResult>> PropertyDefinitionsAsync(
        string project,
        [FromQuery(Name = "event")][Description("Only what came with this event.")] string? eventName,
        [Description("Part of the name, in any case.")] string? search,
        [Description("At most so many; 100 where it is left out.")] int? limit,
        [Description("include lists hidden ones too.")] string? hidden,
        [Description("Counts how many events of so many days, today included, have each; at most 90.")] int? days,
        HttpContext context, IProjectDirectory projects, IEventReader reader, Definitions definitions, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        var errors = new QueryErrors();
        var most = Limit(limit, DefaultDefinitions, Definitions.MaxLimit, errors);
        search = Search(search, errors);
        var withHidden = WithHidden(hidden, errors);
        Days(days, errors);
        OptionalName(eventName, "event", errors);
        return errors.Any
            ? TypedResults.ValidationProblem(errors.ToDictionary())
            : Listed(context, found, reader, await definitions.PropertiesAsync(found, string.IsNullOrEmpty(eventName) ? null : eventName, search, most, withHidden, days, cancellationToken));
    }

    private static async Task<Results<Ok<IReadOnlyList<PropertyValueCount>>, ValidationProblem, ProblemHttpResult, StatusCodeHttpResult>> PropertyValuesAsync(
        string project,
        [Description("The property, or event, distinct_id, session_id.")] string? property,
        [FromQuery(Name = "event")][Description("Only what came with this event.")] string? eventName,
        [Description("Part of the value, in any case.")] string? search,
        [Description("At most so many; 100 where it is left out.")] int? limit,
        HttpContext context, IProjectDirectory projects, IEventReader reader, Definitions definitions, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        var errors = new QueryErrors();
        var most = Limit(limit, DefaultDefinitions, Definitions.MaxLimit, errors);
        search = Search(search, errors);
        QueryValidator.Property(property, "property", errors);
        OptionalName(eventName, "event", errors);
        if (!errors.Any && !definitions.Knows(found, property!))
        {
            errors.Add("property", "There is no such cohort.");
        }

        return errors.Any
            ? TypedResults.ValidationProblem(errors.ToDictionary())
            : Listed(context, found, reader, await definitions.ValuesAsync(found, property!, string.IsNullOrEmpty(eventName) ? null : eventName, search, most, cancellationToken));
    }

    private static async Task<Results<Ok<EventActivity>, ValidationProblem, ProblemHttpResult>> ActivityAsync(
        string project,
        [Description("Part of the name, in any case.")] string? search,
        [Description("At most so many; 1,000 where it is left out.")] int? limit,
        [Description("So many days, today included; 30 where it is left out, at most 90.")] int? days,
        IProjectDirectory projects, Definitions definitions, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        var errors = new QueryErrors();
        var most = Limit(limit, Definitions.MaxLimit, Definitions.MaxLimit, errors);
        search = Search(search, errors);
        Days(days, errors);
        return errors.Any
            ? TypedResults.ValidationProblem(errors.ToDictionary())
            : TypedResults.Ok(await definitions.ActivityAsync(found, search, most, days ?? DefaultDays, cancellationToken));
    }

    private static async Task<Results<Ok<IReadOnlyList<DefinitionDetails>>, ValidationProblem, ProblemHttpResult>> ChangeDefinitionsAsync(
        string project, HttpContext context, ClaimsPrincipal user, IProjectDirectory projects, DefinitionNotes notes, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return NoProject();
        }

        var errors = new QueryErrors();
        var (change, problem) = await JsonBody.ReadAsync<DefinitionChange>(context.Request, MaxDefinitionBytes, errors, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        return change is not null && await notes.ChangeAsync(found.Id, change, user.Person(), errors, cancellationToken) is { } changed
            ? TypedResults.Ok<IReadOnlyList<DefinitionDetails>>([.. changed.Select(static n => new DefinitionDetails
            {
                Name = n.Name,
                Description = n.Description.Length > 0 ? n.Description : null,
                Hidden = n.Hidden,
                ChangedBy = n.ChangedBy,
                ChangedAt = n.ChangedAt,
            })])
            : TypedResults.ValidationProblem(errors.ToDictionary());
    }

    /// <summary>A list with the tag of the data that it was read from, or 304.</summary>
    private static Results<Ok<IReadOnlyList<T>>, ValidationProblem, ProblemHttpResult, StatusCodeHttpResult> Listed<T>(
        HttpContext context, ProjectInfo project, IEventReader reader, Definitions.Listed<IReadOnlyList<T>> list) =>
        ETags.Tag(context, ETags.Of(ETags.Of(project, reader.Schema(project.Id), list.DataVersion) + list.Notes))
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(list.Value);

    private static bool WithHidden(string? hidden, QueryErrors errors)
    {
        if (hidden is not (null or "" or "include"))
        {
            errors.Add("hidden", "Must be include, or left out.");
        }

        return hidden == "include";
    }

    private static void Days(int? days, QueryErrors errors)
    {
        if (days is < 1 or > MostDays)
        {
            errors.Add("days", string.Create(CultureInfo.InvariantCulture, $"Must be from 1 to {MostDays}."));
        }
    }
}
