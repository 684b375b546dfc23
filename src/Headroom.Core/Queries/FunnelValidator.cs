using System.Globalization;

namespace Headroom.Core.Queries;

/// <summary>Checks what a funnel's types cannot say. Every error is reported, under its field's path.</summary>
public static class FunnelValidator
{
    /// <summary>The range with its buckets, or null where <paramref name="errors"/> has what is wrong.</summary>
    public static FunnelTime? Validate(FunnelQuery query, LocalCalendar calendar, long now, QueryErrors errors)
    {
        var steps = query.Steps;
        if (steps.Count is < 2 or > QueryLimits.FunnelSteps)
        {
            errors.Add("steps", string.Create(CultureInfo.InvariantCulture, $"Must have 2 to {QueryLimits.FunnelSteps} steps."));
        }

        for (var i = 0; i < Math.Min(steps.Count, QueryLimits.FunnelSteps); i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"steps[{i}]");
            QueryValidator.Selector(steps[i], path, errors);
            if (steps[i] is { Optional: true } && (i == 0 || i == steps.Count - 1 || query.Order is not FunnelOrder.Ordered))
            {
                errors.Add(path + ".optional", "Must be false: only steps between the first and the last of an ordered funnel are optional.");
            }
        }

        Exclusions(query, errors);
        if (query.Window.Count < 1 || query.Window.Micros > QueryLimits.FunnelWindowDays * 86_400_000_000L)
        {
            errors.Add("window.count", string.Create(CultureInfo.InvariantCulture, $"Must be at least 1, and the window at most {QueryLimits.FunnelWindowDays} days."));
        }

        QueryValidator.Filters(query.Filters, "filters", errors);
        Breakdown(query, errors);
        var time = Time(query, calendar, now, errors);
        return errors.Any ? null : time;
    }

    private static void Exclusions(FunnelQuery query, QueryErrors errors)
    {
        if (query.Exclusions.Count > QueryLimits.FunnelExclusions)
        {
            errors.Add("exclusions", string.Create(CultureInfo.InvariantCulture, $"Must have at most {QueryLimits.FunnelExclusions} exclusions."));
            return;
        }

        for (var i = 0; i < query.Exclusions.Count; i++)
        {
            var exclusion = query.Exclusions[i];
            var path = string.Create(CultureInfo.InvariantCulture, $"exclusions[{i}]");
            QueryValidator.Selector(exclusion, path, errors);
            if (exclusion is null)
            {
                continue;
            }

            if (exclusion.FromStep < 1 || exclusion.FromStep >= query.Steps.Count)
            {
                errors.Add(path + ".fromStep", "Must be a step, counted from 1, that is not the last.");
            }

            if (exclusion.ToStep <= exclusion.FromStep || exclusion.ToStep > query.Steps.Count)
            {
                errors.Add(path + ".toStep", "Must be a step after fromStep.");
            }
        }
    }

    private static void Breakdown(FunnelQuery query, QueryErrors errors)
    {
        if (query.Breakdown is not { } breakdown)
        {
            return;
        }

        QueryValidator.Property(breakdown.Property, "breakdown.property", errors);
        if (breakdown.Limit is < 1 or > QueryLimits.BreakdownValues)
        {
            errors.Add("breakdown.limit", string.Create(CultureInfo.InvariantCulture, $"Must be from 1 to {QueryLimits.BreakdownValues}."));
        }

        if (breakdown.Attribution is FunnelAttribution.Step)
        {
            if (breakdown.Step is not { } step || step < 1 || step > query.Steps.Count)
            {
                errors.Add("breakdown.step", "Must be a step, counted from 1.");
            }
        }
        else if (breakdown.Step is not null)
        {
            errors.Add("breakdown.step", "Must be left out: only the attribution step needs it.");
        }
    }

    private static FunnelTime? Time(FunnelQuery query, LocalCalendar calendar, long now, QueryErrors errors)
    {
        if (ResolvedRange.Resolve(query.Range, query.Interval, calendar, now, "range", errors) is not { } range)
        {
            return null;
        }

        if (query.View is not FunnelView.OverTime)
        {
            return new FunnelTime(range, null);
        }

        var buckets = calendar.Buckets(range.From, range.To, query.Interval, QueryLimits.Buckets);
        if (buckets is null || (long)buckets.Count * ((query.Breakdown?.Limit ?? 0) + 1) > QueryLimits.Cells)
        {
            errors.Add("interval", string.Create(CultureInfo.InvariantCulture,
                $"Makes more than {QueryLimits.Buckets} points of this range, or {QueryLimits.Cells} with the breakdown; take a longer interval or a shorter range."));
            return null;
        }

        return new FunnelTime(range, buckets);
    }
}
