using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// When actors were active, as <see cref="ActivityBits"/> of each value that their events have. Takes the columns of these and
/// 3: a text code, the event's value. Costs 20 bytes for each pair of an actor and a value, and 8 for each 64 bits of it,
/// which is counted as what the query holds.
/// </summary>
/// <param name="bits">Of each pair.</param>
/// <param name="ofActor">Marks that are of the actor, whatever the value: they count for each value of its events, and are none themselves.</param>
internal sealed class ActivityByValue(TimeBuckets intervals, int bits, IReadOnlyList<int> places, bool textActors, ulong ofActor = 0) : IPartedSink, IHoldingSink, IDisposable
{
    /// <summary>Kept for it at first: pairs are fewer than rows.</summary>
    private const long FewBytes = 4L * 1_024 * 1_024;

    /// <summary>Under which marks of the actor itself are kept.</summary>
    private const int AnyValue = -2;

    private readonly long[] _bounds = [.. intervals.Starts, intervals.To];
    private readonly int _stride = (bits + 63) / 64;
    private readonly int[] _places = [.. places];
    private readonly bool _textActors = textActors;
    private readonly ulong _ofActor = ofActor;
    private readonly TextCodes _codes = new();
    private readonly Lock _gate = new();
    private readonly List<Part> _parts = [];
    private Part? _arranged;

    /// <summary>Rows, those of an actor together.</summary>
    private int[] _order = [];
    private long _held;
    private long _heldTexts;
    private HeldMemory? _memory;

    /// <summary>An actor in a line of the answer.</summary>
    public delegate void Visit(int line, long key, ReadOnlySpan<ulong> words);

    public delegate bool Match(ReadOnlySpan<ulong> words);

    TextCodes? IColumnSink.Texts => _codes;

    public ValueLines Whole => ValueLines.Whole(_codes);

    private Part All => _arranged ?? throw new InvalidOperationException("Not arranged yet.");

    public long BytesFor(long rows) => Math.Min(FewBytes, rows * (20 + (sizeof(ulong) * (long)_stride)));

    public void Hold(HeldMemory memory)
    {
        _memory?.Dispose();
        _memory = memory;
    }

    public IColumnSink NewPart()
    {
        _parts.Add(new Part(this));
        return _parts[^1];
    }

    public void Take(ColumnBatch batch) => (_parts.Count == 0 ? NewPart() : _parts[0]).Take(batch);

    /// <summary>Gives back what it held; it is not read afterwards.</summary>
    public void Dispose()
    {
        _parts.Clear();
        _memory?.Dispose();
    }

    /// <summary>Call once, after the last batch and before reading.</summary>
    public void Arrange(CancellationToken cancellationToken)
    {
        var all = _parts.MaxBy(static p => p.Count) ?? new Part(this);
        foreach (var part in _parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (part != all)
            {
                all.UnionWith(part);
                Count(-part.Bytes);
            }
        }

        _parts.Clear();
        Count(all.Count * 2L * sizeof(long));
        var keys = all.Keys[..all.Count];
        _order = new int[all.Count];
        for (var row = 0; row < _order.Length; row++)
        {
            _order[row] = row;
        }

        Array.Sort(keys, _order);
        _arranged = all;
    }

    /// <summary>The values that have the most actors with a bit in [from, to).</summary>
    public ValueLines Lines(int from, int to, int limit, CancellationToken cancellationToken)
    {
        // A value without a number has the place before all others.
        Count(sizeof(int) * (_codes.Count + 1L));
        var sizes = new int[_codes.Count + 1];
        for (var row = 0; row < All.Count; row++)
        {
            Parts.Poll(row, cancellationToken);
            if (All.Values[row] != AnyValue && ActivityBits.Next(Of(row), from, to) >= 0)
            {
                sizes[All.Values[row] + 1]++;
            }
        }

        var lines = ValueLines.Of<int>(sizes, _codes, limit);
        Count(-sizeof(int) * (_codes.Count + 1L));
        return lines;
    }

    /// <summary>The keys of some of the actors in the line of a value, ascending.</summary>
    public IReadOnlyList<long> Keys(ValueLines lines, string? value, Match match, CancellationToken cancellationToken)
    {
        var asked = lines.Find(value);
        var keys = new List<long>();
        Each(
            lines,
            (line, key, words) =>
            {
                if (line == asked && match(words))
                {
                    keys.Add(key);
                }
            },
            cancellationToken);
        keys.Sort();
        return keys;
    }

    /// <summary>Tells of each actor in each line that its values have, once: in the last line with the bits of all values that belong there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Each(ValueLines lines, Visit visit, CancellationToken cancellationToken)
    {
        var own = new ulong[_stride];
        var words = new ulong[_stride];
        var other = new ulong[_stride];
        for (int at = 0, end; at < _order.Length; at = end)
        {
            var key = All.Keys[_order[at]];
            Array.Clear(own);
            for (end = at; end < _order.Length && All.Keys[_order[end]] == key; end++)
            {
                Parts.Poll(end, cancellationToken);
                if (All.Values[_order[end]] == AnyValue)
                {
                    Of(_order[end]).CopyTo(own);
                }
            }

            var isInOther = false;
            own.CopyTo(other, 0);
            foreach (var row in _order.AsSpan(at..end))
            {
                if (All.Values[row] == AnyValue)
                {
                    continue;
                }

                var line = lines.Of(All.Values[row]);
                if (line == lines.Other)
                {
                    isInOther = true;
                    Or(other, Of(row));
                    continue;
                }

                own.CopyTo(words, 0);
                Or(words, Of(row));
                visit(line, key, words);
            }

            if (isInOther)
            {
                visit(lines.Other, key, other);
            }
        }
    }

