using Microsoft.Extensions.Logging;

namespace Headroom.App.Shared.Control;

internal static partial class ControlLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The schema of {Path} is now {Migration}.")]
    public static partial void Migrated(ILogger logger, string path, string migration);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Place} does not answer ({Problem}); the start waits for it up to {Seconds} seconds.")]
    public static partial void WaitingForServer(ILogger logger, string place, string problem, int seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Place} answers now.")]
    public static partial void ServerThere(ILogger logger, string place);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Project {Project} has the time zone {TimeZone}, which this machine does not know; it is counted in UTC. Install the tzdata package or change the project.")]
    public static partial void UnknownTimeZone(ILogger logger, int project, string timeZone);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The condition of cohort {Cohort} is not one that this version knows; queries that name the cohort are refused. Run the version that made it, or change the cohort.")]
    public static partial void UnknownCondition(ILogger logger, int cohort);

    [LoggerMessage(Level = LogLevel.Error, Message = "The control data cannot be read; projects and keys stay as last read until it can.")]
    public static partial void Unreadable(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "The control data can be read again.")]
    public static partial void ReadableAgain(ILogger logger);
}
