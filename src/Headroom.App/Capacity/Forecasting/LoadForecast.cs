using System.Globalization;
using MathNet.Numerics.Statistics;

namespace Headroom.App.Capacity.Forecasting;

/// <summary>
/// Where a load goes, from its history alone: growth, weekly season, noise that remembers the day before. What happened once (a customer imported, a day of
/// trouble) is found and neither taken for growth nor expected again.
/// </summary>
internal sealed class LoadForecast
{
    /// <summary>Days of history below which nothing is said.</summary>
    public const int FewestDays = 7;

    /// <summary>Days of history that are used: growth of years ago says little.</summary>
    public const int MostDays = 730;

    private readonly List<DailyLoad> _history;
    private readonly double _mean;
    private readonly Futures? _futures;

    private LoadForecast(List<DailyLoad> history, double mean, Futures? futures, double growthPerWeek, string basis)
    {
        _history = history;
        _mean = mean;
        _futures = futures;
        GrowthPerWeek = growthPerWeek;
        Basis = basis;
    }

    /// <summary>Whether there is a forecast; <see cref="Basis"/> says why not.</summary>
    public bool Exists => _futures is not null;

    /// <summary>Share by which the load grows in a week, now; negative where it falls, 0 without a forecast.</summary>
    public double GrowthPerWeek { get; }

    /// <summary>What the forecast rests on, or why there is none.</summary>
    public string Basis { get; }

    /// <param name="history">Whole days in any order, without today; days may be missing. Values that are no load (negative, not a number) count as missing.</param>
    public static LoadForecast Of(IReadOnlyList<DailyLoad> history)
    {
        var known = history.Where(day => double.IsFinite(day.Load) && day.Load >= 0)
            .GroupBy(day => day.Day, (day, loads) => new DailyLoad(day, loads.Max(load => load.Load)))
            .OrderBy(day => day.Day)
            .ToList();
        known.RemoveAll(day => day.Day <= known[^1].Day.AddDays(-MostDays));
        if (known.Count < FewestDays)
        {
            return new LoadForecast(known, 1, null, 0, Text($"{FewestDays} days of history are needed, {known.Count} are there"));
        }

        var positive = known.Where(day => day.Load > 0).Select(day => day.Load).Order().ToList();
        if (positive.Count * 2 < known.Count)
        {
            return new LoadForecast(known, 1, null, 0, "There is no load on most days");
        }

        // A day without load is no zero for a logarithm; a hundredth of the usual is as good as none.
        var least = positive[positive.Count / 2] / 100;
        var mean = Math.Exp(known.Average(day => Math.Log(Math.Max(day.Load, least))));
        int[] days = [.. known.Select(day => day.Day.DayNumber - known[0].Day.DayNumber)];
        double[] loads = [.. known.Select(day => Math.Max(day.Load, least) / mean)];
        var fits = new TrendFitter(days, loads).Fit(onlyLinear: false);
        var futures = new Futures(fits, days, loads);
        var (growth, rising) = futures.Growth();
        return new LoadForecast(known, mean, futures, growth, BasisOf(fits, known, growth, rising));
    }

    /// <summary>The history, then <paramref name="ahead"/> days of forecast: median and 90 % interval of each day's load.</summary>
    public IReadOnlyList<ForecastDay> Days(int ahead)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ahead);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ahead, Futures.Horizon);
        var days = _history.ConvertAll(day => new ForecastDay(day.Day, day.Load, day.Load, day.Load, IsForecast: false));
        if (_futures is null)
        {
            return days;
        }

        foreach (var loads in _futures.Loads(ahead))
        {
            days.Add(new ForecastDay(days[^1].Day.AddDays(1), At(0.5), At(0.05), At(0.95), IsForecast: true));

            double At(double rank) => Math.Max(0, ArrayStatistics.OrderStatisticInplace(loads, 1 + (int)(rank * loads.Length))) * _mean;
        }

        return days;
    }

    /// <summary>When the load first meets a ceiling. The ceiling's own interval counts too.</summary>
    public WallDates Wall(Estimate ceiling)
    {
        if (_futures is null)
        {
            return WallDates.None;
        }

        var first = _futures.FirstDays(future => Futures.CeilingOf(ceiling, future) / _mean);
        return new WallDates(At(0.5), At(0.05), At(0.95));

        DateOnly? At(double rank) => first[(int)(rank * first.Length)] is var days && days <= Futures.Horizon ? _history[^1].Day.AddDays(days) : null;
    }

    /// <summary>The contract's form of it.</summary>
    public WallForecast Report(Flow flow, string resource, Estimate ceiling, int ahead)
    {
        var wall = Wall(ceiling);
        return new WallForecast(flow, resource, ceiling.Value, wall.Median, wall.Early, wall.Late, GrowthPerWeek, Days(ahead), Basis);
    }

    private static string BasisOf(List<TrendFit> fits, List<DailyLoad> known, double growth, double rising)
    {
        var best = fits.MaxBy(fit => fit.LogEvidence)!;
        double Share(Func<TrendFit, bool> which) =>
            fits.Where(which).Sum(fit => Math.Exp(fit.LogEvidence - best.LogEvidence)) / fits.Sum(fit => Math.Exp(fit.LogEvidence - best.LogEvidence));

        var parts = new List<string> { Text($"{known.Count} days of history") };
        var shape = Share(fit => fit.Shape == TrendShape.Exponential) switch
        {
            > 0.9 => "exponential ",
            < 0.1 => "linear ",
            _ => "",
        };
        parts.Add(rising is > 0.05 and < 0.95
            ? Text($"no growth that can be told from chance ({100 * growth:0.0} % a week)")
            : growth > 0
                ? Text($"{shape}growth of {100 * growth:0.0} % a week")
                : Text($"{shape}fall of {-100 * growth:0.0} % a week"));
        if (shape.Length == 0 && rising is <= 0.05 or >= 0.95)
        {
            parts.Add("linear or exponential, which cannot be told yet");
        }

        parts.Add(known.Count >= 2 * 7 && Share(fit => fit.Season > 2 * TrendFitter.NoSeason) > 0.5 ? "weekly season" : "no weekly season seen");
        Name("one step", "steps", best.Structure.Steps);
        Name("other growth since", "other growth since", best.Structure.Bends);
        Name("one day left out", "days left out", best.Structure.Incidents);
        return string.Join(", ", parts);

        void Name(string one, string more, IReadOnlyList<int> places)
        {
            var days = string.Join(" and ", places.Order().Take(3).Select(place => known[place].Day.ToString("O", CultureInfo.InvariantCulture)));
            if (places.Count == 1)
            {
                parts.Add(one + (one.EndsWith("since", StringComparison.Ordinal) ? " " : " on ") + days);
            }
            else if (places.Count > 1)
            {
                parts.Add(Text($"{places.Count} {more}"));
            }
        }
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}

/// <summary>When a load first meets a ceiling; null beyond two years.</summary>
/// <param name="Median">Half of the futures meet it by this day.</param>
/// <param name="Early">One in twenty meets it by this day.</param>
/// <param name="Late">All but one in twenty meet it by this day.</param>
internal sealed record WallDates(DateOnly? Median, DateOnly? Early, DateOnly? Late)
{
    public static WallDates None { get; } = new(null, null, null);
}
