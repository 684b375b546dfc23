using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// The points of a trend one after the other: days before the range that a point looks back over, those of the period before, those of
/// the present one. Each continues the one before it. What a point's events come to depends on its span alone, so points
/// of two ranges with the same span are the same. A bucket of the answer is one point; where weeks or months look back over days, those of its days.
/// </summary>
public sealed class TrendsPoints
{
    private readonly long[] _bounds;

    /// <summary>The first point of each bucket, those of the period before first, and the end of the last.</summary>
    private readonly int[] _buckets;

    private readonly Dictionary<TrendsMath, Looks> _looks = [];

    private TrendsPoints(TrendsTime time, IReadOnlyList<TimeBuckets> ranges, long[] bounds, int[] buckets) =>
        (Time, Ranges, _bounds, _buckets) = (time, ranges, bounds, buckets);

    public TrendsTime Time { get; }

    public int Count => _bounds.Length - 1;

    /// <summary>Of the answer, those of the period before first.</summary>
    public int Buckets => _buckets.Length - 1;

    /// <summary>The first bucket of the present period.</summary>
    public int PresentBucket => Buckets - Time.Current.Count;

    /// <summary>The first point of the present period.</summary>
    public int Present => _buckets[PresentBucket];

    /// <summary>The first point of the period before; that of the present one where there is none.</summary>
    public int Previous => _buckets[0];

    /// <summary>Where the first point begins, unix microseconds.</summary>
    public long From => _bounds[0];

    /// <summary>Where the last point ends, unix microseconds.</summary>
    public long To => _bounds[^1];

    /// <summary>For <see cref="BucketSql"/>.</summary>
    internal IReadOnlyList<TimeBuckets> Ranges { get; }

    /// <summary>Null where there are too many days to look back over, or days that do not begin with a point.</summary>
    /// <param name="query">Where it looks back over days, by days or what is made of them.</param>
    public static TrendsPoints? Of(TrendsQuery query, TrendsTime time)
    {
        IReadOnlyList<TimeBuckets> periods = time.Previous is { } previous ? [previous, time.Current] : [time.Current];
        TrendsMath[] maths = [.. query.Series.Select(static s => s.Math).Where(static m => m.IsRolling).Distinct()];
        long[] starts = [.. periods.SelectMany(static p => p.Bounds.Take(p.Count))];
        if (maths.Length == 0 || query.Interval is Interval.Minute or Interval.Hour)
        {
            return new TrendsPoints(time, periods, [.. starts, time.Current.To], [.. Enumerable.Range(0, starts.Length + 1)]);
        }

        var looks = Array.ConvertAll(maths, m => periods.SelectMany(p => TrendsSeriesSql.RollingStarts(query, time, p, m)).ToArray());
        var ranges = new List<TimeBuckets?>();
        if (looks.Min(static s => s[0]) is var from && from < periods[0].From)
        {
            ranges.Add(Days(from, periods[0].From));
        }

        ranges.AddRange(periods.Select(p => query.Interval is Interval.Day ? p : Days(p.From, p.To)));
        if (ranges.Contains(null))
        {
            return null;
        }

        long[] bounds = [.. ranges.SelectMany(static r => r!.Bounds.Take(r.Count)), time.Current.To];
        var buckets = Array.ConvertAll(starts, s => Array.BinarySearch(bounds, s));
        var points = new TrendsPoints(time, ranges!, bounds, [.. buckets, bounds.Length - 1]);
        for (var i = 0; i < maths.Length; i++)
        {
            var firsts = Array.ConvertAll(looks[i], s => Array.BinarySearch(bounds, s));
            if (Array.Exists(buckets, static b => b < 0) || Array.Exists(firsts, static f => f < 0))
            {
                return null;
            }

            points._looks.Add(maths[i], new Looks(firsts, points));
        }

        return points;

        TimeBuckets? Days(long first, long end) => time.Calendar.Buckets(first, end, Interval.Day, QueryLimits.Buckets);
    }

    /// <summary>Half-open, unix microseconds.</summary>
    public (long From, long To) Span(int point) => (_bounds[point], _bounds[point + 1]);

    /// <summary>Where each point of a stretch begins, and the end of the last; unix microseconds.</summary>
    public long[] Bounds(int first, int last) => _bounds[first..(last + 2)];

    /// <summary>The points that a bucket of a math is made of; half-open.</summary>
    public (int First, int End) Of(TrendsMath math, int bucket) => (math.IsRolling ? _looks[math].Firsts[bucket] : _buckets[bucket], _buckets[bucket + 1]);

    /// <summary>Whether a point is in any bucket of a math.</summary>
    public bool Counts(TrendsMath math, int point) => math.IsRolling ? _looks[math].Any[point] : point >= Previous;

    /// <summary>Whether a point is in any bucket of a math in the present period.</summary>
    public bool CountsNow(TrendsMath math, int point) => math.IsRolling ? _looks[math].Now[point] : point >= Present;

    /// <summary>Whether each point means the same in both.</summary>
    public bool AreThose(TrendsPoints other) =>
        PresentBucket == other.PresentBucket && _buckets.AsSpan().SequenceEqual(other._buckets) && _bounds.AsSpan().SequenceEqual(other._bounds);

    /// <summary>How buckets look back.</summary>
    private sealed class Looks
    {
        public Looks(int[] firsts, TrendsPoints points)
        {
            (Firsts, Any, Now) = (firsts, new bool[points.Count], new bool[points.Count]);
            for (var bucket = 0; bucket < firsts.Length; bucket++)
            {
                var length = points._buckets[bucket + 1] - firsts[bucket];
                Any.AsSpan(firsts[bucket], length).Fill(true);
                if (bucket >= points.PresentBucket)
                {
                    Now.AsSpan(firsts[bucket], length).Fill(true);
                }
            }
        }

        /// <summary>Of each bucket the first point.</summary>
        public int[] Firsts { get; }

        /// <summary>Of each point.</summary>
        public bool[] Any { get; }

        /// <summary>Of each point, in the present period.</summary>
        public bool[] Now { get; }
    }
}
