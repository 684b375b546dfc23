using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Headroom.System.Tests.Support;
using Xunit;

namespace Headroom.System.Tests.Crashes;

/// <summary>
/// A client as an SDK is one: sends batches, remembers which were acknowledged, and keeps those that were not, to send
/// them again with the same uuids. What is kept may have been stored or not; nobody but the server knows.
/// </summary>
internal sealed class AcknowledgedEvents(ProjectClient project)
{
    private const int Senders = 4;
    private const int MostInBatch = 10;
    private readonly ConcurrentDictionary<Guid, bool> _acknowledged = new();
    private readonly ConcurrentQueue<Guid[]> _unanswered = new();

    public IReadOnlyCollection<Guid> Acknowledged => (IReadOnlyCollection<Guid>)_acknowledged.Keys;

    public int Unanswered => _unanswered.Count;

    /// <summary>Batches whose answer was lost at least once and that were sent again.</summary>
    public int Retried { get; private set; }

    /// <summary>Sends until cancelled; requests that a crash cut off are kept for later.</summary>
    public async Task SendAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() => SendManyAsync(sender, cancellationToken), CancellationToken.None)));

    /// <summary>Sends for a second, and on while something happens.</summary>
    public async Task SendDuringAsync(Func<Task> happens)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var sending = SendAsync(stop.Token);
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        await happens();
        await stop.CancelAsync();
        await sending;
    }

    /// <summary>Sends again what was never answered, until all of it is acknowledged.</summary>
    public async Task RetryAsync()
    {
        while (_unanswered.TryDequeue(out var batch))
        {
            Retried++;
            var status = await project.SendAsync(Events(batch), CancellationToken.None);
            if (status != HttpStatusCode.OK)
            {
                throw new InvalidOperationException($"A retry was answered with {(int)status}.");
            }

            Acknowledge(batch);
        }
    }

    private async Task SendManyAsync(int sender, CancellationToken cancellationToken)
    {
        var random = new Random(sender);
        while (!cancellationToken.IsCancellationRequested)
        {
            // One in eight is an earlier batch that nobody answered.
            var again = random.Next(8) == 0 && _unanswered.TryDequeue(out var old) ? old : null;
            var batch = again ?? [.. Enumerable.Range(0, random.Next(1, MostInBatch)).Select(_ => Guid.CreateVersion7())];
            try
            {
                var status = await project.SendAsync(Events(batch), cancellationToken);
                if (status == HttpStatusCode.OK)
                {
                    Acknowledge(batch);
                    continue;
                }

                _unanswered.Enqueue(batch);
                if (status != HttpStatusCode.ServiceUnavailable)
                {
                    throw new InvalidOperationException($"The server answered {(int)status}.");
                }
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                _unanswered.Enqueue(batch);
                return;
            }
        }
    }

    private void Acknowledge(Guid[] batch)
    {
        foreach (var uuid in batch)
        {
            _acknowledged[uuid] = true;
        }
    }

    private static JsonArray Events(Guid[] batch) => new([.. batch.Select(static uuid =>
        (JsonNode)ProjectClient.Event(uuid, "counted", "user-" + (uuid.GetHashCode() & 15), new JsonObject { ["plan"] = "pro", ["amount"] = uuid.GetHashCode() & 1023 }))]);
}
