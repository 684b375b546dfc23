using System.Globalization;
using System.Numerics;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// When actors were active, as bits: a few words for each actor, however many events there are. What a bit means is
/// the insight's; mark i of a row in interval n sets bit <c>places[i] + n</c>. Takes columns 0: actor BIGINT (NULL rows are
/// nobody's and dropped) and 1: BIGINT, the interval plus <see cref="Mark"/> of each mark. Actors that are VARCHAR get keys
/// from 1. Costs 8 bytes for each 64 bits, and 12 for each actor.
/// </summary>
/// <param name="bits">Of each actor.</param>
internal sealed class ActivityBits(int bits, IReadOnlyList<int> places, bool textActors) : IColumnSink
{
    /// <summary>Intervals are less than <see cref="QueryLimits.ActivityIntervals"/>.</summary>
    public const int IntervalBits = 9;

    /// <summary>Keys are dense, so most are found in a table; past this, which is 64 MiB of it, by hashing.</summary>
    private const int TableKeys = 1 << 24;

    private readonly int _stride = (bits + 63) / 64;
    private readonly int[] _places = [.. places];
    private readonly Dictionary<long, int> _hashed = [];
    private readonly TextKeys _actorKeys = new();

    /// <summary>An actor's row, from 1; 0 for none yet.</summary>
    private int[] _rows = new int[65_536];
    private long[] _keys = new long[1_024];
    private ulong[] _words = new ulong[1_024 * ((bits + 63) / 64)];

    /// <summary>Actors with a mark.</summary>
    public int Count { get; private set; }

    /// <summary>What to add to an interval for a mark.</summary>
    public static long Mark(int index) => 1L << (IntervalBits + index);

    /// <summary>The actor's key.</summary>
    public long Key(int row) => _keys[row];

    /// <summary>The keys of some of the rows, ascending.</summary>
    public IReadOnlyList<long> Keys(Func<int, bool> ofRow)
    {
        var keys = new List<long>();
        for (var row = 0; row < Count; row++)
        {
            if (ofRow(row))
            {
                keys.Add(_keys[row]);
            }
        }

        keys.Sort();
        return keys;
    }

    public ReadOnlySpan<ulong> Of(int row) => _words.AsSpan(row * _stride, _stride);

    /// <summary>The first set bit in [from, to); −1 for none.</summary>
    public static int Next(ReadOnlySpan<ulong> words, int from, int to)
    {
        while (from < to)
        {
            var rest = words[from >> 6] >> (from & 63);
            if (rest != 0)
            {
                from += BitOperations.TrailingZeroCount(rest);
                return from < to ? from : -1;
            }

            from = (from | 63) + 1;
        }

        return -1;
    }

    public static bool IsSet(ReadOnlySpan<ulong> words, int bit) => (words[bit >> 6] & (1UL << (bit & 63))) != 0;

    /// <summary>Bits set in [from, to).</summary>
    public static int CountSet(ReadOnlySpan<ulong> words, int from, int to)
    {
        var count = 0;
        while (from < to)
        {
            var word = words[from >> 6] >> (from & 63);
            var width = Math.Min(64 - (from & 63), to - from);
            count += BitOperations.PopCount(width == 64 ? word : word & ((1UL << width) - 1));
            from += width;
        }

        return count;
    }

    public void Take(ColumnBatch batch)
    {
        var keys = textActors ? _actorKeys.Of(batch, 0) : batch.Longs(0);
        var values = batch.Longs(1);
        for (var i = 0; i < keys.Length; i++)
        {
            var marks = (ulong)values[i] >> IntervalBits;
            if (marks == 0 || batch.IsNull(0, i))
            {
                continue;
            }

            var first = Row(keys[i]) * _stride;
            var interval = (int)(values[i] & ((1 << IntervalBits) - 1));
            for (; marks != 0; marks &= marks - 1)
            {
                var bit = _places[BitOperations.TrailingZeroCount(marks)] + interval;
                _words[first + (bit >> 6)] |= 1UL << (bit & 63);
            }
        }
    }

    private int Row(long key)
    {
        if ((ulong)key < (ulong)_rows.Length)
        {
            var row = _rows[key];
            return row == 0 ? (_rows[key] = Add(key)) - 1 : row - 1;
        }

        if (key < TableKeys)
        {
            Array.Resize(ref _rows, (int)Math.Min(TableKeys, Math.Max(key + 1, 2L * _rows.Length)));
            return (_rows[key] = Add(key)) - 1;
        }

        if (!_hashed.TryGetValue(key, out var hashed))
        {
            _hashed.Add(key, hashed = Add(key));
        }

        return hashed - 1;
    }

    /// <summary>The new row, from 1.</summary>
    private int Add(long key)
    {
        if (Count == _keys.Length)
        {
            if (2L * _words.Length > QueryLimits.ActivityWords)
            {
                throw new QueryRefusedException(QueryBound.Memory, string.Create(CultureInfo.InvariantCulture,
                    $"The query needs more than {QueryLimits.ActivityWords / 131_072} MiB to keep when each person was active. Ask for fewer intervals or series, a shorter range, or add a filter."));
            }

            Array.Resize(ref _keys, 2 * _keys.Length);
            Array.Resize(ref _words, 2 * _words.Length);
        }

        _keys[Count] = key;
        return ++Count;
    }
}
