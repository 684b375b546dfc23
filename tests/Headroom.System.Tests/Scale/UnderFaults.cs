using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Scale;

/// <summary>
/// A bounded load while parts of a cluster break: senders as SDKs are, each with the next process that takes events when one does not, and somebody who
/// asks. What was not acknowledged is sent again with the same uuids until it is.
/// </summary>
internal sealed class UnderFaults(IReadOnlyList<ProjectClient> captures, IReadOnlyList<ProjectClient> queries)
{
    private const int Senders = 3;
    private const int EventsInBatch = 5;
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(25);
    private readonly ConcurrentDictionary<Guid, bool> _acknowledged = new();
    private readonly ConcurrentQueue<Guid[]> _waiting = new();
    private long _answers;
    private long _refusals;
    private int _turn;

    public ICollection<Guid> Acknowledged => _acknowledged.Keys;

    public long Answers => Interlocked.Read(ref _answers);

    public long Refusals => Interlocked.Read(ref _refusals);

    public int Waiting => _waiting.Count;

    public Task RunAsync(CancellationToken cancel) =>
        Task.WhenAll([.. Enumerable.Range(0, Senders).Select(_ => Task.Run(() => SendAsync(cancel), CancellationToken.None)), Task.Run(() => AskAsync(cancel), CancellationToken.None)]);

    /// <summary>Until everything is acknowledged.</summary>
    public async Task FinishAsync(TimeSpan deadline) => await Until.TrueAsync("everything is acknowledged", async () =>
    {
        while (_waiting.TryDequeue(out var batch))
        {
            if (!await TrySendAsync(batch, CancellationToken.None))
            {
                return false;
            }
        }

        return true;
    }, deadline);

    private async Task SendAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            var batch = _waiting.TryDequeue(out var old) ? old : [.. Enumerable.Range(0, EventsInBatch).Select(static _ => Guid.CreateVersion7())];
            await TrySendAsync(batch, cancel);
            await PauseAsync(s_pace, cancel);
        }
    }

    private async Task<bool> TrySendAsync(Guid[] batch, CancellationToken cancel)
    {
        var to = captures[(int)((uint)Interlocked.Increment(ref _turn) % captures.Count)];
        try
        {
            var status = await to.SendAsync(
                new JsonArray([.. batch.Select(static uuid => (JsonNode)ProjectClient.Event(uuid, "counted", "user-" + (uuid.GetHashCode() & 15)))]), cancel);
            if (status == HttpStatusCode.OK)
            {
                foreach (var uuid in batch)
                {
                    _acknowledged[uuid] = true;
                }

                return true;
            }

            if (status != HttpStatusCode.ServiceUnavailable)
            {
                throw new InvalidOperationException($"An event was answered with {(int)status}.");
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // Nobody knows whether it was taken: it is sent again.
        }

        _waiting.Enqueue(batch);
        return false;
    }

    private async Task AskAsync(CancellationToken cancel)
    {
        for (var turn = 0; !cancel.IsCancellationRequested; turn++)
        {
            Interlocked.Increment(ref await AnswersAsync(queries[turn % queries.Count], cancel) ? ref _answers : ref _refusals);
            await PauseAsync(TimeSpan.FromMilliseconds(150), cancel);
        }
    }

    /// <summary>Whether a count, which nobody keeps, is answered.</summary>
    public static async Task<bool> AnswersAsync(ProjectClient project, CancellationToken cancel)
    {
        try
        {
            using var request = project.Request(HttpMethod.Post, "query");
            request.Content = new StringContent(new JsonObject
            {
                ["kind"] = "trends",
                ["series"] = new JsonArray(new JsonObject { ["event"] = "counted", ["math"] = "total" }),
                ["range"] = new JsonObject
                {
                    ["from"] = TimeProvider.System.GetUtcNow().AddDays(-1).UtcDateTime.ToString("O"),
                    ["to"] = TimeProvider.System.GetUtcNow().AddDays(1).UtcDateTime.ToString("O"),
                },
                ["interval"] = "day",
            }.ToJsonString(), global::System.Text.Encoding.UTF8, "application/json");
            using var answer = await project.SendAsync(request, cancel);
            return answer.IsSuccessStatusCode && JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancel))!["series"] is not null;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException)
        {
            return false;
        }
    }

    private static async Task PauseAsync(TimeSpan time, CancellationToken cancel)
    {
        try
        {
            await Task.Delay(time, cancel);
        }
        catch (OperationCanceledException)
        {
            // The load is over.
        }
    }
}
