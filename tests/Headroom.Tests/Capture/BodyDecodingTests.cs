using System.IO.Compression;
using System.Net;
using System.Text;
using CsCheck;
using Headroom.App.Capture;
using Xunit;

namespace Headroom.Tests.Capture;

public sealed class BodyDecodingTests : IAsyncLifetime
{
    private const string Event = """{"api_key":"hrw_test","event":"päge>>>???","distinct_id":"u1","properties":{"a":[1,{"b":"~~~"}]}}""";
    private CaptureHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await CaptureHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    public static TheoryData<string, string?> Hints => new()
    {
        { "/e/", null },
        { "/e/?compression=gzip", null },
        { "/e/?compression=gzip-js&ip=0&_=1795435200000&ver=1.1", null },
        { "/e/?compression=base64", null },
        { "/e/?compression=lz64", null },
        { "/e/?compression=nonsense", null },
        { "/e/", "gzip" },
        { "/e/", "deflate" },
        { "/e/", "br" },
    };

    [Theory]
    [MemberData(nameof(Hints))]
    public async Task Gzip_and_plain_json_are_seen_whatever_the_hint_says(string path, string? encoding)
    {
        await Taken(_host.PostAsync(path, Gzip(Encoding.UTF8.GetBytes(Event)), "text/plain", encoding));
        await Taken(_host.PostAsync(path, Event, "text/plain", encoding));
        await Taken(_host.PostAsync(path, Gzip(Encoding.UTF8.GetBytes(Event)), "application/x-www-form-urlencoded", encoding));
    }

    [Fact]
    public async Task Deflate_and_brotli_are_read()
    {
        await Taken(_host.PostAsync("/e/", Compress(s => new ZLibStream(s, CompressionLevel.Optimal)), "text/plain", "deflate"));
        await Taken(_host.PostAsync("/e/", Compress(s => new BrotliStream(s, CompressionLevel.Optimal)), "text/plain", "br"));
    }

