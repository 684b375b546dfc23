// The address of the old process becomes the new one's without a moment in which nobody listens: both hold one and the same
// listening socket, and a connection that nobody has accepted yet waits in it for whoever accepts next. The old process stops
// accepting and never closes its handle by itself: .NET shuts a listening socket down when it closes it, for all who hold it.

using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.App.Moving;

/// <summary>The listening sockets of this process, which can be given to another and taken from one. Safe for concurrent use.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class ListenSockets : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory _transport;
    private readonly ConcurrentDictionary<string, Socket> _own = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Socket> _taken = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Listener> _listeners = new(StringComparer.Ordinal);

    public ListenSockets(IOptions<SocketTransportOptions> options, ILoggerFactory loggers)
    {
        options.Value.CreateBoundListenSocket = Bound;
        _transport = new SocketTransportFactory(options, loggers);
    }

    /// <summary>Whether this process has the addresses that it was started for.</summary>
    public bool IsInCharge { get; private set; } = MoveArrival.Own is null;

    /// <summary>Whether this process has given its sockets away and is about to end.</summary>
    public bool IsLeaving { get; private set; }

    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var isDeferred = MoveArrival.Own is { } arrival && ((IPEndPoint)endpoint).Port != arrival.PrivatePort;
        var listener = new Listener(endpoint, isDeferred ? null : await _transport.BindAsync(endpoint, cancellationToken));
        _listeners[endpoint.ToString()!] = listener;
        return listener;
    }

    /// <summary>Those that another process may have, by their end points.</summary>
    public IReadOnlyList<KeyValuePair<string, Socket>> Shared() =>
        [.. _own.Where(static own => MoveArrival.Own is not { } arrival || ((IPEndPoint)own.Value.LocalEndPoint!).Port != arrival.PrivatePort)];

    /// <summary>Listens on sockets of another process, where this one is to listen.</summary>
    /// <exception cref="InvalidOperationException">It is to listen where the other process does not.</exception>
    public async Task TakeAsync(IReadOnlyList<string> endPoints, IReadOnlyList<Socket> sockets, CancellationToken cancellationToken)
    {
        for (var i = 0; i < endPoints.Count && i < sockets.Count; i++)
        {
            _taken[endPoints[i]] = sockets[i];
        }

        foreach (var (endPoint, listener) in _listeners)
        {
            // Of localhost there may be one address only.
            if (listener.IsWaiting && _taken.ContainsKey(endPoint))
            {
                listener.Arrived(await _transport.BindAsync(listener.EndPoint, cancellationToken));
            }
        }

        if (_listeners.Values.All(listener => listener.IsWaiting || ((IPEndPoint)listener.EndPoint).Port == MoveArrival.Own?.PrivatePort))
        {
            throw new InvalidOperationException($"Of {string.Join(", ", _listeners.Keys)} nothing was taken; the other process listens at {string.Join(", ", endPoints)}.");
        }

        IsInCharge = true;
    }

    /// <summary>Accepts nothing more; ends when nothing that was accepted can be lost. What waits in the sockets is for who has them too.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        IsLeaving = true;
        foreach (var (endPoint, listener) in _listeners)
        {
            if (MoveArrival.Own is { } arrival && ((IPEndPoint)listener.EndPoint).Port == arrival.PrivatePort)
            {
                // Nobody else has this one: it is closed as ever when the process ends.
                continue;
            }

            listener.Leave();
            // One accept is under way and cannot be called back: it takes the next connection, which may be our own.
            for (var attempt = 0; listener.IsAccepting && attempt < 1000; attempt++)
            {
                await KnockAsync(_own[endPoint].LocalEndPoint!, cancellationToken);
            }
        }
    }

    private static async Task KnockAsync(EndPoint at, CancellationToken cancellationToken)
    {
        var (address, port) = (((IPEndPoint)at).Address, ((IPEndPoint)at).Port);
        if (address.Equals(IPAddress.Any))
        {
            address = IPAddress.Loopback;
        }
        else if (address.Equals(IPAddress.IPv6Any))
        {
            address = IPAddress.IPv6Loopback;
        }

        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address, port, cancellationToken);
        await Task.Delay(5, cancellationToken);
    }

    private Socket Bound(EndPoint endPoint)
    {
        var socket = _taken.TryRemove(endPoint.ToString()!, out var taken) ? taken : SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        _own[endPoint.ToString()!] = socket;
        return socket;
    }

    private sealed class Listener(EndPoint endPoint, IConnectionListener? inner) : IConnectionListener
    {
        private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _unbound = new(TaskCreationOptions.RunContinuationsAsynchronously);

#pragma warning disable CA2213 // Disposed below, but for one whose socket has gone to another process.
        private volatile IConnectionListener? _inner = inner;
#pragma warning restore CA2213
        private volatile bool _isLeaving;
        private volatile bool _isAccepting;

        public EndPoint EndPoint => _inner?.EndPoint ?? endPoint;

        public bool IsWaiting => _inner is null;

        public bool IsAccepting => _isAccepting;

        public void Arrived(IConnectionListener listener)
        {
            _inner = listener;
            _arrived.SetResult();
        }

        public void Leave() => _isLeaving = true;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            if (_inner is null)
            {
                await Task.WhenAny(_arrived.Task, _unbound.Task);
            }

            if (_isLeaving || _inner is not { } accepting)
            {
                await _unbound.Task;
                return null;
            }

            _isAccepting = true;
            if (_isLeaving)
            {
                _isAccepting = false;
                await _unbound.Task;
                return null;
            }

            try
            {
                return await accepting.AcceptAsync(cancellationToken);
            }
            finally
            {
                _isAccepting = false;
            }
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _unbound.TrySetResult();
            if (!_isLeaving && _inner is { } bound)
            {
                await bound.UnbindAsync(cancellationToken);
            }
        }

        public async ValueTask DisposeAsync()
        {
            _unbound.TrySetResult();
            if (!_isLeaving && _inner is { } bound)
            {
                await bound.DisposeAsync();
            }
        }
    }
}
