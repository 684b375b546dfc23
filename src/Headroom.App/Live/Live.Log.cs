using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Live;

internal static partial class LiveLog
{
    [LoggerMessage(LogLevel.Warning, "The live counts of project {Project} could not be read; the next try is in {Seconds} s.")]
    public static partial void OnlineFailed(this ILogger logger, Exception exception, ProjectId project, int seconds);
}
