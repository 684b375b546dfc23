using Microsoft.Extensions.Logging;

namespace Headroom.App.Writing;

internal sealed partial class Writer
{
    [LoggerMessage(Level = LogLevel.Error, Message = "The log record at offset {Offset} cannot be decoded; its events are counted as rejected")]
    private static partial void LogPoison(ILogger logger, long offset, Exception problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "A batch could not be written; nothing of it counts, and it is tried again from the log in {Milliseconds} ms")]
    private static partial void LogFailure(ILogger logger, double milliseconds, Exception problem);
}
