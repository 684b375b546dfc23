using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Headroom.App.Insights;
using Headroom.App.Shared;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Headroom.Tests.Sql;
using Headroom.Tests.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Headroom.Tests.Insights;

/// <summary>Over HTTP and the real store: the queue that one sees, the query that ends with its asker, answers not sent twice.</summary>
public sealed class QueryStreamTests
{
    private const string Endless = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b";
    private const string Query = """{"kind":"trends","series":[{"event":"view"}],"range":{"from":"2026-11-20","to":"2026-11-22"}}""";

    [Fact]
    public async Task A_stream_says_the_place_in_the_queue_then_that_it_runs_then_the_answer()
    {
        await using var host = await Host.StartAsync(("MaxConcurrentQueries", 1));
        using var source = new CancellationTokenSource();
        var running = host.Store.QueryAsync(new StoreQuery { Project = new ProjectId(1), Sql = Endless }, source.Token).AsTask();
        using var answer = await host.AskAsync(Query, "text/event-stream");
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var (first, queued) = await NextAsync(lines);
        var cost = queued[queued.IndexOf("\"estimatedRows\"", StringComparison.Ordinal)..];
        Assert.Equal(("progress", """{"state":"queued","place":1,""" + cost), (first, queued));
        await source.CancelAsync();
        Assert.Equal(("progress", """{"state":"running","place":0,""" + cost), await NextAsync(lines));
        var (name, data) = await NextAsync(lines);
        var result = JsonElement.Parse(data);
        Assert.Equal(("result", "miss", 3L), (name, result.GetProperty("cache").GetString()!, result.GetProperty("estimatedRows").GetInt64()));
        Assert.Equal(
            cost, $$"""
            "estimatedRows":{{result.GetProperty("estimatedRows")}},"estimatedColumns":{{result.GetProperty("estimatedColumns")}},"estimatedBytes":{{result.GetProperty("estimatedBytes")}}}
            """);
        Assert.InRange(result.GetProperty("estimatedColumns").GetInt32(), 1, 3);
        Assert.InRange(result.GetProperty("estimatedBytes").GetInt64(), 1, host.Store.Schema(new ProjectId(1)).Bytes - 1);
        Assert.Equal(3, result.GetProperty("series")[0].GetProperty("total").GetInt64());
        Assert.True(result.GetProperty("queuedMs").GetDouble() > 0);
        Assert.True(result.GetProperty("queuedMs").GetDouble() <= result.GetProperty("elapsedMs").GetDouble());
        Assert.Null(await lines.ReadLineAsync(TestContext.Current.CancellationToken));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Theory]
    [InlineData("""{"kind":"trends","series":[],"range":{"from":"2026-11-20","to":"2026-11-22"}}""", 400, "errors", "series")]
    [InlineData(Query, 422, "bound", "cost")]
    public async Task A_stream_ends_with_the_problem_that_a_plain_caller_is_answered(string query, int status, string member, string says)
    {
        await using var host = await Host.StartAsync(("MaxScannedRows", 2));
        using var answer = await host.AskAsync(query, "text/event-stream");
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var (name, data) = await NextAsync(lines);
        Assert.Equal("error", name);
        Assert.Equal(status, JsonElement.Parse(data).GetProperty("status").GetInt32());
        Assert.Contains(says, JsonElement.Parse(data).GetProperty(member).GetRawText(), StringComparison.Ordinal);
        using var plain = await host.AskAsync(query, "application/json");
        Assert.Equal(status, (int)plain.StatusCode);
    }

    [Fact]
    public async Task A_stream_whose_store_goes_away_ends_with_the_problem_too()
    {
        await using var host = await Host.StartAsync();
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Reader.Gone = gone.Task;
        using var answer = await host.AskAsync(Query, "text/event-stream, application/json");
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        Assert.Equal("progress", (await NextAsync(lines)).Name);
        gone.SetResult();
        var (name, data) = await NextAsync(lines);
        Assert.Equal(("error", 503), (name, JsonElement.Parse(data).GetProperty("status").GetInt32()));
    }

