using System.IO.Compression;
using System.Text;
using Headroom.App.Capture;
using Microsoft.AspNetCore.Http;

namespace Headroom.Fuzz.Targets;

/// <summary>
/// What SDKs wrap around JSON. The first byte says what this wraps around the rest, the second what the request says of it, so that
/// what is behind gzip and base64 is found too.
/// </summary>
internal sealed class BodyTarget : FuzzTarget
{
    private static readonly CaptureRoute Route = CaptureRoute.All["/e"];
    private static readonly string?[] Encodings = [null, "gzip", "deflate", "br", "lz64", "base64", "gzip-js", "none"];
    private readonly CaptureUnderTest _capture = new();

    public override int MaxInputBytes => 8192;

    public override void Run(byte[] input)
    {
        if (input.Length < 2)
        {
            return;
        }

        var says = input[1];
        var text = Wrap(input.AsSpan(2), input[0] & 7);
        _capture.Send(Route, text, request =>
        {
            if (Encodings[says & 7] is { } encoding)
            {
                request.Headers.ContentEncoding = encoding;
            }

            request.ContentType = (says & 8) != 0 ? "application/x-www-form-urlencoded" : "application/json";
            if ((says & 16) != 0)
            {
                var query = Encoding.Latin1.GetString(input.AsSpan(2));
                request.QueryString = new QueryString("?" + ((says & 32) != 0 ? "data=" : "compression=") + query);
            }
        });
    }

    private static byte[] Wrap(ReadOnlySpan<byte> bytes, int how) => how switch
    {
        1 => Gzip(bytes),
        2 => Base64(bytes),
        3 => Base64(Gzip(bytes)),
        4 => Gzip(Base64(bytes)),
        5 => [.. "data="u8, .. bytes],
        6 => [.. "compression=gzip&data="u8, .. Base64(bytes)],
        7 => Deflate(bytes),
        _ => bytes.ToArray(),
    };

    private static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return output.ToArray();
    }

    private static byte[] Deflate(ReadOnlySpan<byte> bytes)
    {
        using var output = new MemoryStream();
        using (var deflate = new ZLibStream(output, CompressionLevel.Fastest))
        {
            deflate.Write(bytes);
        }

        return output.ToArray();
    }

    private static byte[] Base64(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes));
}

/// <summary>PostHog's events. The first byte: the path, the user agent.</summary>
internal sealed class PostHogTarget : FuzzTarget
{
    private readonly CaptureUnderTest _capture = new();

    public override IReadOnlyList<string> Words { get; } =
    [
        "hrw_1", "hrw_2", "api_key", "token", "batch", "event", "properties", "distinct_id", "$distinct_id", "timestamp", "uuid", "offset", "sent_at", "$set", "$set_once", "$unset", "$groups",
        "$ignore_sent_at", "$cookieless_mode", "$posthog_cookieless", "$create_alias", "$merge_dangerously", "alias", "$identify", "$anon_distinct_id", "$groupidentify", "$group_set",
        "$session_id", "$window_id", "$device_id", "$user_id", "$host", "$current_url", "$referrer", "$raw_user_agent", "$ip", "$process_person_profile", "$geoip_disable", "$insert_id", "$time",
    ];

    public override void Run(byte[] input)
    {
        if (input.Length > 0)
        {
            var route = CaptureRoute.All[(input[0] & 1) == 0 ? "/batch" : "/engage"];
            _capture.Send(route, input.AsSpan(1), request => request.Headers.UserAgent = (input[0] & 2) == 0 ? "posthog-python/3" : "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0");
        }
    }
}

/// <summary>PostHog's capture v1. The first byte: the project, and whether the request tells its clock.</summary>
internal sealed class PostHogV1Target : FuzzTarget
{
    private static readonly CaptureRoute Route = CaptureRoute.All["/i/v1/analytics/events"];
    private readonly CaptureUnderTest _capture = new();

    public override IReadOnlyList<string> Words { get; } =
        ["created_at", "batch", "event", "uuid", "distinct_id", "timestamp", "session_id", "window_id", "options", "process_person_profile", "cookieless_mode", "disable_skew_correction", "product_tour_id"];

    public override void Run(byte[] input)
    {
        if (input.Length > 0)
        {
            _capture.Send(Route, input.AsSpan(1), request =>
            {
                request.Headers.Authorization = (input[0] & 1) == 0 ? "Bearer hrw_1" : "Bearer hrw_2";
                request.Headers["PostHog-Request-Timestamp"] = (input[0] & 2) == 0 ? "" : "2026-11-23T11:00:00Z";
            });
        }
    }
}

/// <summary>Segment's calls. The first byte: which, and of which project.</summary>
internal sealed class SegmentTarget : FuzzTarget
{
    private static readonly string[] Calls = ["/v1/batch", "/v1/track", "/v1/identify", "/v1/page", "/v1/screen", "/v1/group", "/v1/alias", "/v1/import"];
    private readonly CaptureUnderTest _capture = new();

    public override IReadOnlyList<string> Words { get; } =
    [
        "writeKey", "batch", "type", "track", "identify", "page", "screen", "group", "alias", "event", "name", "category", "userId", "anonymousId", "previousId", "groupId", "messageId", "timestamp",
        "originalTimestamp", "sentAt", "properties", "traits", "context", "campaign", "library", "version", "app", "userAgent", "locale", "timezone", "referrer", "url", "path", "title", "width", "height",
    ];

    public override void Run(byte[] input)
    {
        if (input.Length > 0)
        {
            var key = Convert.ToBase64String((input[0] & 8) == 0 ? "hrw_1:"u8 : "hrw_2:"u8);
            _capture.Send(CaptureRoute.All[Calls[input[0] & 7]], input.AsSpan(1), request => request.Headers.Authorization = "Basic " + key);
        }
    }
}

/// <summary>Plausible's events.</summary>
internal sealed class PlausibleTarget : FuzzTarget
{
    private static readonly CaptureRoute Route = CaptureRoute.All["/api/event"];
    private readonly CaptureUnderTest _capture = new();

    public override IReadOnlyList<string> Words { get; } =
        ["example.com", "example.org", "domain", "name", "url", "referrer", "props", "meta", "revenue", "amount", "currency", "interactive", "hashMode", "pageview", "engagement", "utm_source", "sd"];

    public override void Run(byte[] input) => _capture.Send(Route, input, static request => request.Headers.UserAgent = "Mozilla/5.0");
}

/// <summary>A record of the event log, of whatever wrote it: none stops the Writer, and its events are counted.</summary>
internal sealed class RecordTarget : FuzzTarget
{
    private readonly WriterUnderTest _writer = new();

    public override void Run(byte[] input)
    {
        try
        {
            _writer.Write(input, out _);
        }
        catch (NotSupportedException)
        {
            // Of a newer format: the Writer stops and says so.
        }
    }
}
