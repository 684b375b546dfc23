using Microsoft.Extensions.Logging;

namespace Headroom.App.Capacity;

internal static partial class CapacityLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Resources could not be measured; the next try is in {Seconds} s")]
    public static partial void NotMeasured(ILogger logger, int seconds, Exception cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} measures of resources were dropped because they could not be written for long: {Reason}")]
    public static partial void Dropped(ILogger logger, int count, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The history of load cannot be read, so there is no forecast; the next try is in an hour")]
    public static partial void NoHistory(ILogger logger, Exception cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} cannot be read and is left out: {Reason}")]
    public static partial void NotRead(ILogger logger, string file, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Measures cannot be exchanged with other processes, and the capacity report is without them until they can: {Reason}")]
    public static partial void NoReadings(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Measures are exchanged with other processes again")]
    public static partial void ReadingsAgain(ILogger logger);
}
