namespace Headroom.System.Tests.Support;

/// <summary>Where the repository and the program under test are.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Clients { get; } = Path.Combine(Root, "tests", "clients");

    /// <summary>HEADROOM_BIN, else what ./headroom built, else the newest plain build.</summary>
    public static string Program { get; } = FindProgram();

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Headroom.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("These tests run from within the repository.");
    }

    private static string FindProgram()
    {
        if (Environment.GetEnvironmentVariable("HEADROOM_BIN") is { Length: > 0 } named)
        {
            return named;
        }

        string[] places = ["app/headroom", "bin/Headroom/release/headroom", "bin/Headroom/debug/headroom"];
        return places.Select(place => new FileInfo(Path.Combine(Root, "artifacts", place)))
            .Where(file => file.Exists)
            .MaxBy(file => file.LastWriteTimeUtc)?.FullName
            ?? throw new InvalidOperationException("There is no headroom program: build it with ./headroom version, or name it in HEADROOM_BIN.");
    }
}
