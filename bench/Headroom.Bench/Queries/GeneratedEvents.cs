using System.Globalization;
using System.Text;
using Headroom.Core;

namespace Headroom.Bench.Queries;

/// <summary>
/// A shop's traffic in order of arrival: sessions of persons of very unequal activity (a third of the events are those of
/// one person in thirty), a daily rhythm, 40 properties, one event in a hundred late. The same seed gives the same events.
/// </summary>
internal sealed class GeneratedEvents
{
    public const string PageView = "$pageview";
    public const string CartAdd = "added to cart";
    public const string Purchase = "purchased";

    public const int Days = 60;

    /// <summary>Persons who may come. Most of them come rarely: in ten million events about 500,000 do.</summary>
    private const int Persons = 740_000;

    private const int SessionSeconds = 40;
    private const long Second = 1_000_000;
    private static readonly string[] s_browsers = ["Chrome", "Mobile Safari", "Safari", "Firefox", "Edge", "Samsung Internet", "Opera"];
    private static readonly string[] s_systems = ["Windows", "iOS", "Mac OS X", "Android", "Linux"];
    private static readonly string[] s_devices = ["Desktop", "Mobile", "Tablet"];
    private static readonly string[] s_countries =
        ["US", "DE", "FR", "GB", "NL", "SE", "PL", "IT", "ES", "BR", "IN", "JP", "CA", "AU", "CH", "AT", "BE", "DK", "NO", "FI", "PT", "CZ", "MX", "AR", "KR", "SG", "ZA", "TR", "IE", "NZ"];
    private static readonly string[] s_languages = ["en-US", "de-DE", "fr-FR", "en-GB", "nl-NL", "sv-SE", "pl-PL", "ja-JP"];
    private static readonly string[] s_zones = ["Europe/Berlin", "America/New_York", "Europe/London", "Asia/Tokyo", "America/Los_Angeles"];
    private static readonly string[] s_referrers = ["$direct", "https://www.google.com/", "https://news.ycombinator.com/", "https://duckduckgo.com/", "https://t.co/", "https://www.bing.com/"];
    private static readonly string[] s_sources = ["newsletter", "partner", "social", "search"];
    private static readonly string[] s_mediums = ["mail", "cpc", "referral"];
    private static readonly string[] s_plans = ["free", "pro", "team", "enterprise"];
    private static readonly string[] s_variants = ["control", "a", "b"];
    private static readonly string[] s_currencies = ["EUR", "USD", "GBP"];
    private static readonly string[] s_elements = ["button", "a", "input", "div"];
    private static readonly string[] s_queries = ["shoes", "jacket", "red dress", "socks", "gift", "sale", "running", "kids"];

    private readonly long _from;
    private readonly double _step;
    private readonly Session[] _open;
    private readonly long[] _keys = new long[Persons];
    private readonly string[] _pages;
    private Randomness _random = new(20_261_125);
    private double _clock;

    /// <param name="from">When the first day begins, unix microseconds.</param>
    /// <param name="events">How many events the days together have.</param>
    public GeneratedEvents(long from, long events)
    {
        _from = from;
        _clock = from;
        _step = (double)Days * 86_400 * Second / events;
        _open = new Session[Math.Max(16, (int)(SessionSeconds * Second / _step))];
        var pages = new List<string> { "/", "/pricing", "/cart", "/checkout", "/login", "/signup", "/about", "/contact" };
        for (var i = 0; i < 40; i++)
        {
            pages.Add(string.Create(CultureInfo.InvariantCulture, $"/category/{i}"));
        }

        for (var i = 0; i < 600; i++)
        {
            pages.Add(string.Create(CultureInfo.InvariantCulture, $"/product/{i}"));
        }

        _pages = [.. pages];
    }

    /// <summary>The highest person key so far; keys follow the order of first appearance.</summary>
    public long LastKey { get; private set; }

    /// <summary>Persons who appeared since this was last emptied.</summary>
    public List<(string DistinctId, Person Person)> Appeared { get; } = [];

