namespace Headroom.App.Shared.Control;

/// <summary>The control data as a file, for those who copy it.</summary>
public static class ControlFile
{
    public const string Name = "control.db";

    /// <summary>The newest schema that this build knows.</summary>
    public const string NewestSchema = ControlDatabase.NewestMigration;

    /// <summary>The schema of a file; null where it has none yet.</summary>
    /// <exception cref="InvalidOperationException">A newer version of Headroom wrote it.</exception>
    public static async Task<string?> RequireKnownAsync(string path, CancellationToken cancellationToken)
    {
        var newest = await SqliteControl.NewestMigrationOfAsync(path, cancellationToken);
        ControlDatabase.RequireKnown(newest, path);
        return newest;
    }
}
