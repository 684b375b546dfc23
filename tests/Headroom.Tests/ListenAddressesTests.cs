using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Headroom.Tests;

public sealed class ListenAddressesTests
{
    [Theory]
    [InlineData("http://127.0.0.1:{0}")]
    [InlineData("http://localhost:{0}")]
    [InlineData("http://*:{0}")]
    [InlineData("http://[::]:{0}")]
    [InlineData("http://127.0.0.1:0; http://localhost:{0}")]
    public void A_taken_port_is_told_with_the_way_out(string urls)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        urls = string.Format(CultureInfo.InvariantCulture, urls, ((IPEndPoint)listener.LocalEndpoint).Port);
        var problem = Assert.Throws<IOException>(() => ListenAddresses.RequireFree(urls));
        Assert.Contains(urls.Split(';')[^1].Trim(), problem.Message, StringComparison.Ordinal);
        Assert.Contains("--urls", problem.Message, StringComparison.Ordinal);
        listener.Stop();
        ListenAddresses.RequireFree(urls);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://unix:/tmp/headroom.sock")]
    public void What_cannot_be_known_before_is_left_to_the_server(string urls) => ListenAddresses.RequireFree(urls);

    [Theory]
    [InlineData("localhost")]
    [InlineData("8080")]
    public void What_is_no_address_is_told(string urls) =>
        Assert.Contains($"\"{urls}\"", Assert.Throws<IOException>(() => ListenAddresses.RequireFree(urls)).Message, StringComparison.Ordinal);
}
