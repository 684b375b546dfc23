using System.Net;
using System.Text.Json;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Capture;

public sealed class PlausibleCaptureTests : IAsyncLifetime
{
    private CaptureHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await CaptureHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_pageview_is_mapped()
    {
        await Accept("""
            {"n":"pageview","v":36,"u":"https://example.com/a/b?utm_source=mail%20er&utm_medium=x+y&z=1#top","d":"Example.com","r":"https://r.example/","p":{"plan":"pro","n":5}}
            """);
        var stored = _host.Log.Single;
        Assert.Equal("$pageview", stored.GetProperty("event").GetString());
        Assert.Equal("""
            {"$current_url":"https://example.com/a/b?utm_source=mail%20er&utm_medium=x+y&z=1#top","$host":"example.com","$pathname":"/a/b","$referrer":"https://r.example/","utm_source":"mail er","utm_medium":"x y","$lib":"plausible","plan":"pro","n":5,"$process_person_profile":false}
            """, stored.GetProperty("properties").GetRawText());
        Assert.Equal(32, stored.GetProperty("distinct_id").GetString()!.Length);
        Assert.NotEqual(stored.GetProperty("distinct_id").GetString(), stored.GetProperty("previous_distinct_id").GetString());
    }

    [Fact]
    public async Task Stringified_props_hash_mode_and_revenue_are_read()
    {
        await Accept("""
            {"name":"Signup","url":"https://example.com/a#/inner","domain":"example.com","h":1,"p":"{\"plan\":\"p\\u00e4\\ud800\",\"b\":true}","$":{"amount":"12.50","currency":"EUR"},"i":false}
            """);
        Assert.Equal("Signup", _host.Log.Single.GetProperty("event").GetString());
        var properties = _host.Log.Single.GetProperty("properties");
        Assert.Equal("/a#/inner", properties.GetProperty("$pathname").GetString());
        Assert.Equal("pä\ufffd", properties.GetProperty("plan").GetString());
        Assert.True(properties.GetProperty("b").GetBoolean());
        Assert.Equal(12.5, properties.GetProperty("$revenue").GetDouble());
        Assert.Equal("EUR", properties.GetProperty("$currency").GetString());
        Assert.False(properties.GetProperty("interactive").GetBoolean());
    }

    [Theory]
    [InlineData("p", """{"plan":"pro"}""", "plan", "\"pro\"")]
    [InlineData("props", """{"plan":"pro"}""", "plan", "\"pro\"")]
    [InlineData("m", """{"plan":"pro"}""", "plan", "\"pro\"")]
    [InlineData("meta", """{"plan":"pro"}""", "plan", "\"pro\"")]
    [InlineData("props", "\"{\\\"plan\\\":\\\"pro\\\"}\"", "plan", "\"pro\"")]
    [InlineData("m", "\"{\\\"plan\\\":\\\"pro\\\"}\"", "plan", "\"pro\"")]
    [InlineData("meta", "\"{\\\"plan\\\":\\\"pro\\\"}\"", "plan", "\"pro\"")]
    [InlineData("r", "\"https://r.example/\"", "$referrer", "\"https://r.example/\"")]
    [InlineData("referrer", "\"https://r.example/\"", "$referrer", "\"https://r.example/\"")]
    [InlineData("h", "1", "$pathname", "\"/a#part\"")]
    [InlineData("h", "true", "$pathname", "\"/a#part\"")]
    [InlineData("hashMode", "1", "$pathname", "\"/a#part\"")]
    [InlineData("hashMode", "true", "$pathname", "\"/a#part\"")]
    [InlineData("hashMode", "0", "$pathname", "\"/a\"")]
    [InlineData("hashMode", "false", "$pathname", "\"/a\"")]
    [InlineData("i", "false", "interactive", "false")]
    [InlineData("interactive", "false", "interactive", "false")]
    [InlineData("interactive", "true", "interactive", null)]
    [InlineData("$", """{"amount":12.5,"currency":"EUR"}""", "$revenue", "12.5")]
    [InlineData("revenue", """{"amount":12.5,"currency":"EUR"}""", "$revenue", "12.5")]
    [InlineData("revenue", """{"amount":12.5,"currency":"EUR"}""", "$currency", "\"EUR\"")]
    public async Task Every_name_of_a_field_is_read(string field, string value, string property, string? expected)
    {
        await Accept($$"""{"name":"Signup","url":"https://example.com/a#part","domain":"example.com","{{field}}":{{value}}}""");
        var properties = _host.Log.Single.GetProperty("properties");
        Assert.Equal(expected, properties.TryGetProperty(property, out var found) ? found.GetRawText() : null);
    }

