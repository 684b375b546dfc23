using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// A trend in parts that add up: for each point, series and value what a group of events comes to, with its persons, or with every number where percentiles need them. Points that
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

    /// <summary>Different numbers, or numbers of persons, of a series that are handed over at once.</summary>
    private const int MaxNumbers = 500_000;

    /// <summary>Of all sets of points; past it those of persons of periods are kept.</summary>
    private const long MaxPointSetsBytes = 8 * 1_024 * 1_024;

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
    private readonly ImmutableArray<TrendsCell[]> _cells;

    /// <summary>Bits by key; null where the persons of each point are kept.</summary>
    private readonly ImmutableDictionary<(int Series, bool Current, string? Value), ulong[]>? _periods;

    private TrendsParts(
        TrendsQuery query, TrendsPoints points, ImmutableArray<TrendsCell[]> cells, ImmutableDictionary<(int Series, bool Current, string? Value), ulong[]>? periods) =>
        (_query, _points, _cells, _periods) = (query, points, cells, periods);

    /// <summary>Memory held, roughly.</summary>
    public long Bytes =>
        _cells.Sum(static p => 32L + p.Sum(static c => c.Bytes)) +
        (_periods?.Values.Sum(p => 8L * p.Length) ?? 0);

    /// <summary>Whether events that are removed stay in its persons.</summary>
    public bool KeepsRemoved => _periods is not null;

    /// <summary>
    /// Whether a trend's answer can be put together from its points. First times depend on all that was before, and sessions and groups have no keys that
    /// fit into sets. What looks back over days does so by sets of days. A member of a query that is not known here might change what points mean.
    /// </summary>
    public static bool AddsUp(TrendsQuery query) =>
        query.Series.All(s => s.PerPerson || s.Math.IsPercentile || s.Math is TrendsMath.Total or TrendsMath.Sum or TrendsMath.Average or TrendsMath.Min or TrendsMath.Max or TrendsMath.UniquePersons ||
            (s.Math.IsRolling && query.Interval is not Interval.Minute and not Interval.Hour)) &&
        !(query.Unit is not null && ReadsPersons(query)) && !ReadsGroups(query) && HasOnlyKnownMembers(query);

    /// <summary>Whether merging persons changes it.</summary>
    public static bool ReadsPersons(TrendsQuery query) => query.Series.Any(static s => s.PerPerson || CountsPersons(s.Math));

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

    /// <summary>Rows for <see cref="Read"/>, of one snapshot.</summary>
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
            var persons = CountsPersons(series);
            sources.Append(i == 0 ? "WITH " : ", ");
            sources.Append(CultureInfo.InvariantCulture, $"d{i} AS {statement.Dialect.Materialized(persons)}(");
            for (var s = 0; s < touched.Stretches.Count; s++)
            {
                var from = points.Span(touched.Stretches[s].First).From;
                var to = points.Span(touched.Stretches[s].Last).To;
                var value = query.Breakdown is { } breakdown
                    ? statement.Dialect.Left(statement.AsText(breakdown.Property), QueryLimits.BreakdownValueLength)
                    : "CAST(NULL AS VARCHAR)";
                var columns = $"{value} AS v{(persons || series.PerPerson ? $", {PersonSql.Key} AS k" : "")}{(series.Property is null ? "" : $", {statement.AsNumber(series.Property)} AS x")}";
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
                    $"SELECT {i} AS s, b, p, v, CAST(count(k) AS DOUBLE) AS n, 0 AS c, list(k) FILTER (WHERE k IS NOT NULL AND m <= {MaxPointPersons}) AS k, CAST(NULL AS DOUBLE[]) AS x FROM {all} GROUP BY b, p, v ");
                groups.Append(CultureInfo.InvariantCulture,
                    $"UNION ALL SELECT {i}, NULL, p, v, NULL, 0, CASE WHEN sum(count(*)) OVER () <= {MaxPersons} THEN list(k) END, NULL FROM (SELECT DISTINCT p, v, k FROM {all} WHERE k IS NOT NULL AND m > {MaxPointPersons}) GROUP BY p, v");
            }
            else if (KeepsNumbers(series))
            {
                // Of each person its number; else each number and how often it came.
                var (key, each, order, known) = series.PerPerson
                    ? ("k", series.Property is null ? "CAST(count(*) AS DOUBLE) AS x, count(*) AS c" : "sum(x) AS x, count(x) AS c", "k", "k IS NOT NULL AND c > 0")
                    : ("x", "count(*) AS c", "x", "x IS NOT NULL");
                var kept = string.Create(CultureInfo.InvariantCulture, $"FILTER (WHERE {known} AND m <= {MaxNumbers})");
                groups.Append(CultureInfo.InvariantCulture,
                    $"SELECT {i} AS s, b, p, v, CAST(NULL AS DOUBLE) AS n, CAST(coalesce(sum(c) FILTER (WHERE {known}), 0) AS BIGINT) AS c, ");
                groups.Append(CultureInfo.InvariantCulture,
                    $"list({(series.PerPerson ? "k" : "c")} ORDER BY {order}) {kept} AS k, list(x ORDER BY {order}) {kept} AS x FROM (SELECT *, count(*) OVER () AS m FROM (SELECT b, p, v, {key}, {each} FROM d{i} GROUP BY b, p, v, {key})) GROUP BY b, p, v");
            }
            else
            {
                groups.Append(CultureInfo.InvariantCulture,
                    $"SELECT {i} AS s, b, p, v, {Numbers(series.Math)}, CAST(NULL AS BIGINT[]) AS k, CAST(NULL AS DOUBLE[]) AS x FROM d{i} GROUP BY b, p, v");
            }
        }

        var (begin, end) = (points.Span(touched.Stretches[0].First).From, points.Span(touched.Stretches[^1].Last).To);
        return statement.Finish(
            string.Create(CultureInfo.InvariantCulture, $"{sources} SELECT s, b, p, v, n, c, k, x FROM ({groups}) LIMIT {MaxCells + 1}"), begin, end, MaxCells + 1);
    }

    /// <summary>Without anything in any point.</summary>
    public static TrendsParts None(TrendsQuery query, TrendsPoints points) => new(query, points, [.. Enumerable.Repeat<TrendsCell[]>([], points.Count)], null);

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

        var cells = new TrendsCell[points.Count][];
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
        if (merged.Count == 0 || !ReadsPersons(_query))
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
            var cells = new TrendsCell[points[i].Length];
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
                else if (cell.Each is { } each)
                {
                    if (each.With(merged) is not { } now)
                    {
                        return null;
                    }

                    cell = now == each ? cell : cell with { Each = now };
                }

                cells[c] = cell;
            }

            points[i] = cells;
        }

        return new TrendsParts(_query, _points, points.ToImmutable(), null);
    }

    /// <summary>The cells that rows of <see cref="Compile"/> are; null where there are too many groups, persons or numbers.</summary>
    public static TrendsCells? Read(TrendsQuery query, QueryRows rows)
    {
        if (rows.Rows.Count > MaxCells)
        {
            return null;
        }

        var cells = new List<(int Point, TrendsCell Cell)>(rows.Rows.Count);
        var wholes = new List<((int Series, bool Current, string? Value) Period, PersonKeys Persons)>();
        foreach (var row in rows.Rows)
        {
            var index = (int)ToLong(row[0]);
            var cell = new TrendsCell(index, (string?)row[3], (double?)row[4], ToLong(row[5]));
            if (CountsPersons(query.Series[index]))
            {
                var persons = row[6] is IList keys ? PersonKeys.Of(keys) : cell.Number is 0 ? PersonKeys.None : null;
                if (persons is null && (row[1] is null || row[6] is not null))
                {
                    return null;
                }

                if (row[1] is null)
                {
                    wholes.Add(((index, (bool)row[2]!, cell.Value), persons!));
                    continue;
                }

                cell = cell with { Persons = persons };
            }
            else if (KeepsNumbers(query.Series[index]))
            {
                if (WithNumbers(query.Series[index], cell, row[6] as IList, row[7] as IList) is not { } with)
                {
                    return null;
                }

                cell = with;
            }

            cells.Add(((int)ToLong(row[1]), cell));
        }

        return new TrendsCells(cells, wholes, rows.DataVersion);
    }

    /// <summary>With the points touched replaced; null where there are too many groups, persons or numbers.</summary>
    /// <param name="cells">All of those points.</param>
    /// <param name="pointSetsBytes">Of all sets of points at most; past it persons of periods are kept.</param>
    public TrendsParts? With(TrendsTouched touched, TrendsCells cells, long pointSetsBytes)
    {
        var points = _cells.ToBuilder();
        foreach (var (first, last) in touched.Stretches)
        {
            for (var i = first; i <= last; i++)
            {
                points[i] = [];
            }
        }

        foreach (var point in cells.All.GroupBy(static c => c.Point, static c => c.Cell))
        {
            points[point.Key] = [.. point];
        }

        if (points.Sum(static p => p.Length) > MaxCells)
        {
            return null;
        }

        var byPoint = _periods is null && cells.All.All(c => c.Cell.Persons is not null || !CountsPersons(_query.Series[c.Cell.Series]));
        return byPoint && points.Sum(static p => p.Sum(static c => c.SetBytes)) <= Math.Min(pointSetsBytes, MaxPointSetsBytes)
            ? new TrendsParts(_query, _points, points.ToImmutable(), null)
            : ByPeriod(points.ToImmutable(), cells.Periods);
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

    private static bool CountsPersons(TrendsSeries series) => CountsPersons(series.Math);

    private static bool CountsPersons(TrendsMath math) => math is TrendsMath.UniquePersons || math.IsRolling;

    /// <summary>Whether the whole is made of more than what each point comes to: of every number, or of those of each person.</summary>
    private static bool KeepsNumbers(TrendsSeries series) => series.PerPerson || series.Math.IsPercentile;

    /// <summary>Null where they are too many to be handed over, or not such that can be kept.</summary>
    private static TrendsCell? WithNumbers(TrendsSeries series, TrendsCell cell, IList? keys, IList? numbers)
    {
        if (keys is null || numbers is null)
        {
            return cell.Count > 0 ? null : series.PerPerson ? cell with { Each = PersonNumbers.None } : cell with { Numbers = NumberCounts.None };
        }

        return series.PerPerson
            ? PersonNumbers.Of(keys, numbers) is { } each ? cell with { Each = each } : null
            : NumberCounts.Of(numbers, keys) is { } counts ? cell with { Numbers = counts } : null;
    }

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
    private TrendsParts? ByPeriod(ImmutableArray<TrendsCell[]> cells, IReadOnlyList<((int Series, bool Current, string? Value) Period, PersonKeys Persons)> wholes)
    {
        if (_query.Cumulative || _query.Series.Any(static s => s.Math.IsRolling || KeepsNumbers(s)))
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
        if (_query.Breakdown is not { } breakdown || !_query.Series.Any(CountsPersons))
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
            foreach (var cell in _points.Counts(math, i) ? _cells[i] : [])
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

                (line.Points[i] ??= []).Add(cell);
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
        for (var i = 0; i < _cells.Length; i++)
        {
            foreach (var cell in _points.CountsNow(math, i) ? _cells[i] : [])
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
        var series = _query.Series[index];
        var math = series.Math;
        var (present, end) = (_points.PresentBucket, _points.Buckets);
        var before = _points.Time.Previous is null ? null : Values(0, present);
        return new TrendsLine(index, rank == int.MaxValue ? long.MaxValue : rank, line.Breakdown, Values(present, end), before)
        {
            Total = Total(present, end, true),
            PreviousTotal = Total(0, present, false),
        };

        double?[] Values(int first, int last)
        {
            var values = new double?[last - first];
            var whole = default(Sum);
            persons.Clear();
            for (var i = first; i < last; i++)
            {
                var cells = line.Of(_points.Of(math, i));
                if (!_query.Cumulative)
                {
                    values[i - first] = Value(cells);
                }
                else if (CountsPersons(math))
                {
                    foreach (var cell in cells)
                    {
                        persons.Add(cell.Persons!);
                    }

                    values[i - first] = persons.Count;
                }
                else
                {
                    whole.Add(math, cells);
                    values[i - first] = whole.Value(math);
                }
            }

            return values;
        }

        double? Total(int first, int last, bool current)
        {
            if (first == last)
            {
                return math.OfNothing;
            }

            if (CountsPersons(math) && _periods is not null)
            {
                return Persons(index, current, line.Breakdown);
            }

            // What looks back counts as its last point does.
            return Value(line.Of((_points.Of(math, math.IsRolling ? last - 1 : first).First, _points.Of(math, last - 1).End)));
        }

        double? Value(IReadOnlyList<TrendsCell> cells)
        {
            double? value;
            if (CountsPersons(math) && _periods is null)
            {
                return persons.Of([.. cells.Select(static c => c.Persons!)]);
            }

            if (series.PerPerson)
            {
                value = PersonNumbers.Over(math, [.. cells.Select(static c => c.Each!)]);
            }
            else if (math.IsPercentile)
            {
                value = NumberCounts.Percentile(math, [.. cells.Select(static c => c.Numbers!)]);
            }
            else
            {
                var sum = default(Sum);
                sum.Add(math, cells);
                return sum.Value(math);
            }

            return value is { } number && double.IsFinite(number) ? number : null;
        }
    }

    private static long ToLong(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);

    private sealed class Line(string? breakdown, int points)
    {
        public string? Breakdown => breakdown;

        public List<TrendsCell>?[] Points { get; } = new List<TrendsCell>?[points];

        /// <summary>The cells of some points.</summary>
        /// <param name="span">Half-open.</param>
        public List<TrendsCell> Of((int First, int End) span) =>
            span.End - span.First == 1 ? Points[span.First] ?? [] : [.. Points[span.First..span.End].SelectMany(static p => p ?? [])];
    }

    /// <summary>Groups put together.</summary>
    private struct Sum
    {
        private double? _number;
        private long _count;

        public void Add(TrendsMath math, IReadOnlyList<TrendsCell> cells)
        {
            foreach (var cell in cells)
            {
                Add(math, cell.Number, cell.Count);
            }
        }

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
