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

internal static partial class SegmentMerger
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
}
