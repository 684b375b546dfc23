using System.Globalization;

namespace Headroom.Bench;

/// <summary>A cgroup, of either version, that bounds the memory of what runs in it.</summary>
internal sealed class MemoryGroup : IDisposable
{
    private const string Root = "/sys/fs/cgroup";
    private readonly string _directory;
    private readonly bool _second;

    private MemoryGroup(string directory, bool second) => (_directory, _second) = (directory, second);

    /// <summary>In use now, the page cache of its files included.</summary>
    public long UsedBytes => Read(_second ? "memory.current" : "memory.usage_in_bytes");

    /// <summary>How often the kernel ended a process because of the bound.</summary>
    public long Killed =>
        File.ReadLines(Path.Combine(_directory, _second ? "memory.events" : "memory.oom_control"))
            .Where(static line => line.StartsWith("oom_kill ", StringComparison.Ordinal))
            .Sum(static line => long.Parse(line.AsSpan("oom_kill ".Length), CultureInfo.InvariantCulture));

    /// <summary>Why none can be made here; null where one can.</summary>
    public static string? ReasonAgainst()
    {
        try
        {
            using var group = Make();
            group.Limit(64 << 20);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"no cgroup with a bound on memory can be made here ({e.Message})";
        }
    }

    public static MemoryGroup Make()
    {
        var second = File.Exists(Path.Combine(Root, "cgroup.controllers"));
        var group = new MemoryGroup(Path.Combine(second ? Root : Path.Combine(Root, "memory"), $"headroom-bench-{Guid.NewGuid():N}"), second);
        if (!second && !Directory.Exists(Path.Combine(Root, "memory")))
        {
            throw new IOException($"{Root}/memory is not there.");
        }

        Directory.CreateDirectory(group._directory);
        return group;
    }

    /// <summary>A program that enters the group and becomes what its further arguments say.</summary>
    public IEnumerable<string> Wrapper => ["/bin/sh", "-c", $"echo $$ > {Path.Combine(_directory, "cgroup.procs")} && exec \"$@\"", "sh"];

    /// <summary>From now on; the kernel takes back page cache where that is enough. −1 is none.</summary>
    public void Limit(long bytes) =>
        File.WriteAllText(
            Path.Combine(_directory, _second ? "memory.max" : "memory.limit_in_bytes"), bytes < 0 && _second ? "max" : bytes.ToString(CultureInfo.InvariantCulture));

    public void Dispose()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory);
        }
    }

    private long Read(string file) => long.Parse(File.ReadAllText(Path.Combine(_directory, file)), CultureInfo.InvariantCulture);
}
