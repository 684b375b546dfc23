using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Overload;

/// <summary>A server that may take little, and many times as much. The long form with figures is <c>./bench/run overload</c>.</summary>
public sealed class OverloadTests(ITestOutputHelper output)
{
    private const int Senders = 64;
    private const int BatchEvents = 20;
    private const long MostBytes = 768L << 20;
    private static readonly TimeSpan s_load = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan s_normal = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task What_is_too_much_is_refused_with_503_and_what_is_acknowledged_is_stored_once()
    {
        await using var server = await HeadroomServer.StartAsync("--Headroom:Capture:MaxConcurrentRequests=4", "--Headroom:Capture:RetryAfterSeconds=7");
        var project = await server.AddProjectAsync("overload");
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Senders }) { BaseAddress = new Uri(server.Address) };
        var acknowledged = new ConcurrentBag<Guid>();
        var refused = new ConcurrentDictionary<string, int>();
        var start = Stopwatch.GetTimestamp();
        var most = 0L;
        JsonNode? unwell = null;
        var sending = Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() => SendAsync(sender), TestContext.Current.CancellationToken)));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!sending.IsCompleted)
        {
            most = Math.Max(most, server.ResidentBytes);
            unwell = await server.PartAsync("capture") is { } part && (string)part["status"]! == "failing" ? part : unwell;
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        await sending;
        var ended = Stopwatch.GetTimestamp();
        output.WriteLine($"{acknowledged.Count} events acknowledged, requests refused: {string.Join(", ", refused)}, most memory {most >> 20} MiB");
        Assert.True(acknowledged.Count > 1000, "What fits is taken.");
        Assert.Equal(["/api/event", "/batch/", "/i/v1/analytics/events", "/v1/batch"], refused.Keys.Order(StringComparer.Ordinal));
        Assert.InRange(most, 1, MostBytes);
        Assert.Contains("refused", (string?)unwell?["detail"], StringComparison.Ordinal);
        await Until.TrueAsync("requests are taken again", async () => await PostAsync(0) == HttpStatusCode.OK, s_normal);
        await Until.TrueAsync(
            "capture is well again", async () => (string?)(await server.PartAsync("capture"))["status"] == "ok", s_normal - Stopwatch.GetElapsedTime(ended) + TimeSpan.FromSeconds(1));

        var ledger = await project.DrainAsync();
        await Until.TrueAsync("the server is ready again", server.IsReadyAsync);
        Assert.Equal(acknowledged.Count, ledger.Stored);
        Assert.Equal((0, 0), (ledger.Duplicates, ledger.Rejected));
        var stored = await project.SqlAsync("select count(*), count(distinct uuid) from events");
        Assert.Equal(acknowledged.Distinct().LongCount(), (long)stored[0]![0]!);
        Assert.Equal(acknowledged.Count, (long)stored[0]![1]!);

        async Task SendAsync(int sender)
        {
            for (var i = sender; Stopwatch.GetElapsedTime(start) < s_load; i++)
            {
                await PostAsync(i % 4);
            }
        }

        async Task<HttpStatusCode> PostAsync(int protocol)
        {
            var uuids = Enumerable.Range(0, BatchEvents).Select(static _ => Guid.CreateVersion7()).ToList();
            var (path, body) = Request(protocol, project.WriteKey, uuids);
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            request.Headers.Authorization = protocol == 1 ? new("Bearer", project.WriteKey) : null;
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                Assert.Equal("7", Assert.Single(answer.Headers.GetValues("Retry-After")));
                refused.AddOrUpdate(path, 1, static (_, count) => count + 1);
            }
            else
            {
                Assert.True(answer.IsSuccessStatusCode, $"{path} answered {(int)answer.StatusCode}.");

                // A visit of Plausible's is one event, of which only the server knows the uuid.
                foreach (var uuid in protocol == 3 ? uuids.Take(1) : uuids)
                {
                    acknowledged.Add(uuid);
                }
            }

            return answer.StatusCode;
        }
    }

    private static (string Path, string Body) Request(int protocol, string key, List<Guid> uuids)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        JsonArray events = [.. uuids.Select(uuid => (JsonNode)(protocol == 2
            ? new JsonObject { ["type"] = "track", ["event"] = "pushed", ["userId"] = "ada", ["messageId"] = uuid.ToString(), ["timestamp"] = now }
            : new JsonObject { ["event"] = "pushed", ["distinct_id"] = "ada", ["uuid"] = uuid.ToString(), ["timestamp"] = now }))];
        return protocol switch
        {
            0 => ("/batch/", new JsonObject { ["api_key"] = key, ["batch"] = events }.ToJsonString()),
            1 => ("/i/v1/analytics/events", new JsonObject { ["batch"] = events }.ToJsonString()),
            2 => ("/v1/batch", new JsonObject { ["writeKey"] = key, ["batch"] = events }.ToJsonString()),
            _ => ("/api/event", new JsonObject { ["name"] = "pageview", ["domain"] = key, ["url"] = "https://shop.example/" }.ToJsonString()),
        };
    }
}
