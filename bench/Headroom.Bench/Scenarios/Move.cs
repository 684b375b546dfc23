using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using HdrHistogram;

namespace Headroom.Bench.Scenarios;

/// <summary>
/// A server is moved while it takes events and answers a dashboard's questions: how long each part takes, what waits, and what fails.
/// Everything stays embedded and goes to another directory, unless --to or HEADROOM_BENCH_MOVE_TO says where else.
/// </summary>
internal static class Move
{
    private const int Senders = 8;
    private const int BatchEvents = 50;
    private static readonly string[] s_dashboard =
    [
        """{"kind":"trends","series":[{}],"range":{"last":7,"unit":"day"}}""",
        """{"kind":"trends","series":[{"math":"unique_persons"}],"range":{"last":30,"unit":"day"}}""",
        """{"kind":"trends","series":[{}],"range":{"last":1,"unit":"day"},"breakdown":{"property":"event","limit":10}}""",
    ];

    /// <summary>
    /// About what was stored before the move and nothing that is sent meanwhile, which has no $lib: some look at whole buckets of their range. The sum is of whole numbers, which come to
    /// the same in any order. {0} and {1} are the range.
    /// </summary>
    private static readonly string[] s_insights =
    [
        """{"kind":"trends","series":[{},{"math":"unique_persons"},{"math":"sum","property":"items"}],"range":{"from":"{0}","to":"{1}"},"filters":[{"property":"$lib","values":["posthog-node"]}],"interval":"hour"}""",
        """{"kind":"trends","series":[{},{"math":"unique_persons"}],"range":{"from":"{0}","to":"{1}"},"filters":[{"property":"$lib","values":["posthog-node"]}],"interval":"day","breakdown":{"property":"country","limit":10}}""",
        """{"kind":"funnel","steps":[{"event":"item viewed"},{"event":"cart updated"},{"event":"order placed"}],"range":{"from":"{0}","to":"{1}"},"filters":[{"property":"$lib","values":["posthog-node"]}]}""",
        """{"kind":"retention","start":{"event":"signed in"},"return":{},"range":{"from":"{0}","to":"{1}"},"filters":[{"property":"$lib","values":["posthog-node"]}]}""",
        """{"kind":"stickiness","series":[{}],"range":{"from":"{0}","to":"{1}"},"filters":[{"property":"$lib","values":["posthog-node"]}]}""",
        """{"kind":"lifecycle","activity":{},"range":{"from":"{0}","to":"{1}"},"filters":[{"property":"$lib","values":["posthog-node"]}]}""",
    ];

    /// <summary>Members of an answer that say how it was computed.</summary>
    private static readonly string[] s_ofComputing =
        ["dataVersion", "computedAt", "elapsedMs", "cache", "ageMs", "behindMs", "estimatedRows", "estimatedColumns", "estimatedBytes", "queuedMs"];

    public static async Task RunAsync(Settings settings, Report report)
    {
        var events = settings.Events ?? (settings.Quick ? 200_000 : 5_000_000);
        var rate = settings.Rate ?? (settings.Quick ? 500 : 2000);
        await using var components = settings.To == Settings.ToComponents ? await Components.StartAsync() : null;
        var to = components?.SettingsFile ?? settings.To ?? Environment.GetEnvironmentVariable("HEADROOM_BENCH_MOVE_TO");
        var next = Path.Combine(Path.GetTempPath(), "headroom-bench-moved-" + Guid.NewGuid().ToString("N"));
        await using var server = await ServerProcess.StartAsync();
        var project = await server.AddProjectAsync("bench");
        var shape = EventShape.Server();
        await Feeding.RunAsync(server, project, shape, events);
        report.Add("events before the move", events, "");
        report.Add("on disk before the move", server.DiskBytes() / 1e6, "MB");
        var file = Path.Combine(server.Directory, "bench-move.json");
        var target = to is { Length: > 0 } ? JsonNode.Parse(await File.ReadAllTextAsync(to))!.AsObject() : [];
        target["Headroom:DataDirectory"] = next;
        await File.WriteAllTextAsync(file, target.ToJsonString());
        var until = TimeProvider.System.GetUtcNow();
        var before = await AnswersAsync(server, project, until);

        using var load = new Clients(server, project, rate);
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(5));
            var started = Stopwatch.GetTimestamp();
            var (code, said) = await ServerProcess.RunAsync(["move", "--to", file, "--data", server.Directory, "--json"]);
            var took = Stopwatch.GetElapsedTime(started);
            await Task.Delay(TimeSpan.FromSeconds(10));
            await load.StopAsync();
            if (code != 0)
            {
                report.Fail($"headroom move ended with {code}: {said}");
                return;
            }

