using Headroom.Core;

namespace Headroom.App.Shared;

/// <summary>The {project} of a route.</summary>
internal static class ProjectLookup
{
    /// <summary>The project that a route names, or null; one made a moment ago is found.</summary>
    public static async ValueTask<ProjectInfo?> FindAsync(this IProjectDirectory directory, string text, CancellationToken cancellationToken)
    {
        if (!ProjectId.TryParse(text, out var id))
        {
            return null;
        }

        if (directory.TryGet(id, out var project))
        {
            return project;
        }

        await directory.RefreshAsync(cancellationToken);
        return directory.TryGet(id, out project) ? project : null;
    }
}
