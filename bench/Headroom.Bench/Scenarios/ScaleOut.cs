using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Headroom.Bench.Scenarios;

/// <summary>
/// What each engine past one machine costs, and each process more: the same events and questions over the embedded engines, then with one
/// of them replaced after the other, then with the roles apart. All of it shares this machine's processors, so the figure is processor
/// seconds, and not the rate.
/// </summary>
internal static class ScaleOut
{
    private const int BatchEvents = 500;
    private const int Connections = 4;
    private const int Askers = 2;

    /// <summary>Before anything is counted, so that a new process has compiled what it needs often.</summary>
    private const double WarmUpShare = 0.5;
    private static readonly TimeSpan s_drain = TimeSpan.FromMinutes(5);

    private static readonly (string, string)[] s_embedded =
        [("Headroom__EventLog", "embedded"), ("Headroom__Catalog", "sqlite"), ("Headroom__Segments", "disk"), ("Headroom__Cache", "memory")];

    // Components whose address is given are not started; nobody asks for them.
    private static readonly (string Name, string Value)[] s_noPostgres = [("Headroom__Postgres__ConnectionString", "Host=none")];
    private static readonly (string Name, string Value)[] s_noRedis = [("Headroom__Redis__Endpoints__0", "none:1")];
    private static readonly (string Name, string Value)[] s_noS3 = [("Headroom__S3__ServiceUrl", "http://none")];
    private static readonly (string Name, string Value)[] s_noKafka = [("Headroom__Kafka__BootstrapServers", "none:1")];

