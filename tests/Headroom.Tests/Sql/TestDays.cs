using CsCheck;
using Headroom.Core.Queries;

namespace Headroom.Tests.Sql;

/// <summary>Some whole days in a time zone, among them days on which the clocks change.</summary>
/// <param name="From">The instant at which they begin, unix microseconds.</param>
/// <param name="To">The instant at which they end.</param>
internal sealed record TestDays(string Zone, QueryRange Range, long From, long To)
{
    private const long Hour = 3_600_000_000L;
    private static readonly long Drawn = TestEvent.Micros("2026-11-01T00:00:00Z");

    public static readonly Gen<TestDays> Any =
        from zone in Gen.OneOfConst(ActivityCase.Zones)
        from day in Gen.OneOfConst(ActivityCase.Days)
        from shift in Gen.Int[-1, 0]
        from count in Gen.Int[1, 3]
        select Of(zone, DateOnly.Parse(day).AddDays(shift), count);

    public LocalCalendar Calendar => new(TimeZoneInfo.FindSystemTimeZoneById(Zone), false);

    /// <summary>Events drawn at and beside the first of November, UTC, at the same place at and beside these days.</summary>
    public TestEvent[] Place(IEnumerable<TestEvent> events) =>
        [.. events.Select(e => e with { Timestamp = e.Timestamp - Drawn is var since && since < 12 * Hour ? From + since : To + since - (24 * Hour) })];

    private static TestDays Of(string zone, DateOnly first, int count)
    {
        var info = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var range = new QueryRange { From = first.ToString("O"), To = first.AddDays(count - 1).ToString("O") };
        return new TestDays(zone, range, ActivityCase.Midnight(first, info), ActivityCase.Midnight(first.AddDays(count), info));
    }
}
