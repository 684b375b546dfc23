using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;

namespace Headroom.System.Tests.Hostile;

/// <summary>The status that docs/protocols.md has for a body, in each protocol.</summary>
internal sealed record Statuses(int PostHog, int Segment, int Plausible)
{
    /// <summary>One for all of them.</summary>
    public Statuses(int status)
        : this(status, status, status)
    {
    }

    /// <summary>What is harmless is taken, or left out of an event that is.</summary>
    public static Statuses Taken { get; } = new(200, 200, 202);

    /// <summary>A limit that is met: Segment's SDKs are told so by 400.</summary>
    public static Statuses TooLarge { get; } = new(413, 400, 413);
}

internal sealed record Malformed(string Name, Statuses Expected, byte[] Body, string ContentType = "application/json", string? Encoding = null, string Query = "");

/// <summary>Bodies that no client in its right mind sends.</summary>
internal static class MalformedInput
{
    private static readonly byte[] s_bomb = Gzip(new byte[200 * 1024 * 1024]);
    private static readonly byte[] s_smallBomb = Gzip(Encoding.UTF8.GetBytes($"{{\"event\":\"{new string('a', 8 * 1024 * 1024)}\"}}"));

    /// <summary>Of every protocol; the event is what the protocol wants around the fault, and names its project by a key or a domain.</summary>
    public static IEnumerable<Malformed> For(string sender, Func<string, string> withEvent)
    {
        var valid = withEvent("\"fine\"");
        var bytes = Encoding.UTF8.GetBytes(valid);
        var gzip = Gzip(bytes);
        yield return new("empty", new(400), []);
        yield return new("only spaces", new(400), "   "u8.ToArray());
        yield return new("null", new(400), "null"u8.ToArray());
        yield return new("a number", new(400), "17"u8.ToArray());
        yield return new("a string", new(400), "\"x\""u8.ToArray());
        yield return new("not JSON", new(400), "event=1;really"u8.ToArray());
        yield return new("cut-off JSON", new(400), bytes[..(bytes.Length / 2)]);
        yield return new("two documents", new(400), [.. bytes, .. bytes]);
        yield return new("a trailing comma", new(400), Encoding.UTF8.GetBytes(valid[..^1] + ",}"));
        yield return new("cut-off gzip", new(400), gzip[..(gzip.Length / 2)], Encoding: "gzip");
        yield return new("gzip with a wrong checksum", new(400), Flip(gzip, gzip.Length - 6), Encoding: "gzip");
        yield return new("gzip's first bytes only", new(400), gzip[..3], Encoding: "gzip");
        yield return new("called gzip but plain", Statuses.Taken, bytes, Encoding: "gzip");
        yield return new("an unknown encoding", new(415, 400, 415), [0x28, 0xB5, 0x2F, 0xFD, .. gzip], Encoding: "zstd");
        yield return new("a decompression bomb", Statuses.TooLarge, s_bomb, Encoding: "gzip");
        yield return new("a bomb without a header for it", Statuses.TooLarge, s_bomb, ContentType: "text/plain");
        yield return new("a bomb that is JSON", Statuses.TooLarge, s_smallBomb, Encoding: "gzip");
        yield return new("wrong base64 in a form", new(400), "data=%%%%!!!!"u8.ToArray(), "application/x-www-form-urlencoded");
        yield return new("base64 of rubbish", new(400), "data=AAECAwQFBgc="u8.ToArray(), "application/x-www-form-urlencoded");
        yield return new("base64 announced, not there", Statuses.Taken, bytes, Query: "?compression=base64");
        yield return new("lz64 of rubbish", new(400), "!!not lz64!!"u8.ToArray(), Query: "?compression=lz64");
        yield return new("invalid UTF-8", new(400), Replace(bytes, "fine"u8, [0xC3, 0x28, 0xA0, 0xFF]));
        yield return new("an overlong UTF-8 form", new(400), Replace(bytes, "fine"u8, [0xC0, 0xAF, 0x41, 0x42]));
        yield return new("half a surrogate pair", Statuses.Taken, Encoding.UTF8.GetBytes(withEvent("\"\\ud83d\"")));
        yield return new("a NUL", Statuses.Taken, Encoding.UTF8.GetBytes(withEvent("\"a\\u0000b\"")));
        yield return new("deep nesting", new(400), Encoding.UTF8.GetBytes(withEvent(string.Concat(Enumerable.Repeat("[", 20_000)) + string.Concat(Enumerable.Repeat("]", 20_000)))));
        yield return new("deep nesting, cut off", new(400), Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 50_000))));
        yield return new("the event is an object", new(400), Encoding.UTF8.GetBytes(withEvent("{\"a\":1}")));
        yield return new("the event is an array", new(400), Encoding.UTF8.GetBytes(withEvent("[]")));
        yield return new("the event is empty", new(400), Encoding.UTF8.GetBytes(withEvent("\"\"")));
        yield return new("the event is null", new(400), Encoding.UTF8.GetBytes(withEvent("null")));
        yield return new("a number of a thousand digits", new(400), Encoding.UTF8.GetBytes(withEvent($"\"big\",\"properties\":{{\"n\":{new string('9', 1000)}}}")));
        yield return new("a number beyond all", new(400), Encoding.UTF8.GetBytes(withEvent("\"big\",\"properties\":{\"n\":1e99999,\"m\":-1e-99999}")));
        yield return new("not a number", new(400), Encoding.UTF8.GetBytes(withEvent("\"nan\",\"properties\":{\"n\":NaN}")));
        yield return new("duplicate keys", Statuses.Taken, Encoding.UTF8.GetBytes(withEvent("\"a\",\"event\":\"b\",\"properties\":{\"x\":1,\"x\":\"two\"},\"properties\":{\"x\":3}")));
        yield return new("properties are a list", new(400), Encoding.UTF8.GetBytes(withEvent("\"a\",\"properties\":[1,2]")));
        yield return new("properties are a string", new(400), Encoding.UTF8.GetBytes(withEvent("\"a\",\"properties\":\"x\"")));
        yield return new("timestamps that are none", new(400, 200, 202), Encoding.UTF8.GetBytes(withEvent("\"a\",\"timestamp\":{\"x\":[]},\"uuid\":[1]")));
        yield return new("a uuid that is none", new(400, 200, 202), Encoding.UTF8.GetBytes(withEvent("\"a\",\"uuid\":\"not-a-uuid\"")));
        yield return new("ten thousand properties", new(400), Encoding.UTF8.GetBytes(withEvent(
            $"\"many\",\"properties\":{{{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"p{i}\":{i}"))}}}")));
        yield return new("a key of a hundred thousand letters", new(400), Encoding.UTF8.GetBytes(withEvent($"\"long\",\"properties\":{{\"{new string('k', 100_000)}\":1}}")));
        yield return new("a body over the limit", Statuses.TooLarge, Encoding.UTF8.GetBytes(withEvent($"\"long\",\"properties\":{{\"v\":\"{new string('v', 40 * 1024 * 1024)}\"}}")));
        yield return new("an unknown key", new(401), Encoding.UTF8.GetBytes(valid.Replace(sender, "hrw_nobody000000000000000000000000", StringComparison.Ordinal)));
        yield return new("a byte-order mark in UTF-16", new(400), Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(valid)).ToArray());
    }

    public static HttpRequestMessage Request(string path, Malformed input)
    {
        var content = new ByteArrayContent(input.Body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(input.ContentType);
        if (input.Encoding is not null)
        {
            content.Headers.ContentEncoding.Add(input.Encoding);
        }

        return new HttpRequestMessage(HttpMethod.Post, path + input.Query) { Content = content };
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var to = new MemoryStream();
        using (var gzip = new GZipStream(to, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return to.ToArray();
    }

    private static byte[] Flip(byte[] bytes, int at)
    {
        var copy = bytes.ToArray();
        copy[at] ^= 0x55;
        return copy;
    }

    private static byte[] Replace(byte[] bytes, ReadOnlySpan<byte> what, ReadOnlySpan<byte> by)
    {
        var copy = bytes.ToArray();
        by.CopyTo(copy.AsSpan(copy.AsSpan().IndexOf(what)));
        return copy;
    }
}
