using Headroom.App.Capacity.Measuring;

namespace Headroom.App.Capacity.Ceilings;

/// <summary>
/// How the processors' busy time follows the load: busy = other + events·(x/now)^economy + queries·q, in processors. An event takes less of
/// them the more there are, as more share a wake-up, a commit and a batch: an economy of scale, which is why a demand taken at a low load
/// is no demand at a high one. Economy is 1 where the samples do not say otherwise.
/// </summary>
/// <param name="Events">Processors that the events of the present load keep busy.</param>
/// <param name="Load">That load, events/s; above zero.</param>
/// <param name="Economy">Exponent of the load, 0.3 to 1.</param>
/// <param name="Query">Processor seconds of a query.</param>
/// <param name="Other">Processors that are busy without either.</param>
internal readonly record struct ProcessorFit(double Events, double Load, double Economy, double Query, double Other)
{
    private const double LeastEconomy = 0.3;
    private const double Step = 0.05;

    /// <summary>Quantile of χ² with one degree of freedom at 95 %: by as much the likelihood must rise for one more parameter (Wilks, 1938).</summary>
    private const double Wilks = 3.84;

    /// <summary>Of the largest load to the smallest, below which a power cannot be told from a line.</summary>
    private const double LeastSpread = 3;

    /// <summary>Processor seconds of an event at the present load.</summary>
    public double Event => Events / Load;

    /// <summary>Events a second that keep so many processors busy, which is above zero.</summary>
    public double LoadThatFills(double processors) => Load * Math.Pow(processors / Events, 1 / Economy);

    /// <summary>Found from samples with their weights; null where nothing happens.</summary>
    /// <param name="load">The present load, events/s.</param>
    public static ProcessorFit? Of(IReadOnlyList<(Sample Sample, double Weight)> samples, double load)
    {
        var unit = load > 0 ? load : 1;
        if (Fit(samples, unit, 1) is not { } best)
        {
            return null;
        }

        var (least, most) = (double.MaxValue, 0.0);
        foreach (var (sample, _) in samples)
        {
            var rate = sample.Rate(Quantity.CaptureEvents);
            (least, most) = rate > 0 ? (Math.Min(least, rate), Math.Max(most, rate)) : (least, most);
        }

        if (most < LeastSpread * least)
        {
            return best.Fit;
        }

        // Samples that weigh as much as the newest.
        var count = samples.Sum(static s => s.Weight) / samples.Max(static s => s.Weight);
        var line = best.Squares;
        for (var economy = 1 - Step; economy >= LeastEconomy - (Step / 2); economy -= Step)
        {
            if (Fit(samples, unit, economy) is { } found && found.Squares < best.Squares && count * Math.Log(line / found.Squares) > Wilks)
            {
                best = found;
            }
        }

        return best.Fit;
    }

    private static (ProcessorFit Fit, double Squares)? Fit(IReadOnlyList<(Sample Sample, double Weight)> samples, double unit, double economy)
    {
        var rows = new List<(double[] Row, double Weight)>(samples.Count);
        foreach (var (sample, weight) in samples)
        {
            rows.Add(([1, Math.Pow(sample.Rate(Quantity.CaptureEvents) / unit, economy), sample.Rate(Quantity.Queries), sample.Busy], weight));
        }

        // What is there without any load is seen when load varies; a constant load is taken to cause all of it.
        if (NonNegativeFit.Solve(rows, [0.01 * rows.Sum(static r => r.Weight), 0, 0]) is not { } c)
        {
            return null;
        }

        double squares = 0;
        foreach (var (row, weight) in rows)
        {
            var error = row[3] - c[0] - (c[1] * row[1]) - (c[2] * row[2]);
            squares += weight * error * error;
        }

        return (new ProcessorFit(c[1], unit, economy, c[2], c[0]), squares);
    }
}
