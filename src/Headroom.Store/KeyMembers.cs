// Who is in a set that a statement asks about, as a bit for each key: keys are dense, and a bit is looked at faster than a hash
// table. How often a key comes is counted in a byte for each, which costs a tenth of what grouping does; where keys are too
// many for that, the engine groups, within its own bound of memory.

using System.Runtime.CompilerServices;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>Keys from 1. Immutable.</summary>
internal sealed class KeyMembers(ulong[] bits, IReadOnlySet<long> others)
{
    public static readonly KeyMembers None = new([], new HashSet<long>());

    /// <summary>The sets of a query, each by the rows of its statement.</summary>
    /// <param name="run">Runs the statement of the set of a number, with a text before it and another behind it, and gives the rows to a sink.</param>
    public static KeyMembers[] Of(StoreQuery query, Action<int, string, string, IColumnSink> run)
    {
        var members = new KeyMembers[query.Sets.Count];
        for (var i = 0; i < members.Length; i++)
        {
            var keys = new KeyCounts(query.Sets[i].Times);
            if (!keys.IsOver)
            {
                run(i, "", "", keys);
            }

            if (keys.IsOver)
            {
                keys = new KeyCounts(1);
                run(i, "SELECT k FROM (", FormattableString.Invariant($") AS s(k) GROUP BY k HAVING count(*) >= {query.Sets[i].Times}"), keys);
            }

            members[i] = keys.Members();
        }

        return members;
    }

    /// <summary>Writes 1 for each that is in it and 0 for the others. What stands in a NULL's place may be any number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Find(ReadOnlySpan<long> keys, Span<byte> found)
    {
        var words = bits;
        for (var i = 0; i < keys.Length; i++)
        {
            var word = (ulong)keys[i] >> 6;
            found[i] = word < (ulong)words.Length ? (byte)((words[word] >> (int)keys[i]) & 1) : (byte)0;
        }

        for (var i = 0; others.Count > 0 && i < keys.Length; i++)
        {
            found[i] |= others.Contains(keys[i]) ? (byte)1 : (byte)0;
        }
    }
}

/// <summary>Counts how often each key comes, in a column without NULL.</summary>
/// <param name="times">Of a key that is in the set.</param>
internal sealed class KeyCounts(int times) : IPartedSink
{
    /// <summary>Keys from here on have no bit: 16 MiB of them would be more than the keys themselves take where these are few.</summary>
    private const ulong MostBits = 128L * 1_024 * 1_024;

    /// <summary>As many bytes for each thread.</summary>
    private const ulong MostCounts = 16L * 1_024 * 1_024;

    private readonly List<Part> _parts = [];

    /// <summary>Whether it was too much to count here; then it is nothing.</summary>
    public bool IsOver => times > byte.MaxValue || _parts.Exists(static p => p.IsOver);

    public IColumnSink NewPart()
    {
        _parts.Add(new Part(times));
        return _parts[^1];
    }

    public void Take(ColumnBatch batch) => (_parts.Count == 0 ? NewPart() : _parts[0]).Take(batch);

    /// <summary>Those who came often enough.</summary>
    public KeyMembers Members()
    {
        if (_parts.Count == 0)
        {
            return KeyMembers.None;
        }

        var all = _parts[0];
        foreach (var part in _parts.Skip(1))
        {
            all.Add(part);
        }

        return all.Members();
    }

    private sealed class Part(int times) : IColumnSink
    {
        private readonly HashSet<long> _others = [];
        private ulong[] _bits = [];
        private byte[] _counts = [];

        public bool IsOver { get; private set; }

        public void Take(ColumnBatch batch)
        {
            // Below nothing is past all: there is no such person.
            var keys = batch.Longs(0);
            var most = 0UL;
            foreach (var key in keys)
            {
                most = Math.Max(most, (ulong)key);
            }

            if (times > 1)
            {
                Count(keys, most);
            }
            else
            {
                Mark(keys, most);
            }
        }

        public void Add(Part other)
        {
            if (times > 1)
            {
                if (_counts.Length < other._counts.Length)
                {
                    (_counts, other._counts) = (other._counts, _counts);
                }

                for (var i = 0; i < other._counts.Length; i++)
                {
                    _counts[i] = (byte)Math.Min(times, _counts[i] + other._counts[i]);
                }

                return;
            }

            if (_bits.Length < other._bits.Length)
            {
                (_bits, other._bits) = (other._bits, _bits);
            }

            for (var i = 0; i < other._bits.Length; i++)
            {
                _bits[i] |= other._bits[i];
            }

            _others.UnionWith(other._others);
        }

        public KeyMembers Members()
        {
            if (times > 1)
            {
                _bits = new ulong[(_counts.Length + 63) / 64];
                for (var i = 0; i < _counts.Length; i++)
                {
                    _bits[i >> 6] |= _counts[i] >= times ? 1UL << i : 0;
                }
            }

            if (_bits.Length > 0)
            {
                _bits[0] &= ~1UL;
            }

            return new KeyMembers(_bits, _others);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Count(ReadOnlySpan<long> keys, ulong most)
        {
            IsOver |= most >= MostCounts;
            if (IsOver)
            {
                return;
            }

            if (most >= (ulong)_counts.Length)
            {
                Array.Resize(ref _counts, (int)(most + (most / 8) + 1));
            }

            var (counts, enough) = (_counts, times);
            foreach (var key in keys)
            {
                var count = counts[key];
                counts[key] = (byte)(count + (count < enough ? 1 : 0));
            }
        }

        private void Mark(ReadOnlySpan<long> keys, ulong most)
        {
            most = Math.Min(most, MostBits - 1) >> 6;
            if (most >= (ulong)_bits.Length)
            {
                Array.Resize(ref _bits, (int)(most + (most / 8) + 1));
            }

            foreach (var key in keys)
            {
                if ((ulong)key < MostBits)
                {
                    _bits[key >> 6] |= 1UL << (int)key;
                }
                else
                {
                    _others.Add(key);
                }
            }
        }
    }
}
