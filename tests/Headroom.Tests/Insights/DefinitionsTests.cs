using System.Text.Json.Nodes;
using Headroom.App.Insights;
using Headroom.Core;
using Headroom.Tests.Projects;
using Headroom.Tests.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Insights;

/// <summary>Names of events and properties with what people say of them, over HTTP, the real store and the real control data.</summary>
public sealed class DefinitionsTests
{
    private const string Hostile = "<img src=x onerror=alert(1)>/../\u0001 'ü'";

    [Fact]
    public async Task A_description_is_written_read_and_taken_away_again_whatever_the_name()
    {
        await using var host = await StartAsync();
        var changed = await host.PatchAsync(new { kind = "event", names = new[] { Hostile }, description = "  <b>Bought</b>  " });
        Assert.Equal((Hostile, "<b>Bought</b>", "Ada"), ((string)changed[0]!["name"]!, (string)changed[0]!["description"]!, (string)changed[0]!["changedBy"]!));
        var listed = await host.GetAsync("/definitions/events");
        Assert.Equal("<b>Bought</b>", (string)listed.AsArray().Single(e => (string)e!["name"]! == Hostile)!["description"]!);
        Assert.Null(listed.AsArray().Single(e => (string)e!["name"]! == "view")!["description"]);

        // A property of the same name is another thing.
        await host.PatchAsync(new { kind = "property", names = new[] { "plan" }, description = "Of the subscription" });
        Assert.Equal("Of the subscription", (string)(await host.GetAsync("/definitions/properties")).AsArray().Single(p => (string)p!["name"]! == "plan")!["description"]!);
        await host.PatchAsync(new { kind = "event", names = new[] { Hostile }, description = "" });
        Assert.All((await host.GetAsync("/definitions/events")).AsArray(), static e => Assert.Null(e!["description"]));
    }

    [Fact]
    public async Task Hidden_names_are_left_out_unless_asked_for_and_questions_still_answer_them()
    {
        await using var host = await StartAsync();
        await host.PatchAsync(new { kind = "event", names = new[] { "view", "never seen" }, hidden = true });
        await host.PatchAsync(new { kind = "property", names = new[] { "plan" }, hidden = true });
        Assert.Equal([Hostile], Names(await host.GetAsync("/definitions/events")));
        Assert.Equal([Hostile], Names(await host.GetAsync("/definitions/events?limit=1")));
        Assert.Equal(["view", Hostile], Names(await host.GetAsync("/definitions/events?hidden=include")));
        Assert.Equal(["price"], Names(await host.GetAsync("/definitions/properties")));
        Assert.Equal(["plan", "price"], Names(await host.GetAsync("/definitions/properties?hidden=include")));
        Assert.Equal(2, (await host.GetAsync("/events?event=view"))["events"]!.AsArray().Count);
        Assert.Single((await host.GetAsync("/definitions/properties/values?property=plan")).AsArray());

        var back = await host.PatchAsync(new { kind = "event", names = new[] { "view" }, hidden = false });
        Assert.False((bool)back[0]!["hidden"]!);
        Assert.Equal(["view", Hostile], Names(await host.GetAsync("/definitions/events")));
    }

    [Fact]
    public async Task A_change_of_what_people_say_changes_the_tag_of_a_list()
    {
        await using var host = await StartAsync();
        using var first = await host.Browser.SendAsync(HttpMethod.Get, host.Path("/definitions/events"));
        var tag = first.Headers.ETag!.ToString();
        using var same = await host.Browser.SendAsync(HttpMethod.Get, host.Path("/definitions/events"), header: ("If-None-Match", tag));
        Assert.Equal(304, (int)same.StatusCode);
        await host.PatchAsync(new { kind = "event", names = new[] { "view" }, hidden = true });
        using var other = await host.Browser.SendAsync(HttpMethod.Get, host.Path("/definitions/events"), header: ("If-None-Match", tag));
        Assert.Equal(200, (int)other.StatusCode);
    }

