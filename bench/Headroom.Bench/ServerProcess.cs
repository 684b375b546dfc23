using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Headroom.Bench;

internal sealed record BenchProject(string Id, string WriteKey, string ReadKey);

internal sealed record Ledger(long Received, long Stored, long Duplicates, long Rejected, long Waiting);

/// <summary>What a process holds of the machine; memory in bytes.</summary>
internal sealed record Footprint(long Resident, long Proportional, long Anonymous, int Handles, int Threads);

/// <summary>A process that listens on a free port of this machine and ends with the benchmark.</summary>
internal abstract class ListeningProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_startDeadline = TimeSpan.FromSeconds(60);
    private readonly StringBuilder _output = new();
    private Process? _process;

    protected ListeningProcess()
    {
        Port = FreePort();
        Http = new HttpClient { BaseAddress = new Uri(Address), Timeout = TimeSpan.FromSeconds(60) };
    }

    public int Port { get; }

    public string Host => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public string Address => $"http://{Host}";

    protected HttpClient Http { get; }

    /// <summary>Resident memory now, in bytes.</summary>
    public long ResidentBytes => Memory("VmRSS:");

    /// <summary>The most resident memory so far, in bytes.</summary>
    public long PeakBytes => Memory("VmHWM:");

    public TimeSpan ProcessorTime
    {
        get
        {
            Running.Refresh();
            return Running.TotalProcessorTime;
        }
    }

    /// <summary>How often each of its threads gave its processor up to wait, by the thread's number.</summary>
    public IReadOnlyDictionary<string, long> Switches()
    {
        const string Field = "voluntary_ctxt_switches:";
        var threads = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var task in Directory.EnumerateDirectories($"/proc/{Running.Id}/task"))
        {
            try
            {
                var line = File.ReadLines(Path.Combine(task, "status")).First(static line => line.StartsWith(Field, StringComparison.Ordinal));
                threads.Add(task, long.Parse(line.AsSpan(Field.Length).Trim(), CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                // A thread that ended between listing and looking.
            }
        }

        return threads;
    }

    /// <summary>How much the process holds now. Proportional memory shares pages of libraries and files with whoever else maps them.</summary>
    public Footprint Footprint()
    {
        var id = Running.Id;
        var (resident, proportional, anonymous) = (0L, 0L, 0L);
        foreach (var line in File.ReadLines($"/proc/{id}/smaps_rollup"))
        {
            _ = Take(line, "Rss:", ref resident) || Take(line, "Pss:", ref proportional) || Take(line, "Anonymous:", ref anonymous);
        }

        var threads = Directory.EnumerateFileSystemEntries($"/proc/{id}/task").Count();
        return new Footprint(resident, proportional, anonymous, Directory.EnumerateFileSystemEntries($"/proc/{id}/fd").Count(), threads);

        static bool Take(string line, string field, ref long bytes)
        {
            if (!line.StartsWith(field, StringComparison.Ordinal))
            {
                return false;
            }

            bytes = 1024 * long.Parse(line.AsSpan(field.Length, line.Length - field.Length - 2).Trim(), CultureInfo.InvariantCulture);
            return true;
        }
    }

    private Process Running => _process ?? throw new InvalidOperationException("Not started.");

    public virtual async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
    }

    /// <summary>Starts it and waits for its first good answer; how long that took.</summary>
    protected async Task<TimeSpan> StartAsync(
        string file, IEnumerable<string> arguments, string readyPath, params IEnumerable<(string Name, string Value)> environment)
    {
        var start = Stopwatch.GetTimestamp();
        var process = Process.Start(StartInfo(file, arguments, environment)) ?? throw new InvalidOperationException($"{file} did not start.");
        _process = process;
        process.OutputDataReceived += Collect;
        process.ErrorDataReceived += Collect;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (Stopwatch.GetElapsedTime(start) < s_startDeadline && !process.HasExited)
        {
            try
            {
                using var answer = await Http.GetAsync(new Uri(readyPath, UriKind.Relative));
                if (answer.IsSuccessStatusCode)
                {
                    return Stopwatch.GetElapsedTime(start);
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet: the next tick asks again, up to the deadline.
            }

            await timer.WaitForNextTickAsync();
        }

        lock (_output)
        {
            throw new InvalidOperationException($"{file} is not ready after {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s:\n{_output}");
        }
    }

    /// <summary>One generator asks more often than one key of a person may: the limit on requests is off.</summary>
    protected static ProcessStartInfo StartInfo(string file, IEnumerable<string> arguments, params IEnumerable<(string Name, string Value)> environment)
    {
        var info = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["Headroom__RateLimits__RequestsPerSecond"] = "0" },
        };
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        return info;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private long Memory(string field)
    {
        foreach (var line in File.ReadLines($"/proc/{Running.Id}/status"))
        {
            if (line.StartsWith(field, StringComparison.Ordinal))
            {
                return 1024 * long.Parse(line.AsSpan(6, line.Length - 8).Trim(), CultureInfo.InvariantCulture);
            }
        }

        return 0;
    }

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        const int Kept = 64 * 1024;
        lock (_output)
        {
            _output.AppendLine(line.Data);
            if (_output.Length > 2 * Kept)
            {
                _output.Remove(0, _output.Length - Kept);
            }
        }
    }
}

