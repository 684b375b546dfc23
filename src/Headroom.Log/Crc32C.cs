using System.Numerics;
using System.Runtime.InteropServices;

namespace Headroom.Log;

/// <summary>CRC-32C (Castagnoli), on the processor's own instruction where there is one.</summary>
internal static class Crc32C
{
    /// <summary>The state before the first byte. <see cref="Finish"/> turns a state into the checksum.</summary>
    public const uint Seed = uint.MaxValue;

    public static uint Append(uint state, ReadOnlySpan<byte> data)
    {
        // BitOperations takes the eight bytes as a little-endian number, which is what a cast gives only there.
        if (BitConverter.IsLittleEndian)
        {
            foreach (var word in MemoryMarshal.Cast<byte, ulong>(data))
            {
                state = BitOperations.Crc32C(state, word);
            }

            data = data[(data.Length & ~7)..];
        }

        foreach (var value in data)
        {
            state = BitOperations.Crc32C(state, value);
        }

        return state;
    }

    public static uint Finish(uint state) => ~state;

    public static uint Of(ReadOnlySpan<byte> data) => Finish(Append(Seed, data));
}
