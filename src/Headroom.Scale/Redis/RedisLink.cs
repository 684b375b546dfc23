// One connection for everything, and one opinion on whether Redis is there. The first operation that gets no answer in time makes it
// away: from then on nobody waits for it, and a probe asks once a second whether it is back. Requests so lose the operation's timeout
// once, not each time. The probe writes, because a replica and a full Redis answer reads only.

using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Headroom.Scale.Redis;

/// <param name="AwaySince">Null while Redis is there.</param>
/// <param name="Reason">Why it is away; without secrets.</param>
public sealed record RedisState(DateTimeOffset? AwaySince, string? Reason);

/// <summary>Asks Redis within bounds, or not at all while it is away. Safe for concurrent use.</summary>
internal sealed class RedisLink : BackgroundService, IRedisStatus
{
    private const string Probe = "probe";
    private const string NoConnection = "There is no connection to it.";
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromSeconds(1);
    private static readonly RedisState Well = new(null, null);
    private readonly RedisOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TimeSpan _timeout;
    private readonly Meter _meter;
    private readonly List<(RedisChannel Channel, Action<RedisChannel, RedisValue> Heard)> _heard = [];
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ConnectionMultiplexer? _connection;
    private volatile RedisState _state;
    private int _isTold;

    /// <param name="installation">Part of every key.</param>
    public RedisLink(IOptions<RedisOptions> options, string installation, TimeProvider time, ILogger<RedisLink> logger)
    {
        (_options, _time, _logger) = (options.Value, time, logger);
        _timeout = TimeSpan.FromMilliseconds(_options.OperationTimeoutMilliseconds);
        Prefix = $"{_options.KeyPrefix}{installation}:";
        _state = new RedisState(time.GetUtcNow(), "It was not reached yet.");
        _meter = RedisMetrics.Watch(this);
    }

    /// <summary>Of all keys and channels of this installation.</summary>
    public string Prefix { get; }

    public RedisState State => _state;

    public bool IsThere => _state.AwaySince is null;

    /// <summary>
    /// The key of something whose name is nobody's business in Redis: addresses, e-mails, names of keys. The installation's name makes the
    /// hash one of its own; it is no secret, so that whoever reads keys can try names that they guess.
    /// </summary>
    public RedisKey Hashed(string kind, string name) =>
        $"{Prefix}{kind}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Prefix + name)).AsSpan(0, 16))}";

    /// <summary>Done once it was there for the first time, and all channels are listened to.</summary>
    internal Task Connected => _connected.Task;

    /// <summary>Listens to a channel while there is a connection. Before the start.</summary>
    public void Listen(string channel, Action<RedisChannel, RedisValue> heard) => _heard.Add((RedisChannel.Literal(channel), heard));

    /// <summary>Asks where Redis is there; waits no longer than the operation's timeout.</summary>
    public ValueTask<(bool IsAnswered, T Answer)> AskAsync<T>(string operation, Func<IDatabase, Task<T>> ask, CancellationToken cancellationToken)
    {
        if (IsThere && _connection is { } connection)
        {
            return AskAsync(operation, connection, ask, cancellationToken);
        }

        RedisMetrics.Count(operation, "skipped");
        return default;
    }

