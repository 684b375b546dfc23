namespace Headroom.App.Alerting;

internal static class AlertTexts
{
    /// <summary>
    /// One line of at most so many characters. Texts of exceptions and answers have line breaks at times, of which somebody could make a
    /// header, another alert or a line of the log.
    /// </summary>
    public static string Line(string text, int most)
    {
        var cut = text.Length <= most ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[most - 1]) ? most - 1 : most), "…");
        return string.Create(cut.Length, cut, static (line, from) =>
        {
            for (var i = 0; i < from.Length; i++)
            {
                line[i] = char.IsControl(from[i]) || from[i] is '\u2028' or '\u2029' ? ' ' : from[i];
            }
        });
    }
}
