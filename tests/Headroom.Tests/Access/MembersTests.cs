using System.Text.Json.Nodes;
using Headroom.App.Access;
using Headroom.App.Shared;
using Headroom.Core;
using Headroom.Tests.Projects;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headroom.Tests.Access;

public class MembersTests
{
    internal const string Bob = "bob@example.com";
    private const string BobsPassword = "battery staple";

    [Fact]
    public async Task Who_has_an_account_is_a_member_at_once_and_sees_that_project_only()
    {
        await using var host = await ControlHost.StartAsync();
        var ada = await host.SignedInAsync();
        var shop = await host.CreateProjectAsync();
        var other = await host.CreateProjectAsync("Other");
        var bob = await SignedInAsync(host, Bob);
        Assert.Empty((await bob.GetAsync("/api/projects")).AsArray());
        Assert.Equal(404, await bob.StatusAsync(HttpMethod.Get, $"/api/projects/{shop.Id}"));

        using var added = await ada.SendAsync(HttpMethod.Post, $"/api/projects/{shop.Id}/members", new { email = " BOB@example.com ", role = "editor" });

        Assert.Equal(201, (int)added.StatusCode);
        var answer = await Browser.ReadAsync(added);
        Assert.Equal((Bob, "editor"), ((string?)answer["member"]!["email"], (string?)answer["member"]!["role"]));
        Assert.Null(answer["invitation"]);
        var project = Assert.Single((await bob.GetAsync("/api/projects")).AsArray())!;
        Assert.Equal(("Shop", "editor"), ((string?)project["name"], (string?)project["role"]));
        Assert.Equal("editor", (string?)(await bob.GetAsync($"/api/projects/{shop.Id}"))["role"]);
        Assert.Equal(404, await bob.StatusAsync(HttpMethod.Get, $"/api/projects/{other.Id}"));
        Assert.All((await ada.GetAsync("/api/projects")).AsArray(), one => Assert.Equal("owner", (string?)one!["role"]));
        Assert.Equal([("Ada", "owner", true), ("bob", "editor", false)], (await bob.GetAsync($"/api/projects/{shop.Id}/members")).AsArray()
            .Select(one => ((string?)one!["name"], (string?)one["role"], (bool)one["operator"]!)));
    }

    [Fact]
    public async Task A_changed_role_and_a_removed_membership_hold_from_the_next_request_on()
    {
        await using var host = await ControlHost.StartAsync();
        var ada = await host.SignedInAsync();
        var shop = await host.CreateProjectAsync();
        var bob = await SignedInAsync(host, Bob);
        var id = await AddAsync(ada, shop.Id, Bob, "viewer");
        Assert.Equal(403, await AnnotateAsync(bob, shop.Id));

        Assert.Equal(200, await ada.StatusAsync(HttpMethod.Patch, $"/api/projects/{shop.Id}/members/{id}", new { role = "editor" }));
        Assert.Equal(201, await AnnotateAsync(bob, shop.Id));

        Assert.Equal(204, await ada.StatusAsync(HttpMethod.Delete, $"/api/projects/{shop.Id}/members/{id}"));
        Assert.Equal(404, await AnnotateAsync(bob, shop.Id));
        Assert.Equal(200, await bob.StatusAsync(HttpMethod.Get, "/api/session"));
    }

    [Fact]
    public async Task Nobody_gives_changes_or_takes_a_role_above_their_own()
    {
        await using var host = await ControlHost.StartAsync();
        var ada = await host.SignedInAsync();
        var shop = await host.CreateProjectAsync();
        var bob = await SignedInAsync(host, Bob);
        var carol = await SignedInAsync(host, "carol@example.com");
        var bobs = await AddAsync(ada, shop.Id, Bob, "admin");
        var carols = await AddAsync(ada, shop.Id, "carol@example.com", "owner");
        var members = $"/api/projects/{shop.Id}/members";

        using var refused = await bob.SendAsync(HttpMethod.Patch, $"{members}/{bobs}", new { role = "owner" });
        Assert.Equal(403, (int)refused.StatusCode);
        Assert.Equal("This needs the role owner in the project; yours is admin.", (string?)(await Browser.ReadAsync(refused))["detail"]);
        Assert.Equal(403, await bob.StatusAsync(HttpMethod.Post, members, new { email = "new@example.com", role = "owner" }));
        Assert.Equal(403, await bob.StatusAsync(HttpMethod.Post, $"/api/projects/{shop.Id}/invitations", new { email = "new@example.com", role = "owner" }));
        Assert.Equal(403, await bob.StatusAsync(HttpMethod.Patch, $"{members}/{carols}", new { role = "viewer" }));
        Assert.Equal(403, await bob.StatusAsync(HttpMethod.Delete, $"{members}/{carols}"));
        Assert.Equal(409, await carol.StatusAsync(HttpMethod.Delete, $"{members}/1"));

        Assert.Equal(200, await carol.StatusAsync(HttpMethod.Patch, $"{members}/{bobs}", new { role = "owner" }));
        Assert.Equal(400, await carol.StatusAsync(HttpMethod.Patch, $"{members}/{bobs}", new { role = "king" }));
        Assert.Equal(404, await carol.StatusAsync(HttpMethod.Patch, $"{members}/999", new { role = "viewer" }));
    }

