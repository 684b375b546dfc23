using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;

namespace Headroom.App.Insights;

internal sealed partial class InsightsService
{
    private async ValueTask<SessionsResult?> SessionsAsync(SessionsQuery query, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var now = time.GetUtcNow();
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        if (SessionsValidator.Validate(query, calendar, UnixMicros.From(now), errors) is not { } span)
        {
            return null;
        }

        await CheckPatternsAsync(query.Filters, "filters", project, errors, cancellationToken);
        if (errors.Any)
        {
            return null;
        }

        var plan = SessionsCompiler.Compile(query, span, project.Id, reader.Schema(project.Id), dialect);
        var scan = await ScanAsync("sessions", plan.Statement, plan.Sink, cancellationToken);
        return await Task.Run(() => plan.Read(scan, calendar, now, () => time.GetElapsedTime(start)), cancellationToken);
    }

    private async ValueTask<WebResult?> WebAsync(WebQuery query, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var now = time.GetUtcNow();
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        if (SessionsValidator.Validate(query, calendar, UnixMicros.From(now), errors) is not { } span)
        {
            return null;
        }

        await CheckPatternsAsync(query.Filters, "filters", project, errors, cancellationToken);
        if (errors.Any)
        {
            return null;
        }

        var plan = WebCompiler.Compile(query, span, project.Id, reader.Schema(project.Id), dialect);
        var scans = new List<ScanSummary>();
        foreach (var (statement, sink) in plan.Scans)
        {
            scans.Add(await ScanAsync("web", statement, sink, cancellationToken));
        }

        return await Task.Run(() => plan.Read(scans, calendar, now, () => time.GetElapsedTime(start)), cancellationToken);
    }
}
