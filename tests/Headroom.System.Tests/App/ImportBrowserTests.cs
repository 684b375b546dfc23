using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.App;

/// <summary>A file imported in the web app, in Chromium.</summary>
public sealed class ImportBrowserTests
{
    [Theory]
    [MemberData(nameof(Screens.All), MemberType = typeof(Screens))]
    public async Task An_owner_looks_at_a_file_maps_its_columns_imports_it_and_sends_it_again(string size, string theme)
    {
        await using var journey = await Journey.BeginAsync();

        var answer = await journey.RunAsync("importing.mjs", size, theme);

        Assert.Equal(["property", "distinct_id", "timestamp", "property", "property"], Texts("guessed"));
        Assert.Equal(["60", "59", "0", "1"], Texts("first"));
        Assert.Contains("Line 9 \"soon\" is no timestamp.", ((string)answer["refusals"]!).ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Equal("?from=2026-10-01&to=2026-10-27", (string)answer["shown"]!);
        Assert.Equal(["60", "0", "59", "1"], Texts("again"));
        var events = await journey.Project.EventsAsync();
        Assert.Equal(59, events.Count);
        Assert.All(events, static e => Assert.Equal("purchase", (string)e["event"]!));

        IEnumerable<string> Texts(string name) => answer[name]!.AsArray().Select(static one => (string)one!);
    }
}
