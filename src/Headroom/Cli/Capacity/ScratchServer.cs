using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Headroom.App.Capacity;
using Headroom.App.Projects;

namespace Headroom.Cli.Capacity;

/// <summary>
/// A second server of this program on a directory of its own beside the data directory, so on the same disk, with one project in it. What is
/// tried out there is in nobody's numbers, and goes with it.
/// </summary>
internal sealed class ScratchServer : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly string _directory;

    private ScratchServer(Process process, string directory, HttpClient http, string project, string writeKey, string readKey)
    {
        (_process, _directory, Http, Project, WriteKey, ReadKey) = (process, directory, http, project, writeKey, readKey);
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", readKey);
    }

    public HttpClient Http { get; }

    public string Project { get; }

    public string WriteKey { get; }

    public string ReadKey { get; }

    /// <summary>Processor time that it has taken so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>What it says of itself; null in its first second.</summary>
    public CapacityReport? Report => CapacityReportFile.Read(_directory);

    public static async Task<ScratchServer> StartAsync(string dataDirectory, TimeProvider time, CancellationToken cancellationToken)
    {
        var program = Environment.ProcessPath ?? throw new CommandFailedException("The program does not know where it is, so it cannot start a second server.");
        var directory = Path.GetFullPath(dataDirectory).TrimEnd(Path.DirectorySeparatorChar) + string.Create(CultureInfo.InvariantCulture, $".scratch-{Environment.ProcessId}");
        Directory.CreateDirectory(directory);
        Process? process = null;
        try
        {
            CreatedProject created;
            await using (var control = ControlData.Open(directory))
            {
                created = ControlData.Require(await control.Projects.CreateAsync(new NewProject("Scratch"), cancellationToken));
            }

            var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort()}");
            var start = new ProcessStartInfo(program, ["serve", "--data", directory, "--urls", address, "--Headroom:Capacity:SampleSeconds=1", "--Headroom:Capacity:WriteSeconds=600"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            process = Process.Start(start) ?? throw new CommandFailedException("The second server did not start.");

            // Read to the end, or it would wait for somebody to read; what matters of it is in its answers.
            process.OutputDataReceived += static (_, _) => { };
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1024 }) { BaseAddress = new Uri(address), Timeout = TimeSpan.FromMinutes(2) };
            await ReadyAsync(process, http, time, cancellationToken);
            return new ScratchServer(process, directory, http, created.Project.Id, created.WriteKey, created.ReadKey);
        }
        catch
        {
            End(process, directory);
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        Http.Dispose();
        End(_process, _directory);
        return ValueTask.CompletedTask;
    }

    private static async Task ReadyAsync(Process process, HttpClient http, TimeProvider time, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        while (time.GetElapsedTime(begun) < StartDeadline && !process.HasExited)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or SocketException)
            {
                // Not listening yet; the deadline ends it.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
        }

        throw new CommandFailedException(process.HasExited
            ? string.Create(CultureInfo.InvariantCulture, $"The second server ended with {process.ExitCode}; headroom serve with a new --data directory shows why.")
            : "The second server was not ready within a minute.");
    }

    private static void End(Process? process, string directory)
    {
        if (process is { HasExited: false })
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        process?.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