/// <summary>This same program as an endpoint that reads the body and answers: what capture is compared with.</summary>
internal sealed class BareProcess : ListeningProcess
{
    public static async Task<BareProcess> StartAsync()
    {
        var bare = new BareProcess();
        await bare.StartAsync(Environment.ProcessPath!, ["bare", bare.Address], "/");
        return bare;
    }
}

/// <summary>What <c>./run</c> starts, on a data directory of its own: the server with the demo project.</summary>
internal sealed class DemoProcess : ListeningProcess
{
    private readonly string _directory = ServerProcess.NewDirectory();

    /// <summary>From the start of the script to the first answer of a server that is ready.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    public static async Task<DemoProcess> StartAsync()
    {
        var demo = new DemoProcess();
        demo.ReadyAfter = await demo.StartAsync(Path.Combine(RepositoryFolder.Root(), "run"), ["--data", demo._directory, "--urls", demo.Address], "/health/ready");
        return demo;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}

/// <summary>The real server on a data directory of its own, which is removed at the end.</summary>
internal sealed class ServerProcess : ListeningProcess
{
    private readonly bool _ownsDirectory;
    private MemoryGroup? _container;

    private ServerProcess(string? directory)
    {
        _ownsDirectory = directory is null;
        Directory = directory ?? NewDirectory();
    }

    public string Directory { get; }

    public TimeSpan ReadyAfter { get; private set; }

    /// <summary>The program under test: HEADROOM_BIN, which ./bench/run sets.</summary>
    public static string Program => Environment.GetEnvironmentVariable("HEADROOM_BIN") is { Length: > 0 } file
        ? file
        : throw new InvalidOperationException("HEADROOM_BIN does not name the headroom program; start benchmarks with ./bench/run.");

    public static string NewDirectory() => System.IO.Directory.CreateTempSubdirectory("headroom-bench-").FullName;

    /// <param name="environment">Settings, as environment variables.</param>
    public static Task<ServerProcess> StartAsync(string? directory = null, params IEnumerable<(string Name, string Value)> environment) =>
        StartAsync(directory, processor: null, environment);

    /// <param name="processor">The one processor that it may use, as taskset gives it, or null for all.</param>
    public static Task<ServerProcess> StartAsync(string? directory, int? processor, params IEnumerable<(string Name, string Value)> environment) =>
        StartAsync(directory, processor, container: null, environment);

