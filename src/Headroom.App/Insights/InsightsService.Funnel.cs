using System.Globalization;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;

namespace Headroom.App.Insights;

internal sealed partial class InsightsService
{
    private async ValueTask<FunnelResult?> FunnelAsync(FunnelQuery query, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var now = time.GetUtcNow();
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        if (FunnelValidator.Validate(query, calendar, UnixMicros.From(now), errors) is not { } span)
        {
            return null;
        }

        await CheckPatternsAsync(query.Filters, "filters", project, errors, cancellationToken);
        await CheckSelectorsAsync(query.Steps, "steps", project, errors, cancellationToken);
        await CheckSelectorsAsync(query.Exclusions, "exclusions", project, errors, cancellationToken);
        if (errors.Any)
        {
            return null;
        }

        var plan = FunnelCompiler.Compile(query, span, project.Id, reader.Schema(project.Id), dialect);
        var scan = await ScanAsync("funnel", plan.Statement, plan.Sink, cancellationToken);
        return await Task.Run(() => plan.Read(scan, calendar, now, () => time.GetElapsedTime(start), cancellationToken), cancellationToken);
    }

    private async ValueTask CheckSelectorsAsync(
        IReadOnlyList<EventSelector> selectors, string path, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        for (var i = 0; i < selectors.Count; i++)
        {
            await CheckPatternsAsync(
                selectors[i].Filters, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}].filters"), project, errors, cancellationToken);
        }
    }
}
