using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.App;

/// <summary>The Capacity page, in Chromium: what it says is what the API says, a part is opened and a what-if slider moved, by the keyboard.</summary>
public sealed class CapacityBrowserTests
{
    [Theory]
    [MemberData(nameof(Screens.All), MemberType = typeof(Screens))]
    public async Task An_operator_sees_how_much_headroom_is_left_and_asks_what_more_would_need(string size, string theme)
    {
        await using var journey = await Journey.BeginAsync("--Headroom:Capacity:SampleSeconds=1");
        var member = await journey.Server.RunJsonAsync("user", "add", "member@headroom.test", "--project", journey.Project.Id, "--role", "admin", "--json");
        JsonArray events = [.. Enumerable.Range(0, 50).Select(i => (JsonNode)ProjectClient.Event(Guid.CreateVersion7(), "$pageview", $"person {i % 5}"))];
        await journey.StoreAsync(events);
        await Until.TrueAsync("every part is measured", async () => (await journey.Owner.GetOfServerAsync("capacity"))?["resources"]?.AsArray() is { Count: > 0 });

        var answer = await journey.RunAsync("capacity.mjs", size, theme, new JsonObject
        {
            ["member"] = "member@headroom.test",
            ["memberPassword"] = (string)member["password"]!,
        });

        Assert.Equal("/capacity", (string)answer["address"]!);
        Assert.NotEmpty((string)answer["summary"]!);
        Assert.Contains("The ceiling over the load", (string)answer["words"]!, StringComparison.OrdinalIgnoreCase);

        // Hardly any load: the page says so, and makes no figure of it.
        foreach (var flow in answer["report"]!["flows"]!.AsArray())
        {
            var gauge = (string)answer["gauges"]![(string)flow!["flow"]!]!;
            Assert.Contains((string)flow["flow"]!, gauge, StringComparison.OrdinalIgnoreCase);
            if ((string)flow["basis"]! == "not_enough_load" && flow["headroom"] is null)
            {
                Assert.Contains("Not enough load yet to say", gauge, StringComparison.Ordinal);
            }
        }

        Assert.Equal(5, answer["parts"]!.AsArray().Count);
        Assert.All(answer["parts"]!.AsArray(), static part => Assert.Matches(@"\d+%|not measured yet", (string)part!));
        Assert.Equal(3, answer["trends"]!.AsArray().Count);
        Assert.Equal("capture", (string)answer["opened"]!);
        Assert.Contains("Service demand", (string)answer["terms"]!, StringComparison.Ordinal);
        Assert.Contains("Utilisation", (string)answer["capture"]!, StringComparison.Ordinal);
        Assert.True((bool)answer["focused"]!, "closing a part gives the focus back to it");

        // What the slider asked is what stands beside it, and more than before.
        var (before, after) = (Number(answer["before"]!), Number(answer["after"]!));
        Assert.True(after > before, $"{after} is more than {before}");
        Assert.Equal(after, (long)answer["asked"]!);
        Assert.Contains("Utilisation", (string)answer["plan"]!, StringComparison.Ordinal);
        Assert.Equal("2,000,000", (string)answer["typed"]!);
        Assert.Equal("true", (string)answer["refused"]!);
        Assert.Equal(0, (int)answer["led"]!);
    }

    private static long Number(JsonNode text) => long.Parse(((string)text!).Replace(",", "", StringComparison.Ordinal), global::System.Globalization.CultureInfo.InvariantCulture);
}
