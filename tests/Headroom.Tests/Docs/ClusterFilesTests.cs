using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Headroom.Tests.Docs;

/// <summary>The two ways to a cluster on one machine, scripts and compose.yaml, say the same as the program and as each other. Nothing is started.</summary>
public sealed class ClusterFilesTests
{
    private static readonly string Cluster = Path.Combine(MarkdownFiles.Root, "deploy", "cluster");
    private static readonly Dictionary<object, object> Compose = ReadCompose();

    /// <summary>Each headroom process: its roles and its port.</summary>
    private static readonly Dictionary<string, (string Roles, string Port)> Layout = ReadLayout();

    [Fact]
    public void Every_setting_of_the_cluster_is_one_that_the_program_has()
    {
        var known = SettingsPageTests.InCode();
        var shared = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(Cluster, "headroom.json")))!;
        var named = shared.Keys.Concat(Headrooms().SelectMany(static service => ((Dictionary<object, object>)service.Value["environment"]).Keys.Cast<string>()))
            .Concat(Regex.Matches(File.ReadAllText(Path.Combine(Cluster, "start")), "Headroom__[A-Za-z0-9_]*[A-Za-z0-9]").Select(static match => match.Value).Where(static name => name != "Headroom__Gateway"))
            .Select(static name => name.Replace("__", ":", StringComparison.Ordinal)).Select(static name => Regex.Replace(name, ":[0-9]$", "")).ToHashSet();
        Assert.Contains("Headroom:Kafka:BootstrapServers", named);
        Assert.Contains("Headroom:Kafka:BrokerVersion", named);
        Assert.Contains("Headroom:S3:ServiceUrl", named);
        Assert.Empty(named.Except(known));
    }

    [Fact]
    public void The_script_reads_every_line_of_the_settings_that_the_program_would()
    {
        var shared = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(Cluster, "headroom.json")))!;
        var read = Bash("settings").Select(static line => line.Split('=', 2)).ToDictionary(static line => line[0].Replace("__", ":", StringComparison.Ordinal), static line => line[1]);
        Assert.Equal(shared.OrderBy(static setting => setting.Key, StringComparer.Ordinal), read.OrderBy(static setting => setting.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void The_processes_have_roles_that_work_and_each_role_is_there()
    {
        foreach (var (roles, _) in Layout.Values)
        {
            Assert.Empty(Roles.Validate(roles.Split(','), new Engines(SharedLog: true, SharedControl: true, SharedSegments: true)));
        }

        Assert.Equal(Roles.Table.Select(static role => role.Name).Order(), Layout.Values.SelectMany(static process => process.Roles.Split(',')).Distinct().Order());
    }

    [Fact]
    public void Compose_has_the_processes_of_the_script_with_their_roles_and_ports()
    {
        var services = Headrooms();
        Assert.Equal(Layout.Keys.Order(), services.Keys.Order());
        foreach (var (name, service) in services)
        {
            var command = ((List<object>)service["command"]).Cast<string>().ToList();
            Assert.Equal(Layout[name].Roles, command[command.IndexOf("--roles") + 1]);
            Assert.Equal([$"127.0.0.1:{Layout[name].Port}:8080"], (List<object>)service["ports"]);
            Assert.Contains("./headroom.json:/app/appsettings.json:ro", (List<object>)service["volumes"]);
        }
    }

    [Fact]
    public void Compose_gives_each_volume_one_user_and_publishes_nothing_beyond_this_machine()
    {
        var services = (Dictionary<object, object>)Compose["services"];
        var all = services.Values.Cast<Dictionary<object, object>>().ToList();
        var mounts = all.SelectMany(static service => service.TryGetValue("volumes", out var volumes) ? (List<object>)volumes : []).Cast<string>().Where(static v => v[0] != '.').Select(static v => v.Split(':')[0]).ToList();
        Assert.Equal(((Dictionary<object, object>)Compose["volumes"]).Keys.Cast<string>().Order(), mounts.Order());
        Assert.All(all.SelectMany(static service => service.TryGetValue("ports", out var ports) ? (List<object>)ports : []), static port => Assert.StartsWith("127.0.0.1:", (string)port, StringComparison.Ordinal));

        // The servers that are waited for are there and tell that they are well.
        foreach (var need in ((Dictionary<object, object>)Headrooms()["writer"]["depends_on"]))
        {
            var needed = (Dictionary<object, object>)services[need.Key];
            Assert.Equal((string)((Dictionary<object, object>)need.Value)["condition"] == "service_healthy", needed.ContainsKey("healthcheck"));
        }
    }

    [Fact]
    public void The_gateway_of_compose_knows_every_process_and_they_trust_its_network()
    {
        var settings = (Dictionary<object, object>)Headrooms()["gateway"]["environment"];
        foreach (var role in (string[])["Capture", "Query", "Writer"])
        {
            var known = settings.Where(setting => ((string)setting.Key).StartsWith($"Headroom__Gateway__{role}__", StringComparison.Ordinal)).Select(static setting => (string)setting.Value);
            var there = Layout.Where(process => process.Value.Roles.Split(',').Contains(role.ToLowerInvariant())).Select(static process => $"http://{process.Key}:8080");
            Assert.Equal(there.Order(), known.Order());
        }

        var network = (Dictionary<object, object>)((Dictionary<object, object>)Compose["networks"])["default"];
        var subnet = ((Dictionary<object, object>)((List<object>)((Dictionary<object, object>)network["ipam"])["config"])[0])["subnet"];
        Assert.All(Headrooms().Where(static service => service.Key != "gateway"), service => Assert.Equal(subnet, ((Dictionary<object, object>)service.Value["environment"])["Headroom__TrustedProxies__0"]));
    }

    private static Dictionary<string, Dictionary<object, object>> Headrooms() => ((Dictionary<object, object>)Compose["services"])
        .Where(static service => ((Dictionary<object, object>)service.Value)["image"] is "headroom")
        .ToDictionary(static service => (string)service.Key, static service => (Dictionary<object, object>)service.Value);

    private static Dictionary<object, object> ReadCompose()
    {
        using var reader = File.OpenText(Path.Combine(Cluster, "compose.yaml"));
        return new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(new MergingParser(new Parser(reader)));
    }

    private static Dictionary<string, (string Roles, string Port)> ReadLayout() =>
        Bash("layout").Select(static line => line.Split(' ')).ToDictionary(static line => line[0], static line => (line[1], line[2]));

    /// <summary>The lines of a function that the cluster's scripts share.</summary>
    private static string[] Bash(string function)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", $". scripts/lib.sh && . deploy/cluster/lib.sh && {function}"])
        {
            WorkingDirectory = MarkdownFiles.Root,
            RedirectStandardOutput = true,
        })!;
        var text = bash.StandardOutput.ReadToEnd();
        bash.WaitForExit();
        Assert.Equal(0, bash.ExitCode);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
