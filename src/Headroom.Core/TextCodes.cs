using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Headroom.Core;

/// <summary>Numbers for texts in order of their first appearance, found by their UTF-8 without making strings. Not safe for concurrent use.</summary>
public sealed class TextCodes
{
    private byte[] _bytes = new byte[1_024];
    private int[] _ends = new int[16];
    private uint[] _hashes = new uint[64];
    private int[] _slots = new int[64];

    /// <summary>Texts known.</summary>
    public int Count { get; private set; }

    /// <summary>Memory held, roughly.</summary>
    public long Bytes => _bytes.Length + (4L * (_ends.Length + _hashes.Length + _slots.Length));

    public ReadOnlySpan<byte> Utf8(int code)
    {
        var from = code == 0 ? 0 : _ends[code - 1];
        return _bytes.AsSpan(from, _ends[code] - from);
    }

    public string Text(int code) => Encoding.UTF8.GetString(Utf8(code));

    public int Of(ReadOnlySpan<byte> utf8)
    {
        // 0 stands for an empty slot.
        var hash = Hash(utf8) | 1;
        var mask = (uint)_slots.Length - 1;
        for (var i = (hash >> 1) & mask; ; i = (i + 1) & mask)
        {
            var known = _hashes[i];
            if (known == hash && Utf8(_slots[i]).SequenceEqual(utf8))
            {
                return _slots[i];
            }

            if (known == 0)
            {
                return Add(utf8, hash, i);
            }
        }
    }

    private static uint Hash(ReadOnlySpan<byte> utf8)
    {
        const ulong Odd = 0x9E37_79B9_7F4A_7C15;
        var hash = (ulong)utf8.Length * Odd;
        var rest = utf8;
        for (; rest.Length >= 8; rest = rest[8..])
        {
            hash = BitOperations.RotateLeft((hash ^ BinaryPrimitives.ReadUInt64LittleEndian(rest)) * Odd, 29);
        }

        if (rest.Length > 0)
        {
            ulong tail = 0;
            rest.CopyTo(MemoryMarshal.AsBytes(new Span<ulong>(ref tail)));
            hash = (hash ^ tail) * Odd;
        }

        return (uint)((hash ^ (hash >> 32)) * Odd >> 32);
    }

    private int Add(ReadOnlySpan<byte> utf8, uint hash, uint slot)
    {
        var code = Count++;
        var from = code == 0 ? 0 : _ends[code - 1];
        if (_bytes.Length - from < utf8.Length)
        {
            Array.Resize(ref _bytes, checked(Math.Max(2 * _bytes.Length, from + utf8.Length)));
        }

        if (code == _ends.Length)
        {
            Array.Resize(ref _ends, 2 * code);
        }

        utf8.CopyTo(_bytes.AsSpan(from));
        _ends[code] = from + utf8.Length;
        (_hashes[slot], _slots[slot]) = (hash, code);
        if (2 * Count > _slots.Length)
        {
            Grow();
        }

        return code;
    }

    private void Grow()
    {
        var (hashes, slots) = (_hashes, _slots);
        _hashes = new uint[2 * hashes.Length];
        _slots = new int[2 * slots.Length];
        var mask = (uint)_slots.Length - 1;
        for (var from = 0; from < hashes.Length; from++)
        {
            if (hashes[from] == 0)
            {
                continue;
            }

            var to = (hashes[from] >> 1) & mask;
            while (_hashes[to] != 0)
            {
                to = (to + 1) & mask;
            }

            (_hashes[to], _slots[to]) = (hashes[from], slots[from]);
        }
    }
}
