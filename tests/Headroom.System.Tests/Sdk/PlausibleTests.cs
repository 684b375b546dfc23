using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Sdk;

public sealed class PlausibleTests(SharedServer shared)
{
    [Fact]
    public async Task Stores_exactly_what_plausible_tracker_sends()
    {
        await Days.GoesOnAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        var run = await SdkCase.RunAsync(shared, "plausible-tracker.mjs", Fault.None, domain: "tracker.shop.example.com");

        var events = await run.AssertStoredAsync(Fault.None, ("$pageview", 2), ("Signup", 1));

        var signup = await run.WholeAsync(events, "Signup");

        // This client sends its properties as a JSON string.
        SdkCase.AssertProperties(signup, new JsonObject
        {
            ["plan"] = "pro",
            ["seats"] = 3,
            ["trial"] = true,
            ["$current_url"] = "https://shop.example.com/pricing?utm_source=news&utm_medium=mail",
            ["$pathname"] = "/pricing",
            ["$referrer"] = "https://www.google.com/",
            ["utm_source"] = "news",
            ["utm_medium"] = "mail",
        });
        Assert.Equal(1, await run.Project.TotalAsync(null, "unique_persons"));
    }

    [Fact]
    public async Task Stores_exactly_what_plausibles_own_package_sends()
    {
        await Days.GoesOnAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        var run = await SdkCase.RunAsync(shared, "plausible-npm.mjs", Fault.None, domain: "npm.shop.example.com");
        Assert.Equal("[202,202,202]", run.Answer["statuses"]!.ToJsonString());

        var events = await run.AssertStoredAsync(Fault.None, ("$pageview", 1), ("Signup", 1), ("Background", 1));

        SdkCase.AssertProperties(await run.WholeAsync(events, "Signup"), new JsonObject
        {
            ["plan"] = "pro",
            ["$revenue"] = 29.9,
            ["$currency"] = "EUR",
            ["$referrer"] = "https://duckduckgo.com/",
        });
        SdkCase.AssertProperties(await run.WholeAsync(events, "Background"), new JsonObject { ["interactive"] = false });
        Assert.Equal(1, await run.Project.TotalAsync(null, "unique_persons"));
    }
}
