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

    /// <summary>Seconds within which such a share of those between two readings was answered; null where they are fewer than <see cref="Least"/>.</summary>
    /// <param name="share">0 to 1.</param>
    public static double? Percentile(IReadOnlyList<uint> before, IReadOnlyList<uint> after, double share)
    {
        var counts = new uint[Math.Min(before.Count, after.Count)];
        var all = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            all += counts[i] = unchecked(after[i] - before[i]);
        }

        if (all < Least)
        {
            return null;
        }

        var rank = share * all;
        var passed = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0 && passed + counts[i] >= rank)
            {
                // As if they were spread evenly in it.
                return (Begin(i) + ((Begin(i + 1) - Begin(i)) * Math.Max(0, rank - passed) / counts[i])) / 1e6;
            }

            passed += counts[i];
        }

        return Begin(counts.Length) / 1e6;
    }

    /// <summary>The exponent of the time and the first two bits behind its leading one.</summary>
    private static int Bucket(double microseconds) =>
        microseconds >= 1 ? (int)Math.Min(Buckets - 1, (BitConverter.DoubleToInt64Bits(microseconds) >> 50) - (1023 * InOctave)) : 0;

    /// <summary>Microseconds.</summary>
    private static double Begin(int bucket) => bucket == 0 ? 0 : Math.ScaleB(1 + ((bucket % InOctave) / (double)InOctave), bucket / InOctave);
}
