using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Upgrades;

/// <summary>What a data directory must still show after any update.</summary>
/// <param name="Events">uuid, name and distinct id of each event that was stored.</param>
/// <param name="Waiting">uuids of those that were acknowledged and waited in the log when the server was killed.</param>
/// <param name="Persons">Distinct ids of one person each, merged ones together.</param>
/// <param name="Passwords">By e-mail.</param>
internal sealed record KeptFacts(
    string Project, string WriteKey, string ReadKey, IReadOnlyList<string> Events, IReadOnlyList<string> Waiting, IReadOnlyList<string[]> Persons, int RetentionDays,
    IReadOnlyDictionary<string, string> Passwords);

/// <summary>
/// Data directories that earlier versions made, opened by the server of now. HEADROOM_REFRESH_DATA_DIRECTORY=1 keeps one of this
/// version under the next number, for a release; those that are there are never changed.
/// </summary>
public sealed class UpgradeTests : IDisposable
{
    private const string Prefix = "data-directory-";
    private const string Packed = ".tar.gz";
    private const int RetentionDays = 36_500;
    private static readonly string s_kept = Path.Combine(Repository.Root, "tests", "Headroom.System.Tests", "Upgrades");
    private readonly string _root = Directory.CreateTempSubdirectory("headroom-upgrade-").FullName;

