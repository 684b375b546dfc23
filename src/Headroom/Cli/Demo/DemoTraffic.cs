using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Headroom.Cli.Demo;

/// <summary>Sends the story to the running server through its capture endpoint, as an SDK would.</summary>
internal sealed class DemoTraffic(HttpClient http, string writeKey, TimeProvider time)
{
    private const int BatchEvents = 1000;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

    /// <summary>Sends what happened in a span, a day at a time, and says after each how far it got. Returns the number of events.</summary>
    public async Task<int> SendHistoryAsync(DateTimeOffset from, DateTimeOffset to, Action<DateTimeOffset> sentUntil, CancellationToken cancellationToken)
    {
        var sent = 0;
        for (var day = DateOnly.FromDateTime(from.UtcDateTime); day <= DateOnly.FromDateTime(to.UtcDateTime); day = day.AddDays(1))
        {
            foreach (var batch in DemoStory.Day(day).Where(e => e.Timestamp >= from && e.Timestamp < to).Chunk(BatchEvents))
            {
                await SendAsync(batch, historical: true, cancellationToken);
                sent += batch.Length;
            }

            var end = new DateTimeOffset(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero);
            sentUntil(end < to ? end : to);
        }

        return sent;
    }

    /// <summary>
    /// Keeps visitors coming until cancelled: lively while somebody looks for the first time, calmer later, so that a
    /// demo that is left alone does not fill the disk.
    /// </summary>
    public async Task TrickleAsync(CancellationToken cancellationToken)
    {
        var random = new Random();
        var due = new PriorityQueue<DemoEvent, DateTimeOffset>();
        var started = time.GetUtcNow();
        using var timer = new PeriodicTimer(Step, time);
        do
        {
            var now = time.GetUtcNow();
            if (random.NextDouble() < VisitsPerSecond(now - started) * Step.TotalSeconds)
            {
                foreach (var e in DemoStory.VisitNow(now, random))
                {
                    due.Enqueue(e, e.Timestamp);
                }
            }

            List<DemoEvent> batch = [];
            while (due.TryPeek(out var next, out var at) && at <= now)
            {
                batch.Add(next);
                due.Dequeue();
            }

            if (batch.Count > 0)
            {
                await SendAsync(batch, historical: false, cancellationToken);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private static double VisitsPerSecond(TimeSpan running) => running.TotalMinutes switch
    {
        < 10 => 0.9,
        < 60 => 0.3,
        _ => 0.05,
    };

    private async Task SendAsync(IReadOnlyCollection<DemoEvent> events, bool historical, CancellationToken cancellationToken)
    {
        var body = Body(events, historical);
        for (var wait = TimeSpan.FromMilliseconds(50); ; wait = TimeSpan.FromSeconds(Math.Min(5, wait.TotalSeconds * 2)))
        {
            try
            {
                using var content = new ByteArrayContent(body);
                content.Headers.ContentType = new("application/json");
                using var answer = await http.PostAsync(new Uri("/batch/", UriKind.Relative), content, cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }

                if (answer.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError))
                {
                    var detail = await answer.Content.ReadAsStringAsync(cancellationToken);
                    throw new CommandFailedException(string.Create(CultureInfo.InvariantCulture,
                        $"The server refused the demo's events with {(int)answer.StatusCode}: {detail}"));
                }
            }
            catch (Exception e) when (e is HttpRequestException or SocketException)
            {
                // The server is not listening yet, or not for a moment.
            }

            await Task.Delay(wait, time, cancellationToken);
        }
    }

    private byte[] Body(IEnumerable<DemoEvent> events, bool historical)
    {
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("api_key"u8, writeKey);
            json.WriteBoolean("historical_migration"u8, historical);
            json.WriteStartArray("batch"u8);
            foreach (var e in events)
            {
                e.Write(json);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
