using System.Text;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Tests.Sql;

/// <summary>
/// Sessions and visits as docs/insights.md defines them, the slow and obvious way. Which of several values at the same
/// microsecond is taken, the store chooses, by <c>rank</c>.
/// </summary>
internal sealed class SessionsReference(
    IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<PropertyFilter> filters, bool web,
    Func<string, IComparable> rank)
{
    private static readonly Dictionary<string, SessionProperty> NamesInFilters = new()
    {
        ["$entry_page"] = SessionProperty.EntryPage,
        ["$exit_page"] = SessionProperty.ExitPage,
        ["$source"] = SessionProperty.Source,
        ["$channel"] = SessionProperty.Channel,
        ["$referring_domain"] = SessionProperty.Referrer,
        ["utm_source"] = SessionProperty.UtmSource,
        ["utm_medium"] = SessionProperty.UtmMedium,
        ["utm_campaign"] = SessionProperty.UtmCampaign,
        ["utm_term"] = SessionProperty.UtmTerm,
        ["utm_content"] = SessionProperty.UtmContent,
        ["$geoip_country_code"] = SessionProperty.Country,
        ["$geoip_subdivision_1_name"] = SessionProperty.Region,
        ["$geoip_city_name"] = SessionProperty.City,
        ["$device_type"] = SessionProperty.Device,
        ["$browser"] = SessionProperty.Browser,
        ["$os"] = SessionProperty.Os,
    };

    public sealed record Session(List<TestEvent> Events)
    {
        public long Start => Events.Min(e => e.Timestamp);

        public TimeSpan Length => TimeSpan.FromMicroseconds(Events.Max(e => e.Timestamp) - Start);
    }

    private IEnumerable<PropertyFilter> OfEvents => filters.Where(f => !NamesInFilters.ContainsKey(f.Property));

    private IEnumerable<PropertyFilter> OfPages => OfEvents.Where(f => f.Property is "$pathname" or "$current_url");

    /// <summary>A filter of the web view names an event.</summary>
    private bool Named => web && filters.Any(f => f.Property == "event");

    private bool Chosen(Session session) => Named
        ? session.Events.Any(e => OfEvents.Except(OfPages).All(f => TrendsReference.Holds(f, e))) && session.Events.Any(Meets)
        : session.Events.Any(Meets);

    private IEnumerable<PropertyFilter> OfSessions => filters.Where(f => NamesInFilters.ContainsKey(f.Property));

    /// <summary>Those that count and begin in the range.</summary>
    public List<Session> Sessions(long from, long to) =>
    [
        .. Whole(from, to)
            .Where(s => s.Start >= from && s.Start < to)
            .Where(s => !web || s.Events.Any(IsView))
            .Where(Chosen)
            .Where(MeetsAsSession),
    ];

    public long Person(Session session) =>
        session.Events.Select(e => e.PersonKey).Where(p => p != 0).Order().Select(Merged).FirstOrDefault();

    public int Views(Session session) => session.Events.Count(IsView);

    public SessionFigures Figures(IReadOnlyList<Session> sessions, int bounceSeconds)
    {
        var viewed = sessions.Where(s => Views(s) > 0).ToList();
        var bounced = viewed.Count(s =>
            Views(s) < 2 && !s.Events.Exists(e => e.Event == "$autocapture") && s.Length < TimeSpan.FromSeconds(bounceSeconds));
        var lengths = sessions.Select(s => s.Length.TotalSeconds).Order().ToList();
        var middle = lengths.Count == 0 ? 0 : (lengths[(lengths.Count - 1) / 2] + lengths[lengths.Count / 2]) / 2;
        return new SessionFigures(
            sessions.Count, sessions.Sum(Views), sessions.Count == 0 ? null : (double)sessions.Sum(Views) / sessions.Count,
            viewed.Count == 0 ? null : (double)bounced / viewed.Count, sessions.Count == 0 ? null : lengths.Average(), sessions.Count == 0 ? null : middle);
    }

    public WebFigures Web(IReadOnlyList<Session> visits)
    {
        var entered = visits.Where(Entered).ToList();
        return new WebFigures(
            Visitors(visits), visits.Count, visits.Sum(v => v.Events.Count(e => IsView(e) && Meets(e))),
            visits.Count == 0 ? null : (double)visits.Sum(Views) / visits.Count,
            entered.Count == 0 ? null : (double)entered.Count(IsBounce) / entered.Count,
            visits.Count == 0 ? null : visits.Average(v => v.Length.TotalSeconds));
    }

    /// <param name="name">In place of <paramref name="by"/>.</param>
    public List<WebRow> List(IReadOnlyList<Session> visits, SessionProperty? by, string? name) => by is SessionProperty.Event
        ? Ordered(visits
            .SelectMany(v => v.Events.Where(e => !e.Event.StartsWith('$') && e.Event != "engagement").Select(e => (e.Event, Visit: v)))
            .GroupBy(p => p.Event)
            .Select(g =>
            {
                var figures = Web([.. g.Select(p => p.Visit).Distinct()]);
                return new WebRow(g.Key, figures.Visitors, figures.Visits, figures.PageViews, figures.BounceRate, figures.MeanSeconds) { Events = g.Count() };
            }))
        : by is SessionProperty.Page
        ? Ordered(visits
            .SelectMany(v => v.Events.Where(e => IsView(e) && Meets(e) && Page(e) is not null).Select(e => (Page: Page(e)!, Visit: v)))
            .GroupBy(p => p.Page)
            .Select(g =>
            {
                var there = g.Select(p => p.Visit).Distinct().ToList();
                var entries = there.Where(v => Value(v, SessionProperty.EntryPage) == g.Key).ToList();
                return new WebRow(
                    g.Key, Visitors(there), there.Count, g.Count(), entries.Count == 0 ? null : (double)entries.Count(IsBounce) / entries.Count,
                    there.Average(v => v.Length.TotalSeconds));
            }))
        : Ordered(visits.GroupBy(v => (Value(v, by, name), 0)).Select(g =>
        {
            var figures = Web([.. g]);
            return new WebRow(g.Key.Item1, figures.Visitors, figures.Visits, figures.PageViews, figures.BounceRate, figures.MeanSeconds);
        }));

    public WebVitals Vitals(long from, long to, int pages)
    {
        var sessions = OfSessions.Any() || Named ? Whole(from, to).Where(MeetsAsSession).Where(s => !Named || Chosen(s)).SelectMany(s => s.Events).Select(e => e.SessionId).ToHashSet() : null;
        var measured = events.Where(e =>
            e.Event == "$web_vitals" && e.Timestamp >= from && e.Timestamp < to && Meets(e) && (sessions is null || (e.SessionId is not null && sessions.Contains(e.SessionId))) &&
            new[] { "LCP", "INP", "CLS", "FCP", "TTFB" }.Any(n => e.Properties.GetValueOrDefault($"$web_vitals_{n}_value") is double)).ToList();
        var byPage = measured.GroupBy(e => (Page: Text(e, "$pathname"), 0)).OrderByDescending(g => g.Count())
            .ThenBy(g => g.Key.Page is null).ThenBy(g => Bytes(g.Key.Page), StringComparer.Ordinal).Select(g => new WebVitalsPage(g.Key.Page, Measured(g))).ToList();
        return new WebVitals(Measured(measured), [.. byPage.Take(pages)], byPage.Count > pages);
    }

    /// <param name="name">In place of <paramref name="property"/>.</param>
    public string? Value(Session session, SessionProperty? property, string? name)
    {
        if (name is null || NamesInFilters.ContainsKey(name))
        {
            return Value(session, name is null ? property!.Value : NamesInFilters[name]);
        }

        var cohort = name.StartsWith("cohort.", StringComparison.Ordinal);
        if (!cohort && !name.StartsWith("person.", StringComparison.Ordinal))
        {
            return ByTime(session, e => Text(e, name)).FirstOrDefault();
        }

        // The one known longest has the lowest key, and each of its events says what it has or is in.
        var known = session.Events.Where(e => e.PersonKey != 0).MinBy(e => e.PersonKey);
        return known is null ? (cohort ? "false" : null) : Text(known, name);
    }

    public string? Value(Session session, SessionProperty property) => property switch
    {
        SessionProperty.EntryPage => ByTime(session, e => IsView(e) ? Page(e) : null).FirstOrDefault(),
        SessionProperty.ExitPage => ByTime(session, e => IsView(e) ? Page(e) : null).LastOrDefault(),
        SessionProperty.Source => Value(session, SessionProperty.UtmSource) ?? Value(session, SessionProperty.Referrer),
        SessionProperty.Referrer => ByTime(session, e => Tells(e) ? External(e) : null).FirstOrDefault(),
        _ => ByTime(session, e => Tells(e) ? Text(e, NamesInFilters.Single(n => n.Value == property).Key) : null).FirstOrDefault(),
    };

    private bool Tells(TestEvent e) => !web || IsView(e);

    private IEnumerable<string> ByTime(Session session, Func<TestEvent, string?> value) =>
        session.Events.Select(e => (e.Timestamp, Value: value(e))).Where(p => p.Value is not null)
            .OrderBy(p => p.Timestamp).ThenBy(p => rank(p.Value!)).Select(p => p.Value!);

    private static string? External(TestEvent e)
    {
        var (domain, host) = (Text(e, "$referring_domain"), Text(e, "$host") ?? "");
        static string Bare(string name) => name.StartsWith("www.", StringComparison.Ordinal) ? name[4..] : name;
        return domain is null or "$direct" || Bare(domain) == Bare(host) ? null : domain;
    }

    /// <summary>In the order of UTF-8.</summary>
    private static string Bytes(string? text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text ?? ""));

    private static string? Text(TestEvent e, string name) => TrendsReference.Text(e, name) is { Length: > 0 } text ? text : null;

    private static List<WebRow> Ordered(IEnumerable<WebRow> rows) =>
        [.. rows.OrderByDescending(r => r.Visitors).ThenByDescending(r => r.Visits).ThenBy(r => r.Value is null).ThenBy(r => r.Value, Utf8Order.Instance)];

    private static WebVitalFigures Measured(IEnumerable<TestEvent> measured)
    {
        WebVital One(string name)
        {
            var numbers = measured.Select(e => e.Properties.GetValueOrDefault($"$web_vitals_{name}_value")).OfType<double>().Order().ToList();
            var at = 0.75 * (numbers.Count - 1);
            return numbers.Count == 0
                ? new WebVital(null, 0)
                : new WebVital(numbers[(int)at] + ((numbers[(int)Math.Ceiling(at)] - numbers[(int)at]) * (at - (int)at)), numbers.Count);
        }

        return new WebVitalFigures(One("LCP"), One("INP"), One("CLS"), One("FCP"), One("TTFB"));
    }

    private IEnumerable<Session> Whole(long from, long to) => events
        .Where(e => e.Timestamp >= from - Day && e.Timestamp < to + Day && !string.IsNullOrEmpty(e.SessionId))
        .GroupBy(e => e.SessionId).Select(g => new Session([.. g]));

    private static long Day => TimeSpan.TicksPerDay / TimeSpan.TicksPerMicrosecond;

    private bool IsView(TestEvent e) => e.Event == "$pageview" || (!web && e.Event == "$screen");

    private string? Page(TestEvent e) => e.Event == "$screen" ? Text(e, "$screen_name") : Text(e, "$pathname");

    /// <summary>What is asked of a view, and of each event where none is named.</summary>
    private bool Meets(TestEvent e) => (Named ? OfPages : OfEvents).All(f => TrendsReference.Holds(f, e));

    private bool MeetsAsSession(Session session) => OfSessions.All(f =>
    {
        var value = Value(session, NamesInFilters[f.Property]);
        return TrendsReference.Holds(f, new TestEvent("", "", 0, 0, value is null ? new Dictionary<string, object>() : new Dictionary<string, object> { [f.Property] = value }));
    });

    private bool Entered(Session visit)
    {
        var first = visit.Events.Where(IsView).Min(e => e.Timestamp);
        return visit.Events.Any(e => IsView(e) && e.Timestamp == first &&
            filters.Where(f => f.Property is "$pathname" or "$current_url").All(f => TrendsReference.Holds(f, e)));
    }

    private static bool IsBounce(Session visit) => visit.Events.Count(e =>
        e.Event is "$pageview" or "$screen" or "$autocapture" ||
        (!e.Event.StartsWith('$') && e.Event != "engagement" && e.Properties.GetValueOrDefault("interactive") is not false)) < 2;

    private int Visitors(IEnumerable<Session> visits) => visits.Select(Person).Where(p => p != 0).Distinct().Count();

    private long Merged(long person) => merges.Where(m => m.From == person).Select(m => m.To).Append(person).First();
}
