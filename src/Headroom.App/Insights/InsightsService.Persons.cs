using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;

namespace Headroom.App.Insights;

internal sealed partial class InsightsService
{
    /// <summary>The keys of the persons behind a point, ascending, those after a key, and how many they are in all.</summary>
    /// <param name="path">Of what holds query and point, with the point behind it; empty for the document itself.</param>
    /// <param name="shown">Asked for the values of the breakdown that the answer shows.</param>
    public async ValueTask<(IReadOnlyList<long> Keys, long Total)?> BehindAsync(
        InsightQuery query, InsightPoint point, string path, long after, int most, ProjectInfo project, Func<ValueTask<IReadOnlyList<string?>>> shown,
        QueryErrors errors, CancellationToken cancellationToken)
    {
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        var now = time.GetUtcNow();
        if (query is TrendsQuery trends)
        {
            return await BehindTrendAsync(trends, point, path, after, most, project, calendar, UnixMicros.From(now), shown, errors, cancellationToken);
        }

        if (query is WebQuery measured && point.Vital is not null)
        {
            return await BehindVitalAsync(measured, point, path, after, most, project, calendar, UnixMicros.From(now), errors, cancellationToken);
        }

        var ofQuery = new QueryErrors();
        using var plan = await PlanAsync(query is WebQuery web ? WebCompiler.Behind(web, point) : query, project, calendar, now, ofQuery, cancellationToken);
        errors.AddRange(path + "query.", ofQuery);
        plan?.CheckPoint(point, path + "point", errors);
        if (plan is null || errors.Any)
        {
            return null;
        }

        await ScanAsync("persons", plan, cancellationToken);
        var keys = await LongWork.RunAsync(() => plan.Persons(point, now, cancellationToken), cancellationToken);
        if (Groups(query) is var (unit, range, interval))
        {
            return await BehindGroupsAsync(unit, range, interval, plan, keys, path, after, most, project, calendar, UnixMicros.From(now), errors, cancellationToken);
        }

        return ([.. keys.Where(k => k > after).Take(most)], keys.Count);
    }

    private async ValueTask<(IReadOnlyList<long> Keys, long Total)?> BehindTrendAsync(
        TrendsQuery query, InsightPoint point, string path, long after, int most, ProjectInfo project, LocalCalendar calendar, long now,
        Func<ValueTask<IReadOnlyList<string?>>> shown, QueryErrors errors, CancellationToken cancellationToken)
    {
        var ofQuery = new QueryErrors();
        var span = QueryValidator.Validate(query, calendar, now, ofQuery);
        if (span is not null)
        {
            await CheckPatternsAsync(query, project, ofQuery, cancellationToken);
        }

        errors.AddRange(path + "query.", ofQuery);
        if (span is null || errors.Any)
        {
            return null;
        }

        if (point.Bucket is not null)
        {
            InsightPointValidator.Number(point.Bucket, 0, (point.Compare ? span.Previous! : span.Current).Count - 1, path + "point.bucket", errors);
            if (errors.Any)
            {
                return null;
            }
        }

        var values = query.Breakdown is not null && point.Breakdown == TrendsSeriesResult.Other ? await shown() : null;
        var rows = await QueryAsync(
            "persons", PersonsCompiler.Behind(query, span, point, values, after, most, project.Id, reader.Schema(project.Id), dialect), cancellationToken);
        return Keys(rows);
    }

    private async ValueTask<(IReadOnlyList<long> Keys, long Total)?> BehindVitalAsync(
        WebQuery query, InsightPoint point, string path, long after, int most, ProjectInfo project, LocalCalendar calendar, long now, QueryErrors errors,
        CancellationToken cancellationToken)
    {
        var ofQuery = new QueryErrors();
        var span = SessionsValidator.Validate(query, calendar, now, ofQuery);
        if (span is not null)
        {
            await CheckPatternsAsync(query, project, ofQuery, cancellationToken);
        }

        errors.AddRange(path + "query.", ofQuery);
        return span is null || errors.Any ? null
            : Keys(await QueryAsync("persons", WebCompiler.Behind(query, span, point, after, most, project.Id, reader.Schema(project.Id), dialect), cancellationToken));
    }

    /// <summary>Behind groups are the persons with an event of one of them, from where the query's range begins to the end of what it looked at.</summary>
    /// <param name="keys">Of the groups, as the plan's sink numbered them.</param>
    private async ValueTask<(IReadOnlyList<long> Keys, long Total)?> BehindGroupsAsync(
        QueryUnit unit, QueryRange range, Interval interval, InsightPlan plan, IReadOnlyList<long> keys, string path, long after, int most, ProjectInfo project,
        LocalCalendar calendar, long now, QueryErrors errors, CancellationToken cancellationToken)
    {
        if (keys.Count > QueryLimits.GroupsBehind)
        {
            errors.Add(path + "point", $"There are more than {QueryLimits.GroupsBehind} groups behind it. Ask for fewer, with a filter.");
            return null;
        }

        if (ResolvedRange.Resolve(range, interval, calendar, now, "range", new QueryErrors()) is not { } resolved)
        {
            throw new InvalidOperationException("The query was valid.");
        }

        var (statement, sink) = plan.Scans[0];
        List<string> groups = [.. keys.Select(k => sink.Texts!.Text((int)k - 1))];

        // A query that holds memory must not wait for its turn to run another one.
        plan.Dispose();
        return Keys(await QueryAsync(
            "persons", PersonsCompiler.OfGroups(unit, groups, resolved.From, Math.Max(resolved.To, statement.To), after, most, project.Id, reader.Schema(project.Id), dialect), cancellationToken));
    }

    /// <summary>Null where persons are counted.</summary>
    private static (QueryUnit Unit, QueryRange Range, Interval Interval)? Groups(InsightQuery query) => query switch
    {
        FunnelQuery { Unit: { } unit } funnel => (unit, funnel.Range, funnel.Interval),
        PathsQuery { Unit: { } unit } paths => (unit, paths.Range, Interval.Day),
        RetentionQuery { Unit: { } unit } retention => (unit, retention.Range, retention.Interval),
        StickinessQuery { Unit: { } unit } stickiness => (unit, stickiness.Range, stickiness.Interval),
        LifecycleQuery { Unit: { } unit } lifecycle => (unit, lifecycle.Range, lifecycle.Interval),
        _ => null,
    };

    private static (IReadOnlyList<long> Keys, long Total) Keys(QueryRows rows) =>
        ([.. rows.Rows.Select(static r => (long)r[0]!)], rows.Rows.Count == 0 ? 0 : (long)rows.Rows[0][1]!);
}
