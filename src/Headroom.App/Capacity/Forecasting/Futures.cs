using MathNet.Numerics.Distributions;
using MathNet.Numerics.Random;

namespace Headroom.App.Capacity.Forecasting;

/// <summary>
/// Futures of a load, drawn from its fits: each takes one fit by its probability, parameters from their distribution given that fit, and goes on from
/// the last day's noise. The same history gives the same futures: each is drawn from a seed of its own, day by day, so that no answer depends on what was asked before.
/// </summary>
internal sealed class Futures
{
    /// <summary>So many that the rank of a quantile of 5 % is known to 0.7 %.</summary>
    public const int Count = 1000;

    /// <summary>Days ahead beyond which nothing is said.</summary>
    public const int Horizon = 730;

    private const int Seed = 20_260_101;

    private readonly Drawn[] _drawn = new Drawn[Count];
    private readonly int _last;

    private readonly Stock? _stock;

    /// <param name="days">Days that were fitted, since the first.</param>
    /// <param name="loads">Their loads as they were fitted.</param>
    /// <param name="last">The day after which the future begins: the last of those or a later one.</param>
    /// <param name="stock">Given where the loads are what each day adds to it, and it is the stock that is asked for.</param>
    public Futures(IReadOnlyList<TrendFit> fits, int[] days, double[] loads, int last, Stock? stock = null)
    {
        _stock = stock;
        _last = last;
        var best = fits.Max(fit => fit.LogEvidence);
        var total = fits.Sum(fit => Math.Exp(fit.LogEvidence - best));
        var fitted = 0;
        var source = new Xoshiro256StarStar(Seed, threadSafe: false);
        var passed = Math.Exp(fits[0].LogEvidence - best) / total;
        for (var i = 0; i < Count; i++)
        {
            while ((i + 0.5) / Count > passed && fitted < fits.Count - 1)
            {
                fitted++;
                passed += Math.Exp(fits[fitted].LogEvidence - best) / total;
            }

            _drawn[i] = Draw(fits[fitted], days, loads, source);
            if (stock is { Removals.Count: > 0 })
            {
                // How often is known from so many only, and so is how much (a bootstrap).
                _drawn[i] = _drawn[i] with
                {
                    RemovalRate = Gamma.Sample(source, stock.Removals.Count, last + 1),
                    Removals = [.. stock.Removals.Select(_ => stock.Removals[source.Next(stock.Removals.Count)])],
                };
            }
        }
    }

    /// <summary>Growth a week as a share of the present level, the middle of all futures and the share of them that grow.</summary>
    public (double Median, double Rising) Growth()
    {
        var growths = new double[Count];
        for (var i = 0; i < Count; i++)
        {
            growths[i] = _stock is null ? _drawn[i].GrowthPerWeek : _drawn[i].StockGrowthPerWeek(_stock);
        }

        var rising = growths.Count(growth => growth > 0) / (double)Count;
        return (MathNet.Numerics.Statistics.ArrayStatistics.MedianInplace(growths), rising);
    }

    /// <summary>For each future the days after the history's last until the load first is at its ceiling; beyond the horizon <see cref="int.MaxValue"/>. In order.</summary>
    /// <param name="ceilings">Of the future with that number.</param>
    public int[] FirstDays(Func<int, double> ceilings)
    {
        var first = new int[Count];
        for (var i = 0; i < Count; i++)
        {
            var walk = new Walk(_drawn[i], new Chance(Seed, i), _last, _stock);
            var ceiling = ceilings(i);
            // Logarithms are compared as they are: to take them back each day is half of the time.
            var logarithms = _stock is null && _drawn[i].Shape == TrendShape.Exponential;
            ceiling = logarithms ? Math.Log(ceiling) : ceiling;
            first[i] = int.MaxValue;
            for (var ahead = 1; ahead <= Horizon; ahead++)
            {
                if ((logarithms ? walk.NextUnscaled() : walk.Next()) >= ceiling)
                {
                    first[i] = ahead;
                    break;
                }
            }
        }

        Array.Sort(first);
        return first;
    }

    /// <summary>Loads of all futures: one row for each day ahead.</summary>
    public double[][] Loads(int ahead)
    {
        var loads = new double[ahead][];
        for (var day = 0; day < ahead; day++)
        {
            loads[day] = new double[Count];
        }

        for (var i = 0; i < Count; i++)
        {
            var walk = new Walk(_drawn[i], new Chance(Seed, i), _last, _stock);
            for (var day = 0; day < ahead; day++)
            {
                loads[day][i] = walk.Next();
            }
        }

        return loads;
    }

    /// <summary>The ceiling of one future: <paramref name="ceiling"/>'s interval is taken as one of 90 %, each side on its own.</summary>
    public static double CeilingOf(Estimate ceiling, int future)
    {
        if (ceiling.Value <= 0)
        {
            return ceiling.Value;
        }

        // A seed of its own: a ceiling is not higher where growth is.
        var z = new Chance(Seed, future + Count).Gauss();
        var side = z < 0
            ? Math.Log(ceiling.Value / Math.Clamp(ceiling.Low, ceiling.Value / 100, ceiling.Value))
            : Math.Log(Math.Clamp(ceiling.High, ceiling.Value, ceiling.Value * 100) / ceiling.Value);
        return ceiling.Value * Math.Exp(z * side / 1.6449);
    }

