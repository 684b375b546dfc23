using System.Net;
using System.Net.Sockets;
using System.Globalization;

namespace Headroom.App.Alerting;

/// <summary>
/// Where messages may go. The address that a name led to is what is looked at, at the moment of the connection, so that neither a name that
/// changes its address nor one that has several gets past.
/// </summary>
internal static class OutboundAddress
{
    // Link-local addresses answer with the credentials of a machine in clouds; the others do the same in one cloud each, or are nobody's.
    private static readonly IPNetwork[] Never =
    [
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("fe80::/10"),
        IPNetwork.Parse("fd00:ec2::/32"), IPNetwork.Parse("100.100.100.200/32"), IPNetwork.Parse("168.63.129.16/32"), IPNetwork.Parse("192.0.0.0/24"),
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("::/128"), IPNetwork.Parse("224.0.0.0/4"), IPNetwork.Parse("240.0.0.0/4"), IPNetwork.Parse("ff00::/8"),
    ];

    private static readonly IPNetwork[] Private =
    [
        IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"),
        IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("198.18.0.0/15"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fec0::/10"),
    ];

    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");

    public static bool IsAllowed(IPAddress address, bool allowPrivate)
    {
        var meant = Meant(address);
        return !Array.Exists(Never, network => network.Contains(meant)) && (allowPrivate || !Array.Exists(Private, network => network.Contains(meant)));
    }

    /// <summary>A connection to a host, by one of its addresses that are allowed.</summary>
    /// <exception cref="AddressRefusedException">None is.</exception>
    public static async Task<Socket> ConnectAsync(string host, int port, bool allowPrivate, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        var allowed = Array.FindAll(addresses, address => IsAllowed(address, allowPrivate));
        if (allowed.Length == 0)
        {
            throw new AddressRefusedException(string.Create(CultureInfo.InvariantCulture,
                $"{host} is at an address to which nothing is sent{(allowPrivate ? "" : $" ({AlertingOptions.Section}:{nameof(AlertingOptions.AllowPrivateAddresses)} is false)")}."));
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // One after the other until one answers.
            await socket.ConnectAsync(allowed, port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>An address of IPv4 may be written within one of IPv6, to which a gateway or the system itself leads it.</summary>
    private static IPAddress Meant(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            // A scope is no part of the number that is compared.
            var bytes = address.GetAddressBytes();
            return Nat64.Contains(new IPAddress(bytes)) ? new IPAddress(bytes.AsSpan(12))
                : SixToFour.Contains(new IPAddress(bytes)) ? new IPAddress(bytes.AsSpan(2, 4)) : new IPAddress(bytes);
        }

        return address;
    }
}

internal sealed class AddressRefusedException(string message) : Exception(message);
