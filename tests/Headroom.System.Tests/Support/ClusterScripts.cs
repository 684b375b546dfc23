using System.Diagnostics;
using System.Globalization;
using Headroom.Bench;
using Headroom.System.Tests.Scale;
using Xunit;

namespace Headroom.System.Tests.Support;

/// <summary>A cluster of real processes, begun and ended by deploy/cluster/start and stop, in a directory of its own.</summary>
internal sealed class ClusterScripts : IAsyncDisposable
{
    private readonly string[] _options;
    private readonly (string Name, string Value)[] _settings;
    private Dictionary<string, string> _signIn = [];

    private ClusterScripts(string[] options, (string, string)[] settings) => (_options, _settings) = (options, settings);

    // PostgreSQL runs as a user of its own, who has to get in.
    public string Folder { get; } = Directory.CreateDirectory(
        Path.Combine(Path.GetTempPath(), "headroom-cluster-" + Guid.NewGuid().ToString("N")),
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute).FullName;

    /// <summary>With <c>--apart</c>: the network namespace of the bridge, from which every process is reached.</summary>
    public string Switch => File.ReadLines(Path.Combine(Folder, "layout")).First(static line => line.StartsWith("APART=", StringComparison.Ordinal))[6..] + "-switch";

    public string Project => _signIn["PROJECT"];

    public string WriteKey => _signIn["WRITE_KEY"];

    public string ReadKey => _signIn["READ_KEY"];

    /// <summary>What is missing to run one, or null.</summary>
    public static string? Missing() =>
        !Directory.Exists("/usr/lib/postgresql") ? "PostgreSQL is not installed; ./test installs it."
        : !Directory.Exists(Path.Combine(Repository.Root, "tests", "s3", "node_modules")) ? "The S3 server is not installed: run  npm ci --ignore-scripts  in tests/s3, as ./test does."
        : !Directory.EnumerateFiles("/usr/bin", "redis-server").Any() ? "redis-server is not installed; ./test installs it."
        : OldKafka.Missing();

    /// <param name="options">Of deploy/cluster/start.</param>
    /// <param name="settings">Variables in the environment of all of it.</param>
    public static async Task<ClusterScripts> StartAsync(string[] options, params (string Name, string Value)[] settings)
    {
        var cluster = new ClusterScripts(options, settings);
        try
        {
            await cluster.StartAgainAsync();
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        return cluster;
    }

    /// <summary>Starts what does not run, and waits until it is ready; what the script printed.</summary>
    public async Task<string> StartAgainAsync()
    {
        var (code, output) = await RunAsync("start", [Folder, .. _options]);
        Assert.True(code == 0, $"deploy/cluster/start ended with {code}:\n{output}");
        _signIn = await ClusterScript.SignInAsync(Folder);
        return output;
    }

    public async Task<(int Code, IReadOnlyList<ClusterProcess> Processes)> StatusAsync()
    {
        var (code, output) = await RunAsync("status", [Folder]);
        return (code, [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ClusterProcess.Parse)]);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync(string name)
    {
        using var process = Process.GetProcessById(ProcessId(name));
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public int ProcessId(string name) =>
        int.Parse(File.ReadAllText(Path.Combine(Folder, "run", name + ".pid")).Split(' ')[0], CultureInfo.InvariantCulture);

    public async Task StopAsync(params string[] names)
    {
        var (code, output) = await RunAsync("stop", [Folder, .. names]);
        Assert.True(code == 0, $"deploy/cluster/stop ended with {code}:\n{output}");
    }

    /// <summary>Whoever has the directory in the command line.</summary>
    public IReadOnlyList<string> LeftBehind() => [.. Directory.EnumerateDirectories("/proc")
        .Where(static path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .Select(static path =>
        {
            try
            {
                return File.ReadAllText(Path.Combine(path, "cmdline")).Replace('\0', ' ');
            }
            catch (IOException)
            {
                // It has ended between listing and reading.
                return "";
            }
        }).Where(command => command.Contains(Folder, StringComparison.Ordinal))];

    public async ValueTask DisposeAsync()
    {
        await RunAsync("stop", [Folder]);
        Directory.Delete(Folder, recursive: true);
    }

    private Task<(int Code, string Output)> RunAsync(string script, string[] arguments) =>
        ClusterScript.RunAsync(script, arguments, [("HEADROOM_BIN", Repository.Program), .. _settings]);
}

/// <summary>A line of deploy/cluster/status.</summary>
internal sealed record ClusterProcess(string Name, string State, string Address)
{
    public static ClusterProcess Parse(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new ClusterProcess(words[0], string.Join(' ', words[1..^2]), words[^2]);
    }
}
