using System.Globalization;
using System.Text;

namespace Headroom.Bench;

/// <summary>
/// The events that are sent. The texts vary as real ones do (a few values for most properties, many for ids), so that
/// dictionaries, column sizes and compression are what an operator would see.
/// </summary>
internal sealed class EventShape(string name, int properties, ulong seed, Func<EventShape, string> write)
{
    private static readonly string[] s_endpoints = ["/api/orders", "/api/cart", "/api/search", "/api/login", "/api/profile", "/api/items"];
    private static readonly string[] s_serverEvents = ["order placed", "cart updated", "search done", "signed in", "invoice paid", "item viewed"];
    private static readonly string[] s_plans = ["free", "pro", "team", "enterprise"];
    private static readonly string[] s_regions = ["eu-central-1", "eu-west-1", "us-east-1"];
    private static readonly string[] s_countries = ["DE", "FR", "GB", "US", "NL", "SE", "PL", "IT"];
    private static readonly string[] s_currencies = ["EUR", "USD", "GBP"];
    private static readonly string[] s_pages = ["/", "/pricing", "/docs", "/docs/start", "/blog", "/blog/headroom", "/login", "/signup", "/about", "/contact"];
    private static readonly string[] s_referrers = ["$direct", "https://www.google.com/", "https://news.ycombinator.com/", "https://duckduckgo.com/", "https://t.co/"];
    private static readonly string[] s_sources = ["news", "partner", "social"];
    private static readonly string[] s_languages = ["en-US", "de-DE", "fr-FR", "en-GB", "sv-SE"];
    private static readonly string[] s_timezones = ["Europe/Berlin", "America/New_York", "Europe/London", "Asia/Tokyo"];
    private static readonly string[] s_browserEvents = ["$pageview", "$pageview", "$autocapture", "$autocapture", "$autocapture", "$pageleave"];

