using System.Text;
using CsCheck;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

/// <summary>Every store must agree with the reference, which stands here, on random events and queries. A store derives one class.</summary>
public abstract class StickinessAgreement
{
    private static readonly Gen<StickinessQuery> AnyQuery =
        from series in ActivityCase.AnySelector.Array[1, 4]
        from filters in ActivityCase.AnyFilters
        from cumulative in Gen.Bool
        from unit in ActivityCase.AnyUnit
        from breakdown in ActivityCase.AnyBreakdown
        select new StickinessQuery(series, new QueryRange(), Interval.Day, cumulative) { Filters = filters, Unit = unit, Breakdown = breakdown };

    /// <summary>Cases tried in a run, each with ten queries.</summary>
    protected virtual long Cases => 110;

    private protected abstract IEventReader Store(ActivityCase c);

    [Fact]
    public void Random_stickiness_over_random_events_means_what_the_reference_says() =>
        ActivityCase.Sample(
            ActivityCase.Any, AnyQuery, Cases, Store, static (reader, query, c) => Check(reader, query with { Range = c.Range, Interval = c.Interval }, c));

    [Fact]
    public void The_line_of_a_value_is_what_the_insight_answers_where_only_events_with_it_are_asked_for() =>
        ActivityCase.Sample(
            ActivityCase.Any, AnyQuery.Where(static q => q.Breakdown is not null), Math.Max(1, Cases / 4), Store,
            static (reader, drawn, c) =>
            {
                var query = drawn with { Range = c.Range, Interval = c.Interval };
                var lines = Answer(reader, query, c).Series;
                foreach (var line in lines)
                {
                    var filters = BreakdownReference.Filters(query.Breakdown!.Property, line.Breakdown, lines.Where(l => l.Series == line.Series).Select(static l => l.Breakdown));
                    var alone = Answer(reader, query with { Breakdown = null, Filters = [.. query.Filters, .. filters] }, c).Series[line.Series];
                    Assert.Equal((alone.Name, alone.Persons, string.Join(' ', alone.Values)), (line.Name, line.Persons, string.Join(' ', line.Values)));
                }
            });

    private static StickinessResult Answer(IEventReader reader, StickinessQuery query, ActivityCase c)
    {
        using var plan = Scanned(reader, query, c.Calendar, out var version);
        return plan.Read(version, c.Calendar, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None);
    }

    protected static StickinessPlan Scanned(IEventReader reader, StickinessQuery query, LocalCalendar calendar, out long version)
    {
        var errors = new QueryErrors();
        var intervals = StickinessValidator.Validate(query, calendar, 0, errors);
        Assert.Empty(errors.ToDictionary());
        var plan = StickinessCompiler.Compile(query, intervals!, new ProjectId(1), reader.Schema(new ProjectId(1)), reader.Dialect());
        version = plan.Scan(reader);
        return plan;
    }

    private static void Check(IEventReader reader, StickinessQuery query, ActivityCase c)
    {
        var result = Answer(reader, query, c);
        Assert.Equal(c.Starts.Count(s => s < c.To), result.Intervals);
        var (events, merges, _) = UnitReference.Of(query.Unit, c.Known, c.Merges);
        var expected = new List<(int Series, string? Line, Dictionary<long, int> Active)>();
        for (var s = 0; s < query.Series.Count; s++)
        {
            var meant = events
                .Where(e => e.Timestamp >= c.From && e.Timestamp < c.To && (query.Series[s].Event ?? e.Event) == e.Event &&
                    query.Filters.Concat(query.Series[s].Filters).All(f => TrendsReference.Holds(f, e)))
                .Select(e => (
                    Value: query.Breakdown is { } breakdown ? TrendsReference.Text(e, breakdown.Property) : null,
                    Person: merges.Where(m => m.From == e.PersonKey).Select(m => m.To).Append(e.PersonKey).First(), Interval: c.Starts.Count(start => start <= e.Timestamp)))
                .Where(a => a.Person != 0).ToList();

            // Each person with the number of intervals in which it has an event that is meant.
            expected.AddRange(BreakdownReference.Lines(query.Breakdown, meant, static a => a.Value, static part => part.Select(static a => a.Person).Distinct().Count())
                .Select(l => (s, l.Line, l.Part.Select(static a => (a.Person, a.Interval)).Distinct().GroupBy(static a => a.Person).ToDictionary(static g => g.Key, static g => g.Count()))));
        }

        Assert.Equal(
            expected.Select(l => (l.Series, query.Series[l.Series].Event ?? "Any event", l.Line, (long)l.Active.Count)),
            result.Series.Select(static l => (l.Series, l.Name, l.Breakdown, l.Persons)));
        for (var l = 0; l < expected.Count; l++)
        {
            var active = expected[l].Active;
            Assert.Equal(query.Breakdown is not null, result.Series[l].HasBreakdown);
            Assert.Equal(
                Enumerable.Range(1, result.Intervals).Select(n => active.Values.Count(a => query.Cumulative ? a >= n : a == n)), result.Series[l].Values.Select(v => (int)v));
        }

        if (expected.Count > 0 && c.Events.Count % 3 == 0 && query.Unit is null)
        {
            var (series, line, active) = expected[c.Events.Count % expected.Count];
            var some = active.Count == 0 ? 1 : active.Values.First();
            Assert.Equal(
                active.Where(a => query.Cumulative ? a.Value >= some : a.Value == some).Select(a => a.Key).Order(),
                Scanned(reader, query, c.Calendar, out _).Behind(new InsightPoint { Series = series, Intervals = some, Breakdown = line }));
        }
    }
}

