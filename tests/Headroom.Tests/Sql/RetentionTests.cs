using System.Text;
using CsCheck;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

/// <summary>Every store must agree with the reference on random events and random retentions. A store derives one class.</summary>
public abstract class RetentionAgreement
{
    private static readonly Gen<RetentionQuery> AnyQuery =
        from start in ActivityCase.AnySelector
        from @return in ActivityCase.AnySelector
        from filters in ActivityCase.AnyFilters
        from intervals in Gen.Int[1, ActivityCase.After]
        from brackets in Gen.OneOfConst<int[]>([], [], [1, 3, 7], [2], [1, 2, 4, ActivityCase.After])
        from cohort in Gen.Enum<RetentionCohort>()
        from mode in Gen.OneOfConst(RetentionMode.Calendar, RetentionMode.Calendar, RetentionMode.Rolling)
        from least in Gen.OneOfConst(1, 1, 1, 2, 3)
        from broken in Gen.OneOfConst(0, 0, 1, 2, 3)
        from unit in ActivityCase.AnyUnit
        select new RetentionQuery(start, @return, new QueryRange(), Interval.Day, brackets.Length > 0 ? null : intervals, cohort, mode, least)
        {
            Brackets = brackets,
            Filters = filters,
            Unit = unit,
            Breakdown = broken > 0 ? new Breakdown(broken == 3 ? "person.plan" : "plan", broken) : null,
        };

    /// <summary>Cases tried in a run, each with ten queries.</summary>
    protected virtual long Cases => 110;

    private protected abstract IEventReader Store(ActivityCase c);

    [Fact]
    public void Random_retentions_over_random_events_mean_what_the_reference_says() =>
        ActivityCase.Sample(
            ActivityCase.Any, AnyQuery, Cases, Store, static (reader, query, c) => Check(reader, query with { Range = c.Range, Interval = c.Interval }, c));

    protected static RetentionPlan Scanned(IEventReader reader, RetentionQuery query, LocalCalendar calendar, out long version)
    {
        var errors = new QueryErrors();
        var time = RetentionValidator.Validate(query, calendar, 0, errors);
        Assert.Empty(errors.ToDictionary());
        var plan = RetentionCompiler.Compile(query, time!, new ProjectId(1), reader.Schema(new ProjectId(1)), reader.Dialect());
        version = plan.Scan(reader);
        return plan;
    }

