using Headroom.Tests.Sql;
using Xunit;

namespace Headroom.Tests.Insights;

public sealed class SessionsEndpointTests
{
    private const string Day = "\"range\":{\"from\":\"2026-11-20\",\"to\":\"2026-11-20\"}";

    private static readonly IReadOnlyList<TestEvent> Events =
    [
        TestEvent.At("2026-11-19T23:00:00Z", "$pageview", 1, ("$pathname", "/")) with { SessionId = "s1" },
        TestEvent.At("2026-11-19T23:00:30Z", "$pageview", 1, ("$pathname", "/a")) with { SessionId = "s1" },
        TestEvent.At("2026-11-20T10:00:00Z", "buy", 9) with { SessionId = "s2" },
    ];

    [Fact]
    public async Task Sessions_are_answered_as_the_api_page_says()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var (status, body) = await host.QueryAsync($$"""{"kind":"sessions",{{Day}},"compare":true}""");
        Assert.Equal(200, status);
        Assert.Equal(
            """[{"values":[{"sessions":2,"views":2,"viewsPerSession":1,"bounceRate":0,"meanSeconds":15,"medianSeconds":15}],"total":{"sessions":2,"views":2,"viewsPerSession":1,"bounceRate":0,"meanSeconds":15,"medianSeconds":15},"compare":{"values":[{"sessions":0,"views":0,"viewsPerSession":null,"bounceRate":null,"meanSeconds":null,"medianSeconds":null}],"total":{"sessions":0,"views":0,"viewsPerSession":null,"bounceRate":null,"meanSeconds":null,"medianSeconds":null}}}]""",
            body.GetProperty("series").GetRawText());
        (_, body) = await host.QueryAsync($$"""{"kind":"sessions",{{Day}},"breakdown":{"property":"exit_page"} }""");
        Assert.Equal(["\"/a\"", "null"], body.GetProperty("series").EnumerateArray().Select(s => s.GetProperty("breakdown").GetRawText()));
    }

    [Fact]
    public async Task The_web_view_has_the_parts_that_were_asked_for()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var (status, body) = await host.QueryAsync($$"""{"kind":"web",{{Day}},"parts":["totals"]}""");
        Assert.Equal(200, status);
        Assert.Equal("""{"visitors":1,"visits":1,"pageViews":2,"viewsPerVisit":2,"bounceRate":0,"meanSeconds":30}""", body.GetProperty("totals").GetRawText());
        Assert.All(["series", "lists", "vitals", "compare"], part => Assert.False(body.TryGetProperty(part, out _)));
        (_, body) = await host.QueryAsync($$"""{"kind":"web",{{Day}},"parts":["vitals"],"lists":[{"by":"page"},{"by":"utm_source"}]}""");
        Assert.Equal(
            """[{"by":"page","rows":[{"value":"/","visitors":1,"visits":1,"pageViews":1,"bounceRate":0,"meanSeconds":30},{"value":"/a","visitors":1,"visits":1,"pageViews":1,"bounceRate":null,"meanSeconds":30}],"more":false},{"by":"utm_source","rows":[{"value":null,"visitors":1,"visits":1,"pageViews":2,"bounceRate":0,"meanSeconds":30}],"more":false}]""",
            body.GetProperty("lists").GetRawText());
        Assert.Equal("""{"p75":null,"count":0}""", body.GetProperty("vitals").GetProperty("overall").GetProperty("lcp").GetRawText());
    }

    [Fact]
    public async Task A_wrong_filter_is_named()
    {
        await using var host = await InsightsHost.StartAsync(Events);
        var (status, body) = await host.QueryAsync($$"""{"kind":"web",{{Day}},"filters":[{"property":"$entry_page","operator":"matches","values":["(?=a)"]}]}""");
        Assert.Equal(400, status);
        Assert.True(body.GetProperty("errors").TryGetProperty("filters[0].values[0]", out _));
    }
}
