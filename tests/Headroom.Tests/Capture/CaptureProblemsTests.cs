using Headroom.App.Shared;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Capture;

/// <summary>What capture tells of what it refuses and changes.</summary>
public sealed class CaptureProblemsTests : IAsyncLifetime
{
    private static readonly ProjectId First = new(1);
    private CaptureHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await CaptureHost.StartAsync(true, ("MaxProperties", "4"), ("MaxBodyBytes", "200000"));

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Nothing_is_told_of_events_without_a_problem()
    {
        using var fine = await _host.PostAsync("/batch", """{"api_key":"hrw_test","batch":[{"event":"a","distinct_id":"u","timestamp":"2026-11-23T11:00:00Z"},{"event":"b","distinct_id":"u"}]}""");
        Assert.Equal(200, (int)fine.StatusCode);
        Assert.Empty(_host.Problems.Take());
    }

    [Fact]
    public async Task A_refused_event_is_counted_with_an_example_of_what_was_sent_and_the_others_are_not()
    {
        using var sent = await _host.PostAsync("/batch", """
            {"api_key":"hrw_test","batch":[
              {"event":"fine","distinct_id":"u"},
              {"event":"<b>buy</b>","properties":{"$lib":"posthog-node","$lib_version":"4.0.1","$ip":"203.0.113.9","a":1}},
              {"distinct_id":"ü\n","properties":{"ip": "10.0.0.1"}},
              {"event":"wide","distinct_id":"u","properties":{"a":1,"b":2,"c":3,"d":4,"e":5}},
              7]}
            """);
        Assert.Equal(200, (int)sent.StatusCode);
        var found = _host.Problems.Take().ToDictionary(static p => p.Reason);
        Assert.Equal(["distinct_id_missing", "event_missing", "not_an_object", "too_many_properties"], found.Keys.Order(StringComparer.Ordinal));
        Assert.All(found.Values, static p => Assert.Equal((First, ProblemKind.Rejected, 1L, 1), (p.Project, p.Kind, p.Count, p.Examples.Count)));
        var example = found["distinct_id_missing"].Examples[0];
        Assert.Equal(("<b>buy</b>", null, "posthog-node 4.0.1", "distinct_id"), (example.Event, example.DistinctId, example.Library, example.Field));
        Assert.Equal(CaptureHost.Now, example.At);
        Assert.Contains("Event 2:", example.Wrong, StringComparison.Ordinal);
        Assert.Equal("""{"event":"<b>buy</b>","properties":{"$lib":"posthog-node","$lib_version":"4.0.1","$ip":"…","a":1}}""", example.Json);
        Assert.Equal(("ü\n", """{"distinct_id":"ü\n","properties":{"ip": "…"}}"""), (found["event_missing"].Examples[0].DistinctId, found["event_missing"].Examples[0].Json));
        Assert.Equal("7", found["not_an_object"].Examples[0].Json);
    }

