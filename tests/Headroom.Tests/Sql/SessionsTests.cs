using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using CsCheck;
using DuckDB.NET.Data;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

/// <summary>Every store must agree with the reference on random events and random questions to sessions. A store derives one class.</summary>
public abstract class SessionsAgreement
{
    protected static readonly ProjectId Project = new(1);
    private const long Minute = 60_000_000;
    private const string SomeUuid = "019bd1a0-0c5e-7abc-8def-0123456789ab";
    private const string AnotherUuid = "019bd1a0-0c5e-7abc-8def-0123456789ac";
    private static readonly ConcurrentDictionary<string, ulong> Ranks = new(StringComparer.Ordinal);

    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"];

    // The days on which the clocks change in Berlin, and one on which they do not.
    private static readonly string[] Days = ["2026-03-29", "2026-10-25", "2026-11-01"];

    private static readonly object[] Texts = ["a", "b", "ä", "$other", "", "😀", "ｚ", 12d, true];

    private static readonly Gen<Dictionary<string, object>> AnyProperties =
        Gen.Select(
            Gen.OneOfConst<(string, object[])>(
                ("$pathname", ["/", "/a", "/b", "/ä", ""]), ("$pathname", ["/", "/a", "/b", "/ä", ""]), ("$current_url", ["https://x/", "https://x/y"]),
                ("$screen_name", ["Home", "/a"]), ("$channel", ["Direct", "Referral"]), ("$referring_domain", ["$direct", "google.com", "x.com", "www.x.com", ""]),
                ("$host", ["x.com", "www.x.com"]), ("utm_source", Texts), ("utm_medium", Texts), ("utm_campaign", Texts), ("utm_term", Texts), ("utm_content", Texts),
                ("$geoip_country_code", ["DE", "FR"]), ("$geoip_subdivision_1_name", ["Hesse"]), ("$geoip_city_name", ["Hof", "Ulm"]), ("$device_type", ["Mobile"]),
                ("$browser", Texts), ("$os", Texts), ("plan", Texts), ("plan", [new JsonText("[1,2]"), 12d, "12"]), ("$groups.company", ["c1", "c2", 12d, ""]), ("interactive", [true, false, "false"]), ("$web_vitals_LCP_value", [1d, 2.5, 1000d, "fast"]),
                ("$web_vitals_CLS_value", [0d, 0.25]), ("$web_vitals_TTFB_value", [3d])),
            Gen.Int[0, 20]).Select((p, i) => (p.Item1, p.Item2[i % p.Item2.Length])).Array[0, 9]
            .Select(all => all.DistinctBy(p => p.Item1).ToDictionary(p => p.Item1, p => p.Item2));

    // Few moments, some of them a day from the edges of a range, so that ties and sessions over edges are the rule.
    private static readonly Gen<TestEvent> AnyOfPersons =
        from name in Gen.OneOfConst("$pageview", "$pageview", "$pageview", "$pageview", "$screen", "$autocapture", "$pageleave", "engagement", "$web_vitals", "$web_vitals", "buy", "o'clock")
        from session in Gen.OneOfConst(null, "", "s1", "s2", "s3", "s'7", SomeUuid, SomeUuid, AnotherUuid, SomeUuid.ToUpperInvariant())
        from person in Gen.Long[0, 4]
        from day in Gen.OneOfConst(Days)
        from hour in Gen.OneOf(Gen.Int[-4, 3], Gen.Int[-60, 60], Gen.OneOfConst(-24, -48, 24, 48))
        from minute in Gen.OneOfConst(0, 0, 1, 5)
        from shift in Gen.OneOfConst(0L, 0L, 0L, 1L, -1L, 10_000_000L, 9_999_999L)
        from properties in AnyProperties
        select new TestEvent(name, "u" + person, person, TestEvent.Micros(day + "T00:00:00Z") + (((hour * 60) + minute) * Minute) + shift, properties) { SessionId = session };

    /// <summary>In sessions like any other event, and of nobody.</summary>
    private static readonly Gen<TestEvent> AnyOfGroups =
        from of in AnyOfPersons
        from type in Gen.OneOfConst("company", "company", "team")
        from key in Gen.OneOfConst<object>("c1", "c2", 12d, "")
        from set in Gen.OneOfConst("""{"plan":"a"}""", """{"plan":12}""", """{"plan":false}""", """{"plan":[1,2]}""", """{"plan":null}""", """{"plan":""}""", "{}")
        select new TestEvent("$groupidentify", "g", 0, of.Timestamp, new Dictionary<string, object> { ["$group_type"] = type, ["$group_key"] = key, ["$group_set"] = new JsonText(set) })
        {
            SessionId = of.SessionId,
        };

    private static readonly Gen<TestEvent> AnyEvent = Gen.Frequency((8, AnyOfPersons), (1, AnyOfGroups));

    private static readonly Gen<TestPerson[]> AnyPersons =
        Gen.Select(Gen.Long[1, 6], Gen.Select(Gen.OneOfConst("plan", "plan", "mixed"), Gen.OneOfConst([.. Texts, new JsonText("{\"a\":1}")])).Array[0, 2])
            .Select((key, properties) => new TestPerson(key, properties.DistinctBy(p => p.Item1).ToDictionary(p => p.Item1, p => p.Item2)))
            .Array[0, 6].Select(persons => persons.DistinctBy(p => p.Key).ToArray());

