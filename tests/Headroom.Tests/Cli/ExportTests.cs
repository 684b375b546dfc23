using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Headroom.App.Importing;
using Headroom.Cli;
using Xunit;

namespace Headroom.Tests.Cli;

public sealed class ExportTests
{
    [Fact]
    public async Task Pages_are_followed_to_the_end_and_an_import_takes_the_lines()
    {
        using var pages = new Pages();
        using var http = new HttpClient(pages) { BaseAddress = new Uri("http://127.0.0.1:1") };
        using var target = new MemoryStream();
        await using (var sink = new NdjsonSink(target))
        {
            Assert.Equal(3, await ExportCommand.RunAsync(http, "1", "&event=a", sink, Quiet(), TestContext.Current.CancellationToken));
        }

        var lines = Encoding.UTF8.GetString(target.ToArray()).TrimEnd('\n').Split('\n');
        Assert.Equal(["/api/projects/1/events?limit=200&event=a", "/api/projects/1/events?limit=200&event=a&cursor=a%2Fb%3D"], pages.Asked);
        Assert.Equal(
            """{"uuid":"00000000-0000-7000-8000-000000000001","event":"a","distinct_id":"u1","timestamp":"2026-11-20T10:00:00Z","properties":{"n":1,"deep":{"x":[1,2]}}}""",
            lines[0]);
        Assert.All(lines, line => Assert.True(new NdjsonFormat().TryWrite(Encoding.UTF8.GetBytes(line), default, new ByteBuffer(16), out _)));
    }

    [Fact]
    public async Task Csv_has_one_column_for_each_field_and_the_properties_as_json()
    {
        using var pages = new Pages();
        using var http = new HttpClient(pages) { BaseAddress = new Uri("http://127.0.0.1:1") };
        using var target = new MemoryStream();
        await using (var sink = new CsvSink(target))
        {
            await ExportCommand.RunAsync(http, "1", "", sink, Quiet(), TestContext.Current.CancellationToken);
        }

        var lines = Encoding.UTF8.GetString(target.ToArray()).TrimEnd().Split("\r\n");
        Assert.Equal(4, lines.Length);
        Assert.Equal("uuid,event,distinct_id,timestamp,properties", lines[0]);
        Assert.Equal("""00000000-0000-7000-8000-000000000001,a,u1,2026-11-20T10:00:00Z,"{""n"":1,""deep"":{""x"":[1,2]}}" """.TrimEnd(), lines[1]);
    }

    [Theory]
    [InlineData("=1+1")]
    [InlineData("+1")]
    [InlineData("-1")]
    [InlineData("@x")]
    [InlineData("\t=1")]
    [InlineData("\r=1")]
    public async Task No_text_of_a_stranger_is_a_formula_in_csv(string name)
    {
        using var target = new MemoryStream();
        await using (var sink = new CsvSink(target))
        {
            await sink.WriteAsync(JsonSerializer.SerializeToElement(new { @event = name, distinctId = name }), TestContext.Current.CancellationToken);
        }

        var line = Encoding.UTF8.GetString(target.ToArray())["uuid,event,distinct_id,timestamp,properties\r\n".Length..];
        Assert.StartsWith($",\"'{name}\",\"'{name}\",", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_of_the_server_is_told()
    {
        using var pages = new Pages { Status = HttpStatusCode.Forbidden };
        using var http = new HttpClient(pages) { BaseAddress = new Uri("http://127.0.0.1:1") };
        await using var sink = new NdjsonSink(new MemoryStream());

        var failed = await Assert.ThrowsAsync<CommandFailedException>(() =>
            ExportCommand.RunAsync(http, "1", "", sink, Quiet(), TestContext.Current.CancellationToken));

        Assert.Contains("403", failed.Message, StringComparison.Ordinal);
    }

    private static Terminal Quiet() => new(TextWriter.Null, TextWriter.Null, () => Stream.Null, () => Stream.Null, Interactive: false);

    private sealed class Pages : HttpMessageHandler
    {
        public List<string> Asked { get; } = [];

        public HttpStatusCode Status { get; init; } = HttpStatusCode.OK;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add(request.RequestUri!.PathAndQuery);
            var page = Asked.Count == 1 ? $$"""{"events":[{{Event(1)}},{{Event(2)}}],"next":"a/b="}""" : $$"""{"events":[{{Event(3)}}],"next":null}""";
            return Task.FromResult(new HttpResponseMessage(Status) { Content = new StringContent(page) });
        }

        private static string Event(int n) =>
            """{"uuid":"00000000-0000-7000-8000-00000000000N","event":"a","distinctId":"uN","personKey":"1","timestamp":"2026-11-20T10:00:00Z","properties":{"n":N,"deep":{"x":[1,2]}}}"""
                .Replace("N", n.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }
}
