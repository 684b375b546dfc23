using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HdrHistogram;

namespace Headroom.Bench;

/// <param name="Refused">Requests answered 503: the server asked to come back later.</param>
/// <param name="RefusedBare">Those of them that were not told when.</param>
/// <param name="Failed">Requests answered otherwise than 200 or 503.</param>
/// <param name="NotSent">Requests that were given up on, as no connection was free for them in time.</param>
/// <param name="Latency">Microseconds, of all but the refused; in an open loop from the intended time of sending.</param>
/// <param name="RefusedLatency">The same of the refused.</param>
internal sealed record LoadResult(
    long Requests, long Events, long Refused, long RefusedBare, long Failed, long NotSent, TimeSpan Elapsed, LongHistogram Latency, LongHistogram RefusedLatency)
{
    /// <summary>Requests that the server answered, however.</summary>
    public long Answered => Requests + Refused + Failed;

    public double RequestsPerSecond => Requests / Elapsed.TotalSeconds;

    public double EventsPerSecond => Events / Elapsed.TotalSeconds;

    public double Milliseconds(double percentile) => Of(Latency, percentile);

    /// <summary>Of the refused.</summary>
    public double RefusedMilliseconds(double percentile) => Of(RefusedLatency, percentile);

    /// <summary>This and what followed it as one.</summary>
    public LoadResult With(LoadResult next)
    {
        var (latency, refusedLatency) = ((LongHistogram)Latency.Copy(), (LongHistogram)RefusedLatency.Copy());
        latency.Add(next.Latency);
        refusedLatency.Add(next.RefusedLatency);
        return new LoadResult(
            Requests + next.Requests, Events + next.Events, Refused + next.Refused, RefusedBare + next.RefusedBare, Failed + next.Failed,
            NotSent + next.NotSent, Elapsed + next.Elapsed, latency, refusedLatency);
    }

    private static double Of(LongHistogram histogram, double percentile) =>
        histogram.TotalCount == 0 ? double.NaN : histogram.GetValueAtPercentile(percentile) / 1000.0;
}

/// <summary>
/// Sends prebuilt requests over keep-alive connections, one request in flight on each, all on the calling thread.
/// Closed loop: the next request leaves when the answer before it is there (finds the most that a server does).
/// Open loop: requests leave by the clock whether or not the server keeps up, and one that had to wait for a free
/// connection counts from when it should have left, so that a stall is seen by every request that it would have hit.
/// A refused request is the next that its connection sends, with the same uuids, as SDKs do.
/// </summary>
internal sealed class LoadGenerator : IDisposable
{
    private const int VariantsEach = 4;
    private static readonly TimeSpan s_answerDeadline = TimeSpan.FromSeconds(60);
    private readonly Epoll _epoll = new();
    private readonly Connection[] _connections;
    private readonly Stack<int> _idle;
    private readonly TimeProvider _time = TimeProvider.System;
    private Randomness _random;
    private long _requests;
    private long _events;
    private long _refused;
    private long _refusedBare;
    private long _failed;
    private long _notSent;
    private LongHistogram _latency = NewHistogram();
    private LongHistogram _refusedLatency = NewHistogram();

    public LoadGenerator(IPEndPoint target, int connections, ulong seed, Func<RequestTemplate> makeRequest)
    {
        if (!IPAddress.IsLoopback(target.Address))
        {
            throw new ArgumentException($"Load is only ever sent to this machine, not to {target}.", nameof(target));
        }

        _random = new Randomness(seed);
        _connections = new Connection[connections];
        _idle = new Stack<int>(connections);
        for (var i = 0; i < connections; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(target);
            var requests = new RequestTemplate[VariantsEach];
            for (var j = 0; j < requests.Length; j++)
            {
                requests[j] = makeRequest();
            }

            _connections[i] = new Connection(socket, requests);
            _epoll.Watch(_connections[i].Handle, i, Epoll.Readable);
            _idle.Push(i);
        }
    }

    /// <summary>Lets the sender rest while true; read between requests.</summary>
    public Func<bool>? Paused { get; set; }

    /// <summary>How late a request of an open loop may leave; past it nobody sends it. Null: it waits for a connection for as long as it takes.</summary>
    public TimeSpan? MostLate { get; init; }

    /// <summary>Whether requests of an open loop leave at random times (Poisson), as those of many who do not know of each other do, and not evenly.</summary>
    public bool IsRandom { get; init; }

    public static IPEndPoint Loopback(int port) => new(IPAddress.Loopback, port);

    /// <summary>As much as the server takes, for so long or until so many events were sent.</summary>
    public LoadResult Closed(TimeSpan duration, long events = long.MaxValue) => Run(null, duration, events);