    [Fact]
    public async Task Base64_is_read_as_body_form_and_query_with_its_plus_signs()
    {
        var base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(Event));
        Assert.Contains('+', base64);
        await Taken(_host.PostAsync("/e/", base64, "text/plain"));
        await Taken(_host.PostAsync("/e/?compression=base64", base64, "text/plain"));
        const string Form = "application/x-www-form-urlencoded";
        await Taken(_host.PostAsync("/e/?compression=base64", "data=" + base64, Form));
        await Taken(_host.PostAsync("/e/", "compression=base64&data=" + Uri.EscapeDataString(base64) + "&x=1", Form));
        await Taken(_host.PostAsync("/e/", "data=" + Uri.EscapeDataString(Event), Form));
        await Taken(_host.PostAsync("/e/", "data=" + Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(base64))), Form));
        await Taken(_host.Client.GetAsync(new Uri("/e/?data=" + Uri.EscapeDataString(base64), UriKind.Relative), TestContext.Current.CancellationToken));
        await Taken(_host.Client.GetAsync(new Uri("/e/?data=" + base64, UriKind.Relative), TestContext.Current.CancellationToken));
        await Taken(_host.PostAsync("/e/?data=" + Uri.EscapeDataString(Event), "{\"event\":\"ignored\"}"));
        var gzip = Convert.ToBase64String(Gzip(Encoding.UTF8.GetBytes(Event)));
        await Taken(_host.PostAsync("/e/?compression=gzip", "data=" + gzip, Form));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x=1")]
    [InlineData("data=")]
    [InlineData("data=eyJldmVudCI6Imlnbm9yZWQifQ%3D%3D")]
    [InlineData("compression=lz64&data=nonsense")]
    public async Task The_querys_data_wins_over_a_form(string form)
    {
        const string Form = "application/x-www-form-urlencoded; charset=utf-8";
        await Taken(_host.PostAsync("/e/?data=" + Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(Event))), form, Form));
        await Taken(_host.PostAsync("/e/?data=" + Uri.EscapeDataString(Convert.ToBase64String(Gzip(Encoding.UTF8.GetBytes(Event)))) + "&ip=0", form, Form));
        await Taken(_host.PostAsync("/e/?compression=lz64&data=" + Uri.EscapeDataString(LzStringEncoder.ToBase64(Event)), form, Form));
    }

    [Fact]
    public async Task Lz64_is_read_with_its_hint()
    {
        await Taken(_host.PostAsync("/e/?compression=lz64", LzStringEncoder.ToBase64(Event), "text/plain"));
        await Taken(_host.PostAsync(
            "/e/?compression=lz64", "data=" + Uri.EscapeDataString(LzStringEncoder.ToBase64(Event)), "application/x-www-form-urlencoded"));
    }

    [Theory]
    [InlineData("BIUwNmD2A0AEDukBOYAmQ===", "Hello, world")]
    [InlineData(
        "N4IgpgbmB2AuIC4QAcAnBzMIA0IAmAlgM6wHQDGsA+gXoiIBSug7EY4gCGyBVA1mAJ70AFgCcA7lVhgSrZMID2yMMNJTEoAB702AIx17dB/UcMnjZ0xfNXLN63dsP7Txy+f7AvBuAAPdYCEAbQBGbAAmbABmAF0AXyigA===",
        "{\"event\":\"päge\",\"distinct_id\":\"用户\",\"api_key\":\"hrw_test\",\"properties\":{\"x\":\"AB😀\",\"y\":[1,2,3]}}")]
    public void Lz_string_reads_what_its_npm_package_wrote(string base64, string text)
    {
        using var output = new PooledBuffer();
        Assert.Equal(LzString.Outcome.Decoded, LzString.Decode(Encoding.ASCII.GetBytes(base64), output, 1000, static _ => true));
        Assert.Equal(text.Replace("AB", string.Concat(Enumerable.Repeat("ab", 100)), StringComparison.Ordinal), Encoding.UTF8.GetString(output.Written));
    }

    [Fact]
    public void Lz_string_round_trips_any_text() =>
        Gen.String[Gen.Char["ab\u00e9\u4e2d{\":1 "], 0, 300].Sample(text =>
        {
            using var output = new PooledBuffer();
            Assert.Equal(LzString.Outcome.Decoded, LzString.Decode(Encoding.ASCII.GetBytes(LzStringEncoder.ToBase64(text)), output, 10_000, static _ => true));
            Assert.Equal(text, Encoding.UTF8.GetString(output.Written));
        });

    [Fact]
    public async Task Broken_encodings_are_refused()
    {
        var gzip = Gzip(Encoding.UTF8.GetBytes(Event));
        await Refused(400, _host.PostAsync("/e/", gzip[..^20], "text/plain"));
        await Refused(400, _host.PostAsync("/e/", gzip[..5], "text/plain"));
        await Refused(400, _host.PostAsync("/e/?compression=base64", "abc", "text/plain"));
        await Refused(400, _host.PostAsync("/e/?compression=lz64", "!!!", "text/plain"));
        await Refused(400, _host.PostAsync("/e/", "x=1", "application/x-www-form-urlencoded"));
        await Refused(400, _host.PostAsync("/e/", "not compressed", "text/plain", "deflate"));
        await Refused(415, _host.PostAsync("/e/", [1, 2, 3, 4], "text/plain", "zstd"));
    }

    [Fact]
    public async Task A_gzip_bomb_is_refused_long_before_it_has_unfolded()
    {
        var bomb = Gzip(Encoding.UTF8.GetBytes("{\"a\":\"" + new string(' ', 20_000_000) + "\"}"));
        using var response = await _host.PostAsync("/e/", bomb, "text/plain");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("MaxDecompressionRatio", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        var nested = Gzip(Gzip(Gzip(bomb)));
        using var again = await _host.PostAsync("/e/", nested, "text/plain");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, again.StatusCode);
        var lz = LzStringEncoder.ToBase64("{\"a\":\"" + new string('a', 2_000_000) + "\"}");
        using var third = await _host.PostAsync("/e/?compression=lz64", lz, "text/plain");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, third.StatusCode);
    }

    internal static byte[] Gzip(byte[] body)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        return output.ToArray();
    }

    private static byte[] Compress(Func<Stream, Stream> wrap)
    {
        using var output = new MemoryStream();
        using (var stream = wrap(output))
        {
            stream.Write(Encoding.UTF8.GetBytes(Event));
        }

        return output.ToArray();
    }

    private static async Task Refused(int status, Task<HttpResponseMessage> request)
    {
        using var response = await request;
        Assert.Equal(status, (int)response.StatusCode);
    }

    private async Task Taken(Task<HttpResponseMessage> request)
    {
        using var response = await request;
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("päge>>>???", _host.Log.Single.GetProperty("event").GetString());
        Assert.Equal("""{"a":[1,{"b":"~~~"}]}""", _host.Log.Single.GetProperty("properties").GetRawText());
        _host.Log.Clear();
    }
}
