using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;

namespace Headroom.Gateway;

/// <summary>
/// Hands each request to a process that has its role. Where nothing of it was sent, the next one is tried; a read that is not answered is tried
/// once more. An event is never sent twice from here: the process may have taken it, and not every SDK gives events a uuid by which a second one would be known.
/// </summary>
internal sealed partial class Gateway : IDisposable
{
    /// <summary>A query up to this size is kept until it is answered, so that it can be asked again.</summary>
    public const int MostKeptBytes = 1024 * 1024;

    private readonly IHttpForwarder _forwarder;
    private readonly Destinations _destinations;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ForwarderRequestConfig _request;
    private readonly HttpMessageInvoker _client;

    public Gateway(IHttpForwarder forwarder, Destinations destinations, IOptions<GatewayOptions> options, GatewayMetrics metrics, TimeProvider time, ILogger<Gateway> logger)
    {
        (_forwarder, _destinations, _metrics, _time, _logger) = (forwarder, destinations, metrics, time, logger);
        _request = new ForwarderRequestConfig
        {
            ActivityTimeout = TimeSpan.FromSeconds(options.Value.IdleSeconds),
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, options.Value.ConnectTimeoutMilliseconds, cancellationToken),

            // Less than Kestrel's, so that none is used just as it is closed there.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
        });
    }

    public void Dispose() => _client.Dispose();

    public async Task HandleAsync(HttpContext context)
    {
        if (Routes.Find(context.Request.Method, context.Request.Path) is not { } path)
        {
            await TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, detail: $"There is nothing at {context.Request.Path}.").ExecuteAsync(context);
            return;
        }

        var started = _time.GetTimestamp();
        var role = path.Role == Roles.Jobs ? Roles.Writer : path.Role;
        var outcome = await ForwardAsync(context, path);
        _metrics.Ended(role, outcome, _time.GetElapsedTime(started));
    }

    /// <summary>What has a first choice among the processes: a project, or a link to what it shares. Null for nothing.</summary>
    internal static string? KeyOf(PathString path)
    {
        var parts = (path.Value ?? "").Split('/', 5);
        return parts is ["", "api", "projects" or "shared", { Length: > 0 } key, ..] ? key : null;
    }

    private async Task<string> ForwardAsync(HttpContext context, RolePath path)
    {
        var mayRepeat = await MayRepeatAsync(context, path);
        var last = ForwarderError.None;
        foreach (var destination in _destinations.InOrder(path.Role, path.Role == Roles.Query ? KeyOf(context.Request.Path) : null))
        {
            last = await _forwarder.SendAsync(context, destination.Address, _client, _request, ForwardedTransformer.Instance);
            if (last == ForwarderError.None)
            {
                return "answered";
            }

            if (context.RequestAborted.IsCancellationRequested)
            {
                return "abandoned";
            }

            var cause = context.GetForwarderErrorFeature()?.Exception;
            LogFailed(_logger, destination.Role, destination.Address, last, cause?.GetBaseException().Message ?? "nothing is known");
            if (context.Response.HasStarted)
            {
                return "failed";
            }

            var unsent = IsUnsent(cause);
            if (unsent)
            {
                destination.Problem ??= "could not be connected to";
            }

            if (!unsent && !(mayRepeat && last is ForwarderError.Request or ForwarderError.RequestBodyDestination or ForwarderError.ResponseHeaders))
            {
                break;
            }

            mayRepeat &= unsent;
            context.Response.Clear();
            if (context.Request.Body is MemoryStream kept)
            {
                kept.Position = 0;
            }

            _metrics.Retried(destination.Role, unsent ? "unreachable" : "unanswered");
        }

        return await RefuseAsync(context, path, last);
    }

    /// <summary>As the handler does it, but that its own limit of time is not told from that of an answer.</summary>
    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint place, int milliseconds, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(milliseconds);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(place, late.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"There was no connection within {milliseconds} ms."), e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A connection that is reset in the moment in which it is there comes as the socket's own exception.</summary>
    private static bool IsUnsent(Exception? cause) =>
        cause is SocketException or HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError };

    /// <summary>Whether asking twice changes nothing, and can be done; keeps the body for it.</summary>
    private static async ValueTask<bool> MayRepeatAsync(HttpContext context, RolePath path)
    {
        var request = context.Request;
        if (path.Role != Roles.Capture && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)))
        {
            return true;
        }

        if (!path.ReadsOnly || request.ContentLength is not { } length || length > MostKeptBytes)
        {
            return false;
        }

        var kept = new MemoryStream((int)length);
        await request.Body.CopyToAsync(kept, context.RequestAborted);
        kept.Position = 0;
        request.Body = kept;
        return true;
    }

    private static async Task<string> RefuseAsync(HttpContext context, RolePath path, ForwarderError error)
    {
        context.Response.Clear();
        var (status, detail) = error switch
        {
            ForwarderError.RequestTimedOut => (StatusCodes.Status504GatewayTimeout, "It took the request and did not answer in time."),
            ForwarderError.RequestBodyClient => (StatusCodes.Status400BadRequest, "The body of the request did not come as it was announced."),
            _ => (StatusCodes.Status503ServiceUnavailable, "None could be reached, or the one that took the request ended before it answered. Try again."),
        };
        context.Response.Headers.RetryAfter = "1";
        await TypedResults.Problem(statusCode: status, title: $"There was no answer from a process with the role {path.Role}.", detail: detail).ExecuteAsync(context);
        return error == ForwarderError.None ? "refused" : "failed";
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A request to the process with the role {Role} at {Address} failed ({Error}): {Reason}")]
    private static partial void LogFailed(ILogger logger, string role, string address, ForwarderError error, string reason);

    /// <summary>
    /// Tells who asks, and by which name and scheme. What the sender said of that was taken by the forwarded-headers middleware where the sender is a
    /// trusted proxy, and counts for nothing otherwise.
    /// </summary>
    private sealed class ForwardedTransformer : HttpTransformer
    {
        public static readonly ForwardedTransformer Instance = new();

        private static readonly string[] Untrusted =
            ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Original-For", "X-Original-Proto", "X-Original-Host"];

        public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            foreach (var name in Untrusted)
            {
                proxyRequest.Headers.Remove(name);
            }

            if (httpContext.Connection.RemoteIpAddress is { } address)
            {
                proxyRequest.Headers.TryAddWithoutValidation("X-Forwarded-For", (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString());
            }

            proxyRequest.Headers.TryAddWithoutValidation("X-Forwarded-Proto", httpContext.Request.Scheme);
            proxyRequest.Headers.TryAddWithoutValidation("X-Forwarded-Host", httpContext.Request.Host.Value);
        }
    }
}
