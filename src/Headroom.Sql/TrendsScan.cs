// Trends counted here instead of by the store: the store decodes and filters, and each of its threads counts its own rows by
// bucket, value and series, with different persons as sets. Grouping in SQL costs several times that, because it hashes
// what is a small number already (the bucket, the value's number, the person's dense key). What is past a bound here, and
// every math that needs all numbers, is left to TrendsCompiler's statement, whose rows these are exactly like.

using System.Runtime.CompilerServices;
using System.Text.Json;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

public sealed class TrendsScan : IDisposable
{
    /// <summary>Of one series and thread; past it the store groups.</summary>
    public const int MaxCells = 1_000_000;

    /// <summary>Of the sets of persons of one thread, and of the values.</summary>
    private const long MaxBytes = 64L * 1_024 * 1_024;

    /// <summary>Of these, what a series without values takes even where persons are few.</summary>
    private const long PlentyBytes = 8L * 1_024 * 1_024;

    /// <summary>A member of a query that is not known here might change what is to be counted.</summary>
    private static readonly string[] QueryMembers = ["kind", "series", "range", "interval", "filters", "breakdown", "compare", "formulas", "smoothing"];
    private static readonly string[] SeriesMembers = ["event", "math", "property", "name", "filters", "hidden"];
    private static readonly string[] BreakdownMembers = ["property", "limit"];

    private readonly TrendsQuery _query;

    /// <summary>Buckets of the period before.</summary>
    private readonly int _previous;
    private readonly Layout _layout;
    private readonly Parts _parts;
    private Counted? _counted;

    private TrendsScan(TrendsQuery query, int previous, Layout layout, StoreQuery statement)
    {
        (_query, _previous, _layout, Statement) = (query, previous, layout, statement);
        _parts = new Parts(layout);
    }

    public StoreQuery Statement { get; }

    /// <summary>Where the statement's rows go.</summary>
    public IColumnSink Sink => _parts;

    /// <summary>The events of each series (null for all), where how many there are of a name in each bucket is all that is asked; else null.</summary>
    public IReadOnlyList<string?>? Names => _query.Breakdown is null && _query.Filters.Count == 0 && _query.Series.All(static s => s is { Math: TrendsMath.Total, Filters.Count: 0 })
        ? [.. _query.Series.Select(static s => s.Event)]
        : null;

    /// <summary>The event and the text of a breakdown, where how many events there are of each text in each bucket is all that is asked; else null.</summary>
    public (string Event, PropertyColumnKey Text)? Text { get; private init; }

    /// <summary>Where each bucket begins, those of the period before first, and the end of the last; unix microseconds.</summary>
    public long[] Bounds => _layout.Bounds;

    /// <summary>Gives back what it held; call it when the rows are made.</summary>
    public void Dispose() => _parts.Dispose();

    /// <summary>Null where the query has what is not counted here.</summary>
    public static TrendsScan? Of(TrendsQuery query, TrendsTime time, ProjectId project, ProjectSchema schema, SqlDialect dialect) =>
        query.Formulas.Count > 0 && query.Breakdown is not null ? null // They need the same values of all series, and here each has its own.
            : Of(query, [.. time.Previous?.Bounds.Take(time.Previous.Count) ?? [], .. time.Current.Bounds], time.Previous?.Count ?? 0, project, schema, dialect);

    /// <summary>For cells of a stretch of points instead of rows of an answer, whose buckets they are; null where the query has what is not counted here.</summary>
    public static TrendsScan? OfPoints(TrendsQuery query, TrendsPoints points, (int First, int Last) stretch, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        // What is made of points does not change what they are.
        var ofPoints = query with
        {
            Series = [.. query.Series.Select(static s => s.Math.IsRolling ? s with { Math = TrendsMath.UniquePersons } : s)],
            Formulas = [],
            Smoothing = null,
            Cumulative = false,
        };
        return Of(ofPoints, points.Bounds(stretch.First, stretch.Last), 0, project, schema, dialect);
    }

