// Thrift's compact protocol, in which Parquet's footers and headers of pages are (thrift-compact-protocol.md of apache/thrift): only what those need.

using System.Buffers;
using System.Buffers.Binary;

namespace Headroom.Store;

internal enum CompactKind
{
    Stop = 0,
    True = 1,
    False = 2,
    Byte = 3,
    Int16 = 4,
    Int32 = 5,
    Int64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
}

/// <summary>Reads values one after the other. What is not as it should be makes it fail for good: then numbers are 0, and nothing has more fields.</summary>
internal ref struct CompactReader(ReadOnlySpan<byte> data)
{
    /// <summary>Structs in structs. Parquet's own are seven deep.</summary>
    private const int MostDepth = 16;

    private readonly int _length = data.Length;
    private ReadOnlySpan<byte> _rest = data;

    public bool HasFailed { get; private set; }

    /// <summary>Bytes that were read.</summary>
    public readonly int Position => _length - _rest.Length;

    /// <summary>The next field of a struct; false at its end.</summary>
    /// <param name="field">The one before, 0 at first; then this one.</param>
    public bool Field(ref int field, out CompactKind kind)
    {
        // The upper half is the distance from the field before, or 0 and the field's number follows.
        var head = Byte();
        kind = (CompactKind)(head & 0x0F);
        if (kind == CompactKind.Stop || HasFailed)
        {
            return false;
        }

        field = head >> 4 == 0 ? Int32() : field + (head >> 4);
        return !HasFailed;
    }

    public (CompactKind Kind, int Count) List()
    {
        var head = Byte();
        var count = head >> 4;
        if (count == 0x0F)
        {
            count = Varints.TryRead32(ref _rest, out var more) && more <= int.MaxValue ? (int)more : Fail();
        }

        // Each element takes a byte at least.
        return count <= _rest.Length ? ((CompactKind)(head & 0x0F), count) : (CompactKind.Stop, Fail());
    }

    public int Int32()
    {
        var value = Int64();
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : Fail();
    }

    public long Int64() => Varints.TryRead(ref _rest, out var zigzag) ? (long)(zigzag >> 1) ^ -(long)(zigzag & 1) : Fail();

    public ReadOnlySpan<byte> Binary()
    {
        var length = Varints.TryRead32(ref _rest, out var read) && read <= (uint)_rest.Length ? (int)read : Fail();
        return Take(length);
    }

    /// <summary>Reads on past a value.</summary>
    public void Skip(CompactKind kind) => Skip(kind, isElement: false, MostDepth);

    /// <param name="isElement">Of a list: a truth value is a byte there, and the kind itself in a field.</param>
    private void Skip(CompactKind kind, bool isElement, int depth)
    {
        switch (kind)
        {
            case CompactKind.True or CompactKind.False:
                Take(isElement ? 1 : 0);
                break;
            case CompactKind.Byte:
                Take(1);
                break;
            case CompactKind.Int16 or CompactKind.Int32 or CompactKind.Int64:
                Int64();
                break;
            case CompactKind.Double:
                Take(sizeof(double));
                break;
            case CompactKind.Binary:
                Binary();
                break;
            case CompactKind.List or CompactKind.Set when depth > 0:
                var (element, count) = List();
                for (var i = 0; i < count && !HasFailed; i++)
                {
                    Skip(element, isElement: true, depth - 1);
                }

                break;
            case CompactKind.Struct when depth > 0:
                for (var field = 0; Field(ref field, out var inner);)
                {
                    Skip(inner, isElement: false, depth - 1);
                }

                break;
            default:
                // Parquet has no maps.
                Fail();
                break;
        }
    }

    private int Byte() => _rest.IsEmpty ? Fail() : Take(1)[0];

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > _rest.Length)
        {
            Fail();
            return [];
        }

        var taken = _rest[..bytes];
        _rest = _rest[bytes..];
        return taken;
    }

    private int Fail()
    {
        HasFailed = true;
        _rest = [];
        return 0;
    }
}

/// <summary>Writes values one after the other.</summary>
internal readonly struct CompactWriter(ArrayBufferWriter<byte> to)
{
    private const int MostVarint = 10;

    /// <param name="distance">From the field before, at first from 0; less than 16.</param>
    public void Field(int distance, CompactKind kind) => Byte((byte)((distance << 4) | (int)kind));

    public void Int32(int distance, int value)
    {
        Field(distance, CompactKind.Int32);
        Number(value);
    }

    public void Int64(int distance, long value)
    {
        Field(distance, CompactKind.Int64);
        Number(value);
    }

    public void Stop() => Byte((byte)CompactKind.Stop);

    public void List(CompactKind kind, int count)
    {
        const int Few = 15;
        Byte((byte)((Math.Min(count, Few) << 4) | (int)kind));
        if (count >= Few)
        {
            Varint((ulong)count);
        }
    }

    public void Number(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    public void Varint(ulong value)
    {
        var into = to.GetSpan(MostVarint);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            into[length++] = (byte)(value | 0x80);
        }

        into[length++] = (byte)value;
        to.Advance(length);
    }

    public void Binary(ReadOnlySpan<byte> bytes)
    {
        Varint((ulong)bytes.Length);
        to.Write(bytes);
    }

    /// <summary>As they are.</summary>
    public void Raw(ReadOnlySpan<byte> bytes) => to.Write(bytes);

    public void Byte(byte value)
    {
        to.GetSpan(1)[0] = value;
        to.Advance(1);
    }

    public void Int32LittleEndian(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to.GetSpan(sizeof(int)), value);
        to.Advance(sizeof(int));
    }
}
