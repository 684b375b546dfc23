// One record of the event log: the events of one request.
//
//   byte    format version, 1
//   int32   project                       all integers little-endian
//   int64   received_at                   unix microseconds
//   uint16  length of ip, then its bytes  (UTF-8 text, may be empty)
//   uint16  length of user agent, bytes   (UTF-8 text, cut at 1,000 bytes)
//   int32   events rejected in this request
//   int32   events in this record
//   then for each event: int32 length, and that many bytes of JSON
//
// The JSON of an event has these members in this order; those in brackets only where they say something:
//   {"uuid":"…","event":"…","distinct_id":"…","timestamp":"2026-11-23T23:27:00.123456Z"
//    [,"previous_distinct_id":"…"],"properties":{…}[,"set":{…}][,"set_once":{…}][,"unset":[…]]}
// uuid is lower-case with hyphens. Invariants: event and distinct_id are not empty; the timestamp is UTC with
// exactly six decimals; the whole is valid UTF-8 JSON. With project, received_at, ip and user_agent added,
// the same JSON is the value of a Kafka message, so that others can read the topic.

using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;

namespace Headroom.Core;

/// <summary>One canonical event as spans of JSON text. The strings are the escaped inside of a JSON string, without quotes.</summary>
public ref struct CanonicalEvent
{
    public Guid Uuid;

    /// <summary>Escaped JSON text, not empty.</summary>
    public ReadOnlySpan<byte> Event;

    /// <summary>Escaped JSON text, not empty.</summary>
    public ReadOnlySpan<byte> DistinctId;

    /// <summary>Unix microseconds, already corrected for clock skew, within the years 1 to 9999.</summary>
    public long Timestamp;

    /// <summary>
    /// The cookieless visitor's distinct id under yesterday's salt (escaped JSON text), or empty. The Writer
    /// keeps it when a visit under it is still going on, so that visits cross midnight.
    /// </summary>
    public ReadOnlySpan<byte> PreviousDistinctId;

    /// <summary>A JSON object, or empty for none.</summary>
    public ReadOnlySpan<byte> Properties;

    /// <summary>A JSON object, or empty.</summary>
    public ReadOnlySpan<byte> Set;

    /// <summary>A JSON object, or empty.</summary>
    public ReadOnlySpan<byte> SetOnce;

    /// <summary>A JSON array of strings, or empty.</summary>
    public ReadOnlySpan<byte> Unset;
}

/// <summary>Builds one log record in a pooled buffer. Reusable after <see cref="Reset"/>; not safe for concurrent use.</summary>
public sealed class EventBatchWriter : IDisposable
{
    internal const byte FormatVersion = 1;
    internal const int MaxUserAgentBytes = 1000;
    private byte[] _buffer = [];
    private int _length;
    private int _countsAt;
    private int _count;
    private int _rejected;

    public int Count => _count;

    public int Rejected => _rejected;

    /// <summary>Bytes written so far.</summary>
    public int Length => _length;

