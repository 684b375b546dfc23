using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Headroom.Tests;

/// <summary>The contract that the web app's types are made from, the page to browse it, and what answers tell a browser.</summary>
public sealed partial class ApiDocumentTests
{
    private const string Refresh = "HEADROOM_REFRESH_OPENAPI=1";

    [Fact]
    public async Task The_committed_document_is_the_servers()
    {
        await using var server = await Running.StartAsync();
        var answer = await server.Http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken);
        var document = answer.ReplaceLineEndings("\n").TrimEnd() + "\n";
        var file = Path.Combine(RepositoryRoot(), "docs", "openapi.json");
        if (Environment.GetEnvironmentVariable("HEADROOM_REFRESH_OPENAPI") == "1")
        {
            await File.WriteAllTextAsync(file, document, TestContext.Current.CancellationToken);
        }

        Assert.True(
            await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken) == document,
            $"docs/openapi.json is not what the server says. Run this test once with {Refresh}, then npm run types in web/, and commit both.");
    }

    /// <summary>The generator loses members of types that are made of themselves.</summary>
    [Fact]
    public async Task Every_member_of_a_schema_says_what_it_is()
    {
        await using var server = await Running.StartAsync();
        var answer = await server.Http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken);
        foreach (var schema in JsonElement.Parse(answer).GetProperty("components").GetProperty("schemas").EnumerateObject())
        {
            if (schema.Value.TryGetProperty("properties", out var members))
            {
                Assert.All(members.EnumerateObject(), member => Assert.True(
                    member.Value.EnumerateObject().Any(static m => m.Name is "type" or "$ref" or "oneOf" or "enum"), $"{schema.Name}.{member.Name}: {member.Value}"));
            }
        }
    }

    [Theory]
    [InlineData("get", "/api/session", "")]
    [InlineData("get", "/api/shared/{token}/tiles/{tile}", "")]
    [InlineData("get", "/api/projects/{project}/events", "session|readKey")]
    [InlineData("post", "/api/projects/{project}/query", "session|readKey")]
    [InlineData("post", "/api/projects/{project}/cohorts", "session+csrfToken")]
    [InlineData("get", "/api/projects/{project}/keys", "session")]
    [InlineData("delete", "/api/projects/{project}/persons/{uuid}", "session+csrfToken")]
    public async Task An_operation_says_who_may_call_it(string method, string path, string schemes)
    {
        await using var server = await Running.StartAsync();
        var document = JsonElement.Parse(await server.Http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken));
        Assert.Equal(["csrfToken", "readKey", "session"], document.GetProperty("components").GetProperty("securitySchemes").EnumerateObject().Select(static s => s.Name).Order());
        var operation = document.GetProperty("paths").GetProperty(path).GetProperty(method);
        Assert.Equal(schemes, operation.TryGetProperty("security", out var security)
            ? string.Join('|', security.EnumerateArray().Select(static s => string.Join('+', s.EnumerateObject().Select(static one => one.Name)))) : "");
    }

    [Fact]
    public async Task The_page_of_the_contract_runs_only_its_own_scripts()
    {
        await using var server = await Running.StartAsync();
        using var answer = await server.Http.GetAsync(new Uri("/docs/", UriKind.Relative), TestContext.Current.CancellationToken);
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        var scripts = Scripts().Matches(page);
        var nonce = Nonce().Match(policy).Groups[1].Value;
        Assert.NotEmpty(nonce);
        Assert.NotEmpty(scripts);
        Assert.All(scripts, script => Assert.Contains($"nonce=\"{nonce}\"", script.Value, StringComparison.Ordinal));
        Assert.DoesNotContain("'unsafe", policy.Split(';').Single(part => part.Contains("script-src", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("same-origin", answer.Headers.GetValues("Referrer-Policy").Single());
    }

    [Theory]
    [InlineData("/api/session", HttpStatusCode.OK)]
    [InlineData("/api/projects", HttpStatusCode.Unauthorized)]
    [InlineData("/api/nothing", HttpStatusCode.NotFound)]
    public async Task An_answer_of_the_api_is_neither_kept_nor_framed_nor_guessed_at(string path, HttpStatusCode status)
    {
        await using var server = await Running.StartAsync();
        using var answer = await server.Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(status, answer.StatusCode);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/health/ready", HttpStatusCode.OK)]
    [InlineData("/health/live", HttpStatusCode.OK)]
    [InlineData("/health/redy", HttpStatusCode.NotFound)]
    [InlineData("/api/nothing", HttpStatusCode.NotFound)]
    public async Task Asking_for_the_head_alone_is_answered_by_the_endpoint_not_by_the_apps_page(string path, HttpStatusCode status)
    {
        await using var server = await Running.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, new Uri(path, UriKind.Relative));
        using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(status, answer.StatusCode);
        Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Headroom.slnx")))
        {
            directory = directory.Parent;
        }

        return directory.FullName;
    }

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Scripts();

    [GeneratedRegex("'nonce-([^']+)'")]
    private static partial Regex Nonce();

    private sealed class Running(WebApplication app, string directory) : IAsyncDisposable
    {
        public HttpClient Http { get; } = new() { BaseAddress = new Uri(app.Urls.First()) };

        public static async Task<Running> StartAsync()
        {
            var directory = Directory.CreateTempSubdirectory("headroom-document-").FullName;
            var app = Server.Build(new ServerSettings(directory, "http://127.0.0.1:0", [], []));
            await app.StartAsync(TestContext.Current.CancellationToken);
            return new Running(app, directory);
        }

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            await app.StopAsync(CancellationToken.None);
            await app.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }
    }
}
