using System.Diagnostics;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Crashes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Backups;

/// <summary>headroom backup and headroom restore, as commands beside the real server.</summary>
public sealed class BackupTests(ITestOutputHelper output) : IDisposable
{
    private const int PageSize = 1000;
    private readonly string _root = Directory.CreateTempSubdirectory("headroom-backup-").FullName;

    private string BackupDirectory => Path.Combine(_root, "backup");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>The store merges all the time and the log keeps nothing for a replay, so that files go while they are copied.</summary>
    [Fact]
    public async Task A_backup_under_load_has_every_event_that_was_acknowledged_before_it_began_once_also_after_others_were_killed()
    {
        string[] restless =
        [
            $"--Headroom:Insights:MaxEventsPage={PageSize}", "--Headroom:Store:CompactionFanIn=2", "--Headroom:Log:FileBytes=65536",
            "--Headroom:Log:RetainFor=00:00:00", "--Headroom:Log:RetainBytes=0",
        ];
        await using var server = await HeadroomServer.StartAsync(restless);
        var project = await server.AddProjectAsync("backed up");
        var events = new AcknowledgedEvents(project);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var sending = events.SendAsync(stop.Token);
        var random = new Random(1);
        JsonNode report = new JsonObject();
        HashSet<Guid> before = [];
        for (var i = 0; i < 6; i++)
        {
            await Task.Delay(500, TestContext.Current.CancellationToken);
            if (i % 2 == 1)
            {
                var manifest = await ManifestAsync();
                await KillBackupAsync(server, random.Next(50, 350));
                var after = await ManifestAsync();
                output.WriteLine(manifest == after ? "killed before its end" : "killed at its end");
                Assert.Equal(0, (await VerifyAsync()).Code);
            }

            before = [.. events.Acknowledged];
            report = await server.RunJsonAsync("backup", BackupDirectory, "--json");
            output.WriteLine($"{before.Count} events; {report.ToJsonString()}");
        }

        await stop.CancelAsync();
        await sending;
        Assert.Equal(0, (await VerifyAsync()).Code);
        Assert.True(before.Count > 1000, "There was load.");
        Assert.True((long)report["committedOffset"]! > 10 * 65536, "The log began new files.");
        Assert.False(File.Exists(Path.Combine(server.DataDirectory, "log", new string('0', 20) + ".log")), "The log removed files.");

        var restored = Path.Combine(_root, "restored");
        var done = await RunAsync("restore", BackupDirectory, "--data", restored, "--json");
        Assert.True(done.Code == 0, done.Errors);
        await using var second = await HeadroomServer.StartOnAsync(restored, restless);
        var copy = new ProjectClient(second.Http, project.Id, project.WriteKey, project.ReadKey);
        var ledger = await copy.DrainAsync();
        var stored = (await copy.EventsAsync(PageSize)).Select(static e => Guid.Parse((string)e["uuid"]!)).ToList();
        output.WriteLine($"{stored.Count} events restored; {ledger}");
        Assert.Empty(before.Except(stored));
        Assert.Equal(stored.Count, stored.Distinct().Count());
        Assert.Equal(stored.Count, ledger.Stored);
        Assert.Equal(0, ledger.Rejected);
        Assert.Equal(stored.Count, await copy.TotalAsync("counted"));
        Assert.Equal(16, await copy.TotalAsync("counted", "unique_persons"));

        // What is sent again is known, and what is new is taken.
        var again = before.Take(5).ToList();
        await copy.SendAsync([.. again.Append(Guid.CreateVersion7()).Select(static uuid => ProjectClient.Event(uuid, "counted", "user-0"))], TestContext.Current.CancellationToken);
        var later = await copy.DrainAsync();
        Assert.Equal((ledger.Stored + 1, ledger.Duplicates + 5), (later.Stored, later.Duplicates));

        // The server beside which all of it ran has lost nothing.
        await events.RetryAsync();
        var original = await project.DrainAsync();
        Assert.Equal(events.Acknowledged.Count, original.Stored);
    }

    [Fact]
    public async Task A_second_backup_copies_what_is_new_and_one_without_a_server_has_what_waits_in_the_log()
    {
        await using var server = await HeadroomServer.StartAsync();
        var project = await server.AddProjectAsync("twice");
        await project.SendAsync([.. Enumerable.Range(0, 500).Select(static i => ProjectClient.Event(Guid.CreateVersion7(), "first", "user-" + i))], TestContext.Current.CancellationToken);
        await project.StoredAsync(500);
        var first = await server.RunJsonAsync("backup", BackupDirectory, "--json");
        var second = await server.RunJsonAsync("backup", BackupDirectory, "--json");
        Assert.Equal((int)first["files"]!, (int)first["copiedFiles"]!);

        // The catalog, the control data, and what the log has more than the store: a header.
        Assert.Equal(((int)first["files"]!, 3, 3), ((int)second["files"]!, (int)second["copiedFiles"]!, (int)second["removedFiles"]!));
        await project.SendAsync([ProjectClient.Event(Guid.CreateVersion7(), "last words", "ada")], TestContext.Current.CancellationToken);
        await server.KillAsync();
        await server.RunJsonAsync("backup", BackupDirectory, "--json");
        Assert.Equal(0, (await RunAsync("restore", BackupDirectory, "--data", Path.Combine(_root, "restored"))).Code);
        await using var restored = await HeadroomServer.StartOnAsync(Path.Combine(_root, "restored"));
        Assert.Equal(501, (await new ProjectClient(restored.Http, project.Id, project.WriteKey, project.ReadKey).StoredAsync(501)).Count);
        foreach (var path in Directory.EnumerateFileSystemEntries(BackupDirectory, "*", SearchOption.AllDirectories))
        {
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        }
    }

