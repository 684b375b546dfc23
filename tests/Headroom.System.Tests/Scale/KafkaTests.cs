using System.Text.Json.Nodes;
using Headroom.System.Tests.Crashes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Scale;

/// <summary>The real program with its event log in a real, if old, broker.</summary>
public sealed class KafkaTests(ITestOutputHelper output)
{
    private const int PageSize = 1000;
    private static readonly TimeSpan s_recovery = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Every_acknowledged_event_is_stored_exactly_once_when_the_server_and_the_broker_are_killed()
    {
        if (OldKafka.Missing() is { } missing)
        {
            Assert.Skip(missing);
        }

        await using var kafka = await OldKafka.StartAsync();
        await using var server = await HeadroomServer.StartWithAsync(
            kafka.Settings(), $"--Headroom:Insights:MaxEventsPage={PageSize}", "--Headroom:Kafka:DeliveryTimeout=00:00:05"); // A busy machine's broker takes seconds.
        var project = await server.AddProjectAsync("kafka");
        var events = new AcknowledgedEvents(project);

        for (var kill = 0; kill < 2; kill++)
        {
            await events.SendDuringAsync(server.KillAsync);
            await server.StartProcessAsync();
        }

        // The broker goes under load, and the server keeps taking events; then the server goes too, with what it has in its spill.
        await events.SendDuringAsync(async () =>
        {
            await kafka.KillBrokerAsync();
            JsonNode log = new JsonObject();
            await Until.TrueAsync("it is told that the broker is away", async () => (string?)(log = await server.PartAsync("event_log"))["status"] == "degraded", null, () => Task.FromResult(log.ToJsonString()));
            output.WriteLine((string?)log["detail"] ?? "");
            Assert.Contains("spill", (string)log["detail"]!, StringComparison.Ordinal);
            Assert.NotNull(log["since"]);
            var before = events.Acknowledged.Count;
            await Until.TrueAsync("events are taken without a broker", () => Task.FromResult(events.Acknowledged.Count > before + 100));
            await server.KillAsync();
        });
        await kafka.StartBrokerAsync();
        await server.StartProcessAsync();

        // Once more, and this time the broker comes back under the server.
        await events.SendDuringAsync(kafka.KillBrokerAsync);
        await kafka.StartBrokerAsync();
        await events.RetryAsync();
        await Until.TrueAsync("the spill is empty", async () => (string?)(await server.PartAsync("event_log"))["status"] == "ok", s_recovery, async () => (await server.PartAsync("event_log")).ToJsonString());

        output.WriteLine($"{events.Acknowledged.Count} acknowledged, {events.Retried} batches retried at the end");

        // What the broker took without an answer came twice, and hides as many that wait.
        await Until.TrueAsync("all is stored", async () => (await project.LedgerAsync()).Stored >= events.Acknowledged.Count, s_recovery, async () => (await project.LedgerAsync()).ToString());
        var ledger = await project.DrainAsync(s_recovery);
        output.WriteLine(ledger.ToString());
        var stored = (await project.EventsAsync(PageSize)).Select(e => Guid.Parse((string)e["uuid"]!)).ToList();
        var lost = events.Acknowledged.Except(stored).ToList();
        Assert.True(lost.Count == 0, $"{lost.Count} acknowledged events are not stored, {lost.FirstOrDefault()} among them.");
        Assert.Equal(stored.Count, stored.Distinct().Count());
        Assert.Empty(stored.Except(events.Acknowledged));
        Assert.Equal(stored.Count, ledger.Stored);
        Assert.Equal(stored.Count, await project.TotalAsync("counted"));
        Assert.Equal(16, await project.TotalAsync("counted", "unique_persons"));
        Assert.Equal(0, ledger.Rejected);
        await ExpectDocumentedMetricsAsync(server);
    }

    /// <summary>These metrics are there only with Kafka; a test of the server looks at all others.</summary>
    private static async Task ExpectDocumentedMetricsAsync(HeadroomServer server)
    {
        var text = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        var exposed = text.Split('\n').Where(static line => line.StartsWith("# TYPE headroom_kafka_", StringComparison.Ordinal)).Select(static line => line.Split(' ')[2]).ToList();
        var documented = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "metrics.md"), TestContext.Current.CancellationToken);
        Assert.True(exposed.Count > 5, text);
        Assert.DoesNotContain(exposed, name => !documented.Contains($"| `{name}` |", StringComparison.Ordinal));
    }
}
