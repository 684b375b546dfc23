using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Headroom.Bench;

/// <summary>Kestrel as it comes, reading the whole body and answering with as many bytes as capture does.</summary>
internal static class BareEndpoint
{
    private static readonly byte[] s_answer = "{\"status\":1}"u8.ToArray();

    public static async Task RunAsync(string address)
    {
        if (!new Uri(address).IsLoopback)
        {
            throw new ArgumentException($"The bare endpoint only listens on this machine, not on {address}.", nameof(address));
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = null;
        });
        var app = builder.Build();
        app.Run(static async context =>
        {
            var body = context.Request.BodyReader;
            while (true)
            {
                var read = await body.ReadAsync(context.RequestAborted);
                body.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }

            context.Response.ContentType = "application/json";
            context.Response.ContentLength = s_answer.Length;
            await context.Response.Body.WriteAsync(s_answer, context.RequestAborted);
        });
        await app.RunAsync();
    }
}
