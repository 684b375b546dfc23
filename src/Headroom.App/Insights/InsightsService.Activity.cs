using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;

namespace Headroom.App.Insights;

internal sealed partial class InsightsService
{
    private async ValueTask<RetentionResult?> RetentionAsync(RetentionQuery query, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var now = time.GetUtcNow();
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        if (RetentionValidator.Validate(query, calendar, UnixMicros.From(now), errors) is not { } span)
        {
            return null;
        }

        await CheckPatternsAsync(query.Filters, "filters", project, errors, cancellationToken);
        await CheckPatternsAsync(query.Start.Filters, "start.filters", project, errors, cancellationToken);
        await CheckPatternsAsync(query.Return.Filters, "return.filters", project, errors, cancellationToken);
        if (errors.Any)
        {
            return null;
        }

        var plan = RetentionCompiler.Compile(query, span, project.Id, reader.Schema(project.Id), dialect);
        var scan = await ScanAsync("retention", plan.Statement, plan.Sink, cancellationToken);
        return await Task.Run(() => plan.Read(scan, calendar, now, () => time.GetElapsedTime(start), cancellationToken), cancellationToken);
    }

    private async ValueTask<StickinessResult?> StickinessAsync(StickinessQuery query, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var now = time.GetUtcNow();
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        if (StickinessValidator.Validate(query, calendar, UnixMicros.From(now), errors) is not { } intervals)
        {
            return null;
        }

        await CheckPatternsAsync(query.Filters, "filters", project, errors, cancellationToken);
        await CheckSelectorsAsync(query.Series, "series", project, errors, cancellationToken);
        if (errors.Any)
        {
            return null;
        }

        var plan = StickinessCompiler.Compile(query, intervals, project.Id, reader.Schema(project.Id), dialect);
        var scan = await ScanAsync("stickiness", plan.Statement, plan.Sink, cancellationToken);
        return await Task.Run(() => plan.Read(scan, calendar, now, time.GetElapsedTime(start)), cancellationToken);
    }

    private async ValueTask<LifecycleResult?> LifecycleAsync(LifecycleQuery query, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var now = time.GetUtcNow();
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        if (LifecycleValidator.Validate(query, calendar, UnixMicros.From(now), errors) is not { } intervals)
        {
            return null;
        }

        await CheckPatternsAsync(query.Filters, "filters", project, errors, cancellationToken);
        await CheckPatternsAsync(query.Activity.Filters, "activity.filters", project, errors, cancellationToken);
        if (errors.Any)
        {
            return null;
        }

        var plan = LifecycleCompiler.Compile(query, intervals, project.Id, reader.Schema(project.Id), dialect);
        var scan = await ScanAsync("lifecycle", plan.Statement, plan.Sink, cancellationToken);
        return await Task.Run(() => plan.Read(scan, calendar, now, time.GetElapsedTime(start)), cancellationToken);
    }
}
