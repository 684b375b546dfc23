using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.App;

/// <summary>The Data view, the explorer's columns and the live tail of one event, in Chromium.</summary>
public sealed class DataBrowserTests
{
    private const string Hostile = "<img src=x onerror=alert(1)>/../%2e'\"";

    [Theory]
    [MemberData(nameof(Screens.All), MemberType = typeof(Screens))]
    public async Task A_person_describes_and_hides_names_sees_why_events_are_missing_and_watches_one_event(string size, string theme)
    {
        await using var journey = await Journey.BeginAsync();
        var (server, project) = (journey.Server, journey.Project);
        var calm = await server.AddProjectAsync("Calm");

        JsonArray events = [];
        for (var i = 0; i < 24; i++)
        {
            events.Add(ProjectClient.Event(
                Guid.CreateVersion7(), i % 6 == 0 ? Hostile : i % 2 == 0 ? "signed up" : "$pageview", $"person {i % 5}",
                new JsonObject { ["plan"] = i % 2 == 0 ? "<b>pro</b>" : "free", ["$current_url"] = "https://shop.example/pricing", [Hostile] = i },
                TimeProvider.System.GetUtcNow().AddDays(-(i % 9))));
        }

        Assert.Equal(HttpStatusCode.OK, await project.SendAsync(events, TestContext.Current.CancellationToken));
        // A retry, which counts nothing twice.
        Assert.Equal(HttpStatusCode.OK, await project.SendAsync([.. events.Take(5).Select(static e => e!.DeepClone())], TestContext.Current.CancellationToken));
        await SendAsync(server, $$$"""{"api_key":"{{{project.WriteKey}}}","batch":[{"event":"signed up","properties":{"$lib":"posthog-node","$lib_version":"4.0.1","note":"<img src=x onerror=alert(2)>","$ip":"203.0.113.9"}},{"event":"late","distinct_id":"u","timestamp":"2031-01-01T00:00:00Z"}]}""");
        await SendAsync(server, $$$"""{"api_key":"{{{project.WriteKey}}}","batch":[{"event":"broken",}]}""");
        await SendAsync(server, $$$"""{"api_key":"{{{project.WriteKey}}}","event":"$identify","distinct_id":"ada","properties":{"$anon_distinct_id":"undefined"}}""");
        await SendAsync(server, """{"api_key":"hrw_stranger","event":"lost","distinct_id":"ada"}""");
        await project.StoredAsync(26);

        var answer = await journey.RunAsync("data.mjs", size, theme, new JsonObject
        {
            ["calm"] = calm.Id,
            ["key"] = project.WriteKey,
            ["hostile"] = Hostile,
        });

        Assert.Equal(0, (int)answer["images"]!);
        Assert.Equal(Hostile, (string)answer["named"]!);
        Assert.Equal("When somebody <b>signs up</b>", (string)answer["described"]!);
        Assert.Equal("When somebody <b>signs up</b>", (string)answer["escaped"]!);
        Assert.Equal("Add a description", (string)answer["undone"]!);
        Assert.True((bool)answer["dotBefore"]!, "the navigation marks new problems");
        Assert.False((bool)answer["dotAfter"]!, "problems that were looked at are no longer new");
        Assert.Equal((0, 1), ((int)answer["offeredHidden"]!, (int)answer["offeredAgain"]!));
        Assert.True((int)answer["stillListed"]! > 0, "hidden events are still listed");
        Assert.Equal(["rejected", "clock", "merge", "duplicate"], answer["kinds"]!.AsArray().Select(static one => (string)one!));
        Assert.Contains("<img src=x onerror=alert(2)>", (string)answer["example"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.113.9", (string)answer["example"]!, StringComparison.Ordinal);
        Assert.Contains("posthog-node 4.0.1", (string)answer["example"]!, StringComparison.Ordinal);
        Assert.Contains("An unknown project key", (string)answer["unassigned"]!, StringComparison.Ordinal);
        Assert.Contains("Nothing was refused in the last 7 days", (string)answer["calm"]!, StringComparison.Ordinal);
        Assert.Equal(["Event", "plan", "Distinct ID", "Time"], answer["columns"]!.AsArray().Select(static one => (string)one!));
        Assert.Equal(["Event", "What", "Distinct ID", "Time"], answer["reset"]!.AsArray().Select(static one => (string)one!));
        Assert.Equal("1 new event", (string)answer["held"]!);
        Assert.Equal("signed up", (string)answer["resumed"]!);

        // The panel's numbers are the API's, and add up.
        var ledger = await project.DrainAsync();
        var panel = answer["ledger"]!;
        var parts = panel["parts"]!.AsArray().ToDictionary(static p => (string)p![0]!, static p => long.Parse((string)p![1]!, NumberStyles.AllowThousands, CultureInfo.InvariantCulture));
        Assert.Equal(["Stored", "Duplicates", "Rejected", "Waiting"], parts.Keys);
        Assert.Equal((28L, 5L, 0L), (parts["Stored"], parts["Duplicates"], parts["Waiting"]));
        Assert.Equal((ledger.Stored, ledger.Duplicates, ledger.Rejected), (parts["Stored"], parts["Duplicates"], parts["Rejected"]));
        Assert.True(parts["Rejected"] > 0, "what was not valid is counted");
        Assert.Equal(parts.Values.Sum(), long.Parse((string)panel["received"]!, NumberStyles.AllowThousands, CultureInfo.InvariantCulture));
        Assert.Contains("It adds up: every received event is accounted for.", (string)panel["says"]!, StringComparison.Ordinal);

        // The read key sees what the page shows.
        var report = await project.GetAsync("problems?days=1");
        Assert.Equal(["rejected", "clock", "merge", "duplicate"], report["kinds"]!.AsArray().Select(static one => (string)one!["kind"]!));
    }

    private static async Task SendAsync(HeadroomServer server, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await server.Http.PostAsync(new Uri("/batch/", UriKind.Relative), content, TestContext.Current.CancellationToken);
    }
}
