using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Headroom.Tests.Gateway;

/// <summary>What stands in for a process behind the gateway: says who it is, and what it was asked.</summary>
internal sealed class StandIn : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StandIn(string name)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Limits.MaxRequestBodySize = null);
        _app = builder.Build();
        _app.MapGet("/health/ready", () => Results.StatusCode(IsReady ? 200 : 503));
        _app.MapFallback("{**path}", async context =>
        {
            Asked.Enqueue(context.Request.Path);
            if (Answer is { } answer)
            {
                await answer(context);
                return;
            }

            using var reader = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync($"{name} {context.Request.Method} {context.Request.Path}{context.Request.QueryString} {await reader.ReadToEndAsync()}".TrimEnd());
        });
    }

    public ConcurrentQueue<string> Asked { get; } = new();

    public volatile bool IsReady = true;

    public RequestDelegate? Answer { get; set; }

    public string Address => _app.Urls.First();

    public static async Task<StandIn> StartAsync(string name)
    {
        var one = new StandIn(name);
        await one._app.StartAsync();
        return one;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }
}
