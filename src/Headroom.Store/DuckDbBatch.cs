using System.Globalization;
using System.Runtime.CompilerServices;
using DuckDB.NET.Native;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>One data chunk of DuckDB behind the port's column batch: no value is copied or boxed.</summary>
internal sealed unsafe class DuckDbBatch : ColumnBatch
{
    /// <summary>DuckDB keeps a text of at most so many bytes in the vector itself, behind its length of 4 bytes.</summary>
    private const int InlineBytes = 12;
    private const int StringBytes = 16;

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

    public override ReadOnlySpan<long> Longs(int column) => new((void*)Data(column, DuckDBType.BigInt), _count);

    public override ReadOnlySpan<double> Doubles(int column) => new((void*)Data(column, DuckDBType.Double), _count);

    public override bool IsNull(int column, int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)_count, nameof(row));
        var bits = (ulong*)_validity[column];
        return bits is not null && (bits[row >> 6] & (1UL << (row & 63))) == 0;
    }

    public override ReadOnlySpan<byte> Utf8(int column, int row)
    {
        if (IsNull(column, row))
        {
            return default;
        }

        var text = (byte*)Data(column, DuckDBType.Varchar) + ((long)row * StringBytes);
        var length = Unsafe.ReadUnaligned<int>(text);
        return length <= InlineBytes ? new ReadOnlySpan<byte>(text + 4, length) : new ReadOnlySpan<byte>(*(byte**)(text + 8), length);
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
