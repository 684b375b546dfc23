using System.Text;
using System.Text.Json;
using Headroom.Core;

namespace Headroom.Tests.Scale;

/// <summary>One event read back, with what it has of its request.</summary>
internal sealed record ReadEvent(int Project, long ReceivedAt, string Ip, string UserAgent, string Json)
{
    public string DistinctId => JsonDocument.Parse(Json).RootElement.GetProperty("distinct_id").GetString()!;

    public string Name => JsonDocument.Parse(Json).RootElement.GetProperty("event").GetString()!;
}

/// <summary>Makes records of the log, and reads them.</summary>
internal static class LogRecords
{
    public const long ReceivedAt = 1_795_000_000_123_456;

    public static byte[] Record(int project, params (string Id, string Event)[] events) => Record(project, 0, "192.0.2.7", "Browser \"1\"", events);

    public static byte[] Record(int project, int rejected, string ip, string userAgent, params (string Id, string Event)[] events)
    {
        using var writer = new EventBatchWriter();
        writer.Reset(new ProjectId(project), ReceivedAt, Encoding.UTF8.GetBytes(ip), Encoding.UTF8.GetBytes(userAgent));
        writer.Reject(rejected);
        foreach (var (id, name) in events)
        {
            writer.Add(new CanonicalEvent
            {
                Uuid = Guid.CreateVersion7(),
                Event = Encoding.UTF8.GetBytes(JsonEncodedText.Encode(name).ToString()),
                DistinctId = Encoding.UTF8.GetBytes(JsonEncodedText.Encode(id).ToString()),
                Timestamp = ReceivedAt,
                Properties = "{\"plan\":\"pro\"}"u8,
            });
        }

        return writer.Finish().ToArray();
    }

    public static (int Rejected, List<ReadEvent> Events) Read(ReadOnlySpan<byte> record)
    {
        var reader = new EventBatchReader(record);
        var events = new List<ReadEvent>();
        while (reader.TryRead(out var json))
        {
            events.Add(new ReadEvent(
                reader.Project.Value, reader.ReceivedAt, Encoding.UTF8.GetString(reader.Ip), Encoding.UTF8.GetString(reader.UserAgent), Encoding.UTF8.GetString(json)));
        }

        return (reader.Rejected, events);
    }

    /// <summary>Reads until the reader has come to a place.</summary>
    public static async Task<(int Rejected, List<ReadEvent> Events)> ReadToAsync(this ILogReader reader, LogPosition end, CancellationToken cancellationToken, int maxBytes = 1 << 20)
    {
        var (rejected, events) = (0, new List<ReadEvent>());
        while (!reader.Position.Reaches(end))
        {
            foreach (var record in await reader.ReadAsync(maxBytes, cancellationToken))
            {
                var read = Read(record.Payload.Span);
                rejected += read.Rejected;
                events.AddRange(read.Events);
            }
        }

        return (rejected, events);
    }
}
