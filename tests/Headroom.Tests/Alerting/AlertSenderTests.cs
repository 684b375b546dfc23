using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Headroom.App.Alerting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Alerting;

public sealed class AlertSenderTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 1, 8, 0, 0, TimeSpan.Zero));
    private readonly AlertBook _book = new(TimeSpan.FromSeconds(30), TimeSpan.FromHours(4));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_channel_gets_a_message_and_what_one_took_is_told()
    {
        var (good, bad) = (new Scripted("good"), new Scripted("bad") { Answer = new Delivery(false, "No.", RetryHelps: false) });
        await using var sender = Start(good, bad);
        Fire("a");

        sender.Send(Message("a"));
        await good.SentAsync();
        await bad.SentAsync();
        await EventuallyAsync(() => _book.Record().Firing[0].ToldAt is not null);

        Assert.Equal(["bad"], sender.Troubles.Select(static trouble => trouble.Name));
        Assert.Equal("No.", sender.Status[1].Problem);
        Assert.NotNull(sender.Status[0].DeliveredAt);
    }

    [Fact]
    public async Task What_is_not_taken_is_tried_again_ever_slower_and_given_up()
    {
        var channel = new Scripted("email") { Answer = new Delivery(false, "Busy.") };
        await using var sender = Start(channel);
        sender.Send(Message("a"));
        await channel.SentAsync();
        Assert.Empty(sender.Troubles);
        foreach (var pause in (int[])[1, 3, 9, 27, 60, 60, 60, 60, 60, 60, 60])
        {
            _time.Advance(TimeSpan.FromSeconds(pause) - TimeSpan.FromMilliseconds(1));
            Assert.False(channel.HasSent);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            await channel.SentAsync();
        }

        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(channel.HasSent);
        Assert.Equal("Busy.", Assert.Single(sender.Troubles).Problem);

        // It goes on with the next, which ends the trouble.
        channel.Answer = new Delivery(true, "Taken.");
        sender.Send(Message("b"));
        Assert.Equal("b", (await channel.SentAsync()).News[0].Alert.Id);
        await EventuallyAsync(() => sender.Troubles.Count == 0);
    }

    [Fact]
    public async Task A_channel_that_does_not_answer_is_left_in_time_and_keeps_no_other_waiting()
    {
        var (still, good) = (new Scripted("still") { Answer = null }, new Scripted("good"));
        await using var sender = Start(still, good);

        sender.Send(Message("a"));
        await still.SentAsync();
        await good.SentAsync();
        _time.Advance(still.Longest);
        await EventuallyAsync(() => sender.Status[0].Problem == "No answer within 5 s.");
    }

    [Fact]
    public async Task That_a_channel_fails_is_told_by_the_others()
    {
        var (email, webhook) = (new Scripted("email"), new Scripted("webhook:0"));
        await using var sender = Start(email, webhook);

        sender.Send(Message("alerting:email"));
        await webhook.SentAsync();
        sender.Send(Message("a"));

        Assert.Equal("a", (await email.SentAsync()).News[0].Alert.Id);
    }

    [Fact]
    public async Task A_test_says_what_each_channel_said()
    {
        await using var sender = Start(new Scripted("good"), new Scripted("bad") { Answer = new Delivery(false, "550 no such user") });

        var answers = await sender.TestAsync(AlertMessage.Test(new AlertingOptions { Name = "s" }, _time.GetUtcNow()), Cancel);

        Assert.Equal([new ChannelAnswer("good", "to good", true, "Taken."), new ChannelAnswer("bad", "to bad", false, "550 no such user")], answers);
        Assert.Equal("bad", Assert.Single(sender.Troubles).Name);
    }

    [Fact]
    public async Task No_secret_of_a_channel_is_in_the_log()
    {
        var log = new Kept();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var options = new AlertingOptions { Webhooks = [new WebhookTarget { Url = $"http://127.0.0.1:{port}/services/hunter2?key=hunter2", Secret = "hunter2" }] };
        var email = new AlertingEmailOptions { To = "ops@example.org", From = "a@example.org", Host = "127.0.0.1", Port = port, User = "ada", Password = "hunter2" };
        await using var sender = new AlertSender(AlertChannels.Of(Options.Create(options), Options.Create(email)), _book, _time, log);
        sender.Start();

        sender.Send(Message("a"));
        await EventuallyAsync(() => log.Lines.Count == 2);

        Assert.All(log.Lines, static line => Assert.DoesNotContain("hunter2", line, StringComparison.Ordinal));
        Assert.All((string[])["email (ops@example.org)", $"webhook:0 (127.0.0.1:{port})"], name => Assert.Contains(log.Lines, line => line.Contains(name, StringComparison.Ordinal)));
        Assert.All(sender.Status, static channel => Assert.DoesNotContain("hunter2", channel.Target + channel.Problem, StringComparison.Ordinal));
    }

    private AlertSender Start(params IAlertChannel[] channels)
    {
        var sender = new AlertSender(channels, _book, _time, NullLogger<AlertSender>.Instance);
        sender.Start();
        return sender;
    }

    private void Fire(string id)
    {
        _book.Look([new Condition(id, AlertSeverity.Critical, "t", "d", _time.GetUtcNow().AddMinutes(-1))], _time.GetUtcNow());
        Assert.True(_book.Fires(id));
    }

    private AlertMessage Message(string id) => new("s", null, _time.GetUtcNow(),
        [new AlertNews(AlertNewsKind.Fired, new Alert(id, AlertSeverity.Critical, "t", "d", _time.GetUtcNow(), AlertState.Firing, null, null))]);

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        // What is waited for happens on another thread, with nothing to signal it.
        var began = TimeProvider.System.GetTimestamp();
        while (!condition() && TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30))
        {
            await Task.Yield();
        }

        Assert.True(condition());
    }

    private sealed class Kept : ILogger<AlertSender>
    {
        public ConcurrentBag<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception) + exception);
    }

    /// <summary>Answers as it is told; null for not at all.</summary>
    private sealed class Scripted(string name) : IAlertChannel
    {
        private readonly Channel<AlertMessage> _sent = System.Threading.Channels.Channel.CreateUnbounded<AlertMessage>();

        public Delivery? Answer { get; set; } = new(true, "Taken.");

        public string Name => name;

        public string Target => "to " + name;

        public TimeSpan Longest => TimeSpan.FromSeconds(5);

        public bool HasSent => _sent.Reader.TryPeek(out _);

        public ValueTask<AlertMessage> SentAsync() => _sent.Reader.ReadAsync(Cancel);

        public async Task<Delivery> SendAsync(AlertMessage message, CancellationToken cancellationToken)
        {
            _sent.Writer.TryWrite(message);
            if (Answer is { } answer)
            {
                return answer;
            }

            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException();
        }
    }
}
