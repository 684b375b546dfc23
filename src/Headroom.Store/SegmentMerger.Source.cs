using System.Runtime.InteropServices;
using Headroom.Core;
using ParquetSharp;

namespace Headroom.Store;

internal static partial class SegmentMerger
{
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
}
