using Microsoft.Extensions.Logging;

namespace Headroom.Scale.Redis;

internal static partial class RedisLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis is away: {Reason} Answers are cached and rates are limited by each process alone until it is back.")]
    public static partial void Away(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis is there, after {Away}")]
    public static partial void There(ILogger logger, TimeSpan away);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Redis refused to {Operation}: {Reason}")]
    public static partial void Refused(ILogger logger, string operation, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The connection to Redis ended in a way that was not expected; restart the process to share answers and limits again")]
    public static partial void Ended(ILogger logger, Exception cause);
}