    /// <summary>As breakdowns take them: of events and of sessions, persons, groups and cohorts, of which 4 has nobody.</summary>
    private static readonly Gen<string> AnyName = Gen.OneOfConst(
        "plan", "plan", "event", "distinct_id", "session_id", "$pathname", "$browser", "$entry_page", "$source", "utm_term", "$groups.company", "never",
        "person.plan", "person.plan", "person.mixed", "group.company.plan", "group.company.plan", "cohort.1", "cohort.2", "cohort.3", "cohort.4");

    /// <summary>Half of them are on what a session has.</summary>
    private static readonly Gen<PropertyFilter> AnyFilter =
        from property in Gen.OneOfConst(
            "$pathname", "$pathname", "$current_url", "plan", "plan", "event", "person.plan", "person.plan", "person.mixed", "cohort.1", "$groups.company", "$entry_page", "$entry_page", "$exit_page", "$source", "$source",
            "$channel", "$referring_domain", "utm_source", "utm_medium", "utm_term", "$browser", "$os", "$geoip_country_code", "$geoip_city_name", "$device_type")
        from op in Gen.OneOfConst(
            FilterOperator.Is, FilterOperator.Is, FilterOperator.IsNot, FilterOperator.Contains, FilterOperator.NotContains, FilterOperator.Matches, FilterOperator.IsSet, FilterOperator.IsNotSet,
            FilterOperator.GreaterThan)
        from values in Gen.OneOfConst("/a", "/", "a", "A", "Ä", "$pageview", "12", "Direct", "direct", "google.com", "COM", "true", "$other", "😀", "DE", "Hof", "mobile", "Mobile").Array[1, 3]
        from pattern in Gen.OneOfConst("^/a|o", "^[A-Z]", "ä$", "^[A-Za-z]{2,3}$")
        select new PropertyFilter
        {
            Property = property,
            Operator = op,
            Values = op switch
            {
                FilterOperator.IsSet or FilterOperator.IsNotSet => [],
                FilterOperator.GreaterThan => [new FilterValue(3d)],
                FilterOperator.Matches => [new FilterValue(pattern)],
                _ when property == "cohort.1" => [new FilterValue(true)],
                _ => [.. values.Select(static v => new FilterValue(v))],
            },
        };

    private static readonly Gen<QueryRange> AnyRange =
        from day in Gen.OneOfConst(Days)
        from start in Gen.Int[-2, 0]
        from days in Gen.Int[0, 2]
        from whole in Gen.Bool
        let first = DateOnly.Parse(day).AddDays(start)
        select whole
            ? new QueryRange { From = first.ToString("yyyy-MM-dd"), To = first.AddDays(days).ToString("yyyy-MM-dd") }
            : new QueryRange { From = first.ToString("yyyy-MM-dd") + "T21:07:00Z", To = first.AddDays(days + 1).ToString("yyyy-MM-dd") + "T03:00:00+01:00" };

    private static readonly Gen<Interval> AnyInterval = Gen.OneOfConst(Interval.Hour, Interval.Day, Interval.Week, Interval.Month);

    private static readonly Gen<SessionsQuery> AnySessions =
        from range in AnyRange
        from interval in AnyInterval
        from seconds in Gen.OneOfConst(0, 10, 10, 300)
        from filters in AnyFilter.Array[0, 3]
        from broken in Gen.Int[0, 2]
        from property in Gen.Int[1, (int)SessionProperty.Os]
        from name in AnyName
        from limit in Gen.Int[1, 3]
        from compare in Gen.Bool
        select new SessionsQuery(range, interval, seconds)
        {
            Filters = filters,
            Breakdown = broken switch
            {
                0 => null,
                1 => new SessionsBreakdown((SessionProperty)property, limit),
                _ => new SessionsBreakdown(null, limit, name),
            },
            Compare = compare,
        };

    private static readonly Gen<WebListQuery> AnyList =
        Gen.OneOf(Gen.Enum<SessionProperty>().Select(static by => new WebListQuery(by)), AnyName.Select(static name => new WebListQuery(EventProperty: name)));

    private static readonly Gen<WebQuery> AnyWeb =
        from range in AnyRange
        from interval in AnyInterval
        from filters in AnyFilter.Array[0, 3]
        from parts in Gen.OneOfConst<WebPart[]>([], [WebPart.Totals], [WebPart.Series, WebPart.Vitals], [WebPart.Totals, WebPart.Series], [WebPart.Vitals])
        from lists in AnyList.Array[1, 4]
        from limit in Gen.Int[1, 4]
        from compare in Gen.Bool
        select new WebQuery(range, interval, limit)
        {
            Filters = filters,
            Parts = parts,
            Lists = [.. lists.Distinct().Select(l => l with { Limit = limit })],
            Compare = compare,
        };

    /// <summary>Cases tried in a run, each with six questions of both kinds.</summary>
    protected virtual long Cases => 120;

    protected abstract ITestEvents Store(
        IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string> overflow, IReadOnlyList<TestPerson> persons);

