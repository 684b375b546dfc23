using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using DuckDB.NET.Native;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>One data chunk of DuckDB behind the port's column batch: no value is copied or boxed.</summary>
internal sealed unsafe class DuckDbBatch : ColumnBatch
{
    private DuckDBType[] _types = [];
    private nint[] _data = [];
    private nint[] _validity = [];
    private int _count;

    public override int Count => _count;

    /// <summary>Reads from this chunk from now on, until it is destroyed. All chunks have columns of the same types.</summary>
    public void Point(DuckDBDataChunk chunk)
    {
        if (_types.Length == 0)
        {
            LearnTypes(chunk);
        }

        _count = (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk);
        for (var i = 0; i < _data.Length; i++)
        {
            var vector = NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, i);
            _data[i] = (nint)NativeMethods.Vectors.DuckDBVectorGetData(vector);
            _validity[i] = (nint)NativeMethods.Vectors.DuckDBVectorGetValidity(vector);
        }
    }

    public override ReadOnlySpan<long> Longs(int column) =>
        new((void*)(_types[column] is DuckDBType.Timestamp or DuckDBType.UnsignedBigInt ? _data[column] : Data(column, DuckDBType.BigInt)), _count);

    public override ReadOnlySpan<double> Doubles(int column) => new((void*)Data(column, DuckDBType.Double), _count);

    public override bool IsNull(int column, int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)_count, nameof(row));
        var bits = (ulong*)_validity[column];
        return bits is not null && (bits[row >> 6] & (1UL << (row & 63))) == 0;
    }

    public override ReadOnlySpan<byte> Utf8(int column, int row) =>
        IsNull(column, row) ? default : DuckDbText.Utf8((DuckDbText*)Data(column, DuckDBType.Varchar) + row);

    public override void Number(int column, TextCodes codes, Span<int> numbers)
    {
        if (_types[column] != DuckDBType.Integer)
        {
            base.Number(column, codes, numbers);
            return;
        }

        // The scan has numbered them by the sink's codes.
        new ReadOnlySpan<int>((void*)_data[column], _count).CopyTo(numbers);
        var bits = (ulong*)_validity[column];
        for (var first = 0; bits is not null && first < _count; first += 64)
        {
            // Mostly there is none among them.
            var most = Math.Min(64, _count - first);
            for (var nulls = ~bits[first >> 6]; nulls != 0 && BitOperations.TrailingZeroCount(nulls) is var i && i < most; nulls &= nulls - 1)
            {
                numbers[first + i] = -1;
            }
        }
    }

    private nint Data(int column, DuckDBType type) => _types[column] == type
        ? _data[column]
        : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Column {column} of the scan is {_types[column]}, not {type}."));

    private void LearnTypes(DuckDBDataChunk chunk)
    {
        _types = new DuckDBType[(int)NativeMethods.DataChunks.DuckDBDataChunkGetColumnCount(chunk)];
        _data = new nint[_types.Length];
        _validity = new nint[_types.Length];
        for (var i = 0; i < _types.Length; i++)
        {
            using var type = NativeMethods.Vectors.DuckDBVectorGetColumnType(NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, i));
            _types[i] = NativeMethods.LogicalType.DuckDBGetTypeId(type);
        }
    }
}

/// <summary>A text as DuckDB's vectors hold it: short ones whole, long ones by where they lie.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal unsafe struct DuckDbText
{
    private const int InlineBytes = 12;
    private readonly int _length;
    private fixed byte _beginning[4];
    private readonly byte* _text;

    /// <summary>Valid as long as the vector is.</summary>
    public static ReadOnlySpan<byte> Utf8(DuckDbText* text) =>
        new(text->_length <= InlineBytes ? text->_beginning : text->_text, text->_length);
}
