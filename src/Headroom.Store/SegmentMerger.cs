// Merges segments of one project into one, column by column: the order of rows comes from event and timestamp alone,
// then each column is carried over in that order. No row is ever whole in memory, so that wide and sparse data cost
// what they hold; memory is one page of each column of each input, and 13 bytes for each row. All columns share the
// buffers between reader and writer: a column reads no further than the row group that is being written needs.
//
// What is left of one segment when rows of it are removed is written the same way: those rows are read and not carried on.

using System.Runtime.InteropServices;
using Headroom.Core;
using ParquetSharp;
using ParquetSharp.Schema;

namespace Headroom.Store;

internal static class SegmentMerger
{
    /// <summary>Rows of a column that are read and written at once.</summary>
    private const int BatchRows = 16384;

    /// <summary>Rows of a segment that will be one of several that are merged, most likely.</summary>
    private const long MergedAgain = 1_000_000;

    /// <summary>In the order of rows: this one of the only input is removed. Other numbers are those of inputs.</summary>
    internal const byte Removed = byte.MaxValue;

    /// <summary>Finds the rows of a segment that go; null where none does.</summary>
    public static RowsToRemove? Find(string input, Unwanted unwanted, CancellationToken cancellationToken)
    {
        using var source = new Source(input);
        return source.Find(unwanted, cancellationToken);
    }

    /// <summary>Writes a segment without some of its rows to a path.</summary>
    public static void Write(string path, string input, RowsToRemove removed, CancellationToken cancellationToken) =>
        Merge(path, [input], removed.Flags, cancellationToken);

    /// <summary>Writes the merged segment to a path. Inputs are sorted as <see cref="SegmentFormat"/> says.</summary>
    public static void Merge(string path, IReadOnlyList<string> inputs, CancellationToken cancellationToken) =>
        Merge(path, inputs, [], cancellationToken);

    /// <param name="removed">Of each row of the only input, or none.</param>
    private static void Merge(string path, IReadOnlyList<string> inputs, ReadOnlySpan<bool> removed, CancellationToken cancellationToken)
    {
        var sources = new List<Source>(inputs.Count);
        try
        {
            foreach (var input in inputs)
            {
                sources.Add(new Source(input));
            }

            var properties = new SortedDictionary<string, PropertyKind>(StringComparer.Ordinal);
            foreach (var source in sources)
            {
                foreach (var name in source.Properties)
                {
                    properties[name] = PropertyColumnKey.TryParse(name, out var key)
                        ? key.Kind
                        : throw new InvalidDataException($"{source.Path} has a column {name}, which segments do not have.");
                }
            }

            var order = Order(sources, removed, out var counts, cancellationToken);
            var columns = new List<(string Name, PropertyKind Kind)>(properties.Count);
            var sparse = new List<(string Name, PropertyKind Kind)>();
            foreach (var (name, kind) in properties)
            {
                (IsSparse(name, sources, order.Length) ? sparse : columns).Add((name, kind));
            }

            Write(path, sources, columns, order, counts, cancellationToken);
            if (sparse.Count > 0)
            {
                SparseMerge.Write(path, sources, sparse, order, cancellationToken);
            }
        }
        finally
        {
            foreach (var source in sources)
            {
                source.Dispose();
            }
        }
    }

    /// <summary>Whether a column's few values are carried over without a look at the rows that have none.</summary>
    private static bool IsSparse(string name, List<Source> sources, long rows)
    {
        var (values, bytes) = (0L, 0L);
        foreach (var source in sources)
        {
            if (source.Column(name) is not { } column)
            {
                continue;
            }

            if (source.SparseValues(column) is not { } some)
            {
                return false;
            }

            values += some;
            bytes += source.Bytes(column);
        }

        return rows < MergedAgain ? SparseColumns.IsSparse(values, rows, bytes) : SparseColumns.MayStaySparse(values, rows, bytes);
    }

