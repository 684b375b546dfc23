using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Removal;

internal static partial class RemovalLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: removal {Id} of a person of project {Project} asked for.")]
    public static partial void DeletionRequested(ILogger logger, Guid id, ProjectId project);

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: removal {Id} of a person of project {Project} done, {Events} events.")]
    public static partial void DeletionDone(ILogger logger, Guid id, ProjectId project, long events);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What was removed could not be written down; it is tried again")]
    public static partial void Failed(ILogger logger, Exception cause);
}
