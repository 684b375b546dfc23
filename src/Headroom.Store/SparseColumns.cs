// Columns with few values are written by our own code, because Parquet's writer looks at each row that has none, and takes time and memory for each column: with a thousand
// properties in a project that was most of what storing and merging an event cost. A file is first written by Parquet's writer without them; then, where its footer
// was, follow
//
//   for each such column by ascending ordinal name, for each row group: its dictionary where texts repeat, and one page with all its values
//   the footer, with those columns behind the others, and the key "headroom.sparse": base64 of varints, the number of the other columns and of each of these its values
//
// so that any reader of Parquet reads it, and a merge reads in the order of the file. Pages are not compressed: they hold little, or will be merged again.

using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Headroom.Core;
using Microsoft.Win32.SafeHandles;

namespace Headroom.Store;

/// <summary>Puts sparse columns behind the others of a file that is not used yet.</summary>
internal sealed class SparseColumns : IDisposable
{
    public const string Key = "headroom.sparse";

    /// <summary>Columns with a value in at most one of so many rows are sparse: up to there our own writer is the faster one.</summary>
    private const int RowsPerValue = 8;

    /// <summary>A column of Parquet's writer costs as much as so many values of ours, however many rows there are.</summary>
    private const int FewValues = 256;

    /// <summary>Of all row groups, which are in memory at once.</summary>
    private const long MostBytes = 16 * 1_024 * 1_024;

    private const int FlushBytes = 256 * 1_024;

    private readonly SafeFileHandle _file;
    private readonly ParquetFooter _footer;
    private readonly MoreColumns _more;
    private readonly NewChunk[] _chunks;
    private readonly ArrayBufferWriter<byte> _pages = new(2 * FlushBytes);
    private readonly ArrayBufferWriter<byte> _counts = new();
    private long _at;

    public SparseColumns(string path)
    {
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        try
        {
            _footer = ParquetFooter.Read(_file, path);
        }
        catch
        {
            _file.Dispose();
            throw;
        }

        _at = _footer.Start;
        _more = new MoreColumns(_footer.GroupRows.Count);
        _chunks = new NewChunk[_footer.GroupRows.Count];
        Count(_footer.Columns.Count);
    }

    /// <param name="values">Of all rows.</param>
    /// <param name="bytes">Of its texts.</param>
    public static bool IsSparse(long values, long rows, long bytes) => bytes <= MostBytes && (values <= FewValues || values * RowsPerValue <= rows);

    /// <summary>The same of a file that stays, where size counts: Parquet's writer, which compresses, would make hardly less of it.</summary>
    public static bool MayStaySparse(long values, long rows, long bytes)
    {
        const int RowsPerValueThere = 32;
        const int SmallBytes = 16;
        return IsSparse(values, rows, bytes) && values * RowsPerValueThere <= rows && bytes <= values * SmallBytes;
    }

    /// <summary>Columns come by ascending ordinal name.</summary>
    public void Add(string name, PropertyKind kind, SparseColumn column)
    {
        var from = 0;
        for (var g = 0; g < _chunks.Length; g++)
        {
            var rows = checked((int)_footer.GroupRows[g]);
            _chunks[g] = column.Write(_pages, from, rows, _at + _pages.WrittenCount);
            from += rows;
        }

        _more.Add(name, kind, _chunks);
        Count(column.Count);
        if (_pages.WrittenCount >= FlushBytes)
        {
            Flush();
        }
    }

    public void Close()
    {
        _more.Add(Key, Convert.ToBase64String(_counts.WrittenSpan));
        _footer.WriteWith(_more, _pages);
        Flush();
    }

    public void Dispose() => _file.Dispose();

    /// <summary>How many columns of a file are not sparse, and of each of the others its values.</summary>
    public static (int Others, long[] Values) Find(ParquetFooter footer)
    {
        var all = footer.Columns.Count;
        if (footer.Value(Encoding.UTF8.GetBytes(Key)) is not { } text)
        {
            return (all, []);
        }

        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        if (Base64.DecodeFromUtf8(text, bytes, out _, out var length) != OperationStatus.Done)
        {
            return (all, []);
        }

        ReadOnlySpan<byte> rest = bytes.AsSpan(0, length);
        if (!Varints.TryRead32(ref rest, out var others) || others > (uint)all)
        {
            return (all, []);
        }

        var values = new long[all - (int)others];
        foreach (ref var value in values.AsSpan())
        {
            if (!Varints.TryRead32(ref rest, out var read))
            {
                return (all, []);
            }

            value = read;
        }

        return ((int)others, values);
    }

    private void Flush()
    {
        RandomAccess.Write(_file, _pages.WrittenSpan, _at);
        _at += _pages.WrittenCount;
        _pages.ResetWrittenCount();
    }

    private void Count(int values) => new CompactWriter(_counts).Varint((ulong)values);
}
