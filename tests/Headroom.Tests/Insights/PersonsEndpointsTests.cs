using System.Text.Json;
using Headroom.App.Insights;
using Headroom.App.Projects;
using Headroom.Core;
using Headroom.Tests.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Insights;

/// <summary>Cohorts, the persons behind points and the ways of one person, over HTTP, the real store and the real control data.</summary>
public sealed class PersonsEndpointsTests
{
    private const string ViewsByDay = """{"kind":"trends","series":[{"event":"view","math":"unique_persons"}],"range":{"from":"2026-11-20","to":"2026-11-21"}}""";

    private const string ViewThenBuy = """{"kind":"funnel","steps":[{"event":"view"},{"event":"buy"}],"range":{"from":"2026-11-20","to":"2026-11-21"}}""";
    private const string ViewThenBuyOverTime = """{"kind":"funnel","view":"over_time","steps":[{"event":"view"},{"event":"buy"}],"range":{"from":"2026-11-20","to":"2026-11-21"}}""";
    private const string Retention = """{"kind":"retention","start":{"event":"view"},"return":{"event":"view"},"intervals":1,"range":{"from":"2026-11-20","to":"2026-11-21"}}""";
    private const string Stickiness = """{"kind":"stickiness","series":[{"event":"view"}],"range":{"from":"2026-11-20","to":"2026-11-21"}}""";
    private const string Lifecycle = """{"kind":"lifecycle","activity":{"event":"view"},"range":{"from":"2026-11-20","to":"2026-11-21"}}""";
    private const string StickinessByPlan = """{"kind":"stickiness","series":[{"event":"view"}],"breakdown":{"property":"person.plan"},"range":{"from":"2026-11-20","to":"2026-11-21"}}""";
    private const string LifecycleByPlan = """{"kind":"lifecycle","activity":{"event":"view"},"breakdown":{"property":"person.plan","limit":1},"range":{"from":"2026-11-20","to":"2026-11-21"}}""";
    private const string PathsByPlan = """{"kind":"paths","include":["events"],"breakdown":{"property":"person.plan"},"range":{"from":"2026-11-20","to":"2026-11-21"}}""";
    private const string Sessions = """{"kind":"sessions","range":{"from":"2026-11-20","to":"2026-11-21"}}""";
    private const string SessionsByEntry = """{"kind":"sessions","breakdown":{"property":"entry_page"},"compare":true,"range":{"from":"2026-11-20","to":"2026-11-21"}}""";
    private const string SessionsByPlan = """{"kind":"sessions","breakdown":{"eventProperty":"person.plan"},"range":{"from":"2026-11-20","to":"2026-11-21"}}""";
    private const string WebByPlan = """{"kind":"web","parts":[],"lists":[{"eventProperty":"person.plan"},{"eventProperty":"$pathname"}],"range":{"from":"2026-11-20","to":"2026-11-21"}}""";
    private const string WebCompared = """{"kind":"web","lists":[{"by":"page"}],"compare":true,"range":{"from":"2026-11-21","to":"2026-11-21"}}""";
    private const string Web = """{"kind":"web","lists":[{"by":"page"},{"by":"source"}],"range":{"from":"2026-11-20","to":"2026-11-21"}}""";

