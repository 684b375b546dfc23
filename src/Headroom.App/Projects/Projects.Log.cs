using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Projects;

internal static partial class ProjectsLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: project {Project} created.")]
    public static partial void ProjectCreated(ILogger logger, int project);

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: project {Project} changed.")]
    public static partial void ProjectChanged(ILogger logger, int project);

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: key {Key} ({Kind}) of project {Project} created.")]
    public static partial void KeyCreated(ILogger logger, ProjectId project, int key, string kind);

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: key {Key} of project {Project} deleted.")]
    public static partial void KeyDeleted(ILogger logger, ProjectId project, int key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The project \"{Name}\" for the server's own measures cannot be made: {Reason}")]
    public static partial void SystemProjectNotMade(ILogger logger, string name, string reason);
}
