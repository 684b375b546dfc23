using System.Globalization;
using System.Text;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// Sessions out of events, by one pass over them: put together by the store, or by a <see cref="SessionScan"/> where it can. Followed a day past both ends of the range, so that a session belongs to
/// it by its first event and is whole; see docs/insights.md.
/// </summary>
internal sealed class SessionsSql
{
    private readonly Statement _statement;
    private readonly SessionTime _time;
    private readonly bool _web;
    private readonly List<PropertyFilter> _ofEvents = [];
    private readonly List<PropertyFilter> _ofSessions = [];

    /// <summary>Whether the filters of the web view name an event: then those that are not on the page choose visits, and no views.</summary>
    private readonly bool _named;
    private string? _meetsAsPerson;

    /// <param name="web">Sessions with a page view only, and bounces after Plausible; else every session, and bounces after PostHog.</param>
    public SessionsSql(Statement statement, SessionTime time, IReadOnlyList<PropertyFilter> filters, bool web)
    {
        (_statement, _time, _web) = (statement, time, web);
        foreach (var filter in filters)
        {
            (SessionValue.Find(filter.Property) is null ? _ofEvents : _ofSessions).Add(filter);
        }

        _named = web && _ofEvents.Exists(f => PropertyNames.Canonical(f.Property) == PropertyNames.Event);
    }

    public long From => _time.From - Margin;

    public long To => _time.To + Margin;

    /// <summary>As known now, of the one kept with the session.</summary>
    private const string PersonKey = "coalesce(o.to_key, x.k)";

    private const string Person = "SELECT " + PersonKey;

    private const string Join = " LEFT JOIN {overrides} AS o ON o.from_key = x.k";

    private static long Margin => QueryLimits.SessionHours * 3_600_000_000L;

    /// <summary>The page of a page view, which the Writer takes from its URL; in an app the screen.</summary>
    public string Page => _web
        ? _statement.AsText("$pathname")
        : $"CASE WHEN {PageView} THEN {_statement.AsText("$pathname")} WHEN {Screen} THEN {_statement.AsText("$screen_name")} END";

    private string PageView => $"e.event = {_statement.Parameter("$pageview")}";

    private string Screen => $"e.event = {_statement.Parameter("$screen")}";

    private string View => _web ? PageView : $"({PageView} OR {Screen})";

    /// <summary>What views and measurements must meet.</summary>
    private string Matches => All(_named ? OfPages : _ofEvents);

    /// <summary>What a visit must have entered by, so that its bounce counts.</summary>
    private List<PropertyFilter> OfPages => _web ? _ofEvents.FindAll(IsOfPage) : [];

    /// <summary>Filters on events. Which persons meet those on persons is found beforehand, where the store has sets of them: so no event is joined with its person.</summary>
    private string All(List<PropertyFilter> filters)
    {
        var ofPersons = _statement.HasSets ? filters.FindAll(static f => PropertyNames.OfPerson(f.Property) is not null) : [];
        if (ofPersons.Count > 0)
        {
            // None is of the page, so that these are all there are, wherever any is asked for.
            _meetsAsPerson ??= CohortSql.Meets(_statement, ofPersons, "{person_key}");
        }

        var others = filters.Except(ofPersons).ToList();
        string[] conditions = [.. others.Count > 0 ? [FilterSql.All(_statement, others)] : (string[])[], .. ofPersons.Count > 0 ? [_meetsAsPerson!] : (string[])[]];
        return conditions.Length == 0 ? "true" : string.Join(" AND ", conditions);
    }

    /// <summary>The statements, to be run in order, and what their rows come to: one row for each session, or for each of what it has several of.</summary>
    /// <param name="values">None of several in a visit.</param>
    /// <param name="several">A page or an event, of which there is to be a row for each; null for one row for each session.</param>
    public (IReadOnlyList<(StoreQuery Statement, IColumnSink Sink)> Scans, SessionRows Rows) Finish(IReadOnlyList<SessionValue> values, SessionProperty? several)
    {
        var texts = several is null ? values.Count : 1;
        if (Scanned(several is SessionProperty.Page ? [new SessionValue(SessionProperty.EntryPage, null)] : values, several) is var (events, layout))
        {
            // No event is kept, and sessions are bounded by the memory that they take.
            var sessions = new SessionRows(texts, new SessionScan(layout));
            var scan = (_statement.Finish(events, From, To, int.MaxValue), sessions.Sink);
            return (Persons(values, sessions) is { } persons ? [scan, persons] : [scan], sessions);
        }

        var sql = several switch
        {
            null => Rows(values),
            SessionProperty.Page => Pages(),
            _ => Events(),
        };
        var rows = new SessionRows(texts);
        return ([(_statement.Finish(sql, From, To, QueryLimits.ScanRows), rows.Sink)], rows);
    }

