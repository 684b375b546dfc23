using System.Text.Json.Nodes;
using Headroom.App.Projects;
using Headroom.Cli;
using Headroom.Tests.Projects;
using Headroom.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headroom.Tests.Removal;

/// <summary>The whole server in this process: settings, previews and receipts over HTTP, and what is left in the answers.</summary>
public class RemovalEndpointsTests
{
    [Fact]
    public async Task A_deleted_person_is_gone_with_all_events_and_the_receipt_says_how_many()
    {
        await using var host = await Host.StartAsync();
        await host.CaptureAsync(
            Event("view", "anon"), Event("view", "ada"), Event("view", "ben"), Event("view", "ben"),
            """{"event":"$identify","distinct_id":"ada","properties":{"$anon_distinct_id":"anon"},"$set":{"email":"ada@example.com"}}""",
            """{"event":"$groupidentify","distinct_id":"ada","properties":{"$group_type":"company","$group_key":"c1"}}""");
        await host.LedgerAsync(static l => (long)l["stored"]! == 6);
        var ada = await host.PersonAsync("ada");
        var cohort = await host.SendAsync(HttpMethod.Post, "/cohorts", new { name = "Both", members = new { distinctIds = new[] { "ada", "ben" } } });
        Assert.Equal(2, (int)cohort.Body["size"]!);

        var asked = await host.SendAsync(HttpMethod.Delete, $"/persons/{ada}");
        Assert.Equal(202, asked.Status);
        Assert.Equal((ada, ControlHost.Email), ((string)asked.Body["person"]!, (string)asked.Body["requestedBy"]!));
        await host.CaptureAsync(Event("later", "ada"));
        var receipt = await host.DoneAsync((string)asked.Body["id"]!);
        Assert.Equal((4, 2), ((int)receipt["events"]!, (int)receipt["distinctIds"]!));
        Assert.True((int)receipt["segments"]! >= 1);
        Assert.Equal(64, ((string)receipt["checksum"]!).Length);
        Assert.Null(receipt["logClearedAt"]);
        Assert.Equal(DateTimeOffset.Parse((string)receipt["requestedAt"]!).AddHours(48), DateTimeOffset.Parse((string)receipt["logClearedBy"]!));
        Assert.DoesNotContain("ada@", receipt.ToJsonString().Replace(ControlHost.Email, "", StringComparison.Ordinal), StringComparison.Ordinal);

        var ledger = await host.LedgerAsync(static l => (long)l["stored"]! == 7);
        Assert.Equal((0, 4), ((int)ledger["removed"]!["retention"]!, (int)ledger["removed"]!["deletion"]!));
        Assert.Equal(["later", "view", "view"], (await host.GetAsync("/events?limit=50"))["events"]!.AsArray().Select(static e => (string)e!["event"]!).Order());

        // Who comes again is a new person without what the old one had.
        var again = (await host.GetAsync("/persons?search=ada"))["persons"]!.AsArray();
        Assert.Equal(["ada"], Assert.Single(again)!["distinctIds"]!.AsArray().Select(static d => (string)d!));
        Assert.Empty(again[0]!["properties"]!.AsObject());
        Assert.Equal(1, (int)(await host.GetAsync($"/cohorts/{(int)cohort.Body["id"]!}"))["size"]!);
        Assert.Equal([(string)asked.Body["id"]!], (await host.GetAsync("/deletions")).AsArray().Select(static d => (string)d!["id"]!));
    }

