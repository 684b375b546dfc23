using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Observing;

/// <summary>The files of deploy/observability in a real Prometheus and Alertmanager, over real servers.</summary>
public sealed partial class ObservabilityTests(Monitoring monitoring, ITestOutputHelper output) : IClassFixture<Monitoring>
{
    /// <summary>
    /// From a kill to the webhook. 10 s is what a machine keeps that has nothing else to do: a scrape, an evaluation and "for" of 2 s each, one second
    /// of grouping. A machine that builds at the same time needs longer.
    /// </summary>
    private static readonly TimeSpan s_told = TimeSpan.FromSeconds(15);

    /// <summary>Metrics that a server need not have.</summary>
    private static readonly string[] s_capacity =
    [
        "headroom_capacity_utilisation_ratio", "headroom_capacity_service_demand_seconds", "headroom_capacity_saturation", "headroom_capacity_load", "headroom_capacity_ceiling",
        "headroom_capacity_headroom_ratio", "headroom_capacity_binding", "headroom_capacity_wall_days", "headroom_capacity_severity",
    ];

    /// <summary>Labels that only appear once something has gone wrong.</summary>
    private static readonly string[] s_notYet = ["""{outcome="error"}""", """{outcome="failed"}"""];

    /// <summary>What a machine that is busy with other things may rightly tell of a server that is well.</summary>
    private static readonly string[] s_load = ["HeadroomPartFailing", "HeadroomCaptureOverloaded"];

    private readonly List<JsonNode> _heard = [];

    private readonly HashSet<string> _there = [];

    [Theory]
    [InlineData("promtool", "check config prometheus.yml")]
    [InlineData("promtool", "check rules headroom.rules.yml")]
    [InlineData("promtool", "test rules headroom.rules.test.yml")]
    [InlineData("amtool", "check-config alertmanager.yml")]
    public async Task The_files_are_what_their_programs_take(string program, string arguments)
    {
        SkipWhereMissing();
        var (code, said) = await Monitoring.RunAsync(program, arguments.Split(' '));
        Assert.True(code == 0, said);
        Assert.Contains("SUCCESS", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_rule_is_evaluated_and_what_it_asks_for_exists()
    {
        SkipWhereMissing();
        var rules = new List<JsonNode>();
        await Until.TrueAsync("every rule was evaluated", async () =>
        {
            rules = [.. (await monitoring.GetAsync("/api/v1/rules"))["groups"]!.AsArray().SelectMany(group => group!["rules"]!.AsArray()).Select(rule => rule!)];
            return rules.TrueForAll(rule => (string)rule["health"]! != "unknown");
        });
        Assert.True(rules.Count > 30);
        Assert.All(rules, rule => Assert.Equal("ok", (string)rule["health"]!));

        foreach (var rule in rules)
        {
            await MetricsExistAsync((string)rule["query"]!);
        }

        foreach (var recorded in rules.Where(rule => (string)rule["type"]! == "recording").Select(rule => (string)rule["name"]!))
        {
            await HasDataAsync(recorded);
        }
    }

    [Fact]
    public async Task Every_query_of_every_dashboard_runs_and_has_data()
    {
        SkipWhereMissing();
        var optional = Optional();
        var queries = 0;
        var withData = 0;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Monitoring.Files, "grafana"), "*.json"))
        {
            var dashboard = JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!;
            foreach (var target in dashboard["panels"]!.AsArray().SelectMany(panel => panel!["targets"]?.AsArray() ?? []))
            {
                var expression = ((string)target!["expr"]!).Replace("$__rate_interval", "10s", StringComparison.Ordinal)
                    .Replace("$job", ".*", StringComparison.Ordinal).Replace("$instance", ".*", StringComparison.Ordinal);
                Assert.DoesNotContain('$', expression);
                queries++;
                await MetricsExistAsync(expression);
                var series = await monitoring.QueryRangeAsync(expression);
                if (!Metrics(expression).Any(metric => MayBeAbsent(metric, optional)))
                {
                    await Until.TrueAsync($"there are data for {expression}", async () => (series = await monitoring.QueryRangeAsync(expression)).Count > 0);
                    withData++;
                }

                // A legend names labels that the series have.
                foreach (var label in LegendLabel().Matches((string)target["legendFormat"]!).Select(match => match.Groups[1].Value))
                {
                    Assert.All(series, one => Assert.True(one!["metric"]![label] is not null, $"{expression} has no {label}"));
                }
            }
        }

