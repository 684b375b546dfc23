using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// A trend in parts that add up: for each point, series and value what a group of events comes to, with its persons. Points that
/// new or late events touched, or that another range has besides, are computed and put in, and the answer is put together again
/// without reading the others. Where the persons of each point are too many to keep, those of each period are kept as one set: events are only
/// ever added to it, so who takes some away begins anew, and so does another range. Immutable.
/// </summary>
public sealed class TrendsParts
{
    /// <summary>Groups that are kept at most; past it adding up would cost more than it saves.</summary>
    private const int MaxCells = 50_000;

    /// <summary>Persons of a series that are handed over at once, those of each value and point counted apart.</summary>
    private const int MaxPointPersons = 2_000_000;

    /// <summary>As <see cref="MaxPointPersons"/>, where those of each value and period are counted apart.</summary>
    private const int MaxPersons = 1_000_000;

    /// <summary>Of all sets of persons of points; past it those of periods are kept.</summary>
    private const long MaxPointPersonsBytes = 8 * 1_024 * 1_024;

    /// <summary>Of all sets of persons of periods.</summary>
    private const long MaxPersonsBytes = 16 * 1_024 * 1_024;

    /// <summary>Each stretch of time is a scan of its own.</summary>
    private const int MaxStretches = 4;

    private static readonly string[] QueryMembers =
        ["kind", "series", "range", "interval", "filters", "breakdown", "compare", "unit", "formulas", "smoothing", "cumulative"];
    private static readonly string[] SeriesMembers = ["event", "math", "property", "perPerson", "name", "filters", "hidden"];
    private static readonly string[] BreakdownMembers = ["property", "limit"];

    private readonly TrendsQuery _query;
    private readonly TrendsPoints _points;
    private readonly ImmutableArray<Cell[]> _cells;

    /// <summary>Bits by key; null where the persons of each point are kept.</summary>
    private readonly ImmutableDictionary<(int Series, bool Current, string? Value), ulong[]>? _periods;

    private TrendsParts(
        TrendsQuery query, TrendsPoints points, ImmutableArray<Cell[]> cells, ImmutableDictionary<(int Series, bool Current, string? Value), ulong[]>? periods) =>
        (_query, _points, _cells, _periods) = (query, points, cells, periods);

    /// <summary>Memory held, roughly.</summary>
    public long Bytes =>
        _cells.Sum(p => 32L + (p.Length * 64L) + p.Sum(c => (c.Value is null ? 0L : 24 + (2L * c.Value.Length)) + (c.Persons?.Bytes ?? 0))) +
        (_periods?.Values.Sum(p => 8L * p.Length) ?? 0);

    /// <summary>Whether events that are removed stay in its persons.</summary>
    public bool KeepsRemoved => _periods is not null;

    /// <summary>
    /// Whether a trend's answer can be put together from its points. Percentiles of a range need every number, and groups have no keys that
    /// fit into sets. What looks back over days does so by sets of days. A member of a query that is not known here might change what points mean.
    /// </summary>
    public static bool AddsUp(TrendsQuery query) =>
        query.Series.All(s => !s.PerPerson && s.Math is TrendsMath.Total or TrendsMath.Sum or TrendsMath.Average or TrendsMath.Min or TrendsMath.Max or TrendsMath.UniquePersons ||
            (s.Math.IsRolling && query is { Interval: Interval.Day, Breakdown: null })) &&
        !(query.Unit is not null && CountsPersons(query)) && !ReadsGroups(query) && HasOnlyKnownMembers(query);

    /// <summary>Whether merging persons changes it.</summary>
    public static bool CountsPersons(TrendsQuery query) => query.Series.Any(s => CountsPersons(s.Math));

    /// <summary>All points.</summary>
    public static TrendsTouched All(TrendsPoints points) => new([(0, points.Count - 1)]);

