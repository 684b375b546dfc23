using Headroom.Core;

namespace Headroom.Store;

/// <summary>Which rows of a project's segments go.</summary>
internal sealed class Unwanted
{
    /// <summary>Those dated before this, unix microseconds.</summary>
    public long Before { get; init; } = long.MinValue;

    /// <summary>Those of these person keys.</summary>
    public IReadOnlySet<long> Keys { get; init; } = new HashSet<long>();

    /// <summary>Those that are nobody's (person key 0) and have one of these distinct ids, in UTF-8: events of groups name who sent them.</summary>
    public HashSet<byte[]> DistinctIds { get; init; } = new(SegmentMerger.BytesComparer.Instance);

    public static Unwanted Of(Removal removal) => new()
    {
        Keys = removal.Person.Keys.ToHashSet(),
        DistinctIds = removal.Ids.Select(System.Text.Encoding.UTF8.GetBytes).ToHashSet(SegmentMerger.BytesComparer.Instance),
    };

    /// <summary>Marks rows by their time; returns how many.</summary>
    public long Mark(ReadOnlySpan<long> times, Span<bool> flags)
    {
        long marked = 0;
        for (var i = 0; i < times.Length; i++)
        {
            if (times[i] < Before)
            {
                flags[i] = true;
                marked++;
            }
        }

        return marked;
    }

    /// <summary>Marks rows by their person; returns how many.</summary>
    public long MarkPersons(ReadOnlySpan<long> keys, Span<bool> flags)
    {
        long marked = 0;
        for (var i = 0; i < keys.Length; i++)
        {
            if (!flags[i] && Keys.Contains(keys[i]))
            {
                flags[i] = true;
                marked++;
            }
        }

        return marked;
    }
}

/// <summary>Rows of one segment that go.</summary>
/// <param name="Flags">One for each row, in file order.</param>
/// <param name="Times">When they are dated.</param>
/// <param name="Left">What stays; no rows where all go.</param>
internal sealed record RowsToRemove(bool[] Flags, long Count, ChangedRange Times, SegmentExtent Left);
