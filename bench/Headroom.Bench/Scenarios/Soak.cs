using System.Diagnostics;
using System.Globalization;
using Headroom.Bench.Soaking;

namespace Headroom.Bench.Scenarios;

/// <summary>
/// A long time at 60 % of what lasts, with dashboards looked at: nothing may grow but what is stored. Each series is judged
/// over the last two thirds of the run by its median slope (<see cref="Trend"/>).
/// </summary>
internal static class Soak
{
    private const int Connections = 8;
    private const int BatchEvents = 100;
    private const double Share = 0.6;
    private const double MB = 1e6;
    private const long MemoryLimitBytes = 1L << 30;
    private const string HeapBytes = "dotnet_gc_last_collection_heap_size_bytes";
    private const string LagBytes = "headroom_log_consumer_lag_bytes";
    private static readonly TimeSpan s_drain = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Settings settings, Report report)
    {
        var duration = TimeSpan.FromMinutes(settings.Minutes ?? (settings.Quick ? 2 : 60));
        var interval = TimeSpan.FromSeconds(Math.Clamp(duration.TotalSeconds / 240, 2, 10));
        await using var server = await ServerProcess.StartInContainerAsync(MemoryLimitBytes, processor: null, report);
        var project = await server.AddProjectAsync("bench");
        var shape = EventShape.Server();
        await Feeding.RunAsync(server, project, shape, 50_000);
        var dashboard = new Dashboard(server, project);
        using var done = new CancellationTokenSource();
        var looking = dashboard.LookAsync(done.Token);

        // What lasts is what lasts beside the questions, once the shortest range of them is full.
        var rate = settings.Rate ?? (Share * (await Feeding.RunAsync(server, project, shape, settings.Quick ? 200_000 : 10_000_000)).EventsPerSecond);
        dashboard.Take();
        var before = await server.LedgerAsync(project);

        var samples = new List<Sample>();
        var sent = 0L;
        var processor = server.ProcessorTime;
        using (var generator = new LoadGenerator(
            LoadGenerator.Loopback(server.Port), Connections, 8, () => shape.Batch(project.WriteKey, server.Host, BatchEvents)))
        {
            var start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < duration)
            {
                var load = Task.Factory.StartNew(
                    () => generator.Open(rate / BatchEvents, interval), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
                var footprint = server.Footprint();
                var metrics = await server.MetricsAsync((HeapBytes, ""), (HeapBytes, "\"gen2\""), (LagBytes, ""));
                var ledger = await server.LedgerAsync(project);
                var (segments, _) = server.Segments();
                var disk = server.DiskBytes();
                var result = await load;
                var (queries, unanswered) = dashboard.Take();
                sent += result.Events;
                var spent = server.ProcessorTime;
                samples.Add(new Sample(
                    Stopwatch.GetElapsedTime(start).TotalHours, footprint, metrics[0], metrics[1], metrics[2], ledger, segments, disk, result,
                    queries.TotalCount == 0 ? double.NaN : queries.GetValueAtPercentile(50) / 1000.0,
                    queries.TotalCount == 0 ? double.NaN : queries.GetValueAtPercentile(99) / 1000.0,
                    unanswered, (spent - processor) / result.Elapsed));
                processor = spent;
            }

            await done.CancelAsync();
            await looking;
        }

        var after = await server.DrainAsync(project, s_drain);
        var panels = Panels(samples, before.Stored);
        Judge(report, panels, samples, after.Stored - before.Stored, sent);
        if (dashboard.Failures is { Length: > 0 } failures)
        {
            report.Note($"Not answered, since before the run: {failures}.");
        }

        await WritePictureAsync(settings, report, panels, rate, duration);
    }

    private static void Judge(Report report, List<Panel> panels, List<Sample> samples, long stored, long sent)
    {
        foreach (var panel in panels)
        {
            foreach (var line in panel.Lines)
            {
                report.Add($"{panel.Title}, {line.Name}: median of the judged part", line.Trend?.Median ?? Trend.MedianOf(line.Points.Select(static point => point.Value)), panel.Unit);
                if (line.Trend is { } trend)
                {
                    report.AddAtMost($"{panel.Title}, {line.Name}: growth over it", trend.Growth, panel.Unit, trend.Allowed);
                }

                if (!line.IsWell)
                {
                    report.Fail(line.Trend is null ? $"{panel.Title}, {line.Name}: too few samples to judge." : $"{panel.Title}, {line.Name} grows.");
                }
            }
        }

        var notTaken = samples.Sum(static sample => sample.Load.Refused + sample.Load.Failed);
        var unanswered = samples.Sum(static sample => sample.Unanswered);
        report.AddAtMost("capture: refused or failed", notTaken, "requests", 0);
        report.AddAtMost("queries: not answered", unanswered, "queries", 0);
        report.Add("acknowledged", sent, "events");
        report.AddAtMost("acknowledged and not stored", sent - stored, "events", 0);
        if (notTaken + unanswered > 0 || sent != stored)
        {
            report.Fail($"{notTaken} requests not taken, {unanswered} queries not answered, {sent} events acknowledged and {stored} stored.");
        }
    }

    private static List<Panel> Panels(List<Sample> samples, long storedBefore)
    {
        // Queries read all there is, so they may take longer in the measure in which it becomes more, and not beyond that.
        var judged = samples.Skip(samples.Count / 3).ToList();
        var more = judged.Count == 0 ? 0 : ((double)judged[^1].Ledger.Stored / Math.Max(1, judged[0].Ledger.Stored)) - 1;
        return
        [
            new Panel("Memory", "MB",
            [
                new Line("resident", Series(static s => s.Footprint.Resident / MB)),
                Line.Judged("own", Series(static s => s.Footprint.Anonymous / MB), 0.05, 25),
                new Line("GC heap", Series(static s => s.HeapBytes / MB)),
                Line.Judged("long-lived", Series(static s => s.LongLivedBytes / MB), 0.05, 10),
            ]),
            new Panel("Handles and threads", "open",
            [
                Line.Judged("handles", Series(static s => s.Footprint.Handles), 0.05, 12),
                Line.Judged("threads", Series(static s => s.Footprint.Threads), 0.05, 10),
            ]),
            new Panel("Capture, sent until acknowledged", "ms",
            [
                Line.Judged("p50", Series(static s => s.Load.Milliseconds(50)), 0.25, 1),
                Line.Judged("p99", Series(static s => s.Load.Milliseconds(99)), 0.5, 10),
            ], FromZero: false),
            new Panel("Queries", "ms",
            [
                Line.Judged("p50", Series(static s => s.QueryMedian), Math.Max(0.25, more), 2),
                Line.Judged("p99", Series(static s => s.QuerySlow), Math.Max(0.5, more), 20),
            ], FromZero: false),
            new Panel("Waiting to be stored", "MB", [Line.Judged("in the log", Series(static s => s.LagBytes / MB), 0.5, 10)]),
            new Panel("Processor", "% of one", [new Line("server", Series(static s => 100 * s.Processor))]),
            new Panel("Segment files", "files", [Line.Judged("segments", Series(static s => s.Segments), 0.25, 16)]),
            new Panel("Stored", "millions, GB",
            [
                new Line("events (M)", Series(s => (s.Ledger.Stored - storedBefore) / 1e6)),
                new Line("disk (GB)", Series(static s => s.DiskBytes / 1e9)),
            ]),
        ];

        List<Point> Series(Func<Sample, double> value) =>
            [.. samples.Select(sample => new Point(sample.Hours, value(sample))).Where(static point => double.IsFinite(point.Value))];
    }

    private static async Task WritePictureAsync(Settings settings, Report report, List<Panel> panels, double rate, TimeSpan duration)
    {
        var file = settings.SvgFile ?? "soak.svg";
        var machine = Machine.Describe(Path.GetTempPath());
        var facts = new[]
        {
            string.Create(CultureInfo.InvariantCulture, $"{rate:#,0} events a second in batches of {BatchEvents}{(settings.Rate is null ? $", {Share:0%} of what lasts," : "")} and five queries a second for {duration.TotalMinutes:0} minutes, {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC"),
            string.Create(CultureInfo.InvariantCulture, $"{machine.Cores} cores, {machine.Processor}, {machine.MemoryBytes >> 30} GB, Linux {machine.Kernel}, {machine.FileSystem}. Dashed: median slope after Theil and Sen over the judged part."),
        };
        await File.WriteAllTextAsync(file, SvgReport.Write(report.HasFailed ? "Headroom under lasting load: failed" : "Headroom under lasting load: nothing grows", facts, panels));
        report.Add("load", rate, "events/s");
        report.Note($"The picture is {Path.GetFullPath(file)}.");
    }

    /// <param name="Hours">Since the start.</param>
    /// <param name="LongLivedBytes">Of the heap what has outlived many collections; large arrays of questions are not in it.</param>
    /// <param name="Processor">Processors in use, of the time since the sample before.</param>
    private sealed record Sample(
        double Hours, Footprint Footprint, double HeapBytes, double LongLivedBytes, double LagBytes, Ledger Ledger, int Segments, long DiskBytes, LoadResult Load,
        double QueryMedian, double QuerySlow, long Unanswered, double Processor);
}
