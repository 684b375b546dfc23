using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;

namespace Headroom.System.Tests.Hostile;

/// <param name="Tolerable">A server may take it (duplicate keys, huge numbers); it must not fail over it.</param>
internal sealed record Malformed(string Name, byte[] Body, string ContentType = "application/json", string? Encoding = null, string Query = "", bool Tolerable = false);

/// <summary>Bodies that no client in its right mind sends.</summary>
internal static class MalformedInput
{
    private static readonly byte[] s_bomb = Gzip(new byte[200 * 1024 * 1024]);
    private static readonly byte[] s_smallBomb = Gzip(Encoding.UTF8.GetBytes($"{{\"event\":\"{new string('a', 8 * 1024 * 1024)}\"}}"));

    /// <summary>Of every protocol; the event is what the protocol wants around the fault.</summary>
    public static IEnumerable<Malformed> For(string writeKey, Func<string, string> withEvent)
    {
        var valid = withEvent("\"fine\"");
        var bytes = Encoding.UTF8.GetBytes(valid);
        var gzip = Gzip(bytes);
        yield return new("empty", []);
        yield return new("only spaces", "   "u8.ToArray());
        yield return new("null", "null"u8.ToArray());
        yield return new("a number", "17"u8.ToArray());
        yield return new("a string", "\"x\""u8.ToArray());
        yield return new("not JSON", "event=1;really"u8.ToArray());
        yield return new("cut-off JSON", bytes[..(bytes.Length / 2)]);
        yield return new("two documents", [.. bytes, .. bytes]);
        yield return new("a trailing comma", Encoding.UTF8.GetBytes(valid[..^1] + ",}"));
        yield return new("cut-off gzip", gzip[..(gzip.Length / 2)], Encoding: "gzip");
        yield return new("gzip with a wrong checksum", Flip(gzip, gzip.Length - 6), Encoding: "gzip");
        yield return new("gzip's first bytes only", gzip[..3], Encoding: "gzip");
        yield return new("called gzip but plain", bytes, Encoding: "gzip", Tolerable: true);
        yield return new("an unknown encoding", [0x28, 0xB5, 0x2F, 0xFD, .. gzip], Encoding: "zstd");
        yield return new("a decompression bomb", s_bomb, Encoding: "gzip");
        yield return new("a bomb without a header for it", s_bomb, ContentType: "text/plain");
        yield return new("a bomb that is JSON", s_smallBomb, Encoding: "gzip");
        yield return new("wrong base64 in a form", "data=%%%%!!!!"u8.ToArray(), "application/x-www-form-urlencoded");
        yield return new("base64 of rubbish", "data=AAECAwQFBgc="u8.ToArray(), "application/x-www-form-urlencoded");
        yield return new("base64 announced, not there", bytes, Query: "?compression=base64", Tolerable: true);
        yield return new("lz64 of rubbish", "!!not lz64!!"u8.ToArray(), Query: "?compression=lz64");
        yield return new("invalid UTF-8", Replace(bytes, "fine"u8, [0xC3, 0x28, 0xA0, 0xFF]));
        yield return new("an overlong UTF-8 form", Replace(bytes, "fine"u8, [0xC0, 0xAF, 0x41, 0x42]));
        yield return new("half a surrogate pair", Encoding.UTF8.GetBytes(withEvent("\"\\ud83d\"")), Tolerable: true);
        yield return new("a NUL", Encoding.UTF8.GetBytes(withEvent("\"a\\u0000b\"")), Tolerable: true);
        yield return new("deep nesting", Encoding.UTF8.GetBytes(withEvent(string.Concat(Enumerable.Repeat("[", 20_000)) + string.Concat(Enumerable.Repeat("]", 20_000)))));
        yield return new("deep nesting, cut off", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 50_000))));
        yield return new("the event is an object", Encoding.UTF8.GetBytes(withEvent("{\"a\":1}")));
        yield return new("the event is an array", Encoding.UTF8.GetBytes(withEvent("[]")));
        yield return new("the event is empty", Encoding.UTF8.GetBytes(withEvent("\"\"")));
        yield return new("the event is null", Encoding.UTF8.GetBytes(withEvent("null")));
        yield return new("a number of a thousand digits", Encoding.UTF8.GetBytes(withEvent($"\"big\",\"properties\":{{\"n\":{new string('9', 1000)}}}")), Tolerable: true);
        yield return new("a number beyond all", Encoding.UTF8.GetBytes(withEvent("\"big\",\"properties\":{\"n\":1e99999,\"m\":-1e-99999}")), Tolerable: true);
        yield return new("not a number", Encoding.UTF8.GetBytes(withEvent("\"nan\",\"properties\":{\"n\":NaN}")));
        yield return new("duplicate keys", Encoding.UTF8.GetBytes(withEvent("\"a\",\"event\":\"b\",\"properties\":{\"x\":1,\"x\":\"two\"},\"properties\":{\"x\":3}")), Tolerable: true);
        yield return new("properties are a list", Encoding.UTF8.GetBytes(withEvent("\"a\",\"properties\":[1,2]")));
        yield return new("properties are a string", Encoding.UTF8.GetBytes(withEvent("\"a\",\"properties\":\"x\"")), Tolerable: true);
        yield return new("timestamps that are none", Encoding.UTF8.GetBytes(withEvent("\"a\",\"timestamp\":{\"x\":[]},\"uuid\":[1]")), Tolerable: true);
        yield return new("a uuid that is none", Encoding.UTF8.GetBytes(withEvent("\"a\",\"uuid\":\"not-a-uuid\"")), Tolerable: true);
        yield return new("ten thousand properties", Encoding.UTF8.GetBytes(withEvent(
            $"\"many\",\"properties\":{{{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"p{i}\":{i}"))}}}")), Tolerable: true);
        yield return new("a key of a hundred thousand letters", Encoding.UTF8.GetBytes(withEvent($"\"long\",\"properties\":{{\"{new string('k', 100_000)}\":1}}")), Tolerable: true);
        yield return new("a body over the limit", Encoding.UTF8.GetBytes(withEvent($"\"long\",\"properties\":{{\"v\":\"{new string('v', 40 * 1024 * 1024)}\"}}")));
        yield return new("an unknown key", Encoding.UTF8.GetBytes(valid.Replace(writeKey, "hrw_nobody000000000000000000000000", StringComparison.Ordinal)));
        yield return new("a byte-order mark in UTF-16", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(valid)).ToArray());
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
