using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Headroom.Tests.ObjectStorage;
using Headroom.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Scale;

/// <summary>The real program, moved to other engines while events come and questions are asked.</summary>
public sealed class MoveTests(ITestOutputHelper output) : IDisposable
{
    private const int PageSize = 1000;
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(3);
    private readonly string _root = Directory.CreateTempSubdirectory("hr-mv-").FullName;
    private readonly Dictionary<string, string> _paged = new() { ["Headroom__Insights__MaxEventsPage"] = PageSize.ToString(CultureInfo.InvariantCulture) };

    [Fact]
    public async Task From_everything_embedded_to_PostgreSQL_and_S3_and_back_no_request_fails_and_every_event_is_there_once()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await postgres.ExecuteAsync("CREATE DATABASE moved");
        await using var s3 = await S3Server.StartAsync(S3Server.Node);
        await using var server = await HeadroomServer.StartWithAsync(_paged);
        var project = await server.AddProjectAsync("moved");
        await using var load = new Load(project);
        await load.ReachAsync(500);
        var there = s3.Settings("moved").ToDictionary(static s => s.Key, static s => s.Value);
        there["Headroom:DataDirectory"] = Path.Combine(_root, "there");
        there["Headroom:Catalog"] = "postgres";
        there["Headroom:Postgres:ConnectionString"] = $"{postgres.ConnectionString};Database=moved";
        await MoveAsync(server.DataDirectory, _paged, Write("there.json", there));
        Assert.True(await postgres.AskAsync<long>("SELECT count(*) FROM headroom_catalog.segments", "moved") > 0);
        await load.ReachAsync(load.Acknowledged.Count + 500);
        await ConfirmAsync(server.DataDirectory);
        var inThere = new Dictionary<string, string>(_paged);
        foreach (var (key, value) in there)
        {
            inThere[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        // What was moved is served no more.
        var refused = await HeadroomServer.RunWithAsync(_paged, "serve", "--data", server.DataDirectory, "--urls", "http://127.0.0.1:0");
        Assert.Equal(1, refused.Code);
        Assert.Contains("was moved to", refused.Errors, StringComparison.Ordinal);

        await MoveAsync(there["Headroom:DataDirectory"], inThere, Write("back.json", new Dictionary<string, string>
        {
            ["Headroom:DataDirectory"] = Path.Combine(_root, "back"),
            ["Headroom:Catalog"] = "sqlite",
            ["Headroom:Segments"] = "disk",
        }));
        await load.ReachAsync(load.Acknowledged.Count + 300);
        await RequireWholeAsync(load, project);
        Assert.True(File.Exists(Path.Combine(_root, "back", "catalog.db")));
    }

    [Fact]
    public async Task A_mover_that_is_killed_again_and_again_goes_on_and_what_was_moved_is_brought_back()
    {
        await using var server = await HeadroomServer.StartWithAsync(_paged);
        var project = await server.AddProjectAsync("killed");
        await using var load = new Load(project);
        await load.ReachAsync(300);
        var there = Path.Combine(_root, "there");
        var file = Write("there.json", new Dictionary<string, string> { ["Headroom:DataDirectory"] = there });
        foreach (var phase in (string[])["Copying", "CatchingUp", "Comparing", "Switching"])
        {
            await KillAtAsync(server.DataDirectory, file, phase);
        }

        await MoveAsync(server.DataDirectory, _paged, file);
        var atSwitch = load.Acknowledged.Count;
        await load.ReachAsync(atSwitch + 300);
        var (code, said, errors) = await HeadroomServer.RunWithAsync(_paged, "move", "rollback", "--data", server.DataDirectory);
        output.WriteLine(said + errors);
        Assert.Equal(0, code);
        await load.ReachAsync(load.Acknowledged.Count + 300);
        Assert.False(File.Exists(Path.Combine(server.DataDirectory, "moved.json")));
        Assert.True(File.Exists(Path.Combine(there, "moved.json")));
        await RequireWholeAsync(load, project);

        // Given up before the switch: nothing has happened.
        var other = Write("other.json", new Dictionary<string, string> { ["Headroom:DataDirectory"] = Path.Combine(_root, "other") });
        await KillAtAsync(server.DataDirectory, other, "CatchingUp");
        (code, said, errors) = await HeadroomServer.RunWithAsync(_paged, "move", "rollback", "--data", server.DataDirectory);
        Assert.True(code == 0, errors);
        Assert.Equal(HttpStatusCode.OK, await project.SendAsync([ProjectClient.Event(Guid.CreateVersion7(), "after", "ada")], TestContext.Current.CancellationToken));
        await project.DrainAsync(s_long);
        KillStarted(server.DataDirectory);
    }

    [Fact]
    public async Task Only_the_log_goes_to_Kafka_and_no_event_is_lost()
    {
        if (OldKafka.Missing() is { } missing)
        {
            Assert.Skip(missing);
        }

        await using var kafka = await OldKafka.StartAsync();
        await using var server = await HeadroomServer.StartWithAsync(_paged);
        var project = await server.AddProjectAsync("kafka");
        await using var load = new Load(project);
        await load.ReachAsync(300);
        var there = kafka.Settings().ToDictionary(static s => s.Key.Replace("__", ":", StringComparison.Ordinal), static s => s.Value);
        there["Headroom:DataDirectory"] = Path.Combine(_root, "there");
        await MoveAsync(server.DataDirectory, _paged, Write("kafka.json", there));
        await load.ReachAsync(load.Acknowledged.Count + 300);
        await RequireWholeAsync(load, project);
        var metrics = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("headroom_kafka_", metrics, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        KillStarted();
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>Servers that movers have started, by the directories of this test that are in their command lines.</summary>
    private void KillStarted(string? directory = null)
    {
        foreach (var process in Process.GetProcessesByName("headroom"))
        {
            using (process)
            {
                try
                {
                    if (File.ReadAllText($"/proc/{process.Id}/cmdline").Contains(directory ?? _root, StringComparison.Ordinal))
                    {
                        process.Kill(entireProcessTree: true);
                        process.WaitForExit();
                    }
                }
                catch (IOException)
                {
                    // It has ended.
                }
            }
        }
    }

    private async Task MoveAsync(string data, Dictionary<string, string> environment, string file)
    {
        var started = Stopwatch.GetTimestamp();
        var (code, said, errors) = await HeadroomServer.RunWithAsync(environment, "move", "--to", file, "--data", data);
        output.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s\n{errors}{said}");
        Assert.True(code == 0, errors);
    }

    private async Task ConfirmAsync(string data)
    {
        var (code, said, errors) = await HeadroomServer.RunWithAsync(_paged, "move", "confirm", "--data", data);
        Assert.True(code == 0, errors);
        Assert.Contains("may be deleted", said, StringComparison.Ordinal);
    }

    /// <summary>Runs a mover and kills it when it comes to a phase; one that is through first is left alone.</summary>
    private async Task KillAtAsync(string data, string file, string phase)
    {
        var info = new ProcessStartInfo(Repository.Program, ["move", "--to", file, "--data", data]) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (name, value) in _paged)
        {
            info.Environment[name] = value;
        }

        using var mover = Process.Start(info)!;
        mover.OutputDataReceived += static (_, _) => { };
        mover.ErrorDataReceived += static (_, _) => { };
        mover.BeginOutputReadLine();
        mover.BeginErrorReadLine();
        var journal = Path.Combine(data, "move.json");
        await Until.TrueAsync($"the mover is at {phase}", async () =>
            mover.HasExited || (File.Exists(journal) && (string?)JsonNode.Parse(await File.ReadAllTextAsync(journal))!["phase"] == phase), s_long);
        output.WriteLine(mover.HasExited ? $"{phase}: was through" : $"{phase}: killed");
        mover.Kill();
        await mover.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private async Task RequireWholeAsync(Load load, ProjectClient project)
    {
        await load.StopAsync();
        output.WriteLine($"{load.Acknowledged.Count} acknowledged, {load.Answers} questions answered, slowest request {load.Slowest.TotalMilliseconds:0} ms");
        Assert.Empty(load.Failures);
        await Until.TrueAsync("all is stored", async () => (await project.LedgerAsync()).Stored >= load.Acknowledged.Count, s_long, async () => (await project.LedgerAsync()).ToString());
        var ledger = await project.DrainAsync(s_long);
        output.WriteLine(ledger.ToString());
        var stored = (await project.EventsAsync(PageSize)).Select(static e => Guid.Parse((string)e["uuid"]!)).ToList();
        Assert.Equal(load.Acknowledged.Order(), stored.Order());
        Assert.Equal(stored.Count, ledger.Stored);
        Assert.Equal(0, ledger.Rejected);
        Assert.Equal(stored.Count, await project.TotalAsync("counted"));
    }

    private string Write(string name, Dictionary<string, string> settings)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllText(path, JsonSerializer.Serialize(settings));
        return path;
    }

    /// <summary>Some hundred events a second, and questions, none of which may fail.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private const int Senders = 4;
        private readonly ConcurrentDictionary<Guid, bool> _acknowledged = new();
        private readonly ConcurrentQueue<string> _failures = new();
        private readonly ProjectClient _project;
        private readonly Task _running;
        private volatile bool _stop;
        private int _answers;
        private long _slowest;

        public Load(ProjectClient project)
        {
            _project = project;
            _running = Task.WhenAll([.. Enumerable.Range(0, Senders).Select(sender => Task.Run(() => SendAsync(sender))), Task.Run(AskAsync)]);
        }

        public IReadOnlyCollection<Guid> Acknowledged => (IReadOnlyCollection<Guid>)_acknowledged.Keys;

        public IReadOnlyCollection<string> Failures => _failures;

        public int Answers => _answers;

        public TimeSpan Slowest => TimeSpan.FromTicks(_slowest);

        public Task ReachAsync(int events) => Until.TrueAsync($"{events} events are acknowledged", () => Task.FromResult(_acknowledged.Count >= events), s_long, () => Task.FromResult(string.Join(' ', _failures)));

        public async Task StopAsync()
        {
            _stop = true;
            await _running;
        }

        public async ValueTask DisposeAsync() => await StopAsync();

        private async Task SendAsync(int sender)
        {
            while (!_stop)
            {
                Guid[] batch = [Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7()];
                var started = Stopwatch.GetTimestamp();
                try
                {
                    var status = await _project.SendAsync([.. batch.Select(uuid => (JsonNode)ProjectClient.Event(uuid, "counted", $"user-{sender}-{uuid.GetHashCode() & 15}"))], CancellationToken.None);
                    if (status != HttpStatusCode.OK)
                    {
                        _failures.Enqueue($"capture: {(int)status}");
                        continue;
                    }

                    foreach (var uuid in batch)
                    {
                        _acknowledged[uuid] = true;
                    }
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
                {
                    _failures.Enqueue($"capture: {e.Message} {e.InnerException?.Message}");
                }

                Took(started);
                await Task.Delay(20);
            }
        }

        private async Task AskAsync()
        {
            while (!_stop)
            {
                var started = Stopwatch.GetTimestamp();
                try
                {
                    await _project.TotalAsync("counted");
                    Interlocked.Increment(ref _answers);
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    _failures.Enqueue($"query: {e.Message} {e.InnerException?.Message}");
                }

                Took(started);
                await Task.Delay(50);
            }
        }

        private void Took(long started)
        {
            var took = Stopwatch.GetElapsedTime(started).Ticks;
            for (var seen = Volatile.Read(ref _slowest); took > seen; seen = Volatile.Read(ref _slowest))
            {
                Interlocked.CompareExchange(ref _slowest, took, seen);
            }
        }
    }
}