            var journal = JsonNode.Parse(said[said.IndexOf('{', StringComparison.Ordinal)..])!;
            report.Add("the whole move", took.TotalSeconds, "s");
            report.Add("until the copy was as of one moment", (Instant(journal, "cutAt") - Instant(journal, "startedAt")).TotalSeconds, "s");
            report.Add("from then until requests were switched", (Instant(journal, "switchedAt") - Instant(journal, "cutAt")).TotalSeconds, "s");
            report.Add("nothing new in queries, changes wait", (double)journal["comparedMilliseconds"]! + (double)journal["heldMilliseconds"]!, "ms");
            report.Add("requests held at the switch", (double)journal["heldMilliseconds"]!, "ms");
            report.Add("events sent meanwhile", load.Sent, "");
            report.Add("questions answered meanwhile", load.Answers.TotalCount, "");
            report.Add("capture, slowest", load.Captures.GetMaxValue() / 1000.0, "ms");
            report.Add("question, slowest", load.Answers.GetMaxValue() / 1000.0, "ms");
            report.Add("longest until an event was queryable", load.LongestUntilFresh.TotalMilliseconds, "ms");
            report.AddAtMost("requests that failed", load.Failed, "requests", 0);
            if (to is not null)
            {
                // Since its start: of the embedded engines there are none.
                var used = await server.MetricsAsync(("headroom_kafka_delivered_messages_total", ""), ("headroom_s3_bytes_total", "sent"), ("headroom_postgres_wait_duration_seconds_count", ""));
                report.Add("delivered to Kafka by the new server", used[0], "events");
                report.Add("sent to object storage by the new server", used[1] / 1e6, "MB");
                report.Add("connections to PostgreSQL taken by the new server", used[2], "");
            }

            var ledger = await server.DrainAsync(project, TimeSpan.FromMinutes(5));
            report.AddAtMost("acknowledged events that are not stored once", Math.Abs(ledger.Stored - events - load.Sent), "events", 0);
            report.AddAtMost("received, not stored, double, rejected or waiting", Math.Abs(ledger.Received - ledger.Stored - ledger.Duplicates - ledger.Rejected - ledger.Waiting), "events", 0);
            var after = await AnswersAsync(server, project, until);
            var others = before.Zip(after).Where(static pair => pair.First != pair.Second).ToList();
            report.AddAtMost($"of {before.Count} insights, others than before the move", others.Count, "insights", 0);
            foreach (var (was, now) in others)
            {
                report.Note($"Before: {was}\nAfter:  {now}");
            }

