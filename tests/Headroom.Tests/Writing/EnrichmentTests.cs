using System.Text;
using Headroom.App.Shared;
using Headroom.App.Writing.Enrichment;
using Xunit;

namespace Headroom.Tests.Writing;

public sealed class EnrichmentTests
{
    private const string Chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36";

    [Theory]
    [InlineData(Chrome, "Chrome", 129.0, "Windows", "10", "Desktop")]
    [InlineData("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15", "Safari", 17.4, "Mac OS X", "10.15.7", "Desktop")]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1", "Mobile Safari", 17.4, "iOS", "17.4.1", "Mobile")]
    [InlineData("Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1", "Mobile Safari", 16.6, "iOS", "16.6", "Tablet")]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/120.0.6099.119 Mobile/15E148 Safari/604.1", "Chrome iOS", 120.0, "iOS", "17.0", "Mobile")]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/121.0 Mobile/15E148 Safari/605.1.15", "Firefox iOS", 121.0, "iOS", "17.0", "Mobile")]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/119.0", "Firefox", 119.0, "Linux", null, "Desktop")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2210.91", "Microsoft Edge", 120.0, "Windows", "10", "Desktop")]
    [InlineData("Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/106.0.0.0 Safari/537.36 OPR/92.0.0.0", "Opera", 92.0, "Windows", "7", "Desktop")]
    [InlineData("Mozilla/5.0 (Linux; Android 13; SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/112.0.0.0 Mobile Safari/537.36", "Chrome", 112.0, "Android", "13", "Mobile")]
    [InlineData("Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/112.0.0.0 Safari/537.36", "Chrome", 112.0, "Android", "13", "Tablet")]
    [InlineData("Mozilla/5.0 (Linux; Android 12; SAMSUNG SM-G991B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/20.0 Chrome/106.0.5249.126 Mobile Safari/537.36", "Samsung Internet", 20.0, "Android", "12", "Mobile")]
    [InlineData("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36", "Chrome", 119.0, "Chrome OS", null, "Desktop")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer", 11.0, "Windows", "10", "Desktop")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/118.0.0.0 YaBrowser/23.11.0 Safari/537.36", "Yandex Browser", 23.11, "Windows", "10", "Desktop")]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21B74 [FBAN/FBIOS;FBAV/440.0.0.30.107]", "Facebook Mobile", 440.0, "iOS", "17.1", "Mobile")]
    public void Browsers_systems_and_devices(string text, string browser, double version, string os, string? osVersion, string device)
    {
        var agent = UserAgents.Parse(text);
        Assert.Equal((browser, version, os, osVersion, device),
            (agent.Browser?.Value, agent.BrowserVersion, agent.Os?.Value, agent.OsVersion?.Value, agent.DeviceType?.Value));
        Assert.False(agent.IsBot || agent.IsLibrary);
    }

    [Theory]
    [InlineData("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")]
    [InlineData("Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)")]
    [InlineData("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.1; +https://openai.com/gptbot)")]
    [InlineData("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)")]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36")]
    [InlineData("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)")]
    [InlineData("Mozilla/5.0 (compatible; UptimeRobot/2.0)")]
    [InlineData("Mozilla/5.0 (Macintosh) Chrome-Lighthouse")]
    public void Bots_are_known(string text) => Assert.True(UserAgents.Parse(text).IsBot);

    [Theory]
    [InlineData("curl/8.1.2")]
    [InlineData("python-requests/2.31.0")]
    [InlineData("Go-http-client/2.0")]
    [InlineData("posthog-node/5.70.0")]
    public void A_library_is_a_bot_only_where_it_claims_to_have_seen_a_page(string text)
    {
        var bench = new WriterBench();
        var rows = bench.WriteRecords(WriterBench.Record(1, 0, "", text,
            new Sent("$pageview", "u") { Properties = """{"$current_url":"https://a.test/"}""" }, new Sent("bought", "u")));
        Assert.Equal(true, rows[0]["b:$is_bot"]);
        Assert.Null(rows[1]["b:$is_bot"]);
        Assert.Null(rows[1]["t:$browser"]);
    }

    [Fact]
    public void What_the_sdk_sent_is_kept_and_what_it_did_not_is_added()
    {
        var row = Assert.Single(new WriterBench().WriteRecords(WriterBench.Record(1, 0, "10.0.0.1", Chrome, new Sent("e", "u")
        {
            Properties = """{"$browser":"Mine","$current_url":"https://shop.test:8443/a/b?utm_source=News%20Letter&x=1&gclid=7#frag","$referrer":"https://www.google.co.uk/search?q=1"}""",
        })));
        Assert.Equal("Mine", row["t:$browser"]);
        Assert.Equal("Windows", row["t:$os"]);
        Assert.Equal("shop.test:8443", row["t:$host"]);
        Assert.Equal("/a/b", row["t:$pathname"]);
        Assert.Equal("News Letter", row["t:utm_source"]);
        Assert.Equal("7", row["t:gclid"]);
        Assert.Equal("www.google.co.uk", row["t:$referring_domain"]);
        Assert.Equal("Paid Search", row["t:$channel"]);
        Assert.Null(row["t:$ip"]);
    }

    [Fact]
    public void A_server_s_own_address_and_agent_say_nothing_of_the_person()
    {
        var bench = new WriterBench();
        bench.Directory.KeepIp = true;
        var row = Assert.Single(bench.WriteRecords(WriterBench.Record(1, 0, "10.0.0.1", Chrome, new Sent("e", "u") { Properties = """{"$is_server":true}""" })));
        Assert.Null(row["t:$browser"]);
        Assert.Null(row["t:$ip"]);
    }

    [Theory]
    [InlineData(false, "{}", null)]
    [InlineData(true, "{}", "10.0.0.1")]
    [InlineData(true, """{"$ip":"192.0.2.7"}""", "192.0.2.7")]
    [InlineData(false, """{"$ip":"192.0.2.7"}""", null)]
    public void The_address_is_kept_only_where_the_project_says_so(bool keep, string properties, string? kept)
    {
        var bench = new WriterBench();
        bench.Directory.KeepIp = keep;
        var row = Assert.Single(bench.WriteRecords(WriterBench.Record(1, 0, "10.0.0.1", "", new Sent("e", "u") { Properties = properties })));
        Assert.Equal(kept, row["t:$ip"]);
    }

    [Theory]
    [InlineData("$raw_user_agent")]
    [InlineData("$user_agent")]
    public void A_cookieless_event_s_user_agent_is_looked_at_and_not_stored(string name)
    {
        var bench = new WriterBench();
        var sent = new Sent("e", "u") { Properties = $$"""{"$cookieless_mode":true,"{{name}}":"{{Chrome}}"}""" };
        var row = Assert.Single(bench.WriteRecords(WriterBench.Record(1, 0, "10.0.0.1", "node", sent)));
        Assert.Equal("Chrome", row["t:$browser"]);
        Assert.Null(row["t:" + name]);
    }

    [Theory]
    [InlineData("", "", "Direct")]
    [InlineData("", "https://www.google.com/", "Organic Search")]
    [InlineData("", "https://duckduckgo.com/", "Organic Search")]
    [InlineData("", "https://www.bing.com/search", "Organic Search")]
    [InlineData("", "https://search.yahoo.co.jp/", "Organic Search")]
    [InlineData("", "https://l.facebook.com/", "Organic Social")]
    [InlineData("", "https://t.co/abc", "Organic Social")]
    [InlineData("", "https://old.reddit.com/r/x", "Organic Social")]
    [InlineData("", "https://www.youtube.com/watch", "Organic Video")]
    [InlineData("", "https://chatgpt.com/", "AI Assistants")]
    [InlineData("", "https://www.perplexity.ai/", "AI Assistants")]
    [InlineData("", "https://gemini.google.com/app", "AI Assistants")]
    [InlineData("", "https://mail.google.com/", "Email")]
    [InlineData("", "https://blog.example/post", "Referral")]
    [InlineData("", "https://www.site.test/other", null)]
    [InlineData("gclid=1", "https://www.google.com/", "Paid Search")]
    [InlineData("msclkid=1", "", "Paid Search")]
    [InlineData("ttclid=1", "", "Paid Social")]
    [InlineData("fbclid=1", "", "Organic Social")]
    [InlineData("utm_source=google&utm_medium=cpc", "", "Paid Search")]
    [InlineData("utm_source=facebook&utm_medium=paid_social", "", "Paid Social")]
    [InlineData("utm_source=youtube&utm_medium=cpv", "", "Paid Video")]
    [InlineData("utm_source=x&utm_medium=ppc", "", "Paid Other")]
    [InlineData("utm_source=ads&utm_medium=banner", "", "Display")]
    [InlineData("utm_source=weekly&utm_medium=Email", "", "Email")]
    [InlineData("utm_source=newsletter", "", "Email")]
    [InlineData("utm_source=p&utm_medium=affiliate", "", "Affiliates")]
    [InlineData("utm_source=chatgpt.com", "", "AI Assistants")]
    [InlineData("utm_source=linkedin&utm_medium=social", "", "Organic Social")]
    [InlineData("utm_source=app&utm_medium=push", "", "Push")]
    [InlineData("utm_source=a&utm_medium=sms", "", "SMS")]
    [InlineData("utm_source=partner&utm_medium=referral", "", "Referral")]
    [InlineData("utm_source=poster", "", "Unassigned")]
    public void Channels_follow_campaign_then_referrer(string query, string referrer, string? channel)
    {
        var row = new WriterBench().WriteOne(new Sent("$pageview", "u")
        {
            Properties = $$"""{"$current_url":"https://site.test/?{{query}}","$referrer":"{{referrer}}"}""",
        });
        Assert.Equal(channel, row["t:$channel"]);
    }

    [Theory]
    [InlineData("https://a.test", "a.test", "/", "")]
    [InlineData("https://a.test?x=1", "a.test", "/", "x=1")]
    [InlineData("https://u:p@a.test/p#f?x", "a.test", "/p", "")]
    [InlineData("android-app://com.google.android.gm/", "com.google.android.gm", "/", "")]
    [InlineData("nonsense", "", "", "")]
    public void Urls_are_taken_apart(string url, string host, string path, string query)
    {
        var parts = UrlParts.Of(Encoding.UTF8.GetBytes(url));
        Assert.Equal((host, path, query),
            (Encoding.UTF8.GetString(parts.Host), Encoding.UTF8.GetString(parts.Path), Encoding.UTF8.GetString(parts.Query)));
    }
}
