using System.Diagnostics;
using System.Net.Sockets;

namespace Headroom.Bench.Scenarios;

/// <summary>
/// Ten times what the server takes, for a minute: who is refused, how, and what becomes of those who are not. Server and
/// generator have a processor each, so that what one needs is not taken from the other. What is ten times as much is
/// counted in answers that came, not in those that were planned.
/// </summary>
internal static class Overload
{
    private const int ServerProcessor = 0;
    private const int Connections = 1024;
    private const int CapacityConnections = 32;
    private const int BatchEvents = 50;
    private const double Factor = 10;
    private const double NormalShare = 0.5;
    private const long MemoryLimitBytes = 1L << 30;
    private static readonly TimeSpan s_mostLate = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_drain = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_slice = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_watched = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(Settings settings, Report report)
    {
        int? processor = null;
        if (OperatingSystem.IsLinux() && Environment.ProcessorCount > 1)
        {
            processor = ServerProcessor;
            using var self = Process.GetCurrentProcess();
            self.ProcessorAffinity = (nint)(((1L << Environment.ProcessorCount) - 1) & ~(1L << ServerProcessor));
        }

        var refusal = await RefusalAsync(settings, processor);
        await using var server = await ServerProcess.StartInContainerAsync(MemoryLimitBytes, processor, report);
        var project = await server.AddProjectAsync("bench");
        var shape = EventShape.Server();
        RequestTemplate Batch() => shape.Batch(project.WriteKey, server.Host, BatchEvents, gzip: true);

        var duration = TimeSpan.FromSeconds(settings.Quick ? 10 : 60);
        var capacity = await CapacityAsync(server, project, settings, Batch);
        report.Add($"capacity, gzipped batches of {BatchEvents} with 12 properties, stored too", capacity, "requests/s");

        using var generator = new LoadGenerator(LoadGenerator.Loopback(server.Port), Connections, 5, Batch) { MostLate = s_mostLate };
        generator.Open(capacity * NormalShare, TimeSpan.FromSeconds(settings.Quick ? 2 : 10));
        var (normal, normalProcessor) = Measured(server, () => generator.Open(capacity * NormalShare, TimeSpan.FromSeconds(settings.Quick ? 5 : 20)));
        report.Latency($"normal, at {NormalShare:0%}, accepted", normal);
        report.AddAtMost("normal, refused or failed", normal.Refused + normal.Failed, "requests", 0);
        await server.DrainAsync(project, s_drain);

        var (load, loadProcessor) = Measured(server, () => generator.Open(capacity * Factor, duration));
        var ended = Stopwatch.GetTimestamp();
        var waiting = await server.LedgerAsync(project);
        var (recovered, recovery) = Recovery(generator, capacity * NormalShare, normal, ended);
        await server.DrainAsync(project, s_drain);
        var fresh = Stopwatch.GetElapsedTime(ended);

        report.AddAtLeast("overload, requests answered over capacity", load.Answered / load.Elapsed.TotalSeconds / capacity, "times", Factor * 0.98);
        report.Add("overload, requests that found no connection", load.NotSent, "requests");
        report.Add("overload, accepted over capacity", load.RequestsPerSecond / capacity, "times");
        report.Add("overload, refused", 100.0 * load.Refused / load.Answered, "%");
        report.AddAtMost("overload, refused without Retry-After", load.RefusedBare, "requests", 0);
        report.AddAtMost("overload, failed", load.Failed, "requests", 0);
        report.Latency("overload, accepted", load);
        report.AddAtMost("overload, accepted p99 over normal p99", load.Milliseconds(99) / normal.Milliseconds(99), "times", 5);
        report.Add("overload, refused p50", load.RefusedMilliseconds(50), "ms");
        report.Add("overload, refused p99", load.RefusedMilliseconds(99), "ms");
        report.Add("processor for an accepted request, normal", normalProcessor.TotalMicroseconds / normal.Requests, "µs");
        report.Add("processor for any answer, overload", loadProcessor.TotalMicroseconds / load.Answered, "µs");
        report.Add("processor for a refused request, alone", refusal.TotalMicroseconds, "µs");
        report.AddAtMost("peak resident memory", server.PeakBytes / 1e6, "MB", MemoryLimitBytes / 1e6);
        report.AddAtMost("normal again after the load", recovered?.TotalSeconds ?? double.PositiveInfinity, "s", 5);
        report.Latency($"within {s_watched.TotalSeconds:0} s after the load, accepted", recovery);
        report.Add("events that waited to be stored when the load ended", waiting.Waiting, "events");
        report.Add("stored and queryable after the load, beside the normal load", fresh.TotalSeconds, "s");
        report.Note(processor is not null
            ? $"The server has processor {ServerProcessor} for itself, the generator the others. Capacity: {CapacityConnections} connections in a closed loop, until stored."
            : "Server and generator share the one processor.");
        report.Note(string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"Normal again: from then on every second at {NormalShare:0%} has nothing refused and a p95 of at most 2 times normal, for {s_watched.TotalSeconds:0} s but one second in ten."));
    }

    /// <summary>Processor time of the server for a request that it refuses, while it does nothing else: it may take one at a time, and that one does not end.</summary>
    private static async Task<TimeSpan> RefusalAsync(Settings settings, int? processor)
    {
        await using var server = await ServerProcess.StartAsync(directory: null, processor, ("Headroom__Capture__MaxConcurrentRequests", "1"));
        var project = await server.AddProjectAsync("bench");
        var shape = EventShape.Server();
        using var done = new CancellationTokenSource();
        var held = HoldAsync(server.Port, shape.Batch(project.WriteKey, server.Host, BatchEvents).Bytes, done.Token);
        using var generator = new LoadGenerator(
            LoadGenerator.Loopback(server.Port), CapacityConnections, 6, () => shape.Batch(project.WriteKey, server.Host, BatchEvents, gzip: true));
        generator.Closed(TimeSpan.FromSeconds(settings.Quick ? 3 : 8));
        var (refused, spent) = Measured(server, () => generator.Closed(TimeSpan.FromSeconds(settings.Quick ? 3 : 8)));
        await done.CancelAsync();
        await held;
        return refused.Requests == 0 ? spent / refused.Refused : throw new InvalidOperationException($"{refused.Requests} requests were taken by a server that is full.");
    }

    /// <summary>One request that comes just fast enough not to be cut off for its slowness.</summary>
    private static async Task HoldAsync(int port, byte[] request, CancellationToken done)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(LoadGenerator.Loopback(port), CancellationToken.None);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            for (var at = 0; ; at += 256)
            {
                await socket.SendAsync(request.AsMemory(at, 256), CancellationToken.None);
                await timer.WaitForNextTickAsync(done);
            }
        }
        catch (OperationCanceledException)
        {
            // It was held for as long as was asked.
        }
    }

    /// <summary>Requests a second that last: until all that was taken is stored, as half of what is only acknowledged may be more than what is stored in the same time.</summary>
    private static async Task<double> CapacityAsync(ServerProcess server, BenchProject project, Settings settings, Func<RequestTemplate> batch)
    {
        using var generator = new LoadGenerator(LoadGenerator.Loopback(server.Port), CapacityConnections, 4, batch);
        generator.Closed(TimeSpan.FromSeconds(settings.Quick ? 3 : 10));
        await server.DrainAsync(project, s_drain);
        var start = Stopwatch.GetTimestamp();
        var taken = generator.Closed(TimeSpan.FromSeconds(settings.Quick ? 3 : 15)).Requests;
        await server.DrainAsync(project, s_drain);
        return taken / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static (LoadResult Result, TimeSpan Processor) Measured(ServerProcess server, Func<LoadResult> load)
    {
        var before = server.ProcessorTime;
        var result = load();
        return (result, server.ProcessorTime - before);
    }

    /// <summary>The normal load in slices, right after the overload; after how long it was normal, and all of it together.</summary>
    private static (TimeSpan? Recovered, LoadResult All) Recovery(LoadGenerator generator, double rate, LoadResult normal, long ended)
    {
        var slices = new List<(TimeSpan At, LoadResult Result)>();
        while (Stopwatch.GetElapsedTime(ended) < s_watched)
        {
            var result = generator.Open(rate, s_slice);
            slices.Add((Stopwatch.GetElapsedTime(ended), result));
        }

        var all = slices[0].Result;
        foreach (var (_, result) in slices.Skip(1))
        {
            all = all.With(result);
        }

        // A stall of the disk or of the machine in one slice of ten is what a normal load meets too.
        var allowed = slices.Count / 10;
        for (var i = 0; i < slices.Count; i++)
        {
            if (IsNormal(slices[i].Result) && slices.Skip(i).Count(slice => !IsNormal(slice.Result)) <= allowed)
            {
                return (i == 0 ? TimeSpan.Zero : slices[i - 1].At, all);
            }
        }

        return (null, all);

        bool IsNormal(LoadResult slice) =>
            slice.Refused + slice.Failed + slice.NotSent == 0 && slice.Milliseconds(95) <= 2 * normal.Milliseconds(95);
    }
}
