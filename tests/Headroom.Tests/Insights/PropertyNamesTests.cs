using System.Text.Json;
using Headroom.Core.Queries;
using Headroom.Tests.Sql;
using Xunit;

namespace Headroom.Tests.Insights;

/// <summary>The names that SDKs use, over HTTP: those of columns, those of properties, and those that no event keeps.</summary>
public sealed class PropertyNamesTests
{
    private static readonly IReadOnlyList<TestEvent> Events =
    [
        TestEvent.At("2026-11-20T12:00:00Z", "view", 1, ("$current_url", "https://a.example/x"), ("$ip", "192.0.2.1"), ("$browser", "Chrome"), ("utm_source", "news")) with { SessionId = "s1" },
        TestEvent.At("2026-11-20T13:00:00Z", "buy", 2, ("$current_url", "https://a.example/y"), ("$browser", "Firefox")) with { SessionId = "s2" },
        TestEvent.At("2026-11-20T14:00:00Z", "buy", 2),
    ];

    [Theory]
    [InlineData("event", "view")]
    [InlineData("distinct_id", "u1")]
    [InlineData("$distinct_id", "u1")]
    [InlineData("session_id", "s1")]
    [InlineData("$session_id", "s1")]
    [InlineData("$current_url", "https://a.example/x")]
    [InlineData("$browser", "Chrome")]
    [InlineData("$ip", "192.0.2.1")]
    [InlineData("utm_source", "news")]
    public async Task A_name_that_sdks_use_filters_breaks_down_and_lists_values(string property, string value)
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var filter = $$"""[{"property":"{{property}}","operator":"is","values":["{{value}}"]}]""";
        var (status, page) = await host.GetAsync("/events?filters=" + Uri.EscapeDataString(filter));
        Assert.Equal(200, status);
        Assert.Equal(Events[0].Uuid.ToString(), Assert.Single(page.GetProperty("events").EnumerateArray()).GetProperty("uuid").GetString());

        var (_, filtered) = await host.QueryAsync(Trends($"\"filters\":{filter}"));
        Assert.Equal(1, filtered.GetProperty("series")[0].GetProperty("total").GetDouble());
        var (_, broken) = await host.QueryAsync(Trends($$"""
            "breakdown":{"property":"{{property}}","limit":5}
            """));
        Assert.Equal(1, Assert.Single(broken.GetProperty("series").EnumerateArray(), s => s.GetProperty("breakdown").GetString() == value).GetProperty("total").GetDouble());

        var (_, values) = await host.GetAsync("/definitions/properties/values?property=" + Uri.EscapeDataString(property));
        Assert.Contains(value, values.EnumerateArray().Select(v => v.GetProperty("value").GetString()));
    }

    [Fact]
    public async Task An_event_without_a_session_is_the_null_of_a_breakdown_by_session()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var (_, body) = await host.QueryAsync(Trends("""
            "breakdown":{"property":"$session_id","limit":5}
            """));
        Assert.Equal(["s1", "s2", null], body.GetProperty("series").EnumerateArray().Select(s => s.GetProperty("breakdown").GetString()));
    }

    [Theory]
    [InlineData("token")]
    [InlineData("$token")]
    [InlineData("api_key")]
    [InlineData("$insert_id")]
    [InlineData("$time")]
    [InlineData("$sent_at")]
    [InlineData("$set")]
    [InlineData("$set_once")]
    [InlineData("$unset")]
    public async Task A_name_that_no_event_keeps_is_refused_with_the_way_out(string property)
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var filter = $$"""[{"property":"{{property}}","operator":"is_set"}]""";
        var (status, body) = await host.QueryAsync(Trends($$"""
            "filters":{{filter}},"breakdown":{"property":"{{property}}","limit":5}
            """));
        Assert.Equal(400, status);
        Assert.Equal(["breakdown.property", "filters[0].property"], Fields(body));
        Assert.Contains("Is not kept", body.GetProperty("errors").GetProperty("breakdown.property")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(["filters[0].property"], Fields((await host.GetAsync("/events?filters=" + Uri.EscapeDataString(filter))).Body));
        Assert.Equal(["property"], Fields((await host.GetAsync("/definitions/properties/values?property=" + Uri.EscapeDataString(property))).Body));
    }

    [Theory]
    [InlineData("$session_id")]
    [InlineData("$distinct_id")]
    public void A_column_of_text_has_no_numbers_to_sum(string property)
    {
        var errors = new QueryErrors();
        var query = new TrendsQuery([new TrendsSeries { Math = TrendsMath.Sum, Property = property }], new QueryRange { Last = 1, Unit = Interval.Day }, Interval.Day);
        Assert.Null(QueryValidator.Validate(query, new LocalCalendar(TimeZoneInfo.Utc, false), 0, errors));
        Assert.Equal(["series[0].property"], errors.ToDictionary().Keys);
    }

    [Fact]
    public async Task What_groups_were_told_is_offered_under_the_names_that_read_it()
    {
        static TestEvent Told(string type, string set) => TestEvent.At(
            "2026-11-20T12:00:00Z", "$groupidentify", 1, ("$group_type", type), ("$group_key", "k"), ("$group_set", new JsonText(set)), ("$groups." + type, "k"));
        await using var host = await InsightsHost.StartAsync(
        [
            Told("company", """{"plan":"pro","a/b~c.d":true,"nothing":null}"""), Told("company", """{"plan":12,"list":[1]}"""), Told("", """{"x":1}"""), Told("a.b", """{"x":1}"""),
        ]);
        var (_, names) = await host.GetAsync("/definitions/properties?search=GROUP.&event=view");
        Assert.Equal(
            """[{"name":"group.company.a/b~c.d","kinds":["boolean"],"description":null,"hidden":false},{"name":"group.company.list","kinds":["json"],"description":null,"hidden":false},{"name":"group.company.plan","kinds":["text","number"],"description":null,"hidden":false}]""",
            names.GetRawText());
        foreach (var name in names.EnumerateArray().Select(static n => n.GetProperty("name").GetString()!))
        {
            var (_, values) = await host.GetAsync("/definitions/properties/values?property=" + Uri.EscapeDataString(name));
            Assert.NotEqual(0, values.GetArrayLength());
        }
    }

    private static string Trends(string more) => $$"""{"kind":"trends","series":[{}],"range":{"from":"2026-11-20","to":"2026-11-20"},{{more}}}""";

    private static IEnumerable<string> Fields(JsonElement body) =>
        body.GetProperty("errors").EnumerateObject().Select(e => e.Name).Order(StringComparer.Ordinal);
}
