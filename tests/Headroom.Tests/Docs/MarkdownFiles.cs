namespace Headroom.Tests.Docs;

/// <summary>The project's own pages, found from where the tests run.</summary>
internal static class MarkdownFiles
{
    private static readonly string[] NotOurs = ["node_modules", "artifacts", "bin", "obj"];

    public static string Root { get; } = FindRoot();

    public static IEnumerable<string> All() => In(new DirectoryInfo(Root));

    private static IEnumerable<string> In(DirectoryInfo directory) => directory
        .EnumerateFiles("*.md").Select(file => file.FullName)
        .Concat(directory.EnumerateDirectories()
            .Where(inner => !inner.Name.StartsWith('.') && !NotOurs.Contains(inner.Name))
            .SelectMany(In));

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Headroom.slnx")))
        {
            directory = directory.Parent;
        }

        return directory.FullName;
    }
}
