using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Headroom.Core.Queries;

namespace Headroom.App.Alerting;

/// <summary>How much it matters. Ordered: the higher is the worse.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<AlertSeverity>))]
public enum AlertSeverity
{
    /// <summary>Nothing is lost or late yet, or it went by itself.</summary>
    Warning,

    /// <summary>Somebody is needed now.</summary>
    Critical,
}

[JsonConverter(typeof(SnakeCaseEnumConverter<AlertState>))]
public enum AlertState
{
    Firing,
    Resolved,
}

/// <summary>Something that is wrong, or was.</summary>
public sealed record Alert(
    [property: Description("Stable: the same thing has the same id each time, as in part:writer, ledger:1, disk:data, lag:writer, errors:capture, wall:ingest:fsync, alerting:email")] string Id,
    AlertSeverity Severity,
    string Title,
    [property: Description("What is wrong and the way out")] string Detail,
    DateTimeOffset Since,
    AlertState State,
    [property: Description("Null while it fires")] DateTimeOffset? ResolvedAt,
    [property: Description("Until when nobody is reminded of it and the app keeps it small; null where it is not acknowledged")] DateTimeOffset? AcknowledgedUntil);

/// <summary>One way on which alerts leave.</summary>
public sealed record AlertChannel(
    [property: Description("email, or webhook:0, webhook:1 …")] string Name,
    [property: Description("To whom: addresses, or the host of a webhook; what is secret in its address is not told")] string Target,
    [property: Description("When something last arrived, since the start; null before")] DateTimeOffset? DeliveredAt,
    [property: Description("Why the last try failed; null where it did not")] string? Problem);

/// <summary>What is wrong now, what was, and who is told.</summary>
public sealed record AlertsReport(
    [property: Description("The worst first")] IReadOnlyList<Alert> Firing,
    [property: Description("What is well again, the latest first")] IReadOnlyList<Alert> Resolved,
    IReadOnlyList<AlertChannel> Channels);

/// <summary>For how long somebody knows of an alert.</summary>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record AlertAcknowledgement([property: Description("Hours from now; 24 where it is left out"), Range(1, 168)] int? Hours);

/// <summary>What a channel said to a message.</summary>
public sealed record ChannelAnswer(
    string Name,
    string Target,
    [property: Description("Whether it took the message")] bool Ok,
    [property: Description("Its own words, or why it was not reached")] string Said);

/// <summary>What each channel said to a test message.</summary>
public sealed record AlertTest([property: Description("Empty where no channel is configured")] IReadOnlyList<ChannelAnswer> Channels);

/// <summary>What happened to an alert that a message tells of.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<AlertNewsKind>))]
public enum AlertNewsKind
{
    /// <summary>It began.</summary>
    Fired,

    /// <summary>A warning became critical.</summary>
    Worsened,

    /// <summary>It goes on, and nobody acknowledged it.</summary>
    Reminder,

    /// <summary>It is well again.</summary>
    Resolved,

    /// <summary>Somebody tries whether messages arrive.</summary>
    Test,
}

/// <param name="Alert">As it was then.</param>
public sealed record AlertNews(AlertNewsKind Kind, Alert Alert);

/// <summary>The body of a webhook: <c>text</c> for Slack and Mattermost, <c>content</c> for Discord, the rest for programs.</summary>
/// <param name="Text">As for a person; &lt;, &gt; and &amp; are escaped, so that nothing in it is a mention.</param>
/// <param name="Content">The same unescaped, at most 1,900 characters.</param>
/// <param name="Server">Headroom:Alerting:Name.</param>
/// <param name="Address">Headroom:Alerting:Address, or null.</param>
internal sealed record WebhookBody(
    string Text,
    string Content,
    [property: JsonPropertyName("allowed_mentions")] WebhookMentions AllowedMentions,
    string Server,
    string? Address,
    DateTimeOffset SentAt,
    IReadOnlyList<AlertNews> News);

/// <summary>Discord's word for whom a message may mention: nobody.</summary>
internal sealed record WebhookMentions(IReadOnlyList<string> Parse);

/// <summary>What a restart must not forget, in alerts.json.</summary>
/// <param name="Format">1.</param>
internal sealed record AlertRecord(int Format, IReadOnlyList<FiringRecord> Firing, IReadOnlyList<Alert> Resolved);

/// <param name="ToldAt">When a message of it last arrived; null where none did, or there is no channel.</param>
internal sealed record FiringRecord(Alert Alert, DateTimeOffset? ToldAt);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(AlertsReport))]
[JsonSerializable(typeof(AlertAcknowledgement))]
[JsonSerializable(typeof(AlertTest))]
[JsonSerializable(typeof(WebhookBody))]
[JsonSerializable(typeof(AlertRecord))]
internal sealed partial class AlertingJson : JsonSerializerContext;
