using System.Runtime.CompilerServices;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>What each thread counts of its rows, and what it may take of memory.</summary>
public sealed partial class TrendsScan
{
    /// <summary>Of the sets of persons of one thread, and of the values.</summary>
    private const long MaxBytes = 64L * 1_024 * 1_024;

    /// <summary>Of these, what a series without values takes even where persons are few.</summary>
    private const long PlentyBytes = 8L * 1_024 * 1_024;

    /// <summary>Which column of the statement is what; −1 for none.</summary>
    private sealed class Layout
    {
        public required TrendsMath[] Maths { get; init; }

        /// <summary>Where each bucket begins, those of the period before first, and the end of the last.</summary>
        public required long[] Bounds { get; init; }

        public int Buckets => Bounds.Length - 1;

        public required int Bits { get; init; }

        public int Persons { get; set; } = -1;

        public int Values { get; set; } = -1;

        public int[] Numbers { get; set; } = [];
    }

    /// <summary>What a group of events comes to.</summary>
    private struct Cell
    {
        public long Events;
        public long Numbers;
        public double Sum;
        public double Min;
        public double Max;
        public PersonSet? Persons;

        public void Add(double number)
        {
            (Min, Max) = Numbers++ == 0 ? (number, number) : (Math.Min(Min, number), Math.Max(Max, number));
            Sum += number;
        }

        public void Add(in Cell other)
        {
            Events += other.Events;
            if (other.Numbers > 0)
            {
                (Min, Max) = Numbers == 0 ? (other.Min, other.Max) : (Math.Min(Min, other.Min), Math.Max(Max, other.Max));
                Numbers += other.Numbers;
                Sum += other.Sum;
            }

            if (other.Persons is not null)
            {
                (Persons ??= new PersonSet()).UnionWith(other.Persons);
            }
        }
    }

    private sealed class Line(int buckets)
    {
        private (int First, int End, Cell Cell)? _whole;

        public Cell[] Cells { get; } = new Cell[buckets];

        public void Add(Line other)
        {
            for (var b = 0; b < buckets; b++)
            {
                Cells[b].Add(other.Cells[b]);
            }
        }

        /// <summary>Of the buckets together, once they are complete.</summary>
        public Cell Whole(int first, int end)
        {
            if (_whole is { } known && known.First == first && known.End == end)
            {
                return known.Cell;
            }

            var whole = default(Cell);
            for (var b = first; b < end; b++)
            {
                whole.Add(Cells[b]);
            }

            _whole = (first, end, whole);
            return whole;
        }
    }

    /// <summary>What is too much for the query's memory is left to the store, whose statement has a bound of its own.</summary>
    private sealed class Parts(Layout layout) : IPartedSink, IHoldingSink, IDisposable
    {
        /// <summary>Kept for it at first: persons are fewer than rows.</summary>
        private const long FewBytes = 4L * 1_024 * 1_024;

        private readonly Lock _gate = new();
        private HeldMemory? _memory;
        private long _texts;

        public List<Part> All { get; } = [];

        /// <summary>Of the values of a breakdown.</summary>
        public TextCodes Codes { get; } = new(MaxBytes);

        TextCodes IColumnSink.Texts => Codes;

        public long BytesFor(long rows) => layout.Persons < 0 ? 0 : Math.Min(FewBytes, rows * sizeof(long));

        public void Hold(HeldMemory memory)
        {
            _memory?.Dispose();
            _memory = memory;
        }

        public void Dispose() => _memory?.Dispose();

        /// <summary>False where so many bytes more, and the texts met meanwhile, are more than the query may hold.</summary>
        public bool TryHold(long bytes)
        {
            lock (_gate)
            {
                var texts = layout.Values < 0 ? 0 : Codes.Bytes;
                try
                {
                    _memory?.Count(bytes + texts - _texts);
                    _texts = texts;
                    return true;
                }
                catch (QueryRefusedException)
                {
                    return false;
                }
            }
        }

        /// <summary>Whether all was counted, and there is room for as many persons again: those of values and of the whole period are put together.</summary>
        public bool CanBePutTogether() => All.All(static p => !p.IsOver && p.Look()) && TryHold(All.Sum(static p => p.PersonBytes));

        public IColumnSink NewPart()
        {
            All.Add(new Part(layout, this));
            return All[^1];
        }

        public void Take(ColumnBatch batch) => (All.Count == 0 ? NewPart() : All[0]).Take(batch);
    }

    /// <summary>What one thread counts.</summary>
    private sealed class Part(Layout layout, Parts owner) : IColumnSink
    {
        /// <summary>Batches between two looks at the memory.</summary>
        private const int LookEvery = 64;

