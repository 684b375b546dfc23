using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Headroom.App.Capture;

/// <summary>
/// Plausible's event API: one event for each domain named. Visitors have no id of their own; theirs is of the day, see
/// <see cref="VisitorIds"/>.
/// </summary>
internal static class PlausibleDecoder
{
    private const int MaxName = 120;
    private const int MaxUrl = 2000;

    /// <summary>The event is stored once for each domain, so a list must not multiply it without bound.</summary>
    private const int MaxDomains = 100;

    /// <summary>
    /// Plausible's own bound. Of more it keeps as many and accepts the event, as it leaves out lists, objects, nulls and
    /// blank texts (put_props in lib/plausible/ingestion/request.ex of plausible/analytics).
    /// </summary>
    private const int MaxProps = 30;

    /// <summary>Notes the domains as <see cref="CaptureState.Key"/>, still a comma list, and one event without its distinct id.</summary>
    public static Refusal? Decode(CaptureState state, CaptureOptions limits)
    {
        var walk = new JsonWalk(state.Text, limits);
        walk.Reader.Read();
        if (walk.Reader.TokenType != JsonTokenType.StartObject)
        {
            return Refusal.Malformed("The body is not a JSON object.");
        }

        walk.BeginEvent();
        var f = new Fields();
        while (walk.Reader.Read() && walk.Reader.TokenType != JsonTokenType.EndObject)
        {
            Read(ref walk, ref f);
        }

        walk.EndEvent();
        walk.Reader.Read();
        var refusal = Check(state, f) ?? Map(ref walk, state, limits, f);
        if (refusal is not null)
        {
            // It was one event, if a bad one.
            state.EventsUnread = 1;
        }

        return refusal;
    }

    private static void Read(ref JsonWalk walk, ref Fields f)
    {
        if (walk.NameIs("n"u8) || walk.NameIs("name"u8))
        {
            f.Name = walk.NextValue();
        }
        else if (walk.NameIs("u"u8) || walk.NameIs("url"u8))
        {
            f.Url = walk.NextValue();
        }
        else if (walk.NameIs("d"u8) || walk.NameIs("domain"u8))
        {
            f.Domain = walk.NextValue();
        }
        else if (walk.NameIs("r"u8) || walk.NameIs("referrer"u8))
        {
            f.Referrer = walk.NextValue();
        }
        else if (walk.NameIs("p"u8) || walk.NameIs("props"u8) || walk.NameIs("m"u8) || walk.NameIs("meta"u8))
        {
            f.Props = walk.NextValue();
        }
        else if (walk.NameIs("h"u8) || walk.NameIs("hashMode"u8))
        {
            f.HashMode = walk.NextValue();
        }
        else if (walk.NameIs("i"u8) || walk.NameIs("interactive"u8))
        {
            f.Interactive = walk.NextValue();
        }
        else if (walk.NameIs("$"u8) || walk.NameIs("revenue"u8))
        {
            f.Revenue = walk.NextValue();
        }
        else if (walk.NameIs("sd"u8))
        {
            f.ScrollDepth = walk.NextValue();
        }
        else if (walk.NameIs("e"u8))
        {
            f.EngagementTime = walk.NextValue();
        }
        else
        {
            walk.NextValue();
        }
    }

    private static Refusal? Check(CaptureState state, in Fields f)
    {
        if (!f.Domain.IsText)
        {
            return new Refusal(400, "key", "can't be blank", "domain");
        }

        var domains = state.Unescape(f.Domain.Slice);
        if (state.Bytes(domains).Count((byte)',') >= MaxDomains)
        {
            return new Refusal(400, "over_limit", "should be at most 100 domains", "domain");
        }

        state.Key = domains;

        if (!f.Name.IsText)
        {
            return new Refusal(400, "event_name", "can't be blank", "event_name");
        }

        if (JsonText.Cut(state.Bytes(f.Name.Slice), MaxName).Length < f.Name.Slice.Length)
        {
            return new Refusal(400, "over_limit", "should be at most 120 characters", "event_name");
        }

        if (!f.Url.IsText)
        {
            return new Refusal(400, "url", "is required", "url");
        }

        return JsonText.Cut(state.Bytes(f.Url.Slice), MaxUrl).Length < f.Url.Slice.Length
            ? new Refusal(400, "over_limit", "should be at most 2000 characters", "url")
            : null;
    }

