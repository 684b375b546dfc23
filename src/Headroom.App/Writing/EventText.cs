using System.Globalization;
using System.Text.Json;

namespace Headroom.App.Writing;

/// <summary>
/// Reads an event's canonical text from left to right: its members stand in one order and without white space, so that most of them are compared and not parsed. What is
/// returned is a part of the text, still escaped.
/// </summary>
internal static class EventText
{
    public static readonly JsonReaderOptions Deep = new() { MaxDepth = 512 };

    /// <summary>Goes past what must stand there.</summary>
    /// <exception cref="InvalidDataException">It does not.</exception>
    public static void Expect(ReadOnlySpan<byte> json, ref int at, ReadOnlySpan<byte> text)
    {
        if (!TryExpect(json, ref at, text))
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"The event is not of the canonical form at byte {at}."));
        }
    }

    /// <summary>Goes past what may stand there; false where it does not.</summary>
    public static bool TryExpect(ReadOnlySpan<byte> json, ref int at, ReadOnlySpan<byte> text)
    {
        if (!json[at..].StartsWith(text))
        {
            return false;
        }

        at += text.Length;
        return true;
    }

    /// <summary>The rest of a string whose opening quote is behind, and goes past its closing one.</summary>
    public static ReadOnlySpan<byte> ReadString(ReadOnlySpan<byte> json, ref int at)
    {
        var start = at;
        var escaped = false;
        while (true)
        {
            var next = json[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
            {
                throw new InvalidDataException("A string of the event does not end.");
            }

            at += next + 1;
            if (json[at - 1] == '"')
            {
                var text = json[start..(at - 1)];
                if (escaped || JsonText.HasControls(text))
                {
                    Validate(json[(start - 1)..at]);
                }

                return text;
            }

            escaped = true;
            at = Math.Min(at + 1, json.Length);
        }
    }

    /// <summary>A whole JSON value as it stands there, and goes past it.</summary>
    public static ReadOnlySpan<byte> ReadValue(ReadOnlySpan<byte> json, ref int at)
    {
        var reader = new Utf8JsonReader(json[at..], Deep);
        reader.Read();
        reader.Skip();
        var value = json.Slice(at, (int)reader.BytesConsumed);
        at += value.Length;
        return value;
    }

    /// <summary>Throws where the text is no JSON value, so that unescaping can trust it.</summary>
    private static void Validate(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Deep);
        reader.Read();
    }
}
