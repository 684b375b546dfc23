using System.Net;
using System.Net.Sockets;

namespace Headroom.System.Tests.Support;

internal static class Ports
{
    /// <summary>One on which nothing listens at the moment.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
