using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// A trend in parts that add up: for each point, series and value what a group of events comes to, and the persons of a
/// period as a set. Points that new events touched are replaced, and the answer is put together again without reading
/// the others. Events are only ever added, so persons are too; who takes some away begins anew. Immutable.
/// </summary>
public sealed class TrendsParts
{
    /// <summary>Groups that are kept at most; past it adding up would cost more than it saves.</summary>
    private const int MaxCells = 50_000;

    /// <summary>Persons of a series that are handed over at once, those of each value and period counted apart.</summary>
    private const int MaxPersons = 1_000_000;

    /// <summary>Of all sets of persons.</summary>
    private const long MaxPersonsBytes = 16 * 1_024 * 1_024;

    /// <summary>The highest person key: eight megabytes of bits for a set.</summary>
    private const long MaxKey = 64L * 1_024 * 1_024;

    /// <summary>Each stretch of time is a scan of its own.</summary>
    private const int MaxStretches = 4;

    private static readonly string[] QueryMembers =
        ["kind", "series", "range", "interval", "filters", "breakdown", "compare", "unit", "formulas", "smoothing", "cumulative"];
    private static readonly string[] SeriesMembers = ["event", "math", "property", "perPerson", "name", "filters", "hidden"];
    private static readonly string[] BreakdownMembers = ["property", "limit"];

    private readonly TrendsQuery _query;
    private readonly TrendsTime _time;
    private readonly ImmutableArray<Cell[]> _points;
    private readonly ImmutableDictionary<(int Series, bool Current, string? Value), ulong[]> _persons;

    private TrendsParts(
        TrendsQuery query, TrendsTime time, ImmutableArray<Cell[]> points, ImmutableDictionary<(int Series, bool Current, string? Value), ulong[]> persons) =>
        (_query, _time, _points, _persons) = (query, time, points, persons);

    /// <summary>Memory held, roughly.</summary>
    public long Bytes => _points.Sum(p => 32L + (p.Length * 56L) + p.Sum(c => c.Value is null ? 0L : 24 + (2L * c.Value.Length))) + _persons.Values.Sum(p => 8L * p.Length);

    /// <summary>
    /// Whether a trend's answer can be put together from its points. Percentiles of a range need every number, persons up to
    /// a point or beyond a breakdown's limit every person, and groups have no keys that fit into sets. A member of a query that is not known here might change what points mean.
    /// </summary>
    /// <param name="earlier">An answer to it.</param>
    public static bool AddsUp(TrendsQuery query, TrendsResult earlier) =>
        query.Series.All(s => !s.PerPerson && s.Math is TrendsMath.Total or TrendsMath.Sum or TrendsMath.Average or TrendsMath.Min or TrendsMath.Max or TrendsMath.UniquePersons) &&
        !((query.Cumulative || query.Unit is not null) && CountsPersons(query)) &&
        !(query.Breakdown is not null && earlier.Series.Any(s => s.Breakdown == TrendsSeriesResult.Other && s.Series < query.Series.Count && query.Series[s.Series].Math is TrendsMath.UniquePersons)) &&
        !ReadsGroups(query) && HasOnlyKnownMembers(query);

    /// <summary>Whether merging persons changes it.</summary>
    public static bool CountsPersons(TrendsQuery query) => query.Series.Any(s => s.Math is TrendsMath.UniquePersons);

    /// <summary>All points.</summary>
    public static TrendsTouched All(TrendsTime time) => new([(0, Count(time) - 1)]);

