using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// When actors were active, as bits: a few words for each actor, however many events there are. What a bit means is
/// the insight's; mark i of a row in interval n sets bit <c>places[i] + n</c>. Takes columns 0: actor BIGINT (rows of 0 are
/// nobody's and dropped), 1: unix microseconds, before the end of the last interval and in the first one where they are before
/// it, and 2: BIGINT, the sum of 1 &lt;&lt; i of each mark. Actors that are texts get keys from 1, NULL is nobody. Costs 8 bytes for each 64 bits,
/// and 12 for each actor; up to 64 bits at most <see cref="MostSets"/> bits for each key, too, while rows are taken. All of it is counted as what the query holds.
/// </summary>
/// <param name="bits">Of each actor.</param>
internal sealed class ActivityBits(TimeBuckets intervals, int bits, IReadOnlyList<int> places, bool textActors) : IPartedSink, IHoldingSink, IDisposable
{
    /// <summary>Keys are dense, so most are found in a table; past this, which is 64 MiB of it, by hashing.</summary>
    private const int TableKeys = 1 << 24;

    /// <summary>Of a part; what comes when there are so many goes to rows.</summary>
    private const int MostSets = 128;

    /// <summary>What the sets of a part take even where actors are few.</summary>
    private const long PlentyBytes = 32L * 1_024 * 1_024;

    /// <summary>Kept for it at first: persons are fewer than rows.</summary>
    private const long FewBytes = 4L * 1_024 * 1_024;

    private readonly long[] _bounds = [.. intervals.Starts, intervals.To];
    private readonly int _stride = (bits + 63) / 64;
    private readonly int[] _places = [.. places];
    private readonly TextCodes? _codes = textActors ? new TextCodes() : null;
    private readonly List<Part> _parts = [];
    private Part? _arranged;
    private HeldMemory? _memory;
    private long _held;

    TextCodes? IColumnSink.Texts => _codes;

    private Part All => _arranged ?? throw new InvalidOperationException("Not arranged yet.");

    /// <summary>Actors with a mark.</summary>
    public int Count => All.Count;

    /// <summary>The actor's key.</summary>
    public long Key(int row) => All.Keys[row];

    /// <summary>The keys of some of the rows, ascending.</summary>
    public IReadOnlyList<long> Keys(Func<int, bool> ofRow)
    {
        var keys = new List<long>();
        for (var row = 0; row < Count; row++)
        {
            if (ofRow(row))
            {
                keys.Add(Key(row));
            }
        }

        keys.Sort();
        return keys;
    }

    /// <summary>Actors with the same bits, as the row of one of them and how many they are; null where an actor has more than 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public IReadOnlyList<(int Row, long Actors)>? Alike()
    {
        if (_stride > 1)
        {
            return null;
        }

        var alike = new Dictionary<ulong, (int Row, long Actors)>();
        for (var row = 0; row < Count; row++)
        {
            ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(alike, All.Words[row], out _);
            known = (row, known.Actors + 1);
        }

        return [.. alike.Values];
    }

    public ReadOnlySpan<ulong> Of(int row) => All.Words.AsSpan(row * _stride, _stride);

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

    public long BytesFor(long rows) => Math.Min(FewBytes, rows * (12 + (sizeof(ulong) * (long)_stride)));

    public void Hold(HeldMemory memory)
    {
        _memory?.Dispose();
        _memory = memory;
    }