    /// <summary>The points to compute: those in which events were added, and those missing; a few stretches that hold them where they are many.</summary>
    /// <param name="missing">Ascending.</param>
    public static TrendsTouched Touched(TrendsPoints points, IReadOnlyList<ChangedRange> ranges, IReadOnlyList<int> missing)
    {
        var stretches = new List<(int First, int Last)>();
        var nextMissing = 0;
        for (var i = 0; i < points.Count; i++)
        {
            var (from, to) = points.Span(i);
            var isMissing = nextMissing < missing.Count && missing[nextMissing] == i;
            nextMissing += isMissing ? 1 : 0;
            if (!isMissing && !ranges.Any(r => r.Touches(from, to)))
            {
                continue;
            }

            if (stretches.Count > 0 && stretches[^1].Last == i - 1)
            {
                stretches[^1] = (stretches[^1].First, i);
            }
            else
            {
                stretches.Add((i, i));
            }
        }

        while (stretches.Count > MaxStretches)
        {
            var nearest = Enumerable.Range(1, stretches.Count - 1).MinBy(i => stretches[i].First - stretches[i - 1].Last);
            stretches[nearest - 1] = (stretches[nearest - 1].First, stretches[nearest].Last);
            stretches.RemoveAt(nearest);
        }

        return new TrendsTouched(stretches);
    }

    /// <summary>Rows for <see cref="With(TrendsTouched, QueryRows, long)"/>, of one snapshot.</summary>
    /// <param name="touched">At least one stretch.</param>
    public static StoreQuery Compile(TrendsQuery query, TrendsPoints points, TrendsTouched touched, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var sources = new StringBuilder();
        var groups = new StringBuilder();
        var bucket = BucketSql.Index(statement.Dialect, statement.Dialect.Micros("e.\"timestamp\""), points.Ranges);
        for (var i = 0; i < query.Series.Count; i++)
        {
            var series = query.Series[i];
            var persons = CountsPersons(series.Math);
            sources.Append(i == 0 ? "WITH " : ", ");
            sources.Append(CultureInfo.InvariantCulture, $"d{i} AS {statement.Dialect.Materialized(persons)}(");
            for (var s = 0; s < touched.Stretches.Count; s++)
            {
                var from = points.Span(touched.Stretches[s].First).From;
                var to = points.Span(touched.Stretches[s].Last).To;
                var value = query.Breakdown is { } breakdown
                    ? statement.Dialect.Left(statement.AsText(breakdown.Property), QueryLimits.BreakdownValueLength)
                    : "CAST(NULL AS VARCHAR)";
                var columns = $"{value} AS v{(persons ? $", {PersonSql.Key} AS k" : series.Property is null ? "" : $", {statement.AsNumber(series.Property)} AS x")}";
                sources.Append(CultureInfo.InvariantCulture,
                    $"{(s == 0 ? "" : " UNION ALL ")}SELECT {(persons ? "DISTINCT " : "")}{bucket} AS b, {TrendsCompiler.Period(statement, points.Time)} AS p, {columns} FROM {{events}} AS e WHERE {statement.Within(from, to)} AND {TrendsCompiler.Condition(statement, series, query.Filters)}");
            }

            sources.Append(')');
            groups.Append(i == 0 ? "" : " UNION ALL ");
            if (persons)
            {
                // Persons of points; where these are too many, of periods.
                var all = string.Create(CultureInfo.InvariantCulture, $"d{i}, (SELECT count(k) AS m FROM d{i})");
                groups.Append(CultureInfo.InvariantCulture,
                    $"SELECT {i} AS s, b, p, v, CAST(count(k) AS DOUBLE) AS n, 0 AS c, list(k) FILTER (WHERE k IS NOT NULL AND m <= {MaxPointPersons}) AS k FROM {all} GROUP BY b, p, v ");
                groups.Append(CultureInfo.InvariantCulture,
                    $"UNION ALL SELECT {i}, NULL, p, v, NULL, 0, CASE WHEN sum(count(*)) OVER () <= {MaxPersons} THEN list(k) END FROM (SELECT DISTINCT p, v, k FROM {all} WHERE k IS NOT NULL AND m > {MaxPointPersons}) GROUP BY p, v");
            }
            else
            {
                groups.Append(CultureInfo.InvariantCulture,
                    $"SELECT {i} AS s, b, p, v, {Numbers(series.Math)}, CAST(NULL AS BIGINT[]) AS k FROM d{i} GROUP BY b, p, v");
            }
        }

        var (begin, end) = (points.Span(touched.Stretches[0].First).From, points.Span(touched.Stretches[^1].Last).To);
        return statement.Finish(
            string.Create(CultureInfo.InvariantCulture, $"{sources} SELECT s, b, p, v, n, c, k FROM ({groups}) LIMIT {MaxCells + 1}"), begin, end, MaxCells + 1);
    }