        private readonly Counts[] _series = Array.ConvertAll(layout.Maths, m => new Counts(m, layout.Buckets, layout.Values >= 0));
        private readonly BucketFinder _finder = new(layout.Bounds);
        private int[] _buckets = [];
        private int[] _codes = [];
        private int _batches;
        private long _held;

        /// <summary>Of its sets of persons.</summary>
        public long PersonBytes => _series.Sum(static s => s.PersonBytes);

        /// <summary>Whether it was too much; nothing is counted any more.</summary>
        public bool IsOver { get; private set; }

        public void Take(ColumnBatch batch)
        {
            if (IsOver)
            {
                return;
            }

            if (_buckets.Length < batch.Count)
            {
                _buckets = new int[batch.Count];
                _codes = new int[batch.Count];
            }

            // Rows of a bucket mostly come together, and with one time where the store knows that only the bucket matters.
            var times = batch.Longs(0);
            var alike = times.Length > 0 && !times.ContainsAnyExcept(times[0]);
            _finder.Find(alike ? times[..1] : times, _buckets);
            if (alike)
            {
                _buckets.AsSpan(1, times.Length - 1).Fill(_buckets[0]);
            }

            var known = 0;
            if (layout.Values >= 0)
            {
                batch.Number(layout.Values, owner.Codes, _codes);
                (known, IsOver) = (owner.Codes.Count, owner.Codes.IsFull);
            }

            var bits = layout.Bits < 0 ? default : batch.Longs(layout.Bits);
            var ofAll = !bits.IsEmpty && !bits.ContainsAnyExcept(bits[0]);
            for (var i = 0; i < _series.Length && !IsOver; i++)
            {
                // Where rows are scanned by name, all of a batch are of the same series.
                var bit = 1L << i;
                if (!ofAll || (bits[0] & bit) != 0)
                {
                    IsOver |= !_series[i].Take(batch, _buckets, alike, _codes, known, ofAll ? default : bits, bit, layout.Persons, layout.Numbers[i]);
                }
            }

            IsOver |= ++_batches % LookEvery == 0 && !Look();
        }

        /// <summary>Counts what it holds; false where that is too much.</summary>
        public bool Look()
        {
            var persons = PersonBytes;
            var bytes = persons + _series.Sum(static s => s.CellBytes);
            if (persons > MaxBytes || !owner.TryHold(bytes - _held))
            {
                return false;
            }

            _held = bytes;
            return true;
        }

        public void AddTo(int series, string?[] values, Dictionary<ValueTuple<string?>, Line> lines) => _series[series].AddTo(values, lines);
    }

    /// <summary>One series: by value and bucket.</summary>
    private sealed class Counts(TrendsMath math, int buckets, bool withValues)
    {
        private Cell[] _cells = math is TrendsMath.Total ? [] : new Cell[buckets];
        private long[] _events = math is TrendsMath.Total ? new long[buckets] : [];

        /// <summary>Values that there is room for; place 0 is for events without one.</summary>
        private int _room = 1;

        /// <summary>Of events that were counted already: those without a value, then those of each.</summary>
        public Counts(int buckets, long[] events)
            : this(TrendsMath.Total, buckets, withValues: true) => (_events, _room) = (events, events.Length / buckets);

        /// <summary>Without persons.</summary>
        public long CellBytes => (sizeof(long) * (long)_events.Length) + (Unsafe.SizeOf<Cell>() * (long)_cells.Length);

        public long PersonBytes => math is TrendsMath.UniquePersons ? _cells.Sum(c => c.Persons?.Bytes ?? 0) : 0;

        /// <summary>False where there are too many values.</summary>
        /// <param name="alike">All rows are of one bucket.</param>
        public bool Take(
            ColumnBatch batch, ReadOnlySpan<int> bucketOf, bool alike, ReadOnlySpan<int> codeOf, int codes, ReadOnlySpan<long> bits, long bit, int persons, int numbers)
        {
            if (!MakeRoom(codes + 1))
            {
                return false;
            }

            if (math is TrendsMath.Total && alike && bits.IsEmpty)
            {
                Count(bucketOf[0], codeOf[..batch.Count]);
            }
            else if (math is TrendsMath.Total)
            {
                Count(bucketOf, codeOf, bits, bit, batch.Count);
            }
            else if (math is TrendsMath.UniquePersons)
            {
                return Persons(batch.Longs(persons), bucketOf, codeOf, bits, bit);
            }
            else
            {
                Numbers(batch, numbers, bucketOf, codeOf, bits, bit);
            }

            return true;
        }

