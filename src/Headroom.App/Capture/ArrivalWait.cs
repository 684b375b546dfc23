using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Headroom.App.Capture;

/// <summary>
/// How long a request has waited before anybody looked at it: since its connection last received something, as the kernel
/// has it. A request goes through several queues of the web server's until then, and this is all of them. Linux over TCP
/// only (<c>tcpi_last_data_recv</c> of <c>struct tcp_info</c>, include/uapi/linux/tcp.h), in milliseconds, in steps of the kernel's tick.
/// </summary>
internal static class ArrivalWait
{
    private const int Tcp = 6;
    private const int TcpInfo = 11;
    private const int LastDataReceived = 52;

    /// <summary>Null where it cannot be told.</summary>
    public static TimeSpan? Of(HttpContext http)
    {
        if (!OperatingSystem.IsLinux() || http.Features.Get<IConnectionSocketFeature>()?.Socket is not { AddressFamily: AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 } socket)
        {
            return null;
        }

        Span<byte> info = stackalloc byte[LastDataReceived + sizeof(uint)];
        try
        {
            return socket.GetRawSocketOption(Tcp, TcpInfo, info) == info.Length
                ? TimeSpan.FromMilliseconds(BitConverter.ToUInt32(info[LastDataReceived..]))
                : null;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is closed already.
            return null;
        }
    }
}
