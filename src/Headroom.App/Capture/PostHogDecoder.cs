using System.Text.Json;

namespace Headroom.App.Capture;

/// <summary>
/// PostHog's capture bodies: an array of events, an envelope with a batch, or one event. One pass; values stay where
/// they are in the body. Of a member that comes twice the last one counts.
/// </summary>
internal static class PostHogDecoder
{
    private static readonly Refusal DifferentKeys = new(401, "key", "All events of a request must carry the same project key.", "api_key");

    public static Refusal? Decode(CaptureState state, CaptureOptions limits, bool engage)
    {
        var walk = new JsonWalk(state.Text, limits);
        walk.Reader.Read();
        Refusal? refusal;
        if (walk.Reader.TokenType == JsonTokenType.StartArray)
        {
            refusal = ReadArray(ref walk, state, limits, engage);
        }
        else
        {
            refusal = ReadEvent(ref walk, state, limits, engage, topLevel: true, out var e, out var isEnvelope);
            if (!isEnvelope)
            {
                state.AddEvent(e);
            }
        }

        if (refusal is not null)
        {
            return refusal;
        }

        // The reader throws for anything but white space after the value.
        walk.Reader.Read();
        return state.EventCount == 0 ? new Refusal(400, "malformed", "The batch is empty.", "batch") : null;
    }

    private static Refusal? ReadArray(ref JsonWalk walk, CaptureState state, CaptureOptions limits, bool engage)
    {
        while (walk.Reader.Read() && walk.Reader.TokenType != JsonTokenType.EndArray)
        {
            if (state.EventCount == limits.MaxEventsPerRequest)
            {
                // The rest is walked only to count it, and to come to a key that stands after it.
                walk.Reader.Skip();
                state.EventsUnread++;
                continue;
            }

            var refusal = ReadEvent(ref walk, state, limits, engage, topLevel: false, out var e, out _);
            if (refusal is not null)
            {
                return refusal;
            }

            state.AddEvent(e);
        }

        return state.EventsUnread > 0 ? Refusal.TooManyEvents(limits) : null;
    }

    private static Refusal? ReadEvent(
        ref JsonWalk walk, CaptureState state, CaptureOptions limits, bool engage, bool topLevel, out RawEvent e, out bool isEnvelope)
    {
        e = RawEvent.Empty;
        isEnvelope = false;
        walk.BeginEvent();
        if (walk.Reader.TokenType != JsonTokenType.StartObject)
        {
            walk.Value();
            walk.Fail(EventFault.NotAnObject);
            walk.EndEvent();
            walk.Conclude(ref e);
            return null;
        }

        var name = JsonValue.Absent;
        var distinctId = JsonValue.Absent;
        var uuid = JsonValue.Absent;
        var timestamp = JsonValue.Absent;
        var offset = JsonValue.Absent;
        var inside = PropertyFindings.None;
        var sameKey = true;
        Refusal? batchRefusal = null;
        while (walk.Reader.Read() && walk.Reader.TokenType != JsonTokenType.EndObject)
        {
            if (walk.NameIs("event"u8))
            {
                name = walk.NextValue();
            }
            else if (walk.NameIs("properties"u8))
            {
                inside = PropertyFindings.None;
                e.Properties = ReadProperties(ref walk, ref inside);
            }
            else if (walk.NameIs("distinct_id"u8) || walk.NameIs("$distinct_id"u8))
            {
                var value = walk.NextValue();
                distinctId = value.IsAbsent ? distinctId : value;
            }
            else if (walk.NameIs("timestamp"u8))
            {
                timestamp = walk.NextValue();
            }
            else if (walk.NameIs("uuid"u8))
            {
                uuid = walk.NextValue();
            }
            else if (walk.NameIs("token"u8) || walk.NameIs("api_key"u8) || walk.NameIs("$token"u8))
            {
                sameKey &= NoteKey(state, walk.NextValue());
            }
            else if (walk.NameIs("$set"u8))
            {
                e.Set = walk.NextPropertiesObject(EventFault.PersonPropertiesNotObject).Slice;
            }
            else if (walk.NameIs("$set_once"u8))
            {
                e.SetOnce = walk.NextPropertiesObject(EventFault.PersonPropertiesNotObject).Slice;
            }
            else if (walk.NameIs("$unset"u8))
            {
                e.Unset = walk.NextTextArray().Slice;
            }
            else if (walk.NameIs("offset"u8))
            {
                offset = walk.NextValue();
            }
            else if (topLevel && walk.NameIs("batch"u8))
            {
                walk.Reader.Read();
                isEnvelope = true;
                if (walk.Reader.TokenType == JsonTokenType.StartArray)
                {
                    batchRefusal = ReadArray(ref walk, state, limits, engage);
                }
                else
                {
                    walk.Value();
                    batchRefusal = new Refusal(400, "wrong_type", "batch is not an array.", "batch");
                }
            }
            else if (topLevel && walk.NameIs("sent_at"u8))
            {
                state.SentAt = ReadInstant(state, walk.NextValue());
            }
            else
            {
                walk.NextValue();
            }
        }

        if (!sameKey || !NoteKey(state, inside.Token))
        {
            return DifferentKeys;
        }

        if (isEnvelope)
        {
            return batchRefusal;
        }

        walk.EndEvent();
        e.Set = e.Set.IsAbsent ? inside.Set : e.Set;
        e.SetOnce = e.SetOnce.IsAbsent ? inside.SetOnce : e.SetOnce;
        e.Unset = e.Unset.IsAbsent ? inside.Unset : e.Unset;
        e.IgnoreSentAt = inside.IgnoreSentAt;
        e.IsCookieless = inside.IsCookieless;
        SetName(ref walk, ref e, state, limits.MaxEventNameLength, name, engage);
        SetDistinctId(ref walk, ref e, state, distinctId.IsAbsent ? inside.DistinctId : distinctId);
        SetUuid(ref walk, ref e, state, uuid);
        SetTimestamp(ref e, state, timestamp, offset);
        walk.Conclude(ref e);
        return null;
    }

