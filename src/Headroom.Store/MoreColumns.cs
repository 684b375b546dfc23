using System.Buffers;
using System.Text;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>A column of a row group that was written behind those that Parquet's writer wrote; its pages are not compressed.</summary>
/// <param name="Start">Of its first page in the file.</param>
/// <param name="DictionaryBytes">Of the page of its dictionary, which comes first; 0 where there is none.</param>
/// <param name="Bytes">Of both pages with their headers.</param>
internal readonly record struct NewChunk(int Rows, long Start, int DictionaryBytes, int Bytes);

/// <summary>What is added to a footer, as elements of its lists (structs of parquet.thrift of apache/parquet-format).</summary>
internal sealed class MoreColumns
{
    private const int Optional = 1;
    private const int Utf8 = 0;
    private const int Boolean = 0;
    private const int Double = 5;
    private const int ByteArray = 6;

    private readonly ArrayBufferWriter<byte> _schema = new();
    private readonly ArrayBufferWriter<byte> _keyValue = new();
    private readonly ArrayBufferWriter<byte>[] _chunks;
    private readonly long[] _bytes;

    /// <param name="groups">Row groups of the file.</param>
    public MoreColumns(int groups)
    {
        (_chunks, _bytes) = (new ArrayBufferWriter<byte>[groups], new long[groups]);
        for (var g = 0; g < groups; g++)
        {
            _chunks[g] = new ArrayBufferWriter<byte>();
        }
    }

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Schema => _schema.WrittenSpan;

    public int KeyValues { get; private set; }

    public ReadOnlySpan<byte> KeyValue => _keyValue.WrittenSpan;

    public ReadOnlySpan<byte> Chunks(int group) => _chunks[group].WrittenSpan;

    /// <summary>Of the columns of a row group.</summary>
    public long Bytes(int group) => _bytes[group];

    /// <param name="chunks">One for each row group.</param>
    public void Add(string name, PropertyKind kind, ReadOnlySpan<NewChunk> chunks)
    {
        Count++;
        var utf8 = Encoding.UTF8.GetBytes(name);
        var type = kind switch
        {
            PropertyKind.Number => Double,
            PropertyKind.Boolean => Boolean,
            _ => ByteArray,
        };
        var schema = new CompactWriter(_schema);
        schema.Int32(1, type);
        schema.Int32(2, Optional);
        schema.Field(1, CompactKind.Binary);
        schema.Binary(utf8);
        if (type == ByteArray)
        {
            // As an old reader knows texts, and as new ones do: a union of which the first member is an empty struct.
            schema.Int32(2, Utf8);
            schema.Field(4, CompactKind.Struct);
            schema.Field(1, CompactKind.Struct);
            schema.Stop();
            schema.Stop();
        }

        schema.Stop();
        for (var g = 0; g < chunks.Length; g++)
        {
            Add(new CompactWriter(_chunks[g]), utf8, type, chunks[g]);
            _bytes[g] += chunks[g].Bytes;
        }
    }

    public void Add(string key, string value)
    {
        KeyValues++;
        var writer = new CompactWriter(_keyValue);
        writer.Field(1, CompactKind.Binary);
        writer.Binary(Encoding.UTF8.GetBytes(key));
        writer.Field(1, CompactKind.Binary);
        writer.Binary(Encoding.UTF8.GetBytes(value));
        writer.Stop();
    }

    private static void Add(CompactWriter writer, ReadOnlySpan<byte> name, int type, NewChunk chunk)
    {
        var hasDictionary = chunk.DictionaryBytes > 0;

        // The place of a copy of what follows, which nobody writes any more.
        writer.Int64(2, 0);
        writer.Field(1, CompactKind.Struct);
        writer.Int32(1, type);
        writer.Field(1, CompactKind.List);
        writer.List(CompactKind.Int32, hasDictionary ? 3 : 2);
        writer.Number(PageHeader.Plain);
        writer.Number(PageHeader.Rle);
        if (hasDictionary)
        {
            writer.Number(PageHeader.DictionaryNumbers);
        }

        writer.Field(1, CompactKind.List);
        writer.List(CompactKind.Binary, 1);
        writer.Binary(name);
        writer.Int32(1, ColumnChunk.NotCompressed);
        writer.Int64(1, chunk.Rows);
        writer.Int64(1, chunk.Bytes);
        writer.Int64(1, chunk.Bytes);
        writer.Int64(2, chunk.Start + chunk.DictionaryBytes);
        if (hasDictionary)
        {
            writer.Int64(2, chunk.Start);
        }

        writer.Stop();
        writer.Stop();
    }
}
