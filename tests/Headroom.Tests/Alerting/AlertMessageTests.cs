using System.Text;
using System.Text.Json.Nodes;
using Headroom.App.Alerting;
using Xunit;

namespace Headroom.Tests.Alerting;

public sealed class AlertMessageTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_message_says_what_since_when_and_what_to_do_and_the_worst_first()
    {
        var message = Of((AlertNewsKind.Resolved, "c", AlertSeverity.Critical), (AlertNewsKind.Fired, "b", AlertSeverity.Warning), (AlertNewsKind.Fired, "a", AlertSeverity.Critical));

        Assert.Equal("[Headroom shop] Critical: title a. Warning: title b. Resolved: title c", message.Subject);
        Assert.Contains("Critical: title a\nSince 2026-11-01 07:59:00 UTC\nDo this.\n", message.Text, StringComparison.Ordinal);
        Assert.Contains("Resolved: title c\nSince 2026-11-01 07:59:00 UTC, well again at 2026-11-01 08:00:00 UTC\n", message.Text, StringComparison.Ordinal);
        Assert.EndsWith("\nhttps://stats.example\n", message.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_are_counted_in_the_subject()
    {
        var message = Of([.. Enumerable.Range(0, 9).Select(static i => (AlertNewsKind.Fired, $"{i}", AlertSeverity.Critical))]);

        Assert.Equal("[Headroom shop] Critical: title 0; title 1; title 2 and 6 more", message.Subject);
    }

    [Fact]
    public void Line_breaks_in_texts_make_no_header_and_no_other_alert()
    {
        var alert = new Alert("a", AlertSeverity.Critical, "t\r\nBcc: eve@example.org", "d\n\nCritical: other\u2028x", At, AlertState.Firing, null, null);
        var message = new AlertMessage("shop\r\n", null, At, [new AlertNews(AlertNewsKind.Fired, alert)]);

        Assert.DoesNotContain(message.Subject, char.IsControl);
        Assert.Single(message.Text.Split('\n'), static line => line.StartsWith("Critical:", StringComparison.Ordinal));
        Assert.DoesNotContain("\nBcc", message.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_webhook_has_the_words_of_slack_mattermost_and_discord_and_mentions_nobody()
    {
        var alert = new Alert("a", AlertSeverity.Critical, "<!channel> & @everyone", new string('d', 3_000), At, AlertState.Firing, null, null);
        var message = new AlertMessage("shop", null, At, [new AlertNews(AlertNewsKind.Fired, alert)]);

        var body = JsonNode.Parse(WebhookChannel.Body(message))!;

        Assert.Contains("&lt;!channel&gt; &amp; @everyone", (string)body["text"]!, StringComparison.Ordinal);
        Assert.DoesNotContain('<', (string)body["text"]!);
        Assert.True(((string)body["content"]!).Length <= 2_000);
        Assert.Empty(body["allowed_mentions"]!["parse"]!.AsArray());
        Assert.Equal(("fired", "critical", "a", "firing"), ((string)body["news"]![0]!["kind"]!, (string)body["news"]![0]!["alert"]!["severity"]!, (string)body["news"]![0]!["alert"]!["id"]!, (string)body["news"]![0]!["alert"]!["state"]!));
    }

    /// <summary>RFC 4231, test case 2.</summary>
    [Fact]
    public void A_body_is_signed_by_hmac_sha256() => Assert.Equal(
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        WebhookChannel.Sign(Encoding.ASCII.GetBytes("Jefe"), Encoding.ASCII.GetBytes("what do ya want for nothing?")));

    private static AlertMessage Of(params (AlertNewsKind Kind, string Id, AlertSeverity Severity)[] news) => new("shop", "https://stats.example", At,
    [
        .. news.Select(static one => new AlertNews(one.Kind, new Alert(one.Id, one.Severity, "title " + one.Id, "Do this.", At.AddMinutes(-1),
            one.Kind == AlertNewsKind.Resolved ? AlertState.Resolved : AlertState.Firing, one.Kind == AlertNewsKind.Resolved ? At : null, null))),
    ]);
}