    private static readonly (string Agent, string Browser, int Version, string Os, string OsVersion, string Device, int Width, int Height)[] s_agents =
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "Chrome", 142, "Windows", "10", "Desktop", 1920, 1080),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15", "Safari", 19, "Mac OS X", "10.15.7", "Desktop", 1512, 982),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox", 145, "Linux", "", "Desktop", 1920, 1200),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1", "Mobile Safari", 19, "iOS", "19.0", "Mobile", 393, 852),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome", 142, "Android", "15", "Mobile", 412, 915),
    ];

    private Randomness _random = new(seed);

    public string Name => name;

    public int Properties => properties;

    /// <summary>As little as an event can be: two properties.</summary>
    public static EventShape Small() => new("small event, 2 properties", 2, 1, static shape =>
        $$$"""{"uuid":"§u","event":"tick","distinct_id":"user-§5","timestamp":"§t","properties":{"value":§3,"plan":"{{{shape.Pick(s_plans)}}}"}}""");

    /// <summary>What a back end sends with posthog-node.</summary>
    public static EventShape Server() => new("server event, 12 properties", 12, 2, static shape =>
        $$$"""{"uuid":"§u","event":"{{{shape.Pick(s_serverEvents)}}}","distinct_id":"user-§5","timestamp":"§t","properties":{"$lib":"posthog-node","$lib_version":"5.70.0","plan":"{{{shape.Pick(s_plans)}}}","amount":§3.§2,"currency":"{{{shape.Pick(s_currencies)}}}","items":§1,"order_id":"ord_§8","country":"{{{shape.Pick(s_countries)}}}","success":{{{(shape.Below(20) == 0 ? "false" : "true")}}},"duration_ms":§3,"endpoint":"{{{shape.Pick(s_endpoints)}}}","region":"{{{shape.Pick(s_regions)}}}"}}""");

    /// <summary>A server event whose 12 properties are taken from so many different names.</summary>
    public static EventShape WideServer(int distinct) => new($"12 of {distinct} properties", 12, 3, shape =>
    {
        var text = new StringBuilder("""{"uuid":"§u","event":"wide","distinct_id":"user-§5","timestamp":"§t","properties":{""");
        var first = shape.Below(distinct);
        for (var i = 0; i < 12; i++)
        {
            // Evenly spread, so that all names occur in any few thousand events; a third are numbers.
            var property = (first + (i * (distinct / 12))) % distinct;
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}\"property_{property:0000}\":");
            text.Append(property % 3 == 0 ? "§4" : $"\"{shape.Pick(s_regions)}\"");
        }

        return text.Append("}}").ToString();
    });

    /// <summary>What posthog-js sends, property for property: those filled, and the campaign parameters that it sends as null.</summary>
    public static EventShape Browser() => new("browser event, 51 properties", 51, 4, static shape =>
    {
        var agent = shape.Pick(s_agents);
        var page = shape.Pick(s_pages);
        var entry = shape.Pick(s_pages);
        var referrer = shape.Pick(s_referrers);
        var domain = referrer == "$direct" ? referrer : new Uri(referrer).Host;
        var language = shape.Pick(s_languages);
        return $$"""
            {"uuid":"§u","event":"{{shape.Pick(s_browserEvents)}}","properties":{"$os":"{{agent.Os}}","$os_version":"{{agent.OsVersion}}","$browser":"{{agent.Browser}}","$device_type":"{{agent.Device}}","$timezone":"{{shape.Pick(s_timezones)}}","$timezone_offset":-60,"$current_url":"https://shop.example.com{{page}}?item=§4","$host":"shop.example.com","$pathname":"{{page}}","$raw_user_agent":"{{agent.Agent}}","$browser_version":{{agent.Version}},"$browser_language":"{{language}}","$browser_language_prefix":"{{language[..2]}}","$screen_height":{{agent.Height}},"$screen_width":{{agent.Width}},"$viewport_height":{{agent.Height - 120}},"$viewport_width":{{agent.Width}},"$lib":"web","$lib_version":"1.449.2","$insert_id":"§8§8","$time":17§8.§3,"$sdk_dist_channel":"cdn","$initialization_time":"§t","$configured_session_timeout_ms":1800000,"distinct_id":"01999999-0000-7000-8000-0000000§5","$device_id":"01999999-0000-7000-8000-0000000§5","$autocapture_disabled_server_side":false,"$web_vitals_enabled_server_side":false,"$sdk_debug_extensions_init_method":"synchronous","$sdk_debug_extensions_init_time_ms":§1,"$search_engine":"google","utm_source":"{{shape.Pick(s_sources)}}","utm_medium":"mail","$referrer":"{{referrer}}","$referring_domain":"{{domain}}","title":"Shop {{page}}","$config_defaults":"unset","$session_id":"01999999-1111-7000-8000-000000§6","$window_id":"01999999-2222-7000-8000-000000§6","$session_entry_referrer":"{{referrer}}","$session_entry_referring_domain":"{{domain}}","$session_entry_url":"https://shop.example.com{{entry}}","$session_entry_host":"shop.example.com","$session_entry_pathname":"{{entry}}","$recording_status":"disabled","$sdk_debug_retry_queue_size":0,"$lib_custom_api_host":"https://events.example.com","$pageview_id":"01999999-3333-7000-8000-0000§8","$is_identified":{{(shape.Below(3) == 0 ? "true" : "false")}},"$process_person_profile":true,"$lib_rate_limit_remaining_tokens":9§1.§2,"li_fat_id":null,"utm_campaign":null,"utm_content":null,"utm_term":null,"gad_source":null,"mc_cid":null,"gclid":null,"gclsrc":null,"dclid":null,"gbraid":null,"wbraid":null,"fbclid":null,"msclkid":null,"twclid":null,"igshid":null,"ttclid":null,"rdt_cid":null,"epik":null,"qclid":null,"sccid":null,"oppref":null,"bfcid":null,"irclid":null,"_kx":null},"timestamp":"§t"}
            """;
    });

    /// <summary>One request for one event.</summary>
    public RequestTemplate Single(string writeKey, string host)
    {
        var text = write(this);
        return new RequestTemplate("/i/v0/e/", host, string.Concat("{\"api_key\":\"", writeKey, "\",", text.AsSpan(1)), 1);
    }

    /// <summary>One request for many events.</summary>
    /// <param name="gzip">Then it is the same each time, and the events have no uuids, so that the server makes them.</param>
    public RequestTemplate Batch(string writeKey, string host, int events, bool gzip = false)
    {
        var body = new StringBuilder($$"""{"api_key":"{{writeKey}}","batch":[""");
        for (var i = 0; i < events; i++)
        {
            body.Append(i == 0 ? "" : ",").Append(write(this));
        }

        if (gzip)
        {
            body.Replace("\"uuid\":\"§u\",", "");
        }

        return new RequestTemplate("/batch/", host, body.Append("],\"sent_at\":\"§t\"}").ToString(), events, gzip: gzip);
    }

    /// <summary>The events as lines, for <c>headroom import</c>.</summary>
    public void WriteLines(Stream to, int events, DateTimeOffset now)
    {
        const int AtOnce = 1000;
        for (var done = 0; done < events; done += AtOnce)
        {
            var count = Math.Min(AtOnce, events - done);
            var lines = new StringBuilder();
            for (var i = 0; i < count; i++)
            {
                lines.Append(write(this)).Append('\n');
            }

            var request = new RequestTemplate("/", "127.0.0.1", lines.ToString(), count);
            request.Renew(ref _random, now);
            to.Write(request.Bytes, request.Bytes.Length - request.BodyBytes, request.BodyBytes);
        }
    }

    private int Below(int limit) => _random.Next(limit);

    private T Pick<T>(T[] from) => _random.Pick<T>(from);
}
