using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Hostile;

public sealed class MalformedInputTests(ITestOutputHelper output)
{
    /// <summary>In which all code is compiled and every buffer that is kept for the next request has been needed once.</summary>
    private const int WarmRounds = 2;
    private const int Rounds = 10;

    /// <summary>Less than half of what the bodies of all rounds come to as they are read, without what they unfold to.</summary>
    private const long MostGrowth = 128 << 20;

    /// <summary>The server looks every ten seconds and wants to have been quiet between two looks.</summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(35);

    [Fact]
    public async Task Malformed_bodies_get_the_status_that_their_protocol_has_for_them_and_memory_does_not_grow()
    {
        await using var server = await HeadroomServer.StartAsync();
        const string Domain = "hostile.example.com";
        var project = await server.AddProjectAsync("hostile", Domain);
        var key = project.WriteKey;
        (string Path, string Sender, Func<Statuses, int> Expected, Func<string, string> WithEvent)[] protocols =
        [
            ("/batch/", key, static of => of.PostHog, e => $$"""{"api_key":"{{key}}","batch":[{"distinct_id":"x","event":{{e}}}]}"""),
            ("/e/", key, static of => of.PostHog, e => $$"""{"api_key":"{{key}}","distinct_id":"x","event":{{e}}}"""),
            ("/i/v0/e/", key, static of => of.PostHog, e => $$"""{"api_key":"{{key}}","distinct_id":"x","event":{{e}}}"""),
            ("/v1/batch", key, static of => of.Segment, e => $$"""{"writeKey":"{{key}}","batch":[{"type":"track","userId":"x","messageId":"m","event":{{e}}}]}"""),
            ("/v1/track", key, static of => of.Segment, e => $$"""{"writeKey":"{{key}}","userId":"x","messageId":"m","event":{{e}}}"""),
            ("/api/event", Domain, static of => of.Plausible, e => $$"""{"d":"{{Domain}}","u":"https://{{Domain}}/","n":{{InPlausiblesWords(e)}}}"""),
        ];

        var wrong = new HashSet<string>();
        await SendAsync(WarmRounds);
        var warm = await RestAsync(server);
        await SendAsync(Rounds);
        var last = await RestAsync(server, warm + MostGrowth);
        output.WriteLine($"memory at rest: {warm >> 20} MiB after {WarmRounds} rounds, {last >> 20} MiB after {Rounds} more");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.InRange(last - warm, long.MinValue, MostGrowth);
        Assert.True(await server.IsReadyAsync());

        // After all that it still takes what is right.
        var uuid = Guid.CreateVersion7();
        Assert.Equal(HttpStatusCode.OK, await project.SendAsync([ProjectClient.Event(uuid, "fine", "x")], TestContext.Current.CancellationToken));
        await Until.TrueAsync("the event is stored", async () => await project.EventAsync(uuid.ToString()) is not null);
        var ledger = await project.DrainAsync();
        Assert.True(ledger.Rejected > 0, "Refused events are in the ledger.");

        async Task SendAsync(int rounds)
        {
            for (var round = 0; round < rounds; round++)
            {
                foreach (var (path, sender, expected, withEvent) in protocols)
                {
                    foreach (var input in MalformedInput.For(sender, withEvent))
                    {
                        using var request = MalformedInput.Request(path, input);
                        if (await StatusAsync(server.Http, request) is { } status && status != expected(input.Expected))
                        {
                            wrong.Add($"{path}, {input.Name}: {status} and not {expected(input.Expected)}");
                        }
                    }
                }
            }
        }
    }

    /// <summary>
    /// Resident memory once the server has noticed that it is quiet and has given back what it does not hold: the least of some time, which
    /// ends early at what is little enough.
    /// </summary>
    private static async Task<long> RestAsync(HeadroomServer server, long enough = 0)
    {
        var least = server.ResidentBytes;
        var start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (least > enough && Stopwatch.GetElapsedTime(start) < s_rest)
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            least = Math.Min(least, server.ResidentBytes);
        }

        return least;
    }

    [Theory]
    [InlineData("a body shorter than said", "POST /batch/ HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{\"api_key\":")]
    [InlineData("a negative length", "POST /batch/ HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("two lengths", "POST /batch/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\n{}")]
    [InlineData("a wrong chunk", "POST /batch/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n{}\r\n")]
    [InlineData("not HTTP", "\0\u0001\u0002 what is this\r\n\r\n")]
    public async Task Requests_that_are_not_HTTP_end_without_hurting_the_server(string name, string text)
    {
        await using var server = await HeadroomServer.StartAsync();
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(IPAddress.Loopback, server.Port, TestContext.Current.CancellationToken);
            await socket.SendAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);
            socket.Shutdown(SocketShutdown.Send);
            var answer = new byte[4096];
            var length = 0;
            try
            {
                length = await socket.ReceiveAsync(answer, TestContext.Current.CancellationToken);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                // Cutting the connection without an answer is a refusal too; whether the server still stands is asked below.
            }

            Assert.DoesNotContain("HTTP/1.1 5", Encoding.Latin1.GetString(answer, 0, length), StringComparison.Ordinal);
        }

        Assert.True(await server.IsReadyAsync(), name);
    }

    private static string InPlausiblesWords(string e) =>
        e.Replace("\"properties\":", "\"props\":", StringComparison.Ordinal).Replace("\"event\":", "\"n\":", StringComparison.Ordinal);

    /// <summary>Null where a server that refuses a large body early closed while it was still being sent; that is a refusal too.</summary>
    private static async Task<int?> StatusAsync(HttpClient http, HttpRequestMessage request)
    {
        try
        {
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            return (int)answer.StatusCode;
        }
        catch (HttpRequestException e) when (e.InnerException is IOException or SocketException && request.Content!.Headers.ContentLength > 10_000_000)
        {
            return null;
        }
    }
}
