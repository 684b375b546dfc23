using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Headroom.Tests.ObjectStorage;

/// <summary>A real S3 server on the loopback address, in a directory of its own, that can be stopped and started again.</summary>
internal sealed partial class S3Server : IAsyncDisposable
{
    /// <summary>s3rver of tests/s3, which ./test installs.</summary>
    public const string Node = "s3rver";

    /// <summary>moto, where it is installed.</summary>
    public const string Moto = "moto";

    public const string Bucket = "headroom";

    /// <summary>Its access key, and the secret of it.</summary>
    public const string Key = "S3RVER";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly string _kind;
    private Process? _process;
    private int _port;

    private S3Server(string kind) => _kind = kind;

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "headroom-s3-" + Guid.NewGuid().ToString("N"));

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}");

    /// <summary>In the app's settings files and arguments.</summary>
    public IReadOnlyDictionary<string, string> Settings(string prefix) => new Dictionary<string, string>
    {
        ["Headroom:Segments"] = "s3",
        ["Headroom:S3:Bucket"] = Bucket,
        ["Headroom:S3:Prefix"] = prefix,
        ["Headroom:S3:ServiceUrl"] = Url,
        ["Headroom:S3:ForcePathStyle"] = "true",
        ["Headroom:S3:AccessKey"] = Key,
        ["Headroom:S3:SecretKey"] = Key,
    };

    /// <summary>Skips the test where the server is not installed.</summary>
    public static async Task<S3Server> StartAsync(string kind)
    {
        if (kind == Node && !Directory.Exists(Path.Combine(Scripts, "node_modules")))
        {
            Assert.Skip("The S3 server is not installed: run ./test, or npm ci --ignore-scripts in tests/s3.");
        }

        if (kind == Moto && !Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(static p => File.Exists(Path.Combine(p, "moto_server"))))
        {
            Assert.Skip("moto_server is not installed (the Python package moto[server]); the same tests run against s3rver.");
        }

        var server = new S3Server(kind);
        Directory.CreateDirectory(server.Folder);
        await server.StartAsync();
        return server;
    }

    /// <summary>The files that s3rver has of objects whose names begin so.</summary>
    public IReadOnlyList<string> Files(string prefix) =>
        [.. Directory.EnumerateFiles(Path.Combine(Folder, Bucket), "*_object", SearchOption.AllDirectories)
            .Where(f => Path.GetRelativePath(Path.Combine(Folder, Bucket), f).StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>On the port that it had before, with what it had before.</summary>
    public async Task StartAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        if (_kind == Node)
        {
            _process = Start("node", Path.Combine(Scripts, "server.mjs"), Folder, _port.ToString(CultureInfo.InvariantCulture));
            var line = await _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(Deadline, cancellationToken);
            _port = int.Parse(line ?? throw new InvalidOperationException("s3rver did not start."), CultureInfo.InvariantCulture);
            return;
        }

        _port = _port == 0 ? FreePort() : _port;
        _process = Start("moto_server", "-H", "127.0.0.1", "-p", _port.ToString(CultureInfo.InvariantCulture));
        using var http = new HttpClient { Timeout = Deadline };
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var made = await http.PutAsync(new Uri($"{Url}/{Bucket}"), null, cancellationToken);
                made.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException) when (attempt < 300 && !_process.HasExited)
            {
                // It says nowhere that it listens.
                await Task.Delay(100, cancellationToken);
            }
        }
    }

    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
            _process = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static string Scripts
    {
        get
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(directory!.FullName, "Headroom.slnx")))
            {
                directory = directory.Parent;
            }

            return Path.Combine(directory.FullName, "tests", "s3");
        }
    }

    private static Process Start(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        var process = Process.Start(info) ?? throw new InvalidOperationException($"{program} did not start.");
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
