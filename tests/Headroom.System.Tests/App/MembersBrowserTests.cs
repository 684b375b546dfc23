using System.Net;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.App;

/// <summary>Members of a project in the web app, in Chromium: from the first account to an invitation, and what a role is offered.</summary>
public sealed class MembersBrowserTests
{
    [Theory]
    [MemberData(nameof(Screens.All), MemberType = typeof(Screens))]
    public async Task Somebody_is_invited_by_a_link_and_is_offered_what_their_role_may_do(string size, string theme)
    {
        await using var server = await HeadroomServer.StartAsync();

        var answer = await Visit.RunAsync("members.mjs", server, size, theme);

        Assert.Contains("grace@example.org", (string)answer["invited"]!, StringComparison.Ordinal);
        Assert.Equal(0, (int)answer["pending"]!);
        Assert.Equal(
            """{"editor":1,"keys":0,"save":0,"add":0,"disabled":true,"viewer":0}""", answer["seen"]!.ToJsonString());
        Assert.DoesNotContain("Grace", (string)answer["members"]!, StringComparison.Ordinal);

        // The link was for one person once.
        var token = ((string)answer["link"]!).Split('/')[^1];
        using var again = await server.Http.GetAsync(new Uri($"/api/invitations/{token}", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }
}
