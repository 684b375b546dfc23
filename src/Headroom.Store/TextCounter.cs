// How many events of a name there are by bucket and text, read from the segments without a statement. Where a row's place says its
// bucket (NamedEvents.cs) one column is left to read, and of that the indices into its Parquet dictionary are enough: a text is
// numbered once in a row group, and a row is a small integer, where a statement handles texts chunk by chunk. They are read
// from the file as they lie there (TextPages.cs), and with Arrow where its pages are of another kind.

using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Headroom.Core;
using ParquetSharp;
using ParquetSharp.Arrow;

namespace Headroom.Store;

/// <summary>Counts the events of one name once.</summary>
internal sealed class TextCounter
{
    /// <summary>Few enough that threads end together.</summary>
    private const long PieceRows = 4 * SegmentFormat.RowGroupRows;

    /// <summary>Of texts, as scans keep of theirs.</summary>
    private const long MostBytes = 64L * 1_024 * 1_024;

    private readonly string _column;
    private readonly int _columns;
    private readonly int _buckets;
    private readonly List<Stretch> _stretches;

    private TextCounter(string column, int columns, int buckets, List<Stretch> stretches) =>
        (_column, _columns, _buckets, _stretches) = (column, columns, buckets, stretches);

    /// <summary>Null where rows have to be looked for by name and time.</summary>
    /// <param name="bounds">Where each bucket begins, never descending, and the end of the last; unix microseconds.</param>
    public static TextCounter? Of(string name, PropertyColumnKey text, long[] bounds, ProjectState state, IReadOnlyList<Segment> segments, EventCountsCache cache)
    {
        if (cache.Of(segments, bounds) is not { } counts)
        {
            return null;
        }

        var known = state.Columns.TryGetValue(text, out var id);
        var stretches = new List<Stretch>();
        for (var i = 0; i < segments.Count; i++)
        {
            var (runs, rows) = counts[i].Runs(name, bounds, segments[i].Extent);
            if (runs.Count > 0)
            {
                stretches.Add(new Stretch(segments[i], known && segments[i].Has(id), [.. runs], rows[^1].To));
            }
        }

        return new TextCounter(text.ColumnName, state.Columns.Count, bounds.Length - 1, stretches);
    }