    /// <summary>For each row of the result, the input whose next row it is.</summary>
    /// <param name="counts">What its footer keeps of them.</param>
    private static byte[] Order(
        List<Source> sources, ReadOnlySpan<bool> removed, out Dictionary<string, string>? counts, CancellationToken cancellationToken)
    {
        long total = 0;
        var names = new HashSet<byte[]>(BytesComparer.Instance);
        foreach (var source in sources)
        {
            cancellationToken.ThrowIfCancellationRequested();
            source.ReadOrder(names);
            total += source.Rows;
        }

        var sorted = new byte[names.Count][];
        names.CopyTo(sorted);
        Array.Sort(sorted, static (a, b) => a.AsSpan().SequenceCompareTo(b));
        var ranks = new Dictionary<byte[], int>(BytesComparer.Instance);
        for (var i = 0; i < sorted.Length; i++)
        {
            ranks.Add(sorted[i], i);
        }

        var order = new byte[total];
        var heads = new Head[sources.Count];
        for (var i = 0; i < heads.Length; i++)
        {
            heads[i] = new Head(sources[i], ranks);
        }

        var counting = new EventCountsBuilder(total - removed.Count(true));
        var last = -1;
        for (long n = 0; n < total; n++)
        {
            var best = 0;
            for (var i = 1; i < heads.Length; i++)
            {
                if (heads[i].IsBefore(heads[best]))
                {
                    best = i;
                }
            }

            if (!removed.IsEmpty && removed[(int)n])
            {
                order[n] = Removed;
                heads[best].Next();
                continue;
            }

            if (heads[best].Rank != last)
            {
                last = heads[best].Rank;
                counting.Begin(sorted[last]);
            }

            counting.Add(heads[best].Timestamp);
            order[n] = (byte)best;
            heads[best].Next();
        }

        counts = counting.Finish();
        foreach (var source in sources)
        {
            source.ForgetOrder();
        }

        return order;
    }

    private static void Write(
        string path, List<Source> sources, List<(string Name, PropertyKind Kind)> properties, byte[] order, Dictionary<string, string>? counts,
        CancellationToken cancellationToken)
    {
        using var schema = SegmentFormat.Schema(properties);
        using var writing = SegmentFormat.Merged(Compressions(sources, order.Length));
        using var file = new ParquetFileWriter(path, schema, writing, ParquetFormat.Footer(counts));
        var carriers = new Carrier[SegmentFormat.FixedColumns + properties.Count];
        var buffers = new SharedBuffers(sources.Count);
        var runs = new List<Run>();
        var rowsOf = new int[sources.Count];
        try
        {
            for (var c = 0; c < carriers.Length; c++)
            {
                carriers[c] = Carry(schema, c, sources, buffers);
            }

            var rest = order.AsSpan();
            while (GroupLength(rest) is var length and > 0)
            {
                FindRuns(rest[..length], runs, rowsOf);
                rest = rest[length..];
                using var group = file.AppendRowGroup();
                foreach (var carrier in carriers)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    using var column = group.NextColumn();
                    carrier.Copy(column, CollectionsMarshal.AsSpan(runs), rowsOf);
                }
            }
        }
        finally
        {
            foreach (var carrier in carriers)
            {
                carrier?.Dispose();
            }
        }

