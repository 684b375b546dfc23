using System.Collections;
using System.Globalization;
using System.Numerics;
using Headroom.Core;

namespace Headroom.Sql;

/// <summary>Different persons by key, to be kept: as keys or as a bit for each key, whichever is less. Immutable.</summary>
internal sealed class PersonKeys
{
    /// <summary>The highest key: eight megabytes of bits for a set.</summary>
    private const long MaxKey = 64L * 1_024 * 1_024;

    public static readonly PersonKeys None = new([], null, 0);

    private readonly uint[] _keys;
    private readonly ulong[]? _bits;

    private PersonKeys(uint[] keys, ulong[]? bits, int count) => (_keys, _bits, Count) = (keys, bits, count);

    public int Count { get; }

    /// <summary>Memory held, roughly.</summary>
    public long Bytes => 48 + (4L * _keys.Length) + (8L * (_bits?.Length ?? 0));

    /// <summary>Null where a key is past the highest.</summary>
    /// <param name="keys">Integers from 1, none twice.</param>
    public static PersonKeys? Of(IList keys)
    {
        var list = new uint[keys.Count];
        for (var i = 0; i < list.Length; i++)
        {
            if (Convert.ToInt64(keys[i], CultureInfo.InvariantCulture) is not (>= 0 and <= MaxKey and var key))
            {
                return null;
            }

            list[i] = (uint)key;
        }

        return Of(list);
    }

    /// <summary>Null where a key is past the highest.</summary>
    public static PersonKeys? Of(PersonSet persons)
    {
        if (persons.Largest > MaxKey)
        {
            return null;
        }

        var (count, words) = (persons.Count, (int)(persons.Largest / 64) + 1);
        if (4L * count > 8L * words)
        {
            return new PersonKeys([], [.. persons.Bits().AsSpan(0, words)], count);
        }

        var keys = new uint[count];
        persons.CopyTo(keys);
        Array.Sort(keys);
        return new PersonKeys(keys, null, count);
    }

    /// <summary>With some of them in place of others: itself where none of those is here, null where a key is past the highest.</summary>
    public PersonKeys? With(IReadOnlyList<MergedPerson> merged)
    {
        HashSet<uint>? keys = null;
        foreach (var (from, to) in merged)
        {
            if (from > MaxKey || !(keys?.Contains((uint)from) ?? Contains((uint)from)))
            {
                continue;
            }

            if (to > MaxKey)
            {
                return null;
            }

            keys ??= [.. All()];
            keys.Remove((uint)from);
            keys.Add((uint)to);
        }

        return keys is null ? this : Of([.. keys]);
    }

    private static PersonKeys Of(uint[] list)
    {
        Array.Sort(list);
        var words = (int)((list.Length == 0 ? 0 : list[^1]) / 64) + 1;
        if (4L * list.Length <= 8L * words)
        {
            return new PersonKeys(list, null, list.Length);
        }

        var bits = new ulong[words];
        foreach (var key in list)
        {
            bits[key / 64] |= 1UL << (int)(key % 64);
        }

        return new PersonKeys([], bits, list.Length);
    }

    private bool Contains(uint key) =>
        _bits is null ? Array.BinarySearch(_keys, key) >= 0 : key / 64 < _bits.Length && (_bits[key / 64] & (1UL << (int)(key % 64))) != 0;

    private IEnumerable<uint> All()
    {
        foreach (var key in _keys)
        {
            yield return key;
        }

        for (var i = 0; i < (_bits?.Length ?? 0); i++)
        {
            for (var rest = _bits![i]; rest != 0; rest &= rest - 1)
            {
                yield return (uint)((64 * i) + BitOperations.TrailingZeroCount(rest));
            }
        }
    }

    /// <summary>Adds each of them to bits that are lengthened where they are too short, and says how many were not there.</summary>
    public int AddTo(ref ulong[] bits)
    {
        var added = 0;
        if (_bits is not null)
        {
            Lengthen(ref bits, _bits.Length);
            for (var i = 0; i < _bits.Length; i++)
            {
                added += BitOperations.PopCount(_bits[i] & ~bits[i]);
                bits[i] |= _bits[i];
            }

            return added;
        }

        foreach (var key in _keys)
        {
            Lengthen(ref bits, (int)(key / 64) + 1);
            var bit = 1UL << (int)(key % 64);
            added += (bits[key / 64] & bit) == 0 ? 1 : 0;
            bits[key / 64] |= bit;
        }

        return added;
    }

    /// <summary>Clears bits to which nothing else was added that is to stay: whole words.</summary>
    public void TakeFrom(ulong[] bits)
    {
        if (_bits is not null)
        {
            Array.Clear(bits, 0, _bits.Length);
            return;
        }

        foreach (var key in _keys)
        {
            bits[key / 64] = 0;
        }
    }

    private static void Lengthen(ref ulong[] bits, int words)
    {
        if (bits.Length < words)
        {
            Array.Resize(ref bits, Math.Max(words, bits.Length + (bits.Length / 8)));
        }
    }
}

/// <summary>Counts different persons of several sets, one union after the other.</summary>
internal sealed class PersonUnion
{
    private readonly List<PersonKeys> _added = [];
    private ulong[] _bits = [];

    public int Count { get; private set; }

    public void Add(PersonKeys keys)
    {
        Count += keys.AddTo(ref _bits);
        _added.Add(keys);
    }

    /// <summary>How many there are in all of them together; what was added before is forgotten.</summary>
    public int Of(IReadOnlyList<PersonKeys> sets)
    {
        if (sets.Count <= 1)
        {
            return sets.Count == 0 ? 0 : sets[0].Count;
        }

        Clear();
        foreach (var set in sets)
        {
            Add(set);
        }

        return Count;
    }

    public void Clear()
    {
        foreach (var keys in _added)
        {
            keys.TakeFrom(_bits);
        }

        _added.Clear();
        Count = 0;
    }
}
