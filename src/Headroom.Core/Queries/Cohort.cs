using System.Globalization;
using System.Text.Json.Serialization;

namespace Headroom.Core.Queries;

/// <summary>Who is in a cohort, as a condition on persons. What each kind means is in docs/insights.md.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(CohortAll), "all")]
[JsonDerivedType(typeof(CohortAny), "any")]
[JsonDerivedType(typeof(CohortPerson), "person")]
[JsonDerivedType(typeof(CohortDid), "did")]
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public abstract record CohortCondition;

/// <summary>All of these conditions hold.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CohortAll([property: JsonRequired] IReadOnlyList<CohortCondition> Of) : CohortCondition;

/// <summary>One of these conditions holds, or several.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CohortAny([property: JsonRequired] IReadOnlyList<CohortCondition> Of) : CohortCondition;

/// <summary>The person meets all filters now.</summary>
/// <param name="Filters">On properties of persons: person. and the name.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CohortPerson([property: JsonRequired] IReadOnlyList<PropertyFilter> Filters) : CohortCondition;

/// <summary>How often the person has events that meet all filters in a range; exactly 0 times: never.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record CohortDid(
    [property: JsonRequired] QueryRange Range, string? Event = null, CohortTimes Comparison = CohortTimes.AtLeast, int Times = 1) : CohortCondition
{
    public IReadOnlyList<PropertyFilter> Filters { get => field ?? []; init; }
}

[JsonConverter(typeof(SnakeCaseEnumConverter<CohortTimes>))]
public enum CohortTimes
{
    AtLeast,
    AtMost,
    Exactly,
}

/// <summary>
/// A cohort as statements read it: those whom a condition holds for when the statement runs, or those of a list.
/// Nobody (group events) is in none.
/// </summary>
/// <param name="Condition">Null for a list.</param>
/// <param name="Keys">For a list: the keys of its persons in decimals with commas between, as they were when they were added; merges are applied when reading.</param>
/// <param name="Calendar">What days of ranges are.</param>
/// <param name="Now">The present of relative ranges, unix microseconds.</param>
public sealed record CohortSource(CohortCondition? Condition, string Keys, LocalCalendar Calendar, long Now);

/// <summary>A cohort to be made or changed; what is left out stays. One of condition, members and from says who is in it.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CohortChange
{
    public string? Name { get; init; }

    /// <summary>Who is in it at any time; asked again with every question.</summary>
    public CohortCondition? Condition { get; init; }

    /// <summary>A list: who is in it is looked up once, now.</summary>
    public CohortMembers? Members { get; init; }

    /// <summary>A list of the persons who are behind a point of an insight now.</summary>
    public PersonsQuery? From { get; init; }
}

/// <summary>Persons of a list. Those who are not known are left out.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record CohortMembers
{
    public IReadOnlyList<string> DistinctIds { get => field ?? []; init; }

    /// <summary>Uuids of persons.</summary>
    public IReadOnlyList<Guid> Persons { get => field ?? []; init; }
}

/// <summary>Checks a cohort's condition. Every error is reported, under its field's path.</summary>
public static class CohortValidator
{
    public static void Validate(CohortCondition? condition, string path, LocalCalendar calendar, long now, QueryErrors errors)
    {
        var left = QueryLimits.CohortConditions;
        Validate(condition, path, calendar, now, errors, 1, ref left);
        if (left < 0)
        {
            errors.Add(path, string.Create(CultureInfo.InvariantCulture, $"Must have at most {QueryLimits.CohortConditions} conditions in all."));
        }
    }

    private static void Validate(CohortCondition? condition, string path, LocalCalendar calendar, long now, QueryErrors errors, int depth, ref int left)
    {
        if (--left < 0)
        {
            return;
        }

        switch (condition)
        {
            case null:
                errors.Add(path, "Must not be null.");
                break;
            case CohortAll all:
                Several(all.Of, path, calendar, now, errors, depth, ref left);
                break;
            case CohortAny any:
                Several(any.Of, path, calendar, now, errors, depth, ref left);
                break;
            case CohortPerson person:
                if (person.Filters.Count == 0)
                {
                    errors.Add(path + ".filters", "Must have at least one filter.");
                }

                QueryValidator.Filters(person.Filters, path + ".filters", errors);
                OnlyOf(person.Filters, path, static name => PropertyNames.OfPerson(name) is not null, "Must be a property of persons: person. and its name.", errors);
                break;
            case CohortDid did:
                if (did.Event is not null)
                {
                    QueryValidator.Name(did.Event, path + ".event", errors);
                }

                if (did.Times < (did.Comparison is CohortTimes.AtLeast ? 1 : 0) || did.Times > QueryLimits.CohortTimes)
                {
                    errors.Add(path + ".times", string.Create(CultureInfo.InvariantCulture,
                        $"Must be from {(did.Comparison is CohortTimes.AtLeast ? 1 : 0)} to {QueryLimits.CohortTimes}."));
                }

                QueryValidator.Filters(did.Filters, path + ".filters", errors);
                OnlyOf(did.Filters, path, static name => PropertyNames.Cohort(name) is null, "Must not be a cohort: cohorts are not made of cohorts.", errors);
                ResolvedRange.Resolve(did.Range, Interval.Day, calendar, now, path + ".range", errors);
                break;
        }
    }

    private static void Several(
        IReadOnlyList<CohortCondition> of, string path, LocalCalendar calendar, long now, QueryErrors errors, int depth, ref int left)
    {
        if (of.Count == 0)
        {
            errors.Add(path + ".of", "Must have at least one condition.");
        }

        if (depth == QueryLimits.CohortDepth)
        {
            errors.Add(path + ".of", string.Create(CultureInfo.InvariantCulture, $"Must not nest deeper than {QueryLimits.CohortDepth} conditions."));
            return;
        }

        for (var i = 0; i < of.Count && left >= 0; i++)
        {
            Validate(of[i], string.Create(CultureInfo.InvariantCulture, $"{path}.of[{i}]"), calendar, now, errors, depth + 1, ref left);
        }
    }

    private static void OnlyOf(IReadOnlyList<PropertyFilter?> filters, string path, Func<string, bool> may, string message, QueryErrors errors)
    {
        for (var i = 0; i < Math.Min(filters.Count, QueryLimits.Filters); i++)
        {
            if (filters[i]?.Property is { Length: > 0 } name && !may(name))
            {
                errors.Add(string.Create(CultureInfo.InvariantCulture, $"{path}.filters[{i}].property"), message);
            }
        }
    }
}
