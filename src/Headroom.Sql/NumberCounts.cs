using System.Collections;
using System.Globalization;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Numbers and how often each came, to be kept: percentiles of several of them together are exact. Immutable.</summary>
internal sealed class NumberCounts
{
    public static readonly NumberCounts None = new([], []);

    /// <summary>Ascending, none twice.</summary>
    private readonly double[] _numbers;

    /// <summary>How many there are up to each of them, itself included.</summary>
    private readonly long[] _upTo;

    private NumberCounts(double[] numbers, long[] upTo) => (_numbers, _upTo) = (numbers, upTo);

    /// <summary>Memory held, roughly.</summary>
    public long Bytes => 64 + (16L * _numbers.Length);

    private long Count => _upTo is [.., var last] ? last : 0;

    /// <summary>Null where one is not finite.</summary>
    /// <param name="numbers">Ascending, none twice.</param>
    /// <param name="counts">How often each came.</param>
    public static NumberCounts? Of(IList numbers, IList counts)
    {
        var (values, upTo, sum) = (new double[numbers.Count], new long[numbers.Count], 0L);
        for (var i = 0; i < values.Length; i++)
        {
            // Zero has two signs, of which the order below would make two numbers.
            values[i] = Convert.ToDouble(numbers[i], CultureInfo.InvariantCulture) + 0d;
            upTo[i] = sum += Convert.ToInt64(counts[i], CultureInfo.InvariantCulture);
            if (!double.IsFinite(values[i]))
            {
                return null;
            }
        }

        return new NumberCounts(values, upTo);
    }

    /// <summary>A percentile of all of them together, interpolated as the store does it; null where there are none.</summary>
    public static double? Percentile(TrendsMath math, IReadOnlyList<NumberCounts> all)
    {
        var count = all.Sum(static n => n.Count);
        if (count == 0)
        {
            return null;
        }

        var place = (count - 1) * Fraction(math);
        var (low, high) = ((long)Math.Floor(place), (long)Math.Ceiling(place));
        var below = At(all, low);
        return Between(below, low == high ? below : At(all, high), place - low);
    }

    /// <summary>The same of some numbers.</summary>
    /// <param name="numbers">Ascending.</param>
    public static double? Percentile(TrendsMath math, ReadOnlySpan<double> numbers)
    {
        if (numbers.IsEmpty)
        {
            return null;
        }

        var place = (numbers.Length - 1) * Fraction(math);
        return Between(numbers[(int)Math.Floor(place)], numbers[(int)Math.Ceiling(place)], place - Math.Floor(place));
    }

    private static double Between(double low, double high, double part) => low == high ? low : (low * (1 - part)) + (high * part);

    private static double Fraction(TrendsMath math) => math switch
    {
        TrendsMath.Median => 0.5,
        TrendsMath.P90 => 0.9,
        TrendsMath.P95 => 0.95,
        TrendsMath.P99 => 0.99,
        _ => throw new ArgumentOutOfRangeException(nameof(math), math, "Not a percentile."),
    };

    /// <summary>The number with so many before it: looked for by halves in the order of all doubles, so that nothing is put together.</summary>
    private static double At(IReadOnlyList<NumberCounts> all, long before)
    {
        var (low, high) = (long.MaxValue, long.MinValue);
        foreach (var counts in all)
        {
            if (counts._numbers.Length > 0)
            {
                (low, high) = (Math.Min(low, Order(counts._numbers[0])), Math.Max(high, Order(counts._numbers[^1])));
            }
        }

        while (low < high)
        {
            var middle = low + (long)((ulong)unchecked(high - low) / 2);
            if (all.Sum(n => n.UpTo(Number(middle))) > before)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return Number(low) + 0d;
    }

    /// <summary>How many there are that are not greater.</summary>
    private long UpTo(double number)
    {
        var found = Array.BinarySearch(_numbers, number);
        var end = found >= 0 ? found : ~found - 1;
        return end < 0 ? 0 : _upTo[end];
    }

    /// <summary>Ascends as the numbers do.</summary>
    private static long Order(double number) => BitConverter.DoubleToInt64Bits(number) is var bits && bits < 0 ? long.MinValue - bits - 1 : bits;

    private static double Number(long order) => BitConverter.Int64BitsToDouble(order < 0 ? long.MinValue - order - 1 : order);
}
