using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Tests.Sql;

/// <summary>
/// What trends mean, slowly and obviously, without anything of the compiler or the calendar: buckets are found by walking
/// through time a quarter of an hour at a step and asking what the local clock shows.
/// </summary>
public static class TrendsReference
{
    private const long Step = 15 * 60 * 1_000_000L;

    public sealed record Line(int Series, string? Breakdown, double?[] Values, double? Total, double?[]? Previous, double? PreviousTotal);

    /// <summary>The formulas that random queries have, as what they mean.</summary>
    public static readonly IReadOnlyDictionary<string, Func<double?[], double?>> Formulas = new Dictionary<string, Func<double?[], double?>>
    {
        ["A"] = v => v[0],
        ["B / A * 100"] = v => Ratio(v[1], v[0]) * 100,
        ["-(a - B) * 2.5 + C"] = v => (-(v[0] - v[1]) * 2.5) + v[2],
        ["1 / (A / C)"] = v => Ratio(1, Ratio(v[0], v[2])),
        ["A - B - C / .5"] = v => v[0] - v[1] - (v[2] / 0.5),
    };

    public static (List<long> Buckets, List<long>? PreviousBuckets, List<Line> Lines) Answer(
        TrendsQuery query, IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges,
        TimeZoneInfo zone, bool weekStartsOnSunday, long previousFrom, long from, long to)
    {
        events = GroupReference.Of(
            events, [.. query.Filters.Concat(query.Series.SelectMany(s => s.Filters)).Select(f => f.Property), .. query.Series.Select(s => s.Property ?? ""), query.Breakdown?.Property ?? ""]);
        (events, merges, _) = UnitReference.Of(query.Unit, events, merges);
        var buckets = Buckets(zone, weekStartsOnSunday, query.Interval, from, to);
        var previousBuckets = query.Compare ? Buckets(zone, weekStartsOnSunday, query.Interval, previousFrom, from) : null;
        var all = query.Series.Select(s => new SeriesEvents(query, s, events, merges, zone, buckets, from, to, previousBuckets, previousFrom)).ToList();
        var lines = new List<Line>();
        for (var s = 0; s < all.Count; s++)
        {
            if (query.Breakdown is null)
            {
                lines.Add(all[s].Make(s, null, _ => true));
                continue;
            }

            var top = (query.Formulas.Count > 0 ? Top(query, all) : Top(query, [all[s]])).ToList();
            lines.AddRange(top.Where(v => all[s].Any(e => ValueOf(query, e) == v)).Select(value => all[s].Make(s, value, e => ValueOf(query, e) == value)));
            if (all[s].Any(e => !top.Contains(ValueOf(query, e))))
            {
                lines.Add(all[s].Make(s, "$other", e => !top.Contains(ValueOf(query, e))));
            }
        }

        if (query.Smoothing is { } smoothing)
        {
            lines = [.. lines.Select(l => l with { Values = Smooth(l.Values, smoothing), Previous = l.Previous is null ? null : Smooth(l.Previous, smoothing) })];
        }

        var shown = lines.Where(l => !query.Series[l.Series].Hidden).ToList();
        for (var f = 0; f < query.Formulas.Count; f++)
        {
            var formula = Formulas[query.Formulas[f].Expression];
            List<string?> values = query.Breakdown is null ? [null] : [.. Top(query, all), "$other"];
            foreach (var value in values.Where(v => lines.Any(l => l.Breakdown == v)))
            {
                // A series without the value is as of nothing.
                double? Of(Func<Line, double?> number)
                {
                    var operands = query.Series.Select((s, i) => lines.FirstOrDefault(l => l.Series == i && l.Breakdown == value) is { } line ? number(line) : Nothing(s));
                    return formula([.. operands]) is { } result && double.IsFinite(result) ? result : null;
                }

                shown.Add(new Line(
                    query.Series.Count + f, value, [.. buckets.Select((_, i) => Of(l => l.Values[i]))], Of(l => l.Total),
                    previousBuckets is null ? null : [.. previousBuckets.Select((_, i) => Of(l => l.Previous![i]))], previousBuckets is null ? null : Of(l => l.PreviousTotal)));
            }
        }

        return (buckets, previousBuckets, shown);
    }

