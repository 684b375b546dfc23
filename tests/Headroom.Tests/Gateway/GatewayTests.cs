using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Headroom.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Headroom.Tests.Gateway;

/// <summary>The gateway in this process, over real HTTP, in front of stand-ins.</summary>
public sealed class GatewayTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_path_goes_to_a_process_with_its_role_and_nobodys_to_none()
    {
        await using var front = await Front.StartAsync();
        Assert.StartsWith("capture", await front.GetAsync("/array/key/config"), StringComparison.Ordinal);
        Assert.StartsWith("query", await front.GetAsync("/api/projects/1/events?limit=2"), StringComparison.Ordinal);
        Assert.StartsWith("query", await front.GetAsync("/projects/1"), StringComparison.Ordinal);
        Assert.StartsWith("writer", await front.GetAsync("/api/projects/1/live"), StringComparison.Ordinal);
        Assert.StartsWith("writer", await front.GetAsync("/api/capacity"), StringComparison.Ordinal);
        Assert.Matches("^query. POST /api/projects/1/query\\?a=b%2Fc asked$", await front.PostAsync("/api/projects/1/query?a=b%2Fc", "asked"));
        using var nobodys = await front.Http.PostAsync(new Uri("/somewhere", UriKind.Relative), null, Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, nobodys.StatusCode);
        var asked = front.Asked;
        Assert.Contains("headroom_gateway_requests_total", await front.GetAsync("/metrics"), StringComparison.Ordinal);
        Assert.Contains("\"ready\"", await front.GetAsync("/health/ready"), StringComparison.Ordinal);
        Assert.Equal("ok", await front.GetAsync("/health/live"));
        Assert.Equal(asked, front.Asked);
    }

    [Fact]
    public async Task A_project_has_its_process_and_moves_while_that_one_is_not_ready()
    {
        await using var front = await Front.StartAsync();
        var (own, other) = await front.OwnersAsync("7");
        Assert.Equal(await front.GetAsync("/api/projects/7/events"), await front.GetAsync("/api/projects/7/events"));
        own.IsReady = false;
        await front.LookAsync();
        var before = own.Asked.Count;
        await front.GetAsync("/api/projects/7/events");
        Assert.Equal(before, own.Asked.Count);
        Assert.NotEmpty(other.Asked);
        own.IsReady = true;
        await front.LookAsync();
        await front.GetAsync("/api/projects/7/events");
        Assert.Equal(before + 1, own.Asked.Count);
    }

    [Fact]
    public async Task Where_nothing_was_sent_the_next_one_gets_it_whatever_it_is()
    {
        await using var front = await Front.StartAsync();
        await front.Captures[0].DisposeAsync();
        var body = new string('x', 300_000);
        var gone = front.Destinations.All.Single(d => d.Address.StartsWith(front.Addresses[0], StringComparison.Ordinal));
        var refused = 0;
        for (var i = 0; i < 4; i++)
        {
            // In turn, as it is not known that one is gone.
            gone.Problem = null;
            Assert.Equal($"capture1 POST /e/ {body}", await front.PostAsync("/e/", body));
            refused += gone.Problem is null ? 0 : 1;
        }

        Assert.Equal(2, refused);
    }

    [Fact]
    public async Task A_read_that_is_not_answered_is_asked_once_more_elsewhere()
    {
        await using var front = await Front.StartAsync();
        var (own, other) = await front.OwnersAsync("7");
        own.Asked.Clear();
        own.Answer = EndAsync;
        Assert.EndsWith("/api/projects/7/events", await front.GetAsync("/api/projects/7/events"), StringComparison.Ordinal);
        Assert.EndsWith("{\"kind\":\"trends\"}", await front.PostAsync("/api/projects/7/query", "{\"kind\":\"trends\"}"), StringComparison.Ordinal);
        Assert.Equal(2, own.Asked.Count);
        Assert.Equal(2, other.Asked.Count(static p => p.StartsWith("/api/projects/7/", StringComparison.Ordinal)));

        // Once, and what changes something never.
        other.Answer = EndAsync;
        using var twice = await front.Http.GetAsync(new Uri("/api/projects/7/events", UriKind.Relative), Cancelled);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (twice.StatusCode, twice.Headers.RetryAfter?.Delta));
        Assert.Contains("role query", await twice.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        own.Asked.Clear();
        other.Asked.Clear();
        using var change = await front.Http.PostAsync(new Uri("/api/projects/7/cohorts", UriKind.Relative), new StringContent("{}"), Cancelled);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, change.StatusCode);
        Assert.Equal(1, own.Asked.Count + other.Asked.Count);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("GET")]
    public async Task An_event_is_never_sent_twice(string method)
    {
        await using var front = await Front.StartAsync();
        foreach (var capture in front.Captures)
        {
            capture.Answer = EndAsync;
        }

        using var request = new HttpRequestMessage(new HttpMethod(method), "/e/") { Content = method == "POST" ? new StringContent("event") : null };
        using var answer = await front.Http.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Single(front.Captures.SelectMany(static c => c.Asked));
    }

    [Fact]
    public async Task Who_asks_by_which_name_is_told_and_what_others_say_of_it_is_not()
    {
        await using var front = await Front.StartAsync();
        foreach (var query in front.Queries)
        {
            query.Answer = static context => context.Response.WriteAsync(string.Join("\n", context.Request.Headers.Where(static h => h.Key is "Host" || h.Key.Contains("Forwarded", StringComparison.Ordinal) || h.Key.Contains("Original", StringComparison.Ordinal))
                .OrderBy(static h => h.Key, StringComparer.Ordinal).Select(static h => $"{h.Key}: {h.Value}")), Cancelled);
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/projects");
        request.Headers.Host = "stats.example";
        request.Headers.Add("X-Forwarded-For", "203.0.113.9, 198.51.100.7");
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-Host", "evil.example");
        request.Headers.Add("X-Forwarded-Prefix", "/evil");
        request.Headers.Add("Forwarded", "for=203.0.113.9");
        using var answer = await front.Http.SendAsync(request, Cancelled);

        // The sender is the loopback address, which is trusted: the last entry is whom it saw.
        Assert.Equal("Host: stats.example\nX-Forwarded-For: 198.51.100.7\nX-Forwarded-Host: stats.example\nX-Forwarded-Proto: https", await answer.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task What_is_streamed_comes_as_it_is_sent()
    {
        await using var front = await Front.StartAsync();
        var go = new TaskCompletionSource();
        front.Writer.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n", Cancelled);
            await context.Response.Body.FlushAsync(Cancelled);
            await go.Task;
            await context.Response.WriteAsync("data: 2\n\n", Cancelled);
        };
        using var answer = await front.Http.GetAsync(new Uri("/api/projects/1/live", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancelled);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancelled));
        Assert.Equal("data: 1", await lines.ReadLineAsync(Cancelled));
        go.SetResult();
        Assert.Equal("\ndata: 2\n\n", await lines.ReadToEndAsync(Cancelled));
    }

    [Fact]
    public async Task Answers_are_passed_on_as_they_are_and_a_refusal_of_a_large_body_too()
    {
        await using var front = await Front.StartAsync();
        foreach (var capture in front.Captures)
        {
            capture.Answer = static context =>
            {
                context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
                context.Response.Headers["X-Own"] = "said";
                return context.Response.WriteAsync("too large", Cancelled);
            };
        }

        using var answer = await front.Http.PostAsync(new Uri("/batch", UriKind.Relative), new ByteArrayContent(new byte[60_000]), Cancelled);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "too large", "said"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled), answer.Headers.GetValues("X-Own").Single()));
    }

    [Fact]
    public async Task Who_says_nothing_for_too_long_is_waited_for_no_more()
    {
        await using var front = await Front.StartAsync("--Headroom:Gateway:IdleSeconds=1");
        front.Writer.Answer = static context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        using var answer = await front.Http.GetAsync(new Uri("/api/alerts", UriKind.Relative), Cancelled);
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Single(front.Writer.Asked);
    }

    [Fact]
    public async Task A_role_without_a_process_is_an_error_that_names_it_and_the_others_work()
    {
        await using var front = await Front.StartAsync();
        await front.Writer.DisposeAsync();
        await front.LookAsync();
        using var answer = await front.Http.GetAsync(new Uri("/api/alerts", UriKind.Relative), Cancelled);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("role jobs", await answer.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        Assert.StartsWith("query", await front.GetAsync("/"), StringComparison.Ordinal);
        var part = JsonDocument.Parse(await front.GetAsync("/health/ready")).RootElement.GetProperty("parts")[0];
        Assert.Equal(("gateway", "degraded"), (part.GetProperty("name").GetString(), part.GetProperty("status").GetString()));
        Assert.Contains("role writer", part.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_it_stops_it_says_so_and_still_answers()
    {
        await using var front = await Front.StartAsync("--Headroom:DrainSeconds=60");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var stopping = front.App.StopAsync(enough.Token);
        front.App.Lifetime.StopApplication();
        using (var ready = await front.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancelled))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Contains("is stopping", await ready.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        }

        Assert.StartsWith("query", await front.GetAsync("/"), StringComparison.Ordinal);
        Assert.False(stopping.IsCompleted);
        await enough.CancelAsync();
        await stopping;
        await Assert.ThrowsAsync<HttpRequestException>(() => front.GetAsync("/"));
    }

    [Fact]
    public async Task A_process_whose_connections_are_reset_while_they_are_made_is_one_that_does_not_answer()
    {
        await using var front = await Front.StartAsync();
        await front.Captures[0].DisposeAsync();
        using var resetting = new TcpListener(IPAddress.Loopback, new Uri(front.Addresses[0]).Port);
        resetting.Start();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var resets = Task.Run(ResetAsync, Cancelled);
        for (var i = 0; i < 200; i++)
        {
            await front.LookAsync();
            Assert.StartsWith("does not answer", front.Destinations.All.Single(d => d.Address == front.Addresses[0] + "/").Problem, StringComparison.Ordinal);
            Assert.StartsWith("capture1", await front.GetAsync("/array/key/config"), StringComparison.Ordinal);
        }

        await stop.CancelAsync();
        Assert.True(await resets >= 200);

        async Task<int> ResetAsync()
        {
            for (var n = 0; ; n++)
            {
                try
                {
                    var socket = await resetting.AcceptSocketAsync(stop.Token);
                    socket.Close(0);
                }
                catch (OperationCanceledException)
                {
                    return n;
                }
            }
        }
    }

    /// <summary>The connection ends without an answer.</summary>
    private static Task EndAsync(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private sealed class Front : IAsyncDisposable
    {
        private readonly string _data = Directory.CreateTempSubdirectory("headroom-gateway-").FullName;

        public List<StandIn> Captures { get; } = [];

        public List<StandIn> Queries { get; } = [];

        public StandIn Writer { get; private set; } = null!;

        /// <summary>Of the processes that capture.</summary>
        public List<string> Addresses { get; } = [];

        public WebApplication App { get; private set; } = null!;

        public HttpClient Http { get; private set; } = null!;

        public Destinations Destinations => App.Services.GetRequiredService<Destinations>();

        public int Asked => Captures.Concat(Queries).Append(Writer).Sum(static s => s.Asked.Count);

        public static async Task<Front> StartAsync(params string[] settings)
        {
            var front = new Front();
            var arguments = new List<string>(["--Headroom:Gateway:HealthSeconds=60", "--Headroom:DrainSeconds=0", .. settings]);
            for (var i = 0; i < 2; i++)
            {
                front.Captures.Add(await StandIn.StartAsync($"capture{i}"));
                front.Queries.Add(await StandIn.StartAsync($"query{i}"));
                front.Addresses.Add(front.Captures[i].Address);
                arguments.Add($"--Headroom:Gateway:Capture:{i}={front.Captures[i].Address}");
                arguments.Add($"--Headroom:Gateway:Query:{i}={front.Queries[i].Address}");
            }

            front.Writer = await StandIn.StartAsync("writer");
            arguments.Add($"--Headroom:Gateway:Writer:0={front.Writer.Address}");
            front.App = Server.Build(new ServerSettings(front._data, "http://127.0.0.1:0", ["gateway"], [.. arguments]));
            await front.App.StartAsync();
            front.Http = new HttpClient { BaseAddress = new Uri(front.App.Urls.First()), Timeout = TimeSpan.FromSeconds(30) };
            return front;
        }

        public async Task<string> GetAsync(string path)
        {
            using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative), Cancelled);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return await answer.Content.ReadAsStringAsync(Cancelled);
        }

        public async Task<string> PostAsync(string path, string body)
        {
            using var content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse("text/plain"));
            using var answer = await Http.PostAsync(new Uri(path, UriKind.Relative), content, Cancelled);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return await answer.Content.ReadAsStringAsync(Cancelled);
        }

        public Task LookAsync() => App.Services.GetServices<IHostedService>().OfType<HealthWatch>().Single().LookAsync(Cancelled);

        /// <summary>The process that a project's questions go to, and the other.</summary>
        public async Task<(StandIn Own, StandIn Other)> OwnersAsync(string project)
        {
            await GetAsync($"/api/projects/{project}");
            var own = Queries.Single(q => q.Asked.Contains($"/api/projects/{project}"));
            return (own, Queries.Single(q => q != own));
        }

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            await App.StopAsync(new CancellationToken(canceled: true));
            await App.DisposeAsync();
            foreach (var standIn in Captures.Concat(Queries).Append(Writer))
            {
                await standIn.DisposeAsync();
            }

            Directory.Delete(_data, recursive: true);
        }
    }
}
