using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Cli;
using Headroom.Cli.Demo;
using Headroom.Tests.Capture;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Headroom.Tests.Cli;

public sealed class DemoTests
{
    private static readonly DateOnly Monday = new(2026, 11, 16);

    [Fact]
    public void The_welcome_has_the_address_the_sign_in_and_a_snippet_for_each_sdk_that_is_spoken()
    {
        var said = DemoRunner.Welcome(new Uri("http://127.0.0.1:8123/"), new DemoState("7", "correct-horse", null));
        var lines = said.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.TrimEntries);
        Assert.Contains("Headroom     http://127.0.0.1:8123", lines);
        Assert.Contains($"Sign in      {DemoRunner.Email}  password correct-horse", lines);
        Assert.Contains($"Project      7  write key {DemoRunner.WriteKey}  read key {DemoRunner.ReadKey}", lines);
        (string Name, string[] Parts)[] snippets =
        [
            ("posthog-js", [$"posthog.init('{DemoRunner.WriteKey}'", "api_host: 'http://127.0.0.1:8123'"]),
            ("posthog-node", [$"new PostHog('{DemoRunner.WriteKey}'", "{ host: 'http://127.0.0.1:8123' }"]),
            ("Segment (Node)", [$"writeKey: '{DemoRunner.WriteKey}'", " host: 'http://127.0.0.1:8123' }"]),
            ("Plausible", ["init({ domain: 'nimbus.example'", "endpoint: 'http://127.0.0.1:8123/api/event'", "@plausible-analytics/tracker"]),
            ("plausible-tracker", ["Plausible({ domain: 'nimbus.example'", "apiHost: 'http://127.0.0.1:8123' }"]),
            ("curl", ["curl http://127.0.0.1:8123/capture/", $"\"api_key\":\"{DemoRunner.WriteKey}\""]),
        ];
        foreach (var (name, parts) in snippets)
        {
            var line = Assert.Single(lines, line => line.StartsWith(name + "  ", StringComparison.Ordinal));
            Assert.All(parts, part => Assert.Contains(part, line, StringComparison.Ordinal));
        }

        Assert.Contains("captureOnLocalhost", said, StringComparison.Ordinal);
        Assert.Contains("trackLocalhost", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_curl_of_the_welcome_is_an_event_that_is_taken()
    {
        var said = DemoRunner.Welcome(new Uri("http://127.0.0.1:8123/"), new DemoState("7", "correct-horse", null));
        var json = said.Split("-d '")[1].Split('\'')[0];
        await using var host = await CaptureHost.StartAsync();
        using var answer = await host.PostAsync("/capture/", json.Replace(DemoRunner.WriteKey, CaptureHost.Key, StringComparison.Ordinal), "application/x-www-form-urlencoded");
        Assert.Equal("{\"status\":1}", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("hello", host.Log.Single.GetProperty("event").GetString());
    }

    [Fact]
    public void A_day_is_the_same_whenever_it_is_told()
    {
        Assert.Equal(Text(DemoStory.Day(Monday)), Text(DemoStory.Day(Monday)));
        Assert.NotEqual(Text(DemoStory.Day(Monday)), Text(DemoStory.Day(Monday.AddDays(1))));
    }

    [Fact]
    public void A_month_is_a_plausible_one()
    {
        var days = Enumerable.Range(0, 28).Select(i => DemoStory.Day(Monday.AddDays(i))).ToList();
        var events = days.SelectMany(d => d).ToList();

        Assert.InRange(events.Count, 25_000, 90_000);
        Assert.Equal(events.Count, events.Select(e => e.Uuid).Distinct().Count());
        Assert.All(days, day => Assert.Equal(day.Select(e => e.Timestamp).Order(), day.Select(e => e.Timestamp)));
        Assert.True(days[5].Count < days[3].Count * 0.8, "Saturdays are calmer.");
        var names = events.GroupBy(e => e.Event).ToDictionary(g => g.Key, g => g.Count());
        Assert.True(names["$pageview"] > names["signed_up"] * 5);
        Assert.Equal(names["$identify"], names["signed_up"]);
        Assert.InRange(names["purchase"], 20, 2000);
        Assert.Contains(events, e => e.Properties.Any(p => p.Key == "utm_source"));
    }

    [Fact]
    public void Who_returns_signed_up_before()
    {
        var before = Enumerable.Range(0, 60).SelectMany(i => DemoStory.Day(Monday.AddDays(-i))).Where(e => e.Event == "signed_up").Select(e => e.DistinctId).ToHashSet();

        Assert.All(
            DemoStory.Day(Monday).Where(e => e.Event is "note_opened" or "purchase"),
            e => Assert.Contains(e.DistinctId, before));
    }

    [Fact]
    public void A_visit_of_now_begins_now()
    {
        var now = new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
        for (var seed = 0; seed < 100; seed++)
        {
            var visit = DemoStory.VisitNow(now, new Random(seed));
            Assert.Equal(now, visit[0].Timestamp);
            Assert.All(visit, e => Assert.InRange(e.Timestamp, now, now.AddHours(1)));
        }
    }

    [Fact]
    public void Every_event_is_json_of_posthogs_form()
    {
        foreach (var e in DemoStory.Day(Monday))
        {
            var json = JsonNode.Parse(Text([e]))!;
            Assert.Equal(["uuid", "event", "distinct_id", "timestamp", "properties"], json.AsObject().Select(m => m.Key));
        }
    }

    [Fact]
    public async Task A_second_start_finds_the_project_and_the_sign_in()
    {
        var data = Directory.CreateTempSubdirectory("headroom-demo-").FullName;
        var path = Path.Combine(data, "demo.json");

        var first = await DemoRunner.PrepareAsync(data, path, TestContext.Current.CancellationToken);
        var second = await DemoRunner.PrepareAsync(data, path, TestContext.Current.CancellationToken);
        File.Delete(path);
        var third = await DemoRunner.PrepareAsync(data, path, TestContext.Current.CancellationToken);

        Assert.Equal(first, second);
        Assert.Equal(first.Project, third.Project);
        Assert.NotEqual(first.Password, third.Password);
        SqliteConnection.ClearAllPools();
        Directory.Delete(data, recursive: true);
    }

    [Theory]
    [InlineData("http://localhost:8080", "http://localhost:8080/")]
    [InlineData("http://*:8080;https://*:8443", "http://127.0.0.1:8080/")]
    [InlineData("http://0.0.0.0:80", "http://127.0.0.1/")]
    [InlineData("http://[::]:8080", "http://127.0.0.1:8080/")]
    public void The_demo_reaches_itself_whatever_it_listens_on(string urls, string address) =>
        Assert.Equal(address, DemoRunner.LocalAddress(urls).ToString());

    private static string Text(IEnumerable<DemoEvent> events)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var e in events)
        {
            using var json = new Utf8JsonWriter(buffer);
            e.Write(json);
        }

        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