    [Fact]
    public void Random_questions_to_random_sessions_mean_what_the_reference_says() =>
        Gen.Select(
            AnyEvent.Array[0, 60], TestMerges.Any, Gen.OneOfConst(Zones), AnySessions.Array[6, 6], AnyWeb.Array[6, 6],
            Gen.OneOfConst<string[]>([], [], ["$pathname", "utm_source"], ["$browser", "interactive", "$web_vitals_LCP_value", "plan"]), AnyPersons).Sample(
            (events, merges, zone, sessions, views, overflow, everybody) =>
            {
                var persons = TestMerges.Known(everybody, merges);
                using var reader = Store(events, merges, overflow.ToHashSet(), persons);
                reader.Cohorts = static id => Cohorts.GetValueOrDefault(id);
                var calendar = new LocalCalendar(TimeZoneInfo.FindSystemTimeZoneById(zone), false);
                var told = GroupReference.Of(InCohorts(TestEvent.WithPersons(events, merges, persons), merges), ["group.company.plan"]);
                foreach (var query in sessions)
                {
                    Check(reader, query, calendar, told, merges);
                }

                foreach (var query in views)
                {
                    Check(reader, query, calendar, told, merges);
                }
            },
            iter: Cases, threads: 1);

    /// <summary>1 is a list, 2 those who ever bought, 3 those who are known to have a plan, 4 nobody.</summary>
    private static readonly Dictionary<int, CohortSource> Cohorts = new()
    {
        [1] = new CohortSource(null, "1,3,6", new LocalCalendar(TimeZoneInfo.Utc, false), 0),
        [2] = new CohortSource(new CohortDid(new QueryRange { From = "2026-01-01", To = "2026-12-31" }, "buy"), "", new LocalCalendar(TimeZoneInfo.Utc, false), 0),
        [3] = new CohortSource(new CohortPerson([new PropertyFilter { Property = "person.plan", Operator = FilterOperator.IsSet }]), "", new LocalCalendar(TimeZoneInfo.Utc, false), 0),
        [4] = new CohortSource(null, "", new LocalCalendar(TimeZoneInfo.Utc, false), 0),
    };

    /// <summary>Events as if each had been sent with what its person is in.</summary>
    private static IReadOnlyList<TestEvent> InCohorts(IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges)
    {
        long Now(long key) => merges.Where(m => m.From == key).Select(static m => m.To).Append(key).First();
        var listed = new[] { 1L, 3, 6 }.Select(Now).ToHashSet();
        var bought = events.Where(static e => e.Event == "buy").Select(e => Now(e.PersonKey)).ToHashSet();
        return [.. events.Select(e => e with
        {
            Properties = new Dictionary<string, object>(e.Properties)
            {
                ["cohort.1"] = e.PersonKey != 0 && listed.Contains(Now(e.PersonKey)),
                ["cohort.2"] = e.PersonKey != 0 && bought.Contains(Now(e.PersonKey)),
                ["cohort.3"] = e.PersonKey != 0 && e.Properties.ContainsKey("person.plan"),
                ["cohort.4"] = false,
            },
        })];
    }

    protected static SessionsPlan Scanned(IEventReader reader, SessionsQuery query, LocalCalendar calendar, out long version, SqlDialect? dialect = null)
    {
        var errors = new QueryErrors();
        var time = SessionsValidator.Validate(query, calendar, 0, errors);
        Assert.Empty(errors.ToDictionary());
        var plan = SessionsCompiler.Compile(query, time!, Project, reader.Schema(Project), dialect ?? reader.Dialect());
        version = plan.Scan(reader);
        return plan;
    }

    protected static WebPlan Scanned(IEventReader reader, WebQuery query, LocalCalendar calendar, out long version, SqlDialect? dialect = null)
    {
        var errors = new QueryErrors();
        var time = SessionsValidator.Validate(query, calendar, 0, errors);
        Assert.Empty(errors.ToDictionary());
        var plan = WebCompiler.Compile(query, time!, Project, reader.Schema(Project), dialect ?? reader.Dialect());
        version = plan.Scan(reader);
        return plan;
    }

    protected static SessionsResult Run(IEventReader reader, SessionsQuery query, LocalCalendar calendar, SqlDialect? dialect = null)
    {
        using var plan = Scanned(reader, query, calendar, out var version, dialect);
        return plan.Read(version, calendar, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None);
    }

    protected static WebResult Run(IEventReader reader, WebQuery query, LocalCalendar calendar, SqlDialect? dialect = null)
    {
        using var plan = Scanned(reader, query, calendar, out var version, dialect);
        return plan.Read(version, calendar, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None);
    }

