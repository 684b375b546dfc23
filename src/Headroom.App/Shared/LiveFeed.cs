using System.Collections.Concurrent;
using System.Threading.Channels;
using Headroom.Core;

namespace Headroom.App.Shared;

/// <summary>One stored event in short, for the live view.</summary>
public sealed record LiveEvent(
    Guid Uuid, string Event, string DistinctId, DateTimeOffset Timestamp, string? Url, string? Browser, string? Os, string? Country);

/// <summary>
/// Hands stored events to whoever watches. A watcher that is too slow loses the oldest; the Writer never waits.
/// </summary>
public sealed class LiveFeed
{
    private const int Waiting = 256;
    private readonly ConcurrentDictionary<ProjectId, ConcurrentDictionary<Channel<LiveEvent>, bool>> _watchers = new();

    /// <summary>Whether building a <see cref="LiveEvent"/> is worth it.</summary>
    public bool HasWatchers(ProjectId project) => _watchers.TryGetValue(project, out var set) && !set.IsEmpty;

    public void Publish(ProjectId project, LiveEvent liveEvent)
    {
        if (_watchers.TryGetValue(project, out var set))
        {
            foreach (var (channel, _) in set)
            {
                channel.Writer.TryWrite(liveEvent);
            }
        }
    }

    /// <summary>Events from now on, until cancelled.</summary>
    public async IAsyncEnumerable<LiveEvent> WatchAsync(
        ProjectId project, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<LiveEvent>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropOldest });
        var set = _watchers.GetOrAdd(project, static _ => new());
        set[channel] = true;
        try
        {
            await foreach (var liveEvent in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return liveEvent;
            }
        }
        finally
        {
            set.TryRemove(channel, out _);
        }
    }
}