    [Fact]
    public async Task Who_leaves_is_no_member_any_more_and_may_come_back()
    {
        await using var host = await ControlHost.StartAsync();
        var ada = await host.SignedInAsync();
        var shop = await host.CreateProjectAsync();
        var bob = await SignedInAsync(host, Bob);
        var me = $"/api/projects/{shop.Id}/members/me";
        Assert.Equal(404, await bob.StatusAsync(HttpMethod.Delete, me));
        await AddAsync(ada, shop.Id, Bob, "viewer");

        Assert.Equal(204, await bob.StatusAsync(HttpMethod.Delete, me));

        Assert.Equal(404, await bob.StatusAsync(HttpMethod.Get, $"/api/projects/{shop.Id}"));
        Assert.Equal(404, await bob.StatusAsync(HttpMethod.Delete, me));
        Assert.Equal(200, await bob.StatusAsync(HttpMethod.Get, "/api/session"));
        using var refused = await ada.SendAsync(HttpMethod.Delete, me);
        Assert.Equal(409, (int)refused.StatusCode);
        Assert.Contains("runs the server", (string?)(await Browser.ReadAsync(refused))["detail"], StringComparison.Ordinal);
        await AddAsync(ada, shop.Id, Bob, "owner");
        Assert.Equal(200, await bob.StatusAsync(HttpMethod.Get, $"/api/projects/{shop.Id}"));
    }

    [Fact]
    public async Task Without_an_operator_a_project_keeps_its_last_owner()
    {
        await using var host = await ControlHost.StartAsync();
        var ada = await host.SignedInAsync();
        var shop = await host.CreateProjectAsync();
        var bob = await SignedInAsync(host, Bob);
        var id = await AddAsync(ada, shop.Id, Bob, "admin");
        var accounts = host.Services.GetRequiredService<Accounts>();

        var refused = await accounts.SetOperatorAsync(ControlHost.Email, false, ControlHost.Cancel);
        Assert.Contains($"Project {shop.Id}", Assert.IsType<AccountResult.Conflict>(refused).Reason, StringComparison.Ordinal);
        Assert.IsType<AccountResult.Conflict>(await accounts.RemoveAsync(ControlHost.Email, ControlHost.Cancel));

        Assert.Equal(200, await ada.StatusAsync(HttpMethod.Patch, $"/api/projects/{shop.Id}/members/{id}", new { role = "owner" }));
        Assert.IsType<AccountResult.Done>(await accounts.RemoveAsync(ControlHost.Email, ControlHost.Cancel));
        Assert.Equal(401, await ada.StatusAsync(HttpMethod.Get, "/api/projects"));
        Assert.Equal(409, await bob.StatusAsync(HttpMethod.Patch, $"/api/projects/{shop.Id}/members/{id}", new { role = "viewer" }));
        Assert.Equal(409, await bob.StatusAsync(HttpMethod.Delete, $"/api/projects/{shop.Id}/members/{id}"));
        Assert.Equal(409, await bob.StatusAsync(HttpMethod.Delete, $"/api/projects/{shop.Id}/members/me"));
        Assert.Equal("owner", (string?)Assert.Single((await bob.GetAsync("/api/projects")).AsArray())!["role"]);
        Assert.IsType<AccountResult.Conflict>(await accounts.RemoveAsync(Bob, ControlHost.Cancel));
    }

