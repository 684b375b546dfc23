using System.Runtime.CompilerServices;

namespace Headroom.Sql;

/// <summary>In which bucket rows lie. Rows come in order of time within an event, so mostly it is that of the row before. One thread's.</summary>
/// <param name="bounds">Where each bucket begins, never descending, and the end of the last one. Unix microseconds.</param>
internal sealed class BucketFinder(long[] bounds)
{
    private int _last;

    /// <summary>Instants before the first bucket are in it. None may be at the end or after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Find(ReadOnlySpan<long> times, Span<int> buckets)
    {
        var last = _last;
        var (from, to) = (bounds[last], bounds[last + 1]);
        for (var i = 0; i < times.Length; i++)
        {
            var at = times[i];
            if (at < from || at >= to)
            {
                var found = Array.BinarySearch(bounds, at);
                last = Math.Max(0, found >= 0 ? found : ~found - 1);

                // Buckets of no length begin where the next one does.
                while (at >= bounds[last + 1])
                {
                    last++;
                }

                (from, to) = (last == 0 ? long.MinValue : bounds[last], bounds[last + 1]);
            }

            buckets[i] = last;
        }

        _last = last;
    }
}
