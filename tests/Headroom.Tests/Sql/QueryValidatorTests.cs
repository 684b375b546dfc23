using System.Text;
using Headroom.Core;
using Headroom.Core.Queries;
using Xunit;

namespace Headroom.Tests.Sql;

public sealed class QueryValidatorTests
{
    private const string Range = "\"range\":{\"last\":7,\"unit\":\"day\"}";

    [Fact]
    public void The_example_of_the_contract_is_valid() => Assert.Empty(Errors(
        """
        {"kind":"trends","series":[{"event":"$pageview","math":"total","property":null,"name":"Views",
          "filters":[{"property":"$browser","operator":"is","values":["Chrome"]}]}],
         "range":{"from":"2026-11-01","to":"2026-11-08"},"interval":"day","filters":[],"breakdown":{"property":"$browser","limit":10},"compare":true}
        """));

    [Fact]
    public void The_kind_may_stand_anywhere() => Assert.Empty(Errors($$"""{"series":[{"event":"a"}],{{Range}},"kind":"trends"}"""));

    [Fact]
    public void Every_error_is_reported_at_once_under_its_field() => Assert.Equal(
        [
            "breakdown.limit", "filters[0].values", "filters[1].values[0]", "range.to", "series[0].property", "series[1].event",
            "series[1].filters[0].property", "series[1].property",
        ],
        Errors(
            """
            {"kind":"trends","series":[{"math":"sum"},{"event":"","property":"x","filters":[{"property":"","operator":"is_set"}]}],
             "filters":[{"property":"a","operator":"greater_than","values":["x"]},{"property":"a","operator":"matches","values":["("]}],
             "breakdown":{"property":"b","limit":101},"range":{"from":"2026-11-02","to":"2026-11-01"}}
            """).Keys.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("""{"kind":"trends","series":[{"math":"averge"}],"range":{}}""", "series[0].math", "Must be one of total, unique_persons")]
    [InlineData("""{"kind":"trends","series":[{"math":1}],"range":{}}""", "series[0].math", "Must be one of")]
    [InlineData("""{"kind":"trends","series":[{"maths":"sum"}],"range":{}}""", "series[0].maths", "")]
    [InlineData("""{"kind":"trends","series":[],"range":{"last":"7"}}""", "range.last", "whole number")]
    [InlineData("""{"kind":"trends","series":[{"filters":null}],"range":{}}""", "series[0].filters", "")]
    [InlineData("""{"kind":"trends","range":{}}""", "", "series")]
    [InlineData("""{"kind":"trends","series":[{"filters":[{"property":"a","values":[[]]}]}],"range":{}}""", "series[0].filters[0].values[0]", "Must be a text, a number, true or false.")]
    [InlineData("""{"kind":"sunburst"}""", "kind", "")]
    [InlineData("""{"series":[]}""", "kind", "Is missing")]
    [InlineData("""[]""", "", "")]
    [InlineData("""{"kind":"trends",""", "", "")]
    public void A_query_of_the_wrong_form_names_its_field(string json, string path, string message)
    {
        var errors = Errors(json);
        Assert.Equal([path], errors.Keys);
        Assert.Contains(message, errors[path][0], StringComparison.Ordinal);
        Assert.DoesNotContain("Headroom.", errors[path][0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(?=a)")]
    [InlineData("(a)\\1")]
    [InlineData("(?<name>a)")]
    [InlineData("[a-z-[b]]")]
    [InlineData("a{1001}")]
    [InlineData("(a{100}){100}")]
    [InlineData("\\Ga")]
    [InlineData("")]
    public void Patterns_that_the_store_would_refuse_are_refused_here(string pattern) =>
        Assert.Equal(["filters[0].values[0]"], PatternErrors(pattern));

    [Theory]
    [InlineData("^/blog/[0-9]{4}/")]
    [InlineData("(?i)chrome|firefox")]
    [InlineData("\\p{L}+\\s\\w\\d")]
    [InlineData("(?:a|b)*?c")]
    public void Usual_patterns_are_taken(string pattern) => Assert.Empty(PatternErrors(pattern));

    [Theory]
    [InlineData("\"from\":\"2026-11-01\",\"to\":\"2026-11-02T00:00:00Z\"", "range.to")]
    [InlineData("\"from\":\"2026-11-01\"", "range.to")]
    [InlineData("\"from\":\"2026-11-01T00:00:00\",\"to\":\"2026-11-02T00:00:00Z\"", "range.from")]
    [InlineData("\"from\":\"2026-02-30\",\"to\":\"2026-03-01\"", "range.from")]
    [InlineData("\"from\":\"0001-01-01\",\"to\":\"2026-03-01\"", "range.from")]
    [InlineData("\"last\":0,\"unit\":\"day\"", "range.last")]
    [InlineData("\"last\":3", "range.unit")]
    [InlineData("\"last\":3,\"unit\":\"day\",\"from\":\"2026-11-01\"", "range")]
    [InlineData("\"from\":\"2000-01-01\",\"to\":\"2026-11-01\"", "interval")]
    public void A_range_that_cannot_be_is_refused(string range, string path) =>
        Assert.Equal([path], Errors($$"""{"kind":"trends","series":[{"event":"a"}],"range":{ {{range}} } }""").Keys);

    [Fact]
    public void Too_much_is_refused()
    {
        var series = string.Join(',', Enumerable.Repeat("{}", QueryLimits.Series + 1));
        Assert.Equal(["series"], Errors($$"""{"kind":"trends","series":[{{series}}],{{Range}}}""").Keys);
        Assert.Equal(["interval"], Errors(
            """{"kind":"trends","series":[{}],"range":{"last":4000,"unit":"minute"},"interval":"minute","breakdown":{"property":"a","limit":100}}""").Keys);
        Assert.Equal(["series[0].event"], Errors($$"""{"kind":"trends","series":[{"event":"{{new string('a', QueryLimits.NameLength + 1)}}"}],{{Range}}}""").Keys);
    }

    private static IEnumerable<string> PatternErrors(string pattern) => Errors(
        $$"""{"kind":"trends","series":[{}],{{Range}},"filters":[{"property":"a","operator":"matches","values":[{{System.Text.Json.JsonSerializer.Serialize(pattern)}}]}]}""").Keys;

    private static Dictionary<string, string[]> Errors(string json)
    {
        var errors = new QueryErrors();
        if (QueryJson.Read(Encoding.UTF8.GetBytes(json), errors) is TrendsQuery query)
        {
            QueryValidator.Validate(query, new LocalCalendar(TimeZoneInfo.Utc, false), TestEvent.Micros("2026-11-23T23:27:00Z"), errors);
        }

        return errors.ToDictionary();
    }
}
