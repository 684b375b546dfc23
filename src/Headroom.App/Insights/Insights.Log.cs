using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Insights;

internal static partial class InsightsLog
{
    [LoggerMessage(LogLevel.Warning, "A {Kind} query of project {Project} was refused ({Bound}): {Reason}")]
    public static partial void QueryRefused(this ILogger logger, string kind, ProjectId project, QueryBound bound, string reason);

    [LoggerMessage(LogLevel.Error, "A {Kind} query of project {Project} failed.")]
    public static partial void QueryFailed(this ILogger logger, Exception exception, string kind, ProjectId project);
}
