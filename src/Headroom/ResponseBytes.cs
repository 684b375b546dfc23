using System.Diagnostics.Metrics;
using System.IO.Pipelines;
using Headroom.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Headroom;

/// <summary>Counts what the API answers, as it is handed to the web server, so that a stream of hours counts while it goes on.</summary>
internal static class ResponseBytes
{
    private static readonly Counter<long> Sent = Telemetry.Meter.CreateCounter<long>(
        "headroom_api_response_bytes_total", "By", "Bytes of answers to queries and live views, by route.");

    public static void CountResponseBytes(this IEndpointConventionBuilder routes) => routes.AddEndpointFilter(static (context, next) =>
    {
        var http = context.HttpContext;
        if (http.Features.Get<IHttpResponseBodyFeature>() is { } body)
        {
            http.Features.Set<IHttpResponseBodyFeature>(new CountingBody(body, (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText));
        }

        return next(context);
    });

    private sealed class CountingBody : IHttpResponseBodyFeature
    {
        private readonly IHttpResponseBodyFeature _inner;

        public CountingBody(IHttpResponseBodyFeature inner, string? route)
        {
            _inner = inner;
            Writer = new CountingWriter(inner.Writer, new KeyValuePair<string, object?>("route", route));
            Stream = Writer.AsStream(leaveOpen: true);
        }

        public PipeWriter Writer { get; }

        public Stream Stream { get; }

        public void DisableBuffering() => _inner.DisableBuffering();

        public Task StartAsync(CancellationToken cancellationToken = default) => _inner.StartAsync(cancellationToken);

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

        public Task CompleteAsync() => _inner.CompleteAsync();
    }

    private sealed class CountingWriter(PipeWriter inner, KeyValuePair<string, object?> route) : PipeWriter
    {
        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override void Advance(int bytes)
        {
            inner.Advance(bytes);
            Sent.Add(bytes, route);
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            Sent.Add(source.Length, route);
            return inner.WriteAsync(source, cancellationToken);
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
    }
}
