using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Importing;

internal static partial class ImportsLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "An import into project {Project} begins: {Name}")]
    public static partial void ImportBegins(this ILogger logger, ProjectId project, string name);

    [LoggerMessage(Level = LogLevel.Information, Message = "The import of {Name} into project {Project} ended, {State}, after {Rows} rows: {Taken} taken, {Refused} refused. {Problem}")]
    public static partial void ImportEnded(this ILogger logger, string name, ProjectId project, ImportState state, long rows, long taken, long refused, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "The import of {Name} into project {Project} failed in a way that was not expected.")]
    public static partial void ImportFailed(this ILogger logger, Exception exception, string name, ProjectId project);
}
