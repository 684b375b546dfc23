using System.Text;
using Headroom.Core;

namespace Headroom.App.Writing.Enrichment;

/// <summary>A text that many rows share: encoded once, copied once for each batch.</summary>
internal sealed class CachedText(string text)
{
    private readonly byte[] _utf8 = Encoding.UTF8.GetBytes(text);
    private EventColumns? _rows;
    private long _stamp;
    private TextSlice _slice;

    public string Value => text;

    public static CachedText? Of(string? text) => string.IsNullOrEmpty(text) ? null : new CachedText(text);

    public TextSlice In(ProjectRows project)
    {
        if (_stamp != project.Stamp || _rows != project.Rows)
        {
            _stamp = project.Stamp;
            _rows = project.Rows;
            _slice = project.Rows.Store(_utf8);
        }

        return _slice;
    }
}
