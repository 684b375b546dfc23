using System.Text;
using CsCheck;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

/// <summary>Every store must agree with the reference, which stands here, on random events, persons and queries. A store derives one class.</summary>
public abstract class LifecycleAgreement
{
    private static readonly Gen<LifecycleQuery> AnyQuery =
        from activity in ActivityCase.AnySelector
        from filters in ActivityCase.AnyFilters
        from unit in ActivityCase.AnyUnit
        select new LifecycleQuery(new QueryRange()) { Activity = activity, Filters = filters, Unit = unit };

    /// <summary>Cases tried in a run, each with ten queries.</summary>
    protected virtual long Cases => 110;

    private protected abstract IEventReader Store(ActivityCase c);

    [Fact]
    public void Random_lifecycles_over_random_events_mean_what_the_reference_says() =>
        ActivityCase.Sample(
            // Some events say that they are of no person.
            Gen.Select(ActivityCase.Any, Gen.Int[0, 5].Array[0, 20]).Select((drawn, personless) => drawn with
            {
                Events = [.. drawn.Events.Select((e, i) => i >= personless.Length || personless[i] > 2 ? e : e with
                {
                    Properties = e.Properties.Append(KeyValuePair.Create("$process_person_profile", (object)(personless[i] > 0))).ToDictionary(),
                })],
            }),
            AnyQuery, Cases, Store, static (reader, query, c) => Check(reader, query with { Range = c.Range, Interval = c.Interval }, c));

    protected static LifecyclePlan Scanned(IEventReader reader, LifecycleQuery query, LocalCalendar calendar, out long version)
    {
        var errors = new QueryErrors();
        var intervals = LifecycleValidator.Validate(query, calendar, 0, errors);
        Assert.Empty(errors.ToDictionary());
        var plan = LifecycleCompiler.Compile(query, intervals!, new ProjectId(1), reader.Schema(new ProjectId(1)), reader.Dialect());
        version = plan.Scan(reader);
        return plan;
    }

    private static void Check(IEventReader reader, LifecycleQuery query, ActivityCase c)
    {
        var result = Scanned(reader, query, c.Calendar, out var version).Read(version, c.Calendar, UnixMicros.ToInstant(c.Now), () => TimeSpan.Zero, CancellationToken.None);
        var count = c.Starts.Count(s => s < c.To);
        Assert.Equal(c.Starts.Take(count), result.Buckets.Select(UnixMicros.From));
        var (events, merges, _) = UnitReference.Of(query.Unit, c.Known, c.Merges);

        // Who can be new, and when: persons by their rows, groups by their first event of all time.
        var known = query.Unit is null
            ? c.Persons.ToDictionary(p => p.Key, p => p.CreatedAt)
            : events.Where(e => e.PersonKey != 0).GroupBy(e => e.PersonKey).ToDictionary(g => g.Key, g => g.Min(e => e.Timestamp));
        var mine = events
            .Where(e => (query.Activity.Event ?? e.Event) == e.Event && query.Filters.Concat(query.Activity.Filters).All(f => TrendsReference.Holds(f, e)) &&
                (query.Unit is not null || !(e.Properties.TryGetValue("$process_person_profile", out var profile) && profile.Equals(false))))
            .Select(e => (Person: merges.Where(m => m.From == e.PersonKey).Select(m => m.To).Append(e.PersonKey).First(), e.Timestamp))
            .ToList();
        var found = new List<(LifecycleStatus Status, int Bucket, long Person)>();
        foreach (var (person, createdAt) in known)
        {
            for (var b = 0; b < count; b++)
            {
                var (before, start, end) = (b == 0 ? c.Before : c.Starts[b - 1], c.Starts[b], c.Starts[b + 1]);
                var wasActive = mine.Any(e => e.Person == person && e.Timestamp >= before && e.Timestamp < start);
                var isActive = mine.Any(e => e.Person == person && e.Timestamp >= start && e.Timestamp < end);
                if (isActive)
                {
                    found.Add((createdAt >= start && createdAt < end ? LifecycleStatus.New : wasActive ? LifecycleStatus.Returning : LifecycleStatus.Resurrecting, b, person));
                }
                else if (wasActive)
                {
                    found.Add((LifecycleStatus.Dormant, b, person));
                }
            }
        }

        foreach (var (status, values) in new[]
        {
            (LifecycleStatus.New, result.New), (LifecycleStatus.Returning, result.Returning), (LifecycleStatus.Resurrecting, result.Resurrecting), (LifecycleStatus.Dormant, result.Dormant),
        })
        {
            Assert.Equal(Enumerable.Range(0, count).Select(b => found.Count(f => f.Status == status && f.Bucket == b)), values.Select(v => (int)v));
        }

        Assert.Equal(
            Enumerable.Range(0, count).Select(b => c.Now < c.Starts[b] ? IntervalState.NotBegun : c.Now < c.Starts[b + 1] ? IntervalState.GoingOn : IntervalState.Over), result.States);
        if (found.Count > 0 && c.Events.Count % 3 == 0 && query.Unit is null)
        {
            var (status, bucket, _) = found[c.Events.Count % found.Count];
            Assert.Equal(
                found.Where(f => (f.Status, f.Bucket) == (status, bucket)).Select(f => f.Person).Order(), Scanned(reader, query, c.Calendar, out _).Behind(new InsightPoint { Status = status, Bucket = bucket }));
        }
    }
}

