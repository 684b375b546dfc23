using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Sdk;

public sealed class PostHogSnippetTests(SharedServer shared)
{
    private static readonly string[] s_expected = ["$exception", "$pageview", "after the library", "before the library"];

    [Fact]
    public async Task A_page_loads_the_library_and_its_parts_from_the_server_that_it_sends_to()
    {
        var run = await SdkCase.RunAsync(shared, "posthog-snippet.mjs", Fault.None);

        // It also asks for parts that Headroom has no use for, which are there and empty.
        var scripts = run.Answer["scripts"]!.AsArray().ToLookup(static script => ((string)script!["path"]!).Split('/')[^1]);
        Assert.All(scripts, static script => Assert.Equal(200, (int)script.Single()!["status"]!));
        Assert.All(["array.js", "web-vitals-with-attribution.js", "exception-autocapture.js"], name => Assert.Equal("br", (string?)scripts[name].Single()!["encoding"]));

        // Web vitals come when the page has them, which may be while it goes.
        var events = await run.Project.StoredAsync(s_expected.Length);
        Assert.Equal(s_expected, events.Select(static e => (string)e["event"]!).Where(static name => name != "$web_vitals").Order(StringComparer.Ordinal));
        SdkCase.AssertProperties(await run.WholeAsync(events, "before the library"), new JsonObject { ["step"] = 1, ["$pathname"] = "/pricing", ["$lib"] = "web" });
        Assert.Contains("Out of stock", (await run.WholeAsync(events, "$exception")).ToJsonString(), StringComparison.Ordinal);
    }
}
