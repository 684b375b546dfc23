using System.Net;
using Headroom.App.Moving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace Headroom.Tests.Moving;

/// <summary>What becomes of requests while a server is being moved, over real connections.</summary>
public sealed class MoveGateTests
{
    [Fact]
    public async Task Changes_wait_and_then_everything_does_and_then_the_other_server_answers()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var gate = new MoveGate(new ListenSockets(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance), TimeProvider.System);
        await using var other = await StartAsync(static async http =>
        {
            var body = await new StreamReader(http.Request.Body).ReadToEndAsync();
            await http.Response.WriteAsync(
                $"new {http.Request.Method} {http.Request.Path.ToUriComponent()}{http.Request.QueryString} {http.Request.Headers["X-Forwarded-For"]} {http.Request.Headers.Authorization} {body.Length}");
        });
        await using var server = await StartAsync(http => gate.HandleAsync(http, static http => http.Response.WriteAsync("old")));
        using var client = new HttpClient { BaseAddress = AddressOf(server) };
        client.DefaultRequestHeaders.Add("Authorization", "Bearer x");
        Assert.Equal("old", await PostAsync("/api/projects/1/annotations"));

        gate.Set(GateState.Changes);
        await gate.SettledAsync(cancel);
        var change = PostAsync("/api/projects/1/annotations");
        Assert.Equal("old", await PostAsync("/batch/"));
        Assert.Equal("old", await PostAsync("/api/event"));
        Assert.Equal("old", await PostAsync("/api/projects/1/query"));
        Assert.Equal("old", await client.GetStringAsync(new Uri("/api/projects/1/annotations", UriKind.Relative), cancel));
        Assert.False(change.IsCompleted);

        gate.Set(GateState.All);
        await gate.SettledAsync(cancel);
        var capture = PostAsync("/batch/");
        Assert.Equal("old", await PostAsync("/api/projects/1/query"));
        Assert.False(capture.IsCompleted);

        gate.Pass(AddressOf(other));
        Assert.Equal("new POST /api/projects/1/annotations 127.0.0.1 Bearer x 4", await change);
        Assert.Equal("new POST /batch/ 127.0.0.1 Bearer x 4", await capture);
        Assert.Equal("new GET /some%20where?a=%2F 127.0.0.1 Bearer x 0", await client.GetStringAsync(new Uri("/some%20where?a=%2F", UriKind.Relative), cancel));

        // There is no way back.
        gate.Set(GateState.Open);
        Assert.Equal(GateState.Passing, gate.State);

        async Task<string> PostAsync(string path)
        {
            using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), new StringContent("body"), cancel);
            return await answer.Content.ReadAsStringAsync(cancel);
        }
    }

    [Fact]
    public async Task Persons_are_not_removed_meanwhile_and_what_is_let_go_is_answered_here()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var gate = new MoveGate(new ListenSockets(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance), TimeProvider.System);
        await using var server = await StartAsync(http => gate.HandleAsync(http, static http => http.Response.WriteAsync("old")));
        using var client = new HttpClient { BaseAddress = AddressOf(server) };
        gate.RefusesRemovals = true;
        using (var refused = await client.DeleteAsync(new Uri("/api/projects/1/persons/0190c0de-0000-7000-8000-00000000000a", UriKind.Relative), cancel))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        }

        gate.Set(GateState.All);
        var waiting = client.DeleteAsync(new Uri("/api/projects/1/dashboards/1", UriKind.Relative), cancel);
        gate.RefusesRemovals = false;
        gate.Set(GateState.Open);
        using var done = await waiting;
        Assert.Equal("old", await done.Content.ReadAsStringAsync(cancel));
        await gate.SettledAsync(cancel);
    }

    private static async Task<WebApplication> StartAsync(RequestDelegate handle)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(handle);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static Uri AddressOf(WebApplication app) => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
}
