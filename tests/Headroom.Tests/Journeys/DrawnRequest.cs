using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Headroom.Core;
using Headroom.Tests.Sql;

namespace Headroom.Tests.Journeys;

internal enum Protocol
{
    PostHog,
    Segment,
    Plausible,
}

internal enum DrawnKind
{
    Event,
    Identify,
    Alias,
    Merge,
    Group,
}

internal enum DrawnFault
{
    None,
    NoDistinctId,
    NoUuid,
    NumberTooLarge,
}

/// <summary>When something happened, by the right clock: at an instant, or so far from when it is sent; without either nothing is said of it.</summary>
/// <param name="At">Unix microseconds.</param>
/// <param name="Ahead">Microseconds.</param>
internal sealed record DrawnTime(long? At, long? Ahead);

/// <param name="Uuid">Which of the project's few; null for none.</param>
/// <param name="Value">A property's value as JSON; null where it is not sent.</param>
internal sealed record DrawnEvent(
    DrawnKind Kind, string Name, string Id, string Other, DrawnTime Time, int? Uuid, string? Value, double? Number, bool Personless, string? Session, bool IgnoresSentAt,
    DrawnFault Fault);

/// <param name="Pause">Since the request before, microseconds.</param>
/// <param name="Skew">How far the client's clock is ahead of ours, microseconds; null where it does not say what it shows.</param>
/// <param name="Times">How often it is sent, as a retry whose answer was lost is.</param>
internal sealed record DrawnRequest(Protocol Protocol, long Pause, long? Skew, DrawnEvent[] Events, int Times)
{
    public const long Minute = 60_000_000L;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;

    /// <summary>The day before the first that questions ask for.</summary>
    public static readonly DateOnly FirstDay = new(2026, 11, 17);

    /// <summary>When the first request may come. All come on this day.</summary>
    public static readonly DateTimeOffset Start = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);

    /// <summary>Some requests, in the order in which they are sent.</summary>
    /// <param name="midnight">An instant at which a day begins for the project, near <see cref="FirstDay"/>.</param>
    public static Gen<DrawnRequest[]> Any(long midnight)
    {
        // On few days, at few hours, so that there are sessions, and at and beside the edges of days.
        var time = Gen.Frequency(
            (10, Gen.Select(Gen.Int[0, 4], Gen.Int[0, 80]).Select((day, minute) => new DrawnTime(midnight + (day * Day) + (9 * Hour) + (minute * Minute), null))),
            (3, Gen.Select(Gen.Int[0, 5], Gen.OneOfConst(0L, -1L, 1L)).Select((day, shift) => new DrawnTime(midnight + (day * Day) + shift, null))),
            (2, Gen.OneOfConst(0L, -1_000L, 23 * Hour, (23 * Hour) + 1, (23 * Hour) - 1, 3 * Day).Select(ahead => new DrawnTime(null, ahead))),
            (1, Gen.Const(new DrawnTime(null, null))));
        var one =
            from kind in Gen.Frequency((14, Gen.Const(DrawnKind.Event)), (4, Gen.Const(DrawnKind.Identify)), (1, Gen.Const(DrawnKind.Alias)), (1, Gen.Const(DrawnKind.Merge)), (1, Gen.Const(DrawnKind.Group)))
            from name in Gen.OneOfConst("open", "open", "buy", "buy", "$pageview", "$pageview", "$autocapture")
            from ids in Gen.Select(Gen.OneOfConst("a1", "a1", "a2", "u1", "u1", "u2"), Gen.OneOfConst("a1", "a1", "a2", "a3", "u2", "anonymous"))
            from at in time
            from uuid in Gen.Frequency((3, Gen.Const((int?)null)), (2, Gen.Int[0, 5].Select(static n => (int?)n)))
            from value in Gen.OneOfConst(null, "\"x\"", "\"x\"", "\"12\"", "12", "12.5", "true", "null", "[1,{\"a\":null}]", "\"ü\"")
            from number in Gen.OneOfConst<double?>(null, 1, 2.5, -4)
            from personless in Gen.Int[0, 4]
            from session in Gen.OneOfConst(null, null, null, "s1", "s2")
            from ignores in Gen.Int[0, 7]
            from fault in Gen.Frequency((30, Gen.Const(DrawnFault.None)), (3, Gen.Enum<DrawnFault>()))
            select new DrawnEvent(kind, name, ids.Item1, ids.Item2, at, uuid, value, number, personless == 0, session, ignores == 0, fault);
        var request =
            from protocol in Gen.Frequency((4, Gen.Const(Protocol.PostHog)), (2, Gen.Const(Protocol.Segment)), (2, Gen.Const(Protocol.Plausible)))
            from pause in Gen.OneOfConst(0L, 20 * 1_000_000L, 5 * Minute, 30 * Minute, (30 * Minute) + 1)
            from skew in Gen.OneOfConst<long?>(null, 0, 0, 149_000_000, -149_000_000, 150_000_000, 151_000_000, -151_000_000, 2 * Hour, -26 * Hour)
            from events in one.Array[1, 5]
            from times in Gen.OneOfConst(1, 1, 1, 2)
            select new DrawnRequest(protocol, pause, skew, events, times);
        return request.Array[2, 8];
    }

    public override string ToString() => $"{Protocol} after {Pause} skew {Skew} times {Times}: {string.Join(" | ", (object[])Events)}";
}

