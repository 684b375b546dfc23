using System.Text.Json;

namespace Headroom.App.Capture;

internal enum SegmentCall : byte
{
    Batch,
    Track,
    Identify,
    Page,
    Screen,
    Group,
    Alias,
}

/// <summary>
/// Segment's HTTP API, version 1: one call or a batch of them, each turned into an event as PostHog names things,
/// so that insights need to know one vocabulary. What the mapping adds stands before the call's own properties,
/// which win where both say something.
/// </summary>
internal static class SegmentDecoder
{
    public static Refusal? Decode(CaptureState state, CaptureOptions limits, SegmentCall call)
    {
        var walk = new JsonWalk(state.Text, limits);
        walk.Reader.Read();
        if (walk.Reader.TokenType != JsonTokenType.StartObject)
        {
            return Refusal.Malformed("The body is not a JSON object.");
        }

        var refusal = ReadMessage(ref walk, state, limits, call, topLevel: true, out var e, out var isBatch);
        if (refusal is not null)
        {
            return refusal;
        }

        if (!isBatch)
        {
            if (call == SegmentCall.Batch)
            {
                return new Refusal(400, "malformed", "batch is missing.", "batch");
            }

            state.AddEvent(e);
        }

        walk.Reader.Read();
        return null;
    }

    private static Refusal? ReadMessage(
        ref JsonWalk walk, CaptureState state, CaptureOptions limits, SegmentCall call, bool topLevel, out RawEvent e, out bool isBatch)
    {
        e = RawEvent.Empty;
        isBatch = false;
        walk.BeginEvent();
        if (walk.Reader.TokenType != JsonTokenType.StartObject)
        {
            walk.Value();
            walk.Fail(EventFault.NotAnObject);
            walk.EndEvent();
            walk.Conclude(ref e);
            return null;
        }

        var m = Message.Empty;
        Refusal? batchRefusal = null;
        while (walk.Reader.Read() && walk.Reader.TokenType != JsonTokenType.EndObject)
        {
            if (walk.NameIs("type"u8))
            {
                m.Type = walk.NextValue();
            }
            else if (walk.NameIs("event"u8))
            {
                m.Event = walk.NextValue();
            }
            else if (walk.NameIs("name"u8))
            {
                m.Name = walk.NextValue();
            }
            else if (walk.NameIs("category"u8))
            {
                m.Category = walk.NextValue();
            }
            else if (walk.NameIs("properties"u8))
            {
                ReadProperties(ref walk, ref m);
            }
            else if (walk.NameIs("traits"u8))
            {
                m.Traits = walk.NextPropertiesObject(EventFault.PersonPropertiesNotObject).Slice;
            }
            else if (walk.NameIs("context"u8))
            {
                ReadContext(ref walk, ref m.Context);
            }
            else if (walk.NameIs("userId"u8))
            {
                m.UserId = walk.NextValue();
            }
            else if (walk.NameIs("anonymousId"u8))
            {
                m.AnonymousId = walk.NextValue();
            }
            else if (walk.NameIs("previousId"u8))
            {
                m.PreviousId = walk.NextValue();
            }
            else if (walk.NameIs("groupId"u8))
            {
                m.GroupId = walk.NextValue();
            }
            else if (walk.NameIs("messageId"u8))
            {
                m.MessageId = walk.NextValue();
            }
            else if (walk.NameIs("timestamp"u8))
            {
                m.Timestamp = walk.NextValue();
            }
            else if (walk.NameIs("originalTimestamp"u8))
            {
                m.OriginalTimestamp = walk.NextValue();
            }
            else if (topLevel && walk.NameIs("writeKey"u8))
            {
                var key = walk.NextValue();
                state.Key = key.IsText ? state.Unescape(key.Slice) : state.Key;
            }
            else if (topLevel && walk.NameIs("sentAt"u8))
            {
                state.SentAt = PostHogDecoder.ReadInstant(state, walk.NextValue());
            }
            else if (topLevel && walk.NameIs("batch"u8))
            {
                walk.Reader.Read();
                isBatch = true;
                if (walk.Reader.TokenType != JsonTokenType.StartArray)
                {
                    walk.Value();
                    batchRefusal = new Refusal(400, "wrong_type", "batch is not an array.", "batch");
                    continue;
                }

                while (walk.Reader.Read() && walk.Reader.TokenType != JsonTokenType.EndArray)
                {
                    if (state.EventCount == limits.MaxEventsPerRequest)
                    {
                        // The rest is walked only to count it, and to come to a key that stands after it.
                        walk.Reader.Skip();
                        state.EventsUnread++;
                        batchRefusal = Refusal.TooManyEvents(limits);
                        continue;
                    }

                    ReadMessage(ref walk, state, limits, SegmentCall.Batch, topLevel: false, out var inner, out _);
                    state.AddEvent(inner);
                }
            }
            else
            {
                walk.NextValue();
            }
        }

        if (isBatch)
        {
            return batchRefusal ?? (state.EventCount == 0 ? new Refusal(400, "malformed", "The batch is empty.", "batch") : null);
        }

        walk.EndEvent();
        Map(ref walk, ref e, state, limits, call == SegmentCall.Batch ? CallOf(state.Bytes(state.Unescape(m.Type.Slice))) : call, in m);
        walk.Conclude(ref e);
        return null;
    }

