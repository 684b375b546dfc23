using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Headroom.Store;

/// <summary>The texts of a dictionary, by their numbers.</summary>
/// <param name="bytes">One after the other, each after so many bytes that are not its own.</param>
/// <param name="ends">Where the one before the first ends, and each.</param>
internal readonly ref struct DictionaryTexts(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> ends, int before)
{
    /// <summary>Of the length that a page has before each text.</summary>
    public const int LengthBytes = sizeof(int);

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly ReadOnlySpan<int> _ends = ends;

    public int Count => _ends.Length - 1;

    /// <summary>Where texts of a page end, each behind its length. Returns the bytes that they take, or −1 where they are damaged.</summary>
    /// <param name="start">Of the page, added to each end.</param>
    /// <param name="ends">Where the one before the first ends, and each.</param>
    public static int FindEnds(ReadOnlySpan<byte> page, int start, Span<int> ends)
    {
        ends[0] = start;
        var at = 0;
        for (var i = 1; i < ends.Length; i++)
        {
            if (page.Length - at < LengthBytes || BinaryPrimitives.ReadInt32LittleEndian(page[at..]) is var length && (length < 0 || length > page.Length - at - LengthBytes))
            {
                return -1;
            }

            at += LengthBytes + length;
            ends[i] = start + at;
        }

        return at;
    }

    public ReadOnlySpan<byte> this[int number] => _bytes[(_ends[number] + before).._ends[number + 1]];
}

/// <summary>
/// Reads an optional column of texts of one row group as it lies in the file: its dictionary, and for each row the number of its text. Only where its pages
/// are of that dictionary alone and not compressed, as merged files have texts that repeat, or with LZ4, as fresh ones have all; everything else, and whatever
/// is not as it should be, is left to Parquet's own reader. By Encodings.md of apache/parquet-format. One thread's at a time.
/// </summary>
internal sealed class TextPages : IDisposable
{
    /// <summary>Number of a row without a text.</summary>
    public const int None = -1;

    private const int MostBytes = 16 * 1_024 * 1_024;
    private const int LengthBytes = DictionaryTexts.LengthBytes;

    private byte[] _chunk = [];
    private byte[] _page = [];
    private byte[] _dictionaryPage = [];
    private int[] _numbers = [];
    private int[] _levels = [];
    private int[] _ends = [];
    private ReadOnlyMemory<byte> _dictionary;
    private int _entries;
    private int _rows;

    /// <summary>Whether a row has no text.</summary>
    public bool HasNone { get; private set; }

    /// <summary>For each row the number of its text.</summary>
    public ReadOnlySpan<int> Numbers => _numbers.AsSpan(0, _rows);

    public DictionaryTexts Texts => new(_dictionary.Span, _ends.AsSpan(0, _entries + 1), LengthBytes);