public sealed class StickinessTests : StickinessAgreement
{
    private static readonly LocalCalendar Utc = new(TimeZoneInfo.Utc, false);
    private static readonly StickinessQuery Views = new([new EventSelector { Event = "view" }], new QueryRange { From = "2026-11-01", To = "2026-11-04" });

    private protected override IEventReader Store(ActivityCase c) => new DuckDbEvents(c.Events, c.Merges, null, c.Persons);

    [Fact]
    public void A_person_counts_once_by_the_number_of_different_days_or_as_often_or_more()
    {
        TestEvent[] events =
        [
            TestEvent.At("2026-11-01T00:00:00Z"), TestEvent.At("2026-11-01T23:00:00Z"), TestEvent.At("2026-11-02T00:00:00Z"), TestEvent.At("2026-11-04T23:59:59.999999Z"),
            TestEvent.At("2026-11-05T00:00:00Z"), TestEvent.At("2026-11-03T10:00:00Z", "view", 2), TestEvent.At("2026-11-03T10:00:00Z", "view", 0),
        ];
        Assert.Equal([1, 0, 1, 0], Values(Views, Utc, events));
        Assert.Equal([2, 1, 1, 0], Values(Views with { Cumulative = true }, Utc, events));
    }

    [Fact]
    public void An_hour_that_the_clocks_repeat_is_two_and_one_that_they_skip_is_none()
    {
        var berlin = new LocalCalendar(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), false);
        var autumn = Views with { Interval = Interval.Hour, Range = new QueryRange { From = "2026-10-25", To = "2026-10-25" } };
        var values = Values(autumn, berlin, TestEvent.At("2026-10-25T00:30:00Z"), TestEvent.At("2026-10-25T01:30:00Z"));
        Assert.Equal((25, 1), (values.Count, values[1]));
        Assert.Equal(23, Values(autumn with { Range = new QueryRange { From = "2026-03-29", To = "2026-03-29" } }, berlin, TestEvent.At("2026-03-29T00:30:00Z")).Count);
    }

    [Fact]
    public void A_breakdown_by_what_a_group_was_told_is_of_the_groups_of_the_events()
    {
        TestEvent Told(string company, string plan) => TestEvent.At(
            "2026-12-01T00:00:00Z", "$groupidentify", 9, ("$group_type", "company"), ("$group_key", company), ("$group_set", new JsonText($$"""{"plan":"{{plan}}"}""")));
        TestEvent Of(string company, string instant, long person) => TestEvent.At(instant, "view", person, ("$groups.company", company));
        using var reader = new DuckDbEvents(
            [
                Told("c1", "pro"), Told("c2", "pro"), Told("c3", "free"), Of("c1", "2026-11-01T10:00:00Z", 1), Of("c2", "2026-11-02T10:00:00Z", 1), Of("c3", "2026-11-03T10:00:00Z", 1),
                Of("c1", "2026-11-01T10:00:00Z", 2), TestEvent.At("2026-11-01T10:00:00Z", "view", 3),
            ],
            []);
        var query = Views with { Breakdown = new Breakdown("group.company.plan") };
        var series = Scanned(reader, query, Utc, out var version).Read(version, Utc, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None).Series;
        Assert.Equal(["pro: 1 1 0 0", "free: 1 0 0 0", ": 1 0 0 0"], series.Select(static s => $"{s.Breakdown}: {string.Join(' ', s.Values)}"));
    }

    [Theory]
    [InlineData("""{"range":{"last":7,"unit":"day"},"series":[]}""", "series")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"series":[{}],"breakdown":{"property":"","limit":0}}""", "breakdown.property,breakdown.limit")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"series":[{}],"breakdown":{"property":"plan","limit":101}}""", "breakdown.limit")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"series":[{}],"breakdown":{"property":"$set"}}""", "breakdown.property")]
    [InlineData("""{"range":{"last":300,"unit":"day"},"series":[{},{},{},{},{},{},{},{},{}],"breakdown":{"property":"plan","limit":100}}""", "interval")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"series":[{}],"unit":{"group":""}}""", "unit.group")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"series":[{"event":"a"},{"name":""}]}""", "series[1].name")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"series":[{}],"interval":"minute"}""", "interval")]
    [InlineData("""{"range":{"last":30,"unit":"day"},"series":[{}],"interval":"hour"}""", "interval")]
    [InlineData("""{"range":{"last":0,"unit":"day"},"series":[{}],"filters":[{"property":"$set","operator":"is_set"}]}""", "filters[0].property,range.last")]
    public void What_is_wrong_is_named(string json, string fields)
    {
        var errors = new QueryErrors();
        var query = Assert.IsType<StickinessQuery>(QueryJson.Read(Encoding.UTF8.GetBytes("{\"kind\":\"stickiness\"," + json[1..]), errors));
        Assert.Null(StickinessValidator.Validate(query, Utc, TestEvent.Micros("2026-11-01T00:00:00Z"), errors));
        Assert.Equal(fields.Split(','), errors.ToDictionary().Keys);
    }

    private static IReadOnlyList<int> Values(StickinessQuery query, LocalCalendar calendar, params TestEvent[] events)
    {
        using var reader = new DuckDbEvents(events, []);
        return [.. Assert.Single(Scanned(reader, query, calendar, out var version).Read(version, calendar, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None).Series).Values.Select(v => (int)v)];
    }
}
