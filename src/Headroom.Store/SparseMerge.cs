using System.Buffers;
using Headroom.Core;
using Microsoft.Win32.SafeHandles;

namespace Headroom.Store;

/// <summary>Carries sparse columns from the inputs of a merge to its result: each value to where its row is now. Four bytes for each row, and one column at a time.</summary>
internal static class SparseMerge
{
    private const int Gone = -1;

    /// <param name="path">Written but for these columns.</param>
    /// <param name="columns">By ascending ordinal name; sparse in all inputs that have them.</param>
    /// <param name="order">For each row of the inputs, in the order of the result, the input whose next row it is, or that it is removed.</param>
    public static void Write(
        string path, List<SegmentMerger.Source> sources, List<(string Name, PropertyKind Kind)> columns, ReadOnlySpan<byte> order, CancellationToken cancellationToken)
    {
        var places = Places(sources, order, out var rows);
        var inputs = new List<Input>(sources.Count);
        try
        {
            foreach (var source in sources)
            {
                inputs.Add(new Input(source));
            }

            var pages = new SparsePages();
            var column = new SparseColumn();
            using var output = new SparseColumns(path);
            foreach (var (name, kind) in columns)
            {
                cancellationToken.ThrowIfCancellationRequested();
                column.Begin(kind, rows);
                for (var i = 0; i < inputs.Count; i++)
                {
                    if (sources[i].Column(name) is { } index)
                    {
                        inputs[i].Carry(index, kind, pages, places[i], column);
                    }
                }

                column.End(rows);
                output.Add(name, kind, column);
            }

            output.Close();
        }
        finally
        {
            foreach (var input in inputs)
            {
                input.Dispose();
            }
        }
    }

    /// <summary>For each row of each input its row in the result, or <see cref="Gone"/>.</summary>
    private static int[][] Places(List<SegmentMerger.Source> sources, ReadOnlySpan<byte> order, out int rows)
    {
        var places = new int[sources.Count][];
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = new int[sources[i].Rows];
        }

        var next = new int[places.Length];
        rows = 0;
        foreach (var input in order)
        {
            // Rows are removed of a single input only.
            var of = input == SegmentMerger.Removed ? 0 : input;
            places[of][next[of]++] = input == SegmentMerger.Removed ? Gone : rows++;
        }

        return places;
    }

    /// <summary>Reads one input. Columns are asked for in the order of the file, so that it is read in large pieces.</summary>
    private sealed class Input(SegmentMerger.Source source) : IDisposable
    {
        private const int PieceBytes = 256 * 1_024;

        private readonly SafeFileHandle _file = File.OpenHandle(source.Path);
        private byte[] _piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        private long _start;
        private int _length;

        public void Carry(int index, PropertyKind kind, SparsePages pages, ReadOnlySpan<int> places, SparseColumn to)
        {
            var first = 0;
            for (var g = 0; g < source.Groups; g++)
            {
                var rows = checked((int)source.Footer.GroupRows[g]);
                var chunk = Read(source.Footer.Chunk(g, index));
                if (!pages.Read(chunk, kind, rows))
                {
                    throw new IOException($"{source.Path} is not what was written: its column {source.Footer.Columns[index]} is damaged.");
                }

                Carry(pages, pages.Texts(chunk), kind, places.Slice(first, rows), to);
                first += rows;
            }
        }

        public void Dispose()
        {
            _file.Dispose();
            ArrayPool<byte>.Shared.Return(_piece);
            _piece = [];
        }

        private static void Carry(SparsePages pages, DictionaryTexts texts, PropertyKind kind, ReadOnlySpan<int> places, SparseColumn to)
        {
            const int Unknown = -1;
            var isText = kind is PropertyKind.Text or PropertyKind.Json;
            var entries = isText ? ArrayPool<int>.Shared.Rent(texts.Count) : [];
            entries.AsSpan().Fill(Unknown);
            var values = pages.Values;
            var rows = pages.Rows;
            for (var i = 0; i < rows.Length; i++)
            {
                var place = places[rows[i]];
                if (place == Gone)
                {
                    continue;
                }

                var value = values[i];
                if (isText)
                {
                    ref var entry = ref entries[value];
                    if (entry == Unknown)
                    {
                        entry = to.Entry(texts[(int)value]);
                    }

                    value = entry;
                }

                to.Add(place, value);
            }

            if (isText)
            {
                ArrayPool<int>.Shared.Return(entries);
            }
        }

        /// <summary>Valid until the next one is read.</summary>
        private ReadOnlySpan<byte> Read(ColumnChunk chunk)
        {
            var bytes = checked((int)chunk.Bytes);
            if (chunk.Start < _start || chunk.Start + bytes > _start + _length)
            {
                if (bytes > _piece.Length)
                {
                    ArrayPool<byte>.Shared.Return(_piece);
                    _piece = ArrayPool<byte>.Shared.Rent(bytes);
                }

                // What follows in the file is the next column's, up to the footer.
                _start = chunk.Start;
                _length = (int)Math.Min(_piece.Length, source.Footer.Start - chunk.Start);
                if (_length < bytes)
                {
                    throw ParquetFooter.Damaged(source.Path);
                }

                ParquetFooter.ReadAll(_file, _piece.AsSpan(0, _length), _start, source.Path);
            }

            return _piece.AsSpan((int)(chunk.Start - _start), bytes);
        }
    }
}