    /// <summary>False where it is not such a column.</summary>
    public bool Read(SafeFileHandle file, ColumnChunk chunk, int rows)
    {
        if (chunk.Bytes is < 0 or > MostBytes || chunk.Codec is not (ColumnChunk.NotCompressed or ColumnChunk.Lz4))
        {
            return false;
        }

        Grow(ref _chunk, (int)chunk.Bytes);
        Grow(ref _numbers, rows);
        (_rows, HasNone, _entries) = (rows, false, -1);
        var length = (int)chunk.Bytes;
        for (var read = 0; read < length;)
        {
            var more = RandomAccess.Read(file, _chunk.AsSpan(read, length - read), chunk.Start + read);
            if (more == 0)
            {
                return false;
            }

            read += more;
        }

        var (at, row) = (0, 0);
        while (row < rows)
        {
            if (PageHeader.Parse(_chunk.AsSpan(at, length - at), out var headerLength) is not { } header || header.Bytes > length - at - headerLength)
            {
                return false;
            }

            at += headerLength;
            var page = _chunk.AsMemory(at, header.Bytes);
            at += header.Bytes;
            if (!(chunk.Codec == ColumnChunk.NotCompressed ? header.PlainBytes == header.Bytes : Decompress(ref page, header)))
            {
                return false;
            }

            if (header.IsDictionary)
            {
                if (!ReadDictionary(page, header.Values))
                {
                    return false;
                }
            }
            else if (!header.HasNumbers || header.Values > rows - row || !ReadNumbers(page.Span, _numbers.AsSpan(row, header.Values)))
            {
                return false;
            }
            else
            {
                row += header.Values;
            }
        }

        // Pages that end elsewhere are not this column's.
        return at == length;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_chunk);
        ArrayPool<byte>.Shared.Return(_page);
        ArrayPool<byte>.Shared.Return(_dictionaryPage);
        ArrayPool<int>.Shared.Return(_numbers);
        ArrayPool<int>.Shared.Return(_levels);
        ArrayPool<int>.Shared.Return(_ends);
        (_chunk, _page, _dictionaryPage, _dictionary, _numbers, _levels, _ends) = ([], [], [], default, [], [], []);
    }

    private static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            ArrayPool<T>.Shared.Return(array);
            array = ArrayPool<T>.Shared.Rent(length);
        }
    }

    /// <summary>False where the bytes are no block, or of another length than the header says.</summary>
    private bool Decompress(ref Memory<byte> page, PageHeader header)
    {
        if (header.PlainBytes > MostBytes)
        {
            return false;
        }

        ref var into = ref header.IsDictionary ? ref _dictionaryPage : ref _page;
        Grow(ref into, header.PlainBytes);
        var plain = into.AsMemory(0, header.PlainBytes);
        var isBlock = Lz4Block.Decode(page.Span, plain.Span);
        page = plain;
        return isBlock;
    }

    private bool ReadDictionary(ReadOnlyMemory<byte> bytes, int values)
    {
        // An entry takes four bytes at least.
        var page = bytes.Span;
        if (_entries >= 0 || values > page.Length / LengthBytes)
        {
            return false;
        }

        Grow(ref _ends, values + 1);
        (_dictionary, _entries) = (bytes, values);
        return DictionaryTexts.FindEnds(page, 0, _ends.AsSpan(0, values + 1)) >= 0;
    }

    /// <summary>Levels that say which rows have a text, and then the numbers of those that do.</summary>
    private bool ReadNumbers(ReadOnlySpan<byte> page, Span<int> numbers)
    {
        if (_entries < 0 || page.Length < LengthBytes || BinaryPrimitives.ReadInt32LittleEndian(page) is var levelBytes && (levelBytes < 0 || levelBytes > page.Length - LengthBytes))
        {
            return false;
        }

        Span<int> levels = [];
        if (!HaveAll(page.Slice(LengthBytes, levelBytes), numbers.Length))
        {
            Grow(ref _levels, numbers.Length);
            levels = _levels.AsSpan(0, numbers.Length);
            if (!PageRuns.Expand(page.Slice(LengthBytes, levelBytes), 1, levels, 2))
            {
                return false;
            }
        }

        page = page[(LengthBytes + levelBytes)..];
        var missing = levels.Count(0);
        var some = numbers[..(numbers.Length - missing)];
        if (!some.IsEmpty && (page.IsEmpty || page[0] > 31 || !PageRuns.Expand(page[1..], page[0], some, _entries)))
        {
            return false;
        }

        if (missing > 0)
        {
            HasNone = true;
            for (var (i, next) = (numbers.Length - 1, some.Length - 1); i >= 0; i--)
            {
                numbers[i] = levels[i] == 0 ? None : some[next--];
            }
        }

        return true;
    }

    /// <summary>Whether levels are a single run that says that every row has a text, as they mostly are.</summary>
    private static bool HaveAll(ReadOnlySpan<byte> levels, int rows) => Varints.TryRead32(ref levels, out var header) && (header & 1) == 0 && header >> 1 >= (uint)rows && levels is [1, ..];
}
