using System.Text.RegularExpressions;
using Xunit;

namespace Headroom.Tests.Docs;

/// <summary>Every alert rule says what docs/observability.md says more of, and has a case for promtool in which it fires and one in which it does not.</summary>
public sealed partial class AlertsPageTests
{
    private static readonly string s_prometheus = Path.Combine(MarkdownFiles.Root, "deploy", "observability", "prometheus");

    [Fact]
    public void Every_alert_has_a_section_and_every_section_an_alert()
    {
        var headings = File.ReadLines(Path.Combine(MarkdownFiles.Root, "docs", "observability.md"))
            .Where(static line => line.StartsWith("### Headroom", StringComparison.Ordinal)).Select(static line => line[4..]);
        Assert.Equal(Alerts().Select(static alert => alert.Name).Order(StringComparer.Ordinal), headings.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_alert_has_a_severity_a_summary_a_description_and_leads_to_its_section()
    {
        Assert.True(Alerts().Count > 20);
        foreach (var (name, text) in Alerts())
        {
            Assert.Matches(@"labels: \{ severity: (critical|warning) \}", text);
            Assert.Matches(@"(?m)^ {10}summary: \S", text);
            Assert.Matches(@"(?m)^ {10}description: >-\n {12}\S", text);
            Assert.Contains($"runbook: docs/observability.md#{name.ToLowerInvariant()}\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not()
    {
        var cases = File.ReadAllText(Path.Combine(s_prometheus, "headroom.rules.test.yml"));
        foreach (var (name, text) in Alerts())
        {
            var severity = Severity().Match(text).Groups[1].Value;
            Assert.Contains($"""- name: "{name} fires: """, cases, StringComparison.Ordinal);
            Assert.Contains($"""- name: "{name} stays quiet: """, cases, StringComparison.Ordinal);
            Assert.Contains($$"""labels: '{alertname="{{name}}", severity="{{severity}}"}'""", cases, StringComparison.Ordinal);
        }
    }

    private static List<(string Name, string Text)> Alerts() =>
        [.. File.ReadAllText(Path.Combine(s_prometheus, "headroom.rules.yml")).Split("      - alert: ")[1..].Select(static text => (text[..text.IndexOf('\n', StringComparison.Ordinal)], text + "\n"))];

    [GeneratedRegex(@"severity: (\w+)")]
    private static partial Regex Severity();
}
