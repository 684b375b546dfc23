using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Tests.Sql;

/// <summary>
/// Retention as docs/insights.md defines it, the slow and obvious way: every person against every cohort and every cell.
/// Intervals are those of <see cref="TrendsReference.Buckets"/>, found by asking the local clock.
/// </summary>
internal sealed class RetentionReference(
    RetentionQuery query, IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<long> starts, long from, long to, long now)
{
    internal sealed record Member(int Cohort, long Person, string? Value, HashSet<int> Returned);

    private readonly List<(int From, int To)> _columns = query.Brackets.Count == 0
        ? [.. Enumerable.Range(1, query.Intervals ?? 7).Select(n => (n, n))]
        : [.. query.Brackets.Select((last, i) => (i == 0 ? 1 : query.Brackets[i - 1] + 1, last))];

    public int Cohorts => starts.Count(s => s < to);

    public IReadOnlyList<(int From, int To)> Columns => _columns;

    public List<(string? Line, Member Member)> Members()
    {
        var members = events
            .Select(e => (Person: merges.Where(m => m.From == e.PersonKey).Select(m => m.To).Append(e.PersonKey).First(), Event: e))
            .Where(p => p.Person != 0)
            .GroupBy(p => p.Person, p => p.Event)
            .SelectMany(g => Enumerable.Range(0, Cohorts).Select(c => Of(g.Key, [.. g], c)).OfType<Member>())
            .ToList();
        if (query.Breakdown is not { } breakdown)
        {
            return members.ConvertAll(m => ((string?)null, m));
        }

        var shown = members.Where(m => m.Value != "$other").GroupBy(m => (m.Value, m.Value is null))
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Key.Item2).ThenBy(g => g.Key.Value, Utf8Order.Instance)
            .Take(breakdown.Limit).Select(g => g.Key.Value).ToList();
        return members.Select(m => (Line: shown.Contains(m.Value) ? m.Value : "$other", m))
            .OrderBy(m => shown.IndexOf(m.Line) is var place && place < 0 ? int.MaxValue : place).ToList();
    }

    public IntervalState State(int cohort, int column)
    {
        var (first, last) = _columns[column];
        var (begin, end) = query.Mode is RetentionMode.Calendar
            ? (starts[cohort + first], starts[cohort + last + 1])
            : (Math.Max(from, starts[cohort]) + (first * Width), Math.Min(to, starts[cohort + 1]) + ((last + 1) * Width));
        return now < begin ? IntervalState.NotBegun : now < end ? IntervalState.GoingOn : IntervalState.Over;
    }

    private long Width => 3_600_000_000L * query.Interval switch { Interval.Hour => 1, Interval.Day => 24, Interval.Week => 7 * 24, _ => 30 * 24 };

    private Member? Of(long person, List<TestEvent> mine, int cohort)
    {
        var entries = mine.Where(e => Is(query.Start, e) && e.Timestamp >= from && e.Timestamp < to && e.Timestamp >= starts[cohort] && e.Timestamp < starts[cohort + 1]);
        if (query.CohortBy is not RetentionCohort.Recurring)
        {
            var candidates = mine.Where(e => query.CohortBy is RetentionCohort.FirstEver ? (query.Start.Event ?? e.Event) == e.Event : Is(query.Start, e)).ToList();
            entries = candidates.Count == 0 ? [] : entries.Where(e => e.Timestamp == candidates.Min(c => c.Timestamp));
        }

        var found = entries.ToList();
        if (found.Count == 0)
        {
            return null;
        }

        var at = found.Min(e => e.Timestamp);
        var value = query.Breakdown is { } breakdown
            ? found.Where(e => e.Timestamp == at).Select(e => TrendsReference.Text(e, breakdown.Property)).OrderBy(v => v is null).ThenBy(v => v, Utf8Order.Instance).First()
            : null;
        var returned = Enumerable.Range(0, _columns.Count).Where(c =>
        {
            var (begin, end) = query.Mode is RetentionMode.Calendar
                ? (starts[cohort + _columns[c].From], starts[cohort + _columns[c].To + 1])
                : (at + (_columns[c].From * Width), at + ((_columns[c].To + 1) * Width));
            return mine.Count(e => Is(query.Return, e) && e.Timestamp >= begin && e.Timestamp < end) >= query.MinimumReturns;
        });
        return new Member(cohort, person, value, [.. returned]);
    }

    private bool Is(EventSelector selector, TestEvent e) =>
        (selector.Event ?? e.Event) == e.Event && query.Filters.Concat(selector.Filters).All(f => TrendsReference.Holds(f, e));
}