    /// <summary>
    /// In a container of so much memory, past which the kernel ends it. Where it has all of a machine the garbage collector leaves what a burst or a large
    /// question used lying for long, which says nothing about growth or bounds. Where no container can be made, its heap has what it would have in one.
    /// </summary>
    public static Task<ServerProcess> StartInContainerAsync(long memoryBytes, int? processor, Report report)
    {
        if (MemoryGroup.ReasonAgainst() is { } reason)
        {
            report.Note($"The server had only its heap bounded, as in a container of {memoryBytes >> 20} MiB: {reason}.");
            return StartAsync(directory: null, processor, ("DOTNET_GCHeapHardLimit", (memoryBytes / 2).ToString("x", CultureInfo.InvariantCulture)));
        }

        report.Note($"The server runs in a container of {memoryBytes >> 20} MiB.");
        var container = MemoryGroup.Make();
        container.Limit(memoryBytes);
        return StartAsync(directory: null, processor, container);
    }

    private static async Task<ServerProcess> StartAsync(
        string? directory, int? processor, MemoryGroup? container, params IEnumerable<(string Name, string Value)> environment)
    {
        var server = new ServerProcess(directory) { _container = container };
        string[] command = [.. container?.Wrapper ?? [], Program, "serve", "--data", server.Directory, "--urls", server.Address];
        if (processor is { } only)
        {
            command = ["taskset", "-c", only.ToString(CultureInfo.InvariantCulture), .. command];
        }

        server.ReadyAfter = await server.StartAsync(command[0], command[1..], "/health/ready", environment);
        return server;
    }

    public Task<BenchProject> AddProjectAsync(string name) => AddProjectAsync(name, Directory);

    public static async Task<BenchProject> AddProjectAsync(string name, string directory)
    {
        var (exitCode, output) = await RunAsync(["project", "add", name, "--data", directory, "--json"]);
        var json = exitCode == 0 ? JsonNode.Parse(output) : throw new InvalidOperationException($"project add failed:\n{output}");
        return new BenchProject((string)json!["project"]!, (string)json["writeKey"]!, (string)json["readKey"]!);
    }

    /// <summary>Runs the program's command line to its end, compiled as ./headroom lets commands be.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(IEnumerable<string> arguments)
    {
        using var process = Process.Start(StartInfo(Program, arguments, ("DOTNET_TieredPGO", "0"))) ?? throw new InvalidOperationException($"{Program} did not start.");
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + await errors);
    }

    public async Task<Ledger> LedgerAsync(BenchProject project)
    {
        var json = (await GetAsync(project, "ledger"))!;
        return new Ledger((long)json["received"]!, (long)json["stored"]!, (long)json["duplicates"]!, (long)json["rejected"]!, (long)json["waiting"]!);
    }

    /// <summary>Whether the event can be queried.</summary>
    public async Task<bool> HasEventAsync(BenchProject project, Guid uuid) =>
        await GetAsync(project, string.Create(CultureInfo.InvariantCulture, $"events/{uuid}")) is not null;

