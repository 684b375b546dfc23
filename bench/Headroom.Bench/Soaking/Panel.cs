namespace Headroom.Bench.Soaking;

/// <param name="Trend">What it is judged by; null where it is only shown.</param>
/// <param name="IsJudged">Whether it is; one without enough points then counts as not well.</param>
internal sealed record Line(string Name, IReadOnlyList<Point> Points, bool IsJudged = false, Trend? Trend = null)
{
    public bool IsWell => !IsJudged || Trend is { Grows: false };

    public static Line Judged(string name, IReadOnlyList<Point> points, double share, double least) =>
        new(name, points, IsJudged: true, Trend.Of(points, share, least));
}

/// <summary>Series of one unit over the same hours, drawn in one frame.</summary>
/// <param name="FromZero">Whether the axis begins at 0; else it is logarithmic, for values over several powers of ten.</param>
internal sealed record Panel(string Title, string Unit, IReadOnlyList<Line> Lines, bool FromZero = true)
{
    public bool IsWell => Lines.All(static line => line.IsWell);
}
