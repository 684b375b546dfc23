using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Crashes;

/// <summary>kill -9 while persons are being deleted: every deletion is finished after the start, and nobody else loses an event.</summary>
public sealed class RemovalCrashTests(ITestOutputHelper output)
{
    private const int Persons = 12;
    private const int Batches = 60;
    private const int InBatch = 100;
    private const int Deleted = 6;

    [Fact]
    public async Task A_deletion_that_is_killed_in_the_middle_completes_with_the_right_receipt_and_others_keep_every_event_once()
    {
        await using var server = await HeadroomServer.StartAsync();
        var project = await server.AddProjectAsync("deletions");
        var owner = await SignedIn.SetUpAsync(server, project.Id);
        var sent = new List<(Guid Uuid, int Person)>();
        for (var batch = 0; batch < Batches; batch++)
        {
            var events = Enumerable.Range(0, InBatch).Select(i => (Uuid: Guid.CreateVersion7(), Person: (batch + i) % Persons)).ToList();
            Assert.Equal(
                global::System.Net.HttpStatusCode.OK,
                await project.SendAsync([.. events.Select(e => (JsonNode)ProjectClient.Event(e.Uuid, "seen", "person-" + e.Person, new JsonObject { ["n"] = e.Person }))], TestContext.Current.CancellationToken));
            sent.AddRange(events);
        }

        await project.DrainAsync();
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var receipts = new Dictionary<int, string>();
        for (var person = 0; person < Deleted; person++)
        {
            var found = (await owner.GetAsync($"persons?search=person-{person}"))["persons"]!.AsArray();
            var uuid = (string)found.Single(p => p!["distinctIds"]!.AsArray().Any(d => (string)d! == "person-" + person))!["uuid"]!;
            var receipt = await owner.SendAsync(HttpMethod.Delete, $"persons/{uuid}");
            receipts[person] = (string)receipt["id"]!;
            await Task.Delay(random.Next(0, 250), TestContext.Current.CancellationToken);
            await server.KillAsync();
            await server.StartProcessAsync();

            // What comes after the request makes a new person, also while the deletion is not done.
            var later = Guid.CreateVersion7();
            Assert.Equal(global::System.Net.HttpStatusCode.OK, await project.SendAsync([ProjectClient.Event(later, "later", "person-" + person)], TestContext.Current.CancellationToken));
        }

        foreach (var (person, id) in receipts)
        {
            JsonNode receipt = new JsonObject();
            await Until.TrueAsync("the deletion is done", async () => (string)(receipt = await owner.GetAsync($"deletions/{id}"))["state"]! == "done", TimeSpan.FromMinutes(1), () => Task.FromResult(receipt.ToJsonString()));
            Assert.Equal((sent.Count(e => e.Person == person), 1), ((int)receipt["events"]!, (int)receipt["distinctIds"]!));
        }

        var ledger = await project.DrainAsync();
        Assert.Equal(sent.Count + Deleted, ledger.Stored);
        var removed = (await project.GetAsync("ledger"))["removed"]!;
        Assert.Equal(sent.Count(e => e.Person < Deleted), (int)removed["deletion"]!);
        var stored = await project.EventsAsync();
        Assert.Equal(
            sent.Where(e => e.Person >= Deleted).Select(e => e.Uuid).Order(),
            stored.Where(e => (string)e["event"]! == "seen").Select(e => Guid.Parse((string)e["uuid"]!)).Order());
        Assert.Equal(Deleted, stored.Count(e => (string)e["event"]! == "later"));
        Assert.Equal(sent.Count(e => e.Person >= Deleted), await project.TotalAsync("seen"));
        Assert.Equal(Persons, await project.TotalAsync(null, "unique_persons"));
    }
}
