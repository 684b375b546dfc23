namespace Headroom.Bench;

/// <summary>The repository that this was built in.</summary>
internal static class RepositoryFolder
{
    public static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Headroom.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("This is run from within the repository.");
    }
}