public sealed class LifecycleTests : LifecycleAgreement
{
    private static readonly LocalCalendar Utc = new(TimeZoneInfo.Utc, false);
    private static readonly LifecycleQuery Daily = new(new QueryRange { From = "2026-11-01", To = "2026-11-04" });

    private protected override IEventReader Store(ActivityCase c) => new DuckDbEvents(c.Events, c.Merges, null, c.Persons);

    [Fact]
    public void New_then_returning_then_dormant_then_resurrecting() =>
        Assert.Equal(
            ["new 1 0 0 0", "returning 0 1 0 0", "resurrecting 0 0 0 1", "dormant 0 0 1 0"],
            Lines(Daily, Utc, [Created("2026-11-01T08:00:00Z")], TestEvent.At("2026-11-01T08:00:00Z"), TestEvent.At("2026-11-02T23:59:59.999999Z"), TestEvent.At("2026-11-04T00:00:00Z")));

    [Fact]
    public void The_interval_before_the_range_is_read_and_the_one_after_it_is_not() =>
        Assert.Equal(
            ["new 0 0 0 0", "returning 1 0 0 0", "resurrecting 0 0 0 1", "dormant 0 1 0 0"],
            Lines(Daily, Utc, [Created("2026-09-01T00:00:00Z")], TestEvent.At("2026-10-31T23:59:59Z"), TestEvent.At("2026-11-01T00:00:00Z"), TestEvent.At("2026-11-04T10:00:00Z")));

    [Fact]
    public void Who_is_personless_is_left_out_and_so_are_the_personless_events_of_somebody_known() =>
        Assert.Equal(
            ["new 1 0 0 0", "returning 0 0 0 0", "resurrecting 0 0 0 0", "dormant 0 1 0 0"],
            Lines(
                Daily, Utc, [Created("2026-11-01T08:00:00Z")], TestEvent.At("2026-11-01T08:00:00Z"), TestEvent.At("2026-11-01T08:00:00Z", "view", 2),
                TestEvent.At("2026-11-02T08:00:00Z", "view", 1, ("$process_person_profile", false)), TestEvent.At("2026-11-03T08:00:00Z", "view", 0)));

