using Headroom.App.Capacity.Measuring;

namespace Headroom.App.Capacity.Ceilings;

/// <summary>
/// How the processors' busy time follows the load: busy = other + events·c + queries·q + switches·w, in processors. A switch is a thread that has
/// nothing to do and sleeps until it is woken. At a low load each event has some for itself, at a high one it finds threads that are awake:
/// so the time of switches is not the demand of events, and what they still take when the processors are full is between nothing and as much as now.
/// </summary>
/// <param name="Event">Processor seconds of an event, without switches.</param>
/// <param name="Query">Processor seconds of a query.</param>
/// <param name="Switching">Processors that the switches of the present load keep busy; 0 where the samples do not tell them from events.</param>
/// <param name="Other">Processors that are busy without any of them.</param>
internal readonly record struct ProcessorFit(double Event, double Query, double Switching, double Other)
{
    /// <summary>Of the switches now, as many a second as are taken to be left where the processors are full.</summary>
    public const double LeftWhenFull = 0.5;

    /// <summary>Of the largest load to the smallest, below which switches cannot be told from what they come with.</summary>
    private const double LeastSpread = 3;

    /// <summary>Of what explains the samples equally well, this share of its square is against switches.</summary>
    private const double AgainstSwitches = 0.001;

    /// <summary>Events a second that keep so many processors busy.</summary>
    /// <param name="left">Of the switches of the present load, the share that is left then.</param>
    public double LoadThatFills(double processors, double left = LeftWhenFull) => Math.Max(0, processors - (left * Switching)) / Event;

    /// <summary>Processor seconds of an event, its share of switches included, where events alone keep so many processors busy.</summary>
    public double EventWhenFull(double processors) => LoadThatFills(processors) is > 0 and var load ? processors / load : Event;

    /// <summary>Found from samples with their weights; null where nothing happens.</summary>
    public static ProcessorFit? Of(IReadOnlyList<(Sample Sample, double Weight)> samples, double switchesNow)
    {
        var (least, most, squares) = (double.MaxValue, 0.0, 0.0);
        var rows = new List<(double[] Row, double Weight)>(samples.Count);
        foreach (var (sample, weight) in samples)
        {
            var load = sample.Rate(Quantity.CaptureEvents);
            (least, most) = load > 0 ? (Math.Min(least, load), Math.Max(most, load)) : (least, most);
            squares += weight * sample.Switches * sample.Switches;
            rows.Add(([1, load, sample.Rate(Quantity.Queries), sample.Switches, sample.BusyWithLoad], weight));
        }

        // What is there without any load is seen when load varies; a constant load is taken to cause all of it.
        var ridge = 0.01 * rows.Sum(static r => r.Weight);
        if (most < LeastSpread * least || squares == 0)
        {
            rows = [.. rows.Select(static r => ((double[])[r.Row[0], r.Row[1], r.Row[2], r.Row[4]], r.Weight))];
            return NonNegativeFit.Solve(rows, [ridge, 0, 0]) is { } without ? new ProcessorFit(without[1], without[2], 0, without[0]) : null;
        }

        return NonNegativeFit.Solve(rows, [ridge, 0, 0, AgainstSwitches * squares]) is { } c ? new ProcessorFit(c[1], c[2], c[3] * switchesNow, c[0]) : null;
    }
}
