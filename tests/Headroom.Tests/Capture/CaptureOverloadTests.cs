using System.Net;
using System.Text;
using Headroom.App.Capture;
using Xunit;

namespace Headroom.Tests.Capture;

public sealed class CaptureOverloadTests
{
    private const string Event = """{"api_key":"hrw_test","event":"a","distinct_id":"u"}""";

    [Theory]
    [InlineData("/batch/", "\"type\":\"server_error\"")]
    [InlineData("/i/v1/analytics/events", "\"code\":\"too_many_requests\"")]
    [InlineData("/v1/batch", "{\"success\":false,\"message\":\"Too many requests")]
    [InlineData("/api/event", "{\"errors\":{\"request\":[\"Too many requests")]
    public async Task A_full_server_says_503_and_when_to_come_again_in_each_protocols_form_without_reading_the_body(string path, string answer)
    {
        await using var host = await CaptureHost.StartAsync(settings: [("MaxConcurrentRequests", "1"), ("RetryAfterSeconds", "9")]);
        var held = Stalled(1);
        var holding = Post(host, held);
        await host.AdvanceUntilAsync(() => host.Load.Requests == 1);
        using var body = new StalledBody(Event);
        using var refused = await host.Client.PostAsync(new Uri(path, UriKind.Relative), body, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(9), refused.Headers.RetryAfter?.Delta);
        Assert.Contains(answer, await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        body.Finish();
        held[0].Finish();
        using var taken = await holding[0];
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Equal(0, host.Load.Requests);
        Assert.Single(host.Log.Events);
    }

    [Fact]
    public async Task Senders_whose_bytes_are_slow_to_come_are_no_overload_and_no_stuck_log()
    {
        await using var host = await CaptureHost.StartAsync();
        var slow = Stalled(AdmissionRate.MostWhileStuck * 2);
        var waiting = Post(host, slow);
        await host.AdvanceUntilAsync(() => host.Load.Requests == slow.Count);
        host.Time.Advance(TimeSpan.FromMinutes(1));
        using var response = await host.PostAsync("/e/", Event);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        foreach (var body in slow)
        {
            body.Finish();
        }

        Assert.All(await Task.WhenAll(waiting), static answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(slow.Count + 1, host.Log.Events.Count);
        Assert.Equal(0, host.Load.Requests);
    }

    [Fact]
    public async Task A_log_that_fails_leaves_nothing_counted_as_waiting_for_it()
    {
        await using var host = await CaptureHost.StartAsync();
        host.Log.Failure = new InvalidOperationException("broken");
        for (var i = 0; i <= AdmissionRate.MostWhileStuck * 2; i++)
        {
            using var failed = await host.PostAsync("/e/", Event);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
        }

        host.Log.Failure = null;
        host.Time.Advance(TimeSpan.FromMinutes(1));
        using var taken = await host.PostAsync("/e/", Event);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [Fact]
    public async Task An_overload_that_lasts_shows_in_the_servers_health_and_goes_with_it()
    {
        await using var host = await CaptureHost.StartAsync(settings: ("MaxConcurrentRequests", "1"));
        var held = Stalled(1);
        var holding = Post(host, held);
        await host.AdvanceUntilAsync(() => host.Load.Requests == 1);
        var since = host.Time.GetUtcNow();
        for (var second = 0; second < 6; second++)
        {
            Assert.True(host.Load.Health.Ok);
            host.Time.Advance(TimeSpan.FromSeconds(second == 0 ? 0 : 1));
            using var refused = await host.PostAsync("/e/", Event);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        }

        Assert.False(host.Load.Health.Ok);
        Assert.Equal(since, host.Load.Health.Since);
        host.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(host.Load.Health.Ok);
        held[0].Finish();
        using var taken = await holding[0];
    }

    private static List<StalledBody> Stalled(int count) => [.. Enumerable.Range(0, count).Select(static _ => new StalledBody(Event))];

    private static List<Task<HttpResponseMessage>> Post(CaptureHost host, List<StalledBody> bodies) =>
        bodies.ConvertAll(body => host.Client.PostAsync(new Uri("/e/", UriKind.Relative), body, TestContext.Current.CancellationToken));

    /// <summary>The first byte at once, the others when they are asked for.</summary>
    private sealed class StalledBody(string text) : HttpContent
    {
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Finish() => _go.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            await stream.WriteAsync(bytes.AsMemory(0, 1));
            await stream.FlushAsync();
            await _go.Task;
            await stream.WriteAsync(bytes.AsMemory(1));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = -1;
            return false;
        }
    }
}
