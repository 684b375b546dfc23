using System.Text.Json.Nodes;
using Headroom.Tests.Projects;
using Xunit;
using static Headroom.Tests.Dashboards.DashboardHost;

namespace Headroom.Tests.Dashboards;

public sealed class DashboardsAndCohortsOnPostgresTests
{
    [Fact]
    public async Task Dashboards_links_cohorts_and_notes_are_made_changed_read_and_deleted()
    {
        await using var host = await DashboardHost.StartAsync();
        var id = await host.CreateAsync(tiles: Tile());
        var changed = await host.SendAsync(HttpMethod.Patch, $"/{id}", """{"name":"Mine"}""", ifMatch: "\"1\"");
        Assert.Equal((200, "\"2\"", "Mine"), (changed.Status, changed.Tag, changed.Body.GetProperty("name").GetString()));
        Assert.Equal(412, (await host.SendAsync(HttpMethod.Patch, $"/{id}", """{"name":"Theirs"}""", ifMatch: "\"1\"")).Status);
        var link = await host.ShareAsync(id);
        Assert.Equal(200, (await host.AskAsync($"/api/shared/{link}")).Status);
        var listed = Assert.Single((await host.SendAsync(HttpMethod.Get, "")).Body.EnumerateArray());
        Assert.Equal(("Mine", 1, 1, "Ada"), (listed.GetProperty("name").GetString(), listed.GetProperty("tiles").GetInt32(), listed.GetProperty("shares").GetInt32(), listed.GetProperty("createdBy").GetString()));
        Assert.Equal(204, (await host.SendAsync(HttpMethod.Delete, $"/{id}")).Status);
        Assert.Equal(404, (await host.AskAsync($"/api/shared/{link}")).Status);

        // A list of persons, which queries read from the database, and a condition, which they have in memory.
        Assert.Equal(2, (int)(await AskAsync(host, HttpMethod.Post, "cohorts", """{"name":"Some","members":{"distinctIds":["u1","u2"]}}"""))["size"]!);
        var condition = (int)(await AskAsync(host, HttpMethod.Post, "cohorts", """{"name":"All","condition":{"kind":"person","filters":[{"property":"person.plan","operator":"is_not","values":["pro"]}]}}"""))["id"]!;
        Assert.Equal(2, await ViewsAsync(host, 1));
        Assert.Equal(5, await ViewsAsync(host, condition));
        await AskAsync(host, HttpMethod.Patch, $"cohorts/{condition}", """{"name":"Everybody"}""");
        Assert.Equal(["Some", "Everybody"], (await AskAsync(host, HttpMethod.Get, "cohorts")).AsArray().OrderBy(static c => (int)c!["id"]!).Select(static c => (string?)c!["name"]));
        Assert.Equal(204, await host.Owner.StatusAsync(HttpMethod.Delete, $"/api/projects/1/cohorts/{condition}"));

        Assert.Equal(200, await host.Owner.StatusAsync(
            HttpMethod.Patch, "/api/projects/1/definitions", JsonNode.Parse("""{"kind":"event","names":["$pageview"],"description":"Somebody looked"}""")));
        Assert.Equal("Somebody looked", (string?)Assert.Single((await AskAsync(host, HttpMethod.Get, "definitions/events")).AsArray())!["description"]);
    }

    private static async Task<long> ViewsAsync(DashboardHost host, int cohort) =>
        (await AskAsync(host, HttpMethod.Post, "query", $$$"""{"kind":"trends","series":[{"event":"$pageview"}],"range":{"last":2,"unit":"day"},"filters":[{"property":"cohort.{{{cohort}}}","values":[true]}]}"""))
        ["series"]![0]!["values"]!.AsArray().Sum(static v => (long)v!);

    private static async Task<JsonNode> AskAsync(DashboardHost host, HttpMethod method, string path, string? json = null)
    {
        using var answer = await host.Owner.SendAsync(method, $"/api/projects/1/{path}", json is null ? null : JsonNode.Parse(json));
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {await answer.Content.ReadAsStringAsync(ControlHost.Cancel)}");
        return await Browser.ReadAsync(answer);
    }
}
