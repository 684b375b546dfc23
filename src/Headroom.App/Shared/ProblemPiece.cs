using System.Text;
using System.Text.RegularExpressions;

namespace Headroom.App.Shared;

/// <summary>Texts of examples: short, and without addresses.</summary>
internal static partial class ProblemPiece
{
    private const int MaxJson = 1_000;
    private const int MaxText = 200;

    /// <summary>The beginning of what was sent; null of nothing. Bytes that are no text become U+FFFD.</summary>
    public static string? Json(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return null;
        }

        // More than is kept, so that a cut does not part an address from its name.
        var text = Addresses().Replace(Encoding.UTF8.GetString(json[..Math.Min(json.Length, 4 * MaxJson)]), "$1\"…\"");
        return text.Length <= MaxJson ? text : string.Concat(text.AsSpan(0, End(text, MaxJson)), "…");
    }

    /// <summary>A name or an id; null of an empty one.</summary>
    public static string? Text(string? text) =>
        string.IsNullOrEmpty(text) ? null : text.Length <= MaxText ? text : string.Concat(text.AsSpan(0, End(text, MaxText)), "…");

    public static string? Text(ReadOnlySpan<byte> text) => Text(Encoding.UTF8.GetString(text[..Math.Min(text.Length, 4 * MaxText)]));

    private static int End(string text, int most) => char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;

    [GeneratedRegex("""("\$?(?:ip|ip_address|ipaddress|x-forwarded-for)"\s*:\s*)"(?:[^"\\]|\\.)*"?""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Addresses();
}
