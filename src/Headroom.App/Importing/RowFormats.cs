using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Headroom.App.Importing;

/// <summary>Makes an event of PostHog's form from one line.</summary>
internal interface ILineFormat : IDisposable
{
    /// <summary>Appends the event as JSON. Otherwise appends nothing and says in a few words what is wrong.</summary>
    bool TryWrite(ReadOnlySpan<byte> line, Guid uuid, IBufferWriter<byte> output, out string? problem);
}

/// <summary>
/// One event of PostHog's form in a line, sent on as it is. A uuid of its own stays; otherwise the row's is added. An
/// event must say when it happened: the server would take now, which is never right for history.
/// </summary>
internal sealed class NdjsonFormat : ILineFormat
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    public bool TryWrite(ReadOnlySpan<byte> line, Guid uuid, IBufferWriter<byte> output, out string? problem)
    {
        // Whatever JSON takes for space: the object must begin where the line does.
        line = line.Trim(" \t\r"u8);
        problem = Check(line, out var hasUuid);
        if (problem is not null)
        {
            return false;
        }

        if (hasUuid)
        {
            output.Write(line);
            return true;
        }

        output.Write("{\"uuid\":\""u8);
        uuid.TryFormat(output.GetSpan(36), out var written);
        output.Advance(written);
        output.Write("\","u8);
        output.Write(line[1..]);
        return true;
    }

    public void Dispose()
    {
        // It holds nothing.
    }

    private static string? Check(ReadOnlySpan<byte> line, out bool hasUuid)
    {
        hasUuid = false;
        if (!Utf8.IsValid(line))
        {
            return "It is not UTF-8.";
        }

        bool hasEvent = false, hasDistinctId = false, hasTimestamp = false;
        var reader = new Utf8JsonReader(line, Options);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return "It is not a JSON object.";
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isEvent = NameIs(in reader, "event"u8);
                var isDistinctId = NameIs(in reader, "distinct_id"u8) || NameIs(in reader, "$distinct_id"u8);
                var isTimestamp = NameIs(in reader, "timestamp"u8);
                var isUuid = NameIs(in reader, "uuid"u8);
                var isProperties = NameIs(in reader, "properties"u8);
                reader.Read();
                var filled = reader.TokenType == JsonTokenType.Number || (reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0);
                hasEvent |= isEvent && reader.TokenType == JsonTokenType.String && filled;
                hasDistinctId |= isDistinctId && filled;
                hasTimestamp |= isTimestamp && filled;
                hasUuid |= isUuid;
                if (isProperties && reader.TokenType == JsonTokenType.StartObject)
                {
                    var depth = reader.CurrentDepth;
                    while (reader.Read() && reader.CurrentDepth > depth)
                    {
                        if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == depth + 1 && NameIs(in reader, "distinct_id"u8))
                        {
                            reader.Read();
                            hasDistinctId |= reader.TokenType == JsonTokenType.Number ||
                                (reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0);
                            reader.Skip();
                        }
                    }
                }
                else
                {
                    reader.Skip();
                }
            }

            // What follows the object makes this throw.
            reader.Read();
        }
        catch (JsonException)
        {
            return "It is not valid JSON.";
        }

        return !hasEvent ? "It has no event name."
            : !hasDistinctId ? "It has no distinct_id."
            : !hasTimestamp ? "It has no timestamp."
            : null;
    }

    private static bool NameIs(in Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        try
        {
            return reader.ValueTextEquals(name);
        }
        catch (InvalidOperationException)
        {
            // Half of an escaped surrogate pair, in whose place capture puts U+FFFD: no name that is looked for.
            return false;
        }
    }
}

/// <summary>
/// The combined log of nginx and Apache: <c>address - user [time] "GET /path HTTP/1.1" status bytes "referrer" "agent"</c>,
/// the last two optional. A visitor is a hash of address and agent, keyed by the write key; the address itself is not sent.
/// </summary>
internal sealed class AccessLogFormat(string eventName, string? site, string writeKey) : ILineFormat
{
    /// <summary>For both formats that write JSON: the text goes to a program and into no page.</summary>
    internal static readonly JsonWriterOptions Json = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Its last hours by some clocks are past what a time can be in UTC from the year after on.</summary>
    private const int LastYear = 9998;

