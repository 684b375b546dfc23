using Headroom.App.Capacity;
using Headroom.App.Capacity.Forecasting;
using Xunit;

namespace Headroom.Tests.Capacity.Forecasting;

/// <summary>
/// The stated 90 % are 90 %: on histories whose laws are known, each continued until it really meets the ceiling. Of 200 histories an interval of 90 % covers
/// between 84 % and 97 % but for three times in a thousand; the median has as many before it as after it, within four tenths and six (five in a thousand).
/// </summary>
public sealed class ForecastCoverageTests(ITestOutputHelper output)
{
    private const int Histories = 200;
    private const int Seed = 1;

    private static readonly (double From, double To) _noise = (0.03, 0.1);
    private static readonly (double From, double To) _season = (0.1, 0.5);
    private static readonly (int From, int To) _far = (40, 250);

    private static readonly LoadFamily[] _families =
    [
        new("linear", false, (90, 180), (0.01, 0.05), _noise, Wall: _far),
        new("linear, season", false, (90, 180), (0.01, 0.05), _noise, _season, Wall: _far),
        new("linear, season, noise with memory", false, (120, 240), (0.01, 0.05), _noise, _season, Memory: (0.3, 0.8), Wall: _far),
        new("linear, season, one step", false, (90, 180), (0.01, 0.05), _noise, _season, Step: (0.2, 0.8), Wall: _far),
        new("linear, season, incidents", false, (90, 180), (0.01, 0.05), _noise, _season, Incidents: 0.03, Wall: _far),
        new("linear, season, growth changed", false, (120, 240), (0.01, 0.05), _noise, _season, Bend: (-0.5, 2), Wall: _far),
        new("linear, two years", false, (400, 730), (0.003, 0.01), _noise, _season, Memory: (0, 0.6), Wall: (40, 300)),
        new("exponential", true, (90, 180), (0.01, 0.06), _noise, Wall: _far),
        new("exponential, season", true, (90, 180), (0.01, 0.06), _noise, _season, Wall: _far),
        new("exponential, season, noise with memory", true, (120, 240), (0.01, 0.06), _noise, _season, Memory: (0.3, 0.8), Wall: _far),
        new("exponential, season, one step", true, (90, 180), (0.01, 0.06), _noise, _season, Step: (0.2, 0.8), Wall: _far),
        new("exponential, season, incidents", true, (90, 180), (0.01, 0.06), _noise, _season, Incidents: 0.03, Wall: _far),
        new("exponential, season, growth changed", true, (120, 240), (0.01, 0.06), _noise, _season, Bend: (-0.5, 2), Wall: _far),
        new("exponential, two years", true, (400, 730), (0.003, 0.015), _noise, _season, Memory: (0, 0.6), Wall: (40, 300)),
        new("exponential, days missing", true, (90, 180), (0.01, 0.06), _noise, _season, Memory: (0, 0.6), Missing: 0.2, Wall: _far),
    ];

    // Of two to five weeks nobody can tell a line from a curve: each alone is met later or sooner than the middle of both.
    private static readonly LoadFamily[] _short =
    [
        new("linear, two to five weeks", false, (14, 35), (0.03, 0.08), _noise, Wall: (20, 100)),
        new("exponential, season, two to five weeks", true, (14, 35), (0.03, 0.08), _noise, _season, Wall: (20, 100)),
        new("exponential, season, one or two weeks", true, (7, 14), (0.03, 0.08), _noise, _season, Wall: (20, 60)),
    ];

    private static readonly StorageFamily[] _storages =
    [
        new("the same each day", (0, 0), 0),
        new("more each day", (0.005, 0.04), 0),
        new("one removal", (0, 0.02), -1),
        new("removals now and then", (0, 0.02), 25),
    ];

    public static TheoryData<string> Families => [.. _families.Select(family => family.Name)];

    public static TheoryData<string> ShortFamilies => [.. _short.Select(family => family.Name)];

    public static TheoryData<string> StorageFamilies => [.. _storages.Select(family => family.Name)];

