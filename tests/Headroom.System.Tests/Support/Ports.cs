using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Headroom.System.Tests.Support;

internal static class Ports
{
    private const int First = 12_000;
    private const int Own = 2_000;
    private const int Processes = 10;
    private static readonly ConcurrentDictionary<int, bool> s_given = [];
    private static readonly (int Number, FileStream Claim) s_share = Claim();

    /// <summary>
    /// One on which nothing listens at the moment, and none twice. It is below those that the kernel gives to whoever asks for any, so that nobody has it
    /// before a server does, nor while one is stopped.
    /// </summary>
    public static int Free()
    {
        while (true)
        {
            var port = First + (s_share.Number * Own) + Random.Shared.Next(Own);
            if (s_given.TryAdd(port, true) && IsFree(port))
            {
                return port;
            }
        }
    }

    /// <summary>A share of the ports, which no other process of tests on this machine has until this one ends.</summary>
    private static (int Number, FileStream Claim) Claim()
    {
        for (var number = 0; number < Processes; number++)
        {
            try
            {
                return (number, new FileStream(Path.Combine(Path.GetTempPath(), $"headroom-ports-{number}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException)
            {
                // Another process has it.
            }
        }

        throw new InvalidOperationException($"{Processes} processes of tests have the ports already.");
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
