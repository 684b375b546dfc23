using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;
using Headroom.Core;
using ParquetSharp;

namespace Headroom.Store;

/// <summary>What a segment covers; unix microseconds.</summary>
internal readonly record struct SegmentExtent(long Rows, long MinTimestamp, long MaxTimestamp, long MinReceived, long MaxReceived);

/// <summary>
/// Writes the rows of one project and batch as a segment. Text goes from the pinned arena to the encoder by pointer;
/// all buffers are kept between batches. Not safe for concurrent use.
/// </summary>
internal sealed unsafe class SegmentWriter
{
    private readonly SliceComparer _slices = new();
    private readonly Dictionary<TextSlice, int> _events;
    private readonly List<PropertyColumn> _columns = [];
    private readonly List<PropertyColumn> _dense = [];
    private readonly List<PropertyColumn> _sparse = [];
    private readonly SparseColumn _values = new();
    private TextSlice[] _names = [];
    private int[] _eventOfRow = [];
    private int[] _rowAt = [];
    private int[] _positionOf = [];
    private int[] _slotAt = [];
    private int[] _slots = [];
    private ulong[] _marks = [];
    private short[] _levels = [];
    private ByteArray[] _texts = [];
    private long[] _longs = [];
    private double[] _doubles = [];
    private bool[] _booleans = [];
    private byte[] _uuidBytes = [];
    private FixedLenByteArray[] _uuids = [];

    public SegmentWriter() => _events = new Dictionary<TextSlice, int>(_slices);

    /// <summary>Columns with a value in the batch, by name; valid until the next <see cref="Write"/>.</summary>
    public IReadOnlyList<PropertyColumn> Columns => _columns;

    public SegmentExtent Write(string path, EventColumns rows)
    {
        var count = rows.Count;
        Ensure(count);
        Order(rows);
        Choose(rows);
        var properties = new (string, PropertyKind)[_dense.Count];
        for (var i = 0; i < properties.Length; i++)
        {
            properties[i] = (_dense[i].ColumnName, _dense[i].Kind);
        }

        // The arena is pinned for its life; the pointer is good until the Writer stores the next text.
        var arena = Marshal.UnsafeAddrOfPinnedArrayElement(rows.Arena, 0);
        using var schema = SegmentFormat.Schema(properties);
        using (var file = new ParquetFileWriter(path, schema, SegmentFormat.Fresh, ParquetFormat.Footer(CountEvents(rows))))
        {
            for (var start = 0; start < count; start += SegmentFormat.RowGroupRows)
            {
                WriteRowGroup(file, rows, arena, start, Math.Min(SegmentFormat.RowGroupRows, count - start));
            }

            file.Close();
        }

        if (_sparse.Count > 0)
        {
            using var sparse = new SparseColumns(path);
            foreach (var column in _sparse)
            {
                Gather(column, rows);
                sparse.Add(column.ColumnName, column.Kind, _values);
            }

            sparse.Close();
        }

        return Extent(rows);
    }

    private void Choose(EventColumns rows)
    {
        _columns.Clear();
        _dense.Clear();
        _sparse.Clear();
        foreach (var column in rows.Properties)
        {
            if (column.Count > 0)
            {
                _columns.Add(column);
            }
        }

        _columns.Sort(static (a, b) => string.CompareOrdinal(a.ColumnName, b.ColumnName));
        foreach (var column in _columns)
        {
            (SparseColumns.IsSparse(column.Count, rows.Count, TextBytes(column)) ? _sparse : _dense).Add(column);
        }
    }

    private static long TextBytes(PropertyColumn column)
    {
        var bytes = 0L;
        foreach (var text in column.Kind is PropertyKind.Text or PropertyKind.Json ? column.Texts : [])
        {
            bytes += text.Length;
        }

        return bytes;
    }

    private void Gather(PropertyColumn column, EventColumns rows)
    {
        _values.Begin(column.Kind, rows.Count);
        var at = column.Rows;
        switch (column.Kind)
        {
            case PropertyKind.Number:
                for (var i = 0; i < at.Length; i++)
                {
                    _values.Add(_positionOf[at[i]], column.Numbers[i]);
                }

                break;
            case PropertyKind.Boolean:
                for (var i = 0; i < at.Length; i++)
                {
                    _values.Add(_positionOf[at[i]], column.Booleans[i]);
                }

                break;
            default:
                for (var i = 0; i < at.Length; i++)
                {
                    _values.Add(_positionOf[at[i]], _values.Entry(rows.Text(column.Texts[i])));
                }

                break;
        }

        _values.End(rows.Count);
    }

