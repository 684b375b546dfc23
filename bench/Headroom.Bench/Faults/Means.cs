namespace Headroom.Bench.Faults;

/// <summary>What this machine lets one do to a process, each with the reason where it does not.</summary>
/// <param name="NoDisk">Why no small file system can be mounted.</param>
/// <param name="NoMemoryGroup">Why a process cannot be given less memory than the machine has.</param>
/// <param name="ClockLibrary">libfaketime, or null where it is not installed.</param>
internal sealed record Means(string? NoDisk, string? NoMemoryGroup, string? ClockLibrary)
{
    public static async Task<Means> FindAsync() => new(await Disk.ReasonAgainstAsync(), MemoryGroup.ReasonAgainst(), FindClockLibrary());

    private static string? FindClockLibrary() =>
        Directory.Exists("/usr/lib")
            ? Directory.EnumerateFiles("/usr/lib", "libfaketimeMT.so.1", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3, IgnoreInaccessible = true }).FirstOrDefault()
            : null;
}
