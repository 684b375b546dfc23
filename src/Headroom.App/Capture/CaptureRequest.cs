using System.Buffers;
using System.Globalization;
using System.Text;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Http;

namespace Headroom.App.Capture;

/// <summary>What a request says besides its body: query, key headers, and who sent it.</summary>
internal static class CaptureRequest
{
    /// <summary>Bytes that an address and a user agent take at most.</summary>
    public const int MaxIpBytes = 64;
    public const int MaxUserAgentBytes = MaxUserAgentChars * 3;
    private const int MaxUserAgentChars = 1000;

    /// <summary>PostHog's query: a hint at the compression, the body itself, the client's clock.</summary>
    /// <returns>Whether the query has the body, which then counts and not what was sent as one.</returns>
    public static bool ReadQuery(CaptureState state, ReadOnlySpan<char> query, ref BodyEncoding hint)
    {
        var hasData = false;
        foreach (var range in query.Split('&'))
        {
            var part = query[range];
            var equals = part.IndexOf('=');
            if (equals < 0)
            {
                continue;
            }

            var value = part[(equals + 1)..];
            switch (part[..equals])
            {
                case "compression" when !value.IsEmpty:
                    hint = BodyDecoder.ParseEncoding(value);
                    break;
                case "data" when !value.IsEmpty:
                    state.Body.Clear();
                    BodyDecoder.TakeQueryData(state, value);
                    hasData = true;
                    break;
                case "_" or "sent_at":
                    // Milliseconds; old SDKs put seconds here, which say too little.
                    if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var millis) &&
                        millis is > 100_000_000_000 and < 100_000_000_000_000)
                    {
                        state.SentAt = millis * 1000;
                    }

                    break;
            }
        }

        return hasData;
    }

    /// <summary>PostHog's capture v1 has the key and the client's clock in headers.</summary>
    public static void TakeBearerKey(HttpRequest request, CaptureState state)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.Length is > 7 and <= 512 && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            state.Key = state.Keep(Encoding.UTF8.GetBytes(header[7..].Trim()));
        }

        Span<byte> sentAt = stackalloc byte[64];
        var timestamp = request.Headers["PostHog-Request-Timestamp"].ToString();
        if (timestamp.Length <= sentAt.Length && Ascii.FromUtf16(timestamp, sentAt, out var length) == OperationStatus.Done &&
            TimestampText.TryParse(sentAt[..length], out var micros))
        {
            state.SentAt = micros;
        }
    }

    /// <summary>Segment's key as the user name of Basic authorization.</summary>
    public static void TakeBasicKey(HttpRequest request, CaptureState state)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.Length is <= 6 or > 512 || !header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        Span<byte> text = stackalloc byte[512];
        if (Convert.TryFromBase64Chars(header.AsSpan(6).Trim(), text, out var length))
        {
            text = text[..length];
            var colon = text.IndexOf((byte)':');
            var key = colon < 0 ? text : text[..colon];
            if (!key.IsEmpty)
            {
                state.Key = state.Keep(key);
            }
        }
    }

    /// <summary>
    /// The project whose key stands somewhere in a body that could not be read, so that its people learn of it. Null where none of
    /// the first few things that look like a key is one.
    /// </summary>
    public static ProjectId? FindKey(CaptureState state, IProjectDirectory projects)
    {
        const int Tries = 3;
        ReadOnlySpan<byte> rest = state.Text;
        for (var i = 0; i < Tries; i++)
        {
            var start = rest.IndexOf("hrw_"u8);
            if (start < 0)
            {
                break;
            }

            rest = rest[start..];
            var length = "hrw_"u8.Length;
            while (length < rest.Length && length < 64 && char.IsAsciiLetterOrDigit((char)rest[length]))
            {
                length++;
            }

            if (projects.TryGetByWriteKey(rest[..length], out var project))
            {
                return project.Id;
            }

            rest = rest[length..];
        }

        return null;
    }

    /// <summary>The client's address and user agent as text; how long each is.</summary>
    public static (int Ip, int UserAgent) ReadClient(HttpContext http, Span<byte> ip, Span<byte> userAgent)
    {
        var ipLength = 0;
        if (http.Connection.RemoteIpAddress is { } address)
        {
            // An IPv4 client on a dual-stack socket is still an IPv4 client.
            (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).TryFormat(ip, out ipLength);
        }

        var header = http.Request.Headers.UserAgent;
        var text = header.Count == 0 ? default : header.ToString().AsSpan();
        text = text.Length > MaxUserAgentChars ? text[..MaxUserAgentChars] : text;
        return (ipLength, Encoding.UTF8.GetBytes(text, userAgent));
    }
}
