using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.App;

/// <summary>
/// The pictures of docs/tour.md, taken of the demo, so that they show what there is. HEADROOM_REFRESH_TOUR=1 puts those of this
/// run into docs/images/tour; without it they are only compared by name, for the demo's numbers are never the same twice.
/// </summary>
public sealed partial class TourTests
{
    [Fact]
    public async Task The_tour_shows_pictures_that_the_app_still_makes_and_what_leaves_the_app_says_what_it_shows()
    {
        await using var demo = await Demo.StartAsync(days: 8);
        var cancel = TestContext.Current.CancellationToken;
        await demo.HistoryIsSentAsync();
        var project = demo.Project;
        var stored = (await project.LedgerAsync()).Stored;
        var pictures = Path.Combine(Repository.Root, "artifacts", "screenshots", "tour");

        var answer = await Node.RunAsync("tour.mjs", new JsonObject
        {
            ["host"] = demo.Server.Address,
            ["project"] = project.Id,
            ["email"] = Demo.Email,
            ["password"] = demo.Password,
            ["pictures"] = pictures,
        }, within: TimeSpan.FromMinutes(5));

        Assert.Empty(answer["problems"]!.AsArray().Select(p => (string)p!));
        Assert.Equal("SELECT event, count(*) AS n FROM events WHERE \"$browser\" = 'Chrome' GROUP BY ALL", (string)answer["completed"]!);
        var (zoomedFrom, zoomedTo) = ((string)answer["zoomed"]!).Split("..") is [var first, var last] ? (DateOnly.Parse(first, null), DateOnly.Parse(last, null)) : default;
        Assert.InRange(zoomedTo.DayNumber - zoomedFrom.DayNumber, 1, 4);
        Assert.True((long)answer["image"]! > 20_000, "the saved image is not empty");
        Assert.InRange((long)answer["exported"]!, stored, (await project.LedgerAsync()).Stored);

        string[] taken = [.. answer["taken"]!.AsArray().Select(p => (string)p!).Order(StringComparer.Ordinal)];
        var kept = Path.Combine(Repository.Root, "docs", "images", "tour");
        if (Environment.GetEnvironmentVariable("HEADROOM_REFRESH_TOUR") == "1")
        {
            Directory.CreateDirectory(kept);
            foreach (var picture in taken)
            {
                File.Copy(Path.Combine(pictures, picture), Path.Combine(kept, picture), overwrite: true);
            }
        }

        Assert.Equal(taken, Directory.GetFiles(kept).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        var tour = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "tour.md"), cancel);
        Assert.Equal(taken, Pictures().Matches(tour).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));

        // The statement that was copied, over the same days as the trend; one of them that is over on both sides of a midnight.
        var over = TimeProvider.System.GetUtcNow().AddDays(-2).Date;
        var trend = await project.QueryAsync(new JsonObject
        {
            ["kind"] = "trends",
            ["series"] = new JsonArray(new JsonObject { ["event"] = "$pageview", ["math"] = "total" }),
            ["range"] = new JsonObject { ["last"] = 7, ["unit"] = "day" },
            ["interval"] = "day",
        });
        var rows = await project.SqlAsync((string)answer["sql"]!);
        var day = trend["buckets"]!.AsArray().Select((b, i) => (Start: DateTimeOffset.Parse((string)b!, null), Index: i)).Single(b => b.Start.UtcDateTime.Date == over).Index;
        Assert.Equal(
            (double)trend["series"]![0]!["values"]![day]!,
            rows.Where(r => DateTime.Parse((string)r![0]!, null).Date == over).Sum(r => (double)r![2]!));
    }

    [GeneratedRegex(@"\(images/tour/([a-z-]+\.jpg)\)")]
    private static partial Regex Pictures();
}
