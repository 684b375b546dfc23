using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;

namespace Headroom.App.Insights;

internal sealed partial class InsightsService
{
    private async ValueTask<PathsResult?> PathsAsync(PathsQuery query, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var now = time.GetUtcNow();
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        if (PathsValidator.Validate(query, calendar, UnixMicros.From(now), errors) is not { } range)
        {
            return null;
        }

        await CheckPatternsAsync(query.Filters, "filters", project, errors, cancellationToken);
        if (errors.Any)
        {
            return null;
        }

        var plan = PathsCompiler.Compile(query, range, project.Id, reader.Schema(project.Id), dialect);
        var scan = await ScanAsync("paths", plan.Statement, plan.Sink, cancellationToken);
        return await Task.Run(() => plan.Read(scan, calendar, now, time.GetElapsedTime(start)), cancellationToken);
    }
}
