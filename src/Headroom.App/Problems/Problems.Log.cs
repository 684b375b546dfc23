using Microsoft.Extensions.Logging;

namespace Headroom.App.Problems;

internal static partial class ProblemsLog
{
    [LoggerMessage(LogLevel.Warning, "Problems with what was sent could not be written down; the next try is in some seconds.")]
    public static partial void NotWritten(this ILogger logger, Exception exception);
}
