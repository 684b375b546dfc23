using System.Globalization;
using System.Text;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// The web view to SQL: visits for totals, series and most lists, pages and events of visits for the lists of these, and
/// measurements, each only where a part needs it.
/// </summary>
public static class WebCompiler
{
    /// <param name="query">Valid, see <see cref="SessionsValidator"/>.</param>
    public static WebPlan Compile(WebQuery query, SessionTime time, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var plan = new WebPlan(query, time);
        SessionValue[] values = [.. query.Lists.Select(SessionValue.Of).Where(static v => !v.IsOfEvents).Distinct()];
        if (values.Length > 0 || query.Parts.Contains(WebPart.Totals) || query.Parts.Contains(WebPart.Series))
        {
            var (scans, rows) = Sessions().Finish(values, null);
            plan.ReadVisits(values, scans, rows);
        }

        foreach (var value in query.Lists.Select(SessionValue.Of).Where(static v => v.IsOfEvents))
        {
            var (scans, rows) = Sessions().Finish([], value.Property);
            plan.ReadOfEvents(value, scans, rows);
        }

        if (query.Parts.Contains(WebPart.Vitals))
        {
            plan.ReadVitals(Vitals(query, time, new Statement(dialect, project, schema)));
        }

        return plan;

        SessionsSql Sessions() => new(new Statement(dialect, project, schema), time, query.Filters, web: true);
    }

    /// <summary>
    /// The same question reduced to the scan that has a point. Where that one follows visits from is as it was: with the
    /// period before, from its beginning.
    /// </summary>
    public static WebQuery Behind(WebQuery query, InsightPoint point) => ListOf(point) switch
    {
        null => query with { Parts = [WebPart.Totals], Lists = [] },
        { } list when SessionValue.Of(list).IsOfEvents => query with { Parts = [], Lists = [list] },
        { } list => query with { Parts = [.. query.Parts.Where(p => p is not WebPart.Vitals)], Lists = [list] },
    };

    /// <summary>The list that a point is a row of; null where it is of none.</summary>
    internal static WebListQuery? ListOf(InsightPoint point) =>
        point.By is null && point.EventProperty is null ? null : new WebListQuery(point.By, EventProperty: point.EventProperty);

    private static StoreQuery Vitals(WebQuery query, SessionTime time, Statement statement)
    {
        var dialect = statement.Dialect;
        string[] names = [.. WebVitalsSink.Names.Select(n => Measurement(statement, n))];
        var (with, page, condition, from, to) = Measured(query, time, statement, $"coalesce({string.Join(", ", names)})");

        string Each(Func<string, string> column) => string.Concat(names.Select((_, i) => ", " + column("x" + i.ToString(CultureInfo.InvariantCulture))));
        var measured = $"SELECT {page} AS p{string.Concat(names.Select((n, i) => string.Create(CultureInfo.InvariantCulture, $", {n} AS x{i}")))} FROM {{events}} AS e WHERE {condition}";
        var sql = string.Create(CultureInfo.InvariantCulture,
            $"{with}SELECT CAST(grouping(p) AS BIGINT), p{Each(x => $"count({x})")}{Each(x => dialect.Quantile(x, "0.75"))} FROM ({measured}) GROUP BY GROUPING SETS ((), (p)) ORDER BY grouping(p) DESC, count(*) DESC, p NULLS LAST LIMIT {query.VitalPages + 2}");
        return statement.Finish(sql, from, to, query.VitalPages + 2);
    }

    /// <summary>Rows of key and the number of all: the persons with a measurement of a vital, as <see cref="PersonsCompiler.Behind"/> gives them.</summary>
    /// <param name="point">Valid, with a vital.</param>
    public static StoreQuery Behind(
        WebQuery query, SessionTime time, InsightPoint point, long after, int limit, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var (with, page, condition, from, to) = Measured(query, time, statement, Measurement(statement, WebVitalsSink.Names[(int)point.Vital!.Value]));
        var chosen = point.By is null ? "" : point.Value is null ? " AND p IS NULL" : $" AND p = {statement.Parameter(point.Value)}";
        var keys = $"SELECT k FROM (SELECT {PersonSql.Key} AS k, {page} AS p FROM {{events}} AS e WHERE {condition}) WHERE k IS NOT NULL{chosen}";
        return statement.Finish(with + PersonsCompiler.Page(statement, keys, after, limit), from, to, limit);
    }

