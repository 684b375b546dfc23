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

    public static (List<long> Buckets, List<long>? PreviousBuckets, List<Line> Lines) Answer(
        TrendsQuery query, IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges,
        TimeZoneInfo zone, bool weekStartsOnSunday, long previousFrom, long from, long to)
    {
        var buckets = Buckets(zone, weekStartsOnSunday, query.Interval, from, to);
        var previousBuckets = query.Compare ? Buckets(zone, weekStartsOnSunday, query.Interval, previousFrom, from) : null;
        var lines = new List<Line>();
        for (var s = 0; s < query.Series.Count; s++)
        {
            var series = query.Series[s];
            var matching = events.Where(e =>
                (series.Event is null || e.Event == series.Event) && query.Filters.Concat(series.Filters).All(f => Holds(f, e))).ToList();
            var now = matching.Where(e => e.Timestamp >= from && e.Timestamp < to).ToList();
            var before = query.Compare ? matching.Where(e => e.Timestamp >= previousFrom && e.Timestamp < from).ToList() : null;
            double? Measure(IEnumerable<TestEvent> of) => Math(series, of.ToList(), merges);

            Line Make(string? value, Func<TestEvent, bool> belongs) => new(
                s, value,
                PerBucket(now.Where(belongs), buckets, Measure), Measure(now.Where(belongs)),
                before is null ? null : PerBucket(before.Where(belongs), previousBuckets!, Measure), before is null ? null : Measure(before.Where(belongs)));

            if (query.Breakdown is not { } breakdown)
            {
                lines.Add(Make(null, _ => true));
                continue;
            }

            string? ValueOf(TestEvent e) => Text(e, breakdown.Property);
            var top = now.Where(e => ValueOf(e) != "$other").GroupBy(e => (Value: ValueOf(e), 0))
                .OrderByDescending(g => series.Math is TrendsMath.Total or TrendsMath.UniquePersons or TrendsMath.Sum
                    ? Measure(g) : g.Count(e => Value(e, series.Property!) is double))
                .ThenBy(g => g.Key.Value is null).ThenBy(g => g.Key.Value is { } v ? Convert.ToHexString(Encoding.UTF8.GetBytes(v)) : "", StringComparer.Ordinal)
                .Take(breakdown.Limit).Select(g => g.Key.Value).ToList();
            lines.AddRange(top.Select(value => Make(value, e => ValueOf(e) == value)));
            bool IsOther(TestEvent e) => !top.Contains(ValueOf(e));
            if (now.Any(IsOther) || (before?.Any(IsOther) ?? false))
            {
                lines.Add(Make("$other", IsOther));
            }
        }

        return (buckets, previousBuckets, lines);
    }

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
        starts.RemoveRange(0, System.Math.Max(0, starts.FindLastIndex(s => s <= from)));
        return starts;
    }

    public static string? Text(TestEvent e, string property) => Value(e, property) switch
    {
        null => null,
        string text => text,
        double number => number == System.Math.Truncate(number) && System.Math.Abs(number) < 1e16
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

    private static double?[] PerBucket(IEnumerable<TestEvent> events, List<long> buckets, Func<IEnumerable<TestEvent>, double?> measure)
    {
        var all = events.ToList();
        return [.. buckets.Select((start, i) => measure(all.Where(e => e.Timestamp >= start && (i == buckets.Count - 1 || e.Timestamp < buckets[i + 1]))))];
    }

    private static double? Math(TrendsSeries series, List<TestEvent> events, IReadOnlyList<(long From, long To)> merges)
    {
        if (series.Math is TrendsMath.Total)
        {
            return events.Count;
        }

        if (series.Math is TrendsMath.UniquePersons)
        {
            var persons = new HashSet<long>();
            foreach (var e in events)
            {
                persons.Add(merges.Any(m => m.From == e.PersonKey) ? merges.First(m => m.From == e.PersonKey).To : e.PersonKey);
            }

            persons.Remove(0);
            return persons.Count;
        }

        var numbers = events.Select(e => Value(e, series.Property!)).OfType<double>().Order().ToList();
        if (numbers.Count == 0)
        {
            return series.Math is TrendsMath.Sum ? 0 : null;
        }

        return series.Math switch
        {
            TrendsMath.Sum => numbers.Sum(),
            TrendsMath.Average => numbers.Sum() / numbers.Count,
            TrendsMath.Min => numbers[0],
            TrendsMath.Max => numbers[^1],
            TrendsMath.Median => Percentile(numbers, 0.5),
            TrendsMath.P90 => Percentile(numbers, 0.9),
            TrendsMath.P95 => Percentile(numbers, 0.95),
            _ => Percentile(numbers, 0.99),
        };
    }

    private static double Percentile(List<double> sorted, double fraction)
    {
        var at = (sorted.Count - 1) * fraction;
        var below = (int)System.Math.Floor(at);
        var above = (int)System.Math.Ceiling(at);
        return sorted[below] + ((sorted[above] - sorted[below]) * (at - below));
    }
}
