using System.Diagnostics;
using System.Threading.Channels;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Alerting;

/// <summary>
/// Hands messages to every channel, each in its own order and at its own pace: one that does not answer keeps no other waiting. What is not
/// taken is tried again for some minutes, then given up. Safe for concurrent use.
/// </summary>
internal sealed class AlertSender(IReadOnlyList<IAlertChannel> channels, AlertBook book, TimeProvider time, ILogger<AlertSender> logger) : IAsyncDisposable
{
    /// <summary>After 1, 3, 9 and 27 s, then each minute.</summary>
    private const int MostTries = 12;

    /// <summary>Tries that fail until the channel itself is an alert.</summary>
    private const int TriesUntilTrouble = 2;

    private const int MostWaiting = 32;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private readonly CancellationTokenSource _ending = new();
    private readonly Lane[] _lanes = [.. channels.Select(static channel => new Lane(channel))];
    private Task _working = Task.CompletedTask;

    public IReadOnlyList<AlertChannel> Status =>
        [.. _lanes.Select(static lane => new AlertChannel(lane.Channel.Name, lane.Channel.Target, lane.DeliveredAt, lane.Failure?.Reason))];

    /// <summary>Channels that keep failing.</summary>
    public IReadOnlyList<ChannelTrouble> Troubles =>
        [.. _lanes.Select(static lane => lane.Failure is { Shown: true } failure ? new ChannelTrouble(lane.Channel.Name, lane.Channel.Target, failure.Reason, failure.Since) : null).OfType<ChannelTrouble>()];

    public void Start() => _working = Task.WhenAll(_lanes.Select(lane => Task.Run(() => WorkAsync(lane))));

    /// <summary>Never waits. That a channel fails is not told by that channel.</summary>
    public void Send(AlertMessage message)
    {
        foreach (var lane in _lanes)
        {
            var news = message.News.Where(one => one.Alert.Id != $"alerting:{lane.Channel.Name}").ToList();
            if (news.Count > 0)
            {
                lane.Waiting.Writer.TryWrite(message with { News = news });
            }
        }
    }

    /// <summary>One try of each channel, all at once; what each said.</summary>
    public async Task<IReadOnlyList<ChannelAnswer>> TestAsync(AlertMessage message, CancellationToken cancellationToken) =>
        await Task.WhenAll(_lanes.Select(async lane =>
        {
            var delivery = await TryAsync(lane, message, cancellationToken);
            Note(lane, delivery, shown: true);
            return new ChannelAnswer(lane.Channel.Name, lane.Channel.Target, delivery.Ok, delivery.Said);
        }));

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _working;
        _ending.Dispose();
        foreach (var lane in _lanes)
        {
            (lane.Channel as IDisposable)?.Dispose();
        }
    }

    private async Task WorkAsync(Lane lane)
    {
        try
        {
            await foreach (var message in lane.Waiting.Reader.ReadAllAsync(_ending.Token))
            {
                await DeliverAsync(lane, message);
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // What was not delivered is told after the next start where it fires still.
        }
    }

    private async Task DeliverAsync(Lane lane, AlertMessage message)
    {
        var pause = TimeSpan.FromSeconds(1);
        for (var attempt = 1; ; attempt++)
        {
            var delivery = await TryAsync(lane, message, _ending.Token);
            Note(lane, delivery, shown: attempt >= TriesUntilTrouble || !delivery.RetryHelps);
            if (delivery.Ok)
            {
                book.Told(message.News.Where(static one => one.Alert.State == AlertState.Firing).Select(static one => one.Alert.Id), time.GetUtcNow());
                return;
            }

            logger.NotDelivered(lane.Channel.Name, lane.Channel.Target, attempt, delivery.Said);
            if (attempt == MostTries || !delivery.RetryHelps)
            {
                AlertingMetrics.Count(lane.Channel.Name, "dropped");
                logger.GivenUp(lane.Channel.Name, lane.Channel.Target, message.Subject);
                return;
            }

            await Task.Delay(pause, time, _ending.Token);
            pause = pause * 3 < LongestPause ? pause * 3 : LongestPause;
        }
    }

    private async Task<Delivery> TryAsync(Lane lane, AlertMessage message, CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("alert send");
        span?.SetTag("headroom.alert.channel", lane.Channel.Name);
        using var deadline = new CancellationTokenSource(lane.Channel.Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        Delivery delivery;
        try
        {
            delivery = await lane.Channel.SendAsync(message, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            delivery = new Delivery(false, $"No answer within {lane.Channel.Longest.TotalSeconds:0} s.");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever a library throws must not end the lane; its text may hold what is secret.
            delivery = new Delivery(false, $"It failed in a way that was not foreseen ({e.GetType().Name}).");
        }

        AlertingMetrics.Count(lane.Channel.Name, delivery.Ok ? "delivered" : "failed");
        if (!delivery.Ok)
        {
            span?.SetStatus(ActivityStatusCode.Error);
        }

        return delivery;
    }

    private void Note(Lane lane, Delivery delivery, bool shown)
    {
        if (delivery.Ok)
        {
            lane.DeliveredAt = time.GetUtcNow();
            lane.Failure = null;
        }
        else
        {
            lane.Failure = new Failure(delivery.Said, lane.Failure?.Since ?? time.GetUtcNow(), shown || lane.Failure is { Shown: true });
        }
    }

    private sealed record Failure(string Reason, DateTimeOffset Since, bool Shown);

    private sealed class Lane(IAlertChannel channel)
    {
        private long _deliveredAt;
        private volatile Failure? _failure;

        public IAlertChannel Channel { get; } = channel;

        public Channel<AlertMessage> Waiting { get; } = global::System.Threading.Channels.Channel.CreateBounded<AlertMessage>(
            new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

        public DateTimeOffset? DeliveredAt
        {
            get => Interlocked.Read(ref _deliveredAt) is var ticks and > 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
            set => Interlocked.Exchange(ref _deliveredAt, value?.UtcTicks ?? 0);
        }

        public Failure? Failure
        {
            get => _failure;
            set => _failure = value;
        }
    }
}