    [Fact]
    public async Task A_cohort_by_condition_is_a_filter_and_a_breakdown_and_is_never_stale()
    {
        await using var host = await Host.StartAsync();
        var made = await host.SendAsync(HttpMethod.Post, "/cohorts", """
            {"name":"Busy","condition":{"kind":"all","of":[{"kind":"did","event":"view","times":2,"range":{"last":30,"unit":"day"}},{"kind":"person","filters":[{"property":"person.plan","values":["pro"]}]}]}}
            """);
        Assert.Equal(201, made.Status);
        Assert.Equal(1, made.Body.GetProperty("size").GetInt64());
        var id = made.Body.GetProperty("id").GetInt32();
        Assert.Equal([1, 0], await host.TrendAsync($$"""{"property":"cohort.{{id}}","values":[true]}"""));
        Assert.Equal([2, 0], await host.TrendAsync($$"""{"property":"cohort.{{id}}","operator":"is_not","values":[true]}"""));

        Assert.Equal([1], Keys((await host.SendAsync(HttpMethod.Get, $"/persons?cohort={id}")).Body));

        // The same question again, after another person became busy, and after the cohort was changed.
        await host.CommitAsync(static batch =>
        {
            Row(batch, 20, "view", "ben", 2, 3_600);
            batch.Identities.Persons.Add((new ProjectId(1), new Person(2, StoreFixture.Uuid(1002), StoreFixture.Micros(15), false, """{"plan":"pro"}""")));
        });
        Assert.Equal([2, 0], await host.TrendAsync($$"""{"property":"cohort.{{id}}","values":[true]}"""));
        var changed = await host.SendAsync(HttpMethod.Patch, $"/cohorts/{id}", """{"condition":{"kind":"person","filters":[{"property":"person.plan","operator":"is_not","values":["pro"]}]}}""");
        Assert.Equal((200, "Busy", 1L), (changed.Status, changed.Body.GetProperty("name").GetString(), changed.Body.GetProperty("size").GetInt64()));
        Assert.Equal([1, 0], await host.TrendAsync($$"""{"property":"cohort.{{id}}","values":[true]}"""));

        var broken = await host.SendAsync(HttpMethod.Post, "/query", ViewsByDay[..^1] + $$$""","breakdown":{"property":"cohort.{{{id}}}"}}""");
        Assert.Equal(["false", "true"], broken.Body.GetProperty("series").EnumerateArray().Select(static s => s.GetProperty("breakdown").GetString()));
        Assert.Equal(1, (await host.SendAsync(HttpMethod.Get, "/cohorts")).Body.GetArrayLength());
        Assert.Equal(204, (await host.SendAsync(HttpMethod.Delete, $"/cohorts/{id}")).Status);
        var gone = await host.SendAsync(HttpMethod.Post, "/query", ViewsByDay[..^1] + $$""","filters":[{"property":"cohort.{{id}}","values":[true]}]}""");
        Assert.Equal(["filters[0].property"], gone.Body.GetProperty("errors").EnumerateObject().Select(static e => e.Name));
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Get, $"/cohorts/{id}")).Status);
    }

    [Theory]
    [InlineData("cohort.", "cohort.")]
    [InlineData("cohort.", "cohort%2E")]
    [InlineData("cohort.", "c%6fhort.")]
    [InlineData("\\u0063ohort.", "%5Cu0063ohort.")]
    public async Task Events_of_a_cohort_are_never_said_to_be_unchanged_however_it_is_written(string inJson, string inAddress)
    {
        await using var host = await Host.StartAsync();
        var made = await host.SendAsync(HttpMethod.Post, "/cohorts", """{"name":"Some","members":{"distinctIds":["ben"]}}""");
        var id = made.Body.GetProperty("id").GetInt32();
        var filters = Uri.EscapeDataString($$"""[{"property":"event","operator":"is_set"},{"property":"{{inJson}}{{id}}","values":[true]}]""");
        var path = "/events?filters=" + filters.Replace(Uri.EscapeDataString(inJson), inAddress, StringComparison.Ordinal);
        Assert.Contains(inAddress, path, StringComparison.Ordinal);
        var first = await host.TaggedAsync(path, null);
        Assert.Equal(["view ben"], Events(first.Body));
        await host.SendAsync(HttpMethod.Patch, $"/cohorts/{id}", """{"members":{"distinctIds":["carl"]}}""");
        var changed = await host.TaggedAsync(path, first.Tag ?? (await host.TaggedAsync("/events", null)).Tag);
        Assert.Equal(200, changed.Status);
        Assert.Equal(["view carl"], Events(changed.Body));
    }

    [Fact]
    public async Task What_is_read_has_a_tag_until_it_changes()
    {
        await using var host = await Host.StartAsync();
        await host.SendAsync(HttpMethod.Post, "/cohorts", """{"name":"Pro","condition":{"kind":"person","filters":[{"property":"person.plan","values":["pro"]}]}}""");
        var behind = $$$"""{"query":{{{ViewsByDay}}},"point":{"series":0,"bucket":0}}""";
        var tags = new Dictionary<string, string?>();
        string[] paths =
        [
            "/persons?limit=1", "/persons?search=ben@", $"/persons/{StoreFixture.Uuid(1001)}", $"/persons/{StoreFixture.Uuid(1001)}/events", "/persons/events?distinctId=carl",
            "/cohorts", "/cohorts/1", "/definitions/events/activity?days=3", "/definitions/properties?days=3", "/definitions/properties/values?property=cohort.1", "/query/persons",
        ];
        foreach (var path in paths)
        {
            var first = await AskAsync(path, null);
            Assert.StartsWith("W/", tags[path] = first.Tag, StringComparison.Ordinal);
            var same = await AskAsync(path, first.Tag);
            Assert.True((304, first.Tag, JsonValueKind.Undefined) == (same.Status, same.Tag, same.Body.ValueKind), path);
        }

        // Merges alone, then the rest.
        await host.CommitAsync(static batch => batch.Identities.Merges.Add((new ProjectId(1), 2, 1)));
        Assert.Equal(404, (await AskAsync($"/persons/{StoreFixture.Uuid(1002)}", tags["/persons?limit=1"])).Status);
        await host.CommitAsync(static batch => Row(batch, 20, "view", "carl", 4, 50));
        await host.SendAsync(HttpMethod.Patch, "/cohorts/1", """{"name":"Others","condition":{"kind":"person","filters":[{"property":"person.plan","operator":"is_not","values":["pro"]}]}}""");
        foreach (var path in paths)
        {
            var changed = await AskAsync(path, tags[path]);
            Assert.True(changed.Status == 200 && changed.Tag is not null && changed.Tag != tags[path], path);
        }

        // Of what only time, or a cohort, changes.
        var (days, members) = ((await AskAsync("/definitions/properties?days=3", null)).Tag, (await AskAsync("/definitions/properties/values?property=cohort.1", null)).Tag);
        host.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(200, (await AskAsync("/definitions/properties?days=3", days)).Status);
        await host.SendAsync(HttpMethod.Patch, "/cohorts/1", """{"members":{"distinctIds":["ada"]}}""");
        Assert.Equal(200, (await AskAsync("/definitions/properties/values?property=cohort.1", members)).Status);
        Assert.Equal(400, (await AskAsync("/definitions/properties/values?property=cohort.2", null)).Status);
        Assert.Null((await AskAsync("/persons?cohort=1", null)).Tag);

        Task<(int Status, JsonElement Body, string? Tag)> AskAsync(string path, string? tag) => host.TaggedAsync(path, tag, path == "/query/persons" ? behind : null);
    }

    [Fact]
    public async Task A_list_is_of_distinct_ids_persons_or_those_behind_a_point()
    {
        await using var host = await Host.StartAsync();
        var made = await host.SendAsync(HttpMethod.Post, "/cohorts", $$$"""{"name":"Some","members":{"distinctIds":["ben","nobody"],"persons":["{{{StoreFixture.Uuid(1001)}}}"]}}""");
        Assert.Equal((201, 2L), (made.Status, made.Body.GetProperty("size").GetInt64()));
        Assert.Equal([2, 0], await host.TrendAsync($$"""{"property":"cohort.{{made.Body.GetProperty("id").GetInt32()}}","values":[true]}"""));

        Assert.Equal([2, 1], Keys((await host.SendAsync(HttpMethod.Get, $"/persons?cohort={made.Body.GetProperty("id").GetInt32()}")).Body));
        Assert.Equal([2], Keys((await host.SendAsync(HttpMethod.Get, $"/persons?search=ben@&cohort={made.Body.GetProperty("id").GetInt32()}")).Body));
        foreach (var wrong in (string[])["7777", "-1", "x"])
        {
            var refused = await host.SendAsync(HttpMethod.Get, $"/persons?cohort={wrong}");
            Assert.Equal((400, "cohort"), (refused.Status, Assert.Single(refused.Body.GetProperty("errors").EnumerateObject()).Name));
        }

        var saved = await host.SendAsync(HttpMethod.Post, "/cohorts", $$$$"""{"name":"From a point","from":{"query":{{{{ViewsByDay}}}},"point":{"series":0,"bucket":0}}}""");
        Assert.Equal((201, 3L), (saved.Status, saved.Body.GetProperty("size").GetInt64()));
        Assert.Equal(JsonValueKind.Null, saved.Body.GetProperty("condition").ValueKind);
        Assert.Equal([3, 0], await host.TrendAsync($$"""{"property":"cohort.{{saved.Body.GetProperty("id").GetInt32()}}","values":[true]}"""));
    }

    [Theory]
    [InlineData("""{"condition":{"kind":"person","filters":[{"property":"person.plan","operator":"is_set"}]}}""", "name")]
    [InlineData("""{"name":"x"}""", "condition")]
    [InlineData("""{"name":"x","condition":{"kind":"nothing"}}""", "kind")]
    [InlineData("""{"name":"x","members":{},"from":{"query":{"kind":"paths","range":{"last":7,"unit":"day"}},"point":{}}}""", "condition")]
    [InlineData("""{"name":"x","condition":{"kind":"person","filters":[{"property":"person.plan","operator":"matches","values":["("]}]}}""", "condition.filters[0].values[0]")]
    [InlineData("""{"name":"x","from":{"query":{"kind":"trends","series":[{"event":""}],"range":{"last":7,"unit":"day"}},"point":{"series":0}}}""", "from.query.series[0].event")]
    [InlineData("""{"name":"x","from":{"query":{"kind":"trends","series":[{}],"range":{"last":7,"unit":"day"},"breakdown":{"property":"cohort.7"}},"point":{"series":0}}}""", "from.query.breakdown.property")]
    [InlineData("""{"name":"x","from":{"query":{"kind":"trends","series":[{}],"range":{"last":7,"unit":"day"}},"point":{"series":1}}}""", "from.point.series")]
    public async Task What_is_wrong_with_a_cohort_is_named(string json, string field)
    {
        await using var host = await Host.StartAsync();
        var answer = await host.SendAsync(HttpMethod.Post, "/cohorts", json);
        Assert.Equal(400, answer.Status);
        Assert.Equal([field], answer.Body.GetProperty("errors").EnumerateObject().Select(static e => e.Name));
    }

    [Fact]
    public async Task From_a_point_to_persons_to_their_events()
    {
        await using var host = await Host.StartAsync();
        var page = await host.SendAsync(HttpMethod.Post, "/query/persons", $$"""{"query":{{ViewsByDay}},"point":{"series":0,"bucket":0},"limit":2}""");
        Assert.Equal(3, page.Body.GetProperty("total").GetInt64());
        var ada = page.Body.GetProperty("persons")[0];
        Assert.Equal((StoreFixture.Uuid(1001), "pro", true), (ada.GetProperty("uuid").GetGuid(), ada.GetProperty("properties").GetProperty("plan").GetString(), ada.GetProperty("isIdentified").GetBoolean()));
        Assert.Equal(["ada", "anonymous"], ada.GetProperty("distinctIds").EnumerateArray().Select(static d => d.GetString()));
        Assert.Equal(StoreFixture.Start.AddSeconds(30), ada.GetProperty("lastSeen").GetDateTimeOffset());
        var next = page.Body.GetProperty("next").GetString();
        var rest = await host.SendAsync(HttpMethod.Post, "/query/persons", $$"""{"query":{{ViewsByDay}},"point":{"series":0,"bucket":0},"limit":2,"cursor":"{{next}}"}""");
        var personless = Assert.Single(rest.Body.GetProperty("persons").EnumerateArray());
        Assert.Equal((JsonValueKind.Null, "carl"), (personless.GetProperty("uuid").ValueKind, personless.GetProperty("distinctIds")[0].GetString()));
        Assert.Equal(JsonValueKind.Null, rest.Body.GetProperty("next").ValueKind);

        // What came while she was somebody else is part of her way.
        var first = await host.SendAsync(HttpMethod.Get, $"/persons/{StoreFixture.Uuid(1001)}/events?limit=2");
        Assert.Equal(["buy ada", "view ada"], Events(first.Body));
        var older = await host.SendAsync(HttpMethod.Get, $"/persons/{StoreFixture.Uuid(1001)}/events?limit=2&cursor=" + first.Body.GetProperty("next").GetString());
        Assert.Equal(["view anonymous"], Events(older.Body));
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Get, $"/persons/{StoreFixture.Uuid(9)}/events")).Status);
    }

    [Fact]
    public async Task From_a_point_to_somebody_without_a_profile_to_the_events()
    {
        await using var host = await Host.StartAsync();
        await host.CommitAsync(static batch =>
        {
            foreach (var (id, key) in ((string, long)[])[("a/b c&d=ä%2F", 5), ("once carl's", 6)])
            {
                batch.Identities.DistinctIds.Add((new ProjectId(1), id, key));
            }

            Row(batch, 20, "view", "a/b c&d=ä%2F", 5, 40);
            Row(batch, 21, "view", "once carl's", 6, 41);
            Row(batch, 22, "buy", "a/b c&d=ä%2F", 5, 86_400);
        });
        await host.CommitAsync(static batch => batch.Identities.Merges.Add((new ProjectId(1), 6, 4)));
        var behind = await host.SendAsync(HttpMethod.Post, "/query/persons", $$$"""{"query":{{{ViewsByDay}}},"point":{"series":0,"bucket":0}}""");
        var personless = behind.Body.GetProperty("persons").EnumerateArray().Where(static p => p.GetProperty("uuid").ValueKind is JsonValueKind.Null)
            .ToDictionary(static p => p.GetProperty("key").GetInt64(), static p => p.GetProperty("distinctIds")[0].GetString()!);
        Assert.Equal([4, 5], personless.Keys.Order());

        // Whom one was merged into has all of it, whichever id is asked for.
        Assert.Equal(["view once carl's", "view carl"], Events((await AskAsync(personless[4])).Body));
        Assert.Equal(["view once carl's", "view carl"], Events((await AskAsync("once carl's")).Body));
        var first = await AskAsync(personless[5], "&limit=1");
        Assert.Equal(["buy a/b c&d=ä%2F"], Events(first.Body));
        Assert.Equal(["view a/b c&d=ä%2F"], Events((await AskAsync(personless[5], "&limit=1&cursor=" + first.Body.GetProperty("next").GetString())).Body));
        Assert.Equal(["view a/b c&d=ä%2F"], Events((await AskAsync(personless[5], "&to=2026-11-20")).Body));

        // Who has a profile has the same way by every id as by the uuid.
        var ada = await host.SendAsync(HttpMethod.Get, $"/persons/{StoreFixture.Uuid(1001)}/events");
        Assert.Equal(ada.Body.ToString(), (await AskAsync("anonymous")).Body.ToString());
        Assert.Equal(404, (await AskAsync("Carl")).Status);
        foreach (var (path, field) in ((string, string)[])[("", "distinctId"), ("?distinctId=", "distinctId"), ("?distinctId=carl&limit=0", "limit"), ("?distinctId=carl&cursor=x", "cursor")])
        {
            var refused = await host.SendAsync(HttpMethod.Get, "/persons/events" + path);
            Assert.Equal((400, field), (refused.Status, Assert.Single(refused.Body.GetProperty("errors").EnumerateObject()).Name));
        }

        Task<(int Status, JsonElement Body)> AskAsync(string id, string more = "") =>
            host.SendAsync(HttpMethod.Get, "/persons/events?distinctId=" + Uri.EscapeDataString(id) + more);
    }

    [Fact]
    public async Task Persons_are_listed_and_found()
    {
        await using var host = await Host.StartAsync();
        Assert.Equal([2, 1], Keys((await host.SendAsync(HttpMethod.Get, "/persons")).Body));
        Assert.Equal([2], Keys((await host.SendAsync(HttpMethod.Get, "/persons?limit=1")).Body));
        Assert.Equal([1], Keys((await host.SendAsync(HttpMethod.Get, "/persons?limit=1&cursor=2")).Body));
        Assert.Equal([2], Keys((await host.SendAsync(HttpMethod.Get, "/persons?search=BEN@")).Body));
        Assert.Equal([1], Keys((await host.SendAsync(HttpMethod.Get, "/persons?search=anonymous")).Body));
        Assert.Equal([1], Keys((await host.SendAsync(HttpMethod.Get, $"/persons?search={StoreFixture.Uuid(1001)}")).Body));
        Assert.Empty(Keys((await host.SendAsync(HttpMethod.Get, "/persons?search=nobody")).Body));
        Assert.Equal("ben@example.org", (await host.SendAsync(HttpMethod.Get, $"/persons/{StoreFixture.Uuid(1002)}")).Body.GetProperty("properties").GetProperty("email").GetString());
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Get, $"/persons/{StoreFixture.Uuid(9)}")).Status);
    }

    [Theory]
    [InlineData(ViewThenBuy, """{"step":2}""", "1")]
    [InlineData(ViewThenBuy, """{"step":2,"droppedOff":true}""", "2,4")]
    [InlineData(ViewThenBuy, """{"step":2,"fromSeconds":10,"toSeconds":11}""", "1")]
    [InlineData(ViewThenBuy, """{"step":2,"fromSeconds":11}""", "")]
    [InlineData(ViewThenBuyOverTime, """{"step":1,"bucket":1}""", "2")]
    [InlineData(ViewThenBuyOverTime, """{"step":2,"bucket":0}""", "1")]
    [InlineData("""{"kind":"paths","include":["events"],"range":{"from":"2026-11-20","to":"2026-11-21"}}""", """{"step":1,"from":"view","to":"buy"}""", "1")]
    [InlineData(Retention, """{"cohort":0}""", "1,2,4")]
    [InlineData(Retention, """{"cohort":0,"column":0}""", "2")]
    [InlineData(Retention, """{"cohort":1}""", "2")]
    [InlineData(Retention, "{}", "1,2,4")]
    [InlineData(Retention, """{"column":0}""", "")]
    [InlineData(Stickiness, """{"series":0,"intervals":1}""", "1,4")]
    [InlineData(Stickiness, """{"series":0,"intervals":2}""", "2")]
    [InlineData(Lifecycle, """{"status":"new","bucket":0}""", "1,2")]
    [InlineData(Lifecycle, """{"status":"returning","bucket":1}""", "2")]
    [InlineData(Lifecycle, """{"status":"dormant","bucket":1}""", "1")]
    [InlineData(StickinessByPlan, """{"series":0,"intervals":1,"breakdown":"pro"}""", "1")]
    [InlineData(StickinessByPlan, """{"series":0,"intervals":2,"breakdown":"free"}""", "2")]
    [InlineData(StickinessByPlan, """{"series":0,"intervals":1,"breakdown":null}""", "4")]
    [InlineData(StickinessByPlan, """{"series":0,"intervals":2,"breakdown":"pro"}""", "")]
    [InlineData(StickinessByPlan, """{"series":0,"intervals":1,"breakdown":"nowhere"}""", "")]
    [InlineData(LifecycleByPlan, """{"status":"new","bucket":0,"breakdown":"$other"}""", "1")]
    [InlineData(LifecycleByPlan, """{"status":"returning","bucket":1,"breakdown":"free"}""", "2")]
    [InlineData(PathsByPlan, """{"step":1,"from":"view","to":"buy","breakdown":"pro"}""", "1")]
    [InlineData(PathsByPlan, """{"step":1,"from":"view","to":"buy"}""", "")]
    [InlineData("""{"kind":"stickiness","series":[{}],"unit":{"group":"company"},"breakdown":{"property":"person.plan"},"range":{"from":"2026-11-20","to":"2026-11-21"}}""", """{"series":0,"intervals":1,"breakdown":"pro"}""", "1")]
    [InlineData(Sessions, "{}", "1,2")]
    [InlineData(Sessions, """{"bucket":1}""", "2")]
    [InlineData(SessionsByEntry, """{"breakdown":"/"}""", "1")]
    [InlineData(SessionsByEntry, """{"breakdown":"/","compare":true}""", "")]
    [InlineData(Web, "{}", "1,2")]
    [InlineData(Web, """{"bucket":0}""", "1")]
    [InlineData(Web, """{"by":"page","value":"/b"}""", "2")]
    [InlineData(Web, """{"by":"source","value":null}""", "1,2")]
    [InlineData(Web, """{"by":"source","value":"nowhere"}""", "")]
    [InlineData(SessionsByPlan, """{"breakdown":"pro"}""", "1")]
    [InlineData(WebByPlan, """{"eventProperty":"person.plan","value":"pro"}""", "1")]
    [InlineData(WebByPlan, """{"eventProperty":"$pathname","value":"/b"}""", "2")]
    [InlineData(WebCompared, """{"by":"page","value":"/b"}""", "2")]
    [InlineData(WebCompared, """{"by":"page","value":"/b","compare":true}""", "")]
    [InlineData(WebCompared, """{"by":"page","value":"/","compare":true}""", "1")]
    [InlineData(Web, """{"vital":"lcp"}""", "1,2")]
    [InlineData("""{"kind":"trends","series":[{"event":"$pageview","math":"unique_persons"}],"unit":{"group":"company"},"range":{"from":"2026-11-20","to":"2026-11-21"}}""", """{"series":0}""", "1,2")]
    [InlineData("""{"kind":"trends","series":[{"event":"$pageview","math":"first_time"}],"unit":{"group":"company"},"range":{"from":"2026-11-20","to":"2026-11-21"}}""", """{"series":0,"bucket":0}""", "1")]
    [InlineData("""{"kind":"funnel","steps":[{"event":"$pageview"},{"event":"$web_vitals"}],"unit":{"group":"company"},"range":{"from":"2026-11-20","to":"2026-11-21"}}""", """{"step":2}""", "1")]
    [InlineData("""{"kind":"funnel","steps":[{"event":"$pageview"},{"event":"$web_vitals"}],"unit":{"group":"company"},"range":{"from":"2026-11-20","to":"2026-11-21"}}""", """{"step":2,"droppedOff":true}""", "2")]
    [InlineData("""{"kind":"retention","start":{},"return":{},"unit":{"group":"company"},"range":{"from":"2026-11-20","to":"2026-11-21"}}""", """{"cohort":1}""", "2")]
    [InlineData("""{"kind":"stickiness","series":[{}],"unit":{"group":"company"},"range":{"from":"2026-11-20","to":"2026-11-21"}}""", """{"series":0,"intervals":1}""", "1,2")]
    [InlineData("""{"kind":"lifecycle","activity":{},"unit":{"group":"company"},"range":{"from":"2026-11-20","to":"2026-11-21"}}""", """{"status":"dormant","bucket":1}""", "1")]
    [InlineData("""{"kind":"paths","include":["events"],"unit":{"group":"company"},"range":{"from":"2026-11-20","to":"2026-11-21"}}""", """{"step":1,"from":"ask","to":"order"}""", "1")]
    [InlineData(Web, """{"vital":"lcp","by":"page","value":"/b"}""", "2")]
    [InlineData(Web, """{"vital":"cls"}""", "")]
    [InlineData("""{"kind":"trends","series":[{"event":"view"},{"event":"buy"}],"formulas":[{"expression":"B"}],"range":{"from":"2026-11-20","to":"2026-11-21"}}""", """{"series":2}""", "1")]
    public async Task Every_kind_of_insight_has_persons_behind_its_points_who_can_be_kept_as_a_cohort(string query, string point, string keys)
    {
        await using var host = await Host.StartAsync();
        await host.CommitAsync(BenComesBack);
        var (status, page) = await host.SendAsync(HttpMethod.Post, "/query/persons", $$"""{"query":{{query}},"point":{{point}}}""");
        Assert.True(status == 200, page.ToString());
        Assert.Equal(keys, string.Join(',', page.GetProperty("persons").EnumerateArray().Select(static p => p.GetProperty("key").GetInt64())));
        var persons = keys.Length == 0 ? 0 : keys.Split(',').Length;
        Assert.Equal(persons, page.GetProperty("total").GetInt64());

        var saved = await host.SendAsync(HttpMethod.Post, "/cohorts", $$$"""{"name":"Point","from":{"query":{{{query}}},"point":{{{point}}}}}""");
        Assert.Equal((201, persons), (saved.Status, saved.Body.GetProperty("size").GetInt64()));
    }

    [Theory]
    [InlineData(ViewThenBuy, """{"step":3}""", "point.step")]
    [InlineData(ViewThenBuy, """{"step":1,"bucket":0}""", "point.bucket")]
    [InlineData(ViewThenBuy, """{"step":2,"droppedOff":true,"fromSeconds":1}""", "point.fromSeconds")]
    [InlineData(ViewThenBuy, """{"step":1,"toSeconds":1}""", "point.toSeconds")]
    [InlineData(ViewThenBuyOverTime, """{"step":1,"bucket":2}""", "point.bucket")]
    [InlineData(Retention, """{"cohort":2}""", "point.cohort")]
    [InlineData(Retention, """{"cohort":-1,"column":1}""", "point.cohort,point.column")]
    [InlineData("""{"kind":"retention","start":{},"return":{},"minimumReturns":0,"range":{"from":"2026-11-20","to":"2026-11-21"}}""", "{}", "query.minimumReturns")]
    [InlineData(Stickiness, """{"series":0}""", "point.intervals")]
    [InlineData(Stickiness, """{"series":0,"intervals":3}""", "point.intervals")]
    [InlineData(Stickiness, """{"intervals":1}""", "point.series")]
    [InlineData(Stickiness, """{"series":[],"intervals":1}""", "point.series")]
    [InlineData(Lifecycle, """{"bucket":0}""", "point.status")]
    [InlineData(Lifecycle, """{"status":"new"}""", "point.bucket")]
    [InlineData(Lifecycle, """{"status":"new","bucket":2}""", "point.bucket")]
    [InlineData(Lifecycle, """{"status":"gone","bucket":0}""", "point.status")]
    [InlineData(Sessions, """{"bucket":2}""", "point.bucket")]
    [InlineData(Sessions, """{"compare":true}""", "point.compare")]
    [InlineData(Web, """{"by":"city"}""", "point.by")]
    [InlineData(Web, """{"value":"/b"}""", "point.by")]
    [InlineData(Web, """{"eventProperty":"plan"}""", "point.eventProperty")]
    [InlineData(WebByPlan, """{"by":"page","eventProperty":"person.plan"}""", "point.eventProperty")]
    [InlineData(WebByPlan, """{"eventProperty":"person.plan","bucket":0}""", "point.bucket")]
    [InlineData(Web, """{"vital":"lcp","eventProperty":"$pathname","value":"/b"}""", "point.eventProperty,point.by")]
    [InlineData(Web, """{"by":"page","value":"/b","bucket":0,"compare":true}""", "point.bucket,point.compare")]
    [InlineData(Web, """{"bucket":2}""", "point.bucket")]
    [InlineData(Web, """{"vital":"lcp","by":"source","bucket":0,"compare":true}""", "point.by,point.bucket,point.compare")]
    [InlineData(Web, """{"vital":"lcp","value":"/b"}""", "point.by")]
    [InlineData("""{"kind":"sessions","unit":{"group":"company"},"range":{"last":7,"unit":"day"}}""", "{}", "query.unit")]
    [InlineData("""{"kind":"web","unit":{"group":"company"},"range":{"last":7,"unit":"day"}}""", "{}", "query.unit")]
    public async Task What_is_wrong_with_a_point_is_named(string query, string point, string fields)
    {
        await using var host = await Host.StartAsync();
        var (status, body) = await host.SendAsync(HttpMethod.Post, "/query/persons", $$"""{"query":{{query}},"point":{{point}}}""");
        Assert.Equal(400, status);
        Assert.Equal(fields, string.Join(',', body.GetProperty("errors").EnumerateObject().Select(static e => e.Name)));
    }

    [Fact]
    public async Task Names_and_values_of_persons_properties_are_offered()
    {
        await using var host = await Host.StartAsync();
        var names = await host.SendAsync(HttpMethod.Get, "/definitions/properties?search=plan");
        Assert.Equal(["person.plan"], names.Body.EnumerateArray().Select(static p => p.GetProperty("name").GetString()));
        var values = await host.SendAsync(HttpMethod.Get, "/definitions/properties/values?property=person.plan");
        Assert.Equal(["free 1", "pro 1"], values.Body.EnumerateArray().Select(static v => $"{v.GetProperty("value").GetString()} {v.GetProperty("count").GetInt64()}"));
        var byEvent = await host.SendAsync(HttpMethod.Get, "/definitions/properties/values?property=person.plan&event=view");
        Assert.Equal(["pro 2", "free 1"], byEvent.Body.EnumerateArray().Select(static v => $"{v.GetProperty("value").GetString()} {v.GetProperty("count").GetInt64()}"));
    }

    [Fact]
    public async Task Sessions_and_visits_by_what_a_person_has_or_is_in_are_answered_anew_when_that_changes()
    {
        await using var host = await Host.StartAsync();
        await host.CommitAsync(BenComesBack);
        var made = await host.SendAsync(HttpMethod.Post, "/cohorts", """{"name":"Pro","condition":{"kind":"person","filters":[{"property":"person.plan","values":["pro"]}]}}""");
        var id = made.Body.GetProperty("id").GetInt32();
        Assert.Equal(["pro 1", "free 1"], (await LinesAsync("person.plan")).Order(StringComparer.Ordinal).Reverse());
        Assert.Equal(["true 1", "false 1"], (await LinesAsync($"cohort.{id}")).Order(StringComparer.Ordinal).Reverse());

        // Given again from the answers that are kept, until Ben pays too.
        Assert.Equal("hit", (await host.SendAsync(HttpMethod.Post, "/query", Sessions("person.plan"))).Body.GetProperty("cache").GetString());
        await host.CommitAsync(static batch =>
            batch.Identities.Persons.Add((new ProjectId(1), new Person(2, StoreFixture.Uuid(1002), StoreFixture.Micros(15), false, """{"plan":"pro"}"""))));
        Assert.Equal(["pro 2"], await LinesAsync("person.plan"));
        Assert.Equal(["true 2"], await LinesAsync($"cohort.{id}"));
        await host.SendAsync(HttpMethod.Patch, $"/cohorts/{id}", """{"condition":{"kind":"person","filters":[{"property":"person.plan","values":["free"]}]}}""");
        Assert.Equal(["false 2"], await LinesAsync($"cohort.{id}"));

        // Two persons become one, who is in both sessions.
        await host.CommitAsync(static batch => batch.Identities.Merges.Add((new ProjectId(1), 2, 1)));
        var rows = (await host.SendAsync(HttpMethod.Post, "/query", Visits("person.plan"))).Body.GetProperty("lists")[0].GetProperty("rows");
        Assert.Equal(("pro", 1L, 2L), (rows[0].GetProperty("value").GetString(), rows[0].GetProperty("visitors").GetInt64(), rows[0].GetProperty("visits").GetInt64()));

        Assert.Equal(204, (await host.SendAsync(HttpMethod.Delete, $"/cohorts/{id}")).Status);
        foreach (var (query, field) in ((string, string)[])[(Sessions($"cohort.{id}"), "breakdown.eventProperty"), (Visits($"cohort.{id}"), "lists[0].eventProperty")])
        {
            var gone = await host.SendAsync(HttpMethod.Post, "/query", query);
            Assert.Equal((400, field), (gone.Status, Assert.Single(gone.Body.GetProperty("errors").EnumerateObject()).Name));
        }

        static string Sessions(string property) =>
            $$$"""{"kind":"sessions","breakdown":{"eventProperty":"{{{property}}}"},"range":{"from":"2026-11-20","to":"2026-11-21"}}""";

        static string Visits(string property) =>
            $$$"""{"kind":"web","parts":[],"lists":[{"eventProperty":"{{{property}}}"}],"range":{"from":"2026-11-20","to":"2026-11-21"}}""";

        // Of sessions and of visits, which are the same here.
        async Task<List<string>> LinesAsync(string property)
        {
            var sessions = await host.SendAsync(HttpMethod.Post, "/query", Sessions(property));
            Assert.True(sessions.Status == 200, sessions.Body.ToString());
            var lines = sessions.Body.GetProperty("series").EnumerateArray()
                .Select(static s => $"{s.GetProperty("breakdown").GetString()} {s.GetProperty("total").GetProperty("sessions").GetInt64()}").ToList();
            var visits = await host.SendAsync(HttpMethod.Post, "/query", Visits(property));
            Assert.True(visits.Status == 200, visits.Body.ToString());
            var list = visits.Body.GetProperty("lists")[0];
            Assert.Equal((property, false), (list.GetProperty("eventProperty").GetString(), list.TryGetProperty("by", out _)));
            Assert.Equal(lines, list.GetProperty("rows").EnumerateArray().Select(static r => $"{r.GetProperty("value").GetString()} {r.GetProperty("visits").GetInt64()}"));
            return lines;
        }
    }

    /// <summary>On the next day; and both Ada and he have a visit.</summary>
    [Theory]
    [InlineData(StickinessByPlan)]
    [InlineData(LifecycleByPlan)]
    [InlineData(PathsByPlan)]
    public async Task A_kept_answer_with_a_breakdown_ends_when_a_person_or_a_cohort_in_it_changes(string byPlan)
    {
        await using var host = await Host.StartAsync();
        await host.CommitAsync(BenComesBack);
        var made = await host.SendAsync(HttpMethod.Post, "/cohorts", """{"name":"Pro","condition":{"kind":"person","filters":[{"property":"person.plan","values":["pro"]}]}}""");
        var byCohort = byPlan.Replace("person.plan", "cohort." + made.Body.GetProperty("id").GetInt32(), StringComparison.Ordinal);
        Assert.Equal(("miss", true), await AskAsync(byPlan, "\"free\""));
        Assert.Equal(("hit", true), await AskAsync(byPlan, "\"free\""));
        var before = (await host.SendAsync(HttpMethod.Post, "/query", byCohort)).Body.GetProperty("series").GetRawText();
        Assert.Equal(("hit", true), await AskAsync(byCohort, before));

        await host.CommitAsync(static batch =>
            batch.Identities.Persons.Add((new ProjectId(1), new Person(2, StoreFixture.Uuid(1002), StoreFixture.Micros(15), false, """{"plan":"gold"}"""))));
        Assert.Equal(("miss", true), await AskAsync(byPlan, "\"gold\""));
        Assert.Equal(("miss", true), await AskAsync(byCohort, before));

        var changed = await host.SendAsync(HttpMethod.Patch, "/cohorts/" + made.Body.GetProperty("id").GetInt32(), """{"condition":{"kind":"person","filters":[{"property":"person.plan","values":["gold"]}]}}""");
        Assert.Equal(200, changed.Status);
        Assert.Equal(("miss", false), await AskAsync(byCohort, before));

        async Task<(string? Cache, bool Says)> AskAsync(string query, string series)
        {
            var (_, body) = await host.SendAsync(HttpMethod.Post, "/query", query);
            return (body.GetProperty("cache").GetString(), body.GetProperty("series").GetRawText().Contains(series, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("""{"kind":"stickiness","series":[{"event":"$pageview"}],"range":{"from":"2026-11-20","to":"2026-11-21"}}""")]
    [InlineData("""{"kind":"lifecycle","range":{"from":"2026-11-20","to":"2026-11-21"}}""")]
    [InlineData("""{"kind":"paths","range":{"from":"2026-11-20","to":"2026-11-21"}}""")]
    public async Task What_a_breakdown_reads_is_among_the_columns_that_are_told(string query)
    {
        await using var host = await Host.StartAsync();
        await host.CommitAsync(BenComesBack);
        var alone = (await host.SendAsync(HttpMethod.Post, "/query", query)).Body.GetProperty("estimatedColumns").GetInt32();
        var broken = (await host.SendAsync(HttpMethod.Post, "/query", query[..^1] + ""","breakdown":{"property":"$groups.company"}}""")).Body.GetProperty("estimatedColumns").GetInt32();
        Assert.Equal(alone + 1, broken);
    }

    private static void BenComesBack(IStoreBatch batch)
    {
        Row(batch, 20, "view", "ben", 2, 86_400);
        new TestRow(1, 21, "$pageview", "ada", 1, "s1", StoreFixture.Micros(40)) { Properties = [("$pathname", "/"), ("$groups.company", "acme")] }.AddTo(batch);
        new TestRow(1, 22, "$pageview", "ben", 2, "s2", StoreFixture.Micros(86_401)) { Properties = [("$pathname", "/b"), ("$groups.company", "o'hara \"& co\"")] }.AddTo(batch);
        new TestRow(1, 23, "$web_vitals", "ada", 1, "s1", StoreFixture.Micros(41)) { Properties = [("$pathname", "/"), ("$web_vitals_LCP_value", 900d), ("$groups.company", "acme")] }.AddTo(batch);
        new TestRow(1, 25, "ask", "ada", 1, "s1", StoreFixture.Micros(42)) { Properties = [("$groups.company", "acme")] }.AddTo(batch);
        new TestRow(1, 26, "order", "ada", 1, "s1", StoreFixture.Micros(43)) { Properties = [("$groups.company", "acme")] }.AddTo(batch);
        new TestRow(1, 24, "$web_vitals", "ben", 2, "s2", StoreFixture.Micros(86_402)) { Properties = [("$pathname", "/b"), ("$web_vitals_LCP_value", 4_100d)] }.AddTo(batch);
    }

    private static IEnumerable<string> Events(JsonElement page) =>
        page.GetProperty("events").EnumerateArray().Select(static e => $"{e.GetProperty("event").GetString()} {e.GetProperty("distinctId").GetString()}");

    private static IEnumerable<long> Keys(JsonElement page) => page.GetProperty("persons").EnumerateArray().Select(static p => p.GetProperty("key").GetInt64());

    private static void Row(IStoreBatch batch, int uuid, string name, string distinctId, long person, double seconds) =>
        new TestRow(1, uuid, name, distinctId, person, null, StoreFixture.Micros(seconds)).AddTo(batch);

    /// <summary>Ada (1, once 3) with two views and a purchase, Ben (2) with a view, and Carl (4), personless, with a view.</summary>
    private sealed class Host : IAsyncDisposable
    {
        private readonly StoreFixture _fixture = new();
        private readonly string _control = Directory.CreateTempSubdirectory("headroom-cohorts-").FullName;
        private WebApplication? _app;
        private HttpClient? _client;
        private long _offset;

        public static async Task<Host> StartAsync()
        {
            var host = new Host();
            await host.CommitAsync(static batch =>
            {
                Row(batch, 1, "view", "anonymous", 3, 10);
                Row(batch, 2, "view", "ben", 2, 15);
                Row(batch, 3, "view", "carl", 4, 16);
                foreach (var (id, key) in ((string, long)[])[("anonymous", 3), ("ada", 1), ("ben", 2), ("carl", 4)])
                {
                    batch.Identities.DistinctIds.Add((new ProjectId(1), id, key));
                }

                batch.Identities.Persons.Add((new ProjectId(1), new Person(1, StoreFixture.Uuid(1001), StoreFixture.Micros(10), true, """{"plan":"pro"}""")));
                batch.Identities.Persons.Add((new ProjectId(1), new Person(2, StoreFixture.Uuid(1002), StoreFixture.Micros(15), false, """{"plan":"free","email":"ben@example.org"}""")));
            });
            await host.CommitAsync(static batch =>
            {
                Row(batch, 4, "view", "ada", 1, 20);
                Row(batch, 5, "buy", "ada", 1, 30);
                batch.Identities.Merges.Add((new ProjectId(1), 3, 1));
            });
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseTestServer();
            builder.Logging.ClearProviders();
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Headroom:DataDirectory"] = host._control,
                ["Headroom:Insights:DefinitionsMaxAgeSeconds"] = "0",
            });
            builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider(StoreFixture.Start.AddHours(3)));
            builder.Services.AddSingleton<IEventReader>(host._fixture.Store);
            builder.Services.AddSingleton<IEventStore>(host._fixture.Store);
            builder.Services.AddProblemDetails();
            builder.Services.AddProjects(builder.Configuration);
            builder.Services.AddInsights(builder.Configuration);
            host._app = builder.Build();
            host._app.MapGroup("/api/projects/{project}").MapInsights();
            await host._app.StartAsync();
            await host._app.Services.GetRequiredService<ProjectCatalog>().CreateAsync(new NewProject("Shop"), CancellationToken.None);
            host._client = host._app.GetTestClient();
            return host;
        }

        public FakeTimeProvider Time => (FakeTimeProvider)_app!.Services.GetRequiredService<TimeProvider>();

        public async Task CommitAsync(Action<IStoreBatch> fill)
        {
            using var batch = _fixture.Store.BeginBatch();
            fill(batch);
            await batch.CommitAsync(++_offset, CancellationToken.None);
        }

        public async Task<(int Status, JsonElement Body)> SendAsync(HttpMethod method, string path, string? json = null)
        {
            using var request = new HttpRequestMessage(method, new Uri("/api/projects/1" + path, UriKind.Relative));
            request.Content = json is null ? null : new StringContent(json, System.Text.Encoding.UTF8, "application/json");
            using var response = await _client!.SendAsync(request);
            var body = await response.Content.ReadAsStringAsync();
            return ((int)response.StatusCode, body.Length == 0 ? default : JsonElement.Parse(body));
        }

        /// <summary>Asked with a tag, if any, of an address as it is written here; the body is undefined where the answer has none.</summary>
        public async Task<(int Status, JsonElement Body, string? Tag)> TaggedAsync(string path, string? tag, string? json = null)
        {
            var query = path.IndexOf('?', StringComparison.Ordinal) is var at && at < 0 ? path.Length : at;
            var context = await _app!.GetTestServer().SendAsync(http =>
            {
                http.Request.Method = json is null ? HttpMethods.Get : HttpMethods.Post;
                http.Request.Path = "/api/projects/1" + path[..query];
                http.Request.QueryString = new QueryString(path[query..]);
                http.Request.Headers.IfNoneMatch = tag;
                if (json is not null)
                {
                    http.Request.ContentType = "application/json";
                    http.Request.Body = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json));
                }
            });
            using var reader = new StreamReader(context.Response.Body);
            var body = await reader.ReadToEndAsync();
            return (context.Response.StatusCode, body.Length == 0 ? default : JsonElement.Parse(body), context.Response.Headers.ETag);
        }

        /// <summary>Different persons with a view on each of the two days.</summary>
        public async Task<IEnumerable<double>> TrendAsync(string filter)
        {
            var (status, body) = await SendAsync(HttpMethod.Post, "/query", ViewsByDay[..^1] + $$""","filters":[{{filter}}]}""");
            Assert.True(status == 200, body.ToString());
            return body.GetProperty("series")[0].GetProperty("values").EnumerateArray().Select(static v => v.GetDouble());
        }

        public async ValueTask DisposeAsync()
        {
            _client!.Dispose();
            await _app!.DisposeAsync();
            await _fixture.DisposeAsync();
            SqliteConnection.ClearAllPools();
            Directory.Delete(_control, recursive: true);
        }
    }
}
