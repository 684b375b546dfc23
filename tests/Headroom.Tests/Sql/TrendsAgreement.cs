using CsCheck;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

/// <summary>Every store must agree with the reference on random events and random queries. A store derives one class.</summary>
public abstract class TrendsAgreement
{
    internal static readonly string[] Zones =
        ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia"];

    private static readonly string[] Properties =
        ["plan", "Plan", "amount", "mixed", "a\"b; DROP TABLE x --", "{events}", "It's {overrides}", "{person_key}", "$browser", "späte^Größe", "never"];

    private static readonly object[] Values =
    [
        "Chrome", "chrome", "ÄRGER", "100%", "a_b", "'; DROP TABLE the_events; --", "{events}", "$1", "12", "true", "$other", "", "😀", "\"q\"",
        12d, -0.5, 0.25, 1000d, 0d, 3.75, 1e15, true, false, new JsonText("[1,2]"), new JsonText("{\"a\":\"b\"}"),
    ];

    private static readonly string[] Names = ["view", "View", "buy", "o'clock"];

    // Around both changes of the clocks in Europe, America and Australia.
    private static readonly long[] Anchors =
        [.. new[] { "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2026-03-08T07:00:00Z", "2026-10-03T15:30:00Z", "2026-04-04T15:00:00Z", "2026-12-31T23:59:59.999999Z" }.Select(TestEvent.Micros)];

    /// <summary>Cases tried in a run, each with six queries.</summary>
    protected virtual long Cases => 180;

    protected abstract IEventReader Store(
        IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string> overflow, IReadOnlyList<TestPerson> persons);

    private static bool Numeric(TrendsMath math) => math is >= TrendsMath.Sum and <= TrendsMath.P99;

    private sealed record Case(
        IReadOnlyList<TestEvent> Events, IReadOnlyList<(long From, long To)> Merges, string Zone, bool Sunday, IReadOnlyList<TrendsQuery> Queries, IReadOnlySet<string> Overflow,
        IReadOnlyList<TestPerson> Persons)
    {
        public override string ToString() =>
            $"{Zone} sunday={Sunday} merges={string.Join(',', Merges)} overflow={string.Join(',', Overflow)} persons={string.Join(',', Persons)}\n" +
            string.Join('\n', Queries.Select(q => System.Text.Json.JsonSerializer.Serialize<InsightQuery>(q, QueryJson.Options))) + "\n" +
            string.Join('\n', Events.Select(e => $"{UnixMicros.ToInstant(e.Timestamp):O} {e.Event} {e.PersonKey} {string.Join(';', e.Properties.Select(p => p.Key + "=" + p.Value))}"));
    }

    private static readonly Gen<FilterValue> AnyFilterValue =
        Gen.OneOfConst(Values).Select(v => v switch
        {
            double number => new FilterValue(number),
            bool boolean => new FilterValue(boolean),
            JsonText json => new FilterValue(json.Text),
            _ => new FilterValue((string)v),
        });

    private static readonly Gen<string> AnyProperty = Gen.OneOfConst(
        [.. Properties, "event", "distinct_id", "session_id", "group.company.plan", "group.company.plan",
            "person.plan", "person.mixed", "person.{persons}", "person.a\"b; DROP TABLE x --", "person.nobody has it"]);

    /// <summary>Keys 2 and 3 are those that may have been merged away.</summary>
    private static readonly Gen<TestPerson[]> AnyPersons =
        Gen.Select(Gen.Long[1, 6], Gen.Select(Gen.OneOfConst("plan", "mixed", "{persons}", "a\"b; DROP TABLE x --"), Gen.OneOfConst(Values)).Array[0, 4])
            .Select((key, properties) => new TestPerson(key, properties.DistinctBy(p => p.Item1).ToDictionary(p => p.Item1, p => p.Item2)))
            .Array[0, 5].Select(persons => persons.DistinctBy(p => p.Key).ToArray());

    private static readonly Gen<PropertyFilter> AnyFilter =
        Gen.Select(AnyProperty, Gen.Enum<FilterOperator>(), AnyFilterValue.Array[1, 3], Gen.Double[-2, 20], Gen.OneOfConst("^[A-Z]", "o", "(?i)CHROME", "\\d+", "^$", "[[]1|b\""))
            .Select((property, op, values, number, pattern) => new PropertyFilter
            {
                Property = property,
                Operator = op,
                Values = op switch
                {
                    FilterOperator.IsSet or FilterOperator.IsNotSet => [],
                    FilterOperator.GreaterThan or FilterOperator.GreaterOrEqual or FilterOperator.LessThan or FilterOperator.LessOrEqual => [new FilterValue(Math.Round(number * 4) / 4)],
                    FilterOperator.Matches => [new FilterValue(pattern)],
                    _ => values,
                },
            });

