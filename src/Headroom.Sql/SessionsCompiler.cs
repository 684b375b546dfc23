using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Sessions to SQL: their events, or one row for each session; the rest is <see cref="SessionsPlan"/>'s.</summary>
public static class SessionsCompiler
{
    /// <param name="query">Valid, see <see cref="SessionsValidator"/>.</param>
    public static SessionsPlan Compile(SessionsQuery query, SessionTime time, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var sessions = new SessionsSql(statement, time, query.Filters, web: false);
        var (scans, rows) = sessions.Finish(query.Breakdown is { } breakdown ? [SessionValue.Of(breakdown)] : [], null);
        return new SessionsPlan(query, time, scans, rows);
    }
}

/// <summary>The answer out of sessions.</summary>
public sealed class SessionsPlan : InsightPlan
{
    private readonly SessionsQuery _query;
    private readonly SessionTime _time;
    private readonly SessionRows _rows;

    internal SessionsPlan(SessionsQuery query, SessionTime time, IReadOnlyList<(StoreQuery, IColumnSink)> scans, SessionRows rows) =>
        (_query, _time, Scans, _rows) = (query, time, scans, rows);

    public override IReadOnlyList<(StoreQuery Statement, IColumnSink Sink)> Scans { get; }

    public override SessionsResult Read(
        long dataVersion, LocalCalendar calendar, DateTimeOffset computedAt, Func<TimeSpan> elapsed, CancellationToken cancellationToken)
    {
        _rows.Arrange(_time, cancellationToken);
        var (lines, values) = Lines();
        var current = Figures(_time.Current, lines, values.Count, cancellationToken);
        var previous = _time.Previous is { } before ? Figures(before, lines, values.Count, cancellationToken) : null;
        var series = new List<SessionsSeries>();
        for (var l = 0; l < values.Count; l++)
        {
            if (_query.Breakdown is null || current[l].Total.Sessions + (previous?[l].Total.Sessions ?? 0) > 0)
            {
                series.Add(new SessionsSeries
                {
                    Breakdown = values.Name(l),
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
        _rows.Arrange(_time, cancellationToken);
        var (lines, values) = Lines();
        var line = values.Find(point.Breakdown);
        return _rows.Keys(i => lines[i] == line && SessionTally.Has(_time.Of(point.Compare), point.Bucket, _rows.Rows[i].At));
    }

    protected override void Dispose(bool disposing)
    {
        _rows.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The line of each session. The largest values are those with the most sessions of the range, without the one before it.</summary>
    private (int[] Lines, ValueLines Values) Lines()
    {
        var rows = _rows.Rows;
        var lines = new int[rows.Length];
        if (_query.Breakdown is not { } breakdown)
        {
            return (lines, ValueLines.One);
        }

        var codes = _rows.Codes(0);
        var sizes = new long[_rows.Texts.Count + 1];
        for (var i = 0; i < rows.Length; i++)
        {
            sizes[codes[i] + 1] += rows[i].At >= _time.Current.From ? 1 : 0;
        }

        var values = ValueLines.Of<long>(sizes, _rows.Texts, breakdown.Limit);
        var ofCode = new int[sizes.Length];
        for (var c = 0; c < ofCode.Length; c++)
        {
            ofCode[c] = values.Of(c - 1);
        }

        for (var i = 0; i < lines.Length; i++)
        {
            lines[i] = ofCode[codes[i] + 1];
        }

        return (lines, values);
    }

    private (IReadOnlyList<SessionFigures> Values, SessionFigures Total)[] Figures(TimeBuckets time, int[] lines, int count, CancellationToken cancellationToken)
    {
        var rows = _rows.Rows;
        var (cells, sums) = (new int[rows.Length], new Sum[count * time.Count]);
        SessionTally.Buckets(time, rows, cells);
        for (var i = 0; i < rows.Length; i++)
        {
            if (cells[i] >= 0)
            {
                cells[i] += lines[i] * time.Count;
                sums[cells[i]].Add(rows[i], _query.BounceSeconds);
            }
        }

        // Lengths in the order of the cells, so that those of a line lie together too.
        var (lengths, ends) = (new long[sums.Sum(static s => s.Sessions)], new int[sums.Length]);
        for (var c = 1; c < ends.Length; c++)
        {
            ends[c] = ends[c - 1] + (int)sums[c - 1].Sessions;
        }

        for (var i = 0; i < rows.Length; i++)
        {
            if (cells[i] >= 0)
            {
                lengths[ends[cells[i]]++] = rows[i].Length;
            }
        }

        var figures = new (IReadOnlyList<SessionFigures> Values, SessionFigures Total)[count];
        Parts.Each(
            count, l =>
            {
                var (total, values, from) = (default(Sum), new SessionFigures[time.Count], l == 0 ? 0 : ends[(l * time.Count) - 1]);
                var end = from;
                for (var b = 0; b < time.Count; b++)
                {
                    ref readonly var sum = ref sums[(l * time.Count) + b];
                    values[b] = sum.ToFigures(lengths.AsSpan(end, (int)sum.Sessions));
                    total.Add(sum);
                    end += (int)sum.Sessions;
                }

                figures[l] = (values, total.ToFigures(lengths.AsSpan(from, end - from)));
            }, cancellationToken);
        return figures;
    }

    private struct Sum
    {
        public long Sessions;
        private long _views;
        private long _viewed;
        private long _bounced;
        private long _length;

        public void Add(in SessionRow session, int bounceSeconds)
        {
            Sessions++;
            _views += session.Views;
            _viewed += session.Views > 0 ? 1 : 0;
            _bounced += session is { Views: 1, Acts: 0 } && session.Length < bounceSeconds * 1_000_000L ? 1 : 0;
            _length += session.Length;
        }

        public void Add(in Sum other)
        {
            Sessions += other.Sessions;
            _views += other._views;
            _viewed += other._viewed;
            _bounced += other._bounced;
            _length += other._length;
        }

        /// <param name="lengths">Of the sessions; put in another order.</param>
        public readonly SessionFigures ToFigures(Span<long> lengths) => Sessions == 0
            ? new SessionFigures(0, 0, null, null, null, null)
            : new SessionFigures(
                Sessions, _views, Math.Round((double)_views / Sessions, 2), _viewed == 0 ? null : (double)_bounced / _viewed,
                Math.Round(_length / 1e6 / Sessions, 3), Math.Round(SessionTally.Middle(lengths) / 1e6, 3));
    }
}
