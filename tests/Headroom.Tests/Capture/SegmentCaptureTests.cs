using System.Net;
using System.Text;
using System.Text.Json;
using Headroom.App.Capture;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Capture;

public sealed class SegmentCaptureTests : IAsyncLifetime
{
    private CaptureHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await CaptureHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("/v1/track")]
    [InlineData("/v1/t")]
    [InlineData("/v1/t/")]
    public async Task A_track_call_becomes_its_event(string path)
    {
        await Accept(path, """
            {"writeKey":"hrw_test","event":"Order placed","userId":"u","anonymousId":"anon","messageId":"m-1","properties":{"total":9.5},
             "context":{"library":{"name":"analytics.js","version":"2"},"page":{"url":"https://x.example/a?b=1","path":"/a","referrer":"https://r.example/","title":"A"},
             "userAgent":"Mozilla/5.0","ip":"198.51.100.7","campaign":{"name":"spring","source":"mail"},"groupId":"g1"},"integrations":{}}
            """);
        var stored = _host.Log.Single;
        Assert.Equal("Order placed", stored.GetProperty("event").GetString());
        Assert.Equal("u", stored.GetProperty("distinct_id").GetString());
        var properties = stored.GetProperty("properties");
        Assert.Equal(
            ["$current_url", "$pathname", "$referrer", "title", "$raw_user_agent", "$ip", "$lib", "$lib_version", "$groups", "utm_campaign", "utm_source", "total"],
            properties.EnumerateObject().Select(p => p.Name));
        Assert.Equal("https://x.example/a?b=1", properties.GetProperty("$current_url").GetString());
        Assert.Equal("spring", properties.GetProperty("utm_campaign").GetString());
        Assert.Equal("g1", properties.GetProperty("$groups").GetProperty("group").GetString());
        Assert.Equal(9.5, properties.GetProperty("total").GetDouble());
    }

    /// <summary>Every path of Segment's, with the event that its call is.</summary>
    public static TheoryData<string, string> Calls => new()
    {
        { "/v1/track", "Order placed" },
        { "/v1/t", "Order placed" },
        { "/v1/identify", "$identify" },
        { "/v1/i", "$identify" },
        { "/v1/page", "$pageview" },
        { "/v1/p", "$pageview" },
        { "/v1/screen", "$screen" },
        { "/v1/s", "$screen" },
        { "/v1/group", "$groupidentify" },
        { "/v1/g", "$groupidentify" },
        { "/v1/alias", "$create_alias" },
        { "/v1/a", "$create_alias" },
        { "/v1/batch", "batched" },
        { "/v1/b", "batched" },
        { "/v1/import", "batched" },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Each_path_means_its_call(string path, string name)
    {
        // All that any call needs, so that the path alone tells which it is.
        const string Call = """
            {"writeKey":"hrw_test","userId":"u","event":"Order placed","name":"Main","groupId":"g1","previousId":"before","traits":{"plan":"pro"}}
            """;
        const string Batch = """{"writeKey":"hrw_test","batch":[{"type":"track","event":"batched","userId":"u"}]}""";
        foreach (var form in new[] { path, path + "/" })
        {
            await Accept(form, name == "batched" ? Batch : Call);
            if (name == "batched")
            {
                using var single = await _host.PostAsync(form, Call);
                Assert.Equal(HttpStatusCode.BadRequest, single.StatusCode);
            }

            Assert.Equal(name, _host.Log.Single.GetProperty("event").GetString());
            _host.Log.Clear();
        }
    }

    [Fact]
    public void No_path_is_without_its_call() => Assert.Equal(
        CaptureRoute.All.Where(static pair => pair.Value.Protocol == CaptureProtocol.Segment).Select(static pair => pair.Key).Order(StringComparer.Ordinal),
        Calls.Select(static row => row.Data.Item1).Order(StringComparer.Ordinal));

    [Fact]
    public async Task A_batch_maps_every_call()
    {
        await Accept("/v1/batch", """
            {"batch":[
              {"type":"identify","userId":"u","anonymousId":"anon","traits":{"plan":"pro"}},
              {"type":"page","anonymousId":"anon","name":"Home","category":"Docs","properties":{"url":"https://x.example/","path":"/","referrer":"r"}},
              {"type":"screen","userId":"u","name":"Main"},
              {"type":"group","userId":"u","groupId":"g1","traits":{"seats":3}},
              {"type":"alias","userId":"u2","previousId":"u"},
              {"type":"identify","anonymousId":"anon","context":{"traits":{"a":1}}}
            ],"sentAt":"2026-11-23T12:00:00Z","writeKey":"hrw_test"}
            """);
        var events = _host.Log.Events;
        Assert.Equal(
            ["$identify", "$pageview", "$screen", "$groupidentify", "$create_alias", "$identify"], events.Select(e => e.GetProperty("event").GetString()!));
        Assert.Equal("""{"plan":"pro"}""", events[0].GetProperty("set").GetRawText());
        Assert.Equal("anon", events[0].GetProperty("properties").GetProperty("$anon_distinct_id").GetString());
        Assert.Equal("Home", events[1].GetProperty("properties").GetProperty("name").GetString());
        Assert.Equal("https://x.example/", events[1].GetProperty("properties").GetProperty("$current_url").GetString());
        Assert.Equal("Main", events[2].GetProperty("properties").GetProperty("$screen_name").GetString());
        Assert.Equal("""{"$group_type":"group","$group_key":"g1","$group_set":{"seats":3}}""", events[3].GetProperty("properties").GetRawText());
        Assert.Equal("u2", events[4].GetProperty("distinct_id").GetString());
        Assert.Equal("u", events[4].GetProperty("properties").GetProperty("alias").GetString());
        Assert.Equal("""{"a":1}""", events[5].GetProperty("set").GetRawText());
        Assert.False(events[5].GetProperty("properties").TryGetProperty("$anon_distinct_id", out _));
    }

    [Fact]
    public async Task The_message_id_makes_the_uuid()
    {
        const string Uuid = "0198a0a0-0000-4000-8000-000000000001";
        var body = $$"""{"writeKey":"hrw_test","batch":[{"type":"track","event":"a","userId":1,"messageId":"node-{{Uuid}}"},{"type":"track","event":"a","userId":1,"messageId":"{{Uuid}}"}]}""";
        await Accept("/v1/batch", body);
        await Accept("/v1/batch", body);
        var uuids = _host.Log.Events.Select(e => e.GetProperty("uuid").GetString()).ToArray();
        Assert.Equal(uuids[0], uuids[2]);
        Assert.Equal([Uuid, Uuid], [uuids[1], uuids[3]]);
        Assert.NotEqual(Uuid, uuids[0]);
        Assert.Equal("1", _host.Log.Events[0].GetProperty("distinct_id").GetString());
    }

    [Fact]
    public async Task The_whole_clock_difference_is_corrected()
    {
        await Accept("/v1/track", """
            {"writeKey":"hrw_test","event":"a","userId":"u","timestamp":"2026-11-23T14:59:50Z","sentAt":"2026-11-23T15:00:00Z"}
            """);
        Assert.Equal("2026-11-23T11:59:50.000000Z", _host.Log.Single.GetProperty("timestamp").GetString());
    }

    [Fact]
    public async Task The_key_may_come_by_basic_authorization()
    {
        _host.Client.DefaultRequestHeaders.Add("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("hrw_other:")));
        await Accept("/v1/track", """{"event":"a","userId":"u"}""");
        Assert.Equal(2, _host.Log.Batches[0].Project);
    }

    [Theory]
    [InlineData("/v1/track", """{"event":"a"}""", 400, 1)]
    [InlineData("/v1/track", """{"userId":"u"}""", 400, 1)]
    [InlineData("/v1/alias", """{"userId":"u"}""", 400, 1)]
    [InlineData("/v1/group", """{"userId":"u"}""", 400, 1)]
    [InlineData("/v1/identify", """{"userId":"u","traits":[]}""", 400, 1)]
    [InlineData("/v1/batch", """{"batch":[{"type":"none","userId":"u"},{"type":"track","userId":"u"}]}""", 400, 2)]
    [InlineData("/v1/batch", """{"userId":"u"}""", 400, 0)]
    [InlineData("/v1/batch", """{"batch":5}""", 400, 0)]
    [InlineData("/v1/batch", """{"batch":[]}""", 400, 0)]
    [InlineData("/v1/batch", """{"batch":[],"writeKey":"unknown"}""", 400, 0)]
    [InlineData("/v1/track", """{"event":"a","userId":"u","writeKey":"unknown"}""", 401, 0)]
    public async Task What_is_wrong_is_said_in_the_protocols_form_and_counted(string path, string members, int status, int counted)
    {
        var body = members.Contains("writeKey", StringComparison.Ordinal) ? members : members[..^1] + ""","writeKey":"hrw_test"}""";
        using var response = await _host.PostAsync(path, body);
        Assert.Equal(status, (int)response.StatusCode);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.False(answer.GetProperty("success").GetBoolean());
        Assert.NotEmpty(answer.GetProperty("message").GetString()!);
        await _host.Refused.TryFlushAsync();
        Assert.Equal(counted, _host.Log.Batches.Sum(b => b.Rejected));
        Assert.Equal(counted, _host.Waiting.Count(new ProjectId(1)));
    }

    [Fact]
    public async Task Settings_point_the_browser_library_back_here()
    {
        var body = await _host.Client.GetStringAsync(new Uri("/v1/projects/hrw_test/settings", UriKind.Relative), TestContext.Current.CancellationToken);
        var settings = JsonDocument.Parse(body).RootElement.GetProperty("integrations").GetProperty("Segment.io");
        Assert.Equal("hrw_test", settings.GetProperty("apiKey").GetString());
        Assert.Equal("localhost/v1", settings.GetProperty("apiHost").GetString());
    }

    private async Task Accept(string path, string body)
    {
        using var response = await _host.PostAsync(path, body, "text/plain");
        Assert.Equal("{\"success\":true}", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task The_browser_librarys_own_metrics_are_taken_and_dropped()
    {
        using var response = await _host.PostAsync("/v1/m", """{"series":[{"type":"Counter","metric":"analytics_js.invoke","value":1,"tags":{}}]}""", "text/plain");
        Assert.Equal("""{"success":true}""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(_host.Log.Batches);
    }
}
