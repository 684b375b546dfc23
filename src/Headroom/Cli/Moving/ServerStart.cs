using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Headroom.App.Moving;

namespace Headroom.Cli.Moving;

/// <summary>A server that a move starts: a process of its own, which lives on when the mover has ended.</summary>
internal static class ServerStart
{
    /// <summary>What it says, in its data directory.</summary>
    public const string OutputName = "server.log";

    /// <param name="arguments">Settings as --Section:Key=value.</param>
    /// <param name="environment">Variables on top of those of the mover, where settings with secrets are.</param>
    /// <returns>Its process, and where it answers before it has its addresses.</returns>
    public static (int Process, Uri Address) Start(string dataDirectory, string urls, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, bool isEmpty, bool returns)
    {
        var port = FreePort();
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        var output = Path.Combine(dataDirectory, OutputName);

        // A session of its own: what ends the mover, or its terminal, does not end it; and no pipe of the mover stays open.
        var info = new ProcessStartInfo("setsid") { UseShellExecute = false, WorkingDirectory = Environment.CurrentDirectory };
        foreach (var argument in (string[])["/bin/sh", "-c", "umask 077; out=$1; shift; exec \"$@\" >>\"$out\" 2>&1 </dev/null", "sh", output, .. Program(), "serve", "--data", dataDirectory,
            "--urls", $"{urls};{address}", .. arguments])
        {
            info.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        info.Environment[MoveArrival.Variable] = new MoveArrival(port, isEmpty, returns).ToJson();
        using var started = Process.Start(info) ?? throw new CommandFailedException("The new server could not be started.");
        return (started.Id, new Uri(address));
    }

    /// <summary>Waits until it can be asked for something, and answers.</summary>
    /// <exception cref="CommandFailedException">It has ended, or needs too long.</exception>
    public static async Task<MoveClient> ReadyAsync(string dataDirectory, int process, Uri address, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!Runs(process, dataDirectory))
            {
                throw new CommandFailedException($"The new server has ended. It said last: {Last(dataDirectory)}");
            }

            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(5))
            {
                throw new CommandFailedException($"The new server (process {process}) has not been ready for five minutes; see {Path.Combine(dataDirectory, OutputName)}.");
            }

            if (await MoveClient.FindAsync(dataDirectory, cancellationToken) is { } client)
            {
                try
                {
                    using var answer = await http.GetAsync(new Uri(address, "/health/live"), cancellationToken);
                    if (answer.StatusCode == HttpStatusCode.OK)
                    {
                        return client;
                    }
                }
                catch (Exception e) when (e is HttpRequestException or SocketException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
                {
                    // It is starting.
                }

                await client.DisposeAsync();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    /// <summary>Ends a server on the directory, where one runs.</summary>
    public static async Task StopAsync(string dataDirectory, int process, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (await MoveClient.FindAsync(dataDirectory, cancellationToken) is { } client)
        {
            await using (client)
            {
                try
                {
                    await client.AskAsync("stop", cancellationToken);
                }
                catch (IOException)
                {
                    // It was ending already.
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }

        // It may be on its way from or to having a channel.
        while (Runs(process, dataDirectory))
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(1))
            {
                throw new CommandFailedException($"Process {process}, the server on {dataDirectory}, does not end. End it, and go on.");
            }

            if (await MoveClient.FindAsync(dataDirectory, cancellationToken) is { } late)
            {
                await using (late)
                {
                    await late.AskAsync("stop", cancellationToken);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    /// <summary>Whether the process is the server on the directory, and no other that has its number by now.</summary>
    public static bool Runs(int process, string dataDirectory)
    {
        try
        {
            // While a program takes another's place in a process, there is none for a moment.
            return process > 0
                && File.ReadAllText($"/proc/{process}/cmdline") is var command && (command.Length == 0 || command.Contains(dataDirectory, StringComparison.Ordinal))
                && !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string[] Program() => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) != "dotnet"
        ? [path]
        : [Environment.ProcessPath ?? "dotnet", typeof(ServerStart).Assembly.Location];

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static string Last(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, OutputName);
        return File.Exists(path) ? string.Join(' ', File.ReadLines(path).TakeLast(5)) : "nothing.";
    }
}
