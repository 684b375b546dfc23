using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Headroom.Tests;

/// <summary>How the built web app is served: what a browser holds is not sent again, and only an encoding that it takes is sent.</summary>
public sealed class WebAssetsTests : IAsyncLifetime
{
    private const string Asset = "/assets/index-1a2b3c.js";
    private const string Page = "/index.html";

    private readonly string _root = Directory.CreateTempSubdirectory("headroom-assets-").FullName;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None });
    private WebApplication? _app;

    public async ValueTask InitializeAsync()
    {
        foreach (var name in new[] { Asset, Page })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_root + name)!);
            await File.WriteAllTextAsync(_root + name, $"plain {name}");
            await File.WriteAllTextAsync($"{_root}{name}.br", $"brotli {name}");
            await File.WriteAllTextAsync($"{_root}{name}.gz", $"gzipped {name}");
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapWebAssets(_root);
        await _app.StartAsync();
        _http.BaseAddress = new Uri(_app.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        Directory.Delete(_root, recursive: true);
    }

    [Theory]
    [InlineData(Asset, "br")]
    [InlineData(Asset, "gzip")]
    [InlineData(Asset, "")]
    [InlineData(Page, "br")]
    [InlineData("/projects/1/trends", "br")]
    public async Task What_the_browser_holds_is_answered_304_without_a_body(string path, string encodings)
    {
        using var first = await GetAsync(path, encodings);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var tag = first.Headers.ETag!.ToString();
        foreach (var known in new[] { tag, $"W/{tag}", $"\"another\", {tag}", "*" })
        {
            using var again = await GetAsync(path, encodings, known);
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
            Assert.Equal(tag, again.Headers.ETag!.ToString());
            Assert.Equal(["Accept-Encoding"], again.Headers.Vary);
            Assert.Equal(first.Headers.CacheControl, again.Headers.CacheControl);
            Assert.Empty(await again.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Another_files_tag_and_another_encodings_tag_are_answered_whole()
    {
        using var brotli = await GetAsync(Asset, "br");
        using var gzip = await GetAsync(Asset, "gzip", brotli.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.OK, gzip.StatusCode);
        Assert.Equal($"gzipped {Asset}", await gzip.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var unknown = await GetAsync(Asset, "br", "\"another\"");
        Assert.Equal(HttpStatusCode.OK, unknown.StatusCode);
    }

    [Theory]
    [InlineData("br", "br")]
    [InlineData("gzip, deflate, br, zstd", "br")]
    [InlineData("BR;q=0.5", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("br;q=0, gzip", "gzip")]
    [InlineData("br;q=0.000, gzip;q=0.1", "gzip")]
    [InlineData("br;q=0", null)]
    [InlineData("br;q=0, gzip;q=0", null)]
    [InlineData("br;q=0, *", null)]
    [InlineData("identity", null)]
    [InlineData("", null)]
    public async Task Only_an_encoding_that_the_browser_takes_is_sent(string encodings, string? sent)
    {
        using var answer = await GetAsync(Asset, encodings);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(sent is null ? [] : [sent], answer.Content.Headers.ContentEncoding);
        Assert.Equal(["Accept-Encoding"], answer.Headers.Vary);
        var expected = sent switch { "br" => "brotli", "gzip" => "gzipped", _ => "plain" };
        Assert.Equal($"{expected} {Asset}", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string encodings, string? known = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        if (encodings.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Accept-Encoding", encodings);
        }

        if (known is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
        }

        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
