using System.Globalization;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.App;

/// <summary>Dashboards of the web app over the demo, in Chromium.</summary>
public sealed class DashboardBrowserTests
{
    [Theory]
    [MemberData(nameof(Screens.All), MemberType = typeof(Screens))]
    public async Task A_person_makes_a_dashboard_arranges_and_shares_it_and_its_numbers_are_those_of_the_api(string size, string theme)
    {
        await using var demo = await Demo.StartAsync(days: 3);
        var project = demo.Project;
        await demo.HistoryIsSentAsync();
        await Until.TrueAsync("the demo's history is stored", async () =>
        {
            var ledger = await project.LedgerAsync();
            return ledger.Waiting == 0 && ledger.Stored > 0;
        });

        // A day that is over everywhere, for the demo goes on.
        var day = TimeProvider.System.GetUtcNow().AddDays(-2).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var answer = await Visit.RunAsync("dashboards.mjs", demo.Server, size, theme, new JsonObject
        {
            ["email"] = Demo.Email,
            ["password"] = demo.Password,
            ["project"] = project.Id,
            ["day"] = day,
        });

        Assert.True((int)answer["made"]! >= 6, "the template fills itself from the demo's events");
        Assert.Contains("the end of a subscription", (string)answer["found"]!, StringComparison.Ordinal);

        var added = ((int)answer["added"]!).ToString(CultureInfo.InvariantCulture);
        Assert.NotEqual(answer["before"]!.ToJsonString(), answer["moved"]![added]!.ToJsonString());
        Assert.Equal(answer["moved"]!.ToJsonString(), answer["again"]!.ToJsonString());
        Assert.Contains(size == "phone" ? "Views of pages is number 8 of 11" : "Views of pages is at column", (string)answer["told"]!, StringComparison.Ordinal);
        Assert.True((bool)answer["keepsFocus"]!, "a moved tile keeps the focus");
        Assert.Equal(0, (int)answer["links"]!);

        var total = (await project.QueryAsync(new JsonObject
        {
            ["kind"] = "trends",
            ["series"] = new JsonArray(new JsonObject { ["event"] = "$pageview" }),
            ["range"] = new JsonObject { ["from"] = day, ["to"] = day },
        }))["series"]![0]!["total"]!.GetValue<double>().ToString("N0", CultureInfo.GetCultureInfo("en-GB"));
        Assert.Equal(total, (string)answer["shown"]!);
        Assert.Equal(total, (string)answer["seen"]!);

        var visits = (await project.QueryAsync(new JsonObject
        {
            ["kind"] = "web",
            ["range"] = new JsonObject { ["from"] = day, ["to"] = day },
        }))["totals"]!["visits"]!.GetValue<double>().ToString("N0", CultureInfo.GetCultureInfo("en-GB"));
        Assert.Equal(visits, (string)answer["visits"]!);
        Assert.Equal(visits, (string)answer["openVisits"]!);
        Assert.StartsWith("Bounce rate", (string)answer["charted"]!, StringComparison.Ordinal);
    }
}
