// ClickHouse's RowBinaryWithNamesAndTypes: the number of columns, their names, their types, then row after row. Numbers
// are little-endian; a text is its length as LEB128 and its bytes; what is nullable has a byte before it, 1 for NULL.

using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Headroom.Core;

namespace Headroom.Store.ClickHouse;

/// <summary>Reads an answer in parts of up to <see cref="PartRows"/> rows. Not safe for concurrent use.</summary>
internal sealed class RowBinaryRows(Stream stream) : ColumnBatch
{
    public const int PartRows = 8_192;

    private byte[] _buffer = new byte[256 * 1_024];
    private int _start;
    private int _end;
    private Column[] _columns = [];
    private byte[] _arena = new byte[64 * 1_024];
    private int _arenaLength;
    private int _count;

    private enum Kind
    {
        /// <summary>Only ever NULL.</summary>
        Nothing,
        Whole,
        Number,
        Truth,
        Text,
        Instant,
        Uuid,
    }

    public override int Count => _count;

    public IReadOnlyList<string> Names => [.. _columns.Select(static c => c.Name)];

    public async ValueTask ReadHeadAsync(CancellationToken cancellationToken)
    {
        while (!TryReadHead())
        {
            if (!await MoreAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new InvalidDataException("ClickHouse's answer ends within its head.");
            }
        }
    }

    /// <summary>The next rows; false at the end.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        (_count, _arenaLength) = (0, 0);
        while (_count < PartRows)
        {
            if (TryReadRow())
            {
                _count++;
            }
            else if (!await MoreAsync(cancellationToken).ConfigureAwait(false))
            {
                return _start == _end ? _count > 0 : throw new InvalidDataException("ClickHouse's answer ends within a row.");
            }
        }

