using System.Numerics;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>Where in time a session is.</summary>
internal static class SessionTally
{
    /// <summary>The bucket of an instant; −1 outside the period.</summary>
    public static int Bucket(TimeBuckets time, long at)
    {
        if (at < time.From || at >= time.To)
        {
            return -1;
        }

        var (low, high) = (0, time.Count);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = time.Starts[middle] <= at ? (middle, high) : (low, middle);
        }

        return low;
    }

    /// <summary>The bucket of each session; −1 outside the period.</summary>
    public static void Buckets(TimeBuckets time, ReadOnlySpan<SessionRow> rows, Span<int> buckets)
    {
        // Most begin in the bucket of the one before.
        var (last, from, to) = (-1, long.MaxValue, long.MaxValue);
        for (var i = 0; i < rows.Length; i++)
        {
            var at = rows[i].At;
            if (at >= from && at < to)
            {
                buckets[i] = last;
                continue;
            }

            buckets[i] = Bucket(time, at);
            if (buckets[i] >= 0)
            {
                last = buckets[i];
                from = Math.Max(time.From, time.Starts[last]);
                to = last + 1 < time.Count ? time.Starts[last + 1] : time.To;
            }
        }
    }

    /// <param name="bucket">Null for the whole period.</param>
    public static bool Has(TimeBuckets time, int? bucket, long at) => bucket is null ? at >= time.From && at < time.To : Bucket(time, at) == bucket;

    /// <summary>The middle one of some numbers, at least one, or the mean of the two in the middle. Puts them in another order.</summary>
    public static double Middle(Span<long> numbers)
    {
        var half = numbers.Length / 2;
        var upper = Select(numbers, half);
        if (numbers.Length % 2 == 1)
        {
            return upper;
        }

        // Those before it are no larger.
        var lower = long.MinValue;
        foreach (var number in numbers[..half])
        {
            lower = Math.Max(lower, number);
        }

        return ((double)lower + upper) / 2;
    }

    /// <summary>The number that would be at a place if they were in order; those before it are no larger then, and those after it no smaller.</summary>
    private static long Select(Span<long> numbers, int place)
    {
        const int Few = 64;
        var rounds = 4 * BitOperations.Log2((uint)numbers.Length);
        while (numbers.Length > Few && rounds-- > 0)
        {
            var (first, middle, last) = (numbers[0], numbers[numbers.Length / 2], numbers[^1]);
            var pivot = Math.Max(Math.Min(first, middle), Math.Min(Math.Max(first, middle), last));
            var (low, high) = (0, numbers.Length - 1);
            while (low <= high)
            {
                while (numbers[low] < pivot)
                {
                    low++;
                }

                while (numbers[high] > pivot)
                {
                    high--;
                }

                if (low <= high)
                {
                    (numbers[low], numbers[high]) = (numbers[high], numbers[low]);
                    low++;
                    high--;
                }
            }

            if (place <= high)
            {
                numbers = numbers[..(high + 1)];
            }
            else if (place >= low)
            {
                numbers = numbers[low..];
                place -= low;
            }
            else
            {
                return pivot;
            }
        }

        numbers.Sort();
        return numbers[place];
    }
}
