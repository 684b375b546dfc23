using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Headroom.App.Live;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Tests.Insights;
using Headroom.Tests.Sql;
using Xunit;

namespace Headroom.Tests.Live;

public sealed class LiveViewTests
{
    // The host's clock stands at 23:27:30.
    private static readonly IReadOnlyList<TestEvent> Events =
    [
        TestEvent.At("2026-11-23T22:57:59Z", person: 7),
        TestEvent.At("2026-11-23T22:58:00Z", person: 6),
        TestEvent.At("2026-11-23T23:22:29Z", person: 5),
        TestEvent.At("2026-11-23T23:22:30Z", person: 1),
        TestEvent.At("2026-11-23T23:26:29Z", person: 9),
        TestEvent.At("2026-11-23T23:26:30Z", person: 2),
        TestEvent.At("2026-11-23T23:27:30Z", person: 0),
        TestEvent.At("2026-11-23T23:27:31Z", person: 4),
    ];

    [Fact]
    public async Task The_first_message_counts_persons_events_and_minutes()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        await using var watch = await Watch.OpenAsync(host);
        var (type, data) = await watch.NextAsync();
        Assert.Equal("online", type);
        // 9 was merged into 1; a group event (0) is nobody; one event is dated after now.
        Assert.Equal(2, data.GetProperty("online").GetInt64());
        Assert.Equal(2, data.GetProperty("eventsPerMinute").GetInt64());
        var minutes = data.GetProperty("minutes").EnumerateArray().Select(m => m.GetInt64()).ToArray();
        Assert.Equal(30, minutes.Length);
        Assert.Equal((1, 2, 2, 1), (minutes[0], minutes[24], minutes[28], minutes[29]));
        Assert.Equal(6, minutes.Sum());
    }

    [Fact]
    public async Task Who_asks_for_no_events_gets_the_counts_alone()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        await using var watch = await Watch.OpenAsync(host, "?events=false");
        Assert.Equal("online", (await watch.NextAsync()).Type);
        host.Feed.Publish(new ProjectId(1), new LiveEvent(Guid.NewGuid(), "a", "u1", DateTimeOffset.UnixEpoch, null, null, null, null));
        host.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("online", (await watch.NextAsync()).Type);
    }

    [Fact]
    public async Task Who_asks_for_one_event_gets_no_other()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        await using var watch = await Watch.OpenAsync(host, "?event=" + Uri.EscapeDataString("<b>/"));
        Assert.Equal("online", (await watch.NextAsync()).Type);
        foreach (var name in (string[])["a", "<b>/", "b"])
        {
            host.Feed.Publish(new ProjectId(1), new LiveEvent(Guid.NewGuid(), name, "u1", DateTimeOffset.UnixEpoch, null, null, null, null));
        }

        Assert.Equal("<b>/", (await watch.NextAsync()).Data.GetProperty("event").GetString());
        host.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("online", (await watch.NextAsync()).Type);
    }

    [Fact]
    public async Task Events_arrive_as_they_are_stored_and_counts_every_five_seconds()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        await using var watch = await Watch.OpenAsync(host);
        Assert.Equal("online", (await watch.NextAsync()).Type);
        var sent = new LiveEvent(
            Guid.NewGuid(), "a \"b\"\nc", "u1", DateTimeOffset.Parse("2026-11-23T23:27:30.5Z", CultureInfo.InvariantCulture), "https://a.b/c", "Chrome", null, "DE");
        host.Feed.Publish(new ProjectId(2), sent);
        host.Feed.Publish(new ProjectId(1), sent);
        var (type, data) = await watch.NextAsync();
        Assert.Equal("event", type);
        Assert.Equal(
            ["browser", "country", "distinctId", "event", "os", "timestamp", "url", "uuid"],
            data.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal("a \"b\"\nc", data.GetProperty("event").GetString());
        host.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("online", (await watch.NextAsync()).Type);
    }

    [Fact]
    public async Task Many_who_watch_cost_one_query()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var watches = new List<Watch>();
        for (var i = 0; i < 5; i++)
        {
            watches.Add(await Watch.OpenAsync(host));
            await watches[i].NextAsync();
        }

        Assert.Equal(1, host.Store.Queries);
        host.Time.Advance(TimeSpan.FromSeconds(5));
        foreach (var watch in watches)
        {
            Assert.Equal("online", (await watch.NextAsync()).Type);
            await watch.DisposeAsync();
        }

        Assert.Equal(2, host.Store.Queries);
    }

    [Fact]
    public async Task A_store_that_refuses_leaves_events_flowing()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        host.Store.Refusal = new QueryRefusedException(QueryBound.Busy, "Busy.");
        await using var watch = await Watch.OpenAsync(host);
        host.Feed.Publish(new ProjectId(1), new LiveEvent(Guid.NewGuid(), "a", "u", host.Time.GetUtcNow(), null, null, null, null));
        Assert.Equal("event", (await watch.NextAsync()).Type);
    }

    [Fact]
    public async Task A_second_has_only_so_many_events_for_one_view()
    {
        await using var host = await InsightsHost.StartAsync(Events, ("Headroom:Live:MaxEventsPerSecond", "3"));
        await using var watch = await Watch.OpenAsync(host);
        await watch.NextAsync();
        using var skipped = new CountdownEvent(7);
        using var listener = new MeterListener();
        listener.EnableMeasurementEvents(LiveMetrics.Skipped);
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => skipped.Signal());
        listener.Start();
        for (var i = 0; i < 10; i++)
        {
            host.Feed.Publish(new ProjectId(1), new LiveEvent(Guid.NewGuid(), "a", "u", host.Time.GetUtcNow(), null, null, null, null));
        }

        Assert.Equal(["event", "event", "event"], [(await watch.NextAsync()).Type, (await watch.NextAsync()).Type, (await watch.NextAsync()).Type]);

        // All of them were of this second.
        Assert.True(await Task.Run(() => skipped.Wait(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)));
        host.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("online", (await watch.NextAsync()).Type);
    }

    [Fact]
    public async Task Views_are_bounded_and_a_closed_one_gives_its_place_back()
    {
        await using var host = await InsightsHost.StartAsync(Events, ("Headroom:Live:MaxWatchers", "1"));
        var first = await Watch.OpenAsync(host);
        using (var refused = await host.Client.GetAsync(new Uri("/api/projects/1/live", UriKind.Relative), TestContext.Current.CancellationToken))
        {
            Assert.Equal(503, (int)refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        await first.DisposeAsync();
        // The server notices on its own time; the place is free once nobody watches the feed.
        while (host.Feed.HasWatchers(new ProjectId(1)))
        {
            await Task.Yield();
        }

        HttpResponseMessage again;
        do
        {
            again = await host.Client.GetAsync(new Uri("/api/projects/1/live", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            await Task.Yield();
        }
        while ((int)again.StatusCode == 503);
        Assert.Equal(200, (int)again.StatusCode);
        again.Dispose();
    }

    [Fact]
    public async Task A_server_that_stops_closes_its_views()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        await using var watch = await Watch.OpenAsync(host);
        await watch.NextAsync();
        await host.App.StopAsync(TestContext.Current.CancellationToken);
        Assert.False(await watch.HasNextAsync());
    }

    [Fact]
    public async Task A_view_ends_when_its_watcher_may_not_see_the_project_any_more()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        await using var watch = await Watch.OpenAsync(host);
        Assert.Equal("online", (await watch.NextAsync()).Type);
        host.Access.IsOpen = false;
        host.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(await watch.HasNextAsync());
    }

    private sealed class Watch : IAsyncDisposable
    {
        private readonly HttpResponseMessage _response;
        private readonly Stream _stream;
        private readonly IAsyncEnumerator<SseItem<string>> _items;

        private Watch(HttpResponseMessage response, Stream stream)
        {
            _response = response;
            _stream = stream;
            _items = SseParser.Create(stream).EnumerateAsync(CancellationToken.None).GetAsyncEnumerator();
        }

        public static async Task<Watch> OpenAsync(InsightsHost host, string query = "")
        {
            var response = await host.Client.GetAsync(new Uri("/api/projects/1/live" + query, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
            return new Watch(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        }

        public async Task<(string Type, JsonElement Data)> NextAsync()
        {
            Assert.True(await HasNextAsync());
            return (_items.Current.EventType, JsonElement.Parse(_items.Current.Data));
        }

        public async Task<bool> HasNextAsync() => await _items.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

        public async ValueTask DisposeAsync()
        {
            await _stream.DisposeAsync();
            await _items.DisposeAsync();
            _response.Dispose();
        }
    }
}
