using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Headroom.Sql;

/// <summary>A session id as 128 bits, where it is a uuid as it is written mostly: 36 characters, in small letters.</summary>
internal readonly record struct SessionKey(ulong High, ulong Low)
{
    public const int Length = 36;

    /// <summary>False for every other text: two texts never have the same key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryParse(ReadOnlySpan<byte> text, out SessionKey key)
    {
        key = default;
        if (text.Length != Length || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
        {
            return false;
        }

        // Places past the end of a vector give 0.
        var (start, middle, end) = (Vector128.Create(text[..16]), Vector128.Create(text[16..32]), Vector128.Create(text[20..36]));
        var first = Vector128.Shuffle(start, Vector128.Create((byte)0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 255, 255)) |
            Vector128.Shuffle(middle, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 1));
        var second = Vector128.Shuffle(middle, Vector128.Create((byte)3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 255, 255, 255, 255)) |
            Vector128.Shuffle(end, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 12, 13, 14, 15));
        if (!Nibbles(ref first) || !Nibbles(ref second))
        {
            return false;
        }

        // Of each pair the first character is the upper half of a byte.
        var bytes = Vector128.Narrow(Pairs(first.AsUInt16()), Pairs(second.AsUInt16())).AsUInt64();
        key = new SessionKey(bytes[0], bytes[1]);
        return true;

        static Vector128<ushort> Pairs(Vector128<ushort> nibbles) => ((nibbles & Vector128.Create((ushort)0xFF)) << 4) | (nibbles >> 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Nibbles(ref Vector128<byte> characters)
    {
        var digits = characters - Vector128.Create((byte)'0');
        var letters = characters - Vector128.Create((byte)'a');
        var isDigit = Vector128.LessThanOrEqual(digits, Vector128.Create((byte)9));
        var isLetter = Vector128.LessThanOrEqual(letters, Vector128.Create((byte)5));
        characters = Vector128.ConditionalSelect(isDigit, digits, letters + Vector128.Create((byte)10));
        return (isDigit | isLetter) == Vector128<byte>.AllBitsSet;
    }
}
