using System.Buffers;
using System.Text;

namespace Headroom.App.Capture;

/// <summary>
/// The base64 form of lz-string, which old browser SDKs send as "lz64". It is LZ78 over UTF-16 units: every
/// dictionary entry is a piece of the output so far plus the unit after it, so an entry is kept as where it starts
/// in the output and how long it is, and decoding copies within the output.
/// </summary>
internal static class LzString
{
    private static readonly sbyte[] SixBits = MakeTable();

    public enum Outcome
    {
        Decoded,
        Malformed,
        TooLarge,
    }

    /// <summary>Appends the text as UTF-8. <paramref name="maxUnits"/> bounds the UTF-16 units decoded.</summary>
    public static Outcome Decode(ReadOnlySpan<byte> base64, PooledBuffer output, int maxUnits)
    {
        var units = ArrayPool<char>.Shared.Rent(Math.Max(1024, Math.Min(maxUnits, base64.Length * 4)));
        var entries = ArrayPool<(int Start, int Length)>.Shared.Rent(1024);
        try
        {
            var bits = new BitReader(base64);
            var count = 0;
            var next = 3;
            var width = 2;
            var enlargeIn = 1L;
            var (previousStart, previousLength) = (0, 0);
            while (true)
            {
                if (!bits.TryRead(width, out var code))
                {
                    return Outcome.Malformed;
                }

                if (code == 2)
                {
                    break;
                }

                int start, length;
                if (code < 2)
                {
                    if (!bits.TryRead(code == 0 ? 8 : 16, out var unit))
                    {
                        return Outcome.Malformed;
                    }

                    if (count >= maxUnits)
                    {
                        return Outcome.TooLarge;
                    }

                    (start, length) = (count, 1);
                    Grow(ref units, count, 1);
                    units[count++] = (char)unit;
                    AddEntry(ref entries, ref next, start, 1);
                    Shrink(ref enlargeIn, ref width);
                }
                else
                {
                    if (code < next)
                    {
                        (var from, length) = entries[code];
                        start = count;
                        if (length > maxUnits - count)
                        {
                            return Outcome.TooLarge;
                        }

                        Grow(ref units, count, length);
                        units.AsSpan(from, length).CopyTo(units.AsSpan(count));
                    }
                    else if (code == next && previousLength > 0)
                    {
                        (start, length) = (count, previousLength + 1);
                        if (length > maxUnits - count)
                        {
                            return Outcome.TooLarge;
                        }

                        Grow(ref units, count, length);
                        units.AsSpan(previousStart, previousLength).CopyTo(units.AsSpan(count));
                        units[count + previousLength] = units[previousStart];
                    }
                    else
                    {
                        return Outcome.Malformed;
                    }

                    count += length;
                }

                if (previousLength > 0)
                {
                    AddEntry(ref entries, ref next, previousStart, previousLength + 1);
                    Shrink(ref enlargeIn, ref width);
                }
                else
                {
                    // The first code is read with two bits, those after it with three.
                    (width, enlargeIn) = (3, 4);
                }

                (previousStart, previousLength) = (start, length);
            }

            var text = units.AsSpan(0, count);
            output.Advance(Encoding.UTF8.GetBytes(text, output.Reserve(Encoding.UTF8.GetMaxByteCount(count))));
            return Outcome.Decoded;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(units);
            ArrayPool<(int Start, int Length)>.Shared.Return(entries);
        }
    }

    private static void AddEntry(ref (int Start, int Length)[] entries, ref int next, int start, int length)
    {
        if (next == entries.Length)
        {
            var larger = ArrayPool<(int Start, int Length)>.Shared.Rent(next * 2);
            entries.CopyTo(larger, 0);
            ArrayPool<(int Start, int Length)>.Shared.Return(entries);
            entries = larger;
        }

        entries[next++] = (start, length);
    }

    private static void Grow(ref char[] units, int count, int more)
    {
        if (units.Length - count < more)
        {
            var larger = ArrayPool<char>.Shared.Rent(Math.Max(units.Length * 2, count + more));
            units.AsSpan(0, count).CopyTo(larger);
            ArrayPool<char>.Shared.Return(units);
            units = larger;
        }
    }

    private static void Shrink(ref long enlargeIn, ref int width)
    {
        if (--enlargeIn == 0)
        {
            enlargeIn = 1L << width;
            width++;
        }
    }

    private static sbyte[] MakeTable()
    {
        var table = new sbyte[256];
        Array.Fill(table, (sbyte)-1);
        for (var i = 0; i < 64; i++)
        {
            table["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[i]] = (sbyte)i;
        }

        // Padding reads as zero bits.
        table['='] = 0;
        return table;
    }

    private ref struct BitReader(ReadOnlySpan<byte> text)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private int _at;
        private int _value;
        private int _mask;

        public bool TryRead(int bits, out int value)
        {
            value = 0;
            for (var i = 0; i < bits; i++)
            {
                if (_mask == 0)
                {
                    if (_at >= _text.Length)
                    {
                        return false;
                    }

                    _value = SixBits[_text[_at++]];
                    if (_value < 0)
                    {
                        return false;
                    }

                    _mask = 32;
                }

                if ((_value & _mask) != 0)
                {
                    value |= 1 << i;
                }

                _mask >>= 1;
            }

            return true;
        }
    }
}
