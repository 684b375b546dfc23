namespace Headroom.App.Shared;

/// <summary>The parts of an absolute URL, as pieces of it. No validation, no allocation.</summary>
internal readonly ref struct UrlParts
{
    private UrlParts(ReadOnlySpan<byte> host, ReadOnlySpan<byte> path, ReadOnlySpan<byte> query)
    {
        Host = host;
        Path = path;
        Query = query;
    }

    /// <summary>With the port, as browsers' location.host; empty where the URL has none.</summary>
    public ReadOnlySpan<byte> Host { get; }

    public ReadOnlySpan<byte> Path { get; }

    /// <summary>Without the question mark and the fragment.</summary>
    public ReadOnlySpan<byte> Query { get; }

    public static UrlParts Of(ReadOnlySpan<byte> url)
    {
        var scheme = url.IndexOf("://"u8);
        if (scheme < 0)
        {
            return default;
        }

        var rest = url[(scheme + 3)..];
        var hostEnd = rest.IndexOfAny((byte)'/', (byte)'?', (byte)'#');
        var host = hostEnd < 0 ? rest : rest[..hostEnd];
        host = host[(host.LastIndexOf((byte)'@') + 1)..];
        if (hostEnd < 0)
        {
            return new UrlParts(host, "/"u8, default);
        }

        rest = rest[hostEnd..];
        var fragment = rest.IndexOf((byte)'#');
        if (fragment >= 0)
        {
            rest = rest[..fragment];
        }

        var question = rest.IndexOf((byte)'?');
        var path = question < 0 ? rest : rest[..question];
        return new UrlParts(host, path.IsEmpty ? "/"u8 : path, question < 0 ? default : rest[(question + 1)..]);
    }

    /// <summary>The host without its port and without a leading "www.".</summary>
    public static ReadOnlySpan<byte> Site(ReadOnlySpan<byte> host)
    {
        var port = host.IndexOf((byte)':');
        if (port >= 0)
        {
            host = host[..port];
        }

        return host.StartsWith("www."u8) ? host[4..] : host;
    }

    /// <summary>Takes the next parameter off a query.</summary>
    public static bool TryNext(ref ReadOnlySpan<byte> query, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        if (query.IsEmpty)
        {
            return false;
        }

        var end = query.IndexOf((byte)'&');
        var part = end < 0 ? query : query[..end];
        query = end < 0 ? default : query[(end + 1)..];
        var equals = part.IndexOf((byte)'=');
        name = equals < 0 ? part : part[..equals];
        value = equals < 0 ? default : part[(equals + 1)..];
        return true;
    }

    /// <summary>Decodes %XX and +. The result is never longer. Bytes that are no UTF-8 stay encoded.</summary>
    public static int Decode(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var written = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '+')
            {
                destination[written++] = (byte)' ';
            }
            else if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit((char)text[i + 1]) && char.IsAsciiHexDigit((char)text[i + 2]))
            {
                destination[written++] = (byte)((Hex(text[i + 1]) << 4) | Hex(text[i + 2]));
                i += 2;
            }
            else
            {
                destination[written++] = text[i];
            }
        }

        if (System.Text.Unicode.Utf8.IsValid(destination[..written]))
        {
            return written;
        }

        text.CopyTo(destination);
        return text.Length;
    }

    private static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