    [Fact]
    public async Task An_invitation_makes_an_account_that_is_a_member_and_works_once()
    {
        await using var host = await ControlHost.StartAsync();
        var ada = await host.SignedInAsync();
        var shop = await host.CreateProjectAsync();
        var token = await InviteAsync(ada, shop.Id, Bob, "editor");
        var bob = host.Browse();
        var about = await bob.GetAsync($"/api/invitations/{token}");
        Assert.Equal(("Shop", Bob, "editor", false),
            ((string?)about["project"], (string?)about["email"], (string?)about["role"], (bool)about["hasAccount"]!));
        Assert.Equal(400, await bob.StatusAsync(HttpMethod.Post, $"/api/invitations/{token}", new { password = "short" }));

        using var joined = await bob.SendAsync(HttpMethod.Post, $"/api/invitations/{token}", new { name = "Bob", password = BobsPassword });

        Assert.Equal(200, (int)joined.StatusCode);
        var answer = await Browser.ReadAsync(joined);
        Assert.Equal((shop.Id, "Bob", false), ((string?)answer["project"], (string?)answer["session"]!["user"]!["name"], (bool)answer["session"]!["user"]!["operator"]!));
        bob.Token = (string?)answer["session"]!["csrfToken"];
        Assert.Equal(201, await AnnotateAsync(bob, shop.Id));
        Assert.Equal(404, await host.Browse().StatusAsync(HttpMethod.Get, $"/api/invitations/{token}"));
        Assert.Equal(404, await host.Browse().StatusAsync(HttpMethod.Post, $"/api/invitations/{token}", new { password = BobsPassword }));
        Assert.Empty((await ada.GetAsync($"/api/projects/{shop.Id}/invitations")).AsArray());
    }

    [Fact]
    public async Task Who_has_an_account_accepts_with_its_password_or_its_session()
    {
        await using var host = await ControlHost.StartAsync();
        var ada = await host.SignedInAsync();
        var shop = await host.CreateProjectAsync();
        var other = await host.CreateProjectAsync("Other");
        var bob = await SignedInAsync(host, Bob);
        var first = await LinkAsync(ada, shop.Id, Bob, "viewer");
        var second = await LinkAsync(ada, other.Id, Bob, "admin");
        Assert.True((bool)(await host.Browse().GetAsync($"/api/invitations/{first}"))["hasAccount"]!);

        Assert.Equal(401, await host.Browse().StatusAsync(HttpMethod.Post, $"/api/invitations/{first}", new { password = "wrong password" }));
        Assert.Equal(401, await ada.StatusAsync(HttpMethod.Post, $"/api/invitations/{first}", new { }));
        Assert.Equal(200, await host.Browse().StatusAsync(HttpMethod.Post, $"/api/invitations/{first}", new { password = BobsPassword }));

        var withoutToken = bob.Token;
        bob.Token = null;
        Assert.Equal(401, await bob.StatusAsync(HttpMethod.Post, $"/api/invitations/{second}", new { }));
        bob.Token = withoutToken;
        Assert.Equal(200, await bob.StatusAsync(HttpMethod.Post, $"/api/invitations/{second}", new { }));
        Assert.Equal(["viewer", "admin"], (await bob.GetAsync("/api/projects")).AsArray().Select(one => (string?)one!["role"]));
    }

    [Fact]
    public async Task Passwords_of_an_invitation_are_throttled_as_those_of_signing_in()
    {
        await using var host = await ControlHost.StartAsync(settings: "Headroom:Access:SignInFailures=2");
        var ada = await host.SignedInAsync();
        var shop = await host.CreateProjectAsync();
        await SignedInAsync(host, Bob);
        var token = await LinkAsync(ada, shop.Id, Bob, "viewer");
        var stranger = host.Browse();

        List<int> answers = [];
        for (var i = 0; i < 3; i++)
        {
            answers.Add(await stranger.StatusAsync(HttpMethod.Post, $"/api/invitations/{token}", new { password = "wrong password" }));
        }

        Assert.Equal([401, 401, 429], answers);
    }

    [Fact]
    public async Task Expired_revoked_replaced_and_unknown_invitations_open_nothing_and_are_told_apart_by_nobody()
    {
        var time = new JumpingTime(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));
        await using var host = await ControlHost.StartAsync(time);
        var ada = await host.SignedInAsync();
        var shop = await host.CreateProjectAsync();
        var expired = await InviteAsync(ada, shop.Id, "old@example.com", "viewer");
        time.Advance(TimeSpan.FromDays(7));
        Assert.Empty((await ada.GetAsync($"/api/projects/{shop.Id}/invitations")).AsArray());
        var replaced = await InviteAsync(ada, shop.Id, Bob, "viewer");
        var revoked = await InviteAsync(ada, shop.Id, Bob, "editor");
        var waiting = Assert.Single((await ada.GetAsync($"/api/projects/{shop.Id}/invitations")).AsArray())!;
        Assert.Equal((Bob, "editor", "Ada"), ((string?)waiting["email"], (string?)waiting["role"], (string?)waiting["invitedBy"]));
        Assert.Equal("2026-12-09T12:00:00+00:00", (string?)waiting["expiresAt"]);
        Assert.Equal(200, await host.Browse().StatusAsync(HttpMethod.Get, $"/api/invitations/{revoked}"));
        Assert.Equal(204, await ada.StatusAsync(HttpMethod.Delete, $"/api/projects/{shop.Id}/invitations/{waiting["id"]}"));

