using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;

namespace Headroom.App.Capture;

/// <summary>Work on JSON text as bytes.</summary>
internal static class JsonText
{
    /// <summary>PostHog's bound on a distinct id, in characters.</summary>
    public const int MaxDistinctId = 200;

    /// <summary>
    /// Puts U+FFFD for escaped halves of surrogate pairs that stand alone, and for escaped NULs, in place. Browsers
    /// send lone halves wherever an SDK cuts a text inside an emoji; nothing downstream could read them as text.
    /// </summary>
    public static void MendEscapes(Span<byte> json)
    {
        var at = 0;
        while (true)
        {
            var found = json[at..].IndexOf((byte)'\\');
            if (found < 0)
            {
                return;
            }

            at += found;
            if (at + 6 > json.Length || json[at + 1] != 'u')
            {
                at += 2;
                if (at > json.Length)
                {
                    return;
                }

                continue;
            }

            if (TryHex(json[(at + 2)..], out var unit))
            {
                if (char.IsHighSurrogate(unit) && at + 12 <= json.Length && json[at + 6] == '\\' && json[at + 7] == 'u' &&
                    TryHex(json[(at + 8)..], out var low) && char.IsLowSurrogate(low))
                {
                    at += 6;
                }
                else if (char.IsSurrogate(unit) || unit == '\0')
                {
                    "fffd"u8.CopyTo(json[(at + 2)..]);
                }
            }

            at += 6;
        }
    }

    /// <summary>The first characters of escaped text, never cut inside an escape or a surrogate pair.</summary>
    public static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> escaped, int characters)
    {
        if (escaped.Length <= characters)
        {
            return escaped;
        }

        var at = 0;
        for (var i = 0; i < characters && at < escaped.Length; i++)
        {
            at += CharacterLength(escaped[at..]);
        }

        return escaped[..Math.Min(at, escaped.Length)];
    }

    /// <summary>Whether a JSON number has a finite value as a double.</summary>
    public static bool IsFinite(ReadOnlySpan<byte> number) =>
        (number.Length < 300 && number.IndexOfAny((byte)'e', (byte)'E') < 0) ||
        (Utf8Parser.TryParse(number, out double value, out _) && double.IsFinite(value));

    /// <summary>Writes UTF-8 text as the inside of a JSON string.</summary>
    public static void WriteEscaped(PooledBuffer output, ReadOnlySpan<byte> text)
    {
        Span<byte> escaped = stackalloc byte[64];
        while (!text.IsEmpty)
        {
            var plain = JavaScriptEncoder.UnsafeRelaxedJsonEscaping.FindFirstCharacterToEncodeUtf8(text);
            if (plain < 0)
            {
                output.Write(text);
                return;
            }

            output.Write(text[..plain]);
            text = text[plain..];
            var one = Math.Min(RuneLength(text), text.Length);
            JavaScriptEncoder.UnsafeRelaxedJsonEscaping.EncodeUtf8(text[..one], escaped, out _, out var written);
            output.Write(escaped[..written]);
            text = text[one..];
        }
    }

    public static void WriteEscaped(PooledBuffer output, ReadOnlySpan<char> text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        WriteEscaped(output, bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
        ArrayPool<byte>.Shared.Return(bytes);
    }

    private static int RuneLength(ReadOnlySpan<byte> text)
    {
        Rune.DecodeFromUtf8(text, out _, out var used);
        return Math.Max(used, 1);
    }

    private static int CharacterLength(ReadOnlySpan<byte> text)
    {
        if (text[0] == '\\')
        {
            return text.Length < 2 || text[1] != 'u' ? 2
                : TryHex(text[2..], out var unit) && char.IsHighSurrogate(unit) ? 12 : 6;
        }

        return text[0] < 0x80 ? 1 : text[0] < 0xE0 ? 2 : text[0] < 0xF0 ? 3 : 4;
    }

    private static bool TryHex(ReadOnlySpan<byte> text, out char unit)
    {
        var value = 0;
        for (var i = 0; i < 4; i++)
        {
            var c = i < text.Length ? text[i] : (byte)0;
            var digit = char.IsAsciiHexDigit((char)c) ? (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10) : -1;
            if (digit < 0)
            {
                unit = '\0';
                return false;
            }

            value = (value << 4) | digit;
        }

        unit = (char)value;
        return true;
    }
}
