// Trends counted here instead of by the store: the store decodes and filters, and each of its threads counts its own rows by
// bucket, value and series, with different persons as sets. Grouping in SQL costs several times that, because it hashes
// what is a small number already (the bucket, the value's number, the person's dense key). What is past a bound here, and
// every math that needs all numbers, is left to TrendsCompiler's statement, whose rows these are exactly like.

using System.Text.Json;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

public sealed partial class TrendsScan : IDisposable
{
    /// <summary>Of one series and thread; past it the store groups.</summary>
    public const int MaxCells = 1_000_000;

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
}
