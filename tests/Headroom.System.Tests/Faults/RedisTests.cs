using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Headroom.Tests.Scale.Redis;
using Xunit;

namespace Headroom.System.Tests.Faults;

/// <summary>The real program with a real Redis, which goes away and comes back while people look at their dashboards.</summary>
public sealed class RedisTests
{
    [Fact]
    public async Task Redis_that_is_killed_under_reads_fails_none_of_them_and_is_told_until_it_is_back()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? "");
        await using var redis = await RedisServer.StartAsync();
        await using var server = await HeadroomServer.StartAsync(
            "--Headroom:Cache=redis", $"--Headroom:Redis:Endpoints:0={redis.Endpoint}", "--Headroom:RateLimits:RequestsPerSecond=100000", "--Headroom:RateLimits:Burst=1000000");
        var project = await server.AddProjectAsync("Shop");
        var events = new JsonArray([.. Enumerable.Range(0, 50).Select(static i => ProjectClient.Event(Guid.CreateVersion7(), "view", $"u{i}"))]);
        Assert.Equal(HttpStatusCode.OK, await project.SendAsync(events, TestContext.Current.CancellationToken));
        await project.StoredAsync(50);
        await Until.TrueAsync("Redis is connected", async () => await MetricAsync(server, "headroom_redis_connected") == 1);

        using var stop = new CancellationTokenSource();
        var reads = 0;
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                // Any status but 200 fails the test.
                Assert.Equal(50, await project.TotalAsync("view"));
                Interlocked.Increment(ref reads);
            }
        })).ToList();
        await Until.TrueAsync("limits are taken from Redis", async () => await MetricAsync(server, "headroom_redis_operations_total", "operation=\"take\"", "outcome=\"ok\"") > 20);
        await Until.TrueAsync("answers are kept in Redis", async () => await MetricAsync(server, "headroom_redis_operations_total", "operation=\"keep\"", "outcome=\"ok\"") > 0);
        await redis.KillAsync();
        await Until.TrueAsync("health tells", async () => await HealthAsync(server) is ("degraded", HttpStatusCode.OK));
        var before = Volatile.Read(ref reads);
        await Until.TrueAsync("reads go on", () => Task.FromResult(Volatile.Read(ref reads) > before + 50));
        Assert.Equal(0, await MetricAsync(server, "headroom_redis_connected"));
        await redis.StartAgainAsync();
        await Until.TrueAsync("health is well again", async () => await HealthAsync(server) is ("ok", HttpStatusCode.OK));
        await redis.PauseAsync();
        await Until.TrueAsync("health tells again", async () => await HealthAsync(server) is ("degraded", HttpStatusCode.OK));
        await redis.ContinueAsync();
        await Until.TrueAsync("health is well again", async () => await HealthAsync(server) is ("ok", HttpStatusCode.OK));
        await stop.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task Failed_sign_ins_outlive_a_process_in_Redis()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? "");
        await using var redis = await RedisServer.StartAsync();
        await using var server = await HeadroomServer.StartAsync(
            "--Headroom:Cache=redis", $"--Headroom:Redis:Endpoints:0={redis.Endpoint}",
            "--Headroom:Redis:OperationTimeoutMilliseconds=10000"); // A busy machine's Redis is slow, and one that is slow is not asked.
        await Until.TrueAsync("Redis is connected", async () => await MetricAsync(server, "headroom_redis_connected") == 1);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await SignInAsync());
        }

        await server.KillAsync();
        await server.StartProcessAsync();
        await Until.TrueAsync("Redis is connected again", async () => await MetricAsync(server, "headroom_redis_connected") == 1);
        Assert.Equal(HttpStatusCode.TooManyRequests, await SignInAsync());

        async Task<HttpStatusCode> SignInAsync()
        {
            using var answer = await server.Http.PostAsJsonAsync(
                new Uri("/api/session", UriKind.Relative), new { email = "ada@example.com", password = "a wrong one" }, TestContext.Current.CancellationToken);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_wrong_setting_stops_the_start_and_names_its_key()
    {
        foreach (var (arguments, expected) in ((string[], string)[])[
            (["--Headroom:Cache=disk"], "Headroom:Cache is disk"),
            (["--Headroom:Cache=redis"], "Headroom:Redis:Configuration"),
            (["--Headroom:Cache=redis", "--Headroom:Redis:Endpoints:0=127.0.0.1:1", "--Headroom:Redis:EntryMinutes=0"], "EntryMinutes")])
        {
            await using var server = HeadroomServer.StartUnready(arguments);
            await Until.TrueAsync("the start is refused", () => Task.FromResult(server.HasExited && server.Output.Contains(expected, StringComparison.Ordinal)));
        }
    }

    private static async Task<(string Status, HttpStatusCode Code)> HealthAsync(HeadroomServer server)
    {
        using var answer = await server.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
        var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        return ((string)json["parts"]!.AsArray().Single(static part => (string)part!["name"]! == "cache")!["status"]!, answer.StatusCode);
    }

    private static async Task<double> MetricAsync(HeadroomServer server, string name, params string[] labels)
    {
        var text = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        return text.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal) && Array.TrueForAll(labels, label => line.Contains(label, StringComparison.Ordinal)))
            .Sum(static line => double.Parse(line.Split('}')[^1].Trim().Split(' ')[0], global::System.Globalization.CultureInfo.InvariantCulture));
    }
}
