using System.Text;
using Headroom.Core;
using Headroom.Core.Queries;
using Xunit;

namespace Headroom.Tests.Core;

public sealed class TileQueryTests
{
    private static readonly long Now = UnixMicros.From(DateTimeOffset.Parse("2026-11-25T12:00:00Z"));

    public static TheoryData<string> Kinds =>
    [
        """{"kind":"trends","series":[{"event":"a","filters":[{"property":"p","values":["1"]}]}],"range":{"last":7,"unit":"day"},"filters":[{"property":"q","values":["2"]}]}""",
        """{"kind":"funnel","steps":[{"event":"a","filters":[{"property":"p","values":["1"]}]},{"event":"b"}],"exclusions":[{"event":"c","fromStep":1,"toStep":2,"filters":[{"property":"p","values":["1"]}]}],"range":{"last":7,"unit":"day"},"filters":[{"property":"q","values":["2"]}]}""",
        """{"kind":"retention","start":{"event":"a","filters":[{"property":"p","values":["1"]}]},"return":{"filters":[{"property":"p","values":["1"]}]},"range":{"last":7,"unit":"day"},"filters":[{"property":"q","values":["2"]}]}""",
        """{"kind":"stickiness","series":[{"event":"a","filters":[{"property":"p","values":["1"]}]}],"range":{"last":7,"unit":"day"},"filters":[{"property":"q","values":["2"]}]}""",
        """{"kind":"lifecycle","activity":{"filters":[{"property":"p","values":["1"]}]},"range":{"last":7,"unit":"day"},"filters":[{"property":"q","values":["2"]}]}""",
        """{"kind":"paths","range":{"last":7,"unit":"day"},"filters":[{"property":"q","values":["2"]}]}""",
        """{"kind":"sessions","range":{"last":7,"unit":"day"},"filters":[{"property":"q","values":["2"]}]}""",
        """{"kind":"web","range":{"last":7,"unit":"day"},"filters":[{"property":"q","values":["2"]}]}""",
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_takes_a_range_and_filters_and_loses_all_conditions_before_strangers(string json)
    {
        var query = Read(json);
        var range = new QueryRange { Last = 30, Unit = Interval.Day };
        var asked = Text(TileQuery.WithFilters(TileQuery.WithRange(query, range, Resolve(range)), [new PropertyFilter { Property = "r", Values = [new FilterValue("3")] }]));
        Assert.Contains("\"last\":30", asked, StringComparison.Ordinal);
        Assert.Contains("\"property\":\"q\"", asked, StringComparison.Ordinal);
        Assert.Contains("\"property\":\"r\"", asked, StringComparison.Ordinal);
        Assert.DoesNotContain("\"values\"", Text(TileQuery.WithoutFilters(query)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("minute", 24, "hour", "hour")]
    [InlineData("hour", 7, "day", "hour")]
    [InlineData("hour", 90, "day", "day")]
    [InlineData("day", 24, "hour", "hour")]
    [InlineData("day", 12, "month", "day")]
    [InlineData("week", 12, "month", "week")]
    [InlineData("month", 7, "day", "day")]
    [InlineData("minute", 60, "minute", "minute")]
    public void An_interval_stays_where_it_makes_a_picture_of_the_range(string own, int last, string unit, string expected)
    {
        var query = Read($$"""{"kind":"trends","series":[{}],"range":{"last":7,"unit":"day"},"interval":"{{own}}"}""");
        var range = new QueryRange { Last = last, Unit = Enum.Parse<Interval>(unit, ignoreCase: true) };
        var asked = Assert.IsType<TrendsQuery>(TileQuery.WithRange(query, range, Resolve(range)));
        Assert.Equal(Enum.Parse<Interval>(expected, ignoreCase: true), asked.Interval);
    }

    [Theory]
    [InlineData("https://intranet.example.com", true)]
    [InlineData("http://localhost:3000", true)]
    [InlineData("https://*.example.com", true)]
    [InlineData("https://*.com", false)]
    [InlineData("https://*", false)]
    [InlineData("https://a.*.com", false)]
    [InlineData("https://a.example/", false)]
    [InlineData("https://a.example?x", false)]
    [InlineData("https://a.example 'self'", false)]
    [InlineData("https://user@a.example", false)]
    [InlineData("https://", false)]
    [InlineData("ftp://a.example", false)]
    [InlineData("a.example", false)]
    [InlineData("https://a.example\n", false)]
    [InlineData(null, false)]
    public void A_site_in_a_policy_is_an_origin_and_no_more(string? text, bool origin) => Assert.Equal(origin, DashboardValidator.IsOrigin(text));

    private static InsightQuery Read(string json)
    {
        var errors = new QueryErrors();
        var query = QueryJson.Read(Encoding.UTF8.GetBytes(json), errors);
        Assert.False(errors.Any, string.Join(',', errors.ToDictionary().Select(static e => e.Key + e.Value[0])));
        return query!;
    }

    private static string Text(InsightQuery query) => System.Text.Json.JsonSerializer.Serialize(query, QueryJson.Options);

    private static ResolvedRange Resolve(QueryRange range) =>
        ResolvedRange.Resolve(range, Interval.Day, new LocalCalendar(TimeZoneInfo.Utc, false), Now, "range", new QueryErrors())!.Value;
}