    private static Refusal? Map(ref JsonWalk walk, CaptureState state, CaptureOptions limits, in Fields f)
    {
        var e = RawEvent.Empty;
        var name = state.Bytes(state.Unescape(f.Name.Slice));
        e.Event = name.SequenceEqual("pageview"u8) ? state.Keep("$pageview"u8) : f.Name.Slice;
        var url = Unescape(state, f.Url.Slice);
        if (!TrySplit(url, out var host, out var path, out var query, out var fragment))
        {
            return new Refusal(400, "url", "must be a valid url", "url");
        }

        if (f.Props.Type is JsonTokenType.StartObject or JsonTokenType.String)
        {
            // plausible-tracker sends the object as text within the JSON.
            var props = f.Props.Type == JsonTokenType.String ? UnwrapProps(state, f.Props.Slice) : f.Props.Slice;
            var refused = CheckProps(state, props, limits);
            if (refused is not null)
            {
                return refused;
            }

            e.Properties = props;
        }
        else if (!f.Props.IsAbsent)
        {
            return new Refusal(400, "wrong_type", "must be an object", "props");
        }

        // Before the writing, which nothing else may write between.
        var revenue = f.Revenue.Type == JsonTokenType.String ? state.Unescape(f.Revenue.Slice)
            : f.Revenue.Type == JsonTokenType.StartObject ? f.Revenue.Slice
            : Slice.Absent;
        var members = new MemberWriter(state);
        members.Text("$current_url"u8, f.Url.Slice);
        members.PlainText("$host"u8, host);
        var withFragment = f.HashMode.Type == JsonTokenType.True || (f.HashMode.Type == JsonTokenType.Number && state.Bytes(f.HashMode.Slice).SequenceEqual("1"u8));
        members.PlainText("$pathname"u8, withFragment && !fragment.IsEmpty ? string.Concat(path, "#", fragment) : path);
        if (f.Referrer.IsText)
        {
            members.Text("$referrer"u8, f.Referrer.Slice with { Length = JsonText.Cut(state.Bytes(f.Referrer.Slice), MaxUrl).Length });
        }

        WriteUtm(members, query);
        if (f.Interactive.Type == JsonTokenType.False)
        {
            members.Literal("interactive"u8, "false"u8);
        }

        if (f.ScrollDepth.Type == JsonTokenType.Number)
        {
            members.Value("scroll_depth"u8, f.ScrollDepth);
        }

        if (f.EngagementTime.Type == JsonTokenType.Number)
        {
            members.Value("engagement_ms"u8, f.EngagementTime);
        }

        WriteRevenue(state, members, revenue);
        members.Literal("$lib"u8, "\"plausible\""u8);
        members.PlainValues(e.Properties, MaxProps);
        members.Literal("$process_person_profile"u8, "false"u8);
        e.Properties = members.End();
        if (walk.Fault != EventFault.None)
        {
            return EventFaults.Describe(walk.Fault, 0, limits);
        }

        state.AddEvent(e);
        return null;
    }

    private static string Unescape(CaptureState state, Slice text)
    {
        var reader = new Utf8JsonReader(state.Text.Slice(text.Start - 1, text.Length + 2));
        reader.Read();
        return reader.GetString()!;
    }

    private static Slice UnwrapProps(CaptureState state, Slice text)
    {
        var start = state.Scratch.Length;
        var plain = state.Unescape(text);
        JsonText.MendEscapes(state.Scratch.Written[start..]);
        return plain;
    }

    private static Refusal? CheckProps(CaptureState state, Slice props, CaptureOptions limits)
    {
        try
        {
            return WalkProps(state, props, limits);
        }
        catch (JsonException)
        {
            return new Refusal(400, "wrong_type", "must be an object; the text is not valid JSON", "props");
        }
    }

