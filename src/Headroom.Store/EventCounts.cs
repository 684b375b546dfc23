// How many events of each name a segment has in each quarter of an hour, kept in its footer, because what is asked most (how
// many, by day, by hour) need not look at a row then. All time zones of now begin their hours on a quarter of one. Key
// "headroom.event_counts", base64 of:
//
//   byte     format, 1
//   names    ascending, each: varint length, UTF-8, then pairs of varint count and zigzag varint of the quarter less the one
//            before (at first less 0: quarters since 1970-01-01T00:00Z), then varint 0
//
// Where names and quarters are so many that this would be large, there is none, and rows are counted.

using System.Buffers;
using System.Collections.Concurrent;
using Headroom.Core;
using ParquetSharp;

namespace Headroom.Store;

/// <summary>Makes the counts of a segment from its rows in file order.</summary>
/// <param name="rows">Of the segment.</param>
internal sealed class EventCountsBuilder(long rows)
{
    /// <summary>Of any segment, however few its rows; and of large ones.</summary>
    private const int FewPairs = 4_096;
    private const int MostPairs = 131_072;

    /// <summary>Counts are for segments in which many events share a pair.</summary>
    private const int RowsPerPair = 16;

    private readonly int _most = (int)Math.Clamp(rows / RowsPerPair, FewPairs, MostPairs);
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private int _pairs;
    private long _quarter;
    private long _last;
    private long _count;

    private CompactWriter Writer => new(_bytes);

    /// <summary>The rows after this are of this event.</summary>
    public void Begin(ReadOnlySpan<byte> name)
    {
        End();
        _last = 0;
        if (_pairs <= _most)
        {
            Writer.Binary(name);
        }
    }

    public void Add(long timestamp)
    {
        var quarter = EventCounts.Quarter(timestamp);
        if (_count > 0 && quarter == _quarter)
        {
            _count++;
            return;
        }

        Pair();
        (_quarter, _count) = (quarter, 1);
    }

    /// <summary>What the footer keeps; null where it is too much.</summary>
    public Dictionary<string, string>? Finish()
    {
        End();
        return _pairs <= _most ? new() { [EventCounts.Key] = Convert.ToBase64String([EventCounts.Format, .. _bytes.WrittenSpan]) } : null;
    }

    private void End()
    {
        Pair();
        // Of a name that was begun.
        if (_bytes.WrittenCount > 0 && _pairs <= _most)
        {
            Writer.Varint(0);
        }
    }

    private void Pair()
    {
        if (_count > 0 && ++_pairs <= _most)
        {
            Writer.Varint((ulong)_count);
            Writer.Number(_quarter - _last);
            _last = _quarter;
        }

        _count = 0;
    }
}

/// <summary>The counts of one segment.</summary>
internal sealed class EventCounts
{
    public const string Key = "headroom.event_counts";
    public const byte Format = 1;
    private const long QuarterMicros = 15L * 60 * 1_000_000;

    /// <summary>As the footer has them; checked, so that they can be read without a check.</summary>
    private readonly byte[] _bytes;

    private EventCounts(byte[] bytes) => _bytes = bytes;

    public int Bytes => _bytes.Length;

    public static long Quarter(long timestamp) => timestamp >= 0 ? timestamp / QuarterMicros : ~(~timestamp / QuarterMicros);

    /// <summary>Null where the segment has none, of a later format, or damaged ones: then its rows are counted.</summary>
    public static EventCounts? Read(string path)
    {
        using var file = new ParquetFileReader(path);
        if (!file.FileMetaData.KeyValueMetadata.TryGetValue(Key, out var text))
        {
            return null;
        }

        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? Parse(bytes[..length], file.FileMetaData.NumRows) : null;
    }

    /// <summary>Null where they are of another format, or not those of so many rows.</summary>
    public static EventCounts? Parse(byte[] bytes, long rows)
    {
        if (bytes is not [Format, ..])
        {
            return null;
        }

        ReadOnlySpan<byte> rest = bytes.AsSpan(1);
        long counted = 0;
        while (!rest.IsEmpty)
        {
            if (!Varints.TryRead(ref rest, out var length) || length > (ulong)rest.Length || !TryCheckPairs(ref rest, (int)length, rows - counted, out var ofName))
            {
                return null;
            }

            counted += ofName;
        }

        return counted == rows ? new EventCounts(bytes) : null;
    }