    public override void Dispose()
    {
        base.Dispose();
        _meter.Dispose();
        _connection?.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // Else the start would wait for what may be done before the first await.
            await Task.Yield();
            _connection = await ConnectAsync(stoppingToken);
            using var timer = new PeriodicTimer(ProbeEvery, _time);
            do
            {
                await ProbeAsync(_connection, stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            Lost($"{e.GetType().Name}.");
            RedisLog.Ended(_logger, e);
        }
    }

    /// <summary>The client tries more than once before it comes back, which can take many seconds; that it is away is said after one.</summary>
    private async Task<ConnectionMultiplexer> ConnectAsync(CancellationToken cancellationToken)
    {
        var connecting = ConnectionMultiplexer.ConnectAsync(_options.Connection());
        if (await Task.WhenAny(connecting, Task.Delay(ProbeEvery, _time, cancellationToken)) != connecting && !cancellationToken.IsCancellationRequested)
        {
            Lost(NoConnection);
        }

        try
        {
            return await connecting.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _ = CloseLateAsync(connecting);
            throw;
        }

        static async Task CloseLateAsync(Task<ConnectionMultiplexer> connecting)
        {
            try
            {
                await (await connecting).DisposeAsync();
            }
            catch (RedisException)
            {
                // Nobody waits for it.
            }
        }
    }

    private async Task ProbeAsync(ConnectionMultiplexer connection, CancellationToken cancellationToken)
    {
        var (isAnswered, _) = await AskAsync(Probe, connection, db => db.StringSetAsync(Prefix + "probe", "1", TimeSpan.FromMinutes(1)), cancellationToken);
        if (!isAnswered)
        {
            return;
        }

        if (!_connected.Task.IsCompleted)
        {
            foreach (var (channel, heard) in _heard)
            {
                // Subscribed again by itself when the connection was lost.
                if (!await ListenAsync(connection, channel, heard))
                {
                    return;
                }
            }

            _connected.TrySetResult();
        }

        if (_state.AwaySince is { } since)
        {
            _state = Well;
            Volatile.Write(ref _isTold, 0);
            var away = _time.GetUtcNow() - since;
            RedisLog.There(_logger, away);
        }
    }

    private async Task<bool> ListenAsync(ConnectionMultiplexer connection, RedisChannel channel, Action<RedisChannel, RedisValue> heard)
    {
        try
        {
            await connection.GetSubscriber().SubscribeAsync(channel, heard).WaitAsync(_timeout, _time);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or RedisException)
        {
            Lost(Reason(e));
            return false;
        }
    }

    private async ValueTask<(bool IsAnswered, T Answer)> AskAsync<T>(
        string operation, ConnectionMultiplexer connection, Func<IDatabase, Task<T>> ask, CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        try
        {
            var asked = ask(connection.GetDatabase());
            Observe(asked);
            var answer = await asked.WaitAsync(_timeout, _time, cancellationToken);
            RedisMetrics.Answered(operation, _time.GetElapsedTime(start));
            return (true, answer);
        }
        catch (TimeoutException)
        {
            RedisMetrics.Count(operation, "timeout");
            Lost($"It did not answer within {_options.OperationTimeoutMilliseconds} ms.");
        }
        catch (RedisServerException e) when (operation != Probe)
        {
            // An answer all the same, and it came at once. Where it is more than one key's, the probe finds that out.
            RedisMetrics.Count(operation, "failed");
            var reason = Reason(e);
            RedisLog.Refused(_logger, operation, reason);
        }
        catch (Exception e) when (e is RedisException or ObjectDisposedException)
        {
            RedisMetrics.Count(operation, "failed");
            Lost(Reason(e));
        }

        return default;
    }

    private void Lost(string reason)
    {
        // Several may find it out at once; the first says since when, and the log has one line.
        _state = new RedisState(_state.AwaySince ?? _time.GetUtcNow(), reason);
        if (Interlocked.Exchange(ref _isTold, 1) == 0)
        {
            RedisLog.Away(_logger, reason);
        }
    }

    /// <summary>What the server answers ends with the place in a script, and what the client says goes on with its own state.</summary>
    private static string Reason(Exception e) => e switch
    {
        RedisServerException => $"It answers: {e.Message.Split(" script: ")[0].TrimEnd('.')}.",
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => "It refuses the user or the password (Headroom:Redis).",
        RedisConnectionException => NoConnection,
        _ => $"It failed: {e.GetType().Name}.",
    };

    /// <summary>What is not waited for any longer still ends some time, perhaps with a failure.</summary>
    private static void Observe(Task asked) => _ = asked.ContinueWith(
        static done => _ = done.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}

/// <summary>Whether Redis is there, for whoever tells people.</summary>
public interface IRedisStatus
{
    RedisState State { get; }
}