    private static void Check(IEventReader reader, RetentionQuery query, ActivityCase c)
    {
        var (events, merges, _) = UnitReference.Of(query.Unit, c.Known, c.Merges);
        var reference = new RetentionReference(query, events, merges, c.Starts, c.From, c.To, c.Now);
        var members = reference.Members();
        using var plan = Scanned(reader, query, c.Calendar, out var version);
        var result = plan.Read(version, c.Calendar, UnixMicros.ToInstant(c.Now), () => TimeSpan.Zero, CancellationToken.None);
        var context = System.Text.Json.JsonSerializer.Serialize<InsightQuery>(query, QueryJson.Options);
        Assert.Equal(reference.Columns, result.Columns.Select(column => (column.From, column.To)));
        Assert.Equal(query.Breakdown is null ? [null] : members.Select(m => m.Line).Distinct(), result.Series.Select(s => s.Breakdown));
        foreach (var series in result.Series)
        {
            var mine = members.Where(m => m.Line == series.Breakdown).Select(m => m.Member).ToList();
            Assert.Equal(c.Starts.Take(reference.Cohorts), series.Cohorts.Select(row => UnixMicros.From(row.Start)));
            Assert.Equal(mine.Count, series.Overall.Size);
            var overall = reference.Columns.Select(_ => (Size: 0, Returned: 0)).ToArray();
            for (var cohort = 0; cohort < reference.Cohorts; cohort++)
            {
                var here = mine.Where(m => m.Cohort == cohort).ToList();
                var row = series.Cohorts[cohort];
                Assert.Equal(here.Count, row.Size);
                for (var column = 0; column < reference.Columns.Count; column++)
                {
                    var returned = here.Count(m => m.Returned.Contains(column));
                    var state = reference.State(cohort, column);
                    Assert.True(
                        row.Cells[column] == new RetentionCell(returned, here.Count == 0 ? null : (double)returned / here.Count, state),
                        $"{returned} {state} but {row.Cells[column]} in cohort {cohort}, column {column}\n{context}");
                    if (state is IntervalState.Over)
                    {
                        overall[column] = (overall[column].Size + here.Count, overall[column].Returned + returned);
                    }
                }
            }

            Assert.Equal(overall.Select(o => new RetentionOverallCell(o.Size, o.Returned, o.Size == 0 ? null : (double)o.Returned / o.Size)), series.Overall.Cells);
        }

        // A third of the cases: these are scans of their own. Keys of groups are by arrival, so of them only the number is compared.
        if (members.Count > 0 && c.Events.Count % 3 == 0)
        {
            var (line, some) = members[c.Events.Count % members.Count];
            var column = some.Returned.Count > 0 ? some.Returned.First() : (int?)null;
            Behind(
                new InsightPoint { Cohort = some.Cohort, Column = column, Breakdown = line },
                m => m.Cohort == some.Cohort && (column is null || m.Returned.Contains(column.Value)));
            Behind(
                new InsightPoint { Column = column, Breakdown = line },
                m => column is null || (m.Returned.Contains(column.Value) && reference.State(m.Cohort, column.Value) is IntervalState.Over));

            void Behind(InsightPoint point, Func<RetentionReference.Member, bool> isBehind)
            {
                var expected = members.Where(m => m.Line == line && isBehind(m.Member)).Select(m => m.Member.Person).Distinct().Order().ToList();
                var found = Scanned(reader, query, c.Calendar, out _).Behind(point, c.Now);
                Assert.Equal(expected.Count, found.Count);
                if (query.Unit is null)
                {
                    Assert.Equal(expected, found);
                }
            }
        }
    }
}

public sealed class RetentionTests : RetentionAgreement
{
    private static readonly LocalCalendar Utc = new(TimeZoneInfo.Utc, false);
    private static readonly RetentionQuery Daily = new(
        new EventSelector { Event = "start" }, new EventSelector { Event = "back" }, new QueryRange { From = "2026-11-02", To = "2026-11-04" }, Intervals: 3);

    private protected override IEventReader Store(ActivityCase c) => new DuckDbEvents(c.Events, c.Merges, null, c.Persons);

    [Fact]
    public void A_return_counts_in_later_intervals_only_and_a_person_in_every_cohort_with_a_start() =>
        Assert.Equal(
            ["1: 0 1 1", "1: 1 1 0", "0: 0 0 0"],
            Rows(Daily, At("2026-11-02T10:00:00", "start"), At("2026-11-02T11:00:00", "back"), At("2026-11-03T09:00:00", "start"),
                At("2026-11-04T00:00:00", "back"), At("2026-11-05T23:59:59.999999", "back")));

    [Fact]
    public void First_ever_is_the_first_event_of_its_name_and_first_matching_the_first_that_meets_the_filters()
    {
        TestEvent[] events =
        [
            At("2026-10-01T10:00:00", "start", 1), At("2026-11-02T10:00:00", "start", 1, ("plan", "pro")),
            At("2026-11-02T10:00:00", "start", 2), At("2026-11-03T10:00:00", "start", 2, ("plan", "pro")), At("2026-11-04T10:00:00", "start", 2, ("plan", "pro")),
            At("2026-11-03T10:00:00", "start", 3, ("plan", "pro")), At("2026-11-03T10:00:00", "start", 3),
        ];
        var pro = Daily with { Start = new EventSelector { Event = "start", Filters = [new PropertyFilter { Property = "plan", Values = [new FilterValue("pro")] }] } };
        Assert.Equal([1, 2, 1], Sizes(pro, events));
        Assert.Equal([0, 1, 0], Sizes(pro with { CohortBy = RetentionCohort.FirstEver }, events));
        Assert.Equal([1, 2, 0], Sizes(pro with { CohortBy = RetentionCohort.FirstMatching }, events));
        Assert.Equal([1, 1, 0], Sizes(Daily with { CohortBy = RetentionCohort.FirstEver }, events));
    }