    private static readonly string[] Months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    private readonly IncrementalHash _visitors = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(writeKey));
    private readonly ArrayBufferWriter<byte> _scratch = new(4096);
    private readonly Utf8JsonWriter _json = new(Stream.Null, Json);
    private readonly byte[] _site = Encoding.UTF8.GetBytes(site?.TrimEnd('/') ?? "");
    private readonly JsonEncodedText _eventName = JsonEncodedText.Encode(eventName);

    public bool TryWrite(ReadOnlySpan<byte> line, Guid uuid, IBufferWriter<byte> output, out string? problem)
    {
        if (!TryParse(line, out var entry))
        {
            problem = "It is not a line of an access log in the combined form.";
            return false;
        }

        problem = null;
        Span<byte> hash = stackalloc byte[32];
        _scratch.ResetWrittenCount();
        _scratch.Write(entry.Address);
        _scratch.Write("\0"u8);
        _scratch.Write(entry.Agent);
        _visitors.AppendData(_scratch.WrittenSpan);
        _visitors.GetHashAndReset(hash);
        Span<byte> visitor = stackalloc byte[24];
        "visitor-"u8.CopyTo(visitor);
        Convert.TryToHexStringLower(hash[..8], visitor[8..], out _);

        _json.Reset(output);
        _json.WriteStartObject();
        _json.WriteString("uuid"u8, uuid);
        _json.WriteString("event"u8, _eventName);
        _json.WriteString("distinct_id"u8, visitor);
        _json.WriteString("timestamp"u8, entry.Time);
        _json.WriteStartObject("properties"u8);
        _json.WriteBoolean("$process_person_profile"u8, false);
        var query = entry.Path.IndexOf((byte)'?');
        WriteText("$pathname"u8, query < 0 ? entry.Path : entry.Path[..query]);
        _scratch.ResetWrittenCount();
        _scratch.Write(_site);
        _scratch.Write(entry.Path);
        WriteText("$current_url"u8, _scratch.WrittenSpan);
        _json.WriteString("method"u8, entry.Method);
        _json.WriteNumber("status"u8, entry.Status);
        if (entry.Bytes >= 0)
        {
            _json.WriteNumber("bytes"u8, entry.Bytes);
        }

        if (!entry.Referrer.IsEmpty && !entry.Referrer.SequenceEqual("-"u8))
        {
            WriteText("$referrer"u8, entry.Referrer);
        }

        if (!entry.Agent.IsEmpty && !entry.Agent.SequenceEqual("-"u8))
        {
            WriteText("$raw_user_agent"u8, entry.Agent);
        }

        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.Flush();
        return true;
    }

    public void Dispose()
    {
        _visitors.Dispose();
        _json.Dispose();
    }

    internal static bool TryParse(ReadOnlySpan<byte> line, out AccessLogEntry entry)
    {
        entry = default;
        var space = line.IndexOf((byte)' ');
        var open = line.IndexOf((byte)'[');
        if (space <= 0 || open < space || line.Length < open + 28 || line[open + 27] != ']')
        {
            return false;
        }

        entry.Address = line[..space];
        if (!TryTime(line.Slice(open + 1, 26), out entry.Time))
        {
            return false;
        }

        var rest = line[(open + 28)..];
        if (!TryQuoted(ref rest, out var request))
        {
            return false;
        }

        var methodEnd = request.IndexOf((byte)' ');
        if (methodEnd <= 0)
        {
            return false;
        }

        entry.Method = request[..methodEnd];
        if (entry.Method.ContainsAnyExceptInRange((byte)'A', (byte)'Z'))
        {
            return false;
        }

        var target = request[(methodEnd + 1)..];
        var targetEnd = target.LastIndexOf((byte)' ');
        entry.Path = targetEnd < 0 ? target : target[..targetEnd];
        rest = rest.TrimStart((byte)' ');
        if (entry.Path.IsEmpty || !Utf8Parser.TryParse(rest, out entry.Status, out var digits) || digits != 3)
        {
            return false;
        }

        rest = rest[digits..].TrimStart((byte)' ');
        if (Utf8Parser.TryParse(rest, out entry.Bytes, out digits))
        {
            rest = rest[digits..];
        }
        else if (rest is [(byte)'-', ..])
        {
            entry.Bytes = -1;
            rest = rest[1..];
        }
        else
        {
            return false;
        }

        if (TryQuoted(ref rest, out entry.Referrer))
        {
            TryQuoted(ref rest, out entry.Agent);
        }

        return true;
    }

    // Servers escape quotes and unprintable bytes: \" and \xHH.
    private static bool TryQuoted(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> text)
    {
        text = default;
        var start = rest.IndexOf((byte)'"');
        if (start < 0)
        {
            return false;
        }

        for (var i = start + 1; i < rest.Length; i++)
        {
            if (rest[i] == '\\')
            {
                i++;
            }
            else if (rest[i] == '"')
            {
                text = rest[(start + 1)..i];
                rest = rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    // 10/Oct/2026:13:55:36 -0700
    private static bool TryTime(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        var month = 0;
        for (var i = 0; i < Months.Length && month == 0; i++)
        {
            if (Ascii.Equals(text.Slice(3, 3), Months[i]))
            {
                month = i + 1;
            }
        }

        var sign = text[21] switch { (byte)'+' => 1, (byte)'-' => -1, _ => 0 };
        if (month == 0 || sign == 0 || text[2] != '/' || text[6] != '/' || text[11] != ':' || text[14] != ':' || text[17] != ':' || text[20] != ' ' ||
            !Number(text[..2], out var day) || !Number(text.Slice(7, 4), out var year) || !Number(text.Slice(12, 2), out var hour) ||
            !Number(text.Slice(15, 2), out var minute) || !Number(text.Slice(18, 2), out var second) ||
            !Number(text.Slice(22, 2), out var offsetHours) || !Number(text.Slice(24, 2), out var offsetMinutes) ||
            year is < 1970 or > LastYear || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 60 ||
            offsetHours > 14 || offsetMinutes > 59 || (offsetHours == 14 && offsetMinutes > 0))
        {
            return false;
        }

        // A leap second counts as the last one before it.
        time = new DateTimeOffset(year, month, day, hour, minute, Math.Min(second, 59), new TimeSpan(sign * offsetHours, sign * offsetMinutes, 0)).ToUniversalTime();
        return true;
    }

    private static bool Number(ReadOnlySpan<byte> text, out int value) =>
        Utf8Parser.TryParse(text, out value, out var used) && used == text.Length && value >= 0;

    private void WriteText(ReadOnlySpan<byte> name, ReadOnlySpan<byte> raw)
    {
        if (raw.IndexOf((byte)'\\') < 0 && Utf8.IsValid(raw))
        {
            _json.WriteString(name, raw);
        }
        else
        {
            _json.WriteString(name, Unescape(raw));
        }
    }

    private static string Unescape(ReadOnlySpan<byte> raw)
    {
        var bytes = new byte[raw.Length];
        var length = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] == '\\' && i + 3 < raw.Length && raw[i + 1] == 'x' &&
                byte.TryParse(raw.Slice(i + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                bytes[length++] = value;
                i += 3;
            }
            else if (raw[i] == '\\' && i + 1 < raw.Length && raw[i + 1] is (byte)'"' or (byte)'\\')
            {
                bytes[length++] = raw[++i];
            }
            else
            {
                bytes[length++] = raw[i];
            }
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}

/// <summary>The fields of one line, as they stand there. Bytes is −1 where the log has none.</summary>
internal ref struct AccessLogEntry
{
    public ReadOnlySpan<byte> Address;
    public DateTimeOffset Time;
    public ReadOnlySpan<byte> Method;
    public ReadOnlySpan<byte> Path;
    public int Status;
    public long Bytes;
    public ReadOnlySpan<byte> Referrer;
    public ReadOnlySpan<byte> Agent;
}
