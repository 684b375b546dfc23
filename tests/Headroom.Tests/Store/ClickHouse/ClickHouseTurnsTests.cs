using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Headroom.Core;
using Headroom.Store;
using Headroom.Store.ClickHouse;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Headroom.Tests.Store.ClickHouse;

/// <summary>How many questions are there at once, who waits, and what becomes of those for which nobody waits. Over a server that answers when it is told to.</summary>
public sealed class ClickHouseTurnsTests : IAsyncDisposable
{
    private static readonly ProjectId One = new(1);
    private static readonly ProjectId Two = new(2);
    private readonly SlowServer _server = new();
    private readonly StoreOptions _options = new() { MaxQueuedQueries = 4 };
    private readonly ConcurrentQueue<string> _ended = new();
    private readonly CancellationTokenSource _away = new();
    private ClickHouseCopies? _copies;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_question_whose_asker_went_away_is_ended_there_and_gives_its_turn_to_the_next()
    {
        var copies = Copies(1);
        var first = AskAsync(copies, One, _away.Token);
        var running = await _server.NextAsync();
        var second = AskAsync(copies, Two);
        await _away.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal([$"KILL QUERY WHERE query_id = '{running.Id}' SYNC"], _server.Ended);
        (await _server.NextAsync()).Answer();
        Assert.Equal("one", Assert.Single((await second).Rows)[0]);
        Assert.Equal(["cancelled", "ok"], _ended);
    }

    [Fact]
    public async Task A_question_past_its_time_is_ended_there_and_refused()
    {
        var copies = Copies(1);
        var asked = AskAsync(copies, One, timeout: TimeSpan.FromMilliseconds(200));
        var running = await _server.NextAsync();
        var refused = await Assert.ThrowsAsync<QueryRefusedException>(() => asked);
        Assert.Equal(QueryBound.Time, refused.Bound);
        Assert.Contains("its limit of 0.2 seconds", refused.Message, StringComparison.Ordinal);
        Assert.Equal([$"KILL QUERY WHERE query_id = '{running.Id}' SYNC"], _server.Ended);
        Assert.Equal(["refused"], _ended);
    }

