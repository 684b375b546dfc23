using System.Net;
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
        await using var server = await HeadroomServer.StartAsync("--Headroom:Store:MaxConcurrentQueries=1", "--Headroom:Insights:TimeoutSeconds=300");
        var project = await server.AddProjectAsync("Shop", []);
        var owner = await SignedIn.SetUpAsync(server, project.Id);
        JsonArray events = [.. Enumerable.Range(0, 7).Select(i => (JsonNode)ProjectClient.Event(Guid.CreateVersion7(), "$pageview", $"person {i}"))];
        Assert.Equal(HttpStatusCode.OK, await project.SendAsync(events, TestContext.Current.CancellationToken));
        await project.StoredAsync(7);
        var dashboard = await owner.SendAsync(HttpMethod.Post, "dashboards", JsonNode.Parse("""
            {"name":"Team","tiles":[{"title":"Views","query":{"kind":"trends","series":[{"event":"$pageview","math":"unique_persons"}],"range":{"last":2,"unit":"day"}},"x":0,"y":0,"width":6,"height":4}]}
            """));

        var answer = await Node.RunAsync("queue.mjs", new JsonObject
        {
            ["host"] = server.Address,
            ["size"] = size,
            ["theme"] = theme,
            ["email"] = SignedIn.Email,
            ["password"] = SignedIn.Password,
            ["project"] = project.Id,
            ["key"] = project.ReadKey,
            ["dashboard"] = (int)dashboard["id"]!,
            ["screenshots"] = Path.Combine(Repository.Root, "artifacts", "screenshots"),
        });

        Assert.Equal([], answer["problems"]!.AsArray().Select(static one => (string?)one));
        Assert.Equal([], answer["violations"]!.AsArray().Select(static one => (string?)one));
        Assert.Matches(@"^Place \d+ in the queue$", (string)answer["placed"]!);
        Assert.Equal("Cancelled before it was answered", (string)answer["cancelled"]!);
        Assert.Matches(@"^Place \d+ in the queue$", (string)answer["tile"]!);
        Assert.Equal(["7"], answer["rows"]!.AsArray().Select(static one => (string)one!));
        Assert.Contains("7", (string)answer["table"]!, StringComparison.Ordinal);
        Assert.Equal(0, (int)answer["left"]!);
    }
}