    private void Check(
        IEventReader reader, SessionsQuery query, LocalCalendar calendar, IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges)
    {
        var (before, from, to) = Range(query.Range, query.Interval, calendar.Zone);
        var reference = new SessionsReference(events, merges, query.Filters, web: false, Rank);
        var sessions = reference.Sessions(query.Compare ? before : from, to);
        string? Value(SessionsReference.Session s) => query.Breakdown is { } b ? reference.Value(s, b.Property, b.EventProperty) : null;
        var shown = query.Breakdown is null
            ? [null]
            : sessions.Where(s => s.Start >= from && Value(s) != "$other").GroupBy(s => (Value: Value(s), 0)).OrderByDescending(g => g.Count())
                .ThenBy(g => g.Key.Value is null).ThenBy(g => g.Key.Value, Utf8Order.Instance).Take(query.Breakdown.Limit).Select(g => g.Key.Value).ToList();
        var lines = shown.Select(v => (Value: v, Sessions: sessions.Where(s => Value(s) == v).ToList())).ToList();
        if (sessions.Where(s => !shown.Contains(Value(s))).ToList() is { Count: > 0 } rest)
        {
            lines.Add(("$other", rest));
        }

        using var plan = Scanned(reader, query, calendar, out var version);
        var result = plan.Read(version, calendar, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None);
        if (IsGroupedToo(reader, events))
        {
            Assert.Equal(JsonSerializer.Serialize(Run(reader, query, calendar, GroupedDialect.Instance)), JsonSerializer.Serialize(result));
        }

        Assert.Equal(lines.Select(l => l.Value), result.Series.Select(s => s.Breakdown));
        foreach (var (line, series) in lines.Zip(result.Series))
        {
            Period(line.Sessions, result.Buckets, from, to, series.Values, series.Total);
            if (query.Compare)
            {
                Period(line.Sessions, result.CompareBuckets!, before, from, series.Compare!.Values, series.Compare.Total);
            }

            var bucket = events.Count % result.Buckets.Count;
            Assert.Equal(
                line.Sessions.Where(s => InBucket(s, result.Buckets, bucket, from, to)).Select(reference.Person).Where(p => p != 0).Distinct().Order(),
                plan.Behind(new InsightPoint { Breakdown = line.Value, Bucket = bucket }));
            Assert.Equal(
                line.Sessions.Where(s => query.Compare ? s.Start < from : s.Start >= from).Select(reference.Person).Where(p => p != 0).Distinct().Order(),
                plan.Behind(new InsightPoint { Breakdown = line.Value, Compare = query.Compare }));
        }

        void Period(List<SessionsReference.Session> mine, IReadOnlyList<DateTimeOffset> buckets, long start, long end, IReadOnlyList<SessionFigures> values, SessionFigures total)
        {
            Assert.Equal(TrendsReference.Buckets(calendar.Zone, false, query.Interval, start, end), buckets.Select(UnixMicros.From));
            Same(reference.Figures([.. mine.Where(s => s.Start >= start && s.Start < end)], query.BounceSeconds), total);
            for (var b = 0; b < buckets.Count; b++)
            {
                Same(reference.Figures([.. mine.Where(s => InBucket(s, buckets, b, start, end))], query.BounceSeconds), values[b]);
            }
        }
    }

    private void Check(
        IEventReader reader, WebQuery query, LocalCalendar calendar, IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges)
    {
        var (before, from, to) = Range(query.Range, query.Interval, calendar.Zone);
        var reference = new SessionsReference(events, merges, query.Filters, web: true, Rank);
        var compared = query.Compare && query.Parts.Any(p => p is WebPart.Totals or WebPart.Series);
        var visits = reference.Sessions(query.Compare ? before : from, to);
        var now = visits.Where(v => v.Start >= from).ToList();
        using var plan = Scanned(reader, query, calendar, out var version);
        var result = plan.Read(version, calendar, DateTimeOffset.UnixEpoch, () => TimeSpan.Zero, CancellationToken.None);
        if (IsGroupedToo(reader, events))
        {
            Assert.Equal(JsonSerializer.Serialize(Run(reader, query, calendar, GroupedDialect.Instance)), JsonSerializer.Serialize(result));
        }

        Assert.Equal(query.Parts.Contains(WebPart.Totals), result.Totals is not null);
        if (result.Totals is { } totals)
        {
            Same(reference.Web(now), totals);
        }

        Assert.Equal(compared, result.Compare is not null);
        if (result.Compare?.Totals is { } earlier)
        {
            Same(reference.Web([.. visits.Where(v => v.Start < from)]), earlier);
        }

        Assert.Equal(query.Parts.Contains(WebPart.Series), result.Series is not null);
        Series(result.Series, from, to);
        Series(result.Compare?.Series, before, from);
        foreach (var (asked, list) in query.Lists.Zip(result.Lists!, (a, l) => (a, l)))
        {
            var expected = reference.List(now, asked.By, asked.EventProperty);
            var earlierRows = query.Compare ? reference.List([.. visits.Where(v => v.Start < from)], asked.By, asked.EventProperty) : null;
            Assert.Equal((asked.By, asked.EventProperty), (list.By, list.EventProperty));
            Assert.Equal(expected.Count > asked.Limit, list.More);
            Assert.Equal(expected.Take(asked.Limit).Select(Plain), list.Rows.Select(Plain));
            foreach (var (row, actual) in expected.Zip(list.Rows))
            {
                Near(row.BounceRate, actual.BounceRate, 1e-12);
                Near(row.MeanSeconds, actual.MeanSeconds, 0.00051);
                Assert.Equal(earlierRows is null, actual.Compare is null);
                if (actual.Compare is { } then)
                {
                    var was = earlierRows!.Find(r => r.Value == row.Value) ??
                        new WebRow(row.Value, 0, 0, 0, null, null) { Events = asked.By is SessionProperty.Event ? 0 : null };
                    Assert.Equal((was.Visitors, was.Visits, was.PageViews, was.Events), (then.Visitors, then.Visits, then.PageViews, then.Events));
                    Near(was.BounceRate, then.BounceRate, 1e-12);
                    Near(was.MeanSeconds, then.MeanSeconds, 0.00051);
                }
            }

            if (list.Rows.Count > 0)
            {
                var value = list.Rows[^1].Value;
                foreach (var compare in query.Compare ? new[] { false, true } : [false])
                {
                    var there = visits.Where(v => v.Start < from == compare).Where(v => asked.By is SessionProperty.Page or SessionProperty.Event
                        ? reference.List([v], asked.By, null).Exists(r => r.Value == value)
                        : reference.Value(v, asked.By, asked.EventProperty) == value);
                    var point = new InsightPoint { By = asked.By, EventProperty = asked.EventProperty, Value = value, Compare = compare };
                    var errors = new QueryErrors();
                    InsightPointValidator.Validate(query, point, "point", errors);
                    Assert.False(errors.Any);
                    Assert.Equal(there.Select(reference.Person).Where(p => p != 0).Distinct().Order(), Visitors(point));
                }
            }
        }

        Assert.Equal(query.Parts.Contains(WebPart.Vitals), result.Vitals is not null);
        if (result.Vitals is { } vitals)
        {
            var expected = reference.Vitals(from, to, query.VitalPages);
            Same(expected.Overall, vitals.Overall);
            Assert.Equal(expected.More, vitals.More);
            Assert.Equal(expected.Pages.Select(p => p.Page), vitals.Pages.Select(p => p.Page));
            foreach (var (page, actual) in expected.Pages.Zip(vitals.Pages))
            {
                Same(page.Figures, actual.Figures);
            }
        }

        // Also by the scan that is made for the point alone.
        IReadOnlyList<long> Visitors(InsightPoint point)
        {
            var visitors = plan.Behind(point);
            if (events.Count % 3 == 0)
            {
                Assert.Equal(visitors, Scanned(reader, WebCompiler.Behind(query, point), calendar, out _).Behind(point));
            }

            return visitors;
        }

        void Series(WebSeries? series, long start, long end)
        {
            if (series is null)
            {
                return;
            }

            Assert.Equal(TrendsReference.Buckets(calendar.Zone, false, query.Interval, start, end), series.Buckets.Select(UnixMicros.From));
            for (var b = 0; b < series.Buckets.Count; b++)
            {
                Same(reference.Web([.. visits.Where(v => InBucket(v, series.Buckets, b, start, end))]), series.Values[b]);
            }

            var bucket = events.Count % series.Buckets.Count;
            Assert.Equal(
                visits.Where(v => InBucket(v, series.Buckets, bucket, start, end)).Select(reference.Person).Where(p => p != 0).Distinct().Order(),
                Visitors(new InsightPoint { Bucket = bucket, Compare = start != from }));
        }
    }