    [Fact]
    public async Task A_stream_may_be_as_far_behind_as_a_plain_answer()
    {
        await using var host = await Host.StartAsync();
        Assert.Equal("miss", await CacheAsync(0));
        await host.AddAsync(21, "2026-11-21T12:00:00Z");
        Assert.Equal("behind", await CacheAsync(60));
        Assert.NotEqual("behind", await CacheAsync(0));

        async Task<string> CacheAsync(int maxAge)
        {
            using var answer = await host.AskAsync(Query, "text/event-stream", maxAge: maxAge);
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
            while (true)
            {
                if (await NextAsync(lines) is ("result", var data))
                {
                    return JsonElement.Parse(data).GetProperty("cache").GetString()!;
                }
            }
        }
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/event-stream")]
    public async Task A_client_that_goes_away_ends_its_query(string accept)
    {
        await using var host = await Host.StartAsync(("MaxConcurrentQueries", 1));
        host.Reader.Endless = true;
        var source = new CancellationTokenSource();
        var asked = host.AskUntilAsync(Query, accept, null, source.Token);
        await host.Reader.Begun.Task.WaitAsync(TestContext.Current.CancellationToken);
        if (accept != "application/json")
        {
            (await asked).Dispose();
        }

        await source.CancelAsync();
        await host.Reader.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        // The only slot is free again.
        host.Reader.Endless = false;
        using var answer = await host.AskAsync(Query, "application/json");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await Task.WhenAny(asked);
    }

    [Fact]
    public async Task An_answer_that_the_asker_has_is_not_sent_again_until_it_changes()
    {
        await using var host = await Host.StartAsync();
        using var first = await host.AskAsync(Query, "application/json");
        var tag = first.Headers.ETag!;
        Assert.True(tag.IsWeak);
        using var same = await host.AskAsync(Query, "application/json", tag: tag);
        Assert.Equal((HttpStatusCode.NotModified, tag, 0), (same.StatusCode, same.Headers.ETag!, (await same.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length));

        // Computed anew, but the numbers are the same; then they are not.
        await host.AddAsync(20, "2026-11-23T12:00:00Z");
        using var elsewhere = await host.AskAsync(Query, "application/json", tag: tag);
        Assert.Equal(HttpStatusCode.NotModified, elsewhere.StatusCode);
        await host.AddAsync(21, "2026-11-21T12:00:00Z");
        using var changed = await host.AskAsync(Query, "application/json", tag: tag);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(tag, changed.Headers.ETag);
    }

    [Theory]
    [InlineData("events?limit=2")]
    [InlineData("definitions/events")]
    [InlineData("definitions/properties")]
    [InlineData("definitions/properties/values?property=event")]
    public async Task Lists_have_tags_that_change_with_the_data(string path)
    {
        await using var host = await Host.StartAsync();
        using var first = await host.GetAsync(path, null);
        var tag = first.Headers.ETag!;
        using var same = await host.GetAsync(path, tag);
        Assert.Equal((HttpStatusCode.NotModified, tag), (same.StatusCode, same.Headers.ETag!));
        await host.AddAsync(20, "2026-11-23T12:00:00Z");
        using var changed = await host.GetAsync(path, tag);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(tag, changed.Headers.ETag);
    }

    [Fact]
    public async Task What_is_wrong_or_not_there_has_no_tag()
    {
        await using var host = await Host.StartAsync();
        foreach (var path in new[] { "events?limit=0", $"events/{Guid.NewGuid()}", "definitions/events?limit=0" })
        {
            using var answer = await host.GetAsync(path, null);
            Assert.False(answer.IsSuccessStatusCode);
            Assert.Null(answer.Headers.ETag);
        }
    }

    private static async Task<(string Name, string Data)> NextAsync(StreamReader lines)
    {
        string? name = null;
        while (await lines.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line[7..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                await lines.ReadLineAsync(TestContext.Current.CancellationToken);
                return (name!, line[6..]);
            }
        }

        throw new EndOfStreamException();
    }

    private sealed class Host : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly StoreFixture _fixture;
        private readonly HttpClient _client;

        private Host(WebApplication app, StoreFixture fixture, SlowReader reader)
        {
            (_app, _fixture, Reader) = (app, fixture, reader);
            _client = app.GetTestClient();
        }

        public SlowReader Reader { get; }

        public IEventReader Store => _fixture.Store;

        public static async Task<Host> StartAsync(params (string Key, int Value)[] settings)
        {
            var fixture = new StoreFixture(o =>
            {
                foreach (var (key, value) in settings)
                {
                    if (key == "MaxScannedRows")
                    {
                        o.MaxScannedRows = value;
                    }
                    else
                    {
                        o.MaxConcurrentQueries = value;
                    }
                }
            });
            var reader = new SlowReader(fixture.Store);
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseTestServer();
            builder.Logging.ClearProviders();
            builder.Configuration.AddInMemoryCollection([
                KeyValuePair.Create("Headroom:Insights:DefinitionsMaxAgeSeconds", (string?)"0"), KeyValuePair.Create("Headroom:DataDirectory", (string?)fixture.Options.DataDirectory)]);
            builder.Services.AddSingleton<IEventReader>(reader);
            builder.Services.AddControl(builder.Configuration);
            builder.Services.AddSingleton<IProjectDirectory, InsightsHost.OneProject>();
            builder.Services.AddProblemDetails();
            builder.Services.AddInsights(builder.Configuration);
            var app = builder.Build();
            app.MapGroup("/api/projects/{project}").MapInsights();
            await app.StartAsync();
            var host = new Host(app, fixture, reader);
            for (var i = 0; i < 3; i++)
            {
                await host.AddAsync(i, $"2026-11-2{i}T12:00:00Z");
            }

            fixture.Compact();
            return host;
        }

        public Task AddAsync(int number, string instant) =>
            _fixture.CommitAsync(number + 1, TestRow.Simple(1, number, number == 20 ? "other" : "view") with { Timestamp = TestEvent.Micros(instant) });

        public Task<HttpResponseMessage> AskAsync(string query, string accept, EntityTagHeaderValue? tag = null, int maxAge = 0) =>
            AskUntilAsync(query, accept, tag, CancellationToken.None, maxAge);

        public async Task<HttpResponseMessage> AskUntilAsync(string query, string accept, EntityTagHeaderValue? tag, CancellationToken leaving, int maxAge = 0)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/projects/1/query", UriKind.Relative));
            request.Content = new StringContent(query, Encoding.UTF8, "application/json");
            request.Headers.Accept.ParseAdd(accept);
            request.Headers.CacheControl = maxAge > 0 ? new CacheControlHeaderValue { MaxAge = TimeSpan.FromSeconds(maxAge) } : null;
            if (tag is not null)
            {
                request.Headers.IfNoneMatch.Add(tag);
            }

            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving);
        }

