namespace Headroom.Bench.Soaking;

/// <param name="Hours">Since the start.</param>
internal readonly record struct Point(double Hours, double Value);

/// <summary>
/// Whether a series grows: the slope after Theil and Sen (the median of the slopes between all pairs, which a few outliers
/// do not move) over the last two thirds of it. The first third is a process that gets warm and is not looked at.
/// </summary>
/// <param name="Start">Hours at which the judged part begins.</param>
/// <param name="End">Hours at which it ends.</param>
/// <param name="Median">Of the judged values.</param>
/// <param name="PerHour">The slope.</param>
/// <param name="Allowed">By how much it may grow over the judged part.</param>
internal sealed record Trend(double Start, double End, double Median, double PerHour, double Allowed)
{
    /// <summary>Fewer say nothing.</summary>
    public const int LeastPoints = 8;

    private const int MostPoints = 600;

    /// <summary>Over the judged part.</summary>
    public double Growth => PerHour * (End - Start);

    public bool Grows => Growth > Allowed;

    /// <summary>The line through the medians, for drawing.</summary>
    public double At(double hours) => Median + (PerHour * (hours - ((Start + End) / 2)));

    /// <summary>Null where there are too few points to say anything.</summary>
    /// <param name="points">In order of time.</param>
    /// <param name="share">Growth over the judged part that is allowed, as a share of the median.</param>
    /// <param name="least">Growth that is allowed in any case, in the series' unit.</param>
    public static Trend? Of(IReadOnlyList<Point> points, double share, double least)
    {
        if (points.Count == 0)
        {
            return null;
        }

        var from = points[0].Hours + ((points[^1].Hours - points[0].Hours) / 3);
        var judged = points.Where(point => point.Hours >= from).ToList();
        if (judged.Count < LeastPoints)
        {
            return null;
        }

        var median = MedianOf(judged.Select(static point => point.Value));
        return new Trend(judged[0].Hours, judged[^1].Hours, median, Slope(Thinned(judged)), Math.Max(least, share * median));
    }

    public static double MedianOf(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? double.NaN : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static double Slope(List<Point> points)
    {
        var slopes = new List<double>(points.Count * (points.Count - 1) / 2);
        for (var i = 0; i < points.Count; i++)
        {
            for (var j = i + 1; j < points.Count; j++)
            {
                slopes.Add((points[j].Value - points[i].Value) / (points[j].Hours - points[i].Hours));
            }
        }

        return MedianOf(slopes);
    }

    /// <summary>Every pair is looked at, so of very many points neighbours become one by their medians.</summary>
    private static List<Point> Thinned(List<Point> points) => points.Count <= MostPoints
        ? points
        : [.. points.Chunk((points.Count + MostPoints - 1) / MostPoints).Select(static chunk =>
            new Point(MedianOf(chunk.Select(static point => point.Hours)), MedianOf(chunk.Select(static point => point.Value))))];
}
