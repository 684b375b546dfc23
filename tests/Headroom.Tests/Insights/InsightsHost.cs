using System.Security.Claims;
using System.Text.Json;
using Headroom.App.Insights;
using Headroom.App.Live;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Headroom.Tests.Sql;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Headroom.Tests.Insights;

/// <summary>The endpoints over HTTP, with one project (1, Europe/Berlin) and DuckDB tables for its store.</summary>
internal sealed class InsightsHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private readonly string _data;

    private InsightsHost(WebApplication app, DuckDbEvents store, FakeTimeProvider time, string data)
    {
        _app = app;
        _data = data;
        Store = store;
        Time = time;
        Client = app.GetTestClient();
    }

    public DuckDbEvents Store { get; }

    public FakeTimeProvider Time { get; }

    public HttpClient Client { get; }

    public LiveFeed Feed => _app.Services.GetRequiredService<LiveFeed>();

    public OpenAccess Access => (OpenAccess)_app.Services.GetRequiredService<IProjectAccess>();

    public WebApplication App => _app;

    public static async Task<InsightsHost> StartAsync(IReadOnlyList<TestEvent> events, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        var store = new DuckDbEvents(
            events, [(9, 1)], null, [new TestPerson(1, new Dictionary<string, object>()) { CreatedAt = TestEvent.Micros("2026-01-01T00:00:00Z") }])
        {
            KnownPerson = new Person(1, Guid.Parse("01890a5d-ac96-774b-bcce-b302099a8057"), TestEvent.Micros("2026-01-01T00:00:00Z"), true, "{\"email\":\"a@b.c\"}"),
        };
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-23T23:27:30Z"));
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton<IEventReader>(store);
        var data = Directory.CreateTempSubdirectory("headroom-insights-").FullName;
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("Headroom:DataDirectory", (string?)data)]);
        builder.Services.AddControl(builder.Configuration);
        builder.Services.AddSingleton<IProjectDirectory, OneProject>();
        builder.Services.AddSingleton<IProjectAccess, OpenAccess>();
        builder.Services.AddProblemDetails();
        // Not a direct call: the generator of documentation would replace it, which only the application's own project allows.
        Func<IServiceCollection, IServiceCollection> addOpenApi = OpenApiServiceCollectionExtensions.AddOpenApi;
        addOpenApi(builder.Services);
        builder.Services.AddInsights(builder.Configuration);
        builder.Services.AddLive(builder.Configuration);
        var app = builder.Build();
        app.MapOpenApi();
        var group = app.MapGroup("/api/projects/{project}");
        group.MapInsights();
        group.MapLive();
        await app.StartAsync();
        return new InsightsHost(app, store, time, data);
    }

    public async Task<(int Status, JsonElement Body)> GetAsync(string path)
    {
        using var response = await Client.GetAsync(new Uri("/api/projects/1" + path, UriKind.Relative));
        return ((int)response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
    }

    public async Task<(int Status, JsonElement Body)> QueryAsync(string json)
    {
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var response = await Client.PostAsync(new Uri("/api/projects/1/query", UriKind.Relative), content);
        return ((int)response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
    }

    internal sealed class OpenAccess : IProjectAccess
    {
        public bool IsOpen { get; set; } = true;

        public bool MayRead(ClaimsPrincipal user, ProjectId project) => IsOpen;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        Store.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_data, recursive: true);
    }

    internal sealed class OneProject : IProjectDirectory
    {
        private readonly ProjectInfo _project = new(new ProjectId(1), "One", TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), false, false, []);

        public IReadOnlyCollection<ProjectInfo> All => [_project];

        public bool TryGetByWriteKey(ReadOnlySpan<byte> writeKey, out ProjectInfo project)
        {
            project = null!;
            return false;
        }

        public bool TryGetByDomain(ReadOnlySpan<byte> domain, out ProjectInfo project)
        {
            project = null!;
            return false;
        }

        public bool TryGet(ProjectId id, out ProjectInfo project)
        {
            project = id.Value == 1 ? _project : null!;
            return id.Value == 1;
        }

        public ValueTask RefreshAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
