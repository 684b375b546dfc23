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
        from breakdown in ActivityCase.AnyBreakdown
        select new LifecycleQuery(new QueryRange()) { Activity = activity, Filters = filters, Unit = unit, Breakdown = breakdown };

    /// <summary>Some events say that they are of no person.</summary>
    private static readonly Gen<ActivityCase> AnyCase = Gen.Select(ActivityCase.Any, Gen.Int[0, 5].Array[0, 20]).Select((drawn, personless) => drawn with
    {
        Events = [.. drawn.Events.Select((e, i) => i >= personless.Length || personless[i] > 2 ? e : e with
        {
            Properties = e.Properties.Append(KeyValuePair.Create("$process_person_profile", (object)(personless[i] > 0))).ToDictionary(),
        })],
    });

    /// <summary>Cases tried in a run, each with ten queries.</summary>
    protected virtual long Cases => 110;

    private protected abstract IEventReader Store(ActivityCase c);

    [Fact]
    public void Random_lifecycles_over_random_events_mean_what_the_reference_says() =>
        ActivityCase.Sample(AnyCase, AnyQuery, Cases, Store, static (reader, query, c) => Check(reader, query with { Range = c.Range, Interval = c.Interval }, c));

    [Fact]
    public void The_line_of_a_value_is_what_the_insight_answers_where_only_events_with_it_are_asked_for() =>
        ActivityCase.Sample(
            AnyCase, AnyQuery.Where(static q => q.Breakdown is not null), Math.Max(1, Cases / 4), Store,
            static (reader, drawn, c) =>
            {
                var query = drawn with { Range = c.Range, Interval = c.Interval };
                var result = Answer(reader, query, c);
                Assert.Equal(Numbers(Answer(reader, query with { Breakdown = null }, c)), Numbers(result));
                foreach (var line in result.Series!)
                {
                    var filters = BreakdownReference.Filters(query.Breakdown!.Property, line.Breakdown, result.Series.Select(static l => l.Breakdown));
                    var alone = Answer(reader, query with { Breakdown = null, Filters = [.. query.Filters, .. filters] }, c);
                    Assert.Null(alone.Series);
                    Assert.Equal(Numbers(alone), Numbers(line.New, line.Returning, line.Resurrecting, line.Dormant));
                }
            });

    private static LifecycleResult Answer(IEventReader reader, LifecycleQuery query, ActivityCase c)
    {
        using var plan = Scanned(reader, query, c.Calendar, out var version);
        return plan.Read(version, c.Calendar, UnixMicros.ToInstant(c.Now), () => TimeSpan.Zero, CancellationToken.None);
    }

    private static IReadOnlyList<string> Numbers(LifecycleResult result) => Numbers(result.New, result.Returning, result.Resurrecting, result.Dormant);

    private static IReadOnlyList<string> Numbers(params IReadOnlyList<long>[] lists) => [.. lists.Select(static l => string.Join(' ', l))];

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
        var result = Answer(reader, query, c);
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
            .Select(e => (
                Value: query.Breakdown is { } breakdown ? TrendsReference.Text(e, breakdown.Property) : null,
                Person: merges.Where(m => m.From == e.PersonKey).Select(m => m.To).Append(e.PersonKey).First(), e.Timestamp))
            .ToList();
        var found = Found(mine);
        Assert.Equal(Counted(found), Numbers(result));
        var lines = query.Breakdown is null ? []
            : BreakdownReference.Lines(query.Breakdown, mine, static e => e.Value, part => Found(part).Select(static f => f.Person).Distinct().Count());
        Assert.Equal(query.Breakdown is null, result.Series is null);
        Assert.Equal(
            lines.Select(l => $"{l.Line ?? "none"}: {string.Join('|', Counted(Found(l.Part)))}"),
            (result.Series ?? []).Select(static l => $"{l.Breakdown ?? "none"}: {string.Join('|', Numbers(l.New, l.Returning, l.Resurrecting, l.Dormant))}"));

        Assert.Equal(
            Enumerable.Range(0, count).Select(b => c.Now < c.Starts[b] ? IntervalState.NotBegun : c.Now < c.Starts[b + 1] ? IntervalState.GoingOn : IntervalState.Over), result.States);
        var (line, part) = lines.Count == 0 ? (null, mine) : lines[c.Events.Count % lines.Count];
        if (Found(part) is { Count: > 0 } behind && c.Events.Count % 3 == 0 && query.Unit is null)
        {
            var (status, bucket, _) = behind[c.Events.Count % behind.Count];
            Assert.Equal(
                behind.Where(f => (f.Status, f.Bucket) == (status, bucket)).Select(f => f.Person).Order(),
                Scanned(reader, query, c.Calendar, out _).Behind(new InsightPoint { Status = status, Bucket = bucket, Breakdown = line }));
        }

        List<(LifecycleStatus Status, int Bucket, long Person)> Found(IReadOnlyList<(string? Value, long Person, long Timestamp)> events)
        {
            var found = new List<(LifecycleStatus Status, int Bucket, long Person)>();
            foreach (var (person, createdAt) in known)
            {
                for (var b = 0; b < count; b++)
                {
                    var (before, start, end) = (b == 0 ? c.Before : c.Starts[b - 1], c.Starts[b], c.Starts[b + 1]);
                    var wasActive = events.Any(e => e.Person == person && e.Timestamp >= before && e.Timestamp < start);
                    var isActive = events.Any(e => e.Person == person && e.Timestamp >= start && e.Timestamp < end);
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

            return found;
        }

        IReadOnlyList<string> Counted(List<(LifecycleStatus Status, int Bucket, long Person)> found) =>
            [.. new[] { LifecycleStatus.New, LifecycleStatus.Returning, LifecycleStatus.Resurrecting, LifecycleStatus.Dormant }
                .Select(status => string.Join(' ', Enumerable.Range(0, count).Select(b => found.Count(f => f.Status == status && f.Bucket == b))))];
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
    [InlineData("""{"range":{"last":7,"unit":"day"},"breakdown":{"property":"","limit":0}}""", "breakdown.property,breakdown.limit")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"breakdown":{"property":"api_key","limit":2147483647}}""", "breakdown.property,breakdown.limit")]
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
        using var plan = Scanned(reader, query, calendar, out var version);
        var result = plan.Read(version, calendar, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None);
        return
        [
            $"new {string.Join(' ', result.New)}", $"returning {string.Join(' ', result.Returning)}",
            $"resurrecting {string.Join(' ', result.Resurrecting)}", $"dormant {string.Join(' ', result.Dormant)}",
        ];
    }
}
