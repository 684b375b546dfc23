using System.Globalization;
using System.Text;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// Sessions out of events in two steps: first the events of a session that have the same values are one group, which is
/// the only step that looks at each event and leaves one to three groups for most sessions; then the groups of a session
/// are its row, where "the value of its first event that has it" is decided. Followed a day past both ends of the range,
/// so that a session belongs to it by its first event and is whole; see docs/insights.md.
/// </summary>
internal sealed class SessionsSql
{
    private static readonly IReadOnlyList<(string Name, SessionProperty Property)> FilterNames =
    [
        ("$entry_page", SessionProperty.EntryPage), ("$exit_page", SessionProperty.ExitPage), ("$channel", SessionProperty.Channel),
        ("$source", SessionProperty.Source), ("$referring_domain", SessionProperty.Referrer), ("utm_source", SessionProperty.UtmSource),
        ("utm_medium", SessionProperty.UtmMedium), ("utm_campaign", SessionProperty.UtmCampaign), ("utm_term", SessionProperty.UtmTerm),
        ("utm_content", SessionProperty.UtmContent), ("$geoip_country_code", SessionProperty.Country),
        ("$geoip_subdivision_1_name", SessionProperty.Region), ("$geoip_city_name", SessionProperty.City), ("$device_type", SessionProperty.Device),
        ("$browser", SessionProperty.Browser), ("$os", SessionProperty.Os),
    ];

    private readonly Statement _statement;
    private readonly SessionTime _time;
    private readonly bool _web;
    private readonly List<PropertyFilter> _ofEvents = [];
    private readonly List<PropertyFilter> _ofSessions = [];
    private readonly List<string> _keys = [];

    /// <param name="web">Sessions with a page view only, and bounces after Plausible; else every session, and bounces after PostHog.</param>
    public SessionsSql(Statement statement, SessionTime time, IReadOnlyList<PropertyFilter> filters, bool web)
    {
        (_statement, _time, _web) = (statement, time, web);
        foreach (var filter in filters)
        {
            (Of(filter) is null ? _ofEvents : _ofSessions).Add(filter);
        }
    }

    public long From => _time.From - Margin;

    public long To => _time.To + Margin;

    private static long Margin => QueryLimits.SessionHours * 3_600_000_000L;

    /// <summary>The page of a page view; in an app the screen.</summary>
    public string Page => Cut(_web
        ? WebPage
        : $"CASE WHEN {PageView} THEN {WebPage} WHEN {Screen} THEN {Text("$screen_name")} END");

    private string WebPage => $"coalesce({Text("$pathname")}, {Text("$current_url")})";

    private string PageView => $"e.event = {_statement.Parameter("$pageview")}";

    private string Screen => $"e.event = {_statement.Parameter("$screen")}";

    private string View => _web ? PageView : $"({PageView} OR {Screen})";

    private string Matches => _ofEvents.Count == 0 ? "true" : FilterSql.All(_statement, _ofEvents);

    /// <summary>What a visit must have entered by, so that its bounce counts.</summary>
    private List<PropertyFilter> OfPages => _web ? _ofEvents.FindAll(f => f.Property is "$pathname" or "$current_url") : [];

    /// <summary>
    /// One row for each session: person (NULL for nobody), first and last event in unix microseconds, views, acts, views
    /// that meet the filters, 1 where it entered by a page that meets them, and the values as text.
    /// </summary>
    public string Rows(IReadOnlyList<SessionProperty> values)
    {
        var text = new StringBuilder("WITH ");
        Sessions(text, values);
        text.Append("SELECT k, a, z, n, i, m, w");
        foreach (var value in values)
        {
            text.Append(CultureInfo.InvariantCulture, $", {_statement.Dialect.Left(Column(value), QueryLimits.BreakdownValueLength)}");
        }

        return text.Append(CultureInfo.InvariantCulture, $" FROM x WHERE {Counted()}").ToString();
    }