        file.Close();
    }

    /// <summary>
    /// Columns that are not compressed as the others: not at all where that saved hardly anything in the inputs; and fast
    /// where there is little of them and they will be merged again, because a zstd stream costs more to set up than a few KiB cost.
    /// </summary>
    private static List<(string Column, Compression Compression)> Compressions(List<Source> sources, long rows)
    {
        const double Hardly = 0.85;
        const int Little = 32 * 1024;
        var sizes = new Dictionary<string, (long Compressed, long Plain)>(StringComparer.Ordinal);
        foreach (var source in sources)
        {
            source.AddSizes(sizes);
        }

        var little = rows < MergedAgain ? Little * Math.Max(1, rows / SegmentFormat.RowGroupRows) : 0;
        var compressions = new List<(string, Compression)>();
        foreach (var (column, size) in sizes)
        {
            if (size.Compressed > Hardly * size.Plain)
            {
                compressions.Add((column, Compression.Uncompressed));
            }
            else if (size.Plain < little)
            {
                compressions.Add((column, Compression.Lz4));
            }
        }

        return compressions;
    }

    /// <summary>How much of the order makes the next row group; 0 when no row is left that stays.</summary>
    private static int GroupLength(ReadOnlySpan<byte> order)
    {
        if (order.Length <= SegmentFormat.RowGroupRows && !order.Contains(Removed))
        {
            return order.Length;
        }

        var (kept, length) = (0, 0);
        for (var i = 0; i < order.Length && kept < SegmentFormat.RowGroupRows; i++)
        {
            if (order[i] != Removed)
            {
                kept++;
                length = i + 1;
            }
        }

        return length;
    }

    /// <summary>
    /// The order of a row group as runs of one input, and how many rows each input gives. Inputs follow each other in
    /// time, so that runs are mostly long.
    /// </summary>
    private static void FindRuns(ReadOnlySpan<byte> order, List<Run> runs, Span<int> rowsOf)
    {
        runs.Clear();
        rowsOf.Clear();
        while (!order.IsEmpty)
        {
            var input = order[0];
            var other = order.IndexOfAnyExcept(input);
            var rows = other < 0 ? order.Length : other;
            var run = input == Removed ? new Run(0, rows, false) : new Run(input, rows, true);
            runs.Add(run);
            rowsOf[run.Input] += rows;
            order = order[rows..];
        }
    }

    private static Carrier Carry(GroupNode schema, int column, List<Source> sources, SharedBuffers buffers)
    {
        using var node = (PrimitiveNode)schema.Field(column);
        var optional = node.Repetition == Repetition.Optional;
        return node.PhysicalType switch
        {
            PhysicalType.Double => new Carrier<double>(node.Name, optional, sources, buffers),
            PhysicalType.Boolean => new Carrier<bool>(node.Name, optional, sources, buffers),
            PhysicalType.Int64 => new Carrier<long>(node.Name, optional, sources, buffers),
            PhysicalType.FixedLenByteArray => new Carrier<FixedLenByteArray>(node.Name, optional, sources, buffers),
            _ => new Carrier<ByteArray>(node.Name, optional, sources, buffers),
        };
    }

    private readonly record struct Run(int Input, int Rows, bool IsKept);

    /// <summary>Rows of one column between a reader and the writer.</summary>
    private sealed class Buffer<T>
    {
        public T[] Values { get; } = new T[BatchRows];

        public short[] Levels { get; } = new short[BatchRows];
    }

    /// <summary>A buffer for each type and input, and one for what is written. Columns use them one after the other.</summary>
    private sealed class SharedBuffers(int inputs)
    {
        private readonly Dictionary<Type, object> _byType = [];

        public Buffer<T>[] Of<T>()
        {
            if (_byType.TryGetValue(typeof(T), out var known))
            {
                return (Buffer<T>[])known;
            }

            var buffers = new Buffer<T>[inputs + 1];
            for (var i = 0; i < buffers.Length; i++)
            {
                buffers[i] = new Buffer<T>();
            }

            _byType.Add(typeof(T), buffers);
            return buffers;
        }
    }

    internal sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly BytesComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)System.IO.Hashing.XxHash3.HashToUInt64(alternate);

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }

    /// <summary>The next row of an input in the merge.</summary>
    private struct Head
    {
        private readonly Source _source;
        private readonly Dictionary<byte[], int> _ranks;
        private int _run;
        private long _row;
        public Head(Source source, Dictionary<byte[], int> ranks)
        {
            (_source, _ranks) = (source, ranks);
            Load();
        }

        /// <summary>Of the row's event among the names; after the last row past them all.</summary>
        public int Rank { get; private set; }

        public long Timestamp { get; private set; }

        public readonly bool IsBefore(in Head other) =>
            Rank != other.Rank ? Rank < other.Rank : Timestamp < other.Timestamp;

        public void Next()
        {
            _row++;
            Load();
        }

        private void Load()
        {
            if (_row == _source.Rows)
            {
                (Rank, Timestamp) = (int.MaxValue, long.MaxValue);
                return;
            }

            if (_run == 0 || _row == _source.Runs[_run - 1].End)
            {
                Rank = _ranks[_source.Runs[_run].Event];
                _run++;
            }

            Timestamp = _source.Timestamps[_row];
        }
    }

    /// <summary>One input file.</summary>
    internal sealed class Source : IDisposable
    {
        private readonly ReaderProperties _properties;
        private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);
        private readonly int _others;
        private readonly long[] _sparseValues;

        public Source(string path)
        {
            Path = path;
            _properties = ReaderProperties.WithMemoryPool(SegmentFormat.Memory);

            // Without it each open column would hold its whole compressed chunk.
            _properties.EnableBufferedStream();
            _properties.BufferSize = 32 * 1024;
            File = new ParquetFileReader(path, _properties);
            using (var handle = System.IO.File.OpenHandle(path))
            {
                Footer = ParquetFooter.Read(handle, path);
            }

            for (var i = 0; i < Footer.Columns.Count; i++)
            {
                _columns.Add(Footer.Columns[i], i);
            }

            (_others, _sparseValues) = SparseColumns.Find(Footer);
            Rows = File.FileMetaData.NumRows;
            Groups = File.FileMetaData.NumRowGroups;
        }

        public string Path { get; }

        public ParquetFileReader File { get; }

        public ParquetFooter Footer { get; }

        public long Rows { get; }

        public int Groups { get; }

        /// <summary>Runs of rows with the same event, in file order.</summary>
        public List<(byte[] Event, long End)> Runs { get; } = [];

        public long[] Timestamps { get; private set; } = [];

        public IEnumerable<string> Properties
        {
            get
            {
                foreach (var (name, index) in _columns)
                {
                    if (index >= SegmentFormat.FixedColumns)
                    {
                        yield return name;
                    }
                }
            }
        }

        public void AddSizes(Dictionary<string, (long Compressed, long Plain)> sizes)
        {
            for (var g = 0; g < Groups; g++)
            {
                foreach (var (name, index) in _columns)
                {
                    var chunk = Footer.Chunk(g, index);
                    ref var size = ref CollectionsMarshal.GetValueRefOrAddDefault(sizes, name, out _);
                    size = (size.Compressed + chunk.Bytes, size.Plain + chunk.PlainBytes);
                }
            }
        }

        /// <summary>Of a sparse column its values; null of another.</summary>
        public long? SparseValues(int column) => column < _others ? null : _sparseValues[column - _others];

        /// <summary>Of all pages of a column.</summary>
        public long Bytes(int column)
        {
            var bytes = 0L;
            for (var g = 0; g < Groups; g++)
            {
                bytes += Footer.Chunk(g, column).Bytes;
            }

            return bytes;
        }

        public int? Column(string name) => _columns.TryGetValue(name, out var index) ? index : null;

        public unsafe void ReadOrder(HashSet<byte[]> names)
        {
            Timestamps = new long[Rows];
            var lookup = names.GetAlternateLookup<ReadOnlySpan<byte>>();
            using var events = new Cursor<ByteArray>(this, _columns[SegmentFormat.EventColumn], optional: false, new Buffer<ByteArray>());
            using var timestamps = new Cursor<long>(this, _columns[SegmentFormat.TimestampColumn], optional: false, new Buffer<long>());
            byte[]? current = null;
            for (long row = 0; row < Rows; row++)
            {
                if (timestamps.Ready == 0)
                {
                    timestamps.Refill(BatchRows);
                }

                if (events.Ready == 0)
                {
                    events.Refill(BatchRows);
                }

                timestamps.Take(out Timestamps[row]);
                events.Take(out var text);
                var span = new ReadOnlySpan<byte>((void*)text.Pointer, text.Length);
                if (current is null || !span.SequenceEqual(current))
                {
                    if (!lookup.TryGetValue(span, out current))
                    {
                        current = span.ToArray();
                        names.Add(current);
                    }

                    Runs.Add((current, row));
                }

                Runs[^1] = (current, row + 1);
            }
        }

        public RowsToRemove? Find(Unwanted unwanted, CancellationToken cancellationToken)
        {
            var flags = new bool[Rows];
            long[] times = [];
            long removed = 0;
            if (unwanted.Before != long.MinValue)
            {
                times = Read(SegmentFormat.TimestampColumn);
                removed = unwanted.Mark(times, flags);
            }

            if (unwanted.Keys.Count > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var keys = Read("person_key");
                removed += unwanted.MarkPersons(keys, flags);
                if (unwanted.DistinctIds.Count > 0 && keys.AsSpan().Contains(0))
                {
                    removed += MarkNobodys(unwanted, keys, flags);
                }
            }

            if (removed == 0)
            {
                return null;
            }

            cancellationToken.ThrowIfCancellationRequested();
            times = times.Length > 0 ? times : Read(SegmentFormat.TimestampColumn);
            var received = Read("received_at");
            var left = new SegmentExtent(0, long.MaxValue, long.MinValue, long.MaxValue, long.MinValue);
            var (from, to) = (long.MaxValue, long.MinValue);
            for (var i = 0; i < flags.Length; i++)
            {
                if (flags[i])
                {
                    (from, to) = (Math.Min(from, times[i]), Math.Max(to, times[i]));
                }
                else
                {
                    left = new SegmentExtent(
                        left.Rows + 1, Math.Min(left.MinTimestamp, times[i]), Math.Max(left.MaxTimestamp, times[i]),
                        Math.Min(left.MinReceived, received[i]), Math.Max(left.MaxReceived, received[i]));
                }
            }

            return new RowsToRemove(flags, removed, new ChangedRange(from, to + 1), left);
        }

        private long[] Read(string name)
        {
            var values = new long[Rows];
            using var cursor = new Cursor<long>(this, _columns[name], optional: false, new Buffer<long>());
            for (var done = 0; done < values.Length;)
            {
                var rows = cursor.Refill(values.Length - done);
                cursor.Take(rows).Values.Span.CopyTo(values.AsSpan(done));
                done += rows;
            }

            return values;
        }

        private unsafe long MarkNobodys(Unwanted unwanted, ReadOnlySpan<long> keys, Span<bool> flags)
        {
            using var cursor = new Cursor<ByteArray>(this, _columns["distinct_id"], optional: false, new Buffer<ByteArray>());
            var ids = unwanted.DistinctIds.GetAlternateLookup<ReadOnlySpan<byte>>();
            long marked = 0;
            for (var row = 0; row < keys.Length; row++)
            {
                if (cursor.Ready == 0)
                {
                    cursor.Refill(BatchRows);
                }

                cursor.Take(out var text);
                if (keys[row] == 0 && !flags[row] && ids.Contains(new ReadOnlySpan<byte>((void*)text.Pointer, text.Length)))
                {
                    flags[row] = true;
                    marked++;
                }
            }

            return marked;
        }

        public void ForgetOrder()
        {
            Timestamps = [];
            Runs.Clear();
        }

        public void Dispose()
        {
            File.Dispose();
            _properties.Dispose();
        }
    }

    /// <summary>Reads one column of one input in order, over its row groups.</summary>
    private sealed class Cursor<T>(Source source, int column, bool optional, Buffer<T> buffer) : IDisposable
        where T : unmanaged
    {
        private RowGroupReader? _group;
        private ColumnReader<T>? _reader;
        private int _nextGroup;
        private int _row;
        private int _rows;
        private int _value;
        private int _values;

        /// <summary>Rows read and not taken.</summary>
        public int Ready => _rows - _row;

        /// <summary>Reads on, at most so many rows; how many it read. Values taken before may point into pages that are gone now.</summary>
        public int Refill(int most)
        {
            while (_reader is null || !_reader.HasNext)
            {
                _reader?.Dispose();
                _group?.Dispose();
                if (_nextGroup == source.Groups)
                {
                    throw new InvalidDataException($"{source.Path} has fewer rows than it says.");
                }

                _group = source.File.RowGroup(_nextGroup++);
                _reader = (ColumnReader<T>)_group.Column(column);
            }

            long values;
            most = Math.Min(most, BatchRows);
            _rows = optional
                ? (int)_reader.ReadBatch(most, buffer.Levels, default, buffer.Values, out values)
                : (int)_reader.ReadBatch(most, buffer.Values, out values);
            (_row, _value, _values) = (0, 0, (int)values);
            return _rows;
        }

        /// <summary>The next row's value of a column without nulls.</summary>
        public void Take(out T value)
        {
            _row++;
            value = buffer.Values[_value++];
        }

        /// <summary>The next rows, no more than are ready: their levels, none where there are no nulls, and their values. Valid until the next refill.</summary>
        public (ReadOnlyMemory<short> Levels, ReadOnlyMemory<T> Values) Take(int rows)
        {
            var levels = optional ? buffer.Levels.AsMemory(_row, rows) : default;

            // Columns without a null, or without a value, on a whole page are the usual ones.
            var taken = !optional || _values == _rows ? rows
                : _value == _values ? 0
                : rows == Ready ? _values - _value
                : levels.Span.Count((short)1);
            var values = buffer.Values.AsMemory(_value, taken);
            _row += rows;
            _value += taken;
            return (levels, values);
        }

        public void Dispose()
        {
            _reader?.Dispose();
            _group?.Dispose();
        }
    }

    private abstract class Carrier : IDisposable
    {
        /// <summary>Writes a row group's column; <paramref name="rowsOf"/> says how many rows each input gives.</summary>
        public abstract void Copy(ColumnWriter column, ReadOnlySpan<Run> runs, ReadOnlySpan<int> rowsOf);

        public abstract void Dispose();
    }

    /// <summary>Carries one column from all inputs to the result. Inputs without it give nulls.</summary>
    private sealed class Carrier<T> : Carrier
        where T : unmanaged
    {
        private readonly bool _optional;
        private readonly Cursor<T>?[] _cursors;
        private readonly int[] _unread;
        private readonly Buffer<T> _gathered;

        public Carrier(string name, bool optional, List<Source> sources, SharedBuffers shared)
        {
            var buffers = shared.Of<T>();
            _optional = optional;
            _gathered = buffers[^1];
            _unread = new int[sources.Count];
            _cursors = new Cursor<T>?[sources.Count];
            for (var i = 0; i < _cursors.Length; i++)
            {
                _cursors[i] = sources[i].Column(name) is { } index ? new Cursor<T>(sources[i], index, optional, buffers[i]) : null;
            }
        }

        public override void Copy(ColumnWriter column, ReadOnlySpan<Run> runs, ReadOnlySpan<int> rowsOf)
        {
            var writer = (ColumnWriter<T>)column;
            var levels = _gathered.Levels;
            var values = _gathered.Values;
            var (rows, taken) = (0, 0);
            rowsOf.CopyTo(_unread);
            foreach (var run in runs)
            {
                var cursor = _cursors[run.Input];
                for (var left = run.Rows; left > 0;)
                {
                    if (rows == BatchRows || cursor is { Ready: 0 })
                    {
                        // Text points into the inputs' pages, so it goes to the encoder before a page is left.
                        Flush(writer, rows, levels.AsSpan(0, rows), values.AsSpan(0, taken));
                        (rows, taken) = (0, 0);
                        if (cursor is { Ready: 0 })
                        {
                            _unread[run.Input] -= cursor.Refill(_unread[run.Input]);
                        }
                    }

                    var next = Math.Min(Math.Min(left, BatchRows - rows), cursor?.Ready ?? left);
                    left -= next;
                    if (!run.IsKept)
                    {
                        cursor?.Take(next);
                        continue;
                    }

                    if (cursor is null)
                    {
                        levels.AsSpan(rows, next).Clear();
                        rows += next;
                        continue;
                    }

                    var (ownLevels, ownValues) = cursor.Take(next);
                    if (rows == 0 && cursor.Ready == 0)
                    {
                        Flush(writer, next, ownLevels.Span, ownValues.Span);
                        continue;
                    }

                    ownLevels.Span.CopyTo(levels.AsSpan(rows));
                    ownValues.Span.CopyTo(values.AsSpan(taken));
                    rows += next;
                    taken += ownValues.Length;
                }
            }

            Flush(writer, rows, levels.AsSpan(0, rows), values.AsSpan(0, taken));
        }

        public override void Dispose()
        {
            foreach (var cursor in _cursors)
            {
                cursor?.Dispose();
            }
        }

        private void Flush(ColumnWriter<T> writer, int rows, ReadOnlySpan<short> levels, ReadOnlySpan<T> values)
        {
            if (rows == 0)
            {
                return;
            }

            if (_optional)
            {
                writer.WriteBatch(rows, levels, default, values);
            }
            else
            {
                writer.WriteBatch(values);
            }
        }
    }
}
