using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Headroom.Tests.Support;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Headroom.Tests.Support;

/// <summary>
/// A real PostgreSQL in a directory of its own, on 127.0.0.1 and a free port; <c>./test</c> installs it. One serves all tests, each with a
/// schema or database of its own; what stops it starts another.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Address = "127.0.0.1";
    private static readonly string? Programs = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(static d => Path.Combine(d, "bin")).FirstOrDefault(static d => File.Exists(Path.Combine(d, "postgres")))
        : null;

    private static Lazy<Task<PostgresServer>> _shared = new(static () => StartAsync());

    private readonly string _directory = "";
    private Process? _process;

    /// <summary>The fixture of the assembly, which stops the shared one.</summary>
    public PostgresServer()
    {
    }

    private PostgresServer(string directory, int port) => (_directory, Port) = (directory, port);

    public int Port { get; }

    /// <summary>With the time to connect that it may need on a busy machine; what stops it is refused at once.</summary>
    public string ConnectionString => ConnectionStringTo(Port) + ";Timeout=30";

    /// <summary>That all tests share, started when the first asks; skips the test where PostgreSQL is not installed.</summary>
    public static Task<PostgresServer> SharedAsync()
    {
        Assert.SkipWhen(Programs is null, "PostgreSQL is not installed under /usr/lib/postgresql; ./test installs it.");
        return _shared.Value;
    }

    /// <summary>Another one, to be stopped by the test.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        var server = await NewAsync();
        await RunAsync([.. AsServer("initdb"), "-D", server.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>A streaming replica of this one, to be stopped by the test.</summary>
    /// <param name="through">The port that it replicates through; null for this server's own.</param>
    public async Task<PostgresServer> StartReplicaAsync(int? through = null)
    {
        var replica = await NewAsync();
        await RunAsync([
            .. AsServer("pg_basebackup"), "-D", replica.Data, "-h", Address, "-p", (through ?? Port).ToString(CultureInfo.InvariantCulture), "-U", "postgres", "-R", "-X", "stream", "-c", "fast", "--no-sync"]);
        await replica.StartAgainAsync();
        return replica;
    }

    private static async Task<PostgresServer> NewAsync()
    {
        Assert.SkipWhen(Programs is null, "PostgreSQL is not installed under /usr/lib/postgresql; ./test installs it.");
        var directory = Directory.CreateTempSubdirectory("headroom-postgres-").FullName;
        if (Environment.IsPrivilegedProcess)
        {
            // The server refuses to be run by root.
            await RunAsync("chown", "postgres", directory);
        }

        using var free = new Socket(SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)free.LocalEndPoint!).Port;
        free.Close();
        return new PostgresServer(directory, port);
    }

    public static string ConnectionStringTo(int port) => string.Create(CultureInfo.InvariantCulture, $"Host={Address};Port={port};Database=postgres;Username=postgres");

    /// <summary>Ends it as a power loss does, or as an operator does.</summary>
    public async Task StopAsync(bool immediately)
    {
        await RunAsync([.. AsServer("pg_ctl"), "-D", Data, "-w", "-m", immediately ? "immediate" : "fast", "stop"]);
        await _process!.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async Task StartAgainAsync()
    {
        var command = AsServer("postgres");
        var start = new ProcessStartInfo(command[0]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = _directory };
        foreach (var argument in (string[])[
            .. command[1..], "-D", Data, "-p", Port.ToString(CultureInfo.InvariantCulture), "-c", $"listen_addresses={Address}", "-c", $"unix_socket_directories={_directory}",
            .. Environment.GetEnvironmentVariable("HEADROOM_MEASURE") is null ? (string[])["-c", "fsync=off", "-c", "full_page_writes=off"] : [],
            "-c", "max_connections=200", "-c", "shared_buffers=64MB", "-c", "autovacuum=off", "-c", "wal_retrieve_retry_interval=100ms"])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        var said = new List<string>();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (said)
            {
                said.Add(line.Data ?? "");
            }

            if (line.Data is null)
            {
                ready.TrySetException(new InvalidOperationException("PostgreSQL did not start: " + string.Join('\n', said)));
            }
            else if (line.Data.Contains("ready to accept", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public async Task<T> AskAsync<T>(string sql, string? database = null)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=False" + (database is null ? "" : ";Database=" + database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is T value ? value : default!;
    }

    public Task ExecuteAsync(string sql, string? database = null) => AskAsync<object>(sql, database);

    public async ValueTask DisposeAsync()
    {
        if (_directory.Length > 0)
        {
            if (_process is not null)
            {
                await StopAsync(immediately: true);
            }

            Directory.Delete(_directory, recursive: true);
        }
        else if (_shared.IsValueCreated)
        {
            var shared = await _shared.Value;
            _shared = new(static () => StartAsync());
            await shared.DisposeAsync();
        }
    }

    private string Data => Path.Combine(_directory, "data");

    private static string[] AsServer(string program) =>
        Environment.IsPrivilegedProcess ? ["runuser", "-u", "postgres", "--", Path.Combine(Programs!, program)] : [Path.Combine(Programs!, program)];

    private static async Task RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)}: {await output} {await error}");
    }
}
