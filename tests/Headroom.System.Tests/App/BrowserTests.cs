using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.App;

/// <summary>The web app over the demo, in Chromium, at two sizes and in both themes.</summary>
public sealed class BrowserTests
{
    private const string DemoEmail = "demo@headroom.local";
    private const string DemoReadKey = "hrr_demo000000000000000000000000000000000000";

    [Fact]
    public async Task A_person_signs_in_sees_events_arrive_and_finds_a_trend_again_after_a_reload()
    {
        await using var demo = await HeadroomServer.StartDemoAsync("--days", "3");
        var state = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(demo.DataDirectory, "demo.json"), TestContext.Current.CancellationToken))!;
        var project = new ProjectClient(demo.Http, (string)state["project"]!, "", DemoReadKey);

        // Yesterday must be whole before it is looked at twice.
        await Until.TrueAsync("the demo's history is sent", () => Task.FromResult(demo.Output.Contains("history is complete", StringComparison.Ordinal)));
        var sent = (await project.LedgerAsync()).Received;
        await Until.TrueAsync("the demo's history is stored", async () =>
        {
            var ledger = await project.LedgerAsync();
            return ledger.Stored + ledger.Duplicates + ledger.Rejected >= sent;
        });

        var answer = await Node.RunAsync("browser.mjs", new JsonObject
        {
            ["host"] = demo.Address,
            ["email"] = DemoEmail,
            ["password"] = (string)state["password"]!,
            ["screenshots"] = Path.Combine(Repository.Root, "artifacts", "screenshots"),
        });

        Assert.True((bool)answer["keyboard"]!["focusCameBack"]!, "closing the help gives the focus back");
        Assert.True((bool)answer["keyboard"]!["chartHasFocus"]!, "closing the panel of persons gives the focus back to the chart");
        Assert.True((bool)answer["keyboard"]!["focusMoved"]!, "a moved step keeps the focus");
        Assert.Contains("browser", (string)answer["keyboard"]!["address"]!, StringComparison.Ordinal);
        Assert.Multiple(answer["report"]!.AsArray().Select(visit => (Action)(() => AssertVisit(visit!))).ToArray());
    }

    private static void AssertVisit(JsonNode visit)
    {
        var where = $"{visit["size"]}, {visit["theme"]}";
        AssertNone(where, visit["problems"]!);
        AssertNone(where, visit["violations"]!);
        AssertNone($"{where}: requests to other hosts", visit["elsewhere"]!);
        Assert.Equal("", (string)visit["wellUntilNow"]!);
        Assert.True((int)visit["built"]!["rows"]! > 1, $"{where}: the breakdown has rows");
        Assert.Contains("browser", (string)visit["built"]!["address"]!, StringComparison.Ordinal);
        Assert.NotEmpty(visit["built"]!["lines"]!.AsArray());
        Assert.Equal(visit["built"]!.ToJsonString(), visit["again"]!.ToJsonString());
        var drilled = visit["drilled"]!;
        Assert.Contains($"“{(string)drilled["name"]!}” is saved, with {(string)drilled["total"]!}.", (string)drilled["saved"]!, StringComparison.Ordinal);
        Assert.True((int)drilled["events"]! > 0, $"{where}: the person has events");
        Assert.True((bool)drilled["backOnRow"]!, $"{where}: the way back leads to the person's row");
        Assert.Contains("cohort.", (string)drilled["address"]!, StringComparison.Ordinal);
        Assert.NotEqual((string)visit["again"]!["table"]!, (string)drilled["table"]!);
        Assert.Equal(2, visit["funnel"]!["rows"]!.AsArray().Count);
        Assert.Contains("range=yesterday", (string)visit["funnel"]!["address"]!, StringComparison.Ordinal);
    }

    private static void AssertNone(string where, JsonNode list) =>
        Assert.True(list.AsArray().Count == 0, $"{where}:\n{string.Join('\n', list.AsArray().Select(one => (string?)one))}");
}