    /// <summary>Without anything in any point.</summary>
    public static TrendsParts None(TrendsQuery query, TrendsPoints points) => new(query, points, [.. Enumerable.Repeat<Cell[]>([], points.Count)], null);

    /// <summary>
    /// These parts for other points, and which of them are missing, ascending: nothing is in them, and they have to be computed. Null where points mean
    /// nothing without the others.
    /// </summary>
    public (TrendsParts Parts, IReadOnlyList<int> Missing)? At(TrendsPoints points)
    {
        if (points.AreThose(_points))
        {
            return (new TrendsParts(_query, points, _cells, _periods), []);
        }

        if (_periods is not null)
        {
            return null;
        }

        var cells = new Cell[points.Count][];
        var missing = new List<int>();
        var own = 0;
        for (var i = 0; i < cells.Length; i++)
        {
            var span = points.Span(i);
            while (own < _points.Count && _points.Span(own).From < span.From)
            {
                own++;
            }

            if (own < _points.Count && _points.Span(own) == span)
            {
                cells[i] = _cells[own];
            }
            else
            {
                cells[i] = [];
                missing.Add(i);
            }
        }

        return (new TrendsParts(_query, points, [.. cells], null), missing);
    }

    /// <summary>With persons who were merged into others in their place; null where the persons of points are not kept, or a key is too high.</summary>
    public TrendsParts? With(IReadOnlyList<MergedPerson> merged)
    {
        if (merged.Count == 0 || !CountsPersons(_query))
        {
            return this;
        }

        if (_periods is not null)
        {
            return null;
        }

        var points = _cells.ToBuilder();
        for (var i = 0; i < points.Count; i++)
        {
            var cells = new Cell[points[i].Length];
            for (var c = 0; c < cells.Length; c++)
            {
                var cell = points[i][c];
                if (cell.Persons is { } persons)
                {
                    if (persons.With(merged) is not { } now)
                    {
                        return null;
                    }

                    cell = now == persons ? cell : cell with { Number = now.Count, Persons = now };
                }

                cells[c] = cell;
            }

            points[i] = cells;
        }

        return new TrendsParts(_query, _points, points.ToImmutable(), null);
    }

    /// <summary>With the points touched replaced; null where there are too many groups or persons.</summary>
    /// <param name="pointPersonsBytes">Of all sets of persons of points at most; past it those of periods are kept.</param>
    public TrendsParts? With(TrendsTouched touched, QueryRows rows, long pointPersonsBytes)
    {
        if (rows.Rows.Count > MaxCells)
        {
            return null;
        }

        var cells = new Dictionary<int, List<Cell>>();
        var wholes = new List<((int Series, bool Current, string? Value) Period, PersonKeys Persons)>();
        var byPoint = _periods is null;
        foreach (var row in rows.Rows)
        {
            var series = (int)ToLong(row[0]);
            var (value, number) = ((string?)row[3], (double?)row[4]);
            PersonKeys? persons = null;
            if (CountsPersons(_query.Series[series].Math))
            {
                persons = row[6] is System.Collections.IList keys ? PersonKeys.Of(keys) : number is 0 ? PersonKeys.None : null;
                if (persons is null && (row[1] is null || row[6] is not null))
                {
                    return null;
                }

                byPoint &= persons is not null;
            }

            if (row[1] is null)
            {
                wholes.Add(((series, (bool)row[2]!, value), persons!));
                continue;
            }

            var point = (int)ToLong(row[1]);
            if (!cells.TryGetValue(point, out var list))
            {
                cells.Add(point, list = []);
            }

            list.Add(new Cell(series, value, number, ToLong(row[5]), persons));
        }

        var points = _cells.ToBuilder();
        foreach (var (first, last) in touched.Stretches)
        {
            for (var i = first; i <= last; i++)
            {
                points[i] = cells.TryGetValue(i, out var list) ? [.. list] : [];
            }
        }

        if (points.Sum(p => p.Length) > MaxCells)
        {
            return null;
        }

        return byPoint && points.Sum(p => p.Sum(c => c.Persons?.Bytes ?? 0)) <= Math.Min(pointPersonsBytes, MaxPointPersonsBytes)
            ? new TrendsParts(_query, _points, points.ToImmutable(), null)
            : ByPeriod(points.ToImmutable(), wholes);
    }