            if (load.FirstFailure is { } failure)
            {
                report.Note(failure);
            }
        }
        finally
        {
            // The new server is no child of ours.
            foreach (var process in Process.GetProcessesByName("headroom"))
            {
                using (process)
                {
                    if (File.Exists($"/proc/{process.Id}/cmdline") && (await File.ReadAllTextAsync($"/proc/{process.Id}/cmdline")).Contains(next, StringComparison.Ordinal))
                    {
                        process.Kill(entireProcessTree: true);
                        await process.WaitForExitAsync();
                    }
                }
            }

            if (Directory.Exists(next))
            {
                Directory.Delete(next, recursive: true);
            }
        }
    }

    /// <summary>What each insight says of everything until a moment, without how it was computed.</summary>
    private static async Task<IReadOnlyList<string>> AnswersAsync(ServerProcess server, BenchProject project, DateTimeOffset until)
    {
        var answers = new List<string>();
        foreach (var insight in s_insights)
        {
            var question = insight.Replace("{0}", Text(until.AddDays(-2)), StringComparison.Ordinal).Replace("{1}", Text(until), StringComparison.Ordinal);
            var answer = (await server.QueryAsync(project, JsonNode.Parse(question)!)).AsObject();
            foreach (var member in s_ofComputing)
            {
                answer.Remove(member);
            }

            answers.Add(answer.ToJsonString());
        }

        return answers;

        static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
    }

    private static DateTimeOffset Instant(JsonNode journal, string name) => DateTimeOffset.Parse((string)journal[name]!, CultureInfo.InvariantCulture);

    /// <summary>Clients as SDKs and browsers are: they keep connections, and open others where the server closes them.</summary>
    private sealed class Clients : IDisposable
    {
        private readonly ServerProcess _server;
        private readonly BenchProject _project;
        private readonly HttpClient _http;
        private readonly CancellationTokenSource _stop = new();
        private readonly Lock _gate = new();
        private readonly Task _running;
        private long _sent;

        public Clients(ServerProcess server, BenchProject project, long rate)
        {
            (_server, _project) = (server, project);
            _http = new HttpClient { BaseAddress = new Uri(server.Address), Timeout = TimeSpan.FromMinutes(2) };
            var pause = TimeSpan.FromSeconds((double)BatchEvents * Senders / rate);
            _running = Task.WhenAll([.. Enumerable.Range(0, Senders).Select(sender => Task.Run(() => SendAsync(sender, pause))), Task.Run(AskAsync), Task.Run(ProbeAsync)]);
        }

        public LongHistogram Captures { get; } = new(1, 3_600_000_000, 3);

        public LongHistogram Answers { get; } = new(1, 3_600_000_000, 3);

        public long Sent => Volatile.Read(ref _sent);

        public int Failed { get; private set; }

        public string? FirstFailure { get; private set; }

        public TimeSpan LongestUntilFresh { get; private set; }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _running;
        }

        public void Dispose()
        {
            _http.Dispose();
            _stop.Dispose();
        }

        private async Task SendAsync(int sender, TimeSpan pause)
        {
            using var timer = new PeriodicTimer(pause);
            while (await NextAsync(timer))
            {
                var batch = new JsonArray([.. Enumerable.Range(0, BatchEvents).Select(i => (JsonNode)new JsonObject
                {
                    ["uuid"] = Guid.CreateVersion7().ToString(),
                    ["event"] = i % 5 == 0 ? "purchase" : "page",
                    ["distinct_id"] = $"visitor-{sender}-{i * 7}",
                })]);
                if (await RunAsync("/batch/", new JsonObject { ["api_key"] = _project.WriteKey, ["batch"] = batch }.ToJsonString(), null, Captures))
                {
                    Interlocked.Add(ref _sent, BatchEvents);
                }
            }
        }

        private async Task AskAsync()
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
            while (await NextAsync(timer))
            {
                foreach (var question in s_dashboard)
                {
                    await RunAsync($"/api/projects/{_project.Id}/query", question, _project.ReadKey, Answers);
                }
            }
        }

        private async Task ProbeAsync()
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (await NextAsync(timer))
            {
                var uuid = Guid.CreateVersion7();
                try
                {
                    await _server.CaptureAsync(_project, uuid, "probe", TimeProvider.System.GetUtcNow());
                    Interlocked.Increment(ref _sent);
                    var acknowledged = Stopwatch.GetTimestamp();
                    while (!await _server.HasEventAsync(_project, uuid))
                    {
                        await Task.Delay(20);
                    }

                    var took = Stopwatch.GetElapsedTime(acknowledged);
                    LongestUntilFresh = took > LongestUntilFresh ? took : LongestUntilFresh;
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
                {
                    lock (_gate)
                    {
                        Failed++;
                        FirstFailure ??= $"probe: {e.Message}";
                    }
                }
            }
        }

        private async Task<bool> NextAsync(PeriodicTimer timer)
        {
            try
            {
                return await timer.WaitForNextTickAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        private async Task<bool> RunAsync(string path, string body, string? key, LongHistogram histogram)
        {
            var started = Stopwatch.GetTimestamp();
            string? failure;
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
                if (key is not null)
                {
                    request.Headers.Authorization = new("Bearer", key);
                }

                using var answer = await _http.SendAsync(request);
                failure = answer.StatusCode == HttpStatusCode.OK ? null : $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                failure = $"{path}: {e.Message}";
            }

            lock (_gate)
            {
                histogram.RecordValue(Math.Max(1, (long)Stopwatch.GetElapsedTime(started).TotalMicroseconds));
                Failed += failure is null ? 0 : 1;
                FirstFailure ??= failure;
            }

            return failure is null;
        }
    }
}