    /// <summary>
    /// One row for each page of a visit, as <see cref="Rows"/>, with the views of the page that meet the filters in place of
    /// both numbers of views, 1 where the visit entered there, and the page.
    /// </summary>
    public string Pages()
    {
        var text = new StringBuilder("WITH ");
        Sessions(text, [SessionProperty.EntryPage]);
        text.Append(CultureInfo.InvariantCulture,
            $", y AS (SELECT e.session_id AS s, {Page} AS p, count(*) AS n FROM {{events}} AS e WHERE {Within} AND {View} AND {Matches} GROUP BY 1, 2) ");
        text.Append(CultureInfo.InvariantCulture,
            $"SELECT x.k, x.a, x.z, y.n, x.i, y.n, CASE WHEN y.p = x.{Column(SessionProperty.EntryPage)} THEN CAST(1 AS BIGINT) ELSE 0 END, y.p FROM y JOIN x ON x.s = y.s WHERE y.p IS NOT NULL AND {Counted()}");
        return text.ToString();
    }

    /// <summary>A condition on events: that their session meets the filters of sessions; null without any. Puts its WITH in front.</summary>
    public (string With, string Condition)? InSessions()
    {
        if (_ofSessions.Count == 0)
        {
            return null;
        }

        var text = new StringBuilder("WITH ");
        Sessions(text, []);
        return (text.ToString(), $"e.session_id IN (SELECT s FROM x WHERE {SessionFilters()})");
    }

    /// <summary>The filters that each event must meet by itself.</summary>
    public string EventFilters => Matches;

    public string Cut(string text) => _statement.Dialect.Left(text, QueryLimits.BreakdownValueLength);

    /// <summary>A text property; an empty one is none.</summary>
    public string Text(string name) => $"nullif({_statement.AsText(name)}, '')";

