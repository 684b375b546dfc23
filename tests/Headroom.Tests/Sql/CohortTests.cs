using System.Text;
using CsCheck;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

/// <summary>Cohorts in questions mean what the reference, which asks of each person alone, says.</summary>
public abstract class CohortAgreement
{
    private static readonly ProjectId Project = new(1);
    protected static readonly LocalCalendar Utc = new(TimeZoneInfo.Utc, false);
    protected static readonly long Now = TestEvent.Micros("2026-11-10T15:00:00Z");

    private static readonly Gen<TestEvent> AnyEvent =
        from name in Gen.OneOfConst("a", "b", "o'clock", "$pageview")
        from person in Gen.Long[0, 6]
        from quarter in Gen.Int[0, 12 * 96]
        from shift in Gen.OneOfConst(0L, 1L, -1L)
        from plan in Gen.OneOfConst<object?>(null, "x", "y", 12d, true)
        select new TestEvent(
            name, "u" + person, person, TestEvent.Micros("2026-10-31T00:00:00Z") + (quarter * 900_000_000L) + shift,
            plan is null ? new Dictionary<string, object>() : new Dictionary<string, object> { ["plan"] = plan })
        {
            // Of one person or of two, on one day or over midnight.
            SessionId = $"s{person / 2} {quarter / 40}",
        };

    private static readonly Gen<TestPerson[]> AnyPersons =
        Gen.Select(Gen.Long[1, 6], Gen.OneOfConst<object?>(null, "x", "y", 12d, true))
            .Select((key, plan) => new TestPerson(key, plan is null ? new Dictionary<string, object>() : new Dictionary<string, object> { ["plan"] = plan }))
            .Array[0, 6].Select(static persons => persons.DistinctBy(static p => p.Key).ToArray());

    private static readonly Gen<QueryRange> AnyRange =
        from last in Gen.Bool
        from days in Gen.Int[1, 8]
        from first in Gen.Int[0, 9]
        select last ? new QueryRange { Last = days, Unit = Interval.Day }
            : new QueryRange { From = DayOf(first), To = DayOf(first + days) };

    private static readonly Gen<CohortCondition> AnyCondition = Conditions(3);

    private static Gen<PropertyFilter[]> Filters(string property, int least) =>
        Gen.Select(Gen.OneOfConst(FilterOperator.Is, FilterOperator.IsNot, FilterOperator.IsSet, FilterOperator.IsNotSet, FilterOperator.Contains), Gen.OneOfConst("x", "12", "true"))
            .Select((op, value) => new PropertyFilter { Property = property, Operator = op, Values = op is FilterOperator.IsSet or FilterOperator.IsNotSet ? [] : [new FilterValue(value)] })
            .Array[least, 2];

    private static Gen<CohortCondition> Conditions(int depth)
    {
        var person = Filters("person.plan", 1).Select(static CohortCondition (f) => new CohortPerson(f));
        var did =
            from name in Gen.OneOfConst("a", "b", null, "nobody sent it")
            from comparison in Gen.Enum<CohortTimes>()
            from times in Gen.Int[0, 3]
            from filters in Gen.OneOf(Filters("plan", 0), Filters("person.plan", 0))
            from range in AnyRange
            select (CohortCondition)new CohortDid(range, name, comparison, comparison is CohortTimes.AtLeast ? Math.Max(1, times) : times) { Filters = filters };
        return depth == 1
            ? Gen.OneOf(person, did)
            : Gen.OneOf(
                person, did, Conditions(depth - 1).Array[1, 3].Select(static CohortCondition (c) => new CohortAll(c)),
                Conditions(depth - 1).Array[1, 3].Select(static CohortCondition (c) => new CohortAny(c)));
    }

    /// <summary>Cases tried in a run, each with four cohorts.</summary>
    protected virtual long Cases => 250;