    public void Reset(ProjectId project, long receivedAt, ReadOnlySpan<byte> ip, ReadOnlySpan<byte> userAgent)
    {
        if (ip.Length > 64)
        {
            ip = default;
        }

        if (userAgent.Length > MaxUserAgentBytes)
        {
            userAgent = CutUtf8(userAgent, MaxUserAgentBytes);
        }

        _length = 0;
        _count = 0;
        _rejected = 0;
        Ensure(1 + 4 + 8 + 2 + ip.Length + 2 + userAgent.Length + 8);
        _buffer[_length++] = FormatVersion;
        WriteInt32(project.Value);
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.AsSpan(_length), receivedAt);
        _length += 8;
        WriteShortText(ip);
        WriteShortText(userAgent);
        _countsAt = _length;
        _length += 8;
    }

    /// <summary>Counts events of this request that were refused one by one, for the ledger.</summary>
    public void Reject(int events) => _rejected += events;

    public void Add(scoped in CanonicalEvent e)
    {
        var bound = 4 + 200 + e.Event.Length + e.DistinctId.Length + e.PreviousDistinctId.Length +
            e.Properties.Length + e.Set.Length + e.SetOnce.Length + e.Unset.Length;
        Ensure(bound);
        var start = _length;
        _length += 4;
        Write("{\"uuid\":\""u8);
        e.Uuid.TryFormat(_buffer.AsSpan(_length), out var written);
        _length += written;
        Write("\",\"event\":\""u8);
        Write(e.Event);
        Write("\",\"distinct_id\":\""u8);
        Write(e.DistinctId);
        Write("\",\"timestamp\":\""u8);
        _length += CanonicalTimestamp.Format(e.Timestamp, _buffer.AsSpan(_length));
        Write("\""u8);
        if (!e.PreviousDistinctId.IsEmpty)
        {
            Write(",\"previous_distinct_id\":\""u8);
            Write(e.PreviousDistinctId);
            Write("\""u8);
        }

        Write(",\"properties\":"u8);
        Write(e.Properties.IsEmpty ? "{}"u8 : e.Properties);
        WriteOptional(",\"set\":"u8, e.Set);
        WriteOptional(",\"set_once\":"u8, e.SetOnce);
        WriteOptional(",\"unset\":"u8, e.Unset);
        Write("}"u8);
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(start), _length - start - 4);
        _count++;
    }

    /// <summary>Adds an event that is canonical JSON already.</summary>
    public void AddJson(scoped ReadOnlySpan<byte> json)
    {
        Ensure(4 + json.Length);
        WriteInt32(json.Length);
        Write(json);
        _count++;
    }

    /// <summary>The finished record; valid until <see cref="Reset"/> or <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_countsAt), _rejected);
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_countsAt + 4), _count);
        return _buffer.AsMemory(0, _length);
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    internal static ReadOnlySpan<byte> CutUtf8(ReadOnlySpan<byte> text, int max)
    {
        while (max > 0 && (text[max] & 0xC0) == 0x80)
        {
            max--;
        }

        return text[..max];
    }

    private void WriteOptional(ReadOnlySpan<byte> name, ReadOnlySpan<byte> json)
    {
        if (!json.IsEmpty)
        {
            Write(name);
            Write(json);
        }
    }

    private void WriteShortText(ReadOnlySpan<byte> text)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(_length), (ushort)text.Length);
        _length += 2;
        Write(text);
    }

    private void WriteInt32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_length), value);
        _length += 4;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    private void Ensure(int more)
    {
        if (_buffer.Length - _length >= more)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(4096, checked(_length + Math.Max(more, _length))));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = larger;
    }
}

