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

    /// <summary>A forecast of the busiest minute of each day.</summary>
    /// <param name="history">Whole days in any order, without today; days may be missing. Values that are no load (negative, not a number, above 2^63) count as missing.</param>
    public static LoadForecast Of(IReadOnlyList<DailyLoad> history)
    {
        var known = Known(history);
        if (known.Count < FewestDays)
        {
            return TooShort(known);
        }

        var positive = known.Where(day => day.Load > 0).Select(day => day.Load).Order().ToList();
        if (positive.Count * 2 < known.Count)
        {
            return new LoadForecast(known, 1, null, 0, "There is no load on most days");
        }

        // A day without load is no zero for a logarithm: a hundredth of the usual is as good as none, and a hundred times is as good as more.
        var usual = positive[positive.Count / 2];
        double[] loads = [.. known.Select(day => Math.Clamp(day.Load, usual / 100, usual * 100))];
        var mean = Math.Exp(loads.Average(Math.Log));
        int[] days = [.. known.Select(day => day.Day.DayNumber - known[0].Day.DayNumber)];
        loads = Array.ConvertAll(loads, load => load / mean);
        var fits = new TrendFitter(days, loads).Fit(onlyLinear: false);
        var futures = new Futures(fits, days, loads, days[^1]);
        var (growth, rising) = futures.Growth();
        var basis = new ForecastBasis(fits, [.. known.Select(day => day.Day)]);
        return new LoadForecast(known, mean, futures, growth, basis.OfLoad(growth, rising));
    }

    /// <summary>
    /// A forecast of the bytes on disk: of what each day adds to them, summed up. Large removals are no part of that; where there were several, they go on at
    /// their rate, where there was one, it was the only one.
    /// </summary>
    /// <param name="history">Bytes at the end of whole days, otherwise like <see cref="Of"/>.</param>
    public static LoadForecast OfStorage(IReadOnlyList<DailyLoad> history)
    {
        var known = Known(history);
        if (known.Count < FewestDays)
        {
            return TooShort(known);
        }

        var added = known.Zip(known.Skip(1), (before, day) => (day.Day, Bytes: (day.Load - before.Load) / (day.Day.DayNumber - before.Day.DayNumber))).ToList();
        var usual = added.Select(day => day.Bytes).Median();
        var spread = 1.4826 * added.Select(day => Math.Abs(day.Bytes - usual)).Median();
        var removed = added.Where(day => day.Bytes < Math.Min(0, usual - (6 * spread))).ToList();
        added.RemoveAll(removed.Contains);
        var mean = added.Select(day => Math.Abs(day.Bytes)).Mean();
        if (mean < 1 || added.Count < FewestDays - 1)
        {
            return new LoadForecast(known, 1, null, 0, mean < 1 ? Text($"{known.Count} days of history, in which nothing was added") : "More was removed than added on most days");
        }

        // Days on which nothing is added, or compaction takes more away than comes in, are no matter of shares.
        var least = usual / 100;
        var onlyLinear = usual < 1 || added.Count(day => day.Bytes < least) * 20 > added.Count;
        if (!onlyLinear)
        {
            mean = Math.Exp(added.Average(day => Math.Log(Math.Max(day.Bytes, least))));
        }

        int[] days = [.. added.Select(day => day.Day.DayNumber - added[0].Day.DayNumber)];
        double[] loads = [.. added.Select(day => (onlyLinear ? day.Bytes : Math.Max(day.Bytes, least)) / mean)];
        var fits = new TrendFitter(days, loads).Fit(onlyLinear);
        var removals = removed.Count < 2 ? [] : removed.ConvertAll(day => (usual - day.Bytes) / mean);
        var futures = new Futures(fits, days, loads, known[^1].Day.DayNumber - added[0].Day.DayNumber, new Stock(known[^1].Load / mean, removals));
        var (growth, rising) = futures.Growth();
        var basis = new ForecastBasis(fits, [.. added.Select(day => day.Day)]);
        return new LoadForecast(known, mean, futures, growth, basis.OfStorage(known.Count, growth, rising, [.. removed.Select(day => day.Day)]));
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

        var (median, early, late) = FirstDays(ceiling);
        return new WallDates(On(median), On(early), On(late));

        DateOnly? On(int days) => days <= Futures.Horizon ? _history[^1].Day.AddDays(days) : null;
    }

    /// <summary>
    /// Days from the history's last until the load meets a ceiling (for storage: what the disk may hold); null where fewer than half of the futures meet it
    /// within two years. An interval that ends later than that ends there.
    /// </summary>
    public Estimate? DaysUntil(Estimate ceiling)
    {
        if (_futures is null)
        {
            return null;
        }

        var (median, early, late) = FirstDays(ceiling);
        return median <= Futures.Horizon ? new Estimate(median, early, Math.Min(late, Futures.Horizon)) : null;
    }

    /// <summary>The contract's form of it.</summary>
    public WallForecast Report(Flow flow, string resource, Estimate ceiling, int ahead)
    {
        var wall = Wall(ceiling);
        return new WallForecast(flow, resource, ceiling.Value, wall.Median, wall.Early, wall.Late, GrowthPerWeek, Days(ahead), Basis);
    }

    private static List<DailyLoad> Known(IReadOnlyList<DailyLoad> history)
    {
        var known = history.Where(day => day.Load is >= 0 and <= long.MaxValue)
            .GroupBy(day => day.Day, (day, loads) => new DailyLoad(day, loads.Max(load => load.Load)))
            .OrderBy(day => day.Day)
            .ToList();
        var from = known.Count == 0 ? 0 : known[^1].Day.DayNumber - MostDays;
        known.RemoveAll(day => day.Day.DayNumber <= from);
        return known;
    }

    private static LoadForecast TooShort(List<DailyLoad> known) =>
        new(known, 1, null, 0, Text($"{FewestDays} days of history are needed, {known.Count} are there"));

    private (int Median, int Early, int Late) FirstDays(Estimate ceiling)
    {
        var first = _futures!.FirstDays(future => Futures.CeilingOf(ceiling, future) / _mean);
        return (first[first.Length / 2], first[first.Length / 20], first[first.Length * 19 / 20]);
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
