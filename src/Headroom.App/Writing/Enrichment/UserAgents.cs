// User agents by tables, in PostHog's names. The order of each table matters: nearly every browser also names the
// ones that it imitates, so the more particular comes first.

using System.Globalization;
using System.Text;

namespace Headroom.App.Writing.Enrichment;

/// <param name="IsBot">A crawler, monitor or headless browser.</param>
/// <param name="IsLibrary">An HTTP library: a bot where it claims to have seen a page, a server's SDK otherwise.</param>
internal sealed record UserAgent(
    CachedText? Browser, double? BrowserVersion, CachedText? Os, CachedText? OsVersion, CachedText? DeviceType, bool IsBot, bool IsLibrary)
{
    public static readonly UserAgent Unknown = new(null, null, null, null, null, false, false);
}

internal sealed class UserAgents
{
    private const int MaxCached = 20_000;
    private const int MaxLength = 1000;

    private static readonly string[] Bots =
    [
        "bot", "crawl", "spider", "slurp", "headless", "lighthouse", "pagespeed", "phantomjs", "facebookexternalhit",
        "mediapartners", "bingpreview", "google-inspectiontool", "googleother", "apis-google", "feedfetcher", "pingdom", "uptime", "statuscake",
        "gtmetrix", "ahrefs", "semrush", "screaming frog", "archiver", "chatgpt-user", "perplexity-user", "claude-user",
        "whatsapp/", "embedly", "skypeuripreview", "datadog", "newrelicpinger", "site24x7", "prerender", "puppeteer", "playwright", "selenium",
        "validator", "monitoring", "scrapy", "nutch", "yandeximages", "ia_archiver",
    ];

    private static readonly string[] Libraries =
    [
        "curl/", "wget/", "python-requests", "python-urllib", "python-httpx", "aiohttp", "go-http-client", "okhttp", "java/",
        "apache-httpclient", "axios/", "node-fetch", "node.js", "undici", "got (", "postmanruntime", "insomnia", "libwww-perl",
        "ruby", "guzzlehttp", "php/", "dart/", "httpie", "posthog-", "analytics-", "reqwest", "http.rb", "faraday",
    ];

    private static readonly (string Token, string Name, string Version)[] BrowserTable =
    [
        ("OPR/", "Opera", "OPR/"), ("Opera Mini", "Opera Mini", "Opera Mini/"), ("Opera", "Opera", "Version/"), ("OPT/", "Opera", "OPT/"),
        ("SamsungBrowser", "Samsung Internet", "SamsungBrowser/"), ("UCBrowser", "UC Browser", "UCBrowser/"),
        ("UCWEB", "UC Browser", "UCWEB/"), ("IEMobile", "Internet Explorer Mobile", "IEMobile/"),
        ("EdgiOS/", "Microsoft Edge", "EdgiOS/"), ("EdgA/", "Microsoft Edge", "EdgA/"), ("Edg/", "Microsoft Edge", "Edg/"),
        ("Edge/", "Microsoft Edge", "Edge/"), ("Vivaldi", "Vivaldi", "Vivaldi/"), ("YaBrowser", "Yandex Browser", "YaBrowser/"),
        ("DuckDuckGo/", "DuckDuckGo", "DuckDuckGo/"), ("Ddg/", "DuckDuckGo", "Ddg/"), ("HuaweiBrowser", "Huawei Browser", "HuaweiBrowser/"), ("MiuiBrowser", "Miui Browser", "MiuiBrowser/"),
        ("Silk/", "Amazon Silk", "Silk/"), ("Brave", "Brave", "Chrome/"), ("FBAN", "Facebook Mobile", "FBAV/"), ("FBAV", "Facebook Mobile", "FBAV/"),
        ("Instagram", "Instagram", "Instagram "), ("Whale/", "Whale Browser", "Whale/"), ("QQBrowser", "QQ Browser", "QQBrowser/"),
        ("CriOS", "Chrome iOS", "CriOS/"), ("FxiOS", "Firefox iOS", "FxiOS/"), ("Electron/", "Electron", "Electron/"),
        ("SeaMonkey", "SeaMonkey", "SeaMonkey/"), ("Chromium", "Chromium", "Chromium/"), ("Chrome/", "Chrome", "Chrome/"), ("Firefox/", "Firefox", "Firefox/"),
        ("Konqueror", "Konqueror", "Konqueror/"), ("MSIE ", "Internet Explorer", "MSIE "), ("Trident/", "Internet Explorer", "rv:"),
        ("BlackBerry", "BlackBerry", "Version/"), ("Android", "Android Mobile", "Version/"),
    ];

    private readonly Utf8Map<UserAgent> _cache = new();

    public UserAgent Find(ReadOnlySpan<byte> userAgent)
    {
        if (userAgent.IsEmpty)
        {
            return UserAgent.Unknown;
        }

        userAgent = userAgent[..Math.Min(userAgent.Length, MaxLength)];
        if (!_cache.TryGet(userAgent, out var found))
        {
            if (_cache.Count >= MaxCached)
            {
                _cache.Clear();
            }

            found = Parse(Encoding.UTF8.GetString(userAgent));
            _cache.Set(userAgent, found);
        }

        return found;
    }

