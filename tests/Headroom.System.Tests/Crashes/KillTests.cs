using System.Globalization;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Crashes;

/// <summary>kill -9 at random moments under load: HEADROOM_KILLS times, 20 when not set.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int PageSize = 1000;
    private static readonly TimeSpan s_recovery = TimeSpan.FromMinutes(2);

    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable("HEADROOM_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out var kills)
        ? kills
        : 20;

    [Fact]
    public async Task Every_acknowledged_event_is_stored_exactly_once_however_often_the_server_is_killed()
    {
        await using var server = await HeadroomServer.StartAsync($"--Headroom:Insights:MaxEventsPage={PageSize}");
        var project = await server.AddProjectAsync("killed");
        var events = new AcknowledgedEvents(project);
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}, {Kills} kills");
        var random = new Random(seed);

        for (var kill = 1; kill <= Kills; kill++)
        {
            // Every fifth kill meets a server that has just begun to start, and may be repairing what the last one left.
            if (kill % 5 == 0)
            {
                await server.KillAsync();
                server.Launch();
                await Task.Delay(random.Next(0, 600), TestContext.Current.CancellationToken);
            }
            else
            {
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
                var sending = events.SendAsync(stop.Token);
                await Task.Delay(random.Next(20, 1500), TestContext.Current.CancellationToken);
                await server.KillAsync();
                await stop.CancelAsync();
                await sending;
            }

            await server.KillAsync();
            await server.StartProcessAsync();
        }

        output.WriteLine($"{events.Acknowledged.Count} acknowledged, {events.Unanswered} batches unanswered");
        Assert.True(events.Acknowledged.Count > 100 * Kills, "There was load.");
        await events.RetryAsync();
        var ledger = await project.DrainAsync(s_recovery);
        output.WriteLine($"{events.Retried} batches retried at the end; {ledger}");

        var acknowledged = events.Acknowledged.ToHashSet();
        var stored = (await project.EventsAsync(PageSize)).Select(e => Guid.Parse((string)e["uuid"]!)).ToList();
        var missing = acknowledged.Except(stored).ToList();
        Assert.True(missing.Count == 0, $"{missing.Count} acknowledged events are not stored, {missing.FirstOrDefault()} among them.");
        Assert.Equal(stored.Count, stored.Distinct().Count());
        Assert.Empty(stored.Except(acknowledged));
        Assert.Equal(stored.Count, ledger.Stored);
        Assert.Equal(stored.Count, await project.TotalAsync("counted"));
        Assert.Equal(16, await project.TotalAsync("counted", "unique_persons"));
        Assert.Equal(stored.Sum(uuid => (double)(uuid.GetHashCode() & 1023)), await project.TotalAsync("counted", "sum", "amount"));
        Assert.Equal(0, ledger.Rejected);
    }

    [Fact]
    public async Task A_server_that_was_killed_right_after_an_answer_has_the_event()
    {
        await using var server = await HeadroomServer.StartAsync();
        var project = await server.AddProjectAsync("killed at once");
        var uuids = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            var uuid = Guid.CreateVersion7();
            Assert.Equal(global::System.Net.HttpStatusCode.OK, await project.SendAsync([ProjectClient.Event(uuid, "last words", "ada")], TestContext.Current.CancellationToken));
            await server.KillAsync();
            uuids.Add(uuid);
            await server.StartProcessAsync();
        }

        var stored = await project.StoredAsync(uuids.Count);
        Assert.Equal(uuids.Order(), stored.Select(e => Guid.Parse((string)e["uuid"]!)).Order());
    }
}
