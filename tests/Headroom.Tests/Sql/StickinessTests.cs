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
        select new StickinessQuery(series, new QueryRange(), Interval.Day, cumulative) { Filters = filters, Unit = unit };

    /// <summary>Cases tried in a run, each with ten queries.</summary>
    protected virtual long Cases => 110;

    private protected abstract IEventReader Store(ActivityCase c);

    [Fact]
    public void Random_stickiness_over_random_events_means_what_the_reference_says() =>
        ActivityCase.Sample(
            ActivityCase.Any, AnyQuery, Cases, Store, static (reader, query, c) => Check(reader, query with { Range = c.Range, Interval = c.Interval }, c));

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
        var result = Scanned(reader, query, c.Calendar, out var version).Read(version, c.Calendar, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None);
        Assert.Equal(c.Starts.Count(s => s < c.To), result.Intervals);
        var (events, merges, _) = UnitReference.Of(query.Unit, c.Known, c.Merges);
        for (var s = 0; s < query.Series.Count; s++)
        {
            // Each person with the number of intervals in which it has an event that is meant.
            var active = events
                .Where(e => e.Timestamp >= c.From && e.Timestamp < c.To && (query.Series[s].Event ?? e.Event) == e.Event &&
                    query.Filters.Concat(query.Series[s].Filters).All(f => TrendsReference.Holds(f, e)))
                .Select(e => (Person: merges.Where(m => m.From == e.PersonKey).Select(m => m.To).Append(e.PersonKey).First(), Interval: c.Starts.Count(start => start <= e.Timestamp)))
                .Where(a => a.Person != 0).Distinct().GroupBy(a => a.Person).ToDictionary(g => g.Key, g => g.Count());
            var series = result.Series[s];
            Assert.Equal((s, query.Series[s].Event ?? "Any event", active.Count), (series.Series, series.Name, (int)series.Persons));
            Assert.Equal(
                Enumerable.Range(1, result.Intervals).Select(n => active.Values.Count(a => query.Cumulative ? a >= n : a == n)), series.Values.Select(v => (int)v));
            if (s == 0 && c.Events.Count % 3 == 0 && query.Unit is null)
            {
                var some = active.Count == 0 ? 1 : active.Values.First();
                Assert.Equal(
                    active.Where(a => query.Cumulative ? a.Value >= some : a.Value == some).Select(a => a.Key).Order(),
                    Scanned(reader, query, c.Calendar, out _).Behind(new InsightPoint { Series = s, Intervals = some }));
            }
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

    [Theory]
    [InlineData("""{"range":{"last":7,"unit":"day"},"series":[]}""", "series")]
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
