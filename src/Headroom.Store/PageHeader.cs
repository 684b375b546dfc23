namespace Headroom.Store;

/// <summary>What is needed of the header of a page of texts, in Thrift's compact protocol (parquet.thrift of apache/parquet-format).</summary>
/// <param name="Bytes">Of the page, behind the header.</param>
/// <param name="PlainBytes">Of it without compression.</param>
/// <param name="Values">Of a dictionary its texts, else rows.</param>
internal readonly record struct PageHeader(bool IsDictionary, int Bytes, int PlainBytes, int Values)
{
    private const int DataPage = 0;
    private const int DictionaryPage = 2;
    private const int Plain = 0;
    private const int PlainDictionary = 2;
    private const int DictionaryNumbers = 8;
    private const int Rle = 3;

    /// <summary>Null where it is of another kind of page.</summary>
    public static PageHeader? Parse(ReadOnlySpan<byte> data, out int length)
    {
        var left = data;
        var (type, plain, compressed) = (-1, -1, -1);
        var (values, encoding, levels, known) = (-1, -1, -1, false);
        length = 0;
        for (var field = 0; Field(ref left, ref field, out var kind);)
        {
            if (kind == Compact.Stop)
            {
                length = data.Length - left.Length;
                known = true;
                break;
            }

            // The headers of a data page (5) and of a dictionary (7) begin with a number of values and an encoding; that of a data page goes on with that of its levels.
            var isRead = (field, kind) switch
            {
                (1, Compact.Int32) => Int32(ref left, out type),
                (2, Compact.Int32) => Int32(ref left, out plain),
                (3, Compact.Int32) => Int32(ref left, out compressed),
                (5 or 7, Compact.Struct) => Inner(ref left, out values, out encoding, out levels),
                _ => Skip(ref left, kind),
            };
            if (!isRead)
            {
                return null;
            }
        }

        return known && plain >= 0 && compressed >= 0 && values >= 0 && (type, encoding) switch
        {
            (DataPage, PlainDictionary or DictionaryNumbers) => levels == Rle,
            (DictionaryPage, Plain or PlainDictionary) => true,
            _ => false,
        }
            ? new PageHeader(type == DictionaryPage, compressed, plain, values)
            : null;
    }

    private static bool Inner(ref ReadOnlySpan<byte> data, out int values, out int encoding, out int levels)
    {
        (values, encoding, levels) = (-1, -1, -1);
        for (var field = 0; Field(ref data, ref field, out var kind);)
        {
            if (kind == Compact.Stop)
            {
                return true;
            }

            var isRead = (field, kind) switch
            {
                (1, Compact.Int32) => Int32(ref data, out values),
                (2, Compact.Int32) => Int32(ref data, out encoding),
                (3, Compact.Int32) => Int32(ref data, out levels),
                _ => Skip(ref data, kind),
            };
            if (!isRead)
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>Of Thrift's compact protocol: a byte of which the upper half is the distance from the field before, or 0 and the field's number follows.</summary>
    private static bool Field(ref ReadOnlySpan<byte> data, ref int field, out int kind)
    {
        kind = Compact.Stop;
        if (data.IsEmpty)
        {
            return false;
        }

        var (head, number) = (data[0], 0);
        data = data[1..];
        kind = head & 0x0F;
        if (head >> 4 == 0 && kind != Compact.Stop && !Int32(ref data, out number))
        {
            return false;
        }

        field = head >> 4 == 0 ? number : field + (head >> 4);
        return true;
    }

    private static bool Int32(ref ReadOnlySpan<byte> data, out int value)
    {
        var isRead = Varints.TryRead32(ref data, out var zigzag);
        value = (int)(zigzag >> 1) ^ -(int)(zigzag & 1);
        return isRead;
    }

    /// <summary>Numbers and truth values, which a header may have besides; statistics and what is not known end the reading.</summary>
    private static bool Skip(ref ReadOnlySpan<byte> data, int kind) =>
        kind is Compact.True or Compact.False || (kind is Compact.Int16 or Compact.Int32 && Int32(ref data, out _));

    private static class Compact
    {
        public const int Stop = 0;
        public const int True = 1;
        public const int False = 2;
        public const int Int16 = 4;
        public const int Int32 = 5;
        public const int Struct = 12;
    }
}
