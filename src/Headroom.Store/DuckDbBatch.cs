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
    private RecentTexts?[] _recent = [];
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
        new((void*)(_types[column] == DuckDBType.Timestamp ? _data[column] : Data(column, DuckDBType.BigInt)), _count);

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

    public override void Number(int column, TextCodes codes, Span<int> numbers)
    {
        var texts = (byte*)Data(column, DuckDBType.Varchar);
        var bits = (ulong*)_validity[column];
        var recent = _recent[column];
        if (recent?.Codes != codes)
        {
            _recent[column] = recent = new RecentTexts(codes);
        }

        for (var i = 0; i < _count; i++, texts += StringBytes)
        {
            numbers[i] = bits is null || (bits[i >> 6] & (1UL << (i & 63))) != 0 ? recent.Of(texts) : -1;
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
        _recent = new RecentTexts?[_types.Length];
        for (var i = 0; i < _types.Length; i++)
        {
            using var type = NativeMethods.Vectors.DuckDBVectorGetColumnType(NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, i));
            _types[i] = NativeMethods.LogicalType.DuckDBGetTypeId(type);
        }
    }

    /// <summary>
    /// Texts met of late by the 16 bytes that stand for them in a vector: those of a Parquet dictionary are the same for each
    /// row of a value. A long text's are its beginning and where it lies, and there another may lie by now.
    /// </summary>
    private sealed class RecentTexts(TextCodes codes)
    {
        private const int Slots = 4_096;
        private readonly (ulong Head, ulong Tail, int Code)[] _slots = NewSlots();

        public TextCodes Codes => codes;

        public int Of(byte* text)
        {
            var head = Unsafe.ReadUnaligned<ulong>(text);
            var tail = Unsafe.ReadUnaligned<ulong>(text + 8);
            ref var slot = ref _slots[((head ^ System.Numerics.BitOperations.RotateLeft(tail, 23)) * 0x9E37_79B9_7F4A_7C15) >> 52];
            var length = (int)head;
            var inline = length <= InlineBytes;
            var utf8 = inline ? new ReadOnlySpan<byte>(text + 4, length) : new ReadOnlySpan<byte>((byte*)tail, length);
            if (slot.Head != head || slot.Tail != tail || slot.Code < 0 || (!inline && !codes.Utf8(slot.Code).SequenceEqual(utf8)))
            {
                slot = (head, tail, codes.Of(utf8));
            }

            return slot.Code;
        }

        private static (ulong Head, ulong Tail, int Code)[] NewSlots()
        {
            var slots = new (ulong Head, ulong Tail, int Code)[Slots];
            Array.Fill(slots, (0UL, 0UL, -1));
            return slots;
        }
    }
}
