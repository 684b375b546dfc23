// A message is one event. Its value is the event's canonical JSON (EventBatch.cs) with the members of its request before it:
//
//   {"project":1,"received_at":"2026-11-23T23:27:00.123456Z"[,"ip":"…"][,"user_agent":"…"],"uuid":"…","event":"…",…}
//
// Its key is the project and the distinct id, "1/ada": events of one distinct id are in one partition, in their order.
//
// Of events that were refused in a request, which have no content, a message of its own tells the number, so that the ledger
// survives. Not a header, which brokers before 0.11 do not have and consumers do not show. Its key is the project alone, "1":
//
//   {"project":1,"received_at":"2026-11-23T23:27:00.123456Z","rejected":2}
//
// Members are in this order and without white space; anything else in the topic is not ours.

using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Headroom.Core;

namespace Headroom.Scale.Kafka;

/// <summary>Turns a record of the log into messages.</summary>
internal static class KafkaMessages
{
    /// <param name="send">Takes the key and the value of each message.</param>
    /// <exception cref="InvalidDataException">The record is not of the format, or an event in it is not.</exception>
    public static void Write(ReadOnlySpan<byte> record, Action<byte[], byte[]> send)
    {
        var reader = new EventBatchReader(record);
        var project = reader.Project.Value.ToString(CultureInfo.InvariantCulture);
        if (reader.Rejected > 0)
        {
            var value = string.Create(CultureInfo.InvariantCulture, $"{Request(project, reader.ReceivedAt)},\"rejected\":{reader.Rejected}}}");
            send(Encoding.UTF8.GetBytes(project), Encoding.UTF8.GetBytes(value));
        }

        if (reader.Count == 0)
        {
            return;
        }

        var request = Encoding.UTF8.GetBytes(Request(project, reader.ReceivedAt) + Text("ip", reader.Ip) + Text("user_agent", reader.UserAgent) + ",");
        while (reader.TryRead(out var json))
        {
            var value = new byte[request.Length + json.Length - 1];
            request.CopyTo(value, 0);
            json[1..].CopyTo(value.AsSpan(request.Length));
            send(Key(project, json), value);
        }
    }

    private static string Request(string project, long receivedAt)
    {
        Span<byte> timestamp = stackalloc byte[CanonicalTimestamp.Length];
        CanonicalTimestamp.Format(receivedAt, timestamp);
        return $"{{\"project\":{project},\"received_at\":\"{Encoding.ASCII.GetString(timestamp)}\"";
    }

    /// <summary>Bytes that are no UTF-8 become U+FFFD: JSON has no other way.</summary>
    private static string Text(string name, ReadOnlySpan<byte> value) => value.IsEmpty
        ? ""
        : $",\"{name}\":\"{JsonEncodedText.Encode(Encoding.UTF8.GetString(value), JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    private static byte[] Key(string project, ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isKey = reader.ValueTextEquals("distinct_id"u8);
                reader.Read();
                if (isKey && reader.TokenType == JsonTokenType.String)
                {
                    var key = new byte[project.Length + 1 + (reader.HasValueSequence ? 0 : reader.ValueSpan.Length)];
                    var at = Encoding.ASCII.GetBytes(project, key);
                    key[at++] = (byte)'/';
                    at += reader.CopyString(key.AsSpan(at));
                    return at == key.Length ? key : key[..at];
                }

                reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException("An event in the record is not canonical JSON.", e);
        }

        throw new InvalidDataException("An event in the record has no distinct id.");
    }
}

/// <summary>Turns messages back into records. Consecutive messages of one request become one record.</summary>
internal sealed class KafkaRecords : IDisposable
{
    /// <summary>Past it a record is ended, so that what is read at once stays bounded.</summary>
    private const int MaxRecordBytes = 1 << 20;

    private readonly EventBatchWriter _batch = new();
    private byte[] _request = [];
    private bool _isOpen;

    /// <summary>Whether there is something to <see cref="Finish"/>.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>
    /// Adds a message's value, which may be changed by it. False where it is not ours, or belongs to another record than the open
    /// one: <paramref name="isForeign"/> tells.
    /// </summary>
    public bool TryAdd(Span<byte> value, out bool isForeign)
    {
        isForeign = false;
        if (_isOpen)
        {
            if (_request.Length == 0 || _batch.Length + value.Length > MaxRecordBytes || !value.StartsWith(_request) ||
                !value[_request.Length..].StartsWith("\"uuid\":"u8) || value[^1] != '}')
            {
                return false;
            }

            AddEvent(value, _request.Length);
            return true;
        }

        isForeign = !TryBegin(value);
        return !isForeign;
    }

    /// <summary>The open record; valid until the next call of anything.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        _isOpen = false;
        return _batch.Finish().Span;
    }

    public void Dispose() => _batch.Dispose();

    private bool TryBegin(Span<byte> value)
    {
        if (value.Length < 2 || value[^1] != '}' || !value.StartsWith("{\"project\":"u8))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(value);
            reader.Read();
            reader.Read();
            if (!reader.Read() || !reader.TryGetInt32(out var project) || project <= 0 ||
                !Next(ref reader, "received_at"u8) || !CanonicalTimestamp.TryParse(reader.ValueSpan, out var receivedAt) || !reader.Read())
            {
                return false;
            }

            if (reader.ValueTextEquals("rejected"u8))
            {
                if (!reader.Read() || !reader.TryGetInt32(out var rejected) || rejected <= 0)
                {
                    return false;
                }

                _batch.Reset(new ProjectId(project), receivedAt, default, default);
                _batch.Reject(rejected);
                (_request, _isOpen) = ([], true);
                return true;
            }

            Span<byte> ip = stackalloc byte[64];
            Span<byte> userAgent = new byte[4];
            var (ipLength, userAgentLength) = (0, 0);
            if (reader.ValueTextEquals("ip"u8))
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length > ip.Length)
                {
                    return false;
                }

                ipLength = reader.CopyString(ip);
                reader.Read();
            }

            if (reader.ValueTextEquals("user_agent"u8))
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.String)
                {
                    return false;
                }

                userAgent = new byte[reader.ValueSpan.Length];
                userAgentLength = reader.CopyString(userAgent);
                reader.Read();
            }

            if (reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("uuid"u8))
            {
                return false;
            }

            var start = (int)reader.TokenStartIndex;
            _request = value[..start].ToArray();
            _batch.Reset(new ProjectId(project), receivedAt, ip[..ipLength], userAgent[..userAgentLength]);
            AddEvent(value, start);
            _isOpen = true;
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }

        static bool Next(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) =>
            reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(name) && reader.Read() && reader.TokenType == JsonTokenType.String;
    }

    /// <summary>The comma before the event's first member becomes its brace.</summary>
    private void AddEvent(Span<byte> value, int start)
    {
        value[start - 1] = (byte)'{';
        _batch.AddJson(value[(start - 1)..]);
    }
}
