using System.Text;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

/// <summary>What docs/insights.md says of trends, one sentence at a time.</summary>
public sealed class TrendsTests
{
    [Fact]
    public void Weekly_actives_are_the_persons_of_the_seven_local_days_that_end_with_the_point()
    {
        // The first is at the last microsecond of 31 October in Kathmandu, the second at the first of 1 November.
        TestEvent[] events = [TestEvent.At("2026-10-31T18:14:59.999999Z", person: 1), TestEvent.At("2026-10-31T18:15:00Z", person: 2), TestEvent.At("2026-11-07T10:00:00Z", person: 2)];
        var line = Assert.Single(Run("Asia/Kathmandu", events, """{"series":[{"math":"weekly_active"}],"range":{"from":"2026-11-05","to":"2026-11-08"}}""").Series);
        Assert.Equal([2, 2, 1, 1], line.Values);
        Assert.Equal(1, line.Total);
    }

    [Theory]
    [InlineData("America/St_Johns", "2026-03-02T03:30:00Z")]
    [InlineData("America/New_York", "2026-03-02T05:00:00Z")]
    public void A_day_with_a_change_of_the_clocks_is_one_of_the_seven(string zone, string midnight)
    {
        // 2 to 8 March, the last of which has 23 hours.
        var first = TestEvent.Micros(midnight);
        TestEvent[] events = [TestEvent.At("2026-03-08T12:00:00Z", person: 3), .. new[] { first - 1, first }.Select((t, i) => TestEvent.At("2026-03-08T12:00:00Z", person: i + 1) with { Timestamp = t })];
        Assert.Equal([2], Assert.Single(Run(zone, events, """{"series":[{"math":"weekly_active"}],"range":{"from":"2026-03-08","to":"2026-03-08"}}""").Series).Values);
    }

    [Fact]
    public void The_period_before_has_rolling_points_of_its_own()
    {
        TestEvent[] events = [TestEvent.At("2026-10-20T12:00:00Z", person: 1), TestEvent.At("2026-11-01T12:00:00Z", person: 2)];
        var line = Assert.Single(Run("UTC", events, """{"series":[{"math":"monthly_active"}],"range":{"from":"2026-11-01","to":"2026-11-02"},"compare":true}""").Series);
        Assert.Equal([2, 2], line.Values);
        Assert.Equal([1, 1], line.Compare!.Values);
    }

    [Fact]
    public void Cumulative_persons_count_once_and_the_last_point_is_the_total()
    {
        TestEvent[] events = [At(1, 1), At(1, 2), At(2, 1), At(4, 1), At(4, 3)];
        var line = Assert.Single(Run("UTC", events, """{"series":[{"math":"unique_persons"}],"cumulative":true,"range":{"from":"2026-11-01","to":"2026-11-05"}}""").Series);
        Assert.Equal([2, 2, 2, 3, 3], line.Values);
        Assert.Equal(3, line.Total);
    }

    [Fact]
    public void A_cumulative_average_is_of_all_events_so_far()
    {
        TestEvent[] events = [At(2, 1, 10), At(2, 1, 20), At(3, 1, 60)];
        var line = Assert.Single(Run("UTC", events, """{"series":[{"math":"average","property":"x"}],"cumulative":true,"range":{"from":"2026-11-01","to":"2026-11-04"}}""").Series);
        Assert.Equal([null, 15, 30, 30], line.Values);
    }

    [Fact]
    public void A_moving_average_begins_with_fewer_points_and_leaves_out_those_without_a_number()
    {
        TestEvent[] events = [At(1, 1, 4), At(2, 1, 8), At(4, 1, 12)];
        var sum = Assert.Single(Run("UTC", events, """{"series":[{"math":"sum","property":"x"}],"smoothing":3,"range":{"from":"2026-11-01","to":"2026-11-05"}}""").Series);
        Assert.Equal([4, 6, 4, 20d / 3, 4], sum.Values);
        Assert.Equal(24, sum.Total);
        var average = Assert.Single(Run("UTC", events, """{"series":[{"math":"average","property":"x"}],"smoothing":2,"range":{"from":"2026-11-01","to":"2026-11-07"}}""").Series);
        Assert.Equal([4, 6, 8, 12, 12, null, null], average.Values);
    }

    [Fact]
    public void A_number_per_person_is_of_those_who_did_it()
    {
        TestEvent[] events = [At(1, 1, 5), At(1, 1, 7), At(1, 2, 20), At(1, 0, 1_000), At(2, 1, 1)];
        Assert.Equal([1.5, 1, null], Assert.Single(Run("UTC", events, """{"series":[{"math":"average","perPerson":true}],"range":{"from":"2026-11-01","to":"2026-11-03"}}""").Series).Values);
        var revenue = Assert.Single(Run("UTC", events, """{"series":[{"math":"max","property":"x","perPerson":true}],"range":{"from":"2026-11-01","to":"2026-11-03"}}""").Series);
        Assert.Equal([20, 1, null], revenue.Values);
        Assert.Equal(20, revenue.Total);
    }