    /// <summary>Whether each quarter of the segment's lies in one of the buckets as a whole, or in none.</summary>
    /// <param name="bounds">Where each bucket begins, ascending, and the end of the last; unix microseconds.</param>
    public static bool CanTell(ReadOnlySpan<long> bounds, SegmentExtent extent)
    {
        foreach (var bound in bounds)
        {
            if (bound % QuarterMicros != 0 && bound > extent.MinTimestamp && bound <= extent.MaxTimestamp)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Tells of each quarter with events of a name (null: of any) in one of the buckets: the first row, how many follow each
    /// other from it, and the bucket. Rows and, for one name, buckets ascend.
    /// </summary>
    public void Each(string? name, ReadOnlySpan<long> bounds, SegmentExtent extent, Action<long, long, int> take)
    {
        var wanted = name is null ? null : System.Text.Encoding.UTF8.GetBytes(name);
        ReadOnlySpan<byte> rest = _bytes.AsSpan(1);
        long row = 0;
        while (!rest.IsEmpty)
        {
            var length = (int)Varints.Read(ref rest);
            var counted = wanted is null || rest[..length].SequenceEqual(wanted);
            rest = rest[length..];
            long quarter = 0;
            var bucket = 0;
            while (Varints.Read(ref rest) is var count && count > 0)
            {
                var step = Varints.Read(ref rest);
                quarter += (long)(step >> 1) ^ -(long)(step & 1);

                // A bound within the first quarter is before all of its events.
                var at = Math.Max(quarter * QuarterMicros, extent.MinTimestamp);
                if (counted && at >= bounds[0] && at < bounds[^1])
                {
                    while (at >= bounds[bucket + 1])
                    {
                        bucket++;
                    }

                    take(row, (long)count, bucket);
                }

                row += (long)count;
            }
        }
    }

    /// <summary>
    /// The rows of a name (null: of any) in the buckets: where runs of one bucket begin, and the stretches of rows, both ascending. The rows
    /// of one name are one stretch.
    /// </summary>
    /// <param name="bounds">As in <see cref="CanTell"/>.</param>
    public (IReadOnlyList<(long From, int Bucket)> Runs, IReadOnlyList<(long From, long To)> Stretches) Runs(string? name, ReadOnlySpan<long> bounds, SegmentExtent extent)
    {
        var (runs, stretches) = (new List<(long From, int Bucket)>(), new List<(long From, long To)>());
        Each(name, bounds, extent, (row, count, bucket) =>
        {
            if (runs.Count == 0 || runs[^1].Bucket != bucket)
            {
                runs.Add((row, bucket));
            }

            if (stretches.Count > 0 && stretches[^1].To == row)
            {
                stretches[^1] = (stretches[^1].From, row + count);
            }
            else
            {
                stretches.Add((row, row + count));
            }
        });
        return (runs, stretches);
    }

    /// <summary>
    /// Adds the events of every name to its counts by bucket; false where that would make more names than
    /// <paramref name="mostNames"/>.
    /// </summary>
    /// <param name="bounds">As in <see cref="CanTell"/>.</param>
    public bool AddAll(Dictionary<string, NamedTally> tallies, int mostNames, ReadOnlySpan<long> bounds, SegmentExtent extent)
    {
        ReadOnlySpan<byte> rest = _bytes.AsSpan(1);
        while (!rest.IsEmpty)
        {
            var length = (int)Varints.Read(ref rest);
            var name = System.Text.Encoding.UTF8.GetString(rest[..length]);
            rest = rest[length..];
            if (!tallies.TryGetValue(name, out var tally))
            {
                if (tallies.Count == mostNames)
                {
                    return false;
                }

                tally = new NamedTally(name, new long[bounds.Length - 1], new SeenSpan(long.MaxValue, long.MinValue));
            }

            var seen = tally.Seen;
            long quarter = 0;
            var bucket = 0;
            while (Varints.Read(ref rest) is var count && count > 0)
            {
                var step = Varints.Read(ref rest);
                quarter += (long)(step >> 1) ^ -(long)(step & 1);
                var at = Math.Max(quarter * QuarterMicros, extent.MinTimestamp);
                seen = seen.And(new SeenSpan(at, Math.Min(((quarter + 1) * QuarterMicros) - 1, extent.MaxTimestamp)));
                if (at >= bounds[0] && at < bounds[^1])
                {
                    while (at >= bounds[bucket + 1])
                    {
                        bucket++;
                    }

                    tally.Counts[bucket] += (long)count;
                }
            }

            tallies[name] = tally with { Seen = seen };
        }

        return true;
    }

    /// <summary>A name of a length and its pairs: quarters ascend, and no more rows than are left.</summary>
    private static bool TryCheckPairs(ref ReadOnlySpan<byte> rest, int nameLength, long left, out long counted)
    {
        const long MostQuarters = long.MaxValue / QuarterMicros / 2;
        rest = rest[nameLength..];
        (counted, long quarter) = (0, 0);
        for (var first = true; ; first = false)
        {
            if (!Varints.TryRead(ref rest, out var count) || count > (ulong)(left - counted))
            {
                return false;
            }

            if (count == 0)
            {
                return true;
            }

            if (!Varints.TryRead(ref rest, out var zigzag) || zigzag > MostQuarters || (!first && ((zigzag & 1) != 0 || zigzag == 0)))
            {
                return false;
            }

            counted += (long)count;
            quarter += (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
            if (Math.Abs(quarter) > MostQuarters)
            {
                return false;
            }
        }
    }
}

/// <summary>The counts of segments that were asked for, by their ids. Safe for concurrent use.</summary>
internal sealed class EventCountsCache
{
    /// <summary>Past it all are forgotten and read again.</summary>
    private const long MostBytes = 64L * 1_024 * 1_024;

    private readonly ConcurrentDictionary<(long Id, long Checksum), EventCounts?> _counts = new();
    private long _bytes;

    /// <summary>Those of each segment; null where they do not tell how many events lie in each bucket.</summary>
    /// <param name="bounds">As in <see cref="EventCounts.CanTell"/>.</param>
    public EventCounts[]? Of(IReadOnlyList<Segment> segments, ReadOnlySpan<long> bounds)
    {
        var counts = new EventCounts[segments.Count];
        try
        {
            for (var i = 0; i < counts.Length; i++)
            {
                if (!EventCounts.CanTell(bounds, segments[i].Extent) || Of(segments[i]) is not { } known)
                {
                    return null;
                }

                counts[i] = known;
            }
        }
        catch (ParquetException)
        {
            // Who reads its rows will say what is wrong with the file.
            return null;
        }

        return counts;
    }

    /// <summary>How many events of each name lie in each bucket; null where the counts do not tell.</summary>
    /// <param name="names">Null stands for events of any name.</param>
    /// <param name="bounds">As in <see cref="EventCounts.CanTell"/>.</param>
    public long[][]? Tally(List<Segment> segments, IReadOnlyList<string?> names, long[] bounds)
    {
        if (Of(segments, bounds) is not { } counts)
        {
            return null;
        }

        var tally = names.Select(_ => new long[bounds.Length - 1]).ToArray();
        for (var i = 0; i < counts.Length; i++)
        {
            for (var n = 0; n < tally.Length; n++)
            {
                var ofName = tally[n];
                counts[i].Each(names[n], bounds, segments[i].Extent, (_, count, bucket) => ofName[bucket] += count);
            }
        }

        return tally;
    }

    /// <summary>The same for every name that there is; null also where there are more than <paramref name="mostNames"/>.</summary>
    /// <param name="bounds">As in <see cref="EventCounts.CanTell"/>.</param>
    public IReadOnlyList<NamedTally>? TallyAll(List<Segment> segments, long[] bounds, int mostNames)
    {
        if (Of(segments, bounds) is not { } counts)
        {
            return null;
        }

        var tallies = new Dictionary<string, NamedTally>(StringComparer.Ordinal);
        for (var i = 0; i < counts.Length; i++)
        {
            if (!counts[i].AddAll(tallies, mostNames, bounds, segments[i].Extent))
            {
                return null;
            }
        }

        return [.. tallies.Values];
    }

    /// <summary>Whether its counts were read already, so that its file is not needed for them.</summary>
    public bool Knows(Segment segment) => _counts.ContainsKey((segment.Id, segment.Checksum));

    /// <summary>Null where the segment has none.</summary>
    private EventCounts? Of(Segment segment)
    {
        if (_counts.TryGetValue((segment.Id, segment.Checksum), out var known))
        {
            return known;
        }

        var read = EventCounts.Read(segment.File.Path);
        const int Entry = 128;
        if (Interlocked.Add(ref _bytes, Entry + (read?.Bytes ?? 0)) > MostBytes)
        {
            _counts.Clear();
            Interlocked.Exchange(ref _bytes, 0);
        }

        _counts[(segment.Id, segment.Checksum)] = read;
        return read;
    }
}
