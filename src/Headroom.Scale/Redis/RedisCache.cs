// Keys are {prefix}{installation}:{key}, values are bytes with a time to live. Whoever keeps one tells the others on the channel
// {prefix}{installation}:kept: {sender}|{key}. A message that is lost costs an answer that is computed twice, nothing else.

using System.Threading.Channels;
using Headroom.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Headroom.Scale.Redis;

/// <summary>The second level of caches. What is to be kept is sent by one sender, in the background.</summary>
internal sealed class RedisCache : BackgroundService, ISharedCache
{
    /// <summary>Each of at most the largest entry.</summary>
    private const int MostWaiting = 32;

    private readonly RedisLink _link;
    private readonly RedisChannel _channel;
    private readonly string _sender = Guid.NewGuid().ToString("N");
    private readonly TimeSpan _timeToLive;
    private readonly int _maxBytes;
    private readonly Channel<Entry> _waiting = Channel.CreateBounded<Entry>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private Action<string>? _keptElsewhere;

    public RedisCache(RedisLink link, IOptions<RedisOptions> options)
    {
        _link = link;
        _timeToLive = TimeSpan.FromMinutes(options.Value.EntryMinutes);
        _maxBytes = options.Value.MaxEntryBytes;
        var channel = link.Prefix + "kept";
        _channel = RedisChannel.Literal(channel);
        link.Listen(channel, (_, message) => Hear(message));
    }

    public void Watch(Action<string> keptElsewhere) => _keptElsewhere += keptElsewhere;

    public async ValueTask<ReadOnlyMemory<byte>?> FindAsync(string key, CancellationToken cancellationToken)
    {
        // A byte more than there may be: what is larger is not read as a whole to find that out.
        var (_, found) = await _link.AskAsync("find", db => db.StringGetRangeAsync(_link.Prefix + key, 0, _maxBytes), cancellationToken);
        ReadOnlyMemory<byte> value = found;
        return value.Length > 0 && value.Length <= _maxBytes ? value : default(ReadOnlyMemory<byte>?);
    }

    public void Keep(string key, ReadOnlyMemory<byte> value)
    {
        if (value.Length > _maxBytes || !_link.IsThere || !_waiting.Writer.TryWrite(new Entry(key, value, null)))
        {
            RedisMetrics.Count("keep", _link.IsThere ? "dropped" : "skipped");
        }
    }

    /// <summary>Done when all that was kept before is sent, or is not.</summary>
    internal async Task SentAsync(CancellationToken cancellationToken)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _waiting.Writer.WriteAsync(new Entry("", default, sent), cancellationToken);
        await sent.Task.WaitAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (key, value, sent) in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            if (sent is not null)
            {
                sent.SetResult();
                continue;
            }

            var (_, isKept) = await _link.AskAsync("keep", db => db.StringSetAsync(_link.Prefix + key, value, _timeToLive), stoppingToken);
            if (isKept)
            {
                await _link.AskAsync("tell", db => db.PublishAsync(_channel, $"{_sender}|{key}"), stoppingToken);
            }
        }
    }

    private void Hear(RedisValue message)
    {
        var text = message.ToString();
        var end = text.IndexOf('|', StringComparison.Ordinal);
        if (end > 0 && !text.AsSpan(0, end).SequenceEqual(_sender))
        {
            _keptElsewhere?.Invoke(text[(end + 1)..]);
        }
    }

    private readonly record struct Entry(string Key, ReadOnlyMemory<byte> Value, TaskCompletionSource? Sent);
}
