using CsCheck;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

/// <summary>Every store must agree with the reference on random events and random paths. A store derives one class.</summary>
public abstract class PathsAgreement
{
    protected static readonly LocalCalendar Utc = new(TimeZoneInfo.Utc, false);
    protected static readonly QueryRange Day = new() { From = "2026-11-01", To = "2026-11-01" };

    private static readonly Gen<TestEvent> AnyVisit =
        from name in Gen.OneOfConst("$pageview", "$pageview", "$pageview", "$screen", "buy", "o'clock", "$identify")
        from person in Gen.Long[0, 4]
        from minute in Gen.Int[-3, 245]
        from shift in Gen.OneOfConst(0L, 0L, 1L, -1L)
        from page in Gen.OneOfConst("/", "/a", "/a/", "/b", "/item/1", "/item/2/", "ä", "～", "😀", "")
        from pathless in Gen.Bool
        from company in Gen.OneOfConst<object>("c1", "c2", 12d, "")
        from plan in Gen.OneOfConst<object?>(null, "x", "x", "y", "ü", "～", "😀", "$other", 12d, true)
        select new TestEvent(
            name, "u" + person, person, TestEvent.Micros("2026-11-01T00:00:00Z") + (minute * 6 * 60_000_000L) + shift,
            new Dictionary<string, object> { [name == "$screen" ? "$screen_name" : pathless ? "$current_url" : "$pathname"] = page, ["$groups.company"] = company }
                .Concat(plan is null ? [] : [KeyValuePair.Create("plan", plan)]).ToDictionary());

    private static readonly TestPerson[] People =
        [new(1, new Dictionary<string, object> { ["plan"] = "x" }), new(4, new Dictionary<string, object> { ["plan"] = "y" })];

    private static readonly Gen<PathsQuery> AnyQuery =
        from steps in Gen.Int[2, 6]
        from edges in Gen.Int[1, 40]
        from least in Gen.Int[1, 2]
        from include in Gen.OneOfConst<PathItemKind[]>([PathItemKind.Pages], [PathItemKind.Events], [PathItemKind.Pages, PathItemKind.Events], [PathItemKind.Screens, PathItemKind.Pages])
        from start in Gen.OneOfConst(null, null, "/a", "/a/", "/", "nowhere")
        from end in Gen.OneOfConst(null, null, "/b", "buy", "/item/*")
        from exclude in Gen.OneOfConst<string[]>([], [], ["/b"], ["/a/", "buy"])
        from unit in Gen.Int[0, 3]
        from groupings in Gen.OneOfConst<string[]>([], [], ["/item/*"], ["/*", "*"])
        from filters in Gen.OneOfConst<IReadOnlyList<PropertyFilter>>([], [], [new PropertyFilter { Property = "person.plan", Values = [new FilterValue("x")] }])
        from breakdown in ActivityCase.AnyBreakdown
        select new PathsQuery(Day, steps, edges, least)
        {
            Breakdown = breakdown,
            Filters = filters, Include = include, StartPoint = start, EndPoint = end, Exclude = exclude, Groupings = groupings, Unit = unit == 0 ? new QueryUnit("company") : null,
        };

    /// <summary>Cases tried in a run, each with ten queries.</summary>
    protected virtual long Cases => 200;

