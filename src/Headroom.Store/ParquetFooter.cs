using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Headroom.Store;

/// <summary>Where a column of a row group lies in its file.</summary>
/// <param name="Start">Of its first page.</param>
/// <param name="Bytes">Of all its pages, their headers included.</param>
/// <param name="PlainBytes">Of them without compression.</param>
/// <param name="Codec">How its pages are compressed, as Parquet numbers it.</param>
internal readonly record struct ColumnChunk(long Start, long Bytes, long PlainBytes, int Codec)
{
    public const int NotCompressed = 0;
    public const int Lz4 = 7;
}

/// <summary>
/// The footer of a Parquet file (FileMetaData in parquet.thrift of apache/parquet-format): what is needed to find pages without Parquet's own reader, and to put columns
/// behind those that are there.
/// </summary>
internal sealed class ParquetFooter
{
    /// <summary>Of a file, at its begin and its end.</summary>
    private static ReadOnlySpan<byte> Mark => "PAR1"u8;

    private readonly byte[] _bytes;
    private readonly List<string> _columns = [];
    private readonly List<long> _groupRows = [];
    private readonly List<ColumnChunk> _chunks = [];
    private readonly List<(Range Key, Range Value)> _keyValues = [];

    private ParquetFooter(byte[] bytes, long start)
    {
        (_bytes, Start) = (bytes, start);
        var reader = new CompactReader(bytes);
        for (var field = 0; reader.Field(ref field, out var kind);)
        {
            switch (field, kind)
            {
                case (2, CompactKind.List):
                    ReadSchema(ref reader);
                    break;
                case (4, CompactKind.List):
                    ReadGroups(ref reader);
                    break;
                case (5, CompactKind.List):
                    ReadKeyValues(ref reader);
                    break;
                default:
                    reader.Skip(kind);
                    break;
            }
        }

        // No file is written without rows.
        HasFailed = reader.HasFailed || _groupRows.Count == 0 || _chunks.Count != (long)_groupRows.Count * _columns.Count;
    }

    /// <summary>Where it begins in the file.</summary>
    public long Start { get; }

    /// <summary>Names of the columns, in the order of the file.</summary>
    public IReadOnlyList<string> Columns => _columns;

    /// <summary>Rows of each row group.</summary>
    public IReadOnlyList<long> GroupRows => _groupRows;

    /// <summary>Of all row groups, one after the other.</summary>
    public IReadOnlyList<ColumnChunk> Chunks => _chunks;

    private bool HasFailed { get; }

    public ColumnChunk Chunk(int group, int column) => _chunks[(group * _columns.Count) + column];

    /// <summary>What the file says of itself under a key; null where it does not.</summary>
    public byte[]? Value(ReadOnlySpan<byte> key)
    {
        foreach (var (known, value) in _keyValues)
        {
            if (key.SequenceEqual(_bytes.AsSpan(known)))
            {
                return _bytes[value];
            }
        }

        return null;
    }

    /// <exception cref="IOException">It is not one.</exception>
    public static ParquetFooter Read(SafeFileHandle file, string path)
    {
        var length = RandomAccess.GetLength(file);
        Span<byte> end = stackalloc byte[sizeof(int) + 4];
        if (length < Mark.Length + end.Length)
        {
            throw Damaged(path);
        }

        ReadAll(file, end, length - end.Length, path);
        var bytes = BinaryPrimitives.ReadInt32LittleEndian(end);
        if (!end[sizeof(int)..].SequenceEqual(Mark) || bytes <= 0 || bytes > length - end.Length - Mark.Length)
        {
            throw Damaged(path);
        }

        var footer = new byte[bytes];
        var start = length - end.Length - bytes;
        ReadAll(file, footer, start, path);
        var read = new ParquetFooter(footer, start);
        return read.HasFailed ? throw Damaged(path) : read;
    }

    public static void ReadAll(SafeFileHandle file, Span<byte> into, long at, string path)
    {
        while (!into.IsEmpty)
        {
            var read = RandomAccess.Read(file, into, at);
            if (read == 0)
            {
                throw Damaged(path);
            }

            into = into[read..];
            at += read;
        }
    }

    public static IOException Damaged(string path) => new($"{path} is not what was written: a part of it that says where its columns are is damaged.");

    /// <summary>Writes what ends the file, with more columns than this one has.</summary>
    public void WriteWith(MoreColumns more, ArrayBufferWriter<byte> to)
    {
        var writer = new CompactWriter(to);
        var before = to.WrittenCount;
        var reader = new CompactReader(_bytes);
        var copied = 0;
        for (var field = 0; reader.Field(ref field, out var kind);)
        {
            switch (field, kind)
            {
                case (2, CompactKind.List):
                    CopySchema(ref reader, ref copied, more, writer);
                    break;
                case (4, CompactKind.List):
                    CopyGroups(ref reader, ref copied, more, writer);
                    break;
                case (5, CompactKind.List):
                    CopyList(ref reader, ref copied, more.KeyValues, more.KeyValue, writer);
                    break;
                case (7, CompactKind.List):
                    // Orders of columns, of which there is one kind: a union whose only member is empty.
                    var orders = new byte[3 * more.Count];
                    for (var i = 0; i < more.Count; i++)
                    {
                        orders[3 * i] = (1 << 4) | (int)CompactKind.Struct;
                    }

                    CopyList(ref reader, ref copied, more.Count, orders, writer);
                    break;
                default:
                    reader.Skip(kind);
                    break;
            }
        }

        writer.Raw(_bytes.AsSpan(copied));
        writer.Int32LittleEndian(to.WrittenCount - before);
        writer.Raw(Mark);
    }

