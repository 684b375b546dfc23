using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// The points of a trend one after the other: days before the range that a point looks back over, those of the period before, those of
/// the present one. Each continues the one before it. What a point's events come to depends on its span alone, so points
/// of two ranges with the same span are the same.
/// </summary>
public sealed class TrendsPoints
{
    private readonly long[] _bounds;

    /// <summary>By math, of each point from <see cref="Previous"/> on.</summary>
    private readonly Dictionary<TrendsMath, int[]> _firsts = [];

    private TrendsPoints(TrendsTime time, IReadOnlyList<TimeBuckets> ranges)
    {
        (Time, Ranges) = (time, ranges);
        _bounds = [.. ranges.SelectMany(static r => r.Starts.Select(start => Math.Max(r.From, start))), time.Current.To];
        Present = _bounds.Length - 1 - time.Current.Count;
        Previous = Present - (time.Previous?.Count ?? 0);
    }

    public TrendsTime Time { get; }

    public int Count => _bounds.Length - 1;

    /// <summary>The first point of the present period.</summary>
    public int Present { get; }

    /// <summary>The first point of the period before; that of the present one where there is none.</summary>
    public int Previous { get; }

    /// <summary>Where the first point begins, unix microseconds.</summary>
    public long From => _bounds[0];

    /// <summary>Where the last point ends, unix microseconds.</summary>
    public long To => _bounds[^1];

    /// <summary>For <see cref="BucketSql"/>.</summary>
    internal IReadOnlyList<TimeBuckets> Ranges { get; }

    /// <param name="query">Where it looks back over days, by the day.</param>
    public static TrendsPoints Of(TrendsQuery query, TrendsTime time)
    {
        IReadOnlyList<TimeBuckets> periods = time.Previous is { } previous ? [previous, time.Current] : [time.Current];
        TrendsMath[] maths = [.. query.Series.Select(static s => s.Math).Where(static m => m.IsRolling).Distinct()];
        if (maths.Length == 0 || query.Interval is not Interval.Day)
        {
            return new TrendsPoints(time, periods);
        }

        var starts = Array.ConvertAll(maths, m => periods.SelectMany(p => TrendsSeriesSql.RollingStarts(query, time, p, m)).ToArray());
        var before = time.Calendar.Buckets(starts.Min(static s => s[0]), periods[0].From, Interval.Day, QueryLimits.Buckets)!;
        var points = new TrendsPoints(time, [before, .. periods]);
        for (var i = 0; i < maths.Length; i++)
        {
            points._firsts.Add(maths[i], Array.ConvertAll(starts[i], points.FirstFrom));
        }

        return points;
    }

    /// <summary>Half-open, unix microseconds.</summary>
    public (long From, long To) Span(int point) => (_bounds[point], _bounds[point + 1]);

    /// <summary>The first point of those that one looks back over.</summary>
    /// <param name="point">Of a period.</param>
    public int First(TrendsMath math, int point) => _firsts[math][point - Previous];

    /// <summary>Whether each point means the same in both.</summary>
    public bool AreThose(TrendsPoints other) => Present == other.Present && Previous == other.Previous && _bounds.AsSpan().SequenceEqual(other._bounds);

    private int FirstFrom(long instant) => Array.BinarySearch(_bounds, instant) is >= 0 and var found
        ? found : throw new InvalidOperationException("A day that a point looks back to does not begin with a point.");
}
