using System.Globalization;

namespace Headroom.Core.Queries;

/// <summary>Checks what a retention query's types cannot say. Every error is reported, under its field's path.</summary>
public static class RetentionValidator
{
    private const long Hour = 3_600_000_000L;

    /// <summary>The cohorts' intervals and how far to look, or null where <paramref name="errors"/> has what is wrong.</summary>
    public static RetentionTime? Validate(RetentionQuery query, LocalCalendar calendar, long now, QueryErrors errors)
    {
        QueryValidator.Selector(query.Start, "start", errors);
        QueryValidator.Selector(query.Return, "return", errors);
        QueryValidator.Filters(query.Filters, "filters", errors);
        QueryValidator.Unit(query.Unit, errors);
        QueryValidator.Breakdown(query.Breakdown, errors);
        if (query.MinimumReturns is < 1 or > QueryLimits.MinimumReturns)
        {
            errors.Add("minimumReturns", string.Create(CultureInfo.InvariantCulture, $"Must be from 1 to {QueryLimits.MinimumReturns}."));
        }

        QueryValidator.ActivityInterval(query.Interval, errors);
        var measured = LookAhead(query, errors);
        var range = ResolvedRange.Resolve(query.Range, query.Interval, calendar, now, "range", errors);
        return errors.Any || !measured || range is not { } found ? null : Time(query, found, calendar, errors);
    }

    /// <summary>The width of a rolling interval in microseconds: a day is 24 hours, a month is 30 of them.</summary>
    public static long RollingWidth(Interval interval) => interval switch
    {
        Interval.Hour => Hour,
        Interval.Week => 7 * 24 * Hour,
        Interval.Month => 30 * 24 * Hour,
        _ => 24 * Hour,
    };

    private static bool LookAhead(RetentionQuery query, QueryErrors errors)
    {
        if (query.Brackets.Count == 0)
        {
            if (query.Intervals is < 1 or > QueryLimits.ActivityIntervals)
            {
                errors.Add("intervals", string.Create(CultureInfo.InvariantCulture, $"Must be from 1 to {QueryLimits.ActivityIntervals}."));
                return false;
            }

            return true;
        }

        if (query.Intervals is not null)
        {
            errors.Add("intervals", "Must be left out: the last bracket says how far to look.");
        }

        for (var i = 0; i < query.Brackets.Count; i++)
        {
            if (query.Brackets[i] > QueryLimits.ActivityIntervals || query.Brackets[i] <= (i == 0 ? 0 : query.Brackets[i - 1]))
            {
                errors.Add(
                    string.Create(CultureInfo.InvariantCulture, $"brackets[{i}]"),
                    string.Create(CultureInfo.InvariantCulture, $"Must be larger than the one before, and from 1 to {QueryLimits.ActivityIntervals}."));
                return false;
            }
        }

        return query.Intervals is null;
    }

    private static RetentionTime? Time(RetentionQuery query, ResolvedRange range, LocalCalendar calendar, QueryErrors errors)
    {
        var cohorts = calendar.Buckets(range.From, range.To, query.Interval, QueryLimits.ActivityIntervals);
        var around = calendar.Around(range.From, range.To, query.Interval, 0, query.LookAhead, QueryLimits.ActivityIntervals);
        var columns = query.Brackets.Count > 0 ? query.Brackets.Count : query.LookAhead;
        if (cohorts is null || around is null || (long)cohorts.Count * (columns + 1) * ((query.Breakdown?.Limit ?? 0) + 1) > QueryLimits.Cells)
        {
            errors.Add("interval", string.Create(CultureInfo.InvariantCulture,
                $"Makes more than {QueryLimits.ActivityIntervals} intervals, with those after the range, or more than {QueryLimits.Cells} numbers; take a longer interval, a shorter range or fewer values."));
            return null;
        }

        var all = calendar.Buckets(range.From, around.To, query.Interval, QueryLimits.ActivityIntervals)!;
        return new RetentionTime(
            cohorts, all, query.Mode is RetentionMode.Rolling ? range.To + ((query.LookAhead + 1) * RollingWidth(query.Interval)) : all.To);
    }
}
