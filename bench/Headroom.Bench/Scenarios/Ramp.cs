using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Headroom.Bench.Faults;

namespace Headroom.Bench.Scenarios;

/// <summary>
/// Whether the headroom that the server tells is true. One resource at a time is made scarce, the load rises until the server says that there is
/// hardly any left, and then what it takes at most is measured. What it told of ceiling and binding resource when the load was half of that is compared with it.
/// </summary>
internal static class Ramp
{
    private const int BatchEvents = 50;
    private const int Processor = 0;
    private const int FewRequests = 4;
    private const long DiskBytesPerSecond = 4_000_000;
    private const int StoredForQueries = 300_000;

    /// <summary>Share of the ceiling at which the prediction is read, before anything is known of higher loads.</summary>
    private const double Half = 0.5;

    /// <summary>Headroom at which the load is not raised any more.</summary>
    private const double LeastHeadroom = 1.3;

    /// <summary>Headroom above which the load may be doubled at once.</summary>
    private const double Much = 4;
    private const double MostOff = 0.2;
    private const double Growth = 1.25;
    private static readonly TimeSpan s_warm = TimeSpan.FromSeconds(30);

    /// <summary>As long as what the server calls the present, at a sample a second.</summary>
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan s_drain = TimeSpan.FromMinutes(5);

    private static readonly (string Name, string Scarce, Func<Settings, Task<Outcome?>> Run)[] s_cases =
    [
        ("capture_cpu", "one processor for everything, batches of events", settings => IngestAsync(settings, Processor, null, 0, batches: true)),
        ("capture_cpu, single events", "one processor for everything, requests of one event", settings => IngestAsync(settings, Processor, null, 0, batches: false)),
        ("capture_queue", "four requests at a time", settings => IngestAsync(settings, null, null, FewRequests, batches: false)),
        ("fsync", "a disk of 4 MB/s for the log", SlowDiskAsync),
        ("query_cpu", "one processor, expensive queries", settings => QueriesAsync(settings, Processor, ("Headroom__Store__QueryThreads", "0"))),
        ("query_queue", "one query at a time, on one of two processors", settings => QueriesAsync(
            settings, null, ("Headroom__Store__QueryThreads", "1"), ("Headroom__Store__MaxConcurrentQueries", "1"))),
    ];

    public static async Task RunAsync(Settings settings, Report report)
    {
        foreach (var (name, scarce, run) in s_cases)
        {
            if (settings.Only is { } only && !name.Contains(only, StringComparison.Ordinal))
            {
                continue;
            }

            if (await run(settings) is not { } outcome)
            {
                report.Note($"{name} was not tried: no disk can be made slow on this machine.");
                continue;
            }

            foreach (var step in outcome.Steps)
            {
                report.Note($"{name}: {step}");
            }

            report.Add($"{name} ({scarce}): load at which it was read", outcome.Load, outcome.Unit);
            report.Add($"{name}: ceiling predicted", outcome.Predicted, outcome.Unit);
            report.Add($"{name}: ceiling measured", outcome.Measured, outcome.Unit);
            report.AddAtMost($"{name}: predicted is off by", 100 * Math.Abs((outcome.Predicted / outcome.Measured) - 1), "%", 100 * MostOff);
            if (outcome.ByProcessor is { } alone)
            {
                // Where others take from its processor, the clock tells what was left and this what it would take alone.
                report.Add($"{name}: ceiling by its processor's time", alone.Measured, alone.Unit);
                report.Add($"{name}: predicted at half of that", alone.Predicted, alone.Unit);
            }

            if (outcome.Binding != name.Split(',')[0])
            {
                report.Fail($"{name} was scarce, and {outcome.Binding} was named.");
            }
        }
    }

    private static async Task<Outcome?> SlowDiskAsync(Settings settings)
    {
        if (await Disk.ReasonAgainstAsync() is not null)
        {
            return null;
        }

        await using var disk = await Disk.MakeAsync(2L << 30);
        return disk.ThrottleBytes(DiskBytesPerSecond) ? await IngestAsync(settings, null, Path.Combine(disk.Mount, "log"), 0, batches: true) : null;
    }

