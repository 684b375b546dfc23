using Headroom.Bench;

namespace Headroom.System.Tests.Support;

/// <summary>Where the repository and the program under test are.</summary>
internal static class Repository
{
    public static string Root { get; } = RepositoryFolder.Root();

    public static string Clients { get; } = Path.Combine(Root, "tests", "clients");

    /// <summary>HEADROOM_BIN, else what ./headroom built, else the newest plain build.</summary>
    public static string Program { get; } = FindProgram();

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
