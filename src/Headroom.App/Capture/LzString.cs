using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Headroom.App.Capture;

/// <summary>
/// The base64 form of lz-string, which old browser SDKs send as "lz64". It is LZ78 over UTF-16 units: every
/// dictionary entry is a piece of the output so far plus the unit after it, so an entry is kept as where it starts
/// in the output and how long it is, and decoding copies within the output.
/// </summary>
internal static class LzString
{
    private const int LargestPooled = 1 << 17;
    private static readonly sbyte[] SixBits = MakeTable();

    public enum Outcome
    {
        Decoded,
        Malformed,
        TooLarge,

        /// <summary>The memory that the next step needs was not granted.</summary>
        NoRoom,
    }

    /// <summary>Appends the text as UTF-8.</summary>
    /// <param name="maxUnits">Bounds the UTF-16 units decoded.</param>
    /// <param name="tryCharge">Asked before memory is taken, in bytes.</param>
    public static Outcome Decode(ReadOnlySpan<byte> base64, PooledBuffer output, int maxUnits, Func<long, bool> tryCharge)
    {
        var expected = (int)Math.Max(1024, Math.Min(maxUnits, base64.Length * 4L));
        if (!tryCharge((long)expected * sizeof(char)))
        {
            return Outcome.NoRoom;
        }

        var units = Rent<char>(expected);
        var entries = Rent<(int Start, int Length)>(1024);
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
                    if (!TryGrow(ref units, count, 1, tryCharge))
                    {
                        return Outcome.NoRoom;
                    }

                    units[count++] = (char)unit;
                    if (!TryAddEntry(ref entries, ref next, start, 1, tryCharge))
                    {
                        return Outcome.NoRoom;
                    }

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

                        if (!TryGrow(ref units, count, length, tryCharge))
                        {
                            return Outcome.NoRoom;
                        }

                        units.AsSpan(from, length).CopyTo(units.AsSpan(count));
                    }
                    else if (code == next && previousLength > 0)
                    {
                        (start, length) = (count, previousLength + 1);
                        if (length > maxUnits - count)
                        {
                            return Outcome.TooLarge;
                        }

                        if (!TryGrow(ref units, count, length, tryCharge))
                        {
                            return Outcome.NoRoom;
                        }

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
                    if (!TryAddEntry(ref entries, ref next, previousStart, previousLength + 1, tryCharge))
                    {
                        return Outcome.NoRoom;
                    }

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
            var bytes = Encoding.UTF8.GetByteCount(text);
            if (!tryCharge(bytes))
            {
                return Outcome.NoRoom;
            }

            output.Advance(Encoding.UTF8.GetBytes(text, output.Reserve(bytes)));
            return Outcome.Decoded;
        }
        finally
        {
            Return(units);
            Return(entries);
        }
    }

    private static bool TryAddEntry(
        ref (int Start, int Length)[] entries, ref int next, int start, int length, Func<long, bool> tryCharge)
    {
        if (!TryGrow(ref entries, next, 1, tryCharge))
        {
            return false;
        }

        entries[next++] = (start, length);
        return true;
    }

    private static bool TryGrow<T>(ref T[] array, int count, int more, Func<long, bool> tryCharge)
    {
        if (array.Length - count >= more)
        {
            return true;
        }

        var size = Math.Max(array.Length * 2, count + more);
        if (!tryCharge((long)size * Unsafe.SizeOf<T>()))
        {
            return false;
        }

        var larger = Rent<T>(size);
        array.AsSpan(0, count).CopyTo(larger);
        Return(array);
        array = larger;
        return true;
    }

    /// <summary>Large arrays are left to the garbage collector, for the reason that <see cref="PooledBuffer"/> gives.</summary>
    private static T[] Rent<T>(int size) =>
        size <= LargestPooled ? ArrayPool<T>.Shared.Rent(size) : GC.AllocateUninitializedArray<T>(size);

    private static void Return<T>(T[] array)
    {
        if (array.Length <= LargestPooled)
        {
            ArrayPool<T>.Shared.Return(array);
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
