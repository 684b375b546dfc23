using System.Diagnostics;
using System.Text.RegularExpressions;
using CsCheck;
using Headroom.App.Capacity;
using Headroom.App.Capacity.Forecasting;
using Xunit;

namespace Headroom.Tests.Capacity.Forecasting;

public sealed class LoadForecastTests(ITestOutputHelper output)
{
    private static readonly DateOnly _first = new(2026, 1, 5);

    private static readonly Gen<List<DailyLoad>> _histories =
        from days in Gen.Int[7, 120]
        from growth in Gen.Double[-0.005, 0.015]
        from seed in Gen.Int[0, 1_000_000]
        select History(days, day => 100 * Math.Exp(growth * day) * (day % 7 >= 5 ? 0.7 : 1), seed);

    [Fact]
    public void A_higher_ceiling_is_never_met_earlier() =>
        Gen.Select(_histories, Gen.Double[20, 2000], Gen.Double[1, 3], Gen.Double[0, 0.3]).Sample(
            (history, ceiling, factor, doubt) =>
            {
                var forecast = LoadForecast.Of(history);
                var low = forecast.Wall(Ceiling(ceiling, doubt));
                var high = forecast.Wall(Ceiling(ceiling * factor, doubt));
                return Order(low.Median, high.Median) && Order(low.Early, high.Early) && Order(low.Late, high.Late);
            },
            iter: 60);

    [Fact]
    public void A_wall_is_early_before_median_before_late() =>
        Gen.Select(_histories, Gen.Double[20, 2000], Gen.Double[0, 0.3]).Sample(
            (history, ceiling, doubt) =>
            {
                var wall = LoadForecast.Of(history).Wall(Ceiling(ceiling, doubt));
                return Order(wall.Early, wall.Median) && Order(wall.Median, wall.Late);
            },
            iter: 60);

    [Fact]
    public void The_unit_of_the_load_changes_no_date() =>
        Gen.Select(_histories, Gen.Double[50, 1000], Gen.Double[-6, 9]).Sample(
            (history, ceiling, power) =>
            {
                var factor = Math.Pow(10, power);
                var scaled = history.ConvertAll(day => day with { Load = day.Load * factor });
                return LoadForecast.Of(history).Wall(Ceiling(ceiling, 0.1)) == LoadForecast.Of(scaled).Wall(Ceiling(ceiling * factor, 0.1));
            },
            iter: 60);

    [Fact]
    public void A_history_some_days_later_gives_dates_as_many_days_later() =>
        Gen.Select(_histories, Gen.Double[50, 1000], Gen.Int[1, 500]).Sample(
            (history, ceiling, days) =>
            {
                var shifted = history.ConvertAll(day => day with { Day = day.Day.AddDays(days) });
                var before = LoadForecast.Of(history).Wall(Ceiling(ceiling, 0));
                var after = LoadForecast.Of(shifted).Wall(Ceiling(ceiling, 0));
                return after == new WallDates(before.Median?.AddDays(days), before.Early?.AddDays(days), before.Late?.AddDays(days));
            },
            iter: 60);

    [Fact]
    public void The_order_in_which_days_are_given_changes_nothing() =>
        _histories.Sample(
            history => LoadForecast.Of(history).Wall(Ceiling(300, 0)) == LoadForecast.Of([.. Enumerable.Reverse(history)]).Wall(Ceiling(300, 0)),
            iter: 20);

    [Fact]
    public void Any_numbers_give_an_answer() =>
        Gen.Select(Gen.OneOf(Gen.Double[0, 1e12], Gen.Const(0.0), Gen.Const(1.0), Gen.Const(double.NaN), Gen.Const(-3.0), Gen.Const(1e300), Gen.Const(1e-300)), Gen.Int[1, 9])
            .List[0, 60].Sample(
            values =>
            {
                var day = _first;
                var history = new List<DailyLoad>();
                foreach (var (load, gap) in values)
                {
                    day = day.AddDays(gap > 7 ? gap : 1);
                    history.Add(new DailyLoad(day, load));
                }

                foreach (var forecast in (LoadForecast[])[LoadForecast.Of(history), LoadForecast.OfStorage(history)])
                {
                    var report = forecast.Report(Flow.Ingest, "capture_cpu", new Estimate(5, 4, 6), 30);
                    Assert.All(report.Days, day => Assert.True(day.Low <= day.Load && day.Load <= day.High, $"{day}"));
                    Assert.True(double.IsFinite(report.GrowthPerWeek), report.Basis);
                    Assert.NotEmpty(report.Basis);
                }
            },
            iter: 200);

