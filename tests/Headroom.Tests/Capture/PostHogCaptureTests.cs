using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.App.Shared;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Capture;

public sealed class PostHogCaptureTests : IAsyncLifetime
{
    private const string Event = """{"api_key":"hrw_test","event":"clicked","distinct_id":"u1","properties":{"a":1}}""";
    private CaptureHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await CaptureHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("/e")]
    [InlineData("/e/")]
    [InlineData("/i/v0/e")]
    [InlineData("/i/v0/e/")]
    [InlineData("/capture")]
    [InlineData("/capture/")]
    [InlineData("/track")]
    [InlineData("/track/")]
    [InlineData("/batch")]
    [InlineData("/batch/")]
    [InlineData("/engage")]
    [InlineData("/engage/")]
    public async Task Every_path_answers_exactly_200_and_status_1(string path)
    {
        foreach (var early in new[] { true, false })
        {
            await using var host = await CaptureHost.StartAsync(early);
            using var response = await host.PostAsync(path, Event);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("{\"status\":1}", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            var stored = host.Log.Single;
            Assert.Equal("clicked", stored.GetProperty("event").GetString());
            Assert.Equal("u1", stored.GetProperty("distinct_id").GetString());
            Assert.Equal("""{"a":1}""", stored.GetProperty("properties").GetRawText());
            Assert.Equal(1, host.Waiting.Count(new ProjectId(1)));
        }
    }

    [Fact]
    public async Task The_request_says_who_sent_it()
    {
        _host.Client.DefaultRequestHeaders.UserAgent.ParseAdd("posthog-node/5.70.0");
        await _host.PostAsync("/batch/", Event);
        Assert.Equal("203.0.113.9", _host.Log.Batches[0].Ip);
        Assert.Equal("posthog-node/5.70.0", _host.Log.Batches[0].UserAgent);
    }

    [Fact]
    public async Task An_envelope_may_say_key_and_sent_at_after_its_batch()
    {
        await Accept("/batch/", """
            {"batch":[{"event":"a","distinct_id":"u","timestamp":"2026-11-23T11:00:00Z"},{"event":"b","properties":{"distinct_id":"v"}}],
             "historical_migration":false,"sent_at":"2026-11-23T10:00:00Z","api_key":"hrw_test"}
            """);
        Assert.Equal(["a", "b"], _host.Log.Events.Select(e => e.GetProperty("event").GetString()!));
        Assert.Equal("2026-11-23T12:57:30.000000Z", _host.Log.Events[0].GetProperty("timestamp").GetString());
        Assert.Equal("2026-11-23T12:00:00.000000Z", _host.Log.Events[1].GetProperty("timestamp").GetString());
    }

    [Fact]
    public async Task An_array_of_events_carries_its_key_in_properties()
    {
        await Accept("/e/?ip=0&_=1795435200000&ver=1.50", """[{"event":"a","properties":{"token":"hrw_test","distinct_id":7},"offset":1500}]""");
        Assert.Equal("7", _host.Log.Single.GetProperty("distinct_id").GetString());
        Assert.Equal("2026-11-23T11:59:58.500000Z", _host.Log.Single.GetProperty("timestamp").GetString());
    }

    [Theory]
    [InlineData(149, 0)]
    [InlineData(151, 1)]
    [InlineData(7200, 7050)]
    [InlineData(-149, 0)]
    [InlineData(-151, -1)]
    [InlineData(-7200, -7050)]
    public async Task A_skewed_clock_is_corrected_by_what_exceeds_150_seconds(int skew, int correction)
    {
        var sentAt = CaptureHost.Now.AddSeconds(skew);
        var timestamp = sentAt.AddSeconds(-10);
        await Accept("/batch/", $$"""
            {"api_key":"hrw_test","sent_at":"{{sentAt:O}}","batch":[{"event":"a","distinct_id":"u","timestamp":"{{timestamp:O}}"},
            {"event":"a","distinct_id":"u","timestamp":"{{timestamp:O}}","properties":{"$ignore_sent_at":true} } ]}
            """);
        Assert.Equal(timestamp.AddSeconds(-correction), _host.Log.Events[0].GetProperty("timestamp").GetDateTimeOffset());
        Assert.Equal(timestamp, _host.Log.Events[1].GetProperty("timestamp").GetDateTimeOffset());
    }

    [Theory]
    [InlineData(1_000, 7050)]
    [InlineData(1, 0)]
    public async Task The_query_says_when_it_was_sent_in_milliseconds_and_seconds_are_ignored(int unit, int correction)
    {
        // The client's clock is two hours fast; its event is from ten seconds before.
        var sentAt = CaptureHost.Now.AddHours(2);
        var timestamp = sentAt.AddSeconds(-10);
        await Accept(
            $"/e/?_={sentAt.ToUnixTimeSeconds() * unit}", $$"""[{"event":"a","timestamp":"{{timestamp:O}}","properties":{"token":"hrw_test","distinct_id":"u"} }]""");
        Assert.Equal(timestamp.AddSeconds(-correction), _host.Log.Single.GetProperty("timestamp").GetDateTimeOffset());
    }

    [Theory]
    [InlineData(150)]
    [InlineData(-150)]
    public async Task A_clock_that_is_exactly_150_seconds_off_is_left_alone(int skew)
    {
        var sentAt = CaptureHost.Now.AddSeconds(skew);
        await Accept("/e/", $$"""{"api_key":"hrw_test","sent_at":"{{sentAt:O}}","event":"a","distinct_id":"u","timestamp":"{{sentAt:O}}"}""");
        Assert.Equal(sentAt, _host.Log.Single.GetProperty("timestamp").GetDateTimeOffset());
    }

    [Theory]
    [InlineData(23, true)]
    [InlineData(23.001, false)]
    public async Task More_than_23_hours_ahead_is_now(double hours, bool kept)
    {
        var timestamp = CaptureHost.Now.AddHours(hours);
        await Accept("/e/", $$"""{"api_key":"hrw_test","event":"a","distinct_id":"u","timestamp":"{{timestamp:O}}"}""");
        Assert.Equal(kept ? timestamp : CaptureHost.Now, _host.Log.Single.GetProperty("timestamp").GetDateTimeOffset());
    }

    [Theory]
    [InlineData("\"2026-11-23T10:00:00+03\"", "2026-11-23T07:00:00Z")]
    [InlineData("\"2026-11-23 10:00:00.5\"", "2026-11-23T10:00:00.5Z")]
    [InlineData("\"2026-11-23T10:00:00\\u002B03:00\"", "2026-11-23T07:00:00Z")]
    [InlineData("\"2026-11-20\"", "2026-11-20T00:00:00Z")]
    [InlineData("\"Mon, 23 Nov 2026 10:00:00 +0530\"", "2026-11-23T04:30:00Z")]
    [InlineData("\"Mon, 23 Nov 2026 10:00:00 GMT\"", "2026-11-23T10:00:00Z")]
    [InlineData("1795427000", "2026-11-23T09:43:20Z")]
    [InlineData("1795427000000", "2026-11-23T09:43:20Z")]
    [InlineData("\"1795427000.25\"", "2026-11-23T09:43:20.25Z")]
    [InlineData("\"yesterday\"", "2026-11-23T12:00:00Z")]
    [InlineData("\"2026-02-30T00:00:00Z\"", "2026-11-23T12:00:00Z")]
    [InlineData("{}", "2026-11-23T12:00:00Z")]
    [InlineData("null", "2026-11-23T12:00:00Z")]
    [InlineData("\"+012026-01-01T00:00:00Z\"", "1970-01-01T00:00:00Z")]
    [InlineData("1e300", "1970-01-01T00:00:00Z")]
    public async Task Timestamps_come_in_many_forms(string json, string expected)
    {
        await Accept("/e/", $$"""{"api_key":"hrw_test","event":"a","distinct_id":"u","timestamp":{{json}}}""");
        Assert.Equal(DateTimeOffset.Parse(expected, null), _host.Log.Single.GetProperty("timestamp").GetDateTimeOffset());
    }

    [Theory]
    [InlineData("""{"distinct_id":"top","properties":{"distinct_id":"inner"}}""", "top")]
    [InlineData("""{"$distinct_id":"dollar","properties":{"distinct_id":"inner"}}""", "dollar")]
    [InlineData("""{"distinct_id":null,"properties":{"distinct_id":"inner"}}""", "inner")]
    [InlineData("""{"distinct_id":12.50}""", "12.50")]
    [InlineData("""{"distinct_id":{"a":"b"}}""", """{"a":"b"}""")]
    [InlineData("""{"distinct_id":true}""", "true")]
    [InlineData("""{"distinct_id":"first","distinct_id":"second"}""", "second")]
    [InlineData("""{"properties":{"distinct\u005fid":"escaped"}}""", "escaped")]
    public async Task The_distinct_id_is_found_by_rule(string members, string expected)
    {
        await Accept("/e/", members[..^1] + ""","event":"a","api_key":"hrw_test"}""");
        Assert.Equal(expected, _host.Log.Single.GetProperty("distinct_id").GetString());
    }

    [Fact]
    public async Task A_long_distinct_id_is_cut_at_200_characters_and_never_inside_one()
    {
        var id = string.Concat(Enumerable.Repeat("\\ud83d\\ude00é\\n\U0001F600", 60));
        await Accept("/e/", $$"""{"event":"a","api_key":"hrw_test","distinct_id":"{{id}}"}""");
        var cut = _host.Log.Single.GetProperty("distinct_id").GetString()!;
        Assert.Equal(200, cut.EnumerateRunes().Count());
    }

    [Theory]
    [InlineData("""{"event":"a","distinct_id":""}""", 400, "distinct_id")]
    [InlineData("""{"event":"a","distinct_id":null}""", 400, "distinct_id")]
    [InlineData("""{"event":"a"}""", 400, "distinct_id")]
    [InlineData("""{"event":"","distinct_id":"u"}""", 400, "event_name")]
    [InlineData("""{"distinct_id":"u"}""", 400, "event_name")]
    [InlineData("""{"event":5,"distinct_id":"u"}""", 400, "event_name")]
    [InlineData("""{"event":"a","distinct_id":"u","uuid":"no"}""", 400, "uuid")]
    [InlineData("""{"event":"a","distinct_id":"u","properties":[]}""", 400, "wrong_type")]
    [InlineData("""{"event":"a","distinct_id":"u","$set":"x"}""", 400, "wrong_type")]
    [InlineData("""{"event":"a","distinct_id":"u","properties":{"n":1e999}}""", 400, "number")]
    [InlineData("""{"event":"a","distinct_id":"u","properties":{"token":"hrw_other"}}""", 401, "invalid_api_key", 0)]
    [InlineData("""{"batch":[]}""", 400, "malformed", 0)]
    [InlineData("""{"batch":{}}""", 400, "wrong_type", 0)]
    [InlineData("""{"batch":[5]}""", 400, "wrong_type")]
    public async Task What_is_wrong_is_said_in_the_protocols_form_and_counted(string members, int status, string code, int counted = 1)
    {
        using var response = await _host.PostAsync("/e/", members[..^1] + ""","api_key":"hrw_test"}""");
        Assert.Equal(status, (int)response.StatusCode);
        var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal(code, error.GetProperty("code").GetString());
        await _host.Refused.TryFlushAsync();
        Assert.Equal(counted, _host.Log.Batches.Sum(b => b.Rejected));
        Assert.Empty(_host.Log.Events);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("not json")]
    [InlineData("{\"event\":\"a\"}x")]
    [InlineData("[1,2")]
    [InlineData("{\"a\":\"\u0001\"}")]
    public async Task Malformed_bodies_are_refused(string body)
    {
        using var response = await _host.PostAsync("/e/", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Invalid_utf8_is_refused()
    {
        var body = Encoding.UTF8.GetBytes(Event);
        body[Event.IndexOf("clicked", StringComparison.Ordinal)] = 0xFF;
        using var response = await _host.PostAsync("/e/", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Halves_of_surrogate_pairs_and_nuls_become_replacement_characters()
    {
        await Accept("/e/", """{"event":"a\ud800","distinct_id":"\udc00x","api_key":"hrw_test","properties":{"k":"\ud83d\ude00 \\ud800 \u0000"}}""");
        Assert.Equal("a\ufffd", _host.Log.Single.GetProperty("event").GetString());
        Assert.Equal("\ufffdx", _host.Log.Single.GetProperty("distinct_id").GetString());
        Assert.Equal("\U0001F600 \\ud800 \ufffd", _host.Log.Single.GetProperty("properties").GetProperty("k").GetString());
    }

    [Fact]
    public async Task The_good_events_of_a_batch_are_kept_and_the_bad_ones_counted()
    {
        using var response = await _host.PostAsync("/batch/", """
            {"api_key":"hrw_test","batch":[{"event":"a","distinct_id":"u"},{"event":"b"},{"event":"c","distinct_id":"u"}]}
            """);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal(1, body.GetProperty("status").GetInt32());
        Assert.Equal(1, body.GetProperty("rejected").GetInt32());
        Assert.Contains("Event 2", body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(["a", "c"], _host.Log.Events.Select(e => e.GetProperty("event").GetString()!));
        Assert.Equal(1, _host.Log.Batches[0].Rejected);
        Assert.Equal(3, _host.Waiting.Count(new ProjectId(1)));
    }

    [Fact]
    public async Task Person_properties_at_the_top_win_over_those_in_properties()
    {
        await Accept("/e/", """
            {"event":"$identify","distinct_id":"u","api_key":"hrw_test","$set":{"a":1},"$unset":["x"],
             "properties":{"$set":{"a":2},"$set_once":{"b":3},"$anon_distinct_id":"anon"}}
            """);
        var stored = _host.Log.Single;
        Assert.Equal("""{"a":1}""", stored.GetProperty("set").GetRawText());
        Assert.Equal("""{"b":3}""", stored.GetProperty("set_once").GetRawText());
        Assert.Equal("""["x"]""", stored.GetProperty("unset").GetRawText());
        Assert.Equal("anon", stored.GetProperty("properties").GetProperty("$anon_distinct_id").GetString());
    }

    [Fact]
    public async Task A_retried_batch_keeps_its_uuids()
    {
        const string Uuid = "0198a0a0-0000-7000-8000-000000000001";
        var body = $$"""{"api_key":"hrw_test","batch":[{"uuid":"{{Uuid.ToUpperInvariant()}}","event":"a","distinct_id":"u"},{"uuid":"","event":"b","distinct_id":"u"}]}""";
        _host.Log.Answer = new LogAppend(LogAppendStatus.Unavailable, 0, "disk full");
        using var refused = await _host.PostAsync("/batch/", body);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(5, refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        Assert.Equal(0, _host.Waiting.Count(new ProjectId(1)));
        _host.Log.Answer = null;
        await Accept("/batch/", body);
        await Accept("/batch/", body);
        Assert.Equal(Uuid, _host.Log.Events[0].GetProperty("uuid").GetString());
        Assert.Equal(Uuid, _host.Log.Events[2].GetProperty("uuid").GetString());
        Assert.NotEqual(_host.Log.Events[1].GetProperty("uuid").GetString(), _host.Log.Events[3].GetProperty("uuid").GetString());
        Assert.Equal('7', _host.Log.Events[1].GetProperty("uuid").GetString()![14]);
    }

    [Fact]
    public async Task A_record_that_is_too_large_for_the_log_is_413()
    {
        _host.Log.Answer = new LogAppend(LogAppendStatus.TooLarge, 0, "too large");
        using var response = await _host.PostAsync("/e/", Event);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task An_unknown_key_is_looked_up_once_more_and_then_401()
    {
        using var response = await _host.PostAsync("/e/", Event.Replace("hrw_test", "hrw_new", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(1, _host.Projects.Refreshes);
        _host.Projects.AfterRefresh = "hrw_new";
        await Accept("/e/", Event.Replace("hrw_test", "hrw_new", StringComparison.Ordinal));
        using var none = await _host.PostAsync("/e/", """{"event":"a","distinct_id":"u"}""");
        Assert.Equal(HttpStatusCode.Unauthorized, none.StatusCode);
    }

    [Fact]
    public async Task Legacy_people_updates_need_no_event_name()
    {
        await Accept("/engage/", """{"$token":"hrw_test","$distinct_id":"u","$set":{"a":1}}""");
        Assert.Equal("$identify", _host.Log.Single.GetProperty("event").GetString());
    }

    [Theory]
    [InlineData("/array/hrw_test/config.js", "_POSTHOG_REMOTE_CONFIG['hrw_test']")]
    [InlineData("/static/array.js", "console.warn")]
    [InlineData("/static/1.2.3/recorder.js?v=1", "/*")]
    [InlineData("/api/surveys/?token=hrw_test", "\"surveys\":[]")]
    public async Task What_browsers_fetch_is_there(string path, string part)
    {
        var body = await _host.Client.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains(part, body, StringComparison.Ordinal);
    }

    /// <summary>posthog-js that is told less asks on, or sends what is not taken here.</summary>
    [Theory]
    [InlineData("/array/hrw_test/config")]
    [InlineData("/array/hrw_test/config/")]
    [InlineData("/array/hrw_test/config.js")]
    [InlineData("/decide/?v=3")]
    public async Task Remote_configuration_has_all_that_posthog_js_needs(string path)
    {
        var body = await _host.Client.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        if (path.EndsWith(".js", StringComparison.Ordinal))
        {
            const string Start = "w._POSTHOG_REMOTE_CONFIG['hrw_test']={config:";
            const string End = ",siteApps:[]}})(window);";
            var from = body.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
            body = body[from..body.IndexOf(End, from, StringComparison.Ordinal)];
        }

        var minimum = JsonNode.Parse("""
            {"supportedCompression":["gzip","gzip-js"],"hasFeatureFlags":false,"autocapture_opt_out":false,"sessionRecording":false,"surveys":false,
             "siteApps":[],"toolbarParams":{},"isAuthenticated":false,"capturePerformance":false,"elementsChainAsString":true}
            """)!.AsObject();
        var told = JsonNode.Parse(body)!.AsObject();
        Assert.All(minimum, member => Assert.True(
            JsonNode.DeepEquals(member.Value, told[member.Key]), $"{member.Key} is {told[member.Key]?.ToJsonString() ?? "missing"}"));
    }

    [Theory]
    [InlineData("/flags?v=2")]
    [InlineData("/flags/?v=2")]
    [InlineData("/decide/?v=3")]
    public async Task Flags_are_empty_and_without_errors(string path)
    {
        using var response = await _host.PostAsync(path, """{"token":"hrw_test","distinct_id":"u"}""");
        var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal("{}", body.GetProperty("flags").GetRawText());
        Assert.False(body.GetProperty("errorsWhileComputingFlags").GetBoolean());
        Assert.NotEqual(Guid.Empty, body.GetProperty("requestId").GetGuid());
    }

    [Theory]
    [InlineData("/s/")]
    [InlineData("/i/v1/logs")]
    [InlineData("/i/v1/metrics/")]
    public async Task Replay_logs_and_metrics_are_accepted_and_dropped(string path)
    {
        using var response = await _host.PostAsync(path, "anything");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(_host.Log.Batches);
    }

    [Fact]
    public async Task Readiness_is_that_of_the_parts_and_liveness_of_the_process()
    {
        var well = _host.Log.Health;
        await Says(200, """{"status":1}""");
        _host.Log.Health = new LogHealth(false, "disk full", CaptureHost.Now, 0);
        await Says(503, """{"status":0,"detail":"Failing: event_log. See /health/ready."}""");
        _host.Log.Health = new LogHealth(true, "the spill takes it", CaptureHost.Now, 0, StandsIn: true);
        await Says(200, """{"status":1}""");
        _host.Process.Health = new PartHealth("process", false, "It stops.", null);
        await Says(503, """{"status":0,"detail":"Failing: process. See /health/ready."}""");
        (_host.Log.Health, _host.Process.Health) = (well, null);
        await Says(200, """{"status":1}""");

        async Task Says(int status, string answer)
        {
            foreach (var path in new[] { "/_readiness", "/_readiness/" })
            {
                using var ready = await _host.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
                Assert.Equal((status, answer), ((int)ready.StatusCode, await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
            }

            using var live = await _host.Client.GetAsync(new Uri("/_liveness", UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal((200, """{"status":1}"""), ((int)live.StatusCode, await live.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        }
    }

    private async Task Accept(string path, string body)
    {
        using var response = await _host.PostAsync(path, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