    [Fact]
    public async Task Activity_is_of_each_day_with_the_first_and_the_last_time()
    {
        await using var host = await StartAsync();
        await host.PatchAsync(new { kind = "event", names = new[] { "view" }, hidden = true });
        var activity = await host.GetAsync("/definitions/events/activity?days=3");
        Assert.Equal(("2026-11-19", "2026-11-21", 2), ((string)activity["from"]!, (string)activity["to"]!, (int)activity["total"]!));
        var view = activity["events"]![0]!;
        Assert.Equal(("view", true, 2L, 2L), ((string)view["name"]!, (bool)view["hidden"]!, (long)view["count"]!, (long)view["recent"]!));
        Assert.Equal([0, 1, 1], view["days"]!.AsArray().Select(static d => (int)d!));
        Assert.InRange((DateTimeOffset)view["firstSeen"]!, StoreFixture.Start.AddMinutes(-15), StoreFixture.Start);
        Assert.InRange((DateTimeOffset)view["lastSeen"]!, StoreFixture.Start.AddDays(1), StoreFixture.Start.AddDays(1).AddMinutes(15));
        Assert.Equal([Hostile], Names((await host.GetAsync("/definitions/events/activity?search=ONERROR"))["events"]!));
    }

    [Fact]
    public async Task Properties_are_counted_over_the_last_days_and_of_one_event()
    {
        await using var host = await StartAsync();
        var all = (await host.GetAsync("/definitions/properties?days=2")).AsArray();
        Assert.Equal([("plan", 1L, 1.0 / 3), ("price", 1L, 1.0 / 3)], all.Select(static p => ((string)p!["name"]!, (long)p["events"]!, (double)p["share"]!)));
        Assert.Equal(StoreFixture.Start, (DateTimeOffset)all[0]!["firstSeen"]!);
        var ofView = (await host.GetAsync($"/definitions/properties?days=2&event=view")).AsArray().Single()!;
        Assert.Equal(("plan", 1L, 0.5), ((string)ofView["name"]!, (long)ofView["events"]!, (double)ofView["share"]!));
        Assert.Null((await host.GetAsync("/definitions/properties")).AsArray()[0]!["events"]);
    }

    [Theory]
    [InlineData("""{"names":["a"],"hidden":true}""", "kind")]
    [InlineData("""{"kind":"person","names":["a"],"hidden":true}""", "kind")]
    [InlineData("""{"kind":"event","names":[],"hidden":true}""", "names")]
    [InlineData("""{"kind":"event","hidden":true}""", "names")]
    [InlineData("""{"kind":"event","names":["a",""],"hidden":true}""", "names[1]")]
    [InlineData("""{"kind":"event","names":["a\u0000b"],"hidden":true}""", "names[0]")]
    [InlineData("""{"kind":"event","names":["a"]}""", "description")]
    [InlineData("""{"kind":"event","names":["a"],"description":"a\u0000b"}""", "description")]
    [InlineData("""{"kind":"event","names":["a"],"hidden":true,"color":"red"}""", "color")]
    public async Task What_is_wrong_is_named(string json, string field)
    {
        await using var host = await StartAsync();
        using var answer = await host.Browser.SendAsync(HttpMethod.Patch, host.Path("/definitions"), JsonNode.Parse(json));
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Equal([field], (await Browser.ReadAsync(answer))["errors"]!.AsObject().Select(static e => e.Key));
    }

    [Theory]
    [InlineData("/definitions/events?hidden=yes", "hidden")]
    [InlineData("/definitions/properties?days=91", "days")]
    [InlineData("/definitions/properties?days=x", "days")]
    [InlineData("/definitions/events/activity?days=0", "days")]
    [InlineData("/definitions/events/activity?limit=0", "limit")]
    public async Task A_wrong_parameter_is_named(string path, string field)
    {
        await using var host = await StartAsync();
        using var answer = await host.Browser.SendAsync(HttpMethod.Get, host.Path(path));
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Equal([field], (await Browser.ReadAsync(answer))["errors"]!.AsObject().Select(static e => e.Key));
    }

