using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.App;

/// <summary>Retention, privacy and the deletion of a person in the web app, in Chromium.</summary>
public sealed class RemovalBrowserTests
{
    [Theory]
    [MemberData(nameof(Screens.All), MemberType = typeof(Screens))]
    public async Task An_owner_sees_what_a_retention_frees_drops_a_property_and_deletes_a_person_with_a_receipt(string size, string theme)
    {
        await using var journey = await Journey.BeginAsync();
        var now = TimeProvider.System.GetUtcNow();
        var events = new JsonArray();
        foreach (var (person, days) in new[] { ("ada", 0), ("ada", 40), ("ada", 50), ("ben", 1), ("ben", 45), ("cleo", 2) })
        {
            var e = ProjectClient.Event(Guid.CreateVersion7(), "viewed", person, new JsonObject { ["plan"] = "pro" }, now.AddDays(-days));
            e["$set"] = new JsonObject { ["email"] = $"{person}@shop.test" };
            events.Add((JsonNode)e);
        }

        await journey.StoreAsync(events);

        var answer = await journey.RunAsync("removal.mjs", size, theme);

        Assert.Contains("3 events before", (string)answer["preview"]!, StringComparison.Ordinal);
        Assert.Equal("Remove 3 events?", (string)answer["question"]!);
        Assert.Contains("3 by the retention", (string)answer["removed"]!, StringComparison.Ordinal);
        var receipt = JsonNode.Parse((string)answer["receipt"]!)!;
        Assert.Equal(("done", 1, SignedIn.Email), ((string)receipt["state"]!, (int)receipt["events"]!, (string)receipt["requestedBy"]!));
        Assert.Equal(["secret"], (await journey.Owner.GetAsync(""))["droppedProperties"]!.AsArray().Select(static n => (string)n!));
        Assert.Equal(["cleo"], (await journey.Project.EventsAsync()).Select(static e => (string)e["distinctId"]!));
    }
}
