using System.Text;
using CsCheck;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

/// <summary>Every store must agree with the reference on random events and random funnels. A store derives one class.</summary>
public abstract class FunnelAgreement
{
    protected static readonly LocalCalendar Utc = new(TimeZoneInfo.Utc, false);
    protected static readonly QueryRange Day = new() { From = "2026-11-01", To = "2026-11-01" };
    private const long Minute = 60_000_000;

    private static readonly Gen<IReadOnlyList<PropertyFilter>> AnyFilters = Gen.OneOfConst<IReadOnlyList<PropertyFilter>>(
        [], [], [], [new PropertyFilter { Property = "plan", Values = [new FilterValue("x")] }], [new PropertyFilter { Property = "plan", Operator = FilterOperator.IsSet }],
        [new PropertyFilter { Property = "person.plan", Values = [new FilterValue("x")] }], [new PropertyFilter { Property = "person.team", Operator = FilterOperator.IsSet }]);

    private static readonly TestPerson[] People =
    [
        new(1, new Dictionary<string, object> { ["plan"] = "x", ["team"] = true }), new(4, new Dictionary<string, object> { ["plan"] = "y" }),
        new(5, new Dictionary<string, object> { ["plan"] = "x" }),
    ];

    // Few moments and few names, so that ties and repeats are the rule.
    private static readonly Gen<TestEvent> AnyEvent =
        from name in Gen.OneOfConst("a", "a", "b", "b", "c", "x", "z", "o'clock")
        from person in Gen.Long[0, 5]
        from minute in Gen.OneOf(Gen.Int[0, 14], Gen.Int[0, 14], Gen.Int[1_426, 1_441], Gen.Int[-1, 0], Gen.Int[110, 190])
        from shift in Gen.OneOfConst(0L, 0L, 0L, 1L, -1L)
        from plan in Gen.OneOfConst<object?>(null, "x", "x", "y", "ü", "～", "😀", "$other", 12d)
        from company in Gen.OneOfConst<object?>(null, "c1", "c1", "c2", "ü", 12d, "")
        select new TestEvent(
            name, "u" + person, person, TestEvent.Micros("2026-11-01T00:00:00Z") + (minute * Minute) + shift,
            new[] { ("plan", plan), ("$groups.company", company) }.Where(p => p.Item2 is not null).ToDictionary(p => p.Item1, p => p.Item2!));

    private static readonly Gen<FunnelQuery> AnyQuery =
        from order in Gen.OneOfConst(FunnelOrder.Ordered, FunnelOrder.Ordered, FunnelOrder.Strict, FunnelOrder.Any)
        from view in Gen.Enum<FunnelView>()
        from interval in Gen.OneOfConst(Interval.Minute, Interval.Hour, Interval.Day)
        from window in Gen.OneOf(Gen.Int[1, 5].Select(n => new FunnelWindow(n, FunnelWindowUnit.Minute)), Gen.Const(new FunnelWindow()))
        from steps in Gen.Select(Gen.OneOfConst("a", "a", "b", "b", "c", null, "o'clock"), AnyFilters, Gen.Int[0, 2]).Array[2, 5]
        from exclusions in Gen.Select(Gen.OneOfConst("x", "x", "b", "z"), AnyFilters, Gen.Int[1, 4], Gen.Int[1, 4]).Array[0, 2]
        from filters in AnyFilters
        from broken in Gen.Bool
        from limit in Gen.Int[1, 4]
        from attribution in Gen.Enum<FunnelAttribution>()
        from step in Gen.Int[1, 5]
        from unit in Gen.Int[0, 3]
        select new FunnelQuery(
            [.. steps.Select((s, i) => new FunnelStep
            {
                Event = s.Item1, Filters = s.Item2, Optional = s.Item3 == 0 && order is FunnelOrder.Ordered && i > 0 && i < steps.Length - 1,
            })], Day, order, view, interval)
        {
            Window = window,
            Filters = filters,
            Unit = unit == 0 ? new QueryUnit("company") : null,
            Exclusions = [.. exclusions.Select(x =>
            {
                var first = Math.Min(x.Item3, steps.Length - 1);
                return new FunnelExclusion { Event = x.Item1, Filters = x.Item2, FromStep = first, ToStep = Math.Min(first + x.Item4, steps.Length) };
            })],
            Breakdown = broken ? new FunnelBreakdown(limit % 2 == 0 ? "person.plan" : "plan", limit, attribution, attribution is FunnelAttribution.Step ? Math.Min(step, steps.Length) : null) : null,
        };

