using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace Headroom.Tests.Docs;

/// <summary>
/// The dashboards of deploy/observability hold to Grafana's JSON model
/// (https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/). Their queries are tried by the system tests.
/// </summary>
public sealed partial class DashboardFilesTests
{
    private static readonly string[] s_units = ["none", "short", "s", "d", "bytes", "Bps", "eps", "reqps", "ops", "percentunit"];

    private static readonly string[] s_panels = ["row", "stat", "timeseries", "bargauge"];

    public static TheoryData<string> Files() =>
        [.. Directory.EnumerateFiles(Path.Combine(MarkdownFiles.Root, "deploy", "observability", "grafana"), "*.json").Select(static file => Path.GetFileNameWithoutExtension(file))];

    [Fact]
    public void There_are_dashboards_and_each_has_a_title_of_its_own()
    {
        var titles = Files().Select(static row => (string)Read(row.Data)["title"]!).ToList();
        Assert.True(titles.Count >= 4);
        Assert.Equal(titles.Count, titles.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_dashboard_is_whole(string name)
    {
        var dashboard = Read(name);
        Assert.Equal(name, (string)dashboard["uid"]!);
        Assert.True(name.Length <= 40);
        Assert.Equal(39, (int)dashboard["schemaVersion"]!);
        Assert.Contains("headroom", dashboard["tags"]!.AsArray().Select(static tag => (string)tag!));
        Assert.NotEmpty((string)dashboard["description"]!);
        Assert.False(dashboard.AsObject().ContainsKey("id"), "An id is the installation's that it was exported from.");
        var variables = dashboard["templating"]!["list"]!.AsArray().ToDictionary(static one => (string)one!["name"]!, static one => one!);
        Assert.Equal(["datasource", "job", "instance"], variables.Keys);
        Assert.Equal(("datasource", "prometheus"), ((string)variables["datasource"]["type"]!, (string)variables["datasource"]["query"]!));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_data_source_is_the_one_that_is_chosen_at_the_top(string name)
    {
        var sources = Nodes(Read(name)).OfType<JsonObject>().Where(static node => node.ContainsKey("datasource")).Select(static node => node["datasource"]!).ToList();
        Assert.True(sources.Count > 10);
        Assert.All(sources, static source => Assert.Equal(("prometheus", "${datasource}"), ((string)source["type"]!, (string)source["uid"]!)));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Panels_have_ids_of_their_own_and_lie_beside_each_other(string name)
    {
        var panels = Panels(name);
        Assert.Equal(panels.Count, panels.Select(static panel => (int)panel["id"]!).Distinct().Count());
        var taken = new Dictionary<(int X, int Y), string>();
        foreach (var panel in panels)
        {
            var place = panel["gridPos"]!;
            var (x, y, w, h) = ((int)place["x"]!, (int)place["y"]!, (int)place["w"]!, (int)place["h"]!);
            Assert.True(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 24);
            foreach (var cell in from column in Enumerable.Range(x, w) from row in Enumerable.Range(y, h) select (column, row))
            {
                Assert.True(taken.TryAdd(cell, (string)panel["title"]!), $"{panel["title"]} lies on {taken[cell]}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_panel_says_what_it_shows_in_which_unit_and_asks_for_the_chosen_servers(string name)
    {
        foreach (var panel in Panels(name))
        {
            var title = (string)panel["title"]!;
            Assert.Contains((string)panel["type"]!, s_panels);
            Assert.NotEmpty(title);
            if ((string)panel["type"]! == "row")
            {
                continue;
            }

            Assert.True(((string?)panel["description"])?.Length > 4, $"{title} has no description");
            var defaults = panel["fieldConfig"]!["defaults"]!;
            Assert.Contains((string)defaults["unit"]!, s_units);

            // Grafana wants the first step without a value, which is minus infinity, and the others ascending.
            var steps = defaults["thresholds"]!["steps"]!.AsArray();
            Assert.Null(steps[0]!["value"]);
            var values = steps.Skip(1).Select(static step => (double)step!["value"]!).ToList();
            Assert.Equal(values.Order(), values);

            var targets = panel["targets"]!.AsArray();
            Assert.NotEmpty(targets);
            Assert.Equal(targets.Count, targets.Select(static target => (string)target!["refId"]!).Distinct(StringComparer.Ordinal).Count());
            foreach (var expression in targets.Select(static target => (string)target!["expr"]!))
            {
                var metrics = Metric().Matches(expression);
                Assert.NotEmpty(metrics);
                Assert.All(metrics, metric => Assert.StartsWith("""{job=~"$job", instance=~"$instance""", expression[(metric.Index + metric.Length)..], StringComparison.Ordinal));
            }
        }
    }

    private static JsonNode Read(string name) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(MarkdownFiles.Root, "deploy", "observability", "grafana", name + ".json")), documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })!;

    private static List<JsonNode> Panels(string name) => [.. Read(name)["panels"]!.AsArray().Select(static panel => panel!)];

    private static IEnumerable<JsonNode> Nodes(JsonNode node) => node switch
    {
        JsonObject map => map.Where(static pair => pair.Value is not null).SelectMany(static pair => Nodes(pair.Value!)).Prepend(map),
        JsonArray list => list.Where(static item => item is not null).SelectMany(static item => Nodes(item!)),
        _ => [node],
    };

    [GeneratedRegex(@"\b(headroom|http_server|dotnet)_[a-z0-9_]+")]
    private static partial Regex Metric();
}
