using Headroom.Core;

namespace Headroom.Sql;

/// <summary>Keys for the texts of a VARCHAR column, from 1 in order of their first appearance. One thread's.</summary>
internal sealed class TextKeys
{
    private int[] _codes = [];
    private long[] _keys = [];

    /// <summary>The texts met; a key is its code and 1.</summary>
    public TextCodes Texts { get; } = new();

    /// <summary>The key of each row, 0 for NULL; valid until the next batch.</summary>
    public ReadOnlySpan<long> Of(ColumnBatch batch, int column)
    {
        if (_codes.Length < batch.Count)
        {
            _codes = new int[batch.Count];
            _keys = new long[batch.Count];
        }

        batch.Number(column, Texts, _codes);
        for (var i = 0; i < batch.Count; i++)
        {
            _keys[i] = _codes[i] + 1L;
        }

        return _keys.AsSpan(0, batch.Count);
    }
}