    /// <summary>So many requests a second by the clock, for so long.</summary>
    public LoadResult Open(double requestsPerSecond, TimeSpan duration) => Run(requestsPerSecond, duration, long.MaxValue);

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Socket.Dispose();
        }

        _epoll.Dispose();
    }

    private LoadResult Run(double? rate, TimeSpan duration, long maxEvents)
    {
        (_requests, _events, _refused, _refusedBare, _failed, _notSent) = (0, 0, 0, 0, 0, 0);
        (_latency, _refusedLatency) = (NewHistogram(), NewHistogram());
        var interval = rate is { } perSecond ? Stopwatch.Frequency / perSecond : 0;
        var gaps = IsRandom && rate is not null ? Gaps((long)(rate.Value * duration.TotalSeconds)) : null;
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var planned = rate is { } r ? (long)(r * duration.TotalSeconds) : long.MaxValue;
        long sent = 0;
        long sentEvents = 0;
        var mostLate = (long)((MostLate ?? TimeSpan.FromDays(1)).TotalSeconds * Stopwatch.Frequency);
        var lastAnswer = start;

        while (true)
        {
            var now = Stopwatch.GetTimestamp();
            var intended = now;
            var paused = Paused?.Invoke() == true;
            while (rate is not null && sent < planned && now - Due(sent) > mostLate)
            {
                sent++;
                _notSent++;
            }

            while (!paused && _idle.Count > 0 && sent < planned && sentEvents < maxEvents && (rate is not null || now < end))
            {
                if (rate is not null && (intended = Due(sent)) > now)
                {
                    break;
                }

                var index = _idle.Pop();
                sent++;
                sentEvents += Begin(index, rate is null ? Stopwatch.GetTimestamp() : intended);
                now = Stopwatch.GetTimestamp();
            }

            var over = sent >= planned || sentEvents >= maxEvents || (rate is null && now >= end);
            var inFlight = _connections.Length - _idle.Count;
            if (over && inFlight == 0)
            {
                break;
            }

            long wait = 100_000_000;
            if (paused && inFlight == 0)
            {
                wait = 1_000_000;
                lastAnswer = now;
            }
            else if (rate is not null && !over && _idle.Count > 0)
            {
                wait = Math.Max(0, (long)((Due(sent) - now) * (1e9 / Stopwatch.Frequency)));
            }

            var ready = _epoll.Wait(wait);
            for (var i = 0; i < ready; i++)
            {
                Advance(_epoll.Ready(i));
            }

            if (ready > 0 || inFlight == 0)
            {
                lastAnswer = now;
            }
            else if (Stopwatch.GetElapsedTime(lastAnswer) > s_answerDeadline)
            {
                throw new TimeoutException($"No answer within {s_answerDeadline.TotalSeconds:0} s to {inFlight} requests.");
            }
        }

        return new LoadResult(
            _requests, _events, _refused, _refusedBare, _failed, _notSent, Stopwatch.GetElapsedTime(start), _latency, _refusedLatency);

        long Due(long request) => start + (long)((gaps is null ? request : gaps[request]) * interval);
    }

    /// <summary>When each of so many requests leaves, in mean intervals from the start: sums of exponential times.</summary>
    private double[] Gaps(long requests)
    {
        var sums = new double[requests];
        for (var i = 1; i < sums.Length; i++)
        {
            sums[i] = sums[i - 1] - Math.Log(1 - _random.NextDouble());
        }

        return sums;
    }

    private int Begin(int index, long intended)
    {
        var connection = _connections[index];
        var request = connection.Current;
        if (!connection.IsRefused)
        {
            request = connection.NextRequest();
            request.Renew(ref _random, _time.GetUtcNow());
        }

        connection.Intended = intended;
        connection.Sent = 0;
        connection.Received = 0;
        Push(index, connection);
        return request.Events;
    }

    private void Push(int index, Connection connection)
    {
        var bytes = connection.Current.Bytes;
        while (connection.Sent < bytes.Length)
        {
            var sent = Epoll.Send(connection.Handle, bytes.AsSpan(connection.Sent));
            if (sent < 0)
            {
                if (!connection.WaitsToSend)
                {
                    connection.WaitsToSend = true;
                    _epoll.Change(connection.Handle, index, Epoll.Readable | Epoll.Writable);
                }

                return;
            }

            connection.Sent += sent;
        }

        if (connection.WaitsToSend)
        {
            connection.WaitsToSend = false;
            _epoll.Change(connection.Handle, index, Epoll.Readable);
        }
    }

    private void Advance((int Index, bool Writable) ready)
    {
        var connection = _connections[ready.Index];
        if (ready.Writable && connection.WaitsToSend)
        {
            Push(ready.Index, connection);
        }

        var received = Epoll.Receive(connection.Handle, connection.Buffer.AsSpan(connection.Received));
        if (received < 0)
        {
            return;
        }

        if (received == 0)
        {
            throw new IOException("The server closed a connection.");
        }

        connection.Received += received;
        if (Response.TryRead(connection.Buffer.AsSpan(0, connection.Received), out var status))
        {
            var elapsed = Stopwatch.GetElapsedTime(connection.Intended);
            connection.IsRefused = status == 503;
            (connection.IsRefused ? _refusedLatency : _latency).RecordValue(Math.Clamp((long)elapsed.TotalMicroseconds, 1, s_highest));
            switch (status)
            {
                case 200 or 202:
                    _requests++;
                    _events += connection.Current.Events;
                    break;
                case 503:
                    _refused++;
                    _refusedBare += connection.Buffer.AsSpan(0, connection.Received).IndexOf("\r\nRetry-After: "u8) < 0 ? 1 : 0;
                    break;
                default:
                    if (_failed++ == 0)
                    {
                        Console.Error.WriteLine(Encoding.UTF8.GetString(connection.Buffer, 0, connection.Received));
                    }

                    break;
            }

            _idle.Push(ready.Index);
        }
        else if (connection.Received == connection.Buffer.Length)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"An answer of more than {connection.Buffer.Length} bytes."));
        }
    }

    private const long s_highest = 3_600_000_000;

    private static LongHistogram NewHistogram() => new(1, s_highest, 3);

    private sealed class Connection(Socket socket, RequestTemplate[] requests)
    {
        private int _next;

        public Socket Socket => socket;

        public int Handle { get; } = (int)socket.Handle;

        public byte[] Buffer { get; } = new byte[64 * 1024];

        public RequestTemplate Current { get; private set; } = requests[0];

        public long Intended { get; set; }

        public int Sent { get; set; }

        public int Received { get; set; }

        public bool WaitsToSend { get; set; }

        public bool IsRefused { get; set; }

        public RequestTemplate NextRequest()
        {
            Current = requests[_next];
            _next = (_next + 1) % requests.Length;
            return Current;
        }
    }
}
