using System.Net;
using System.Net.Sockets;

namespace Headroom;

/// <summary>
/// What <c>--urls</c> names, asked for before anything is opened. Kestrel tells of a taken port only after that, with a
/// stack trace in the log.
/// </summary>
internal static class ListenAddresses
{
    /// <exception cref="IOException">An address cannot be listened on; the message says which, and the way out.</exception>
    public static void RequireFree(string urls)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            BindingAddress address;
            try
            {
                address = BindingAddress.Parse(url);
            }
            catch (FormatException)
            {
                throw new IOException($"--urls: \"{url}\" is no address such as http://localhost:8080.");
            }

            // Port 0 is any that is free, and a socket's file is Kestrel's to look at.
            if (!address.IsUnixPipe && !address.IsNamedPipe && address.Port != 0 && EndPoints(address).Any(IsTaken))
            {
                throw new IOException($"Another program listens at {url}, perhaps another Headroom. Stop it, or take another address, such as --urls http://localhost:9000.");
            }
        }
    }

    private static IPEndPoint[] EndPoints(BindingAddress address)
    {
        if (string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return [new IPEndPoint(IPAddress.Loopback, address.Port), new IPEndPoint(IPAddress.IPv6Loopback, address.Port)];
        }

        // A name that is no IP address means every address, as with Kestrel.
        return [new IPEndPoint(IPAddress.TryParse(address.Host, out var ip) ? ip : IPAddress.IPv6Any, address.Port)];
    }

    private static bool IsTaken(IPEndPoint endPoint)
    {
        try
        {
            using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(endPoint);
            return false;
        }
        catch (SocketException e)
        {
            // Whatever else is wrong with it (no IPv6 here, a port that only root may take) Kestrel knows better.
            return e.SocketErrorCode == SocketError.AddressAlreadyInUse;
        }
    }
}
