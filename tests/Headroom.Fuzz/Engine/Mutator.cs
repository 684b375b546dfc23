using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Headroom.Fuzz.Engine;

/// <summary>
/// Makes new inputs of those there are: a few changes on top of each other, of bytes, of words of the format, and of whole values
/// (quoted, or in brackets), which keeps text that nests readable for its parser. Not safe for concurrent use.
/// </summary>
internal sealed partial class Mutator(Random random, IReadOnlyList<string> words, int maxBytes)
{
    private static readonly long[] Numbers =
        [0, 1, -1, 16, 32, 64, 100, 127, 128, 255, 256, 512, 1000, 1024, 4096, 32767, 32768, 65535, 65536, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue];

    private static readonly byte[][] Strings = [.. new[]
    {
        "null", "true", "false", "0", "-0", "-1", "1e999", "1e-999", "9007199254740993", "9223372036854775808", "1.5", "\"\"", "[]", "{}", "[[[[", "{\"a\":", "\\u0000", "\\ud83d",
        "\\udc00", "\\\"", "\\\\", "\"", ",", ":", "\n", "\r\n", "\0", "\u00E9", "\uFFFD", "😀", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "31/Dec/9999:23:59:59 -1400", "%00", "%", "+", "&", "=",
    }.Select(Encoding.UTF8.GetBytes)];

    private readonly List<byte[]> _words = [.. Strings, .. words.Select(Encoding.UTF8.GetBytes)];
    private readonly HashSet<string> _known = [.. words];
    private readonly List<byte> _bytes = [];

    /// <summary>Learns the words of an input.</summary>
    public void Learn(byte[] input)
    {
        foreach (Match word in Word().Matches(Encoding.Latin1.GetString(input)))
        {
            if (_words.Count < 2000 && _known.Add(word.Value))
            {
                _words.Add(Encoding.Latin1.GetBytes(word.Value));
            }
        }
    }

    /// <summary>A new input.</summary>
    /// <param name="other">Another input, of which pieces are taken.</param>
    public byte[] Mutate(byte[] input, byte[] other)
    {
        _bytes.Clear();
        _bytes.AddRange(input);
        var changes = 1 << random.Next(0, 5);
        for (var i = 0; i < changes; i++)
        {
            Change(other);
        }

        if (_bytes.Count > maxBytes)
        {
            _bytes.RemoveRange(maxBytes, _bytes.Count - maxBytes);
        }

        return [.. _bytes];
    }

    private void Change(byte[] other)
    {
        if (_bytes.Count == 0)
        {
            _bytes.AddRange(OneOf(_words));
            return;
        }

        var at = random.Next(_bytes.Count);
        switch (random.Next(16))
        {
            case 0:
                _bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                _bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                _bytes[at] += (byte)random.Next(-16, 17);
                break;
            case 3:
                WriteNumber(at);
                break;
            case 4:
                Replace(at, Length(_bytes.Count - at), []);
                break;
            case 5:
                Replace(random.Next(_bytes.Count + 1), 0, Piece(_bytes.Slice(at, Length(_bytes.Count - at)), random.Next(8) == 0 ? random.Next(2, 64) : 1));
                break;
            case 6:
                Replace(at, 0, OneOf(_words));
                break;
            case 7:
                var word = OneOf(_words);
                Replace(at, Math.Min(word.Length, _bytes.Count - at), word);
                break;
            case 8:
                Replace(at, 0, [(byte)random.Next(256)]);
                break;
            case 9 when other.Length > 0:
                var from = random.Next(other.Length);
                Replace(at, random.Next(2) == 0 ? 0 : Length(_bytes.Count - at), other.AsSpan(from, Length(other.Length - from)).ToArray());
                break;
            case 10 when other.Length > 0:
                // What stands before a place of this one, and behind one of the other.
                Replace(at, _bytes.Count - at, other[random.Next(other.Length)..]);
                break;
            case 11:
                ReplaceDigits(at);
                break;
            default:
                ReplaceValue(at, other);
                break;
        }
    }

    /// <summary>A value of this input gives way to a word, to a value of the other input, to none or to two.</summary>
    private void ReplaceValue(int at, byte[] other)
    {
        var (start, length) = ValueAt(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes), at);
        if (length == 0)
        {
            Replace(at, 0, OneOf(_words));
            return;
        }

        switch (random.Next(6))
        {
            case 0:
                Replace(start, length, OneOf(_words));
                break;
            case 1:
                Replace(start, length, [(byte)'"', .. OneOf(_words), (byte)'"']);
                break;
            case 2:
                Replace(start, length, []);
                break;
            case 3:
                Replace(start + length, 0, [(byte)',', .. _bytes.Slice(start, length)]);
                break;
            case 4 when length > 1:
                Replace(start + 1, 0, OneOf(_words));
                break;
            default:
                if (other.Length > 0 && ValueAt(other, random.Next(other.Length)) is var (from, taken) && taken > 0)
                {
                    Replace(start, length, other[from..(from + taken)]);
                }

                break;
        }
    }

    /// <summary>The next quoted text or bracketed piece at or after a place; length 0 where none is whole.</summary>
    private static (int Start, int Length) ValueAt(ReadOnlySpan<byte> text, int at)
    {
        var start = text[at..].IndexOfAny("\"{["u8);
        if (start < 0)
        {
            return (0, 0);
        }

        start += at;
        var depth = 0;
        var inText = false;
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == '"' && (i == start || text[i - 1] != '\\'))
            {
                inText = !inText;
            }

            depth += inText ? 0 : text[i] switch { (byte)'{' or (byte)'[' => 1, (byte)'}' or (byte)']' => -1, _ => 0 };
            if (depth <= 0 && !inText)
            {
                return (start, i + 1 - start);
            }
        }

        return (0, 0);
    }

    private void WriteNumber(int at)
    {
        var number = Numbers[random.Next(Numbers.Length)];
        var size = 1 << random.Next(4);
        for (var i = 0; i < size && at + i < _bytes.Count; i++)
        {
            _bytes[at + i] = (byte)(number >> (8 * i));
        }
    }

    /// <summary>The next run of digits becomes another number.</summary>
    private void ReplaceDigits(int at)
    {
        while (at < _bytes.Count && !char.IsAsciiDigit((char)_bytes[at]))
        {
            at++;
        }

        var length = 0;
        while (at + length < _bytes.Count && char.IsAsciiDigit((char)_bytes[at + length]))
        {
            length++;
        }

        var number = random.Next(2) == 0 ? Numbers[random.Next(Numbers.Length)] : random.NextInt64(0, (long)Math.Pow(10, random.Next(1, 18)));
        Replace(at, length, Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)));
    }

    private void Replace(int at, int length, byte[] with)
    {
        at = Math.Min(at, _bytes.Count);
        _bytes.RemoveRange(at, Math.Min(length, _bytes.Count - at));
        if (_bytes.Count + with.Length <= 2 * maxBytes)
        {
            _bytes.InsertRange(at, with);
        }
    }

    private static byte[] Piece(List<byte> piece, int times) => [.. Enumerable.Repeat(piece, times).SelectMany(static bytes => bytes)];

    /// <summary>Mostly short.</summary>
    private int Length(int most) => most == 0 ? 0 : random.Next(1, 1 + Math.Min(most, 1 << random.Next(1, 9)));

    private T OneOf<T>(IReadOnlyList<T> list) => list[random.Next(list.Count)];

    [GeneratedRegex(@"[A-Za-z_$][A-Za-z0-9_$.-]{2,39}")]
    private static partial Regex Word();
}
