using System.Net;
using System.Text.Json;
using Xunit;

namespace Headroom.Tests.Capture;

public sealed class CookielessCaptureTests : IAsyncLifetime
{
    private const string Browser = "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0";
    private const string Visit = "\"$current_url\":\"https://www.example.com/a\",\"$device_id\":\"d1\",\"$session_id\":\"s1\",\"$window_id\":\"w1\",\"$is_identified\":false";
    private CaptureHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await CaptureHost.StartAsync();
        _host.Projects.Cookieless = true;
        _host.Client.DefaultRequestHeaders.Add("User-Agent", Browser);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_browser_s_ids_are_taken_from_its_event_and_the_rest_stays()
    {
        await PostHogAsync("d1", $$"""
            {"token":"hrw_test","distinct_id":"d1",{{Visit}},"$\u0064evice_id":"d1","$set":{"a":1},"$process_person_profile":true,"plan" : "pro","alias":"mine","list":[1,{"$device_id":1}]}
            """, """,\"$set\":{\"email\":\"ada@example.com\"},\"$set_once\":{\"first\":1},\"$unset\":[\"x\"]""".Replace("\\", "", StringComparison.Ordinal));
        var stored = _host.Log.Single;
        Assert.Equal("""
            {"$cookieless_mode":true,"token":"hrw_test","$current_url":"https://www.example.com/a","$is_identified":false,"plan" : "pro","alias":"mine","list":[1,{"$device_id":1}],"$process_person_profile":false}
            """, stored.GetProperty("properties").GetRawText());
        Assert.Equal(32, Id(stored).Length);
        Assert.Equal(32, stored.GetProperty("previous_distinct_id").GetString()!.Length);
        Assert.False(stored.TryGetProperty("set", out _) || stored.TryGetProperty("set_once", out _) || stored.TryGetProperty("unset", out _));
        Assert.DoesNotContain("\"d1\"", stored.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_visits_of_a_day_are_one_visitor_s_and_the_next_day_s_another_s()
    {
        await PostHogAsync("d1", $$"""{{{Visit}}}""");
        await PostHogAsync("d2", """{"$host":"Example.com","$device_id":"d2"}""");
        _host.NextDay();
        await PostHogAsync("d1", $$"""{{{Visit}}}""");
        var events = _host.Log.Events;
        Assert.Equal(Id(events[0]), Id(events[1]));
        Assert.NotEqual(Id(events[0]), Id(events[2]));
        Assert.Equal(Id(events[0]), events[2].GetProperty("previous_distinct_id").GetString());
    }

    [Fact]
    public async Task Another_project_site_or_browser_is_another_visitor()
    {
        await PostHogAsync("d1", $$"""{{{Visit}}}""");
        await PostHogAsync("d1", $$"""{{{Visit}}}""", key: CaptureHost.OtherKey);
        await PostHogAsync("d1", """{"$host":"example.org"}""");
        await PostHogAsync("d1", """{"$host":"example.com","$cookieless_extra":"tenant 7"}""");
        _host.Client.DefaultRequestHeaders.Remove("User-Agent");
        _host.Client.DefaultRequestHeaders.Add("User-Agent", Browser + " Edge");
        await PostHogAsync("d1", $$"""{{{Visit}}}""");
        Assert.Equal(5, _host.Log.Events.Select(Id).Distinct().Count());
        Assert.DoesNotContain("tenant", string.Concat(_host.Log.Events.Select(e => e.GetRawText())), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"$is_identified":true,"$device_id":"d1","$session_id":"s1"}""")]
    [InlineData("""{"$user_id":"ada","$device_id":"d1","$session_id":"s1"}""")]
    [InlineData("""{"$anon_distinct_id":"d1","$device_id":"d1"}""")]
    [InlineData("""{"$cookieless_mode":true,"$device_id":null}""")]
    public async Task Who_signed_in_stays_and_is_not_joined_with_what_the_device_stored(string properties)
    {
        await PostHogAsync("ada", properties[..^1] + ",\"$process_person_profile\" : true}", ",\"$set\":{\"email\":\"a@example.com\"}", "$identify");
        var stored = _host.Log.Single;
        Assert.Equal("ada", Id(stored));
        Assert.False(stored.TryGetProperty("previous_distinct_id", out _));
        Assert.Equal("a@example.com", stored.GetProperty("set").GetProperty("email").GetString());
        var kept = stored.GetProperty("properties");
        Assert.True(kept.GetProperty("$process_person_profile").GetBoolean());
        Assert.DoesNotContain("\"d1\"", kept.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("s1", kept.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("posthog-node/5.70.0", "{}", true)]
    [InlineData("posthog-node/5.70.0", """{"$device_id":"d1"}""", false)]
    [InlineData("posthog-ios/3.1", """{"$is_identified":false}""", false)]
    [InlineData(Browser, "{}", false)]
    [InlineData(Browser, """{"$user_id":"somebody else"}""", false)]
    public async Task A_server_s_ids_are_users_and_a_device_s_are_not_unless_it_says_so(string userAgent, string properties, bool kept)
    {
        _host.Client.DefaultRequestHeaders.Remove("User-Agent");
        _host.Client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", userAgent);
        await PostHogAsync("u1", properties);
        Assert.Equal(kept, Id(_host.Log.Single) == "u1");
    }

    [Theory]
    [InlineData("$create_alias")]
    [InlineData("$merge_dangerously")]
    [InlineData("\\u0024create_alias")]
    public async Task No_alias_joins_ids(string name)
    {
        await PostHogAsync("ada", """{"$is_identified":true,"alias":"d1"}""", name: name);
        Assert.DoesNotContain("\"d1\"", _host.Log.Single.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Late_events_count_for_their_own_day_and_those_whose_salt_is_gone_for_nobody_of_today()
    {
        foreach (var time in new[] { "2026-11-23T11:00:00Z", "2026-11-22T23:00:00Z", "2026-11-22T01:00:00Z", "2026-11-20T10:00:00Z", "2026-11-20T20:00:00Z", "2026-11-19T20:00:00Z" })
        {
            await PostHogAsync("d1", $$"""{{{Visit}}}""", $",\"timestamp\":\"{time}\"");
        }

        var events = _host.Log.Events;
        Assert.Equal(Id(events[1]), events[0].GetProperty("previous_distinct_id").GetString());
        Assert.Equal(Id(events[1]), Id(events[2]));
        Assert.Equal(Id(events[3]), Id(events[4]));
        Assert.Equal(4, events.Select(Id).Distinct().Count());
        Assert.All(events.Skip(1), e => Assert.False(e.TryGetProperty("previous_distinct_id", out _)));
    }

    [Fact]
    public async Task A_retry_after_midnight_is_the_same_event_of_the_same_visitor()
    {
        const string Sent = ",\"timestamp\":\"2026-11-23T11:59:00Z\",\"uuid\":\"0193a000-0000-7000-8000-000000000000\"";
        await PostHogAsync("d1", $$"""{{{Visit}}}""", Sent);
        _host.NextDay();
        await PostHogAsync("d1", $$"""{{{Visit}}}""", Sent);
        var events = _host.Log.Events;
        Assert.Equal((Id(events[0]), Uuid(events[0])), (Id(events[1]), Uuid(events[1])));
    }

    [Fact]
    public async Task Segment_s_anonymous_ids_are_replaced_and_its_user_ids_kept()
    {
        const string Context = """ "context":{"page":{"url":"https:\/\/www.example.com/"}},"writeKey":"hrw_test" """;
        await AcceptAsync("/v1/page", "{\"anonymousId\":\"d1\"," + Context + "}");
        await AcceptAsync("/v1/track", "{\"event\":\"a\",\"anonymousId\":\"d2\",\"properties\":{\"$session_id\":\"s1\"}," + Context + "}");
        await AcceptAsync("/v1/identify", "{\"anonymousId\":\"d1\",\"userId\":\"ada\",\"traits\":{\"plan\":\"pro\"}," + Context + "}");
        await AcceptAsync("/v1/alias", "{\"anonymousId\":\"d1\",\"userId\":\"ada\"," + Context + "}");
        await AcceptAsync("/v1/identify", "{\"anonymousId\":\"d1\",\"traits\":{\"email\":\"a@example.com\"}," + Context + "}");
        await PostHogAsync("d3", $$"""{{{Visit}}}""");
        var events = _host.Log.Events;
        Assert.Equal(["ada", "ada"], events.Select(Id).Where(id => id.Length < 32));
        Assert.Single(events.Select(Id).Where(id => id.Length == 32).Distinct());
        Assert.Equal("""{"plan":"pro"}""", events[2].GetProperty("set").GetRawText());
        var all = string.Concat(events.Select(e => e.GetRawText()));
        Assert.All(new[] { "d1", "d2", "d3", "s1", "a@example.com" }, gone => Assert.DoesNotContain($"\"{gone}\"", all, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_address_and_a_user_agent_that_are_sent_on_say_who_the_visitor_is()
    {
        await PostHogAsync("d1", """{"$host":"example.com","$device_id":"d1"}""");
        await PostHogAsync("d1", """{"$host":"example.com","$device_id":"d1","$ip":"0.0.0.0","$raw_user_agent":"Mozilla\/5.0 (X11; Linux x86_64) Chrome\/142.0.0.0"}""");
        await PostHogAsync("d1", """{"$host":"example.com","$device_id":"d1","$ip":"198.51.100.1"}""");
        await PostHogAsync("d1", """{"$host":"example.com","$device_id":"d1","$raw_user_agent":"Mozilla/5.0"}""");
        var ids = _host.Log.Events.Select(Id).ToList();
        Assert.Equal(ids[0], ids[1]);
        Assert.Equal(3, ids.Distinct().Count());
    }

    [Fact]
    public async Task What_a_refused_event_says_of_its_device_is_not_shown()
    {
        using var refused = await _host.PostAsync("/e/", """{"api_key":"hrw_test","distinct_id":"d1","properties":{"$device_id":"d1"}}""");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        using var broken = await _host.PostAsync("/e/", """{"api_key":"hrw_test","event":"a","distinct_id":"d1","properties":{]""");
        Assert.Equal(HttpStatusCode.BadRequest, broken.StatusCode);
        var examples = _host.Problems.Take().SelectMany(problem => problem.Examples).ToList();
        Assert.Equal(2, examples.Count);
        Assert.All(examples, example => Assert.True(example is { DistinctId: null, Json: null }));
    }

    [Fact]
    public async Task Without_the_setting_only_what_says_so_is_cookieless()
    {
        _host.Projects.Cookieless = false;
        await PostHogAsync("$posthog_cookieless", """{"$cookieless_mode":true,"$device_id":null,"$host":"example.com"}""");
        await PostHogAsync("$posthog_cookieless", """{"$host":"www.example.com"}""");
        await PostHogAsync("ada", """{"$cookieless_mode":true,"$anon_distinct_id":"$posthog_cookieless","$device_id":"$posthog_cookieless"}""", name: "$identify");
        await PostHogAsync("d1", $$"""{{{Visit}}}""");
        await V1Async("$posthog_cookieless", "{\"cookieless_mode\":true}", """{"$host":"example.com"}""");
        await V1Async("ada", "{\"cookieless_mode\":true}", """{"$anon_distinct_id":"$posthog_cookieless"}""");
        var events = _host.Log.Events;
        Assert.Equal(["ada", "d1", "ada"], events.Select(Id).Where(id => id.Length < 32));
        Assert.Single(events.Select(Id).Where(id => id.Length == 32).Distinct());
        Assert.Equal("s1", events[3].GetProperty("properties").GetProperty("$session_id").GetString());
        Assert.DoesNotContain("$posthog_cookieless", string.Concat(events.Select(e => e.GetRawText())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_of_a_request_that_grow_its_memory_come_whole()
    {
        var filler = new string('x', 3000);
        var batch = string.Join(',', Enumerable.Range(0, 200).Select(i =>
            $$"""{"type":"track","event":"e","anonymousId":"d{{i}}","properties":{"i":{{i}},"$device_id":"d","filler":"{{filler}}" },"context":{"page":{"url":"https://example.com/"} } }"""));
        await AcceptAsync("/v1/batch", $$"""{"writeKey":"hrw_test","batch":[{{batch}}]}""");
        var events = _host.Log.Events;
        Assert.Equal(Enumerable.Range(0, 200), events.Select(e => e.GetProperty("properties").GetProperty("i").GetInt32()));
        Assert.All(events, e => Assert.Equal(filler, e.GetProperty("properties").GetProperty("filler").GetString()));
        Assert.Single(events.Select(Id).Distinct());
        Assert.All(events, e => Assert.False(e.GetProperty("properties").TryGetProperty("$device_id", out _)));
    }

    private static string Id(JsonElement e) => e.GetProperty("distinct_id").GetString()!;

    private static string Uuid(JsonElement e) => e.GetProperty("uuid").GetString()!;

    private Task PostHogAsync(string id, string properties, string more = "", string name = "$pageview", string key = CaptureHost.Key) =>
        AcceptAsync("/e/", $$"""{"api_key":"{{key}}","event":"{{name}}","distinct_id":"{{id}}","properties":{{properties.Trim()}}{{more}}}""");

    private async Task V1Async(string id, string options, string properties)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/i/v1/analytics/events", UriKind.Relative));
        request.Headers.Add("Authorization", "Bearer " + CaptureHost.Key);
        request.Content = new StringContent(
            $$"""{"created_at":"2026-11-23T12:00:00Z","batch":[{"event":"$pageview","uuid":"{{Guid.NewGuid()}}","distinct_id":"{{id}}","timestamp":"2026-11-23T12:00:00Z","options":{{options}},"properties":{{properties}}}]}""");
        using var response = await _host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Contains("\"ok\"", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private async Task AcceptAsync(string path, string body)
    {
        using var response = await _host.PostAsync(path, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
