using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.Store;

internal sealed partial class SegmentStore
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Event store open at {Directory}: {Projects} projects, committed up to log offset {Offset}")]
    private static partial void LogOpened(ILogger logger, string directory, int projects, LogPosition offset);

    [LoggerMessage(Level = LogLevel.Error, Message = "The event store under {Directory} cannot be written; nothing of the batch was stored, it is tried again")]
    private static partial void LogUnavailable(ILogger logger, Exception cause, string directory);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Open sessions of project {Project} are not known, new ones begin: {Reason}")]
    private static partial void LogSessionsUnknown(ILogger logger, ProjectId project, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Made the files of {Persons} persons of project {Project} from the catalog")]
    private static partial void LogPersonsRestored(ILogger logger, ProjectId project, long persons);

    [LoggerMessage(Level = LogLevel.Information, Message = "Removal {Id}: a person of project {Project} is forgotten, {Keys} keys and {DistinctIds} distinct ids; the events follow")]
    private static partial void LogForgot(ILogger logger, Guid id, ProjectId project, int keys, int distinctIds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Count} files of batches that never counted")]
    private static partial void LogOrphans(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "A query was asked again of the newest state: {Reason}")]
    private static partial void LogReplaced(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The process of a statement ended without an answer: {Said}")]
    private static partial void LogStatementEnded(ILogger logger, string said);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The answer to a transaction of the catalog was lost; it is found out now: it counts: {Counts}")]
    private static partial void LogSettled(ILogger logger, bool counts);
}