    /// <summary>The answer, of a version of the data.</summary>
    public TrendsResult Answer(long dataVersion, DateTimeOffset computedAt)
    {
        var lines = new List<TrendsLine>();
        var persons = new PersonUnion();
        for (var i = 0; i < _query.Series.Count; i++)
        {
            AddLines(i, lines, persons);
        }

        return TrendsLine.Answer(_query, _points.Time, lines, dataVersion, computedAt, TimeSpan.Zero);
    }

    private static bool CountsPersons(TrendsMath math) => math is TrendsMath.UniquePersons || math.IsRolling;

    private static string Numbers(TrendsMath math) => math switch
    {
        TrendsMath.Sum or TrendsMath.Average => "sum(x) AS n, count(x) AS c",
        TrendsMath.Min => "min(x) AS n, count(x) AS c",
        TrendsMath.Max => "max(x) AS n, count(x) AS c",
        _ => "CAST(count(*) AS DOUBLE) AS n, count(*) AS c",
    };

    /// <summary>What a group is told changes events of all times.</summary>
    private static bool ReadsGroups(TrendsQuery query) =>
        query.Filters.Concat(query.Series.SelectMany(s => s.Filters)).Select(f => f.Property)
            .Concat(query.Series.Select(s => s.Property ?? "")).Append(query.Breakdown?.Property ?? "").Any(p => PropertyNames.OfGroup(p) is not null);

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

    /// <summary>With the persons of each period as one set, and none of points; null where they are too many, or where points need their own.</summary>
    /// <param name="wholes">Of periods, where those of points did not come.</param>
    private TrendsParts? ByPeriod(ImmutableArray<Cell[]> cells, List<((int Series, bool Current, string? Value) Period, PersonKeys Persons)> wholes)
    {
        if (_query.Cumulative || _query.Series.Any(static s => s.Math.IsRolling))
        {
            return null;
        }

        var periods = (_periods ?? ImmutableDictionary<(int Series, bool Current, string? Value), ulong[]>.Empty).ToBuilder();
        var copied = new HashSet<(int Series, bool Current, string? Value)>();
        foreach (var (period, persons) in wholes)
        {
            Add(period, persons);
        }

        for (var i = 0; i < cells.Length; i++)
        {
            foreach (var cell in cells[i])
            {
                if (cell.Persons is { } persons)
                {
                    Add((cell.Series, i >= _points.Present, cell.Value), persons);
                }
            }
        }

        var parts = new TrendsParts(
            _query, _points, [.. cells.Select(static p => Array.ConvertAll(p, static c => c.Persons is null ? c : c with { Persons = null }))], periods.ToImmutable());
        return periods.Values.Sum(static p => 8L * p.Length) > MaxPersonsBytes || !parts.ShowsAllPersons() ? null : parts;

        void Add((int Series, bool Current, string? Value) period, PersonKeys persons)
        {
            var bits = periods.GetValueOrDefault(period) ?? [];
            bits = copied.Add(period) ? [.. bits] : bits;
            persons.AddTo(ref bits);
            periods[period] = bits;
        }
    }