    /// <summary>Whether sessions, which a scan puts together, are also to be grouped by the store, with the same answer to the last digit.</summary>
    private static bool IsGroupedToo(IEventReader reader, IReadOnlyList<TestEvent> events) => reader.Dialect() is DuckDbDialect && events.Count % 2 == 0;

    /// <summary>Of texts at the same microsecond the store takes the one with the lowest.</summary>
    protected virtual IComparable Rank(string text) => Ranks.GetOrAdd(text, static t =>
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT hash(CAST($1 AS VARCHAR))";
        command.Parameters.Add(new DuckDBParameter(t));
        return (ulong)command.ExecuteScalar()!;
    });

    private static (string?, long, long, long, long?) Plain(WebRow row) => (row.Value, row.Visitors, row.Visits, row.PageViews, row.Events);

    private static bool InBucket(SessionsReference.Session session, IReadOnlyList<DateTimeOffset> buckets, int bucket, long from, long to) =>
        session.Start >= Math.Max(from, UnixMicros.From(buckets[bucket])) && session.Start < (bucket + 1 < buckets.Count ? UnixMicros.From(buckets[bucket + 1]) : to);

    private static void Same(SessionFigures expected, SessionFigures actual)
    {
        Assert.Equal((expected.Sessions, expected.Views), (actual.Sessions, actual.Views));
        Near(expected.ViewsPerSession, actual.ViewsPerSession, 0.0051);
        Near(expected.BounceRate, actual.BounceRate, 1e-12);
        Near(expected.MeanSeconds, actual.MeanSeconds, 0.00051);
        Near(expected.MedianSeconds, actual.MedianSeconds, 0.00051);
    }

    private static void Same(WebFigures expected, WebFigures actual)
    {
        Assert.Equal((expected.Visitors, expected.Visits, expected.PageViews), (actual.Visitors, actual.Visits, actual.PageViews));
        Near(expected.ViewsPerVisit, actual.ViewsPerVisit, 0.0051);
        Near(expected.BounceRate, actual.BounceRate, 1e-12);
        Near(expected.MeanSeconds, actual.MeanSeconds, 0.00051);
    }

    private static void Same(WebVitalFigures expected, WebVitalFigures actual)
    {
        foreach (var (e, a) in new[] { (expected.Lcp, actual.Lcp), (expected.Inp, actual.Inp), (expected.Cls, actual.Cls), (expected.Fcp, actual.Fcp), (expected.Ttfb, actual.Ttfb) })
        {
            Assert.Equal(e.Count, a.Count);
            Near(e.P75, a.P75, 1e-9);
        }
    }

    private static void Near(double? expected, double? actual, double by) =>
        Assert.True(expected is null ? actual is null : actual is not null && Math.Abs(expected.Value - actual.Value) <= by, $"{expected} but {actual}");

    private static (long Before, long From, long To) Range(QueryRange range, Interval interval, TimeZoneInfo zone)
    {
        if (range.From!.Length > 10)
        {
            var (start, end) = (TestEvent.Micros(range.From), TestEvent.Micros(range.To!));
            return (start - (end - start), start, end);
        }

        Assert.False(interval is Interval.Month && range.From.EndsWith("-01", StringComparison.Ordinal) && DateOnly.Parse(range.To!).AddDays(1).Day == 1);
        var (first, after) = (DateOnly.Parse(range.From), DateOnly.Parse(range.To!).AddDays(1));
        return (Start(first.AddDays(first.DayNumber - after.DayNumber), zone), Start(first, zone), Start(after, zone));
    }

    /// <summary>The first quarter of an hour whose local date is this day or later.</summary>
    private static long Start(DateOnly day, TimeZoneInfo zone)
    {
        var t = UnixMicros.From(new DateTimeOffset(day.AddDays(-1).ToDateTime(default), TimeSpan.Zero));
        while (DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(UnixMicros.ToInstant(t), zone).DateTime) < day)
        {
            t += 15 * Minute;
        }

        return t;
    }
}

