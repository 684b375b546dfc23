using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Headroom.Core;

/// <summary>
/// Numbers for texts in order of their first appearance, found by their UTF-8 without making strings. Safe for concurrent
/// use: who asks for a text that is known takes no lock, because texts stay where they are and tables are replaced whole.
/// </summary>
/// <param name="maxBytes">Past it no text is added.</param>
public sealed class TextCodes(long maxBytes = long.MaxValue)
{
    /// <summary>Instead of a number, where there is no room for another text.</summary>
    public const int Full = -2;

    private const int BlockBytes = 64 * 1_024;
    private readonly Lock _gate = new();
    private byte[] _block = [];
    private int _used;
    private long _blockBytes;
    private Entry[] _entries = new Entry[64];
    private int _count;

    /// <summary>Number + 1 by hash, 0 where nothing is; at most half full.</summary>
    private int[] _slots = new int[128];
    private bool _isFull;

    /// <summary>Texts known.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Whether a text was refused.</summary>
    public bool IsFull => Volatile.Read(ref _isFull);

    /// <summary>A text by its number, which somebody was given.</summary>
    public ReadOnlySpan<byte> Utf8(int code) => Volatile.Read(ref _entries)[code].Utf8;

    public string Text(int code) => Encoding.UTF8.GetString(Utf8(code));

    /// <summary>The text's number; <see cref="Full"/> where it is new and there is no room.</summary>
    public int Of(ReadOnlySpan<byte> utf8)
    {
        var hash = Hash(utf8);
        var code = Find(utf8, hash, out _);
        return code >= 0 ? code : Add(utf8, hash);
    }

    /// <summary>The text's number; −1 where it is not known.</summary>
    public int Find(ReadOnlySpan<byte> utf8) => Find(utf8, Hash(utf8), out _);

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

    /// <summary>Its number, or −1 and the slot where it belongs.</summary>
    private int Find(ReadOnlySpan<byte> utf8, uint hash, out uint slot)
    {
        var slots = Volatile.Read(ref _slots);
        var mask = (uint)slots.Length - 1;
        for (slot = hash & mask; ; slot = (slot + 1) & mask)
        {
            var code = Volatile.Read(ref slots[slot]) - 1;
            if (code < 0)
            {
                return -1;
            }

            // Read after the slot: entries that hold it were published before.
            ref readonly var known = ref Volatile.Read(ref _entries)[code];
            if (known.Hash == hash && known.Utf8.SequenceEqual(utf8))
            {
                return code;
            }
        }
    }

    private int Add(ReadOnlySpan<byte> utf8, uint hash)
    {
        lock (_gate)
        {
            var known = Find(utf8, hash, out var slot);
            if (known >= 0)
            {
                return known;
            }

            if (_isFull || Bytes + utf8.Length > maxBytes)
            {
                Volatile.Write(ref _isFull, true);
                return Full;
            }

            var code = _count;
            if (code == _entries.Length)
            {
                var entries = _entries;
                Array.Resize(ref entries, 2 * code);
                Volatile.Write(ref _entries, entries);
            }

            _entries[code] = new Entry(Place(utf8, out var from), from, utf8.Length, hash);
            Volatile.Write(ref _count, code + 1);
            Volatile.Write(ref _slots[slot], code + 1);
            if (2 * _count > _slots.Length)
            {
                Grow();
            }

            return code;
        }
    }

    /// <summary>Memory held, roughly.</summary>
    public long Bytes => _blockBytes + ((long)_entries.Length * 32) + (4L * _slots.Length);

    private byte[] Place(ReadOnlySpan<byte> utf8, out int from)
    {
        if (_block.Length - _used < utf8.Length)
        {
            _block = new byte[Math.Max(BlockBytes, utf8.Length)];
            _blockBytes += _block.Length;
            _used = 0;
        }

        from = _used;
        _used += utf8.Length;
        utf8.CopyTo(_block.AsSpan(from));
        return _block;
    }

    private void Grow()
    {
        var slots = new int[2 * _slots.Length];
        var mask = (uint)slots.Length - 1;
        for (var code = 0; code < _count; code++)
        {
            var slot = _entries[code].Hash & mask;
            while (slots[slot] != 0)
            {
                slot = (slot + 1) & mask;
            }

            slots[slot] = code + 1;
        }

        Volatile.Write(ref _slots, slots);
    }

    private readonly struct Entry(byte[] block, int from, int length, uint hash)
    {
        public uint Hash { get; } = hash;

        public ReadOnlySpan<byte> Utf8 => block.AsSpan(from, length);
    }
}
