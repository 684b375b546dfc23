using System.Numerics;
using System.Runtime.CompilerServices;

namespace Headroom.Sql;

/// <summary>
/// Different persons by key, from 1 to <see cref="MaxKey"/>. While they are few a hash set, then a bit for each key: keys are dense.
/// </summary>
/// <param name="plenty">Bytes that bits may take although persons are few, where many are added at once: hashing takes longer.</param>
internal sealed class PersonSet(long plenty = 0)
{
    public const ulong MaxKey = int.MaxValue;

    /// <summary>Rows of a run that is probably not the only one.</summary>
    private const int Many = 256;

    // Of the hash set 0 is an empty slot, and at most half of the slots are full.
    private uint[] _slots = new uint[16];
    private ulong[]? _bits;
    private uint _largest;
    private int _few;

    /// <summary>Counted anew where there is a bit for each key.</summary>
    public int Count
    {
        get
        {
            if (_bits is null)
            {
                return _few;
            }

            var count = 0;
            foreach (var word in _bits)
            {
                count += BitOperations.PopCount(word);
            }

            return count;
        }
    }

    /// <summary>The largest key; 0 where there is none.</summary>
    public uint Largest
    {
        get
        {
            if (_bits is null)
            {
                return _largest;
            }

            var last = Array.FindLastIndex(_bits, static word => word != 0);
            return last < 0 ? 0 : (uint)((64L * last) + 63 - BitOperations.LeadingZeroCount(_bits[last]));
        }
    }

    /// <summary>Memory held, roughly.</summary>
    public long Bytes => 64 + (4L * _slots.Length) + (8L * (_bits?.Length ?? 0));

    public void Add(uint key)
    {
        if (_bits is not null)
        {
            AddBit(key);
            return;
        }

        var mask = (uint)_slots.Length - 1;
        var i = Home(key) & mask;
        while (_slots[i] != key)
        {
            if (_slots[i] == 0)
            {
                _slots[i] = key;
                _largest = Math.Max(_largest, key);
                if (2 * ++_few >= _slots.Length)
                {
                    Grow();
                }

                return;
            }

            i = (i + 1) & mask;
        }
    }

    /// <summary>Adds each of them, 0 being nobody. False where a key is past <see cref="MaxKey"/>; some of them may have been added then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool AddAll(ReadOnlySpan<long> keys)
    {
        if (_bits is null && keys.Length >= Many && Words(keys) is var words and > 0 && (long)words * sizeof(ulong) <= plenty)
        {
            ToBits(words);
        }

        var few = 0;
        for (; _bits is null && few < keys.Length; few++)
        {
            if ((ulong)keys[few] > MaxKey)
            {
                return false;
            }

            if (keys[few] != 0)
            {
                Add((uint)keys[few]);
            }
        }

        if (_bits is null)
        {
            return true;
        }

        // Whether a key was there already is a guess that the processor loses half of the time, so nothing is counted here.
        keys = keys[few..];
        if (keys.ContainsAnyExceptInRange(0, (64L * _bits.Length) - 1) && !MakeRoom(keys))
        {
            return false;
        }

        var bits = _bits;
        foreach (var key in keys)
        {
            bits[(int)(key >> 6)] |= 1UL << (int)key;
        }

        bits[0] &= ~1UL;
        return true;
    }

    /// <summary>Each of them, in no order.</summary>
    /// <param name="keys">As many as there are.</param>
    public void CopyTo(Span<uint> keys)
    {
        var next = 0;
        foreach (var key in _slots)
        {
            if (key != 0)
            {
                keys[next++] = key;
            }
        }

        for (var i = 0; i < (_bits?.Length ?? 0); i++)
        {
            for (var rest = _bits![i]; rest != 0; rest &= rest - 1)
            {
                keys[next++] = (uint)((64 * i) + BitOperations.TrailingZeroCount(rest));
            }
        }
    }

    /// <summary>A bit for each key from now on; those past its end are not set.</summary>
    public ulong[] Bits()
    {
        ToBits(0);
        return _bits!;
    }

    public void UnionWith(PersonSet other)
    {
        if (other._bits is null)
        {
            foreach (var key in other._slots)
            {
                if (key != 0)
                {
                    Add(key);
                }
            }

            return;
        }

        ToBits(other._bits.Length);
        for (var i = 0; i < other._bits.Length; i++)
        {
            _bits![i] |= other._bits[i];
        }
    }

    private static uint Home(uint key) => (key * 0x9E37_79B1) ^ (key >> 15);

    private void AddBit(uint key)
    {
        var word = (int)(key >> 6);
        if (word >= _bits!.Length)
        {
            Lengthen(word + 1);
        }

        _bits[word] |= 1UL << (int)key;
    }

    /// <summary>Bits for all of the keys; false where one is past the largest.</summary>
    private bool MakeRoom(ReadOnlySpan<long> keys)
    {
        var words = Words(keys);
        if (words > 0)
        {
            Lengthen(words);
        }

        return words > 0;
    }

    /// <summary>To more than so many words, as keys mostly become larger.</summary>
    private void Lengthen(int words) => Array.Resize(ref _bits, words + (words / 8));

    /// <summary>That bits of the keys take; 0 where one is past the largest.</summary>
    private static int Words(ReadOnlySpan<long> keys)
    {
        if (keys.ContainsAnyExceptInRange(0, (long)MaxKey))
        {
            return 0;
        }

        var most = 0L;
        foreach (var key in keys)
        {
            most = Math.Max(most, key);
        }

        return (int)(most >> 6) + 1;
    }

    private void Grow()
    {
        // Twice the slots would take as much as the bits.
        if (8L * _slots.Length >= 8L * ((_largest >> 6) + 1))
        {
            ToBits((int)(_largest >> 6) + 1);
            return;
        }

        var slots = _slots;
        _slots = new uint[2 * slots.Length];
        var mask = (uint)_slots.Length - 1;
        foreach (var key in slots)
        {
            if (key != 0)
            {
                var i = Home(key) & mask;
                while (_slots[i] != 0)
                {
                    i = (i + 1) & mask;
                }

                _slots[i] = key;
            }
        }
    }

    private void ToBits(int words)
    {
        if (_bits is null)
        {
            _bits = new ulong[Math.Max(words, (int)(_largest >> 6) + 1)];
            foreach (var key in _slots)
            {
                if (key != 0)
                {
                    AddBit(key);
                }
            }

            _slots = [];
        }
        else if (_bits.Length < words)
        {
            Array.Resize(ref _bits, words);
        }
    }
}