    private void ReadSchema(ref CompactReader reader)
    {
        var (_, count) = reader.List();
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            var name = "";
            for (var field = 0; reader.Field(ref field, out var kind);)
            {
                if ((field, kind) == (4, CompactKind.Binary))
                {
                    name = System.Text.Encoding.UTF8.GetString(reader.Binary());
                }
                else
                {
                    reader.Skip(kind);
                }
            }

            // The first one is the whole of them; there are no groups in it.
            if (i > 0)
            {
                _columns.Add(name);
            }
        }
    }

    private void ReadKeyValues(ref CompactReader reader)
    {
        var (_, count) = reader.List();
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            var (key, value) = (Range.EndAt(0), Range.EndAt(0));
            for (var field = 0; reader.Field(ref field, out var kind);)
            {
                if (kind != CompactKind.Binary)
                {
                    reader.Skip(kind);
                    continue;
                }

                var length = reader.Binary().Length;
                var range = (reader.Position - length)..reader.Position;
                (key, value) = field == 1 ? (range, value) : (key, range);
            }

            _keyValues.Add((key, value));
        }
    }

    private void ReadGroups(ref CompactReader reader)
    {
        var (_, count) = reader.List();
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            var rows = 0L;
            for (var field = 0; reader.Field(ref field, out var kind);)
            {
                switch (field, kind)
                {
                    case (1, CompactKind.List):
                        var (_, columns) = reader.List();
                        for (var c = 0; c < columns && !reader.HasFailed; c++)
                        {
                            _chunks.Add(ReadChunk(ref reader));
                        }

                        break;
                    case (3, CompactKind.Int64):
                        rows = reader.Int64();
                        break;
                    default:
                        reader.Skip(kind);
                        break;
                }
            }

            _groupRows.Add(rows);
        }
    }

    private static ColumnChunk ReadChunk(ref CompactReader reader)
    {
        var (bytes, plain, codec, data, dictionary) = (0L, 0L, 0, 0L, 0L);
        for (var field = 0; reader.Field(ref field, out var kind);)
        {
            if ((field, kind) != (3, CompactKind.Struct))
            {
                reader.Skip(kind);
                continue;
            }

            for (var inner = 0; reader.Field(ref inner, out kind);)
            {
                switch (inner, kind)
                {
                    case (4, CompactKind.Int32):
                        codec = reader.Int32();
                        break;
                    case (6, CompactKind.Int64):
                        plain = reader.Int64();
                        break;
                    case (7, CompactKind.Int64):
                        bytes = reader.Int64();
                        break;
                    case (9, CompactKind.Int64):
                        data = reader.Int64();
                        break;
                    case (11, CompactKind.Int64):
                        dictionary = reader.Int64();
                        break;
                    default:
                        reader.Skip(kind);
                        break;
                }
            }
        }

        return new ColumnChunk(dictionary > 0 && dictionary < data ? dictionary : data, bytes, plain, codec);
    }

    private void CopySchema(ref CompactReader reader, ref int copied, MoreColumns more, CompactWriter writer)
    {
        writer.Raw(_bytes.AsSpan(copied..reader.Position));
        var (element, count) = reader.List();
        writer.List(element, count + more.Count);
        copied = reader.Position;
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            for (var field = 0; reader.Field(ref field, out var kind);)
            {
                if (i == 0 && (field, kind) == (5, CompactKind.Int32))
                {
                    writer.Raw(_bytes.AsSpan(copied..reader.Position));
                    writer.Number(reader.Int32() + more.Count);
                    copied = reader.Position;
                }
                else
                {
                    reader.Skip(kind);
                }
            }
        }

        Append(ref reader, ref copied, more.Schema, writer);
    }

    private void CopyGroups(ref CompactReader reader, ref int copied, MoreColumns more, CompactWriter writer)
    {
        var (_, groups) = reader.List();
        for (var g = 0; g < groups && !reader.HasFailed; g++)
        {
            for (var field = 0; reader.Field(ref field, out var kind);)
            {
                switch (field, kind)
                {
                    case (1, CompactKind.List):
                        CopyList(ref reader, ref copied, more.Count, more.Chunks(g), writer);
                        break;

                    // The bytes of all columns, without compression and with it.
                    case (2 or 6, CompactKind.Int64):
                        writer.Raw(_bytes.AsSpan(copied..reader.Position));
                        writer.Number(reader.Int64() + more.Bytes(g));
                        copied = reader.Position;
                        break;
                    default:
                        reader.Skip(kind);
                        break;
                }
            }
        }
    }

    /// <summary>A list with more elements at its end.</summary>
    private void CopyList(ref CompactReader reader, ref int copied, int added, ReadOnlySpan<byte> elements, CompactWriter writer)
    {
        writer.Raw(_bytes.AsSpan(copied..reader.Position));
        var (element, count) = reader.List();
        writer.List(element, count + added);
        copied = reader.Position;
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            // Lists of structs alone are made longer.
            reader.Skip(element);
        }

        Append(ref reader, ref copied, elements, writer);
    }

    private void Append(ref CompactReader reader, ref int copied, ReadOnlySpan<byte> elements, CompactWriter writer)
    {
        writer.Raw(_bytes.AsSpan(copied..reader.Position));
        writer.Raw(elements);
        copied = reader.Position;
    }
}