    [Theory]
    [InlineData(1e300)]
    [InlineData(1e18)]
    public void Removals_beyond_all_measure_of_what_is_added_give_a_growth(double removed)
    {
        double[] bytes = [removed, 1, 1, 2, 2, removed, 3, 3, 4, removed, 5, 5, 1e-300, 6, 6];
        var forecast = LoadForecast.OfStorage([.. bytes.Select((value, day) => new DailyLoad(_first.AddDays(day), value))]);
        Assert.True(double.IsFinite(forecast.GrowthPerWeek), forecast.Basis);
    }

    [Fact]
    public void The_days_of_the_forecast_cover_what_comes_at_their_rate()
    {
        const int Seed = 11;
        var random = new Random(Seed);
        var (inside, below, all) = (0, 0, 0);
        for (var number = 0; number < 120; number++)
        {
            var whole = History(150, day => 100 * Math.Exp(0.004 * day) * (day % 7 >= 5 ? 0.7 : 1), random.Next());
            var days = LoadForecast.Of(whole[..120]).Days(30);
            Assert.Equal(whole.Select(day => day.Day), days.Select(day => day.Day));
            Assert.Equal(whole[..120].Select(day => day.Load), days.Where(day => !day.IsForecast).Select(day => day.Load));
            foreach (var (truth, day) in whole[120..].Zip(days.Skip(120)))
            {
                all++;
                inside += day.Low <= truth.Load && truth.Load <= day.High ? 1 : 0;
                below += truth.Load < day.Load ? 1 : 0;
            }
        }

        output.WriteLine($"seed {Seed}: {inside} of {all} inside, {below} below the median");
        Assert.InRange(inside / (double)all, 0.85, 0.95);
        Assert.InRange(below / (double)all, 0.43, 0.57);
    }

    [Fact]
    public void Below_seven_days_it_says_why_there_is_no_forecast()
    {
        var forecast = LoadForecast.Of(History(3, _ => 100, 1));

        Assert.False(forecast.Exists);
        Assert.Equal("7 days of history are needed, 3 are there", forecast.Basis);
        Assert.Equal(WallDates.None, forecast.Wall(Ceiling(200, 0)));
        Assert.Equal(3, forecast.Days(30).Count);
        Assert.False(LoadForecast.OfStorage(History(6, day => 100 + day, 1)).Exists);
        Assert.False(LoadForecast.Of([]).Exists);
    }

    [Fact]
    public void A_load_that_falls_has_no_wall_and_one_that_stays_has_none_in_the_middle()
    {
        var falling = LoadForecast.Of(History(120, day => 100 * Math.Exp(-0.003 * day), 1));
        var flat = LoadForecast.Of(History(120, _ => 100, 2));

        Assert.Equal(WallDates.None, falling.Wall(Ceiling(200, 0)));
        Assert.Contains("fall of 2", falling.Basis, StringComparison.Ordinal);
        Assert.Null(flat.Wall(Ceiling(200, 0)).Median);
        Assert.Null(flat.Wall(Ceiling(200, 0)).Late);
        Assert.Contains("no growth that can be told from chance", flat.Basis, StringComparison.Ordinal);
    }

