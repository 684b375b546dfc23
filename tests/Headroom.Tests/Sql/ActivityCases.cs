using CsCheck;
using Headroom.Core;
using Headroom.Core.Queries;

namespace Headroom.Tests.Sql;

/// <summary>Random projects for the insights that look at when persons were active: events lie at and beside the edges of intervals.</summary>
internal sealed record ActivityCase(
    string Zone, bool Sunday, Interval Interval, QueryRange Range, long From, long To, IReadOnlyList<long> Starts,
    IReadOnlyList<TestEvent> Events, IReadOnlyList<(long From, long To)> Merges, IReadOnlyList<TestPerson> Persons, long Now)
{
    private const long Hour = 3_600_000_000L;

    /// <summary>The start of the interval before the first.</summary>
    public long Before => StartsOf(Zone, Sunday, Interval, Starts[0] - 1, Starts[0])[0];

    /// <summary>Intervals after the last one of the range that <see cref="Starts"/> has at least.</summary>
    public const int After = 12;

    // Both changes of the clocks in Europe, America (some zones at odd offsets), and Australia, and a day without any.
    internal static readonly string[] Days = ["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-10-04", "2026-06-15"];
    internal static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/St_Johns", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"];
    private static readonly Dictionary<(string, bool, Interval, long, long), IReadOnlyList<long>> Calendars = [];

    private static readonly Gen<(string Name, long Person, int Interval, int Place, object? Plan, object? Company)> AnyEvent =
        from name in Gen.OneOfConst("a", "a", "b", "b", "o'clock")
        from person in Gen.Long[0, 6]
        from interval in Gen.OneOf(Gen.Int[0, 5], Gen.Int[-3, After + 2])
        from place in Gen.Int[0, 7]
        from plan in Gen.OneOfConst<object?>(null, "x", "x", "y", "ü", "～", "😀", "$other", 12d, true)
        from company in Gen.OneOfConst<object?>(null, "c1", "c2", "c2", 12d, "12", "")
        select (name, person, interval, place, plan, company);

    public static readonly Gen<ActivityCase> Any =
        from zone in Gen.OneOfConst(Zones)
        from sunday in Gen.Bool
        from interval in Gen.OneOfConst(Interval.Hour, Interval.Day, Interval.Day, Interval.Week, Interval.Month)
        from day in Gen.OneOfConst(Days)
        from shift in Gen.Int[-2, 1]
        from length in Gen.Int[1, 4]
        from exact in Gen.Bool
        from events in AnyEvent.Array[0, 60]
        from merges in TestMerges.Any
        from persons in Gen.Select(Gen.Long[1, 6], Gen.Int[-2, 4], Gen.Int[0, 7], Gen.OneOfConst<object?>(null, "x", "y")).Array[0, 6]
        from now in Gen.Int[-1, 12]
        select Make(zone, sunday, interval, DateOnly.Parse(day).AddDays(shift), length, exact, events, merges, persons, now);

    public static readonly Gen<IReadOnlyList<PropertyFilter>> AnyFilters = Gen.OneOfConst<IReadOnlyList<PropertyFilter>>(
        [], [], [], [new PropertyFilter { Property = "plan", Values = [new FilterValue("x")] }], [new PropertyFilter { Property = "plan", Operator = FilterOperator.IsSet }],
        [new PropertyFilter { Property = "person.plan", Values = [new FilterValue("x")] }]);

    public static readonly Gen<EventSelector> AnySelector =
        Gen.Select(Gen.OneOfConst("a", "a", "b", null, "o'clock"), AnyFilters).Select((name, filters) => new EventSelector { Event = name, Filters = filters });

    /// <summary>The events with what is known of their persons, as a reference needs them.</summary>
    public IReadOnlyList<TestEvent> Known => TestEvent.WithPersons(Events, Merges, Persons);

    public static readonly Gen<QueryUnit?> AnyUnit = Gen.OneOfConst<QueryUnit?>(null, null, new QueryUnit("company"), new QueryUnit("team"));

    public static readonly Gen<Breakdown?> AnyBreakdown =
        from property in Gen.OneOfConst(null, null, "plan", "plan", "person.plan", "$groups.company", "event", "nothing")
        from limit in Gen.OneOfConst(1, 2, 3, 10)
        select property is null ? null : new Breakdown(property, limit);

    public LocalCalendar Calendar => new(TimeZoneInfo.FindSystemTimeZoneById(Zone), Sunday);

    /// <summary>Random queries, ten for each of the cases, over a store that each case is put into.</summary>
    public static void Sample<TQuery>(
        Gen<ActivityCase> cases, Gen<TQuery> queries, long count, Func<ActivityCase, IEventReader> store, Action<IEventReader, TQuery, ActivityCase> check) =>
        Gen.Select(cases, queries.Array[10, 10]).Sample(
            (c, drawn) =>
            {
                var reader = store(c);
                using var owner = reader as IDisposable;
                foreach (var query in drawn)
                {
                    check(reader, query, c);
                }
            },
            iter: count, threads: 1);

    public override string ToString() =>
        $"{Zone} sunday={Sunday} {Interval} {Range.From} {Range.To} now={UnixMicros.ToInstant(Now):O} merges={string.Join(',', Merges)} persons={string.Join(',', Persons.Select(p => $"{p} {UnixMicros.ToInstant(p.CreatedAt):O}"))}\n" +
        string.Join('\n', Events.Select(e => $"{UnixMicros.ToInstant(e.Timestamp):O} {e.Event} {e.PersonKey} {string.Join(';', e.Properties.Values)}"));

    private static ActivityCase Make(
        string zone, bool sunday, Interval interval, DateOnly day, int length, bool exact,
        (string Name, long Person, int Interval, int Place, object? Plan, object? Company)[] events, (long From, long To)[] merges, (long Key, int Interval, int Place, object? Plan)[] persons, int now)
    {
        var info = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var last = interval switch
        {
            Interval.Week => day.AddDays((7 * length) - 1),
            Interval.Month => day.AddMonths(length).AddDays(-1),
            Interval.Hour => day,
            _ => day.AddDays(length - 1),
        };
        var range = new QueryRange { From = day.ToString("O"), To = last.ToString("O") };
        var (from, to) = (Midnight(day, info), Midnight(last.AddDays(1), info));
        if (exact)
        {
            // Instants inside intervals.
            from += (7 * Hour) + 1;
            to = interval is Interval.Hour ? from + (length * Hour) : to - Hour;
            range = new QueryRange { From = UnixMicros.ToInstant(from).ToString("O"), To = UnixMicros.ToInstant(to).ToString("O") };
        }

        var starts = StartsOf(zone, sunday, interval, from, to);
        return new ActivityCase(
            zone, sunday, interval, range, from, to, starts,
            [.. events.Select(e => new TestEvent(
                e.Name, "u" + e.Person, e.Person, At(starts, e.Interval, e.Place), Properties(("plan", e.Plan), ("$groups.company", e.Company))))],
            merges,
            TestMerges.Known(persons.DistinctBy(p => p.Key).Select(p => new TestPerson(p.Key, Properties(("plan", p.Plan))) { CreatedAt = At(starts, p.Interval, p.Place) }), merges),
            At(starts, now, 2 + (now & 1)));
    }

    private static Dictionary<string, object> Properties(params (string Name, object? Value)[] properties) =>
        properties.Where(p => p.Value is not null).ToDictionary(p => p.Name, p => p.Value!);

    /// <summary>At or beside the start of an interval, or somewhere inside it.</summary>
    private static long At(IReadOnlyList<long> starts, int interval, int place)
    {
        var width = starts[1] - starts[0];
        var start = interval < 0 ? starts[0] + (interval * width) : starts[Math.Min(interval, starts.Count - 1)];
        return start + place switch { 0 => 0, 1 => -1, 2 => 1, _ => width / 7 * (place - 2) };
    }

    private static IReadOnlyList<long> StartsOf(string zone, bool sunday, Interval interval, long from, long to)
    {
        lock (Calendars)
        {
            if (!Calendars.TryGetValue((zone, sunday, interval, from, to), out var starts))
            {
                var width = interval switch { Interval.Hour => Hour, Interval.Day => 26 * Hour, Interval.Week => 8 * 24 * Hour, _ => 32 * 24 * Hour };
                starts = TrendsReference.Buckets(TimeZoneInfo.FindSystemTimeZoneById(zone), sunday, interval, from, to + ((After + 2) * width));
                Calendars.Add((zone, sunday, interval, from, to), starts);
            }

            return starts;
        }
    }

    /// <summary>The first quarter of an hour whose local date is this day or later.</summary>
    internal static long Midnight(DateOnly day, TimeZoneInfo zone)
    {
        var t = UnixMicros.From(new DateTimeOffset(day.AddDays(-2).ToDateTime(default), TimeSpan.Zero));
        while (DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(UnixMicros.ToInstant(t), zone).DateTime) < day)
        {
            t += Hour / 4;
        }

        return t;
    }
}
