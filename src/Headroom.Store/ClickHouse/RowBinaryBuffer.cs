using System.Buffers.Binary;
using Headroom.Core;

namespace Headroom.Store.ClickHouse;

/// <summary>Rows as RowBinary, see <see cref="RowBinaryRows"/>. Kept between batches; not safe for concurrent use.</summary>
internal sealed class RowBinaryBuffer
{
    private byte[] _bytes = new byte[64 * 1_024];
    private int _length;

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    public void Clear() => _length = 0;

    public void Long(long value) => BinaryPrimitives.WriteInt64LittleEndian(Room(8), value);

    public void Number(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Room(8), value);

    public void Truth(bool value) => Room(1)[0] = value ? (byte)1 : (byte)0;

    public void Uuid(Guid value) => RowBinaryRows.Write(value, Room(16));

    /// <summary>Says of what is nullable whether it is NULL; where it is not, the value follows.</summary>
    public void Null(bool isNull) => Truth(isNull);

    public void Text(ReadOnlySpan<byte> utf8)
    {
        var length = utf8.Length;
        for (; length > 0x7F; length >>= 7)
        {
            Room(1)[0] = (byte)(length | 0x80);
        }

        Room(1)[0] = (byte)length;
        utf8.CopyTo(Room(utf8.Length));
    }

    public void NullableText(EventColumns of, TextSlice text)
    {
        Null(text.IsNull);
        if (!text.IsNull)
        {
            Text(of.Text(text));
        }
    }

    /// <summary>The value of a property's column in a row, or NULL; <paramref name="place"/> is where it is among the column's values.</summary>
    public void Property(EventColumns of, PropertyColumn column, int row, ref int place)
    {
        var has = place < column.Count && column.Rows[place] == row;
        Null(!has);
        if (!has)
        {
            return;
        }

        switch (column.Kind)
        {
            case PropertyKind.Number:
                Number(column.Numbers[place]);
                break;
            case PropertyKind.Boolean:
                Truth(column.Booleans[place]);
                break;
            default:
                Text(of.Text(column.Texts[place]));
                break;
        }

        place++;
    }

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, checked(Math.Max(2 * _bytes.Length, _length + count)));
        }

        var room = _bytes.AsSpan(_length, count);
        _length += count;
        return room;
    }
}