    private static string Measurement(Statement statement, string name) => statement.AsNumber($"$web_vitals_{name}_value");

    /// <summary>The events with a measurement: what comes before the statement, their page, the condition that they meet, and where they and their sessions lie.</summary>
    private static (string With, string Page, string Condition, long From, long To) Measured(WebQuery query, SessionTime time, Statement statement, string measurement)
    {
        var sessions = new SessionsSql(statement, time with { Previous = null }, query.Filters, web: true);
        var page = $"nullif({sessions.Cut(sessions.Page)}, '')";
        var (from, to) = (time.Current.From, time.Current.To);
        var condition = $"{statement.Within(from, to)} AND e.event = {statement.Parameter("$web_vitals")} AND {measurement} IS NOT NULL AND {sessions.EventFilters}";
        return sessions.InSessions() is { } meeting
            ? (meeting.With, page, $"{condition} AND {meeting.Condition}", sessions.From, sessions.To)
            : ("", page, condition, from, to);
    }
}

/// <summary>The answer out of visits, pages of visits and measurements.</summary>
public sealed class WebPlan : InsightPlan
{
    private readonly WebQuery _query;
    private readonly SessionTime _time;
    private readonly List<(StoreQuery, IColumnSink)> _scans = [];
    private SessionValue[] _values = [];
    private SessionRows? _visits;
    private readonly Dictionary<SessionValue, SessionRows> _ofEvents = [];
    private WebVitalsSink? _vitals;

    internal WebPlan(WebQuery query, SessionTime time) => (_query, _time) = (query, time);

    public override IReadOnlyList<(StoreQuery Statement, IColumnSink Sink)> Scans => _scans;

    public override WebResult Read(
        long dataVersion, LocalCalendar calendar, DateTimeOffset computedAt, Func<TimeSpan> elapsed, CancellationToken cancellationToken)
    {
        Arrange(cancellationToken);
        return new WebResult
        {
            TimeZone = calendar.Zone.Id,
            Totals = Has(WebPart.Totals) ? Whole(_time.Current) : null,
            Series = Has(WebPart.Series) ? Series(_time.Current, calendar) : null,
            Compare = _time.Previous is { } previous && (Has(WebPart.Totals) || Has(WebPart.Series))
                ? new WebComparison
                {
                    Totals = Has(WebPart.Totals) ? Whole(previous) : null,
                    Series = Has(WebPart.Series) ? Series(previous, calendar) : null,
                }
                : null,
            Lists = _query.Lists.Count == 0 ? null : [.. _query.Lists.Select(List)],
            Vitals = _vitals?.Read(_query.VitalPages),
            DataVersion = dataVersion,
            ComputedAt = computedAt,
            ElapsedMs = Math.Round(elapsed().TotalMilliseconds, 3),
        };
    }

    public override void CheckPoint(InsightPoint point, string path, QueryErrors errors)
    {
        if (WebCompiler.ListOf(point) is null)
        {
            CheckBucket(point.Bucket, _time.Of(point.Compare), path, errors);
        }
    }

    /// <summary>The visitors of a bucket or of the whole period, or those of a list's row.</summary>
    public override IReadOnlyList<long> Persons(InsightPoint point, DateTimeOffset computedAt, CancellationToken cancellationToken)
    {
        Arrange(cancellationToken);
        if (WebCompiler.ListOf(point) is not { } list)
        {
            return _visits!.Keys(i => SessionTally.Has(_time.Of(point.Compare), point.Bucket, _visits.Rows[i].At));
        }

        var (rows, column) = Of(SessionValue.Of(list));
        var code = point.Value is null ? -1 : rows.Texts.Find(Encoding.UTF8.GetBytes(point.Value));
        return point.Value is not null && code < 0
            ? []
            : rows.Keys(i => rows.Codes(column)[i] == code && SessionTally.Has(_time.Of(point.Compare), null, rows.Rows[i].At));
    }