    [Fact]
    public async Task What_was_answered_or_was_never_sent_is_not_ended()
    {
        var copies = Copies(1);
        var answered = AskAsync(copies, One);
        (await _server.NextAsync()).Answer();
        await answered;
        await _away.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AskAsync(copies, One, _away.Token));
        Assert.Empty(_server.Ended);
    }

    [Fact]
    public async Task No_more_are_there_at_once_than_the_setting_says_and_who_waits_is_told_the_place()
    {
        var copies = Copies(3);
        Assert.Equal(3, copies.Slots);
        Task<QueryRows>[] ofOne = [AskAsync(copies, One), AskAsync(copies, One), AskAsync(copies, One)];
        SlowServer.Request[] there = [await _server.NextAsync(), await _server.NextAsync()];

        // The last turn is not for the same project.
        Assert.Equal(1, copies.Waiting);
        var ofTwo = AskAsync(copies, Two);
        SlowServer.Request[] all = [.. there, await _server.NextAsync()];
        var places = new ConcurrentQueue<int>();
        var late = WatchedAsync();
        Assert.Equal(2, copies.Waiting);
        foreach (var request in all)
        {
            request.Answer();
        }

        (await _server.NextAsync()).Answer();
        (await _server.NextAsync()).Answer();
        await Task.WhenAll([.. ofOne, ofTwo, late]);
        Assert.Equal(3, _server.Most);
        Assert.Equal(0, copies.Waiting);
        Assert.Contains(1, places);
        Assert.All(_ended, static outcome => Assert.Equal("ok", outcome));

        async Task<QueryRows> WatchedAsync()
        {
            QueryWatch.Begin(progress => places.Enqueue(progress.Place));
            return await AskAsync(copies, Two);
        }
    }

    [Fact]
    public async Task Past_the_queue_a_question_is_refused_and_the_setting_named()
    {
        var copies = Copies(1);
        var first = AskAsync(copies, One);
        var running = await _server.NextAsync();
        Task<QueryRows>[] waiting = [.. Enumerable.Range(2, 4).Select(project => AskAsync(copies, new ProjectId(project), _away.Token))];
        Assert.Equal(QueryBound.Busy, (await Assert.ThrowsAsync<QueryRefusedException>(() => AskAsync(copies, new ProjectId(9)))).Bound);
        await _away.CancelAsync();
        foreach (var one in waiting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        }

        var patient = await Assert.ThrowsAsync<QueryRefusedException>(() => AskAsync(copies, Two, timeout: TimeSpan.FromMilliseconds(50)));
        Assert.Contains("Headroom:ClickHouse:MaxConcurrentQueries", patient.Message, StringComparison.Ordinal);
        running.Answer();
        await first;
        Assert.Empty(_server.Ended);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _copies?.Dispose();
        _away.Dispose();
    }

    private ClickHouseCopies Copies(int atOnce) => _copies = new(
        new ClickHouseServer($"Host=127.0.0.1;Port={_server.Port};Protocol=http;Compression=false"), new ClickHousePlace("headroom"), new ClickHouseBounds(1 << 30, atOnce), _options, writes: true,
        TimeProvider.System, NullLogger<ClickHouseCopies>.Instance) { Ran = (_, outcome) => _ended.Enqueue(outcome) };

    private static Task<QueryRows> AskAsync(ClickHouseCopies copies, ProjectId project, CancellationToken? token = null, TimeSpan? timeout = null) => copies.QueryAsync(
        new StoreQuery { Project = project, Engine = StoreEngine.ClickHouse, Sql = "SELECT 'one' AS a", MaxRows = 10, Timeout = timeout ?? TimeSpan.FromMinutes(1) },
        new ProjectState(project), [], token ?? Cancelled).AsTask();

    /// <summary>As much of ClickHouse as to ask it something: each question waits until it is told to be answered, or ended.</summary>
    private sealed class SlowServer : IAsyncDisposable
    {
        private static readonly byte[] Row = [1, 1, (byte)'a', 6, .. "String"u8, 3, .. "one"u8];
        private readonly HttpListener _listener = new();
        private readonly ConcurrentDictionary<string, Request> _running = new();
        private readonly System.Threading.Channels.Channel<Request> _arrived = System.Threading.Channels.Channel.CreateUnbounded<Request>();
        private readonly Task _serving;
        private int _most;

        public SlowServer()
        {
            using (var free = new TcpListener(IPAddress.Loopback, 0))
            {
                free.Start();
                Port = ((IPEndPoint)free.LocalEndpoint).Port;
            }

            _listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
            _listener.Start();
            _serving = ServeAsync();
        }

        public int Port { get; }

        public ConcurrentQueue<string> Ended { get; } = new();

        /// <summary>How many ran at once at the most.</summary>
        public int Most => Volatile.Read(ref _most);

        public async Task<Request> NextAsync() => await _arrived.Reader.ReadAsync(Cancelled);

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            foreach (var request in _running.Values)
            {
                request.Answer();
            }

            await _serving;
            _listener.Close();
        }

        private async Task ServeAsync()
        {
            while (_listener.IsListening)
            {
                try
                {
                    var context = await _listener.GetContextAsync();
                    _ = Task.Run(() => AnswerAsync(context));
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }
            }
        }

        private async Task AnswerAsync(HttpListenerContext context)
        {
            using var body = new StreamReader(context.Request.InputStream, Encoding.UTF8);
            var text = Uri.UnescapeDataString(context.Request.Url!.Query) + await body.ReadToEndAsync();
            if (text.Contains("KILL QUERY", StringComparison.Ordinal))
            {
                var statement = text[text.IndexOf("KILL QUERY", StringComparison.Ordinal)..];
                Ended.Enqueue(statement[..(statement.IndexOf("SYNC", StringComparison.Ordinal) + 4)]);
                _running.Values.FirstOrDefault(request => statement.Contains(request.Id, StringComparison.Ordinal))?.Answer();
            }
            else
            {
                var request = new Request(context.Request.QueryString["query_id"]!);
                _running[request.Id] = request;
                InterlockedMax(_running.Count);
                _arrived.Writer.TryWrite(request);
                await request.Answered;
                _running.TryRemove(request.Id, out _);
            }

            try
            {
                await context.Response.OutputStream.WriteAsync(Row);
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // Who asked has gone.
            }
        }

        private void InterlockedMax(int count)
        {
            for (var seen = Most; count > seen && Interlocked.CompareExchange(ref _most, count, seen) != seen;)
            {
                seen = Most;
            }
        }

        public sealed class Request(string id)
        {
            private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

            public string Id => id;

            public Task Answered => _answer.Task;

            public void Answer() => _answer.TrySetResult();
        }
    }
}
