using System.Buffers;

namespace Headroom.Store;

/// <summary>What is needed of the header of a page, in Thrift's compact protocol (parquet.thrift of apache/parquet-format).</summary>
/// <param name="Bytes">Of the page, behind the header.</param>
/// <param name="PlainBytes">Of it without compression.</param>
/// <param name="Values">Of a dictionary its texts, else rows.</param>
/// <param name="Encoding">Of its values.</param>
internal readonly record struct PageHeader(bool IsDictionary, int Bytes, int PlainBytes, int Values, int Encoding)
{
    public const int Plain = 0;
    public const int PlainDictionary = 2;
    public const int Rle = 3;
    public const int DictionaryNumbers = 8;
    private const int DataPage = 0;
    private const int DictionaryPage = 2;

    /// <summary>Whether it is of values as numbers of a dictionary.</summary>
    public bool HasNumbers => !IsDictionary && Encoding is PlainDictionary or DictionaryNumbers;

    /// <summary>Null where it is of another kind of page than a dictionary, or one whose levels are runs, or is damaged.</summary>
    public static PageHeader? Parse(ReadOnlySpan<byte> data, out int length)
    {
        var reader = new CompactReader(data);
        var (type, plain, compressed) = (-1, -1, -1);
        var (values, encoding, levels) = (-1, -1, -1);
        for (var field = 0; reader.Field(ref field, out var kind);)
        {
            switch (field, kind)
            {
                case (1, CompactKind.Int32):
                    type = reader.Int32();
                    break;
                case (2, CompactKind.Int32):
                    plain = reader.Int32();
                    break;
                case (3, CompactKind.Int32):
                    compressed = reader.Int32();
                    break;

                // The headers of a data page and of a dictionary begin with a number of values and an encoding; that of a data page goes on with that of its levels.
                case (5 or 7, CompactKind.Struct):
                    for (var inner = 0; reader.Field(ref inner, out kind);)
                    {
                        switch (inner, kind)
                        {
                            case (1, CompactKind.Int32):
                                values = reader.Int32();
                                break;
                            case (2, CompactKind.Int32):
                                encoding = reader.Int32();
                                break;
                            case (3, CompactKind.Int32):
                                levels = reader.Int32();
                                break;
                            default:
                                reader.Skip(kind);
                                break;
                        }
                    }

                    break;
                default:
                    reader.Skip(kind);
                    break;
            }
        }

        length = reader.Position;
        return !reader.HasFailed && plain >= 0 && compressed >= 0 && values >= 0 && (type, encoding) switch
        {
            (DataPage, Plain or PlainDictionary or DictionaryNumbers) => levels == Rle,
            (DictionaryPage, Plain or PlainDictionary) => true,
            _ => false,
        }
            ? new PageHeader(type == DictionaryPage, compressed, plain, values, encoding)
            : null;
    }

    /// <summary>Of a page that is not compressed.</summary>
    public static void Write(ArrayBufferWriter<byte> to, bool isDictionary, int bytes, int values, int encoding)
    {
        var writer = new CompactWriter(to);
        writer.Int32(1, isDictionary ? DictionaryPage : DataPage);
        writer.Int32(1, bytes);
        writer.Int32(1, bytes);
        writer.Field(isDictionary ? 4 : 2, CompactKind.Struct);
        writer.Int32(1, values);
        writer.Int32(1, encoding);
        if (!isDictionary)
        {
            writer.Int32(1, Rle);
            writer.Int32(1, Rle);
        }

        writer.Stop();
        writer.Stop();
    }
}
