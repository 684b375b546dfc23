using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Headroom.Bench.Queries;
using HdrHistogram;

namespace Headroom.Bench.Scenarios;

/// <summary>
/// What questions over a month of a generated project take through the HTTP API, beside the same questions in statements by
/// hand to other engines with the same events, whose answers must be the same; then dashboards, at rest and while events arrive.
/// </summary>
internal static partial class Query
{
    /// <summary>That do not count: warm is a server whose code is compiled, which the runtime does while it runs.</summary>
    private const int WarmRounds = 6;

    private const double EventsPerSecond = 20_000;
    private const int BatchEvents = 500;
    private const double LookupAim = 200;
    private static readonly TimeSpan s_processAhead = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_settle = TimeSpan.FromMinutes(20);
    private static readonly (string, string) s_noCache = ("Headroom__Insights__CacheMegabytes", "0");

    public static async Task RunAsync(Settings settings, Report report)
    {
        var events = settings.Events ?? (settings.Quick ? 300_000 : 10_000_000);
        var directory = settings.Keep is null ? ServerProcess.NewDirectory() : Directory.CreateDirectory(settings.Keep).FullName;
        if (settings.Keep is null && !OperatingSystem.IsWindows())
        {
            // PostgreSQL's files are another user's.
            File.SetUnixFileMode(directory, File.GetUnixFileMode(directory) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        try
        {
            var dataset = await Dataset.OpenAsync(directory, events);
            report.Add("events", dataset.Events, "");
            report.Add("persons with events, before merging", dataset.Persons, "");
            report.Add("persons merged into others", dataset.Merged, "");
            await SettleAsync(dataset, report);
            await CompareAsync(dataset, settings.Quick ? 2 : 7, report);
            await LookUpAsync(dataset, settings.Quick ? 5 : 20, report);
            await DashboardsAsync(dataset, settings.Quick ? TimeSpan.FromSeconds(5) : TimeSpan.FromSeconds(40), report);
        }
        finally
        {
            if (settings.Keep is null)
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private static async Task SettleAsync(Dataset dataset, Report report)
    {
        await using var server = await ServerProcess.StartAsync(dataset.Data);
        var (files, bytes) = await server.SettleAsync(s_quiet, s_settle);
        report.AddAtMost("segment files when quiet", files, "files", 50);
        report.Add("on disk", bytes / 1e6, "MB");
    }

    /// <summary>All engines in turn, several times, so that what else the machine does hits them alike.</summary>
    private static async Task CompareAsync(Dataset dataset, int rounds, Report report)
    {
        List<Question> questions = [.. Question.All(dataset.Last), .. Question.Broken(dataset.Last), .. Question.Further(dataset.Last, await CohortAsync(dataset))];
        foreach (var question in questions)
        {
            await using var fresh = await ServerProcess.StartAsync(dataset.Data, s_noCache);
            foreach (var file in Directory.EnumerateFiles(dataset.Data, "*.parquet", SearchOption.AllDirectories))
            {
                PageCache.Drop(file);
            }

            report.Add($"{question.Name}: Headroom, first after a start, files not in memory", (await AskAsync(fresh, dataset, question)).Milliseconds, "ms");
        }

        await using var server = await ServerProcess.StartAsync(dataset.Data, s_noCache);
        await using var duckDb = new DuckDbPeer(dataset.Data);
        await using var clickHouse = await ClickHousePeer.OpenAsync(
            ToolsDirectory(dataset), Path.Combine(dataset.Directory, "clickhouse"), file => duckDb.Export(file, "FORMAT parquet"));
        await using var postgres = await PostgresPeer.OpenAsync(Path.Combine(dataset.Directory, "postgres"), file => duckDb.Export(file, "FORMAT csv, HEADER false"));
        IPeer[] peers = [duckDb, clickHouse, postgres];
        foreach (var peer in peers)
        {
            report.Note(peer.Description);
        }

        foreach (var question in questions)
        {
            await Console.Error.WriteLineAsync($"asking for {question.Name}");
            var own = new List<(double Wall, double Processor)>();
            var others = peers.Select(_ => new List<(double Wall, double Processor)>()).ToList();
            for (var round = 1 - WarmRounds; round <= rounds; round++)
            {
                var before = server.ProcessorTime;
                var (answer, milliseconds) = await AskAsync(server, dataset, question);
                var used = (server.ProcessorTime - before).TotalMilliseconds;
                var rows = question.Rows(answer);
                if (round > 0)
                {
                    own.Add((milliseconds, used));
                }

                if (question.Path == "sql")
                {
                    // A process for the next statement starts, and would take the processor from the others.
                    await Task.Delay(s_processAhead);
                }

                for (var i = 0; i < peers.Length; i++)
                {
                    // The slowest by far needs fewer rounds to be told apart.
                    if (i == peers.Length - 1 && (round is < 0 or > 3))
                    {
                        continue;
                    }

                    var peerBefore = peers[i].ProcessorTime;
                    var found = await peers[i].AskAsync(peers[i].Statement(question));
                    var peerUsed = (peers[i].ProcessorTime - peerBefore).TotalMilliseconds;
                    if (round > 0)
                    {
                        others[i].Add((found.Elapsed.TotalMilliseconds, peerUsed));
                    }

                    Same(question, peers[i], rows, question.OtherRows(found.Rows));
                }
            }

            Add(report, question, own, [.. peers.Select((p, i) => (p.Name, others[i]))], dataset.Events);
        }

        report.AddAtMost("peak resident memory of the server", server.PeakBytes / 1e6, "MB", 1_500);
    }

    private static void Add(
        Report report, Question question, List<(double Wall, double Processor)> own, List<(string Name, List<(double Wall, double Processor)> Took)> others, long events)
    {
        const long EventsOfAims = 10_000_000;
        var (wall, processor) = (Median(own.Select(t => t.Wall)), Median(own.Select(t => t.Processor)));
        if (question.Aim is { } aim && events == EventsOfAims)
        {
            report.AddAtMost($"{question.Name}: Headroom", wall, "ms", aim);
        }
        else
        {
            report.Add($"{question.Name}: Headroom", wall, "ms");
        }

        report.Add($"{question.Name}: Headroom, processor", processor, "ms");
        foreach (var (name, took) in others)
        {
            var otherWall = Median(took.Select(t => t.Wall));
            report.Add($"{question.Name}: {name}", otherWall, "ms");
            report.Add($"{question.Name}: {name}, processor", Median(took.Select(t => t.Processor)), "ms");
            if (question.HasAims)
            {
                report.AddAtLeast($"{question.Name}: {name} over Headroom", otherWall / wall, "", name == "PostgreSQL" ? 10 : 1);
            }
            else
            {
                report.Add($"{question.Name}: {name} over Headroom", otherWall / wall, "");
            }
        }
    }

    private static void Same(Question question, IPeer peer, List<string> own, List<string> other)
    {
        if (own.SequenceEqual(other, StringComparer.Ordinal))
        {
            return;
        }

        var missing = other.Except(own).Take(5);
        var added = own.Except(other).Take(5);
        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
            $"\"{question.Name}\": Headroom's answer ({own.Count} rows) is not {peer.Name}'s ({other.Count} rows).\nOnly Headroom: {string.Join(" | ", added)}\nOnly {peer.Name}: {string.Join(" | ", missing)}"));
    }

    private static async Task<(JsonNode Answer, double Milliseconds)> AskAsync(ServerProcess server, Dataset dataset, Question question)
    {
        var start = Stopwatch.GetTimestamp();
        var answer = await server.PostAsync(dataset.Project, question.Path, question.Query);
        return (answer, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    /// <summary>The number of the cohort that is asked for; made where the project has none.</summary>
    private static async Task<int> CohortAsync(Dataset dataset)
    {
        await using var server = await ServerProcess.StartAsync(dataset.Data);
        if (await server.GetAsync(dataset.Project, "cohorts") is JsonArray { Count: > 0 } cohorts)
        {
            return (int)cohorts[0]!["id"]!;
        }

        using var visitor = await Operator.SignInAsync(server);
        return (int)(await visitor.PostAsync($"/api/projects/{dataset.Project.Id}/cohorts", Question.Cohort(dataset.Last)))["id"]!;
    }

    private static async Task LookUpAsync(Dataset dataset, int times, Report report)
    {
        var project = dataset.Project;
        await using var server = await ServerProcess.StartAsync(dataset.Data, s_noCache);
        var newest = await server.GetAsync(project, "events?limit=50") ?? throw new InvalidOperationException("The events are not there.");
        var old = await server.GetAsync(project, string.Create(CultureInfo.InvariantCulture, $"events?limit=1&to={dataset.First.AddDays(GeneratedEvents.Days / 2):yyyy-MM-dd}"));
        await GetAsync("newest 50 events", "events?limit=50");
        await GetAsync("newest 50 events of one name", "events?limit=50&event=" + GeneratedEvents.Purchase);
        await GetAsync("one new event by uuid", "events/" + (string)newest["events"]![0]!["uuid"]!);
        await GetAsync("one event of the middle by uuid", "events/" + (string)old!["events"]![0]!["uuid"]!);

        async Task GetAsync(string name, string path)
        {
            var took = new List<double>(times);
            for (var i = 0; i < times; i++)
            {
                var start = Stopwatch.GetTimestamp();
                await server.GetAsync(project, path);
                took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            report.AddAtMost($"{name}: p50", Median(took), "ms", LookupAim);
        }
    }

    /// <summary>
    /// Readers who look at a few dashboards again and again, by the clock: at rest, then while events arrive, as the app's
    /// dashboards ask (a few seconds behind are accepted) and for answers of the moment. On a copy, because the events stay.
    /// </summary>
    private static async Task DashboardsAsync(Dataset dataset, TimeSpan length, Report report)
    {
        const int ReadsPerSecond = 10;
        var accepted = TimeSpan.FromSeconds(10);
        var copy = ServerProcess.NewDirectory();
        try
        {
            CopyData(dataset.Data, copy);
            await using var server = await ServerProcess.StartAsync(copy);
            var tiles = Tiles(dataset.Last);
            foreach (var tile in tiles)
            {
                await server.QueryAsync(dataset.Project, tile);
            }

            var rest = await ReadAsync(server, dataset.Project, tiles, ReadsPerSecond, length, accepted);
            Add("dashboards at rest", rest);
            using var generator = new LoadGenerator(
                LoadGenerator.Loopback(server.Port), 4, 21, () => EventShape.Server().Batch(dataset.Project.WriteKey, server.Host, BatchEvents));
            var sending = Task.Factory.StartNew(
                () => generator.Open(EventsPerSecond / BatchEvents, (2 * length) + TimeSpan.FromSeconds(2)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            var busy = await ReadAsync(server, dataset.Project, tiles, ReadsPerSecond, length, accepted);
            var exact = await ReadAsync(server, dataset.Project, tiles, ReadsPerSecond, length, null);
            var sent = await sending;
            report.Add("events that arrived meanwhile", sent.EventsPerSecond, "events/s");
            report.Add("refused or failed of them", sent.Refused + sent.Failed, "requests");
            Add("dashboards while events arrive, up to 10 s behind", busy);
            Add("dashboards while events arrive, of the moment", exact);
            report.AddAtMost("p99 of a read while events arrive over that at rest, up to 10 s behind", busy.Milliseconds(99) / rest.Milliseconds(99), "", 2);
            report.AddAtMost("p99 of a read while events arrive over that at rest, of the moment", exact.Milliseconds(99) / rest.Milliseconds(99), "", 2);
            report.Add("peak resident memory of the server with dashboards and events", server.PeakBytes / 1e6, "MB");
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }

        void Add(string name, Reads reads)
        {
            report.Add($"{name}: p50", reads.Milliseconds(50), "ms");
            report.Add($"{name}: p99", reads.Milliseconds(99), "ms");
            report.AddAtLeast($"{name}: answered by the cache", 100.0 * (reads.Hits + reads.Partial + reads.Behind) / reads.Count, "%", 80);
            report.Add($"{name}: of them behind", 100.0 * reads.Behind / reads.Count, "%");
            report.Add($"{name}: most behind", reads.MostBehind, "ms");
            report.Add($"{name}: of them with only new points computed", 100.0 * reads.Partial / reads.Count, "%");
        }
    }

    private static async Task<Reads> ReadAsync(ServerProcess server, BenchProject project, List<JsonObject> tiles, int perSecond, TimeSpan length, TimeSpan? accepted)
    {
        var reads = new Reads();
        var random = new Randomness(17);
        var running = new List<Task>();
        var start = Stopwatch.GetTimestamp();
        var planned = (int)(length.TotalSeconds * perSecond);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        for (var i = 0; i < planned; i++)
        {
            var due = start + (long)(i * (double)Stopwatch.Frequency / perSecond);
            while (Stopwatch.GetTimestamp() < due)
            {
                await timer.WaitForNextTickAsync();
            }

            running.Add(ReadAsync(random.Pick<JsonObject>(tiles.ToArray()), due));
        }

        await Task.WhenAll(running);
        return reads;

        async Task ReadAsync(JsonObject tile, long due)
        {
            var answer = await server.QueryAsync(project, tile, accepted);
            reads.Add(Stopwatch.GetElapsedTime(due), (string?)answer["cache"], (double)answer["behindMs"]!);
        }
    }

    /// <summary>Three dashboards: of the month that is over, of the last days with today, and of what was bought.</summary>
    private static List<JsonObject> Tiles(DateOnly last)
    {
        var tiles = Question.All(last).ConvertAll(q => q.Query);
        foreach (var days in (int[])[1, 7, 30])
        {
            foreach (var series in (string[])["[{}]", """[{"math":"unique_persons"}]""", """[{"event":"order placed"}]"""])
            {
                tiles.Add(Trend(series, days, days == 1 ? "hour" : "day", null));
            }

            tiles.Add(Trend($$"""[{"event":"{{GeneratedEvents.PageView}}"}]""", days, days == 1 ? "hour" : "day", "$geoip_country_code"));
            tiles.Add(Trend($$"""[{"event":"{{GeneratedEvents.Purchase}}","math":"sum","property":"amount"}]""", days, days == 1 ? "hour" : "day", null));
        }

        return tiles;

        static JsonObject Trend(string series, int days, string interval, string? breakdown)
        {
            var query = new JsonObject
            {
                ["kind"] = "trends",
                ["series"] = JsonNode.Parse(series),
                ["range"] = new JsonObject { ["last"] = days, ["unit"] = "day" },
                ["interval"] = interval,
            };
            if (breakdown is not null)
            {
                query["breakdown"] = new JsonObject { ["property"] = breakdown, ["limit"] = 10 };
            }

            return query;
        }
    }

    /// <summary>Segments never change, so they need no copies of their own; a server makes its sockets itself.</summary>
    private static void CopyData(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(static f => !f.EndsWith(".sock", StringComparison.Ordinal)))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (!file.EndsWith(".parquet", StringComparison.Ordinal) || !PageCache.Link(file, target))
            {
                File.Copy(file, target);
            }
        }
    }

    private static string ToolsDirectory(Dataset dataset) =>
        Environment.GetEnvironmentVariable("HEADROOM_BENCH_TOOLS") is { Length: > 0 } tools ? tools : Path.Combine(dataset.Directory, "tools");

    private static double Median(IEnumerable<double> values) => Feeding.Percentile(values, 50);

    private sealed class Reads
    {
        private readonly LongHistogram _latency = new(1, TimeSpan.FromMinutes(10).Ticks, 3);
        private readonly Lock _gate = new();

        public int Count { get; private set; }

        public int Hits { get; private set; }

        public int Partial { get; private set; }

        public int Behind { get; private set; }

        public double MostBehind { get; private set; }

        public double Milliseconds(double percentile) => _latency.GetValueAtPercentile(percentile) / 1000.0;

        public void Add(TimeSpan took, string? cache, double behind)
        {
            lock (_gate)
            {
                Count++;
                Hits += cache == "hit" ? 1 : 0;
                Partial += cache == "partial" ? 1 : 0;
                Behind += cache == "behind" ? 1 : 0;
                MostBehind = Math.Max(MostBehind, behind);
                _latency.RecordValue(Math.Max(1, (long)took.TotalMicroseconds));
            }
        }
    }

    /// <summary>What .NET has no calls for.</summary>
    private static partial class PageCache
    {
        private const int DontNeed = 4;

        /// <summary>Lets the kernel forget the file's pages.</summary>
        public static void Drop(string file)
        {
            using var handle = File.OpenHandle(file);
            _ = Advise((int)handle.DangerousGetHandle(), 0, 0, DontNeed);
        }

        /// <summary>False where the two are on different disks.</summary>
        public static bool Link(string file, string name) => HardLink(file, name) == 0;

        [LibraryImport("libc", EntryPoint = "posix_fadvise"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static partial int Advise(int file, long offset, long length, int advice);

        [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static partial int HardLink(string file, string name);
    }
}