    private static TrendsScan? Of(TrendsQuery query, long[] bounds, int previous, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        if (!query.Series.All(s => s.Math is TrendsMath.Total or TrendsMath.UniquePersons or TrendsMath.Sum or TrendsMath.Average or TrendsMath.Min or TrendsMath.Max) ||
            !HasOnlyKnownMembers(query))
        {
            return null;
        }

        var statement = new Statement(dialect, project, schema);
        var (from, to) = (bounds[0], bounds[^1]);
        var single = query.Series.Count == 1;
        var layout = new Layout
        {
            Maths = [.. query.Series.Select(s => s.Math)],
            Bounds = bounds,
            Bits = single ? -1 : 1,
        };
        var more = new List<string>();
        if (query.Series.Any(s => s.Math is TrendsMath.UniquePersons))
        {
            // Unlike PersonSql.Key 0 for nobody: no NULL to look for.
            layout.Persons = Add("{person_key}");
        }

        if (query.Breakdown is { } breakdown)
        {
            layout.Values = Add(statement.AsTextCode(breakdown.Property));
        }

        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        layout.Numbers = [.. query.Series.Select(s => s.Property is null ? -1 : numbers.TryGetValue(s.Property, out var known) ? known : numbers[s.Property] = Add(statement.AsNumber(s.Property)))];
        var at = dialect.ScannedMicros(SelectorSql.Bucket);
        var sql = single
            ? One()
            : SelectorSql.Scan(
                statement, [at], [.. query.Series.Select(static (s, i) => new SelectorBit(s.Event, s.Filters, i))], more, (from, to), query.Filters, byBucket: true);
        var finished = statement.Finish(sql, from, to, int.MaxValue) with { Buckets = layout.Bounds };
        return new TrendsScan(query, previous, layout, finished) { Text = Text() };

        // A property of one kind only, which no old event has among those past the bound on columns.
        (string Event, PropertyColumnKey Text)? Text() =>
            query is { Series: [{ Event: { } name, Math: TrendsMath.Total, Filters.Count: 0 }], Filters.Count: 0, Breakdown: { } by } && statement.ReadsNamedEvents &&
            statement.Property(by.Property) is { Text: not null, Number: null, Boolean: null, Json: null } && finished.Columns is [{ Kind: PropertyKind.Text } only]
                ? (name, only) : null;

        string One()
        {
            var series = query.Series[0];
            IReadOnlyList<PropertyFilter> all = [.. query.Filters, .. series.Filters];
            var filters = all.Count == 0 ? null : FilterSql.All(statement, all);
            var (events, condition) = SelectorSql.Named(statement, series.Event, (from, to), filters, byBucket: true);
            return $"SELECT {string.Join(", ", more.Prepend(at))} FROM {events} AS e WHERE {condition}";
        }

        int Add(string column)
        {
            more.Add(column);
            return more.Count + (single ? 0 : 1);
        }
    }

    /// <summary>What the scan has counted; false where there was too much to count. Of this and its like one is called, and once.</summary>
    public bool Take(ScanSummary scan)
    {
        if (!_parts.CanBePutTogether())
        {
            return false;
        }

        var values = Values(_parts.Codes);
        var lines = NewLines();
        for (var i = 0; i < lines.Length; i++)
        {
            foreach (var part in _parts.All)
            {
                part.AddTo(i, values, lines[i]);
            }
        }

        _counted = new Counted(lines, scan.DataVersion, scan.Elapsed, scan.Segments);
        return true;
    }

    /// <summary>Instead of the scan, counts that the store keeps, of <see cref="Names"/> in <see cref="Bounds"/>.</summary>
    public void Take(EventTally tally)
    {
        var lines = NewLines();
        for (var i = 0; i < lines.Length; i++)
        {
            var line = new Line(_layout.Buckets);
            for (var b = 0; b < _layout.Buckets; b++)
            {
                line.Cells[b].Events = tally.Counts[i][b];
            }

            lines[i].Add(default, line);
        }

        _counted = new Counted(lines, tally.DataVersion, tally.Elapsed, tally.Segments);
    }

    /// <summary>Instead of the scan, counts of <see cref="Text"/> in <see cref="Bounds"/>.</summary>
    public void Take(TextTally tally)
    {
        var lines = NewLines();
        new Counts(_layout.Buckets, tally.Counts).AddTo(Values(tally.Texts), lines[0]);
        _counted = new Counted(lines, tally.DataVersion, tally.Elapsed, tally.Segments);
    }

    /// <summary>
    /// What was taken, as rows of b (NULL for the whole period), p, s, n (from 1; NULL for what lies past the limit), v and y.
    /// </summary>
    public QueryRows Rows()
    {
        var (lines, version, elapsed, segments) = Taken;
        var rows = new List<object?[]>();
        for (var i = 0; i < lines.Length; i++)
        {
            AddRows(rows, i, lines[i]);
        }

        return new QueryRows([], rows, version, elapsed, segments);
    }

    /// <summary>What was taken, as cells of points; null where a person's key is too high to be kept.</summary>
    /// <param name="first">The point of the first bucket.</param>
    public TrendsCells? Cells(int first)
    {
        var (lines, version, _, _) = Taken;
        var cells = new List<(int Point, TrendsCell Cell)>();
        for (var i = 0; i < lines.Length; i++)
        {
            var math = _query.Series[i].Math;
            foreach (var (value, line) in lines[i])
            {
                for (var b = 0; b < _layout.Buckets; b++)
                {
                    var cell = line.Cells[b];
                    if (cell.Events == 0)
                    {
                        continue;
                    }

                    var persons = math is not TrendsMath.UniquePersons ? null : cell.Persons is { } set ? PersonKeys.Of(set) : PersonKeys.None;
                    if (math is TrendsMath.UniquePersons && persons is null)
                    {
                        return null;
                    }

                    var count = math is TrendsMath.Total ? cell.Events : cell.Numbers;
                    var number = math is TrendsMath.Average && cell.Numbers > 0 ? cell.Sum : Number(cell, math);
                    cells.Add((first + b, new TrendsCell(i, value.Item1, number, count) { Persons = persons }));
                }
            }
        }

        return new TrendsCells(cells, [], version);
    }

