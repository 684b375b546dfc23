using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Running;

public sealed partial class ServerTests(SharedServer shared)
{
    [Fact]
    public async Task The_metrics_that_are_documented_are_the_metrics_that_there_are()
    {
        var project = await shared.NewProjectAsync();
        await project.SendAsync([ProjectClient.Event(Guid.CreateVersion7(), "measured", "ada")], TestContext.Current.CancellationToken);
        await project.StoredAsync(1);
        await project.TotalAsync("measured");

        var text = await shared.Server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        var exposed = TypeLine().Matches(text).Select(match => match.Groups[1].Value).ToHashSet();
        var lines = await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "docs", "metrics.md"), TestContext.Current.CancellationToken);
        lines = [.. lines.Where(line => line.StartsWith("| `headroom_", StringComparison.Ordinal))];
        var documented = lines.SelectMany(line => DocumentedName().Matches(line)).Select(match => match.Groups[1].Value).ToHashSet();

        // Some exist only once something has happened; their line says "only when".
        var always = lines.Where(line => !line.Contains("only when", StringComparison.Ordinal))
            .SelectMany(line => DocumentedName().Matches(line)).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.Empty(exposed.Except(documented));
        Assert.Empty(always.Except(exposed));
        Assert.NotEmpty(exposed);
    }

    [Fact]
    public async Task The_ledger_is_in_the_metrics()
    {
        var project = await shared.NewProjectAsync();
        await project.SendAsync([ProjectClient.Event(Guid.CreateVersion7(), "measured", "ada")], TestContext.Current.CancellationToken);
        await project.StoredAsync(1);
        var text = await shared.Server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Matches($$"""(?m)^headroom_ledger_events\S*\{[^}]*project="?{{Regex.Escape(project.Id)}}"?[^}]*\} """, text);
    }

    [Fact]
    public async Task Health_tells_each_part()
    {
        var http = shared.Server.Http;
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/health/live", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        var ready = JsonNode.Parse(await http.GetStringAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken))!;
        Assert.Equal("ready", (string?)ready["status"]);
        Assert.All(ready["parts"]!.AsArray(), part => Assert.Equal("ok", (string?)part!["status"]));
        Assert.Contains(ready["parts"]!.AsArray(), part => (string?)part!["name"] == "event_log");
    }

    [Fact]
    public async Task A_read_key_opens_its_own_project_and_no_other()
    {
        var mine = await shared.NewProjectAsync();
        var theirs = await shared.NewProjectAsync();
        await theirs.SendAsync([ProjectClient.Event(Guid.CreateVersion7(), "secret", "ada")], TestContext.Current.CancellationToken);
        await theirs.StoredAsync(1);

        foreach (var path in (string[])["events", "ledger", "live", "definitions/events"])
        {
            Assert.InRange((int)await StatusAsync(theirs.Id, path, mine.ReadKey), 401, 404);
            Assert.InRange((int)await StatusAsync(theirs.Id, path, mine.WriteKey), 401, 404);
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(theirs.Id, path, null));
        }
    }

    [Fact]
    public async Task The_API_is_described_by_an_OpenAPI_document()
    {
        var document = JsonNode.Parse(await shared.Server.Http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken))!;
        var paths = document["paths"]!.AsObject().Select(path => path.Key).ToList();
        Assert.Contains("/api/projects/{project}/query", paths);
        Assert.Contains("/api/session", paths);
        using var page = await shared.Server.Http.GetAsync(new Uri("/docs", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task The_app_is_served_with_hashed_assets_that_never_change()
    {
        var http = shared.Server.Http;
        using var page = await http.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        var policy = string.Join(' ', page.Headers.GetValues("Content-Security-Policy"));
        Assert.DoesNotContain("unsafe-inline", policy, StringComparison.Ordinal);
        var html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var script = AssetPath().Match(html).Groups[1].Value;
        Assert.NotEmpty(script);
        using var request = new HttpRequestMessage(HttpMethod.Get, script);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("br"));
        using var asset = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, asset.StatusCode);
        Assert.Contains("immutable", asset.Headers.CacheControl?.ToString() ?? "", StringComparison.Ordinal);
        Assert.Equal("br", asset.Content.Headers.ContentEncoding.Single());
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("serve")]
    public async Task At_a_taken_port_only_that_is_said_and_the_way_out(string command)
    {
        var data = Directory.CreateTempSubdirectory("headroom-test-").FullName;
        var (code, output, errors) = await HeadroomServer.RunAsync(command, "--data", data, "--urls", shared.Server.Address);
        Directory.Delete(data, recursive: true);
        Assert.Equal(1, code);
        Assert.Equal("", output);
        var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(shared.Server.Address, line, StringComparison.Ordinal);
        Assert.Contains("--urls", line, StringComparison.Ordinal);
    }

    private async Task<HttpStatusCode> StatusAsync(string project, string path, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/projects/{project}/{path}");
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        using var answer = await shared.Server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    [GeneratedRegex("^# TYPE (headroom_[a-z0-9_]+) ", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex("`(headroom_[a-z0-9_]+)`")]
    private static partial Regex DocumentedName();

    [GeneratedRegex("src=\"(/assets/[^\"]+\\.js)\"")]
    private static partial Regex AssetPath();
}