    public static async Task RunAsync(Settings settings, Report report)
    {
        var events = settings.Events ?? (settings.Quick ? 100_000 : 1_000_000);
        var questions = settings.Quick ? 100 : 1000;
        await OneAsync("embedded", [.. s_embedded, .. s_noPostgres, .. s_noRedis, .. s_noS3, .. s_noKafka]);
        await OneAsync("+ catalog in PostgreSQL", [s_embedded[0], s_embedded[2], s_embedded[3], .. s_noRedis, .. s_noS3, .. s_noKafka]);
        await OneAsync("+ files in S3", [s_embedded[0], s_embedded[3], .. s_noRedis, .. s_noKafka]);
        await OneAsync("+ log in Kafka", [s_embedded[3], .. s_noRedis]);
        await using (var cluster = await Cluster.StartAsync("--capture 1 --query 1 --gateway 0"))
        {
            foreach (var each in (int[])[1, 2, 4])
            {
                await cluster.GrowAsync($"--capture {each} --query {each}");
                await MeasureAsync($"roles apart, {each} capture, {each} query", cluster);
            }
        }

        report.Note($"{events:#,0} events of 12 properties in batches of {BatchEvents} and {questions} questions at each point, after half as many of both that are not counted.");
        report.Note("Processor seconds are those of all processes from /proc, with their children. Components: PostgreSQL, the S3 server of the tests, the broker 0.9.0.1 of the tests with its ZooKeeper, Redis.");
        report.Note("Events a second are of everything, generator included, on the processors of one machine: more processes cannot take more here.");

        async Task OneAsync(string name, (string, string)[] engines)
        {
            await using var cluster = await Cluster.StartAsync("--capture 0 --query 0 --gateway 0", engines);
            await MeasureAsync(name, cluster);
        }

        async Task MeasureAsync(string name, Cluster cluster)
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
            await SendAsync(http, cluster, (long)(events * WarmUpShare));
            await AskAsync(http, cluster, (int)(questions * WarmUpShare));
            var before = cluster.Cost();
            var took = await SendAsync(http, cluster, events);
            var between = cluster.Cost();
            var asking = await AskAsync(http, cluster, questions);
            var after = cluster.Cost();
            var (sent, asked) = (between - before, after - between);
            report.Add($"{name}: Headroom for a million events", sent.Headroom * 1e6 / events, "cpu s");
            report.Add($"{name}: components for a million events", sent.Components * 1e6 / events, "cpu s");
            report.Add($"{name}: until stored", events / took.TotalSeconds, "events/s");
            report.Add($"{name}: Headroom for 1,000 questions", asked.Headroom * 1000 / questions, "cpu s");
            report.Add($"{name}: components for 1,000 questions", asked.Components * 1000 / questions, "cpu s");
            report.Add($"{name}: asked", questions / asking.TotalSeconds, "questions/s");
        }
    }

    /// <summary>To each process that captures its share; how long until all of it is stored.</summary>
    private static async Task<TimeSpan> SendAsync(HttpClient http, Cluster cluster, long events)
    {
        var captures = cluster.Addresses("capture");
        var project = cluster.Project;
        var before = await StoredAsync(http, cluster);
        var start = Stopwatch.GetTimestamp();
        var each = Math.Max(BatchEvents, events / captures.Count / BatchEvents * BatchEvents);
        var shape = EventShape.Server();
        var results = await Task.WhenAll(captures.Select((address, i) => Task.Factory.StartNew(
            () =>
            {
                var port = int.Parse(address.Split(':')[1], CultureInfo.InvariantCulture);
                using var generator = new LoadGenerator(LoadGenerator.Loopback(port), Connections, (ulong)(before + (i * 1_000_003L) + 1), () => shape.Batch(project.WriteKey, address, BatchEvents));
                return generator.Closed(TimeSpan.FromMinutes(30), each);
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        if (results.Sum(static result => result.Failed + result.Refused) is > 0 and var bad)
        {
            throw new InvalidOperationException($"{bad} requests were refused or failed.");
        }

        var sent = results.Sum(static result => result.Events);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await StoredAsync(http, cluster) is var stored && stored < before + sent)
        {
            if (Stopwatch.GetElapsedTime(start) > s_drain)
            {
                throw new TimeoutException($"{stored - before} of {sent} events are stored after {s_drain.TotalMinutes:0} minutes.");
            }

            await timer.WaitForNextTickAsync();
        }

        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Trends, each over another range, so that no answer is a kept one.</summary>
    private static async Task<TimeSpan> AskAsync(HttpClient http, Cluster cluster, int questions)
    {
        var queries = cluster.Addresses("query");
        var start = Stopwatch.GetTimestamp();
        var asked = 0;
        var now = TimeProvider.System.GetUtcNow();
        await Task.WhenAll(Enumerable.Range(0, Askers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref asked) is var number && number <= questions)
            {
                var question = new JsonObject
                {
                    ["kind"] = "trends",
                    ["series"] = new JsonArray(new JsonObject { ["event"] = null, ["math"] = number % 2 == 0 ? "total" : "unique_persons" }),
                    ["range"] = new JsonObject { ["from"] = now.AddDays(-2).AddMilliseconds(number).UtcDateTime.ToString("O"), ["to"] = now.AddMinutes(10).UtcDateTime.ToString("O") },
                    ["interval"] = "hour",
                };
                using var request = Request(HttpMethod.Post, queries[number % queries.Count], cluster.Project, "query");
                request.Content = new StringContent(question.ToJsonString(), Encoding.UTF8, "application/json");
                using var answer = await http.SendAsync(request);
                answer.EnsureSuccessStatusCode();
            }
        })));
        return Stopwatch.GetElapsedTime(start);
    }

    private static async Task<long> StoredAsync(HttpClient http, Cluster cluster)
    {
        using var request = Request(HttpMethod.Get, cluster.Addresses("writer")[0], cluster.Project, "ledger");
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return (long)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["stored"]!;
    }

    private static HttpRequestMessage Request(HttpMethod method, string address, BenchProject project, string path)
    {
        var request = new HttpRequestMessage(method, $"http://{address}/api/projects/{project.Id}/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", project.ReadKey);
        return request;
    }
}