    [Fact]
    public void A_first_time_is_the_first_ever_and_not_the_first_of_the_range()
    {
        TestEvent[] events =
        [
            TestEvent.At("2024-01-01T00:00:00Z", "view", 1), At(1, 1), TestEvent.At("2026-11-01T08:00:00Z", "view", 2, ("plan", "free")),
            TestEvent.At("2026-11-02T08:00:00Z", "view", 2, ("plan", "pro")),
        ];
        double?[] Of(string math, string filters) => [.. Assert.Single(Run("UTC", events, $$"""{"series":[{"event":"view","math":"{{math}}","filters":[{{filters}}]}],"range":{"from":"2026-11-01","to":"2026-11-02"} }""").Series).Values];
        const string pro = """{"property":"plan","values":["pro"]}""";
        Assert.Equal([1, 0], Of("first_time", ""));
        Assert.Equal([0, 0], Of("first_time", pro));
        Assert.Equal([0, 1], Of("first_matching", pro));
    }

    [Fact]
    public void A_formula_is_of_points_and_of_totals_and_of_the_period_before()
    {
        TestEvent[] events = [.. Enumerable.Range(0, 4).Select(i => At(1, i, name: "view")), At(1, 1, name: "buy"), At(2, 1, name: "view"), At(2, 1, name: "view"), At(2, 2, name: "buy"), At(3, 1, name: "buy")];
        var result = Run("UTC", events,
            """{"series":[{"event":"view","hidden":true},{"event":"buy"}],"formulas":[{"expression":"B / A * 100","name":"Rate"},{"expression":"A"}],"compare":true,"range":{"from":"2026-11-02","to":"2026-11-03"}}""");
        Assert.Equal([(1, "buy"), (2, "Rate"), (3, "A")], result.Series.Select(s => (s.Series, s.Name)));
        Assert.Equal([50, null], result.Series[1].Values);
        Assert.Equal(100, result.Series[1].Total);
        Assert.Equal([null, 25], result.Series[1].Compare!.Values);
        Assert.Equal(25, result.Series[1].Compare!.Total);
    }

    [Fact]
    public void Under_a_formula_all_series_show_the_values_of_the_first()
    {
        TestEvent Of(string name, string plan) => TestEvent.At("2026-11-01T10:00:00Z", name, 1, ("plan", plan));
        TestEvent[] events = [Of("buy", "small"), Of("view", "small"), Of("view", "big"), Of("view", "big"), Of("view", "other")];
        var result = Run("UTC", events,
            """{"series":[{"event":"buy"},{"event":"view"}],"formulas":[{"expression":"A / B"}],"breakdown":{"property":"plan","limit":2},"range":{"from":"2026-11-01","to":"2026-11-01"}}""");
        Assert.Equal(
            ["0 small 1", "1 small 1", "1 big 2", "1 $other 1", "2 small 1", "2 big 0", "2 $other 0"],
            result.Series.Select(s => $"{s.Series} {s.Breakdown} {s.Total}"));
    }

    [Fact]
    public void A_group_is_counted_in_place_of_its_persons()
    {
        TestEvent Of(long person, object company) => TestEvent.At("2026-11-01T10:00:00Z", "view", person, ("$groups.company", company));
        TestEvent[] events = [Of(1, "c1"), Of(2, "c1"), Of(3, 12d), Of(4, "12"), Of(5, ""), At(1, 6)];
        Assert.Equal(2, Assert.Single(Run("UTC", events, """{"series":[{"math":"unique_persons"}],"unit":{"group":"company"},"range":{"from":"2026-11-01","to":"2026-11-01"}}""").Series).Total);
        Assert.Equal(0, Assert.Single(Run("UTC", events, """{"series":[{"math":"unique_persons"}],"unit":{"group":"team"},"range":{"from":"2026-11-01","to":"2026-11-01"}}""").Series).Total);
    }

    [Fact]
    public void What_a_group_was_told_last_counts_for_all_of_its_events()
    {
        static TestEvent Told(string at, string key, string set) =>
            TestEvent.At(at, "$groupidentify", 0, ("$group_type", "company"), ("$group_key", key), ("$group_set", new JsonText(set)));
        TestEvent Of(string company) => TestEvent.At("2026-11-01T10:00:00Z", "view", 1, ("$groups.company", company));
        TestEvent[] events =
        [
            Of("c1"), Of("c1"), Of("c2"), Of("c3"), At(1, 1),
            Told("2020-01-01T00:00:00Z", "c1", """{"plan":"free","seats":5}"""), Told("2026-12-01T00:00:00Z", "c1", """{"plan":"pro"}"""), Told("2026-12-02T00:00:00Z", "c1", """{"plan":null}"""),
            Told("2020-01-01T00:00:00Z", "c2", """{"plan":"free"}"""), TestEvent.At("2027-01-01T00:00:00Z", "$groupidentify", 0, ("$group_type", "team"), ("$group_key", "c2"), ("$group_set", new JsonText("""{"plan":"pro"}"""))),
        ];
        var plans = Run("UTC", events, """{"series":[{"event":"view"}],"breakdown":{"property":"group.company.plan"},"range":{"from":"2026-11-01","to":"2026-11-01"}}""");
        Assert.Equal([("pro", 2), (null, 2), ("free", 1)], plans.Series.Select(s => (s.Breakdown, (int)s.Total!)).OrderByDescending(s => s.Item2).ThenByDescending(s => s.Breakdown));
        var large = Run("UTC", events, """{"series":[{"event":"view","filters":[{"property":"group.company.seats","operator":"greater_than","values":[4]}]}],"range":{"from":"2026-11-01","to":"2026-11-01"}}""");
        Assert.Equal(2, Assert.Single(large.Series).Total);
    }

