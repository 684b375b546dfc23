using System.Globalization;
using HdrHistogram;
using Headroom.App.Capacity.Model;

namespace Headroom.Bench.Scenarios;

/// <summary>
/// Whether the network of queues that plans are made with is like the server. What a request takes is measured at a quarter of what the
/// server does, the network with these demands is simulated at higher rates, and the server is then driven at them. Requests arrive at
/// random times, as the model has it; the server has one processor for itself.
/// </summary>
internal static class Model
{
    private const int ServerProcessor = 0;
    private const int Connections = 256;
    private const double MeasuredShare = 0.25;
    private const long SimulatedRequests = 400_000;
    private const double MostOff = 0.25;
    private static readonly double[] s_shares = [0.4, 0.6];
    private static readonly TimeSpan s_drain = TimeSpan.FromMinutes(5);

    /// <summary>Upper bounds of the histogram of fsyncs, in seconds.</summary>
    private static readonly double[] s_bounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

    public static async Task RunAsync(Settings settings, Report report)
    {
        if (!OperatingSystem.IsLinux() || Environment.ProcessorCount < 2)
        {
            report.Note("Not tried: server and generator need a processor each, on Linux.");
            return;
        }

        using var self = System.Diagnostics.Process.GetCurrentProcess();
        self.ProcessorAffinity = (nint)(((1L << Environment.ProcessorCount) - 1) & ~(1L << ServerProcessor));
        await using var server = await ServerProcess.StartAsync(null, ServerProcessor, ("Headroom__Capacity__SampleSeconds", "0"));
        var project = await server.AddProjectAsync("bench");
        var shape = EventShape.Server();
        RequestTemplate Single() => shape.Single(project.WriteKey, server.Host);

        var turn = TimeSpan.FromSeconds(settings.Quick ? 4 : 20);
        double most;
        using (var warm = new LoadGenerator(LoadGenerator.Loopback(server.Port), 32, 21, Single))
        {
            warm.Closed(turn);
            most = warm.Closed(turn / 2).RequestsPerSecond;
            await server.DrainAsync(project, s_drain);
        }

        using var generator = new LoadGenerator(LoadGenerator.Loopback(server.Port), Connections, 22, Single) { IsRandom = true };
        generator.Open(most * MeasuredShare, turn / 2);
        var (_, demands) = await MeasureAsync(server, generator, most * MeasuredShare, turn);
        report.Add("most in a closed loop", most, "requests/s");
        report.Add($"at {MeasuredShare:0%} of it: processor for a request", demands.Request * 1e6, "µs");
        report.Add($"at {MeasuredShare:0%} of it: processor of the Writer for an event", demands.Event * 1e6, "µs");
        report.Add($"at {MeasuredShare:0%} of it: a commit of the log", demands.Fsync * 1e3, "ms");
        report.Add($"at {MeasuredShare:0%} of it: its squared coefficient of variation", demands.FsyncVariability, "");

        foreach (var share in s_shares)
        {
            var rate = most * share;
            var (real, busy) = MeasureBusy(server, generator, rate, turn);
            var simulated = Simulation.Run(demands.Network(rate), SimulatedRequests, 1);
            var (cpu, response) = (simulated.Stations[0].Utilisation, simulated.Classes[0].Response);
            var at = share.ToString("0%", CultureInfo.InvariantCulture);
            report.Add($"at {at}: processor, simulated", 100 * cpu, "%");
            report.Add($"at {at}: processor, real", 100 * busy, "%");
            report.AddAtMost($"at {at}: processor, off by", 100 * Math.Abs((cpu / busy) - 1), "%", 100 * MostOff);
            report.Add($"at {at}: p99, simulated", 1e3 * response!.P99, "ms");
            report.Add($"at {at}: p99, real", real.Milliseconds(99), "ms");
            report.AddAtMost($"at {at}: p99, off by", 100 * Math.Abs((1e3 * response.P99 / real.Milliseconds(99)) - 1), "%", 100 * MostOff);
            report.Add($"at {at}: mean, simulated", 1e3 * response.Mean, "ms");
            report.Add($"at {at}: mean, real", real.Latency.GetMean() / 1000, "ms");
            await server.DrainAsync(project, s_drain);
        }
    }

    private static (LoadResult Result, double Busy) MeasureBusy(ServerProcess server, LoadGenerator generator, double rate, TimeSpan duration)
    {
        var before = server.ProcessorTime;
        var result = generator.Open(rate, duration);
        return (result, (server.ProcessorTime - before) / result.Elapsed);
    }

    private static async Task<(LoadResult Result, Measured Demands)> MeasureAsync(ServerProcess server, LoadGenerator generator, double rate, TimeSpan duration)
    {
        var before = await server.MetricsAsync(Metrics());
        var (result, busy) = MeasureBusy(server, generator, rate, duration);
        var of = (await server.MetricsAsync(Metrics())).Zip(before, static (now, then) => now - then).ToArray();
        var (groups, logBusy, writing, batches) = (of[0], of[1], of[2] + of[3], of[4]);
        return (result, new Measured(
            Request: Math.Max(0, (busy * result.Elapsed.TotalSeconds) - writing) / result.Requests,
            Event: writing / result.Events,
            BatchesPerSecond: batches / result.Elapsed.TotalSeconds,
            Fsync: logBusy / groups,
            FsyncVariability: Variability(of[5..])));

        static IReadOnlyList<(string, string)> Metrics() =>
        [
            ("headroom_log_fsyncs_total", ""), ("headroom_log_writer_busy_seconds_total", ""),
            ("headroom_writer_decode_duration_seconds_sum", ""), ("headroom_writer_commit_duration_seconds_sum", ""),
            ("headroom_writer_commit_duration_seconds_count", ""),
            .. s_bounds.Select(static bound => ("headroom_log_fsync_duration_seconds_bucket", string.Create(CultureInfo.InvariantCulture, $"le=\"{bound}\""))),
        ];
    }

    /// <summary>Squared coefficient of variation of times of which only the buckets are known, each in the middle of its own.</summary>
    private static double Variability(double[] cumulative)
    {
        double count = 0, sum = 0, squares = 0, below = 0, from = 0;
        for (var i = 0; i < cumulative.Length; i++)
        {
            var (here, middle) = (cumulative[i] - below, (from + s_bounds[i]) / 2);
            (count, sum, squares) = (count + here, sum + (here * middle), squares + (here * middle * middle));
            (below, from) = (cumulative[i], s_bounds[i]);
        }

        var mean = sum / count;
        return Math.Max(0, (squares / count / (mean * mean)) - 1);
    }

    /// <param name="Request">Seconds of a processor for a request.</param>
    /// <param name="Event">For an event, of the Writer.</param>
    /// <param name="Fsync">Seconds of a commit of the log.</param>
    private sealed record Measured(double Request, double Event, double BatchesPerSecond, double Fsync, double FsyncVariability)
    {
        public Network Network(double rate) => new(
            [new Processors("capture_cpu", 1), new Batches("fsync", Fsync, FsyncVariability)], [],
            [
                new JobClass("requests", rate, [new Visit(0, Request, 1), new Visit(1, 0, 0)]),
                new JobClass("writing", BatchesPerSecond, [new Visit(0, rate * Event / BatchesPerSecond, 0.5)]),
            ]);
    }
}