    private Counted Taken => _counted ?? throw new InvalidOperationException("Nothing was counted.");

    private Dictionary<ValueTuple<string?>, Line>[] NewLines() => [.. _query.Series.Select(static _ => new Dictionary<ValueTuple<string?>, Line>())];

    private static bool HasOnlyKnownMembers(TrendsQuery query)
    {
        var document = JsonSerializer.SerializeToElement<InsightQuery>(query, QueryJson.Options);
        return Known(document, QueryMembers) &&
            document.GetProperty("series").EnumerateArray().All(s => Known(s, SeriesMembers)) &&
            (document.GetProperty("breakdown") is not { ValueKind: JsonValueKind.Object } breakdown || Known(breakdown, BreakdownMembers));

        static bool Known(JsonElement element, string[] names) =>
            element.EnumerateObject().All(m => names.Contains(m.Name) || SaysNothing(m.Value));

        static bool SaysNothing(JsonElement value) =>
            value.ValueKind is JsonValueKind.Null or JsonValueKind.False || (value.ValueKind is JsonValueKind.Array && value.GetArrayLength() == 0);
    }

    /// <summary>The value that each code stands for, cut as answers show it; the last is for events without one.</summary>
    private static string?[] Values(TextCodes codes)
    {
        var values = new string?[codes.Count + 1];
        for (var i = 0; i < values.Length - 1; i++)
        {
            values[i] = Cut(codes.Text(i));
        }

        return values;
    }

    /// <summary>Counts characters as stores do: by code points.</summary>
    private static string Cut(string text)
    {
        if (text.Length <= QueryLimits.BreakdownValueLength)
        {
            return text;
        }

        var end = 0;
        for (var n = 0; n < QueryLimits.BreakdownValueLength && end < text.Length; n++)
        {
            end += char.IsSurrogatePair(text, end) ? 2 : 1;
        }

        return text[..end];
    }

    private void AddRows(List<object?[]> rows, int series, Dictionary<ValueTuple<string?>, Line> lines)
    {
        if (_query.Breakdown is not { } breakdown)
        {
            foreach (var line in lines.Values)
            {
                AddRows(rows, series, 1, null, line);
            }

            return;
        }

        var previous = _previous;
        var math = _query.Series[series].Math;
        var shown = lines.Where(l => l.Key.Item1 != TrendsSeriesResult.Other && l.Value.Whole(previous, _layout.Buckets).Events > 0)
            .OrderByDescending(l => Rank(l.Value.Whole(previous, _layout.Buckets), math)).ThenBy(l => l.Key.Item1, TextOrder.Instance)
            .Take(breakdown.Limit).ToList();
        for (var i = 0; i < shown.Count; i++)
        {
            AddRows(rows, series, i + 1, shown[i].Key.Item1, shown[i].Value);
            lines.Remove(shown[i].Key);
        }

        if (lines.Count > 0)
        {
            var rest = new Line(_layout.Buckets);
            foreach (var line in lines.Values)
            {
                rest.Add(line);
            }

            AddRows(rows, series, null, null, rest);
        }
    }

    private static double Rank(Cell whole, TrendsMath math) => math switch
    {
        TrendsMath.Total => whole.Events,
        TrendsMath.UniquePersons => whole.Persons?.Count ?? 0,
        TrendsMath.Sum => whole.Numbers == 0 ? 0 : whole.Sum,
        _ => whole.Numbers,
    };

    private void AddRows(List<object?[]> rows, int series, long? rank, string? value, Line line)
    {
        var math = _query.Series[series].Math;
        var previous = _previous;
        for (var b = 0; b < _layout.Buckets; b++)
        {
            Add(b, b >= previous, line.Cells[b]);
        }

        Add(null, true, line.Whole(previous, _layout.Buckets));
        Add(null, false, line.Whole(0, previous));

        void Add(long? bucket, bool current, Cell cell)
        {
            if (cell.Events > 0)
            {
                rows.Add([bucket, current, (long)series, rank, value, Number(cell, math)]);
            }
        }
    }

    private static double? Number(Cell cell, TrendsMath math) => math switch
    {
        TrendsMath.Total => cell.Events,
        TrendsMath.UniquePersons => cell.Persons?.Count ?? 0,
        _ when cell.Numbers == 0 => null,
        TrendsMath.Sum => cell.Sum,
        TrendsMath.Average => cell.Sum / cell.Numbers,
        TrendsMath.Min => cell.Min,
        _ => cell.Max,
    };

    /// <summary>What was counted, by series and value.</summary>
    private sealed record Counted(Dictionary<ValueTuple<string?>, Line>[] Lines, long DataVersion, TimeSpan Elapsed, int Segments);

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