    /// <summary>Cases tried in a run, each with ten queries.</summary>
    protected virtual long Cases => 200;

    protected abstract IEventReader Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons);

    [Fact]
    public void Random_funnels_over_random_events_mean_what_the_reference_says() =>
        Gen.Select(AnyEvent.Array[0, 80], TestMerges.Any, TestDays.Any, AnyQuery.Array[10, 10]).Sample(
            (drawn, merges, days, queries) =>
            {
                var (events, people) = (days.Place(drawn), TestMerges.Known(People, merges));
                var reader = Store(events, merges, people);
                using var owner = reader as IDisposable;
                foreach (var query in queries)
                {
                    Check(reader, query with { Range = days.Range }, days, TestEvent.WithPersons(events, merges, people), merges);
                }
            },
            iter: Cases, threads: 1);

    protected static FunnelPlan Scanned(IEventReader reader, FunnelQuery query, LocalCalendar calendar, out long version)
    {
        var errors = new QueryErrors();
        var time = FunnelValidator.Validate(query, calendar, 0, errors);
        Assert.Empty(errors.ToDictionary());
        var plan = FunnelCompiler.Compile(query, time!, new ProjectId(1), reader.Schema(new ProjectId(1)), reader.Dialect());
        version = plan.Scan(reader);
        return plan;
    }

    protected static FunnelResult Run(IEventReader reader, FunnelQuery query) => Run(reader, query, Utc);

    private static FunnelResult Run(IEventReader reader, FunnelQuery query, LocalCalendar calendar)
    {
        using var plan = Scanned(reader, query, calendar, out var version);
        return plan.Read(version, calendar, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None);
    }

    private static void Check(IEventReader reader, FunnelQuery query, TestDays days, IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges)
    {
        var (calendar, from, to) = (days.Calendar, days.From, days.To);
        var buckets = query.View is FunnelView.OverTime ? TrendsReference.Buckets(calendar.Zone, false, query.Interval, from, to) : null;
        (events, merges, var groups) = UnitReference.Of(query.Unit, events, merges);
        var reference = new FunnelReference(query, events, merges, from, to, buckets);
        var persons = reference.Persons().ToList();
        var lines = persons.Select(p => p.Line).Distinct().ToList();
        if (query.Breakdown is null && lines.Count == 0)
        {
            lines.Add(null);
        }

        var result = Run(reader, query, calendar);
        Assert.Equal(lines.Where(l => l != "$other" || persons.Any(p => p.Line == l)), result.Series.Select(s => s.Breakdown));
        foreach (var series in result.Series)
        {
            var mine = persons.Where(p => p.Line == series.Breakdown).ToList();
            var counted = mine.Where(p => p.Result is { Furthest: > 0, Excluded: false }).ToList();
            Assert.Equal(mine.Count(p => p.Result.Excluded), series.Excluded);
            Assert.Equal(counted.Count, series.Entered);
            Assert.Equal(counted.Count(p => p.Result.Furthest == query.Steps.Count), series.Converted);
            Assert.Equal(counted.Count(p => p.Result.Open), series.Truncated);
            foreach (var step in series.Steps ?? [])
            {
                var took = counted.Where(p => reference.Took(p.Result, step.Step)).ToList();
                Assert.Equal(took.Count, step.Persons);
                if (step.Step == 1)
                {
                    continue;
                }

                var before = reference.Before(step.Step);
                var could = counted.Where(p => reference.Took(p.Result, before)).ToList();
                Assert.Equal(could.Count - took.Count, step.DroppedOff);
                Near(counted.Count == 0 ? null : (double)took.Count / counted.Count, step.ConversionFromFirst);
                Near(could.Count == 0 ? null : (double)took.Count / could.Count, step.ConversionFromPrevious);
                Times([.. took.Select(p => p.Result.Times[step.Step] - p.Result.Times[before])], step.MeanSecondsFromPrevious, step.MedianSecondsFromPrevious);
                Times([.. took.Select(p => p.Result.Times[step.Step] - p.Result.Times[1])], step.MeanSecondsFromFirst, step.MedianSecondsFromFirst);
            }

            if (series.TimeToConvert is { } times)
            {
                long[] taken = [.. counted.Where(p => p.Result.Furthest == query.Steps.Count).Select(p => p.Result.Times[query.Steps.Count] - p.Result.Times[1])];
                Times(taken, times.MeanSeconds, times.MedianSeconds);
                Assert.Equal(taken.Length, times.Bins.Sum(b => b.Persons));
                foreach (var bin in times.Bins)
                {
                    Assert.Equal(taken.Count(t => t >= bin.FromSeconds * 1_000_000 && t < (bin.FromSeconds + times.BinSeconds) * 1_000_000), bin.Persons);
                }
            }

            for (var b = 0; b < (series.OverTime?.Count ?? 0); b++)
            {
                var here = mine.Where(p => p.ByBucket.ContainsKey(b)).Select(p => p.ByBucket[b]).Where(o => o is { Furthest: > 0, Excluded: false }).ToList();
                Assert.Equal((here.Count, here.Count(o => o.Furthest == query.Steps.Count)), (series.OverTime![b].Entered, series.OverTime[b].Converted));
            }
        }

        if (result.Series.Count > 0)
        {
            var (line, step) = (result.Series[^1].Breakdown, 1 + (events.Count % query.Steps.Count));
            var counted = persons.Where(p => p.Line == line && p.Result is { Furthest: > 0, Excluded: false }).ToList();
            Assert.Equal(
                counted.Where(p => reference.Took(p.Result, step)).Select(p => p.Person).Order(),
                Keys(Scanned(reader, query, calendar, out _), new InsightPoint { Step = step, Breakdown = line }, groups));
            if (step > 1)
            {
                Assert.Equal(
                    counted.Where(p => reference.Took(p.Result, reference.Before(step)) && !reference.Took(p.Result, step)).Select(p => p.Person).Order(),
                    Keys(Scanned(reader, query, calendar, out _), new InsightPoint { Step = step, DroppedOff = true, Breakdown = line }, groups));
            }

            if (result.Series[^1].TimeToConvert is { Bins: { Count: > 0 } bins } times)
            {
                var (last, least) = (query.Steps.Count, bins[events.Count % bins.Count].FromSeconds);
                Assert.Equal(
                    counted.Where(p => p.Result.Furthest == last && (p.Result.Times[last] - p.Result.Times[1]) / 1_000_000 is var s && s >= least && s < least + times.BinSeconds)
                        .Select(p => p.Person).Order(),
                    Keys(Scanned(reader, query, calendar, out _), new InsightPoint { Step = last, Breakdown = line, FromSeconds = least, ToSeconds = least + times.BinSeconds }, groups));
            }

            if (result.Buckets is { Count: > 0 } all)
            {
                var bucket = events.Count % all.Count;
                Assert.Equal(
                    persons.Where(p => p.Line == line && p.ByBucket.TryGetValue(bucket, out var o) && o is { Furthest: > 0, Excluded: false } && reference.Took(o, step))
                        .Select(p => p.Person).Order(),
                    Keys(Scanned(reader, query, calendar, out _), new InsightPoint { Step = step, Breakdown = line, Bucket = bucket }, groups));
            }
        }
    }

    /// <summary>Keys of groups are by arrival, those of the reference by the order in which it was told.</summary>
    private static IEnumerable<long> Keys(FunnelPlan plan, InsightPoint point, IReadOnlyList<string> groups)
    {
        var keys = plan.Behind(point);
        return groups.Count == 0 ? keys : keys.Select(k => groups.ToList().IndexOf(plan.Group(k)) + 1L).Order();
    }

    private static void Times(long[] times, double? mean, double? median)
    {
        var sorted = times.Order().ToList();
        Near(times.Length == 0 ? null : times.Average() / 1e6, mean);
        Near(times.Length == 0 ? null : (sorted[(times.Length - 1) / 2] + sorted[times.Length / 2]) / 2e6, median);
    }

    private static void Near(double? expected, double? actual) =>
        Assert.True(expected is null ? actual is null : actual is not null && Math.Abs(expected.Value - actual.Value) < 0.001, $"{expected} but {actual}");
}

