using System.Diagnostics;
using System.Globalization;
using System.Text;
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
    private const int DefaultPercent = 5;

    private const int MostSaid = 1 << 20;

    private static readonly TimeSpan StartsWithin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(10);

    /// <summary>Started on a thread of no test's: who blocks for it waits for nothing that needs his own.</summary>
    private static readonly Lazy<Task<ClickHouseProcess>> Shared = new(static () => Task.Run(StartAsync));
    private static int _lastProject;

    private readonly string _directory = "";
    private readonly Process? _process;
    private readonly StringBuilder _said = new();
    private readonly TaskCompletionSource<int> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The fixture of the assembly, which stops the shared one.</summary>
    public ClickHouseProcess()
    {
    }

    private ClickHouseProcess(string directory)
    {
        _directory = directory;
        var info = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "Headroom.ClickHouse.dll"), Library, directory, "0"])
        {
            info.ArgumentList.Add(argument);
        }

        _process = new Process { StartInfo = info, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.Exited += (_, _) => _listening.TrySetException(new InvalidOperationException("ClickHouse ended."));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Port { get; private set; }

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Protocol=http;Compression=false");

    /// <summary>For the constructors of the classes that use it: skips their tests where the library is not installed, and says so where it has ended.</summary>
    public static void Require()
    {
        Assert.SkipUnless(File.Exists(Library), "ClickHouse's library is not installed: run ./test, or npm ci --ignore-scripts in tests/clickhouse.");
        if (Shared is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } started } && started.GetAwaiter().GetResult() is { _process.HasExited: true } ended)
        {
            Assert.Fail("ClickHouse has ended and said:\n" + ended.Said);
        }
    }

    /// <summary>That all tests share, started when the first asks; fails where it does not start within a minute.</summary>
    public static Task<ClickHouseProcess> SharedAsync() => Shared.Value;

    /// <summary>As <see cref="SharedAsync"/>, for constructors.</summary>
    public static ClickHouseProcess Take() => Shared.Value.GetAwaiter().GetResult();

    /// <summary>How many of so many random cases are tried: HEADROOM_TEST_CLICKHOUSE_PERCENT of them, and at least two.</summary>
    public static int Cases(int cases) => Math.Max(2, cases * Percent / 100);

    /// <summary>A number that no other test's project has.</summary>
    public static int NextProject() => Interlocked.Increment(ref _lastProject);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.StandardInput.Close();
            try
            {
                await _process.WaitForExitAsync().WaitAsync(EndsWithin);
            }
            catch (TimeoutException)
            {
                _process.Kill();
                await _process.WaitForExitAsync().WaitAsync(EndsWithin);
            }

            _process.Dispose();
            Directory.Delete(_directory, recursive: true);
        }
        else if (Shared is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await Take().DisposeAsync();
        }
    }

    private string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
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
        var process = new ClickHouseProcess(Directory.CreateTempSubdirectory("headroom-clickhouse-").FullName);
        try
        {
            process.Port = await process._listening.Task.WaitAsync(StartsWithin);
            return process;
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            await process.DisposeAsync();
            throw new InvalidOperationException($"ClickHouse did not start ({e.Message}) and said:\n{process.Said}", e);
        }
    }

    /// <summary>All that it says is read, else it would wait for it; the first line is its port.</summary>
    private void Hear(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_said)
        {
            if (_said.Length < MostSaid)
            {
                _said.AppendLine(line);
            }
        }

        if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            _listening.TrySetResult(port);
        }
    }
}
