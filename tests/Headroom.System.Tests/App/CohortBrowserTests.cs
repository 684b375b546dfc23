using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.App;

/// <summary>Cohorts that are lists in the web app, in Chromium.</summary>
public sealed class CohortBrowserTests
{
    [Theory]
    [MemberData(nameof(Screens.All), MemberType = typeof(Screens))]
    public async Task A_person_makes_a_cohort_of_a_list_and_puts_another_in_its_place(string size, string theme)
    {
        await using var journey = await Journey.BeginAsync();
        JsonArray events = [.. Enumerable.Range(0, 6).Select(i => (JsonNode)ProjectClient.Event(
            Guid.CreateVersion7(), "$pageview", $"person {i}", new JsonObject { ["$set"] = new JsonObject { ["plan"] = "pro" } }))];
        await journey.StoreAsync(events);

        var answer = await journey.RunAsync("cohorts.mjs", size, theme);

        Assert.Equal("3 IDs, 1 more given twice", (string)answer["pasted"]!);
        Assert.Contains("2 persons of 3 IDs", (string)answer["told"]!, StringComparison.Ordinal);
        Assert.Equal("Left empty, the list stays as it is: 2 persons", (string)answer["kept"]!);
        Assert.Equal(["3 IDs", "Distinct ID"], answer["ofFile"]!.AsArray().Select(static one => (string)one!));
        Assert.Equal("2 IDs, 1 more given twice", (string)answer["otherColumn"]!);
        Assert.True((bool)answer["disabled"]!, "a list past the bound is not sent");

        // What the page said is what the API says of it.
        var cohort = Assert.Single((await journey.Project.GetAsync("cohorts")).AsArray())!;
        Assert.Equal(("Asked", null), ((string)cohort["name"]!, cohort["condition"]));
        var persons = (await journey.Project.GetAsync($"persons?cohort={(int)cohort["id"]!}"))["persons"]!.AsArray();
        Assert.Equal(["person 2", "person 3", "person 4"], persons.SelectMany(static one => one!["distinctIds"]!.AsArray()).Select(static id => (string)id!).Order());
    }
}
