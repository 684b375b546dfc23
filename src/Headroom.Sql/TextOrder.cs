using Headroom.Core;

namespace Headroom.Sql;

/// <summary>By code points, as stores compare UTF-8; nothing comes last.</summary>
internal sealed class TextOrder : IComparer<string?>
{
    public static readonly TextOrder Instance = new();

    /// <summary>The place of each text among all, by its code.</summary>
    public static int[] Ranks(TextCodes texts)
    {
        var codes = new int[texts.Count];
        var ranks = new int[codes.Length];
        for (var code = 0; code < codes.Length; code++)
        {
            codes[code] = code;
        }

        Array.Sort(codes, (a, b) => texts.Utf8(a).SequenceCompareTo(texts.Utf8(b)));
        for (var place = 0; place < codes.Length; place++)
        {
            ranks[codes[place]] = place;
        }

        return ranks;
    }

    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
        {
            return x is null ? y is null ? 0 : 1 : -1;
        }

        for (var i = 0; i < Math.Min(x.Length, y.Length); i++)
        {
            if (x[i] != y[i])
            {
                return char.IsSurrogate(x[i]) == char.IsSurrogate(y[i]) ? x[i].CompareTo(y[i]) : char.IsSurrogate(x[i]) ? 1 : -1;
            }
        }

        return x.Length.CompareTo(y.Length);
    }
}
