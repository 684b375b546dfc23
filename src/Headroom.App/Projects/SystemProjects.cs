using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Projects;

/// <summary>Found by name in memory; made in the control data once.</summary>
internal sealed class SystemProjects(ProjectCatalog catalog, IProjectDirectory directory, ILogger<SystemProjects> logger) : ISystemProjects
{
    public async ValueTask<ProjectId?> FindOrMakeAsync(string name, int retentionDays, CancellationToken cancellationToken)
    {
        foreach (var project in directory.All)
        {
            if (project.Name == name)
            {
                return project.Id;
            }
        }

        var made = await catalog.CreateAsync(new NewProject(name), cancellationToken);
        if (made.Value is not { } created)
        {
            ProjectsLog.SystemProjectNotMade(logger, name, made.Refusal is ProjectRefusal.Conflict conflict ? conflict.Reason : "its settings were refused");
            return null;
        }

        _ = ProjectId.TryParse(created.Project.Id, out var id);
        await catalog.ChangeAsync(id, new ProjectPatch { RetentionDays = retentionDays }, cancellationToken);
        return id;
    }
}
