using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Writing;

internal sealed partial class Writer
{
    [LoggerMessage(LogLevel.Information, "The Writer goes on at log offset {Offset} of {End}.")]
    private static partial void LogStarted(ILogger logger, LogPosition offset, LogPosition end);

    [LoggerMessage(LogLevel.Information, "The first event since the start: {Sessions} sessions are still open.")]
    private static partial void LogRestored(ILogger logger, long sessions);

    [LoggerMessage(LogLevel.Warning, "The event store takes no batch now; nothing is lost, the events wait in the log. Next try in {Delay}.")]
    private static partial void LogStoreUnavailable(ILogger logger, TimeSpan delay, Exception exception);

    [LoggerMessage(LogLevel.Error, "The Writer failed and begins again at log offset {Offset} in {Delay}.")]
    private static partial void LogFailed(ILogger logger, LogPosition offset, TimeSpan delay, Exception exception);

    [LoggerMessage(LogLevel.Information, "The Writer is well again.")]
    private static partial void LogRecovered(ILogger logger);
}
