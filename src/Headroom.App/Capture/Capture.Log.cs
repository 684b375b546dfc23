using Microsoft.Extensions.Logging;

namespace Headroom.App.Capture;

internal static partial class CaptureLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "The event log does not take events: {Reason}. Clients are told to try again later.")]
    public static partial void LogUnavailable(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The event log takes events again.")]
    public static partial void LogAvailable(this ILogger logger);

    [LoggerMessage(Level = LogLevel.Error, Message = "A capture request failed in a way that was not expected. The client was told to try again later.")]
    public static partial void RequestFailed(this ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The count of refused events could not be written and is kept for later: {Reason}")]
    public static partial void RefusedNotWritten(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The server stops while the log takes nothing: {Events} refused events are missing from the ledger.")]
    public static partial void RefusedLost(this ILogger logger, long events);
}