    private protected abstract ITestEvents Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons);

    [Fact]
    public void Random_paths_over_random_events_mean_what_the_reference_says() =>
        Gen.Select(AnyVisit.Array[0, 60], TestMerges.Any, TestDays.Any, AnyQuery.Array[10, 10]).Sample(
            (drawn, merges, days, queries) =>
            {
                var people = TestMerges.Known(People, merges);
                IReadOnlyList<TestEvent> events = days.Place(drawn);
                using var reader = Store(events, merges, people);
                events = TestEvent.WithPersons(events, merges, people);
                foreach (var query in queries.Select(q => q with { Range = days.Range }))
                {
                    var (ofUnits, mergesOfUnits, groups) = UnitReference.Of(query.Unit, events, merges);
                    var (ways, expected) = PathsReference.Answer(query, ofUnits, mergesOfUnits, days.From, days.To);
                    var result = Run(reader, query, days.Calendar);
                    Assert.Equal(ways, result.Ways);
                    Assert.Equal(expected.Count > query.Edges, result.More);
                    Assert.Equal(expected.Take(query.Edges).Select(Rounded), result.Edges.Select(Rounded));
                    var lines = query.Breakdown is null ? [] : BreakdownReference.Lines(
                        query.Breakdown, [.. ofUnits], e => TrendsReference.Text(e, query.Breakdown.Property), part => part.GroupBy(e => Person(e, mergesOfUnits)).Count(
                            mine => PathsReference.Answer(query, [.. mine], mergesOfUnits, days.From, days.To).Ways > 0));
                    Assert.Equal(query.Breakdown is null, result.Series is null);
                    Assert.Equal(
                        lines.Select(l => Told(l.Line, PathsReference.Answer(query, l.Part, mergesOfUnits, days.From, days.To), query.Edges)),
                        (result.Series ?? []).Select(static l => Told(l.Breakdown, l.Ways, l.More, l.Edges)));
                    foreach (var (line, part) in query.Breakdown is null ? [(null, ofUnits)] : lines.Take(2))
                    {
                        foreach (var edge in PathsReference.Answer(query, part, mergesOfUnits, days.From, days.To).Edges.Take(2))
                        {
                            Assert.Equal(Who(query, days, part, mergesOfUnits, edge), Persons(reader, query, days.Calendar, edge, line, groups));
                        }
                    }
                }
            },
            iter: Cases, threads: 1);

    [Fact]
    public void The_line_of_a_value_is_what_the_insight_answers_where_only_events_with_it_are_asked_for() =>
        Gen.Select(AnyVisit.Array[0, 60], TestMerges.Any, TestDays.Any, AnyQuery.Where(static q => q.Breakdown is not null).Array[10, 10]).Sample(
            (drawn, merges, days, queries) =>
            {
                using var reader = Store(days.Place(drawn), merges, TestMerges.Known(People, merges));
                foreach (var query in queries.Select(q => q with { Range = days.Range }))
                {
                    var result = Run(reader, query, days.Calendar);
                    var whole = Run(reader, query with { Breakdown = null }, days.Calendar);
                    Assert.Equal(Told(null, whole.Ways, whole.More, whole.Edges), Told(null, result.Ways, result.More, result.Edges));
                    foreach (var line in result.Series!)
                    {
                        var filters = BreakdownReference.Filters(query.Breakdown!.Property, line.Breakdown, result.Series.Select(static l => l.Breakdown));
                        var alone = Run(reader, query with { Breakdown = null, Filters = [.. query.Filters, .. filters] }, days.Calendar);
                        Assert.Equal(Told(line.Breakdown, alone.Ways, alone.More, alone.Edges), Told(line.Breakdown, line.Ways, line.More, line.Edges));
                    }
                }
            },
            iter: Math.Max(1, Cases / 4), threads: 1);

    private static string Told(string? line, (long Ways, IReadOnlyList<PathEdge> Edges) answer, int most) =>
        Told(line, answer.Ways, answer.Edges.Count > most, [.. answer.Edges.Take(most)]);

    private static string Told(string? line, long ways, bool more, IReadOnlyList<PathEdge> edges) =>
        $"{line ?? "none"}: {ways} {more} {string.Join(' ', edges.Select(Rounded))}";

    private static long Person(TestEvent e, IReadOnlyList<(long From, long To)> merges) => merges.Where(m => m.From == e.PersonKey).Select(m => m.To).Append(e.PersonKey).First();

    private static PathEdge Rounded(PathEdge edge) => edge with { MeanSeconds = Math.Round(edge.MeanSeconds, 2) };

    private static PathsPlan Plan(IEventReader reader, PathsQuery query, LocalCalendar calendar)
    {
        var errors = new QueryErrors();
        var range = PathsValidator.Validate(query, calendar, 0, errors);
        Assert.False(errors.Any);
        var plan = PathsCompiler.Compile(query, range!.Value, new ProjectId(1), reader.Schema(new ProjectId(1)), reader.Dialect());
        return plan;
    }

    protected static PathsResult Run(IEventReader reader, PathsQuery query) => Run(reader, query, Utc);

    private static PathsResult Run(IEventReader reader, PathsQuery query, LocalCalendar calendar)
    {
        using var plan = Plan(reader, query, calendar);
        return plan.Read(plan.Scan(reader), calendar, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None);
    }

    /// <summary>Keys of groups are by arrival, those of the reference by the order in which it was told.</summary>
    private static IEnumerable<long> Persons(IEventReader reader, PathsQuery query, LocalCalendar calendar, PathEdge edge, string? line, IReadOnlyList<string> groups)
    {
        var plan = Plan(reader, query, calendar);
        plan.Scan(reader);
        var keys = plan.Behind(new InsightPoint { Step = edge.Step, From = edge.From, To = edge.To, Breakdown = line });
        return groups.Count == 0 ? keys : keys.Select(k => groups.ToList().IndexOf(plan.Group(k)) + 1L).Order();
    }

    /// <summary>Those for whom the reference finds the edge when they are alone.</summary>
    private static IEnumerable<long> Who(PathsQuery query, TestDays days, IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, PathEdge edge)
    {
        return events.Select(e => Person(e, merges)).Distinct().Order().Where(person => PathsReference.Answer(
                query with { MinimumCount = 1 }, [.. events.Where(e => Person(e, merges) == person)], merges, days.From, days.To)
            .Edges.Any(e => (e.Step, e.From, e.To) == (edge.Step, edge.From, edge.To)));
    }
}

