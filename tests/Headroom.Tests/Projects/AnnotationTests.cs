using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Headroom.Tests.Projects;

public class AnnotationTests
{
    [Fact]
    public async Task A_note_is_written_read_in_order_changed_and_deleted()
    {
        await using var host = await ControlHost.StartAsync();
        var browser = await host.SignedInAsync();
        var (project, _, readKey) = await host.CreateProjectAsync();
        var notes = $"/api/projects/{project}/annotations";
        using var late = await browser.SendAsync(HttpMethod.Post, notes, new { at = "2026-11-25T12:00:00+01:00", text = "  Launch <b>1.0</b> " });
        Assert.Equal(201, (int)late.StatusCode);
        var made = JsonNode.Parse(await late.Content.ReadAsStringAsync(ControlHost.Cancel))!;
        Assert.Equal(("Launch <b>1.0</b>", "Ada"), ((string)made["text"]!, (string)made["author"]!));
        Assert.Equal(DateTimeOffset.Parse("2026-11-25T11:00:00Z", null), (DateTimeOffset)made["at"]!);
        using var early = await browser.SendAsync(HttpMethod.Post, notes, new { at = "2026-11-01T00:00:00Z", text = "Campaign" });
        Assert.Equal(201, (int)early.StatusCode);

        // Who has the read key sees them, and writes none.
        using var program = host.Program(readKey);
        Assert.Equal(["Campaign", "Launch <b>1.0</b>"], await TextsAsync(program, notes));
        using var refused = await program.PostAsJsonAsync(notes, new { at = "2026-11-01T00:00:00Z", text = "x" }, ControlHost.Cancel);
        Assert.Equal(403, (int)refused.StatusCode);

        using var changed = await browser.SendAsync(HttpMethod.Patch, $"{notes}/{made["id"]}", new { text = "Launched" });
        Assert.Equal(200, (int)changed.StatusCode);
        Assert.Equal(made["at"]!.ToJsonString(), JsonNode.Parse(await changed.Content.ReadAsStringAsync(ControlHost.Cancel))!["at"]!.ToJsonString());
        using var deleted = await browser.SendAsync(HttpMethod.Delete, $"{notes}/{made["id"]}");
        Assert.Equal(204, (int)deleted.StatusCode);
        Assert.Equal(["Campaign"], await TextsAsync(program, notes));
    }

    [Fact]
    public async Task A_note_of_another_project_is_not_there()
    {
        await using var host = await ControlHost.StartAsync();
        var browser = await host.SignedInAsync();
        var (one, _, _) = await host.CreateProjectAsync("One");
        var (other, _, otherKey) = await host.CreateProjectAsync("Other");
        using var made = await browser.SendAsync(HttpMethod.Post, $"/api/projects/{one}/annotations", new { at = "2026-11-01T00:00:00Z", text = "Secret" });
        var id = JsonNode.Parse(await made.Content.ReadAsStringAsync(ControlHost.Cancel))!["id"];
        using var changed = await browser.SendAsync(HttpMethod.Patch, $"/api/projects/{other}/annotations/{id}", new { text = "Mine" });
        using var deleted = await browser.SendAsync(HttpMethod.Delete, $"/api/projects/{other}/annotations/{id}");
        Assert.Equal((404, 404), ((int)changed.StatusCode, (int)deleted.StatusCode));
        using var program = host.Program(otherKey);
        Assert.Empty(await TextsAsync(program, $"/api/projects/{other}/annotations"));
        using var foreign = await program.GetAsync(new Uri($"/api/projects/{one}/annotations", UriKind.Relative), ControlHost.Cancel);
        Assert.Equal(403, (int)foreign.StatusCode);
    }

    [Theory]
    [InlineData("""{"text":"x"}""", "at")]
    [InlineData("""{"at":"2026-11-01T00:00:00Z"}""", "text")]
    [InlineData("""{"at":"2026-11-01T00:00:00Z","text":"  "}""", "text")]
    [InlineData("""{"at":"1969-12-31T23:59:59Z","text":"x"}""", "at")]
    [InlineData("""{"at":"2200-01-01T00:00:00Z","text":"x"}""", "at")]
    public async Task What_is_wrong_is_named(string json, string field)
    {
        await using var host = await ControlHost.StartAsync();
        var browser = await host.SignedInAsync();
        var (project, _, _) = await host.CreateProjectAsync();
        using var answer = await browser.SendAsync(HttpMethod.Post, $"/api/projects/{project}/annotations", JsonNode.Parse(json));
        Assert.Equal(400, (int)answer.StatusCode);
        var errors = JsonNode.Parse(await answer.Content.ReadAsStringAsync(ControlHost.Cancel))!["errors"]!.AsObject();
        Assert.Equal([field], errors.Select(e => e.Key));
    }

    [Fact]
    public async Task A_longer_text_than_fits_is_refused()
    {
        await using var host = await ControlHost.StartAsync();
        var browser = await host.SignedInAsync();
        var (project, _, _) = await host.CreateProjectAsync();
        using var fits = await browser.SendAsync(HttpMethod.Post, $"/api/projects/{project}/annotations", new { at = "2026-11-01T00:00:00Z", text = new string('x', 400) });
        using var longer = await browser.SendAsync(HttpMethod.Post, $"/api/projects/{project}/annotations", new { at = "2026-11-01T00:00:00Z", text = new string('x', 401) });
        Assert.Equal((201, 400), ((int)fits.StatusCode, (int)longer.StatusCode));
    }

    private static async Task<IReadOnlyList<string>> TextsAsync(HttpClient client, string notes) =>
        [.. (await client.GetFromJsonAsync<JsonArray>(notes, ControlHost.Cancel))!.Select(n => (string)n!["text"]!)];
}
