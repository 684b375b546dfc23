using System.Net;
using Headroom.System.Tests.Crashes;
using Headroom.System.Tests.Support;
using Headroom.Tests.ObjectStorage;
using Xunit;

namespace Headroom.System.Tests.ObjectStorage;

/// <summary>The real program with its segments in a real S3 server.</summary>
public sealed class ObjectStorageTests
{
    private const int PageSize = 1000;
    private static readonly string[] s_folders = ["segments", "overrides", "persons", "seen"];
    private static readonly TimeSpan s_recovery = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Killed_and_without_its_local_files_the_server_has_every_event_once()
    {
        await using var s3 = await S3Server.StartAsync(S3Server.Node);
        await using var server = await HeadroomServer.StartAsync([.. Arguments(s3), $"--Headroom:Insights:MaxEventsPage={PageSize}"]);
        var project = await server.AddProjectAsync("killed over s3");
        var events = new AcknowledgedEvents(project);
        for (var kill = 1; kill <= 2; kill++)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            var sending = events.SendAsync(stop.Token);
            var enough = kill * 200;
            await Until.TrueAsync("there was load", () => Task.FromResult(events.Acknowledged.Count >= enough), s_recovery);
            await server.KillAsync();
            await stop.CancelAsync();
            await sending;
            foreach (var folder in s_folders)
            {
                Directory.Delete(Path.Combine(server.DataDirectory, folder), recursive: true);
            }

            await server.StartProcessAsync();
        }

        await events.RetryAsync();
        var ledger = await project.DrainAsync(s_recovery);

        // Also the statement's own process, of which no file was here.
        Assert.Equal(ledger.Stored, (long)(await project.SqlAsync("SELECT count(*) FROM events"))[0]![0]!);
        var stored = (await project.EventsAsync(PageSize)).Select(e => Guid.Parse((string)e["uuid"]!)).ToList();
        Assert.Equal(events.Acknowledged.Order(), stored.Order());
        Assert.Equal(stored.Count, ledger.Stored);
        Assert.Equal(stored.Count, await project.TotalAsync("counted"));
        var metrics = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        foreach (var metric in (string[])["headroom_s3_requests_total", "headroom_s3_request_duration_seconds", "headroom_s3_bytes_total", "headroom_store_cache_bytes", "headroom_store_cache_misses_total"])
        {
            Assert.Contains($"# TYPE {metric} ", metrics, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(S3Server.Key, server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_object_storage_is_away_events_are_taken_and_stored_when_it_is_back()
    {
        await using var s3 = await S3Server.StartAsync(S3Server.Node);
        await using var server = await HeadroomServer.StartAsync([.. Arguments(s3), "--Headroom:S3:Retries=0"]);
        var project = await server.AddProjectAsync("away");
        Assert.Equal(HttpStatusCode.OK, await SendAsync());
        await project.DrainAsync(s_recovery);
        await s3.StopAsync();
        Assert.Equal(HttpStatusCode.OK, await SendAsync());
        await Until.TrueAsync("readiness tells of it", async () => (await ReadyAsync()).Contains("object storage", StringComparison.Ordinal), s_recovery);
        Assert.Equal(1, await project.TotalAsync("seen"));
        await s3.StartAsync();
        Assert.Equal(2, (await project.DrainAsync(s_recovery)).Stored);
        await Until.TrueAsync("readiness tells of it no more", async () => !(await ReadyAsync()).Contains("object storage", StringComparison.Ordinal), s_recovery);

        Task<HttpStatusCode> SendAsync() => project.SendAsync([ProjectClient.Event(Guid.CreateVersion7(), "seen", "ada")], TestContext.Current.CancellationToken);

        async Task<string> ReadyAsync()
        {
            using var answer = await server.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
            return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_backup_takes_what_only_the_bucket_has_and_is_restored_to_disk()
    {
        await using var s3 = await S3Server.StartAsync(S3Server.Node);
        var environment = s3.Settings("backup").ToDictionary(static setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), static setting => setting.Value);
        await using var server = await HeadroomServer.StartWithAsync(environment);
        var project = await server.AddProjectAsync("backed up");
        Assert.Equal(HttpStatusCode.OK, await project.SendAsync([ProjectClient.Event(Guid.CreateVersion7(), "kept", "ada")], TestContext.Current.CancellationToken));
        await project.DrainAsync(s_recovery);
        await server.KillAsync();
        foreach (var folder in s_folders)
        {
            Directory.Delete(Path.Combine(server.DataDirectory, folder), recursive: true);
        }

        var root = Directory.CreateTempSubdirectory("headroom-backup-").FullName;
        try
        {
            var (backup, restored) = (Path.Combine(root, "backup"), Path.Combine(root, "restored"));
            var done = await HeadroomServer.RunWithAsync(environment, "backup", backup, "--data", server.DataDirectory);
            Assert.True(done.Code == 0, done.Errors);
            done = await HeadroomServer.RunAsync("restore", backup, "--data", restored);
            Assert.True(done.Code == 0, done.Errors);
            await using var second = await HeadroomServer.StartOnAsync(restored);
            Assert.Equal(1, await new ProjectClient(second.Http, project.Id, project.WriteKey, project.ReadKey).TotalAsync("kept"));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static IEnumerable<string> Arguments(S3Server s3) => s3.Settings("system").Select(static setting => $"--{setting.Key}={setting.Value}");
}
