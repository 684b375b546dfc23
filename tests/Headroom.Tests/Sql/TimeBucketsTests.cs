using Headroom.Core;
using Headroom.Core.Queries;
using Xunit;

namespace Headroom.Tests.Sql;

public sealed class TimeBucketsTests
{
    [Theory]
    [InlineData("2026-03-28", "2026-03-30", 24, 23, 24)]
    [InlineData("2026-10-24", "2026-10-26", 24, 25, 24)]
    public void Days_on_which_the_clocks_change_have_23_or_25_hours(string from, string to, params int[] hours)
    {
        var (calendar, range) = Resolve("Europe/Berlin", from, to, Interval.Day);
        var buckets = calendar.Buckets(range.From, range.To, Interval.Day, 100)!;
        Assert.Equal(hours, buckets.Starts.Zip([.. buckets.Starts.Skip(1), range.To], (a, b) => (int)((b - a) / 3_600_000_000)));
        Assert.Equal(hours.Sum(), calendar.Buckets(range.From, range.To, Interval.Hour, 100)!.Count);
    }

    [Fact]
    public void The_hour_that_the_clocks_repeat_is_two_buckets() => Equal(
        ["2026-10-25T01:00:00+02:00", "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"],
        "Europe/Berlin", "2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z", Interval.Hour);

    [Fact]
    public void Kathmandu_has_its_hours_a_quarter_past() => Equal(
        ["2026-11-01T05:00:00+05:45", "2026-11-01T06:00:00+05:45"],
        "Asia/Kathmandu", "2026-11-01T00:00:00Z", "2026-11-01T01:00:00Z", Interval.Hour);

    [Fact]
    public void Lord_Howe_repeats_half_an_hour_which_is_a_bucket_of_its_own() => Equal(
        ["2026-04-05T01:00:00+11:00", "2026-04-05T01:30:00+10:30", "2026-04-05T02:00:00+10:30"],
        "Australia/Lord_Howe", "2026-04-04T14:00:00Z", "2026-04-04T16:30:00Z", Interval.Hour);

    [Fact]
    public void Lord_Howe_skips_half_an_hour() => Equal(
        ["2026-10-04T01:00:00+10:30", "2026-10-04T02:30:00+11:00", "2026-10-04T03:00:00+11:00"],
        "Australia/Lord_Howe", "2026-10-03T14:30:00Z", "2026-10-03T17:00:00Z", Interval.Hour);

    [Theory]
    [InlineData(false, "2026-10-26T00:00:00+01:00", "2026-11-02T00:00:00+01:00")]
    [InlineData(true, "2026-11-01T00:00:00+01:00")]
    public void Weeks_start_where_the_project_says(bool sunday, params string[] starts)
    {
        var (calendar, range) = Resolve("Europe/Berlin", "2026-11-01", "2026-11-07", Interval.Week, sunday);
        Assert.Equal(starts, Labels(calendar, calendar.Buckets(range.From, range.To, Interval.Week, 10)!));
    }

    [Fact]
    public void Months_are_as_long_as_they_are() => Equal(
        ["2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"],
        "Europe/Berlin", "2026-01-31T00:00:00Z", "2026-04-01T00:00:00Z", Interval.Month);

