using System.Numerics;

namespace Headroom.Sql;

/// <summary>
/// Different persons by key, from 1 to <see cref="MaxKey"/>. While they are few a hash set, then a bit for each key: keys are dense.
/// </summary>
internal sealed class PersonSet
{
    public const ulong MaxKey = int.MaxValue;

    // Of the hash set 0 is an empty slot, and at most half of the slots are full.
    private uint[] _slots = new uint[16];
    private ulong[]? _bits;
    private uint _largest;

    public int Count { get; private set; }

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
                if (2 * ++Count >= _slots.Length)
                {
                    Grow();
                }

                return;
            }

            i = (i + 1) & mask;
        }
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
            var added = other._bits[i] & ~_bits![i];
            _bits[i] |= added;
            Count += BitOperations.PopCount(added);
        }
    }

    private static uint Home(uint key) => (key * 0x9E37_79B1) ^ (key >> 15);

    private void AddBit(uint key)
    {
        var word = (int)(key >> 6);
        if (word >= _bits!.Length)
        {
            Array.Resize(ref _bits, word + (word / 4) + 1);
        }

        var bit = 1UL << (int)key;
        if ((_bits[word] & bit) == 0)
        {
            _bits[word] |= bit;
            Count++;
        }
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
            Count = 0;
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
