using System.Buffers;
using System.Globalization;
using System.Text.Json;
using CsvHelper;

namespace Headroom.App.Importing;

/// <summary>
/// Which columns are what. The fields event, distinct_id, timestamp and uuid are taken from the columns that the mapping
/// names, else from columns of their own name; one that is mapped to no column has none. Every other column is a property.
/// </summary>
internal sealed class CsvFormat : IDisposable
{
    private readonly JsonEncodedText[] _properties;
    private readonly int _event;
    private readonly int _distinctId;
    private readonly int _timestamp;
    private readonly int _uuid;
    private readonly string? _eventName;
    private readonly Utf8JsonWriter _json = new(Stream.Null, AccessLogFormat.Json);

    public CsvFormat(IReadOnlyList<string> header, IReadOnlyDictionary<string, string> mapping, string? eventName)
    {
        _eventName = eventName;
        _event = Find("event", needed: eventName is null);
        _distinctId = Find("distinct_id", needed: true);
        _timestamp = Find("timestamp", needed: true);
        _uuid = Find("uuid", needed: false);
        _properties = [.. header.Select(static name => JsonEncodedText.Encode(name))];

        int Find(string field, bool needed)
        {
            var column = mapping.GetValueOrDefault(field, field);
            if (column.Length == 0 && !needed)
            {
                return -1;
            }

            for (var i = 0; i < header.Count; i++)
            {
                if (string.Equals(header[i], column, StringComparison.OrdinalIgnoreCase))
                {
                    return i;
                }
            }

            return needed || mapping.ContainsKey(field)
                ? throw new MissingColumnException(field, column.Length == 0
                    ? $"There must be a column for {field}."
                    : $"The file has no column \"{column}\" for {field}. Its columns are: {Short(string.Join(", ", header), 500)}.")
                : -1;
        }
    }

    public bool TryWrite(CsvParser row, Guid uuid, IBufferWriter<byte> output, out string? problem)
    {
        problem = Check(row, uuid, out var name, out var time, out uuid);
        if (problem is not null)
        {
            return false;
        }

        _json.Reset(output);
        _json.WriteStartObject();
        _json.WriteString("uuid"u8, uuid);
        _json.WriteString("event"u8, name);
        _json.WriteString("distinct_id"u8, row[_distinctId]);
        _json.WriteString("timestamp"u8, time.UtcDateTime);
        _json.WriteStartObject("properties"u8);
        for (var i = 0; i < _properties.Length; i++)
        {
            if (i != _event && i != _distinctId && i != _timestamp && i != _uuid && row[i].Length > 0)
            {
                WriteProperty(_properties[i], row[i]);
            }
        }

        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.Flush();
        return true;
    }

    public void Dispose() => _json.Dispose();

    /// <summary>ISO 8601 and what .NET reads in the invariant culture, in UTC where it names no zone; or seconds, milliseconds or microseconds since 1970.</summary>
    internal static bool TryTime(string text, out DateTimeOffset time)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && text.Length >= 9)
        {
            var micros = text.Length switch { <= 11 => number * 1_000_000, <= 14 => number * 1_000, _ => number };
            time = Core.UnixMicros.ToInstant(Math.Clamp(micros, Core.UnixMicros.Min, Core.UnixMicros.Max));
            return true;
        }

        return DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowWhiteSpaces, out time);
    }

    private string? Check(CsvParser row, Guid rowUuid, out string name, out DateTimeOffset time, out Guid uuid)
    {
        time = default;
        uuid = rowUuid;
        name = _eventName ?? "";
        if (row.Count != _properties.Length)
        {
            return string.Create(CultureInfo.InvariantCulture, $"It has {row.Count} fields, the header {_properties.Length}.");
        }

        name = _eventName ?? row[_event];
        return name.Length == 0 ? "The event name is empty."
            : row[_distinctId].Length == 0 ? "The distinct_id is empty."
            : !TryTime(row[_timestamp], out time) ? $"\"{Short(row[_timestamp])}\" is no timestamp."
            : _uuid >= 0 && row[_uuid].Length > 0 && !Guid.TryParse(row[_uuid], out uuid) ? $"\"{Short(row[_uuid])}\" is no uuid."
            : null;
    }

    private static string Short(string text, int most = 40) => text.Length <= most ? text : text[..most] + "…";

    // A number is a number only in the form that JSON writes it, so that 007 and +49… stay the text they are.
    private void WriteProperty(JsonEncodedText name, string value)
    {
        if (value is "true" or "false")
        {
            _json.WriteBoolean(name, value == "true");
        }
        else if (value.Length < 16 && IsJsonNumber(value))
        {
            _json.WritePropertyName(name);
            _json.WriteRawValue(value, skipInputValidation: true);
        }
        else
        {
            _json.WriteString(name, value);
        }
    }

    private static bool IsJsonNumber(string value)
    {
        var digits = value.AsSpan(value[0] == '-' ? 1 : 0);
        var dot = digits.IndexOf('.');
        var whole = dot < 0 ? digits : digits[..dot];
        return whole.Length > 0 && !whole.ContainsAnyExceptInRange('0', '9') && (whole.Length == 1 || whole[0] != '0') &&
            (dot < 0 || (dot + 1 < digits.Length && !digits[(dot + 1)..].ContainsAnyExceptInRange('0', '9')));
    }
}
