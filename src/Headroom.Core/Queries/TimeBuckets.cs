namespace Headroom.Core.Queries;

/// <summary>
/// A run of buckets of one width: bucket <c>Index + (t − Start) / Width</c> holds the instant t. All unix microseconds.
/// </summary>
public readonly record struct BucketRun(long Start, long Width, int Index);

/// <summary>
/// The buckets of a range in a time zone. Invariants: starts ascend strictly, the first bucket holds From, the last one
/// ends at or after To; a bucket's label is its own start, also where the range begins inside it.
/// </summary>
/// <param name="Starts">Unix microseconds.</param>
/// <param name="Runs">The same buckets for a statement: few, because widths change only with the zone's offset or by month.</param>
public sealed record TimeBuckets(long From, long To, IReadOnlyList<long> Starts, IReadOnlyList<BucketRun> Runs)
{
    public int Count => Starts.Count;

    /// <summary>Where the range's part of each bucket begins, and the end of the range.</summary>
    public IReadOnlyList<long> Bounds => [From, .. Starts.Skip(1), To];
}

/// <summary>
/// Local time of one zone, as the list of its constant offsets around a range. All time-zone knowledge of the product is
/// here, taken from <see cref="TimeZoneInfo"/>; statements see only instants. See docs/decisions/0006-time-zones-in-sql.md.
/// </summary>
public sealed class LocalCalendar
{
    private const long Second = 1_000_000;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;

    private readonly TimeZoneInfo _zone;
    private readonly bool _weekStartsOnSunday;

    public LocalCalendar(TimeZoneInfo zone, bool weekStartsOnSunday)
    {
        _zone = zone;
        _weekStartsOnSunday = weekStartsOnSunday;
    }

    public TimeZoneInfo Zone => _zone;

    public DateOnly DateOf(long instant) => DateOnly.FromDateTime(UnixMicros.ToInstant(instant + OffsetAt(instant)).DateTime);

    /// <summary>An instant with the zone's offset at it.</summary>
    public DateTimeOffset Label(long instant) => UnixMicros.ToInstant(instant).ToOffset(_zone.GetUtcOffset(UnixMicros.ToInstant(instant)));

    /// <summary>The first instant whose local date is this day or later: where midnight is skipped, the moment after the gap.</summary>
    public long StartOf(DateOnly day)
    {
        var midnight = LocalMidnight(day);
        return FirstAtOrAfter(Segments(midnight - (2 * Day), midnight + (2 * Day)), midnight, 0, out _);
    }

    /// <summary>The day on which the bucket of a day begins.</summary>
    public DateOnly Floor(DateOnly day, Interval interval) => interval switch
    {
        Interval.Week => day.AddDays(-(((int)day.DayOfWeek - (_weekStartsOnSunday ? 0 : 1) + 7) % 7)),
        Interval.Month => new DateOnly(day.Year, day.Month, 1),
        _ => day,
    };

    public static DateOnly Add(DateOnly day, Interval interval, int count) => interval switch
    {
        Interval.Week => day.AddDays(7 * count),
        Interval.Month => day.AddMonths(count),
        _ => day.AddDays(count),
    };

    /// <summary>The start of the local minute or hour that holds an instant.</summary>
    public long FloorClock(long instant, Interval interval)
    {
        var width = ClockWidth(interval);
        var segments = Segments(instant - (2 * Day), instant + Hour);
        var last = segments[^1];
        foreach (var segment in segments)
        {
            if (segment.Start <= instant)
            {
                last = segment;
            }
        }

        return Math.Max(last.Start, FloorTo(instant + last.Offset, width) - last.Offset);
    }

    public static long ClockWidth(Interval interval) => interval is Interval.Minute ? Minute : Hour;

    /// <summary>The buckets that [from, to) touches; null where there are more than <paramref name="most"/>.</summary>
    public TimeBuckets? Buckets(long from, long to, Interval interval, int most) =>
        interval is Interval.Minute or Interval.Hour ? ClockBuckets(from, to, ClockWidth(interval), most) : DayBuckets(from, to, interval, most);

    /// <summary>
    /// The buckets that [from, to) touches, as a whole, with so many more before and after; null where there are more
    /// than <paramref name="most"/>.
    /// </summary>
    public TimeBuckets? Around(long from, long to, Interval interval, int before, int after, int most)
    {
        var widest = interval switch
        {
            Interval.Minute or Interval.Hour => ClockWidth(interval),
            Interval.Week => 8 * Day,
            Interval.Month => 32 * Day,
            _ => 2 * Day,
        };
        var all = Buckets(from - ((before + 1) * widest), to + ((after + 1) * widest), interval, 4 * (most + 2));
        if (all is null)
        {
            return null;
        }

        var first = IndexOf(all.Starts, from) - before;
        var end = IndexOf(all.Starts, to - 1) + 1 + after;
        return Buckets(all.Starts[first], all.Starts[end], interval, most);

        static int IndexOf(IReadOnlyList<long> starts, long instant)
        {
            var index = starts.Count - 1;
            while (starts[index] > instant)
            {
                index--;
            }

            return index;
        }
    }

