using System.Diagnostics;

namespace Headroom.Bench.Scenarios;

/// <summary>
/// What it costs that the server measures itself: the same load in turns on two servers of which one takes samples and keeps them,
/// as it does when nothing is set, and the other does not.
/// </summary>
internal static class Measuring
{
    private const int Connections = 32;
    private const int BatchEvents = 50;
    private const double MostShare = 0.02;
    private static readonly TimeSpan s_warm = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_drain = TimeSpan.FromMinutes(5);

    public static async Task RunAsync(Settings settings, Report report)
    {
        await using var measuring = await ServerProcess.StartAsync();
        await using var silent = await ServerProcess.StartAsync(directory: null, ("Headroom__Capacity__SampleSeconds", "0"));
        var of = await SideAsync(measuring);
        var without = await SideAsync(silent);

        // What a process does first it does slowly.
        await TurnAsync(of, s_warm);
        await TurnAsync(without, s_warm);

        // Many short turns: what else the machine does changes over seconds, and then changes both of a pair.
        var turn = TimeSpan.FromSeconds(settings.Quick ? 2 : 4);

        var (rates, costs) = (new List<double>(), new List<double>());
        var (rateOf, rateWithout) = (new List<double>(), new List<double>());
        for (var pair = 0; pair < (settings.Quick ? 2 : 24); pair++)
        {
            // Whoever is second meets what the first left to the disk, so they change places.
            Turn a, b;
            if (pair % 2 == 0)
            {
                a = await TurnAsync(of, turn);
                b = await TurnAsync(without, turn);
            }
            else
            {
                b = await TurnAsync(without, turn);
                a = await TurnAsync(of, turn);
            }

            rates.Add(a.EventsPerSecond / b.EventsPerSecond);
            costs.Add(a.ProcessorMicroseconds / b.ProcessorMicroseconds);
            rateOf.Add(a.EventsPerSecond);
            rateWithout.Add(b.EventsPerSecond);
        }

        report.Add("events stored, with measures, median", Median(rateOf), "events/s");
        report.Add("events stored, without, median", Median(rateWithout), "events/s");
        report.AddAtLeast("throughput with measures over without, median of pairs", Median(rates), "times", 1 - MostShare);
        report.Add("throughput, lowest quarter of pairs up to", Feeding.Percentile(rates, 25), "times");
        report.Add("throughput, highest quarter of pairs from", Feeding.Percentile(rates, 75), "times");
        report.AddAtMost("processor for an event with measures over without, median of pairs", Median(costs), "times", 1 + MostShare);
        report.Note($"Turns of {turn.TotalSeconds:0} s, gzipped batches of {BatchEvents} over {Connections} connections in a closed loop, until stored. One server rests while the other is asked.");
    }

    private static async Task<Side> SideAsync(ServerProcess server) => new(server, await server.AddProjectAsync("bench"));

    private static async Task<Turn> TurnAsync(Side side, TimeSpan duration)
    {
        var shape = EventShape.Server();
        using var generator = new LoadGenerator(
            LoadGenerator.Loopback(side.Server.Port), Connections, 11, () => shape.Batch(side.Project.WriteKey, side.Server.Host, BatchEvents, gzip: true));
        var (start, before) = (Stopwatch.GetTimestamp(), side.Server.ProcessorTime);
        var events = generator.Closed(duration).Events;
        await side.Server.DrainAsync(side.Project, s_drain);
        return new Turn(events / Stopwatch.GetElapsedTime(start).TotalSeconds, (side.Server.ProcessorTime - before).TotalMicroseconds / events);
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private sealed record Side(ServerProcess Server, BenchProject Project);

    private sealed record Turn(double EventsPerSecond, double ProcessorMicroseconds);
}
