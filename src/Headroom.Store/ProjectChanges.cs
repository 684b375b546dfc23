using System.Collections.Immutable;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>
/// When the events were dated that commits added, and in which version last. Immutable, part of the snapshot, so that
/// what is told of a version and what is read at it cannot differ. Bounded: of too many spans the two are put together
/// that make the least of time look changed that was not.
/// </summary>
internal sealed record ProjectChanges
{
    private const int MaxSpans = 64;

    /// <summary>As many persons sign in in a minute or two of a busy site.</summary>
    private const int MaxMerges = 1_024;

    /// <summary>Ordered by From.</summary>
    private ImmutableArray<Span> Spans { get; init; } = [];

    /// <summary>Changes after this version are known.</summary>
    public long KnownSince { get; init; }

    /// <summary>The newest of them; null before the first that this process has seen.</summary>
    public ProjectChange? Last { get; private init; }

    private long LastMerge { get; init; }

    private long LastPersons { get; init; }

    private long LastRemoval { get; init; }

    /// <summary>The last of them, in order.</summary>
    private ImmutableQueue<(long Version, MergedPerson Person)> Merged { get; init; } = [];

    private int MergedCount { get; init; }

    /// <summary>All merges after this version are known.</summary>
    private long MergedSince { get; init; }

    /// <param name="removals">The times are of events that were removed.</param>
    /// <param name="merged">Null where there are merges and it is not known of whom.</param>
    public ProjectChanges With(
        long version, IReadOnlyList<ChangedRange> ranges, bool merges, bool persons, bool removals = false, IReadOnlyList<MergedPerson>? merged = null)
    {
        var spans = Spans.ToBuilder();
        foreach (var range in ranges)
        {
            // What lies within the new one was changed last now.
            spans.RemoveAll(s => s.From >= range.From && s.To <= range.To);
            var index = 0;
            while (index < spans.Count && spans[index].From <= range.From)
            {
                index++;
            }

            spans.Insert(index, new Span(range.From, range.To, version));
        }

        while (spans.Count > MaxSpans)
        {
            JoinNearest(spans);
        }

        return WithMerged(version, merges, merged) with
        {
            Spans = spans.ToImmutable(),
            Last = new ProjectChange(version, ranges, merges, persons, removals),
            LastMerge = merges ? version : LastMerge,
            LastPersons = persons || merges ? version : LastPersons,
            LastRemoval = removals ? version : LastRemoval,
        };
    }

    public DataChanges Since(long version, long now)
    {
        if (version == now)
        {
            return DataChanges.None(now);
        }

        if (version < KnownSince || version > now)
        {
            return DataChanges.All(now);
        }

        var ranges = new List<ChangedRange>();
        foreach (var span in Spans)
        {
            if (span.Version > version)
            {
                ranges.Add(new ChangedRange(span.From, span.To));
            }
        }

        return new DataChanges(now, false, LastMerge > version, LastPersons > version, ranges)
        {
            Removals = LastRemoval > version,
            Merged = LastMerge <= version ? [] : version < MergedSince ? null : [.. Merged.Where(m => m.Version > version).Select(static m => m.Person)],
        };
    }

    private ProjectChanges WithMerged(long version, bool merges, IReadOnlyList<MergedPerson>? merged)
    {
        if (!merges)
        {
            return this;
        }

        if (merged is null || merged.Count > MaxMerges)
        {
            return this with { Merged = [], MergedCount = 0, MergedSince = version };
        }

        var (all, count, since) = (Merged, MergedCount + merged.Count, MergedSince);
        for (; count > MaxMerges; count--)
        {
            all = all.Dequeue(out var oldest);
            since = oldest.Version;
        }

        foreach (var person in merged)
        {
            all = all.Enqueue((version, person));
        }

        return this with { Merged = all, MergedCount = count, MergedSince = since };
    }

    private static void JoinNearest(ImmutableArray<Span>.Builder spans)
    {
        var best = 0;
        var least = UInt128.MaxValue;
        for (var i = 0; i + 1 < spans.Count; i++)
        {
            var (a, b) = (spans[i], spans[i + 1]);
            var length = (UInt128)((Int128)Math.Max(a.To, b.To) - a.From);
            if (length < least)
            {
                (best, least) = (i, length);
            }
        }

        var (first, second) = (spans[best], spans[best + 1]);
        spans[best] = new Span(first.From, Math.Max(first.To, second.To), Math.Max(first.Version, second.Version));
        spans.RemoveAt(best + 1);
    }

    private readonly record struct Span(long From, long To, long Version);
}

/// <summary>What one version of a project's data changed.</summary>
/// <param name="Removals">The ranges are of events that were removed.</param>
internal sealed record ProjectChange(long Version, IReadOnlyList<ChangedRange> Ranges, bool Merges, bool Persons, bool Removals);

/// <summary>The times of a batch's rows as a few ranges, so that one late event does not make months look changed.</summary>
internal sealed class TouchedTimes
{
    private const int MaxRanges = 16;
    private const long Hour = 3_600_000_000;
    private readonly Dictionary<long, (long Min, long Max)> _hours = [];

    public List<ChangedRange> Of(ReadOnlySpan<long> timestamps)
    {
        _hours.Clear();
        var hour = long.MinValue;
        long min = 0;
        long max = -1;
        foreach (var timestamp in timestamps)
        {
            // Rows of a batch are mostly of one hour.
            var own = Math.DivRem(timestamp, Hour).Quotient;
            if (own != hour)
            {
                Keep(hour, min, max);
                (hour, min, max) = (own, timestamp, timestamp);
            }
            else
            {
                min = Math.Min(min, timestamp);
                max = Math.Max(max, timestamp);
            }
        }

        Keep(hour, min, max);
        return Ranges();
    }

    private void Keep(long hour, long min, long max)
    {
        if (max >= min)
        {
            _hours[hour] = _hours.TryGetValue(hour, out var known) ? (Math.Min(known.Min, min), Math.Max(known.Max, max)) : (min, max);
        }
    }

    private List<ChangedRange> Ranges()
    {
        (long Min, long Max)[] hours = [.. _hours.Values];
        Array.Sort(hours, static (a, b) => a.Min.CompareTo(b.Min));

        // Apart stay the ranges with the widest gaps between them, those of at least an hour.
        var gaps = new List<long>();
        for (var i = 1; i < hours.Length; i++)
        {
            gaps.Add(hours[i].Min - hours[i - 1].Max);
        }

        gaps.Sort(static (a, b) => b.CompareTo(a));
        var least = Math.Max(Hour, gaps.Count >= MaxRanges ? gaps[MaxRanges - 1] + 1 : 0);
        var ranges = new List<ChangedRange>();
        foreach (var (min, max) in hours)
        {
            if (ranges.Count > 0 && min - ranges[^1].To + 1 < least)
            {
                ranges[^1] = ranges[^1] with { To = Math.Max(ranges[^1].To, max + 1) };
            }
            else
            {
                ranges.Add(new ChangedRange(min, max + 1));
            }
        }

        return ranges;
    }
}
