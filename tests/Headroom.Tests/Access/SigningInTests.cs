using Headroom.App.Access;
using Headroom.Tests.Projects;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Access;

public class SigningInTests
{
    private static readonly object Right = new { email = ControlHost.Email, password = ControlHost.Password };
    private static readonly object Wrong = new { email = ControlHost.Email, password = "wrong password" };

    [Fact]
    public async Task The_first_start_makes_the_operator_who_is_signed_in_then()
    {
        await using var host = await ControlHost.StartAsync();
        var browser = host.Browse();
        var before = await browser.GetAsync("/api/session");
        Assert.True((bool)before["setupNeeded"]!);
        Assert.Null(before["user"]);
        Assert.Equal("", (string?)before["csrfToken"]);

        var owner = await host.SignedInAsync();
        var after = await owner.GetAsync("/api/session");

        Assert.False((bool)after["setupNeeded"]!);
        Assert.Equal(ControlHost.Email, (string?)after["user"]!["email"]);
        Assert.Equal("operator", (await host.Services.GetRequiredService<Accounts>().ListAsync(ControlHost.Cancel)).Single().Role);
        Assert.Equal(409, await host.Browse().StatusAsync(HttpMethod.Post, "/api/setup", new { email = "eve@example.com", name = "Eve", password = "long enough" }));
    }

