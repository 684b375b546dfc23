namespace Headroom.App.Capacity.Model;

/// <summary>
/// A distribution of times as a few values of fixed probability, closer together towards the tail, so that distributions can be mixed and added whatever their form is.
/// A value stands for its slice of probability: the mean is kept exactly, the 99th percentile to about a percent.
/// </summary>
internal sealed class Times
{
    // Bounds of the slices: 30 up to 0.9, 18 up to 0.99, 14 up to 0.999, 6 above.
    private static readonly double[] Weights = [.. Enumerable.Repeat(0.03, 30), .. Enumerable.Repeat(0.005, 18), .. Enumerable.Repeat(0.009 / 14, 14), .. Enumerable.Repeat(0.001 / 6, 6)];
    private static readonly double[] Middles = FindMiddles();
    private readonly double[] _values;

    private Times(double[] values) => _values = values;

    public static int Slices => Weights.Length;

    public double Mean => Sum(static value => value);

    public double Variance
    {
        get
        {
            var mean = Mean;
            return Sum(value => (value - mean) * (value - mean));
        }
    }

    public static double Weight(int slice) => Weights[slice];

    public double Value(int slice) => _values[slice];

    public static Times Always(double value)
    {
        var values = new double[Slices];
        Array.Fill(values, value);
        return new Times(values);
    }

    /// <summary>The gamma distribution with this mean and squared coefficient of variation: the usual fit of two moments.</summary>
    public static Times Gamma(double mean, double variability)
    {
        if (mean <= 0 || variability <= 1e-9)
        {
            return Always(Math.Max(0, mean));
        }

        var shape = 1 / variability;
        var values = new double[Slices];
        double sum = 0;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = GammaLaw.Quantile(shape, Middles[i]);
            sum += values[i] * Weights[i];
        }

        // A slice's middle is not quite its mean; scaled so that the whole has the mean asked for.
        for (var i = 0; i < values.Length; i++)
        {
            values[i] *= mean / sum;
        }

        return new Times(values);
    }

    /// <summary>Of values with weights (of any sum).</summary>
    public static Times Of(double[] values, double[] weights, int count)
    {
        Array.Sort(values, weights, 0, count);
        double total = 0;
        for (var i = 0; i < count; i++)
        {
            total += weights[i];
        }

        // Each slice gets the mean of what falls into it.
        var result = new double[Slices];
        var at = 0;
        var left = count > 0 ? weights[0] : 0;
        for (var slice = 0; slice < result.Length; slice++)
        {
            var wanted = Weights[slice] * total;
            double sum = 0, taken = 0;
            while (wanted - taken > 1e-15 * total && at < count)
            {
                var part = Math.Min(left, wanted - taken);
                sum += part * values[at];
                taken += part;
                left -= part;
                if (left <= 1e-18 * total && ++at < count)
                {
                    left = weights[at];
                }
            }

            result[slice] = taken > 0 ? sum / taken : count > 0 ? values[count - 1] : 0;
        }

        return new Times(result);
    }

    public static Times Mix(params ReadOnlySpan<(double Weight, Times Times)> parts)
    {
        var values = new double[parts.Length * Slices];
        var weights = new double[values.Length];
        var count = 0;
        foreach (var (weight, times) in parts)
        {
            for (var i = 0; weight > 0 && i < Slices; i++)
            {
                values[count] = times._values[i];
                weights[count++] = weight * Weights[i];
            }
        }

        return Of(values, weights, count);
    }

    /// <summary>Of the sum of the two, independent of each other.</summary>
    public Times Plus(Times other)
    {
        if (other._values[^1] <= other._values[0])
        {
            return new Times(Array.ConvertAll(_values, value => value + other._values[0]));
        }

        var values = new double[Slices * Slices];
        var weights = new double[values.Length];
        var count = 0;
        for (var i = 0; i < Slices; i++)
        {
            for (var j = 0; j < Slices; j++)
            {
                values[count] = _values[i] + other._values[j];
                weights[count++] = Weights[i] * Weights[j];
            }
        }

        return Of(values, weights, count);
    }

    public Times Shift(double by) => new(Array.ConvertAll(_values, value => value + by));

    public Times Scale(double factor) => new(Array.ConvertAll(_values, value => value * factor));

    /// <param name="share">Above 0 and below 1.</param>
    public double Quantile(double share)
    {
        var after = 0;
        while (after < Slices && Middles[after] < share)
        {
            after++;
        }

        if (after == 0 || after == Slices)
        {
            return _values[Math.Min(after, Slices - 1)];
        }

        var part = (share - Middles[after - 1]) / (Middles[after] - Middles[after - 1]);
        return _values[after - 1] + (part * (_values[after] - _values[after - 1]));
    }

    public Response ToResponse() => new(Mean, Quantile(0.99));

    private double Sum(Func<double, double> of)
    {
        double sum = 0;
        for (var i = 0; i < _values.Length; i++)
        {
            sum += Weights[i] * of(_values[i]);
        }

        return sum;
    }

    private static double[] FindMiddles()
    {
        var middles = new double[Weights.Length];
        double before = 0;
        for (var i = 0; i < middles.Length; i++)
        {
            middles[i] = before + (Weights[i] / 2);
            before += Weights[i];
        }

        return middles;
    }
}

