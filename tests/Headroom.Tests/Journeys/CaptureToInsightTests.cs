using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Headroom.App.Projects;
using Headroom.Cli;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Tests.Sql;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headroom.Tests.Journeys;

/// <summary>
/// The whole server in this process, over real HTTP: what small random projects are sent in several protocols, and what insights say of it afterwards. What the requests
/// mean is computed by <see cref="RequestsMeaning"/>, what the answers are by the references of the insights.
/// </summary>
public sealed class CaptureToInsightTests
{
    private const int DefaultCases = 25;
    private const int Days = 5;
    private const long Day = 24 * 60 * DrawnRequest.Minute;

    private static readonly Gen<IReadOnlyList<PropertyFilter>> AnyFilters = Gen.OneOfConst<IReadOnlyList<PropertyFilter>>(
        [], [], [], [new PropertyFilter { Property = "plan", Values = [new FilterValue("x")] }], [new PropertyFilter { Property = "plan", Operator = FilterOperator.IsSet }]);

    private static readonly Gen<string?> AnyName = Gen.OneOfConst("open", "open", "buy", "$pageview", "$identify", null);

    private static readonly Gen<QueryRange> AnyRange =
        Gen.Select(Gen.Int[0, 2], Gen.Int[1, Days]).Select(static (first, count) => Range(DrawnRequest.FirstDay.AddDays(first), count));

    private static readonly Gen<InsightQuery> AnyQuestion = Gen.Frequency(
        (3, from math in Gen.OneOfConst(TrendsMath.Total, TrendsMath.UniquePersons, TrendsMath.UniquePersons, TrendsMath.UniqueSessions, TrendsMath.Sum, TrendsMath.Max, TrendsMath.FirstTime)
            from name in AnyName
            from filters in AnyFilters
            from range in AnyRange
            from broken in Gen.Int[0, 2]
            from compare in Gen.Bool
            select (InsightQuery)new TrendsQuery(
                [new TrendsSeries { Event = name, Math = math, Property = math is TrendsMath.Sum or TrendsMath.Max ? "price" : null, Filters = filters }], range)
            {
                Breakdown = broken == 0 ? new Breakdown("plan", 3) : null, Compare = compare,
            }),
        (2, from names in AnyName.Array[2, 3]
            from order in Gen.Enum<FunnelOrder>()
            from filters in AnyFilters
            from range in AnyRange
            from hours in Gen.OneOfConst(1, 30)
            select (InsightQuery)new FunnelQuery([.. names.Select(static n => new FunnelStep { Event = n })], range, order)
            {
                Filters = filters, Window = new FunnelWindow(hours, FunnelWindowUnit.Hour),
            }),
        (2, from start in AnyName
            from back in AnyName
            from filters in AnyFilters
            from range in AnyRange
            from cohortBy in Gen.Enum<RetentionCohort>()
            from mode in Gen.Enum<RetentionMode>()
            select (InsightQuery)new RetentionQuery(new EventSelector { Event = start }, new EventSelector { Event = back }, range, Interval.Day, 3, cohortBy, mode) { Filters = filters }),
        (2, from filters in AnyFilters
            from range in AnyRange
            select (InsightQuery)new SessionsQuery(range) { Filters = filters }),
        (1, from filters in AnyFilters
            from range in AnyRange
            select (InsightQuery)new WebQuery(range) { Filters = filters, Parts = [WebPart.Totals] }));

    private static readonly Gen<DrawnProject> AnyProject =
        from zone in Gen.OneOfConst("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns")
        from requests in DrawnRequest.Any(Midnight(DrawnRequest.FirstDay, zone))
        from questions in AnyQuestion.Array[4, 4]
        from before in Gen.Int[0, 8]
        select new DrawnProject(zone, requests, questions, before);

    private static int Cases =>
        int.TryParse(Environment.GetEnvironmentVariable("HEADROOM_TEST_JOURNEYS"), NumberStyles.None, CultureInfo.InvariantCulture, out var cases) ? cases : DefaultCases;

    [Fact]
    public async Task What_random_requests_mean_is_what_insights_say()
    {
        await using var server = await RunningServer.StartAsync();
        var projects = 0;
        await AnyProject.SampleAsync(drawn => RunAsync(server, drawn, ++projects), iter: Cases, threads: 1);
    }

    private static async Task RunAsync(RunningServer server, DrawnProject drawn, int number)
    {
        server.Clock.Now = DrawnRequest.Start;
        var project = await server.MakeAsync(drawn.Zone, $"shop{number}.example");
        var meaning = new RequestsMeaning();
        for (var i = 0; i < drawn.Requests.Length; i++)
        {
            if (i == drawn.Before)
            {
                // Some answers are kept, and are others when more has come.
                await CheckAsync(server, project, drawn, meaning);
            }

            server.Clock.Now += TimeSpan.FromMicroseconds(drawn.Requests[i].Pause);
            var request = SentRequest.Of(drawn.Requests[i], server.Clock.Micros, project.WriteKey, $"shop{number}.example");
            for (var time = 0; time < drawn.Requests[i].Times; time++)
            {
                Assert.Equal(Expected(request), await server.SendAsync(request));
                meaning.Take(request, server.Clock.Micros);
                server.Clock.Now += TimeSpan.FromMilliseconds(1_700);
            }
        }

        await CheckAsync(server, project, drawn, meaning);
    }