        public async Task<HttpResponseMessage> GetAsync(string path, EntityTagHeaderValue? tag)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/projects/1/" + path, UriKind.Relative));
            if (tag is not null)
            {
                request.Headers.IfNoneMatch.Add(tag);
            }

            return await _client.SendAsync(request);
        }

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            await _app.DisposeAsync();
            await _fixture.DisposeAsync();
        }
    }

    /// <summary>The real store, which on demand runs something else that never ends.</summary>
    private sealed class SlowReader(IEventReader store) : IEventReader
    {
        public bool Endless { get; set; }

        /// <summary>Reads wait for this, and then for nothing more: what they need is away.</summary>
        public Task? Gone { get; set; }

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ProjectSchema Schema(ProjectId project) => store.Schema(project);

        public DataChanges ChangedSince(ProjectId project, long version) => store.ChangedSince(project, version);

        public Person? FindPerson(ProjectId project, string distinctId) => store.FindPerson(project, distinctId);

        /// <summary>Rows are to be counted.</summary>
        public ValueTask<EventTally?> CountAsync(ProjectId project, IReadOnlyList<string?> names, long[] bounds, CancellationToken cancellationToken) => ValueTask.FromResult<EventTally?>(null);

        public ValueTask<ScanSummary> ScanAsync(StoreQuery query, IColumnSink sink, CancellationToken cancellationToken) =>
            RunAsync(query, q => store.ScanAsync(q, sink, cancellationToken));

        public ValueTask<QueryRows> QueryAsync(StoreQuery query, CancellationToken cancellationToken) =>
            RunAsync(query, q => store.QueryAsync(q, cancellationToken));

        private async ValueTask<T> RunAsync<T>(StoreQuery query, Func<StoreQuery, ValueTask<T>> run)
        {
            if (Gone is not null)
            {
                QueryWatch.Current!.Waits(1, new QueryEstimate(3, 1, 1));
                await Gone;
                throw new StoreUnavailableException("away");
            }

            if (!Endless)
            {
                return await run(query);
            }

            try
            {
                var running = run(query with { Sql = QueryStreamTests.Endless, Parameters = [] });
                Begun.TrySetResult();
                return await running;
            }
            catch (OperationCanceledException)
            {
                Cancelled.TrySetResult();
                throw;
            }
        }
    }
}