    private Dictionary<string, string>? CountEvents(EventColumns rows)
    {
        var counts = new EventCountsBuilder(rows.Count);
        var last = -1;
        foreach (var row in _rowAt.AsSpan(0, rows.Count))
        {
            if (_eventOfRow[row] != last)
            {
                last = _eventOfRow[row];
                counts.Begin(rows.Text(rows.Event[row]));
            }

            counts.Add(rows.Timestamp[row]);
        }

        return counts.Finish();
    }

    private static SegmentExtent Extent(EventColumns rows)
    {
        var (minTime, maxTime, minReceived, maxReceived) = (long.MaxValue, long.MinValue, long.MaxValue, long.MinValue);
        for (var i = 0; i < rows.Count; i++)
        {
            minTime = Math.Min(minTime, rows.Timestamp[i]);
            maxTime = Math.Max(maxTime, rows.Timestamp[i]);
            minReceived = Math.Min(minReceived, rows.ReceivedAt[i]);
            maxReceived = Math.Max(maxReceived, rows.ReceivedAt[i]);
        }

        return new SegmentExtent(rows.Count, minTime, maxTime, minReceived, maxReceived);
    }

    private void WriteRowGroup(ParquetFileWriter file, EventColumns rows, nint arena, int start, int count)
    {
        using var group = file.AppendRowGroup();
        var at = _rowAt.AsSpan(start, count);

        fixed (byte* bytes = _uuidBytes)
        {
            for (var i = 0; i < at.Length; i++)
            {
                rows.Uuid[at[i]].TryWriteBytes(new Span<byte>(bytes + (i * 16), 16), bigEndian: true, out _);
                _uuids[i] = new FixedLenByteArray((nint)(bytes + (i * 16)));
            }

            using var column = (ColumnWriter<FixedLenByteArray>)group.NextColumn();
            column.WriteBatch(_uuids.AsSpan(0, count));
        }

        WriteRequired(group, rows.Event, arena, at);
        WriteRequired(group, rows.DistinctId, arena, at);
        WriteRequired(group, rows.PersonKey, at);
        WriteOptional(group, rows.SessionId, arena, at);
        WriteRequired(group, rows.Timestamp, at);
        WriteRequired(group, rows.ReceivedAt, at);
        foreach (var column in _dense)
        {
            WriteProperty(group, column, arena, start, count);
        }
    }

    private void WriteRequired(RowGroupWriter group, TextSlice[] source, nint arena, ReadOnlySpan<int> at)
    {
        for (var i = 0; i < at.Length; i++)
        {
            var slice = source[at[i]];
            _texts[i] = new ByteArray(arena + slice.Offset, Math.Max(0, slice.Length));
        }

        using var column = (ColumnWriter<ByteArray>)group.NextColumn();
        column.WriteBatch(_texts.AsSpan(0, at.Length));
    }

    private void WriteRequired(RowGroupWriter group, long[] source, ReadOnlySpan<int> at)
    {
        for (var i = 0; i < at.Length; i++)
        {
            _longs[i] = source[at[i]];
        }

        using var column = (ColumnWriter<long>)group.NextColumn();
        column.WriteBatch(_longs.AsSpan(0, at.Length));
    }

    private void WriteOptional(RowGroupWriter group, TextSlice[] source, nint arena, ReadOnlySpan<int> at)
    {
        var values = 0;
        for (var i = 0; i < at.Length; i++)
        {
            var slice = source[at[i]];
            _levels[i] = slice.IsNull ? (short)0 : (short)1;
            if (!slice.IsNull)
            {
                _texts[values++] = new ByteArray(arena + slice.Offset, slice.Length);
            }
        }

        using var column = (ColumnWriter<ByteArray>)group.NextColumn();
        column.WriteBatch(at.Length, _levels.AsSpan(0, at.Length), default, _texts.AsSpan(0, values));
    }

    private void WriteProperty(RowGroupWriter group, PropertyColumn column, nint arena, int start, int count)
    {
        var levels = _levels.AsSpan(0, count);
        var slots = Place(column.Rows, start, levels);
        using var writer = group.NextColumn();
        switch (column.Kind)
        {
            case PropertyKind.Number:
                Gather(slots, column.Numbers, _doubles);
                ((ColumnWriter<double>)writer).WriteBatch(count, levels, default, _doubles.AsSpan(0, slots.Length));
                break;
            case PropertyKind.Boolean:
                Gather(slots, column.Booleans, _booleans);
                ((ColumnWriter<bool>)writer).WriteBatch(count, levels, default, _booleans.AsSpan(0, slots.Length));
                break;
            default:
                var texts = column.Texts;
                for (var i = 0; i < slots.Length; i++)
                {
                    var slice = texts[slots[i]];
                    _texts[i] = new ByteArray(arena + slice.Offset, Math.Max(0, slice.Length));
                }

                ((ColumnWriter<ByteArray>)writer).WriteBatch(count, levels, default, _texts.AsSpan(0, slots.Length));
                break;
        }
    }