    [Theory]
    [InlineData("a", 1)]
    [InlineData("\u00e9", 1)]
    [InlineData("\\u00e9", 1)]
    [InlineData("\U0001F600", 2)]
    [InlineData("\\ud83d\\ude00", 2)]
    public async Task A_referrer_is_cut_at_2000_characters_and_never_inside_one(string character, int units)
    {
        foreach (var count in new[] { 1979, 1980, 1981, 3000 })
        {
            await Accept($$"""{"n":"pageview","u":"https://example.com/","d":"example.com","r":"https://r.example/??{{string.Concat(Enumerable.Repeat(character, count))}}"}""");
            var referrer = _host.Log.Single.GetProperty("properties").GetProperty("$referrer").GetString()!;
            Assert.Equal(20 + Math.Min(count, 1980), referrer.EnumerateRunes().Count());
            Assert.Equal(20 + (Math.Min(count, 1980) * units), referrer.Length);
            Assert.DoesNotContain('\ufffd', referrer);
            _host.Log.Clear();
        }
    }

    [Theory]
    [InlineData("""{"amount":5.5,"currency":"EUR"}""", 5.5)]
    [InlineData("\"{\\\"amount\\\":5.5,\\\"currency\\\":\\\"EUR\\\"}\"", 5.5)]
    [InlineData("\"{\\\"amount\\\":\"", null)]
    [InlineData("\"{\\\"amount\\\":\\\"\\\\ud800\\\"}\"", null)]
    [InlineData("{\"amount\":\"much\"}", null)]
    [InlineData("[5]", null)]
    [InlineData("5", null)]
    public async Task Revenue_is_read_as_object_or_text_and_else_left_out(string revenue, double? amount)
    {
        await Accept($$"""{"n":"Buy","u":"https://example.com/","d":"example.com","$":{{revenue}}}""");
        Assert.Equal(amount is not null, _host.Log.Single.GetProperty("properties").TryGetProperty("$revenue", out var found));
        Assert.Equal(amount, amount is null ? null : found.GetDouble());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Props_that_say_nothing_are_left_out_and_of_the_rest_the_first_thirty_are_kept(bool asText)
    {
        var props = """{"list":[1,[2]],"object":{"a":{"b":1}},"null":null,"empty":"","blank":"  ","":"no name"}"""[..^1]
            + string.Concat(Enumerable.Range(1, 40).Select(i => $", \"p{i}\" : {(i % 3 == 0 ? "false" : i % 2 == 0 ? $"{i}" : $"\"v{i}\"")}")) + "}";
        await Accept($$"""{"n":"Signup","u":"https://example.com/","d":"example.com","p":{{(asText ? JsonSerializer.Serialize(props) : props)}}}""");
        var stored = _host.Log.Single.GetProperty("properties");
        var own = stored.EnumerateObject().Where(p => !p.Name.StartsWith('$')).Select(p => p.Name);
        Assert.Equal(Enumerable.Range(1, 30).Select(i => $"p{i}"), own);
        Assert.Equal("v1", stored.GetProperty("p1").GetString());
        Assert.Equal(28, stored.GetProperty("p28").GetInt32());
        Assert.False(stored.GetProperty("p30").GetBoolean());
    }

    [Fact]
    public async Task Engagement_keeps_scroll_depth_and_time()
    {
        await Accept("""{"n":"engagement","u":"https://example.com/","d":"example.com","sd":80,"e":12345}""");
        Assert.Equal("engagement", _host.Log.Single.GetProperty("event").GetString());
        Assert.Equal(80, _host.Log.Single.GetProperty("properties").GetProperty("scroll_depth").GetInt32());
        Assert.Equal(12345, _host.Log.Single.GetProperty("properties").GetProperty("engagement_ms").GetInt32());
    }

    [Fact]
    public async Task Each_domain_of_a_list_gets_its_event_and_a_write_key_will_do()
    {
        await Accept("""{"n":"pageview","u":"https://example.com/","d":"example.com, two.example.com,hrw_test"}""");
        Assert.Equal([1, 2, 1], _host.Log.Batches.Select(b => b.Project));
        Assert.Equal(3, _host.Log.Events.Select(e => e.GetProperty("distinct_id").GetString()).Distinct().Count());
        Assert.Equal(2, _host.Waiting.Count(new ProjectId(1)));
    }

