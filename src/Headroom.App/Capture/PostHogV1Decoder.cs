using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using System.Text.Json;

namespace Headroom.App.Capture;

/// <summary>
/// PostHog's capture v1: the key comes as a bearer token, every event has a uuid, and the answer says for each uuid
/// what became of it. What v1 keeps beside the properties goes among them, under the names that v0 uses.
/// </summary>
internal static class PostHogV1Decoder
{
    /// <summary>What broken clients send for "nobody"; v1 refuses it, where v0 takes it and merges nobody into it.</summary>
    private static readonly FrozenSet<string> IllegalIds = new[]
    {
        "0", "00000000-0000-0000-0000-000000000000", "[object object]", "anonymous", "anonymous-user", "backend", "distinct_id",
        "distinctid", "email", "false", "guest", "id", "nan", "none", "not_authenticated", "null", "system", "true", "undefined", "user",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private const int LongestIllegalId = 36;

    private const int MaxName = 200;

    public static Refusal? Decode(CaptureState state, CaptureOptions limits)
    {
        var walk = new JsonWalk(state.Text, limits);
        walk.Reader.Read();
        if (walk.Reader.TokenType != JsonTokenType.StartObject)
        {
            return Refusal.Malformed("The body is not a JSON object.");
        }

        Refusal? refusal = new(400, "malformed", "batch is missing or empty.", "batch");
        while (walk.Reader.Read() && walk.Reader.TokenType != JsonTokenType.EndObject)
        {
            if (walk.NameIs("batch"u8))
            {
                refusal = ReadBatch(ref walk, state, limits, refusal);
            }
            else if (walk.NameIs("created_at"u8))
            {
                var createdAt = PostHogDecoder.ReadInstant(state, walk.NextValue());
                state.SentAt ??= createdAt;
            }
            else
            {
                walk.NextValue();
            }
        }

        walk.Reader.Read();
        return refusal;
    }

    private static Refusal? ReadBatch(ref JsonWalk walk, CaptureState state, CaptureOptions limits, Refusal? refusal)
    {
        walk.Reader.Read();
        if (walk.Reader.TokenType != JsonTokenType.StartArray)
        {
            walk.Value();
            return new Refusal(400, "wrong_type", "batch is not an array.", "batch");
        }

        var seen = new HashSet<Guid>();
        while (walk.Reader.Read() && walk.Reader.TokenType != JsonTokenType.EndArray)
        {
            if (state.EventCount == limits.MaxEventsPerRequest)
            {
                walk.Reader.Skip();
                state.EventsUnread++;
                continue;
            }

            var e = ReadEvent(ref walk, state, limits);
            state.AddEvent(e);
            if (e.Uuid == Guid.Empty || !seen.Add(e.Uuid))
            {
                refusal = new Refusal(400, "uuid", "Every event must have a uuid of its own.", "uuid");
            }
            else if (state.EventCount == 1)
            {
                refusal = null;
            }
        }

        return state.EventsUnread > 0 ? Refusal.TooManyEvents(limits) : refusal;
    }

    private static RawEvent ReadEvent(ref JsonWalk walk, CaptureState state, CaptureOptions limits)
    {
        var e = RawEvent.Empty;
        walk.BeginEvent();
        if (walk.Reader.TokenType != JsonTokenType.StartObject)
        {
            walk.Value();
            walk.Fail(EventFault.NotAnObject);
            walk.EndEvent();
            walk.Conclude(ref e);
            return e;
        }

        var name = JsonValue.Absent;
        var distinctId = JsonValue.Absent;
        var uuid = JsonValue.Absent;
        var timestamp = JsonValue.Absent;
        var session = JsonValue.Absent;
        var window = JsonValue.Absent;
        var options = default(EventOptions);
        var properties = Slice.Absent;
        var inside = PostHogDecoder.PropertyFindings.None;
        while (walk.Reader.Read() && walk.Reader.TokenType != JsonTokenType.EndObject)
        {
            if (walk.NameIs("event"u8))
            {
                name = walk.NextValue();
            }
            else if (walk.NameIs("uuid"u8))
            {
                uuid = walk.NextValue();
            }
            else if (walk.NameIs("distinct_id"u8))
            {
                distinctId = walk.NextValue();
            }
            else if (walk.NameIs("timestamp"u8))
            {
                timestamp = walk.NextValue();
            }
            else if (walk.NameIs("session_id"u8))
            {
                session = walk.PropertyValue();
            }
            else if (walk.NameIs("window_id"u8))
            {
                window = walk.PropertyValue();
            }
            else if (walk.NameIs("options"u8))
            {
                ReadOptions(ref walk, ref options);
            }
            else if (walk.NameIs("properties"u8))
            {
                inside = PostHogDecoder.PropertyFindings.None;
                properties = PostHogDecoder.ReadProperties(ref walk, ref inside);
            }
            else
            {
                walk.NextValue();
            }
        }

        walk.EndEvent();
        // v1 counts characters, so the limit in bytes that the other protocols have is not its own.
        PostHogDecoder.SetName(ref walk, ref e, state, limits.MaxEventBytes, name, engage: false);
        if (name.IsText && JsonText.Cut(state.Bytes(name.Slice), MaxName).Length < name.Slice.Length)
        {
            walk.Fail(EventFault.EventOver200);
        }

        PostHogDecoder.SetDistinctId(ref walk, ref e, state, distinctId);
        CheckDistinctId(ref walk, state, distinctId, e.DistinctId);
        PostHogDecoder.SetUuid(ref walk, ref e, state, uuid);
        PostHogDecoder.SetTimestamp(ref e, state, timestamp, JsonValue.Absent);
        (e.Set, e.SetOnce, e.Unset) = (inside.Set, inside.SetOnce, inside.Unset);
        e.IgnoreSentAt = inside.IgnoreSentAt || options.DisableSkewCorrection.Type == JsonTokenType.True;
        e.IsCookieless = inside.IsCookieless || options.CookielessMode.Type == JsonTokenType.True;
        var members = new MemberWriter(state);
        members.Value("$session_id"u8, session);
        members.Value("$window_id"u8, window);
        members.Value("$process_person_profile"u8, options.ProcessPersonProfile);
        members.Value("$cookieless_mode"u8, options.CookielessMode);
        members.Value("$product_tour_id"u8, options.ProductTourId);
        members.Inside(properties);
        e.Properties = members.End();
        walk.Conclude(ref e);
        return e;
    }

    /// <summary>Unlike v0, v1 does not cut an id that is too long, and refuses ids that mean nobody.</summary>
    private static void CheckDistinctId(ref JsonWalk walk, CaptureState state, JsonValue value, Slice taken)
    {
        if (value.IsAbsent || value.Type is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            return;
        }

        if (taken.Length < value.Slice.Length)
        {
            walk.Fail(EventFault.DistinctIdTooLong);
        }
        else if (IsIllegal(state.Bytes(state.Unescape(value.Slice)).Trim((byte)' ')))
        {
            walk.Fail(EventFault.DistinctIdIllegal);
        }
    }

    private static bool IsIllegal(ReadOnlySpan<byte> id)
    {
        Span<char> text = stackalloc char[LongestIllegalId];
        return id.Length <= text.Length && Ascii.ToUtf16(id, text, out var length) == OperationStatus.Done
            && IllegalIds.GetAlternateLookup<ReadOnlySpan<char>>().Contains(text[..length]);
    }

    private static void ReadOptions(ref JsonWalk walk, ref EventOptions options)
    {
        walk.Reader.Read();
        if (walk.Reader.TokenType != JsonTokenType.StartObject)
        {
            walk.Value();
            return;
        }

        while (walk.Reader.Read() && walk.Reader.TokenType != JsonTokenType.EndObject)
        {
            if (walk.NameIs("process_person_profile"u8))
            {
                options.ProcessPersonProfile = walk.PropertyValue();
            }
            else if (walk.NameIs("cookieless_mode"u8))
            {
                options.CookielessMode = walk.PropertyValue();
            }
            else if (walk.NameIs("disable_skew_correction"u8))
            {
                options.DisableSkewCorrection = walk.PropertyValue();
            }
            else if (walk.NameIs("product_tour_id"u8))
            {
                options.ProductTourId = walk.PropertyValue();
            }
            else
            {
                walk.NextValue();
            }
        }
    }

    private struct EventOptions
    {
        public JsonValue ProcessPersonProfile;
        public JsonValue CookielessMode;
        public JsonValue DisableSkewCorrection;
        public JsonValue ProductTourId;
    }
}