    [Fact]
    public void A_merge_makes_one_person_of_two_whose_first_start_is_the_earlier()
    {
        using var reader = new DuckDbEvents([At("2026-11-02T10:00:00", "start", 7), At("2026-11-03T10:00:00", "start", 1), At("2026-11-04T10:00:00", "back", 1)], [(7, 1)]);
        var series = Assert.Single(Run(reader, Daily with { CohortBy = RetentionCohort.FirstEver }).Series);
        Assert.Equal([1, 0, 0], series.Cohorts.Select(c => (int)c.Size));
        Assert.Equal([0, 1, 0], series.Cohorts[0].Cells.Select(c => (int)c.Returned));
    }

    [Fact]
    public void Events_of_nobody_are_in_no_cohort() =>
        Assert.Equal([0, 0, 0], Sizes(Daily, At("2026-11-02T10:00:00", "start", 0), At("2026-11-03T10:00:00", "back", 0)));

    [Fact]
    public void A_rolling_day_is_24_hours_from_the_start()
    {
        var rolling = Daily with { Mode = RetentionMode.Rolling };
        Assert.Equal(["1: 0 0 0", "0: 0 0 0", "0: 0 0 0"], Rows(rolling, At("2026-11-02T10:00:00", "start"), At("2026-11-03T09:59:59.999999", "back")));
        Assert.Equal(["1: 1 0 0", "0: 0 0 0", "0: 0 0 0"], Rows(rolling, At("2026-11-02T10:00:00", "start"), At("2026-11-03T10:00:00", "back")));
        Assert.Equal(["1: 1 0 0", "0: 0 0 0", "0: 0 0 0"], Rows(Daily, At("2026-11-02T10:00:00", "start"), At("2026-11-03T09:59:59.999999", "back")));
        Assert.Equal(["1: 0 1 0", "0: 0 0 0", "0: 0 0 0"], Rows(rolling, At("2026-11-02T10:00:00", "start"), At("2026-11-04T10:00:00", "back")));
    }

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-28", "2026-03-29T21:59:59.999999", "2026-03-29T22:00:00")]
    [InlineData("Europe/Berlin", "2026-10-24", "2026-10-25T22:59:59.999999", "2026-10-25T23:00:00")]
    [InlineData("Asia/Kathmandu", "2026-11-02", "2026-11-03T18:14:59.999999", "2026-11-03T18:15:00")]
    [InlineData("America/St_Johns", "2026-10-31", "2026-11-02T03:29:59.999999", "2026-11-02T03:30:00")]
    public void Calendar_days_are_those_of_the_local_clock(string zone, string day, string lastOfNextDay, string dayAfter)
    {
        var calendar = new LocalCalendar(TimeZoneInfo.FindSystemTimeZoneById(zone), false);
        var query = Daily with { Range = new QueryRange { From = day, To = day } };
        var noon = At(day + "T12:00:00", "start");
        Assert.Equal(["1: 1 0 0"], Rows(query, calendar, noon, At(lastOfNextDay, "back")));
        Assert.Equal(["1: 0 1 0"], Rows(query, calendar, noon, At(dayAfter, "back")));
    }

    [Fact]
    public void Weeks_begin_on_the_day_of_the_settings()
    {
        // 2026-11-08 is a Sunday.
        var query = Daily with { Interval = Interval.Week, Range = new QueryRange { From = "2026-11-02", To = "2026-11-07" } };
        TestEvent[] events = [At("2026-11-03T12:00:00", "start"), At("2026-11-08T12:00:00", "back")];
        Assert.Equal(["1: 0 0 0"], Rows(query, Utc, events));
        Assert.Equal("1: 1 0 0", Rows(query, new LocalCalendar(TimeZoneInfo.Utc, true), events)[0]);
    }

    [Fact]
    public void Brackets_put_intervals_together_and_returns_in_them_add_up()
    {
        var query = Daily with { Intervals = null, Brackets = [1, 3, 7], Range = new QueryRange { From = "2026-11-02", To = "2026-11-02" } };
        TestEvent[] events = [At("2026-11-02T10:00:00", "start"), At("2026-11-04T10:00:00", "back"), At("2026-11-05T10:00:00", "back"), At("2026-11-09T10:00:00", "back")];
        Assert.Equal(["1: 0 1 1"], Rows(query, events));
        Assert.Equal(["1: 0 1 0"], Rows(query with { MinimumReturns = 2 }, events));
        Assert.Equal(["1: 0 0 0"], Rows(Daily with { Intervals = 3, MinimumReturns = 2, Range = query.Range }, events));
    }