/// <summary>What a request says, for the model to make sense of. Times are the client's.</summary>
/// <param name="Id">Of Plausible's the visitor.</param>
/// <param name="Other">The id that is said to be the same person's.</param>
/// <param name="Key">What says that it is the same event as another; null where nothing does.</param>
/// <param name="At">Unix microseconds; null where nothing is said.</param>
internal sealed record SaidEvent(
    DrawnKind Kind, string Name, string Id, string? Other, string? Key, long? At, IReadOnlyDictionary<string, object> Properties, bool Personless, string? Session, bool IgnoresSentAt,
    bool IsRefused);

/// <summary>A drawn request as a client writes it, and what it says.</summary>
/// <param name="SentAt">What the client's clock shows, unix microseconds.</param>
internal sealed record SentRequest(Protocol Protocol, string Path, string Body, string? Address, long? SentAt, IReadOnlyList<SaidEvent> Events)
{
    /// <param name="now">Our clock when it is sent first, unix microseconds.</param>
    public static SentRequest Of(DrawnRequest drawn, long now, string writeKey, string domain)
    {
        var sentAt = now + drawn.Skew;
        return drawn.Protocol switch
        {
            Protocol.PostHog => PostHog(drawn, now, sentAt, writeKey),
            Protocol.Segment => Segment(drawn, now, sentAt, writeKey),
            _ => Plausible(drawn.Events[0], domain),
        };
    }

    private static SentRequest PostHog(DrawnRequest drawn, long now, long? sentAt, string writeKey)
    {
        var (batch, said) = (new JsonArray(), new List<SaidEvent>());
        foreach (var e in drawn.Events)
        {
            var at = ClientTime(e.Time, now, drawn.Skew);
            var name = e.Kind switch { DrawnKind.Identify => "$identify", DrawnKind.Alias => "$create_alias", DrawnKind.Merge => "$merge_dangerously", DrawnKind.Group => "$groupidentify", _ => e.Name };
            var properties = Properties(e, name);
            var own = (JsonObject)properties.DeepClone();
            if (e.Kind is DrawnKind.Identify or DrawnKind.Alias or DrawnKind.Merge)
            {
                own[e.Kind is DrawnKind.Identify ? "$anon_distinct_id" : "alias"] = e.Other;
            }

            if (e.Personless)
            {
                own["$process_person_profile"] = false;
            }

            if (e.Session is not null)
            {
                own["$session_id"] = e.Session;
            }

            if (e.IgnoresSentAt)
            {
                own["$ignore_sent_at"] = true;
            }

            if (e.Fault is DrawnFault.NumberTooLarge)
            {
                own["large"] = JsonNode.Parse("1e999");
            }

            var json = new JsonObject { ["event"] = name, ["properties"] = own };
            if (e.Fault is not DrawnFault.NoDistinctId)
            {
                json["distinct_id"] = e.Id;
            }

            if (e.Fault is DrawnFault.NoUuid || e.Uuid is not null)
            {
                json["uuid"] = e.Fault is DrawnFault.NoUuid ? "none" : Uuid(e.Uuid!.Value);
            }

            if (at is { } client)
            {
                // Of a whole millisecond as a number now and then, as older clients send it.
                json["timestamp"] = e.Uuid is > 3 && client % 1_000 == 0 ? client / 1_000 : Text(client);
            }

            batch.Add((JsonNode)json);
            said.Add(new SaidEvent(
                e.Kind, name, e.Id, e.Kind is DrawnKind.Event or DrawnKind.Group ? null : e.Other, e.Uuid is { } n ? Uuid(n) : null, at, Meanings(properties), e.Personless, e.Session,
                e.IgnoresSentAt, e.Fault is not DrawnFault.None));
        }

        var body = new JsonObject { ["api_key"] = writeKey, ["batch"] = batch };
        if (sentAt is { } clock)
        {
            body["sent_at"] = Text(clock);
        }

        return new SentRequest(Protocol.PostHog, "/batch/", body.ToJsonString(), null, sentAt, said);
    }