        HashSet<string> answers = [];
        foreach (var token in (string[])[expired, replaced, revoked, "hri_" + new string('a', 40), "none"])
        {
            using var get = await host.Browse().SendAsync(HttpMethod.Get, $"/api/invitations/{token}");
            using var post = await host.Browse().SendAsync(HttpMethod.Post, $"/api/invitations/{token}", new { password = BobsPassword });
            Assert.Equal((404, 404), ((int)get.StatusCode, (int)post.StatusCode));
            answers.Add((string?)(await Browser.ReadAsync(get))["detail"] ?? "");
            answers.Add((string?)(await Browser.ReadAsync(post))["detail"] ?? "");
        }

        Assert.Single(answers);
        Assert.DoesNotContain(await host.Services.GetRequiredService<Accounts>().ListAsync(ControlHost.Cancel), user => user.Email == Bob);
    }

    [Fact]
    public async Task Who_loses_the_right_to_invite_takes_the_invitations_along()
    {
        await using var host = await ControlHost.StartAsync();
        var ada = await host.SignedInAsync();
        var shop = await host.CreateProjectAsync();
        var bob = await SignedInAsync(host, Bob);
        var id = await AddAsync(ada, shop.Id, Bob, "admin");
        var accounts = host.Services.GetRequiredService<Accounts>();
        var adas = await InviteAsync(ada, shop.Id, "new@example.com", "viewer");

        var lowered = await InviteAsync(bob, shop.Id, "back@example.com", "admin");
        Assert.Equal(200, await ada.StatusAsync(HttpMethod.Patch, $"/api/projects/{shop.Id}/members/{id}", new { role = "viewer" }));
        Assert.Equal(404, await host.Browse().StatusAsync(HttpMethod.Get, $"/api/invitations/{lowered}"));

        Assert.Equal(200, await ada.StatusAsync(HttpMethod.Patch, $"/api/projects/{shop.Id}/members/{id}", new { role = "admin" }));
        var removed = await InviteAsync(bob, shop.Id, "back@example.com", "admin");
        Assert.Equal(204, await ada.StatusAsync(HttpMethod.Delete, $"/api/projects/{shop.Id}/members/{id}"));
        Assert.Equal(404, await host.Browse().StatusAsync(HttpMethod.Get, $"/api/invitations/{removed}"));

        await AddAsync(ada, shop.Id, Bob, "owner");
        var gone = await InviteAsync(bob, shop.Id, "back@example.com", "admin");
        Assert.IsType<AccountResult.Done>(await accounts.RemoveAsync(Bob, ControlHost.Cancel));
        Assert.Equal(404, await host.Browse().StatusAsync(HttpMethod.Get, $"/api/invitations/{gone}"));
        Assert.Equal(200, await host.Browse().StatusAsync(HttpMethod.Get, $"/api/invitations/{adas}"));
    }

    [Fact]
    public async Task Members_and_invitations_are_bounded_and_who_is_in_is_not_added_again()
    {
        await using var host = await ControlHost.StartAsync(settings: ["Headroom:Access:MaxMembers=1", "Headroom:Access:MaxInvitations=1"]);
        var ada = await host.SignedInAsync();
        var shop = await host.CreateProjectAsync();
        await SignedInAsync(host, Bob);
        await SignedInAsync(host, "carol@example.com");
        var members = $"/api/projects/{shop.Id}/members";
        await AddAsync(ada, shop.Id, Bob, "viewer");

        Assert.Contains("MaxMembers", await ConflictAsync(members, "carol@example.com"), StringComparison.Ordinal);
        Assert.Contains("as viewer", await ConflictAsync(members, Bob), StringComparison.Ordinal);
        Assert.Contains("as viewer", await ConflictAsync($"/api/projects/{shop.Id}/invitations", Bob), StringComparison.Ordinal);
        Assert.Contains("owner of every project", await ConflictAsync(members, ControlHost.Email), StringComparison.Ordinal);
        var token = await InviteAsync(ada, shop.Id, "new@example.com", "viewer");
        Assert.Contains("MaxInvitations", await ConflictAsync(members, "newer@example.com"), StringComparison.Ordinal);
        Assert.Equal(409, await host.Browse().StatusAsync(HttpMethod.Post, $"/api/invitations/{token}", new { password = BobsPassword }));
        Assert.IsType<AccountResult.Done>(await host.Services.GetRequiredService<Accounts>().CreateAsync("new@example.com", null, BobsPassword, false, ControlHost.Cancel));
        Assert.Equal(409, await host.Browse().StatusAsync(HttpMethod.Post, $"/api/invitations/{token}", new { password = BobsPassword }));
        using var invalid = await ada.SendAsync(HttpMethod.Post, members, new { email = "nobody", role = "king" });
        Assert.Equal(400, (int)invalid.StatusCode);
        Assert.Equal(["email", "role"], (await Browser.ReadAsync(invalid))["errors"]!.AsObject().Select(field => field.Key));

        async Task<string> ConflictAsync(string path, string email)
        {
            using var refused = await ada.SendAsync(HttpMethod.Post, path, new { email, role = "viewer" });
            Assert.Equal(409, (int)refused.StatusCode);
            return (string?)(await Browser.ReadAsync(refused))["detail"] ?? "";
        }
    }

    [Fact]
    public async Task A_changed_password_ends_ones_other_sessions()
    {
        await using var host = await ControlHost.StartAsync();
        var here = await host.SignedInAsync();
        var there = host.Browse();
        Assert.Equal(200, await there.StatusAsync(HttpMethod.Post, "/api/session", new { email = ControlHost.Email, password = ControlHost.Password }));

        using var wrong = await here.SendAsync(HttpMethod.Post, "/api/session/password", new { current = "wrong", password = "another password" });
        Assert.Equal(400, (int)wrong.StatusCode);
        Assert.NotNull((await Browser.ReadAsync(wrong))["errors"]!["current"]);
        using var shorter = await here.SendAsync(HttpMethod.Post, "/api/session/password", new { current = ControlHost.Password, password = "short" });
        Assert.NotNull((await Browser.ReadAsync(shorter))["errors"]!["password"]);
        Assert.Equal(200, await there.StatusAsync(HttpMethod.Get, "/api/projects"));

        Assert.Equal(204, await here.StatusAsync(HttpMethod.Post, "/api/session/password", new { current = ControlHost.Password, password = "another password" }));

        Assert.Equal(200, await here.StatusAsync(HttpMethod.Get, "/api/projects"));
        Assert.Equal(401, await there.StatusAsync(HttpMethod.Get, "/api/projects"));
        Assert.Equal(401, await there.StatusAsync(HttpMethod.Post, "/api/session", new { email = ControlHost.Email, password = ControlHost.Password }));
        Assert.Equal(200, await there.StatusAsync(HttpMethod.Post, "/api/session", new { email = ControlHost.Email, password = "another password" }));
    }

    private static async Task<Browser> SignedInAsync(ControlHost host, string email)
    {
        Assert.IsType<AccountResult.Done>(await host.Services.GetRequiredService<Accounts>().CreateAsync(email, null, BobsPassword, false, ControlHost.Cancel));
        var browser = host.Browse();
        Assert.Equal(200, await browser.StatusAsync(HttpMethod.Post, "/api/session", new { email, password = BobsPassword }));
        return browser;
    }

    private static async Task<string> AddAsync(Browser browser, string project, string email, string role)
    {
        using var added = await browser.SendAsync(HttpMethod.Post, $"/api/projects/{project}/members", new { email, role });
        Assert.Equal(201, (int)added.StatusCode);
        return (string)(await Browser.ReadAsync(added))["member"]!["id"]!;
    }

    /// <summary>The token that adding somebody without an account makes.</summary>
    internal static async Task<string> InviteAsync(Browser browser, string project, string email, string role)
    {
        using var invited = await browser.SendAsync(HttpMethod.Post, $"/api/projects/{project}/members", new { email, role });
        Assert.Equal(201, (int)invited.StatusCode);
        return (string)(await Browser.ReadAsync(invited))["invitation"]!["token"]!;
    }

    private static async Task<string> LinkAsync(Browser browser, string project, string email, string role)
    {
        using var invited = await browser.SendAsync(HttpMethod.Post, $"/api/projects/{project}/invitations", new { email, role });
        Assert.Equal(201, (int)invited.StatusCode);
        return (string)(await Browser.ReadAsync(invited))["token"]!;
    }

    private static Task<int> AnnotateAsync(Browser browser, string project) =>
        browser.StatusAsync(HttpMethod.Post, $"/api/projects/{project}/annotations", new { at = "2026-11-25T12:00:00Z", text = "Launch" });
}
