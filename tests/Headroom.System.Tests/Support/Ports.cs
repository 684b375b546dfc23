using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Headroom.System.Tests.Support;

internal static class Ports
{
    private static readonly ConcurrentDictionary<int, bool> s_given = [];

    /// <summary>
    /// One on which nothing listens at the moment, and none twice. It is below those that the kernel gives to whoever asks for any, so that nobody has it
    /// before a server does, nor while one is stopped.
    /// </summary>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(12_000, 32_000);
            if (s_given.TryAdd(port, true) && IsFree(port))
            {
                return port;
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