    [Theory]
    [InlineData("""{"series":[{}],"formulas":[{"expression":"A +"}]}""", "formulas[0].expression")]
    [InlineData("""{"series":[{}],"formulas":[{"expression":"B"}]}""", "formulas[0].expression")]
    [InlineData("""{"series":[{}],"formulas":[{"expression":"A","name":""}]}""", "formulas[0].name")]
    [InlineData("""{"series":[{}],"formulas":[{}]}""", "formulas[0]")]
    [InlineData("""{"series":[{}],"formulas":[{"expression":"A"},{"expression":"A"},{"expression":"A"},{"expression":"A"},{"expression":"A"},{"expression":"A"},{"expression":"A"},{"expression":"A"},{"expression":"A"},{"expression":"A"},{"expression":"A"}]}""", "formulas")]
    [InlineData("""{"series":[{},{"hidden":true}],"formulas":[{"expression":"A"}]}""", "series[1].hidden")]
    [InlineData("""{"series":[{}],"smoothing":1}""", "smoothing")]
    [InlineData("""{"series":[{}],"smoothing":"3"}""", "smoothing")]
    [InlineData("""{"series":[{}],"smoothing":3,"cumulative":true}""", "smoothing")]
    [InlineData("""{"series":[{"math":"p90","property":"x"}],"cumulative":true}""", "series[0].math")]
    [InlineData("""{"series":[{"math":"weekly_active"}],"cumulative":true}""", "series[0].math")]
    [InlineData("""{"series":[{"math":"average","perPerson":true}],"cumulative":true}""", "series[0].math")]
    [InlineData("""{"series":[{"math":"total","perPerson":true}]}""", "series[0].perPerson")]
    [InlineData("""{"series":[{"math":"sum","property":"x","perPerson":true}]}""", "series[0].perPerson")]
    [InlineData("""{"series":[{"math":"weekly_active","property":"x"}]}""", "series[0].property")]
    [InlineData("""{"series":[{"math":"average"}]}""", "series[0].property")]
    [InlineData("""{"series":[{}],"unit":{"group":""}}""", "unit.group")]
    [InlineData("""{"series":[{}],"unit":{}}""", "unit")]
    [InlineData("""{"series":[{}],"unit":"company"}""", "unit")]
    public void What_is_wrong_is_named(string json, string field)
    {
        var errors = new QueryErrors();
        if (Read(json, errors, """{"last":7,"unit":"day"}""") is { } query)
        {
            Assert.Null(QueryValidator.Validate(query, new LocalCalendar(TimeZoneInfo.Utc, false), 0, errors));
        }

        Assert.Equal([field], errors.ToDictionary().Keys);
    }

    private static TestEvent At(int day, long person, double? x = null, string name = "view") =>
        TestEvent.At($"2026-11-0{day}T10:00:00Z", name, person, x is null ? [] : [("x", x.Value)]);

    private static TrendsQuery? Read(string json, QueryErrors errors, string? range = null) => (TrendsQuery?)QueryJson.Read(
        Encoding.UTF8.GetBytes("{\"kind\":\"trends\"," + (range is null ? "" : $"\"range\":{range},") + json[1..]), errors);

    private static TrendsResult Run(string zone, TestEvent[] events, string json)
    {
        using var reader = new DuckDbEvents(events, []);
        var calendar = new LocalCalendar(TimeZoneInfo.FindSystemTimeZoneById(zone), false);
        var errors = new QueryErrors();
        var query = Read(json, errors);
        Assert.Empty(errors.ToDictionary());
        var time = QueryValidator.Validate(query!, calendar, 0, errors);
        Assert.Empty(errors.ToDictionary());
        var plan = TrendsCompiler.Compile(query!, time!, new ProjectId(1), reader.Schema(new ProjectId(1)), reader.Dialect());
        return plan.Read(reader.QueryAsync(plan.Statement, CancellationToken.None).AsTask().GetAwaiter().GetResult(), DateTimeOffset.UnixEpoch, TimeSpan.Zero);
    }
}