    internal static UserAgent Parse(string text)
    {
        var isBot = ContainsAny(text, Bots) && !text.Contains("Cubot", StringComparison.OrdinalIgnoreCase);
        var isLibrary = !isBot && !text.StartsWith("Mozilla/", StringComparison.Ordinal) && ContainsAny(text, Libraries);
        if (isLibrary)
        {
            return UserAgent.Unknown with { IsLibrary = true };
        }

        var (os, osVersion) = Os(text);
        var (browser, version) = Browser(text);
        if (isBot && browser is null && os is null)
        {
            return UserAgent.Unknown with { IsBot = true };
        }

        return new UserAgent(
            CachedText.Of(browser), version, CachedText.Of(os), CachedText.Of(osVersion),
            CachedText.Of(os is null && browser is null ? null : Device(text, os)), isBot, false);
    }

    private static (string? Name, double? Version) Browser(string text)
    {
        foreach (var (token, name, version) in BrowserTable)
        {
            if (text.Contains(token, StringComparison.Ordinal))
            {
                return (name, Version(text, version));
            }
        }

        if (text.Contains("Safari/", StringComparison.Ordinal) || text.Contains("AppleWebKit", StringComparison.Ordinal))
        {
            var mobile = text.Contains("Mobile", StringComparison.Ordinal) || text.Contains("iPad", StringComparison.Ordinal);
            return (mobile ? "Mobile Safari" : "Safari", Version(text, "Version/"));
        }

        return (null, null);
    }

    private static (string? Name, string? Version) Os(string text)
    {
        if (Has("Windows Phone"))
        {
            return ("Windows Phone", Digits("Windows Phone ") ?? Digits("Windows Phone OS "));
        }

        if (Has("Xbox"))
        {
            return ("Xbox", null);
        }

        if (Has("Windows") || Has("Win64"))
        {
            var nt = Digits("Windows NT ");
            return ("Windows", nt switch
            {
                "10.0" => "10", "6.3" => "8.1", "6.2" => "8", "6.1" => "7", "6.0" => "Vista", "5.1" or "5.2" => "XP", _ => nt,
            });
        }

        if (Has("iPhone") || Has("iPad") || Has("iPod"))
        {
            return ("iOS", (Digits("iPhone OS ") ?? Digits("CPU OS ") ?? Digits("iOS "))?.Replace('_', '.'));
        }

        if (Has("Watch OS") || Has("watchOS"))
        {
            return ("watchOS", Digits("watchOS/"));
        }

        if (Has("Macintosh") || Has("Mac OS X"))
        {
            return ("Mac OS X", Digits("Mac OS X ")?.Replace('_', '.'));
        }

        if (Has("Tizen"))
        {
            return ("Tizen", Digits("Tizen "));
        }

        if (Has("HarmonyOS") || Has("OpenHarmony"))
        {
            return ("HarmonyOS", Digits("OpenHarmony "));
        }

        if (Has("Android"))
        {
            return ("Android", Digits("Android "));
        }

        if (Has("CrOS"))
        {
            return ("Chrome OS", null);
        }

        if (Has("PlayStation"))
        {
            return ("PlayStation", null);
        }

        return Has("Linux") || Has("X11") ? ("Linux", null) : (null, null);

        bool Has(string token) => text.Contains(token, StringComparison.Ordinal);

        string? Digits(string after)
        {
            var at = text.IndexOf(after, StringComparison.Ordinal);
            if (at < 0)
            {
                return null;
            }

            at += after.Length;
            var end = at;
            while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] is '.' or '_'))
            {
                end++;
            }

            return end == at ? null : text[at..end].TrimEnd('.', '_');
        }
    }

    private static string Device(string text, string? os)
    {
        if (text.Contains("SmartTV", StringComparison.OrdinalIgnoreCase) || text.Contains("SMART-TV", StringComparison.OrdinalIgnoreCase) ||
            text.Contains("Smart TV", StringComparison.OrdinalIgnoreCase) || text.Contains("AppleTV", StringComparison.Ordinal) ||
            text.Contains("GoogleTV", StringComparison.Ordinal) || text.Contains("Web0S", StringComparison.Ordinal))
        {
            return "TV";
        }

        if (os is "Xbox" or "PlayStation")
        {
            return "Console";
        }

        if (os == "watchOS")
        {
            return "Wearable";
        }

        if (text.Contains("iPad", StringComparison.Ordinal) || text.Contains("Tablet", StringComparison.Ordinal) ||
            text.Contains("Silk/", StringComparison.Ordinal) || text.Contains("Kindle", StringComparison.Ordinal) ||
            (os == "Android" && !text.Contains("Mobile", StringComparison.Ordinal)))
        {
            return "Tablet";
        }

        return os is "iOS" or "Android" or "Windows Phone" || text.Contains("Mobile", StringComparison.Ordinal) ? "Mobile" : "Desktop";
    }

    private static double? Version(string text, string after)
    {
        var at = text.IndexOf(after, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        at += after.Length;
        var end = at;
        var dots = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || (text[end] == '.' && ++dots == 1)))
        {
            end++;
        }

        return double.TryParse(text.AsSpan(at, end - at), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var version)
            ? version
            : null;
    }

    private static bool ContainsAny(string text, string[] tokens)
    {
        foreach (var token in tokens)
        {
            if (text.Contains(token, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
