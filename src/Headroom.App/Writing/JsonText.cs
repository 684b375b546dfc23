using System.Buffers;
using System.Buffers.Text;

namespace Headroom.App.Writing;

/// <summary>
/// The inside of JSON strings. JSON may escape half of a surrogate pair, which no UTF-8 text can hold; such a half
/// becomes U+FFFD here, because one client's odd character must not stop the Writer or a query.
/// </summary>
internal static class JsonText
{
    private const int Replacement = 0xFFFD;
    private static readonly SearchValues<byte> Controls = SearchValues.Create([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    /// <summary>Unescapes valid JSON string text; the result is never longer. Returns the bytes written.</summary>
    public static int Unescape(ReadOnlySpan<byte> escaped, Span<byte> destination)
    {
        var written = 0;
        while (true)
        {
            var plain = escaped.IndexOf((byte)'\\');
            if (plain < 0)
            {
                escaped.CopyTo(destination[written..]);
                return written + escaped.Length;
            }

            escaped[..plain].CopyTo(destination[written..]);
            written += plain;
            var code = escaped[plain + 1];
            escaped = escaped[(plain + 2)..];
            if (code != 'u')
            {
                destination[written++] = code switch
                {
                    (byte)'b' => (byte)'\b',
                    (byte)'f' => (byte)'\f',
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    _ => code,
                };
                continue;
            }

            var unit = Hex(escaped);
            escaped = escaped[4..];
            if (unit is >= 0xD800 and <= 0xDBFF && escaped.Length >= 6 && escaped[0] == '\\' && escaped[1] == 'u' &&
                Hex(escaped[2..]) is >= 0xDC00 and <= 0xDFFF and var low)
            {
                unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                escaped = escaped[6..];
            }
            else if (unit is >= 0xD800 and <= 0xDFFF)
            {
                unit = Replacement;
            }

            new System.Text.Rune(unit).TryEncodeToUtf8(destination[written..], out var length);
            written += length;
        }
    }

    /// <summary>Replaces escaped lone surrogates in JSON text by the escape of U+FFFD, in place: the length stays.</summary>
    public static void RepairSurrogates(Span<byte> json)
    {
        var at = json.IndexOf((byte)'\\');
        while (at >= 0 && at + 1 < json.Length)
        {
            var next = at + 2;
            if (json[at + 1] == 'u' && at + 6 <= json.Length && Hex(json[(at + 2)..]) is >= 0xD800 and <= 0xDFFF and var unit)
            {
                next = at + 6;
                if (unit <= 0xDBFF && next + 6 <= json.Length && json[next] == '\\' && json[next + 1] == 'u' &&
                    Hex(json[(next + 2)..]) is >= 0xDC00 and <= 0xDFFF)
                {
                    next += 6;
                }
                else
                {
                    "fffd"u8.CopyTo(json[(at + 2)..]);
                }
            }

            var rest = json[next..].IndexOf((byte)'\\');
            at = rest < 0 ? -1 : next + rest;
        }
    }

    /// <summary>Whether the text may hold an escaped surrogate, so that <see cref="RepairSurrogates"/> is worth it.</summary>
    public static bool MayHaveSurrogates(ReadOnlySpan<byte> json) =>
        json.IndexOf("\\ud"u8) >= 0 || json.IndexOf("\\uD"u8) >= 0;

    public static bool HasControls(ReadOnlySpan<byte> text) => text.ContainsAny(Controls);

    /// <summary>A JSON number as a double; false where it is past a double's range.</summary>
    public static bool TryParseNumber(ReadOnlySpan<byte> json, out double value)
    {
        // Most numbers are short integers, exact in a double, and worth a shorter way than the general parser.
        if (json.Length <= 15)
        {
            long integer = 0;
            var negative = json[0] == '-';
            var i = negative ? 1 : 0;
            for (; i < json.Length; i++)
            {
                var digit = (uint)(json[i] - '0');
                if (digit > 9)
                {
                    break;
                }

                integer = (integer * 10) + digit;
            }

            if (i == json.Length)
            {
                value = negative ? -integer : integer;
                return true;
            }
        }

        return Utf8Parser.TryParse(json, out value, out var used) && used == json.Length && double.IsFinite(value);
    }

    private static int Hex(ReadOnlySpan<byte> text)
    {
        var value = 0;
        for (var i = 0; i < 4; i++)
        {
            var c = text[i] | 0x20;
            value = (value << 4) | (c <= '9' ? c - '0' : c - 'a' + 10);
        }

        return value;
    }
}
