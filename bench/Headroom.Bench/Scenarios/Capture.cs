namespace Headroom.Bench.Scenarios;

/// <summary>
/// Capture on disk beside an endpoint that only reads the body, turn by turn in one run, so that both meet the same
/// machine. Between turns the server's Writer finishes what waits: the bare endpoint must not run beside it.
/// </summary>
internal static class Capture
{
    private const int SingleConnections = 256;
    private const int BatchConnections = 16;
    private const int BatchEvents = 500;
    private const double ClockShare = 0.6;

    /// <summary>Until most of the code is compiled for good, also before short turns.</summary>
    private static readonly TimeSpan s_leastWarming = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_drain = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Settings settings, Report report)
    {
        var turn = TimeSpan.FromSeconds(settings.Quick ? 2 : 10);
        var turns = settings.Quick ? 2 : 3;
        var warming = turn / 2 < s_leastWarming ? s_leastWarming : turn / 2;

        await using var server = await ServerProcess.StartAsync();
        await using var bare = await BareProcess.StartAsync();
        var project = await server.AddProjectAsync("bench");
        var host = server.Host;

        var small = EventShape.Small();
        var shape = EventShape.Server();
        await CompareAsync("single, small", SingleConnections, () => small.Single(project.WriteKey, host), 0.6, null, clock: true);
        var browser = EventShape.Browser();
        await CompareAsync("single, 12 properties", SingleConnections, () => shape.Single(project.WriteKey, host), 0.6, null, clock: true);
        await CompareAsync("single, browser", SingleConnections, () => browser.Single(project.WriteKey, host), null, null, clock: false);
        await CompareAsync("batch of 500, small", BatchConnections, () => small.Batch(project.WriteKey, host, BatchEvents), null, 500_000, clock: true);
        await CompareAsync("batch of 100, 12 properties", BatchConnections, () => shape.Batch(project.WriteKey, host, BatchEvents / 5), null, null, clock: false);

        report.Note("Ratio: capture, acknowledged after fsync, with the Writer working on what arrives, over the bare endpoint.");
        report.Note("By the clock: an open loop; latency from the time at which each request was to be sent.");

        async Task CompareAsync(
            string name, int connections, Func<RequestTemplate> request, double? ratioAim, double? eventsAim, bool clock)
        {
            if (settings.Only is { } only && !name.Contains(only, StringComparison.OrdinalIgnoreCase))
            {
                return;
            }

            var captured = new List<LoadResult>();
            var read = new List<LoadResult>();
            var (processor, bareProcessor) = (new List<double>(), new List<double>());
            using (var toServer = new LoadGenerator(LoadGenerator.Loopback(server.Port), connections, 1, request))
            using (var toBare = new LoadGenerator(LoadGenerator.Loopback(bare.Port), connections, 2, request))
            {
                toBare.Closed(warming);
                toServer.Closed(warming);
                await server.DrainAsync(project, s_drain);
                for (var i = 0; i < turns; i++)
                {
                    var before = bare.ProcessorTime;
                    read.Add(toBare.Closed(turn));
                    bareProcessor.Add((bare.ProcessorTime - before).TotalMicroseconds / read[^1].Answered);
                    before = server.ProcessorTime;
                    captured.Add(toServer.Closed(turn));
                    await server.DrainAsync(project, s_drain);
                    processor.Add((server.ProcessorTime - before).TotalMicroseconds / captured[^1].Answered);
                }
            }

            var atMost = Median(captured, static result => result.RequestsPerSecond);
            var bareAtMost = Median(read, static result => result.RequestsPerSecond);
            report.Add($"{name}: bare", bareAtMost, "requests/s");
            report.Add($"{name}: captured", atMost, "requests/s");
            if (eventsAim is { } aim)
            {
                report.AddAtLeast($"{name}: captured", Median(captured, static result => result.EventsPerSecond), "events/s", aim);
            }

            if (ratioAim is { } ratio)
            {
                report.AddAtLeast($"{name}: ratio", atMost / bareAtMost, "", ratio);
            }
            else
            {
                report.Add($"{name}: ratio", atMost / bareAtMost, "");
            }

            report.Add($"{name}: processor, bare", Feeding.Percentile(bareProcessor, 50), "µs/request");
            report.Add($"{name}: processor, captured and stored", Feeding.Percentile(processor, 50), "µs/request");
            report.Latency($"{name}: at the most", captured[^1]);
            if (clock)
            {
                using var byClock = new LoadGenerator(LoadGenerator.Loopback(server.Port), connections, 3, request);
                var result = byClock.Open(atMost * ClockShare, turn);
                report.Latency($"{name}: by the clock at {ClockShare:0%}", result);
                captured.Add(result);
                await server.DrainAsync(project, s_drain);
            }

            var notTaken = captured.Sum(static result => result.Refused + result.Failed);
            report.AddAtMost($"{name}: refused or failed", notTaken, "requests", 0);
        }
    }

    private static double Median(List<LoadResult> results, Func<LoadResult, double> figure)
    {
        var sorted = results.Select(figure).Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