    [Fact]
    public void Cells_that_are_not_over_say_so_and_are_not_in_the_overall_row()
    {
        using var reader = new DuckDbEvents([At("2026-11-02T10:00:00", "start", 1), At("2026-11-03T10:00:00", "start", 2), At("2026-11-03T10:00:00", "back", 1), At("2026-11-04T01:00:00", "back", 2)], []);
        var series = Assert.Single(Run(reader, Daily, now: "2026-11-04T12:00:00Z").Series);
        Assert.Equal([IntervalState.Over, IntervalState.GoingOn, IntervalState.NotBegun], series.Cohorts[0].Cells.Select(c => c.State));
        Assert.Equal([new RetentionOverallCell(1, 1, 1), new RetentionOverallCell(0, 0, null), new RetentionOverallCell(0, 0, null)], series.Overall.Cells);
        Assert.Equal(2, series.Overall.Size);
    }

    [Fact]
    public void A_person_is_under_the_value_of_its_first_start_in_the_interval()
    {
        using var reader = new DuckDbEvents(
            [
                At("2026-11-02T10:00:00", "start", 1, ("plan", "b")), At("2026-11-02T10:00:00", "start", 1, ("plan", "a")), At("2026-11-02T11:00:00", "start", 1, ("plan", "c")),
                At("2026-11-03T10:00:00", "start", 1, ("plan", "c")), At("2026-11-03T10:00:00", "start", 2), At("2026-11-04T10:00:00", "back", 1),
            ], []);
        var result = Run(reader, Daily with { Breakdown = new Breakdown("plan", 2) });
        Assert.Equal(["a", "c", "$other"], result.Series.Select(s => s.Breakdown));
        Assert.Equal(["1 0 0", "0 1 0", "0 1 0"], result.Series.Select(s => string.Join(' ', s.Cohorts.Select(c => c.Size))));
        Assert.Equal([0, 1, 0], result.Series[0].Cohorts[0].Cells.Select(c => (int)c.Returned));
    }

