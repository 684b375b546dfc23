using System.Net;
using System.Text.Json.Nodes;
using Headroom.Bench;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Scale;

/// <summary>deploy/cluster as an operator uses it.</summary>
public sealed class ClusterScriptsTests
{
    [Fact]
    public async Task A_cluster_starts_with_one_command_answers_survives_a_kill_and_leaves_nothing_running()
    {
        Assert.SkipWhen(ClusterScripts.Missing() is not null, ClusterScripts.Missing() ?? "");
        await using var cluster = await ClusterScripts.StartAsync(["--port", $"{ClusterScript.FreeRange()}"], ("Headroom__Capacity__SampleSeconds", "1"));
        var (code, processes) = await cluster.StatusAsync();
        Assert.Equal(0, code);
        Assert.All(processes, static process => Assert.Equal("ready", process.State));
        Assert.All(processes, static process => Assert.StartsWith("127.0.0.1:", process.Address, StringComparison.Ordinal));
        Assert.Subset(processes.Select(static process => process.Name).ToHashSet(), new HashSet<string> { "postgres", "redis", "s3", "kafka", "gateway", "writer", "capture-1", "capture-2", "query-1", "query-2" });
        Dictionary<string, string> address = processes.ToDictionary(static process => process.Name, static process => process.Address);

        using var people = Http(address["gateway"]);
        using var first = Http(address["capture-1"]);
        using var second = Http(address["capture-2"]);
        await SendAsync(Project(first), "one");
        await SendAsync(Project(second), "two");
        var project = Project(people);
        await AnsweredAsync(2);
        await MeasuredAsync(["capture-1: capture_cpu,capture_queue", "capture-2: capture_cpu,capture_queue", "query-1: query_cpu,query_queue", "query-2: query_cpu,query_queue", "writer: store_writes,writer,writer_cpu"]);

        await cluster.KillAsync("capture-1");
        (code, processes) = await cluster.StatusAsync();
        Assert.Equal(1, code);
        Assert.Equal("stopped", processes.Single(static process => process.Name == "capture-1").State);
        await SendAsync(Project(second), "three");
        await MeasuredAsync(["capture-2: capture_cpu,capture_queue", "query-1: query_cpu,query_queue", "query-2: query_cpu,query_queue", "writer: store_writes,writer,writer_cpu"]);
        var others = processes.Where(static process => process.Name != "capture-1").ToDictionary(static process => process.Name, process => cluster.ProcessId(process.Name));

        // Starts the one that is missing and leaves the others.
        var printed = await cluster.StartAgainAsync();
        Assert.Contains(address["capture-1"], printed, StringComparison.Ordinal);
        Assert.Contains(cluster.WriteKey, printed, StringComparison.Ordinal);
        Assert.All(others, process => Assert.Equal(process.Value, cluster.ProcessId(process.Key)));
        await SendAsync(Project(first), "four");
        await AnsweredAsync(4);

        await cluster.StopAsync("capture-2");
        Assert.Equal("stopped", (await cluster.StatusAsync()).Processes.Single(static process => process.Name == "capture-2").State);
        Assert.NotEmpty(cluster.LeftBehind());
        await cluster.StopAsync();
        Assert.Empty(cluster.LeftBehind());

        // Each query process follows what the writer stored at its own pace, and the gateway may ask either.
        async Task AnsweredAsync(long events)
        {
            await project.StoredAsync(events);
            foreach (var name in (string[])["query-1", "query-2"])
            {
                using var query = Http(address[name]);
                await Until.TrueAsync($"{name} counts {events} events", async () => await Project(query).TotalAsync("seen") == events);
            }

            Assert.Equal(events, await project.TotalAsync("seen"));
        }

        // Each process has resources of its own in the Writer's report, and one that is gone has none.
        async Task MeasuredAsync(string[] expected)
        {
            string[] own = ["capture_cpu", "capture_queue", "query_cpu", "query_queue", "store_writes", "writer", "writer_cpu"];
            string[] found = [];
            await Until.TrueAsync(
                $"these are measured: {string.Join("; ", expected)}",
                async () => (found = [.. (await ReportAsync())["resources"]!.AsArray().Where(one => own.Contains((string)one!["name"]!)).GroupBy(static one => (string)one!["process"]!)
                    .Select(static of => $"{of.Key.Split('/')[1]}: {string.Join(',', of.Select(static one => (string)one!["name"]!).Order(StringComparer.Ordinal))}").Order(StringComparer.Ordinal)]).SequenceEqual(expected),
                detail: () => Task.FromResult(string.Join("; ", found)));
        }

        async Task<JsonNode> ReportAsync()
        {
            var (_, output, _) = await HeadroomServer.RunAsync("doctor", "--data", Path.Combine(cluster.Folder, "data", "writer"), "--json");
            return output.StartsWith('{') ? JsonNode.Parse(output)! : new JsonObject { ["resources"] = new JsonArray() };
        }

        ProjectClient Project(HttpClient http) => new(http, cluster.Project, cluster.WriteKey, cluster.ReadKey);

        async Task SendAsync(ProjectClient to, string person) =>
            Assert.Equal(HttpStatusCode.OK, await to.SendAsync([ProjectClient.Event(Guid.CreateVersion7(), "seen", person)], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Without_a_process_that_writes_the_components_start_alone_and_their_settings_are_in_a_file_for_the_owner()
    {
        Assert.SkipWhen(ClusterScripts.Missing() is not null, ClusterScripts.Missing() ?? "");
        var folder = Directory.CreateTempSubdirectory("headroom-cluster-").FullName;

        // All but the S3 server are somebody else's, one with what JSON has to write otherwise.
        const string Database = "Host=none;Password=\"a\\b&c\"";
        (string, string)[] environment = [("Headroom__Postgres__ConnectionString", Database), ("Headroom__Redis__Endpoints__0", "none:1"), ("Headroom__Kafka__BootstrapServers", "none:1")];
        try
        {
            var (code, output) = await ClusterScript.RunAsync("start", [folder, "--writers", "0", "--port", $"{ClusterScript.FreeRange()}"], environment);
            Assert.True(code == 0, output);
            var file = Path.Combine(folder, "settings.json");
            Assert.Contains(file, output, StringComparison.Ordinal);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            var settings = JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!;
            Assert.Equal(Database, (string?)settings["Headroom:Postgres:ConnectionString"]);
            Assert.Equal("kafka", (string?)settings["Headroom:EventLog"]);
            (code, output) = await ClusterScript.RunAsync("status", [folder], []);
            Assert.Equal(0, code);
            var only = ClusterProcess.Parse(Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
            Assert.Equal(("s3", "ready", (string?)settings["Headroom:S3:ServiceUrl"]), (only.Name, only.State, "http://" + only.Address));
        }
        finally
        {
            await ClusterScript.RunAsync("stop", [folder], []);
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Where_something_is_missing_all_of_it_is_said_with_how_to_get_it_and_nothing_is_started()
    {
        var folder = Directory.CreateTempSubdirectory("headroom-cluster-");
        try
        {
            // Bash's own commands and little else.
            var path = Directory.CreateDirectory(Path.Combine(folder.FullName, "bin")).FullName;
            foreach (var program in (string[])["bash", "env", "dirname", "readlink", "mkdir", "cat", "sort", "tail", "xargs", "flock", "cksum", "cut", "id"])
            {
                File.CreateSymbolicLink(Path.Combine(path, program), File.Exists("/usr/bin/" + program) ? "/usr/bin/" + program : "/bin/" + program);
            }

            var info = new global::System.Diagnostics.ProcessStartInfo("/bin/bash", [Path.Combine(Repository.Root, "deploy", "cluster", "start"), Path.Combine(folder.FullName, "cluster")])
            {
                RedirectStandardError = true,
                Environment = { ["PATH"] = path, ["KAFKA_HOME"] = "/no/kafka" },
            };
            using var process = global::System.Diagnostics.Process.Start(info)!;
            var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.NotEqual(0, process.ExitCode);
            foreach (var expected in (string[])["redis-server", "Headroom__Redis__Endpoints__0", "nodejs.org", "openjdk-17-jre-headless", "KAFKA_HOME is /no/kafka"])
            {
                Assert.Contains(expected, errors, StringComparison.Ordinal);
            }

            Assert.Empty(Directory.EnumerateFiles(Path.Combine(folder.FullName, "cluster", "run")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static HttpClient Http(string address) => new() { BaseAddress = new Uri("http://" + address), Timeout = TimeSpan.FromSeconds(60) };
}