        Assert.True(queries > 70);
        Assert.True(withData > 50);
    }

    [Fact]
    public async Task Every_variable_of_the_dashboards_finds_the_servers()
    {
        SkipWhereMissing();
        await HasDataAsync("headroom_log_writable{job=~\".*\"}");
        var instances = (await monitoring.GetAsync("/api/v1/label/instance/values?match[]=headroom_log_writable")).AsArray().Select(value => (string)value!).ToList();
        Assert.Contains($"127.0.0.1:{monitoring.Well.Port}", instances);
        var jobs = (await monitoring.GetAsync("/api/v1/label/job/values?match[]=headroom_log_writable")).AsArray().Select(value => (string)value!);
        Assert.Equal(["headroom"], jobs);
    }

    [Fact]
    public async Task A_log_that_takes_nothing_and_a_server_that_dies_are_told_by_webhook_and_mail()
    {
        SkipWhereMissing();
        var full = $"127.0.0.1:{monitoring.Full.Port}";
        var first = await ToldAsync("HeadroomLogNotWritable", "firing");
        Assert.Equal(full, (string)first["labels"]!["instance"]!);
        Assert.Equal("critical", (string)first["labels"]!["severity"]!);

        var killed = Stopwatch.GetTimestamp();
        await monitoring.Full.KillAsync();
        var down = await ToldAsync("HeadroomDown", "firing");
        var took = Stopwatch.GetElapsedTime(killed);
        output.WriteLine($"The webhook heard of it {took.TotalSeconds:0.0} s after the kill.");
        Assert.True(took < s_told, $"It took {took.TotalSeconds:0.0} s.\n{monitoring.Said()}");
        Assert.Equal(full, (string)down["labels"]!["instance"]!);
        Assert.Equal($"Headroom does not answer at {full}", (string)down["annotations"]!["summary"]!);
        Assert.Equal("docs/observability.md#headroomdown", (string)down["annotations"]!["runbook"]!);
        await Until.TrueAsync("a mail says it too", () => Task.FromResult(monitoring.Mail.Mails.Any(mail =>
            mail.Contains("HeadroomDown", StringComparison.Ordinal) && mail.Contains("To: operators@stats.example", StringComparison.Ordinal))));

        // The part that fails because of the log is explained by the alert about the log, and the server that is well has none.
        Assert.DoesNotContain(_heard, alert => (string)alert["labels"]!["alertname"]! == "HeadroomPartFailing" && (string?)alert["labels"]!["part"] == "event_log");
        Assert.DoesNotContain(_heard, alert => (string?)alert["labels"]!["instance"] != full && !s_load.Contains((string)alert["labels"]!["alertname"]!));

        monitoring.Full.Launch();
        var over = await ToldAsync("HeadroomDown", "resolved");
        Assert.Equal(full, (string)over["labels"]!["instance"]!);
    }

    private async Task<JsonNode> ToldAsync(string alert, string status)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Until.Deadline);
        try
        {
            while (true)
            {
                var told = await monitoring.Told.ReadAsync(deadline.Token);
                _heard.Add(told);
                if ((string)told["labels"]!["alertname"]! == alert && (string)told["status"]! == status)
                {
                    return told;
                }
            }
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            Assert.Fail($"{alert} was not told as {status}. Told were:\n{string.Join('\n', _heard.Select(one => one.ToJsonString()))}\n{monitoring.Said()}");
            throw;
        }
    }

    private void SkipWhereMissing() => Assert.SkipWhen(monitoring.Missing is not null, monitoring.Missing ?? "");

    /// <summary>Each metric of an expression, with each label that it selects by, is there, unless it may be absent.</summary>
    private async Task MetricsExistAsync(string expression)
    {
        await monitoring.QueryAsync(expression);
        var optional = Optional();
        foreach (var metric in Metrics(expression).Where(metric => !MayBeAbsent(metric, optional)))
        {
            await HasDataAsync(metric);
        }

        foreach (Match selector in Selector().Matches(expression))
        {
            var metric = selector.Groups[1].Value;
            foreach (Match matcher in Matcher().Matches(selector.Groups[2].Value))
            {
                if (!MayBeAbsent(metric, optional))
                {
                    await HasDataAsync($"{metric}{{{matcher.Groups[1].Value}!=\"\"}}");
                    if (matcher.Groups[2].Value == "=" && !s_notYet.Contains($"{{{matcher.Value}}}"))
                    {
                        await HasDataAsync($"{metric}{{{matcher.Value}}}");
                    }
                }
            }
        }
    }

    private async Task HasDataAsync(string expression)
    {
        if (_there.Add(expression))
        {
            await Until.TrueAsync($"there are data for {expression}", async () => (await monitoring.QueryAsync(expression)).Count > 0, TimeSpan.FromSeconds(40));
        }
    }

    /// <summary>The page of metrics says "only when" of those that appear after the first such thing has happened.</summary>
    private static HashSet<string> Optional() => File.ReadLines(Path.Combine(Repository.Root, "docs", "metrics.md"))
        .Where(line => line.StartsWith("| `headroom_", StringComparison.Ordinal) && line.Contains("only when", StringComparison.Ordinal))
        .Select(line => line.Split('`')[1])
        .Concat(s_capacity)
        .ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<string> Metrics(string expression) => MetricName().Matches(expression).Select(match => match.Value).Distinct();

    private static bool MayBeAbsent(string metric, HashSet<string> optional) => optional.Contains(metric) || optional.Contains(HistogramPart().Replace(metric, ""));

    [GeneratedRegex(@"\binstance:headroom_[a-z0-9_:]+|\b(headroom|http_server|dotnet)_[a-z0-9_]+(?=[\s\[{)]|$)")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"\b([a-z_:][a-z0-9_:]*)\{([^}]*)\}")]
    private static partial Regex Selector();

    [GeneratedRegex("\\b([a-z_]+)(=~|!~|!=|=)\"[^\"]*\"")]
    private static partial Regex Matcher();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex HistogramPart();

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex LegendLabel();
}
