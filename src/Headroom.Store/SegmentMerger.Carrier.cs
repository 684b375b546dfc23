using ParquetSharp;

namespace Headroom.Store;

internal static partial class SegmentMerger
{
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