    /// <summary>
    /// One row for each session: person (NULL for nobody), first and last event in unix microseconds, views, acts, views
    /// that meet the filters, 1 where it entered by a page that meets them, and the values as numbers of texts: these are
    /// cheaper to group, join and hand over, and found once for each entry of a file's dictionary.
    /// </summary>
    private string Rows(IReadOnlyList<SessionValue> values)
    {
        var text = new StringBuilder("WITH ");
        Sessions(text, values);
        text.Append(' ').Append(Person).Append(", a, z, n, i, m, w");
        for (var i = 0; i < values.Count; i++)
        {
            text.Append(", ").Append(values[i].IsOfPerson ? OfPerson(values[i].Name!) : Code(i));
        }

        // Joined to sessions, of which there are fewer than events.
        var persons = values.Any(static v => v.Name is { } name && PropertyNames.OfPerson(name) is not null) ? $" LEFT JOIN {{persons}} AS e ON e.person_key = {PersonKey}" : "";

        // Last, because from there on names mean what sessions have.
        return text.Append(CultureInfo.InvariantCulture, $" FROM x{Join}{persons} WHERE {Counted()}").ToString();
    }

    /// <summary>
    /// One row for each page of a visit, as <see cref="Rows"/>, with the views of the page that meet the filters in place of
    /// both numbers of views, 1 where the visit entered there, and the page.
    /// </summary>
    private string Pages()
    {
        var text = new StringBuilder("WITH ");
        Sessions(text, [new SessionValue(SessionProperty.EntryPage, null)]);
        text.Append(CultureInfo.InvariantCulture,
            $", y AS (SELECT e.session_id AS s, {Coded(Page)} AS p, count(*) AS n FROM {{events}} AS e WHERE {Within} AND {View} AND {Matches} AND {Page} <> '' GROUP BY 1, 2) ");
        text.Append(CultureInfo.InvariantCulture,
            $"{Person}, x.a, x.z, y.n, x.i, y.n, CASE WHEN y.p = x.{Code(0)} THEN CAST(1 AS BIGINT) ELSE 0 END, y.p FROM y JOIN x ON x.s = y.s{Join} WHERE {Counted()}");
        return text.ToString();
    }

    /// <summary>
    /// One row for each name of a visit's events that are not an SDK's own, as <see cref="Rows"/>, with their number in place
    /// of the number of views, and the name. Filters choose the visits, of which all events are told.
    /// </summary>
    private string Events()
    {
        var text = new StringBuilder("WITH ");
        Sessions(text, []);
        text.Append(CultureInfo.InvariantCulture,
            $", y AS (SELECT e.session_id AS s, {Coded("e.event")} AS p, count(*) AS n FROM {{events}} AS e WHERE {Within} AND {IsOwn} GROUP BY 1, 2) ");
        text.Append(CultureInfo.InvariantCulture, $"{Person}, x.a, x.z, y.n, x.i, x.m, x.w, y.p FROM y JOIN x ON x.s = y.s{Join} WHERE {Counted()}");
        return text.ToString();
    }

