using Headroom.System.Tests.Crashes;
using Headroom.System.Tests.Support;
using Headroom.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Scale;

/// <summary>The real program as two processes, one that captures and one that does all else, over a real broker and a real PostgreSQL.</summary>
public sealed class RolesTests(ITestOutputHelper output)
{
    private const int PageSize = 1000;
    private static readonly TimeSpan s_recovery = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Capture_goes_on_by_itself_while_the_others_are_killed_and_each_event_is_stored_once()
    {
        if (OldKafka.Missing() is { } missing)
        {
            Assert.Skip(missing);
        }

        var cancel = TestContext.Current.CancellationToken;
        await using var postgres = await PostgresServer.StartAsync();
        await postgres.ExecuteAsync("CREATE ROLE headroom LOGIN");
        await postgres.ExecuteAsync("CREATE DATABASE headroom OWNER headroom");
        await using var kafka = await OldKafka.StartAsync();
        var engines = kafka.Settings();
        engines["Headroom__Catalog"] = "postgres";
        engines["Headroom__Postgres__ConnectionString"] = $"Host=127.0.0.1;Port={postgres.Port};Database=headroom;Username=headroom";
        await using var others = await HeadroomServer.StartWithAsync(engines, "--roles", "writer,query,jobs", $"--Headroom:Insights:MaxEventsPage={PageSize}");
        var project = await others.AddProjectAsync("apart");
        await using var capture = await HeadroomServer.StartWithAsync(engines, "--roles", "capture");
        var events = new AcknowledgedEvents(new ProjectClient(capture.Http, project.Id, project.WriteKey, project.ReadKey));

        using (var asked = await capture.Http.GetAsync(new Uri("/api/projects", UriKind.Relative), cancel))
        {
            Assert.Equal(404, (int)asked.StatusCode);
        }

        for (var kill = 0; kill < 2; kill++)
        {
            var before = events.Acknowledged.Count;
            await events.SendDuringAsync(async () =>
            {
                await others.KillAsync();
                await Until.TrueAsync("events are acknowledged meanwhile", () => Task.FromResult(events.Acknowledged.Count > before + 500));
                Assert.True(await capture.IsReadyAsync());
                await others.StartProcessAsync();
            });
        }

        await events.SendDuringAsync(capture.KillAsync);
        await capture.StartProcessAsync();
        await events.SendDuringAsync(() => Task.CompletedTask);
        await events.RetryAsync();

        output.WriteLine($"{events.Acknowledged.Count} acknowledged, {events.Retried} batches retried at the end");
        await Until.TrueAsync("all is stored", async () => (await project.LedgerAsync()).Stored >= events.Acknowledged.Count, s_recovery, async () => (await project.LedgerAsync()).ToString());
        var ledger = await project.DrainAsync(s_recovery);
        output.WriteLine(ledger.ToString());
        var stored = (await project.EventsAsync(PageSize)).Select(e => Guid.Parse((string)e["uuid"]!)).ToList();
        Assert.Empty(events.Acknowledged.Except(stored));
        Assert.Equal(stored.Count, stored.Distinct().Count());
        Assert.Equal(stored.Count, ledger.Stored);
        Assert.Equal(ledger.Received, ledger.Stored + ledger.Duplicates + ledger.Rejected);
    }

    [Fact]
    public async Task A_role_apart_over_embedded_engines_is_refused_with_what_to_set()
    {
        var (code, _, errors) = await HeadroomServer.RunAsync("serve", "--roles", "capture", "--data", Path.Combine(Path.GetTempPath(), $"headroom-{Guid.NewGuid():N}"));
        Assert.Equal(2, code);
        Assert.Contains("Headroom:EventLog=kafka", errors, StringComparison.Ordinal);
        Assert.Contains("Headroom:Catalog=postgres", errors, StringComparison.Ordinal);
    }
}
