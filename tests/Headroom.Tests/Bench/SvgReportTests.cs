using System.Globalization;
using System.Xml.Linq;
using Headroom.Bench.Soaking;
using Xunit;

namespace Headroom.Tests.Bench;

// The namespace Headroom.Scale is nearer.
using Scale = Headroom.Bench.Soaking.Scale;

public sealed class SvgReportTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Texts_stay_texts_whatever_is_in_them()
    {
        const string Hostile = "<script>alert(1)</script> & \"quoted\" \u0001 'x'";
        var svg = XDocument.Parse(SvgReport.Write(Hostile, [Hostile], [new Panel(Hostile, Hostile, [new Line(Hostile, Rising(10))])]));
        Assert.DoesNotContain(svg.Descendants(), element => element.Name.LocalName == "script");
        Assert.Equal(s_svg, svg.Root!.Name.Namespace);
        Assert.All(svg.Descendants(), element => Assert.Equal(s_svg, element.Name.Namespace));
        Assert.Equal(Hostile.Replace('\u0001', '\uFFFD'), svg.Descendants(s_svg + "text").First().Value);
    }

    [Fact]
    public void Without_samples_it_says_so()
    {
        var svg = XDocument.Parse(SvgReport.Write("Empty", [], [new Panel("Memory", "MB", [Line.Judged("own", [], 0.1, 1), new Line("gaps", [new Point(0, double.NaN)])])]));
        Assert.Contains(svg.Descendants(s_svg + "text"), text => text.Value == "no samples");
        Assert.Contains(svg.Descendants(s_svg + "text"), text => text.Value == "▲ grows");
        Assert.Empty(svg.Descendants(s_svg + "polyline"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_point_and_label_is_inside_the_picture(bool fromZero)
    {
        var lines = new[] { Line.Judged("a", Rising(100), 0.1, 1), new Line("b", Rising(100, 1e6)), new Line("c", Rising(100, 1e6)), new Line("zero", Rising(100, 0)) };
        var svg = XDocument.Parse(SvgReport.Write("All", ["one", "two"], [new Panel("Things", "pieces", lines, fromZero)]));
        Assert.Equal(4, svg.Descendants(s_svg + "polyline").Count());
        foreach (var pair in svg.Descendants(s_svg + "polyline").SelectMany(line => line.Attribute("points")!.Value.Split(' ')))
        {
            var (x, y) = (Number(pair.Split(',')[0]), Number(pair.Split(',')[1]));
            Assert.InRange(x, 0, 580);
            Assert.InRange(y, 0, 236);
        }

        // Labels at the ends of lines that lie upon one another are apart.
        var labels = svg.Descendants(s_svg + "text").Where(text => ((string?)text.Attribute("class"))?.StartsWith('t') == true && text.Attribute("class")!.Value.Length == 2)
            .Select(text => Number(text.Attribute("y")!.Value)).Order().ToList();
        Assert.Equal(4, labels.Count);
        Assert.All(labels.Zip(labels.Skip(1)), pair => Assert.True(pair.Second - pair.First >= 12));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.003)]
    [InlineData(7)]
    [InlineData(99)]
    [InlineData(1_234_567)]
    public void Ticks_are_round_and_hold_the_highest_value(double highest)
    {
        var scale = Scale.Linear(highest, 100, 0);
        Assert.InRange(scale.Ticks.Count, 3, 7);
        Assert.Equal(0, scale.Ticks[0]);
        Assert.True(scale.Ticks[^1] >= highest);
        Assert.Equal(100, scale.Pixel(0));
        Assert.Equal(0, scale.Pixel(scale.Ticks[^1]), 6);
    }

    private static List<Point> Rising(int count, double times = 1) => [.. Enumerable.Range(0, count).Select(i => new Point(i / 60.0, i * times))];

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