    /// <summary>
    /// The events of sessions instead, for a <see cref="SessionScan"/> to put together what <see cref="Rows"/> gives, or <see cref="Pages"/> or
    /// <see cref="Events"/>; null where the store ranks no texts. What persons have is told by <see cref="Persons"/>.
    /// </summary>
    /// <param name="several">A page or an event, of which there is to be a row for each; null for one row for each session.</param>
    private (string Sql, SessionLayout Layout)? Scanned(IReadOnlyList<SessionValue> values, SessionProperty? several)
    {
        var dialect = _statement.Dialect;
        if (dialect.TextRank("e.event") is null)
        {
            return null;
        }

        var columns = new List<string> { "e.session_id", dialect.ScannedMicros("e.\"timestamp\""), Statement.TextCode("e.event"), "e.person_key", "{person_key}" };
        var pages = OfPages;
        var layout = new SessionLayout { Web = _web, IsFiltered = _ofEvents.Count > 0, HasEntries = pages.Count > 0, SeveralAreNames = several is SessionProperty.Event };
        var passive = _web && _statement.Property("interactive").Boolean is { } interactive ? $"NOT coalesce({interactive}, true)" : null;
        List<(string? Condition, long Bit)> bits =
        [
            (Matches, SessionLayout.Matches), (_named ? All(_ofEvents.FindAll(static f => !IsOfPage(f))) : Matches, SessionLayout.Chooses),
            (All(pages), SessionLayout.IsEntry), (passive, SessionLayout.IsPassive),
        ];
        var nextOfPersons = 1u;
        foreach (var value in values)
        {
            layout.Values.Add(value.IsOfPerson ? OfPersons(value.Name!) : Places(value.Property, value.Property is { } property ? Texts(property) : [Named(value.Name!)]));
        }

        if (several is not null)
        {
            layout.Several = Column(layout.SeveralAreNames ? Coded("e.event") : PageCode());
        }

        // Last, because from there on names mean what sessions have.
        var asked = _ofSessions.GroupBy(static f => SessionValue.Find(f.Property)!.Value, (property, filters) => (Property: property, Filters: filters.ToList(), Texts: Texts(property)))
            .Select(a => (a.Filters, Places: Places(a.Property, a.Texts), a.Texts)).ToList();
        var next = SessionLayout.FirstCondition;
        foreach (var (filters, (first, other, _), texts) in asked)
        {
            layout.Conditions.Add(new SessionCondition(first, Bit(filters, texts[0].Text), other, other < 0 ? 0 : Bit(filters, texts[1].Text), filters.TrueForAll(FilterSql.HoldsOfNone)));
        }

        if (layout.IsFiltered || passive is not null || layout.Conditions.Count > 0 || layout.HasPersonBits)
        {
            layout.Bits = Column(string.Join(" + ", bits.Where(static b => b.Condition is not null).GroupBy(static b => b.Condition, static b => b.Bit)
                .Select(static g => string.Create(CultureInfo.InvariantCulture, $"CASE WHEN {g.Key} THEN CAST({g.Sum()} AS BIGINT) ELSE 0 END"))));
        }

        return ($"SELECT {string.Join(", ", columns.Select(static (c, i) => string.Create(CultureInfo.InvariantCulture, $"{c} AS c{i}")))} FROM {{events}} AS e WHERE {_statement.Within(From, To)}", layout);

        SessionSource OfPersons(string name)
        {
            if (PropertyNames.Cohort(name) is null || _statement.Property(name).Boolean is not { } isIn)
            {
                return new SessionSource(-1);
            }

            // Of a person each event says the same.
            var bit = nextOfPersons;
            bits.Add((isIn, (long)bit << SessionLayout.PersonsAt));
            nextOfPersons <<= 1;
            return new SessionSource(-1, -1, bit);
        }

        SessionSource Places(SessionProperty? of, SessionValueText[] texts)
        {
            var ofViews = of is SessionProperty.EntryPage or SessionProperty.ExitPage || (_web && of is not null);
            List<int> places = [.. texts.Select(text => Place(text, of is SessionProperty.ExitPage, ofViews))];
            return new SessionSource(places[0], places.Count > 1 ? places[1] : -1);
        }

        // The engine's numbers tell a site from others; comparing the texts themselves, event by event, costs as much as all else.
        int Place(SessionValueText of, bool last, bool ofViews)
        {
            var site = of.OfReferrer ? (Column(_statement.AsTextCode("$referring_domain")), Column(_statement.AsTextCode("$host"))) : ((int, int)?)null;
            var text = new SessionText(Column(of.Code), Column(dialect.TextRank(of.Text)!), last, ofViews, site);
            var known = layout.Texts.IndexOf(text);
            if (known < 0)
            {
                known = layout.Texts.Count;
                layout.Texts.Add(text);
            }

            return known;
        }

        long Bit(List<PropertyFilter> filters, string text)
        {
            _statement.Define(filters[0].Property, text);
            var bit = next;
            bits.Add((FilterSql.All(_statement, filters), bit));
            next <<= 1;
            return bit;
        }

        int Column(string expression)
        {
            var known = columns.IndexOf(expression, 5);
            if (known < 0)
            {
                known = columns.Count;
                columns.Add(expression);
            }

            return known;
        }
    }

    /// <summary>The persons with what they have of the values that are theirs, for sessions that are put together; null where no value is.</summary>
    private (StoreQuery Statement, IColumnSink Sink)? Persons(IReadOnlyList<SessionValue> values, SessionRows sessions)
    {
        List<int> columns = [.. Enumerable.Range(0, values.Count).Where(i => values[i].Name is { } name && PropertyNames.OfPerson(name) is not null)];
        if (columns.Count == 0)
        {
            return null;
        }

        var statement = _statement.Another();
        var texts = columns.ConvertAll(i => statement.AsTextOfPerson(PropertyNames.OfPerson(values[i].Name!)!));
        var list = string.Concat(texts.Select((t, i) => string.Create(CultureInfo.InvariantCulture, $", {Cut($"nullif({t}, '')")} AS c{i + 1}")));
        return (
            statement.Finish($"SELECT e.person_key AS c0{list} FROM {{persons}} AS e WHERE {string.Join(" OR ", texts.Select(static t => t + " <> ''"))}", 0, 0, int.MaxValue),
            new SessionPersons(sessions, _time, columns));
    }

