using Microsoft.Extensions.Logging;

namespace Headroom.App.Moving;

internal static partial class MovingLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "headroom move will not find this server: {Path} cannot be opened ({Reason}). Everything else works; a shorter data directory may help")]
    public static partial void NoChannel(ILogger logger, string path, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A move asked for {Command}, which could not be done")]
    public static partial void Refused(ILogger logger, string command, Exception problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Requests are passed on to the server on {Directory}, which has all that was captured here up to offset {Offset}")]
    public static partial void Switched(ILogger logger, string directory, string offset);
}