    /// <summary>Waits until everything received is queryable; the last ledger.</summary>
    public async Task<Ledger> DrainAsync(BenchProject project, TimeSpan deadline)
    {
        var start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            var ledger = await LedgerAsync(project);
            if (ledger.Waiting == 0)
            {
                return ledger;
            }

            if (Stopwatch.GetElapsedTime(start) > deadline)
            {
                throw new TimeoutException($"{ledger.Waiting} events still wait after {deadline.TotalSeconds:0} s.");
            }

            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Sends one event and returns when it is acknowledged.</summary>
    public async Task CaptureAsync(BenchProject project, Guid uuid, string name, DateTimeOffset now)
    {
        var body = new JsonObject
        {
            ["api_key"] = project.WriteKey,
            ["uuid"] = uuid.ToString(),
            ["event"] = name,
            ["distinct_id"] = "probe",
            ["timestamp"] = now.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        };
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync(new Uri("/i/v0/e/", UriKind.Relative), content);
        answer.EnsureSuccessStatusCode();
    }

    /// <param name="maxAge">How far behind the answer may be.</param>
    public Task<JsonNode> QueryAsync(BenchProject project, JsonNode query, TimeSpan? maxAge = null) => PostAsync(project, "query", query, maxAge);

    /// <summary>Asks for what a read key may ask for at a path below the project.</summary>
    public async Task<JsonNode> PostAsync(BenchProject project, string path, JsonNode question, TimeSpan? maxAge = null)
    {
        using var content = new StringContent(question.ToJsonString(), Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/projects/{project.Id}/{path}") { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", project.ReadKey);
        request.Headers.CacheControl = maxAge is null ? null : new CacheControlHeaderValue { MaxAge = maxAge };
        using var answer = await Http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return (await JsonNode.ParseAsync(await answer.Content.ReadAsStreamAsync()))!;
    }

    /// <summary>What is at a path below the project, or null where nothing is.</summary>
    public async Task<JsonNode?> GetAsync(BenchProject project, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/projects/{project.Id}/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", project.ReadKey);
        using var answer = await Http.SendAsync(request);
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        answer.EnsureSuccessStatusCode();
        return await JsonNode.ParseAsync(await answer.Content.ReadAsStreamAsync());
    }

    /// <summary>The sum of a metric over all of its lines in which the label stands, in the order asked for; 0 where there is none.</summary>
    public async Task<double[]> MetricsAsync(params IReadOnlyList<(string Name, string Label)> metrics)
    {
        var sums = new double[metrics.Count];
        using var answer = await Http.GetAsync(new Uri("/metrics", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() is { } line)
        {
            // NAME{LABELS} VALUE [TIME]; labels have values with spaces in them.
            for (var i = 0; i < sums.Length; i++)
            {
                var (name, label) = metrics[i];
                if (line.StartsWith(name, StringComparison.Ordinal) && line.AsSpan(name.Length) is ['{' or ' ', ..] && line.Contains(label, StringComparison.Ordinal))
                {
                    var value = line[(Math.Max(name.Length - 1, line.LastIndexOf('}')) + 1)..].Trim().Split(' ')[0];
                    sums[i] += double.Parse(value, CultureInfo.InvariantCulture);
                }
            }
        }

        return sums;
    }

    /// <summary>Bytes of every file in the data directory.</summary>
    public long DiskBytes() => Bytes(new DirectoryInfo(Directory));

    /// <summary>The same without the event log, whose files go once they are stored and old enough.</summary>
    public long StoreBytes() => DiskBytes() - Bytes(new DirectoryInfo(Path.Combine(Directory, "log")));

    private static long Bytes(DirectoryInfo directory)
    {
        long bytes = 0;
        foreach (var file in directory.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            try
            {
                bytes += file.Length;
            }
            catch (FileNotFoundException)
            {
                // Compaction or retention removed it between listing and looking.
            }
        }

        return bytes;
    }

    /// <summary>Parquet files below the data directory, and their bytes.</summary>
    public (int Files, long Bytes) Segments()
    {
        var files = 0;
        long bytes = 0;
        foreach (var file in new DirectoryInfo(Directory).EnumerateFiles("*.parquet", SearchOption.AllDirectories))
        {
            try
            {
                bytes += file.Length;
                files++;
            }
            catch (FileNotFoundException)
            {
                // Compaction removed it between listing and looking: it holds nothing any more.
            }
        }

        return (files, bytes);
    }

    /// <summary>Waits until no segment file has come or gone for the given time, up to the deadline.</summary>
    public async Task<(int Files, long Bytes)> SettleAsync(TimeSpan quiet, TimeSpan deadline)
    {
        var start = Stopwatch.GetTimestamp();
        var since = start;
        var last = Segments();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (Stopwatch.GetElapsedTime(since) < quiet && Stopwatch.GetElapsedTime(start) < deadline)
        {
            await timer.WaitForNextTickAsync();
            var now = Segments();

            // A long merge changes no segment until it is done.
            if (now != last || System.IO.Directory.EnumerateFiles(Directory, "*.parquet.tmp", SearchOption.AllDirectories).Any())
            {
                (last, since) = (now, Stopwatch.GetTimestamp());
            }
        }

        return last;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _container?.Dispose();
        if (_ownsDirectory)
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }
}