    /// <summary>A condition on events: that their session is one that the filters choose; null where they are asked of each event alone. Puts its WITH in front.</summary>
    public (string With, string Condition)? InSessions()
    {
        if (_ofSessions.Count == 0 && !_named)
        {
            return null;
        }

        var text = new StringBuilder("WITH ");
        Sessions(text, []);
        string[] conditions = [.. _named ? ["x.f > 0"] : (string[])[], .. _ofSessions.Count > 0 ? [SessionFilters()] : (string[])[]];
        return (text.Append(' ').ToString(), $"e.session_id IN (SELECT s FROM x WHERE {string.Join(" AND ", conditions)})");
    }

    /// <summary>The filters that each event must meet by itself.</summary>
    public string EventFilters => Matches;

    public string Cut(string text) => _statement.Dialect.Left(text, QueryLimits.BreakdownValueLength);

    /// <summary>The text's number, of as much of it as is told apart.</summary>
    private string Coded(string text) => Statement.TextCode(Cut(text));

    /// <summary>The column of a value's number; filters ask for its text in <see cref="Column"/>.</summary>
    private static string Code(int value) => "c" + value.ToString(CultureInfo.InvariantCulture);

    private static string Column(SessionProperty property) => "v" + ((int)property).ToString(CultureInfo.InvariantCulture);

    private string Within => $"{_statement.Within(From, To)} AND e.session_id <> ''";

    private string Counted()
    {
        var conditions = new List<string> { $"a >= {Micros(_time.From)}", $"a < {Micros(_time.To)}" };
        if (_web)
        {
            conditions.Add("x.n > 0");
        }

        if (_ofEvents.Count > 0)
        {
            conditions.Add("f > 0");
        }

        if (_ofSessions.Count > 0)
        {
            conditions.Add(SessionFilters());
        }

        return string.Join(" AND ", conditions);
    }

    /// <summary>Above the level of events, where the names mean the session's values.</summary>
    private string SessionFilters()
    {
        foreach (var filter in _ofSessions)
        {
            _statement.Define(filter.Property, "x." + Column(SessionValue.Find(filter.Property)!.Value));
        }

        return FilterSql.All(_statement, _ofSessions);
    }

    /// <summary>Above the level of events: what the session's person has now, or whether it is in a cohort.</summary>
    private string OfPerson(string name)
    {
        if (PropertyNames.Cohort(name) is not { } cohort)
        {
            return Coded($"nullif({_statement.AsTextOfPerson(PropertyNames.OfPerson(name)!)}, '')");
        }

        return Statement.TextCode(_statement.Schema.Cohorts(cohort) is { } source
            ? $"CASE WHEN {CohortSql.Holds(_statement, source, $"coalesce({PersonKey}, 0)")} THEN 'true' ELSE 'false' END"
            : "CAST(NULL AS VARCHAR)");
    }

    private string Micros(long instant) => _statement.Parameter(instant);

