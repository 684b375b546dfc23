namespace Headroom.Store;

/// <summary>Numbers of seven bits a byte, the lowest first, of which the eighth says that there are more. What was read is cut off.</summary>
internal static class Varints
{
    /// <summary>False, and nothing is read, where there is no whole number.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> rest, out ulong value)
    {
        const int MostBytes = 10;
        var last = rest[..Math.Min(rest.Length, MostBytes)].IndexOfAnyInRange((byte)0, (byte)0x7F);
        value = last < 0 ? 0 : Read(ref rest);
        return last >= 0;
    }

    /// <summary>The same of a number of 32 bits; also false where it is a larger one.</summary>
    public static bool TryRead32(ref ReadOnlySpan<byte> rest, out uint value)
    {
        var isRead = TryRead(ref rest, out var read) && read <= uint.MaxValue;
        value = (uint)read;
        return isRead;
    }

    /// <summary>Of bytes that are known to have one.</summary>
    public static ulong Read(ref ReadOnlySpan<byte> rest)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = rest[0];
            rest = rest[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
