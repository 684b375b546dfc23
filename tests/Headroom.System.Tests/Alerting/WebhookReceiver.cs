using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Headroom.System.Tests.Support;

namespace Headroom.System.Tests.Alerting;

internal sealed record Posted(string Path, string? Signature, byte[] Body)
{
    public JsonNode Json { get; } = JsonNode.Parse(Body)!;
}

/// <summary>Takes what is posted to it, and answers 204.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Channel<Posted> _posted = global::System.Threading.Channels.Channel.CreateUnbounded<Posted>();
    private readonly Task _serving;

    public WebhookReceiver()
    {
        Address = $"http://127.0.0.1:{Ports.Free()}/";
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Address { get; }

    public ValueTask<Posted> NextAsync(CancellationToken cancellationToken) => _posted.Reader.ReadAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                context.Response.StatusCode = 204;
                context.Response.Close();
                _posted.Writer.TryWrite(new Posted(context.Request.Url!.AbsolutePath, context.Request.Headers["X-Headroom-Signature"], body.ToArray()));
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
