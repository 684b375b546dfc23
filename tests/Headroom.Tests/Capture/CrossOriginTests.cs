using System.Net;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Capture;

/// <summary>
/// Pages of any origin send with any headers and credentials: both are mirrored, and <c>*</c>, which goes with no credentials, is never
/// said. Without it on a bad answer too a browser's SDK would see no status at all, and would come again for nothing.
/// </summary>
public sealed class CrossOriginTests : IAsyncLifetime
{
    private const string Origin = "https://shop.example";
    private const string PostHogEvent = """{"api_key":"hrw_test","event":"a","distinct_id":"u"}""";
    private const string SegmentEvent = """{"writeKey":"hrw_test","event":"a","userId":"u"}""";
    private const string Visit = """{"n":"pageview","u":"https://example.com/","d":"example.com"}""";
    private CaptureHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await CaptureHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    /// <summary>What browsers ask of, of each protocol.</summary>
    public static TheoryData<string> Paths =>
    [
        "/e/", "/i/v0/e/", "/capture/", "/track", "/batch", "/engage/", "/i/v1/analytics/events",
        "/flags?v=2", "/flags/?v=2", "/decide/?v=3", "/array/hrw_test/config", "/array/hrw_test/config.js", "/array/not%20one/config.js",
        "/static/array.js", "/static/1.2.3/recorder.js", "/static/none", "/s/", "/i/v1/logs", "/i/v1/metrics", "/api/surveys/",
        "/api/early_access_features", "/api/web_experiments/", "/_liveness", "/_readiness",
        "/v1/batch", "/v1/b", "/v1/import", "/v1/track", "/v1/t", "/v1/identify", "/v1/i", "/v1/page", "/v1/p", "/v1/screen", "/v1/s", "/v1/group",
        "/v1/g", "/v1/alias", "/v1/a", "/v1/m", "/v1/projects/hrw_test/settings", "/api/event",
    ];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_preflight_allows_what_the_page_asks_for(string path)
    {
        foreach (var method in new[] { "POST", "GET" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, path);
            request.Headers.Add("Origin", Origin);
            request.Headers.Add("Access-Control-Request-Method", method);
            request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type,posthog-sdk-info");
            using var answer = await _host.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            AssertMirrored(answer, Origin);
            Assert.Equal("GET, POST, OPTIONS", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Methods")));
            Assert.Equal("authorization,content-type,posthog-sdk-info", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Headers")));
            Assert.Equal("", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        Assert.Empty(_host.Log.Batches);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Every_answer_mirrors_the_origin(string path)
    {
        foreach (var origin in new[] { Origin, "http://localhost:3000", "null" })
        {
            foreach (var method in new[] { HttpMethod.Post, HttpMethod.Get })
            {
                using var answer = await SendAsync(method, path, origin, path == "/api/event" ? Visit : PostHogEvent);
                AssertMirrored(answer, origin);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Whoever_names_no_origin_is_told_of_none(string path)
    {
        using var answer = await _host.PostAsync(path, PostHogEvent);
        Assert.DoesNotContain(answer.Headers, static header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("/e/", PostHogEvent, 200)]
    [InlineData("/e/", "{", 400)]
    [InlineData("/batch/", """{"api_key":"unknown","event":"a","distinct_id":"u"}""", 401)]
    [InlineData("/i/v1/analytics/events", "{", 400)]
    [InlineData("/i/v1/analytics/events", """{"batch":[{"uuid":"0198a0a0-0000-7000-8000-000000000001","event":"a","distinct_id":"u"}]}""", 401)]
    [InlineData("/v1/t", SegmentEvent, 200)]
    [InlineData("/v1/t", "{", 400)]
    [InlineData("/v1/batch", """{"writeKey":"unknown","batch":[{"type":"track","event":"a","userId":"u"}]}""", 401)]
    [InlineData("/api/event", "{", 400)]
    [InlineData("/api/event", """{"n":"a","u":"https://example.com/","d":"unknown.example"}""", 401)]
    [InlineData("/array/not%20one/config.js", "", 404)]
    [InlineData("/static/none", "", 404)]
    public async Task Good_and_bad_answers_alike_mirror_the_origin(string path, string body, int status)
    {
        using var answer = await SendAsync(HttpMethod.Post, path, Origin, body);
        Assert.Equal(status, (int)answer.StatusCode);
        AssertMirrored(answer, Origin);
    }

    [Theory]
    [InlineData("/e/", PostHogEvent, 413)]
    [InlineData("/v1/t", SegmentEvent, 400)]
    [InlineData("/api/event", Visit, 413)]
    public async Task Bodies_past_their_limit_and_a_log_that_is_down_are_told_to_pages_too(string path, string body, int tooLarge)
    {
        using var large = await SendAsync(HttpMethod.Post, path, Origin, new string(' ', (20 << 20) + 1));
        Assert.Equal(tooLarge, (int)large.StatusCode);
        AssertMirrored(large, Origin);
        _host.Log.Answer = new LogAppend(LogAppendStatus.Unavailable, 0, "disk full");
        using var down = await SendAsync(HttpMethod.Post, path, Origin, body);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, down.StatusCode);
        AssertMirrored(down, Origin);
    }

    [Fact]
    public async Task A_server_that_is_not_ready_says_so_to_pages_too()
    {
        _host.Log.Health = new LogHealth(false, "disk full", CaptureHost.Now, 0);
        using var answer = await SendAsync(HttpMethod.Get, "/_readiness", Origin, "");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        AssertMirrored(answer, Origin);
    }

    private static void AssertMirrored(HttpResponseMessage answer, string origin)
    {
        Assert.Equal(origin, Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal("true", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Credentials")));
        Assert.Contains("Origin", answer.Headers.Vary);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string origin, string body)
    {
        using var request = new HttpRequestMessage(method, path);
        if (method == HttpMethod.Post)
        {
            request.Content = new StringContent(body);
        }

        request.Headers.Add("Origin", origin);
        return await _host.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
