using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Sdk;

public sealed class CookielessTests
{
    private static readonly string[] s_anonymous = ["$pageview", "looked around"];

    /// <summary>posthog-js that stores nothing says so by itself; one that stores ids has them taken from it where the project is cookieless.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Browsers_that_are_alike_are_one_visitor_of_the_day_and_who_signs_in_is_not(bool isSetting)
    {
        await Days.GoesOnAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        await using var server = await HeadroomServer.StartAsync();
        var project = await server.AddProjectAsync("Cookieless");
        if (isSetting)
        {
            var owner = await SignedIn.SetUpAsync(server, project.Id);
            Assert.True((bool)(await owner.SendAsync(HttpMethod.Patch, "", new { cookieless = true }))["cookieless"]!);
        }

        var run = await Node.RunAsync("posthog-cookieless.mjs", new JsonObject
        {
            ["host"] = server.Address,
            ["key"] = project.WriteKey,
            ["events"] = $"{server.Address}/api/projects/{project.Id}/events",
            ["readKey"] = project.ReadKey,
            ["options"] = isSetting ? new JsonObject() : new JsonObject { ["cookieless_mode"] = "always" },
        });

        Assert.Equal(isSetting, run["kept"]!.AsArray().Count > 0);
        var events = await project.StoredAsync(8);
        Assert.Equal(["ada"], events.Where(e => (string)e["event"]! is "$identify" or "order placed").Select(e => (string)e["distinctId"]!).Distinct());
        var visits = events.Where(e => s_anonymous.Contains((string)e["event"]!)).ToList();
        Assert.Equal(4, visits.Count);
        Assert.Matches("^[0-9a-f]{32}$", Assert.Single(visits.Select(e => (string)e["distinctId"]!).Distinct()));
        Assert.Equal(2, await project.TotalAsync(null, "unique_persons"));
        foreach (var e in events)
        {
            var whole = (await project.EventAsync((string)e["uuid"]!))!.AsObject();
            var text = whole.ToJsonString();
            Assert.All(run["ids"]!.AsArray(), id => Assert.DoesNotContain((string)id!, text, StringComparison.Ordinal));
            Assert.DoesNotContain(whole["properties"]!.AsObject(), one => one.Key is "$device_id" or "$window_id" or "$raw_user_agent" or "$ip" or "$anon_distinct_id");
            Assert.Equal("Chrome", (string?)whole["properties"]!["$browser"]);
            Assert.False(string.IsNullOrEmpty((string?)whole["sessionId"]));
        }

        Assert.Single((await project.SqlAsync("SELECT DISTINCT session_id FROM events WHERE distinct_id <> 'ada'")));
    }
}