    /// <summary>Whether no persons are in what lies past a breakdown's limit: of those together only the persons of each point could tell who is the same.</summary>
    private bool ShowsAllPersons()
    {
        if (_query.Breakdown is not { } breakdown || !CountsPersons(_query))
        {
            return true;
        }

        for (var i = 0; i < _query.Series.Count; i++)
        {
            if (!CountsPersons(_query.Series[i].Math))
            {
                continue;
            }

            var shown = Ranks(i, breakdown.Limit, new PersonUnion());
            if (_cells.Any(p => p.Any(c => c.Series == i && !shown.ContainsKey(ValueTuple.Create(c.Value)))))
            {
                return false;
            }
        }

        return true;
    }

    private void AddLines(int series, List<TrendsLine> results, PersonUnion persons)
    {
        var ranks = _query.Breakdown is { } breakdown ? Ranks(series, breakdown.Limit, persons) : null;
        var lines = new SortedDictionary<int, Line>();
        if (ranks is null)
        {
            lines.Add(0, new Line(null, _points.Count));
        }

        var math = _query.Series[series].Math;
        for (var i = 0; i < _cells.Length; i++)
        {
            foreach (var cell in _cells[i])
            {
                if (cell.Series != series)
                {
                    continue;
                }

                var rank = ranks is null ? 0 : ranks.GetValueOrDefault(ValueTuple.Create(cell.Value), int.MaxValue);
                if (!lines.TryGetValue(rank, out var line))
                {
                    lines.Add(rank, line = new Line(rank == int.MaxValue ? TrendsSeriesResult.Other : cell.Value, _points.Count));
                }

                line.Points[i].Add(math, cell);
                if (cell.Persons is { } own)
                {
                    (line.Persons[i] ??= []).Add(own);
                }
            }
        }

        foreach (var (rank, line) in lines)
        {
            results.Add(ToLine(series, rank, line, persons));
        }
    }

    /// <summary>The values shown, by the present period, in the order of the compiled statement.</summary>
    private Dictionary<ValueTuple<string?>, int> Ranks(int series, int limit, PersonUnion persons)
    {
        var measures = _query.Formulas.Count == 0 ? [Measures(series, persons)] : Enumerable.Range(0, _query.Series.Count).Select(i => Measures(i, persons)).ToList();
        var ordered = measures.SelectMany(m => m.Keys).Distinct().OrderBy(static _ => 0);
        foreach (var measure in measures)
        {
            ordered = ordered.ThenByDescending(v => measure.TryGetValue(v, out var size) ? size : double.NegativeInfinity);
        }

        var ranks = new Dictionary<ValueTuple<string?>, int>();
        foreach (var value in ordered.ThenBy(v => v.Item1, TextOrder.Instance).Take(limit))
        {
            ranks.Add(value, ranks.Count);
        }

        return ranks;
    }

    private Dictionary<ValueTuple<string?>, double> Measures(int series, PersonUnion persons)
    {
        var measures = new Dictionary<ValueTuple<string?>, double>();
        var sets = new Dictionary<ValueTuple<string?>, List<PersonKeys>>();
        var math = _query.Series[series].Math;
        for (var i = _points.Present; i < _cells.Length; i++)
        {
            foreach (var cell in _cells[i])
            {
                if (cell.Series != series || cell.Value == TrendsSeriesResult.Other)
                {
                    continue;
                }

                var key = ValueTuple.Create(cell.Value);
                measures[key] = measures.GetValueOrDefault(key) + (math is TrendsMath.Sum ? cell.Number ?? 0 : cell.Count);
                if (cell.Persons is { } own)
                {
                    if (!sets.TryGetValue(key, out var list))
                    {
                        sets.Add(key, list = []);
                    }

                    list.Add(own);
                }
            }
        }

        if (CountsPersons(math))
        {
            foreach (var key in measures.Keys)
            {
                measures[key] = _periods is null ? persons.Of(sets[key]) : Persons(series, true, key.Item1);
            }
        }

        return measures;
    }