    [Fact]
    public void A_group_is_new_with_its_first_event_of_any_name_and_has_the_personless_ones_too()
    {
        static TestEvent Of(string company, string instant, string name = "view", long person = 1) => TestEvent.At(instant, name, person, ("$groups.company", company));
        var query = Daily with { Unit = new QueryUnit("company"), Activity = new EventSelector { Event = "view" } };
        var personless = TestEvent.At("2026-11-03T08:00:00Z", "view", 7, ("$groups.company", "c1"), ("$process_person_profile", false));
        Assert.Equal(
            ["new 1 0 0 0", "returning 0 1 1 0", "resurrecting 0 1 0 0", "dormant 0 0 1 1"],
            Lines(
                query, Utc, [], Of("c1", "2026-11-01T08:00:00Z"), Of("c1", "2026-11-02T08:00:00Z", "view", 2), personless,
                Of("c2", "2026-09-01T08:00:00Z", "sign up"), Of("c2", "2026-11-02T08:00:00Z"), Of("", "2026-11-02T08:00:00Z"), TestEvent.At("2026-11-02T08:00:00Z")));
    }

    [Theory]
    [InlineData("2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999999Z", "2026-03-29T22:00:00Z")]
    [InlineData("2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999999Z", "2026-10-25T23:00:00Z")]
    public void A_day_of_23_or_25_hours_is_one_interval(string day, string first, string last, string next)
    {
        var berlin = new LocalCalendar(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), false);
        var query = new LifecycleQuery(new QueryRange { From = day, To = DateOnly.Parse(day).AddDays(1).ToString("O") });
        Assert.Equal(["new 1 0", "returning 0 0", "resurrecting 0 0", "dormant 0 1"], Lines(query, berlin, [Created(first)], TestEvent.At(last)));
        Assert.Equal(["new 0 0", "returning 0 0", "resurrecting 0 1", "dormant 0 0"], Lines(query, berlin, [Created(first)], TestEvent.At(next)));
    }

    [Fact]
    public void Intervals_are_whole_where_the_range_cuts_them()
    {
        var query = Daily with { Range = new QueryRange { From = "2026-11-01T12:00:00Z", To = "2026-11-02T12:00:00Z" } };
        Assert.Equal(
            ["new 1 0", "returning 0 1", "resurrecting 0 0", "dormant 0 0"],
            Lines(query, Utc, [Created("2026-11-01T08:00:00Z")], TestEvent.At("2026-11-01T08:00:00Z"), TestEvent.At("2026-11-02T20:00:00Z")));
    }

    [Theory]
    [InlineData("""{"range":{"last":7,"unit":"day"},"unit":{"group":""}}""", "unit.group")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"activity":{"event":""}}""", "activity.event")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"interval":"minute"}""", "interval")]
    [InlineData("""{"range":{"last":512,"unit":"day"}}""", "interval")]
    [InlineData("""{"range":{"last":7},"filters":[{"property":"p","operator":"is"}]}""", "filters[0].values,range.unit")]
    public void What_is_wrong_is_named(string json, string fields)
    {
        var errors = new QueryErrors();
        var query = Assert.IsType<LifecycleQuery>(QueryJson.Read(Encoding.UTF8.GetBytes("{\"kind\":\"lifecycle\"," + json[1..]), errors));
        Assert.Null(LifecycleValidator.Validate(query, Utc, TestEvent.Micros("2026-11-01T00:00:00Z"), errors));
        Assert.Equal(fields.Split(','), errors.ToDictionary().Keys);
    }

    private static TestPerson Created(string at) => new(1, new Dictionary<string, object>()) { CreatedAt = TestEvent.Micros(at) };

    private static IReadOnlyList<string> Lines(LifecycleQuery query, LocalCalendar calendar, IReadOnlyList<TestPerson> persons, params TestEvent[] events)
    {
        using var reader = new DuckDbEvents(events, [], null, persons);
        var result = Scanned(reader, query, calendar, out var version).Read(version, calendar, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None);
        return
        [
            $"new {string.Join(' ', result.New)}", $"returning {string.Join(' ', result.Returning)}",
            $"resurrecting {string.Join(' ', result.Resurrecting)}", $"dormant {string.Join(' ', result.Dormant)}",
        ];
    }
}
