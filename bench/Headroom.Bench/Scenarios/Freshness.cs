using System.Diagnostics;
using HdrHistogram;

namespace Headroom.Bench.Scenarios;

/// <summary>
/// How long after its acknowledgement an event is found by a query, while the server does half of what it can.
/// Probes follow one another; each is asked for by its uuid until it is there.
/// </summary>
internal static class Freshness
{
    private const int Connections = 8;
    private const int BatchEvents = 100;
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(Settings settings, Report report)
    {
        await using var server = await ServerProcess.StartAsync();
        var project = await server.AddProjectAsync("bench");
        var shape = EventShape.Server();
        await Feeding.RunAsync(server, project, shape, 50_000);
        var capacity = (await Feeding.RunAsync(server, project, shape, settings.Quick ? 200_000 : 1_000_000)).EventsPerSecond;
        report.Add("capacity, 12 properties", capacity, "events/s");

        var idle = await ProbeAsync(TimeSpan.FromSeconds(settings.Quick ? 4 : 15));
        Add("idle", idle, aim: false);

        var duration = TimeSpan.FromSeconds(settings.Quick ? 8 : 60);
        using var generator = new LoadGenerator(
            LoadGenerator.Loopback(server.Port), Connections, 7, () => shape.Batch(project.WriteKey, server.Host, BatchEvents));
        var load = Task.Factory.StartNew(
            () => generator.Open(capacity / 2 / BatchEvents, duration), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var fresh = await ProbeAsync(duration);
        var sent = await load;
        report.Add("load", sent.EventsPerSecond, "events/s");
        Add("at half capacity", fresh, aim: true);
        report.Latency("capture at half capacity, batch of 100", sent);
        report.AddAtMost("refused or failed", sent.Refused + sent.Failed, "requests", 0);

        void Add(string name, LongHistogram histogram, bool aim)
        {
            report.Add($"{name}: probes", histogram.TotalCount, "");
            report.Add($"{name}: acknowledged until queryable p50", histogram.GetValueAtPercentile(50) / 1000.0, "ms");
            var p99 = histogram.GetValueAtPercentile(99) / 1000.0;
            if (aim)
            {
                report.AddAtMost($"{name}: acknowledged until queryable p99", p99, "ms", 1000);
            }
            else
            {
                report.Add($"{name}: acknowledged until queryable p99", p99, "ms");
            }

            report.Add($"{name}: longest", histogram.GetMaxValue() / 1000.0, "ms");
        }

        async Task<LongHistogram> ProbeAsync(TimeSpan length)
        {
            var histogram = new LongHistogram(1, 3_600_000_000, 3);
            var start = Stopwatch.GetTimestamp();
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
            while (Stopwatch.GetElapsedTime(start) < length)
            {
                var uuid = Guid.CreateVersion7();
                await server.CaptureAsync(project, uuid, "probe", TimeProvider.System.GetUtcNow());
                var acknowledged = Stopwatch.GetTimestamp();
                while (!await server.HasEventAsync(project, uuid))
                {
                    if (Stopwatch.GetElapsedTime(acknowledged) > s_deadline)
                    {
                        throw new TimeoutException($"Event {uuid} was acknowledged and cannot be queried after {s_deadline.TotalSeconds:0} s.");
                    }

                    await timer.WaitForNextTickAsync();
                }

                histogram.RecordValue(Math.Max(1, (long)Stopwatch.GetElapsedTime(acknowledged).TotalMicroseconds));
            }

            return histogram;
        }
    }
}