    [Fact]
    public void It_says_what_it_rests_on()
    {
        var forecast = LoadForecast.Of(History(140, day => 100 * Math.Exp(0.006 * day) * (day % 7 >= 5 ? 0.6 : 1) * (day >= 80 ? 1.8 : 1) * (day == 30 ? 5 : 1), 3));

        Assert.Equal(
            "140 days of history, exponential growth of 4.N % a week, weekly season, one step on 2026-03-26, left out as unlike all others: 2026-02-04",
            Regex.Replace(forecast.Basis, @"4\.\d", "4.N"));
        Assert.InRange(forecast.GrowthPerWeek, 0.038, 0.048);
        Assert.Contains("linear growth of", LoadForecast.Of(History(200, day => 100 + (2.0 * day), 4)).Basis, StringComparison.Ordinal);
        Assert.Contains("no weekly season", LoadForecast.Of(History(200, day => 100 + (2.0 * day), 4)).Basis, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_is_not_taken_for_growth()
    {
        // A customer came: twice the load since, and flat on both sides.
        var forecast = LoadForecast.Of(History(120, day => day < 60 ? 100 : 200, 5));

        Assert.Null(forecast.Wall(Ceiling(500, 0)).Median);
        Assert.Contains("one step on 2026-03-06", forecast.Basis, StringComparison.Ordinal);
    }

    [Fact]
    public void A_load_at_its_ceiling_meets_it_on_the_next_day()
    {
        var wall = LoadForecast.Of(History(60, _ => 100, 6)).Wall(Ceiling(20, 0));

        Assert.Equal(new WallDates(_first.AddDays(60), _first.AddDays(60), _first.AddDays(60)), wall);
    }

    [Fact]
    public void A_ceiling_in_doubt_makes_the_date_so()
    {
        var forecast = LoadForecast.Of(History(200, day => 100 * Math.Exp(0.006 * day), 7));
        var sure = forecast.Wall(Ceiling(600, 0));
        var unsure = forecast.Wall(Ceiling(600, 0.4));

        Assert.True(unsure.Early < sure.Early && unsure.Late > sure.Late, $"{unsure} is no wider than {sure}");
        // Whatever the doubt, the middle is the same but for chance.
        Assert.InRange(unsure.Median!.Value.DayNumber - sure.Median!.Value.DayNumber, -6, 6);
    }

    [Fact]
    public void The_report_carries_all_of_it()
    {
        var forecast = LoadForecast.Of(History(100, day => 100 + day, 8));
        var wall = forecast.Wall(Ceiling(400, 0.1));

        var report = forecast.Report(Flow.Queries, "query_cpu", Ceiling(400, 0.1), 90);

        Assert.Equal((Flow.Queries, "query_cpu", 400.0, wall.Median, wall.Early, wall.Late), (report.Flow, report.Resource, report.Ceiling, report.Median, report.Early, report.Late));
        Assert.Equal(190, report.Days.Count);
        Assert.Equal((forecast.GrowthPerWeek, forecast.Basis), (report.GrowthPerWeek, report.Basis));
    }

    [Fact]
    public void Bytes_that_grow_by_the_same_each_day_fill_the_disk_when_division_says()
    {
        var bytes = 0.0;
        var history = History(60, _ => 1e9, 9).ConvertAll(day => day with { Load = bytes += day.Load });

        var left = LoadForecast.OfStorage(history).DaysUntil(Ceiling(history[^1].Load + 1e11, 0))!;

        Assert.InRange(left.Value, 97, 103);
        Assert.InRange(left.Low, 88, left.Value);
        Assert.InRange(left.High, left.Value, 115);
    }

    [Fact]
    public void Bytes_that_stay_or_are_removed_as_fast_as_they_come_fill_nothing()
    {
        var flat = History(60, _ => 1e10, 10).ConvertAll(day => day with { Load = 1e10 });
        var bytes = 1e11;
        var wave = History(200, _ => 1e9, 11).ConvertAll(day => day with { Load = bytes += day.Load - ((day.Day.DayNumber - _first.DayNumber) % 20 == 19 ? 2e10 : 0) });

        var still = LoadForecast.OfStorage(flat);
        var removed = LoadForecast.OfStorage(wave);

        Assert.Equal("60 days of history, in which nothing was added", still.Basis);
        Assert.Null(still.DaysUntil(Ceiling(1e11, 0)));
        Assert.Contains("10 removals, expected to go on at that rate", removed.Basis, StringComparison.Ordinal);
        Assert.Null(removed.DaysUntil(Ceiling(1e12, 0)));
    }

    [Fact]
    public void Two_years_of_days_are_bounded_work()
    {
        var history = History(730, day => 100 * Math.Exp(0.0015 * day) * (day % 7 >= 5 ? 0.7 : 1) * (day >= 300 ? 1.6 : 1) * (day % 97 == 50 ? 3 : 1), 12);
        LoadForecast.Of(history).Wall(Ceiling(1e9, 0.1));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();

        var forecast = LoadForecast.Of(history);
        var fit = Stopwatch.GetElapsedTime(start);
        forecast.Wall(Ceiling(1e9, 0.1));
        var wall = Stopwatch.GetElapsedTime(start) - fit;
        forecast.Days(730);
        var days = Stopwatch.GetElapsedTime(start) - fit - wall;

        var allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / 1e6;
        output.WriteLine($"fit {fit.TotalMilliseconds:0.0} ms, wall beyond the horizon {wall.TotalMilliseconds:0.0} ms, 730 days {days.TotalMilliseconds:0.0} ms, {allocated:0.0} MB");
        Assert.InRange(allocated, 0, 40);
    }

    private static List<DailyLoad> History(int days, Func<int, double> load, int seed)
    {
        var random = new Random(seed);
        var history = new List<DailyLoad>();
        for (var day = 0; day < days; day++)
        {
            var gauss = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            history.Add(new DailyLoad(_first.AddDays(day), load(day) * Math.Exp(0.05 * gauss)));
        }

        return history;
    }

    private static Estimate Ceiling(double value, double doubt) => new(value, value * (1 - doubt), value * (1 + doubt));

    private static bool Order(DateOnly? first, DateOnly? second) => second is null || first <= second;
}
