using System.Numerics;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// Which values of a breakdown get a line of the answer: the largest, equal ones in the order of their text, none after all
/// texts. Whatever else there is belongs to one line more, the last, and so does a value that is spelt like that line.
/// </summary>
internal sealed class ValueLines
{
    /// <summary>The code of events without a value.</summary>
    public const int NoValue = -1;

    /// <summary>Without a breakdown: everything is in one line that has no name, and nothing is past it.</summary>
    public static readonly ValueLines One = new([NoValue], new TextCodes()) { HasOther = false };

    private readonly List<int> _codes;
    private readonly Dictionary<int, int> _lines = [];
    private readonly TextCodes _texts;

    private ValueLines(List<int> codes, TextCodes texts)
    {
        (_codes, _texts) = (codes, texts);
        for (var line = 0; line < codes.Count; line++)
        {
            _lines.Add(codes[line], line);
        }
    }

    /// <summary>Whether there is a line for all that is not shown by itself, be it empty.</summary>
    public bool HasOther { get; private init; } = true;

    /// <summary>The number of that line.</summary>
    public int Other => _codes.Count;

    /// <summary>With that one.</summary>
    public int Count => HasOther ? _codes.Count + 1 : _codes.Count;

    /// <param name="sizes">Of each value by its code and 1; those of 0 are not there.</param>
    public static ValueLines Of<T>(ReadOnlySpan<T> sizes, TextCodes texts, int limit)
        where T : struct, IBinaryInteger<T>
    {
        var shown = new List<int>(limit + 1);
        for (var i = 0; i < sizes.Length; i++)
        {
            var code = i - 1;
            if (T.IsZero(sizes[i]) || (code >= 0 && texts.Utf8(code).SequenceEqual("$other"u8)))
            {
                continue;
            }

            var place = shown.Count;
            while (place > 0 && IsBefore(code, shown[place - 1], sizes, texts))
            {
                place--;
            }

            if (place < limit)
            {
                shown.Insert(place, code);
                if (shown.Count > limit)
                {
                    shown.RemoveAt(limit);
                }
            }
        }

        return new ValueLines(shown, texts);
    }

    /// <summary>All values together, as one line.</summary>
    public static ValueLines Whole(TextCodes texts) => new([], texts);

    public int Of(int code) => _lines.GetValueOrDefault(code, Other);

    public string? Name(int line) => line == Other ? TrendsSeriesResult.Other : _codes[line] == NoValue ? null : _texts.Text(_codes[line]);

    /// <summary>The line of a name; −1 where none has it.</summary>
    public int Find(string? name)
    {
        var line = Count - 1;
        while (line >= 0 && !string.Equals(Name(line), name, StringComparison.Ordinal))
        {
            line--;
        }

        return line;
    }

    private static bool IsBefore<T>(int code, int other, ReadOnlySpan<T> sizes, TextCodes texts)
        where T : struct, IBinaryInteger<T> =>
        sizes[code + 1] != sizes[other + 1] ? sizes[code + 1] > sizes[other + 1]
            : code != NoValue && (other == NoValue || texts.Utf8(code).SequenceCompareTo(texts.Utf8(other)) < 0);
}