    [Theory]
    [InlineData("/batch", """{"api_key":"hrw_test","batch":[{"event":"a","distinct_id":"u"},}""", "malformed")]
    [InlineData("/batch", """{"batch":[{"event":"a","distinct_id":"u"}],,"api_key":"hrw_test"}""", "malformed")]
    [InlineData("/batch", """{"api_key":"hrw_test","batch":5}""", "wrong_type")]
    [InlineData("/v1/batch", """{"writeKey":"hrw_test","batch":[]}""", "malformed")]
    [InlineData("/api/event", """{"name":"pageview","url":5,"domain":"example.com"}""", null)]
    public async Task A_request_that_is_refused_whole_is_told_of_the_project_whose_key_it_has(string path, string body, string? reason)
    {
        using var sent = await _host.PostAsync(path, body);
        Assert.Equal(400, (int)sent.StatusCode);
        var problem = Assert.Single(_host.Problems.Take());
        Assert.Equal((First, ProblemKind.Rejected, 1L), (problem.Project, problem.Kind, problem.Count));
        Assert.Equal(reason ?? problem.Reason, problem.Reason);
        Assert.StartsWith(body[..10], Assert.Single(problem.Examples).Json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/batch", """{"batch":[{"event":"a","distinct_id":"u"}]}""", "missing_key")]
    [InlineData("/batch", """{"api_key":"hrw_stranger","batch":[{"event":"a","distinct_id":"u"}]}""", "unknown_key")]
    [InlineData("/batch", """{"secret""", "malformed")]
    [InlineData("/api/event", """{"name":"pageview","url":"https://nobody.example/","domain":"nobody.example"}""", "unknown_domain")]
    public async Task What_is_of_no_known_project_is_counted_and_never_shown(string path, string body, string reason)
    {
        using var sent = await _host.PostAsync(path, body);
        var problem = Assert.Single(_host.Problems.Take());
        Assert.Equal((IngestionProblems.Nobody, reason, 1L, 0), (problem.Project, problem.Reason, problem.Count, problem.Examples.Count));
    }

    [Fact]
    public async Task A_body_over_the_bound_is_counted()
    {
        using var sent = await _host.PostAsync("/batch", new string(' ', 200_001));
        Assert.Equal(413, (int)sent.StatusCode);
        Assert.Equal("over_limit", Assert.Single(_host.Problems.Take()).Reason);
    }

    [Theory]
    [InlineData("""{"api_key":"hrw_test","sent_at":"2026-11-23T12:02:29Z","batch":[{"event":"a","distinct_id":"u","timestamp":"2026-11-23T12:02:29Z"}]}""", null)]
    [InlineData("""{"api_key":"hrw_test","sent_at":"2026-11-23T13:00:00Z","batch":[{"event":"a","distinct_id":"u","timestamp":"2026-11-23T13:00:00Z"}]}""", "clock_corrected")]
    [InlineData("""{"api_key":"hrw_test","batch":[{"event":"a","distinct_id":"u","timestamp":"2027-11-23T13:00:00Z"}]}""", "timestamp_future")]
    [InlineData("""{"api_key":"hrw_test","batch":[{"event":"a","distinct_id":"u","timestamp":"yesterday"}]}""", "timestamp_unreadable")]
    [InlineData("""{"api_key":"hrw_test","batch":[{"event":"a","distinct_id":"u","timestamp":""},{"event":"a","distinct_id":"u","timestamp":null}]}""", null)]
    public async Task A_time_that_is_moved_or_replaced_is_told(string body, string? reason)
    {
        using var sent = await _host.PostAsync("/batch", body);
        Assert.Equal(200, (int)sent.StatusCode);
        var found = _host.Problems.Take();
        Assert.Equal(reason is null ? [] : [(ProblemKind.Clock, reason, 1L)], found.Select(static p => (p.Kind, p.Reason, p.Count)));
        Assert.All(found, static p => Assert.Equal(("a", "u"), (p.Examples[0].Event, p.Examples[0].DistinctId)));
    }

    [Fact]
    public async Task A_distinct_id_that_is_cut_is_told()
    {
        using var sent = await _host.PostAsync("/batch", $$"""{"api_key":"hrw_test","batch":[{"event":"a","distinct_id":"{{new string('x', 201)}}"},{"event":"a","distinct_id":"{{new string('x', 200)}}"}]}""");
        var problem = Assert.Single(_host.Problems.Take());
        Assert.Equal((ProblemKind.Changed, "distinct_id_cut", 1L), (problem.Kind, problem.Reason, problem.Count));
    }

    [Fact]
    public async Task A_log_that_is_down_tells_of_changes_only_once_the_events_are_stored()
    {
        const string Body = """{"api_key":"hrw_test","batch":[{"event":"a","distinct_id":"u","timestamp":"yesterday"}]}""";
        _host.Log.Answer = new LogAppend(LogAppendStatus.Unavailable, 0, "down");
        using var refused = await _host.PostAsync("/batch", Body);
        Assert.Equal(503, (int)refused.StatusCode);
        Assert.Empty(_host.Problems.Take());
        _host.Log.Answer = null;
        using var taken = await _host.PostAsync("/batch", Body);
        Assert.Single(_host.Problems.Take());
    }

    [Fact]
    public async Task A_flood_is_counted_whole_and_shown_by_a_few_examples()
    {
        var events = string.Join(',', Enumerable.Repeat("""{"event":"a"}""", 1_000));
        using var sent = await _host.PostAsync("/batch", $$"""{"api_key":"hrw_test","batch":[{{events}}]}""");
        var problem = Assert.Single(_host.Problems.Take());
        Assert.Equal((1_000L, IngestionProblems.ExamplesEach), (problem.Count, problem.Examples.Count));
        Assert.Empty(_host.Problems.Take());
    }

    [Fact]
    public async Task A_long_example_is_cut_and_names_what_sent_it()
    {
        _host.Client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", "posthog-python/3.1 (x)");
        using var sent = await _host.PostAsync("/batch", $$"""{"api_key":"hrw_test","batch":[{"event":"a","properties":{"long":"{{new string('x', 5_000)}}"} }]}""");
        var example = Assert.Single(Assert.Single(_host.Problems.Take()).Examples);
        Assert.Equal((1_001, "posthog-python/3.1"), (example.Json!.Length, example.Library));
    }
}