    private static SegmentCall CallOf(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("track"u8) ? SegmentCall.Track
        : type.SequenceEqual("identify"u8) ? SegmentCall.Identify
        : type.SequenceEqual("page"u8) ? SegmentCall.Page
        : type.SequenceEqual("screen"u8) ? SegmentCall.Screen
        : type.SequenceEqual("group"u8) ? SegmentCall.Group
        : type.SequenceEqual("alias"u8) ? SegmentCall.Alias
        : SegmentCall.Batch;

    private static void ReadProperties(ref JsonWalk walk, ref Message m)
    {
        walk.Reader.Read();
        if (walk.Reader.TokenType != JsonTokenType.StartObject)
        {
            if (walk.Value().Type != JsonTokenType.Null)
            {
                walk.Fail(EventFault.PropertiesNotObject);
            }

            m.Properties = Slice.Absent;
            return;
        }

        var start = (int)walk.Reader.TokenStartIndex;
        var count = 0;
        while (walk.NextProperty(ref count))
        {
            if (walk.NameIs("url"u8))
            {
                m.Url = walk.PropertyValue();
            }
            else if (walk.NameIs("path"u8))
            {
                m.Path = walk.PropertyValue();
            }
            else if (walk.NameIs("referrer"u8))
            {
                m.Referrer = walk.PropertyValue();
            }
            else
            {
                walk.PropertyValue();
            }
        }

        m.Properties = new Slice(start, walk.Position - start);
    }

    private static void ReadContext(ref JsonWalk walk, ref Context context)
    {
        walk.Reader.Read();
        if (walk.Reader.TokenType != JsonTokenType.StartObject)
        {
            walk.Value();
            return;
        }

        while (walk.Reader.Read() && walk.Reader.TokenType != JsonTokenType.EndObject)
        {
            if (walk.NameIs("page"u8))
            {
                ReadPage(ref walk, ref context);
            }
            else if (walk.NameIs("campaign"u8))
            {
                context.Campaign = walk.NextPropertiesObject(EventFault.None).Slice;
            }
            else if (walk.NameIs("library"u8))
            {
                ReadPair(ref walk, "name"u8, "version"u8, ref context.LibraryName, ref context.LibraryVersion);
            }
            else if (walk.NameIs("screen"u8))
            {
                ReadPair(ref walk, "width"u8, "height"u8, ref context.ScreenWidth, ref context.ScreenHeight);
            }
            else if (walk.NameIs("app"u8))
            {
                ReadPair(ref walk, "name"u8, "version"u8, ref context.AppName, ref context.AppVersion);
            }
            else if (walk.NameIs("os"u8))
            {
                ReadPair(ref walk, "name"u8, "version"u8, ref context.OsName, ref context.OsVersion);
            }
            else if (walk.NameIs("userAgent"u8))
            {
                context.UserAgent = walk.PropertyValue();
            }
            else if (walk.NameIs("ip"u8))
            {
                context.Ip = walk.PropertyValue();
            }
            else if (walk.NameIs("locale"u8))
            {
                context.Locale = walk.PropertyValue();
            }
            else if (walk.NameIs("timezone"u8))
            {
                context.TimeZone = walk.PropertyValue();
            }
            else if (walk.NameIs("groupId"u8))
            {
                context.GroupId = walk.PropertyValue();
            }
            else if (walk.NameIs("traits"u8))
            {
                context.Traits = walk.NextPropertiesObject(EventFault.PersonPropertiesNotObject).Slice;
            }
            else
            {
                walk.NextValue();
            }
        }
    }

    private static void ReadPage(ref JsonWalk walk, ref Context context)
    {
        walk.Reader.Read();
        if (walk.Reader.TokenType != JsonTokenType.StartObject)
        {
            walk.Value();
            return;
        }

        while (walk.Reader.Read() && walk.Reader.TokenType != JsonTokenType.EndObject)
        {
            if (walk.NameIs("url"u8))
            {
                context.Url = walk.PropertyValue();
            }
            else if (walk.NameIs("path"u8))
            {
                context.Path = walk.PropertyValue();
            }
            else if (walk.NameIs("referrer"u8))
            {
                context.Referrer = walk.PropertyValue();
            }
            else if (walk.NameIs("title"u8))
            {
                context.Title = walk.PropertyValue();
            }
            else
            {
                walk.NextValue();
            }
        }
    }

    private static void ReadPair(
        ref JsonWalk walk, ReadOnlySpan<byte> firstName, ReadOnlySpan<byte> secondName, ref JsonValue first, ref JsonValue second)
    {
        walk.Reader.Read();
        if (walk.Reader.TokenType != JsonTokenType.StartObject)
        {
            walk.Value();
            return;
        }

        while (walk.Reader.Read() && walk.Reader.TokenType != JsonTokenType.EndObject)
        {
            if (walk.NameIs(firstName))
            {
                first = walk.PropertyValue();
            }
            else if (walk.NameIs(secondName))
            {
                second = walk.PropertyValue();
            }
            else
            {
                walk.NextValue();
            }
        }
    }

    private static void Map(
        ref JsonWalk walk, ref RawEvent e, CaptureState state, CaptureOptions limits, SegmentCall call, in Message m)
    {
        var userId = PostHogDecoder.DistinctId(state, m.UserId);
        var anonymousId = PostHogDecoder.DistinctId(state, m.AnonymousId);
        (e.DistinctId, e.IdOwner) = userId.Length > 0 ? (userId, IdOwner.User) : (anonymousId, IdOwner.Device);
        if (e.DistinctId.Length <= 0)
        {
            walk.Fail(EventFault.UserMissing);
            return;
        }

        if (m.MessageId.IsText)
        {
            var message = state.Bytes(state.Unescape(m.MessageId.Slice));
            e.Uuid = Uuids.TryParse(message, out var uuid) ? uuid : Uuids.FromText(message);
        }

        if ((PostHogDecoder.ReadInstant(state, m.OriginalTimestamp) ?? PostHogDecoder.ReadInstant(state, m.Timestamp)) is { } instant)
        {
            (e.TimestampKind, e.Timestamp) = (TimestampKind.Instant, instant);
        }
        else
        {
            PostHogDecoder.NoteUnreadable(ref e, m.OriginalTimestamp.IsAbsent ? m.Timestamp : m.OriginalTimestamp);
        }

        var id = userId.Length > 0 ? m.UserId : m.AnonymousId;
        if (id.Type == JsonTokenType.String && e.DistinctId.Length < id.Slice.Length)
        {
            e.Notes |= EventNotes.DistinctIdCut;
        }

        // Everything that goes to scratch on its own goes there before the properties, which are written in one piece.
        var previous = Slice.Absent;
        var group = Slice.Absent;
        switch (call)
        {
            case SegmentCall.Track:
                MapName(ref walk, ref e, limits, m.Event);
                break;
            case SegmentCall.Identify:
                e.Event = state.Keep("$identify"u8);
                e.Set = m.Traits.IsAbsent ? m.Context.Traits : m.Traits;
                break;
            case SegmentCall.Page:
                e.Event = state.Keep("$pageview"u8);
                break;
            case SegmentCall.Screen:
                e.Event = state.Keep("$screen"u8);
                break;
            case SegmentCall.Group:
                e.Event = state.Keep("$groupidentify"u8);
                group = PostHogDecoder.DistinctId(state, m.GroupId);
                if (group.Length <= 0)
                {
                    walk.Fail(EventFault.GroupIdMissing);
                    return;
                }

                break;
            case SegmentCall.Alias:
                e.Event = state.Keep("$create_alias"u8);
                previous = PostHogDecoder.DistinctId(state, m.PreviousId);
                previous = previous.Length > 0 ? previous : userId.Length > 0 ? anonymousId : Slice.Absent;
                if (previous.Length <= 0)
                {
                    walk.Fail(EventFault.PreviousIdMissing);
                    return;
                }

                break;
            default:
                walk.Fail(EventFault.TypeUnknown);
                return;
        }

        var members = new MemberWriter(state);
        if (call == SegmentCall.Identify && userId.Length > 0 && anonymousId.Length > 0)
        {
            members.Text("$anon_distinct_id"u8, anonymousId);
        }

        if (!previous.IsAbsent)
        {
            members.Text("alias"u8, previous);
        }

        if (!group.IsAbsent)
        {
            members.Literal("$group_type"u8, "\"group\""u8);
            members.Text("$group_key"u8, group);
            members.Value("$group_set"u8, m.Traits.IsAbsent ? JsonValue.Absent : new JsonValue(m.Traits, JsonTokenType.StartObject));
        }

        if (call == SegmentCall.Screen)
        {
            members.Value("$screen_name"u8, m.Name);
        }

        if (call is SegmentCall.Page or SegmentCall.Screen)
        {
            members.Value("name"u8, m.Name);
            members.Value("category"u8, m.Category);
        }

        MapContext(ref members, call, in m);
        members.Inside(m.Properties);
        e.Properties = members.End();
    }

    private static void MapName(ref JsonWalk walk, ref RawEvent e, CaptureOptions limits, JsonValue name)
    {
        if (!name.IsText)
        {
            walk.Fail(name.IsAbsent || name.Type == JsonTokenType.String ? EventFault.EventMissing : EventFault.EventNotText);
        }
        else if (name.Slice.Length > limits.MaxEventNameLength)
        {
            walk.Fail(EventFault.EventTooLong);
        }
        else
        {
            e.Event = name.Slice;
        }
    }

    private static void MapContext(ref MemberWriter members, SegmentCall call, in Message m)
    {
        // A page call says of itself where it is; the context may be that of the page before.
        var own = call == SegmentCall.Page;
        members.Value("$current_url"u8, own && m.Url.IsText ? m.Url : m.Context.Url);
        members.Value("$pathname"u8, own && m.Path.IsText ? m.Path : m.Context.Path);
        members.Value("$referrer"u8, own && m.Referrer.IsText ? m.Referrer : m.Context.Referrer);
        members.Value("title"u8, m.Context.Title);
        members.Value("$raw_user_agent"u8, m.Context.UserAgent);
        members.Value("$ip"u8, m.Context.Ip);
        members.Value("$locale"u8, m.Context.Locale);
        members.Value("$timezone"u8, m.Context.TimeZone);
        members.Value("$lib"u8, m.Context.LibraryName);
        members.Value("$lib_version"u8, m.Context.LibraryVersion);
        members.Value("$screen_width"u8, m.Context.ScreenWidth);
        members.Value("$screen_height"u8, m.Context.ScreenHeight);
        members.Value("$app_name"u8, m.Context.AppName);
        members.Value("$app_version"u8, m.Context.AppVersion);
        members.Value("$os"u8, m.Context.OsName);
        members.Value("$os_version"u8, m.Context.OsVersion);
        if (m.Context.GroupId.IsText)
        {
            members.Group(m.Context.GroupId);
        }

        members.Campaign(m.Context.Campaign);
    }

    private struct Message
    {
        public JsonValue Type;
        public JsonValue Event;
        public JsonValue Name;
        public JsonValue Category;
        public JsonValue UserId;
        public JsonValue AnonymousId;
        public JsonValue PreviousId;
        public JsonValue GroupId;
        public JsonValue MessageId;
        public JsonValue Timestamp;
        public JsonValue OriginalTimestamp;
        public JsonValue Url;
        public JsonValue Path;
        public JsonValue Referrer;
        public Slice Properties;
        public Slice Traits;
        public Context Context;

        /// <summary>A zeroed value is absent by its type; slices say so by their length.</summary>
        public static Message Empty => new()
        {
            Type = JsonValue.Absent,
            Properties = Slice.Absent,
            Traits = Slice.Absent,
            Context = new Context { Campaign = Slice.Absent, Traits = Slice.Absent },
        };
    }

    private struct Context
    {
        public JsonValue Url;
        public JsonValue Path;
        public JsonValue Referrer;
        public JsonValue Title;
        public JsonValue UserAgent;
        public JsonValue Ip;
        public JsonValue Locale;
        public JsonValue TimeZone;
        public JsonValue GroupId;
        public JsonValue LibraryName;
        public JsonValue LibraryVersion;
        public JsonValue ScreenWidth;
        public JsonValue ScreenHeight;
        public JsonValue AppName;
        public JsonValue AppVersion;
        public JsonValue OsName;
        public JsonValue OsVersion;
        public Slice Campaign;
        public Slice Traits;
    }
}