    [Fact]
    public void Only_the_first_event_reads_all_time_and_then_no_more_than_the_name()
    {
        using var reader = new DuckDbEvents([At("2026-11-02T10:00:00", "start", 1, ("plan", "pro"))], []);
        Run(reader, Daily);
        Assert.Equal(TestEvent.Micros("2026-11-02T00:00:00Z"), reader.Last!.From);
        Run(reader, Daily with
        {
            CohortBy = RetentionCohort.FirstEver, Filters = [new PropertyFilter { Property = "plan", Values = [new FilterValue("pro")] }],
        });
        Assert.Equal(long.MinValue, reader.Last!.From);
        Assert.DoesNotContain("plan", reader.Last.Sql[reader.Last.Sql.LastIndexOf("UNION", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RetentionCohort.Recurring, "1: 1 0,0: 0 0,1: 0 0")]
    [InlineData(RetentionCohort.FirstMatching, "0: 0 0,0: 0 0,1: 0 0")]
    public void A_group_comes_back_with_whichever_of_its_persons_and_began_with_the_first(RetentionCohort cohortBy, string rows)
    {
        var query = Daily with { Unit = new QueryUnit("company"), CohortBy = cohortBy, Intervals = 2 };
        Assert.Equal(rows.Split(','), Rows(
            query, At("2026-11-01T10:00:00", "start", 4, ("$groups.company", "c1")), At("2026-11-02T10:00:00", "start", 1, ("$groups.company", "c1")),
            At("2026-11-03T10:00:00", "back", 2, ("$groups.company", "c1")), At("2026-11-04T10:00:00", "start", 1, ("$groups.company", "c2")),
            At("2026-11-02T10:00:00", "start", 3), At("2026-11-02T10:00:00", "start", 3, ("$groups.company", ""))));
    }

    [Theory]
    [InlineData("""{"range":{"last":7,"unit":"day"},"start":{},"return":{},"unit":{"group":""}}""", "unit.group")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"start":{"event":""},"return":{"event":"b","filters":[{"property":""}]}}""", "start.event,return.filters[0].property,return.filters[0].values")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"start":{},"return":{},"interval":"minute"}""", "interval")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"start":{},"return":{},"intervals":0}""", "intervals")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"start":{},"return":{},"intervals":3,"brackets":[1,3]}""", "intervals")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"start":{},"return":{},"brackets":[1,3,3]}""", "brackets[2]")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"start":{},"return":{},"minimumReturns":0}""", "minimumReturns")]
    [InlineData("""{"range":{"last":7,"unit":"day"},"start":{},"return":{},"breakdown":{"property":"token","limit":0}}""", "breakdown.property,breakdown.limit")]
    [InlineData("""{"range":{"last":500,"unit":"day"},"start":{},"return":{},"intervals":13}""", "interval")]
    [InlineData("""{"range":{"last":200,"unit":"day"},"start":{},"return":{},"intervals":100,"breakdown":{"property":"p","limit":20}}""", "interval")]
    [InlineData("""{"range":{"from":"2026-11-02","to":"2026-11-01"},"start":{},"return":{}}""", "range.to")]
    public void What_is_wrong_is_named(string json, string fields)
    {
        var errors = new QueryErrors();
        var query = Assert.IsType<RetentionQuery>(QueryJson.Read(Encoding.UTF8.GetBytes("{\"kind\":\"retention\"," + json[1..]), errors));
        Assert.Null(RetentionValidator.Validate(query, Utc, TestEvent.Micros("2026-11-01T00:00:00Z"), errors));
        Assert.Equal(fields.Split(','), errors.ToDictionary().Keys);
    }

    [Theory]
    [InlineData("""{"kind":"retention","range":{"last":7,"unit":"day"},"return":{}}""", "")]
    [InlineData("""{"kind":"retention","range":{"last":7,"unit":"day"},"start":{},"return":{},"cohortBy":"always"}""", "cohortBy")]
    [InlineData("""{"kind":"retention","range":{"last":7,"unit":"day"},"start":{},"return":{},"mode":1}""", "mode")]
    [InlineData("""{"kind":"retention","range":{"last":7,"unit":"day"},"start":{"steps":1},"return":{}}""", "start.steps")]
    public void What_is_of_the_wrong_form_is_named(string json, string field)
    {
        var errors = new QueryErrors();
        Assert.Null(QueryJson.Read(Encoding.UTF8.GetBytes(json), errors));
        Assert.Equal([field], errors.ToDictionary().Keys);
    }

    private static RetentionResult Run(IEventReader reader, RetentionQuery query, LocalCalendar? calendar = null, string now = "2027-06-01T00:00:00Z")
    {
        using var plan = Scanned(reader, query, calendar ?? Utc, out var version);
        return plan.Read(version, calendar ?? Utc, DateTimeOffset.Parse(now), () => TimeSpan.Zero, CancellationToken.None);
    }

    private static IReadOnlyList<string> Rows(RetentionQuery query, params TestEvent[] events) => Rows(query, Utc, events);

    /// <summary>"size: returned returned …" of each cohort.</summary>
    private static IReadOnlyList<string> Rows(RetentionQuery query, LocalCalendar calendar, params TestEvent[] events)
    {
        using var reader = new DuckDbEvents(events, []);
        return [.. Assert.Single(Run(reader, query, calendar).Series).Cohorts.Select(c => $"{c.Size}: {string.Join(' ', c.Cells.Select(cell => cell.Returned))}")];
    }

    private static IReadOnlyList<int> Sizes(RetentionQuery query, params TestEvent[] events)
    {
        using var reader = new DuckDbEvents(events, []);
        return [.. Assert.Single(Run(reader, query).Series).Cohorts.Select(c => (int)c.Size)];
    }

    private static TestEvent At(string time, string name, long person = 1, params (string Name, object Value)[] properties) => TestEvent.At(time + "Z", name, person, properties);
}