public sealed class SessionsTests : SessionsAgreement
{
    private static readonly LocalCalendar Utc = new(TimeZoneInfo.Utc, false);
    private static readonly QueryRange Day = new() { From = "2026-11-01", To = "2026-11-01" };

    protected override ITestEvents Store(
        IReadOnlyList<TestEvent> events, IReadOnlyList<(long From, long To)> merges, IReadOnlySet<string> overflow, IReadOnlyList<TestPerson> persons) =>
        new DuckDbEvents(events, merges, overflow, persons);

    [Fact]
    public void A_session_belongs_to_the_day_of_its_first_event_and_is_whole()
    {
        using var reader = new DuckDbEvents([View("2026-10-31T23:50:00Z", "s1"), View("2026-11-01T00:10:00Z", "s1"), View("2026-11-01T23:50:00Z", "s2"), View("2026-11-02T00:20:00Z", "s2")], []);
        var total = Assert.Single(Run(reader, new SessionsQuery(Day), Utc).Series).Total;
        Assert.Equal(new SessionFigures(1, 2, 2, 0, 1_800, 1_800), total);
        var visits = Run(reader, new WebQuery(Day), Utc).Totals;
        Assert.Equal(new WebFigures(1, 1, 2, 2, 0, 1_800), visits);
    }

    [Fact]
    public void A_session_bounces_with_one_view_no_click_and_less_than_ten_seconds()
    {
        Assert.Equal(1, Bounces(View("2026-11-01T10:00:00Z"), Event("2026-11-01T10:00:09.999999Z", "buy")));
        Assert.Equal(0, Bounces(View("2026-11-01T10:00:00Z"), Event("2026-11-01T10:00:10Z", "$pageleave")));
        Assert.Equal(0, Bounces(View("2026-11-01T10:00:00Z"), Event("2026-11-01T10:00:01Z", "$autocapture")));
        Assert.Equal(0, Bounces(View("2026-11-01T10:00:00Z"), View("2026-11-01T10:00:00Z")));
        Assert.Equal(0, Bounces(View("2026-11-01T10:00:00Z"), Event("2026-11-01T10:00:01Z", "$screen")));
        Assert.Null(Bounces(Event("2026-11-01T10:00:00Z", "buy")));
    }

    [Fact]
    public void A_visit_bounces_until_a_second_event_that_the_visitor_caused()
    {
        Assert.Equal(1, WebBounces(View("2026-11-01T10:00:00Z"), Event("2026-11-01T10:20:00Z", "engagement"), Event("2026-11-01T10:21:00Z", "$pageleave"), Event("2026-11-01T10:00:01Z", "$web_vitals")));
        Assert.Equal(1, WebBounces(View("2026-11-01T10:00:00Z"), Event("2026-11-01T10:00:01Z", "seen", ("interactive", false))));
        Assert.Equal(0, WebBounces(View("2026-11-01T10:00:00Z"), Event("2026-11-01T10:00:01Z", "seen")));
        Assert.Equal(0, WebBounces(View("2026-11-01T10:00:00Z"), Event("2026-11-01T10:00:01Z", "$autocapture")));
        Assert.Equal(0, WebBounces(View("2026-11-01T10:00:00Z"), View("2026-11-01T10:00:01Z")));
    }

    [Fact]
    public void The_length_of_visits_has_bounces_in_it_and_engagement_makes_them_longer()
    {
        using var reader = new DuckDbEvents(
            [View("2026-11-01T10:00:00Z", "s1"), View("2026-11-01T11:00:00Z", "s2"), Event("2026-11-01T11:01:00Z", "engagement") with { SessionId = "s2" }], []);
        Assert.Equal(30, Run(reader, new WebQuery(Day), Utc).Totals!.MeanSeconds);
    }

