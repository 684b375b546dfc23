using System.Net;
using System.Net.Sockets;
using Headroom.App.Alerting;
using Xunit;

namespace Headroom.Tests.Alerting;

public sealed class OutboundAddressTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.170.2")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("2002:a9fe:a9fe::1")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%3")]
    [InlineData("fd00:ec2::254")]
    [InlineData("100.100.100.200")]
    [InlineData("168.63.129.16")]
    [InlineData("192.0.0.192")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("ff02::1")]
    public void To_link_local_and_metadata_addresses_nothing_is_ever_sent(string address)
    {
        Assert.False(OutboundAddress.IsAllowed(IPAddress.Parse(address), allowPrivate: true));
        Assert.False(OutboundAddress.IsAllowed(IPAddress.Parse(address), allowPrivate: false));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("10.1.2.3")]
    [InlineData("172.31.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("100.64.0.1")]
    [InlineData("fd12:3456::1")]
    [InlineData("::ffff:10.1.2.3")]
    public void To_private_addresses_something_is_sent_where_the_operator_allows_it(string address)
    {
        Assert.True(OutboundAddress.IsAllowed(IPAddress.Parse(address), allowPrivate: true));
        Assert.False(OutboundAddress.IsAllowed(IPAddress.Parse(address), allowPrivate: false));
    }

    [Theory]
    [InlineData("93.184.216.34")]
    [InlineData("172.32.0.1")]
    [InlineData("2606:2800:220:1::1")]
    public void To_the_rest_of_the_world_it_is_sent(string address) => Assert.True(OutboundAddress.IsAllowed(IPAddress.Parse(address), allowPrivate: false));

    [Fact]
    public async Task The_address_that_a_name_leads_to_is_what_counts()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        await Assert.ThrowsAsync<AddressRefusedException>(() => OutboundAddress.ConnectAsync("localhost", port, allowPrivate: false, Cancel));
        using var socket = await OutboundAddress.ConnectAsync("localhost", port, allowPrivate: true, Cancel);
        Assert.True(socket.Connected);
    }

    [Fact]
    public async Task A_webhook_reaches_no_metadata_service_by_its_address_or_a_redirect_and_says_nothing_of_its_secrets()
    {
        var message = AlertMessage.Test(new AlertingOptions { Name = "s" }, default);
        using var metadata = new WebhookChannel(0, new WebhookTarget { Url = "http://169.254.169.254/latest/meta-data?key=hunter2" }, allowPrivate: true);
        var refused = await metadata.SendAsync(message, Cancel);
        Assert.False(refused.Ok);
        Assert.Contains("nothing is sent", refused.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", metadata.Target + refused.Said, StringComparison.Ordinal);

        // A server that leads on to it, and counts who comes.
        using var listener = new HttpListener();
        var port = FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        var asked = 0;
        var serving = Task.Run(
            async () =>
            {
                var context = await listener.GetContextAsync();
                asked++;
                context.Response.StatusCode = 307;
                context.Response.RedirectLocation = $"http://127.0.0.1:{port}/elsewhere";
                context.Response.Close();
            },
            Cancel);
        using var redirected = new WebhookChannel(1, new WebhookTarget { Url = $"http://127.0.0.1:{port}/hook/hunter2" }, allowPrivate: true);
        var answer = await redirected.SendAsync(message, Cancel);
        await serving;
        Assert.Equal((false, false, 1), (answer.Ok, answer.RetryHelps, asked));
        Assert.Contains("307", answer.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", redirected.Target + answer.Said, StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