    [Fact]
    public void A_day_without_midnight_begins_after_the_gap() => Equal(
        ["2018-11-03T00:00:00-03:00", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"],
        "America/Sao_Paulo", "2018-11-03T03:00:00Z", "2018-11-05T03:00:00Z", Interval.Day);

    [Fact]
    public void A_day_that_a_zone_skipped_is_no_bucket() => Equal(
        ["2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"],
        "Pacific/Apia", "2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z", Interval.Day);

    [Fact]
    public void Minutes_do_not_mind_the_zone()
    {
        var (calendar, range) = Resolve("Asia/Kathmandu", "2026-11-01T00:00:00Z", "2026-11-01T00:05:00Z", Interval.Minute);
        Assert.Equal(5, calendar.Buckets(range.From, range.To, Interval.Minute, 10)!.Count);
    }

    [Fact]
    public void Too_many_buckets_are_refused()
    {
        var (calendar, range) = Resolve("UTC", "2026-01-01", "2026-01-31", Interval.Day);
        Assert.Null(calendar.Buckets(range.From, range.To, Interval.Day, 30));
        Assert.Null(calendar.Buckets(range.From, range.To, Interval.Minute, 5_000));
        Assert.Equal(31, calendar.Buckets(range.From, range.To, Interval.Day, 31)!.Count);
    }

    [Fact]
    public void Years_of_days_are_few_runs()
    {
        var (calendar, range) = Resolve("Europe/Berlin", "2016-01-01", "2026-12-31", Interval.Day);
        Assert.InRange(calendar.Buckets(range.From, range.To, Interval.Day, 5_000)!.Runs.Count, 1, 50);
    }

    [Theory]
    [InlineData("2026-11-01", "2026-11-08", Interval.Day, "2026-10-24T00:00:00+02:00")]
    [InlineData("2026-11-01", "2026-11-30", Interval.Day, "2026-10-02T00:00:00+02:00")]
    [InlineData("2026-03-01", "2026-03-31", Interval.Month, "2026-02-01T00:00:00+01:00")]
    [InlineData("2026-11-01T00:00:00Z", "2026-11-01T06:00:00Z", Interval.Hour, "2026-10-31T19:00:00+01:00")]
    public void The_period_before_is_as_long_and_ends_where_this_one_begins(string from, string to, Interval interval, string previous)
    {
        var (calendar, range) = Resolve("Europe/Berlin", from, to, interval);
        Assert.Equal(previous, calendar.Label(range.PreviousFrom).ToString("yyyy-MM-ddTHH:mm:sszzz"));
    }

    [Theory]
    // 23:27 in UTC is already the 24th in Berlin.
    [InlineData(7, Interval.Day, "2026-11-18T00:00:00+01:00", "2026-11-25T00:00:00+01:00", "2026-11-11T00:00:00+01:00")]
    [InlineData(2, Interval.Month, "2026-10-01T00:00:00+02:00", "2026-12-01T00:00:00+01:00", "2026-08-01T00:00:00+02:00")]
    [InlineData(2, Interval.Week, "2026-11-16T00:00:00+01:00", "2026-11-30T00:00:00+01:00", "2026-11-02T00:00:00+01:00")]
    [InlineData(24, Interval.Hour, "2026-11-23T01:00:00+01:00", "2026-11-24T01:00:00+01:00", "2026-11-22T01:00:00+01:00")]
    public void The_last_units_include_the_present_one(int last, Interval unit, string from, string to, string previous)
    {
        var calendar = Calendar("Europe/Berlin");
        var errors = new QueryErrors();
        var range = ResolvedRange.Resolve(
            new QueryRange { Last = last, Unit = unit }, Interval.Day, calendar, TestEvent.Micros("2026-11-23T23:27:00Z"), "range", errors)!.Value;
        Assert.Equal([from, to, previous], new[] { range.From, range.To, range.PreviousFrom }.Select(i => calendar.Label(i).ToString("yyyy-MM-ddTHH:mm:sszzz")));
    }

    private static void Equal(string[] labels, string zone, string from, string to, Interval interval)
    {
        var (calendar, range) = Resolve(zone, from, to, interval);
        Assert.Equal(labels, Labels(calendar, calendar.Buckets(range.From, range.To, interval, 5_000)!));
    }

    private static IEnumerable<string> Labels(LocalCalendar calendar, TimeBuckets buckets) =>
        buckets.Starts.Select(s => calendar.Label(s).ToString("yyyy-MM-ddTHH:mm:sszzz"));

    private static LocalCalendar Calendar(string zone, bool sunday = false) => new(TimeZoneInfo.FindSystemTimeZoneById(zone), sunday);

    private static (LocalCalendar Calendar, ResolvedRange Range) Resolve(string zone, string from, string to, Interval interval, bool sunday = false)
    {
        var calendar = Calendar(zone, sunday);
        var errors = new QueryErrors();
        var range = ResolvedRange.Resolve(new QueryRange { From = from, To = to }, interval, calendar, 0, "range", errors);
        Assert.False(errors.Any);
        return (calendar, range!.Value);
    }
}