    /// <summary>The largest of the first series, then those that only the next has.</summary>
    private static IEnumerable<string?> Top(TrendsQuery query, IReadOnlyList<SeriesEvents> all)
    {
        var values = all.SelectMany(s => s.Present).Select(e => ValueOf(query, e)).Where(v => v != "$other").Distinct().ToList();
        var ordered = values.OrderBy(_ => 0);
        foreach (var series in all)
        {
            ordered = ordered.ThenByDescending(v => series.Present.Any(e => ValueOf(query, e) == v) ? series.Size(e => ValueOf(query, e) == v) : double.NegativeInfinity);
        }

        return ordered.ThenBy(v => v is null).ThenBy(v => v is null ? "" : Bytes(v), StringComparer.Ordinal).Take(query.Breakdown!.Limit);
    }

    private static string? ValueOf(TrendsQuery query, TestEvent e) => Text(e, query.Breakdown!.Property);

    private static string Bytes(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text));

    private static double? Ratio(double? a, double? b) => b == 0 ? null : a / b;

    private static double?[] Smooth(double?[] values, int points) =>
        [.. values.Select((_, i) => values.Take(i + 1).TakeLast(points).Average())];

    /// <summary>What a series counts, now and before, with how.</summary>
    private sealed class SeriesEvents
    {
        private readonly TrendsQuery _query;
        private readonly TrendsSeries _series;
        private readonly TimeZoneInfo _zone;
        private readonly List<long> _buckets;
        private readonly List<long>? _previousBuckets;
        private readonly Func<TestEvent, long> _person;
        private readonly List<TestEvent> _matching;
        private readonly (long PreviousFrom, long From, long To) _range;
        private readonly Dictionary<(long End, int Days), long> _windows = [];

        public SeriesEvents(
            TrendsQuery query, TrendsSeries series, IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, TimeZoneInfo zone,
            List<long> buckets, long from, long to, List<long>? previousBuckets, long previousFrom)
        {
            (_query, _series, _zone, _buckets, _previousBuckets, _range) = (query, series, zone, buckets, previousBuckets, (previousFrom, from, to));
            _person = e => merges.Any(m => m.From == e.PersonKey) ? merges.First(m => m.From == e.PersonKey).To : e.PersonKey;
            bool Named(TestEvent e) => series.Event is null || e.Event == series.Event;
            bool Matches(TestEvent e) => Named(e) && query.Filters.Concat(series.Filters).All(f => Holds(f, e));
            _matching = [.. events.Where(Matches)];
            if (series.Math is TrendsMath.FirstTime or TrendsMath.FirstMatching)
            {
                var kind = events.Where(e => series.Math is TrendsMath.FirstTime ? Named(e) : Matches(e)).ToList();
                _matching =
                [
                    .. _matching.Where(e => _person(e) != 0 && e.Timestamp == kind.Where(other => _person(other) == _person(e)).Min(other => other.Timestamp))
                        .GroupBy(_person).Select(g => query.Breakdown is null ? g.First() : g.OrderBy(e => ValueOf(query, e) is null).ThenBy(e => Bytes(ValueOf(query, e) ?? ""), StringComparer.Ordinal).First()),
                ];
            }

            Present = Within(buckets, from, to);
        }

        public List<TestEvent> Present { get; }

        private bool Rolling => _series.Math is TrendsMath.WeeklyActive or TrendsMath.MonthlyActive;

        private List<TestEvent> Before => _previousBuckets is null ? [] : Within(_previousBuckets, _range.PreviousFrom, _range.From);

        /// <summary>What the points of a period look at.</summary>
        private List<TestEvent> Within(List<long> buckets, long from, long to)
        {
            List<(long From, long To)> spans = Rolling ? [.. buckets.Select((_, i) => (Window(buckets, i, to), End(buckets, i, to)))] : [(from, to)];
            return [.. _matching.Where(e => spans.Any(s => e.Timestamp >= s.From && e.Timestamp < s.To))];
        }

        public bool Any(Func<TestEvent, bool> belongs) => Present.Any(belongs) || Before.Any(belongs);

        /// <summary>By what values are ranked.</summary>
        public double? Size(Func<TestEvent, bool> belongs)
        {
            var of = Present.Where(belongs).ToList();
            return _series.PerPerson ? of.Count(e => _person(e) != 0 && (_series.Property is null || Value(e, _series.Property) is double))
                : _series.Property is not null && _series.Math is not TrendsMath.Sum ? of.Count(e => Value(e, _series.Property) is double)
                : Measure(of);
        }

        public Line Make(int index, string? value, Func<TestEvent, bool> belongs)
        {
            var mine = _matching.Where(belongs).ToList();
            var (values, total) = Over(mine, _buckets, _range.From, _range.To);
            var (previous, previousTotal) = _previousBuckets is null ? (null, null) : Over(mine, _previousBuckets, _range.PreviousFrom, _range.From);
            return new Line(index, value, values, total, previous, previousTotal);
        }

        private (double?[] Values, double? Total) Over(List<TestEvent> events, List<long> buckets, long from, long to)
        {
            double? Between(long begin, long end) => Measure([.. events.Where(e => e.Timestamp >= begin && e.Timestamp < end)]);
            double?[] values =
            [
                .. buckets.Select((start, i) => Between(
                    Rolling ? Window(buckets, i, to) : _query.Cumulative ? from : Math.Max(from, start), End(buckets, i, to))),
            ];
            return (values, Rolling ? values[^1] : Between(from, to));
        }

        private static long End(List<long> buckets, int i, long to) => i == buckets.Count - 1 ? to : buckets[i + 1];

        /// <summary>Where the days begin that end with a bucket.</summary>
        private long Window(List<long> buckets, int i, long to)
        {
            var days = _series.Math is TrendsMath.WeeklyActive ? 7 : 30;
            var end = End(buckets, i, to);
            if (_query.Interval is Interval.Minute or Interval.Hour)
            {
                return end - (days * 86_400_000_000L);
            }

            if (_windows.TryGetValue((end, days), out var known))
            {
                return known;
            }

            DateOnly Day(long t) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(UnixMicros.ToInstant(t), _zone).DateTime);
            var first = Day(end - 1).AddDays(1 - days);
            var t = end - (end % Step) - ((days + 1) * 96 * Step);
            while (Day(t) < first)
            {
                t += Step;
            }

            return _windows[(end, days)] = t;
        }

        private double? Measure(List<TestEvent> events)
        {
            if (_series.PerPerson)
            {
                var persons = events.Where(e => _person(e) != 0).GroupBy(_person).Select(g => _series.Property is null ? g.Count()
                    : g.Any(e => Value(e, _series.Property) is double) ? g.Select(e => Value(e, _series.Property)).OfType<double>().Sum() : (double?)null);
                return OfNumbers(_series.Math, [.. persons.OfType<double>().Order()]);
            }

            return _series.Math switch
            {
                TrendsMath.Total or TrendsMath.FirstTime or TrendsMath.FirstMatching => events.Count,
                TrendsMath.UniquePersons or TrendsMath.WeeklyActive or TrendsMath.MonthlyActive => events.Select(_person).Where(p => p != 0).Distinct().Count(),
                TrendsMath.UniqueSessions => events.Select(e => e.SessionId).OfType<string>().Distinct().Count(),
                _ => OfNumbers(_series.Math, [.. events.Select(e => Value(e, _series.Property!)).OfType<double>().Order()]),
            };
        }
    }

    private static double? Nothing(TrendsSeries series) => series.Math is TrendsMath.Average or TrendsMath.Min or TrendsMath.Max or
        TrendsMath.Median or TrendsMath.P90 or TrendsMath.P95 or TrendsMath.P99 ? null : 0;

    public static List<long> Buckets(TimeZoneInfo zone, bool weekStartsOnSunday, Interval interval, long from, long to)
    {
        var starts = new List<long>();
        string? last = null;
        for (var t = from - (from % Step) - (33 * 24 * 4 * Step); t < to; t += interval is Interval.Minute && t >= from - Step ? 60_000_000 : Step)
        {
            var local = TimeZoneInfo.ConvertTime(UnixMicros.ToInstant(t), zone);
            var day = DateOnly.FromDateTime(local.DateTime);
            while (interval is Interval.Week && day.DayOfWeek != (weekStartsOnSunday ? DayOfWeek.Sunday : DayOfWeek.Monday))
            {
                day = day.AddDays(-1);
            }

            var name = interval switch
            {
                Interval.Minute => local.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture),
                Interval.Hour => local.ToString("yyyy-MM-dd HH zzz", CultureInfo.InvariantCulture),
                Interval.Month => local.ToString("yyyy-MM", CultureInfo.InvariantCulture),
                _ => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            };
            if (name != last)
            {
                starts.Add(t);
                last = name;
            }
        }

        // The bucket in which the range begins is the first.
        starts.RemoveRange(0, Math.Max(0, starts.FindLastIndex(s => s <= from)));
        return starts;
    }

    public static string? Text(TestEvent e, string property) => Value(e, property) switch
    {
        null => null,
        string text => text,
        double number => number == Math.Truncate(number) && Math.Abs(number) < 1e16
            ? ((long)number).ToString(CultureInfo.InvariantCulture)
            : number.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant(),
        bool boolean => boolean ? "true" : "false",
        JsonText json => json.Text,
        var other => throw new InvalidOperationException(other.GetType().Name),
    };

    private static object? Value(TestEvent e, string property) => property switch
    {
        "event" => e.Event,
        "distinct_id" => e.Person,
        "session_id" => e.SessionId,
        _ => e.Properties.GetValueOrDefault(property),
    };

    public static bool Holds(PropertyFilter filter, TestEvent e)
    {
        var value = Value(e, filter.Property);
        var text = Text(e, filter.Property);
        bool Is(FilterValue wanted) => value switch
        {
            null => false,
            double number => wanted.Number == number,
            bool boolean => wanted.Boolean == boolean,
            _ => wanted.Text == text,
        };
        bool Contains(FilterValue wanted) => text is not null && text.ToLowerInvariant().Contains(wanted.Text.ToLowerInvariant(), StringComparison.Ordinal);
        return filter.Operator switch
        {
            FilterOperator.Is => filter.Values.Any(Is),
            FilterOperator.IsNot => !filter.Values.Any(Is),
            FilterOperator.Contains => filter.Values.Any(Contains),
            FilterOperator.NotContains => !filter.Values.Any(Contains),
            FilterOperator.Matches => text is not null && filter.Values.Any(v => Regex.IsMatch(text, v.Text)),
            FilterOperator.GreaterThan => value is double a && a > filter.Values[0].Number,
            FilterOperator.GreaterOrEqual => value is double b && b >= filter.Values[0].Number,
            FilterOperator.LessThan => value is double c && c < filter.Values[0].Number,
            FilterOperator.LessOrEqual => value is double d && d <= filter.Values[0].Number,
            FilterOperator.IsSet => value is not null,
            _ => value is null,
        };
    }

    private static double? OfNumbers(TrendsMath math, List<double> numbers) => math switch
    {
        TrendsMath.Sum => numbers.Sum(),
        _ when numbers.Count == 0 => null,
        TrendsMath.Average => numbers.Sum() / numbers.Count,
        TrendsMath.Min => numbers[0],
        TrendsMath.Max => numbers[^1],
        TrendsMath.Median => Percentile(numbers, 0.5),
        TrendsMath.P90 => Percentile(numbers, 0.9),
        TrendsMath.P95 => Percentile(numbers, 0.95),
        TrendsMath.P99 => Percentile(numbers, 0.99),
        _ => throw new InvalidOperationException(math.ToString()),
    };

    private static double Percentile(List<double> sorted, double fraction)
    {
        var at = (sorted.Count - 1) * fraction;
        var below = (int)Math.Floor(at);
        var above = (int)Math.Ceiling(at);
        return sorted[below] + ((sorted[above] - sorted[below]) * (at - below));
    }
}
