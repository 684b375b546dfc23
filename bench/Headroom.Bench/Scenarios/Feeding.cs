using System.Diagnostics;

namespace Headroom.Bench.Scenarios;

/// <param name="Marks">When so many events were stored, counted from the first request.</param>
/// <param name="Looks">How many events had been acknowledged, stored or not, at moments while they were sent.</param>
internal sealed record Fed(long Events, TimeSpan UntilQueryable, IReadOnlyList<(TimeSpan At, long Stored)> Marks, IReadOnlyList<(TimeSpan At, long Taken)> Looks)
{
    /// <summary>Seconds from each look until all that had been acknowledged was stored.</summary>
    public IEnumerable<double> Lag => Looks.Select(look => Math.Max(0, (At(look.Taken) - look.At).TotalSeconds));

    public double EventsPerSecond => Events / UntilQueryable.TotalSeconds;

    /// <summary>Events a second while the stored events grew from one number to the other.</summary>
    public double Between(long from, long to)
    {
        var (start, end) = (At(from), At(to));
        return (to - from) / (end - start).TotalSeconds;
    }

    private TimeSpan At(long stored)
    {
        var (before, beforeStored) = (TimeSpan.Zero, 0L);
        foreach (var (at, count) in Marks)
        {
            if (count >= stored)
            {
                // Batches commit in steps: the moment between two looks is taken from the line between them.
                var share = count == beforeStored ? 0 : (stored - beforeStored) / (double)(count - beforeStored);
                return before + ((at - before) * share);
            }

            (before, beforeStored) = (at, count);
        }

        return before;
    }
}

/// <summary>
/// Sends as fast as the whole way to a query result goes: the generator rests while more waits than the Writer
/// should have before it, so that the figure is a rate that lasts and not that of a growing backlog.
/// </summary>
internal static class Feeding
{
    private const int Connections = 8;
    private const int BatchEvents = 500;
    private const long MostWaiting = 100_000;
    private static readonly TimeSpan s_drain = TimeSpan.FromMinutes(10);

    public static async Task<Fed> RunAsync(ServerProcess server, BenchProject project, EventShape shape, long events)
    {
        var before = await server.LedgerAsync(project);
        using var generator = new LoadGenerator(
            LoadGenerator.Loopback(server.Port), Connections, (ulong)before.Received + 1, () => shape.Batch(project.WriteKey, server.Host, BatchEvents));
        var paused = false;
        generator.Paused = () => Volatile.Read(ref paused);

        var marks = new List<(TimeSpan, long)>();
        var looks = new List<(TimeSpan, long)>();
        var start = Stopwatch.GetTimestamp();
        var sending = Task.Factory.StartNew(
            () => generator.Closed(TimeSpan.FromHours(12), events), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!sending.IsCompleted)
        {
            await timer.WaitForNextTickAsync();
            var ledger = await server.LedgerAsync(project);
            var at = Stopwatch.GetElapsedTime(start);
            var stored = ledger.Stored - before.Stored;
            Volatile.Write(ref paused, ledger.Waiting > MostWaiting);
            marks.Add((at, stored));
            looks.Add((at, stored + ledger.Waiting));
        }

        var sent = await sending;
        var after = await server.DrainAsync(project, s_drain);
        var elapsed = Stopwatch.GetElapsedTime(start);
        if (sent.Refused + sent.Failed > 0)
        {
            throw new InvalidOperationException($"{sent.Refused} requests refused and {sent.Failed} failed.");
        }

        if (after.Stored - before.Stored != sent.Events)
        {
            throw new InvalidOperationException($"{sent.Events} events acknowledged but {after.Stored - before.Stored} stored.");
        }

        marks.Add((elapsed, sent.Events));
        return new Fed(sent.Events, elapsed, marks, looks);
    }

    public static double Percentile(IEnumerable<double> values, double percentile)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * percentile / 100))];
    }
}