    private static HttpStatusCode Expected(SentRequest request) => request.Protocol switch
    {
        Protocol.Plausible => HttpStatusCode.Accepted,
        _ => request.Events.All(static e => e.IsRefused) ? HttpStatusCode.BadRequest : HttpStatusCode.OK,
    };

    private static async Task CheckAsync(RunningServer server, CreatedProject project, DrawnProject drawn, RequestsMeaning meaning)
    {
        await server.StoredAsync();
        var now = server.Clock.Micros;
        foreach (var question in drawn.Questions)
        {
            switch (await server.AskAsync(project, question))
            {
                case TrendsResult trends:
                    Check((TrendsQuery)question, trends, drawn.Zone, meaning);
                    break;
                case FunnelResult funnel:
                    Check((FunnelQuery)question, funnel, drawn.Zone, meaning);
                    break;
                case RetentionResult retention:
                    Check((RetentionQuery)question, retention, drawn.Zone, meaning, now);
                    break;
                case SessionsResult sessions:
                    Check((SessionsQuery)question, sessions, drawn.Zone, meaning);
                    break;
                case WebResult web:
                    Check((WebQuery)question, web, drawn.Zone, meaning);
                    break;
                case var other:
                    Assert.Fail($"No answer to {question}: {other}");
                    break;
            }
        }
    }

    private static void Check(TrendsQuery query, TrendsResult result, string zone, RequestsMeaning meaning)
    {
        var (from, to) = Instants(query.Range, zone);
        var before = Midnight(First(query.Range).AddDays(-Count(query.Range)), zone);
        var (_, _, lines) = TrendsReference.Answer(query, meaning.Events, meaning.Merges, TimeZoneInfo.FindSystemTimeZoneById(zone), false, before, from, to);
        Assert.Equal(
            lines.Select(static l => $"{l.Breakdown} {l.Total}: {string.Join(' ', l.Values)} before {l.PreviousTotal}: {string.Join(' ', l.Previous ?? [])}"),
            result.Series.Select(static l => $"{l.Breakdown} {l.Total}: {string.Join(' ', l.Values)} before {l.Compare?.Total}: {string.Join(' ', l.Compare?.Values ?? [])}"));
    }

    private static void Check(FunnelQuery query, FunnelResult result, string zone, RequestsMeaning meaning)
    {
        var (from, to) = Instants(query.Range, zone);
        var counted = new FunnelReference(query, meaning.Events, meaning.Merges, from, to, null).Persons().Select(static p => p.Result).Where(static r => r.Furthest > 0).ToList();
        var line = Assert.Single(result.Series);
        Assert.Equal(
            Enumerable.Range(1, query.Steps.Count).Select(step => counted.Count(r => r.Furthest >= step)),
            line.Steps!.Select(static s => (int)s.Persons));
        Assert.Equal(counted.Count(static r => r.Open), line.Truncated);
    }

    private static void Check(RetentionQuery query, RetentionResult result, string zone, RequestsMeaning meaning, long now)
    {
        var (from, to) = Instants(query.Range, zone);
        var starts = TrendsReference.Buckets(TimeZoneInfo.FindSystemTimeZoneById(zone), false, Interval.Day, from, to + (8 * Day));
        var reference = new RetentionReference(query, meaning.Events, meaning.Merges, starts, from, to, now);
        var members = reference.Members();
        Assert.Equal(
            Enumerable.Range(0, reference.Cohorts).Select(c => members.Where(m => m.Member.Cohort == c).Select(static m => m.Member.Returned).ToList())
                .Select((returned, c) => $"{returned.Count}: {string.Join(' ', Enumerable.Range(0, 3).Select(column => $"{returned.Count(r => r.Contains(column))} {reference.State(c, column)}"))}"),
            Assert.Single(result.Series).Cohorts.Select(static c => $"{c.Size}: {string.Join(' ', c.Cells.Select(static cell => $"{cell.Returned} {cell.State}"))}"));
    }

    private static void Check(SessionsQuery query, SessionsResult result, string zone, RequestsMeaning meaning)
    {
        var (from, to) = Instants(query.Range, zone);
        var reference = new SessionsReference(meaning.Events, meaning.Merges, query.Filters, web: false, static _ => 0);
        var expected = reference.Figures(reference.Sessions(from, to), query.BounceSeconds);
        var total = Assert.Single(result.Series).Total;
        Assert.Equal((expected.Sessions, expected.Views, expected.BounceRate), (total.Sessions, total.Views, total.BounceRate));
        Assert.Equal(expected.MeanSeconds ?? 0, total.MeanSeconds ?? 0, 0.00051);
        Assert.Equal(expected.MedianSeconds ?? 0, total.MedianSeconds ?? 0, 0.00051);
    }

