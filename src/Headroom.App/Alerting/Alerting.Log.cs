using Microsoft.Extensions.Logging;

namespace Headroom.App.Alerting;

internal static partial class AlertingLog
{
    [LoggerMessage(LogLevel.Error, "Alert {Id} ({Severity}): {Title}. {Detail}")]
    public static partial void Fired(this ILogger logger, string id, AlertSeverity severity, string title, string detail);

    [LoggerMessage(LogLevel.Information, "Alert {Id} is resolved: {Title}")]
    public static partial void Resolved(this ILogger logger, string id, string title);

    [LoggerMessage(LogLevel.Warning, "An alert was not taken by {Channel} ({Target}), try {Attempt}: {Reason}")]
    public static partial void NotDelivered(this ILogger logger, string channel, string target, int attempt, string reason);

    [LoggerMessage(LogLevel.Error, "An alert was given up for {Channel} ({Target}); nobody was told by it: {Subject}")]
    public static partial void GivenUp(this ILogger logger, string channel, string target, string subject);

    [LoggerMessage(LogLevel.Warning, "Nothing was looked at just now; the next look is in a second.")]
    public static partial void LookFailed(this ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Warning, "{File} could not be read; alerts that fired before may be told again.")]
    public static partial void NotRead(this ILogger logger, string file, Exception exception);

    [LoggerMessage(LogLevel.Warning, "{File} is of a newer version and was left out; alerts that fired before may be told again.")]
    public static partial void Newer(this ILogger logger, string file);

    [LoggerMessage(LogLevel.Warning, "{File} could not be written; after a restart alerts that fired before may be told again.")]
    public static partial void NotWritten(this ILogger logger, string file, Exception exception);
}