    protected override void Dispose(bool disposing)
    {
        _visits?.Dispose();
        foreach (var rows in _ofEvents.Values)
        {
            rows.Dispose();
        }

        base.Dispose(disposing);
    }

    internal void ReadVisits(SessionValue[] values, IReadOnlyList<(StoreQuery, IColumnSink)> scans, SessionRows rows)
    {
        (_values, _visits) = (values, rows);
        _scans.AddRange(scans);
    }

    /// <summary>Rows of a visit and one of its pages or events each.</summary>
    internal void ReadOfEvents(SessionValue value, IReadOnlyList<(StoreQuery, IColumnSink)> scans, SessionRows rows)
    {
        _ofEvents[value] = rows;
        _scans.AddRange(scans);
    }

    internal void ReadVitals(StoreQuery statement)
    {
        _vitals = new WebVitalsSink();
        _scans.Add((statement, _vitals));
    }

    private void Arrange(CancellationToken cancellationToken)
    {
        _visits?.Arrange(_time, cancellationToken);
        foreach (var rows in _ofEvents.Values)
        {
            rows.Arrange(_time, cancellationToken);
        }
    }

    private bool Has(WebPart part) => _query.Parts.Contains(part);

    private (SessionRows Rows, int Column) Of(SessionValue value) =>
        _ofEvents.TryGetValue(value, out var rows) ? (rows, 0) : (_visits!, Array.IndexOf(_values, value));

    private WebFigures Whole(TimeBuckets time)
    {
        var rows = _visits!.Rows;
        var cells = new int[rows.Length];
        for (var i = 0; i < cells.Length; i++)
        {
            cells[i] = SessionTally.Has(time, null, rows[i].At) ? 0 : -1;
        }

        return Sums(_visits, cells, 1)[0].ToFigures();
    }

    private WebSeries Series(TimeBuckets time, LocalCalendar calendar)
    {
        var cells = new int[_visits!.Rows.Length];
        SessionTally.Buckets(time, _visits.Rows, cells);
        return new WebSeries(_query.Interval, [.. time.Starts.Select(calendar.Label)], [.. Sums(_visits, cells, time.Count).Select(static s => s.ToFigures())]);
    }

    /// <param name="cells">The cell of each row; −1 for those in none.</param>
    private static Sum[] Sums(SessionRows rows, int[] cells, int count)
    {
        var sums = new Sum[count];
        for (var i = 0; i < cells.Length; i++)
        {
            if (cells[i] >= 0)
            {
                sums[cells[i]].Add(rows.Rows[i]);
            }
        }

        // Persons in the order of the cells.
        var (persons, ends) = (new int[sums.Sum(static s => s.OfPersons)], new int[count]);
        for (var c = 1; c < ends.Length; c++)
        {
            ends[c] = ends[c - 1] + sums[c - 1].OfPersons;
        }

        for (var i = 0; i < cells.Length; i++)
        {
            if (cells[i] >= 0 && rows.Rows[i].Person is >= 0 and var person)
            {
                persons[ends[cells[i]]++] = person;
            }
        }

        // The cell in which each person was met last: cells come one after the other, so each counts a person once.
        var met = new int[rows.Persons];
        Array.Fill(met, -1);
        for (var c = 0; c < sums.Length; c++)
        {
            foreach (var person in persons.AsSpan(c == 0 ? 0 : ends[c - 1], sums[c].OfPersons))
            {
                sums[c].Visitors += met[person] == c ? 0 : 1;
                met[person] = c;
            }
        }

        return sums;
    }

    private WebList List(WebListQuery list)
    {
        var value = SessionValue.Of(list);
        var texts = Of(value).Rows.Texts;
        var sums = ByValue(value, _time.Current);
        var before = _time.Previous is { } previous ? ByValue(value, previous) : null;
        var found = Enumerable.Range(0, sums.Length).Where(c => sums[c].Visits > 0)
            .OrderByDescending(c => sums[c].Visitors).ThenByDescending(c => sums[c].Visits).ThenBy(c => c == 0 ? null : texts.Text(c - 1), TextOrder.Instance)
            .Take(list.Limit + 1).Select(Row).ToList();
        return new WebList(found.Count > list.Limit ? found.GetRange(0, list.Limit) : found, found.Count > list.Limit)
        {
            By = list.By,
            EventProperty = list.EventProperty,
        };

        WebRow Row(int cell)
        {
            var row = sums[cell].ToRow(cell == 0 ? null : texts.Text(cell - 1), value);
            return before is null ? row : row with { Compare = before[cell].ToRowBefore(value) };
        }
    }

