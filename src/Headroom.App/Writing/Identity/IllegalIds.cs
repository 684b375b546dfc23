using System.Text;

namespace Headroom.App.Writing.Identity;

/// <summary>Distinct ids that stand for a mistake in the caller: a merge with one would join strangers.</summary>
internal static class IllegalIds
{
    private const int Longest = 32;

    private static readonly Utf8Map<bool> AnyCase = Map(
        "anonymous", "guest", "distinctid", "distinct_id", "id", "not_authenticated", "email", "undefined", "true", "false",
        "null", "nil", "none", "nan", "0", "[object object]", "unknown", "(null)", "\"\"", "''",
        "$posthog_cookieless");

    public static bool Contains(ReadOnlySpan<byte> id)
    {
        id = id.Trim(" \t\r\n"u8);
        if (id.IsEmpty)
        {
            return true;
        }

        if (id.Length > Longest)
        {
            return false;
        }

        if (id.Length > 2 && (id[0] is (byte)'"' or (byte)'\'') && id[^1] == id[0])
        {
            id = id[1..^1];
        }

        Span<byte> lower = stackalloc byte[Longest];
        Ascii.ToLower(id, lower, out var written);
        return written == id.Length && AnyCase.TryGet(lower[..written], out _);
    }

    private static Utf8Map<bool> Map(params ReadOnlySpan<string> ids)
    {
        var map = new Utf8Map<bool>();
        foreach (var id in ids)
        {
            map.Set(Encoding.UTF8.GetBytes(id), true);
        }

        return map;
    }
}