    [Fact]
    public void A_page_filter_counts_the_bounces_of_visits_that_entered_there()
    {
        using var reader = new DuckDbEvents(
            [
                View("2026-11-01T10:00:00Z", "s1", "/a"), View("2026-11-01T11:00:00Z", "s2", "/"), View("2026-11-01T11:01:00Z", "s2", "/a"),
                View("2026-11-01T12:00:00Z", "s3", "/"),
            ],
            []);
        var query = new WebQuery(Day)
        {
            Filters = [new PropertyFilter { Property = "$pathname", Values = [new FilterValue("/a")] }],
            Lists = [new WebListQuery(SessionProperty.Page), new WebListQuery(SessionProperty.EntryPage)],
        };
        var result = Run(reader, query, Utc);
        Assert.Equal(new WebFigures(1, 2, 2, 1.5, 1, 30), result.Totals);
        Assert.Equal([new WebRow("/a", 1, 2, 2, 1, 30)], result.Lists![0].Rows);
        Assert.Equal([new WebRow("/", 1, 1, 1, null, 60), new WebRow("/a", 1, 1, 1, 1, 0)], result.Lists[1].Rows);
    }

    [Fact]
    public void A_channel_is_the_first_that_the_session_has_and_inner_steps_have_none()
    {
        using var reader = new DuckDbEvents(
            [
                View("2026-11-01T10:00:00Z", "s1", "/", ("$channel", "Organic Search"), ("$referring_domain", "google.com"), ("$host", "x.com")),
                View("2026-11-01T10:01:00Z", "s1", "/a", ("$referring_domain", "www.x.com"), ("$host", "x.com")),
                View("2026-11-01T11:00:00Z", "s2", "/", ("$channel", "Direct"), ("$referring_domain", "$direct"), ("$host", "x.com")),
                View("2026-11-01T11:01:00Z", "s2", "/a", ("$referring_domain", "x.com"), ("$host", "x.com")),
            ],
            []);
        var not = new PropertyFilter { Property = "$channel", Operator = FilterOperator.IsNot, Values = [new FilterValue("Direct")] };
        Assert.Equal(1, Assert.Single(Run(reader, new SessionsQuery(Day) { Filters = [not] }, Utc).Series).Total.Sessions);
        var sources = Run(reader, new SessionsQuery(Day) { Breakdown = new SessionsBreakdown(SessionProperty.Source) }, Utc).Series;
        Assert.Equal(["google.com", null], sources.Select(s => s.Breakdown));
    }

    [Fact]
    public void A_filter_on_an_event_chooses_visits_and_no_views()
    {
        TestEvent[] events =
        [
            View("2026-11-01T10:00:00Z", "s1", "/"), View("2026-11-01T10:01:00Z", "s1", "/pricing"),
            TestEvent.At("2026-11-01T10:02:00Z", "signed_up") with { SessionId = "s1" }, View("2026-11-01T11:00:00Z", "s2", "/pricing"),
        ];
        using var reader = new DuckDbEvents(events, []);
        PropertyFilter signedUp = new() { Property = "event", Operator = FilterOperator.Is, Values = [new FilterValue("signed_up")] };
        PropertyFilter pricing = new() { Property = "$pathname", Operator = FilterOperator.Is, Values = [new FilterValue("/pricing")] };
        var query = new WebQuery(Day) { Filters = [signedUp], Lists = [new WebListQuery(SessionProperty.Event), new WebListQuery(SessionProperty.Page)] };
        var result = Run(reader, query, Utc);
        Assert.Equal((1, 2), (result.Totals!.Visits, result.Totals.PageViews));
        Assert.Equal(("signed_up", 1L), (Assert.Single(result.Lists![0].Rows).Value, result.Lists[0].Rows[0].Events));
        Assert.Equal(["/", "/pricing"], result.Lists[1].Rows.Select(r => r.Value));
        var both = Run(reader, query with { Filters = [signedUp, pricing] }, Utc).Totals!;
        Assert.Equal((1, 1), (both.Visits, both.PageViews));
    }

    [Fact]
    public void A_longer_page_is_cut()
    {
        using var reader = new DuckDbEvents([View("2026-11-01T10:00:00Z", "s1", "/" + new string('ä', 500)), View("2026-11-01T10:00:00Z", "s2", "/" + new string('ä', 600))], []);
        var query = new WebQuery(Day) { Lists = [new WebListQuery(SessionProperty.Page), new WebListQuery(SessionProperty.ExitPage)] };
        Assert.All(Run(reader, query, Utc).Lists!, l => Assert.Equal(new WebRow("/" + new string('ä', 399), 1, 2, 2, 1, 0), Assert.Single(l.Rows)));
    }