    /// <summary>The texts, and how often each came as <see cref="TextTally.Counts"/> has it; null where there are too many.</summary>
    /// <param name="threads">At most.</param>
    /// <param name="mostCells">Texts times buckets.</param>
    /// <param name="onRows">Told how many rows were counted so far, from any of the threads; may throw to end it.</param>
    public (TextCodes Texts, long[] Counts)? Count(OpenSegments files, int threads, int mostCells, Action<long> onRows)
    {
        var texts = new TextCodes(MostBytes);
        var pieces = Pieces();
        var workers = Math.Clamp(pieces.Count, 1, threads);
        var cells = new Cells[workers];
        var (next, rows, over) = (-1, 0L, false);
        try
        {
            Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers, TaskScheduler = LongWork.Scheduler }, worker =>
            {
                using var pages = new TextPages();
                var own = cells[worker] = new Cells(texts, _buckets, mostCells);
                while (!Volatile.Read(ref over) && Interlocked.Increment(ref next) is var piece && piece < pieces.Count)
                {
                    try
                    {
                        if (!Count(files, pages, pieces[piece], own, count => onRows(Interlocked.Add(ref rows, count))))
                        {
                            Volatile.Write(ref over, true);
                        }
                    }
                    catch
                    {
                        Volatile.Write(ref over, true);
                        throw;
                    }
                }
            });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        return over ? null : (texts, Cells.Sum(cells, (texts.Count + 1) * _buckets));
    }

    /// <summary>What one thread reads at a time: the row groups of a segment that begin in some of the name's rows, and that in which those begin.</summary>
    private List<Piece> Pieces()
    {
        var pieces = new List<Piece>();
        foreach (var stretch in _stretches)
        {
            var count = (int)Math.Max((stretch.End - stretch.From) / PieceRows, 1);
            for (var i = 0; i < count; i++)
            {
                pieces.Add(new Piece(stretch, At(i), At(i + 1)));

                long At(int of) => stretch.From + ((stretch.End - stretch.From) * of / count);
            }
        }

        return pieces;
    }

    /// <summary>False where there were too many texts.</summary>
    private bool Count(OpenSegments files, TextPages pages, Piece piece, Cells cells, Action<long> counted)
    {
        var stretch = piece.Stretch;
        if (!stretch.HasColumn)
        {
            cells.AddWithout(stretch, piece.From, piece.To);
            counted(piece.To - piece.From);
            return true;
        }

        var file = files.Take(stretch.Segment, _columns);
        var isWhole = false;
        try
        {
            var fits = Count(file, pages, piece, cells, counted);
            isWhole = true;
            return fits;
        }
        finally
        {
            if (isWhole)
            {
                files.GiveBack(stretch.Segment, file);
            }
            else
            {
                file.Dispose();
            }
        }
    }

    private bool Count(OpenSegment file, TextPages pages, Piece piece, Cells cells, Action<long> counted)
    {
        var stretch = piece.Stretch;
        var column = file.Reader.Schema.GetFieldIndex(_column);
        using var bytes = file.Open();
        foreach (var (group, first, rows) in Groups(file.FirstRows, piece))
        {
            if (pages.Read(bytes, file.Chunk(group, column), rows))
            {
                if (!Add(pages.Numbers, pages.HasNone, pages.Texts, first))
                {
                    return false;
                }

                continue;
            }

            using var reader = file.Reader.GetRecordBatchReader([group], [column]);
            for (var row = first; Next(reader) is { } read; row += read.Length)
            {
                using (read)
                {
                    var texts = (DictionaryArray)read.Column(0);
                    var entries = (StringArray)texts.Dictionary;
                    if (!Add(Numbers(texts), texts.Indices.NullCount > 0, new DictionaryTexts(entries.Values, entries.ValueOffsets[..(entries.Length + 1)], 0), row))
                    {
                        return false;
                    }
                }
            }
        }

        return true;

        bool Add(ReadOnlySpan<int> numbers, bool hasNone, DictionaryTexts texts, long row)
        {
            var (from, to) = (Math.Max(row, stretch.From), Math.Min(row + numbers.Length, stretch.End));
            counted(Math.Max(0, to - from));
            return cells.Add(stretch, from, to, numbers, hasNone, texts, row);
        }
    }

    private static ReadOnlySpan<int> Numbers(DictionaryArray texts)
    {
        var numbers = ((Int32Array)texts.Indices).Values;
        if (texts.Indices.NullCount == 0)
        {
            return numbers;
        }

        int[] some = [.. numbers];
        for (var i = 0; i < some.Length; i++)
        {
            some[i] = texts.IsValid(i) ? some[i] : TextPages.None;
        }

        return some;
    }

    private static RecordBatch? Next(IArrowArrayStream reader)
    {
        try
        {
            return reader.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e.GetType() == typeof(Exception))
        {
            // All that Arrow's streams say of what went wrong is a text.
            throw new IOException("A column of a Parquet file cannot be read: " + e.Message, e);
        }
    }

    /// <summary>The row groups of a piece, each with its first row.</summary>
    private static List<(int Group, long First, int Rows)> Groups(ReadOnlySpan<long> firstRows, Piece piece)
    {
        var groups = new List<(int Group, long First, int Rows)>();
        for (var g = 0; g < firstRows.Length - 1; g++)
        {
            var (first, end) = (firstRows[g], firstRows[g + 1]);
            if (end > piece.Stretch.From && Math.Max(first, piece.Stretch.From) is var entered && entered >= piece.From && entered < piece.To)
            {
                groups.Add((g, first, checked((int)(end - first))));
            }
        }

        return groups;
    }

    /// <summary>The rows of the name in one segment.</summary>
    /// <param name="Runs">Where runs of rows of one bucket begin.</param>
    private sealed record Stretch(Segment Segment, bool HasColumn, (long From, int Bucket)[] Runs, long End)
    {
        public long From => Runs[0].From;

        /// <summary>The rows of a run that are among some; its end is before its begin where none are.</summary>
        public (long Begin, long End) Run(int run, long from, long to) =>
            (Math.Max(from, Runs[run].From), Math.Min(to, run + 1 < Runs.Length ? Runs[run + 1].From : to));
    }

    private readonly record struct Piece(Stretch Stretch, long From, long To);

    /// <summary>What one thread counts.</summary>
    private sealed class Cells(TextCodes texts, int buckets, int most)
    {
        private const int Unknown = -1;

        /// <summary>Where the cells of an entry of the dictionary that is read begin.</summary>
        private int[] _ofEntries = [];
        private int[] _even = [];
        private int[] _odd = [];
        private long[] _counts = new long[buckets];

        public static long[] Sum(Cells?[] all, int length)
        {
            var sum = new long[length];
            foreach (var cells in all)
            {
                for (var i = 0; i < Math.Min(length, cells?._counts.Length ?? 0); i++)
                {
                    sum[i] += cells!._counts[i];
                }
            }

            return sum;
        }

        /// <summary>Rows without a text, by their numbers in the segment.</summary>
        public void AddWithout(Stretch stretch, long from, long to)
        {
            for (var run = 0; run < stretch.Runs.Length; run++)
            {
                var (begin, end) = stretch.Run(run, from, to);
                _counts[stretch.Runs[run].Bucket] += Math.Max(0, end - begin);
            }
        }

        /// <summary>Rows of a segment, by their numbers in it. False where there are too many texts.</summary>
        /// <param name="numbers">Of the texts of rows, <see cref="TextPages.None"/> for one without.</param>
        /// <param name="first">The row with which they begin.</param>
        public bool Add(Stretch stretch, long from, long to, ReadOnlySpan<int> numbers, bool hasNone, DictionaryTexts entries, long first)
        {
            if (_ofEntries.Length < entries.Count)
            {
                (_ofEntries, _even, _odd) = (new int[entries.Count], new int[entries.Count], new int[entries.Count]);
            }

            _ofEntries.AsSpan(0, entries.Count).Fill(Unknown);
            for (var run = 0; run < stretch.Runs.Length; run++)
            {
                var (begin, end) = stretch.Run(run, from, to);
                if (begin < end && !Add(numbers[(int)(begin - first)..(int)(end - first)], hasNone, entries, stretch.Runs[run].Bucket))
                {
                    return false;
                }
            }

            return true;
        }

        private bool Add(ReadOnlySpan<int> numbers, bool hasNone, DictionaryTexts entries, int bucket)
        {
            if (hasNone || numbers.Length < entries.Count)
            {
                return AddEach(numbers, entries, bucket);
            }

            Count(numbers, entries.Count);
            for (var entry = 0; entry < entries.Count; entry++)
            {
                if (_even[entry] + _odd[entry] is var times && times > 0)
                {
                    if (!Find(entries, entry, out var cell))
                    {
                        return false;
                    }

                    _counts[cell + bucket] += times;
                }
            }

            return true;
        }

        private bool AddEach(ReadOnlySpan<int> numbers, DictionaryTexts entries, int bucket)
        {
            foreach (var number in numbers)
            {
                var cell = 0;
                if (number != TextPages.None && !Find(entries, number, out cell))
                {
                    return false;
                }

                _counts[cell + bucket]++;
            }

            return true;
        }

        /// <summary>By two counters for each entry, as rows that follow each other are often of one entry and would wait for each other.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Count(ReadOnlySpan<int> indices, int entries)
        {
            var even = _even.AsSpan(0, entries);
            var odd = _odd.AsSpan(0, entries);
            even.Clear();
            odd.Clear();
            for (; indices.Length >= 2; indices = indices[2..])
            {
                even[indices[0]]++;
                odd[indices[1]]++;
            }

            if (!indices.IsEmpty)
            {
                even[indices[0]]++;
            }
        }

        /// <summary>Where an entry's cells begin. False where there are too many texts.</summary>
        private bool Find(DictionaryTexts entries, int entry, out int cell)
        {
            cell = _ofEntries[entry];
            if (cell == Unknown)
            {
                if (!MakeRoom(texts.Of(entries[entry]), out cell))
                {
                    return false;
                }

                _ofEntries[entry] = cell;
            }

            return true;
        }

        private bool MakeRoom(int code, out int cell)
        {
            cell = (code + 1) * buckets;
            if (code == TextCodes.Full || (long)(code + 2) * buckets > most)
            {
                return false;
            }

            if (cell + buckets > _counts.Length)
            {
                System.Array.Resize(ref _counts, (int)Math.Min(most, Math.Max(cell + buckets, 2L * _counts.Length)));
            }

            return true;
        }
    }
}