    [Fact]
    public async Task A_log_that_is_down_leaves_no_part_of_a_list_so_that_the_retry_doubles_nothing()
    {
        const string Body = """{"n":"pageview","u":"https://example.com/","d":"example.com,two.example.com,hrw_test"}""";
        _host.Log.Answer = new LogAppend(LogAppendStatus.Unavailable, 0, "disk full");
        using var down = await _host.PostAsync("/api/event", Body, "text/plain");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, down.StatusCode);
        Assert.NotNull(down.Headers.RetryAfter);
        Assert.Equal(1, _host.Log.Appends);
        Assert.Equal(0, _host.Waiting.Count(new ProjectId(1)));
        _host.Log.Answer = null;
        await Accept(Body);
        Assert.Equal(2, _host.Log.Appends);
        Assert.Equal([1, 2, 1], _host.Log.Batches.Select(b => b.Project));
        Assert.Equal(2, _host.Waiting.Count(new ProjectId(1)));
        Assert.Equal(1, _host.Waiting.Count(new ProjectId(2)));
    }

    [Fact]
    public async Task Domains_of_nobody_are_told_in_the_answer()
    {
        using var response = await _host.PostAsync(
            "/api/event", """{"n":"pageview","u":"https://example.com/","d":"gone.example,example.com,unknown.example"}""", "text/plain");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(["2"], response.Headers.GetValues("x-plausible-dropped"));
        Assert.Equal([1], _host.Log.Batches.Select(b => b.Project));
    }

    [Fact]
    public async Task A_list_of_domains_is_bounded()
    {
        var many = string.Join(',', Enumerable.Repeat("example.com", 100));
        await Accept($$"""{"n":"pageview","u":"https://example.com/","d":"{{many}}"}""");
        using var response = await _host.PostAsync("/api/event", $$"""{"n":"pageview","u":"https://example.com/","d":"{{many}},example.com"}""");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(100, _host.Log.Events.Count);
    }

    [Fact]
    public async Task A_refused_event_counts_for_each_of_its_sites()
    {
        using var response = await _host.PostAsync("/api/event", """{"n":"a","u":"nonsense","d":"example.com,two.example.com"}""");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        await _host.Refused.TryFlushAsync();
        Assert.Equal([(1, 1), (2, 1)], _host.Log.Batches.Select(b => (b.Project, b.Rejected)).Order());
    }

    [Fact]
    public async Task A_visitor_is_the_same_within_a_day_and_recognisable_across_midnight()
    {
        const string Body = """{"n":"pageview","u":"https://example.com/","d":"example.com"}""";
        await Accept(Body);
        await Accept(Body);
        _host.NextDay();
        await Accept(Body);
        var events = _host.Log.Events;
        Assert.Equal(events[0].GetProperty("distinct_id").GetString(), events[1].GetProperty("distinct_id").GetString());
        Assert.NotEqual(events[0].GetProperty("distinct_id").GetString(), events[2].GetProperty("distinct_id").GetString());
        Assert.Equal(events[0].GetProperty("distinct_id").GetString(), events[2].GetProperty("previous_distinct_id").GetString());
        _host.Client.DefaultRequestHeaders.UserAgent.ParseAdd("Other/1.0");
        await Accept(Body);
        Assert.NotEqual(events[2].GetProperty("distinct_id").GetString(), _host.Log.Events[3].GetProperty("distinct_id").GetString());
    }

    [Theory]
    [InlineData("""{"n":"a","u":"https://example.com/"}""", 400, "domain")]
    [InlineData("""{"d":"example.com","u":"https://example.com/"}""", 400, "event_name")]
    [InlineData("""{"d":"example.com","n":"a"}""", 400, "url")]
    [InlineData("""{"d":"example.com","n":"a","u":"nonsense"}""", 400, "url")]
    [InlineData("""{"d":"example.com","n":"a","u":"https://example.com","p":"[1]"}""", 400, "props")]
    [InlineData("""{"d":"example.com","n":"a","u":"https://example.com","p":"{"}""", 400, "props")]
    [InlineData("""{"d":"example.com","n":"a","u":"https://example.com","p":"{} x"}""", 400, "props")]
    [InlineData("""{"d":"example.com","n":"a","u":"https://example.com","p":5}""", 400, "props")]
    [InlineData("""{"d":"unknown.example","n":"a","u":"https://example.com"}""", 401, "domain")]
    [InlineData("""{"d":"unknown.example,gone.example","n":"a","u":"https://example.com"}""", 401, "domain")]
    [InlineData("""[]""", 400, "request")]
    public async Task What_is_wrong_is_said_in_the_protocols_form(string body, int status, string field)
    {
        using var response = await _host.PostAsync("/api/event", body, "text/plain");
        Assert.Equal(status, (int)response.StatusCode);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.NotEmpty(answer.GetProperty("errors").GetProperty(field)[0].GetString()!);
        await _host.Refused.TryFlushAsync();
        Assert.Equal(body.Contains("\"d\":\"example.com\"", StringComparison.Ordinal) ? 1 : 0, _host.Log.Batches.Sum(b => b.Rejected));
    }

    [Fact]
    public async Task Too_long_names_and_addresses_are_refused()
    {
        using var name = await _host.PostAsync("/api/event", $$"""{"d":"example.com","n":"{{new string('é', 121)}}","u":"https://example.com"}""");
        Assert.Equal(HttpStatusCode.BadRequest, name.StatusCode);
        using var url = await _host.PostAsync("/api/event", $$"""{"d":"example.com","n":"a","u":"https://example.com/{{new string('a', 2000)}}"}""");
        Assert.Equal(HttpStatusCode.BadRequest, url.StatusCode);
    }

    private async Task Accept(string body)
    {
        using var response = await _host.PostAsync("/api/event", body, "text/plain");
        Assert.Equal("ok", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }
}
