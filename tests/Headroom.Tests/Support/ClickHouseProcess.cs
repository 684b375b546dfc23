using System.Diagnostics;
using System.Globalization;
using Headroom.Tests.Support;
using Xunit;

[assembly: AssemblyFixture(typeof(ClickHouseProcess))]

namespace Headroom.Tests.Support;

/// <summary>
/// A current ClickHouse, which is a library of tests/clickhouse in a process of its own, on 127.0.0.1 and a free port. One serves all tests, each
/// with projects of its own; it goes when this process does.
/// </summary>
public sealed class ClickHouseProcess : IAsyncDisposable
{
    /// <summary>Of the tests that use it: it answers one question at a time, so they come one after the other.</summary>
    public const string Collection = "ClickHouse";

    /// <summary>Each case makes tables and takes some hundred times as long as over files.</summary>
    private const int DefaultPercent = 15;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private static readonly Lazy<Task<ClickHouseProcess>> Shared = new(static () => StartAsync());
    private static int _lastProject;

    private readonly string _directory = "";
    private readonly Process? _process;

    /// <summary>The fixture of the assembly, which stops the shared one.</summary>
    public ClickHouseProcess()
    {
    }

    private ClickHouseProcess(string directory, Process process, int port) => (_directory, _process, Port) = (directory, process, port);

    public int Port { get; }

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Protocol=http;Compression=false");

    /// <summary>For the constructors of the classes that use it: skips their tests where the library is not installed.</summary>
    public static void Require() =>
        Assert.SkipUnless(File.Exists(Library), "ClickHouse's library is not installed: run ./test, or npm ci --ignore-scripts in tests/clickhouse.");

    /// <summary>That all tests share, started when the first asks.</summary>
    public static Task<ClickHouseProcess> SharedAsync() => Shared.Value;

    /// <summary>How many of so many random cases are tried: HEADROOM_TEST_CLICKHOUSE_PERCENT of them, and at least two.</summary>
    public static int Cases(int cases) => Math.Max(2, cases * Percent / 100);

    /// <summary>A number that no other test's project has.</summary>
    public static int NextProject() => Interlocked.Increment(ref _lastProject);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(Deadline);
            _process.Dispose();
            Directory.Delete(_directory, recursive: true);
        }
        else if (Shared.IsValueCreated)
        {
            await (await Shared.Value).DisposeAsync();
        }
    }

    private static int Percent =>
        int.TryParse(Environment.GetEnvironmentVariable("HEADROOM_TEST_CLICKHOUSE_PERCENT"), NumberStyles.None, CultureInfo.InvariantCulture, out var percent) ? percent : DefaultPercent;

    private static string Library => Path.Combine(Root, "tests", "clickhouse", "node_modules", "@chdb", "lib-linux-x64-gnu", "libchdb.so");

    private static string Root
    {
        get
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(directory!.FullName, "Headroom.slnx")))
            {
                directory = directory.Parent;
            }

            return directory.FullName;
        }
    }

    private static async Task<ClickHouseProcess> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("headroom-clickhouse-").FullName;
        var info = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "Headroom.ClickHouse.dll"), Library, directory, "0"])
        {
            info.ArgumentList.Add(argument);
        }

        var process = Process.Start(info) ?? throw new InvalidOperationException("dotnet did not start.");
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Deadline);
        return new ClickHouseProcess(
            directory, process, int.Parse(line ?? throw new InvalidOperationException("ClickHouse's library did not start."), CultureInfo.InvariantCulture));
    }
}