    private static void Check(WebQuery query, WebResult result, string zone, RequestsMeaning meaning)
    {
        var (from, to) = Instants(query.Range, zone);
        var reference = new SessionsReference(meaning.Events, meaning.Merges, query.Filters, web: true, static _ => 0);
        var expected = reference.Web(reference.Sessions(from, to));
        var totals = result.Totals!;
        Assert.Equal((expected.Visitors, expected.Visits, expected.PageViews, expected.BounceRate), (totals.Visitors, totals.Visits, totals.PageViews, totals.BounceRate));
        Assert.Equal(expected.MeanSeconds ?? 0, totals.MeanSeconds ?? 0, 0.00051);
    }

    private static QueryRange Range(DateOnly first, int count) => new() { From = first.ToString("O"), To = first.AddDays(count - 1).ToString("O") };

    private static DateOnly First(QueryRange range) => DateOnly.Parse(range.From!);

    private static int Count(QueryRange range) => DateOnly.Parse(range.To!).DayNumber - First(range).DayNumber + 1;

    private static (long From, long To) Instants(QueryRange range, string zone) => (Midnight(First(range), zone), Midnight(DateOnly.Parse(range.To!).AddDays(1), zone));

    private static long Midnight(DateOnly day, string zone) => ActivityCase.Midnight(day, TimeZoneInfo.FindSystemTimeZoneById(zone));

    /// <param name="Before">The request before which the questions are asked, too.</param>
    private sealed record DrawnProject(string Zone, DrawnRequest[] Requests, InsightQuery[] Questions, int Before)
    {
        public override string ToString() =>
            $"{Zone}, asked before {Before}\n{string.Join('\n', (object[])Requests)}\n{string.Join('\n', Questions.Select(static q => JsonSerializer.Serialize(q, QueryJson.Options)))}";
    }

    /// <summary>Shows what it is set to; its timers are the system's.</summary>
    private sealed class SetClock : TimeProvider
    {
        private long _ticks = DrawnRequest.Start.UtcTicks;

        public DateTimeOffset Now
        {
            get => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);
            set => Interlocked.Exchange(ref _ticks, value.UtcTicks);
        }

        public long Micros => UnixMicros.From(Now);

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class RunningServer : IAsyncDisposable
    {
        private static readonly TimeSpan StoresWithin = TimeSpan.FromSeconds(20);
        private readonly WebApplication _app;
        private readonly string _directory;
        private readonly HttpClient _http;

        private RunningServer(WebApplication app, string directory, SetClock clock)
        {
            (_app, _directory, Clock) = (app, directory, clock);
            _http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        }

        public SetClock Clock { get; }

        private static CancellationToken Cancel => TestContext.Current.CancellationToken;

        public static async Task<RunningServer> StartAsync()
        {
            var (directory, clock) = (Directory.CreateTempSubdirectory("headroom-journeys-").FullName, new SetClock());
            var app = Server.Build(new ServerSettings(directory, "http://127.0.0.1:0", [], ["--Headroom:Writing:CommitInterval=00:00:00.020", "--Logging:LogLevel:Default=None"]), clock);
            await app.StartAsync(Cancel);
            return new RunningServer(app, directory, clock);
        }

        public async Task<CreatedProject> MakeAsync(string zone, string domain) =>
            ControlData.Require(await _app.Services.GetRequiredService<ProjectCatalog>().CreateAsync(new NewProject("Drawn", zone, [domain]), Cancel));

        public async Task<HttpStatusCode> SendAsync(SentRequest request)
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(request.Path, UriKind.Relative))
            {
                Content = new StringContent(request.Body, Encoding.UTF8, request.Protocol is Protocol.Plausible ? "text/plain" : "application/json"),
            };
            if (request.Address is { } address)
            {
                message.Headers.Add("X-Forwarded-For", address);
                message.Headers.Add("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
            }

            using var answer = await _http.SendAsync(message, Cancel);
            return answer.StatusCode;
        }

        /// <summary>Waits until all that was acknowledged is stored.</summary>
        public async Task StoredAsync()
        {
            var (log, store) = (_app.Services.GetRequiredService<IEventLog>(), _app.Services.GetRequiredService<IEventStore>());
            var (end, started) = (log.End, TimeProvider.System.GetTimestamp());
            while (!store.Committed.Reaches(end))
            {
                Assert.True(TimeProvider.System.GetElapsedTime(started) < StoresWithin, $"Only {store.Committed} of {end} is stored.");
                await Task.Delay(TimeSpan.FromMilliseconds(5), Cancel);
            }
        }

        public async Task<InsightResult?> AskAsync(CreatedProject project, InsightQuery query)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/api/projects/{project.Project.Id}/query", UriKind.Relative))
            {
                Content = new StringContent(JsonSerializer.Serialize(query, QueryJson.Options), Encoding.UTF8, "application/json"),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", project.ReadKey);
            using var answer = await _http.SendAsync(request, Cancel);
            var body = await answer.Content.ReadAsStringAsync(Cancel);
            Assert.True(answer.StatusCode is HttpStatusCode.OK, body);
            return JsonSerializer.Deserialize<InsightResult>(body, QueryJson.Options);
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
            Directory.Delete(_directory, recursive: true);
        }
    }
}
