using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;

namespace Headroom.App.Insights;

// All kinds of questions but trends go the same way: checked, compiled, scanned, read.
internal sealed partial class InsightsService
{
    /// <summary>As documents name them.</summary>
    private static readonly Dictionary<Type, string> Kinds =
        typeof(InsightQuery).GetCustomAttributes<JsonDerivedTypeAttribute>().ToDictionary(static k => k.DerivedType, static k => (string)k.TypeDiscriminator!);

    private async ValueTask<InsightResult?> AnswerAsync(InsightQuery query, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var now = time.GetUtcNow();
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        using var plan = await PlanAsync(query, project, calendar, now, errors, cancellationToken);
        if (plan is null)
        {
            return null;
        }

        var version = await ScanAsync(Kinds[query.GetType()], plan, cancellationToken);
        return await LongWork.RunAsync(() => plan.Read(version, calendar, now, () => time.GetElapsedTime(start), cancellationToken), cancellationToken);
    }

    /// <summary>Adds to <paramref name="errors"/> all that is wrong with a query, without asking it.</summary>
    public async ValueTask CheckAsync(InsightQuery query, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        var now = UnixMicros.From(time.GetUtcNow());
        _ = query is TrendsQuery trends ? (object?)QueryValidator.Validate(trends, calendar, now, errors) : Validate(query, project.Id, calendar, now, errors);
        var schema = reader.Schema(project.Id);
        foreach (var (path, id) in CohortReferences.Of(query))
        {
            if (schema.Cohorts(id) is null)
            {
                errors.Add(path, "There is no such cohort.");
            }
        }

        if (!errors.Any)
        {
            await CheckPatternsAsync(query, project, errors, cancellationToken);
        }
    }

    /// <summary>Null where <paramref name="errors"/> has what is wrong.</summary>
    private async ValueTask<InsightPlan?> PlanAsync(
        InsightQuery query, ProjectInfo project, LocalCalendar calendar, DateTimeOffset now, QueryErrors errors, CancellationToken cancellationToken)
    {
        if (Validate(query, project.Id, calendar, UnixMicros.From(now), errors) is not { } compile)
        {
            return null;
        }

        await CheckPatternsAsync(query, project, errors, cancellationToken);
        return errors.Any ? null : compile(reader.Schema(project.Id));
    }

    /// <summary>The version of the data that the plan was filled from.</summary>
    private async ValueTask<long> ScanAsync(string kind, InsightPlan plan, CancellationToken cancellationToken)
    {
        var version = long.MaxValue;
        foreach (var (statement, sink) in plan.Scans)
        {
            version = Math.Min(version, (await ScanAsync(kind, statement, sink, cancellationToken)).DataVersion);
        }

        return version;
    }

    /// <summary>How the query is compiled, or null where <paramref name="errors"/> has what is wrong.</summary>
    private static Func<ProjectSchema, InsightPlan>? Validate(InsightQuery query, ProjectId project, LocalCalendar calendar, long now, QueryErrors errors) => query switch
    {
        FunnelQuery funnel => FunnelValidator.Validate(funnel, calendar, now, errors) is { } span
            ? schema => FunnelCompiler.Compile(funnel, span, project, schema, SqlDialect.Of(schema)) : null,
        RetentionQuery retention => RetentionValidator.Validate(retention, calendar, now, errors) is { } span
            ? schema => RetentionCompiler.Compile(retention, span, project, schema, SqlDialect.Of(schema)) : null,
        StickinessQuery stickiness => StickinessValidator.Validate(stickiness, calendar, now, errors) is { } intervals
            ? schema => StickinessCompiler.Compile(stickiness, intervals, project, schema, SqlDialect.Of(schema)) : null,
        LifecycleQuery lifecycle => LifecycleValidator.Validate(lifecycle, calendar, now, errors) is { } intervals
            ? schema => LifecycleCompiler.Compile(lifecycle, intervals, project, schema, SqlDialect.Of(schema)) : null,
        SessionsQuery sessions => SessionsValidator.Validate(sessions, calendar, now, errors) is { } span
            ? schema => SessionsCompiler.Compile(sessions, span, project, schema, SqlDialect.Of(schema)) : null,
        WebQuery web => SessionsValidator.Validate(web, calendar, now, errors) is { } span
            ? schema => WebCompiler.Compile(web, span, project, schema, SqlDialect.Of(schema)) : null,
        PathsQuery paths => PathsValidator.Validate(paths, calendar, now, errors) is { } range
            ? schema => PathsCompiler.Compile(paths, range, project, schema, SqlDialect.Of(schema)) : null,
        _ => throw new InvalidOperationException($"No compiler for {query.GetType().Name}."),
    };

    /// <summary>The patterns of every filter in a query.</summary>
    private async ValueTask CheckPatternsAsync(InsightQuery query, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        foreach (var (path, filters) in Filters(query))
        {
            await CheckPatternsAsync(filters, path, project, errors, cancellationToken);
        }
    }

    private static IEnumerable<(string Path, IReadOnlyList<PropertyFilter> Filters)> Filters(InsightQuery query) => query switch
    {
        TrendsQuery trends => [("filters", trends.Filters), .. Each("series", trends.Series.Select(static s => s.Filters))],
        FunnelQuery funnel =>
            [("filters", funnel.Filters), .. Each("steps", funnel.Steps.Select(static s => s.Filters)), .. Each("exclusions", funnel.Exclusions.Select(static e => e.Filters))],
        RetentionQuery retention => [("filters", retention.Filters), ("start.filters", retention.Start.Filters), ("return.filters", retention.Return.Filters)],
        StickinessQuery stickiness => [("filters", stickiness.Filters), .. Each("series", stickiness.Series.Select(static s => s.Filters))],
        LifecycleQuery lifecycle => [("filters", lifecycle.Filters), ("activity.filters", lifecycle.Activity.Filters)],
        SessionsQuery sessions => [("filters", sessions.Filters)],
        WebQuery web => [("filters", web.Filters)],
        PathsQuery paths => [("filters", paths.Filters)],
        _ => [],
    };

    private static IEnumerable<(string Path, IReadOnlyList<PropertyFilter> Filters)> Each(string path, IEnumerable<IReadOnlyList<PropertyFilter>> lists) =>
        lists.Select((filters, i) => (string.Create(CultureInfo.InvariantCulture, $"{path}[{i}].filters"), filters));
}