    [Theory]
    [InlineData("""{"kind":"sessions","range":{"last":7,"unit":"day"},"bounceSeconds":-1}""", "bounceSeconds")]
    [InlineData("""{"kind":"sessions","range":{"last":7,"unit":"day"},"breakdown":{"property":"page"}}""", "breakdown.property")]
    [InlineData("""{"kind":"sessions","range":{"last":7,"unit":"day"},"breakdown":{"property":"event"}}""", "breakdown.property")]
    [InlineData("""{"kind":"sessions","range":{"last":7,"unit":"day"},"breakdown":{"property":"channel","limit":101}}""", "breakdown.limit")]
    [InlineData("""{"kind":"sessions","range":{"last":7,"unit":"day"},"breakdown":{"limit":3}}""", "breakdown.property")]
    [InlineData("""{"kind":"sessions","range":{"last":7,"unit":"day"},"breakdown":{"property":"channel","eventProperty":"plan"}}""", "breakdown.eventProperty")]
    [InlineData("""{"kind":"sessions","range":{"last":7,"unit":"day"},"breakdown":{"eventProperty":""}}""", "breakdown.eventProperty")]
    [InlineData("""{"kind":"sessions","range":{"last":7,"unit":"day"},"breakdown":{"eventProperty":"$set"}}""", "breakdown.eventProperty")]
    [InlineData("""{"kind":"sessions","range":{"last":7,"unit":"day"},"breakdown":{"eventProperty":"plan","limit":0}}""", "breakdown.limit")]
    [InlineData("""{"kind":"sessions","range":{"last":7,"unit":"day"},"filters":[{"property":"token","operator":"is_set"}]}""", "filters[0].property")]
    [InlineData("""{"kind":"sessions","range":{"from":"2026-01-01","to":"2026-11-01"},"interval":"minute"}""", "interval")]
    [InlineData("""{"kind":"web","range":{"last":7,"unit":"day"},"parts":[]}""", "parts")]
    [InlineData("""{"kind":"web","range":{"last":7,"unit":"day"},"parts":["totals","totals"]}""", "parts")]
    [InlineData("""{"kind":"web","range":{"last":7,"unit":"day"},"lists":[{"by":"os"},{"by":"os"}]}""", "lists[1].by")]
    [InlineData("""{"kind":"web","range":{"last":7,"unit":"day"},"lists":[{"by":"os","limit":0}]}""", "lists[0].limit")]
    [InlineData("""{"kind":"web","range":{"last":7,"unit":"day"},"lists":[null]}""", "lists[0]")]
    [InlineData("""{"kind":"web","range":{"last":7,"unit":"day"},"lists":[{"limit":3}]}""", "lists[0].by")]
    [InlineData("""{"kind":"web","range":{"last":7,"unit":"day"},"lists":[{"by":"os","eventProperty":"plan"}]}""", "lists[0].eventProperty")]
    [InlineData("""{"kind":"web","range":{"last":7,"unit":"day"},"lists":[{"eventProperty":"token"}]}""", "lists[0].eventProperty")]
    [InlineData("""{"kind":"web","range":{"last":7,"unit":"day"},"lists":[{"eventProperty":"plan"},{"by":"os"},{"eventProperty":"plan"}]}""", "lists[2].eventProperty")]
    [InlineData("""{"kind":"web","range":{"last":7,"unit":"day"},"vitalPages":0}""", "vitalPages")]
    [InlineData("""{"kind":"web","range":{"last":7}}""", "range.unit")]
    public void What_is_wrong_is_named(string json, string field)
    {
        var errors = new QueryErrors();
        var query = QueryJson.Read(Encoding.UTF8.GetBytes(json), errors);
        Assert.Null(query is WebQuery web ? SessionsValidator.Validate(web, Utc, 0, errors) : SessionsValidator.Validate(Assert.IsType<SessionsQuery>(query), Utc, 0, errors));
        Assert.Equal([field], errors.ToDictionary().Keys);
    }

    [Theory]
    [InlineData("""{"kind":"web","range":{"last":7,"unit":"day"},"parts":["total"]}""", "parts[0]", "Must be one of totals, series, vitals.")]
    [InlineData("""{"kind":"web","range":{"last":7,"unit":"day"},"lists":[{"by":"moon"}]}""", "lists[0].by", "Must be one of page, entry_page")]
    [InlineData("""{"kind":"sessions","range":{"last":7,"unit":"day"},"breakdown":{"property":"moon"}}""", "breakdown.property", "of sessions one of page, entry_page")]
    [InlineData("""{"kind":"sessions","range":{"last":7,"unit":"day"},"breakdown":{"eventProperty":1}}""", "breakdown.eventProperty", "Must be a text.")]
    [InlineData("""{"kind":"web","range":{"last":7,"unit":"day"},"lists":[{"eventProperty":["plan"]}]}""", "lists[0].eventProperty", "Must be a text.")]
    public void A_word_that_does_not_exist_is_answered_with_those_that_do(string json, string field, string message)
    {
        var errors = new QueryErrors();
        Assert.Null(QueryJson.Read(Encoding.UTF8.GetBytes(json), errors));
        var (path, messages) = Assert.Single(errors.ToDictionary());
        Assert.Equal(field, path);
        Assert.Contains(message, Assert.Single(messages), StringComparison.Ordinal);
    }

    private static double? Bounces(params TestEvent[] events)
    {
        using var reader = new DuckDbEvents(events, []);
        return Assert.Single(Run(reader, new SessionsQuery(Day), Utc).Series).Total.BounceRate;
    }

    private static double? WebBounces(params TestEvent[] events)
    {
        using var reader = new DuckDbEvents(events, []);
        return Run(reader, new WebQuery(Day), Utc).Totals!.BounceRate;
    }

    private static TestEvent Event(string time, string name, params (string Name, object Value)[] properties) =>
        TestEvent.At(time, name, 1, properties) with { SessionId = "s1" };

    private static TestEvent View(string time, string session = "s1", string page = "/", params (string Name, object Value)[] properties) =>
        TestEvent.At(time, "$pageview", 1, [("$pathname", page), .. properties]) with { SessionId = session };
}