/// <summary>The gamma distribution's functions, for a scale of 1.</summary>
internal static class GammaLaw
{
    /// <summary>Where the share of all values lies below; by halving, as the distribution function is steep near 0 for small shapes.</summary>
    public static double Quantile(double shape, double share)
    {
        // Wilson and Hilferty's approximation (1931) is good for large shapes; for small ones the series' first term at 0 starts.
        var normal = NormalQuantile(share);
        var root = 1 - (1 / (9 * shape)) + (normal / (3 * Math.Sqrt(shape)));
        if (shape > 50)
        {
            return shape * root * root * root;
        }

        var logGammaNext = LogGamma(shape + 1);
        var start = Math.Exp((Math.Log(share) + logGammaNext) / shape);
        var x = root > 0.3 ? shape * root * root * root : start;
        if (x < 1e-300)
        {
            return 0;
        }

        double low = 0, high = double.PositiveInfinity;
        for (var round = 0; round < 60; round++)
        {
            var difference = Share(shape, x, logGammaNext) - share;
            if (difference > 0)
            {
                high = x;
            }
            else
            {
                low = x;
            }

            if (Math.Abs(difference) < 1e-7 * Math.Min(share, 1 - share))
            {
                break;
            }

            // Newton's step, with the density x^(k−1) e^(−x) / Γ(k); halved into the bounds where it leaves them.
            var density = Math.Exp(((shape - 1) * Math.Log(x)) - x - logGammaNext) * shape;
            var next = x - (difference / density);
            x = next > low && next < high ? next : double.IsInfinity(high) ? x * 2 : (low + high) / 2;
        }

        return x;
    }

    /// <summary>The regularised lower incomplete gamma function: a series below shape + 1, else Lentz' continued fraction ("Numerical Recipes", 6.2).</summary>
    internal static double Share(double shape, double x, double logGammaNext)
    {
        if (x <= 0)
        {
            return 0;
        }

        var front = Math.Exp((shape * Math.Log(x)) - x - logGammaNext);
        if (x < shape + 1)
        {
            double term = 1, sum = 1;
            for (var n = 1; n < 500 && term > sum * 1e-12; n++)
            {
                term *= x / (shape + n);
                sum += term;
            }

            return front * sum;
        }

        const double Tiny = 1e-300;
        var b = x + 1 - shape;
        var c = 1 / Tiny;
        var d = 1 / b;
        var h = d;
        for (var i = 1; i < 500; i++)
        {
            var a = -i * (i - shape);
            b += 2;
            d = (a * d) + b;
            d = Math.Abs(d) < Tiny ? Tiny : d;
            c = b + (a / c);
            c = Math.Abs(c) < Tiny ? Tiny : c;
            d = 1 / d;
            var change = d * c;
            h *= change;
            if (Math.Abs(change - 1) < 1e-12)
            {
                break;
            }
        }

        return 1 - (front * shape * h);
    }

    /// <summary>Lanczos' approximation.</summary>
    internal static double LogGamma(double x)
    {
        ReadOnlySpan<double> c =
        [
            0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
            12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
        ];
        x -= 1;
        var sum = c[0];
        for (var i = 1; i < c.Length; i++)
        {
            sum += c[i] / (x + i);
        }

        var t = x + 7.5;
        return (0.5 * Math.Log(2 * Math.PI)) + ((x + 0.5) * Math.Log(t)) - t + Math.Log(sum);
    }

    /// <summary>Acklam's rational approximation, to 1e-9 (2003).</summary>
    private static double NormalQuantile(double p)
    {
        if (p < 0.02425)
        {
            var q = Math.Sqrt(-2 * Math.Log(p));
            return Tail(q);
        }

        if (p > 1 - 0.02425)
        {
            return -Tail(Math.Sqrt(-2 * Math.Log(1 - p)));
        }

        var r = p - 0.5;
        var s = r * r;
        return ((((((((((-39.69683028665376 * s) + 220.9460984245205) * s) - 275.9285104469687) * s) + 138.3577518672690) * s) - 30.66479806614716) * s) + 2.506628277459239) * r
            / ((((((((((-54.47609879822406 * s) + 161.5858368580409) * s) - 155.6989798598866) * s) + 66.80131188771972) * s) - 13.28068155288572) * s) + 1);

        static double Tail(double q) =>
            ((((((((((-0.007784894002430293 * q) - 0.3223964580411365) * q) - 2.400758277161838) * q) - 2.549732539343734) * q) + 4.374664141464968) * q) + 2.938163982698783)
            / ((((((((0.007784695709041462 * q) + 0.3224671290700398) * q) + 2.445134137142996) * q) + 3.754408661907416) * q) + 1);
    }
}