    /// <summary>Sums over the visits without a value, then over those of each, by its code.</summary>
    private Sum[] ByValue(SessionValue value, TimeBuckets time)
    {
        var (rows, column) = Of(value);
        var codes = rows.Codes(column);
        var cells = new int[codes.Length];
        for (var i = 0; i < cells.Length; i++)
        {
            cells[i] = SessionTally.Has(time, null, rows.Rows[i].At) ? codes[i] + 1 : -1;
        }

        return Sums(rows, cells, rows.Texts.Count + 1);
    }

    private struct Sum
    {
        public long Visitors;
        public long Visits;
        public long Views;
        public long Matched;
        public long Length;
        public long Entered;
        public long Bounced;

        /// <summary>Visits of a person.</summary>
        public int OfPersons;

        public void Add(in SessionRow visit)
        {
            Visits++;
            Views += visit.Views;
            Matched += visit.Matched;
            Length += visit.Length;
            Entered += visit.Entered ? 1 : 0;
            Bounced += visit.Entered && visit.Acts < 2 ? 1 : 0;
            OfPersons += visit.Person >= 0 ? 1 : 0;
        }

        public readonly WebFigures ToFigures() => new(
            Visitors, Visits, Matched, Visits == 0 ? null : Math.Round((double)Views / Visits, 2), BounceRate, MeanSeconds);

        public readonly WebRow ToRow(string? text, SessionValue value) =>
            new(text, Visitors, Visits, Matched, BounceRate, MeanSeconds) { Events = EventsIn(value) };

        public readonly WebRowBefore ToRowBefore(SessionValue value) =>
            new(Visitors, Visits, Matched, BounceRate, MeanSeconds) { Events = EventsIn(value) };

        /// <summary>Rows of events have the number of events where others have the views.</summary>
        private readonly long? EventsIn(SessionValue value) => value.Property is SessionProperty.Event ? Views : null;

        private readonly double? BounceRate => Entered == 0 ? null : (double)Bounced / Entered;

        private readonly double? MeanSeconds => Visits == 0 ? null : Math.Round(Length / 1e6 / Visits, 3);
    }
}

/// <summary>Measurements, grouped by the statement: 1 for all of them or 0 for a page, the page, five counts, five quantiles.</summary>
internal sealed class WebVitalsSink : IColumnSink
{
    private const int FirstCount = 2;
    private const int FirstQuantile = 7;
    private readonly List<WebVitalsPage> _pages = [];
    private WebVitalFigures? _overall;

    /// <summary>In the order of <see cref="WebVitalFigures"/> and <see cref="WebVitalName"/>; the middle of posthog-js' property names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["LCP", "INP", "CLS", "FCP", "TTFB"];

    public void Take(ColumnBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var figures = new WebVitalFigures(One(batch, i, 0), One(batch, i, 1), One(batch, i, 2), One(batch, i, 3), One(batch, i, 4));
            if (batch.Longs(0)[i] == 1)
            {
                _overall = figures;
            }
            else
            {
                _pages.Add(new WebVitalsPage(batch.IsNull(1, i) ? null : System.Text.Encoding.UTF8.GetString(batch.Utf8(1, i)), figures));
            }
        }
    }

    public WebVitals Read(int pages)
    {
        var none = new WebVital(null, 0);
        return new WebVitals(
            _overall ?? new WebVitalFigures(none, none, none, none, none), _pages.Count > pages ? _pages.GetRange(0, pages) : _pages, _pages.Count > pages);
    }

    private static WebVital One(ColumnBatch batch, int row, int index) => new(
        batch.IsNull(FirstQuantile + index, row) ? null : batch.Doubles(FirstQuantile + index)[row], batch.Longs(FirstCount + index)[row]);
}
