using System.Globalization;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Sdk;

public sealed class PostHogNodeTests(SharedServer shared)
{
    [Theory]
    [InlineData(nameof(Fault.None))]
    [InlineData(nameof(Fault.Refuse))]
    [InlineData(nameof(Fault.LoseAnswer))]
    public async Task Stores_exactly_what_posthog_node_sends(string faultName)
    {
        var fault = Enum.Parse<Fault>(faultName);
        var run = await SdkCase.RunAsync(shared, "posthog-node.mjs", fault);

        var events = await run.AssertStoredAsync(
            fault, ("looked around", 1), ("$identify", 1), ("$create_alias", 1), ("$groupidentify", 1), ("order placed", 1), ("batched", 50));

        var order = await run.WholeAsync(events, "order placed");
        Assert.Equal(run.Uuid, (string?)order["uuid"]);
        Assert.Equal("ada", (string?)order["distinctId"]);
        Assert.Equal(run.Timestamp, DateTimeOffset.Parse((string)order["timestamp"]!, CultureInfo.InvariantCulture));
        SdkCase.AssertProperties(order, new JsonObject
        {
            ["amount"] = 12.5,
            ["items"] = 3,
            ["gift"] = true,
            ["tags"] = new JsonArray("a", "b"),
            ["shipping"] = new JsonObject { ["city"] = "Köln" },
            ["note"] = "grüße 🎈",
            ["nothing"] = null,
            ["$groups"] = new JsonObject { ["company"] = "c1" },
            ["$lib"] = "posthog-node",
        });
        Assert.Contains("ada@example.com", order["person"]!.ToJsonString(), StringComparison.Ordinal);

        Assert.Equal(1225, await run.Project.TotalAsync("batched", "sum", "i"));
        Assert.Equal(12.5, await run.Project.TotalAsync("order placed", "average", "amount"));
    }

    [Fact]
    public async Task An_alias_makes_one_person_of_two_and_a_group_is_none()
    {
        var run = await SdkCase.RunAsync(shared, "posthog-node.mjs", Fault.None);
        await run.Project.StoredAsync(55);

        // user-0 … user-4, and ada, who is also anon-7. The group's event has a distinct_id too, but is nobody.
        await Until.TrueAsync("six people", async () => await run.Project.TotalAsync(null, "unique_persons") == 6);
        Assert.Equal(5, await run.Project.TotalAsync("batched", "unique_persons"));
    }
}
