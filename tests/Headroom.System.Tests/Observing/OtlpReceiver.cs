using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Headroom.System.Tests.Observing;

/// <summary>AggregationTemporality of opentelemetry/proto/metrics/v1/metrics.proto.</summary>
internal enum Temporality
{
    /// <summary>Gauges have none.</summary>
    None = 0,
    Delta = 1,
    Cumulative = 2,
}

/// <param name="Kind">gauge, sum or histogram.</param>
internal sealed record OtlpMetric(string Name, string Unit, string Kind, Temporality Temporality, bool Monotonic);

/// <summary>A span; ids are in hexadecimal.</summary>
/// <param name="Parent">Empty for the first of a trace.</param>
/// <param name="Links">The traces that it names.</param>
internal sealed record OtlpSpan(string Name, string Trace, string Id, string Parent, IReadOnlyList<string> Links, IReadOnlyList<string> Attributes);

/// <summary>
/// Takes what an OpenTelemetry SDK sends (https://opentelemetry.io/docs/specs/otlp/): over HTTP/1.1 as binary protobuf, or over gRPC in clear
/// text. Keeps names and kinds of metrics, and spans.
/// </summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private ImmutableDictionary<string, OtlpMetric> _metrics = ImmutableDictionary<string, OtlpMetric>.Empty;
    private readonly ConcurrentDictionary<string, string> _resource = new();
    private readonly ConcurrentQueue<OtlpSpan> _spans = new();
    private readonly ConcurrentDictionary<string, int> _requests = new();
    private readonly ConcurrentDictionary<string, string> _headers = new(StringComparer.OrdinalIgnoreCase);

    private OtlpReceiver(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    /// <summary>Of all requests that were read to their end.</summary>
    public IReadOnlyDictionary<string, OtlpMetric> Metrics => Volatile.Read(ref _metrics);

    /// <summary>Attributes of what sends.</summary>
    public IReadOnlyDictionary<string, string> Resource => _resource;

    public IReadOnlyCollection<OtlpSpan> Spans => _spans;

    /// <summary>Requests by path and content type.</summary>
    public IReadOnlyDictionary<string, int> Requests => _requests;

    public IReadOnlyDictionary<string, string> Headers => _headers;

    public static async Task<OtlpReceiver> StartAsync(HttpProtocols protocol)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(global::System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = protocol));
        var app = builder.Build();
        var receiver = new OtlpReceiver(app);
        app.MapPost("/v1/metrics", request => receiver.TakeAsync(request, receiver.TakeMetrics));
        app.MapPost("/v1/traces", request => receiver.TakeAsync(request, receiver.TakeSpans));
        app.MapPost("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", request => receiver.TakeCallAsync(request, receiver.TakeMetrics));
        app.MapPost("/opentelemetry.proto.collector.trace.v1.TraceService/Export", request => receiver.TakeCallAsync(request, receiver.TakeSpans));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context, Action<ProtobufFields> take)
    {
        take(new ProtobufFields(await BodyAsync(context.Request)));
        context.Response.ContentType = "application/x-protobuf";
    }

    /// <summary>A unary call: messages have a byte that says whether they are compressed and four of length before them.</summary>
    private async Task TakeCallAsync(HttpContext context, Action<ProtobufFields> take)
    {
        var body = await BodyAsync(context.Request);
        Assert.Equal(0, body.Span[0]);
        Assert.Equal(body.Length - 5, BinaryPrimitives.ReadInt32BigEndian(body.Span[1..]));
        take(new ProtobufFields(body[5..]));
        context.Response.ContentType = "application/grpc";
        context.Response.DeclareTrailer("grpc-status");
        await context.Response.Body.WriteAsync(new byte[5]);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private async Task<ReadOnlyMemory<byte>> BodyAsync(HttpRequest request)
    {
        _requests.AddOrUpdate($"{request.Path} {request.ContentType}", 1, static (_, count) => count + 1);
        foreach (var (name, value) in request.Headers)
        {
            _headers[name] = value.ToString();
        }

        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    /// <summary>ExportMetricsServiceRequest: resource_metrics 1, in it resource 1 and scope_metrics 2, in that metrics 2.</summary>
    private void TakeMetrics(ProtobufFields request)
    {
        var metrics = new Dictionary<string, OtlpMetric>();
        foreach (var resource in request.Messages(1))
        {
            TakeResource(resource);
            foreach (var metric in resource.Messages(2).SelectMany(scope => scope.Messages(2)))
            {
                var (kind, data) = metric.Message(7) is { } sum ? ("sum", sum) : metric.Message(9) is { } histogram ? ("histogram", histogram) : ("gauge", null);
                metrics[metric.Text(1)] = new OtlpMetric(metric.Text(1), metric.Text(3), kind, (Temporality)(data?.Number(2) ?? 0), kind == "sum" && data!.Number(3) == 1);
            }
        }

        ImmutableInterlocked.Update(ref _metrics, static (known, found) => known.SetItems(found), metrics);
    }

    /// <summary>
    /// ExportTraceServiceRequest: resource_spans 1, in it resource 1 and scope_spans 2, in that spans 2 with trace_id 1, span_id 2, parent_span_id 4, name 5,
    /// attributes 9 with their key 1, and links 13 with the trace_id 1.
    /// </summary>
    private void TakeSpans(ProtobufFields request)
    {
        foreach (var resource in request.Messages(1))
        {
            TakeResource(resource);
            foreach (var span in resource.Messages(2).SelectMany(scope => scope.Messages(2)))
            {
                _spans.Enqueue(new OtlpSpan(
                    span.Text(5), span.Hex(1), span.Hex(2), span.Hex(4), [.. span.Messages(13).Select(static link => link.Hex(1))], [.. span.Messages(9).Select(static one => one.Text(1))]));
            }
        }
    }

    private void TakeResource(ProtobufFields resource)
    {
        foreach (var attribute in resource.Message(1)?.Messages(1) ?? [])
        {
            _resource[attribute.Text(1)] = attribute.Message(2)!.Text(1);
        }
    }
}
