using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Headroom.App.Insights;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Tests.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Headroom.Tests.Insights;

/// <summary>
/// The SQL endpoints over HTTP on a real store with two projects; the API is project 1's. Person 2 has become person 1,
/// "Plan" and "plan" are two properties, and price came as a number and as a text.
/// </summary>
public class SqlHost : IAsyncDisposable
{
    private readonly StoreFixture _fixture;
    private readonly WebApplication _app;

    public SqlHost()
        : this(20)
    {
    }

    protected SqlHost(int timeoutSeconds)
    {
        _fixture = new StoreFixture(static o => (o.QueryMemoryMegabytes, o.QuerySpillMegabytes) = (512, 64));
        FillAsync(_fixture).GetAwaiter().GetResult();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        builder.Configuration["Headroom:Insights:TimeoutSeconds"] = timeoutSeconds.ToString();
        builder.Configuration["Headroom:Insights:MaxSqlRows"] = "5000";
        builder.Configuration["Headroom:Insights:MaxSqlMegabytes"] = "1";
        builder.Services.AddSingleton<IEventReader>(_fixture.Store);
        builder.Services.AddSingleton<ISqlReader>(_fixture.Store);
        builder.Services.AddSingleton<IProjectDirectory, InsightsHost.OneProject>();
        builder.Services.AddProblemDetails();
        builder.Services.AddInsights(builder.Configuration);
        _app = builder.Build();
        _app.MapGroup("/api/projects/{project}").MapSql();
        _app.StartAsync().GetAwaiter().GetResult();
        Client = _app.GetTestClient();
        Root = Path.GetFullPath(_fixture.Options.DataDirectory);
    }

    public HttpClient Client { get; }

    /// <summary>The data directory.</summary>
    public string Root { get; }

    /// <summary>A segment of the other project.</summary>
    public string OtherSegment => Directory.EnumerateFiles(Path.Combine(Root, "segments", "2"), "*.parquet").First();

    /// <summary>A segment of this project.</summary>
    public string OwnSegment => Directory.EnumerateFiles(Path.Combine(Root, "segments", "1"), "*.parquet").First();

    internal Headroom.Store.SegmentStore Store => _fixture.Store;

    internal Headroom.Store.StoreOptions Options => _fixture.Options;

    public async Task<HttpResponseMessage> SendAsync(string sql, string? format = null, int? limit = null, CancellationToken cancellationToken = default, params object?[] parameters)
    {
        var body = JsonSerializer.Serialize(new { sql, parameters, format, limit });
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await Client.PostAsync(new Uri("/api/projects/1/sql", UriKind.Relative), content, cancellationToken);
    }

    public async Task<(int Status, JsonElement Body, TimeSpan Took)> AskAsync(string sql, int? limit = null, params object?[] parameters)
    {
        var started = Stopwatch.GetTimestamp();
        using var response = await SendAsync(sql, null, limit, CancellationToken.None, parameters);
        return ((int)response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()), Stopwatch.GetElapsedTime(started));
    }

    /// <summary>The rows as JSON.</summary>
    public async Task<string> RowsAsync(string sql, params object?[] parameters)
    {
        var (status, body, _) = await AskAsync(sql, null, parameters);
        return status == 200 ? body.GetProperty("rows").GetRawText() : $"{status} {body.GetRawText()}";
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        await _fixture.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private static async Task FillAsync(StoreFixture fixture)
    {
        await fixture.CommitAsync(1,
            Row(1, 1, "$pageview", "anon", 2, "s1", 0, ("$pathname", "/"), ("Plan", "team"), ("price", 12.0), ("$channel", "Direct")),
            Row(1, 2, "$pageview", "anon", 2, "s1", 60, ("$pathname", "/pricing"), ("plan", "solo"), ("price", "free"), ("ok", true)),
            Row(1, 3, "bought", "u1", 1, "s1", 90.5, ("tags", new Json("[\"a\",\"b\"]")), ("label", "=1+1"), ("only_text", "x")),
            Row(2, 4, "secret", "theirs", 1, "s9", 0, ("password", "hunter2"), ("$pathname", "/theirs")));
        using (var batch = fixture.Store.BeginBatch())
        {
            Row(1, 5, "bought", "u3", 3, null, 86_400, ("event", "shadow"), ("t:odd", "o")).AddTo(batch);
            batch.Identities.Persons.Add((new ProjectId(1), new Person(1, Guid.Parse("01890a5d-ac96-774b-bcce-b302099a8057"), StoreFixture.Micros(0), true, """{"email":"a@b.example","Plan":"team","plan":"solo","age":42}""")));
            batch.Identities.Persons.Add((new ProjectId(1), new Person(3, StoreFixture.Uuid(300), StoreFixture.Micros(0), false, """{"age":"old"}""")));
            batch.Identities.Persons.Add((new ProjectId(2), new Person(1, StoreFixture.Uuid(301), StoreFixture.Micros(0), true, """{"email":"hunter2"}""")));
            batch.Identities.Merges.Add((new ProjectId(1), 2, 1));
            await batch.CommitAsync(2, CancellationToken.None);
        }
    }

    private static TestRow Row(int project, int uuid, string name, string distinctId, long person, string? session, double seconds, params (string, object)[] properties) =>
        new(project, uuid, name, distinctId, person, session, StoreFixture.Micros(seconds)) { Properties = properties };

    private sealed record Json(string Text)
    {
        public override string ToString() => Text;
    }
}

/// <summary>For statements that would run for ever.</summary>
public sealed class ImpatientSqlHost() : SqlHost(3);
