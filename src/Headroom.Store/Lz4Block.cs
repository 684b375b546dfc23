using System.Buffers.Binary;

namespace Headroom.Store;

/// <summary>A block of LZ4 without a frame, as Parquet's LZ4_RAW has them (lz4_Block_format.md of lz4).</summary>
internal static class Lz4Block
{
    /// <summary>False where it is no block of so many bytes.</summary>
    public static bool Decode(ReadOnlySpan<byte> block, Span<byte> plain)
    {
        const int More = 15;
        const int LeastMatch = 4;
        var (at, to, plainLength) = (0, 0, plain.Length);
        while (at < block.Length)
        {
            var token = block[at++];
            if (!Length(block, token >> 4, out var literals) || literals > block.Length - at || literals > plain.Length - to)
            {
                return false;
            }

            block.Slice(at, literals).CopyTo(plain[to..]);
            (at, to) = (at + literals, to + literals);
            if (at == block.Length)
            {
                return to == plain.Length;
            }

            if (block.Length - at < sizeof(ushort) || BinaryPrimitives.ReadUInt16LittleEndian(block[at..]) is var back && (back == 0 || back > to))
            {
                return false;
            }

            at += sizeof(ushort);
            if (!Length(block, token & More, out var match) || match > plain.Length - to - LeastMatch)
            {
                return false;
            }

            // What is copied may have been written by the same copy.
            for (var end = to + match + LeastMatch; to < end;)
            {
                var part = Math.Min(back, end - to);
                plain.Slice(to - back, part).CopyTo(plain[to..]);
                to += part;
            }
        }

        return false;

        // Of four bits, and bytes that are added as long as they are full.
        bool Length(ReadOnlySpan<byte> block, int bits, out int length)
        {
            length = bits;
            if (bits < More)
            {
                return true;
            }

            while (at < block.Length && length <= plainLength)
            {
                var more = block[at++];
                length += more;
                if (more < byte.MaxValue)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
