using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Sdk;

public sealed class PostHogJsTests(SharedServer shared)
{
    private static readonly (string, int)[] s_expected =
    [
        ("$pageview", 1), ("looked around", 1), ("$autocapture", 1), ("$identify", 1), ("$groupidentify", 1), ("$create_alias", 1),
        ("order placed", 1), ("batched", 30), ("$pageleave", 1),
    ];

    [Theory]
    [InlineData(nameof(Fault.None))]
    [InlineData(nameof(Fault.Refuse))]
    [InlineData(nameof(Fault.LoseAnswer))]
    public async Task Stores_exactly_what_posthog_js_sends_from_a_page(string faultName)
    {
        var fault = Enum.Parse<Fault>(faultName);
        var run = await SdkCase.RunAsync(shared, "posthog-js.mjs", fault);
        Assert.Empty(run.Answer["problems"]!.AsArray());

        var events = await run.AssertStoredAsync(fault, s_expected);

        var order = await run.WholeAsync(events, "order placed");
        Assert.Equal("linus", (string?)order["distinctId"]);
        SdkCase.AssertProperties(order, new JsonObject
        {
            ["amount"] = 12.5,
            ["items"] = 3,
            ["gift"] = true,
            ["tags"] = new JsonArray("a", "b"),
            ["note"] = "grüße 🎈",
            ["$lib"] = "web",
            ["$browser"] = "Chrome",
            ["$os"] = "Linux",
            ["$groups"] = new JsonObject { ["company"] = "c2" },
        });
        Assert.Contains("linus@example.com", order["person"]!.ToJsonString(), StringComparison.Ordinal);

        var view = await run.WholeAsync(events, "$pageview");
        Assert.Equal((string?)run.Answer["anonymousId"], (string?)view["distinctId"]);
        SdkCase.AssertProperties(view, new JsonObject
        {
            ["$pathname"] = "/pricing",
            ["utm_source"] = "news",
            ["utm_medium"] = "mail",
            ["$referring_domain"] = "www.google.com",
        });
        Assert.Equal((string?)order["sessionId"], (string?)view["sessionId"]);
        Assert.False(string.IsNullOrEmpty((string?)view["sessionId"]));
        Assert.Equal(435, await run.Project.TotalAsync("batched", "sum", "i"));
        Assert.Equal(1, (await run.Project.TotalsByAsync("$browser", "$pageview"))["Chrome"]);

        // Everything before the sign-in is the same person's, in whichever order it arrived.
        await Until.TrueAsync("one person", async () => await run.Project.TotalAsync(null, "unique_persons") == 1);
    }
}