    /// <summary>The points in which events were added; a few stretches that hold them where they are many.</summary>
    public static TrendsTouched Touched(TrendsTime time, IReadOnlyList<ChangedRange> ranges)
    {
        var stretches = new List<(int First, int Last)>();
        for (var i = 0; i < Count(time); i++)
        {
            var (from, to) = Extent(time, i);
            if (!ranges.Any(r => r.Touches(from, to)))
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

    /// <summary>Rows for <see cref="Of"/> and <see cref="With"/>, of one snapshot.</summary>
    public static StoreQuery Compile(TrendsQuery query, TrendsTime time, TrendsTouched touched, ProjectId project, ProjectSchema schema, SqlDialect dialect)
    {
        var statement = new Statement(dialect, project, schema);
        var sources = new StringBuilder();
        var groups = new StringBuilder();
        for (var i = 0; i < query.Series.Count; i++)
        {
            var series = query.Series[i];
            var persons = series.Math is TrendsMath.UniquePersons;
            sources.Append(i == 0 ? "WITH " : ", ");
            sources.Append(CultureInfo.InvariantCulture, $"d{i} AS {statement.Dialect.Materialized(persons)}(");
            for (var s = 0; s < touched.Stretches.Count; s++)
            {
                var from = Extent(time, touched.Stretches[s].First).From;
                var to = Extent(time, touched.Stretches[s].Last).To;
                var value = query.Breakdown is { } breakdown
                    ? statement.Dialect.Left(statement.AsText(breakdown.Property), QueryLimits.BreakdownValueLength)
                    : "CAST(NULL AS VARCHAR)";
                var columns = $"{value} AS v{(persons ? $", {PersonSql.Key} AS k" : series.Property is null ? "" : $", {statement.AsNumber(series.Property)} AS x")}";
                sources.Append(CultureInfo.InvariantCulture,
                    $"{(s == 0 ? "" : " UNION ALL ")}SELECT {(persons ? "DISTINCT " : "")}{TrendsCompiler.Bucket(statement, time)} AS b, {TrendsCompiler.Period(statement, time)} AS p, {columns} FROM {{events}} AS e WHERE {statement.Within(from, to)} AND {TrendsCompiler.Condition(statement, series, query.Filters)}");
            }

            sources.Append(')');
            groups.Append(i == 0 ? "" : " UNION ALL ");
            if (persons)
            {
                groups.Append(CultureInfo.InvariantCulture,
                    $"SELECT {i} AS s, b, p, v, CAST(count(k) AS DOUBLE) AS n, 0 AS c, CAST(NULL AS BIGINT[]) AS k FROM d{i} GROUP BY b, p, v ");
                groups.Append(CultureInfo.InvariantCulture,
                    $"UNION ALL SELECT {i}, NULL, p, v, NULL, 0, CASE WHEN sum(count(*)) OVER () <= {MaxPersons} THEN list(k) END FROM (SELECT DISTINCT p, v, k FROM d{i} WHERE k IS NOT NULL) GROUP BY p, v");
            }
            else
            {
                groups.Append(CultureInfo.InvariantCulture,
                    $"SELECT {i} AS s, b, p, v, {Numbers(series.Math)}, CAST(NULL AS BIGINT[]) AS k FROM d{i} GROUP BY b, p, v");
            }
        }

        var (begin, end) = (Extent(time, touched.Stretches[0].First).From, Extent(time, touched.Stretches[^1].Last).To);
        return statement.Finish(
            string.Create(CultureInfo.InvariantCulture, $"{sources} SELECT s, b, p, v, n, c, k FROM ({groups}) LIMIT {MaxCells + 1}"), begin, end, MaxCells + 1);
    }

    /// <summary>From rows of all points; null where they are too many.</summary>
    public static TrendsParts? Of(TrendsQuery query, TrendsTime time, QueryRows rows) =>
        new TrendsParts(
            query, time, [.. Enumerable.Repeat<Cell[]>([], Count(time))], ImmutableDictionary<(int, bool, string?), ulong[]>.Empty).With(All(time), rows);

    /// <summary>With the points touched replaced; null where there are too many groups.</summary>
    public TrendsParts? With(TrendsTouched touched, QueryRows rows)
    {
        if (rows.Rows.Count > MaxCells)
        {
            return null;
        }

        var persons = _persons;
        long bytes = 0;
        var cells = new Dictionary<int, List<Cell>>();
        foreach (var row in rows.Rows)
        {
            var series = (int)ToLong(row[0]);
            if (row[1] is null)
            {
                var period = (series, (bool)row[2]!, (string?)row[3]);
                if (row[6] is not System.Collections.IList keys || Union(persons.GetValueOrDefault(period), keys) is not { } union ||
                    (bytes += 8L * union.Length) > MaxPersonsBytes)
                {
                    return null;
                }

                persons = persons.SetItem(period, union);
                continue;
            }

            var point = (int)ToLong(row[1]);
            if (!cells.TryGetValue(point, out var list))
            {
                cells.Add(point, list = []);
            }

            list.Add(new Cell(series, (string?)row[3], (double?)row[4], ToLong(row[5])));
        }

        var points = _points.ToBuilder();
        foreach (var (first, last) in touched.Stretches)
        {
            for (var i = first; i <= last; i++)
            {
                points[i] = cells.TryGetValue(i, out var list) ? [.. list] : [];
            }
        }

        var parts = new TrendsParts(_query, _time, points.ToImmutable(), persons);
        return points.Sum(p => p.Length) > MaxCells || persons.Values.Sum(p => 8L * p.Length) > MaxPersonsBytes || !parts.ShowsAllPersons() ? null : parts;
    }

    /// <summary>The answer, in place of that of an earlier version to the same query.</summary>
    public TrendsResult Answer(TrendsResult earlier)
    {
        var lines = new List<TrendsLine>();
        for (var i = 0; i < _query.Series.Count; i++)
        {
            AddLines(i, lines);
        }

        return earlier with { Series = TrendsLine.Finish(_query, _time, lines) };
    }

    private static int Count(TrendsTime time) => time.Current.Count + (time.Previous?.Count ?? 0);

    private static (long From, long To) Extent(TrendsTime time, int point)
    {
        var range = time.Current;
        var index = point;
        if (time.Previous is { } previous)
        {
            (range, index) = point < previous.Count ? (previous, point) : (time.Current, point - previous.Count);
        }

        return (Math.Max(range.From, range.Starts[index]), index + 1 < range.Count ? range.Starts[index + 1] : range.To);
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

    private static ulong[]? Union(ulong[]? known, System.Collections.IList keys)
    {
        long most = 0;
        foreach (var key in keys)
        {
            most = Math.Max(most, ToLong(key));
        }

        if (most > MaxKey)
        {
            return null;
        }

        var bits = new ulong[Math.Max(known?.Length ?? 0, (int)(most / 64) + 1)];
        known?.CopyTo(bits, 0);
        foreach (var key in keys)
        {
            var k = ToLong(key);
            bits[k / 64] |= 1UL << (int)(k % 64);
        }

        return bits;
    }

    /// <summary>Whether no persons are in what lies past a breakdown's limit: of those together only the events could tell who is the same.</summary>
    private bool ShowsAllPersons()
    {
        if (_query.Breakdown is not { } breakdown || !CountsPersons(_query))
        {
            return true;
        }

        var previous = _time.Previous?.Count ?? 0;
        for (var i = 0; i < _query.Series.Count; i++)
        {
            if (_query.Series[i].Math is not TrendsMath.UniquePersons)
            {
                continue;
            }

            var shown = Ranks(i, previous, breakdown.Limit);
            if (_points.Any(p => p.Any(c => c.Series == i && !shown.ContainsKey(ValueTuple.Create(c.Value)))))
            {
                return false;
            }
        }

        return true;
    }

    private void AddLines(int series, List<TrendsLine> results)
    {
        var previous = _time.Previous?.Count ?? 0;
        var ranks = _query.Breakdown is { } breakdown ? Ranks(series, previous, breakdown.Limit) : null;
        var lines = new SortedDictionary<int, Line>();
        if (ranks is null)
        {
            lines.Add(0, new Line(null, new Sum[_points.Length]));
        }

        for (var i = 0; i < _points.Length; i++)
        {
            foreach (var cell in _points[i])
            {
                if (cell.Series != series)
                {
                    continue;
                }

                var rank = ranks is null ? 0 : ranks.GetValueOrDefault(ValueTuple.Create(cell.Value), int.MaxValue);
                if (!lines.TryGetValue(rank, out var line))
                {
                    lines.Add(rank, line = new Line(rank == int.MaxValue ? TrendsSeriesResult.Other : cell.Value, new Sum[_points.Length]));
                }

                line.Points[i].Add(_query.Series[series].Math, cell);
            }
        }

        foreach (var (rank, line) in lines)
        {
            results.Add(ToLine(series, rank, line, previous));
        }
    }

    /// <summary>The values shown, by the present period, in the order of the compiled statement.</summary>
    private Dictionary<ValueTuple<string?>, int> Ranks(int series, int previous, int limit)
    {
        var measures = _query.Formulas.Count == 0 ? [Measures(series, previous)] : Enumerable.Range(0, _query.Series.Count).Select(i => Measures(i, previous)).ToList();
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

    private Dictionary<ValueTuple<string?>, double> Measures(int series, int previous)
    {
        var measures = new Dictionary<ValueTuple<string?>, double>();
        var bySum = _query.Series[series].Math is TrendsMath.Sum;
        var byPersons = _query.Series[series].Math is TrendsMath.UniquePersons;
        for (var i = previous; i < _points.Length; i++)
        {
            foreach (var cell in _points[i])
            {
                if (cell.Series == series && cell.Value != TrendsSeriesResult.Other)
                {
                    var key = ValueTuple.Create(cell.Value);
                    measures[key] = byPersons ? Persons(series, true, cell.Value) : measures.GetValueOrDefault(key) + (bySum ? cell.Number ?? 0 : cell.Count);
                }
            }
        }

        return measures;
    }

    private int Persons(int series, bool current, string? value) =>
        _persons.TryGetValue((series, current, value), out var bits) ? bits.Sum(static b => BitOperations.PopCount(b)) : 0;

    private TrendsLine ToLine(int index, int rank, Line line, int previous)
    {
        var math = _query.Series[index].Math;
        var before = _time.Previous is null ? null : Values(line.Points.AsSpan(0, previous));
        return new TrendsLine(index, rank == int.MaxValue ? long.MaxValue : rank, line.Breakdown, Values(line.Points.AsSpan(previous)), before)
        {
            Total = Total(line.Points.AsSpan(previous), true),
            PreviousTotal = Total(line.Points.AsSpan(0, previous), false),
        };

        double?[] Values(ReadOnlySpan<Sum> points)
        {
            var values = new double?[points.Length];
            var whole = default(Sum);
            for (var i = 0; i < values.Length; i++)
            {
                whole.Add(math, points[i]);
                values[i] = (_query.Cumulative ? whole : points[i]).Value(math);
            }

            return values;
        }

        double? Total(ReadOnlySpan<Sum> points, bool current)
        {
            if (math is TrendsMath.UniquePersons)
            {
                return Persons(index, current, line.Breakdown);
            }

            var whole = default(Sum);
            foreach (var point in points)
            {
                whole.Add(math, point);
            }

            return whole.Value(math);
        }
    }

    private static long ToLong(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);

    private sealed record Cell(int Series, string? Value, double? Number, long Count);

    private sealed record Line(string? Breakdown, Sum[] Points);

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

    /// <summary>By code points, as stores compare UTF-8; nothing comes last.</summary>
    internal sealed class TextOrder : IComparer<string?>
    {
        public static readonly TextOrder Instance = new();

        public int Compare(string? x, string? y)
        {
            if (x is null || y is null)
            {
                return x is null ? y is null ? 0 : 1 : -1;
            }

            for (var i = 0; i < Math.Min(x.Length, y.Length); i++)
            {
                if (x[i] != y[i])
                {
                    return char.IsSurrogate(x[i]) == char.IsSurrogate(y[i]) ? x[i].CompareTo(y[i]) : char.IsSurrogate(x[i]) ? 1 : -1;
                }
            }

            return x.Length.CompareTo(y.Length);
        }
    }
}

/// <summary>Stretches of points in order, first and last included; those of the period before come first.</summary>
public sealed record TrendsTouched(IReadOnlyList<(int First, int Last)> Stretches)
{
    public bool Holds(TrendsTouched other) =>
        other.Stretches.All(o => Stretches.Any(s => s.First <= o.First && s.Last >= o.Last));
}