public sealed class FunnelTests : FunnelAgreement
{
    protected override IEventReader Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons) =>
        new DuckDbEvents(events, merges, null, persons);

    [Fact]
    public void The_same_step_twice_needs_two_events()
    {
        Assert.Equal([1, 0], Counts(["a", "a"], At("10:00:00", "a")));
        Assert.Equal([1, 1], Counts(["a", "a"], At("10:00:00", "a"), At("10:00:01", "a")));
        Assert.Equal([1, 0, 0], Counts(["a", "a", "b"], At("10:00:00", "a"), At("10:00:00", "b")));
    }

    [Fact]
    public void A_window_that_is_exactly_full_still_counts()
    {
        var hour = new FunnelWindow(1, FunnelWindowUnit.Hour);
        Assert.Equal([1, 1], Counts(Query(["a", "b"]) with { Window = hour }, At("10:00:00", "a"), At("11:00:00", "b")));
        Assert.Equal([1, 0], Counts(Query(["a", "b"]) with { Window = hour }, At("10:00:00", "a"), At("11:00:00.000001", "b")));
        Assert.Equal([1, 1, 0], Counts(Query(["a", "b", "c"]) with { Window = hour }, At("10:00:00", "a"), At("10:50:00", "b"), At("11:10:00", "c")));
    }

    [Fact]
    public void Taking_the_first_step_again_restarts_the_window() =>
        Assert.Equal([1, 1], Counts(
            Query(["a", "b"]) with { Window = new FunnelWindow(1, FunnelWindowUnit.Hour) }, At("10:00:00", "a"), At("10:30:00", "a"), At("11:30:00", "b")));

    [Fact]
    public void Steps_at_the_same_microsecond_are_in_the_order_of_the_funnel()
    {
        Assert.Equal([1, 1, 1], Counts(["a", "b", "c"], At("10:00:00", "c"), At("10:00:00", "b"), At("10:00:00", "a")));
        Assert.Equal([1, 1], Counts(["a", "a"], At("10:00:00", "a"), At("10:00:00", "b"), At("10:00:01", "a")));
        Assert.Equal([1, 1], Counts(Query(["a", "b"]) with { Order = FunnelOrder.Strict }, At("10:00:00", "b"), At("10:00:00", "z"), At("10:00:00", "a")));
    }

    [Fact]
    public void A_foreign_event_between_ends_a_strict_funnel_and_no_other()
    {
        TestEvent[] events = [At("10:00:00", "a"), At("10:00:01", "z"), At("10:00:02", "b")];
        Assert.Equal([1, 0], Counts(Query(["a", "b"]) with { Order = FunnelOrder.Strict }, events));
        Assert.Equal([1, 1], Counts(["a", "b"], events));
        Assert.Equal([1, 1], Counts(Query(["b", "a"]) with { Order = FunnelOrder.Any }, events));
    }

    [Fact]
    public void An_exclusion_between_the_steps_takes_the_person_out()
    {
        var query = Query(["a", "b"]) with { Exclusions = [new FunnelExclusion { Event = "x", FromStep = 1, ToStep = 2 }] };
        using var reader = new DuckDbEvents([At("10:00:00", "a"), At("10:00:01", "x"), At("10:00:02", "b")], []);
        var series = Assert.Single(Run(reader, query).Series);
        Assert.Equal((0, 1), (series.Entered, series.Excluded));
        Assert.Equal([1, 1], Counts(query, At("10:00:00", "a"), At("10:00:01", "x"), At("10:00:02", "a"), At("10:00:03", "b")));
        Assert.Equal([1, 0], Counts(query with { Order = FunnelOrder.Any }, At("10:00:00", "a"), At("10:00:01", "x"), At("10:00:02", "b")));
    }

    [Fact]
    public void An_optional_step_is_counted_where_it_is_taken()
    {
        var query = Query(["a", "b", "c"]);
        query = query with { Steps = [query.Steps[0], query.Steps[1] with { Optional = true }, query.Steps[2]] };
        Assert.Equal([1, 0, 1], Counts(query, At("10:00:00", "a"), At("10:00:02", "c")));
        Assert.Equal([1, 1, 1], Counts(query, At("10:00:00", "a"), At("10:00:01", "b"), At("10:00:02", "c")));
    }

    [Fact]
    public void A_person_whose_window_the_range_cuts_is_said_to_be_truncated()
    {
        using var reader = new DuckDbEvents([At("22:59:59.999999", "a", 1), At("23:00:00", "a", 2), At("23:00:00", "a", 3), At("23:10:00", "b", 3)], []);
        Assert.Equal(1, Assert.Single(Run(reader, Query(["a", "b"]) with { Window = new FunnelWindow(1, FunnelWindowUnit.Hour) }).Series).Truncated);
    }

    [Fact]
    public void Over_time_a_person_counts_in_each_bucket_of_a_first_step()
    {
        using var reader = new DuckDbEvents([At("10:00:00", "a"), At("12:59:00", "a"), At("13:01:00", "b")], []);
        var query = Query(["a", "b"]) with { View = FunnelView.OverTime, Interval = Interval.Hour, Window = new FunnelWindow(1, FunnelWindowUnit.Hour) };
        var points = Assert.Single(Run(reader, query).Series).OverTime!;
        Assert.Equal([(10, 1, 0), (12, 1, 1)], points.Select((p, i) => (i, (int)p.Entered, (int)p.Converted)).Where(p => p.Item2 > 0));
    }

    [Theory]
    [InlineData("""{"steps":[{"event":"a"}],"range":{"last":7,"unit":"day"}}""", "steps")]
    [InlineData("""{"steps":[{"event":"a"},{"event":""}],"range":{"last":7,"unit":"day"}}""", "steps[1].event")]
    [InlineData("""{"steps":[{"event":"a","optional":true},{"event":"b"}],"range":{"last":7,"unit":"day"}}""", "steps[0].optional")]
    [InlineData("""{"steps":[{"event":"a"},{"event":"b"}],"window":{"count":367},"range":{"last":7,"unit":"day"}}""", "window.count")]
    [InlineData("""{"steps":[{"event":"a"},{"event":"b"}],"exclusions":[{"event":"x","fromStep":2,"toStep":3}],"range":{"last":7,"unit":"day"}}""", "exclusions[0].fromStep,exclusions[0].toStep")]
    [InlineData("""{"steps":[{"event":"a"},{"event":"b"}],"breakdown":{"property":"p","attribution":"step"},"range":{"last":7,"unit":"day"}}""", "breakdown.step")]
    [InlineData("""{"steps":[{"event":"a"},{"event":"b"}],"view":"over_time","interval":"minute","range":{"last":30,"unit":"day"}}""", "interval")]
    public void What_is_wrong_is_named(string json, string fields)
    {
        var errors = new QueryErrors();
        var query = Assert.IsType<FunnelQuery>(QueryJson.Read(Encoding.UTF8.GetBytes("{\"kind\":\"funnel\"," + json[1..]), errors));
        Assert.Null(FunnelValidator.Validate(query, Utc, TestEvent.Micros("2026-11-01T00:00:00Z"), errors));
        Assert.Equal(fields.Split(','), errors.ToDictionary().Keys);
    }

    private static FunnelQuery Query(string[] steps) => new([.. steps.Select(s => new FunnelStep { Event = s })], Day);

    private static int[] Counts(string[] steps, params TestEvent[] events) => Counts(Query(steps), events);

    private static int[] Counts(FunnelQuery query, params TestEvent[] events)
    {
        using var reader = new DuckDbEvents(events, []);
        return [.. Assert.Single(Run(reader, query).Series).Steps!.Select(s => (int)s.Persons)];
    }

    private static TestEvent At(string time, string name, long person = 1) => TestEvent.At($"2026-11-01T{time}Z", name, person);
}