    [Fact]
    public async Task Of_many_set_ups_at_once_one_wins()
    {
        await using var host = await ControlHost.StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            host.Browse().StatusAsync(HttpMethod.Post, "/api/setup", new { email = $"user{i}@example.com", name = "x", password = "long enough" })));

        Assert.Equal(1, answers.Count(a => a == 201));
        Assert.Equal(7, answers.Count(a => a == 409));
        Assert.Single(await host.Services.GetRequiredService<Accounts>().ListAsync(ControlHost.Cancel));
    }

    [Fact]
    public async Task Set_up_names_every_wrong_field()
    {
        await using var host = await ControlHost.StartAsync();
        using var answer = await host.Browse().SendAsync(HttpMethod.Post, "/api/setup", new { email = "nobody", name = "x", password = "short" });

        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Equal(["email", "password"], (await Browser.ReadAsync(answer))["errors"]!.AsObject().Select(e => e.Key));
    }

    [Fact]
    public async Task Signing_in_and_out()
    {
        await using var host = await ControlHost.StartAsync();
        await host.SignedInAsync();
        var browser = host.Browse();

        Assert.Equal(200, await browser.StatusAsync(HttpMethod.Post, "/api/session", new { email = " ADA@example.com", password = ControlHost.Password }));
        Assert.Equal(200, await browser.StatusAsync(HttpMethod.Get, "/api/projects"));
        var cookie = browser.Cookie;
        Assert.Equal(204, await browser.StatusAsync(HttpMethod.Delete, "/api/session"));

        Assert.Null(browser.Cookie);
        browser.Cookie = cookie;
        Assert.Equal(401, await browser.StatusAsync(HttpMethod.Get, "/api/projects"));
    }

    [Fact]
    public async Task The_cookie_is_kept_from_scripts_and_other_sites_and_from_plain_http_where_there_is_https()
    {
        await using var host = await ControlHost.StartAsync();
        await host.SignedInAsync();
        var plain = host.Browse();
        var secure = host.Browse("https");
        await plain.StatusAsync(HttpMethod.Post, "/api/session", Right);
        await secure.StatusAsync(HttpMethod.Post, "/api/session", Right);

        Assert.Contains("httponly", plain.SetCookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", plain.SetCookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("path=/", plain.SetCookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secure", plain.SetCookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("secure", secure.SetCookie, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("__Host-headroom_session=", secure.SetCookie, StringComparison.Ordinal);
        Assert.DoesNotContain("domain", secure.SetCookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(200, await secure.StatusAsync(HttpMethod.Get, "/api/projects"));
        Assert.Equal(204, await secure.StatusAsync(HttpMethod.Delete, "/api/session"));
        Assert.Null(secure.Cookie);
    }

    [Fact]
    public async Task Over_https_a_cookie_that_a_neighbouring_host_may_have_planted_is_not_looked_at()
    {
        await using var host = await ControlHost.StartAsync();
        var planted = (await host.SignedInAsync()).Cookie;

        using var answer = await host.Browse("https").SendAsync(HttpMethod.Get, "/api/projects", null, ("Cookie", $"headroom_session={planted}"));

        Assert.Equal(401, (int)answer.StatusCode);
    }

    [Fact]
    public async Task An_unknown_email_costs_the_work_of_a_wrong_password()
    {
        await using var host = await ControlHost.StartAsync(settings: "Headroom:Access:PasswordIterations=200000");
        await host.SignedInAsync();
        var accounts = host.Services.GetRequiredService<Accounts>();
        var (wrong, unknown) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var i = 0; i < 8; i++)
        {
            // In turns, so that what else the machine does slows both down, and the fastest of each, which it has not.
            var took = (Wrong: await TimeAsync(ControlHost.Email), Unknown: await TimeAsync("eve@example.com"));
            (wrong, unknown) = (took.Wrong < wrong ? took.Wrong : wrong, took.Unknown < unknown ? took.Unknown : unknown);
        }

        Assert.InRange(unknown / wrong, 0.5, 2);

        async Task<TimeSpan> TimeAsync(string email)
        {
            var started = TimeProvider.System.GetTimestamp();
            Assert.Null(await accounts.VerifyAsync(email, "wrong password", ControlHost.Cancel));
            return TimeProvider.System.GetElapsedTime(started);
        }
    }

    [Fact]
    public async Task A_value_planted_before_signing_in_opens_nothing_and_the_earlier_session_ends()
    {
        await using var host = await ControlHost.StartAsync();
        var browser = await host.SignedInAsync();
        var planted = browser.Cookie;

        await browser.StatusAsync(HttpMethod.Post, "/api/session", Right);

        Assert.NotEqual(planted, browser.Cookie);
        var thief = host.Browse();
        thief.Cookie = planted;
        Assert.Equal(401, await thief.StatusAsync(HttpMethod.Get, "/api/projects"));
    }

    [Fact]
    public async Task An_unknown_email_and_a_wrong_password_get_the_same_answer()
    {
        await using var host = await ControlHost.StartAsync();
        await host.SignedInAsync();
        using var unknown = await host.Browse().SendAsync(HttpMethod.Post, "/api/session", new { email = "eve@example.com", password = "wrong password" });
        using var wrong = await host.Browse().SendAsync(HttpMethod.Post, "/api/session", Wrong);

        Assert.Equal(401, (int)unknown.StatusCode);
        Assert.Equal(
            WithoutTrace(await Browser.ReadAsync(wrong)), WithoutTrace(await Browser.ReadAsync(unknown)));

        static string WithoutTrace(System.Text.Json.Nodes.JsonNode problem)
        {
            problem.AsObject().Remove("traceId");
            return problem.ToJsonString();
        }
    }

    [Fact]
    public async Task Too_many_failures_lock_even_the_right_password_out_for_a_while()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var host = await ControlHost.StartAsync(time);
        await host.SignedInAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(401, await host.Browse().StatusAsync(HttpMethod.Post, "/api/session", Wrong));
        }

        using var refused = await host.Browse().SendAsync(HttpMethod.Post, "/api/session", Right);
        Assert.Equal(429, (int)refused.StatusCode);
        Assert.Equal(900, refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);

        time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(200, await host.Browse().StatusAsync(HttpMethod.Post, "/api/session", Right));
    }

    [Fact]
    public async Task Many_attempts_at_once_gain_nothing()
    {
        await using var host = await ControlHost.StartAsync();
        await host.SignedInAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => host.Browse().StatusAsync(HttpMethod.Post, "/api/session", Wrong)));

        Assert.Equal(5, answers.Count(a => a == 401));
        Assert.Equal(25, answers.Count(a => a == 429));
    }

    [Fact]
    public async Task A_change_without_the_sessions_token_is_refused()
    {
        await using var host = await ControlHost.StartAsync();
        var browser = await host.SignedInAsync();
        var other = host.Browse();
        await other.StatusAsync(HttpMethod.Post, "/api/session", Right);
        var project = await host.CreateProjectAsync();
        var token = browser.Token;
        string?[] wrong = [null, "", "x", other.Token, token + "x", token![1..]];

        foreach (var given in wrong)
        {
            browser.Token = given;
            Assert.Equal(403, await browser.StatusAsync(HttpMethod.Post, "/api/projects", new { name = "Forged" }));
            Assert.Equal(403, await browser.StatusAsync(HttpMethod.Patch, $"/api/projects/{project.Id}", new { name = "Forged" }));
            Assert.Equal(403, await browser.StatusAsync(HttpMethod.Post, $"/api/projects/{project.Id}/keys", new { kind = "read", name = "Forged" }));
            Assert.Equal(403, await browser.StatusAsync(HttpMethod.Post, $"/api/projects/{project.Id}/unmarked"));
            Assert.Equal(403, await browser.StatusAsync(HttpMethod.Delete, "/api/session"));
            Assert.Equal(200, await browser.StatusAsync(HttpMethod.Post, $"/api/projects/{project.Id}/query"));
        }

        browser.Token = token;
        Assert.Equal(201, await browser.StatusAsync(HttpMethod.Post, "/api/projects", new { name = "Mine" }));
    }

    [Fact]
    public async Task Another_site_cannot_sign_anybody_in()
    {
        await using var host = await ControlHost.StartAsync();
        await host.SignedInAsync();

        using var answer = await host.Browse().SendAsync(HttpMethod.Post, "/api/session", Right, ("Sec-Fetch-Site", "cross-site"));

        Assert.Equal(403, (int)answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_session_lasts_while_it_is_used_and_no_longer_than_its_limit()
    {
        var time = new JumpingTime(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var host = await ControlHost.StartAsync(time);
        var used = await host.SignedInAsync();
        var idle = host.Browse();
        await idle.StatusAsync(HttpMethod.Post, "/api/session", Right);

        for (var day = 0; day < 80; day += 10)
        {
            time.Advance(TimeSpan.FromDays(10));
            Assert.Equal(200, await used.StatusAsync(HttpMethod.Get, "/api/projects"));
        }

        Assert.Equal(401, await idle.StatusAsync(HttpMethod.Get, "/api/projects"));
        time.Advance(TimeSpan.FromDays(10));
        Assert.Equal(401, await used.StatusAsync(HttpMethod.Get, "/api/projects"));
    }

    [Fact]
    public async Task A_new_password_ends_every_session_and_the_old_one_is_worth_nothing()
    {
        await using var host = await ControlHost.StartAsync();
        var browser = await host.SignedInAsync();

        Assert.IsType<AccountResult.Done>(
            await host.Services.GetRequiredService<Accounts>().SetPasswordAsync(ControlHost.Email, "a new password", ControlHost.Cancel));

        Assert.Equal(401, await browser.StatusAsync(HttpMethod.Get, "/api/projects"));
        Assert.Equal(401, await host.Browse().StatusAsync(HttpMethod.Post, "/api/session", Right));
        Assert.Equal(200, await host.Browse().StatusAsync(HttpMethod.Post, "/api/session", new { email = ControlHost.Email, password = "a new password" }));
    }

    [Fact]
    public async Task A_hash_with_fewer_rounds_is_renewed_at_the_next_sign_in()
    {
        await using var host = await ControlHost.StartAsync();
        await host.SignedInAsync();
        var old = await HashAsync(host);
        await using var stronger = await ControlHost.StartAsync(dataDirectory: host.DataDirectory, settings: "Headroom:Access:PasswordIterations=2000");

        Assert.Equal(200, await stronger.Browse().StatusAsync(HttpMethod.Post, "/api/session", Right));

        Assert.NotEqual(old, await HashAsync(host));
        Assert.Equal(200, await stronger.Browse().StatusAsync(HttpMethod.Post, "/api/session", Right));

        static async Task<string> HashAsync(ControlHost host)
        {
            await using var context = await host.Services.GetRequiredService<App.Shared.Control.ControlDatabase>().OpenAsync(ControlHost.Cancel);
            return context.Users.Single().PasswordHash;
        }
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_made_up_cookie_is_nobody(string cookie)
    {
        await using var host = await ControlHost.StartAsync();
        var browser = host.Browse();
        browser.Cookie = cookie;

        Assert.Equal(401, await browser.StatusAsync(HttpMethod.Get, "/api/projects"));
        Assert.Null((await browser.GetAsync("/api/session"))["user"]);
    }
}