    private static SentRequest Segment(DrawnRequest drawn, long now, long? sentAt, string writeKey)
    {
        var (batch, said) = (new JsonArray(), new List<SaidEvent>());
        foreach (var e in drawn.Events)
        {
            var at = ClientTime(e.Time, now, drawn.Skew);
            var kind = e.Kind is DrawnKind.Merge ? DrawnKind.Event : e.Kind;
            var (type, name) = kind switch
            {
                DrawnKind.Identify => ("identify", "$identify"),
                DrawnKind.Alias => ("alias", "$create_alias"),
                DrawnKind.Group => ("group", "$groupidentify"),
                _ => e.Name == "$pageview" ? ("page", "$pageview") : ("track", e.Name),
            };
            var properties = kind is DrawnKind.Event ? Properties(e, name) : [];
            var json = new JsonObject { ["type"] = type, ["properties"] = properties.DeepClone() };
            json[kind is DrawnKind.Event && e.Id[0] == 'a' ? "anonymousId" : "userId"] = e.Id;
            switch (kind)
            {
                case DrawnKind.Identify:
                    json["anonymousId"] = e.Other;
                    json["traits"] = new JsonObject { ["plan"] = "pro" };
                    break;
                case DrawnKind.Alias:
                    json["previousId"] = e.Other;
                    break;
                case DrawnKind.Group:
                    json["groupId"] = "g1";
                    break;
                default:
                    if (type == "track")
                    {
                        json["event"] = name;
                    }

                    break;
            }

            // The even ones are those of PostHog's protocol too.
            var key = e.Uuid is not { } n ? null : n % 2 == 0 ? Uuid(n) : $"message {n}";
            if (key is not null)
            {
                json["messageId"] = key;
            }

            if (at is { } client)
            {
                json["timestamp"] = Text(client);
            }

            batch.Add((JsonNode)json);
            said.Add(new SaidEvent(
                kind, name, e.Id, kind is DrawnKind.Identify or DrawnKind.Alias ? e.Other : null, key, at, Meanings(properties), Personless: false, Session: null, IgnoresSentAt: false,
                IsRefused: false));
        }

        var body = new JsonObject { ["batch"] = batch, ["writeKey"] = writeKey };
        if (sentAt is { } clock)
        {
            body["sentAt"] = Text(clock);
        }

        return new SentRequest(Protocol.Segment, "/v1/batch", body.ToJsonString(), null, sentAt, said);
    }

    /// <summary>One event of now; what is no text, number or boolean is left out.</summary>
    private static SentRequest Plausible(DrawnEvent e, string domain)
    {
        var name = e.Name[0] == '$' ? "$pageview" : e.Name;
        var properties = Properties(e, "");
        var address = "198.51.100." + e.Id[^1];
        var body = new JsonObject
        {
            ["n"] = name == "$pageview" ? "pageview" : name, ["u"] = $"https://{domain}{Page(e)}?ref=1", ["d"] = domain, ["p"] = properties,
        };
        var meanings = Meanings(properties).Where(static p => p.Value is not JsonText).Append(KeyValuePair.Create<string, object>("$pathname", Page(e))).ToDictionary();
        return new SentRequest(
            Protocol.Plausible, "/api/event", body.ToJsonString(), address, null,
            [new SaidEvent(DrawnKind.Event, name, "visitor " + address, null, null, null, meanings, Personless: true, null, IgnoresSentAt: false, IsRefused: false)]);
    }

    private static JsonObject Properties(DrawnEvent e, string name)
    {
        var properties = new JsonObject();
        if (e.Value is not null)
        {
            properties["plan"] = JsonNode.Parse(e.Value);
        }

        if (e.Number is { } number)
        {
            properties["price"] = number;
        }

        if (name == "$pageview")
        {
            properties["$pathname"] = Page(e);
        }

        return properties;
    }

    private static string Page(DrawnEvent e) => e.Number is null ? "/" : "/prices";

    /// <summary>What each property is as a value; null is as if it had not been sent.</summary>
    private static Dictionary<string, object> Meanings(JsonObject properties) => properties.Where(static p => p.Value is not null).ToDictionary(
        static p => p.Key, static object (p) => p.Value!.GetValueKind() switch
        {
            JsonValueKind.String => p.Value!.GetValue<string>(),
            JsonValueKind.Number => p.Value!.GetValue<double>(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => new JsonText(p.Value!.ToJsonString()),
        });

    private static long? ClientTime(DrawnTime time, long now, long? skew) => (time.At ?? now + time.Ahead) + (skew ?? 0);

    private static string Uuid(int number) => $"01900000-0000-7000-8000-{number:D12}";

    private static string Text(long micros) => UnixMicros.ToInstant(micros).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