    internal static Slice ReadProperties(ref JsonWalk walk, ref PropertyFindings inside)
    {
        walk.Reader.Read();
        if (walk.Reader.TokenType != JsonTokenType.StartObject)
        {
            if (walk.Value().Type != JsonTokenType.Null)
            {
                walk.Fail(EventFault.PropertiesNotObject);
            }

            return Slice.Absent;
        }

        var start = (int)walk.Reader.TokenStartIndex;
        var count = 0;
        while (walk.NextProperty(ref count))
        {
            // Lengths first: of fifty names in a browser's event hardly one is compared.
            switch (walk.Reader.ValueIsEscaped ? 0 : walk.Reader.ValueSpan.Length)
            {
                case 0 or 4 or 5 or 6 or 9 or 11 or 15:
                    ReadKnown(ref walk, ref inside);
                    break;
                case 16 when walk.NameIs("$cookieless_mode"u8):
                    inside.IsCookieless = walk.PropertyValue().Type == JsonTokenType.True;
                    break;
                default:
                    walk.PropertyValue();
                    break;
            }
        }

        return new Slice(start, walk.Position - start);
    }

    private static void ReadKnown(ref JsonWalk walk, ref PropertyFindings inside)
    {
        if (walk.NameIs("distinct_id"u8))
        {
            inside.DistinctId = walk.PropertyValue();
        }
        else if (walk.NameIs("token"u8))
        {
            inside.Token = walk.PropertyValue();
        }
        else if (walk.NameIs("$set"u8))
        {
            inside.Set = ObjectOnly(walk.PropertyValue());
        }
        else if (walk.NameIs("$set_once"u8))
        {
            inside.SetOnce = ObjectOnly(walk.PropertyValue());
        }
        else if (walk.NameIs("$unset"u8))
        {
            inside.Unset = walk.NextTextArray().Slice;
        }
        else if (walk.NameIs("$ignore_sent_at"u8))
        {
            inside.IgnoreSentAt = walk.PropertyValue().Type == JsonTokenType.True;
        }
        else if (walk.NameIs("$cookieless_mode"u8))
        {
            inside.IsCookieless = walk.PropertyValue().Type == JsonTokenType.True;
        }
        else
        {
            walk.PropertyValue();
        }
    }

    private static Slice ObjectOnly(JsonValue value) => value.Type == JsonTokenType.StartObject ? value.Slice : Slice.Absent;

    /// <summary>False where another key was seen before.</summary>
    private static bool NoteKey(CaptureState state, JsonValue key)
    {
        if (state.AnyKey || key.IsAbsent || (key.Type == JsonTokenType.String && key.Slice.Length == 0))
        {
            return true;
        }

        if (key.Type != JsonTokenType.String)
        {
            return false;
        }

        var text = state.Unescape(key.Slice);
        if (state.Key.IsAbsent)
        {
            state.Key = text;
            return true;
        }

        return state.Bytes(state.Key).SequenceEqual(state.Bytes(text));
    }

