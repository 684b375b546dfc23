using System.Text;

namespace Headroom.Tests.Scale.Kafka;

internal static class KafkaTesting
{
    /// <summary>The partition that Java clients choose for a key: murmur2.</summary>
    public static int PartitionOf(string key, int partitions)
    {
        var data = Encoding.UTF8.GetBytes(key);
        unchecked
        {
            const uint M = 0x5bd1e995;
            var h = 0x9747b28c ^ (uint)data.Length;
            var at = 0;
            for (; at + 4 <= data.Length; at += 4)
            {
                var k = BitConverter.ToUInt32(data, at) * M;
                k = (k ^ (k >> 24)) * M;
                h = (h * M) ^ k;
            }

            for (var i = data.Length - at - 1; i >= 0; i--)
            {
                h ^= (uint)data[at + i] << (8 * i);
            }

            h = data.Length > at ? h * M : h;
            h = (h ^ (h >> 13)) * M;
            return (int)((h ^ (h >> 15)) & 0x7fffffff) % partitions;
        }
    }
}
