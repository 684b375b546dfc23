using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Headroom.System.Tests.Support;

internal enum Fault
{
    None,

    /// <summary>503 with Retry-After, without asking the server.</summary>
    Refuse,

    /// <summary>The server takes the request, and its answer never reaches the client.</summary>
    LoseAnswer,
}

/// <summary>Stands between an SDK and the server and spoils the first requests that carry events.</summary>
internal sealed class FlakyProxy : IAsyncDisposable
{
    private static readonly HashSet<string> s_hopByHop =
        new(["Connection", "Transfer-Encoding", "Keep-Alive", "Host", "Content-Length", "Date", "Server"], StringComparer.OrdinalIgnoreCase);

    private readonly WebApplication _app;
    private readonly HttpClient _http;
    private readonly Fault _fault;
    private int _left;

    private FlakyProxy(WebApplication app, HttpClient http, Fault fault, int times)
    {
        _app = app;
        _http = http;
        _fault = fault;
        _left = times;
    }

    public string Address => _app.Urls.First();

    /// <summary>Told of each answer of the server's own to a request that carries events, before the client has it.</summary>
    public Func<HttpStatusCode, Task>? Answered { get; set; }

    /// <summary>How many faults are still to come; 0 shows that the SDK met them all.</summary>
    public int Left => Math.Max(0, Volatile.Read(ref _left));

    public static async Task<FlakyProxy> StartAsync(string target, Fault fault, int times)
    {
        var uri = new Uri(target);
        if (!uri.IsLoopback)
        {
            throw new ArgumentException($"Tests only reach this machine, not {target}.", nameof(target));
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(options => options.AddServerHeader = false);
        var app = builder.Build();
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = uri };
        var proxy = new FlakyProxy(app, http, fault, times);
        app.Run(proxy.PassAsync);
        await app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        var carriesEvents = HttpMethods.IsPost(context.Request.Method) && !context.Request.Path.StartsWithSegments("/flags", StringComparison.Ordinal);
        var fault = carriesEvents && Interlocked.Decrement(ref _left) >= 0 ? _fault : Fault.None;
        if (fault == Fault.Refuse)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "1";
            context.Response.Headers.AccessControlAllowOrigin = context.Request.Headers.Origin.ToString() is { Length: > 0 } origin ? origin : "*";
            context.Response.Headers.AccessControlAllowCredentials = "true";
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method), context.Request.Path.ToUriComponent() + context.Request.QueryString.ToUriComponent());
        request.Content = new ByteArrayContent(body.ToArray());
        foreach (var (name, value) in context.Request.Headers)
        {
            if (!s_hopByHop.Contains(name) && !request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value))
            {
                request.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value);
            }
        }

        // Not cancelled with the client: a lost answer is to a request that the server has taken.
        using var answer = await _http.SendAsync(request, CancellationToken.None);
        var bytes = await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
        if (fault == Fault.LoseAnswer)
        {
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                throw new InvalidOperationException($"The server was to take the request, but said {(int)answer.StatusCode}.");
            }

            context.Abort();
            return;
        }

        if (carriesEvents && Answered is { } answered)
        {
            await answered(answer.StatusCode);
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
        {
            if (!s_hopByHop.Contains(name))
            {
                context.Response.Headers[name] = values.ToArray();
            }
        }

        if (bytes.Length > 0)
        {
            context.Response.Headers.ContentLength = bytes.Length;
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }
}