    [Fact]
    public async Task What_is_damaged_newer_unfinished_or_in_the_way_is_named_and_refused()
    {
        await using var server = await HeadroomServer.StartAsync();
        var project = await server.AddProjectAsync("refused");
        await project.SendAsync([ProjectClient.Event(Guid.CreateVersion7(), "one", "ada")], TestContext.Current.CancellationToken);
        await project.StoredAsync(1);
        await server.RunJsonAsync("backup", BackupDirectory, "--json");
        var target = Path.Combine(_root, "target");

        // In the way.
        await RefusedAsync("A server runs on", "restore", BackupDirectory, "--data", server.DataDirectory);
        await RefusedAsync("is not empty", "restore", BackupDirectory, "--data", BackupDirectory);
        await RefusedAsync("lie within each other", "backup", Path.Combine(server.DataDirectory, "backup"), "--data", server.DataDirectory);
        Directory.CreateDirectory(target);
        await File.WriteAllTextAsync(Path.Combine(target, "letter.txt"), "mine", TestContext.Current.CancellationToken);
        await RefusedAsync("no backup", "backup", target, "--data", server.DataDirectory);
        Directory.Delete(target, recursive: true);
        await RefusedAsync("There is no backup", "restore", _root, "--data", target);

        // Damaged: one byte of a segment.
        var segment = Directory.GetFiles(Path.Combine(BackupDirectory, "files", "segments"), "*.parquet", SearchOption.AllDirectories).Single();
        await FlipAsync(segment);
        var verified = await VerifyAsync();
        Assert.Equal(1, verified.Code);
        Assert.Contains(segment, verified.Errors, StringComparison.Ordinal);
        await RefusedAsync(segment, "restore", BackupDirectory, "--data", target);
        Assert.False(Directory.Exists(target));
        await FlipAsync(segment);

        // Damaged: the manifest. Newer: the manifest, and what is in the backup.
        var manifest = Path.Combine(BackupDirectory, "manifest.json");
        var text = await ManifestAsync();
        await File.WriteAllTextAsync(manifest, text.Replace("\"committedOffset\":", "\"committedOffset\":1", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await RefusedAsync("is damaged", "restore", BackupDirectory, "--data", target);
        await File.WriteAllTextAsync(manifest, text.Replace("{\"format\":1,\"product\":\"", "{\"format\":2,\"product\":\"9.", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await RefusedAsync("has format 2", "restore", BackupDirectory, "--data", target);
        await RefusedAsync("version 9.", "backup", BackupDirectory, "--data", server.DataDirectory);
        await File.WriteAllTextAsync(manifest, text, TestContext.Current.CancellationToken);

        // Unfinished: what a killed restore leaves.
        Assert.Equal(0, (await RunAsync("restore", BackupDirectory, "--data", target)).Code);
        await File.WriteAllTextAsync(Path.Combine(target, "restore.unfinished"), "", TestContext.Current.CancellationToken);
        await RefusedAsync("was interrupted", "serve", "--data", target, "--urls", "http://127.0.0.1:0");
        await RefusedAsync("was interrupted", "project", "list", "--data", target);
        await RefusedAsync("was interrupted", "restore", BackupDirectory, "--data", target);
        await RefusedAsync("was interrupted", "backup", Path.Combine(_root, "other"), "--data", target);
    }

    private static Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) => HeadroomServer.RunAsync(arguments);

    private static async Task RefusedAsync(string reason, params string[] arguments)
    {
        var (code, said, errors) = await RunAsync(arguments);
        Assert.True(code == 1 && errors.Contains(reason, StringComparison.Ordinal), $"headroom {string.Join(' ', arguments)} ended with {code}: {said}{errors}");
    }

    private static async Task FlipAsync(string path)
    {
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
    }

    private Task<(int Code, string Output, string Errors)> VerifyAsync() => RunAsync("backup", BackupDirectory, "--verify");

    private Task<string> ManifestAsync() => File.ReadAllTextAsync(Path.Combine(BackupDirectory, "manifest.json"), TestContext.Current.CancellationToken);

    private async Task KillBackupAsync(HeadroomServer server, int milliseconds)
    {
        var info = new ProcessStartInfo(Repository.Program, ["backup", BackupDirectory, "--data", server.DataDirectory]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(info)!;
        await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
