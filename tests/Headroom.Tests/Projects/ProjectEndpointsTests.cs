using System.Text.Json.Nodes;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headroom.Tests.Projects;

public class ProjectEndpointsTests
{
    [Fact]
    public async Task A_project_is_made_changed_listed_and_found()
    {
        await using var host = await ControlHost.StartAsync();
        var browser = await host.SignedInAsync();

        using var made = await browser.SendAsync(HttpMethod.Post, "/api/projects", new { name = " Shop ", timeZone = "Europe/Berlin" });
        var created = await Browser.ReadAsync(made);
        using var patched = await browser.SendAsync(
            HttpMethod.Patch, "/api/projects/1", new { weekStartsOn = "sunday", keepIp = true, cookieless = true, domains = new[] { "B.example", "a.example" } });
        var changed = await Browser.ReadAsync(patched);

        Assert.Equal(201, (int)made.StatusCode);
        Assert.Equal("/api/projects/1", made.Headers.Location?.ToString());
        Assert.Equal("Shop", (string?)created["project"]!["name"]);
        Assert.Equal("monday", (string?)created["project"]!["weekStartsOn"]);
        Assert.Matches("^hrw_[A-Za-z0-9]{32}$", (string?)created["writeKey"]);
        Assert.Matches("^hrr_[A-Za-z0-9]{40}$", (string?)created["readKey"]);
        Assert.Equal("Europe/Berlin", (string?)changed["timeZone"]);
        Assert.Equal("sunday", (string?)changed["weekStartsOn"]);
        Assert.True((bool)changed["keepIp"]!);
        Assert.False((bool)created["project"]!["cookieless"]!);
        Assert.True((bool)changed["cookieless"]!);
        Assert.Equal("""["a.example","b.example"]""", changed["domains"]!.ToJsonString());
        Assert.True(JsonNode.DeepEquals(changed, await browser.GetAsync("/api/projects/1")));
        Assert.True(JsonNode.DeepEquals(new JsonArray(changed.DeepClone()), await browser.GetAsync("/api/projects")));
        Assert.True(host.Directory.TryGet(new ProjectId(1), out var info));
        Assert.True(info is { KeepIp: true, Cookieless: true, WeekStartsOnSunday: true, TimeZone.Id: "Europe/Berlin" });
    }

    [Fact]
    public async Task Errors_name_every_wrong_field_at_once()
    {
        await using var host = await ControlHost.StartAsync();
        var browser = await host.SignedInAsync();

        using var answer = await browser.SendAsync(
            HttpMethod.Post, "/api/projects", new { name = "", timeZone = "Mars/Olympus", domains = new[] { "fine.example", "not fine" } });
        var problem = await Browser.ReadAsync(answer);

        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(["domains[1]", "name", "timeZone"], problem["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal));
        Assert.Equal(400, await browser.StatusAsync(HttpMethod.Post, "/api/projects", new { }));
    }

    [Fact]
    public async Task Write_keys_are_always_shown_and_read_keys_once()
    {
        await using var host = await ControlHost.StartAsync();
        var browser = await host.SignedInAsync();
        var project = await host.CreateProjectAsync();
        using var made = await browser.SendAsync(HttpMethod.Post, $"/api/projects/{project.Id}/keys", new { kind = "read", name = "Report" });
        var created = await Browser.ReadAsync(made);

        var keys = (await browser.GetAsync($"/api/projects/{project.Id}/keys")).AsArray();

        Assert.Equal(201, (int)made.StatusCode);
        Assert.StartsWith("hrr_", (string?)created["key"], StringComparison.Ordinal);
        Assert.Equal([project.WriteKey, null, null], keys.Select(k => (string?)k!["key"]));
        Assert.Equal(((string)created["key"]!)[..8], (string?)keys[2]!["prefix"]);
        Assert.Equal("Report", (string?)keys[2]!["name"]);
    }

    [Fact]
    public async Task A_deleted_key_works_no_more()
    {
        await using var host = await ControlHost.StartAsync();
        var browser = await host.SignedInAsync();
        var project = await host.CreateProjectAsync();
        var keys = (await browser.GetAsync($"/api/projects/{project.Id}/keys")).AsArray();
        using var program = host.Program(project.ReadKey);
        Assert.Equal(200, (int)(await program.GetAsync(new Uri($"/api/projects/{project.Id}", UriKind.Relative), ControlHost.Cancel)).StatusCode);

        foreach (var key in keys)
        {
            Assert.Equal(204, await browser.StatusAsync(HttpMethod.Delete, $"/api/projects/{project.Id}/keys/{key!["id"]}"));
        }

        Assert.Equal(401, (int)(await program.GetAsync(new Uri($"/api/projects/{project.Id}", UriKind.Relative), ControlHost.Cancel)).StatusCode);
        Assert.False(host.Directory.TryGetByWriteKey(System.Text.Encoding.UTF8.GetBytes(project.WriteKey), out _));
        Assert.Equal(404, await browser.StatusAsync(HttpMethod.Delete, $"/api/projects/{project.Id}/keys/{keys[0]!["id"]}"));
    }

    [Fact]
    public async Task A_key_is_not_deleted_through_another_project()
    {
        await using var host = await ControlHost.StartAsync();
        var browser = await host.SignedInAsync();
        var mine = await host.CreateProjectAsync("Mine");
        var other = await host.CreateProjectAsync("Other");
        var key = (await browser.GetAsync($"/api/projects/{mine.Id}/keys")).AsArray()[0]!["id"];

        Assert.Equal(404, await browser.StatusAsync(HttpMethod.Delete, $"/api/projects/{other.Id}/keys/{key}"));
    }

    [Fact]
    public async Task The_bounds_refuse_and_name_their_setting()
    {
        await using var host = await ControlHost.StartAsync(settings: ["Headroom:Projects:MaxProjects=1", "Headroom:Projects:MaxKeys=3"]);
        var browser = await host.SignedInAsync();
        await host.CreateProjectAsync();

        using var project = await browser.SendAsync(HttpMethod.Post, "/api/projects", new { name = "Second" });
        Assert.Equal(409, (int)project.StatusCode);
        Assert.Contains("MaxProjects", await project.Content.ReadAsStringAsync(ControlHost.Cancel), StringComparison.Ordinal);
        Assert.Equal(201, await browser.StatusAsync(HttpMethod.Post, "/api/projects/1/keys", new { kind = "write", name = "Third" }));
        Assert.Equal(409, await browser.StatusAsync(HttpMethod.Post, "/api/projects/1/keys", new { kind = "write", name = "Fourth" }));
    }

    [Fact]
    public async Task The_ledger_adds_up()
    {
        await using var host = await ControlHost.StartAsync();
        var browser = await host.SignedInAsync();
        var project = await host.CreateProjectAsync();
        host.Services.GetRequiredService<WaitingEvents>().Acknowledged(new ProjectId(int.Parse(project.Id)), 5);

        var ledger = await browser.GetAsync($"/api/projects/{project.Id}/ledger");

        Assert.Equal("""{"received":15,"stored":6,"duplicates":3,"rejected":1,"waiting":5,"removed":{"retention":0,"deletion":0}}""", ledger.ToJsonString());
    }
}