    private void Sessions(StringBuilder text, IReadOnlyList<SessionValue> values)
    {
        var at = _statement.Dialect.Micros("e.\"timestamp\"");
        text.Append(CultureInfo.InvariantCulture,
            $"x AS (SELECT e.session_id AS s, min(nullif(e.person_key, 0)) AS k, min({at}) AS a, max({at}) AS z, count(*) FILTER (WHERE {View}) AS n, count(*) FILTER (WHERE {Acts()}) AS i");
        text.Append(_ofEvents.Count > 0
            ? $", count(*) FILTER (WHERE {View} AND {Matches}) AS m, {Chosen()} AS f"
            : $", count(*) FILTER (WHERE {View}) AS m");
        text.Append(OfPages is { Count: > 0 } pages
            ? $", CASE WHEN min({at}) FILTER (WHERE {View}) = min({at}) FILTER (WHERE {View} AND {FilterSql.All(_statement, pages)}) THEN CAST(1 AS BIGINT) ELSE 0 END AS w"
            : ", CAST(1 AS BIGINT) AS w");
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i].Property is { } property)
            {
                text.Append(CultureInfo.InvariantCulture, $", {Value(property, at, Coded)} AS {Code(i)}");
            }
            else if (!values[i].IsOfPerson)
            {
                var name = values[i].Name!;
                text.Append(CultureInfo.InvariantCulture, $", {_statement.Dialect.First(_statement.AsText(name), at, "true", _statement.AsTextCode(name, QueryLimits.BreakdownValueLength))} AS {Code(i)}");
            }
        }

        foreach (var property in _ofSessions.Select(f => SessionValue.Find(f.Property)!.Value).Distinct())
        {
            text.Append(CultureInfo.InvariantCulture, $", {Value(property, at, static t => t)} AS {Column(property)}");
        }

        text.Append(CultureInfo.InvariantCulture, $" FROM {{events}} AS e WHERE {Within} GROUP BY 1)");
    }

    /// <summary>More than 0 where the session has the events that the filters on events ask for: one that meets all, or one that is named and one of the page.</summary>
    private string Chosen()
    {
        if (!_named || OfPages.Count == 0)
        {
            return $"count(*) FILTER (WHERE {All(_ofEvents)})";
        }

        return $"least(count(*) FILTER (WHERE {All(_ofEvents.FindAll(f => !IsOfPage(f)))}), count(*) FILTER (WHERE {Matches}))";
    }

    private static bool IsOfPage(PropertyFilter filter) => filter.Property is "$pathname" or "$current_url";

    /// <summary>Events that a team sends itself; Plausible's script sends engagement.</summary>
    private string IsOwn => $"{_statement.Dialect.Left("e.event", 1)} <> {_statement.Parameter("$")} AND e.event <> {_statement.Parameter("engagement")}";

    /// <summary>What makes a session no bounce: after PostHog an autocaptured click, after Plausible a second event that a person caused.</summary>
    private string Acts()
    {
        string Name(string name) => _statement.Parameter(name);
        if (!_web)
        {
            return $"e.event = {Name("$autocapture")}";
        }

        var passive = _statement.Property("interactive").Boolean is { } interactive ? $" AND coalesce({interactive}, true)" : "";
        return $"e.event IN ({Name("$pageview")}, {Name("$screen")}, {Name("$autocapture")}) OR ({IsOwn}{passive})";
    }

    /// <summary>A visit's values are those of its page views; what a server sends in the same session says nothing of the visitor.</summary>
    /// <param name="taken">What of the text is kept.</param>
    private string Value(SessionProperty property, string at, Func<string, string> taken)
    {
        var dialect = _statement.Dialect;
        List<string> values = [.. Texts(property).Select(t => property switch
        {
            SessionProperty.EntryPage => dialect.First(t.Text, at, View, taken(t.Text)),
            SessionProperty.ExitPage => dialect.Last(t.Text, at, View, taken(t.Text)),
            _ => First(t.OfReferrer ? Referrer(t.Text) : t.Text),
        })];
        return values is [var only] ? only : $"coalesce({string.Join(", ", values)})";

        string First(string text) => dialect.First(text, at, _web ? View : "true", taken(text));
    }

    /// <summary>The texts of events that a session property is taken of: where no event has the first, that is the second.</summary>
    private SessionValueText[] Texts(SessionProperty property) => property switch
    {
        SessionProperty.EntryPage or SessionProperty.ExitPage => [new SessionValueText(Page, PageCode())],
        SessionProperty.Source => [Named("utm_source"), Named("$referring_domain") with { OfReferrer = true }],
        SessionProperty.Referrer => [Named("$referring_domain") with { OfReferrer = true }],
        _ => [Named(SessionValue.Known.First(n => n.Property == property).Name)],
    };

    private SessionValueText Named(string name) => new(_statement.AsText(name), _statement.AsTextCode(name, QueryLimits.BreakdownValueLength));

    private string PageCode() => _web ? _statement.AsTextCode("$pathname", QueryLimits.BreakdownValueLength) : Coded(Page);

    /// <summary>Where the visitor was before: neither nowhere nor the site itself.</summary>
    private string Referrer(string domain)
    {
        var (host, direct) = (_statement.AsText("$host"), _statement.Parameter("$direct"));
        return $"CASE WHEN {domain} <> {direct} AND {domain} IS DISTINCT FROM {host} AND 'www.' || {domain} IS DISTINCT FROM {host} AND {domain} IS DISTINCT FROM 'www.' || {host} THEN {domain} END";
    }

    /// <summary>A text of an event, and its code.</summary>
    /// <param name="OfReferrer">It counts only where it is not the site itself, see <see cref="Referrer"/>.</param>
    private readonly record struct SessionValueText(string Text, string Code, bool OfReferrer = false);
}
