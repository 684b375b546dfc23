using Headroom.App.Capacity.Model;

namespace Headroom.App.Capacity;

/// <summary>What a server did while so many sent or asked one after the other.</summary>
/// <param name="Count">Events stored, or queries answered.</param>
/// <param name="Spent">Processor time of the server.</param>
/// <param name="SpentSending">Processor time of those who sent or asked, on the same machine.</param>
public readonly record struct Measured(int Concurrency, long Count, TimeSpan Elapsed, TimeSpan Spent, TimeSpan SpentSending)
{
    public double PerSecond => Count / Elapsed.TotalSeconds;
}

/// <summary>From measurements with synthetic load to ceilings.</summary>
public static class Calibration
{
    /// <summary>
    /// The senders share the machine with the server. What it takes when they are elsewhere is what it took at its best, times how much more of the
    /// processors' time it would have had; past the processors that there are nothing is promised.
    /// </summary>
    public static CalibrationReport Of(DateTimeOffset at, int processors, IReadOnlyList<Measured> ingest, IReadOnlyList<Measured> queries)
    {
        var law = ScalabilityLaw.Fit([.. ingest.Select(static m => ((double)m.Concurrency, m.PerSecond))]);
        var (events, asked) = (ingest.MaxBy(static m => m.PerSecond), queries.MaxBy(static m => m.PerSecond));
        return new CalibrationReport(
            at, Alone(events, processors), Alone(asked, processors), processors, Share(events, processors), Share(asked, processors), law?.Sigma ?? 0, law?.Kappa ?? 0,
            [.. ingest.Select(m => new CalibrationPoint(m.Concurrency, m.PerSecond, law?.Throughput(m.Concurrency) ?? m.PerSecond))]);
    }

    private static double Alone(Measured best, int processors)
    {
        var others = best.SpentSending / best.Elapsed;
        return best.PerSecond * processors / Math.Max(processors - others, 0.1 * processors);
    }

    private static double Share(Measured best, int processors) => best.Spent.TotalSeconds / best.Count / processors;
}
