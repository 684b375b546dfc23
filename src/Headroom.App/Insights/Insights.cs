using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Insights;

/// <summary>Compiles questions, has the event store answer them, and measures it. Safe for concurrent use.</summary>
internal sealed partial class InsightsService(
    IEventReader reader, SqlDialect dialect, TimeProvider time, IOptions<InsightsOptions> options, ILogger<InsightsService> logger)
{
    public async ValueTask<InsightResult?> RunAsync(InsightQuery query, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken) =>
        query is TrendsQuery trends
            ? await TrendsAsync(trends, project, errors, cancellationToken)
            : await AnswerAsync(query, project, errors, cancellationToken);

    /// <summary>Runs one statement with the settings' bounds, a span and metrics.</summary>
    public ValueTask<QueryRows> QueryAsync(string kind, StoreQuery query, CancellationToken cancellationToken) =>
        MeasureAsync(kind, query, reader.QueryAsync, static r => (r.Rows.Count, r.Segments), cancellationToken);

    /// <summary>As <see cref="QueryAsync"/>, with the rows given to a sink.</summary>
    public ValueTask<ScanSummary> ScanAsync(string kind, StoreQuery query, IColumnSink sink, CancellationToken cancellationToken) =>
        MeasureAsync(kind, query, (q, token) => reader.ScanAsync(q, sink, token), static s => (s.Rows, s.Segments), cancellationToken);

    /// <summary>The cells of a trend's points, counted in scans; null where the store has to group them, and where they would be of several versions.</summary>
    public async ValueTask<TrendsCells?> CountAsync(
        TrendsQuery query, TrendsPoints points, TrendsTouched touched, ProjectId project, ProjectSchema schema, CancellationToken cancellationToken)
    {
        var parts = new List<TrendsCells>();
        foreach (var stretch in touched.Stretches)
        {
            using var scan = TrendsScan.OfPoints(query, points, stretch, project, schema, SqlDialect.Of(schema));
            if (scan is null || !await CountAsync(scan, cancellationToken) || scan.Cells(stretch.First) is not { } cells)
            {
                return null;
            }

            parts.Add(cells);
        }

        return TrendsCells.Of(parts);
    }

    /// <summary>Whether what the scan is for was counted, from counts that the store keeps or row by row; else the store has to group it.</summary>
    private async ValueTask<bool> CountAsync(TrendsScan scan, CancellationToken cancellationToken)
    {
        if (scan.Names is { } names && await CountAsync(scan, names, cancellationToken) is { } tally)
        {
            scan.Take(tally);
            return true;
        }

        if (scan.Text is { } text && await CountTextsAsync(scan, text, cancellationToken) is { } texts)
        {
            scan.Take(texts);
            return true;
        }

        return scan.Take(await ScanAsync("trends", scan.Statement, scan.Sink, cancellationToken));
    }

    private ValueTask<TextTally?> CountTextsAsync(TrendsScan scan, (string Event, PropertyColumnKey Text) text, CancellationToken cancellationToken) =>
        MeasureAsync("trends", scan.Statement, (q, token) => reader.CountTextsAsync(q, text.Event, text.Text, TrendsScan.MaxCells, token), static t => (0, t?.Segments ?? 0), cancellationToken);

    private ValueTask<EventTally?> CountAsync(TrendsScan scan, IReadOnlyList<string?> names, CancellationToken cancellationToken) =>
        MeasureAsync("trends", scan.Statement, (q, token) => reader.CountAsync(q.Project, names, scan.Bounds, token), static t => (0, t?.Segments ?? 0), cancellationToken);

    private async ValueTask<T> MeasureAsync<T>(
        string kind, StoreQuery query, Func<StoreQuery, CancellationToken, ValueTask<T>> ask, Func<T, (long Rows, int Segments)> size, CancellationToken cancellationToken)
    {
        using var activity = Telemetry.Source.StartActivity("insights.query");
        activity?.SetTag("headroom.query.kind", kind);
        activity?.SetTag("headroom.project", query.Project.Value);
        var start = time.GetTimestamp();
        var (waited, estimated) = Watched();
        var outcome = "failed";
        var rows = 0L;
        try
        {
            var result = await ask(query with { Timeout = TimeSpan.FromSeconds(options.Value.TimeoutSeconds) }, cancellationToken);
            outcome = "ok";
            (rows, var segments) = size(result);
            var (waits, estimates) = Watched();
            var ran = time.GetElapsedTime(start) - (waits - waited);
            InsightsMetrics.Ran(
                kind, query.Columns.Contains(ProjectSchema.OverflowColumn) || query.PersonColumns.Contains(ProjectSchema.OverflowColumn), ran > TimeSpan.Zero ? ran : TimeSpan.Zero, estimates - estimated);
            activity?.SetTag("headroom.query.rows", rows);
            activity?.SetTag("headroom.query.segments", segments);
            return result;
        }
        catch (QueryRefusedException e)
        {
            outcome = "refused";
            logger.QueryRefused(kind, query.Project, e.Bound, e.Message);
            throw;
        }
        catch (SqlRefusedException)
        {
            // Somebody's mistake in writing, of which they are told: nothing for the log.
            outcome = "refused";
            throw;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            outcome = "cancelled";
            throw;
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error);
            logger.QueryFailed(e, kind, query.Project);
            throw;
        }
        finally
        {
            activity?.SetTag("headroom.query.outcome", outcome);
            InsightsMetrics.Record(kind, outcome, time.GetElapsedTime(start), rows);
        }
    }

    /// <summary>What the store has told of the statements of the question that is being answered, so far: their wait, and the rows that they go over.</summary>
    private static (TimeSpan Queued, long Rows) Watched() => QueryWatch.Current is { } watch ? (watch.Queued, watch.Estimate.Rows) : default;

    /// <summary>
    /// The store's engine has the last word on what a regular expression is, so each is tried there on an empty text
    /// first: what a query fails of later is not the asker's mistake.
    /// </summary>
    public async ValueTask CheckPatternsAsync(
        IReadOnlyList<PropertyFilter> filters, string path, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        for (var i = 0; i < filters.Count; i++)
        {
            var values = filters[i].Values;
            if (filters[i].Operator is not FilterOperator.Matches || await RefusalAsync(values.Select(v => v.Text), project, cancellationToken) is null)
            {
                continue;
            }

            for (var v = 0; v < values.Count; v++)
            {
                if (await RefusalAsync([values[v].Text], project, cancellationToken) is { } refusal)
                {
                    errors.Add(
                        string.Create(CultureInfo.InvariantCulture, $"{path}[{i}].values[{v}]"), "Is not a regular expression to the store: " + refusal);
                }
            }
        }
    }

    /// <summary>Cohorts that are not there; queries are checked as a whole where they are answered.</summary>
    public void CheckCohorts(IReadOnlyList<PropertyFilter> filters, string path, ProjectInfo project, QueryErrors errors)
    {
        var schema = reader.Schema(project.Id);
        for (var i = 0; i < filters.Count; i++)
        {
            if (filters[i] is { } filter && PropertyNames.Cohort(filter.Property) is { } id && schema.Cohorts(id) is null)
            {
                errors.Add(string.Create(CultureInfo.InvariantCulture, $"{path}[{i}].property"), "There is no such cohort.");
            }
        }
    }

    private async ValueTask<TrendsResult?> TrendsAsync(TrendsQuery query, ProjectInfo project, QueryErrors errors, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var now = time.GetUtcNow();
        var calendar = new LocalCalendar(project.TimeZone, project.WeekStartsOnSunday);
        if (QueryValidator.Validate(query, calendar, UnixMicros.From(now), errors) is not { } buckets)
        {
            return null;
        }

        await CheckPatternsAsync(query, project, errors, cancellationToken);
        if (errors.Any)
        {
            return null;
        }

        var schema = reader.Schema(project.Id);
        var plan = TrendsCompiler.Compile(query, buckets, project.Id, schema, SqlDialect.Of(schema));
        using var scan = TrendsScan.Of(query, buckets, project.Id, schema, SqlDialect.Of(schema));
        if (scan is not null)
        {
            if (await CountAsync(scan, cancellationToken))
            {
                return plan.Read(scan.Rows(), now, time.GetElapsedTime(start), counted: true);
            }

            scan.Dispose();
        }

        var rows = await QueryAsync("trends", plan.Statement, cancellationToken);
        return plan.Read(rows, now, time.GetElapsedTime(start));
    }

    /// <summary>What the store makes of the patterns; null where it takes them all.</summary>
    private async ValueTask<string?> RefusalAsync(IEnumerable<string> patterns, ProjectInfo project, CancellationToken cancellationToken)
    {
        try
        {
            await reader.QueryAsync(
                EventsCompiler.Try(patterns, project.Id, dialect) with { Timeout = TimeSpan.FromSeconds(options.Value.TimeoutSeconds) }, cancellationToken);
            return null;
        }
        catch (DbException e)
        {
            return FirstLine(e.Message);
        }
    }

    private static string FirstLine(string message) => message.AsSpan().IndexOf('\n') is var end && end < 0 ? message : message[..end];
}