    private Drawn Draw(TrendFit fit, int[] days, double[] loads, Xoshiro256StarStar source)
    {
        var columns = fit.Beta.Length;
        // A χ² of that many degrees of freedom is a gamma.
        var sigma = Math.Sqrt(fit.Squares / Gamma.Sample(source, fit.Freedom / 2.0, 0.5));
        var beta = new double[columns];
        // Back through Lᵀ: its inverse times independent noise has the covariance (LLᵀ)⁻¹.
        for (var i = columns - 1; i >= 0; i--)
        {
            var sum = Normal.Sample(source, 0, 1);
            for (var j = i + 1; j < columns; j++)
            {
                sum -= fit.Factor.At(j, i) * beta[j];
            }

            beta[i] = sum / fit.Factor.At(i, i);
        }

        for (var i = 0; i < columns; i++)
        {
            beta[i] = fit.Beta[i] + (sigma * beta[i]);
        }

        var season = new double[7];
        for (var day = 0; day < 7; day++)
        {
            var contrast = TrendFitter.Contrast(day);
            for (var k = 0; k < contrast.Length; k++)
            {
                season[day] += contrast[k] * beta[2 + k];
            }
        }

        var place = days.Length - 1;
        while (fit.Structure.Incidents.Contains(place))
        {
            place--;
        }

        // Steps and bends lie before, as each has days on its far side.
        var level = beta[0] + (beta[1] * (days[place] - days[^1]) / 7.0);
        var effect = season[days[place] % 7];
        var noise = fit.Shape switch
        {
            TrendShape.Exponential => Math.Log(loads[place]) - level - effect,
            TrendShape.Linear => loads[place] - level - effect,
            _ => (loads[place] / Math.Max(level, 0.05)) - 1 - effect,
        };
        var today = beta[0] + (beta[1] * (_last - days[^1]) / 7.0);
        return new Drawn(fit.Shape, today, beta[1] / 7, season, fit.Phi, sigma, noise, _last - days[place]);
    }

    /// <param name="Level">On the last day.</param>
    /// <param name="Growth">Each day.</param>
    /// <param name="Noise">Of the last day that was used.</param>
    /// <param name="Since">Days from that to the last.</param>
    private sealed record Drawn(TrendShape Shape, double Level, double Growth, double[] Season, double Phi, double Sigma, double Noise, int Since)
    {
        /// <summary>Removals from the stock each day.</summary>
        public double RemovalRate { get; init; }

        public double[] Removals { get; init; } = [];

        public double StockGrowthPerWeek(Stock stock)
        {
            var added = Shape == TrendShape.Exponential ? Math.Exp(Math.Min(Level, 50)) : Level;
            var removed = RemovalRate == 0 ? 0 : RemovalRate * Removals.Average();
            return 7 * (added - removed) / Math.Max(stock.Start, 1e-9);
        }

        public double GrowthPerWeek => Shape == TrendShape.Exponential ? Math.Exp(Math.Min(7 * Growth, 50)) - 1 : 7 * Growth / Math.Max(Level, 0.05);
    }

    private struct Walk
    {
        private readonly Drawn _drawn;
        private readonly Stock? _stock;
        private Chance _chance;
        private double _total;
        private double _noise;
        private int _weekday;
        private int _ahead;

        public Walk(Drawn drawn, Chance chance, int last, Stock? stock)
        {
            _drawn = drawn;
            _chance = chance;
            _stock = stock;
            _total = stock?.Start ?? 0;
            _noise = drawn.Noise;
            _weekday = last % 7;
            for (var i = 0; i < drawn.Since; i++)
            {
                _noise = (drawn.Phi * _noise) + (drawn.Sigma * _chance.Gauss());
            }
        }

        /// <summary>The next day's load, or the stock at its end.</summary>
        public double Next()
        {
            var load = NextLoad();
            if (_stock is null)
            {
                return load;
            }

            _total += load;
            if (_drawn.RemovalRate > 0 && _chance.Uniform() < _drawn.RemovalRate)
            {
                _total -= _drawn.Removals[(int)(_chance.Uniform() * _drawn.Removals.Length)];
            }

            _total = Math.Max(_total, 0);
            return _total;
        }

        /// <summary>The next day's load, as a logarithm where the shape has them.</summary>
        public double NextUnscaled()
        {
            _ahead++;
            _weekday = _weekday == 6 ? 0 : _weekday + 1;
            _noise = (_drawn.Phi * _noise) + (_drawn.Sigma * _chance.Gauss());
            var level = _drawn.Level + (_drawn.Growth * _ahead);
            var stray = _drawn.Season[_weekday] + _noise;
            return _drawn.Shape == TrendShape.ProportionalLinear ? Math.Max(level, 0) * (1 + stray) : level + stray;
        }

        private double NextLoad()
        {
            var load = NextUnscaled();
            return _drawn.Shape == TrendShape.Exponential ? Math.Exp(Math.Min(load, 500)) : load;
        }
    }
}

/// <summary>What daily amounts add up to.</summary>
/// <param name="Start">At the end of the history, in the unit of the daily amounts.</param>
/// <param name="Removals">How much was removed at a time, where that happens again and again.</param>
internal sealed record Stock(double Start, IReadOnlyList<double> Removals);
