using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Headroom.App.Projects;
using Headroom.Cli;
using Xunit;

namespace Headroom.Tests;

/// <summary>The whole server in this process, over real HTTP: from an SDK's request to a trend.</summary>
public sealed class ServerTests
{
    private const string First = "01890a5d-ac96-774b-bcce-b302099a8057";

    [Fact]
    public async Task What_an_sdk_sends_is_in_a_trend_once_and_the_ledger_adds_up()
    {
        await using var server = await RunningServer.StartAsync();
        var batch = $$$"""
            {"api_key":"{{{server.WriteKey}}}","batch":[
              {"uuid":"{{{First}}}","event":"viewed","distinct_id":"anon","properties":{"plan":"team","price":12}},
              {"event":"viewed","distinct_id":"u1","properties":{"plan":"solo","price":3}},
              {"event":"$identify","distinct_id":"u1","properties":{"$anon_distinct_id":"anon"},"$set":{"email":"a@b.example"}}]}
            """;
        Assert.Equal("{\"status\":1}", await server.CaptureAsync(batch));
        Assert.Equal("{\"status\":1}", await server.CaptureAsync(
            $$$"""{"api_key":"{{{server.WriteKey}}}","batch":[{"uuid":"{{{First}}}","event":"viewed","distinct_id":"anon"}]}"""));
        var ledger = await server.StoredAsync(3);
        Assert.Equal((4, 3, 1, 0, 0), ledger);

        var answer = await server.QueryAsync("""
            {"kind":"trends","series":[{"event":"viewed","math":"total"},{"event":"viewed","math":"unique_persons"},
             {"event":"viewed","math":"sum","property":"price"}],"range":{"last":2,"unit":"day"},"interval":"day"}
            """);
        Assert.Equal([2.0, 1.0, 15.0], answer.GetProperty("series").EnumerateArray().Select(series => series.GetProperty("total").GetDouble()));
    }

    [Fact]
    public async Task Sql_is_answered_to_a_read_key_of_the_project_and_nobody_else()
    {
        await using var server = await RunningServer.StartAsync();
        await server.CaptureAsync($$$"""{"api_key":"{{{server.WriteKey}}}","event":"tick","distinct_id":"u","properties":{"$session_id":"s","n":2}}""");
        await server.StoredAsync(1);
        Assert.Equal((200, "[[\"tick\",2,1]]"), await server.SqlAsync("SELECT event, n, (SELECT events FROM sessions) FROM events", server.ReadKey));
        Assert.Equal(400, (await server.SqlAsync("SELECT * FROM '/etc/passwd'", server.ReadKey)).Status);
        Assert.Equal(401, (await server.SqlAsync("SELECT 1", server.WriteKey)).Status);
        Assert.Equal(401, (await server.SqlAsync("SELECT 1", "hrr_none")).Status);
        Assert.Equal(403, (await server.SqlAsync("SELECT 1", server.ReadKey, "2")).Status);
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_restart()
    {
        await using var first = await RunningServer.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            await first.CaptureAsync($$$"""{"api_key":"{{{first.WriteKey}}}","event":"tick","distinct_id":"u{{{i % 5}}}","properties":{"n":{{{i}}}}}""");
        }

        await using var second = await first.RestartAsync();
        Assert.Equal((20, 20, 0, 0, 0), await second.StoredAsync(20));
        var answer = await second.QueryAsync("""
            {"kind":"trends","series":[{"event":"tick","math":"unique_persons"}],"range":{"last":2,"unit":"day"},"interval":"day"}
            """);
        Assert.Equal(5, answer.GetProperty("series")[0].GetProperty("total").GetDouble());
    }

    [Fact]
    public async Task A_restarted_server_reads_open_sessions_at_the_first_event_and_goes_on_with_them()
    {
        await using var first = await RunningServer.StartAsync();
        var body = $$$"""{"api_key":"{{{first.WriteKey}}}","batch":[{"event":"tick","distinct_id":"u"},{"event":"tick","distinct_id":"v"}]}""";
        await first.CaptureAsync(body);
        Assert.Equal((2, 2, 0, 0, 0), await first.StoredAsync(2));

        await using var second = await first.RestartAsync();
        Assert.Equal(0, await second.MetricAsync("headroom_store_query_engines", 0));
        await second.CaptureAsync(body);
        Assert.Equal((4, 4, 0, 0, 0), await second.StoredAsync(4));
        Assert.Equal(1, await second.MetricAsync("headroom_store_query_engines", 1));
        Assert.Equal(
            (200, """[["u",2,1],["v",2,1]]"""),
            await second.SqlAsync("SELECT distinct_id, count(*), count(DISTINCT session_id) FROM events GROUP BY 1 ORDER BY 1", second.ReadKey));
    }

