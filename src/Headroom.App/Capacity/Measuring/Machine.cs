using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;
using Headroom.Core;

namespace Headroom.App.Capacity.Measuring;

/// <summary>What the process takes of its machine at an instant.</summary>
/// <param name="OwnSeconds">Processor time of the process since it started.</param>
/// <param name="BusySeconds">
/// Processor time that is not free for the process to take: all of the machine's that is not idle where it has the whole machine, else its own.
/// </param>
/// <param name="Processors">That it may use: of its affinity and of its group's quota.</param>
/// <param name="MemoryBytes">Resident.</param>
/// <param name="MemoryLimitBytes">Of its container, else of the machine.</param>
/// <param name="PausedSeconds">In which the collector stopped the process, since it started.</param>
/// <param name="DiskFreeBytes">On the disk of the data directory; 0 where nobody knows.</param>
/// <param name="Switches">How often a thread of the process gave its processor up to wait, since it started; 0 where nobody knows.</param>
/// <param name="CompiledSeconds">Processor time of the process that went into compiling its code, since it started.</param>
internal readonly record struct MachineReading(
    double OwnSeconds, double BusySeconds, int Processors, long MemoryBytes, long MemoryLimitBytes, double PausedSeconds, long PendingWork, long DiskFreeBytes,
    long Switches = 0, double CompiledSeconds = 0);

/// <summary>Reads the machine.</summary>
internal sealed partial class Machine(string dataDirectory)
{
    private const string ProcessorTimes = "/proc/stat";
    private const string KernelRun = "/proc/sys/kernel/random/boot_id";

    /// <summary>A tick of the processor times in /proc, the same on every Linux that .NET runs on (proc(5), USER_HZ).</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Of a 64-bit Linux' struct rusage (getrusage(2)): two times of two each and fourteen numbers, of which ru_nvcsw is the last but one.</summary>
    private const int UsageLongs = 18;
    private const int VoluntarySwitchesAt = 16;

    private DriveInfo? _drive;

    /// <summary>
    /// Equal for all processes that have the whole of this machine's processors, in containers too: of the kernel since it started. Null
    /// where the process has a part of them, or nobody knows.
    /// </summary>
    public static string? Shared
    {
        get
        {
            try
            {
                return BusyOfMachine() is null ? null : File.ReadAllText(KernelRun).Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    public MachineReading Read()
    {
        var own = Environment.CpuUsage.TotalTime.TotalSeconds;
        return new MachineReading(
            own, Math.Max(own, BusyOfMachine() ?? own), Environment.ProcessorCount, Environment.WorkingSet, MemoryLimit.Bytes,
            GC.GetTotalPauseDuration().TotalSeconds, ThreadPool.PendingWorkItemCount, FreeBytes(), VoluntarySwitches(), JitInfo.GetCompilationTime().TotalSeconds);
    }

    /// <summary>Null where the process has a part of the machine's processors only.</summary>
    private static double? BusyOfMachine()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        double? busy = null;
        var processors = 0;
        foreach (var line in File.ReadLines(ProcessorTimes))
        {
            if (!line.StartsWith("cpu", StringComparison.Ordinal))
            {
                break;
            }

            if (line[3] == ' ')
            {
                busy = Busy(line.AsSpan(4));
            }
            else
            {
                processors++;
            }
        }

        return processors == Environment.ProcessorCount ? busy : null;
    }

    /// <summary>All but idle, iowait (the fourth and fifth) and what guests have been given, which is counted in user already.</summary>
    private static double Busy(ReadOnlySpan<char> times)
    {
        double ticks = 0;
        var field = 0;
        foreach (var range in times.Split(' '))
        {
            var text = times[range];
            if (text.IsEmpty)
            {
                continue;
            }

            if (field is not (3 or 4) && field < 8 && long.TryParse(text, CultureInfo.InvariantCulture, out var value))
            {
                ticks += value;
            }

            field++;
        }

        return ticks / TicksPerSecond;
    }

    /// <summary>Of threads that have ended too; 0 where the system is not one that says.</summary>
    private static long VoluntarySwitches()
    {
        const int Self = 0;
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            return 0;
        }

        Span<long> usage = stackalloc long[UsageLongs];
        return GetResourceUsage(Self, usage) == 0 ? usage[VoluntarySwitchesAt] : 0;
    }

    private long FreeBytes()
    {
        try
        {
            _drive ??= new DriveInfo(dataDirectory);
            return _drive.AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetResourceUsage(int who, Span<long> usage);
}
