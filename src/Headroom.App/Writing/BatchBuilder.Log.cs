using Microsoft.Extensions.Logging;

namespace Headroom.App.Writing;

internal sealed partial class BatchBuilder
{
    [LoggerMessage(LogLevel.Error, "The log record at offset {Offset} ({Bytes} bytes) cannot be read; its events are not stored. Keep the log file and report it.")]
    private static partial void LogUnreadableRecord(ILogger logger, long offset, int bytes, Exception? exception);

    [LoggerMessage(LogLevel.Error, "{Bad} of the {Count} events of project {Project} in the log record at offset {Offset} cannot be read; they are counted as rejected.")]
    private static partial void LogUnreadableEvents(ILogger logger, int bad, int count, int project, long offset, Exception? exception);
}
