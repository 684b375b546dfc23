// Who an event is of where a device stores nothing, or is not to be known again by what it stores. The reasons are in
// docs/decisions/0023-cookieless.md.
//
// An event is cookieless where its project is, where it says so itself ("$cookieless_mode": true), or where its distinct id
// is posthog-js' word for nobody's. It loses every id that a device may have stored, and what would join two ids; its user
// agent is marked as not to be stored. Its distinct id becomes the day's visitor unless it is a user's: one that a server
// or a person's signing in gave. The day's visitor is nobody's profile.
//
// Nothing of what is taken away reaches the log.

using System.Text.Json;
using Headroom.App.Shared;

namespace Headroom.App.Capture;

/// <summary>Makes events of one request cookieless. Works in the state's room and scratch, and allocates nothing for an event.</summary>
internal ref struct CookielessEvents(
    CaptureState state, ProjectInfo project, IVisitorSalts salts, ReadOnlySpan<byte> ip, ReadOnlySpan<byte> userAgent)
{
    public const int RoomBytes = VisitorIds.BufferBytes + (3 * TextBytes);

    /// <summary>A text with escapes that is longer counts as it stands.</summary>
    private const int TextBytes = 1024;

    /// <summary>Bytes for what is put in besides what was sent.</summary>
    private const int AddedBytes = 128;
    private readonly ReadOnlySpan<byte> _ip = ip;
    private readonly ReadOnlySpan<byte> _userAgent = userAgent;
    private VisitorIds _visitor;
    private bool _hasVisitor;

    /// <summary>What posthog-js sends as the distinct id of somebody whom it may not know.</summary>
    private static ReadOnlySpan<byte> Nobody => "$posthog_cookieless"u8;

    /// <summary>Changes the event where it is cookieless. Its time must be known.</summary>
    public void Take(ref RawEvent e)
    {
        var isNobody = state.Bytes(e.DistinctId).SequenceEqual(Nobody);
        if (!project.Cookieless && !e.IsCookieless && !isNobody)
        {
            return;
        }

        var joins = state.Bytes(state.Unescape(e.Event)) is var name &&
            (name.SequenceEqual("$create_alias"u8) || name.SequenceEqual("$merge_dangerously"u8));
        if (e.Properties.IsAbsent)
        {
            e.Properties = state.Keep("{}"u8);
        }

        // Once and before the reading: the properties may lie in the very buffer that grows.
        var scratch = state.Scratch;
        scratch.Reserve(e.Properties.Length + AddedBytes);
        var json = state.Bytes(e.Properties);
        var start = scratch.Length;
        scratch.Write("{\"$cookieless_mode\":true"u8);
        Copy(json, joins, out var found);
        var isDay = isNobody || IsOfDevice(in e, in found, json);
        if (isDay)
        {
            scratch.Write(",\"$process_person_profile\":false"u8);
            Find(e.StoredTimestamp, in found, json);
        }
        else if (!found.Profile.IsAbsent)
        {
            scratch.Write(",\"$process_person_profile\":"u8);
            scratch.Write(json.Slice(found.Profile.Start, found.Profile.Length));
        }

        scratch.Write((byte)'}');
        e.Properties = state.SinceScratch(start);
        if (isDay)
        {
            e.DistinctId = state.Keep(_visitor.Id);
            e.PreviousDistinctId = _visitor.PreviousId.IsEmpty ? Slice.Absent : state.Keep(_visitor.PreviousId);
            (e.Set, e.SetOnce, e.Unset) = (Slice.Absent, Slice.Absent, Slice.Absent);
        }
    }

    /// <summary>Copies the members that stay and notes what the others, and some of these, say.</summary>
    /// <param name="joins">Whether the event would make one person of two ids.</param>
    private readonly void Copy(ReadOnlySpan<byte> json, bool joins, out Findings found)
    {
        found = Findings.None;
        Span<byte> room = stackalloc byte[256];
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonWalk.HardDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var name = reader.ValueIsEscaped && reader.ValueSpan.Length <= room.Length ? room[..reader.CopyString(room)] : reader.ValueSpan;
            reader.Read();
            var valueStart = (int)reader.TokenStartIndex;
            var type = reader.TokenType;
            reader.Skip();
            var end = (int)reader.BytesConsumed;
            if (found.Note(name, joins, type, new Slice(valueStart, end - valueStart)))
            {
                state.Scratch.Write((byte)',');
                state.Scratch.Write(json[start..end]);
            }
        }
    }

    /// <summary>
    /// Whether the distinct id may be one that a device has stored. Who asks for no consent must be able to rely on it, so what
    /// comes from a browser and does not say that somebody signed in is taken for such a one.
    /// </summary>
    private readonly bool IsOfDevice(in RawEvent e, in Findings found, ReadOnlySpan<byte> json)
    {
        if (e.IdOwner != IdOwner.Unsaid)
        {
            return e.IdOwner == IdOwner.Device;
        }

        // Where the SDK stores nothing, an id that is not nobody's was given to it.
        return !e.IsCookieless && (found.IsOfDevice || _userAgent.StartsWith("Mozilla/"u8)) &&
            !found.IsIdentified && found.AnonymousId.IsAbsent && !Text(json, found.UserId).SequenceEqual(state.Bytes(e.DistinctId));
    }

    private void Find(long timestamp, in Findings found, ReadOnlySpan<byte> json)
    {
        if (!_hasVisitor)
        {
            _visitor = new VisitorIds(project.Id, salts.Current, state.CookielessRoom);
            _hasVisitor = true;
        }

        var texts = state.CookielessRoom.AsSpan(VisitorIds.BufferBytes);
        var host = Plain(Text(json, found.Host), texts[..TextBytes]);
        if (host.IsEmpty)
        {
            host = UrlParts.Of(Plain(Text(json, found.Url), texts[..TextBytes])).Host;
        }

        // Some senders put this in the place of an address that they keep to themselves.
        var sentIp = Text(json, found.Ip);
        _visitor.Find(
            timestamp,
            sentIp.IsEmpty || sentIp.SequenceEqual("0.0.0.0"u8) ? _ip : sentIp,
            found.UserAgent.IsAbsent ? _userAgent : Plain(Text(json, found.UserAgent), texts.Slice(TextBytes, TextBytes)),
            UrlParts.Site(host),
            Plain(Text(json, found.Extra), texts.Slice(2 * TextBytes, TextBytes)));
    }

    /// <summary>The inside of a string.</summary>
    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> json, Slice quoted) =>
        quoted.IsAbsent ? default : json.Slice(quoted.Start + 1, quoted.Length - 2);

    /// <summary>The text that the inside of a string means, whichever way its encoder escapes.</summary>
    private static ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> text, Span<byte> room)
    {
        if (text.IndexOf((byte)'\\') < 0 || text.Length > room.Length - 2)
        {
            return text;
        }

        room[0] = (byte)'"';
        text.CopyTo(room[1..]);
        room[text.Length + 1] = (byte)'"';
        var reader = new Utf8JsonReader(room[..(text.Length + 2)]);
        reader.Read();
        return room[..reader.CopyString(room)];
    }

    /// <summary>What the properties say of who sent them, as places in them.</summary>
    private struct Findings
    {
        public Slice Host;
        public Slice Url;
        public Slice Ip;
        public Slice UserAgent;
        public Slice UserId;
        public Slice AnonymousId;
        public Slice Extra;
        public Slice Profile;
        public bool IsOfDevice;
        public bool IsIdentified;

        public static Findings None => new()
        {
            Host = Slice.Absent,
            Url = Slice.Absent,
            Ip = Slice.Absent,
            UserAgent = Slice.Absent,
            UserId = Slice.Absent,
            AnonymousId = Slice.Absent,
            Extra = Slice.Absent,
            Profile = Slice.Absent,
        };

        /// <summary>Takes up one member; whether it stays.</summary>
        public bool Note(ReadOnlySpan<byte> name, bool joins, JsonTokenType type, Slice value)
        {
            var text = type == JsonTokenType.String && value.Length > 2 ? value : Slice.Absent;
            switch (name.Length)
            {
                case 3 when name.SequenceEqual("$ip"u8):
                    Ip = text;
                    return true;
                case 4 when name.SequenceEqual("$set"u8):
                    return false;
                case 5 when name.SequenceEqual("$host"u8):
                    Host = text;
                    return true;
                case 5 when joins && name.SequenceEqual("alias"u8):
                    return false;
                case 6 when name.SequenceEqual("$unset"u8):
                    return false;
                case 8 when name.SequenceEqual("$user_id"u8):
                    UserId = text;
                    return true;
                case 9 when name.SequenceEqual("$set_once"u8):
                    return false;
                case 10 when name.SequenceEqual("$device_id"u8):
                    IsOfDevice = true;
                    return false;
                case 10 when name.SequenceEqual("$window_id"u8):
                    return false;
                case 11 when name.SequenceEqual("$session_id"u8) || name.SequenceEqual("distinct_id"u8):
                    return false;
                case 12 when name.SequenceEqual("$current_url"u8):
                    Url = text;
                    return true;
                case 12 when name.SequenceEqual("$distinct_id"u8):
                    return false;
                case 10 or 11 or 15 when name.SequenceEqual("$raw_user_agent"u8) || name.SequenceEqual("$user_agent"u8) || name.SequenceEqual("$useragent"u8):
                    UserAgent = text;
                    return true;
                case 14 when name.SequenceEqual("$is_identified"u8):
                    IsOfDevice = true;
                    IsIdentified = type == JsonTokenType.True;
                    return true;
                case 16 when name.SequenceEqual("$cookieless_mode"u8):
                    return false;
                case 17 when name.SequenceEqual("$anon_distinct_id"u8):
                    AnonymousId = text;
                    return false;
                case 17 when name.SequenceEqual("$cookieless_extra"u8):
                    Extra = text;
                    return false;
                case 23 when name.SequenceEqual("$process_person_profile"u8):
                    Profile = value;
                    return false;
                default:
                    return true;
            }
        }
    }
}
