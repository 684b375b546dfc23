using System.Globalization;

namespace Headroom.Core.Queries;

/// <summary>Checks what the types of queries over sessions cannot say. Every error is reported, under its field's path.</summary>
public static class SessionsValidator
{
    /// <summary>The buckets, or null where <paramref name="errors"/> has what is wrong.</summary>
    public static SessionTime? Validate(SessionsQuery query, LocalCalendar calendar, long now, QueryErrors errors)
    {
        Between(query.BounceSeconds, 0, QueryLimits.BounceSeconds, "bounceSeconds", errors);
        QueryValidator.Filters(query.Filters, "filters", errors);
        if (query.Breakdown is { } breakdown)
        {
            Between(breakdown.Limit, 1, QueryLimits.BreakdownValues, "breakdown.limit", errors);
            Either("breakdown", "property", breakdown.Property, breakdown.EventProperty, errors);
            if (breakdown.Property is SessionProperty.Page or SessionProperty.Event)
            {
                errors.Add("breakdown.property", breakdown.Property is SessionProperty.Page
                    ? "Must not be page: a session has several. Take entry_page or exit_page."
                    : "Must not be event: a session has several.");
            }
        }

        var time = Time(query.Range, query.Interval, query.Compare, (query.Breakdown?.Limit ?? 0) + 1, calendar, now, errors);
        return errors.Any ? null : time;
    }

    /// <summary>The buckets, or null where <paramref name="errors"/> has what is wrong.</summary>
    public static SessionTime? Validate(WebQuery query, LocalCalendar calendar, long now, QueryErrors errors)
    {
        if (query.Parts.Count == 0 && query.Lists.Count == 0)
        {
            errors.Add("parts", "Must name a part where there are no lists.");
        }

        if (query.Parts.Distinct().Count() != query.Parts.Count)
        {
            errors.Add("parts", "Must name each part at most once.");
        }

        Between(query.VitalPages, 1, QueryLimits.WebRows, "vitalPages", errors);
        QueryValidator.Filters(query.Filters, "filters", errors);
        if (query.Lists.Count > QueryLimits.WebLists)
        {
            errors.Add("lists", string.Create(CultureInfo.InvariantCulture, $"Must have at most {QueryLimits.WebLists} lists."));
        }

        for (var i = 0; i < Math.Min(query.Lists.Count, QueryLimits.WebLists); i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"lists[{i}]");

            // The serializer keeps nulls out of members, not out of lists.
            if (query.Lists[i] is not { } list)
            {
                errors.Add(path, "Must not be null.");
                continue;
            }

            Between(list.Limit, 1, QueryLimits.WebRows, path + ".limit", errors);
            Either(path, "by", list.By, list.EventProperty, errors);
            if (query.Lists.Take(i).Any(l => l?.By == list.By && l?.EventProperty == list.EventProperty))
            {
                errors.Add(path + (list.EventProperty is null ? ".by" : ".eventProperty"), "Is there twice.");
            }
        }

        var time = Time(query.Range, query.Interval, query.Compare, 1, calendar, now, errors);
        return errors.Any ? null : time;
    }

    private static SessionTime? Time(
        QueryRange range, Interval interval, bool compare, int lines, LocalCalendar calendar, long now, QueryErrors errors)
    {
        if (ResolvedRange.Resolve(range, interval, calendar, now, "range", errors) is not { } resolved)
        {
            return null;
        }

        var current = calendar.Buckets(resolved.From, resolved.To, interval, QueryLimits.Buckets);
        var previous = compare ? calendar.Buckets(resolved.PreviousFrom, resolved.From, interval, QueryLimits.Buckets) : null;
        if (current is null || (compare && previous is null) || (long)lines * (current.Count + (previous?.Count ?? 0)) > QueryLimits.Cells)
        {
            errors.Add("interval", string.Create(CultureInfo.InvariantCulture,
                $"Makes more than {QueryLimits.Buckets} points of this range, or {QueryLimits.Cells} with the breakdown; take a longer interval or a shorter range."));
            return null;
        }

        return new SessionTime(current, previous);
    }

    /// <summary>One of two members says what sessions are put under.</summary>
    /// <param name="name">Of the member for their own properties.</param>
    private static void Either(string path, string name, SessionProperty? own, string? eventProperty, QueryErrors errors)
    {
        if (eventProperty is not null)
        {
            QueryValidator.Property(eventProperty, path + ".eventProperty", errors);
            if (own is not null)
            {
                errors.Add(path + ".eventProperty", $"Must be left out beside {name}: take one of the two.");
            }
        }
        else if (own is null)
        {
            errors.Add($"{path}.{name}", "Is missing: a session property, or eventProperty in its place.");
        }
    }

    private static void Between(int value, int least, int most, string path, QueryErrors errors)
    {
        if (value < least || value > most)
        {
            errors.Add(path, string.Create(CultureInfo.InvariantCulture, $"Must be from {least} to {most}."));
        }
    }
}