    public static TheoryData<string> Kept => [.. Directory.GetFiles(s_kept, Prefix + "*" + Packed).Select(static path => Path.GetFileName(path)[..^Packed.Length]).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [MemberData(nameof(Kept))]
    public async Task A_data_directory_of_an_earlier_version_shows_everything_that_was_in_it(string name)
    {
        var facts = JsonSerializer.Deserialize<KeptFacts>(await File.ReadAllTextAsync(Path.Combine(s_kept, name + ".json"), TestContext.Current.CancellationToken))!;
        var data = Directory.CreateDirectory(Path.Combine(_root, name)).FullName;
        await TarAsync("-xzf", Path.Combine(s_kept, name + Packed), "-C", data);
        await using var server = await HeadroomServer.StartOnAsync(data);
        await CheckAsync(server, facts);
    }

    [Fact]
    public async Task The_data_directory_of_this_version_can_be_kept_and_is_opened_again()
    {
        await using var server = await HeadroomServer.StartAsync();
        var facts = await FillAsync(server);
        await server.KillAsync();
        if (Environment.GetEnvironmentVariable("HEADROOM_REFRESH_DATA_DIRECTORY") == "1")
        {
            var name = Prefix + (Kept.Count + 1).ToString(CultureInfo.InvariantCulture);
            await TarAsync("-czf", Path.Combine(s_kept, name + Packed), "--exclude=*.lock", "--exclude=./log/lock", "--owner=0", "--group=0", "-C", server.DataDirectory, ".");
            await File.WriteAllTextAsync(Path.Combine(s_kept, name + ".json"), JsonSerializer.Serialize(facts), TestContext.Current.CancellationToken);
        }

        await server.StartProcessAsync();
        await CheckAsync(server, facts);
    }

    /// <summary>Events by every protocol, persons and a merge, sessions, an operator and a member, a retention; the last events only in the log.</summary>
    private static async Task<KeptFacts> FillAsync(HeadroomServer server)
    {
        var project = await server.AddProjectAsync("Kept", "kept.example.com");
        var owner = await SignedIn.SetUpAsync(server, project.Id);
        await owner.SendAsync(HttpMethod.Patch, "", new { retentionDays = RetentionDays });
        var member = await server.RunJsonAsync("user", "add", "member@headroom.test", "--project", project.Id, "--role", "editor", "--json");
        await SendAsync(server, "/batch/", new JsonObject
        {
            ["api_key"] = project.WriteKey,
            ["batch"] = new JsonArray(
            [
                .. Enumerable.Range(0, 40).Select(static i => (JsonNode)ProjectClient.Event(
                    Guid.CreateVersion7(), i % 4 == 0 ? "$pageview" : "clicked", "user-" + (i % 5), new JsonObject { ["n"] = i, ["plan"] = i % 2 == 0 ? "pro" : "größe", ["$session_id"] = "s" + (i % 5) })),
                ProjectClient.Event(Guid.CreateVersion7(), "looked", "anon-1"),
                ProjectClient.Event(Guid.CreateVersion7(), "$identify", "ada", new JsonObject { ["$anon_distinct_id"] = "anon-1", ["$set"] = new JsonObject { ["email"] = "ada@example.com" } }),
            ]),
        });
        await SendAsync(server, "/v1/batch", new JsonObject
        {
            ["writeKey"] = project.WriteKey,
            ["batch"] = new JsonArray(
                new JsonObject { ["type"] = "identify", ["messageId"] = Guid.CreateVersion7().ToString(), ["userId"] = "grace", ["anonymousId"] = "seg-1", ["traits"] = new JsonObject { ["plan"] = "team" } },
                new JsonObject { ["type"] = "track", ["messageId"] = Guid.CreateVersion7().ToString(), ["userId"] = "grace", ["event"] = "ordered", ["properties"] = new JsonObject { ["total"] = 9.5 } }),
        });
        await SendAsync(server, "/api/event", new JsonObject { ["name"] = "pageview", ["url"] = "https://kept.example.com/a?utm_source=news", ["domain"] = "kept.example.com" });
        var stored = await project.StoredAsync(45);
        Guid[] waiting = [Guid.CreateVersion7(), Guid.CreateVersion7()];
        await project.SendAsync([.. waiting.Select(static uuid => ProjectClient.Event(uuid, "last words", "ada"))], TestContext.Current.CancellationToken);
        return new KeptFacts(
            project.Id, project.WriteKey, project.ReadKey, [.. stored.Select(Describe)], [.. waiting.Select(static uuid => uuid.ToString())],
            [["ada", "anon-1"], ["grace", "seg-1"], ["user-0"], ["user-1"], ["user-2"], ["user-3"], ["user-4"]], RetentionDays,
            new Dictionary<string, string> { [SignedIn.Email] = SignedIn.Password, ["member@headroom.test"] = (string)member["password"]! });
    }

    private static async Task CheckAsync(HeadroomServer server, KeptFacts facts)
    {
        var project = new ProjectClient(server.Http, facts.Project, facts.WriteKey, facts.ReadKey);
        var all = facts.Events.Concat(facts.Waiting.Select(static uuid => $"{uuid} last words ada")).Order(StringComparer.Ordinal);
        Assert.Equal(all, (await project.StoredAsync(facts.Events.Count + facts.Waiting.Count)).Select(Describe).Order(StringComparer.Ordinal));
        var keys = (await project.SqlAsync("SELECT distinct_id, min(person_key), max(person_key) FROM events GROUP BY ALL"))
            .ToDictionary(static row => (string)row![0]!, static row => ((long)row![1]!, (long)row[2]!));
        Assert.All(keys.Values, static key => Assert.Equal(key.Item1, key.Item2));
        foreach (var person in facts.Persons)
        {
            Assert.Single(person.Where(keys.ContainsKey).Select(id => keys[id].Item1).Distinct());
        }

        Assert.Equal(facts.Persons.Count, facts.Persons.Select(person => keys[person.First(keys.ContainsKey)].Item1).Distinct().Count());
        Assert.Equal([5L], (await project.SqlAsync("SELECT count(*) FROM sessions WHERE session_id LIKE 's_'")).Select(static row => (long)row![0]!));
        foreach (var (email, password) in facts.Passwords)
        {
            using var answer = await server.Http.PostAsJsonAsync(new Uri("/api/session", UriKind.Relative), new { email, password }, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/projects/{facts.Project}", UriKind.Relative));
            request.Headers.Add("Cookie", answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
            using var details = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
            var seen = JsonNode.Parse(await details.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
            Assert.Equal(("Kept", facts.RetentionDays), ((string)seen["name"]!, (int)seen["retentionDays"]!));
        }
    }

    private static string Describe(JsonNode e) => $"{(string)e["uuid"]!} {(string)e["event"]!} {(string)e["distinctId"]!}";

    private static async Task SendAsync(HeadroomServer server, string path, JsonObject body)
    {
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await server.Http.PostAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{path} answered {(int)answer.StatusCode}.");
    }

    private static async Task TarAsync(params string[] arguments)
    {
        using var tar = Process.Start(new ProcessStartInfo("tar", arguments))!;
        await tar.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, tar.ExitCode);
    }
}
