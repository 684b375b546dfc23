using System.IO.Compression;
using System.Net;
using System.Text;
using Headroom.App.Capture;
using Headroom.Core;
using Microsoft.Extensions.Options;
using Xunit;

namespace Headroom.Tests.Capture;

public sealed class CaptureLimitsTests
{
    [Theory]
    [InlineData("MaxBodyBytes", "1024", 413)]
    [InlineData("MaxEventBytes", "1000", 400)]
    [InlineData("MaxEventNameLength", "3", 400)]
    [InlineData("MaxProperties", "2", 400)]
    [InlineData("MaxPropertyNameLength", "3", 400)]
    [InlineData("MaxPropertyValueBytes", "1000", 400)]
    [InlineData("MaxDepth", "4", 400)]
    [InlineData("MaxEventsPerRequest", "1", 413)]
    public async Task Each_limit_is_named_when_it_is_met(string setting, string value, int status)
    {
        await using var host = await CaptureHost.StartAsync(settings: (setting, value));
        var e = $$$"""{"event":"clicked","distinct_id":"u","properties":{"a":"{{{new string('x', 1001)}}}","name":1,"c":[[[[1]]]]}}""";
        using var response = await host.PostAsync("/batch/", $$"""{"batch":[{{e}},{{e}}],"api_key":"hrw_test"}""");
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains("Headroom:Capture:" + setting, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await host.Refused.TryFlushAsync();

        // Of a body that was not read nobody knows whose it is.
        Assert.Equal(setting == "MaxBodyBytes" ? 0 : 2, host.Log.Batches.Sum(b => b.Rejected));
        Assert.Equal(setting == "MaxBodyBytes" ? 0 : 2, host.Waiting.Count(new ProjectId(1)));
    }

    [Theory]
    [InlineData("MaxBodyBytes", "1024")]
    [InlineData("MaxDecompressedBytes", "1500")]
    [InlineData("MaxDecompressionRatio", "1")]
    [InlineData("MaxEventsPerRequest", "1")]
    [InlineData(null, null)]
    public async Task What_is_too_large_is_413_but_400_for_Segments_SDKs_which_do_not_halve_a_batch(string? setting, string? value)
    {
        await using var host = await CaptureHost.StartAsync(
            settings: setting is null ? [] : [(setting, value!), ("DecompressionRatioFloorBytes", setting == "MaxDecompressionRatio" ? "1024" : "1048576")]);
        if (setting is null)
        {
            host.Log.Answer = new LogAppend(LogAppendStatus.TooLarge, 0, "too large");
        }

        var text = new string('x', 1000);
        var postHog = $$$"""{"event":"clicked","distinct_id":"u","properties":{"a":"{{{text}}}"}}""";
        var segment = $$$"""{"type":"track","event":"clicked","userId":"u","properties":{"a":"{{{text}}}"}}""";
        var gzip = setting is "MaxDecompressedBytes" or "MaxDecompressionRatio";
        await Refused(413, "/batch/", $$"""{"batch":[{{postHog}},{{postHog}}],"api_key":"hrw_test"}""");
        await Refused(400, "/v1/batch", $$"""{"batch":[{{segment}},{{segment}}],"writeKey":"hrw_test"}""");
        if (setting != "MaxEventsPerRequest")
        {
            await Refused(400, "/v1/track", $$"""{"writeKey":"hrw_test",{{segment[1..^1]}},"context":{"x":"{{text}}"} }""");
            await Refused(413, "/api/event", $$"""{"n":"clicked","u":"https://example.com/","d":"example.com","p":{"a":"{{text}}","b":"{{text}}"} }""");
        }

        async Task Refused(int status, string path, string json)
        {
            var body = Encoding.UTF8.GetBytes(json);
            using var response = await host.PostAsync(path, gzip ? BodyDecodingTests.Gzip(body) : body);
            var answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(status == (int)response.StatusCode, $"{path} answered {(int)response.StatusCode}: {answer}");
            Assert.Contains(setting ?? "too large", answer, StringComparison.Ordinal);
            Assert.Null(response.Headers.RetryAfter);
        }
    }

    [Fact]
    public async Task An_unknown_encoding_is_415_but_400_for_Segments_SDKs()
    {
        await using var host = await CaptureHost.StartAsync();
        foreach (var (path, status) in new[] { ("/batch/", 415), ("/i/v1/analytics/events", 415), ("/v1/batch", 400), ("/v1/t", 400), ("/api/event", 415) })
        {
            using var response = await host.PostAsync(path, [0x28, 0xB5, 0x2F, 0xFD, 1], "text/plain", "zstd");
            Assert.Equal((path, status), (path, (int)response.StatusCode));
        }
    }

    [Fact]
    public async Task Decompressed_size_is_bounded()
    {
        await using var host = await CaptureHost.StartAsync(settings: ("MaxDecompressedBytes", "2000"));
        using var response = await host.PostAsync("/e/", BodyDecodingTests.Gzip(Encoding.UTF8.GetBytes("{\"a\":\"" + new string('x', 3000) + "\"}")));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("MaxDecompressedBytes", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_under_way_are_bounded_and_given_back()
    {
        await using var host = await CaptureHost.StartAsync(settings: ("MaxInFlightBytes", "1048576"));
        var big = BodyDecodingTests.Gzip(Encoding.UTF8.GetBytes("{\"a\":\"" + string.Join(',', Enumerable.Range(0, 300_000)) + "\"}"));
        using var response = await host.PostAsync("/e/", big);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        for (var i = 0; i < 100; i++)
        {
            using var small = await host.PostAsync("/e/", $$"""{"api_key":"hrw_test","event":"a","distinct_id":"u","properties":{"x":"{{new string('x', 100_000)}}"} }""");
            Assert.Equal(HttpStatusCode.OK, small.StatusCode);
        }
    }

    [Theory]
    [InlineData("lz64")]
    [InlineData("base64")]
    [InlineData("form")]
    [InlineData("gzip")]
    public async Task What_decoding_needs_is_charged_before_it_is_taken_and_given_back(string form)
    {
        await using var host = await CaptureHost.StartAsync(settings: ("MaxInFlightBytes", "1048576"));
        var json = $$$"""{"api_key":"hrw_test","event":"a","distinct_id":"u","properties":{"x":"{{{string.Concat(Enumerable.Range(0, 80_000))}}}"} }""";
        var (path, body, type) = form switch
        {
            "lz64" => ("/e/?compression=lz64", LzStringEncoder.ToBase64(json), "text/plain"),
            "base64" => ("/e/?compression=base64", Convert.ToBase64String(Encoding.UTF8.GetBytes(json + new string(' ', 200_000))), "text/plain"),
            "form" => ("/e/", "data=" + Uri.EscapeDataString(json + new string('a', 300_000)), "application/x-www-form-urlencoded"),
            _ => ("/e/", "", "text/plain"),
        };
        var bytes = form == "gzip" ? [.. BodyDecodingTests.Gzip(Encoding.UTF8.GetBytes(json))[..^4], 0xff, 0xff, 0xff, 0x7f] : Encoding.UTF8.GetBytes(body);
        Assert.True(bytes.Length < 1 << 20);
        using var response = await host.PostAsync(path, bytes, type);
        Assert.Contains("MaxInFlightBytes", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(0, host.Load.Bytes);
    }

    [Fact]
    public async Task Deep_nesting_never_reaches_the_stack()
    {
        await using var host = await CaptureHost.StartAsync();
        foreach (var depth in new[] { 31, 100, 1000, 1_000_000 })
        {
            var body = "{\"api_key\":\"hrw_test\",\"event\":\"a\",\"distinct_id\":\"u\",\"properties\":{\"x\":" + new string('[', depth) + new string(']', depth) + "}}";
            using var response = await host.PostAsync("/e/", body);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    [Fact]
    public async Task One_deep_event_does_not_cost_its_batch()
    {
        await using var host = await CaptureHost.StartAsync();
        var deep = new string('[', 50) + new string(']', 50);
        using var response = await host.PostAsync("/batch/", $$$"""{"api_key":"hrw_test","batch":[{"event":"a","distinct_id":"u","properties":{"x":{{{deep}}}}},{"event":"b","distinct_id":"u"}]}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("b", host.Log.Single.GetProperty("event").GetString());
    }

    [Fact]
    public async Task A_wrong_setting_stops_the_start_and_names_its_key()
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(
            () => CaptureHost.StartAsync(settings: [("MaxDepth", "0"), ("MaxBodyBytes", "-1")]));
        Assert.Equal(2, failure.Failures.Count());
        Assert.Contains("Headroom:Capture:MaxDepth", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refused_requests_cost_one_record_for_each_project_and_survive_a_log_that_is_down()
    {
        await using var host = await CaptureHost.StartAsync();
        for (var i = 0; i < 50; i++)
        {
            using var response = await host.PostAsync("/e/", """{"api_key":"hrw_test","event":"a"}""");
        }

        host.Log.Answer = new LogAppend(LogAppendStatus.Unavailable, 0, "disk full");
        await host.Refused.TryFlushAsync();
        Assert.Equal(0, host.Waiting.Count(new ProjectId(1)));
        host.Log.Answer = null;
        await host.Refused.TryFlushAsync();
        Assert.Equal([50], host.Log.Batches.Select(b => b.Rejected));
        Assert.Equal(50, host.Waiting.Count(new ProjectId(1)));
    }

    [Theory]
    [InlineData("""{"api_key":"hrw_test","batch":[{"event":"a","distinct_id":"u"},{"event":"b","dis""", 400, 0)]
    [InlineData("""{"api_key":"hrw_test","batch":[{"event":"a"},{"event":"b"}]}""", 400, 2)]
    [InlineData("""{"api_key":"hrw_test","batch":[{"event":"a","distinct_id":"u"},{"event":"b"},{"event":"c"},{"event":"d"}]}""", 413, 4)]
    [InlineData("""{"api_key":"hrw_test","batch":5}""", 400, 0)]
    [InlineData("""{"api_key":"hrw_test","batch":[]}""", 400, 0)]
    public async Task The_ledger_counts_the_events_that_were_seen(string body, int status, int rejected)
    {
        await using var host = await CaptureHost.StartAsync(settings: ("MaxEventsPerRequest", "3"));
        using var response = await host.PostAsync("/batch/", body);
        Assert.Equal(status, (int)response.StatusCode);
        await host.Refused.TryFlushAsync();
        Assert.Equal(rejected, host.Log.Batches.Sum(b => b.Rejected));
        Assert.Equal(rejected, host.Waiting.Count(new ProjectId(1)));
    }

    [Fact]
    public async Task Events_of_a_request_that_is_too_large_for_the_log_are_counted()
    {
        await using var host = await CaptureHost.StartAsync();
        host.Log.Answer = new LogAppend(LogAppendStatus.TooLarge, 0, "too large");
        using var response = await host.PostAsync("/batch/", """{"api_key":"hrw_test","batch":[{"event":"a","distinct_id":"u"},{"event":"b"}]}""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        host.Log.Answer = null;
        await host.Refused.TryFlushAsync();
        Assert.Equal(2, host.Log.Batches.Sum(b => b.Rejected));
    }

    [Fact]
    public async Task A_log_that_throws_costs_neither_the_counts_nor_the_host()
    {
        await using var host = await CaptureHost.StartAsync();
        host.Refused.Add(new ProjectId(1), 3L + int.MaxValue);
        host.Log.Failure = new InvalidOperationException("broken");
        Assert.False(await host.Refused.TryFlushAsync());
        var attempts = host.Log.Appends;
        await host.AdvanceUntilAsync(() => host.Log.Appends > attempts);
        host.Log.Failure = null;

        // More than one record can say goes into two.
        await host.AdvanceUntilAsync(() => host.Waiting.Count(new ProjectId(1)) == 3L + int.MaxValue);
        Assert.Equal([int.MaxValue, 3], host.Log.Batches.Select(b => b.Rejected));
    }

    [Fact]
    public void A_log_that_takes_nothing_is_asked_ever_more_rarely()
    {
        var pause = TimeSpan.FromSeconds(1);
        var seconds = Enumerable.Range(0, 7).Select(_ => (pause = RefusedEvents.NextPause(pause, isFlushed: false)).TotalSeconds);
        Assert.Equal([2, 4, 8, 16, 30, 30, 30], seconds);
        Assert.Equal(TimeSpan.FromSeconds(1), RefusedEvents.NextPause(pause, isFlushed: true));
    }
}
