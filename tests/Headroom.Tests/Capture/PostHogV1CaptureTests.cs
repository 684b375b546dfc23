using System.Net;
using System.Text.Json;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Capture;

public sealed class PostHogV1CaptureTests : IAsyncLifetime
{
    private const string First = "0198a0a0-0000-7000-8000-000000000001";
    private const string Second = "0198a0a0-0000-7000-8000-000000000002";
    private CaptureHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await CaptureHost.StartAsync();
        _host.Client.DefaultRequestHeaders.Add("Authorization", "Bearer hrw_test");
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Each_uuid_is_told_what_became_of_it()
    {
        using var response = await _host.PostAsync("/i/v1/analytics/events", $$$"""
            {"created_at":"2026-11-23T12:00:00Z","batch":[
              {"event":"a","uuid":"{{{First}}}","distinct_id":"u","timestamp":"2026-11-23T11:00:00Z","session_id":"s","window_id":"w","options":{"process_person_profile":false},"properties":{"x":1,"$set":{"p":2} } },
              {"event":"","uuid":"{{{Second}}}","distinct_id":"u"}]}
            """);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var results = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("results");
        Assert.Equal("ok", results.GetProperty(First).GetProperty("result").GetString());
        Assert.Equal("drop", results.GetProperty(Second).GetProperty("result").GetString());
        Assert.NotEmpty(results.GetProperty(Second).GetProperty("details").GetString()!);
        Assert.Equal("""{"$session_id":"s","$window_id":"w","$process_person_profile":false,"x":1,"$set":{"p":2} }""", _host.Log.Single.GetProperty("properties").GetRawText());
        Assert.Equal("""{"p":2}""", _host.Log.Single.GetProperty("set").GetRawText());
        Assert.Equal(2, _host.Waiting.Count(new ProjectId(1)));
    }

    [Theory]
    [InlineData("a", 200, "ok")]
    [InlineData("a", 201, "drop")]
    [InlineData("語", 200, "ok")]
    [InlineData("語", 201, "drop")]
    [InlineData("\\u8a9e", 200, "ok")]
    [InlineData("\\u8a9e", 201, "drop")]
    public async Task A_name_has_at_most_200_characters_however_they_are_written(string character, int count, string result)
    {
        var name = string.Concat(Enumerable.Repeat(character, count));
        using var response = await _host.PostAsync("/i/v1/analytics/events", $$"""{"batch":[{"event":"{{name}}","distinct_id":"u","uuid":"{{First}}"}]}""");
        var results = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("results");
        Assert.Equal(result, results.GetProperty(First).GetProperty("result").GetString());
    }

    [Fact]
    public async Task A_batch_of_bad_events_only_is_answered_by_uuid_and_counted()
    {
        using var response = await _host.PostAsync("/i/v1/analytics/events/", $$"""{"batch":[{"event":"a","uuid":"{{First}}"}]}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("\"drop\"", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await _host.Refused.TryFlushAsync();
        Assert.Equal(1, _host.Log.Batches.Sum(b => b.Rejected));
    }

    [Theory]
    [InlineData("""{"batch":[{"event":"a","distinct_id":"u"}]}""")]
    [InlineData("""{"batch":[{"event":"a","distinct_id":"u","uuid":"0198a0a0-0000-7000-8000-000000000001"},{"event":"b","distinct_id":"u","uuid":"0198a0a0-0000-7000-8000-000000000001"}]}""")]
    [InlineData("""{"batch":[]}""")]
    [InlineData("""{"batch":5}""")]
    [InlineData("""{}""")]
    [InlineData("""[]""")]
    public async Task Requests_without_a_uuid_for_each_event_are_refused(string body)
    {
        using var response = await _host.PostAsync("/i/v1/analytics/events", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(_host.Log.Events);
    }

    [Fact]
    public async Task A_log_that_is_down_asks_for_the_good_events_again_and_drops_the_others_for_good()
    {
        var body = $$"""{"batch":[{"event":"a","distinct_id":"u","uuid":"{{First}}"},{"event":"","distinct_id":"u","uuid":"{{Second}}"}]}""";
        _host.Log.Answer = new LogAppend(LogAppendStatus.Unavailable, 0, "disk full");
        using var down = await _host.PostAsync("/i/v1/analytics/events", body);
        Assert.Equal(HttpStatusCode.OK, down.StatusCode);
        Assert.NotNull(down.Headers.RetryAfter);
        Assert.Equal(("retry", "drop"), await Results(down));
        _host.Log.Answer = null;
        await _host.Refused.TryFlushAsync();
        Assert.Equal([(1, 0)], _host.Log.Batches.Select(b => (b.Rejected, b.Events.Count)));

        using var up = await _host.PostAsync("/i/v1/analytics/events", $$"""{"batch":[{"event":"a","distinct_id":"u","uuid":"{{First}}"}]}""");
        Assert.Null(up.Headers.RetryAfter);
        Assert.Equal("a", _host.Log.Single.GetProperty("event").GetString());
        Assert.Equal(2, _host.Waiting.Count(new ProjectId(1)));
    }

    [Theory]
    [InlineData("\"u\"", "ok")]
    [InlineData("\" Anonymous \"", "drop")]
    [InlineData("\"\\u0067uest\"", "drop")]
    [InlineData("0", "drop")]
    [InlineData("false", "drop")]
    [InlineData("{\"a\":\"b\"}", "ok")]
    public async Task Ids_that_mean_nobody_are_dropped(string id, string result)
    {
        using var response = await _host.PostAsync("/i/v1/analytics/events", $$"""{"batch":[{"event":"a","distinct_id":{{id}},"uuid":"{{First}}"}]}""");
        Assert.Contains($"\"result\":\"{result}\"", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_id_that_is_too_long_is_dropped_and_not_cut()
    {
        using var response = await _host.PostAsync("/i/v1/analytics/events", $$"""
            {"batch":[{"event":"a","distinct_id":"{{new string('é', 200)}}","uuid":"{{First}}"},{"event":"a","distinct_id":"{{new string('é', 201)}}","uuid":"{{Second}}"}]}
            """);
        Assert.Equal(("ok", "drop"), await Results(response));
    }

    [Fact]
    public async Task Without_a_known_bearer_key_it_is_401()
    {
        var body = $$"""{"batch":[{"event":"a","distinct_id":"u","uuid":"{{First}}"}]}""";
        _host.Client.DefaultRequestHeaders.Remove("Authorization");
        using var response = await _host.PostAsync("/i/v1/analytics/events", body);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private static async Task<(string? First, string? Second)> Results(HttpResponseMessage response)
    {
        var results = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("results");
        return (results.GetProperty(First).GetProperty("result").GetString(), results.GetProperty(Second).GetProperty("result").GetString());
    }
}