public sealed class PathsTests : PathsAgreement
{
    private protected override ITestEvents Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons) =>
        new DuckDbEvents(events, merges, null, persons);

    [Fact]
    public void A_pause_of_exactly_30_minutes_ends_a_way()
    {
        Assert.Equal(["1 /a→/b 1"], Edges(Page("10:00:00", "/a"), Page("10:29:59.999999", "/b"), Page("10:59:59.999999", "/c")));
        Assert.Equal(["1 /a→/b 1", "2 /b→/c 1"], Edges(Page("10:00:00", "/a"), Page("10:29:59.999999", "/b"), Page("10:59:59.999998", "/c")));
    }

    [Fact]
    public void A_trailing_slash_is_the_same_page_and_a_repeat_is_one_step()
    {
        Assert.Equal(["1 /a→/ 1"], Edges(Page("10:00:00", "/a"), Page("10:01:00", "/a/"), Page("10:02:00", "/")));
        var edge = Assert.Single(Run(new DuckDbEvents([Page("10:00:00", "/a"), Page("10:01:00", "/a/"), Page("10:02:00", "/")], []), new PathsQuery(Day)).Edges);
        Assert.Equal(60, edge.MeanSeconds);
    }

    [Fact]
    public void Between_a_start_and_an_end_that_lie_far_apart_stands_the_middle()
    {
        var events = "abcdefgh".Select((c, i) => Page($"10:0{i}:00", "/" + c)).ToArray();
        using var reader = new DuckDbEvents(events, []);
        var result = Run(reader, new PathsQuery(Day, Steps: 4) { StartPoint = "/b", EndPoint = "/h" });
        Assert.Equal(["1 /b→/c 1", "2 /c→… 1", "3 …→/g 1", "4 /g→/h 1"], result.Edges.Select(Text));
    }

    [Theory]
    [InlineData("""{"kind":"paths","range":{"last":7,"unit":"day"},"steps":1}""", "steps")]
    [InlineData("""{"kind":"paths","range":{"last":7,"unit":"day"},"edges":1001}""", "edges")]
    [InlineData("""{"kind":"paths","range":{"last":7,"unit":"day"},"include":[]}""", "include")]
    [InlineData("""{"kind":"paths","range":{"last":7,"unit":"day"},"breakdown":{"property":""}}""", "breakdown.property")]
    [InlineData("""{"kind":"paths","range":{"last":7,"unit":"day"},"breakdown":{"property":"plan","limit":2147483647}}""", "breakdown.limit")]
    [InlineData("""{"kind":"paths","range":{"last":7,"unit":"day"},"edges":1000,"breakdown":{"property":"plan","limit":100}}""", "edges")]
    [InlineData("""{"kind":"paths","range":{"last":7,"unit":"day"},"startPoint":""}""", "startPoint")]
    [InlineData("""{"kind":"paths","range":{"last":7,"unit":"day"},"exclude":["a",""]}""", "exclude[1]")]
    [InlineData("""{"kind":"paths","range":{"last":7,"unit":"day"},"filters":[{"property":"","operator":"is_set"}]}""", "filters[0].property")]
    [InlineData("""{"kind":"paths","range":{"from":"yesterday","to":"2026-11-01"}}""", "range.from")]
    public void What_is_wrong_is_named(string json, string field)
    {
        var errors = new QueryErrors();
        var query = Assert.IsType<PathsQuery>(QueryJson.Read(System.Text.Encoding.UTF8.GetBytes(json), errors));
        Assert.Null(PathsValidator.Validate(query, Utc, 0, errors));
        Assert.Equal([field], errors.ToDictionary().Keys);
    }

    private static IReadOnlyList<string> Edges(params TestEvent[] events)
    {
        using var reader = new DuckDbEvents(events, []);
        return [.. Run(reader, new PathsQuery(Day)).Edges.Select(Text)];
    }

    private static string Text(PathEdge edge) => $"{edge.Step} {edge.From}→{edge.To} {edge.Count}";

    private static TestEvent Page(string time, string path) => TestEvent.At($"2026-11-01T{time}Z", "$pageview", 1, ("$pathname", path));
}
