using Headroom.Core;

namespace Headroom.App.Shared;

/// <summary>Projects that the server itself writes to. They are projects like others, in which people may look and which they may share.</summary>
public interface ISystemProjects
{
    /// <summary>The project of that name, made with this retention where there is none; null where it cannot be made.</summary>
    ValueTask<ProjectId?> FindOrMakeAsync(string name, int retentionDays, CancellationToken cancellationToken);
}