    private static Refusal? WalkProps(CaptureState state, Slice props, CaptureOptions limits)
    {
        var walk = new JsonWalk(state.Bytes(props), limits);
        walk.Reader.Read();
        if (walk.Reader.TokenType != JsonTokenType.StartObject)
        {
            return new Refusal(400, "wrong_type", "must be an object", "props");
        }

        walk.BeginEvent();
        var count = 0;
        while (walk.NextProperty(ref count))
        {
            walk.PropertyValue();
        }

        walk.Reader.Read();
        return walk.Fault == EventFault.None ? null : EventFaults.Describe(walk.Fault, 0, limits) with { Field = "props" };
    }

    private static bool TrySplit(
        string url, out ReadOnlySpan<char> host, out ReadOnlySpan<char> path, out ReadOnlySpan<char> query, out ReadOnlySpan<char> fragment)
    {
        host = path = query = fragment = default;
        var rest = url.AsSpan().Trim();
        var scheme = rest.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0)
        {
            return false;
        }

        rest = rest[(scheme + 3)..];
        var hash = rest.IndexOf('#');
        if (hash >= 0)
        {
            fragment = rest[(hash + 1)..];
            rest = rest[..hash];
        }

        var question = rest.IndexOf('?');
        if (question >= 0)
        {
            query = rest[(question + 1)..];
            rest = rest[..question];
        }

        var slash = rest.IndexOf('/');
        host = slash < 0 ? rest : rest[..slash];
        path = slash < 0 ? "/" : rest[slash..];
        return !host.IsEmpty;
    }

    private static void WriteUtm(MemberWriter members, ReadOnlySpan<char> query)
    {
        foreach (var range in query.Split('&'))
        {
            var part = query[range];
            var equals = part.IndexOf('=');
            if (equals <= 0 || equals == part.Length - 1)
            {
                continue;
            }

            var member = part[..equals] switch
            {
                "utm_source" => "utm_source"u8,
                "utm_medium" => "utm_medium"u8,
                "utm_campaign" => "utm_campaign"u8,
                "utm_content" => "utm_content"u8,
                "utm_term" => "utm_term"u8,
                _ => default,
            };
            if (!member.IsEmpty)
            {
                members.PlainText(member, Uri.UnescapeDataString(part[(equals + 1)..].ToString().Replace('+', ' ')).Replace('\0', '\uFFFD'));
            }
        }
    }

    private static void WriteRevenue(CaptureState state, MemberWriter members, Slice revenue)
    {
        if (!revenue.IsAbsent && TryReadRevenue(state.Bytes(revenue), out var amount, out var currency))
        {
            members.Literal("$revenue"u8, Encoding.UTF8.GetBytes(amount.ToString(CultureInfo.InvariantCulture)));
            if (currency is not null)
            {
                members.PlainText("$currency"u8, currency);
            }
        }
    }

    /// <summary>An object with an amount, as a number or a text. What is none leaves the event without revenue, as with Plausible.</summary>
    private static bool TryReadRevenue(ReadOnlySpan<byte> json, out decimal amount, out string? currency)
    {
        (amount, currency) = (0, null);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonWalk.HardDepth });
        var found = false;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isAmount = reader.ValueTextEquals("amount"u8);
                var isCurrency = reader.ValueTextEquals("currency"u8);
                reader.Read();
                if (isAmount && ((reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out var number)) ||
                    (reader.TokenType == JsonTokenType.String &&
                        decimal.TryParse(reader.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out number))))
                {
                    (amount, found) = (number, true);
                }
                else if (isCurrency && reader.TokenType == JsonTokenType.String)
                {
                    currency = reader.GetString();
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (JsonException)
        {
            // Only where the object came as a text; the body itself was read before.
            return false;
        }
        catch (InvalidOperationException)
        {
            // A text with half a surrogate pair.
            return false;
        }

        return found;
    }

    private struct Fields
    {
        public JsonValue Name;
        public JsonValue Url;
        public JsonValue Domain;
        public JsonValue Referrer;
        public JsonValue Props;
        public JsonValue HashMode;
        public JsonValue Interactive;
        public JsonValue Revenue;
        public JsonValue ScrollDepth;
        public JsonValue EngagementTime;
    }
}