        return true;
    }

    public override ReadOnlySpan<long> Longs(int column) => _columns[column].Kind is Kind.Whole or Kind.Truth or Kind.Instant or Kind.Nothing
        ? _columns[column].Longs.AsSpan(0, _count)
        : throw Not(column, "BIGINT");

    public override ReadOnlySpan<double> Doubles(int column) => _columns[column].Kind is Kind.Number or Kind.Nothing
        ? _columns[column].Doubles.AsSpan(0, _count)
        : throw Not(column, "DOUBLE");

    public override bool IsNull(int column, int row) => _columns[column].Nulls[row];

    public override ReadOnlySpan<byte> Utf8(int column, int row) => _columns[column].Kind is Kind.Text or Kind.Nothing
        ? _arena.AsSpan((int)_columns[column].Longs[row], _columns[column].Lengths[row])
        : throw Not(column, "VARCHAR");

    /// <summary>As <see cref="QueryRows"/> has values.</summary>
    public object? Value(int column, int row)
    {
        var of = _columns[column];
        return of.Nulls[row] ? null : of.Kind switch
        {
            Kind.Whole => of.Longs[row],
            Kind.Number => of.Doubles[row],
            Kind.Truth => of.Longs[row] != 0,
            Kind.Text => Encoding.UTF8.GetString(Utf8(column, row)),
            Kind.Instant => UnixMicros.ToInstant(of.Longs[row]).UtcDateTime,
            Kind.Uuid => Uuid(_arena.AsSpan((int)of.Longs[row], 16)),
            _ => null,
        };
    }

    /// <summary>Of two halves, each with its bytes turned round.</summary>
    private static Guid Uuid(ReadOnlySpan<byte> from)
    {
        Span<byte> bytes = stackalloc byte[16];
        from.CopyTo(bytes);
        bytes[..8].Reverse();
        bytes[8..].Reverse();
        return new Guid(bytes, bigEndian: true);
    }

    private static InvalidOperationException Not(int column, string type) => new(string.Create(CultureInfo.InvariantCulture, $"Column {column} is no {type}."));

    private async ValueTask<bool> MoreAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        return read > 0;
    }

    private bool TryReadHead()
    {
        var reader = new Reader(_buffer.AsSpan(_start, _end - _start));
        if (!reader.TryLength(out var count))
        {
            return false;
        }

        var texts = new string[2 * count];
        for (var i = 0; i < texts.Length; i++)
        {
            if (!reader.TryText(out var text))
            {
                return false;
            }

            texts[i] = Encoding.UTF8.GetString(text);
        }

        _columns = [.. Enumerable.Range(0, count).Select(i => new Column(texts[i], texts[count + i]))];
        _start += reader.Position;
        return true;
    }

    private bool TryReadRow()
    {
        var reader = new Reader(_buffer.AsSpan(_start, _end - _start));
        var arena = _arenaLength;
        foreach (var column in _columns)
        {
            if (!TryRead(column, ref reader))
            {
                _arenaLength = arena;
                return false;
            }
        }

        _start += reader.Position;
        return true;
    }

    private bool TryRead(Column column, ref Reader reader)
    {
        column.Nulls[_count] = false;
        if (column.Nullable)
        {
            if (!reader.TryTake(1, out var flag))
            {
                return false;
            }

            if (flag[0] != 0)
            {
                column.Nulls[_count] = true;
                column.Longs[_count] = 0;
                column.Lengths[_count] = 0;
                return true;
            }
        }

        if (column.Kind is Kind.Text)
        {
            return reader.TryText(out var text) && Keep(column, text);
        }

        if (!reader.TryTake(column.Bytes, out var value))
        {
            return false;
        }

        switch (column.Kind)
        {
            case Kind.Uuid:
                return Keep(column, value);
            case Kind.Number:
                column.Doubles[_count] = column.Bytes == 4 ? BinaryPrimitives.ReadSingleLittleEndian(value) : BinaryPrimitives.ReadDoubleLittleEndian(value);
                return true;
            default:
                column.Longs[_count] = column.Bytes switch
                {
                    1 => column.Signed ? (sbyte)value[0] : value[0],
                    2 => column.Signed ? BinaryPrimitives.ReadInt16LittleEndian(value) : BinaryPrimitives.ReadUInt16LittleEndian(value),
                    4 => column.Signed ? BinaryPrimitives.ReadInt32LittleEndian(value) : BinaryPrimitives.ReadUInt32LittleEndian(value),
                    // Counts never reach the largest of these.
                    _ => BinaryPrimitives.ReadInt64LittleEndian(value),
                };
                return true;
        }
    }

    private bool Keep(Column column, ReadOnlySpan<byte> bytes)
    {
        if (_arena.Length - _arenaLength < bytes.Length)
        {
            Array.Resize(ref _arena, checked(Math.Max(2 * _arena.Length, _arenaLength + bytes.Length)));
        }

        bytes.CopyTo(_arena.AsSpan(_arenaLength));
        (column.Longs[_count], column.Lengths[_count]) = (_arenaLength, bytes.Length);
        _arenaLength += bytes.Length;
        return true;
    }

    private sealed class Column
    {
        public Column(string name, string type)
        {
            (Name, var of) = (name, type);
            Without("LowCardinality", ref of);
            Nullable = Without("Nullable", ref of);
            (Kind, Bytes, Signed) = of switch
            {
                "Nothing" => (Kind.Nothing, 0, false),
                "Bool" => (Kind.Truth, 1, false),
                "UInt8" => (Kind.Whole, 1, false),
                "UInt16" => (Kind.Whole, 2, false),
                "UInt32" => (Kind.Whole, 4, false),
                "UInt64" => (Kind.Whole, 8, false),
                "Int8" => (Kind.Whole, 1, true),
                "Int16" => (Kind.Whole, 2, true),
                "Int32" => (Kind.Whole, 4, true),
                "Int64" => (Kind.Whole, 8, true),
                "Float32" => (Kind.Number, 4, true),
                "Float64" => (Kind.Number, 8, true),
                "String" => (Kind.Text, 0, false),
                "UUID" => (Kind.Uuid, 16, false),
                _ when of.StartsWith("DateTime64(6", StringComparison.Ordinal) => (Kind.Instant, 8, true),
                _ => throw new InvalidDataException($"ClickHouse answers with a column of type {type}, which is not one of Headroom's."),
            };
        }

        public string Name { get; }

        public Kind Kind { get; }

        /// <summary>Of a value; 0 for a text.</summary>
        public int Bytes { get; }

        public bool Signed { get; }

        public bool Nullable { get; }

        public bool[] Nulls { get; } = new bool[PartRows];

        /// <summary>Values, or where a text begins.</summary>
        public long[] Longs { get; } = new long[PartRows];

        public double[] Doubles { get; } = new double[PartRows];

        public int[] Lengths { get; } = new int[PartRows];

        private static bool Without(string wrapper, ref string type)
        {
            if (!type.StartsWith(wrapper, StringComparison.Ordinal))
            {
                return false;
            }

            type = type[(wrapper.Length + 1)..^1];
            return true;
        }
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public int Position { get; private set; }

        public bool TryTake(int count, out ReadOnlySpan<byte> value)
        {
            if (_bytes.Length - Position < count)
            {
                value = default;
                return false;
            }

            value = _bytes.Slice(Position, count);
            Position += count;
            return true;
        }

        public bool TryLength(out int length)
        {
            length = 0;
            for (var shift = 0; TryTake(1, out var next); shift += 7)
            {
                if (shift > 28)
                {
                    throw new InvalidDataException("ClickHouse's answer has a text of more than 2 GiB, or is not in the format asked for.");
                }

                length |= (next[0] & 0x7F) << shift;
                if (next[0] < 0x80)
                {
                    return true;
                }
            }

            return false;
        }

        public bool TryText(out ReadOnlySpan<byte> text)
        {
            text = default;
            return TryLength(out var length) && TryTake(length, out text);
        }
    }
}
