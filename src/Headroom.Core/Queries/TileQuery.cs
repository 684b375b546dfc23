namespace Headroom.Core.Queries;

/// <summary>A tile's question as its dashboard asks it. Pure.</summary>
public static class TileQuery
{
    private const long Minute = 60_000_000;

    /// <summary>More points than this are not read on a tile.</summary>
    private const int MostPoints = 400;

    /// <summary>Of intervals in which persons come back or are active.</summary>
    private const int MostIntervals = 120;

    /// <summary>The query with another range, and an interval that fits it where its own does not.</summary>
    public static InsightQuery WithRange(InsightQuery query, QueryRange range, ResolvedRange resolved)
    {
        Interval Points(Interval own) => Fitting(own, resolved, MostPoints);
        Interval Intervals(Interval own) => Fitting(own, resolved, MostIntervals) is var fitting and not Interval.Minute ? fitting : Interval.Hour;
        return query switch
        {
            TrendsQuery trends => trends with { Range = range, Interval = Points(trends.Interval) },
            FunnelQuery funnel => funnel with { Range = range, Interval = Points(funnel.Interval) },
            SessionsQuery sessions => sessions with { Range = range, Interval = Points(sessions.Interval) },
            WebQuery web => web with { Range = range, Interval = Points(web.Interval) },
            RetentionQuery retention => retention with { Range = range, Interval = Intervals(retention.Interval) },
            StickinessQuery stickiness => stickiness with { Range = range, Interval = Intervals(stickiness.Interval) },
            LifecycleQuery lifecycle => lifecycle with { Range = range, Interval = Intervals(lifecycle.Interval) },
            PathsQuery paths => paths with { Range = range },
            _ => throw new InvalidOperationException($"No range for {query.GetType().Name}."),
        };
    }

    /// <summary>The query with more filters beside its own.</summary>
    public static InsightQuery WithFilters(InsightQuery query, IReadOnlyList<PropertyFilter> more) => more.Count == 0 ? query : query switch
    {
        TrendsQuery trends => trends with { Filters = [.. trends.Filters, .. more] },
        FunnelQuery funnel => funnel with { Filters = [.. funnel.Filters, .. more] },
        SessionsQuery sessions => sessions with { Filters = [.. sessions.Filters, .. more] },
        WebQuery web => web with { Filters = [.. web.Filters, .. more] },
        RetentionQuery retention => retention with { Filters = [.. retention.Filters, .. more] },
        StickinessQuery stickiness => stickiness with { Filters = [.. stickiness.Filters, .. more] },
        LifecycleQuery lifecycle => lifecycle with { Filters = [.. lifecycle.Filters, .. more] },
        PathsQuery paths => paths with { Filters = [.. paths.Filters, .. more] },
        _ => throw new InvalidOperationException($"No filters for {query.GetType().Name}."),
    };

    /// <summary>
    /// The query as who has a link may see it: what its series and steps are called, without the conditions, in which names
    /// and addresses of persons may stand.
    /// </summary>
    public static InsightQuery WithoutFilters(InsightQuery query) => query switch
    {
        TrendsQuery trends => trends with { Filters = [], Series = [.. trends.Series.Select(static s => s with { Filters = [] })] },
        FunnelQuery funnel => funnel with
        {
            Filters = [],
            Steps = [.. funnel.Steps.Select(static s => s with { Filters = [] })],
            Exclusions = [.. funnel.Exclusions.Select(static e => e with { Filters = [] })],
        },
        SessionsQuery sessions => sessions with { Filters = [] },
        WebQuery web => web with { Filters = [] },
        RetentionQuery retention => retention with { Filters = [], Start = retention.Start with { Filters = [] }, Return = retention.Return with { Filters = [] } },
        StickinessQuery stickiness => stickiness with { Filters = [], Series = [.. stickiness.Series.Select(static s => s with { Filters = [] })] },
        LifecycleQuery lifecycle => lifecycle with { Filters = [], Activity = lifecycle.Activity with { Filters = [] } },
        PathsQuery paths => paths with { Filters = [] },
        _ => throw new InvalidOperationException($"No filters for {query.GetType().Name}."),
    };

    private static Interval Fitting(Interval own, ResolvedRange range, int most)
    {
        var span = range.To - range.From;
        var points = span / Width(own);
        if (points >= 2 && points <= most)
        {
            return own;
        }

        return (span / Minute) switch
        {
            <= 3 * 60 => Interval.Minute,
            <= 3 * 24 * 60 => Interval.Hour,
            <= 93 * 24 * 60 => Interval.Day,
            <= 400 * 24 * 60 => Interval.Week,
            _ => Interval.Month,
        };
    }

    private static long Width(Interval interval) => Minute * interval switch
    {
        Interval.Minute => 1,
        Interval.Hour => 60,
        Interval.Day => 24 * 60,
        Interval.Week => 7 * 24 * 60,
        _ => 28 * 24 * 60,
    };
}
