using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Headroom.Bench.Faults;

/// <summary>
/// The real server under a supervisor, as systemd or Kubernetes is one: whenever the process ends it is started again, on the same port and data
/// directory. Nothing else is done for it.
/// </summary>
internal sealed class LabServer : IAsyncDisposable
{
    private static readonly TimeSpan s_restartAfter = TimeSpan.FromMilliseconds(300);
    private const int KeptOutput = 32 * 1024;
    private readonly List<string> _command;
    private readonly Dictionary<string, string> _environment;
    private readonly StringBuilder _output = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _mayRun = new(1, 1);
    private Task _supervising = Task.CompletedTask;

    /// <param name="wrapper">A program and its arguments that become the server; empty for none.</param>
    public LabServer(string directory, IEnumerable<string> wrapper, IEnumerable<(string Name, string Value)> environment)
    {
        Directory = directory;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");
        Address = new Uri(address);
        Http = NewClient(TimeSpan.FromSeconds(60));
        _command = [.. wrapper, ServerProcess.Program, "serve", "--data", directory, "--urls", address];
        _environment = environment.ToDictionary(static e => e.Name, static e => e.Value);
        _environment.TryAdd("Headroom__RateLimits__RequestsPerSecond", "0");
    }

    public string Directory { get; }

    public int Port { get; }

    public Uri Address { get; }

    /// <summary>For reading; a load has clients of its own.</summary>
    public HttpClient Http { get; }

    /// <summary>Of the process that runs now; 0 where none does.</summary>
    public int ProcessId { get; private set; }

    public int Starts { get; private set; }

    /// <summary>What the processes said last.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public HttpClient NewClient(TimeSpan timeout) => new(new SocketsHttpHandler { UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5), PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5) })
    {
        BaseAddress = Address,
        Timeout = timeout,
    };

    public void Start() => _supervising = Task.Run(SuperviseAsync);

    /// <summary>Ends the process and keeps it from being started until the returned is disposed.</summary>
    public async Task<IDisposable> HoldAsync()
    {
        var held = _mayRun.WaitAsync();
        Signal(Native.Kill);
        await held;
        return new Held(_mayRun);
    }

    public void Signal(int signal)
    {
        if (ProcessId is var id and > 0)
        {
            Native.Signal(id, signal);
        }
    }

    /// <summary>Waits until it answers at all, up to a minute.</summary>
    public async Task AnswersAsync()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var answer = await Http.GetAsync(new Uri("/health/live", UriKind.Relative));
                return;
            }
            catch (HttpRequestException) when (attempt < 600)
            {
                await Task.Delay(100);
            }
        }
    }

    public async Task<Ledger> LedgerAsync(BenchProject project)
    {
        var json = JsonNode.Parse(await ReadAsync(project, HttpMethod.Get, "ledger"))!;
        return new Ledger((long)json["received"]!, (long)json["stored"]!, (long)json["duplicates"]!, (long)json["rejected"]!, (long)json["waiting"]!);
    }

    /// <summary>The rows of a statement.</summary>
    public async Task<JsonArray> SqlAsync(BenchProject project, string sql) =>
        JsonNode.Parse(await ReadAsync(project, HttpMethod.Post, "sql", new JsonObject { ["sql"] = sql }))!["rows"]!.AsArray();

    /// <summary>The uuids of all stored events of a name, as often as they are stored.</summary>
    public async Task<List<Guid>> StoredAsync(BenchProject project, string name)
    {
        using var request = Request(project, HttpMethod.Get, $"export?gzip=false&event={Uri.EscapeDataString(name)}", null);
        using var answer = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var uuids = new List<Guid>();
        while (await reader.ReadLineAsync() is { } line)
        {
            uuids.Add(Guid.Parse((string)JsonNode.Parse(line)!["uuid"]!));
        }

        return uuids;
    }

    /// <exception cref="HttpRequestException">It answered otherwise than with success; the message has what it said.</exception>
    public async Task<string> ReadAsync(BenchProject project, HttpMethod method, string path, JsonNode? body = null)
    {
        using var request = Request(project, method, path, body);
        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? text : throw new HttpRequestException($"{path} answered {(int)answer.StatusCode}: {text}", null, answer.StatusCode);
    }

    public static HttpRequestMessage Request(BenchProject project, HttpMethod method, string path, JsonNode? body)
    {
        var request = new HttpRequestMessage(method, $"/api/projects/{project.Id}/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", project.ReadKey);
        request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        return request;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        Signal(Native.Kill);
        await _supervising;
        Http.Dispose();
        _ending.Dispose();
        _mayRun.Dispose();
    }

    private async Task SuperviseAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            await _mayRun.WaitAsync();
            try
            {
                await RunOnceAsync();
            }
            finally
            {
                _mayRun.Release();
            }

            await Task.Delay(s_restartAfter);
        }
    }

    private async Task RunOnceAsync()
    {
        var info = new ProcessStartInfo(_command[0], _command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in _environment)
        {
            info.Environment[name] = value;
        }

        using var process = Process.Start(info) ?? throw new InvalidOperationException($"{_command[0]} did not start.");
        Starts++;
        ProcessId = process.Id;
        process.OutputDataReceived += Collect;
        process.ErrorDataReceived += Collect;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (_ending.IsCancellationRequested)
        {
            Native.Signal(process.Id, Native.Kill);
        }

        await process.WaitForExitAsync();
        ProcessId = 0;
        Say($"[ended with {process.ExitCode}]");
    }

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not null)
        {
            Say(line.Data);
        }
    }

    private void Say(string line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
            if (_output.Length > 2 * KeptOutput)
            {
                _output.Remove(0, _output.Length - KeptOutput);
            }
        }
    }

    private sealed class Held(SemaphoreSlim mayRun) : IDisposable
    {
        public void Dispose() => mayRun.Release();
    }
}