    private static void Or(Span<ulong> into, ReadOnlySpan<ulong> words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            into[i] |= words[i];
        }
    }

    private ReadOnlySpan<ulong> Of(int row) => All.Words.AsSpan(row * _stride, _stride);

    /// <summary>Says that so many bytes more are held, over all parts.</summary>
    /// <summary>Says that so many bytes more are held, over all parts.</summary>
    private void Count(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) > QueryLimits.ActivityWords * (long)sizeof(ulong))
        {
            throw new QueryRefusedException(QueryBound.Memory, string.Create(CultureInfo.InvariantCulture,
                $"The query needs more than {QueryLimits.ActivityWords / 131_072} MiB to keep when each person was active under each value. Break down by a property with fewer values, ask for fewer intervals or series, a shorter range, or add a filter."));
        }

        _memory?.Count(bytes);
    }

    private void HoldTexts()
    {
        if (_codes.Bytes > Volatile.Read(ref _heldTexts))
        {
            lock (_gate)
            {
                var bytes = _codes.Bytes;
                Count(bytes - _heldTexts);
                Volatile.Write(ref _heldTexts, bytes);
            }
        }
    }

    /// <summary>What one thread takes.</summary>
    private sealed class Part : IColumnSink
    {
        private const int FewRows = 1_024;
        private readonly ActivityByValue _owner;
        private readonly BucketFinder _finder;
        private readonly TextKeys? _actorKeys;
        private int[] _intervals = [];
        private int[] _codes = [];

        /// <summary>Rows from 1 by the hash of actor and value, 0 where nothing is; at most half full.</summary>
        private int[] _slots = new int[2 * FewRows];

        public Part(ActivityByValue owner)
        {
            (_owner, _finder) = (owner, new BucketFinder(owner._bounds));
            _actorKeys = owner._textActors ? new TextKeys(owner._codes) : null;
            owner.Count(BytesOf(FewRows));
            Words = new ulong[FewRows * owner._stride];
        }

        public int Count { get; private set; }

        public long[] Keys { get; private set; } = new long[FewRows];

        public int[] Values { get; private set; } = new int[FewRows];

        public ulong[] Words { get; private set; }

        /// <summary>Memory that is counted for it.</summary>
        public long Bytes => BytesOf(Keys.Length);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Take(ColumnBatch batch)
        {
            if (_intervals.Length < batch.Count)
            {
                (_intervals, _codes) = (new int[batch.Count], new int[batch.Count]);
            }

            var keys = _actorKeys is null ? batch.Longs(0) : _actorKeys.Of(batch, 0);
            var times = batch.Longs(1);
            var values = batch.Longs(2);
            batch.Number(3, _owner._codes, _codes);
            _owner.HoldTexts();
            _finder.Find(times, _intervals);
            for (var i = 0; i < keys.Length; i++)
            {
                var marks = (ulong)values[i];
                if (marks == 0 || keys[i] == 0)
                {
                    continue;
                }

                var first = Row(keys[i], (marks & _owner._ofActor) != 0 ? AnyValue : _codes[i]) * _owner._stride;
                for (; marks != 0; marks &= marks - 1)
                {
                    var bit = _owner._places[BitOperations.TrailingZeroCount(marks)] + _intervals[i];
                    Words[first + (bit >> 6)] |= 1UL << (bit & 63);
                }
            }
        }

        public void UnionWith(Part other)
        {
            var stride = _owner._stride;
            for (var row = 0; row < other.Count; row++)
            {
                var to = Row(other.Keys[row], other.Values[row]) * stride;
                Or(Words.AsSpan(to, stride), other.Words.AsSpan(row * stride, stride));
            }
        }

        private static uint Hash(long key, int value) => (uint)((((ulong)key * 0x9E37_79B9_7F4A_7C15) ^ ((ulong)(uint)value * 0xD6E8_FEB8_6659_FD93)) >> 32);

        /// <summary>That rows take, with their slots.</summary>
        private long BytesOf(long rows) => rows * (sizeof(long) + sizeof(int) + (2 * sizeof(int)) + ((long)sizeof(ulong) * _owner._stride));

        private int Row(long key, int value)
        {
            var mask = (uint)_slots.Length - 1;
            for (var slot = Hash(key, value) & mask; ; slot = (slot + 1) & mask)
            {
                var row = _slots[slot] - 1;
                if (row < 0)
                {
                    if (Count == Keys.Length)
                    {
                        Grow();
                        return Row(key, value);
                    }

                    (Keys[Count], Values[Count]) = (key, value);
                    _slots[slot] = ++Count;
                    return Count - 1;
                }

                if (Keys[row] == key && Values[row] == value)
                {
                    return row;
                }
            }
        }

        private void Grow()
        {
            _owner.Count(BytesOf(Count));
            var (keys, values, words) = (Keys, Values, Words);
            Array.Resize(ref keys, 2 * Count);
            Array.Resize(ref values, 2 * Count);
            Array.Resize(ref words, 2 * Count * _owner._stride);
            (Keys, Values, Words) = (keys, values, words);
            _slots = new int[4 * Count];
            var mask = (uint)_slots.Length - 1;
            for (var row = 0; row < Count; row++)
            {
                var slot = Hash(keys[row], values[row]) & mask;
                while (_slots[slot] != 0)
                {
                    slot = (slot + 1) & mask;
                }

                _slots[slot] = row + 1;
            }
        }
    }
}
