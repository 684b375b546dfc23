using System.Buffers.Binary;
using System.Buffers.Text;
using System.IO.Hashing;

namespace Headroom.App.Capture;

/// <summary>Event uuids: read, made, or derived from another id.</summary>
internal static class Uuids
{
    /// <summary>With or without hyphens, or in braces.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Guid uuid)
    {
        uuid = default;
        var format = text.Length switch { 36 => 'D', 32 => 'N', 38 => 'B', _ => '\0' };
        return format != '\0' && Utf8Parser.TryParse(text, out uuid, out var used, format) && used == text.Length;
    }

    /// <summary>Version 7. Not a secret, so the fast generator does: 74 random bits within one millisecond.</summary>
    public static Guid New(long nowMicros)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Math.Max(0, nowMicros / 1000) << 16);
        Random.Shared.NextBytes(bytes[6..]);
        return Stamp(bytes, 7);
    }

    /// <summary>The same text gives the same uuid, of version 8.</summary>
    public static Guid FromText(ReadOnlySpan<byte> text)
    {
        Span<byte> bytes = stackalloc byte[16];
        XxHash128.Hash(text, bytes);
        return Stamp(bytes, 8);
    }

    private static Guid Stamp(Span<byte> bytes, int version)
    {
        bytes[6] = (byte)((bytes[6] & 0x0F) | (version << 4));
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
