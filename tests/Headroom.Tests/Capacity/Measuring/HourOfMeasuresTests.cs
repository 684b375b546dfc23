using Headroom.App.Capacity.Measuring;
using Xunit;

namespace Headroom.Tests.Capacity.Measuring;

public sealed class HourOfMeasuresTests
{
    private static readonly DateTimeOffset Hour = new(2026, 11, 26, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_hour_is_the_mean_of_its_measures_and_its_peak_the_busiest_minute()
    {
        var hour = new HourOfMeasures();
        for (var i = 0; i < 360; i++)
        {
            // The second minute is busy, and one measure of another is, which is no minute.
            var throughput = i is >= 6 and < 12 ? 600 : i == 100 ? 900 : 60;
            Assert.Empty(hour.Add([Of(Hour.AddSeconds(10 * i), throughput)], 10));
        }

        var done = Assert.Single(hour.Add([Of(Hour.AddHours(1), 1)], 10));

        Assert.Equal(Hour, done.At);
        Assert.Equal(((353 * 60) + (6 * 600) + 900) / 360.0, done.Throughput, 6);
        Assert.Equal(600, done.Peak.Throughput, 6);
    }

    [Fact]
    public void What_there_is_of_an_hour_that_ends_early_is_kept()
    {
        var hour = new HourOfMeasures();
        hour.Add([Of(Hour, 30)], 10);
        hour.Add([Of(Hour.AddSeconds(10), 50)], 10);

        var done = Assert.Single(hour.End());

        Assert.Equal(40, done.Throughput, 6);
        Assert.Equal(40, done.Peak.Throughput, 6);
        Assert.Empty(hour.End());
    }

    [Fact]
    public void A_resource_that_was_idle_for_whole_minutes_has_no_peak()
    {
        var hour = new HourOfMeasures();
        for (var i = 0; i < 6; i++)
        {
            hour.Add([Of(Hour.AddSeconds(10 * i), 0)], 10);
        }

        Assert.Equal((0, 0), Assert.Single(hour.End()).Peak);
    }

    [Fact]
    public void What_two_processes_have_of_a_resource_are_two_of_an_hour()
    {
        var hour = new HourOfMeasures();
        hour.Add([Of(Hour, 30), Of(Hour, 50) with { Process = "two" }], 10);

        Assert.Equal([("one", 30), ("two", 50)], hour.End().Select(static one => (one.Process, (int)one.Throughput)));
    }

    private static Measure Of(DateTimeOffset at, double throughput) => new(at, "one", "capture_cpu", "ingest", throughput / 1000, 0, 0, throughput, null, (0, throughput), null);
}