    private static async Task<Outcome?> IngestAsync(Settings settings, int? processor, string? log, int requests, bool batches)
    {
        List<(string, string)> environment = [("Headroom__Capacity__SampleSeconds", "1"), ("Headroom__Capacity__WriteSeconds", "600")];
        if (log is not null)
        {
            environment.Add(("Headroom__Log__Directory", log));
        }

        if (requests > 0)
        {
            environment.Add(("Headroom__Capture__MaxConcurrentRequests", requests.ToString(CultureInfo.InvariantCulture)));
        }

        await using var server = await ServerProcess.StartAsync(directory: null, processor, environment);
        var project = await server.AddProjectAsync("bench");
        var shape = EventShape.Server();
        RequestTemplate Request() => batches ? shape.Batch(project.WriteKey, server.Host, BatchEvents, gzip: true) : shape.Single(project.WriteKey, server.Host);
        using var generator = new LoadGenerator(LoadGenerator.Loopback(server.Port), 64, 7, Request) { MostLate = TimeSpan.FromMilliseconds(500) };

        // What a process does first it does slowly, and what is told is of a server that has run for some time.
        generator.Open(log is not null ? 50 : batches ? 200 : 500, settings.Quick ? s_warm / 2 : s_warm);
        var rate = batches ? 10.0 : 100;
        var told = new List<Told>();
        var steps = new List<Step>();
        while (told is not [.., { Headroom: <= LeastHeadroom }])
        {
            var before = await Sums.OfAsync(server);
            var sent = generator.Open(rate, s_step);
            var said = await ToldAsync(server, "ingest");
            steps.Add(Step.Between(before, await Sums.OfAsync(server), said));
            told.AddRange(said);
            if (sent.Refused + sent.NotSent > sent.Requests)
            {
                break;
            }

            rate *= told is [] or [.., { Headroom: > Much }] ? 2 : Growth;
            if (rate > 100_000)
            {
                throw new InvalidOperationException("No ceiling was told at any rate that can be sent.");
            }
        }

        await server.DrainAsync(project, s_drain);
        var length = TimeSpan.FromSeconds(settings.Quick ? 6 : 15);
        var (most, byProcessor) = (0.0, 0.0);
        foreach (var connections in requests > 0 ? (int[])[requests, requests + 1, 2 * requests] : [32, 128])
        {
            var before = await Sums.OfAsync(server);
            most = Math.Max(most, await TakenAsync(server, project, Request, connections, length));
            steps.Add(Step.Between(before, await Sums.OfAsync(server), []));
            byProcessor = Math.Max(byProcessor, 1e6 / steps[^1].Processor);
        }

        return Outcome.Of(told, "events/s", most) with { Steps = steps, ByProcessor = processor is null ? null : Outcome.Of(told, "events/s", byProcessor) };
    }

