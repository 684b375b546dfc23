using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Headroom.App.Moving;

internal enum GateState
{
    /// <summary>This process answers.</summary>
    Open,

    /// <summary>What changes control data waits.</summary>
    Changes,

    /// <summary>Everything but reading waits.</summary>
    All,

    /// <summary>Everything is passed on to another process.</summary>
    Passing,
}

/// <summary>Ahead of everything that answers requests: lets them wait for a moment, or passes them on to the process that takes this one's place. Safe for concurrent use.</summary>
internal sealed class MoveGate(ListenSockets sockets, TimeProvider time) : IDisposable
{
    private const int RetryAfterSeconds = 5;
    private const int LongestRemovalPauseSeconds = 60;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile GateState _state;
    private volatile bool _refusesRemovals;
    private int _changing;
    private int _underWay;
    private Passing? _passing;

    public GateState State => _state;

    /// <summary>Requests that this process works on, those that it passes on among them.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Removals of persons are refused meanwhile: they would be done in one of two stores.</summary>
    public bool RefusesRemovals
    {
        get => _refusesRemovals;
        set => _refusesRemovals = value;
    }

    /// <summary>Where what waits goes on. From passing there is no way back.</summary>
    public void Set(GateState state)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            if (_state == GateState.Passing)
            {
                return;
            }

