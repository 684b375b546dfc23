using System.Net.Sockets;
using System.Text;

namespace Headroom.Bench.Faults;

/// <summary>kill -9 at any moment, also while it starts.</summary>
internal sealed class KillFault : Fault
{
    public override string Name => "kill -9";

    public override string Does => "the process is killed one to three times, a later time perhaps while it starts; a supervisor starts it again";

    public override Telling While => Telling.NotReady;

    public override bool IsShort => true;

    public override async Task InjectAsync(Trial trial)
    {
        var times = trial.Random.Next(1, 4);
        for (var i = 0; i < times; i++)
        {
            trial.Server.Signal(Native.Kill);
            await Task.Delay(trial.Random.Next(350, 1500));
        }
    }
}

/// <summary>SIGTERM while requests are on their way, some of them half sent.</summary>
internal sealed class TerminateFault : Fault
{
    private const int HalfSent = 8;
    private bool _acknowledged;
    private int _starts;

    public override string Name => "SIGTERM in mid-request";

    public override string Does => "the process is told to end while bodies of requests are half sent; their other half follows";

    public override Telling While => Telling.NotReady;

    public override bool IsShort => true;

    public override async Task InjectAsync(Trial trial)
    {
        var body = Encoding.UTF8.GetBytes(
            $$"""{"api_key":"{{trial.Bystander.WriteKey}}","batch":[{"event":"half sent","distinct_id":"ada","uuid":"{{Guid.CreateVersion7()}}"}]}""");
        var halves = new List<Socket>();
        for (var i = 0; i < HalfSent; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            halves.Add(socket);
            await socket.ConnectAsync(trial.Server.Address.Host, trial.Server.Port);
            await socket.SendAsync(Encoding.UTF8.GetBytes($"POST /batch/ HTTP/1.1\r\nHost: lab\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"));
            await socket.SendAsync(body.AsMemory(0, body.Length / 2));
        }

        _starts = trial.Server.Starts;
        trial.Server.Signal(Native.Terminate);
        await Task.Delay(trial.Random.Next(0, 300));
        var answered = 0;
        foreach (var socket in halves)
        {
            using (socket)
            {
                answered += await FinishAsync(socket, body.AsMemory(body.Length / 2)) ? 1 : 0;
            }
        }

        trial.Note($"{answered} of {HalfSent} half-sent requests were acknowledged");
        _acknowledged = answered > 0;
    }

    public override async Task JudgeAsync(Trial trial)
    {
        if (trial.Server.Starts == _starts)
        {
            trial.Find(Question.Recovery, "the process never ended after SIGTERM");
        }

        // All of them carry the same event: once, if any of them was acknowledged.
        var stored = (await trial.Server.StoredAsync(trial.Bystander, "half sent")).Count;
        if (stored > 1 || (_acknowledged && stored == 0))
        {
            trial.Find(Question.Events, $"an event that was half sent is stored {stored} times");
        }
    }

    private static async Task<bool> FinishAsync(Socket socket, ReadOnlyMemory<byte> rest)
    {
        try
        {
            await socket.SendAsync(rest);
            var buffer = new byte[4096];
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            var read = await socket.ReceiveAsync(buffer, deadline.Token);
            return Encoding.ASCII.GetString(buffer, 0, read).StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }
}
