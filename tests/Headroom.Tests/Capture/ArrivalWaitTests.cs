using System.Net;
using System.Net.Sockets;
using Headroom.App.Capture;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Headroom.Tests.Capture;

public sealed class ArrivalWaitTests
{
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task A_wait_is_as_long_as_what_came_was_left_lying(string address)
    {
        if (!OperatingSystem.IsLinux() || (address == "::1" && !Socket.OSSupportsIPv6))
        {
            Assert.Skip("Only Linux tells of it, and of IPv6 only where there is any.");
        }

        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        listener.Listen();
        using var sender = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await sender.ConnectAsync(listener.LocalEndPoint!, _cancel);
        using var receiver = await listener.AcceptAsync(_cancel);
        var http = new DefaultHttpContext();
        http.Features.Set<IConnectionSocketFeature>(new Connection(receiver));

        sender.Send("POST"u8);
        await Task.Delay(400, _cancel);
        Assert.InRange(ArrivalWait.Of(http)!.Value.TotalMilliseconds, 350, 60_000);
        var before = ArrivalWait.Of(http)!.Value;
        sender.Send(" /e/"u8);
        Assert.True(receiver.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectRead));
        Assert.InRange(ArrivalWait.Of(http)!.Value, TimeSpan.Zero, before);
    }

    [Fact]
    public void Where_the_kernel_does_not_tell_nothing_is_told()
    {
        var http = new DefaultHttpContext();
        Assert.Null(ArrivalWait.Of(http));
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        http.Features.Set<IConnectionSocketFeature>(new Connection(other));
        Assert.Null(ArrivalWait.Of(http));
        var closed = new Socket(SocketType.Stream, ProtocolType.Tcp);
        closed.Dispose();
        http.Features.Set<IConnectionSocketFeature>(new Connection(closed));
        Assert.Null(ArrivalWait.Of(http));
    }

    private sealed class Connection(Socket socket) : IConnectionSocketFeature
    {
        public Socket Socket => socket;
    }
}