    private static readonly Gen<TrendsSeries> AnySeries =
        Gen.Select(
            Gen.OneOfConst([null, .. Names, "nobody sent it"]), Gen.Enum<TrendsMath>(), Gen.OneOfConst("amount", "mixed", "Plan", "never", "group.company.plan", "person.mixed"),
            AnyFilter.Array[0, 1], Gen.Int[0, 3])
            .Select((name, math, property, filters, persons) => new TrendsSeries
            {
                Event = name,
                Math = math,
                Property = Numeric(math) && !(persons == 0 && math is not TrendsMath.Sum) ? property : null,
                PerPerson = persons < 2 && Numeric(math) && math is not TrendsMath.Sum,
                Filters = filters,
            });

    /// <summary>What a query may have besides: only what the validator takes.</summary>
    private static readonly Gen<Func<TrendsQuery, TrendsQuery>> AnyMore =
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 9], Gen.OneOfConst([.. TrendsReference.Formulas.Keys]).Array[0, 2], Gen.Bool).Select(
            (more, points, formulas, hidden) => (Func<TrendsQuery, TrendsQuery>)(query =>
            {
                query = (more, points) switch
                {
                    (_, 5 or 6) => query with { Unit = new QueryUnit(points == 5 ? "company" : "nothing like it") },
                    (0, _) => query with { Smoothing = Math.Max(2, points / 2) },
                    (1, _) => query with
                    {
                        Cumulative = true,
                        Series = [.. query.Series.Select(s => s.PerPerson || s.Math is TrendsMath.Median or TrendsMath.P90 or TrendsMath.P95 or TrendsMath.P99
                            or TrendsMath.WeeklyActive or TrendsMath.MonthlyActive ? s with { Math = TrendsMath.UniquePersons, PerPerson = false, Property = null } : s)],
                    },
                    _ => query,
                };
                return query.Series.Count < 3 || points > 6 ? query : query with
                {
                    Formulas = [.. formulas.Select(f => new TrendsFormula(f))],
                    // A is in all of them.
                    Series = [.. query.Series.Select((s, i) => i == 0 && formulas.Length > 0 ? s with { Hidden = hidden } : s)],
                };
            }));

    private static readonly Gen<QueryRange> AnyRange =
        Gen.Select(Gen.OneOfConst(Anchors), Gen.Int[-3, 3], Gen.Int[0, 40], Gen.Bool, Gen.Long[0, 86_400_000_000]).Select((anchor, start, days, whole, part) =>
        {
            var first = DateOnly.FromDateTime(UnixMicros.ToInstant(anchor).UtcDateTime).AddDays(start - (days / 2));
            return whole
                ? new QueryRange { From = first.ToString("yyyy-MM-dd"), To = first.AddDays(days).ToString("yyyy-MM-dd") }
                : new QueryRange
                {
                    From = UnixMicros.ToInstant(UnixMicros.From(new DateTimeOffset(first.ToDateTime(default), TimeSpan.Zero)) + part).ToString("O"),
                    To = new DateTimeOffset(first.AddDays(days + 1).ToDateTime(new TimeOnly(13, 7)), TimeSpan.FromHours(2)).ToString("O"),
                };
        });

    internal static readonly Gen<TrendsQuery> AnyQuery =
        Gen.Select(
            AnySeries.Array[1, 3], AnyRange, Gen.OneOfConst(Interval.Hour, Interval.Day, Interval.Week, Interval.Month), AnyFilter.Array[0, 1],
            Gen.Bool, AnyProperty, Gen.Int[1, 4], Gen.Select(Gen.Bool, AnyMore))
            .Select((series, range, interval, filters, broken, property, limit, rest) => rest.Item2(new TrendsQuery(series, range, interval)
            {
                Filters = filters,
                Breakdown = broken ? new Breakdown(property, limit) : null,
                Compare = rest.Item1,
            }));

    /// <summary>By the minute, over a few hours around a change of the clocks.</summary>
    private static readonly Gen<TrendsQuery> ByTheMinute =
        Gen.Select(AnyQuery, Gen.OneOfConst(Anchors), Gen.Long[-5_400, 0], Gen.Long[1, 7_200]).Select((query, anchor, start, seconds) => query with
        {
            Interval = Interval.Minute,
            Range = new QueryRange
            {
                From = UnixMicros.ToInstant(anchor + (start * 1_000_000)).ToString("O"),
                To = UnixMicros.ToInstant(anchor + ((start + seconds) * 1_000_000)).ToString("O"),
            },
        });

    private static readonly Gen<TestEvent> AnyOfGroups =
        Gen.Select(
            Gen.OneOfConst(Anchors), Gen.Long[-2, 2], Gen.OneOfConst("company", "company", "team"), Gen.OneOfConst<object>("c1", "c2", 12d, ""),
            Gen.OneOfConst("{\"plan\":\"Chrome\"}", "{\"plan\":12}", "{\"plan\":false,\"size\":3}", "{\"plan\":[1,2]}", "{\"plan\":null}", "{\"size\":1}", "{}"))
            .Select((anchor, shift, type, key, set) => new TestEvent("$groupidentify", "g", 0, anchor + shift, new Dictionary<string, object>
            {
                ["$group_type"] = type, ["$group_key"] = key, ["$group_set"] = new JsonText(set),
            }));

    private static readonly Gen<TestEvent> AnyOfPersons =
        Gen.Select(
            Gen.OneOfConst(Names), Gen.Long[0, 6], Gen.OneOfConst(Anchors), Gen.OneOf(Gen.Long[-2, 2], Gen.Long[-40L * 86_400_000_000, 40L * 86_400_000_000]),
            Gen.Select(Gen.OneOfConst(Properties[..^1]), Gen.OneOfConst(Values)).Array[0, 6], Gen.OneOfConst(null, "s1", "s2"),
            Gen.OneOfConst<object?>(null, "c1", "c1", "c2", "ü", 12d, ""))
            .Select((name, person, anchor, shift, properties, session, company) => new TestEvent(
                name, "u" + person, person, anchor + shift,
                (company is null ? properties : properties.Append(("$groups.company", company))).DistinctBy(p => p.Item1).ToDictionary(p => p.Item1, p => p.Item2))
            {
                SessionId = session,
            });

    internal static readonly Gen<TestEvent> AnyEvent = Gen.Frequency((6, AnyOfPersons), (1, AnyOfGroups));

    private static readonly Gen<Case> AnyCase =
        Gen.Select(AnyEvent.Array[0, 40], TestMerges.Any, Gen.OneOfConst(Zones), Gen.Bool, Gen.Select(AnyQuery.Array[5, 5], ByTheMinute), Gen.OneOfConst(Properties).Array[0, 2], Gen.Select(Gen.Bool, AnyPersons))
            .Select((events, merges, zone, sunday, queries, overflow, more) => new Case(
                events, merges, zone, sunday, [.. queries.Item1, queries.Item2], more.Item1 ? overflow.ToHashSet() : new HashSet<string>(),
                TestMerges.Known(more.Item2, merges)));

    [Fact]
    public void A_random_query_over_random_events_means_what_the_reference_says() =>
        AnyCase.Sample(
            c =>
            {
                var reader = Store(c.Events, c.Merges, c.Overflow, c.Persons);
                using var owner = reader as IDisposable;
                foreach (var query in c.Queries)
                {
                    Check(c, query, reader);
                }
            },
            iter: Cases,
            threads: 1);

    private static void Check(Case c, TrendsQuery query, IEventReader reader)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(c.Zone);
        var calendar = new LocalCalendar(zone, c.Sunday);
        var errors = new QueryErrors();
        var time = QueryValidator.Validate(query, calendar, 0, errors);
        if (time is null)
        {
            // The only reason for which a generated query may be refused: its last instant is before its first.
            Assert.Equal(["range.to"], errors.ToDictionary().Keys);
            return;
        }

        var schema = reader.Schema(new ProjectId(1));
        var plan = TrendsCompiler.Compile(query, time, new ProjectId(1), schema, reader.Dialect());
        var rows = reader.QueryAsync(plan.Statement, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        Check(c, query, plan.Read(rows, DateTimeOffset.UnixEpoch, TimeSpan.Zero), plan.Statement.Sql);
        using var scan = TrendsScan.Of(query, time, new ProjectId(1), schema, reader.Dialect());
        if (scan is null)
        {
            Assert.True(
                query.Unit is not null || query.Cumulative || (query.Formulas.Count > 0 && query.Breakdown is not null) || query.Series.Any(s => s.PerPerson ||
                    s.Math is not (TrendsMath.Total or TrendsMath.UniquePersons or TrendsMath.Sum or TrendsMath.Average or TrendsMath.Min or TrendsMath.Max)));
            return;
        }

        if (scan.Names is { } names && reader.CountAsync(new ProjectId(1), names, scan.Bounds, CancellationToken.None).AsTask().GetAwaiter().GetResult() is { } tally)
        {
            scan.Take(tally);
            Check(c, query, plan.Read(scan.Rows(), DateTimeOffset.UnixEpoch, TimeSpan.Zero, counted: true), "kept counts");
        }

        var summary = reader.ScanAsync(scan.Statement, scan.Sink, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        Assert.True(scan.Take(summary));
        Check(c, query, plan.Read(scan.Rows(), DateTimeOffset.UnixEpoch, TimeSpan.Zero, counted: true), scan.Statement.Sql);
    }

    private static void Check(Case c, TrendsQuery query, TrendsResult result, string sql)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(c.Zone);
        var (from, to, previousFrom) = RangeOf(query, zone);
        var (buckets, previousBuckets, lines) = TrendsReference.Answer(
            query, TestEvent.WithPersons(c.Events, c.Merges, c.Persons), c.Merges, zone, c.Sunday, previousFrom, from, to);
        var context = System.Text.Json.JsonSerializer.Serialize<InsightQuery>(query, QueryJson.Options) + "\n" + sql;
        Assert.Equal(buckets, result.Buckets.Select(UnixMicros.From));
        Assert.Equal(previousBuckets, result.CompareBuckets?.Select(UnixMicros.From));
        Assert.True(
            lines.Select(l => (l.Series, l.Breakdown)).SequenceEqual(result.Series.Select(l => (l.Series, l.Breakdown))),
            $"{string.Join('|', lines.Select(l => l.Breakdown ?? "∅"))} but {string.Join('|', result.Series.Select(l => l.Breakdown ?? "∅"))}\n{context}");
        foreach (var (expected, actual) in lines.Zip(result.Series))
        {
            Same([.. expected.Values, expected.Total], [.. actual.Values, actual.Total], context);
            Same([.. expected.Previous ?? [], expected.PreviousTotal], [.. actual.Compare?.Values ?? [], actual.Compare?.Total], context);
        }
    }

    private static void Same(double?[] expected, double?[] actual, string context)
    {
        var same = expected.Length == actual.Length && expected.Zip(actual).All(p =>
            p.First is null || p.Second is null
                ? p.First is null && p.Second is null
                : Math.Abs(p.First.Value - p.Second.Value) <= 1e-9 * Math.Max(1, Math.Abs(p.First.Value)));
        Assert.True(same, $"[{string.Join(' ', expected.Select(v => v?.ToString() ?? "null"))}]\n[{string.Join(' ', actual.Select(v => v?.ToString() ?? "null"))}]\n{context}");
    }

    private static (long From, long To, long PreviousFrom) RangeOf(TrendsQuery query, TimeZoneInfo zone)
    {
        if (query.Range.From!.Length > 10)
        {
            var (start, end) = (TestEvent.Micros(query.Range.From), TestEvent.Micros(query.Range.To!));
            return (start, end, start - (end - start));
        }

        var (first, after) = (DateOnly.Parse(query.Range.From), DateOnly.Parse(query.Range.To!).AddDays(1));
        var previous = query.Interval is Interval.Month && first.Day == 1 && after.Day == 1
            ? first.AddMonths(-(((after.Year - first.Year) * 12) + after.Month - first.Month))
            : first.AddDays(first.DayNumber - after.DayNumber);
        return (Start(first, zone), Start(after, zone), Start(previous, zone));
    }

    /// <summary>The first quarter of an hour whose local date is this day or later.</summary>
    private static long Start(DateOnly day, TimeZoneInfo zone)
    {
        var t = UnixMicros.From(new DateTimeOffset(day.AddDays(-2).ToDateTime(default), TimeSpan.Zero));
        while (DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(UnixMicros.ToInstant(t), zone).DateTime) < day)
        {
            t += 15 * 60 * 1_000_000L;
        }

        return t;
    }
}

public sealed class TrendsOverDuckDbTests : TrendsAgreement
{
    protected override IEventReader Store(
        IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string> overflow, IReadOnlyList<TestPerson> persons) =>
        new DuckDbEvents(events, merges, overflow, persons);
}
