using System.Globalization;

namespace Headroom.App.Capacity.Measuring;

/// <summary>What the process takes of its machine at an instant.</summary>
/// <param name="OwnSeconds">Processor time of the process since it started.</param>
/// <param name="BusySeconds">
/// Processor time that is not free for the process to take: all of the machine's that is not idle where it has the whole machine, else its own.
/// </param>
/// <param name="Processors">That it may use: of its affinity and of its group's quota.</param>
/// <param name="MemoryBytes">Resident.</param>
/// <param name="MemoryLimitBytes">Of its group, else of the machine.</param>
/// <param name="PausedSeconds">In which the collector stopped the process, since it started.</param>
/// <param name="DiskFreeBytes">On the disk of the data directory; 0 where nobody knows.</param>
internal readonly record struct MachineReading(
    double OwnSeconds, double BusySeconds, int Processors, long MemoryBytes, long MemoryLimitBytes, double PausedSeconds, long PendingWork, long DiskFreeBytes);

/// <summary>Reads the machine.</summary>
internal sealed class Machine(string dataDirectory)
{
    private const string ProcessorTimes = "/proc/stat";
    private const string KernelRun = "/proc/sys/kernel/random/boot_id";

    /// <summary>A tick of the processor times in /proc, the same on every Linux that .NET runs on (proc(5), USER_HZ).</summary>
    private const double TicksPerSecond = 100;

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
            own, Math.Max(own, BusyOfMachine() ?? own), Environment.ProcessorCount, Environment.WorkingSet, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            GC.GetTotalPauseDuration().TotalSeconds, ThreadPool.PendingWorkItemCount, FreeBytes());
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
}