    [Fact]
    public async Task Who_is_not_there_cannot_be_deleted_and_who_may_only_read_may_not_delete_or_see_receipts()
    {
        await using var host = await Host.StartAsync();
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Delete, $"/persons/{Guid.NewGuid()}")).Status);
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Get, $"/deletions/{Guid.NewGuid()}")).Status);
        Assert.Equal("[]", (await host.GetAsync("/deletions")).ToJsonString());
        foreach (var (method, path) in new[] { (HttpMethod.Delete, $"/persons/{Guid.NewGuid()}"), (HttpMethod.Get, "/deletions"), (HttpMethod.Get, "/retention?days=3") })
        {
            Assert.Equal(403, await host.StatusWithReadKeyAsync(method, path));
        }
    }

    [Fact]
    public async Task Retention_is_shown_before_it_is_set_and_applied_soon_after()
    {
        await using var host = await Host.StartAsync();
        var old = TimeProvider.System.GetUtcNow().AddDays(-40);
        await host.CaptureAsync(Event("view", "ada", old), Event("view", "ada", old.AddDays(20)), Event("view", "ben"));
        await host.LedgerAsync(static l => (long)l["stored"]! == 3);
        var preview = await host.GetAsync("/retention?days=30");
        Assert.Equal((1, 3), ((int)preview["events"]!, (int)preview["totalEvents"]!));
        Assert.True((bool)preview["eventsExact"]!);
        Assert.Equal(TimeSpan.Zero, DateTimeOffset.Parse((string)preview["before"]!).TimeOfDay);
        Assert.Equal(0, (int)(await host.GetAsync("/retention?days=60"))["events"]!);

        foreach (var wrong in (int[])[-1, 36_501])
        {
            var refused = await host.SendAsync(HttpMethod.Patch, "", new { retentionDays = wrong });
            Assert.Equal((400, "retentionDays"), (refused.Status, Assert.Single(refused.Body["errors"]!.AsObject()).Key));
        }

        foreach (var days in (string[])["?days=0", "?days=x", "?days=", ""])
        {
            var refused = await host.SendAsync(HttpMethod.Get, "/retention" + days);
            Assert.Equal((400, "days"), (refused.Status, Assert.Single(refused.Body["errors"]!.AsObject()).Key));
        }

        Assert.Equal(30, (int)(await host.SendAsync(HttpMethod.Patch, "", new { retentionDays = 30 })).Body["retentionDays"]!);
        var ledger = await host.LedgerAsync(static l => (long)l["removed"]!["retention"]! == 1);
        Assert.Equal(((long)3, (long)3), ((long)ledger["received"]!, (long)ledger["stored"]!));
        Assert.Equal(2, (await host.GetAsync("/events?limit=50"))["events"]!.AsArray().Count);
        Assert.Null((await host.SendAsync(HttpMethod.Patch, "", new { retentionDays = 0 })).Body["retentionDays"]);
    }

    [Fact]
    public async Task Dropped_properties_are_not_stored_from_then_on()
    {
        await using var host = await Host.StartAsync();
        var set = await host.SendAsync(HttpMethod.Patch, "", new { droppedProperties = new[] { "secret", "secret", "größe" } });
        Assert.Equal(["secret", "größe"], set.Body["droppedProperties"]!.AsArray().Select(static n => (string)n!));
        await host.CaptureAsync("""{"event":"view","distinct_id":"ada","properties":{"secret":1,"größe":2,"plan":"pro"}}""");
        await host.LedgerAsync(static l => (long)l["stored"]! == 1);
        var names = (await host.GetAsync("/definitions/properties?limit=100")).ToJsonString();
        Assert.Contains("\"plan\"", names, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", names, StringComparison.Ordinal);

        var refused = await host.SendAsync(HttpMethod.Patch, "", new { droppedProperties = new[] { "plan", "$anon_distinct_id", "" } });
        Assert.Equal(["droppedProperties[1]", "droppedProperties[2]"], refused.Body["errors"]!.AsObject().Select(static e => e.Key).Order());
        refused = await host.SendAsync(HttpMethod.Patch, "", new { droppedProperties = Enumerable.Range(0, 101).Select(static i => "p" + i) });
        Assert.Equal(["droppedProperties"], refused.Body["errors"]!.AsObject().Select(static e => e.Key));
        Assert.Empty((await host.SendAsync(HttpMethod.Patch, "", new { droppedProperties = Array.Empty<string>() })).Body["droppedProperties"]!.AsArray());
    }

    private static string Event(string name, string distinctId, DateTimeOffset? at = null) => new JsonObject
    {
        ["event"] = name,
        ["distinct_id"] = distinctId,
        ["timestamp"] = (at ?? TimeProvider.System.GetUtcNow()).ToString("O"),
    }.ToJsonString();

    private sealed class Host : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly string _directory;
        private readonly HttpClient _http;
        private readonly CreatedProject _project;
        private readonly Browser _browser;

        private Host(WebApplication app, string directory, CreatedProject project)
        {
            (_app, _directory, _project) = (app, directory, project);
            _http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
            _browser = new Browser(new HttpClientHandler { UseCookies = false }, _http.BaseAddress);
        }

        public static async Task<Host> StartAsync()
        {
            var directory = Directory.CreateTempSubdirectory("headroom-removal-").FullName;
            var app = Server.Build(new ServerSettings(
                directory, "http://127.0.0.1:0", [], ["--Headroom:Access:PasswordIterations=1000", .. await PostgresData.ArgumentsAsync(directory)]));
            await app.StartAsync(ControlHost.Cancel);
            var made = ControlData.Require(await app.Services.GetRequiredService<ProjectCatalog>().CreateAsync(new NewProject("Test"), ControlHost.Cancel));
            var host = new Host(app, directory, made);
            using var answer = await host._browser.SendAsync(HttpMethod.Post, "/api/setup", new { email = ControlHost.Email, name = "Ada", password = ControlHost.Password });
            Assert.Equal(201, (int)answer.StatusCode);
            return host;
        }

        public async Task CaptureAsync(params string[] events)
        {
            var body = $$"""{"api_key":"{{_project.WriteKey}}","batch":[{{string.Join(',', events)}}]}""";
            using var answer = await _http.PostAsync(new Uri("/batch/", UriKind.Relative), new StringContent(body, System.Text.Encoding.UTF8, "application/json"), ControlHost.Cancel);
            Assert.True(answer.IsSuccessStatusCode);
        }

        public async Task<(int Status, JsonNode Body)> SendAsync(HttpMethod method, string path, object? body = null)
        {
            using var answer = await _browser.SendAsync(method, $"/api/projects/{_project.Project.Id}{path}", body);
            return ((int)answer.StatusCode, await Browser.ReadAsync(answer));
        }

        public async Task<JsonNode> GetAsync(string path)
        {
            var (status, body) = await SendAsync(HttpMethod.Get, path);
            Assert.Equal(200, status);
            return body;
        }

        public async Task<int> StatusWithReadKeyAsync(HttpMethod method, string path)
        {
            using var request = new HttpRequestMessage(method, $"/api/projects/{_project.Project.Id}{path}");
            request.Headers.Authorization = new("Bearer", _project.ReadKey);
            using var answer = await _http.SendAsync(request, ControlHost.Cancel);
            return (int)answer.StatusCode;
        }

        public async Task<string> PersonAsync(string distinctId) =>
            (string)Assert.Single((await GetAsync($"/persons?search={distinctId}"))["persons"]!.AsArray())!["uuid"]!;

        public Task<JsonNode> LedgerAsync(Func<JsonNode, bool> until) => UntilAsync("/ledger", l => (long)l["waiting"]! == 0 && until(l));

        public Task<JsonNode> DoneAsync(string deletion) => UntilAsync($"/deletions/{deletion}", static d => (string)d["state"]! == "done");

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
            Directory.Delete(_directory, recursive: true);
        }

        private async Task<JsonNode> UntilAsync(string path, Func<JsonNode, bool> until)
        {
            var asked = TimeProvider.System.GetTimestamp();
            while (true)
            {
                var body = await GetAsync(path);
                if (until(body))
                {
                    return body;
                }

                Assert.True(TimeProvider.System.GetElapsedTime(asked) < TimeSpan.FromSeconds(20), body.ToJsonString());
                await Task.Delay(TimeSpan.FromMilliseconds(50), ControlHost.Cancel);
            }
        }
    }
}
