using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.App;

/// <summary>Questions that have to wait in the web app, in Chromium.</summary>
public sealed class QueueBrowserTests
{
    [Theory]
    [MemberData(nameof(Screens.All), MemberType = typeof(Screens))]
    public async Task A_person_sees_the_place_in_the_queue_cancels_and_asks_after_all(string size, string theme)
    {
        await using var journey = await Journey.BeginAsync("--Headroom:Store:MaxConcurrentQueries=1", "--Headroom:Insights:TimeoutSeconds=300");
        JsonArray events = [.. Enumerable.Range(0, 7).Select(i => (JsonNode)ProjectClient.Event(Guid.CreateVersion7(), "$pageview", $"person {i}"))];
        await journey.StoreAsync(events);
        var dashboard = await journey.Owner.SendAsync(HttpMethod.Post, "dashboards", JsonNode.Parse("""
            {"name":"Team","tiles":[{"title":"Views","query":{"kind":"trends","series":[{"event":"$pageview","math":"unique_persons"}],"range":{"last":2,"unit":"day"}},"x":0,"y":0,"width":6,"height":4}]}
            """));

        var answer = await journey.RunAsync("queue.mjs", size, theme, new JsonObject
        {
            ["key"] = journey.Project.ReadKey,
            ["dashboard"] = (int)dashboard["id"]!,
        });

        Assert.Matches(@"^Place \d+ in the queue$", (string)answer["placed"]!);
        Assert.Equal("Cancelled before it was answered", (string)answer["cancelled"]!);
        Assert.Matches(@"^Place \d+ in the queue$", (string)answer["tile"]!);
        Assert.Equal(["7"], answer["rows"]!.AsArray().Select(static one => (string)one!));
        Assert.Contains("7", (string)answer["table"]!, StringComparison.Ordinal);
        Assert.Equal(0, (int)answer["left"]!);
    }
}