/// <summary>
/// Reads one log record. Throws <see cref="InvalidDataException"/> where the bytes are not of the format, and
/// <see cref="NotSupportedException"/> where they are of a newer one.
/// </summary>
public ref struct EventBatchReader
{
    private ReadOnlySpan<byte> _rest;
    private int _left;

    public EventBatchReader(ReadOnlySpan<byte> record)
    {
        if (record.Length < 25)
        {
            throw new InvalidDataException("The record is shorter than a batch header.");
        }

        if (record[0] > EventBatchWriter.FormatVersion)
        {
            // Intact, by the log's checksum: skipped as unreadable it would be lost.
            throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture,
                $"A record of the log has format {record[0]}; this version of Headroom reads up to {EventBatchWriter.FormatVersion}. Start the newer version that wrote it."));
        }

        if (record[0] != EventBatchWriter.FormatVersion)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"Batch format {record[0]} is not known to this version, which reads {EventBatchWriter.FormatVersion}."));
        }

        Project = new ProjectId(BinaryPrimitives.ReadInt32LittleEndian(record[1..]));
        ReceivedAt = BinaryPrimitives.ReadInt64LittleEndian(record[5..]);
        _rest = record[13..];
        Ip = ReadShortText();
        UserAgent = ReadShortText();
        if (_rest.Length < 8)
        {
            throw new InvalidDataException("The record ends inside its header.");
        }

        Rejected = BinaryPrimitives.ReadInt32LittleEndian(_rest);
        Count = BinaryPrimitives.ReadInt32LittleEndian(_rest[4..]);
        _rest = _rest[8..];
        _left = Count;
    }

    public ProjectId Project { get; }

    /// <summary>Unix microseconds.</summary>
    public long ReceivedAt { get; }

    public ReadOnlySpan<byte> Ip { get; }

    public ReadOnlySpan<byte> UserAgent { get; }

    /// <summary>Events of the request that were refused and are not in this record.</summary>
    public int Rejected { get; }

    /// <summary>Events in this record.</summary>
    public int Count { get; }

    /// <summary>The next event's JSON, or false after the last.</summary>
    public bool TryRead(out ReadOnlySpan<byte> json)
    {
        json = default;
        if (_left == 0)
        {
            return false;
        }

        if (_rest.Length < 4)
        {
            throw new InvalidDataException("The record ends before its last event.");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(_rest);
        if (length < 2 || length > _rest.Length - 4)
        {
            throw new InvalidDataException("An event's length does not fit its record.");
        }

        json = _rest.Slice(4, length);
        _rest = _rest[(4 + length)..];
        _left--;
        return true;
    }

    private ReadOnlySpan<byte> ReadShortText()
    {
        if (_rest.Length < 2)
        {
            throw new InvalidDataException("The record ends inside its header.");
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        if (_rest.Length < 2 + length)
        {
            throw new InvalidDataException("The record ends inside its header.");
        }

        var text = _rest.Slice(2, length);
        _rest = _rest[(2 + length)..];
        return text;
    }
}

/// <summary>The fixed-width timestamp of the canonical event: 2026-11-23T23:27:00.123456Z, 27 bytes.</summary>
public static class CanonicalTimestamp
{
    public const int Length = 27;

    /// <summary>Writes 27 bytes. Instants outside the years 1 to 9999 are clamped.</summary>
    public static int Format(long micros, Span<byte> destination)
    {
        var instant = UnixMicros.ToInstant(Math.Clamp(micros, UnixMicros.Min, UnixMicros.Max)).UtcDateTime;
        var (year, month, day) = (instant.Year, instant.Month, instant.Day);
        Digits(destination, 0, 4, year);
        destination[4] = (byte)'-';
        Digits(destination, 5, 2, month);
        destination[7] = (byte)'-';
        Digits(destination, 8, 2, day);
        destination[10] = (byte)'T';
        var ofDay = instant.TimeOfDay.Ticks / TimeSpan.TicksPerMicrosecond;
        var seconds = (int)(ofDay / 1_000_000);
        Digits(destination, 11, 2, seconds / 3600);
        destination[13] = (byte)':';
        Digits(destination, 14, 2, seconds / 60 % 60);
        destination[16] = (byte)':';
        Digits(destination, 17, 2, seconds % 60);
        destination[19] = (byte)'.';
        Digits(destination, 20, 6, (int)(ofDay % 1_000_000));
        destination[26] = (byte)'Z';
        return Length;
    }

    /// <summary>Reads what <see cref="Format"/> wrote; false for any other form.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (text.Length != Length || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
            text[16] != ':' || text[19] != '.' || text[26] != 'Z')
        {
            return false;
        }

        var ok = true;
        var year = Number(text, 0, 4, ref ok);
        var month = Number(text, 5, 2, ref ok);
        var day = Number(text, 8, 2, ref ok);
        var hour = Number(text, 11, 2, ref ok);
        var minute = Number(text, 14, 2, ref ok);
        var second = Number(text, 17, 2, ref ok);
        var fraction = Number(text, 20, 6, ref ok);
        if (!ok || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) ||
            hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        var days = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc).Ticks - DateTimeOffset.UnixEpoch.Ticks;
        micros = (days / TimeSpan.TicksPerMicrosecond) + (((hour * 3600L) + (minute * 60L) + second) * 1_000_000L) + fraction;
        return true;
    }

    private static void Digits(Span<byte> destination, int at, int count, int value)
    {
        for (var i = at + count - 1; i >= at; i--)
        {
            destination[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }

    private static int Number(ReadOnlySpan<byte> text, int at, int count, ref bool ok)
    {
        var value = 0;
        for (var i = at; i < at + count; i++)
        {
            var digit = text[i] - '0';
            ok &= (uint)digit <= 9;
            value = (value * 10) + digit;
        }

        return value;
    }
}
