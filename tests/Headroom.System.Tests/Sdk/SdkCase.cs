using System.Globalization;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Sdk;

/// <summary>What the SDK tests have in common: one run of a script through a proxy that may spoil requests.</summary>
internal sealed class SdkCase(ProjectClient project, Guid uuid, DateTimeOffset timestamp, JsonNode answer)
{
    private const int Faults = 2;

    public ProjectClient Project => project;

    public string Uuid => uuid.ToString();

    public DateTimeOffset Timestamp => timestamp;

    public JsonNode Answer => answer;

    public static async Task<SdkCase> RunAsync(SharedServer shared, string script, Fault fault, string? domain = null, JsonObject? more = null)
    {
        var project = await (domain is null ? shared.NewProjectAsync() : shared.NewProjectAsync(domain));
        await using var proxy = await FlakyProxy.StartAsync(shared.Server.Address, fault, fault == Fault.None ? 0 : Faults);
        var run = await RunAsync(shared.Server, project, proxy, script, domain, more);
        Assert.Equal(0, proxy.Left);
        return run;
    }

    /// <summary>The script on a project and through a proxy of the test's own.</summary>
    public static async Task<SdkCase> RunAsync(
        HeadroomServer server, ProjectClient project, FlakyProxy proxy, string script, string? domain = null, JsonObject? more = null)
    {
        var uuid = Guid.CreateVersion7();

        // Two days ago to the millisecond, which is what SDKs send.
        var timestamp = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().AddDays(-2).ToUnixTimeMilliseconds());
        var input = new JsonObject
        {
            ["host"] = proxy.Address,
            ["key"] = project.WriteKey,
            ["domain"] = domain,
            ["uuid"] = uuid.ToString(),
            ["timestamp"] = timestamp.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["events"] = $"{server.Address}/api/projects/{project.Id}/events",
            ["readKey"] = project.ReadKey,
        };
        foreach (var (name, value) in more ?? [])
        {
            input[name] = value?.DeepClone();
        }

        var answer = await Node.RunAsync(script, input);
        return new SdkCase(project, uuid, timestamp, answer);
    }

    /// <summary>Exactly these events are stored, and the ledger knows of the retries.</summary>
    public async Task<IReadOnlyList<JsonNode>> AssertStoredAsync(Fault fault, params (string Event, int Count)[] expected)
    {
        var total = expected.Sum(one => one.Count);
        var events = await project.StoredAsync(total);
        Assert.Equal(
            expected.OrderBy(one => one.Event, StringComparer.Ordinal).Select(one => $"{one.Event} × {one.Count}"),
            events.GroupBy(e => (string)e["event"]!).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key} × {group.Count()}"));
        Assert.Equal(total, events.Select(e => (string)e["uuid"]!).Distinct().Count());

        var ledger = await project.LedgerAsync();
        Assert.Equal(total, ledger.Stored);
        Assert.Equal(0, ledger.Rejected);
        if (fault == Fault.LoseAnswer)
        {
            Assert.True(ledger.Duplicates > 0, "A retry of what was stored counts as a duplicate.");
        }

        return events;
    }

    public async Task<JsonNode> WholeAsync(IEnumerable<JsonNode> events, string name)
    {
        var uuid = (string)events.Single(e => (string)e["event"]! == name)["uuid"]!;
        var whole = await project.EventAsync(uuid);
        Assert.NotNull(whole);
        return whole;
    }

    /// <summary>The named properties have these values, as JSON.</summary>
    public static void AssertProperties(JsonNode whole, JsonObject expected)
    {
        var properties = whole["properties"]!.AsObject();
        foreach (var (name, value) in expected)
        {
            Assert.True(
                JsonNode.DeepEquals(value, properties[name]),
                $"{name} is {properties[name]?.ToJsonString() ?? "null"} and not {value?.ToJsonString() ?? "null"} in {whole["event"]}");
        }
    }
}