    public IColumnSink NewPart()
    {
        Grow(0, Part.FirstBytes(_stride));
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
    public void Arrange()
    {
        Grow(0, _codes?.Bytes ?? 0);
        var all = _parts.MaxBy(static p => p.Count) ?? new Part(this);
        foreach (var part in _parts)
        {
            if (part != all)
            {
                all.UnionWith(part);
            }
        }

        all.Pour();
        _parts.Clear();
        _arranged = all;
    }

    /// <summary>Says that so many words more are held, over all parts, and bytes besides.</summary>
    private void Grow(long words, long besides)
    {
        if (Interlocked.Add(ref _held, words) > QueryLimits.ActivityWords)
        {
            throw new QueryRefusedException(QueryBound.Memory, string.Create(CultureInfo.InvariantCulture,
                $"The query needs more than {QueryLimits.ActivityWords / 131_072} MiB to keep when each person was active. Ask for fewer intervals or series, a shorter range, or add a filter."));
        }

        _memory?.Count((words * sizeof(ulong)) + besides);
    }

    /// <summary>What one thread takes.</summary>
    private sealed class Part(ActivityBits owner) : IColumnSink
    {
        private const int FirstRows = 65_536;
        private const int FirstActors = 1_024;
        private const int HashedAtOnce = 1_024;

        private readonly int _stride = owner._stride;
        private readonly int[] _places = owner._places;
        private readonly BucketFinder _finder = new(owner._bounds);
        private readonly TextKeys? _actorKeys = owner._codes is { } codes ? new TextKeys(codes) : null;
        private readonly Dictionary<long, int> _hashed = [];

        /// <summary>Actors by the bits that rows gave them, where an actor's bits are one word.</summary>
        private readonly Dictionary<ulong, PersonSet> _sets = [];
        private (ulong Marks, int Interval, PersonSet? Set) _last;
        private int[] _intervals = [];

        /// <summary>An actor's row, from 1; 0 for none yet.</summary>
        private int[] _rows = new int[FirstRows];

        /// <summary>Whether the table grows no more: those past it are hashed.</summary>
        private bool _isWhole;

        public int Count { get; private set; }

        public long[] Keys { get; private set; } = new long[FirstActors];

        public ulong[] Words { get; private set; } = new ulong[FirstActors * owner._stride];

        /// <summary>What it takes before anybody was met.</summary>
        public static long FirstBytes(int stride) => (sizeof(int) * FirstRows) + ((1L + stride) * sizeof(long) * FirstActors);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Take(ColumnBatch batch)
        {
            if (_intervals.Length < batch.Count)
            {
                _intervals = new int[batch.Count];
            }

            var keys = _actorKeys is null ? batch.Longs(0) : _actorKeys.Of(batch, 0);
            var times = batch.Longs(1);
            var values = batch.Longs(2);
            if (_stride == 1 && _sets.Count < MostSets && !keys.ContainsAnyExceptInRange(0, TableKeys - 1))
            {
                TakeRuns(keys, times, values);
                return;
            }

            _finder.Find(times, _intervals);
            for (var i = 0; i < keys.Length; i++)
            {
                var marks = (ulong)values[i];
                if (marks == 0 || keys[i] == 0)
                {
                    continue;
                }

                var first = Row(keys[i]) * _stride;
                for (; marks != 0; marks &= marks - 1)
                {
                    var bit = _places[BitOperations.TrailingZeroCount(marks)] + _intervals[i];
                    Words[first + (bit >> 6)] |= 1UL << (bit & 63);
                }
            }
        }

        /// <summary>
        /// By runs of rows with the same marks in the same interval, into a set for each kind of run: a bit of each person is little
        /// enough to stay in a processor's cache, where a word of each is not.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void TakeRuns(ReadOnlySpan<long> keys, ReadOnlySpan<long> times, ReadOnlySpan<long> values)
        {
            _finder.Find(times, _intervals);
            var intervals = _intervals.AsSpan(0, keys.Length);
            while (!keys.IsEmpty)
            {
                var (interval, value, run) = (intervals[0], values[0], 1);
                while (run < keys.Length && intervals[run] == interval && values[run] == value)
                {
                    run++;
                }

                if (value != 0)
                {
                    var set = SetOf((ulong)value, interval);
                    var held = set.Bytes;
                    set.AddAll(keys[..run]);
                    if (set.Bytes != held)
                    {
                        owner.Grow((set.Bytes - held) / sizeof(ulong), 0);
                    }
                }

                keys = keys[run..];
                intervals = intervals[run..];
                values = values[run..];
            }
        }

        public void UnionWith(Part other)
        {
            foreach (var (bits, more) in other._sets)
            {
                if (!_sets.TryAdd(bits, more))
                {
                    var set = _sets[bits];
                    var held = set.Bytes;
                    set.UnionWith(more);
                    owner.Grow(0, set.Bytes - held);
                }
            }

            for (var row = 0; row < other.Count; row++)
            {
                var to = Row(other.Keys[row]) * _stride;
                for (var word = 0; word < _stride; word++)
                {
                    Words[to + word] |= other.Words[(row * _stride) + word];
                }
            }
        }

        /// <summary>Makes rows of the sets: 64 actors at a time, in the order of their keys.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Pour()
        {
            var all = new PersonSet();
            foreach (var set in _sets.Values)
            {
                all.UnionWith(set);
            }

            var anyone = all.Bits();
            owner.Grow(0, all.Bytes);
            var (bits, sets) = (_sets.Keys.ToArray(), Array.ConvertAll(_sets.Values.ToArray(), BitsOf));
            _sets.Clear();

            // Without rows from elsewhere nobody has one yet, and nobody is looked for.
            var isFirst = Count == 0;
            if (isFirst && all.Count is var actors && actors > Keys.Length)
            {
                owner.Grow(actors - Keys.Length, sizeof(long) * (long)(actors - Keys.Length));
                (Keys, Words) = (new long[actors], new ulong[actors]);
            }

            Span<ulong> words = stackalloc ulong[64];
            words.Clear();
            for (var block = 0; block < anyone.Length; block++)
            {
                if (anyone[block] == 0)
                {
                    continue;
                }

                for (var i = 0; i < sets.Length; i++)
                {
                    for (var rest = block < sets[i].Length ? sets[i][block] : 0; rest != 0; rest &= rest - 1)
                    {
                        words[BitOperations.TrailingZeroCount(rest)] |= bits[i];
                    }
                }

                for (var rest = anyone[block]; rest != 0; rest &= rest - 1)
                {
                    var actor = BitOperations.TrailingZeroCount(rest);
                    var key = (64L * block) + actor;
                    Words[isFirst ? Add(key) - 1 : Row(key)] |= words[actor];
                    words[actor] = 0;
                }
            }
        }

        private ulong[] BitsOf(PersonSet set)
        {
            var held = set.Bytes;
            var bits = set.Bits();
            owner.Grow(0, set.Bytes - held);
            return bits;
        }

        /// <summary>Of the actors with these marks in this interval.</summary>
        private PersonSet SetOf(ulong marks, int interval)
        {
            if (_last.Marks != marks || _last.Interval != interval || _last.Set is null)
            {
                var bits = 0UL;
                for (var rest = marks; rest != 0; rest &= rest - 1)
                {
                    bits |= 1UL << (_places[BitOperations.TrailingZeroCount(rest)] + interval);
                }

                if (!_sets.TryGetValue(bits, out var set))
                {
                    _sets.Add(bits, set = new PersonSet(PlentyBytes / MostSets));
                }

                _last = (marks, interval, set);
            }

            return _last.Set;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private int Row(long key)
        {
            if ((ulong)key < (ulong)_rows.Length)
            {
                var row = _rows[key];
                return row == 0 ? (_rows[key] = Add(key)) - 1 : row - 1;
            }

            return FarRow(key);
        }

        private int FarRow(long key)
        {
            if (!_isWhole && (ulong)key < TableKeys && TryLengthen(key))
            {
                return (_rows[key] = Add(key)) - 1;
            }

            if (!_hashed.TryGetValue(key, out var hashed))
            {
                if (_hashed.Count % HashedAtOnce == 0)
                {
                    owner.Grow(0, HashedAtOnce * 32);
                }

                _hashed.Add(key, hashed = Add(key));
            }

            return hashed - 1;
        }

        /// <summary>The table up to a key; false where the query may not hold it, and then for good.</summary>
        private bool TryLengthen(long key)
        {
            var rows = (int)Math.Min(TableKeys, Math.Max(key + 1, 2L * _rows.Length));
            try
            {
                owner.Grow(0, sizeof(int) * (long)(rows - _rows.Length));
            }
            catch (QueryRefusedException)
            {
                _isWhole = true;
                return false;
            }

            Array.Resize(ref _rows, rows);
            return true;
        }

        /// <summary>The new row, from 1.</summary>
        private int Add(long key)
        {
            if (Count == Keys.Length)
            {
                var (keys, words) = (Keys, Words);
                owner.Grow(words.Length, sizeof(long) * (long)keys.Length);
                Array.Resize(ref keys, 2 * keys.Length);
                Array.Resize(ref words, 2 * words.Length);
                (Keys, Words) = (keys, words);
            }

            Keys[Count] = key;
            return ++Count;
        }
    }
}
