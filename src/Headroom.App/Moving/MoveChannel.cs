// How the program headroom move speaks to a server: a Unix socket in the data directory that its owner alone can open. A
// connection is a session of lines, requests one way and answers the other. What a session asked this process to put off goes
// on when the session ends, however it ends; only the switching of requests stays.

using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Moving;

/// <summary>Answers a mover.</summary>
[SupportedOSPlatform("linux")]
internal sealed class MoveChannel(
    MovingPlace place, IServiceProvider services, MoveGate gate, ListenSockets sockets, WriterPauses pauses, IHostApplicationLifetime lifetime, ILogger<MoveChannel> logger)
    : BackgroundService
{
    private const int LongestLine = 64 * 1024;
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(3);
    private readonly string _path = Path.Combine(place.DataDirectory, MoveMarks.SocketName);

#pragma warning disable CA2213 // Disposed at the end of ExecuteAsync, which waits for what it sends.
    private volatile Forwarding? _forwarding;
#pragma warning restore CA2213

    private IEventLog Log => services.GetRequiredService<IEventLog>();

    private IEventStore Store => services.GetRequiredService<IEventStore>();

    public override void Dispose()
    {
        gate.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(_path);
            listener.Bind(new UnixDomainSocketEndPoint(_path));
            File.SetUnixFileMode(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            listener.Listen(8);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Such as a path that is longer than the 107 bytes that a socket's may have.
            MovingLog.NoChannel(logger, _path, e.Message);
            return;
        }

        try
        {
            while (true)
            {
                var connection = await listener.AcceptAsync(stoppingToken);
#pragma warning disable CA2025 // It ends the connection itself.
                _ = Task.Run(() => ServeAsync(connection, stoppingToken), CancellationToken.None);
#pragma warning restore CA2025
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process is stopping.
        }
        finally
        {
            File.Delete(_path);
            if (_forwarding is { } forwarding)
            {
                await forwarding.DisposeAsync();
            }
        }
    }

    private async Task ServeAsync(Socket connection, CancellationToken stopping)
    {
        await using var stream = new NetworkStream(connection, ownsSocket: true);
        using var session = new Session(pauses, lifetime.ApplicationStopping);
        try
        {
            while (await ReadLineAsync(stream, stopping) is { } line)
            {
                var request = JsonSerializer.Deserialize(line, MoveJson.Default.MoveRequest)!;
                if (request.Command == "append")
                {
                    await Forwarding.TakeAsync(stream, Log, services.GetRequiredService<WaitingEvents>(), stopping);
                    return;
                }

                MoveReply reply;
                try
                {
                    if (request.Command == "listeners")
                    {
                        var shared = sockets.Shared();
                        SocketPassing.Send(connection, Line(Status() with { EndPoints = [.. shared.Select(static s => s.Key)] }), [.. shared.Select(static s => s.Value)]);
                        continue;
                    }

                    reply = await AnswerAsync(request, session, stopping);
                }
                catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
                {
                    MovingLog.Refused(logger, request.Command, e);
                    reply = Status() with { Problem = e.Message };
                }

                await stream.WriteAsync(Line(reply), stopping);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or JsonException)
        {
            // The mover is gone; what it asked for is let go.
        }
        finally
        {
            await EndAsync(session);
        }
    }

    private async Task EndAsync(Session session)
    {
        if (!session.Holds || gate.State == GateState.Passing)
        {
            return;
        }

        gate.RefusesRemovals = false;
        gate.Set(GateState.Open);
        if (Interlocked.Exchange(ref _forwarding, null) is { } forwarding)
        {
            await forwarding.DisposeAsync();
        }
    }

    private async Task<MoveReply> AnswerAsync(MoveRequest request, Session session, CancellationToken stopping)
    {
        switch (request.Command)
        {
            case "status":
                return Status();
            case "begin":
                session.Holds = true;
                gate.RefusesRemovals = true;
                return Status();
            case "forward":
                if (Interlocked.Exchange(ref _forwarding, null) is { } before)
                {
                    await before.DisposeAsync();
                }

                session.Holds = true;
                _forwarding = new Forwarding(Log, PositionOf(request), cancel => ConnectToAppendAsync(request.Socket!, cancel));
                return Status();
            case "pause":
                var at = request.Position is null ? Log.End : PositionOf(request);
                _forwarding?.SetLimit(at);
                await session.PauseAsync(at, stopping);
                if (!at.Reaches(Store.Committed))
                {
                    // The Writer was past it before the pause was known, and all that is stored here is to be there.
                    _forwarding?.SetLimit(Store.Committed);
                }

                return Status();
            case "resume":
                _forwarding?.SetLimit(null);
                session.Resume();
                return Status();
            case "forward-all":
                _forwarding?.SetLimit(null);
                return Status();
            case "sample":
                var sample = new StoreSample(services.GetRequiredService<IProjectDirectory>(), Store, services.GetRequiredService<IInsightAnswers>());
                var until = DateOnly.ParseExact(request.Until!, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
                return Status() with { Sample = await sample.TakeAsync(until, stopping) };
            case "hold-changes":
                session.Holds = true;
                gate.Set(GateState.Changes);
                await gate.SettledAsync(stopping);
                return Status();
            case "hold-all":
                session.Holds = true;
                gate.Set(GateState.All);
                await gate.SettledAsync(stopping);
                return Status();
            case "release":
                gate.Set(GateState.Open);
                return Status();
            case "refresh":
                // Looks at most ten times a second, so once more is soon enough.
                await services.GetRequiredService<IProjectDirectory>().RefreshAsync(stopping);
                await Task.Delay(TimeSpan.FromMilliseconds(150), stopping);
                await services.GetRequiredService<IProjectDirectory>().RefreshAsync(stopping);
                return Status();
            case "switch":
                if (gate.State != GateState.Passing)
                {
                    // From here on it is true, whatever happens to this process.
                    MoveMarks.SetMoved(place.DataDirectory, request.Mark!);
                    gate.Pass(new Uri(request.Url!));
                    MovingLog.Switched(logger, request.Mark!.To, request.Mark.Offset);
                }

                return Status();
            case "take":
                await TakeAsync(request.Socket!, stopping);
                return Status();
            case "leave":
                _ = Task.Run(() => LeaveAsync(stopping), CancellationToken.None);
                return Status();
            case "stop":
                lifetime.StopApplication();
                return Status();
            default:
                return Status() with { Problem = $"There is no command \"{request.Command}\": the two are of different versions." };
        }
    }

    private MoveReply Status()
    {
        var addresses = services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var forwarding = _forwarding;
        return new MoveReply(
            null, Environment.ProcessId,
            string.Join(';', addresses.Where(static a => MoveArrival.Own is not { } arrival || !a.EndsWith(":" + arrival.PrivatePort.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal))),
#pragma warning disable CA1308 // A word of the protocol, not a normalised text.
            gate.State.ToString().ToLowerInvariant(),
#pragma warning restore CA1308
            Log.End.ToString(), Log.IsSettled, Store.Committed.ToString(), forwarding?.Position.ToString(), forwarding?.Problem);
    }

    private async Task TakeAsync(string socket, CancellationToken cancellationToken)
    {
        var (line, taken) = await Task.Run(() => Receive(socket), cancellationToken);
        await sockets.TakeAsync(JsonSerializer.Deserialize(line, MoveJson.Default.MoveReply)?.EndPoints ?? [], taken, cancellationToken);
    }

    private static (byte[] Line, IReadOnlyList<Socket> Sockets) Receive(string path)
    {
        using var channel = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        channel.Connect(new UnixDomainSocketEndPoint(path));
        channel.Send(JsonSerializer.SerializeToUtf8Bytes(new MoveRequest("listeners"), MoveJson.Default.MoveRequest));
        channel.Send("\n"u8);
        var buffer = new byte[LongestLine];
        var (length, taken) = SocketPassing.Receive(channel, buffer);
        while (buffer[length - 1] != '\n')
        {
            length += channel.Receive(buffer.AsSpan(length));
        }

        return (buffer[..length], taken);
    }

    /// <summary>Ends the process when nobody waits for an answer of it and everything of its log is forwarded.</summary>
    private async Task LeaveAsync(CancellationToken stopping)
    {
        try
        {
            await sockets.LeaveAsync(stopping);
            await Task.Delay(Linger, stopping);
            using var late = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            late.CancelAfter(LongestDrain);
            while (gate.UnderWay > 0 || (_forwarding is { Problem: null } forwarding && !forwarding.Position.Reaches(Log.End)))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), late.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // Long requests, such as live views, are cut off and come again; where nobody can connect nothing can be lost.
        }

        lifetime.StopApplication();
    }

    private static async Task<Stream> ConnectToAppendAsync(string path, CancellationToken cancellationToken)
    {
        var stream = await MoveClient.ConnectAsync(path, cancellationToken);
        await stream.WriteAsync(Encoding.UTF8.GetBytes("{\"command\":\"append\"}\n"), cancellationToken);
        return stream;
    }

    private static LogPosition PositionOf(MoveRequest request) =>
        LogPosition.TryParse(request.Position ?? "", out var position) ? position : throw new InvalidOperationException($"\"{request.Position}\" is no place in a log.");

    private static byte[] Line(MoveReply reply) => [.. JsonSerializer.SerializeToUtf8Bytes(reply, MoveJson.Default.MoveReply), (byte)'\n'];

    /// <summary>Byte by byte: what follows the line may be frames. Null at the end.</summary>
    private static async Task<byte[]?> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (line.Count < LongestLine)
        {
            if (await stream.ReadAsync(one, cancellationToken) == 0)
            {
                return null;
            }

            if (one[0] == '\n')
            {
                return [.. line];
            }

            line.Add(one[0]);
        }

        throw new IOException("A line is too long.");
    }

    /// <summary>What one connection has put off.</summary>
    private sealed class Session : IDisposable
    {
        private static readonly TimeSpan LongestPauseStart = TimeSpan.FromSeconds(60);
        private readonly WriterPauses _pauses;
        private readonly CancellationTokenRegistration _stopping;

#pragma warning disable CA2213 // Not disposed: the Writer may be about to wait for it.
        private volatile ManualResetEventSlim? _goOn;
#pragma warning restore CA2213

        public Session(WriterPauses pauses, CancellationToken stopping)
        {
            _pauses = pauses;

            // The Writer is stopped before this part is.
            _stopping = stopping.Register(Resume);
        }

        public bool Holds { get; set; }

        public async Task PauseAsync(LogPosition at, CancellationToken cancellationToken)
        {
            Resume();
            var goOn = new ManualResetEventSlim();
            var paused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _goOn = goOn;

            // Apart: where the Writer waits for records it goes on in this very call, and so would wait in it.
            _ = Task.Run(
                () => _pauses.Add(at, () =>
                {
                    paused.TrySetResult();
                    goOn.Wait();
                }),
                CancellationToken.None);
            await paused.Task.WaitAsync(LongestPauseStart, cancellationToken);
        }

        public void Resume()
        {
            _goOn?.Set();
            _goOn = null;
        }

        public void Dispose()
        {
            _stopping.Dispose();
            Resume();
        }
    }
}