        public void AddTo(string?[] values, Dictionary<ValueTuple<string?>, Line> lines)
        {
            for (var code = -1; code < Math.Min(_room, values.Length) - 1; code++)
            {
                Line? line = null;
                for (var b = 0; b < buckets; b++)
                {
                    var place = ((code + 1) * buckets) + b;
                    var cell = math is TrendsMath.Total ? new Cell { Events = _events[place] } : _cells[place];
                    if (cell.Events == 0)
                    {
                        continue;
                    }

                    if (line is null)
                    {
                        var key = ValueTuple.Create(code < 0 ? null : values[code]);
                        if (!lines.TryGetValue(key, out line))
                        {
                            lines.Add(key, line = new Line(buckets));
                        }
                    }

                    if (line.Cells[b].Events == 0)
                    {
                        line.Cells[b] = cell;
                    }
                    else
                    {
                        line.Cells[b].Add(cell);
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Count(int bucket, ReadOnlySpan<int> codeOf)
        {
            if (!withValues)
            {
                _events[bucket] += codeOf.Length;
                return;
            }

            var events = _events.AsSpan(bucket);
            var width = buckets;
            foreach (var code in codeOf)
            {
                events[(code + 1) * width]++;
            }
        }

        private void Count(ReadOnlySpan<int> bucketOf, ReadOnlySpan<int> codeOf, ReadOnlySpan<long> bits, long bit, int rows)
        {
            var events = _events;
            for (var i = 0; i < rows; i++)
            {
                if (bits.IsEmpty || (bits[i] & bit) != 0)
                {
                    events[Place(bucketOf, codeOf, i)]++;
                }
            }
        }

        private bool Persons(ReadOnlySpan<long> keys, ReadOnlySpan<int> bucketOf, ReadOnlySpan<int> codeOf, ReadOnlySpan<long> bits, long bit)
        {
            if (!withValues && bits.IsEmpty)
            {
                return Persons(keys, bucketOf[..keys.Length]);
            }

            for (var i = 0; i < keys.Length; i++)
            {
                if (!bits.IsEmpty && (bits[i] & bit) == 0)
                {
                    continue;
                }

                ref var cell = ref _cells[Place(bucketOf, codeOf, i)];
                cell.Events++;
                if ((ulong)keys[i] > PersonSet.MaxKey)
                {
                    return false;
                }

                if (keys[i] != 0)
                {
                    (cell.Persons ??= new PersonSet()).Add((uint)keys[i]);
                }
            }

            return true;
        }

        /// <summary>By runs of rows of one bucket.</summary>
        private bool Persons(ReadOnlySpan<long> keys, ReadOnlySpan<int> bucketOf)
        {
            while (!keys.IsEmpty)
            {
                var end = bucketOf.IndexOfAnyExcept(bucketOf[0]);
                var run = end < 0 ? keys.Length : end;
                ref var cell = ref _cells[bucketOf[0]];
                cell.Events += run;
                if (!(cell.Persons ??= new PersonSet(PlentyBytes / buckets)).AddAll(keys[..run]))
                {
                    return false;
                }

                keys = keys[run..];
                bucketOf = bucketOf[run..];
            }

            return true;
        }

        private void Numbers(ColumnBatch batch, int column, ReadOnlySpan<int> bucketOf, ReadOnlySpan<int> codeOf, ReadOnlySpan<long> bits, long bit)
        {
            var values = batch.Doubles(column);
            for (var i = 0; i < values.Length; i++)
            {
                if (!bits.IsEmpty && (bits[i] & bit) == 0)
                {
                    continue;
                }

                ref var cell = ref _cells[Place(bucketOf, codeOf, i)];
                cell.Events++;
                if (!batch.IsNull(column, i))
                {
                    cell.Add(values[i]);
                }
            }
        }

        private int Place(ReadOnlySpan<int> bucketOf, ReadOnlySpan<int> codeOf, int row) =>
            bucketOf[row] + (withValues ? (codeOf[row] + 1) * buckets : 0);

        private bool MakeRoom(int needed)
        {
            if (needed <= _room)
            {
                return true;
            }

            _room = Math.Max(needed, 2 * _room);
            if ((long)_room * buckets > MaxCells)
            {
                return false;
            }

            if (math is TrendsMath.Total)
            {
                Array.Resize(ref _events, _room * buckets);
            }
            else
            {
                Array.Resize(ref _cells, _room * buckets);
            }

            return true;
        }
    }
}