    [Theory]
    [MemberData(nameof(Families))]
    public void The_interval_of_the_wall_covers_it_at_its_rate(string name)
    {
        var family = _families.Single(family => family.Name == name);

        var found = Measure(name, random => LoadOf(family, random));

        Assert.InRange(found.Covered, 0.84, 0.97);
        Assert.InRange(found.Before, 0.4, 0.6);
        // An interval over all of the future would cover everything. In two years growth is small beside the noise.
        Assert.True(found.Width < (family.Days.From >= 400 ? 3 : 0.8), $"{name}: the interval is {found.Width:0.00} times the time to the wall, seed {Seed}");
    }

    [Theory]
    [MemberData(nameof(ShortFamilies))]
    public void A_short_history_gives_an_interval_wide_enough(string name)
    {
        var family = _short.Single(family => family.Name == name);

        var found = Measure(name, random => LoadOf(family, random));

        Assert.InRange(found.Covered, 0.84, 1);
        Assert.InRange(found.Before, 0.25, 0.75);
        Assert.True(family.Days.From < 14 || found.Width < 3, $"{name}: the interval is {found.Width:0.00} times the time to the wall, seed {Seed}");
    }

    [Theory]
    [MemberData(nameof(StorageFamilies))]
    public void The_interval_of_the_day_on_which_the_disk_is_full_covers_it_at_its_rate(string name)
    {
        var family = _storages.Single(family => family.Name == name);

        var found = Measure(name, random =>
        {
            var storage = GeneratedStorage.Of(family, random);
            return (LoadForecast.OfStorage(storage.History), storage.History[^1].Day, storage.Room, storage.Met);
        });

        Assert.InRange(found.Covered, 0.84, 0.97);
        Assert.InRange(found.Before, 0.4, 0.6);
        Assert.True(found.Width < (family.RemovedEvery > 0 ? 2 : 0.3), $"{name}: the interval is {found.Width:0.00} times the time to the wall, seed {Seed}");
    }

    private static (LoadForecast Forecast, DateOnly Last, double Ceiling, int Met) LoadOf(LoadFamily family, Random random)
    {
        var load = GeneratedLoad.Of(family, random);
        return (LoadForecast.Of(load.History), load.History[^1].Day, load.Ceiling, load.Met);
    }

    /// <summary>The shares covered and before the median, and the interval's median width over the time to the wall.</summary>
    private (double Covered, double Before, double Width) Measure(string name, Func<Random, (LoadForecast Forecast, DateOnly Last, double Ceiling, int Met)> generate)
    {
        var seeds = new Random(Seed);
        var generators = Enumerable.Range(0, Histories).Select(_ => new Random(seeds.Next())).ToArray();
        var results = new (double Covered, double Before, double Width)[Histories];
        Parallel.For(0, Histories, new ParallelOptions { MaxDegreeOfParallelism = 2 }, number =>
        {
            var (forecast, last, ceiling, met) = generate(generators[number]);
            var wall = forecast.Wall(new Estimate(ceiling, ceiling, ceiling));
            var truth = met > Futures.Horizon ? int.MaxValue : met;
            var (early, median, late) = (Days(wall.Early), Days(wall.Median), Days(wall.Late));
            results[number] = (
                early <= truth && truth <= late ? 1 : 0,
                truth < median ? 1 : truth == median ? 0.5 : 0,
                (Math.Min(late, Futures.Horizon) - Math.Min(early, Futures.Horizon)) / (double)Math.Min(truth, Futures.Horizon));

            int Days(DateOnly? day) => day is { } known ? known.DayNumber - last.DayNumber : int.MaxValue;
        });
        var covered = results.Average(result => result.Covered);
        var before = results.Average(result => result.Before);
        var width = results.Select(result => result.Width).Order().ElementAt(Histories / 2);
        output.WriteLine($"{name}: {Histories} histories, seed {Seed}: covered {covered:0.000}, before the median {before:0.000}, width {width:0.00}");
        return (covered, before, width);
    }
}
