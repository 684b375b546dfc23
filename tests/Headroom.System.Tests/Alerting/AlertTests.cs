using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Alerting;

/// <summary>A part of a running server is broken and mended; who is to be told is told, by a mail server and a webhook that are there.</summary>
public sealed partial class AlertTests(ITestOutputHelper output)
{
    private const string Secret = "of this test";
    private static readonly TimeSpan s_told = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_broken_part_is_told_by_mail_webhook_and_app_within_ten_seconds_and_again_when_it_is_well()
    {
        await using var mail = new SmtpSink();
        await using var hook = new WebhookReceiver();
        await using var server = await HeadroomServer.StartAsync(
            "--Headroom:Alerting:Name=of-the-test", "--Headroom:Writing:MaxRetryDelay=0.00:00:01", "--Headroom:Alerting:ResolveAfter=0.00:00:06",
            "--Headroom:Alerting:DiskFreeBytes=0", // The disk of whoever runs this may be full.
            "--Headroom:Alerting:Email:To=ops@headroom.test", "--Headroom:Alerting:Email:From=headroom@headroom.test",
            "--Headroom:Alerting:Email:Host=localhost", $"--Headroom:Alerting:Email:Port={mail.Port}", "--Headroom:Alerting:Email:Tls=none",
            $"--Headroom:Alerting:Webhooks:0:Url={hook.Address}hook", $"--Headroom:Alerting:Webhooks:0:Secret={Secret}");
        var project = await server.AddProjectAsync("Shop");
        var owner = await SignedIn.SetUpAsync(server, project.Id);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));

        // Whether messages arrive can be tried before anything is wrong.
        var tried = await owner.OfServerAsync(HttpMethod.Post, "/api/alerts/test");
        Assert.Equal(["email True 2.0.0 Ok: queued as SINK1", "webhook:0 True Answered 204."],
            tried["channels"]!.AsArray().Select(static one => $"{one!["name"]} {(bool)one["ok"]!} {one["said"]}"));
        Assert.Contains("Subject: [Headroom of-the-test] Test: A test message", await mail.NextAsync(deadline.Token), StringComparison.Ordinal);
        Assert.Equal("test", (string?)(await hook.NextAsync(deadline.Token)).Json["news"]![0]!["kind"]);

        var mend = await BreakAsync(server, project, deadline.Token);
        var since = Stopwatch.GetTimestamp();
        var letter = await LetterAsync(mail, "The Writer is not well", deadline.Token);
        var posted = await PostedAsync(hook, "part:writer fired critical", deadline.Token);
        var alerts = await owner.OfServerAsync(HttpMethod.Get, "/api/alerts");
        var took = Stopwatch.GetElapsedTime(since);
        output.WriteLine($"told after {took.TotalSeconds:0.0} s: {(string)posted.Json["content"]!}");

        Assert.True(took < s_told, $"It took {took.TotalSeconds:0.0} s.");
        Assert.Contains("RCPT TO:<ops@headroom.test>", letter, StringComparison.Ordinal);
        Assert.Contains("\nSubject: [Headroom of-the-test] Critical: ", letter, StringComparison.Ordinal);
        Assert.Equal("/hook", posted.Path);
        Assert.Equal("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), posted.Body)), posted.Signature);
        var firing = Single(alerts["firing"]);
        Assert.Equal(("part:writer", "critical", "firing"), ((string)firing["id"]!, (string)firing["severity"]!, (string)firing["state"]!));
        Assert.Contains("Events wait in the log", (string)firing["detail"]!, StringComparison.Ordinal);
        Assert.All(alerts["channels"]!.AsArray(), static channel => Assert.NotNull(channel!["deliveredAt"]));
        Assert.Single(await MetricsAsync(server), static line => line.StartsWith("headroom_alerts_firing", StringComparison.Ordinal) &&
            line.Contains("severity=\"critical\"", StringComparison.Ordinal) && line.Split(' ')[1] is "1" or "2");

        File.Delete(mend);
        await PostedAsync(hook, "part:writer resolved critical", deadline.Token);
        Assert.Contains("\nSubject: [Headroom of-the-test] Resolved: ", await LetterAsync(mail, "The Writer is not well", deadline.Token), StringComparison.Ordinal);
        var well = await owner.OfServerAsync(HttpMethod.Get, "/api/alerts");
        Assert.DoesNotContain(well["firing"]!.AsArray(), static one => (string?)one!["id"] == "part:writer");
        Assert.Equal("resolved", (string?)Single(well["resolved"])["state"]);
        Assert.Equal(1, (await project.DrainAsync()).Stored);

        // It breaks again, and somebody knows of it. A restart neither forgets that nor tells it again; this one mends it too, as the
        // start removes what it does not know from among the segments.
        await BreakAsync(server, await server.AddProjectAsync("Other"), deadline.Token);
        await PostedAsync(hook, "part:writer fired critical", deadline.Token);
        var acknowledged = await owner.OfServerAsync(HttpMethod.Post, "/api/alerts/part:writer/acknowledge", new { hours = 2 });
        var file = Path.Combine(server.DataDirectory, "alerts.json");
        await Until.TrueAsync("it is written down", async () => JsonNode.Parse(await File.ReadAllTextAsync(file))!["firing"]!.AsArray().Any(static one =>
            (string?)one!["alert"]!["id"] == "part:writer" && one["alert"]!["acknowledgedUntil"] is not null && one["toldAt"] is not null), s_told);
        await server.KillAsync();
        server.Launch();
        await Until.TrueAsync("the server answers again", () => AnswersAsync(server));
        var again = await owner.OfServerAsync(HttpMethod.Get, "/api/alerts");
        Assert.Equal((string)acknowledged["acknowledgedUntil"]!, (string?)Single(again["firing"])["acknowledgedUntil"]);
        await PostedAsync(hook, "part:writer resolved critical", deadline.Token);
    }

    /// <summary>Where the project's first segment belongs a file stands, so no batch of it can be stored. The file.</summary>
    private static async Task<string> BreakAsync(HeadroomServer server, ProjectClient project, CancellationToken cancellationToken)
    {
        var file = Path.Combine(server.DataDirectory, "segments", project.Id);
        await File.WriteAllTextAsync(file, "in the way", cancellationToken);
        Assert.Equal(HttpStatusCode.OK, await project.SendAsync([ProjectClient.Event(Guid.CreateVersion7(), "seen", "ada")], cancellationToken));
        return file;
    }

    private static string Told(JsonNode? news) => $"{news!["alert"]!["id"]} {news["kind"]} {news["alert"]!["severity"]}";

    /// <summary>The Writer's; the store says the same of itself at about the same time, in the same message or in one of its own.</summary>
    private static JsonNode Single(JsonNode? alerts) => Assert.Single(alerts!.AsArray(), static one => (string?)one!["id"] == "part:writer")!;

    private static async Task<Posted> PostedAsync(WebhookReceiver hook, string news, CancellationToken cancellationToken)
    {
        while (true)
        {
            var posted = await hook.NextAsync(cancellationToken);
            if (posted.Json["news"]!.AsArray().Select(Told).Contains(news))
            {
                return posted;
            }

            // Nothing else is told, and nothing twice.
            Assert.All(posted.Json["news"]!.AsArray(), static one => Assert.Equal("part:event_store", (string?)one!["alert"]!["id"]));
        }
    }

    /// <summary>The next letter with a title in its subject, as one line.</summary>
    private static async Task<string> LetterAsync(SmtpSink mail, string title, CancellationToken cancellationToken)
    {
        while (true)
        {
            var letter = Folded().Replace(await mail.NextAsync(cancellationToken), " ");
            if (letter.Split('\n').Single(static line => line.StartsWith("Subject: ", StringComparison.Ordinal)).Contains(title, StringComparison.Ordinal))
            {
                return letter;
            }
        }
    }

    private static async Task<string[]> MetricsAsync(HeadroomServer server) =>
        (await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken)).Split('\n');

    private static async Task<bool> AnswersAsync(HeadroomServer server)
    {
        try
        {
            using var answer = await server.Http.GetAsync(new Uri("/health/live", UriKind.Relative), TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    [GeneratedRegex("\n[ \t]")]
    private static partial Regex Folded();
}
