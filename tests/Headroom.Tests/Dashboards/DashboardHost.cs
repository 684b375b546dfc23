using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.App.Projects;
using Headroom.App.Shared.Control;
using Headroom.Cli;
using Headroom.Tests.Projects;
using Headroom.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headroom.Tests.Dashboards;

/// <summary>The whole server with two projects, some page views in the first, and the owner signed in.</summary>
internal sealed class DashboardHost : IAsyncDisposable
{
    public const string Views =
        """{"kind":"trends","series":[{"event":"$pageview","filters":[{"property":"plan","values":["secret-plan","solo"]}]}],"range":{"last":2,"unit":"day"},"filters":[{"property":"person.email","operator":"is_not","values":["boss@example.com"]}]}""";

    private readonly WebApplication _app;
    private readonly string _directory;

    private DashboardHost(WebApplication app, string directory, string readKey, string otherKey)
    {
        (_app, _directory, ReadKey, OtherKey) = (app, directory, readKey, otherKey);
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        Owner = new Browser(new SocketsHttpHandler(), Http.BaseAddress);
    }

    public HttpClient Http { get; }

    public Browser Owner { get; }

    public string ReadKey { get; }

    /// <summary>Of the second project.</summary>
    public string OtherKey { get; }

    public static async Task<DashboardHost> StartAsync(params string[] settings)
    {
        var directory = Directory.CreateTempSubdirectory("headroom-dashboards-").FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "index.html"), "the app's page", ControlHost.Cancel);
        var app = Server.Build(new ServerSettings(
            directory, "http://127.0.0.1:0", [], [$"--Headroom:WebRoot={directory}", "--Headroom:Access:PasswordIterations=1000", .. await PostgresData.ArgumentsAsync(directory), .. settings]));
        await app.StartAsync(ControlHost.Cancel);
        var catalog = app.Services.GetRequiredService<ProjectCatalog>();
        var first = (await catalog.CreateAsync(new NewProject("First"), ControlHost.Cancel)).Value!;
        var second = (await catalog.CreateAsync(new NewProject("Second"), ControlHost.Cancel)).Value!;
        var host = new DashboardHost(app, directory, first.ReadKey, second.ReadKey);
        using var answer = await host.Owner.SendAsync(HttpMethod.Post, "/api/setup", new { email = ControlHost.Email, name = "Ada", password = ControlHost.Password });
        Assert.Equal(201, (int)answer.StatusCode);
        await host.CaptureAsync(first.WriteKey);
        return host;
    }

    /// <summary>A tile with page views, or with another question.</summary>
    public static string Tile(int x = 0, int y = 0, string query = Views, string more = "") =>
        $$"""{"title":"Views","query":{{query}},"x":{{x}},"y":{{y}},"width":6,"height":4{{more}}}""";

    public async Task<int> CreateAsync(string name = "Team", string tiles = "", int project = 1)
    {
        var made = await SendAsync(HttpMethod.Post, "", $$"""{"name":"{{name}}","tiles":[{{tiles}}]}""", project);
        Assert.True(made.Status == 201, made.Body.ToString());
        return made.Body.GetProperty("id").GetInt32();
    }

    /// <summary>Lets a link's time be over.</summary>
    public async Task ExpireAsync(int share)
    {
        await using var context = await _app.Services.GetRequiredService<ControlDatabase>().OpenAsync(ControlHost.Cancel);
        var row = await context.DashboardShares.SingleAsync(s => s.Id == share, ControlHost.Cancel);
        row.ExpiresAt = TimeProvider.System.GetUtcNow();
        await context.SaveChangesAsync(ControlHost.Cancel);
    }

    public async Task<string> ShareAsync(int dashboard, string more = "")
    {
        var made = await SendAsync(HttpMethod.Post, $"/{dashboard}/shares", $$"""{"name":"Wall"{{more}}}""");
        Assert.True(made.Status == 201, made.Body.ToString());
        return made.Body.GetProperty("token").GetString()!;
    }

    /// <summary>As the owner, below the dashboards of a project.</summary>
    public async Task<(int Status, JsonElement Body, string? Tag)> SendAsync(HttpMethod method, string path, string? json = null, int project = 1, string? ifMatch = null)
    {
        using var answer = await Owner.SendAsync(
            method, $"/api/projects/{project}/dashboards{path}", json is null ? null : JsonNode.Parse(json), ifMatch is null ? null : ("If-Match", ifMatch));
        return await ReadAsync(answer);
    }

    /// <summary>As nobody, or as a program with a key.</summary>
    public async Task<(int Status, JsonElement Body, string? Tag)> AskAsync(string path, string? key = null, HttpMethod? method = null, string? json = null, string? ifNoneMatch = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        if (ifNoneMatch is not null)
        {
            request.Headers.IfNoneMatch.ParseAdd(ifNoneMatch);
        }

        using var answer = await Http.SendAsync(request, ControlHost.Cancel);
        return await ReadAsync(answer);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task<(int Status, JsonElement Body, string? Tag)> ReadAsync(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync(ControlHost.Cancel);
        var json = answer.Content.Headers.ContentType?.MediaType?.Contains("json", StringComparison.Ordinal) is true;
        return ((int)answer.StatusCode, json ? JsonElement.Parse(body) : default, answer.Headers.ETag?.ToString());
    }

    private async Task CaptureAsync(string writeKey)
    {
        var events = string.Join(',', Enumerable.Range(0, 5).Select(static i =>
            $$$"""{"event":"$pageview","distinct_id":"u{{{i}}}","properties":{"plan":"{{{(i < 3 ? "solo" : "team")}}}","$browser":"{{{(i == 0 ? "Firefox" : "Chrome")}}}"}}"""));
        var sent = await AskAsync("/batch/", null, HttpMethod.Post, $$"""{"api_key":"{{writeKey}}","batch":[{{events}}]}""");
        Assert.Equal(200, sent.Status);
        var asked = TimeProvider.System.GetTimestamp();
        while ((await AskAsync("/api/projects/1/ledger", ReadKey)).Body.GetProperty("stored").GetInt64() < 5)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(asked) < TimeSpan.FromSeconds(20), "the events are stored");
            await Task.Delay(TimeSpan.FromMilliseconds(50), ControlHost.Cancel);
        }
    }
}
