// Text form: the offsets of the partitions in their order, with commas between them: "5120", or "17,0,342".

using System.Globalization;

namespace Headroom.Core;

/// <summary>
/// A place in the event log: for each partition the offset to read next, so that everything before it has been read. A log
/// of one partition has one offset, which is held without an allocation. Offset 0 is the oldest record still kept.
/// A partition that a position does not name is at 0: logs may gain partitions, and lose none. Immutable.
/// </summary>
public readonly struct LogPosition : IEquatable<LogPosition>
{
    /// <summary>More than one partition; null for one.</summary>
    private readonly long[]? _all;
    private readonly long _only;

    private LogPosition(long only) => _only = only;

    private LogPosition(long[] all) => _all = all;

    /// <summary>How many partitions it names, at least one.</summary>
    public int Partitions => _all?.Length ?? 1;

    /// <summary>All offsets together: grows with everything read, and is the offset itself for one partition.</summary>
    public long Sum
    {
        get
        {
            if (_all is null)
            {
                return _only;
            }

            long sum = 0;
            foreach (var next in _all)
            {
                sum += next;
            }

            return sum;
        }
    }

    /// <summary>The offset to read next of a partition.</summary>
    public long this[int partition] => _all is null ? (partition == 0 ? _only : 0) : partition < _all.Length ? _all[partition] : 0;

    public static implicit operator LogPosition(long next) => FromInt64(next);

    public static bool operator ==(LogPosition left, LogPosition right) => left.Equals(right);

    public static bool operator !=(LogPosition left, LogPosition right) => !left.Equals(right);

    /// <summary>The place in a log of one partition.</summary>
    public static LogPosition FromInt64(long next)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(next);
        return new LogPosition(next);
    }

    /// <summary>A place of partitions 0, 1, and so on.</summary>
    public static LogPosition From(params ReadOnlySpan<long> next)
    {
        foreach (var offset in next)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(offset);
        }

        return next.Length switch
        {
            0 => default,
            1 => new LogPosition(next[0]),
            _ => new LogPosition(next.ToArray()),
        };
    }

    public static bool TryParse(string text, out LogPosition position)
    {
        var parts = text.Split(',');
        var offsets = new long[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!long.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out offsets[i]))
            {
                position = default;
                return false;
            }
        }

        position = From(offsets);
        return true;
    }

    /// <summary>Whether everything before <paramref name="other"/> is before this too.</summary>
    public bool Reaches(LogPosition other)
    {
        if (_all is null && other._all is null)
        {
            return _only >= other._only;
        }

        for (var p = Math.Max(Partitions, other.Partitions) - 1; p >= 0; p--)
        {
            if (this[p] < other[p])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>This place with another offset to read next of one partition.</summary>
    public LogPosition With(int partition, long next)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(next);
        if (_all is null && partition == 0)
        {
            return new LogPosition(next);
        }

        var all = new long[Math.Max(Partitions, partition + 1)];
        for (var p = 0; p < Partitions; p++)
        {
            all[p] = this[p];
        }

        all[partition] = next;
        return new LogPosition(all);
    }

    public bool Equals(LogPosition other) => Reaches(other) && other.Reaches(this);

    public override bool Equals(object? obj) => obj is LogPosition other && Equals(other);

    public override int GetHashCode() => Sum.GetHashCode();

    public override string ToString() =>
        _all is null ? _only.ToString(CultureInfo.InvariantCulture) : string.Join(',', _all.Select(static next => next.ToString(CultureInfo.InvariantCulture)));
}