    internal static void SetName(
        ref JsonWalk walk, ref RawEvent e, CaptureState state, int maxBytes, JsonValue name, bool engage)
    {
        if (engage && !name.IsText)
        {
            e.Event = state.Keep("$identify"u8);
        }
        else if (name.IsAbsent || name is { Type: JsonTokenType.String, Slice.Length: 0 })
        {
            walk.Fail(EventFault.EventMissing);
        }
        else if (name.Type != JsonTokenType.String)
        {
            walk.Fail(EventFault.EventNotText);
        }
        else if (name.Slice.Length > maxBytes)
        {
            walk.Fail(EventFault.EventTooLong);
        }
        else
        {
            e.Event = name.Slice;
        }
    }

    internal static void SetDistinctId(ref JsonWalk walk, ref RawEvent e, CaptureState state, JsonValue value)
    {
        e.DistinctId = DistinctId(state, value);
        if (e.DistinctId.Length <= 0)
        {
            walk.Fail(EventFault.DistinctIdMissing);
        }

        if (value.Type == JsonTokenType.String && e.DistinctId.Length < value.Slice.Length)
        {
            e.Notes |= EventNotes.DistinctIdCut;
        }
    }

    /// <summary>As text of at most 200 characters; numbers, objects and the like by their JSON.</summary>
    internal static Slice DistinctId(CaptureState state, JsonValue value)
    {
        if (value.IsAbsent)
        {
            return Slice.Absent;
        }

        var slice = value.Slice;
        if (value.Type is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            var start = state.Scratch.Length;
            JsonText.WriteEscaped(state.Scratch, state.Bytes(slice));
            slice = state.SinceScratch(start);
        }

        return slice.Length <= JsonText.MaxDistinctId ? slice
            : slice with { Length = JsonText.Cut(state.Bytes(slice), JsonText.MaxDistinctId).Length };
    }

    internal static void SetUuid(ref JsonWalk walk, ref RawEvent e, CaptureState state, JsonValue uuid)
    {
        if (uuid.IsText)
        {
            if (!Uuids.TryParse(state.Bytes(state.Unescape(uuid.Slice)), out e.Uuid))
            {
                walk.Fail(EventFault.UuidInvalid);
            }
        }
        else if (!uuid.IsAbsent && uuid.Type != JsonTokenType.String)
        {
            walk.Fail(EventFault.UuidInvalid);
        }
    }

    internal static void SetTimestamp(ref RawEvent e, CaptureState state, JsonValue timestamp, JsonValue offset)
    {
        if (ReadInstant(state, timestamp) is { } instant)
        {
            (e.TimestampKind, e.Timestamp) = (TimestampKind.Instant, instant);
        }
        else if (timestamp.IsAbsent && offset.Type == JsonTokenType.Number &&
            System.Buffers.Text.Utf8Parser.TryParse(state.Bytes(offset.Slice), out double millis, out _) && Math.Abs(millis) < 1e15)
        {
            (e.TimestampKind, e.Timestamp) = (TimestampKind.Age, (long)(millis * 1000));
        }
        else
        {
            NoteUnreadable(ref e, timestamp);
        }
    }

    /// <summary>A time that says nothing is as good as none; one that cannot be read is worth telling.</summary>
    internal static void NoteUnreadable(ref RawEvent e, JsonValue timestamp)
    {
        if (!timestamp.IsAbsent && !(timestamp.Type == JsonTokenType.String && timestamp.Slice.Length == 0))
        {
            e.Notes |= EventNotes.TimestampUnreadable;
        }
    }

    internal static long? ReadInstant(CaptureState state, JsonValue value) => value.Type switch
    {
        JsonTokenType.String when TimestampText.TryParse(state.Bytes(state.Unescape(value.Slice)), out var micros) => micros,
        JsonTokenType.Number when TimestampText.TryEpoch(state.Bytes(value.Slice), out var micros) => micros,
        _ => null,
    };

    /// <summary>What properties say that is not a property only.</summary>
    internal struct PropertyFindings
    {
        public JsonValue DistinctId;
        public JsonValue Token;
        public Slice Set;
        public Slice SetOnce;
        public Slice Unset;
        public bool IgnoreSentAt;
        public bool IsCookieless;

        public static PropertyFindings None => new()
        {
            DistinctId = JsonValue.Absent,
            Token = JsonValue.Absent,
            Set = Slice.Absent,
            SetOnce = Slice.Absent,
            Unset = Slice.Absent,
        };
    }
}
