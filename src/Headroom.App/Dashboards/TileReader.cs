using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.App.Dashboards;

/// <summary>Asks the questions of tiles as their dashboards ask them. Safe for concurrent use.</summary>
internal sealed class TileReader(IInsightAnswers insights, TimeProvider time)
{
    /// <summary>Null where the question is wrong by now, or the range or a filter is, as <paramref name="errors"/> says.</summary>
    /// <param name="range">For all tiles; null for the tile's own.</param>
    /// <param name="filters">For all tiles.</param>
    /// <param name="progress">Told by the store what becomes of each statement; must not block.</param>
    /// <param name="mostBehind">How long ago the answer may have ceased to be right.</param>
    public async ValueTask<TileAnswer?> ReadAsync(
        DashboardTile tile, QueryRange? range, IReadOnlyList<PropertyFilter> filters, ProjectInfo project, QueryErrors errors, Action<QueryProgress>? progress,
        TimeSpan mostBehind, CancellationToken cancellationToken)
    {
        QueryValidator.Filters(filters, "filters", errors);
        var query = tile.Query;
        if (range is not null)
        {
            var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
            if (ResolvedRange.Resolve(range, Interval.Day, calendar, UnixMicros.From(time.GetUtcNow()), "range", errors) is not { } resolved)
            {
                return null;
            }

            query = TileQuery.WithRange(query, range, resolved);
        }

        if (errors.Any)
        {
            return null;
        }

        query = TileQuery.WithFilters(query, filters);
        return await insights.AnswerAsync(query, project, errors, progress, mostBehind, cancellationToken) is { } answer
            ? new TileAnswer(query, answer.Result) { Tag = answer.Tag } : null;
    }
}
