using Headroom.Bench.Soaking;
using Xunit;

namespace Headroom.Tests.Bench;

public sealed class TrendTests
{
    [Fact]
    public void A_steady_line_grows_by_its_slope()
    {
        var trend = Trend.Of(Series(90, hours => 100 + (50 * hours)), 0.05, 0)!;
        Assert.Equal(50, trend.PerHour, 6);
        Assert.Equal(50 * (trend.End - trend.Start), trend.Growth, 6);
        Assert.True(trend.Grows);
    }

    [Fact]
    public void A_leak_of_little_more_than_is_allowed_is_found_under_noise_and_one_of_less_is_not()
    {
        var random = new Random(11);
        var noise = Enumerable.Range(0, 300).Select(_ => random.NextDouble() - 0.5).ToList();
        Assert.True(Trend.Of(Leak(1.3), 0.05, 10)!.Grows);
        Assert.False(Trend.Of(Leak(0.7), 0.05, 10)!.Grows);

        // 200 and something, of which 5 % are allowed over the two thirds of an hour that count.
        List<Point> Leak(double times) => [.. Series(300, hours => 200 + (times * 10 * 1.5 * hours)).Select((point, i) => point with { Value = point.Value + (20 * noise[i]) })];
    }

    [Fact]
    public void Outliers_and_the_first_third_are_not_growth()
    {
        var points = Series(90, hours => hours < 0.3 ? 1000 * hours : 300);
        for (var i = 35; i < 90; i += 5)
        {
            points[i] = points[i] with { Value = 10_000 * i };
        }

        var trend = Trend.Of(points, 0.05, 0)!;
        Assert.Equal(0, trend.Growth, 6);
        Assert.False(trend.Grows);
        Assert.Equal(300, trend.Median);
    }

    [Fact]
    public void What_becomes_less_does_not_grow() => Assert.False(Trend.Of(Series(60, hours => 500 - (400 * hours)), 0, 0)!.Grows);

    [Fact]
    public void Very_many_points_are_judged_as_few_are()
    {
        var trend = Trend.Of(Series(20_000, hours => 7 * hours), 0.05, 0)!;
        Assert.Equal(7, trend.PerHour, 6);
        Assert.True(trend.Grows);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Trend.LeastPoints)]
    public void Too_few_points_say_nothing_and_are_not_well(int count)
    {
        var points = Series(count, static _ => 1);
        Assert.Null(Trend.Of(points, 1, 1));
        Assert.False(Line.Judged("x", points, 1, 1).IsWell);
        Assert.True(new Line("x", points).IsWell);
    }

    private static List<Point> Series(int count, Func<double, double> value) =>
        [.. Enumerable.Range(0, count).Select(i => i / Math.Max(1.0, count - 1)).Select(hours => new Point(hours, value(hours)))];
}
