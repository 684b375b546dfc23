using System.Globalization;
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
        var now = UnixMicros.From(time.GetUtcNow());
        var wrong = new QueryErrors();
        var found = query switch
        {
            TrendsQuery trends => await BehindTrendAsync(trends, point, path, after, most, project, calendar, now, shown, wrong, errors, cancellationToken),
            FunnelQuery funnel => await BehindFunnelAsync(funnel, point, project, calendar, now, wrong, cancellationToken) is { } keys ? Part(keys, after, most) : null,
            PathsQuery paths => await BehindPathAsync(paths, point, project, calendar, now, wrong, cancellationToken) is { } keys ? Part(keys, after, most) : null,
            _ => null,
        };
        foreach (var (field, messages) in wrong.ToDictionary())
        {
            foreach (var message in messages)
            {
                errors.Add($"{path}query.{field}", message);
            }
        }

        return errors.Any ? null : found;
    }

    private static (IReadOnlyList<long> Keys, long Total) Part(IReadOnlyList<long> keys, long after, int most) =>
        ([.. keys.Where(k => k > after).Take(most)], keys.Count);

    private async ValueTask<(IReadOnlyList<long> Keys, long Total)?> BehindTrendAsync(
        TrendsQuery query, InsightPoint point, string path, long after, int most, ProjectInfo project, LocalCalendar calendar, long now,
        Func<ValueTask<IReadOnlyList<string?>>> shown, QueryErrors wrong, QueryErrors errors, CancellationToken cancellationToken)
    {
        if (QueryValidator.Validate(query, calendar, now, wrong) is not { } time)
        {
            return null;
        }

        var buckets = point.Compare ? time.Previous! : time.Current;
        var (from, to) = (buckets.From, buckets.To);
        if (point.Bucket is { } bucket)
        {
            InsightPointValidator.Number(bucket, 0, buckets.Count - 1, path + "point.bucket", errors);
            if (errors.Any)
            {
                return null;
            }

            from = Math.Max(from, buckets.Starts[bucket]);
            to = bucket + 1 < buckets.Count ? buckets.Starts[bucket + 1] : to;
        }

        await CheckPatternsAsync(query.Filters, "filters", project, wrong, cancellationToken);
        for (var i = 0; i < query.Series.Count; i++)
        {
            await CheckPatternsAsync(query.Series[i].Filters, string.Create(CultureInfo.InvariantCulture, $"series[{i}].filters"), project, wrong, cancellationToken);
        }

        if (wrong.Any)
        {
            return null;
        }

        var values = query.Breakdown is not null && point.Breakdown == TrendsSeriesResult.Other ? await shown() : null;
        var rows = await QueryAsync(
            "persons",
            PersonsCompiler.Behind(query, point.Series!.Value, from, to, point.Breakdown, values, after, most, project.Id, reader.Schema(project.Id), dialect),
            cancellationToken);
        return ([.. rows.Rows.Select(static r => (long)r[0]!)], rows.Rows.Count == 0 ? 0 : (long)rows.Rows[0][1]!);
    }

    private async ValueTask<IReadOnlyList<long>?> BehindFunnelAsync(
        FunnelQuery query, InsightPoint point, ProjectInfo project, LocalCalendar calendar, long now, QueryErrors wrong, CancellationToken cancellationToken)
    {
        if (FunnelValidator.Validate(query, calendar, now, wrong) is not { } span)
        {
            return null;
        }

        await CheckPatternsAsync(query.Filters, "filters", project, wrong, cancellationToken);
        await CheckSelectorsAsync(query.Steps, "steps", project, wrong, cancellationToken);
        await CheckSelectorsAsync(query.Exclusions, "exclusions", project, wrong, cancellationToken);
        if (wrong.Any)
        {
            return null;
        }

        var plan = FunnelCompiler.Compile(query, span, project.Id, reader.Schema(project.Id), dialect);
        await ScanAsync("persons", plan.Statement, plan.Sink, cancellationToken);
        return await Task.Run(() => plan.Persons(point.Step!.Value, !point.DroppedOff, point.Breakdown, int.MaxValue, cancellationToken), cancellationToken);
    }

    private async ValueTask<IReadOnlyList<long>?> BehindPathAsync(
        PathsQuery query, InsightPoint point, ProjectInfo project, LocalCalendar calendar, long now, QueryErrors wrong, CancellationToken cancellationToken)
    {
        if (PathsValidator.Validate(query, calendar, now, wrong) is not { } range)
        {
            return null;
        }

        await CheckPatternsAsync(query.Filters, "filters", project, wrong, cancellationToken);
        if (wrong.Any)
        {
            return null;
        }

        var plan = PathsCompiler.Compile(query, range, project.Id, reader.Schema(project.Id), dialect);
        await ScanAsync("persons", plan.Statement, plan.Sink, cancellationToken);
        return await Task.Run(() => plan.Persons(point.Step!.Value, point.From!, point.To!, int.MaxValue), cancellationToken);
    }
}
