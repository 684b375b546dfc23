using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>Reads the pages that <see cref="SparseColumn"/> writes: the rows that have a value, and those values. Not safe for concurrent use.</summary>
internal sealed class SparsePages
{
    private const int LengthBytes = DictionaryTexts.LengthBytes;

    private int[] _rows = [];
    private long[] _values = [];
    private int[] _ends = [0];
    private int[] _numbers = [];
    private int _count;
    private int _entries;

    /// <summary>Ascending; the first of the row group is 0.</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, _count);

    /// <summary>Of a number its bits, of a truth value 1 or 0, of a text its place among <see cref="Texts"/>.</summary>
    public ReadOnlySpan<long> Values => _values.AsSpan(0, _count);

    /// <param name="chunk">What was read.</param>
    public DictionaryTexts Texts(ReadOnlySpan<byte> chunk) => new(chunk, _ends.AsSpan(0, _entries + 1), LengthBytes);

    /// <summary>False where it is not what was written.</summary>
    /// <param name="chunk">A column of a row group, not compressed.</param>
    public bool Read(ReadOnlySpan<byte> chunk, PropertyKind kind, int rows)
    {
        (_count, _entries) = (0, 0);
        if (_rows.Length < rows)
        {
            (_rows, _values, _numbers) = (new int[rows], new long[rows], new int[rows]);
        }

        var at = 0;
        if (!Next(chunk, ref at, out var header, out var page))
        {
            return false;
        }

        if (header.IsDictionary && (!ReadTexts(page, at - page.Length, header.Values) || !Next(chunk, ref at, out header, out page)))
        {
            return false;
        }

        if (header.IsDictionary || header.Values != rows || at != chunk.Length || page.Length < LengthBytes
            || BinaryPrimitives.ReadInt32LittleEndian(page) is var levels && (levels < 0 || levels > page.Length - LengthBytes))
        {
            return false;
        }

        _count = PageRuns.Ones(page.Slice(LengthBytes, levels), rows, _rows);
        if (_count < 0)
        {
            _count = 0;
            return false;
        }

        return ReadValues(page[(LengthBytes + levels)..], at - page.Length + LengthBytes + levels, kind, header);
    }

    private static bool Next(ReadOnlySpan<byte> chunk, ref int at, out PageHeader header, out ReadOnlySpan<byte> page)
    {
        var parsed = PageHeader.Parse(chunk[at..], out var length);
        header = parsed.GetValueOrDefault();
        page = [];
        if (parsed is null || header.Bytes != header.PlainBytes || header.Bytes > chunk.Length - at - length)
        {
            return false;
        }

        page = chunk.Slice(at + length, header.Bytes);
        at += length + header.Bytes;
        return true;
    }

    private bool ReadValues(ReadOnlySpan<byte> values, int start, PropertyKind kind, PageHeader header)
    {
        switch (kind)
        {
            case PropertyKind.Number:
                if (values.Length != _count * sizeof(double))
                {
                    return false;
                }

                MemoryMarshal.Cast<byte, long>(values).CopyTo(_values);
                return true;
            case PropertyKind.Boolean:
                if (values.Length != (_count + 7) / 8)
                {
                    return false;
                }

                for (var i = 0; i < _count; i++)
                {
                    _values[i] = (values[i >> 3] >> (i & 7)) & 1;
                }

                return true;
            default:
                return header.HasNumbers ? ReadNumbers(values) : ReadTexts(values, start, _count) && CountUp();
        }
    }

    private bool ReadNumbers(ReadOnlySpan<byte> values)
    {
        if (values.IsEmpty || values[0] > 31 || !PageRuns.Expand(values[1..], values[0], _numbers.AsSpan(0, _count), _entries))
        {
            return _count == 0;
        }

        for (var i = 0; i < _count; i++)
        {
            _values[i] = _numbers[i];
        }

        return true;
    }

    /// <summary>Each value is a text of its own.</summary>
    private bool CountUp()
    {
        for (var i = 0; i < _count; i++)
        {
            _values[i] = i;
        }

        return true;
    }

    /// <summary>Texts one after the other, each behind its length.</summary>
    /// <param name="start">Of them in the chunk.</param>
    private bool ReadTexts(ReadOnlySpan<byte> page, int start, int count)
    {
        if (count > page.Length / LengthBytes)
        {
            return false;
        }

        if (_ends.Length <= count)
        {
            _ends = new int[Math.Max(count + 1, _ends.Length * 2)];
        }

        _entries = count;
        return DictionaryTexts.FindEnds(page, start, _ends.AsSpan(0, count + 1)) == page.Length;
    }
}
