using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Headroom.App.Live;

/// <summary>What one live view shows.</summary>
/// <param name="WithEvents">Else the counts alone.</param>
/// <param name="Only">The name of the events; null for all. The rate's bound is of these.</param>
/// <param name="MayStill">Whether its watcher may still see the project; asked before each of the counts.</param>
internal sealed record LiveWatch(ProjectId Project, bool WithEvents, string? Only, Func<bool> MayStill);

/// <summary>What one live view is sent: events as they are stored, and the counts. Safe for concurrent use.</summary>
internal sealed class LiveView(
    LiveFeed feed, OnlineCounts counts, TimeProvider time, IOptions<LiveOptions> options, IHostApplicationLifetime lifetime)
{
    private int _watchers;

    /// <summary>A place among the live views, to be disposed of when it closes; null when all are taken.</summary>
    public IDisposable? TryEnter()
    {
        if (Interlocked.Increment(ref _watchers) > options.Value.MaxWatchers)
        {
            Interlocked.Decrement(ref _watchers);
            return null;
        }

        LiveMetrics.Watchers.Add(1);
        return new Place(this);
    }

    /// <summary>Ends when the client goes, may see the project no more, or the server stops, which would otherwise wait for it.</summary>
    /// <param name="open">Sends the head of the answer: a browser that waits for the first counts would show no connection.</param>
    public async IAsyncEnumerable<SseItem<string>> WatchAsync(
        LiveWatch watch, Func<CancellationToken, Task> open, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.OnlineSeconds), time);
        var events = (watch.WithEvents ? feed.WatchAsync(watch.Project, stop.Token) : SilenceAsync(stop.Token)).GetAsyncEnumerator(stop.Token);
        var nextEvent = UnlessStopped(events.MoveNextAsync().AsTask());
        var nextTick = UnlessStopped(timer.WaitForNextTickAsync(stop.Token).AsTask());
        Task<OnlineMessage?>? online = OnlineAsync(watch.Project, stop.Token);
        var second = time.GetTimestamp();
        var sentThisSecond = 0;
        try
        {
            await open(cancellationToken);
            while (!stop.IsCancellationRequested)
            {
                await Task.WhenAny(nextEvent, nextTick, (Task?)online ?? nextTick);
                if (online is { IsCompleted: true })
                {
                    if (await online is { } message)
                    {
                        yield return new SseItem<string>(JsonSerializer.Serialize(message, LiveJsonContext.Default.OnlineMessage), "online");
                    }

                    online = null;
                }

                if (nextTick.IsCompleted)
                {
                    if (!await nextTick || !watch.MayStill())
                    {
                        break;
                    }

                    online ??= OnlineAsync(watch.Project, stop.Token);
                    nextTick = UnlessStopped(timer.WaitForNextTickAsync(stop.Token).AsTask());
                }

                if (nextEvent.IsCompleted)
                {
                    if (!await nextEvent)
                    {
                        break;
                    }

                    if (time.GetElapsedTime(second) >= TimeSpan.FromSeconds(1))
                    {
                        second = time.GetTimestamp();
                        sentThisSecond = 0;
                    }

                    if (watch.Only is not null && watch.Only != events.Current.Event)
                    {
                        // Another's.
                    }
                    else if (sentThisSecond < options.Value.MaxEventsPerSecond)
                    {
                        sentThisSecond++;
                        LiveMetrics.Sent.Add(1);
                        yield return new SseItem<string>(JsonSerializer.Serialize(events.Current, LiveJsonContext.Default.LiveEvent), "event");
                    }
                    else
                    {
                        LiveMetrics.Skipped.Add(1);
                    }

                    nextEvent = UnlessStopped(events.MoveNextAsync().AsTask());
                }
            }
        }
        finally
        {
            // An enumerator may only be disposed of when its last step is over.
            await stop.CancelAsync();
            await nextEvent;
            await events.DisposeAsync();
        }
    }

    /// <summary>No event, until it is stopped.</summary>
    private static async IAsyncEnumerable<LiveEvent> SilenceAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        yield break;
    }

    private async Task<OnlineMessage?> OnlineAsync(ProjectId project, CancellationToken cancellationToken)
    {
        try
        {
            return await counts.GetAsync(project, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static async Task<bool> UnlessStopped(Task<bool> step)
    {
        try
        {
            return await step;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private sealed class Place(LiveView view) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                Interlocked.Decrement(ref view._watchers);
                LiveMetrics.Watchers.Add(-1);
            }
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(LiveEvent))]
[JsonSerializable(typeof(OnlineMessage))]
internal sealed partial class LiveJsonContext : JsonSerializerContext;
