using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Headroom.System.Tests.Support;

/// <summary>The real program as a process of its own, on a data directory and a port of its own. It can be killed and started again.</summary>
internal sealed class HeadroomServer : IAsyncDisposable
{
    private readonly string[] _arguments;
    private readonly string _command;
    private readonly StringBuilder _output = new();
    private readonly IReadOnlyDictionary<string, string> _environment;
    private string[] _by = [];
    private Process? _process;

    private HeadroomServer(string command, string[] arguments, string? dataDirectory = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        _environment = environment ?? new Dictionary<string, string>();
        _command = command;
        _arguments = arguments;
        DataDirectory = dataDirectory ?? Directory.CreateTempSubdirectory("headroom-test-").FullName;
        Port = Ports.Free();
        Http = new HttpClient(new SocketsHttpHandler { UseCookies = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5) })
        {
            BaseAddress = new Uri(Address),
            Timeout = TimeSpan.FromSeconds(60),
        };
    }

    public string DataDirectory { get; }

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}";

    public HttpClient Http { get; }

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

    public bool HasExited => _process is not { HasExited: false };

    /// <summary>Resident memory now, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            var line = File.ReadLines($"/proc/{_process!.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return 1024 * long.Parse(line.AsSpan(6, line.Length - 8).Trim(), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Whether a file of this name is mapped into the process.</summary>
    public bool HasLoaded(string file) => File.ReadAllText($"/proc/{_process!.Id}/maps").Contains(file, StringComparison.Ordinal);

    public static async Task<HeadroomServer> StartAsync(params string[] arguments)
    {
        var server = new HeadroomServer("serve", arguments);
        await server.StartProcessAsync();
        return server;
    }

    /// <summary>A server on a data directory that is there, which is deleted with the server.</summary>
    public static async Task<HeadroomServer> StartOnAsync(string dataDirectory, params string[] arguments)
    {
        var server = new HeadroomServer("serve", arguments, dataDirectory);
        await server.StartProcessAsync();
        return server;
    }

    /// <summary>A server with variables in its environment besides those of the tests.</summary>
    public static async Task<HeadroomServer> StartWithAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var server = new HeadroomServer("serve", arguments, environment: environment);
        await server.StartProcessAsync();
        return server;
    }

    /// <summary>A server that a program starts, which becomes what its last arguments say.</summary>
    public static async Task<HeadroomServer> StartByAsync(IEnumerable<string> program, params string[] arguments)
    {
        var server = new HeadroomServer("serve", arguments) { _by = [.. program] };
        await server.StartProcessAsync();
        return server;
    }

    /// <summary>A server that is not expected to become ready; it is not waited for.</summary>
    public static HeadroomServer StartUnready(params string[] arguments) => StartUnreadyWith(new Dictionary<string, string>(), arguments);

    /// <summary>The same, with variables in its environment besides those of the tests.</summary>
    public static HeadroomServer StartUnreadyWith(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var server = new HeadroomServer("serve", arguments, environment: environment);
        server.Launch();
        return server;
    }

    /// <summary><c>headroom demo</c>.</summary>
    public static async Task<HeadroomServer> StartDemoAsync(params string[] arguments)
    {
        var server = new HeadroomServer("demo", arguments);
        await server.StartProcessAsync();
        return server;
    }

    /// <summary>Starts the process and waits until it is ready.</summary>
    public async Task StartProcessAsync()
    {
        Launch();
        await Until.TrueAsync("the server is ready", async () =>
        {
            if (HasExited)
            {
                Assert.Fail($"The server ended by itself:\n{Output}");
            }

            return await IsReadyAsync();
        });
    }

    /// <summary>Starts the process and does not wait for anything.</summary>
    public void Launch()
    {
        string[] command = [.. _by, Repository.Program, _command, "--data", DataDirectory, "--urls", Address, .. _arguments];
        var info = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in _environment)
        {
            info.Environment[name] = value;
        }

        foreach (var argument in command[1..])
        {
            info.ArgumentList.Add(argument);
        }

        _process = Process.Start(info) ?? throw new InvalidOperationException("The server did not start.");
        _process.OutputDataReceived += Collect;
        _process.ErrorDataReceived += Collect;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>SIGKILL: nothing in the process gets to run again.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    /// <summary>SIGTERM, as a supervisor sends it; returns when the process has ended, which must be well.</summary>
    public async Task StopAsync()
    {
        if (_process is not { } process)
        {
            return;
        }

        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        await process.WaitForExitAsync(late.Token);
        Assert.True(process.ExitCode == 0, $"The server ended with {process.ExitCode}:\n{Output}");
        process.Dispose();
        _process = null;
    }

    /// <summary>Whether it answers at all.</summary>
    public Task<bool> IsAliveAsync() => IsOkAsync("/health/live");

    public Task<bool> IsReadyAsync() => IsOkAsync("/health/ready");

    /// <summary>What readiness tells of one part of the server: <c>name</c>, <c>status</c>, and <c>since</c> and <c>message</c> where it is not ok.</summary>
    public async Task<JsonNode> PartAsync(string name)
    {
        using var answer = await Http.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
        var health = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        return health["parts"]!.AsArray().Single(part => (string)part!["name"]! == name)!;
    }

    public async Task<ProjectClient> AddProjectAsync(string name, params string[] domains)
    {
        var arguments = new List<string> { "project", "add", name, "--json" };
        foreach (var domain in domains)
        {
            arguments.AddRange(["--domain", domain]);
        }

        var added = await RunJsonAsync([.. arguments]);
        return new ProjectClient(Http, (string)added["project"]!, (string)added["writeKey"]!, (string)added["readKey"]!);
    }

    /// <summary>The command line on this server's data directory, while the server runs; its answer as JSON.</summary>
    public async Task<JsonNode> RunJsonAsync(params string[] arguments)
    {
        var (code, output, errors) = await RunHereAsync([.. arguments, "--data", DataDirectory]);
        Assert.True(code == 0, $"headroom {string.Join(' ', arguments)} ended with {code}:\n{output}{errors}");
        return JsonNode.Parse(output)!;
    }

    /// <summary>The program to its end: its exit code and what it said on both streams.</summary>
    public static Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) => RunWithAsync(new Dictionary<string, string>(), arguments);

    /// <summary>The program to its end, in the environment of this server.</summary>
    public Task<(int Code, string Output, string Errors)> RunHereAsync(params string[] arguments) => RunWithAsync(_environment, arguments);

    /// <summary>As <see cref="RunAsync"/>, with variables in its environment.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunWithAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var info = new ProcessStartInfo(Repository.Program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        using var process = Process.Start(info) ?? throw new InvalidOperationException("The program did not start.");
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: true } ended)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"The server ended by itself with {ended.ExitCode}. It said last:\n{Output}");
        }

        await KillAsync();
        Http.Dispose();
        Directory.Delete(DataDirectory, recursive: true);
    }

    private async Task<bool> IsOkAsync(string path)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        const int Kept = 32 * 1024;
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
