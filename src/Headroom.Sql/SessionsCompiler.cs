using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Sessions to SQL: one row for each session; the rest is <see cref="SessionsPlan"/>'s.</summary>
public static class SessionsCompiler
{
    /// <param name="query">Valid, see <see cref="SessionsValidator"/>.</param>
    public static SessionsPlan Compile(SessionsQuery query, SessionTime time, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var sessions = new SessionsSql(statement, time, query.Filters, web: false);
        var sql = sessions.Rows(query.Breakdown is { } breakdown ? [SessionValue.Of(breakdown)] : []);
        return new SessionsPlan(query, time, statement.Finish(sql, sessions.From, sessions.To, QueryLimits.ScanRows));
    }
}

/// <summary>The answer out of sessions.</summary>
public sealed class SessionsPlan : InsightPlan
{
    private readonly SessionsQuery _query;
    private readonly SessionTime _time;
    private readonly StoreQuery _statement;
    private readonly SessionRows _rows;

    internal SessionsPlan(SessionsQuery query, SessionTime time, StoreQuery statement)
    {
        (_query, _time, _statement) = (query, time, statement);
        _rows = new SessionRows(query.Breakdown is null ? 0 : 1);
    }

    public override IReadOnlyList<(StoreQuery Statement, IColumnSink Sink)> Scans => [(_statement, _rows)];

    public override SessionsResult Read(
        long dataVersion, LocalCalendar calendar, DateTimeOffset computedAt, Func<TimeSpan> elapsed, CancellationToken cancellationToken)
    {
        var (lines, names) = Lines();
        var current = Figures(_time.Current, lines, names.Count);
        var previous = _time.Previous is { } before ? Figures(before, lines, names.Count) : null;
        var series = new List<SessionsSeries>();
        for (var l = 0; l < names.Count; l++)
        {
            if (_query.Breakdown is null || current[l].Total.Sessions + (previous?[l].Total.Sessions ?? 0) > 0)
            {
                series.Add(new SessionsSeries
                {
                    Breakdown = names[l],
                    HasBreakdown = _query.Breakdown is not null,
                    Values = current[l].Values,
                    Total = current[l].Total,
                    Compare = previous is null ? null : new SessionsComparison(previous[l].Values, previous[l].Total),
                });
            }
        }

        return new SessionsResult
        {
            TimeZone = calendar.Zone.Id,
            Interval = _query.Interval,
            Buckets = [.. _time.Current.Starts.Select(calendar.Label)],
            CompareBuckets = _time.Previous is { } compared ? [.. compared.Starts.Select(calendar.Label)] : null,
            Series = series,
            DataVersion = dataVersion,
            ComputedAt = computedAt,
            ElapsedMs = Math.Round(elapsed().TotalMilliseconds, 3),
        };
    }

    public override void CheckPoint(InsightPoint point, string path, QueryErrors errors) =>
        CheckBucket(point.Bucket, _time.Of(point.Compare), path, errors);

    /// <summary>Those with a session at the point.</summary>
    public override IReadOnlyList<long> Persons(InsightPoint point, DateTimeOffset computedAt, CancellationToken cancellationToken)
    {
        var (lines, names) = Lines();
        var line = _query.Breakdown is null ? 0 : names.IndexOf(point.Breakdown);
        return _rows.Keys(i => lines[i] == line && SessionTally.Has(_time.Of(point.Compare), point.Bucket, _rows.Rows[i].At));
    }

    protected override void Dispose(bool disposing)
    {
        _rows.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The line of each session, and the lines' names; the last line of a breakdown is what is past the limit.</summary>
    private (int[] Lines, List<string?> Names) Lines()
    {
        var rows = _rows.Rows;
        var lines = new int[rows.Length];
        if (_query.Breakdown is not { } breakdown)
        {
            return (lines, [null]);
        }

        var codes = _rows.Codes(0);
        var texts = _rows.Texts(0);
        var counts = new long[texts.Count + 1];
        for (var i = 0; i < rows.Length; i++)
        {
            counts[codes[i] + 1] += rows[i].At >= _time.Current.From ? 1 : 0;
        }

        var shown = Enumerable.Range(-1, counts.Length)
            .Where(c => counts[c + 1] > 0 && (c < 0 || texts[c] != TrendsSeriesResult.Other))
            .OrderByDescending(c => counts[c + 1]).ThenBy(c => c < 0).ThenBy(c => c < 0 ? "" : texts[c], StringComparer.Ordinal)
            .Take(breakdown.Limit).ToList();
        var ofCode = new int[counts.Length];
        Array.Fill(ofCode, shown.Count);
        for (var l = 0; l < shown.Count; l++)
        {
            ofCode[shown[l] + 1] = l;
        }

        for (var i = 0; i < lines.Length; i++)
        {
            lines[i] = ofCode[codes[i] + 1];
        }

        return (lines, [.. shown.Select(c => c < 0 ? null : texts[c]), TrendsSeriesResult.Other]);
    }

    private List<(IReadOnlyList<SessionFigures> Values, SessionFigures Total)> Figures(TimeBuckets time, int[] lines, int count)
    {
        var rows = _rows.Rows;
        var (cells, whole) = (new int[rows.Length], new int[rows.Length]);
        for (var i = 0; i < rows.Length; i++)
        {
            var bucket = SessionTally.Bucket(time, rows[i].At);
            (cells[i], whole[i]) = bucket < 0 ? (-1, -1) : ((lines[i] * time.Count) + bucket, lines[i]);
        }

        var (points, totals) = (new SessionCells(cells, count * time.Count), new SessionCells(whole, count));
        var lengths = new long[rows.Length];
        return [.. Enumerable.Range(0, count).Select(l => (
            (IReadOnlyList<SessionFigures>)[.. Enumerable.Range(l * time.Count, time.Count).Select(c => Of(points.Of(c), lengths))], Of(totals.Of(l), lengths)))];
    }

    private SessionFigures Of(ReadOnlySpan<int> sessions, long[] lengths)
    {
        if (sessions.IsEmpty)
        {
            return new SessionFigures(0, 0, null, null, null, null);
        }

        var rows = _rows.Rows;
        long views = 0, viewed = 0, bounced = 0, length = 0;
        for (var i = 0; i < sessions.Length; i++)
        {
            ref readonly var session = ref rows[sessions[i]];
            views += session.Views;
            viewed += session.Views > 0 ? 1 : 0;
            bounced += session is { Views: 1, Acts: 0 } && session.Length < _query.BounceSeconds * 1_000_000L ? 1 : 0;
            length += session.Length;
            lengths[i] = session.Length;
        }

        var sorted = lengths.AsSpan(0, sessions.Length);
        sorted.Sort();
        var middle = ((double)sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2e6;
        return new SessionFigures(
            sessions.Length, views, Math.Round((double)views / sessions.Length, 2), viewed == 0 ? null : (double)bounced / viewed,
            Math.Round(length / 1e6 / sessions.Length, 3), Math.Round(middle, 3));
    }
}
