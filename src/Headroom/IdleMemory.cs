using System.Runtime.InteropServices;

namespace Headroom;

/// <summary>
/// Gives memory back when the server has become quiet. Neither the runtime nor the allocator of native code does so by
/// itself while nothing is allocated, and a small machine has other use for what a burst of events or a large query took.
/// </summary>
/// <param name="look">How much there is; what this process has where it is left out.</param>
internal sealed partial class IdleMemory(TimeProvider time, Func<ProcessMemory>? look = null) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Managed bytes allocated in an interval up to which it counts as quiet.</summary>
    private const long QuietBytes = 4 * 1024 * 1024;

    /// <summary>Growth of the resident memory since the last time below which it is not worth the pause.</summary>
    private const long WorthBytes = 16 * 1024 * 1024;

    /// <summary>Looks in a row that find it quiet until memory is given back once more: query engines are closed after a minute without work.</summary>
    private const int AgainAfter = 12;

    private readonly Func<ProcessMemory> _look = look ?? ProcessMemory.Now;
    private long _allocated;
    private long _needed;
    private int _quietLooks;
    private bool _gaveBack;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            GiveBackWhenQuiet();
        }
    }

    /// <summary>One look; whether memory was given back. Quiet is what allocated little since the look before.</summary>
    internal bool GiveBackWhenQuiet()
    {
        var before = _allocated;
        (_allocated, var resident) = _look();
        var quiet = _allocated - before < QuietBytes;
        (_quietLooks, _gaveBack) = quiet ? (_quietLooks + 1, _gaveBack) : (0, false);
        var due = quiet && (resident - _needed > WorthBytes || (_gaveBack && _quietLooks == AgainAfter));
        if (due)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            if (OperatingSystem.IsLinux())
            {
                TrimNativeHeap();
            }

            resident = _needed = _look().Resident;
            _gaveBack = true;
        }

        _needed = Math.Min(_needed, resident);
        return due;
    }

    private static void TrimNativeHeap()
    {
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Only glibc has it; musl gives memory back by itself.
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);
}

/// <param name="Allocated">Managed bytes allocated since the start, those that are garbage included.</param>
/// <param name="Resident">Bytes of memory that the process holds.</param>
internal readonly record struct ProcessMemory(long Allocated, long Resident)
{
    public static ProcessMemory Now() => new(GC.GetTotalAllocatedBytes(), Environment.WorkingSet);
}