    [Fact]
    public async Task An_unknown_key_is_refused_and_every_part_says_that_it_is_well()
    {
        await using var server = await RunningServer.StartAsync();
        using var refused = await server.Http.PostAsync(
            new Uri("/e/", UriKind.Relative), new StringContent("{\"api_key\":\"hrw_none\",\"event\":\"a\",\"distinct_id\":\"u\"}"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        var ready = await server.Http.GetFromJsonAsync<JsonElement>(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal("ready", ready.GetProperty("status").GetString());
        Assert.Equal(["alerting", "capture", "control", "event_log", "event_store", "writer"], ready.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("name").GetString()));
        var metrics = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("headroom_ledger_events", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Head_is_answered_as_get_without_a_body()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var path in (string[])["/docs/", "/docs/scalar.js", "/openapi/v1.json", "/health/live", "/health/ready", "/metrics", "/", "/openapi/none.json"])
        {
            using var get = await server.Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            using var request = new HttpRequestMessage(HttpMethod.Head, new Uri(path, UriKind.Relative));
            using var head = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((path, get.StatusCode, get.Content.Headers.ContentType), (path, head.StatusCode, head.Content.Headers.ContentType));
            Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task The_bytes_on_the_way_from_the_log_to_the_app_are_measured()
    {
        await using var server = await RunningServer.StartAsync();
        await server.CaptureAsync($$$"""{"api_key":"{{{server.WriteKey}}}","event":"seen","distinct_id":"u1"}""");
        await server.StoredAsync(1);
        await server.QueryAsync("""{"kind":"trends","series":[{"event":"seen","math":"total"}],"range":{"last":2,"unit":"day"},"interval":"day"}""");

        var metrics = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Matches("""(?m)^headroom_log_consumer_lag_bytes\{.*consumer="writer".*\} \d""", metrics);
        Assert.Matches("""(?m)^headroom_store_query_bytes_total\S* [1-9]""", metrics);
        Assert.Matches("""(?m)^headroom_api_response_bytes_total\{.*route="[^"]*/query".*\} [1-9]""", metrics);
    }

    [Fact]
    public async Task A_callers_trace_id_is_in_the_answer_that_refuses_him()
    {
        await using var server = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/session", UriKind.Relative));
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        request.Content = JsonContent.Create(new { email = "nobody@example.com", password = "wrong password" });
        using var refused = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var problem = await refused.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", problem.GetProperty("traceId").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_capture_took_and_refused_is_in_its_own_metrics()
    {
        await using var server = await RunningServer.StartAsync();
        var before = await CountsAsync();
        var body = $$"""{"api_key":"{{server.WriteKey}}","event":"tick","distinct_id":"u"}""";
        await server.CaptureAsync(body);
        using var refused = await server.Http.PostAsync(
            new Uri("/batch/", UriKind.Relative), new StringContent("{"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);

        // The page of metrics is kept for a moment, and other tests of this process may add to the same counters.
        var deadline = TimeProvider.System.GetTimestamp();
        var after = await CountsAsync();
        while (!IsIn(after) && TimeProvider.System.GetElapsedTime(deadline) < TimeSpan.FromSeconds(10))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
            after = await CountsAsync();
        }

        Assert.True(IsIn(after), $"{before} {after}");

        bool IsIn((long Ok, long Malformed, long Bytes) now) =>
            now.Ok > before.Ok && now.Malformed > before.Malformed && now.Bytes > before.Bytes + body.Length;

        async Task<(long Ok, long Malformed, long Bytes)> CountsAsync()
        {
            var metrics = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
            return (Of("requests_total", "outcome=\"ok\""), Of("requests_total", "outcome=\"malformed\""), Of("body_bytes_total", ""));

            long Of(string name, string label) => metrics.Split('\n')
                .Where(line => line.StartsWith("headroom_capture_" + name + "{", StringComparison.Ordinal) &&
                    line.Contains("protocol=\"posthog\"", StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal))
                .Select(line => long.Parse(line.Split('}')[1].Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)).SingleOrDefault();
        }
    }

    [Fact]
    public async Task Damage_in_the_log_ends_the_start_with_a_code_and_not_with_a_crash()
    {
        var data = Directory.CreateTempSubdirectory("headroom-server-").FullName;
        var log = Directory.CreateDirectory(Path.Combine(data, "log")).FullName;
        foreach (var name in new[] { "00000000000000000000.log", "00000000000000000100.log" })
        {
            await File.WriteAllTextAsync(Path.Combine(log, name), new string('x', 200), TestContext.Current.CancellationToken);
        }

        var settings = new ServerSettings(data, "http://127.0.0.1:0", [], []);
        Assert.Equal(CommandLine.Failed, await Server.RunAsync(settings, TestContext.Current.CancellationToken));
        Directory.Delete(data, recursive: true);
    }

    private sealed class RunningServer : IAsyncDisposable
    {
        private readonly Microsoft.AspNetCore.Builder.WebApplication _app;
        private readonly string _directory;
        private bool _stopped;

        private RunningServer(Microsoft.AspNetCore.Builder.WebApplication app, string directory, string project, string writeKey, string readKey)
        {
            (_app, _directory, Project, WriteKey, ReadKey) = (app, directory, project, writeKey, readKey);
            Http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        }

        public HttpClient Http { get; }

        public string WriteKey { get; }

        private string Project { get; }

        public string ReadKey { get; }

        public static async Task<RunningServer> StartAsync()
        {
            var directory = Directory.CreateTempSubdirectory("headroom-server-").FullName;
            CreatedProject made;
            await using (var control = ControlData.Open(directory))
            {
                made = ControlData.Require(await control.Projects.CreateAsync(new NewProject("Test"), TestContext.Current.CancellationToken));
            }

            return await StartAsync(directory, made.Project.Id, made.WriteKey, made.ReadKey);
        }

        public async Task<RunningServer> RestartAsync()
        {
            _stopped = true;
            Http.Dispose();
            await _app.StopAsync(TestContext.Current.CancellationToken);
            await _app.DisposeAsync();
            return await StartAsync(_directory, Project, WriteKey, ReadKey);
        }

        public async Task<string> CaptureAsync(string body)
        {
            using var answer = await Http.PostAsync(
                new Uri("/batch/", UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        }

        public async Task<JsonElement> QueryAsync(string query)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/api/projects/{Project}/query", UriKind.Relative))
            {
                Content = new StringContent(query, Encoding.UTF8, "application/json"),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ReadKey);
            using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        }

        /// <summary>The rows as JSON, where there are any.</summary>
        public async Task<(int Status, string Rows)> SqlAsync(string sql, string key, string? project = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/api/projects/{project ?? Project}/sql", UriKind.Relative))
            {
                Content = JsonContent.Create(new { sql }),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
            var body = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
            return ((int)answer.StatusCode, body.TryGetProperty("rows", out var rows) ? rows.GetRawText() : "");
        }

        /// <summary>The value of a metric without labels of its own once it is what is expected, as answers are kept for a moment; what it is after 20 s otherwise.</summary>
        public async Task<double> MetricAsync(string name, double expected)
        {
            var asked = TimeProvider.System.GetTimestamp();
            while (true)
            {
                var metrics = await Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
                // Servers of other tests in this process are heard too, each with a line of its own.
                double[] values = [.. metrics.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal))
                    .Select(line => double.Parse(line.Split("} ")[1].Split(' ')[0], CultureInfo.InvariantCulture))];
                if (values.Contains(expected) || TimeProvider.System.GetElapsedTime(asked) > TimeSpan.FromSeconds(20))
                {
                    return values.Contains(expected) ? expected : values.FirstOrDefault(double.NaN);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
            }
        }

        /// <summary>The ledger once nothing waits and so many are stored; what it says after 20 s otherwise.</summary>
        public async Task<(long Received, long Stored, long Duplicates, long Rejected, long Waiting)> StoredAsync(long stored)
        {
            var deadline = TimeProvider.System.GetTimestamp();
            while (true)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/projects/{Project}/ledger", UriKind.Relative));
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ReadKey);
                using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
                var ledger = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
                var counts = (Of("received"), Of("stored"), Of("duplicates"), Of("rejected"), Of("waiting"));
                if ((counts.Item2 == stored && counts.Item5 == 0) || TimeProvider.System.GetElapsedTime(deadline) > TimeSpan.FromSeconds(20))
                {
                    return counts;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);

                long Of(string name) => ledger.GetProperty(name).GetInt64();
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (!_stopped)
            {
                Http.Dispose();
                await _app.StopAsync(CancellationToken.None);
                await _app.DisposeAsync();
                Directory.Delete(_directory, recursive: true);
            }
        }

        private static async Task<RunningServer> StartAsync(string directory, string project, string writeKey, string readKey)
        {
            var app = Server.Build(new ServerSettings(directory, "http://127.0.0.1:0", [], []));
            await app.StartAsync(TestContext.Current.CancellationToken);
            return new RunningServer(app, directory, project, writeKey, readKey);
        }
    }
}