    private protected abstract ITestEvents Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons);

    [Fact]
    public void Random_cohorts_in_filters_and_breakdowns_mean_what_the_reference_says() =>
        Gen.Select(AnyEvent.Array[0, 50], AnyPersons, TestMerges.Any, AnyCondition.Array[3, 3], Gen.Long[1, 8].Array[0, 4], Gen.Int[0, 3]).Sample(
            (events, everybody, merges, conditions, listed, shape) =>
            {
                var persons = TestMerges.Known(everybody, merges);
                using var reader = Store(events, merges, persons);
                var cohorts = conditions.Select(static c => new CohortSource(c, "", Utc, Now)).Append(new CohortSource(null, string.Join(',', listed), Utc, Now)).ToList();
                reader.Cohorts = id => id < cohorts.Count ? cohorts[id] : null;
                var known = TestEvent.WithPersons(events, merges, persons);
                for (var i = 0; i < cohorts.Count; i++)
                {
                    var cohort = cohorts[i];
                    var name = "cohort." + i;
                    bool In(long key) => key != 0 && (cohort.Condition is { } c ? Holds(c, key, known, merges, persons) : listed.Select(k => NowKey(k, merges)).Contains(key));
                    var asked = known.Select(e => e with
                    {
                        Properties = e.Properties.Append(KeyValuePair.Create<string, object>(name, In(NowKey(e.PersonKey, merges)))).ToDictionary(),
                    }).ToList();
                    Check(reader, asked, merges, name, (shape + i) % 4);
                    CheckKind(reader, asked, merges, persons, name, ((shape * 4) + i) % 8);
                    if (shape % 2 == 0)
                    {
                        CheckSessionsBy(reader, asked, merges, name, web: (shape + i) % 4 == 0);
                    }

                    var size = reader.QueryAsync(CohortCompiler.Size(cohort, Project, reader.Schema(Project), reader.Dialect()), CancellationToken.None).AsTask().GetAwaiter().GetResult();
                    Assert.Equal((long)events.Select(e => NowKey(e.PersonKey, merges)).Concat(persons.Select(static p => p.Key)).Distinct().Count(In), size.Rows[0][0]);
                }
            },
            iter: Cases, threads: 1);

    /// <summary>Of sessions, then of visits: their statements have columns of their own beside the cohort's.</summary>
    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    public void What_persons_did_filters_sessions_and_visits(int kind)
    {
        TestEvent[] events =
        [
            TestEvent.At("2026-11-03T10:00:00Z", "$pageview", 1) with { SessionId = "s1" }, TestEvent.At("2026-11-03T10:01:00Z", "a", 1) with { SessionId = "s1" },
            TestEvent.At("2026-11-03T11:00:00Z", "$pageview", 2) with { SessionId = "s2" },
        ];
        using var reader = Store(events, [(3, 1)], []);
        reader.Cohorts = static _ => new CohortSource(new CohortDid(new QueryRange { Last = 10, Unit = Interval.Day }, "a", CohortTimes.AtLeast, 1), "", Utc, Now);
        CheckKind(reader, [.. events.Select(static e => e with { Properties = new Dictionary<string, object> { ["cohort.0"] = e.PersonKey == 1 } })], [(3, 1)], [], "cohort.0", kind);
    }

    [Fact]
    public void A_list_follows_its_persons_when_they_are_merged()
    {
        using var reader = Store([TestEvent.At("2026-11-01T10:00:00Z", "a", 1), TestEvent.At("2026-11-01T11:00:00Z", "a", 2), TestEvent.At("2026-11-01T12:00:00Z", "a", 3)], [(2, 1)], []);
        reader.Cohorts = static _ => new CohortSource(null, "2", Utc, Now);
        Assert.Equal(2, Count(reader, new PropertyFilter { Property = "cohort.1", Values = [new FilterValue(true)] }));
        Assert.Equal(1, Count(reader, new PropertyFilter { Property = "cohort.1", Operator = FilterOperator.IsNot, Values = [new FilterValue(true)] }));
    }

    [Fact]
    public void A_hundred_thousand_persons_are_a_list()
    {
        using var reader = Store([TestEvent.At("2026-11-01T10:00:00Z", "a", 99_999), TestEvent.At("2026-11-01T11:00:00Z", "a", 100_001)], [], []);
        reader.Cohorts = static _ => new CohortSource(null, string.Join(',', Enumerable.Range(1, QueryLimits.CohortMembers)), Utc, Now);
        Assert.Equal(1, Count(reader, new PropertyFilter { Property = "cohort.1", Values = [new FilterValue(true)] }));
    }

    private static void Check(IEventReader reader, IReadOnlyList<TestEvent> asked, IReadOnlyList<(long From, long To)> merges, string name, int shape)
    {
        PropertyFilter[] filters = shape switch
        {
            0 => [],
            1 => [new PropertyFilter { Property = name, Operator = FilterOperator.IsNot, Values = [new FilterValue(true)] }],
            _ => [new PropertyFilter { Property = name, Values = [new FilterValue(true)] }],
        };
        var (from, to) = (TestEvent.Micros("2026-11-02T00:00:00Z"), TestEvent.Micros("2026-11-08T00:00:00Z"));
        var range = new QueryRange { From = "2026-11-02", To = "2026-11-07" };
        if (shape == 3)
        {
            var paths = new PathsQuery(range) { Include = [PathItemKind.Events], Filters = filters };
            var (ways, expectedEdges) = PathsReference.Answer(paths, asked, merges, from, to);
            var pathsPlan = PathsCompiler.Compile(paths, PathsValidator.Validate(paths, Utc, Now, new QueryErrors())!.Value, Project, reader.Schema(Project), reader.Dialect());
            var answer = pathsPlan.Read(pathsPlan.Scan(reader), Utc, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None);
            Assert.Equal(ways, answer.Ways);
            Assert.Equal(expectedEdges.Select(static e => (e.Step, e.From, e.To, e.Count)), answer.Edges.Select(static e => (e.Step, e.From, e.To, e.Count)));

            // Broken down by the cohort, its line says the same, and the whole is of everybody.
            var broken = paths with { Filters = [], Breakdown = new Breakdown(name, 2) };
            var (everyWay, everyEdge) = PathsReference.Answer(broken, asked, merges, from, to);
            var brokenPlan = PathsCompiler.Compile(broken, PathsValidator.Validate(broken, Utc, Now, new QueryErrors())!.Value, Project, reader.Schema(Project), reader.Dialect());
            var byCohort = brokenPlan.Read(brokenPlan.Scan(reader), Utc, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None);
            Assert.Equal((everyWay, everyEdge.Count), (byCohort.Ways, byCohort.Edges.Count));
            var line = byCohort.Series!.SingleOrDefault(static s => s.Breakdown == "true");
            Assert.Equal(ways, line?.Ways ?? 0);
            Assert.Equal(answer.Edges, line?.Edges ?? []);
            return;
        }

        var query = new TrendsQuery([new TrendsSeries { Filters = filters }, new TrendsSeries { Event = "a", Math = TrendsMath.UniquePersons, Filters = filters }], range)
        {
            Breakdown = shape == 0 ? new Breakdown(name, 2) : null,
        };
        var plan = TrendsCompiler.Compile(query, QueryValidator.Validate(query, Utc, Now, new QueryErrors())!, Project, reader.Schema(Project), reader.Dialect());
        var rows = reader.QueryAsync(plan.Statement, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        var result = plan.Read(rows, DateTimeOffset.UnixEpoch, TimeSpan.Zero);
        var (_, _, lines) = TrendsReference.Answer(query, asked, merges, TimeZoneInfo.Utc, false, from - (to - from), from, to);
        Assert.Equal(
            lines.Select(static l => $"{l.Series} {l.Breakdown} {l.Total}: {string.Join(' ', l.Values)}"),
            result.Series.Select(static l => $"{l.Series} {l.Breakdown} {l.Total}: {string.Join(' ', l.Values)}"));
    }

    /// <summary>The other kinds of questions: as a filter, and as a breakdown where a kind has one.</summary>
    private static void CheckKind(
        IEventReader reader, IReadOnlyList<TestEvent> asked, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons, string name, int kind)
    {
        IReadOnlyList<PropertyFilter> filters = [new PropertyFilter { Property = name, Values = [new FilterValue(true)] }];
        var schema = reader.Schema(Project);
        var errors = new QueryErrors();
        var (from, to) = (TestEvent.Micros("2026-11-02T00:00:00Z"), TestEvent.Micros("2026-11-08T00:00:00Z"));
        var range = new QueryRange { From = "2026-11-02", To = "2026-11-07" };
        var starts = TrendsReference.Buckets(TimeZoneInfo.Utc, false, Interval.Day, from, to + (8 * Day));
        switch (kind)
        {
            case 0 or 1:
                var funnel = new FunnelQuery([new FunnelStep { Event = "a" }, new FunnelStep { Event = "b" }], range)
                {
                    Filters = kind == 0 ? filters : [],
                    Breakdown = kind == 0 ? null : new FunnelBreakdown(name, 2),
                };
                var funnelPlan = FunnelCompiler.Compile(funnel, FunnelValidator.Validate(funnel, Utc, Now, errors)!, Project, schema, reader.Dialect());
                var funnels = funnelPlan.Read(funnelPlan.Scan(reader), Utc, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None);
                var ways = new FunnelReference(funnel, TrueAndFalse(asked, name, kind == 0), merges, from, to, null).Persons().Where(static p => p.Result is { Furthest: > 0, Excluded: false }).ToList();
                Assert.Equal(
                    ways.GroupBy(static w => w.Line ?? "").Select(static g => (g.Key, (long)g.Count(), (long)g.Count(static w => w.Result.Furthest == 2))).OrderBy(static l => l.Key, StringComparer.Ordinal),
                    funnels.Series.Where(static s => s.Entered > 0).Select(static s => (s.Breakdown ?? "", s.Entered, s.Converted)).OrderBy(static l => l.Item1, StringComparer.Ordinal));
                break;
            case 2 or 3:
                var retention = new RetentionQuery(new EventSelector { Event = "a" }, new EventSelector(), range, Interval.Day, 3)
                {
                    Filters = kind == 2 ? filters : [],
                    Breakdown = kind == 2 ? null : new Breakdown(name, 2),
                };
                var retentionPlan = RetentionCompiler.Compile(retention, RetentionValidator.Validate(retention, Utc, Now, errors)!, Project, schema, reader.Dialect());
                var retained = retentionPlan.Read(retentionPlan.Scan(reader), Utc, UnixMicros.ToInstant(Now), () => TimeSpan.Zero, CancellationToken.None);
                var reference = new RetentionReference(retention, asked, merges, starts, from, to, Now);
                var members = reference.Members();
                Assert.Equal(
                    (kind == 2 ? [null] : members.Select(static m => m.Line).Distinct()).SelectMany(line => Enumerable.Range(0, reference.Cohorts).Select(c => Row(
                        line, members.Where(m => m.Line == line && m.Member.Cohort == c).Select(static m => m.Member.Returned).ToList()))),
                    retained.Series.SelectMany(static s => s.Cohorts.Select(c => $"{s.Breakdown} {c.Size}: {string.Join(' ', c.Cells.Select(static cell => cell.Returned))}")));
                break;
            case 4:
                var stickiness = new StickinessQuery([new EventSelector { Event = "a" }, new EventSelector { Filters = filters }], range);
                var stickinessPlan = StickinessCompiler.Compile(stickiness, StickinessValidator.Validate(stickiness, Utc, Now, errors)!, Project, schema, reader.Dialect());
                var sticky = stickinessPlan.Read(stickinessPlan.Scan(reader), Utc, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None).Series[1];
                var active = asked.Where(e => e.Timestamp >= from && e.Timestamp < to && filters.All(f => TrendsReference.Holds(f, e)))
                    .Select(e => (Person: NowKey(e.PersonKey, merges), Interval: starts.Count(s => s <= e.Timestamp))).Where(static a => a.Person != 0).Distinct()
                    .GroupBy(static a => a.Person).Select(static g => g.Count()).ToList();
                Assert.Equal(Enumerable.Range(1, 6).Select(n => active.Count(a => a == n)), sticky.Values.Select(static v => (int)v));
                var stickyBroken = new StickinessQuery([new EventSelector()], range) { Breakdown = new Breakdown(name, 2) };
                var stickyBrokenPlan = StickinessCompiler.Compile(stickyBroken, StickinessValidator.Validate(stickyBroken, Utc, Now, errors)!, Project, schema, reader.Dialect());
                var stickyLine = stickyBrokenPlan.Read(stickyBrokenPlan.Scan(reader), Utc, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None)
                    .Series.SingleOrDefault(static s => s.Breakdown == "true");
                Assert.Equal(active.Count > 0 ? sticky.Values : null, stickyLine?.Values);
                break;
            case 5:
                var lifecycle = new LifecycleQuery(range) { Filters = filters };
                var lifecyclePlan = LifecycleCompiler.Compile(lifecycle, LifecycleValidator.Validate(lifecycle, Utc, Now, errors)!, Project, schema, reader.Dialect());
                var lives = lifecyclePlan.Read(lifecyclePlan.Scan(reader), Utc, UnixMicros.ToInstant(Now), () => TimeSpan.Zero, CancellationToken.None);
                var here = asked.Where(e => filters.All(f => TrendsReference.Holds(f, e))).Select(e => (Person: NowKey(e.PersonKey, merges), e.Timestamp)).Where(e => persons.Any(p => p.Key == e.Person)).ToList();
                HashSet<long> On(int day) => [.. here.Where(e => e.Timestamp >= from + (day * Day) && e.Timestamp < from + ((day + 1) * Day)).Select(static e => e.Person)];

                // Everybody was made long before.
                Assert.Equal(Enumerable.Range(0, 6).Select(d => On(d).Count(On(d - 1).Contains)), lives.Returning.Select(static v => (int)v));
                Assert.Equal(Enumerable.Range(0, 6).Select(d => On(d).Count(p => !On(d - 1).Contains(p))), lives.Resurrecting.Select(static v => (int)v));
                Assert.Equal(Enumerable.Range(0, 6).Select(d => On(d - 1).Count(p => !On(d).Contains(p))), lives.Dormant.Select(static v => (int)v));
                var livesBroken = lifecycle with { Filters = [], Breakdown = new Breakdown(name, 2) };
                var livesBrokenPlan = LifecycleCompiler.Compile(livesBroken, LifecycleValidator.Validate(livesBroken, Utc, Now, errors)!, Project, schema, reader.Dialect());
                var livesLine = livesBrokenPlan.Read(livesBrokenPlan.Scan(reader), Utc, UnixMicros.ToInstant(Now), () => TimeSpan.Zero, CancellationToken.None)
                    .Series!.SingleOrDefault(static s => s.Breakdown == "true") ?? new LifecycleSeries("true", new long[6], new long[6], new long[6], new long[6]);
                Assert.Equal(
                    lives.New.Concat(lives.Returning).Concat(lives.Resurrecting).Concat(lives.Dormant),
                    livesLine.New.Concat(livesLine.Returning).Concat(livesLine.Resurrecting).Concat(livesLine.Dormant));
                break;
            case 6:
                var sessions = new SessionsQuery(range) { Filters = filters };
                var sessionsPlan = SessionsCompiler.Compile(sessions, SessionsValidator.Validate(sessions, Utc, Now, errors)!, Project, schema, reader.Dialect());
                var total = Assert.Single(sessionsPlan.Read(sessionsPlan.Scan(reader), Utc, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None).Series).Total;
                var ofSessions = new SessionsReference(asked, merges, filters, web: false, static _ => 0);
                var figures = ofSessions.Figures(ofSessions.Sessions(from, to), sessions.BounceSeconds);
                Assert.Equal((figures.Sessions, figures.Views), (total.Sessions, total.Views));
                break;
            default:
                var web = new WebQuery(range) { Filters = filters, Parts = [WebPart.Totals] };
                var webPlan = WebCompiler.Compile(web, SessionsValidator.Validate(web, Utc, Now, errors)!, Project, schema, reader.Dialect());
                var shown = webPlan.Read(webPlan.Scan(reader), Utc, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None).Totals!;
                var ofVisits = new SessionsReference(asked, merges, filters, web: true, static _ => 0);
                var visits = ofVisits.Web(ofVisits.Sessions(from, to));
                Assert.Equal((visits.Visitors, visits.Visits, visits.PageViews), (shown.Visitors, shown.Visits, shown.PageViews));
                break;
        }

        Assert.False(errors.Any);

        string Row(string? line, List<HashSet<int>> returned) => $"{line} {returned.Count}: {string.Join(' ', Enumerable.Range(0, 3).Select(column => returned.Count(r => r.Contains(column))))}";
    }

    /// <summary>Sessions by whether the person of each is in the cohort, and visits likewise.</summary>
    private static void CheckSessionsBy(IEventReader reader, IReadOnlyList<TestEvent> asked, IReadOnlyList<(long From, long To)> merges, string name, bool web)
    {
        var schema = reader.Schema(Project);
        var (from, to) = (TestEvent.Micros("2026-11-02T00:00:00Z"), TestEvent.Micros("2026-11-08T00:00:00Z"));
        var range = new QueryRange { From = "2026-11-02", To = "2026-11-07" };
        var reference = new SessionsReference(asked, merges, [], web, static _ => 0);
        var whole = reference.Sessions(from, to);
        if (web)
        {
            var visits = new WebQuery(range) { Parts = [], Lists = [new WebListQuery(EventProperty: name)] };
            var visitsPlan = WebCompiler.Compile(visits, SessionsValidator.Validate(visits, Utc, Now, new QueryErrors())!, Project, schema, reader.Dialect());
            var rows = Assert.Single(visitsPlan.Read(visitsPlan.Scan(reader), Utc, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None).Lists!).Rows;
            Assert.Equal(
                reference.List(whole, null, name).Select(static r => (r.Value, r.Visitors, r.Visits, r.PageViews)), rows.Select(static r => (r.Value, r.Visitors, r.Visits, r.PageViews)));
            return;
        }

        var sessions = new SessionsQuery(range) { Breakdown = new SessionsBreakdown(EventProperty: name) };
        var plan = SessionsCompiler.Compile(sessions, SessionsValidator.Validate(sessions, Utc, Now, new QueryErrors())!, Project, schema, reader.Dialect());
        Assert.Equal(
            whole.GroupBy(s => reference.Value(s, null, name)).Select(static g => (g.Key, (long)g.Count())).OrderBy(static l => l.Key, StringComparer.Ordinal),
            plan.Read(plan.Scan(reader), Utc, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None).Series
                .Select(static s => (s.Breakdown, s.Total.Sessions)).OrderBy(static l => l.Breakdown, StringComparer.Ordinal));
    }

    /// <summary>As the reference of funnels reads a value: a text, in filters the boolean's.</summary>
    private static IReadOnlyList<TestEvent> TrueAndFalse(IReadOnlyList<TestEvent> asked, string name, bool filters) => !filters ? asked :
        [.. asked.Select(e => e with { Properties = e.Properties.ToDictionary(static p => p.Key, p => p.Key == name ? (bool)p.Value ? "true" : "false" : p.Value) })];

    private const long Day = 86_400_000_000L;

    private static bool Holds(CohortCondition condition, long key, IReadOnlyList<TestEvent> known, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons)
    {
        switch (condition)
        {
            case CohortAll all:
                return all.Of.All(c => Holds(c, key, known, merges, persons));
            case CohortAny any:
                return any.Of.Any(c => Holds(c, key, known, merges, persons));
            case CohortPerson person:
                var nothing = new TestEvent("", "", key, 0, new Dictionary<string, object>());
                return person.Filters.All(f => TrendsReference.Holds(f, TestEvent.WithPersons([nothing], [], persons)[0]));
            default:
                var did = (CohortDid)condition;
                var today = DateOnly.FromDateTime(UnixMicros.ToInstant(Now).UtcDateTime);
                var from = did.Range.Last is { } last ? today.AddDays(1 - last) : DateOnly.Parse(did.Range.From!);
                var to = did.Range.Last is null ? DateOnly.Parse(did.Range.To!) : today;
                var times = known.Count(e => NowKey(e.PersonKey, merges) == key && (did.Event ?? e.Event) == e.Event && did.Filters.All(f => TrendsReference.Holds(f, e)) &&
                    DateOnly.FromDateTime(UnixMicros.ToInstant(e.Timestamp).UtcDateTime) is var day && day >= from && day <= to);
                return did.Comparison switch
                {
                    CohortTimes.AtLeast => times >= did.Times,
                    CohortTimes.AtMost => times <= did.Times,
                    _ => times == did.Times,
                };
        }
    }

    private static double? Count(IEventReader reader, PropertyFilter filter)
    {
        var query = new TrendsQuery([new TrendsSeries()], new QueryRange { From = "2026-11-01", To = "2026-11-01" }) { Filters = [filter] };
        var plan = TrendsCompiler.Compile(query, QueryValidator.Validate(query, Utc, Now, new QueryErrors())!, Project, reader.Schema(Project), reader.Dialect());
        var rows = reader.QueryAsync(plan.Statement, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return plan.Read(rows, DateTimeOffset.UnixEpoch, TimeSpan.Zero).Series[0].Total;
    }

    private static long NowKey(long key, IReadOnlyList<(long From, long To)> merges) => merges.Where(m => m.From == key).Select(static m => m.To).Append(key).First();

    private static string DayOf(int day) => new DateOnly(2026, 10, 31).AddDays(day).ToString("yyyy-MM-dd");
}

public sealed class CohortTests : CohortAgreement
{
    private protected override ITestEvents Store(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlyList<TestPerson> persons) =>
        new DuckDbEvents(events, merges, null, persons);

    [Theory]
    [InlineData("""{"kind":"all","of":[]}""", "condition.of")]
    [InlineData("""{"kind":"person","filters":[]}""", "condition.filters")]
    [InlineData("""{"kind":"person","filters":[{"property":"plan","operator":"is_set"}]}""", "condition.filters[0].property")]
    [InlineData("""{"kind":"any","of":[{"kind":"did","times":0,"range":{"last":7,"unit":"day"}}]}""", "condition.of[0].times")]
    [InlineData("""{"kind":"did","event":"","range":{"last":0,"unit":"day"}}""", "condition.event,condition.range.last")]
    [InlineData("""{"kind":"did","filters":[{"property":"cohort.1","values":[true]}],"range":{"last":7,"unit":"day"}}""", "condition.filters[0].property")]
    [InlineData("""{"kind":"all","of":[{"kind":"all","of":[{"kind":"all","of":[{"kind":"all","of":[{"kind":"all","of":[]}]}]}]}]}""", "condition.of[0].of[0].of[0].of[0].of")]
    public void What_is_wrong_is_named(string json, string fields)
    {
        var errors = new QueryErrors();
        var condition = QueryJson.Read<CohortCondition>(Encoding.UTF8.GetBytes(json), "condition", errors);
        CohortValidator.Validate(condition, "condition", Utc, Now, errors);
        Assert.Equal(fields.Split(','), errors.ToDictionary().Keys);
    }
}