    [Fact]
    public async Task Bounds_and_walls_hold()
    {
        await using var host = await StartAsync();
        var at = host.Path("/definitions");
        Assert.Equal(400, await host.Browser.StatusAsync(HttpMethod.Patch, at, new { kind = "event", names = new[] { "a" }, description = new string('x', 2_001) }));
        Assert.Equal(200, await host.Browser.StatusAsync(HttpMethod.Patch, at, new { kind = "event", names = new[] { "a" }, description = new string('x', 2_000) }));
        Assert.Equal(400, await host.Browser.StatusAsync(HttpMethod.Patch, at, new { kind = "event", names = Enumerable.Range(0, 501).Select(static i => $"n{i}"), hidden = true }));
        for (var i = 0; i < 19; i++)
        {
            Assert.Equal(200, await host.Browser.StatusAsync(HttpMethod.Patch, at, new { kind = "property", names = Enumerable.Range(i * 500, 500).Select(static n => $"n{n}"), hidden = true }));
        }

        Assert.Equal(400, await host.Browser.StatusAsync(HttpMethod.Patch, at, new { kind = "event", names = Enumerable.Range(0, 500).Select(static n => $"n{n}"), hidden = true }));
        Assert.Equal(200, await host.Browser.StatusAsync(HttpMethod.Patch, at, new { kind = "event", names = Enumerable.Range(0, 499).Select(static n => $"n{n}"), hidden = true }));

        var (other, _, readKey) = await host.Control.CreateProjectAsync("Other");
        Assert.Equal(200, await host.Browser.StatusAsync(HttpMethod.Patch, $"/api/projects/{other}/definitions", new { kind = "event", names = new[] { "a" }, hidden = true }));
        using var program = host.Control.Program(readKey);
        using var refused = await program.PatchAsync(new Uri($"/api/projects/{other}/definitions", UriKind.Relative), new StringContent("{}", System.Text.Encoding.UTF8, "application/json"), ControlHost.Cancel);
        Assert.Equal(403, (int)refused.StatusCode);
        // A project that is not known is looked for once more, which is not done more often than every tenth of a second.
        host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(404, await host.Browser.StatusAsync(HttpMethod.Patch, "/api/projects/999/definitions", new { kind = "event", names = new[] { "a" }, hidden = true }));
    }

    private static IEnumerable<string> Names(JsonNode list) => list.AsArray().Select(static e => (string)e!["name"]!);

    private static async Task<Host> StartAsync()
    {
        var fixture = new StoreFixture();
        await fixture.CommitAsync(
            1, TestRow.Simple(1, 1) with { Properties = [("plan", "pro")] }, TestRow.Simple(1, 2, "view", 86_400), TestRow.Simple(1, 3, Hostile, 60) with { Properties = [("price", 3.0)] });
        var time = new FakeTimeProvider(StoreFixture.Start.AddDays(1).AddHours(1));
        var control = await ControlHost.StartAsync(
            time,
            configure: services =>
            {
                services.AddSingleton<IEventReader>(fixture.Store);
                services.AddProblemDetails();
                services.AddInsights(new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build());
                services.PostConfigure<InsightsOptions>(static o => o.DefinitionsMaxAgeSeconds = 0);
            },
            map: static group => group.MapInsights());
        var browser = await control.SignedInAsync();
        await control.CreateProjectAsync();
        return new Host(control, fixture, browser, time);
    }

    private sealed record Host(ControlHost Control, StoreFixture Fixture, Browser Browser, FakeTimeProvider Time) : IAsyncDisposable
    {
        public string Path(string rest) => "/api/projects/1" + rest;

        public Task<JsonNode> GetAsync(string rest) => Browser.GetAsync(Path(rest));

        public async Task<JsonNode> PatchAsync(object change)
        {
            using var answer = await Browser.SendAsync(HttpMethod.Patch, Path("/definitions"), change);
            Assert.Equal(200, (int)answer.StatusCode);
            return await Browser.ReadAsync(answer);
        }

        public async ValueTask DisposeAsync()
        {
            await Control.DisposeAsync();
            await Fixture.DisposeAsync();
        }
    }
}
