using Headroom.App.Capacity.Forecasting;

namespace Headroom.Tests.Capacity.Forecasting;

/// <summary>A kind of history whose laws are known. What has a range is drawn from it for each history.</summary>
/// <param name="Days">Length of the history.</param>
/// <param name="Growth">Share of the level at the history's end, a week.</param>
/// <param name="Noise">Standard deviation, as a share of the level.</param>
/// <param name="Season">How far below the others a weekend is, as a share; other weekdays differ by a tenth of that.</param>
/// <param name="Memory">How much of a day's noise is left on the next (AR(1)).</param>
/// <param name="Step">By what share of today's level the load changed, once, in the middle half of the history.</param>
/// <param name="Bend">What the growth was, as a share of today's, before it changed in the middle half of the history.</param>
/// <param name="Incidents">Share of days with another load by far, up or down; the future has none.</param>
/// <param name="Missing">Share of days without a value.</param>
/// <param name="Wall">Days after which the trend meets the ceiling; noise and season make the load meet it sooner.</param>
internal sealed record LoadFamily(
    string Name,
    bool Exponential,
    (int From, int To) Days,
    (double From, double To) Growth,
    (double From, double To) Noise,
    (double From, double To) Season = default,
    (double From, double To) Memory = default,
    (double From, double To) Step = default,
    (double From, double To)? Bend = null,
    double Incidents = 0,
    double Missing = 0,
    (int From, int To) Wall = default)
{
    public override string ToString() => Name;
}

/// <summary>A history, what comes after it, and the day on which that first meets the ceiling.</summary>
/// <param name="Met">Days after the last of the history.</param>
internal sealed record GeneratedLoad(List<DailyLoad> History, double Ceiling, int Met)
{
    public static GeneratedLoad Of(LoadFamily family, Random random)
    {
        double In((double From, double To) range) => range.From + (random.NextDouble() * (range.To - range.From));
        double Gauss() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

        var days = random.Next(family.Days.From, family.Days.To + 1);
        var growth = In(family.Growth) / 7;
        var bend = family.Bend is { } range ? In(range) : 1;
        var proportional = family.Exponential || random.Next(2) == 0;
        if (!family.Exponential)
        {
            // What grows by the same amount each day was not below a fifth of today's level when the history began.
            growth = Math.Min(growth, 0.8 / (days * Math.Max(1, bend)));
        }

        var noise = In(family.Noise);
        var memory = In(family.Memory);
        var weekend = In(family.Season);
        var season = new double[7];
        for (var day = 0; day < 7; day++)
        {
            season[day] = (day >= 5 ? -weekend : 0) + (weekend * 0.1 * Gauss());
        }

        var level = Math.Pow(10, 1 + (3 * random.NextDouble()));
        var start = new DateOnly(2026, 1, 1).AddDays(random.Next(365));
        var step = In(family.Step) * (random.Next(2) == 0 ? 1 : -0.6);
        var stepAt = (days / 4) + random.Next(1 + (days / 2)) - days;
        if (!family.Exponential)
        {
            step = Math.Min(step, 0.9 - (growth * days));
        }

        var wall = random.Next(family.Wall.From, family.Wall.To + 1);
        var ceiling = level * (family.Exponential ? Math.Exp(growth * wall) : 1 + (growth * wall));
        var stray = Gauss() * noise;
        var history = new List<DailyLoad>();
        for (var day = 1 - days; ; day++)
        {
            var date = start.AddDays(day);
            stray = (memory * stray) + (Math.Sqrt(1 - (memory * memory)) * noise * Gauss());
            var grown = growth * (day < stepAt ? stepAt + ((day - stepAt) * bend) : day);
            var trend = family.Exponential
                ? level * Math.Exp(grown) / (day < stepAt ? 1 + step : 1)
                : level * Math.Max(0, 1 + grown - (day < stepAt ? step : 0));
            var weekday = season[((int)date.DayOfWeek + 6) % 7];
            var load = family.Exponential
                ? trend * Math.Exp(weekday + stray)
                : Math.Max(0, trend + ((proportional ? trend : level) * (weekday + stray)));
            if (day > 0)
            {
                if (load >= ceiling)
                {
                    return new GeneratedLoad(history, ceiling, day);
                }

                continue;
            }

            if (random.NextDouble() < family.Incidents)
            {
                load *= random.Next(3) == 0 ? 0.1 + (0.4 * random.NextDouble()) : 1.6 + (2 * random.NextDouble());
            }

            if (random.NextDouble() >= family.Missing || day is 0)
            {
                history.Add(new DailyLoad(date, load));
            }
        }
    }
}

/// <summary>Bytes on disk: what each day adds, with removals.</summary>
/// <param name="Growth">Share by which what a day adds grows a week.</param>
/// <param name="RemovedEvery">Days between removals in the mean (exponentially spread); 0 without, -1 for one in the history and none after.</param>
internal sealed record StorageFamily(string Name, (double From, double To) Growth, double RemovedEvery)
{
    public override string ToString() => Name;
}

/// <summary>A history of bytes, what the disk holds, and the day on which that first is too little.</summary>
internal sealed record GeneratedStorage(List<DailyLoad> History, double Room, int Met)
{
    public static GeneratedStorage Of(StorageFamily family, Random random)
    {
        double Gauss() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

        var days = random.Next(60, 200);
        var growth = (family.Growth.From + (random.NextDouble() * (family.Growth.To - family.Growth.From))) / 7;
        var noise = 0.05 + (0.2 * random.NextDouble());
        var daily = 1e8 * Math.Pow(10, 2 * random.NextDouble());
        var start = new DateOnly(2026, 1, 1).AddDays(random.Next(365));
        var once = (days / 4) + random.Next(days / 2) - days;
        var bytes = daily * days * 0.5;
        var left = 0.0;
        var history = new List<DailyLoad>();
        for (var day = 1 - days; ; day++)
        {
            var date = start.AddDays(day);
            var weekday = date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 0.7 : 1;
            bytes += daily * weekday * Math.Exp((growth * day) + (noise * Gauss()));
            var removes = family.RemovedEvery < 0 ? day == once : family.RemovedEvery > 0 && random.NextDouble() * family.RemovedEvery < 1;
            if (removes)
            {
                // Not more than is there, and well told from a day's noise.
                bytes -= Math.Min(bytes, daily * (family.RemovedEvery < 0 ? 20 : family.RemovedEvery * (0.2 + (0.3 * random.NextDouble()))));
            }

            if (day <= 0)
            {
                history.Add(new DailyLoad(date, bytes));
                left = daily * random.Next(20, 120);
            }
            else if (bytes >= history[^1].Load + left)
            {
                return new GeneratedStorage(history, history[^1].Load + left, day);
            }
        }
    }
}
