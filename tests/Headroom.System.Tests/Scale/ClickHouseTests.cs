using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Crashes;
using Headroom.System.Tests.Support;
using Headroom.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Scale;

/// <summary>The real program with insights from a real ClickHouse.</summary>
public sealed class ClickHouseTests
{
    private const int PageSize = 1000;
    private static readonly TimeSpan s_recovery = TimeSpan.FromMinutes(1);

    public ClickHouseTests() => ClickHouseProcess.Require();

    [Fact]
    public async Task Killed_under_load_the_server_has_every_acknowledged_event_once_in_ClickHouse_too()
    {
        var clickHouse = await ClickHouseProcess.SharedAsync();
        await using var server = await HeadroomServer.StartAsync([.. Arguments(clickHouse.Port, "killed"), $"--Headroom:Insights:MaxEventsPage={PageSize}"]);
        var project = await server.AddProjectAsync("killed over ClickHouse");
        var events = new AcknowledgedEvents(project);
        for (var kill = 1; kill <= 3; kill++)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            var sending = events.SendAsync(stop.Token);
            var enough = kill * 200;
            await Until.TrueAsync("there was load", () => Task.FromResult(events.Acknowledged.Count >= enough), s_recovery);
            await server.KillAsync();
            await stop.CancelAsync();
            await sending;
            await server.StartProcessAsync();
        }

        await events.RetryAsync();
        var ledger = await project.DrainAsync(s_recovery);
        var stored = (await project.EventsAsync(PageSize)).Select(e => Guid.Parse((string)e["uuid"]!)).ToList();
        Assert.Equal(events.Acknowledged.Order(), stored.Order());
        Assert.Equal(stored.Count, ledger.Stored);
        await Until.TrueAsync("all is in ClickHouse", async () => await MetricAsync(server, "headroom_store_clickhouse_missing_files") == 0, s_recovery);

        var before = await MetricAsync(server, "headroom_store_clickhouse_queries_total");
        Assert.Equal(16, await project.TotalAsync("counted", "unique_persons"));
        Assert.Equal(stored.Sum(uuid => (double)(uuid.GetHashCode() & 1023)), await project.TotalAsync("counted", "sum", "amount"));
        await AnsweredAsync(server, before + 2);
    }

    [Fact]
    public async Task What_was_stored_before_ClickHouse_was_set_is_copied_and_answers_are_the_same()
    {
        var clickHouse = await ClickHouseProcess.SharedAsync();
        await using var server = await HeadroomServer.StartAsync();
        var project = await server.AddProjectAsync("with a history");
        for (var i = 0; i < 6; i++)
        {
            JsonArray events = [.. Enumerable.Range(0, 40).Select(n => ProjectClient.Event(
                Guid.CreateVersion7(), n % 3 == 0 ? "bought" : "seen", string.Create(CultureInfo.InvariantCulture, $"u{n % 7}"), new JsonObject { ["plan"] = n % 2 == 0 ? "free" : "paid", ["amount"] = n }))];
            Assert.Equal(HttpStatusCode.OK, await project.SendAsync(events, TestContext.Current.CancellationToken));
        }

        await project.DrainAsync(s_recovery);
        var expected = await AnswersAsync(project);
        await server.StopAsync();
        var copy = Directory.CreateTempSubdirectory("headroom-history-").FullName;
        foreach (var file in Directory.EnumerateFiles(server.DataDirectory, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(server.DataDirectory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        await using var second = await HeadroomServer.StartOnAsync(copy, Arguments(clickHouse.Port, "history"));
        await Until.TrueAsync("all is in ClickHouse", async () => await MetricAsync(second, "headroom_store_clickhouse_missing_files") == 0, s_recovery);
        var again = new ProjectClient(second.Http, project.Id, project.WriteKey, project.ReadKey);
        Assert.Equal(expected, await AnswersAsync(again));
        await AnsweredAsync(second, 1);
    }

    [Fact]
    public async Task While_ClickHouse_is_away_events_are_taken_readiness_says_so_and_they_are_stored_when_it_is_back()
    {
        var clickHouse = await ClickHouseProcess.SharedAsync();
        await using var proxy = new CuttingProxy(clickHouse.Port);
        await using var server = await HeadroomServer.StartAsync(Arguments(proxy.Port, "away"));
        var project = await server.AddProjectAsync("away");
        Assert.Equal(HttpStatusCode.OK, await SendAsync());
        await project.DrainAsync(s_recovery);
        proxy.Close();
        Assert.Equal(HttpStatusCode.OK, await SendAsync());
        await Until.TrueAsync("readiness tells of it", async () => ((string?)(await server.PartAsync("event_store"))["detail"])?.Contains("ClickHouse", StringComparison.Ordinal) == true, s_recovery);

        // From the segments.
        Assert.Equal(1, await project.TotalAsync("seen", "sum", "amount"));
        proxy.Open();
        Assert.Equal(2, (await project.DrainAsync(s_recovery)).Stored);
        await Until.TrueAsync("readiness tells of it no more", async () => (string)(await server.PartAsync("event_store"))["status"]! == "ok", s_recovery);
        Assert.Equal(2, await project.TotalAsync("seen", "sum", "amount"));
        await AnsweredAsync(server, 1);

        Task<HttpStatusCode> SendAsync() =>
            project.SendAsync([ProjectClient.Event(Guid.CreateVersion7(), "seen", "ada", new JsonObject { ["amount"] = 1 })], TestContext.Current.CancellationToken);
    }

    /// <summary>Metrics are as of some time in the last third of a second.</summary>
    private static Task AnsweredAsync(HeadroomServer server, double queries) => Until.TrueAsync(
        "ClickHouse has answered", async () => await MetricAsync(server, "headroom_store_clickhouse_queries_total") >= queries, s_recovery);

    private static async Task<string> AnswersAsync(ProjectClient project)
    {
        var answers = new List<string>();
        foreach (var math in (string[])["total", "unique_persons", "weekly_active"])
        {
            foreach (var name in (string[])["seen", "bought"])
            {
                answers.Add((await project.TotalAsync(name, math)).ToString(CultureInfo.InvariantCulture));
            }
        }

        answers.Add((await project.TotalAsync("bought", "p90", "amount")).ToString(CultureInfo.InvariantCulture));
        answers.AddRange((await project.TotalsByAsync("plan", "seen")).OrderBy(static p => p.Key, StringComparer.Ordinal).Select(static p => string.Create(CultureInfo.InvariantCulture, $"{p.Key} {p.Value}")));
        return string.Join('\n', answers);
    }

    private static async Task<double> MetricAsync(HeadroomServer server, string name)
    {
        var metrics = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        var line = metrics.Split('\n').FirstOrDefault(l => l.StartsWith(name + " ", StringComparison.Ordinal) || l.StartsWith(name + "{", StringComparison.Ordinal));
        return line is null ? double.NaN : double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }

    private static string[] Arguments(int port, string database) =>
        [string.Create(CultureInfo.InvariantCulture, $"--Headroom:ClickHouse:Url=http://127.0.0.1:{port}"), $"--Headroom:ClickHouse:Database={database}"];
}
