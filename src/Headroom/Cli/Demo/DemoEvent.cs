using System.Text.Json;

namespace Headroom.Cli.Demo;

/// <summary>One event of the demo's story.</summary>
/// <param name="Properties">Text, whole numbers, decimals and booleans.</param>
internal sealed record DemoEvent(
    Guid Uuid, string Event, string DistinctId, DateTimeOffset Timestamp, IReadOnlyList<KeyValuePair<string, object>> Properties)
{
    public void Write(Utf8JsonWriter json, bool withUuid = true)
    {
        json.WriteStartObject();
        if (withUuid)
        {
            json.WriteString("uuid"u8, Uuid);
        }

        json.WriteString("event"u8, Event);
        json.WriteString("distinct_id"u8, DistinctId);
        json.WriteString("timestamp"u8, Timestamp.UtcDateTime);
        json.WriteStartObject("properties"u8);
        foreach (var (name, value) in Properties)
        {
            switch (value)
            {
                case string text:
                    json.WriteString(name, text);
                    break;
                case int number:
                    json.WriteNumber(name, number);
                    break;
                case decimal amount:
                    json.WriteNumber(name, amount);
                    break;
                case bool flag:
                    json.WriteBoolean(name, flag);
                    break;
                case IReadOnlyList<KeyValuePair<string, object>> set:
                    json.WriteStartObject(name);
                    foreach (var (key, inner) in set)
                    {
                        json.WriteString(key, (string)inner);
                    }

                    json.WriteEndObject();
                    break;
                default:
                    throw new InvalidOperationException($"{name} has a kind of value that the story does not use.");
            }
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
