using System.Globalization;

namespace Headroom.App.Capture;

/// <summary>Why a whole request is refused.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Reason">A short, fixed word for metrics.</param>
/// <param name="Detail">For a person; names the limit and its setting where one was met.</param>
/// <param name="Field">The member that is wrong, for protocols whose errors name one.</param>
internal sealed record Refusal(int Status, string Reason, string Detail, string Field = "request")
{
    public bool RetryHelps => Status >= 500;

    public static Refusal Malformed(string detail) => new(400, "malformed", detail);

    public static Refusal Encoding(string detail) => new(400, "encoding", detail);

    public static Refusal OverLimit(int status, string what, long limit, string setting) =>
        new(status, "over_limit", string.Create(CultureInfo.InvariantCulture,
            $"{what} The limit is {limit} (setting {CaptureOptions.Section}:{setting})."));

    public static Refusal BodyTooLarge(CaptureOptions limits) =>
        OverLimit(413, "The request body is too large.", limits.MaxBodyBytes, nameof(limits.MaxBodyBytes));

    public static Refusal DecompressedTooLarge(CaptureOptions limits) =>
        OverLimit(413, "The body is too large once decompressed.", limits.MaxDecompressedBytes, nameof(limits.MaxDecompressedBytes));

    public static Refusal RatioTooHigh(CaptureOptions limits) =>
        OverLimit(413, "The body grows by too much when decompressed.", limits.MaxDecompressionRatio, nameof(limits.MaxDecompressionRatio));

    public static Refusal TooManyEvents(CaptureOptions limits) =>
        OverLimit(413, "The request has too many events.", limits.MaxEventsPerRequest, nameof(limits.MaxEventsPerRequest));

    public static Refusal Busy(string reason, string detail) => new(503, reason, detail);
}

/// <summary>Why one event of a request is refused while the others are not.</summary>
internal enum EventFault : byte
{
    None,
    NotAnObject,
    EventMissing,
    EventNotText,
    EventTooLong,
    EventOver200,
    DistinctIdMissing,
    DistinctIdTooLong,
    DistinctIdIllegal,
    UuidInvalid,
    PropertiesNotObject,
    PersonPropertiesNotObject,
    TooManyProperties,
    PropertyNameTooLong,
    PropertyValueTooLarge,
    EventTooLarge,
    TooDeep,
    NumberOutOfRange,
    TypeUnknown,
    UserMissing,
    PreviousIdMissing,
    GroupIdMissing,
    TimestampUnreadable,
}

internal static class EventFaults
{
    /// <summary>The short, fixed word for metrics.</summary>
    public static string Reason(EventFault fault) => fault switch
    {
        EventFault.EventMissing or EventFault.EventNotText => "event_name",
        EventFault.DistinctIdMissing or EventFault.DistinctIdTooLong or EventFault.DistinctIdIllegal or EventFault.UserMissing => "distinct_id",
        EventFault.UuidInvalid => "uuid",
        EventFault.TooManyProperties or EventFault.PropertyNameTooLong or EventFault.PropertyValueTooLarge or
            EventFault.EventTooLarge or EventFault.EventTooLong or EventFault.EventOver200 or EventFault.TooDeep => "over_limit",
        EventFault.NumberOutOfRange => "number",
        EventFault.TimestampUnreadable => "timestamp",
        _ => "wrong_type",
    };

    public static Refusal Describe(EventFault fault, int index, CaptureOptions limits) =>
        Describe(fault, string.Create(CultureInfo.InvariantCulture, $"Event {index + 1}: "), limits);

    /// <param name="fault">What is wrong.</param>
    /// <param name="at">What the detail begins with.</param>
    /// <param name="limits">Those that may have been met.</param>
    public static Refusal Describe(EventFault fault, string at, CaptureOptions limits)
    {
        return fault switch
        {
            EventFault.NotAnObject => Wrong("it is not a JSON object.", "event"),
            EventFault.EventMissing => Wrong("its name is missing or empty.", "event"),
            EventFault.EventNotText => Wrong("its name is not a text.", "event"),
            EventFault.EventTooLong => Limit("its name is too long.", limits.MaxEventNameLength, nameof(limits.MaxEventNameLength)),
            EventFault.EventOver200 => Wrong("its name has more than 200 characters.", "event"),
            EventFault.DistinctIdMissing => Wrong("distinct_id is missing, null or empty.", "distinct_id"),
            EventFault.DistinctIdTooLong => Wrong("distinct_id has more than 200 characters.", "distinct_id"),
            EventFault.DistinctIdIllegal => Wrong("distinct_id is a placeholder that many users would share.", "distinct_id"),
            EventFault.UuidInvalid => Wrong("uuid is not a UUID.", "uuid"),
            EventFault.PropertiesNotObject => Wrong("properties is not a JSON object.", "properties"),
            EventFault.PersonPropertiesNotObject => Wrong("its person properties ($set, $set_once or traits) are not a JSON object.", "$set"),
            EventFault.TooManyProperties => Limit("it has too many properties.", limits.MaxProperties, nameof(limits.MaxProperties)),
            EventFault.PropertyNameTooLong => Limit(
                "the name of a property is too long.", limits.MaxPropertyNameLength, nameof(limits.MaxPropertyNameLength)),
            EventFault.PropertyValueTooLarge => Limit(
                "the value of a property is too large.", limits.MaxPropertyValueBytes, nameof(limits.MaxPropertyValueBytes)),
            EventFault.EventTooLarge => Limit("it is too large.", limits.MaxEventBytes, nameof(limits.MaxEventBytes)),
            EventFault.TooDeep => Limit("its values nest too deep.", limits.MaxDepth, nameof(limits.MaxDepth)),
            EventFault.NumberOutOfRange => Wrong("a number is outside the range of a 64-bit floating point number.", "properties"),
            EventFault.TypeUnknown => Wrong("type is none of track, identify, page, screen, group, alias.", "type"),
            EventFault.UserMissing => Wrong("neither userId nor anonymousId is given.", "userId"),
            EventFault.PreviousIdMissing => Wrong("previousId is missing or empty.", "previousId"),
            EventFault.GroupIdMissing => Wrong("groupId is missing or empty.", "groupId"),
            EventFault.TimestampUnreadable => Wrong("its timestamp is not a time that is understood.", "timestamp"),
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };

        Refusal Wrong(string what, string field) => new(400, Reason(fault), at + what, field);

        Refusal Limit(string what, long limit, string setting) => Refusal.OverLimit(400, at + what, limit, setting) with { Field = "event" };
    }
}
