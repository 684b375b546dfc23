using System.Net;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Observing;

/// <summary>What a real server measures of itself: in projects like others, over the API by a key, and for the terminal.</summary>
public sealed class MeasuresTests
{
    private static readonly string[] s_resources =
    [
        "cache", "capture_cpu", "capture_queue", "connections", "consumer_lag", "disk_space", "fsync", "memory", "query_cpu", "query_queue", "store_writes", "writer",
    ];

    [Fact]
    public async Task Every_resource_is_an_event_that_SQL_and_insights_read_and_its_own_events_are_no_load()
    {
        await using var server = await HeadroomServer.StartAsync("--Headroom:Capacity:SampleSeconds=1", "--Headroom:Capacity:WriteSeconds=10");

        // The server takes the project of that name for its own; made here, before it writes for the first time, its keys are known.
        var measures = await server.AddProjectAsync("Headroom: measures");

        // Some begin later than others.
        IReadOnlyDictionary<string, double> trend = new Dictionary<string, double>();
        await Until.TrueAsync("every resource was measured five times", async () =>
        {
            trend = await measures.TotalsByAsync("resource", "resource_measured");
            return trend.Count >= s_resources.Length && trend.Values.All(static measured => measured >= 5);
        }, null, () => Task.FromResult(string.Join(", ", trend)));
        Assert.Equal(s_resources, trend.Keys.Order(StringComparer.Ordinal));
        var rows = await measures.SqlAsync("SELECT resource, count(*) AS n FROM events WHERE event = 'resource_measured' GROUP BY resource ORDER BY resource");
        Assert.All(rows, static row => Assert.True((long)row![1]! >= 5));
        Assert.Equal(s_resources, rows.Select(static row => (string)row![0]!));
        var busiest = await measures.SqlAsync("SELECT max(utilisation), min(utilisation) FROM events WHERE resource = 'capture_cpu'");
        Assert.InRange((double)busiest[0]![0]!, 0, 1);

        var report = await measures.GetAsync("capacity");
        Assert.Equal(3, report["flows"]!.AsArray().Count);
        Assert.Equal("not_enough_load", (string)report["flows"]![0]!["basis"]!);
        Assert.InRange((double)report["flows"]![0]!["load"]!, 0, 0.01);

        var other = await server.AddProjectAsync("Shop");
        using var refused = await server.Http.SendAsync(other.Request(HttpMethod.Get, "capacity"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);

        var (code, output, errors) = await HeadroomServer.RunAsync("doctor", "--url", server.Address, "--project", measures.Id, "--key", measures.ReadKey, "--json");
        Assert.True(code is 0 or 1 or 2, errors);
        Assert.Equal((int)JsonNode.Parse(output)!["severity"]!, code);
        var (local, text, _) = await HeadroomServer.RunAsync("doctor", "--data", server.DataDirectory);
        Assert.True(local is 0 or 1 or 2);
        Assert.Contains("Ingest", text, StringComparison.Ordinal);
        Assert.Contains("headroom calibrate", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_machine_takes_is_measured_beside_a_server_which_learns_it_and_has_none_of_the_load()
    {
        await using var server = await HeadroomServer.StartAsync("--Headroom:Capacity:SampleSeconds=1", "--Headroom:Capacity:WriteSeconds=10");
        var measures = await server.AddProjectAsync("Headroom: measures");
        var shop = await server.AddProjectAsync("Shop");

        var found = await server.RunJsonAsync("calibrate", "--seconds", "1", "--json");

        Assert.True((double)found["eventsPerSecond"]! > 0);
        Assert.True((double)found["queriesPerSecond"]! > 0);
        Assert.True((double)found["secondsPerEvent"]! > 0);
        Assert.True((double)found["secondsPerQuery"]! > 0);
        Assert.InRange((double)found["sigma"]!, 0, 1);
        Assert.InRange((double)found["kappa"]!, 0, 1);
        var points = found["points"]!.AsArray();
        Assert.Equal([1, 2, 4, 8, 16, 32], points.Select(static point => (int)point!["concurrency"]!));
        Assert.All(points, static point => Assert.True((double)point!["eventsPerSecond"]! > 0 && (double)point["fitted"]! > 0));

        // The highest ceiling is at least what was stored a second at the best of the levels.
        Assert.True((double)found["eventsPerSecond"]! >= points.Max(static point => (double)point!["eventsPerSecond"]!));
        Assert.Empty(Directory.GetDirectories(Path.GetDirectoryName(server.DataDirectory)!, Path.GetFileName(server.DataDirectory) + ".scratch-*"));
        Assert.Equal(0, (await shop.LedgerAsync()).Received);

        JsonNode report = new JsonObject();
        await Until.TrueAsync("the server reads what was found", async () => (report = await measures.GetAsync("capacity"))["calibration"] is not null);
        Assert.True(JsonNode.DeepEquals(found, report["calibration"]), $"{found}\n{report["calibration"]}");
        Assert.Equal(["calibrated", "calibrated"], report["flows"]!.AsArray().Take(2).Select(static flow => (string)flow!["basis"]!));
        Assert.InRange((double)report["flows"]![0]!["load"]!, 0, 0.01);
        var (_, text, _) = await HeadroomServer.RunAsync("doctor", "--data", server.DataDirectory);
        Assert.DoesNotContain("headroom calibrate measures it", text, StringComparison.Ordinal);

        var (code, _, errors) = await server.RunHereAsync("calibrate", "--data", server.DataDirectory, "--seconds", "0");
        Assert.NotEqual(0, code);
        Assert.Contains("--seconds must be from 1 to 60", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recorded_time_is_sent_again_faster_and_changes_nothing_here()
    {
        await using var server = await HeadroomServer.StartAsync();
        var project = await server.AddProjectAsync("Shop");
        var begun = TimeProvider.System.GetUtcNow().AddMinutes(-10);
        JsonArray events = [.. Enumerable.Range(0, 1200).Select(i => (JsonNode)ProjectClient.Event(Guid.CreateVersion7(), "$pageview", $"person {i % 50}", timestamp: begun.AddMilliseconds(i * 250)))];
        Assert.Equal(HttpStatusCode.OK, await project.SendAsync(events, TestContext.Current.CancellationToken));
        await project.DrainAsync();

        var report = await server.RunJsonAsync("replay", "--url", server.Address, "--project", project.Id, "--key", project.ReadKey, "--last", "1h", "--speed", "100", "--json");

        // Five minutes at a hundred times their speed.
        Assert.Equal(1200, (long)report["events"]!);
        Assert.InRange((double)report["seconds"]!, 2.9, 60);
        Assert.Equal(1200, (await project.LedgerAsync()).Received);
        Assert.Empty(Directory.GetDirectories(Path.GetDirectoryName(server.DataDirectory)!, Path.GetFileName(server.DataDirectory) + ".scratch-*"));
    }
}
