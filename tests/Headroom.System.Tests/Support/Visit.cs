using System.Text.Json.Nodes;
using Xunit;

namespace Headroom.System.Tests.Support;

/// <summary>A way through the app of a server in Chromium, which a script of tests/clients goes.</summary>
internal static class Visit
{
    /// <summary>
    /// What the script found. Fails where the page erred, asked another host or ran a stranger's script on the way, and where a look at it was not
    /// accessible or wider than the screen.
    /// </summary>
    /// <param name="size">Of the screen, see <see cref="Screens"/>; so is the theme.</param>
    /// <param name="input">What the script is told besides where the app is and how it is looked at.</param>
    /// <param name="within">How long it may take; three minutes where it is left out.</param>
    public static async Task<JsonNode> RunAsync(string script, HeadroomServer server, string size, string theme, JsonObject? input = null, TimeSpan? within = null)
    {
        input ??= [];
        input["host"] = server.Address;
        input["size"] = size;
        input["theme"] = theme;
        input["screenshots"] = Path.Combine(Repository.Root, "artifacts", "screenshots");
        var answer = await Node.RunAsync(script, input, within);
        Assert.Equal([], answer["problems"]!.AsArray().Select(static one => (string?)one));
        Assert.Equal([], answer["violations"]!.AsArray().Select(static one => (string?)one));
        return answer;
    }
}
