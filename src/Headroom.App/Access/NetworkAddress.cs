using System.Net;
using System.Net.Sockets;

namespace Headroom.App.Access;

/// <summary>Who asks, as far as an address tells. A household of IPv6 has a /64 to choose addresses from, which must not be 2^64 askers.</summary>
internal static class NetworkAddress
{
    public static UInt128 Of(IPAddress? address)
    {
        if (address is null)
        {
            return 0;
        }

        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6)
        {
            bytes[8..].Clear();
        }

        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
