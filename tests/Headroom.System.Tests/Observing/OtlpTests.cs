using Headroom.System.Tests.Support;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace Headroom.System.Tests.Observing;

/// <summary>Metrics and traces by OTLP, as the standard variables of the environment say, received and decoded.</summary>
public sealed class OtlpTests
{
    [Theory]
    [InlineData("http/protobuf", HttpProtocols.Http1)]
    [InlineData("grpc", HttpProtocols.Http2)]
    public async Task Metrics_and_traces_arrive_with_their_names_and_kinds(string protocol, HttpProtocols listens)
    {
        await using var receiver = await OtlpReceiver.StartAsync(listens);
        await using var server = await HeadroomServer.StartWithAsync(new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "api-key=secret,authorization=Basic%20dXNlcjpwYXNz",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "500",
            ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment=test",
        });
        await UseAsync(server);

        await Until.TrueAsync("spans arrive", () => Task.FromResult(receiver.Spans.Any(span => span.Name.Contains("/api/projects/", StringComparison.Ordinal))));
        await Until.TrueAsync("metrics arrive", () => Task.FromResult(receiver.Metrics.ContainsKey("headroom_insights_query_duration_seconds")));
        Assert.Equal(new OtlpMetric("headroom_capture_events_total", "", "sum", Temporality.Cumulative, Monotonic: true), receiver.Metrics["headroom_capture_events_total"] with { Unit = "" });
        Assert.Equal(new OtlpMetric("headroom_capture_duration_seconds", "s", "histogram", Temporality.Cumulative, Monotonic: false), receiver.Metrics["headroom_capture_duration_seconds"]);
        Assert.Equal("gauge", receiver.Metrics["headroom_part_ok"].Kind);
        Assert.Equal("gauge", receiver.Metrics["headroom_ledger_events"].Kind);
        Assert.Contains("dotnet.process.cpu.time", receiver.Metrics.Keys);
        Assert.Contains("http.server.request.duration", receiver.Metrics.Keys);
        Assert.Equal("headroom", receiver.Resource["service.name"]);
        Assert.Equal("test", receiver.Resource["deployment.environment"]);
        Assert.Equal("secret", receiver.Headers["api-key"]);
        Assert.Equal("Basic dXNlcjpwYXNz", receiver.Headers["authorization"]);
        var type = protocol == "grpc" ? "application/grpc" : "application/x-protobuf";
        Assert.All(receiver.Requests.Keys, request => Assert.EndsWith(type, request, StringComparison.Ordinal));

        // What has arrived by OTLP stands at /metrics.
        var arrived = receiver.Metrics.Keys.Where(static name => name.StartsWith("headroom_", StringComparison.Ordinal)).ToList();
        var text = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.All(arrived, name => Assert.Contains($"# TYPE {name} ", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deltas_and_a_sampler_are_a_matter_of_the_environment()
    {
        await using var receiver = await OtlpReceiver.StartAsync(HttpProtocols.Http1);
        await using var server = await HeadroomServer.StartWithAsync(new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"] = "delta",
            ["OTEL_TRACES_SAMPLER"] = "always_off",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        });
        await UseAsync(server);

        await Until.TrueAsync("metrics arrive", () => Task.FromResult(receiver.Metrics.ContainsKey("headroom_insights_query_duration_seconds")));
        Assert.Equal(Temporality.Delta, receiver.Metrics["headroom_capture_events_total"].Temporality);
        Assert.Equal(Temporality.Delta, receiver.Metrics["headroom_capture_duration_seconds"].Temporality);
        Assert.All(receiver.Metrics.Values.Where(metric => metric.Monotonic || metric.Kind == "histogram"), metric => Assert.Equal(Temporality.Delta, metric.Temporality));
        Assert.Empty(receiver.Spans);

        // Prometheus' form stays one of totals.
        var text = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Matches("""(?m)^headroom_capture_events_total\{[^}]*protocol="posthog"\} 1$""", text);
    }

    [Fact]
    public async Task Each_step_of_an_event_from_capture_to_a_query_is_a_span_that_leads_to_the_next()
    {
        await using var receiver = await OtlpReceiver.StartAsync(HttpProtocols.Http1);
        await using var server = await HeadroomServer.StartWithAsync(new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        });
        var project = await server.AddProjectAsync("followed");
        using var request = project.Request(HttpMethod.Get, "live");
        using var watched = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await project.SendAsync([ProjectClient.Event(Guid.CreateVersion7(), "followed", "ada", new() { ["plan"] = "pro" })], TestContext.Current.CancellationToken);
        await project.StoredAsync(1);

        // The first is counted from the footers of the files, the second is a statement.
        Assert.Equal(1, await project.TotalAsync("followed"));
        Assert.Equal(1, await project.TotalAsync("followed", "unique_persons"));

        var capture = await SpanAsync("capture", static _ => true);
        var commit = await SpanAsync("writer commit", span => span.Links.Contains(capture.Trace));
        var batch = await SpanAsync("writer batch", span => span.Id == commit.Parent);
        await SpanAsync("log commit", static span => span.Attributes.Contains("headroom.log.records") && span.Attributes.Contains("headroom.log.bytes"));
        await SpanAsync("writer read", span => span.Parent == batch.Id && span.Attributes.Contains("headroom.log.records"));
        await SpanAsync("store files", span => span.Parent == commit.Id);
        await SpanAsync("store catalog", span => span.Parent == commit.Id);
        await SpanAsync("live publish", span => span.Parent == commit.Id);
        var statement = await SpanAsync("query run", span => Parents(span).Select(static parent => parent.Name).Take(2).SequenceEqual(["store read", "insights.query"]));
        await SpanAsync("query wait", span => span.Parent == statement.Parent);
        await SpanAsync("store read", span => Parents(span).Any(static parent => parent.Name == "insights.query"));
        Assert.Contains("headroom.log.offset", capture.Attributes);

        async Task<OtlpSpan> SpanAsync(string name, Func<OtlpSpan, bool> holds)
        {
            OtlpSpan? found = null;
            await Until.TrueAsync(
                $"the span {name} arrives", () => Task.FromResult((found = receiver.Spans.FirstOrDefault(span => span.Name == name && holds(span))) is not null),
                detail: () => Task.FromResult(string.Join('\n', receiver.Spans)));
            return found!;
        }

        IEnumerable<OtlpSpan> Parents(OtlpSpan span)
        {
            for (var parent = Of(span); parent is not null; parent = Of(parent))
            {
                yield return parent;
            }

            OtlpSpan? Of(OtlpSpan child) => receiver.Spans.FirstOrDefault(one => one.Trace == child.Trace && one.Id == child.Parent);
        }
    }

    private static async Task UseAsync(HeadroomServer server)
    {
        var project = await server.AddProjectAsync("sent");
        await project.SendAsync([ProjectClient.Event(Guid.CreateVersion7(), "sent", "ada")], TestContext.Current.CancellationToken);
        await project.StoredAsync(1);
        await project.TotalAsync("sent");
    }
}
