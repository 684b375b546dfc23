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
    private readonly TrendsTime _time;
    private readonly Layout _layout;
    private readonly Parts _parts;

    private TrendsScan(TrendsQuery query, TrendsTime time, Layout layout, StoreQuery statement)
    {
        (_query, _time, _layout, Statement) = (query, time, layout, statement);
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
    public static TrendsScan? Of(TrendsQuery query, TrendsTime time, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        if (!query.Series.All(s => s.Math is TrendsMath.Total or TrendsMath.UniquePersons or TrendsMath.Sum or TrendsMath.Average or TrendsMath.Min or TrendsMath.Max) ||
            !HasOnlyKnownMembers(query))
        {
            return null;
        }

        // Formulas need the same values of all series, and here each has its own.
        if (query.Formulas.Count > 0 && query.Breakdown is not null)
        {
            return null;
        }

        var statement = new Statement(dialect, project, schema);
        var (from, to) = (time.Previous?.From ?? time.Current.From, time.Current.To);
        var single = query.Series.Count == 1;
        var layout = new Layout
        {
            Maths = [.. query.Series.Select(s => s.Math)],
            Bounds = [.. time.Previous?.Starts.Select((s, i) => i == 0 ? from : s) ?? [], .. time.Current.Starts.Select((s, i) => i == 0 ? time.Current.From : s), to],
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
        return new TrendsScan(query, time, layout, finished) { Text = Text() };

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

    /// <summary>
    /// As rows of b (NULL for the whole period), p, s, n (from 1; NULL for what lies past the limit), v and y; null where
    /// there was too much to count. Call once, after the scan.
    /// </summary>
    public QueryRows? Rows(ScanSummary scan)
    {
        if (!_parts.CanBePutTogether())
        {
            return null;
        }

        var rows = new List<object?[]>();
        var values = Values(_parts.Codes);
        for (var i = 0; i < _query.Series.Count; i++)
        {
            var lines = new Dictionary<ValueTuple<string?>, Line>();
            foreach (var part in _parts.All)
            {
                part.AddTo(i, values, lines);
            }

            AddRows(rows, i, lines);
        }

        return new QueryRows([], rows, scan.DataVersion, scan.Elapsed, scan.Segments);
    }

    /// <summary>The same rows from counts that the store keeps: instead of the scan, of <see cref="Names"/> in <see cref="Bounds"/>.</summary>
    public QueryRows Rows(EventTally tally)
    {
        var rows = new List<object?[]>();
        for (var i = 0; i < _query.Series.Count; i++)
        {
            var line = new Line(_layout.Buckets);
            for (var b = 0; b < _layout.Buckets; b++)
            {
                line.Cells[b].Events = tally.Counts[i][b];
            }

            AddRows(rows, i, 1, null, line);
        }

        return new QueryRows([], rows, tally.DataVersion, tally.Elapsed, tally.Segments);
    }

    /// <summary>The same rows from counts of <see cref="Text"/> in <see cref="Bounds"/>, instead of the scan.</summary>
    public QueryRows Rows(TextTally tally)
    {
        var (rows, lines) = (new List<object?[]>(), new Dictionary<ValueTuple<string?>, Line>());
        new Counts(_layout.Buckets, tally.Counts).AddTo(Values(tally.Texts), lines);
        AddRows(rows, 0, lines);
        return new QueryRows([], rows, tally.DataVersion, tally.Elapsed, tally.Segments);
    }

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

        var previous = _time.Previous?.Count ?? 0;
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
        var previous = _time.Previous?.Count ?? 0;
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
}
