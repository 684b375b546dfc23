using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Headroom.Store;

/// <summary>Levels and numbers of entries as pages have them: runs of one value, and values of so many bits in groups of eight (Encodings.md of apache/parquet-format, RLE).</summary>
internal static class PageRuns
{
    /// <summary>Groups of eight without a value that are cheaper to write than the end of a run and the begin of another.</summary>
    private const int CheapBlocks = 3;

    /// <summary>Of a run whose length takes one byte.</summary>
    private const int MostBlocks = 63;

    /// <summary>False where they are too few, or one is not below the bound.</summary>
    public static bool Expand(ReadOnlySpan<byte> data, int bits, Span<int> values, int bound)
    {
        while (!values.IsEmpty)
        {
            if (!Varints.TryRead32(ref data, out var header) || header < 2)
            {
                return false;
            }

            int count;
            if ((header & 1) == 0)
            {
                count = (int)Math.Min(header >> 1, (uint)values.Length);
                var bytes = (bits + 7) / 8;
                if (data.Length < bytes)
                {
                    return false;
                }

                var value = 0;
                for (var i = 0; i < bytes; i++)
                {
                    value |= data[i] << (8 * i);
                }

                if ((uint)value >= (uint)bound)
                {
                    return false;
                }

                values[..count].Fill(value);
                data = data[bytes..];
            }
            else
            {
                var bytes = (long)(header >> 1) * bits;
                count = (int)Math.Min(8L * (header >> 1), values.Length);
                if (bytes > data.Length || Unpack(data[..(int)bytes], bits, values[..count]) >= (uint)bound)
                {
                    return false;
                }

                data = data[(int)bytes..];
            }

            values = values[count..];
        }

        return true;
    }

    /// <summary>Which of so many rows have a level of 1. Returns how many, or −1 where the levels are damaged.</summary>
    /// <param name="rows">As many as there can be.</param>
    public static int Ones(ReadOnlySpan<byte> data, int count, Span<int> rows)
    {
        var (row, n) = (0, 0);
        while (row < count)
        {
            if (!Varints.TryRead32(ref data, out var header) || header < 2 || data.IsEmpty)
            {
                return -1;
            }

            if ((header & 1) == 0)
            {
                var run = (int)Math.Min(header >> 1, (uint)(count - row));
                for (var i = 0; i < run && data[0] != 0; i++)
                {
                    rows[n++] = row + i;
                }

                row += run;
                data = data[1..];
                continue;
            }

            var bytes = (int)Math.Min(header >> 1, (uint)(count - row + 7) / 8);
            if (bytes > data.Length)
            {
                return -1;
            }

            foreach (var eight in data[..bytes])
            {
                for (int bits = eight; bits != 0; bits &= bits - 1)
                {
                    var one = row + BitOperations.TrailingZeroCount(bits);
                    if (one < count)
                    {
                        rows[n++] = one;
                    }
                }

                row += 8;
            }

            data = data[bytes..];
        }

        return n;
    }

    /// <summary>Writes levels of 0 and 1, at the cost of the ones.</summary>
    /// <param name="bits">Of each row one, the first the lowest; none behind the last row.</param>
    public static void WriteLevels(CompactWriter to, ReadOnlySpan<byte> bits, int rows)
    {
        var at = 0;
        while (at < bits.Length)
        {
            var next = bits[at..].IndexOfAnyExcept((byte)0);
            var zeros = next < 0 ? rows - (at * 8) : next * 8;
            if (zeros > 0)
            {
                to.Varint((ulong)zeros << 1);
                to.Byte(0);
            }

            if (next < 0)
            {
                return;
            }

            at += next;
            var end = at + 1;
            for (var most = Math.Min(bits.Length, at + MostBlocks); end < most;)
            {
                var gap = bits[end..Math.Min(end + CheapBlocks + 1, most)].IndexOfAnyExcept((byte)0);
                if (gap < 0)
                {
                    break;
                }

                end += gap + 1;
            }

            to.Varint(((ulong)(end - at) << 1) | 1);
            to.Raw(bits[at..end]);
            at = end;
        }
    }

    /// <summary>Writes numbers of so many bits, at most 32, as one run.</summary>
    public static void WriteNumbers(ArrayBufferWriter<byte> to, int bits, ReadOnlySpan<int> numbers)
    {
        var blocks = (numbers.Length + 7) / 8;
        new CompactWriter(to).Varint(((ulong)blocks << 1) | 1);
        var bytes = blocks * bits;
        var into = to.GetSpan(bytes)[..bytes];
        var (word, filled, at) = (0UL, 0, 0);
        foreach (var number in numbers)
        {
            word |= (ulong)(uint)number << filled;
            for (filled += bits; filled >= 8; filled -= 8)
            {
                into[at++] = (byte)word;
                word >>= 8;
            }
        }

        if (filled > 0)
        {
            into[at++] = (byte)word;
        }

        into[at..].Clear();
        to.Advance(bytes);
    }

    /// <summary>Values of so many bits one after the other. Returns the largest, as it is without a sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint Unpack(ReadOnlySpan<byte> data, int bits, Span<int> values)
    {
        var mask = (1UL << bits) - 1;
        var most = 0u;
        var i = 0;

        // Eight bytes have any value of at most 31 bits, wherever in their first byte it begins.
        var whole = bits == 0 ? 0 : (int)Math.Clamp(((long)data.Length - sizeof(ulong)) * 8 / bits, 0, values.Length);
        for (; i < whole; i++)
        {
            var bit = (long)i * bits;
            var value = (uint)((BinaryPrimitives.ReadUInt64LittleEndian(data[(int)(bit >> 3)..]) >> (int)(bit & 7)) & mask);
            most = Math.Max(most, value);
            values[i] = (int)value;
        }

        for (; i < values.Length; i++)
        {
            var bit = (long)i * bits;
            var word = 0UL;
            for (var b = 0; b < sizeof(ulong) && (bit >> 3) + b < data.Length; b++)
            {
                word |= (ulong)data[(int)(bit >> 3) + b] << (8 * b);
            }

            var value = (uint)((word >> (int)(bit & 7)) & mask);
            most = Math.Max(most, value);
            values[i] = (int)value;
        }

        return most;
    }
}