    /// <summary>
    /// The levels of a column's rows in a row group, and the indexes of its values there in the group's order. Costs
    /// what the column holds and a bit for each row, so that a column with few values is nearly free.
    /// </summary>
    private ReadOnlySpan<int> Place(ReadOnlySpan<int> rows, int start, Span<short> levels)
    {
        // _marks is all zero between columns.
        for (var i = 0; i < rows.Length; i++)
        {
            var position = _positionOf[rows[i]] - start;
            if ((uint)position < (uint)levels.Length)
            {
                _marks[position >> 6] |= 1UL << position;
                _slotAt[position] = i;
            }
        }

        levels.Clear();
        var n = 0;
        var marks = _marks.AsSpan(0, (levels.Length + 63) >> 6);
        for (var word = 0; word < marks.Length; word++)
        {
            for (var bits = marks[word]; bits != 0; bits &= bits - 1)
            {
                var position = (word << 6) + BitOperations.TrailingZeroCount(bits);
                levels[position] = 1;
                _slots[n++] = _slotAt[position];
            }
        }

        marks.Clear();
        return _slots.AsSpan(0, n);
    }

    private static void Gather<T>(ReadOnlySpan<int> slots, ReadOnlySpan<T> source, T[] values)
    {
        for (var i = 0; i < slots.Length; i++)
        {
            values[i] = source[slots[i]];
        }
    }

    /// <summary>Fills _rowAt (row at each sorted position) and its inverse _positionOf.</summary>
    private void Order(EventColumns rows)
    {
        var count = rows.Count;
        _slices.Rows = rows;
        _events.Clear();
        for (var row = 0; row < count; row++)
        {
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_events, rows.Event[row], out var known);
            if (!known)
            {
                number = _events.Count - 1;
            }

            _eventOfRow[row] = number;
        }

        if (_names.Length < _events.Count)
        {
            _names = new TextSlice[_events.Count * 2];
        }

        var numbers = new int[_events.Count];
        foreach (var (name, number) in _events)
        {
            _names[number] = name;
            numbers[number] = number;
        }

        Array.Sort(numbers, (a, b) => rows.Text(_names[a]).SequenceCompareTo(rows.Text(_names[b])));
        var next = new int[_events.Count];
        for (var row = 0; row < count; row++)
        {
            next[_eventOfRow[row]]++;
        }

        var sum = 0;
        foreach (var number in numbers)
        {
            (next[number], sum) = (sum, sum + next[number]);
        }

        for (var row = 0; row < count; row++)
        {
            _rowAt[next[_eventOfRow[row]]++] = row;
        }

        // Each event's rows are now together in arrival order, next[] holding where they end.
        var start = 0;
        foreach (var number in numbers)
        {
            SortByTime(_rowAt.AsSpan(start, next[number] - start), rows.Timestamp);
            start = next[number];
        }

        for (var position = 0; position < count; position++)
        {
            _positionOf[_rowAt[position]] = position;
        }
    }

    private void SortByTime(Span<int> run, long[] timestamps)
    {
        var sorted = true;
        var keys = _longs.AsSpan(0, run.Length);
        for (var i = 0; i < run.Length; i++)
        {
            keys[i] = timestamps[run[i]];
            sorted &= i == 0 || keys[i - 1] <= keys[i];
        }

        if (!sorted)
        {
            keys.Sort(run);
        }
    }

    private void Ensure(int rows)
    {
        if (_rowAt.Length >= rows)
        {
            return;
        }

        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1024, rows));
        var group = Math.Min(size, SegmentFormat.RowGroupRows);
        _eventOfRow = new int[size];
        _rowAt = new int[size];
        _positionOf = new int[size];
        _slotAt = new int[group];
        _slots = new int[group];
        _marks = new ulong[(group + 63) >> 6];
        _levels = new short[group];
        _texts = new ByteArray[group];
        _longs = new long[size];
        _doubles = new double[group];
        _booleans = new bool[group];
        _uuidBytes = new byte[group * 16];
        _uuids = new FixedLenByteArray[group];
    }

    private sealed class SliceComparer : IEqualityComparer<TextSlice>
    {
        public EventColumns? Rows { get; set; }

        public bool Equals(TextSlice x, TextSlice y) => Rows!.Text(x).SequenceEqual(Rows.Text(y));

        public int GetHashCode(TextSlice obj)
        {
            var text = Rows!.Text(obj);
            return text.Length >= 8
                ? (int)XxHash3.HashToUInt64(text)
                : Short(text);
        }

        private static int Short(ReadOnlySpan<byte> text)
        {
            Span<byte> padded = stackalloc byte[8];
            padded.Clear();
            text.CopyTo(padded);
            return BinaryPrimitives.ReadUInt64LittleEndian(padded).GetHashCode();
        }
    }
}
