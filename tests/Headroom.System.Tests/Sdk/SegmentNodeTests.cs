using System.Globalization;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Sdk;

public sealed class SegmentNodeTests(SharedServer shared)
{
    [Theory]
    [InlineData(nameof(Fault.None))]
    [InlineData(nameof(Fault.Refuse))]
    [InlineData(nameof(Fault.LoseAnswer))]
    public async Task Stores_exactly_what_analytics_node_sends(string faultName)
    {
        var fault = Enum.Parse<Fault>(faultName);
        var run = await SdkCase.RunAsync(shared, "segment-node.mjs", fault);

        var events = await run.AssertStoredAsync(
            fault, ("looked around", 1), ("$identify", 1), ("$pageview", 1), ("$screen", 1), ("$groupidentify", 1), ("$create_alias", 1),
            ("order placed", 1), ("batched", 40));

        var order = await run.WholeAsync(events, "order placed");
        Assert.Equal(run.Uuid, (string?)order["uuid"]);
        Assert.Equal("grace", (string?)order["distinctId"]);

        // Segment's clocks are corrected by sentAt, which a local round trip makes a few milliseconds of.
        var timestamp = DateTimeOffset.Parse((string)order["timestamp"]!, CultureInfo.InvariantCulture);
        Assert.InRange((timestamp - run.Timestamp).Duration(), TimeSpan.Zero, TimeSpan.FromSeconds(30));
        SdkCase.AssertProperties(order, new JsonObject
        {
            ["amount"] = 12.5,
            ["items"] = 3,
            ["gift"] = true,
            ["tags"] = new JsonArray("a", "b"),
            ["$lib"] = "@segment/analytics-node",
        });
        Assert.Contains("grace@example.com", order["person"]!.ToJsonString(), StringComparison.Ordinal);

        SdkCase.AssertProperties(await run.WholeAsync(events, "$pageview"), new JsonObject
        {
            ["name"] = "Start",
            ["category"] = "Docs",
            ["$current_url"] = "https://shop.example.com/docs?utm_source=news",
            ["$pathname"] = "/docs",
            ["utm_source"] = "news",
        });
        SdkCase.AssertProperties(await run.WholeAsync(events, "$groupidentify"), new JsonObject { ["$group_key"] = "g1" });
        Assert.Equal(780, await run.Project.TotalAsync("batched", "sum", "i"));
    }

    [Fact]
    public async Task Identify_and_alias_make_one_person()
    {
        var run = await SdkCase.RunAsync(shared, "segment-node.mjs", Fault.None);
        await run.Project.StoredAsync(47);

        // user-0 … user-4, and grace, who was seg-anon and grace-before.
        await Until.TrueAsync("six people", async () => await run.Project.TotalAsync(null, "unique_persons") == 6);
    }
}