    /// <summary>
    /// For each bucket, where the so many days begin that end with it: local days, or for minutes and hours days of 24
    /// hours. Never descending; in days that a zone skipped two may be the same.
    /// </summary>
    public IReadOnlyList<long> RollingStarts(TimeBuckets buckets, Interval interval, int days)
    {
        var starts = new long[buckets.Count];
        for (var i = 0; i < starts.Length; i++)
        {
            var end = i + 1 < starts.Length ? buckets.Starts[i + 1] : buckets.To;
            starts[i] = interval is Interval.Minute or Interval.Hour ? end - (days * Day) : StartOf(DateOf(end - 1).AddDays(1 - days));
        }

        return starts;
    }

    /// <summary>
    /// Minutes and hours are counted from each change of offset on, so that an hour that the clocks repeat is two buckets
    /// and Lord Howe's repeated half hour is one of its own.
    /// </summary>
    private TimeBuckets? ClockBuckets(long from, long to, long width, int most)
    {
        if ((to - from) / width > most)
        {
            return null;
        }

        var starts = new List<long>();
        var runs = new List<BucketRun>();
        var segments = Segments(from - (2 * Day), to);
        for (var i = 0; i < segments.Count; i++)
        {
            var (begin, offset) = segments[i];
            var end = Math.Min(to, i + 1 < segments.Count ? segments[i + 1].Start : long.MaxValue);
            if (end <= from || begin >= to)
            {
                continue;
            }

            // The first bucket after a change may be short: up to the next full minute or hour on the new clock.
            var first = Math.Max(begin, from);
            var aligned = FloorTo(first + offset, width) - offset;
            var index = starts.Count;
            runs.Add(new BucketRun(aligned, width, index));
            for (var start = aligned; start < end; start += width)
            {
                starts.Add(Math.Max(start, begin));
            }
        }

        return starts.Count > most ? null : new TimeBuckets(from, to, starts, Merge(runs));
    }

    private TimeBuckets? DayBuckets(long from, long to, Interval interval, int most)
    {
        var segments = Segments(from - (70 * Day), to + (40 * Day));
        var starts = new List<long>();
        var position = 0;
        // One bucket earlier, because a zone that once set its clocks back over midnight names a day before it begins for good.
        var day = Add(Floor(DateOf(from), interval), interval, -1);
        var start = FirstAtOrAfter(segments, LocalMidnight(day), position, out position);
        while (start < to)
        {
            day = Add(day, interval, 1);
            var next = FirstAtOrAfter(segments, LocalMidnight(day), position, out position);
            // A day that a zone skipped as a whole has no time in it.
            if (next > from && next > start)
            {
                starts.Add(start);
                if (starts.Count > most)
                {
                    return null;
                }
            }

            start = next;
        }

        var runs = new List<BucketRun>(8);
        for (var i = 0; i < starts.Count; i++)
        {
            var end = i + 1 < starts.Count ? starts[i + 1] : start;
            runs.Add(new BucketRun(starts[i], end - starts[i], i));
        }

        return new TimeBuckets(from, to, starts, Merge(runs));
    }

    /// <summary>Joins runs of the same width that continue each other.</summary>
    private static List<BucketRun> Merge(List<BucketRun> runs)
    {
        var merged = new List<BucketRun>();
        foreach (var run in runs)
        {
            if (merged.Count > 0)
            {
                var last = merged[^1];
                if (last.Width == run.Width && last.Start + ((run.Index - last.Index) * last.Width) == run.Start)
                {
                    continue;
                }
            }

            merged.Add(run);
        }

        return merged;
    }

    private static long FirstAtOrAfter(List<(long Start, long Offset)> segments, long local, int from, out int position)
    {
        for (var i = from; i < segments.Count; i++)
        {
            var end = i + 1 < segments.Count ? segments[i + 1].Start : long.MaxValue;
            var candidate = Math.Max(segments[i].Start, local - segments[i].Offset);
            if (candidate < end)
            {
                position = i;
                return candidate;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(local), local, "The instant is outside the calendar's segments.");
    }

    /// <summary>The constant offsets from before <paramref name="from"/> until after <paramref name="to"/>.</summary>
    private List<(long Start, long Offset)> Segments(long from, long to)
    {
        var segments = new List<(long, long)> { (from, OffsetAt(from)) };
        var at = from;
        var offset = OffsetAt(from);
        // No zone changes its offset and changes it back within a day, so a look at each day finds every change.
        while (at < to)
        {
            var next = at + Day;
            var nextOffset = OffsetAt(next);
            if (nextOffset != offset)
            {
                var change = FindChange(at, next, offset);
                offset = OffsetAt(change);
                segments.Add((change, offset));
                at = change;
                continue;
            }

            at = next;
        }

        return segments;
    }

    /// <summary>The first whole second at which the offset is another.</summary>
    private long FindChange(long before, long after, long offset)
    {
        var low = FloorTo(before, Second);
        var high = FloorTo(after, Second) + Second;
        while (high - low > Second)
        {
            var middle = low + FloorTo((high - low) / 2, Second);
            if (OffsetAt(middle) == offset)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return high;
    }

    private long OffsetAt(long instant) => _zone.GetUtcOffset(UnixMicros.ToInstant(instant)).Ticks / TimeSpan.TicksPerMicrosecond;

    private static long LocalMidnight(DateOnly day) =>
        UnixMicros.From(new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero));

    private static long FloorTo(long value, long width) => value - (((value % width) + width) % width);
}
