using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Headroom.Tests.Support;

/// <summary>The way to a server on 127.0.0.1, which can be closed, or cut at a word of the client's.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<Socket> _sockets = [];
    private readonly HashSet<Socket> _clients = [];
    private readonly int _target;
    private readonly Task _accepting;
    private (byte[] Word, bool Deliver)? _cut;
    private volatile bool _closed;
    private volatile bool _abandoned;
    private volatile bool _stalled;

    public CuttingProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Cuts { get; private set; }

    /// <summary>Cuts the next connection whose client says this, before the server hears it or before the client hears the answer.</summary>
    public void CutAt(string word, bool deliver)
    {
        lock (_sockets)
        {
            _cut = (Encoding.ASCII.GetBytes(word), deliver);
        }
    }

    /// <summary>Ends all connections, and takes no more until it is opened.</summary>
    public void Close()
    {
        _closed = true;
        lock (_sockets)
        {
            foreach (var socket in _sockets)
            {
                socket.Close(0);
            }
        }
    }

    public void Open() => _closed = false;

    /// <summary>Lets nothing through any more in either direction, and ends nothing, as where a network loses all packets.</summary>
    public void Stall() => _stalled = true;

    /// <summary>Ends all connections for the clients, of which the server hears nothing, as where a network is cut.</summary>
    public void Abandon()
    {
        _abandoned = true;
        lock (_sockets)
        {
            foreach (var client in _clients)
            {
                client.Close(0);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Close();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                if (_stalled)
                {
                    continue;
                }

                if (_closed)
                {
                    client.Close(0);
                    continue;
                }

                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target);
            lock (_sockets)
            {
                _sockets.Add(client);
                _clients.Add(client);
                _sockets.Add(server);
            }

            if (_closed)
            {
                return;
            }

            var mute = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var muted = false;
            // What the server answers shows that it has done what it was told, of which more may have been to come than was read with the word.
            await Task.WhenAny(UpAsync(), DownAsync(), mute.Task);

            async Task UpAsync()
            {
                var buffer = new byte[64 * 1024];
                while (await client.ReceiveAsync(buffer) is var read and > 0)
                {
                    bool? deliver = null;
                    lock (_sockets)
                    {
                        if (_cut is { } cut && buffer.AsSpan(0, read).IndexOf(cut.Word) >= 0)
                        {
                            (deliver, _cut) = (cut.Deliver, null);
                            Cuts++;
                        }
                    }

                    if (deliver == false)
                    {
                        return;
                    }

                    if (_stalled)
                    {
                        await Task.Delay(Timeout.Infinite, _stop.Token);
                    }

                    muted |= deliver is not null;
                    await server.SendAsync(buffer.AsMemory(0, read));
                }
            }

            async Task DownAsync()
            {
                var buffer = new byte[64 * 1024];
                while (await server.ReceiveAsync(buffer) is var read and > 0)
                {
                    if (muted)
                    {
                        mute.TrySetResult();
                        await Task.Delay(Timeout.Infinite, _stop.Token);
                    }

                    await client.SendAsync(buffer.AsMemory(0, read));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // An end of the connection is the end of both.
        }
        finally
        {
            if (_abandoned)
            {
                await Task.Delay(Timeout.Infinite, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
            }

            lock (_sockets)
            {
                _clients.Remove(client);
                _sockets.Remove(client);
                _sockets.Remove(server);
            }

            client.Close(0);
        }
    }
}
