using System.Security.Cryptography;

namespace Headroom.Fuzz.Engine;

/// <summary>The inputs of one target as files. Those named by their hash were found; the others were written by people.</summary>
internal static class Corpus
{
    private const int NameLength = 16;

    /// <summary>In the order of their names; none where there is no such directory.</summary>
    public static IReadOnlyList<(string Name, byte[] Input)> Read(string directory) => !Directory.Exists(directory) ? [] :
    [
        .. Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal).Select(static path => (Path.GetFileName(path), File.ReadAllBytes(path))),
    ];

    public static string NameOf(byte[] input) => Convert.ToHexStringLower(SHA256.HashData(input))[..NameLength];

    /// <summary>The written ones stay; of those found the ones given take the place of all that were there.</summary>
    public static void Replace(string directory, IEnumerable<byte[]> found)
    {
        Directory.CreateDirectory(directory);
        foreach (var path in Directory.EnumerateFiles(directory).Where(static path => IsFound(Path.GetFileName(path))).ToList())
        {
            File.Delete(path);
        }

        foreach (var input in found)
        {
            File.WriteAllBytes(Path.Combine(directory, NameOf(input)), input);
        }
    }

    public static bool IsFound(string name) => name.Length == NameLength && name.All(char.IsAsciiHexDigitLower);
}
