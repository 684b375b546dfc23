using Headroom.Core;

namespace Headroom.Scale.Redis;

/// <summary>
/// The name by which an installation is told from others on one Redis: drawn by chance and kept in the data directory, in a file that
/// backups leave out. What is restored is another installation so: it counts versions of its data anew from where the backup was.
/// </summary>
internal static class Installation
{
    public const string FileName = "installation";
    private const int Characters = 32;

    public static string Of(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, FileName);
        if (Read(path) is { } known)
        {
            return known;
        }

        var mine = $"{path}.{Guid.NewGuid():N}.tmp";
        using (var file = new FileStream(mine, FileMode.CreateNew, FileAccess.Write))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(Guid.NewGuid().ToString("N")));
            file.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(mine, path);
            DirectorySync.Flush(dataDirectory);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was first.
            File.Delete(mine);
        }

        return Read(path) ?? throw new InvalidDataException($"{path} is not a name of an installation. Delete it: another one is drawn.");
    }

    private static string? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var text = File.ReadAllText(path).Trim();
        return text.Length == Characters && text.All(char.IsAsciiHexDigitLower)
            ? text
            : throw new InvalidDataException($"{path} is not a name of an installation. Delete it: another one is drawn.");
    }
}