    /// <summary>Events a second until stored, in a closed loop.</summary>
    private static async Task<double> TakenAsync(ServerProcess server, BenchProject project, Func<RequestTemplate> request, int connections, TimeSpan length)
    {
        using var generator = new LoadGenerator(LoadGenerator.Loopback(server.Port), connections, 8, request);
        var start = Stopwatch.GetTimestamp();
        var taken = generator.Closed(length).Events;
        await server.DrainAsync(project, s_drain);
        return taken / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<Outcome?> QueriesAsync(Settings settings, int? processor, params IReadOnlyList<(string, string)> more)
    {
        await using var server = await ServerProcess.StartAsync(
            directory: null, processor, [("Headroom__Capacity__SampleSeconds", "1"), ("Headroom__Capacity__WriteSeconds", "600"), ("Headroom__Insights__CacheMegabytes", "0"), .. more]);
        var project = await server.AddProjectAsync("bench");
        var shape = EventShape.Server();
        using (var generator = new LoadGenerator(LoadGenerator.Loopback(server.Port), 8, 9, () => shape.Batch(project.WriteKey, server.Host, 500, gzip: true)))
        {
            generator.Closed(TimeSpan.FromMinutes(2), StoredForQueries);
        }

        await server.DrainAsync(project, s_drain);
        await server.SettleAsync(TimeSpan.FromSeconds(3), TimeSpan.FromMinutes(1));
        var rate = 1.0;
        var told = new List<Told>();
        while (told is not [.., { Headroom: <= LeastHeadroom }])
        {
            await AskAsync(server, project, rate, s_step);
            told.AddRange(await ToldAsync(server, "queries"));
            rate *= Growth;
        }

        var start = Stopwatch.GetTimestamp();
        var until = TimeSpan.FromSeconds(settings.Quick ? 6 : 15);
        var done = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            var answers = 0;
            while (Stopwatch.GetElapsedTime(start) < until)
            {
                await server.QueryAsync(project, Expensive());
                answers++;
            }

            return answers;
        }));
        return Outcome.Of(told, "queries/s", done.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static async Task AskAsync(ServerProcess server, BenchProject project, double rate, TimeSpan duration)
    {
        var start = Stopwatch.GetTimestamp();
        var asked = new List<Task>();
        for (var i = 0; i / rate < duration.TotalSeconds; i++)
        {
            var wait = TimeSpan.FromSeconds(i / rate) - Stopwatch.GetElapsedTime(start);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait);
            }

            asked.Add(server.QueryAsync(project, Expensive()));
        }

        await Task.WhenAll(asked);
    }

    /// <summary>Of all events, with persons and a text to break down by, so that no shortcut of the store answers it.</summary>
    private static JsonObject Expensive()
    {
        var today = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["kind"] = "trends",
            ["series"] = new JsonArray(new JsonObject { ["event"] = null, ["math"] = "unique_persons" }),
            ["range"] = new JsonObject { ["from"] = today, ["to"] = today },
            ["interval"] = "hour",
            ["breakdown"] = new JsonObject { ["property"] = "$browser" },
        };
    }

    /// <summary>What the server says of a flow now; nothing while it cannot say.</summary>
    private static async Task<Told[]> ToldAsync(ServerProcess server, string flow)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(server.Directory, "capacity.json"));
        foreach (var one in JsonNode.Parse(text)!["flows"]!.AsArray())
        {
            if ((string)one!["flow"]! == flow && one["ceiling"] is JsonObject ceiling && one["headroom"] is JsonObject headroom)
            {
                return [new Told((double)one["load"]!, (double)ceiling["value"]!, (double)headroom["value"]!, (string)one["binding"]!)];
            }
        }

        return [];
    }

    /// <summary>What the server counts itself, since its start.</summary>
    private sealed record Sums(long At, double Processor, IReadOnlyDictionary<string, long> Switches, double Events, double Commits)
    {
        public static async Task<Sums> OfAsync(ServerProcess server)
        {
            var of = await server.MetricsAsync(("headroom_capture_events_total", ""), ("headroom_log_fsyncs_total", ""));
            return new Sums(Stopwatch.GetTimestamp(), server.ProcessorTime.TotalSeconds, server.Switches(), of[0], of[1]);
        }
    }

    /// <summary>What an event took at a load, and what was told there.</summary>
    /// <param name="Processor">Microseconds.</param>
    /// <param name="Switches">Of threads that there still were at the end.</param>
    private sealed record Step(double Load, double Processor, double Switches, double Commits, Told? Told)
    {
        public static Step Between(Sums before, Sums after, IReadOnlyList<Told> told)
        {
            var events = after.Events - before.Events;
            return new Step(
                events / Stopwatch.GetElapsedTime(before.At, after.At).TotalSeconds, 1e6 * (after.Processor - before.Processor) / events,
                after.Switches.Sum(thread => thread.Value - before.Switches.GetValueOrDefault(thread.Key)) / events, (after.Commits - before.Commits) / events, told is [var last, ..] ? last : null);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"at {Load:#,0} events/s an event took {Processor:0.0} µs of processor, {Switches:0.00} switches, {Commits:0.000} commits; told {(Told is null ? "nothing" : $"{Told.Ceiling:#,0} by {Told.Binding}")}");
    }

    private sealed record Told(double Load, double Ceiling, double Headroom, string Binding);

    private sealed record Outcome(string Binding, string Unit, double Load, double Predicted, double Measured)
    {
        public IReadOnlyList<Step> Steps { get; init; } = [];

        /// <summary>The same where what it takes at most is what it had done for a second of its one processor; null where that is not scarce.</summary>
        public Outcome? ByProcessor { get; init; }

        /// <param name="told">While the load rose.</param>
        public static Outcome Of(IReadOnlyList<Told> told, string unit, double measured)
        {
            var read = told.MinBy(one => Math.Abs(Math.Log(one.Load / (measured * Half))))!;
            return new Outcome(read.Binding, unit, read.Load, read.Ceiling, measured);
        }
    }
}