            _state = state;
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
    }

    public void Pass(Uri to)
    {
        _passing = new Passing(to, sockets);
        Set(GateState.Passing);
    }

    /// <summary>Ends when nothing is under way that was let in before the state was set and that it keeps waiting.</summary>
    /// <exception cref="TimeoutException">Some request has taken longer.</exception>
    public async Task SettledAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (Volatile.Read(ref _changing) > 0)
        {
            if (time.GetElapsedTime(started) > TimeSpan.FromSeconds(15))
            {
                throw new TimeoutException($"{Volatile.Read(ref _changing)} requests that change something have been under way for 15 s.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), time, cancellationToken);
        }
    }

    public async Task HandleAsync(HttpContext http, RequestDelegate next)
    {
        var kind = KindOf(http.Request);
        if (sockets.IsLeaving)
        {
            // Whoever goes on sending on this connection opens another one, to the new process.
            http.Response.Headers.Connection = "close";
        }

        Interlocked.Increment(ref _underWay);
        try
        {
            while (true)
            {
                var changed = Volatile.Read(ref _changed);
                if (kind != RequestKind.Read)
                {
                    // Counted before the state is looked at: whoever sets it and then finds nothing counted knows that nothing comes.
                    Interlocked.Increment(ref _changing);
                }

                var state = _state;
                try
                {
                    if (state == GateState.Passing)
                    {
                        break;
                    }

                    if (kind == RequestKind.Read || state == GateState.Open || (state == GateState.Changes && kind == RequestKind.Capture))
                    {
                        if (kind == RequestKind.Removal && _refusesRemovals)
                        {
                            await RefuseAsync(http, "Persons are not removed while the server is being moved. Try again in a minute.", LongestRemovalPauseSeconds);
                            return;
                        }

                        await next(http);
                        return;
                    }
                }
                finally
                {
                    if (kind != RequestKind.Read)
                    {
                        Interlocked.Decrement(ref _changing);
                    }
                }

                if (!await WaitAsync(changed.Task, http.RequestAborted))
                {
                    await RefuseAsync(http, "The server is being moved. Try again in a moment.", RetryAfterSeconds);
                    return;
                }
            }

            await _passing!.HandleAsync(http);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    public void Dispose() => _passing?.Dispose();

    private static RequestKind KindOf(HttpRequest request)
    {
        var path = request.Path.Value ?? "";
        var isLook = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        if (!path.StartsWith("/api/", StringComparison.Ordinal) || path is "/api/event" or "/api/event/")
        {
            return isLook && (path.StartsWith("/health/", StringComparison.Ordinal) || path == "/metrics") ? RequestKind.Read : RequestKind.Capture;
        }

        if (isLook || path.EndsWith("/query", StringComparison.Ordinal) || path.EndsWith("/query/persons", StringComparison.Ordinal)
            || path.EndsWith("/sql", StringComparison.Ordinal) || path.EndsWith("/plan", StringComparison.Ordinal) || path.Contains("/imports", StringComparison.Ordinal))
        {
            return RequestKind.Read;
        }

        return HttpMethods.IsDelete(request.Method) && path.Contains("/persons/", StringComparison.Ordinal) ? RequestKind.Removal : RequestKind.Change;
    }

    private static Task RefuseAsync(HttpContext http, string reason, int retryAfter)
    {
        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        http.Response.Headers.RetryAfter = retryAfter.ToString(System.Globalization.CultureInfo.InvariantCulture);
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(reason, http.RequestAborted);
    }

    /// <summary>False where it took too long.</summary>
    private async Task<bool> WaitAsync(Task changed, CancellationToken cancellationToken)
    {
        try
        {
            await changed.WaitAsync(LongestWait, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private enum RequestKind
    {
        Read,
        Capture,
        Change,
        Removal,
    }

    /// <summary>Requests passed on as they come, and their answers as they come back.</summary>
    private sealed class Passing(Uri to, ListenSockets sockets) : IDisposable
    {
        private const int BufferBytes = 64 * 1024;
        private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(5),
        });

        public async Task HandleAsync(HttpContext http)
        {
            using var request = Request(http);
            HttpResponseMessage answer;
            try
            {
                answer = await _client.SendAsync(request, http.RequestAborted);
            }
            catch (Exception e) when (e is HttpRequestException or SocketException)
            {
                await RefuseAsync(http, "The server was moved, and its new process does not answer.", RetryAfterSeconds);
                return;
            }

            using (answer)
            {
                http.Response.StatusCode = (int)answer.StatusCode;
                Copy(answer.Headers.NonValidated, http.Response.Headers);
                Copy(answer.Content.Headers.NonValidated, http.Response.Headers);
                http.Response.Headers.Remove("Transfer-Encoding");
                http.Response.Headers.Remove("Connection");
                if (sockets.IsLeaving)
                {
                    http.Response.Headers.Connection = "close";
                }

                await using var body = await answer.Content.ReadAsStreamAsync(http.RequestAborted);
                var buffer = new byte[BufferBytes];
                while (await body.ReadAsync(buffer, http.RequestAborted) is var read and > 0)
                {
                    await http.Response.Body.WriteAsync(buffer.AsMemory(0, read), http.RequestAborted);
                    await http.Response.Body.FlushAsync(http.RequestAborted);
                }
            }
        }

        public void Dispose() => _client.Dispose();

        private static void Copy(System.Net.Http.Headers.HttpHeadersNonValidated from, IHeaderDictionary to)
        {
            foreach (var (name, values) in from)
            {
                to[name] = new StringValues([.. values]);
            }
        }

        private HttpRequestMessage Request(HttpContext http)
        {
            var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), new Uri(to, http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget))
            {
                Version = HttpVersion.Version11,
            };
            if (http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
            {
                request.Content = new StreamContent(http.Request.Body);
            }

            foreach (var (name, values) in http.Request.Headers)
            {
                if (name.ToUpperInvariant() is "CONNECTION" or "KEEP-ALIVE" or "TRANSFER-ENCODING" or "UPGRADE" or "TE" or "EXPECT" or "X-FORWARDED-FOR" or "X-FORWARDED-PROTO"
                    || name.StartsWith(':'))
                {
                    continue;
                }

                if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                {
                    request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
                }
            }

            request.Headers.Host = http.Request.Host.Value;
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", http.Connection.RemoteIpAddress?.ToString());
            request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", http.Request.Scheme);
            return request;
        }
    }
}
