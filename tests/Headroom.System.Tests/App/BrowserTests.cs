using System.Globalization;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.App;

/// <summary>The web app over the demo, in Chromium, at two sizes and in both themes.</summary>
public sealed class BrowserTests
{
    [Theory]
    [MemberData(nameof(Screens.All), MemberType = typeof(Screens))]
    public async Task A_person_signs_in_sees_events_arrive_and_finds_a_trend_again_after_a_reload(string size, string theme)
    {
        await using var demo = await Demo.StartAsync(days: 3);
        var project = demo.Project;

        // Yesterday must be over, and whole, before it is looked at twice.
        var (timeZone, today) = Days.InTheMiddle();
        var owner = await SignedIn.InAsync(demo.Server, project.Id, Demo.Email, demo.Password);
        await owner.SendAsync(HttpMethod.Patch, "", new { timeZone });
        await demo.HistoryIsSentAsync();
        var sent = (await project.LedgerAsync()).Received;
        await Until.TrueAsync("the demo's history is stored", async () =>
        {
            var ledger = await project.LedgerAsync();
            return ledger.Stored + ledger.Duplicates + ledger.Rejected >= sent;
        });

        var answer = await Visit.RunAsync("browser.mjs", demo.Server, size, theme, new JsonObject
        {
            ["email"] = Demo.Email,
            ["password"] = demo.Password,
        }, within: TimeSpan.FromMinutes(8));

        AssertVisit(answer);
        if (answer["keyboard"] is { } keyboard)
        {
            Assert.True((bool)keyboard["focusCameBack"]!, "closing the help gives the focus back");
            Assert.True((bool)keyboard["chartHasFocus"]!, "closing the panel of persons gives the focus back to the chart");
            Assert.True((bool)keyboard["focusMoved"]!, "a moved step keeps the focus");
            Assert.EndsWith("/settings#ledger", (string)keyboard["wentTo"]!, StringComparison.Ordinal);
            Assert.Contains("browser", (string)keyboard["address"]!, StringComparison.Ordinal);
            Assert.Matches("metric=bounceRate.*geoip_country_code|geoip_country_code.*metric=bounceRate", (string)keyboard["homeAddress"]!);
        }
        else
        {
            Assert.Equal("phone", size);
        }

        // What Home said of yesterday is what the API says of it.
        var yesterday = today.AddDays(-1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var (all, german) = (await WebAsync(project, yesterday, null), await WebAsync(project, yesterday, "DE"));
        var home = answer["home"]!;
        AssertHome(all, home["all"]!);
        AssertHome(german, home["german"]!);
        Assert.Equal(home["german"]!.ToJsonString(), home["again"]!.ToJsonString());
        Assert.Equal($"{(long)german["lists"]![1]!["rows"]![0]!["visitors"]!} persons", (string)home["persons"]!);
    }

    /// <summary>A day as Home asks for it.</summary>
    private static Task<JsonNode> WebAsync(ProjectClient project, string day, string? country)
    {
        JsonArray filters = country is null ? [] : [new JsonObject { ["property"] = "$geoip_country_code", ["operator"] = "is", ["values"] = new JsonArray(country) }];
        return project.QueryAsync(new JsonObject
        {
            ["kind"] = "web", ["range"] = new JsonObject { ["from"] = day, ["to"] = day }, ["filters"] = filters, ["parts"] = new JsonArray("totals"),
            ["lists"] = new JsonArray([.. new[] { "channel", "page", "country", "device", "event" }.Select(by => new JsonObject { ["by"] = by, ["limit"] = 9 })]),
        });
    }

    private static void AssertHome(JsonNode api, JsonNode page)
    {
        var (totals, numbers) = (api["totals"]!, page["numbers"]!);
        foreach (var name in new[] { "visitors", "visits", "pageViews" })
        {
            Assert.Equal(((long)totals[name]!).ToString("N0", CultureInfo.InvariantCulture), (string)numbers[name]!);
        }

        Assert.Equal(Math.Round((double)totals["bounceRate"]! * 100, 1), double.Parse(((string)numbers["bounceRate"]!).TrimEnd('%'), CultureInfo.InvariantCulture), 0.051);
        var cards = new[] { "sources", "pages", "places", "devices", "events" };
        foreach (var (card, list) in cards.Zip(api["lists"]!.AsArray()))
        {
            var (expected, shown) = (list!["rows"]!.AsArray(), page["lists"]![card]!.AsArray());
            Assert.Equal(expected.Select(r => (long)r!["visitors"]!), shown.Select(r => long.Parse((string)r![1]!, CultureInfo.InvariantCulture)));
            if (card is "pages" or "events" or "sources")
            {
                Assert.Equal(expected.Select(r => (string?)r!["value"] ?? "Not known"), shown.Select(r => (string)r![0]!));
            }
        }
    }

    private static void AssertVisit(JsonNode visit)
    {
        Assert.Equal("", (string)visit["wellUntilNow"]!);
        Assert.True((int)visit["built"]!["rows"]! > 1, "the breakdown has rows");
        Assert.Contains("browser", (string)visit["built"]!["address"]!, StringComparison.Ordinal);
        Assert.NotEmpty(visit["built"]!["lines"]!.AsArray());
        Assert.Equal(visit["built"]!.ToJsonString(), visit["again"]!.ToJsonString());
        var drilled = visit["drilled"]!;
        Assert.Contains($"“{(string)drilled["name"]!}” is saved, with {(string)drilled["total"]!}.", (string)drilled["saved"]!, StringComparison.Ordinal);
        Assert.True((int)drilled["events"]! > 0, "the person has events");
        Assert.True((bool)drilled["backOnRow"]!, "the way back leads to the person's row");
        Assert.Contains("cohort.", (string)drilled["address"]!, StringComparison.Ordinal);
        Assert.NotEqual((string)visit["again"]!["table"]!, (string)drilled["table"]!);
        Assert.Equal(2, visit["funnel"]!["rows"]!.AsArray().Count);
        Assert.Contains("range=yesterday", (string)visit["funnel"]!["address"]!, StringComparison.Ordinal);
    }
}
