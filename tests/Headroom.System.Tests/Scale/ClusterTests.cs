using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Crashes;
using Headroom.System.Tests.Support;
using Headroom.Tests.ObjectStorage;
using Headroom.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Scale;

/// <summary>The real program as processes with a role each, over a real broker, a real PostgreSQL and a real S3 server.</summary>
public sealed class ClusterTests(ITestOutputHelper output)
{
    private const int PageSize = 1000;
    private static readonly TimeSpan s_recovery = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_process_that_queries_has_what_was_captured_also_one_that_was_killed()
    {
        await using var engines = await Engines.StartAsync();
        await using var writer = await engines.ServeAsync("writer,jobs");
        var added = await writer.AddProjectAsync("followed");
        await using var capture = await engines.ServeAsync("capture");
        await using var first = await engines.ServeAsync("query");
        await using var second = await engines.ServeAsync("query");
        var sender = Of(capture, added);
        ProjectClient[] askers = [Of(first, added), Of(second, added)];

        for (var i = 1; i <= 3; i++)
        {
            var sent = Stopwatch.StartNew();
            Assert.Equal(HttpStatusCode.OK, await sender.SendAsync([ProjectClient.Event(Guid.CreateVersion7(), "fresh", "ada")], Cancelled));
            await Until.TrueAsync("both have it", async () => await askers[0].TotalAsync("fresh") == i && await askers[1].TotalAsync("fresh") == i, s_recovery);
            output.WriteLine($"in the answers of both after {sent.ElapsedMilliseconds} ms");
        }

        var events = new AcknowledgedEvents(sender);
        await events.SendDuringAsync(async () =>
        {
            await first.KillAsync();
            var before = events.Acknowledged.Count;
            await Until.TrueAsync("events come in meanwhile", () => Task.FromResult(events.Acknowledged.Count > before + 300), s_recovery);
            Assert.True(await askers[1].TotalAsync("counted") >= 0);
            await first.StartProcessAsync();
        });
        await events.RetryAsync();
        var all = events.Acknowledged.Count;
        foreach (var asker in askers)
        {
            await Until.TrueAsync("all is there", async () => await asker.TotalAsync("counted") >= all, s_recovery, async () => $"{await asker.TotalAsync("counted")} of {all}");
        }

        var ledger = await added.DrainAsync(s_recovery);
        output.WriteLine($"{all} acknowledged; {ledger}");
        var stored = new List<List<Guid>>();
        foreach (var asker in askers)
        {
            Assert.Equal(ledger.Stored, (long)(await asker.SqlAsync("SELECT count(*) FROM events"))[0]![0]!);
            stored.Add([.. (await asker.EventsAsync(PageSize)).Where(static e => (string)e["event"]! == "counted").Select(static e => Guid.Parse((string)e["uuid"]!))]);
        }

        Assert.Equal(events.Acknowledged.Order(), stored[0].Order());
        Assert.Equal(stored[0], stored[1]);
        Assert.Equal((await askers[0].TotalsByAsync("amount", "counted")).OrderBy(static t => t.Key), (await askers[1].TotalsByAsync("amount", "counted")).OrderBy(static t => t.Key));
        Assert.Equal(await askers[0].TotalAsync("counted", "unique_persons"), await askers[1].TotalAsync("counted", "unique_persons"));

        using var live = await first.Http.SendAsync(askers[0].Request(HttpMethod.Get, "live"), Cancelled);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, live.StatusCode);
        Assert.Contains("the role writer", await live.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        using var asked = await writer.Http.SendAsync(added.Request(HttpMethod.Get, "events"), Cancelled);
        Assert.Contains("the role query", await asked.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        Assert.Contains("headroom_store_behind_seconds", await first.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Behind_the_gateway_no_request_fails_while_one_process_after_the_other_is_restarted()
    {
        await using var engines = await Engines.StartAsync();
        await using var writer = await engines.ServeAsync("writer,jobs");
        var added = await writer.AddProjectAsync("rolling");
        await using var firstCapture = await engines.ServeAsync("capture");
        await using var secondCapture = await engines.ServeAsync("capture");
        await using var firstQuery = await engines.ServeAsync("query");
        await using var secondQuery = await engines.ServeAsync("query");
        await using var gateway = await HeadroomServer.StartAsync(
            "--roles", "gateway", "--Headroom:Gateway:HealthSeconds=0.5",
            $"--Headroom:Gateway:Capture:0={firstCapture.Address}", $"--Headroom:Gateway:Capture:1={secondCapture.Address}",
            $"--Headroom:Gateway:Query:0={firstQuery.Address}", $"--Headroom:Gateway:Query:1={secondQuery.Address}", $"--Headroom:Gateway:Writer:0={writer.Address}");
        var project = Of(gateway, added);
        var sent = new List<Guid>();
        var failures = new List<string>();
        var questions = 0;
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(SendAsync, Cancelled);
        var asking = Task.Run(AskAsync, Cancelled);
        foreach (var server in (HeadroomServer[])[firstCapture, firstQuery, writer, secondCapture, secondQuery])
        {
            var took = Stopwatch.StartNew();
            await server.StopAsync();
            await Task.Delay(500, Cancelled);
            await server.StartProcessAsync();
            await Until.TrueAsync("the gateway knows that it is back", () => IsReadyBehindAsync(gateway, server));
            output.WriteLine($"restarted in {took.ElapsedMilliseconds} ms; {sent.Count} events, {questions} questions");
        }

        await stop.CancelAsync();
        await Task.WhenAll(sending, asking);
        output.WriteLine(string.Join("\n", failures.Take(20)));
        Assert.Empty(failures);
        Assert.True(sent.Count > 100 && questions > 20);
        await Until.TrueAsync("all is there", async () => await project.TotalAsync("counted") == sent.Count, s_recovery, async () => $"{await project.TotalAsync("counted")} of {sent.Count}");
        Assert.Equal(sent.Count, (await project.DrainAsync(s_recovery)).Stored);
        var ready = await gateway.Http.GetStringAsync(new Uri("/health/ready", UriKind.Relative), Cancelled);
        Assert.Contains("\"ready\"", ready, StringComparison.Ordinal);
        Assert.Contains("headroom_gateway_requests_total", await gateway.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancelled), StringComparison.Ordinal);

        async Task SendAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                var uuids = Enumerable.Range(0, 5).Select(static _ => Guid.CreateVersion7()).ToList();
                await TryAsync("capture", async () => Assert.Equal(HttpStatusCode.OK, await project.SendAsync(
                    [.. uuids.Select(static uuid => (JsonNode)ProjectClient.Event(uuid, "counted", "user-" + (uuid.GetHashCode() & 15)))], Cancelled)));
                sent.AddRange(uuids);
                await Task.Delay(20, Cancelled);
            }
        }

        async Task AskAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                await TryAsync("query", async () => await project.TotalAsync("counted"));
                await TryAsync("events", async () => await project.GetAsync("events?limit=1"));
                questions += 2;
                await Task.Delay(20, Cancelled);
            }
        }

        async Task TryAsync(string what, Func<Task> ask)
        {
            try
            {
                await ask();
            }
            catch (Exception e) when (!Cancelled.IsCancellationRequested)
            {
                lock (failures)
                {
                    failures.Add($"{what} after {sent.Count} events: {e.Message}");
                }
            }
        }
    }

    /// <summary>Whether a gateway counts a process behind it as ready.</summary>
    private static async Task<bool> IsReadyBehindAsync(HeadroomServer gateway, HeadroomServer server)
    {
        var metrics = await gateway.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancelled);
        return metrics.Split('\n').Any(line => line.StartsWith("headroom_gateway_destination_ready{", StringComparison.Ordinal) &&
            line.Contains($"address=\"{server.Address}/\"", StringComparison.Ordinal) && line.Split('}')[1].Trim().Split(' ')[0] == "1");
    }

    private static ProjectClient Of(HeadroomServer server, ProjectClient project) => new(server.Http, project.Id, project.WriteKey, project.ReadKey);

    /// <summary>What the processes share.</summary>
    private sealed class Engines : IAsyncDisposable
    {
        private readonly Dictionary<string, string> _settings = [];
        private PostgresServer? _postgres;
        private OldKafka? _kafka;
        private S3Server? _s3;

        public static async Task<Engines> StartAsync()
        {
            if (OldKafka.Missing() is { } missing)
            {
                Assert.Skip(missing);
            }

            var engines = new Engines();
            engines._s3 = await S3Server.StartAsync(S3Server.Node);
            engines._postgres = await PostgresServer.StartAsync();
            await engines._postgres.ExecuteAsync("CREATE ROLE headroom LOGIN");
            await engines._postgres.ExecuteAsync("CREATE DATABASE headroom OWNER headroom");
            engines._kafka = await OldKafka.StartAsync();
            foreach (var (name, value) in engines._kafka.Settings())
            {
                engines._settings[name] = value;
            }

            foreach (var (name, value) in engines._s3.Settings("cluster"))
            {
                engines._settings[name.Replace(":", "__", StringComparison.Ordinal)] = value;
            }

            engines._settings["Headroom__Catalog"] = "postgres";
            engines._settings["Headroom__Postgres__ConnectionString"] = $"Host=127.0.0.1;Port={engines._postgres.Port};Database=headroom;Username=headroom";
            engines._settings["Headroom__DrainSeconds"] = "3";

            // The broker makes its topic while seven processes start.
            engines._settings["Headroom__Kafka__StartTimeout"] = "00:02:00";
            return engines;
        }

        public Task<HeadroomServer> ServeAsync(string roles) =>
            HeadroomServer.StartWithAsync(_settings, "--roles", roles, $"--Headroom:Insights:MaxEventsPage={PageSize}");

        public async ValueTask DisposeAsync()
        {
            foreach (var part in (IAsyncDisposable?[])[_kafka, _postgres, _s3])
            {
                if (part is not null)
                {
                    await part.DisposeAsync();
                }
            }
        }
    }
}
