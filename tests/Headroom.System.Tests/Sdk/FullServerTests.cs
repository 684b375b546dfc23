using System.Net;
using System.Net.Sockets;
using System.Text;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Sdk;

/// <summary>The real SDKs against Headroom's own 503, where other tests give them one of a proxy's.</summary>
public sealed class FullServerTests
{
    /// <summary>Requests that a server takes at once here, and that others hold while the SDK comes.</summary>
    private const int Slots = 6;

    /// <summary>How often the SDK is refused before there is room again; each of them tries more often than that.</summary>
    private const int Refusals = 3;

    [Theory]
    [InlineData("posthog-node.mjs")]
    [InlineData("segment-node.mjs")]
    public async Task An_SDK_that_a_full_server_refuses_comes_again_until_all_its_events_are_stored(string script)
    {
        await using var server = await HeadroomServer.StartAsync($"--Headroom:Capture:MaxConcurrentRequests={Slots}", "--Headroom:Capture:RetryAfterSeconds=1");
        var project = await server.AddProjectAsync("full");
        await using var held = new HeldRequests(server.Port);
        await Until.TrueAsync("no slot is left", async () =>
        {
            // One that comes while all slots are taken is refused and holds none, so that there is another each time.
            await held.AddAsync();
            return await StatusOfAsync(server) == HttpStatusCode.ServiceUnavailable;
        });
        await using var proxy = await FlakyProxy.StartAsync(server.Address, Fault.None, 0);
        var refused = 0;
        proxy.Answered = async status =>
        {
            if (status == HttpStatusCode.ServiceUnavailable && Interlocked.Increment(ref refused) == Refusals)
            {
                await held.ReleaseAsync();
                await Until.TrueAsync("there are slots again", async () => await StatusOfAsync(server) == HttpStatusCode.BadRequest);
            }
        };
        var run = await SdkCase.RunAsync(server, project, proxy, script);

        Assert.InRange(refused, Refusals, int.MaxValue);
        Assert.Equal("[]", run.Answer["errors"]!.ToJsonString());
        await run.AssertStoredAsync(Fault.None, script == "posthog-node.mjs"
            ? [("looked around", 1), ("$identify", 1), ("$create_alias", 1), ("$groupidentify", 1), ("order placed", 1), ("batched", 50)]
            : [("looked around", 1), ("$identify", 1), ("$pageview", 1), ("$screen", 1), ("$groupidentify", 1), ("$create_alias", 1), ("order placed", 1), ("batched", 40)]);
    }

    /// <summary>503 while the server is full, 400 while it takes requests; nothing is stored of it.</summary>
    private static async Task<HttpStatusCode> StatusOfAsync(HeadroomServer server)
    {
        using var content = new StringContent("{");
        using var answer = await server.Http.PostAsync(new Uri("/batch/", UriKind.Relative), content, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    /// <summary>Requests whose bodies do not come to their end, but so quickly that the web server has patience with them.</summary>
    private sealed class HeldRequests : IAsyncDisposable
    {
        private const int Length = 10_000_000;
        private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);
        private static readonly byte[] s_more = [.. Enumerable.Repeat((byte)' ', 1000)];
        private readonly int _port;
        private readonly List<NetworkStream> _clients = [];
        private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        private readonly Task _sending;

        public HeldRequests(int port)
        {
            _port = port;
            _sending = SendAsync();
        }

        public async Task AddAsync()
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, _port, TestContext.Current.CancellationToken);
            var client = new NetworkStream(socket, ownsSocket: true);
            await client.WriteAsync(
                Encoding.ASCII.GetBytes($"POST /batch/ HTTP/1.1\r\nHost: headroom\r\nContent-Length: {Length}\r\n\r\n"), TestContext.Current.CancellationToken);
            lock (_clients)
            {
                _clients.Add(client);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await ReleaseAsync();
            _end.Dispose();
        }

        public async Task ReleaseAsync()
        {
            await _end.CancelAsync();
            await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var client in _clients)
            {
                client.Dispose();
            }
        }

        private async Task SendAsync()
        {
            using var timer = new PeriodicTimer(s_pause);
            while (await timer.WaitForNextTickAsync(_end.Token))
            {
                NetworkStream[] clients;
                lock (_clients)
                {
                    clients = [.. _clients];
                }

                foreach (var client in clients)
                {
                    try
                    {
                        await client.WriteAsync(s_more, _end.Token);
                    }
                    catch (IOException)
                    {
                        // One that was refused: the server has ended its connection.
                    }
                }
            }
        }
    }
}
