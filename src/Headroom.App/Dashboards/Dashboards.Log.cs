using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Dashboards;

internal static partial class DashboardsLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: dashboard {Dashboard} of project {Project} deleted.")]
    public static partial void Deleted(ILogger logger, ProjectId project, int dashboard);

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: link {Share} to dashboard {Dashboard} of project {Project} created.")]
    public static partial void Shared(ILogger logger, ProjectId project, int dashboard, int share);

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: link {Share} to dashboard {Dashboard} of project {Project} revoked.")]
    public static partial void Revoked(ILogger logger, ProjectId project, int dashboard, int share);
}
