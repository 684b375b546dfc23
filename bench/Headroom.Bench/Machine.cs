namespace Headroom.Bench;

/// <summary>What figures are worth nothing without.</summary>
internal sealed record Machine(int Cores, string Processor, long MemoryBytes, string Kernel, string FileSystem)
{
    public static Machine Describe(string directory) => new(
        Environment.ProcessorCount,
        Field("/proc/cpuinfo", "model name") ?? "unknown processor",
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        FileSystemOf(Path.GetFullPath(directory)));

    private static string? Field(string file, string name)
    {
        foreach (var line in File.ReadLines(file))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
            {
                return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
            }
        }

        return null;
    }

    // The longest mount point that holds the directory. On tmpfs an fsync costs nothing, which a reader must know.
    private static string FileSystemOf(string directory)
    {
        var (best, type) = ("", "unknown");
        foreach (var line in File.ReadLines("/proc/mounts"))
        {
            var fields = line.Split(' ');
            var mount = fields[1];
            var holds = mount == "/" || directory == mount || directory.StartsWith(mount + "/", StringComparison.Ordinal);
            if (holds && mount.Length >= best.Length)
            {
                (best, type) = (mount, fields[2]);
            }
        }

        return type;
    }
}