    /// <summary>Of a period as a whole, where these are kept.</summary>
    private int Persons(int series, bool current, string? value) =>
        _periods!.TryGetValue((series, current, value), out var bits) ? bits.Sum(static b => BitOperations.PopCount(b)) : 0;

    private TrendsLine ToLine(int index, int rank, Line line, PersonUnion persons)
    {
        var math = _query.Series[index].Math;
        var (previous, present) = (_points.Previous, _points.Present);
        var before = _points.Time.Previous is null ? null : Values(previous, present);
        return new TrendsLine(index, rank == int.MaxValue ? long.MaxValue : rank, line.Breakdown, Values(present, _points.Count), before)
        {
            Total = Total(present, _points.Count, true),
            PreviousTotal = Total(previous, present, false),
        };

        double?[] Values(int first, int end)
        {
            var values = new double?[end - first];
            var whole = default(Sum);
            persons.Clear();
            for (var i = first; i < end; i++)
            {
                whole.Add(math, line.Points[i]);
                values[i - first] = CountsPersons(math) && _periods is null ? Persons(i) : (_query.Cumulative ? whole : line.Points[i]).Value(math);
            }

            return values;
        }

        int Persons(int point)
        {
            if (math.IsRolling)
            {
                return persons.Of(Of(_points.First(math, point), point + 1));
            }

            IReadOnlyList<PersonKeys> own = line.Persons[point] ?? [];
            if (!_query.Cumulative)
            {
                return persons.Of(own);
            }

            foreach (var keys in own)
            {
                persons.Add(keys);
            }

            return persons.Count;
        }

        IReadOnlyList<PersonKeys> Of(int first, int end) => [.. line.Persons[first..end].SelectMany(static p => p ?? [])];

        double? Total(int first, int end, bool current)
        {
            if (math.IsRolling)
            {
                return first == end ? math.OfNothing : Persons(end - 1);
            }

            if (CountsPersons(math))
            {
                return _periods is null ? persons.Of(Of(first, end)) : this.Persons(index, current, line.Breakdown);
            }

            var whole = default(Sum);
            for (var i = first; i < end; i++)
            {
                whole.Add(math, line.Points[i]);
            }

            return whole.Value(math);
        }
    }

    private static long ToLong(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);

    /// <param name="Persons">Null where none are counted, and where those of periods are kept.</param>
    private sealed record Cell(int Series, string? Value, double? Number, long Count, PersonKeys? Persons);

    private sealed class Line(string? breakdown, int points)
    {
        public string? Breakdown => breakdown;

        public Sum[] Points { get; } = new Sum[points];

        public List<PersonKeys>?[] Persons { get; } = new List<PersonKeys>?[points];
    }

    /// <summary>Groups put together.</summary>
    private struct Sum
    {
        private double? _number;
        private long _count;

        public void Add(TrendsMath math, Cell cell) => Add(math, cell.Number, cell.Count);

        public void Add(TrendsMath math, Sum other) => Add(math, other._number, other._count);

        public readonly double? Value(TrendsMath math)
        {
            var value = math is TrendsMath.Average ? _count == 0 ? null : _number / _count : _number;
            return value is not { } number ? math.OfNothing : double.IsFinite(number) ? number : null;
        }

        private void Add(TrendsMath math, double? number, long count)
        {
            _count += count;
            if (number is { } added)
            {
                _number = _number is not { } known ? added : math switch
                {
                    TrendsMath.Min => Math.Min(known, added),
                    TrendsMath.Max => Math.Max(known, added),
                    _ => known + added,
                };
            }
        }
    }
}

/// <summary>Stretches of points in order, first and last included.</summary>
public sealed record TrendsTouched(IReadOnlyList<(int First, int Last)> Stretches)
{
    /// <summary>Points.</summary>
    public int Count => Stretches.Sum(static s => s.Last - s.First + 1);

    public bool Holds(TrendsTouched other) =>
        other.Stretches.All(o => Stretches.Any(s => s.First <= o.First && s.Last >= o.Last));
}
