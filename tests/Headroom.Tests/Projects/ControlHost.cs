using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Headroom.App.Access;
using Headroom.App.Projects;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Headroom.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Headroom.Tests.Projects;

/// <summary>The slices Projects and Access over a data directory of their own, served in memory.</summary>
internal sealed class ControlHost : IAsyncDisposable
{
    public const string Email = "ada@example.com";
    public const string Password = "correct horse";

    private readonly WebApplication _app;
    private readonly bool _ownsDirectory;

    private ControlHost(WebApplication app, string dataDirectory, bool ownsDirectory)
    {
        _app = app;
        DataDirectory = dataDirectory;
        _ownsDirectory = ownsDirectory;
    }

    public string DataDirectory { get; }

    public string DatabasePath => Path.Combine(DataDirectory, "control.db");

    public IServiceProvider Services => _app.Services;

    internal ControlDatabase Database => Services.GetRequiredService<ControlDatabase>();

    internal ControlDirectory Directory => Services.GetRequiredService<ControlDirectory>();

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<ControlHost> StartAsync(
        TimeProvider? time = null, string? dataDirectory = null, Action<IServiceCollection>? configure = null, Action<RouteGroupBuilder>? map = null,
        params string[] settings)
    {
        var directory = dataDirectory ?? System.IO.Directory.CreateTempSubdirectory("headroom-control-").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Headroom:DataDirectory"] = directory,
            ["Headroom:Access:PasswordIterations"] = "1000",
        });
        builder.Configuration.AddInMemoryCollection(await PostgresData.SettingsAsync(directory));
        builder.Configuration.AddInMemoryCollection(settings.Select(s => s.Split('=', 2)).ToDictionary(s => s[0], s => (string?)s[1]));
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        if (time is not null)
        {
            builder.Services.AddSingleton(time);
        }

        builder.Services.AddProjects(builder.Configuration);
        builder.Services.AddAccess(builder.Configuration);
        builder.Services.AddSingleton<WaitingEvents>();
        builder.Services.AddSingleton<IEventStore, LedgerStore>();
        builder.Services.AddProblemDetails();
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseRateLimiter();
        app.MapAccess();
        app.MapProjects();
        app.MapMembers();
        map?.Invoke(app.MapProjectGroup());
        app.MapProjectGroup().MapPost("/query", () => Results.Ok()).ReadsOnly();
        app.MapProjectGroup().MapPost("/unmarked", () => Results.Ok());
        await app.StartAsync(Cancel);
        return new ControlHost(app, directory, dataDirectory is null);
    }

    /// <summary>A browser without a session yet.</summary>
    public Browser Browse(string scheme = "http") => new(_app.GetTestServer().CreateHandler(), new Uri($"{scheme}://headroom.test"));

    /// <summary>A browser that made the owner and is signed in.</summary>
    public async Task<Browser> SignedInAsync()
    {
        var browser = Browse();
        using var answer = await browser.SendAsync(HttpMethod.Post, "/api/setup", new { email = Email, name = "Ada", password = Password });
        Assert.Equal(201, (int)answer.StatusCode);
        return browser;
    }

    /// <summary>A program that has a key.</summary>
    public HttpClient Program(string key)
    {
        var client = _app.GetTestClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    public async Task<(string Id, string WriteKey, string ReadKey)> CreateProjectAsync(string name = "Shop")
    {
        var created = await Services.GetRequiredService<ProjectCatalog>().CreateAsync(new NewProject(name), Cancel);
        Assert.Null(created.Refusal);
        return (created.Value!.Project.Id, created.Value.WriteKey, created.Value.ReadKey);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        if (_ownsDirectory)
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            System.IO.Directory.Delete(DataDirectory, recursive: true);
        }
    }
}

/// <summary>Keeps the session cookie and the antiforgery token as a browser and the app would.</summary>
internal sealed class Browser(HttpMessageHandler handler, Uri address)
{
    private readonly HttpClient _client = new(handler) { BaseAddress = address };
    private readonly string _cookieName = address.Scheme == "https" ? "__Host-headroom_session" : "headroom_session";

    public string? Cookie { get; set; }

    public string? Token { get; set; }

    /// <summary>The attributes of the cookie that was set last.</summary>
    public string? SetCookie { get; private set; }

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body = null, (string Name, string Value)? header = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body);
        }

        if (Cookie is not null)
        {
            request.Headers.Add("Cookie", $"{_cookieName}={Cookie}");
        }

        if (Token is not null)
        {
            request.Headers.Add("X-CSRF-Token", Token);
        }

        if (header is { } extra)
        {
            request.Headers.Add(extra.Name, extra.Value);
        }

        var answer = await _client.SendAsync(request, ControlHost.Cancel);
        if (answer.Headers.TryGetValues("Set-Cookie", out var set))
        {
            SetCookie = set.Single();
            var value = SetCookie.Split(';')[0][(_cookieName.Length + 1)..];
            Cookie = value.Length > 0 ? value : null;
        }

        if (path is "/api/session" or "/api/setup" && answer.IsSuccessStatusCode && answer.StatusCode != System.Net.HttpStatusCode.NoContent)
        {
            Token = (string?)(await ReadAsync(answer))["csrfToken"] is { Length: > 0 } token ? token : null;
        }

        return answer;
    }

    public async Task<JsonNode> GetAsync(string path)
    {
        using var answer = await SendAsync(HttpMethod.Get, path);
        Assert.Equal(200, (int)answer.StatusCode);
        return await ReadAsync(answer);
    }

    public async Task<int> StatusAsync(HttpMethod method, string path, object? body = null)
    {
        using var answer = await SendAsync(method, path, body);
        return (int)answer.StatusCode;
    }

    public static async Task<JsonNode> ReadAsync(HttpResponseMessage answer) =>
        JsonNode.Parse(await answer.Content.ReadAsStringAsync(ControlHost.Cancel))!;
}

/// <summary>A clock that is set by hand; its timers are real, so that a jump of days does not fire each of them a million times.</summary>
internal sealed class JumpingTime(DateTimeOffset now) : TimeProvider
{
    private DateTimeOffset _now = now;

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan by) => _now += by;
}

/// <summary>Knows a ledger and nothing else.</summary>
internal sealed class LedgerStore : IEventStore
{
    public LogPosition Committed => default;

    public StoreHealth Health => new(null, null, 0, 0, false);

    public LedgerCounts Ledger(ProjectId project) => new(10, 6, 3, 1);

    public IStoreBatch BeginBatch() => throw new NotSupportedException();

    public IReadOnlyDictionary<string, long> FindPersons(ProjectId project, IReadOnlyCollection<string> distinctIds) => throw new NotSupportedException();

    public Person? GetPerson(ProjectId project, long key) => throw new NotSupportedException();

    public long LastPersonKey(ProjectId project) => throw new NotSupportedException();

    public ValueTask<long> ReadOpenSessionsAsync(long since, IOpenSessionSink sink, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