    /// <summary>Adds the next events.</summary>
    public void Fill(EventColumns rows, int count)
    {
        var to = new Columns(rows);
        for (var i = 0; i < count; i++)
        {
            // Twice the events at four in the afternoon as at four in the morning.
            var hour = (_clock - _from) / (3_600.0 * Second) % 24;
            var pace = 1 - (Math.Cos((hour - 4) * Math.PI / 12) / 3);
            _clock += 2 * _step * Uniform() / pace;
            ref var session = ref _open[_random.Next(_open.Length)];
            if (session.Left == 0)
            {
                session = Begin();
            }

            session.Left--;
            Add(to, ref session, (long)_clock);
        }
    }

    private static string DistinctId(int person) =>
        string.Create(CultureInfo.InvariantCulture, $"01999999-{person & 0xFFFF:x4}-7000-8000-{(ulong)person * 0x9E37_79B9_7F4A_7C15 >> 16:x12}");

    private double Uniform() => (_random.Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>An index below the limit, low ones the most often.</summary>
    private int Skewed(int below, double power) => (int)(below * Math.Pow(Uniform(), power));

    private Session Begin()
    {
        var person = Skewed(Persons, 3);
        var at = (long)_clock;
        if (_keys[person] == 0)
        {
            _keys[person] = ++LastKey;
            Appeared.Add((DistinctId(person), new Person(LastKey, _random.NextUuid(at / 1_000), at, person % 3 == 0, "{}")));
        }

        // What a person browses with is the person's.
        var own = new Randomness((ulong)person);
        return new Session
        {
            Person = person,
            Key = _keys[person],
            Id = _random.NextUuid(at / 1_000).ToString(),
            Left = 1 + Skewed(24, 3),
            Browser = own.Next(s_browsers.Length),
            System = own.Next(s_systems.Length),
            Country = (int)(s_countries.Length * Math.Pow(own.Next(1_000) / 1_000.0, 2)),
            Language = own.Next(s_languages.Length),
            Plan = own.Next(8) == 0 ? 1 + own.Next(3) : 0,
            Referrer = _random.Next(s_referrers.Length),
            Source = _random.Next(6) == 0 ? _random.Next(s_sources.Length) : -1,
            Entry = Skewed(_pages.Length, 3),
            Page = -1,
        };
    }

    private void Add(Columns to, ref Session session, long clock)
    {
        var draw = _random.Next(1_000);
        var name = session.Page < 0 || draw < 480 ? PageView
            : draw < 620 ? "$pageleave"
            : draw < 860 ? "$autocapture"
            : draw < 910 ? "searched"
            : draw < 960 ? CartAdd
            : draw < 980 ? "checkout started"
            : draw < 995 ? Purchase
            : "signed up";
        if (name == PageView)
        {
            session.Page = session.Page < 0 ? session.Entry : Skewed(_pages.Length, 3);
        }

        var page = _pages[session.Page];
        var at = _random.Next(100) == 0 ? Math.Max(_from, clock - (long)(Uniform() * 86_400 * Second)) : clock;
        var row = to.Begin(_random.NextUuid(at / 1_000), name, DistinctId(session.Person), session.Key, session.Id, at, clock + 200_000);
        var mobile = session.System is 1 or 3;
        to.Text(row, "$lib", "web");
        to.Text(row, "$lib_version", "1.449.2");
        to.Text(row, "$host", "shop.example.com");
        to.Text(row, "$pathname", page);
        to.Text(row, "$current_url", "https://shop.example.com" + page);
        to.Text(row, "title", "Shop " + page);
        to.Text(row, "$browser", s_browsers[session.Browser]);
        to.Number(row, "$browser_version", 130 + session.Browser);
        to.Text(row, "$os", s_systems[session.System]);
        to.Text(row, "$os_version", mobile ? "19.0" : "10");
        to.Text(row, "$device_type", s_devices[mobile ? 1 : 0]);
        to.Number(row, "$screen_width", mobile ? 393 : 1920);
        to.Number(row, "$screen_height", mobile ? 852 : 1080);
        to.Number(row, "$viewport_width", mobile ? 393 : 1900);
        to.Number(row, "$viewport_height", mobile ? 700 : 960 + session.Browser);
        to.Text(row, "$browser_language", s_languages[session.Language]);
        to.Text(row, "$timezone", s_zones[session.Language % s_zones.Length]);
        to.Text(row, "$geoip_country_code", s_countries[session.Country]);
        to.Text(row, "$geoip_city_name", "City " + (session.Person % 400).ToString(CultureInfo.InvariantCulture));
        to.Text(row, "$device_id", DistinctId(session.Person));
        to.Text(row, "$referrer", s_referrers[session.Referrer]);
        to.Text(row, "$referring_domain", session.Referrer == 0 ? "$direct" : new Uri(s_referrers[session.Referrer]).Host);
        to.Text(row, "$session_entry_pathname", _pages[session.Entry]);
        to.Text(row, "plan", s_plans[session.Plan]);
        to.Boolean(row, "$is_identified", session.Person % 3 == 0);
        to.Boolean(row, "beta", session.Person % 10 == 0);
        to.Text(row, "experiment", s_variants[session.Person % 3]);
        to.Number(row, "$sdk_debug_queue_size", _random.Next(3));
        if (session.Source >= 0)
        {
            to.Text(row, "utm_source", s_sources[session.Source]);
            to.Text(row, "utm_medium", s_mediums[session.Source % 3]);
            to.Text(row, "utm_campaign", "campaign " + (session.Person % 25).ToString(CultureInfo.InvariantCulture));
        }

        switch (name)
        {
            case "$pageleave":
                to.Number(row, "$prev_pageview_duration", Math.Round(Uniform() * 120, 3));
                to.Number(row, "$prev_pageview_max_scroll_percentage", Math.Round(Uniform(), 2));
                break;
            case "$autocapture":
                to.Text(row, "$event_type", "click");
                to.Text(row, "$el_text", s_elements[_random.Next(s_elements.Length)]);
                break;
            case "searched":
                to.Text(row, "query", s_queries[_random.Next(s_queries.Length)]);
                to.Number(row, "results", _random.Next(200));
                break;
            case CartAdd or "checkout started" or Purchase:
                to.Number(row, "amount", _random.Next(20_000) / 100.0);
                to.Number(row, "items", 1 + _random.Next(5));
                to.Text(row, "currency", s_currencies[session.Country % 3]);
                break;
        }
    }

    private struct Session
    {
        public int Person;
        public long Key;
        public string Id;
        public int Left;
        public int Browser;
        public int System;
        public int Country;
        public int Language;
        public int Plan;
        public int Referrer;
        public int Source;
        public int Entry;
        public int Page;
    }

    /// <summary>The rows being filled. Each text is stored once in a batch.</summary>
    private sealed class Columns(EventColumns rows)
    {
        private readonly Dictionary<string, TextSlice> _texts = new(StringComparer.Ordinal);
        private readonly Dictionary<string, PropertyColumn> _columns = new(StringComparer.Ordinal);

        public int Begin(Guid uuid, string name, string distinctId, long key, string session, long at, long received) =>
            rows.AddRow(uuid, Slice(name), Slice(distinctId), key, Slice(session), at, received);

        public void Text(int row, string name, string value) => Column(name, PropertyKind.Text).AddText(row, Slice(value));

        public void Number(int row, string name, double value) => Column(name, PropertyKind.Number).AddNumber(row, value);

        public void Boolean(int row, string name, bool value) => Column(name, PropertyKind.Boolean).AddBoolean(row, value);

        private PropertyColumn Column(string name, PropertyKind kind)
        {
            if (!_columns.TryGetValue(name, out var column))
            {
                _columns.Add(name, column = rows.Column(Encoding.UTF8.GetBytes(name), kind));
            }

            return column;
        }

        private TextSlice Slice(string text)
        {
            if (!_texts.TryGetValue(text, out var slice))
            {
                _texts.Add(text, slice = rows.Store(Encoding.UTF8.GetBytes(text)));
            }

            return slice;
        }
    }
}
