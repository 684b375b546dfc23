using System.Collections.Concurrent;
using Headroom.Scale.Redis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headroom.Tests.Scale.Redis;

/// <summary>What one process has of Redis.</summary>
internal sealed class RedisPeer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private RedisPeer(RedisServer server, string installation, Action<RedisOptions>? set)
    {
        // Patient, so that on a machine that is busy otherwise Redis is not taken to be away where a test does not make it so.
        var options = new RedisOptions { OperationTimeoutMilliseconds = 10_000, ConnectTimeoutMilliseconds = 10_000 };
        options.Endpoints.Add(server.Endpoint);
        set?.Invoke(options);
        Link = new RedisLink(Options.Create(options), installation, TimeProvider.System, Log);
        Cache = new RedisCache(Link, Options.Create(options));
        Buckets = new RedisBuckets(Link);
        Attempts = new RedisAttempts(Link);
        Cache.Watch(key => Told.Writer.TryWrite(key));
    }

    public RedisLink Link { get; }

    public RedisCache Cache { get; }

    public RedisBuckets Buckets { get; }

    public RedisAttempts Attempts { get; }

    public Lines Log { get; } = new();

    public global::System.Threading.Channels.Channel<string> Told { get; } = global::System.Threading.Channels.Channel.CreateUnbounded<string>();

    /// <summary>Connected and listening.</summary>
    public static async Task<RedisPeer> StartAsync(RedisServer server, string installation = "one", Action<RedisOptions>? set = null)
    {
        var peer = await StartUnconnectedAsync(server, installation, set);
        await peer.Link.Connected.WaitAsync(Patience);
        await peer.UntilAsync(isThere: true);
        return peer;
    }

    public static async Task<RedisPeer> StartUnconnectedAsync(RedisServer server, string installation = "one", Action<RedisOptions>? set = null)
    {
        var peer = new RedisPeer(server, installation, set);
        await peer.Cache.StartAsync(CancellationToken.None);
        await peer.Link.StartAsync(CancellationToken.None);
        return peer;
    }

    public async Task UntilAsync(bool isThere)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (Link.IsThere != isThere)
        {
            await Task.Delay(5, patience.Token);
        }
    }

    public async Task<string> NextToldAsync() => await Told.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        await Link.StopAsync(CancellationToken.None);
        await Cache.StopAsync(CancellationToken.None);
        Cache.Dispose();
        Link.Dispose();
    }

    internal sealed class Lines : ILogger<RedisLink>
    {
        public ConcurrentQueue<string> Written { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");
    }
}