    private static SessionProperty? Of(PropertyFilter filter)
    {
        foreach (var (name, property) in FilterNames)
        {
            if (filter.Property == name)
            {
                return property;
            }
        }

        return null;
    }

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
            _statement.Define(filter.Property, "x." + Column(Of(filter)!.Value));
        }

        return FilterSql.All(_statement, _ofSessions);
    }

    private string Micros(long instant) => _statement.Parameter(instant);

    /// <summary>g: groups of events; x: sessions.</summary>
    private void Sessions(StringBuilder text, IReadOnlyList<SessionProperty> values)
    {
        List<SessionProperty> needed = [.. values, .. _ofSessions.Select(f => Of(f)!.Value)];
        needed = [.. needed.Distinct()];
        var pages = needed.Exists(p => p is SessionProperty.EntryPage or SessionProperty.ExitPage);
        var firsts = new StringBuilder();
        foreach (var property in needed)
        {
            firsts.Append(CultureInfo.InvariantCulture, $", {Value(property)} AS {Column(property)}");
        }

        var (events, entered) = (Matches, OfPages.Count == 0 ? null : FilterSql.All(_statement, OfPages));
        var at = _statement.Dialect.Micros("e.\"timestamp\"");
        text.Append("g AS (SELECT e.session_id AS s, e.person_key AS k");
        for (var i = 0; i < _keys.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $", {_statement.AsText(_keys[i])} AS r{i}");
        }

        text.Append(pages ? $", CASE WHEN {View} THEN {Page} END AS p" : "");
        text.Append(CultureInfo.InvariantCulture,
            $", min({at}) AS a, max({at}) AS z, count(*) FILTER (WHERE {View}) AS n, count(*) FILTER (WHERE {Acts()}) AS i");
        if (_ofEvents.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", count(*) FILTER (WHERE {View} AND {events}) AS m, count(*) FILTER (WHERE {events}) AS f");
        }

        if (entered is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $", min({at}) FILTER (WHERE {View}) AS av, min({at}) FILTER (WHERE {View} AND {entered}) AS aw");
        }

        text.Append(CultureInfo.InvariantCulture, $" FROM {{events}} AS e WHERE {Within} GROUP BY {string.Join(", ", Enumerable.Range(1, 2 + _keys.Count + (pages ? 1 : 0)))})");
        text.Append(CultureInfo.InvariantCulture,
            $", x AS (SELECT g.s AS s, {_statement.Dialect.First("nullif(coalesce(o.to_key, g.k), 0)", "g.a")} AS k, min(g.a) AS a, max(g.z) AS z, CAST(sum(g.n) AS BIGINT) AS n, CAST(sum(g.i) AS BIGINT) AS i");
        text.Append(_ofEvents.Count > 0 ? ", CAST(sum(g.m) AS BIGINT) AS m, CAST(sum(g.f) AS BIGINT) AS f" : ", CAST(sum(g.n) AS BIGINT) AS m");
        text.Append(entered is not null
            ? ", CASE WHEN min(g.av) = min(g.aw) THEN CAST(1 AS BIGINT) ELSE 0 END AS w"
            : ", CAST(1 AS BIGINT) AS w");
        text.Append(firsts).Append(" FROM g LEFT JOIN {overrides} AS o ON o.from_key = g.k GROUP BY 1) ");
    }

    /// <summary>What makes a session no bounce: after PostHog an autocaptured click, after Plausible a second event that a person caused.</summary>
    private string Acts()
    {
        string Name(string name) => _statement.Parameter(name);
        if (!_web)
        {
            return $"e.event = {Name("$autocapture")}";
        }

        var passive = _statement.Property("interactive").Boolean is { } interactive ? $" AND coalesce({interactive}, true)" : "";
        return $"e.event IN ({Name("$pageview")}, {Name("$screen")}, {Name("$autocapture")}) OR ({_statement.Dialect.Left("e.event", 1)} <> {Name("$")} AND e.event <> {Name("engagement")}{passive})";
    }

    /// <summary>A session's value, from groups of its events.</summary>
    private string Value(SessionProperty property) => property switch
    {
        SessionProperty.EntryPage => _statement.Dialect.First("g.p", "g.a"),
        SessionProperty.ExitPage => _statement.Dialect.Last("g.p", "g.z"),
        SessionProperty.Channel => First("$channel"),
        SessionProperty.Source => $"coalesce({First("utm_source")}, {Referrer()})",
        SessionProperty.Referrer => Referrer(),
        SessionProperty.UtmSource => First("utm_source"),
        SessionProperty.UtmMedium => First("utm_medium"),
        SessionProperty.UtmCampaign => First("utm_campaign"),
        SessionProperty.UtmTerm => First("utm_term"),
        SessionProperty.UtmContent => First("utm_content"),
        SessionProperty.Country => First("$geoip_country_code"),
        SessionProperty.Region => First("$geoip_subdivision_1_name"),
        SessionProperty.City => First("$geoip_city_name"),
        SessionProperty.Device => First("$device_type"),
        SessionProperty.Browser => First("$browser"),
        SessionProperty.Os => First("$os"),
        _ => throw new ArgumentOutOfRangeException(nameof(property), property, "A session has several pages."),
    };

    private string First(string name) => _statement.Dialect.First($"nullif({Key(name)}, '')", "g.a");

    /// <summary>Where the visitor was before: neither nowhere nor the site itself.</summary>
    private string Referrer()
    {
        var (domain, host, direct) = (Key("$referring_domain"), Key("$host"), _statement.Parameter("$direct"));
        return _statement.Dialect.First(
            $"CASE WHEN {domain} NOT IN ('', {direct}) AND {domain} IS DISTINCT FROM {host} AND 'www.' || {domain} IS DISTINCT FROM {host} AND {domain} IS DISTINCT FROM 'www.' || {host} THEN {domain} END", "g.a");
    }

    /// <summary>A property by whose values events are grouped.</summary>
    private string Key(string name)
    {
        var index = _keys.IndexOf(name);
        if (index < 0)
        {
            index = _keys.Count;
            _keys.Add(name);
        }

        return "g.r" + index.ToString(CultureInfo.InvariantCulture);
    }
}
