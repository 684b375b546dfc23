using System.Net;
using System.Net.Sockets;
using System.Text;
using Headroom.App.Moving;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Log;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Headroom.Tests.Moving;

public sealed class ForwardingTests : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("headroom-move-").FullName;
    private EmbeddedEventLog _from = null!;
    private EmbeddedEventLog _to = null!;

    public ValueTask InitializeAsync()
    {
        (_from, _to) = (Open("from"), Open("to"));
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Records_come_in_order_from_a_place_on_up_to_a_limit_and_on_when_it_is_lifted()
    {
        var cancel = TestContext.Current.CancellationToken;
        await AppendAsync(0, 10);
        var from = _from.End;
        await AppendAsync(10, 20);
        var limit = _from.End;
        await using var forwarding = new Forwarding(_from, from, ConnectAsync);
        await ReachedAsync(forwarding, limit);
        forwarding.SetLimit(limit);
        await AppendAsync(20, 300);
        await Task.Delay(100, cancel);
        Assert.Equal(limit, forwarding.Position);
        Assert.Equal(Enumerable.Range(10, 10), Read());
        forwarding.SetLimit(null);
        await ReachedAsync(forwarding, _from.End);
        Assert.Equal(Enumerable.Range(10, 290), Read());
        Assert.Null(forwarding.Problem);
    }

    [Fact]
    public async Task Where_the_other_end_is_gone_it_says_so()
    {
        await using var forwarding = new Forwarding(_from, default, static _ => throw new SocketException((int)SocketError.ConnectionRefused));
        while (forwarding.Problem is null)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.Contains("refused", forwarding.Problem, StringComparison.OrdinalIgnoreCase);
    }

    public async ValueTask DisposeAsync()
    {
        await _from.DisposeAsync();
        await _to.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    private static async Task ReachedAsync(Forwarding forwarding, LogPosition end)
    {
        while (!forwarding.Position.Reaches(end))
        {
            Assert.Null(forwarding.Problem);
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, cancellationToken);
        var taken = await listener.AcceptTcpClientAsync(cancellationToken);
        _ = Task.Run(
            async () =>
            {
                using (taken)
                {
                    await Forwarding.TakeAsync(taken.GetStream(), _to, new WaitingEvents(), CancellationToken.None);
                }
            },
            CancellationToken.None);
        return client.GetStream();
    }

    private async Task AppendAsync(int first, int end)
    {
        for (var i = first; i < end; i++)
        {
            Assert.Equal(LogAppendStatus.Durable, (await _from.AppendAsync(Encoding.ASCII.GetBytes(i.ToString("D20", null)), TestContext.Current.CancellationToken)).Status);
        }
    }

    private List<int> Read()
    {
        using var reader = _to.OpenReader(default);
        var all = new List<int>();
        while (reader.TryRead(1 << 16) is { Count: > 0 } records)
        {
            all.AddRange(records.Select(static record => int.Parse(Encoding.ASCII.GetString(record.Payload.Span), null)));
        }

        return all;
    }

    private EmbeddedEventLog Open(string name)
    {
        var directory = Path.Combine(_root, name);
        return EmbeddedEventLog.Open(new EmbeddedEventLogOptions { Directory = directory }, new DiskLogFiles(directory), TimeProvider.System, NullLogger.Instance);
    }
}
