namespace Headroom.App.Capacity.Measuring;

/// <summary>
/// How long requests took: counts by time, four to an octave from a microsecond to eighteen minutes, so that a percentile is known to a tenth. Counts only grow, and
/// wrap around: what happened between two readings is their difference. Safe for concurrent use.
/// </summary>
internal sealed class ResponseTimes
{
    /// <summary>Of which a 99th percentile is told: below it, it would be the slowest one.</summary>
    public const int Least = 100;

    private const int InOctave = 4;
    private const int Buckets = 30 * InOctave;
    private readonly uint[] _counts = new uint[Buckets];

    public void Add(double seconds) => Interlocked.Increment(ref _counts[Bucket(1e6 * seconds)]);

    public uint[] Read() => (uint[])_counts.Clone();

    /// <summary>Seconds within which such a share of those between readings was answered; null where they are fewer than <see cref="Least"/>.</summary>
    /// <param name="spans">What was read before and after, of any number of processes and times.</param>
    /// <param name="share">0 to 1.</param>
    public static double? Percentile(IEnumerable<(IReadOnlyList<uint> Before, IReadOnlyList<uint> After)> spans, double share)
    {
        var counts = new long[Buckets];
        var all = 0L;
        foreach (var (before, after) in spans)
        {
            for (var i = 0; i < Math.Min(Buckets, Math.Min(before.Count, after.Count)); i++)
            {
                var passed = unchecked(after[i] - before[i]);
                counts[i] += passed;
                all += passed;
            }
        }

        if (all < Least)
        {
            return null;
        }

        var rank = share * all;
        var below = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0 && below + counts[i] >= rank)
            {
                // As if they were spread evenly in it.
                return (Begin(i) + ((Begin(i + 1) - Begin(i)) * Math.Max(0, rank - below) / counts[i])) / 1e6;
            }

            below += counts[i];
        }

        return Begin(counts.Length) / 1e6;
    }

    /// <summary>The exponent of the time and the first two bits behind its leading one.</summary>
    private static int Bucket(double microseconds) =>
        microseconds >= 1 ? (int)Math.Min(Buckets - 1, (BitConverter.DoubleToInt64Bits(microseconds) >> 50) - (1023 * InOctave)) : 0;

    /// <summary>Microseconds.</summary>
    private static double Begin(int bucket) => bucket == 0 ? 0 : Math.ScaleB(1 + ((bucket % InOctave) / (double)InOctave), bucket / InOctave);
}
