using System.Runtime.InteropServices;

namespace Headroom;

/// <summary>
/// Gives memory back when the server has become quiet. Neither the runtime nor the allocator of native code does so by
/// itself while nothing is allocated, and a small machine has other use for what a burst of events or a large query took.
/// </summary>
internal sealed partial class IdleMemory(TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Managed bytes allocated in an interval up to which it counts as quiet.</summary>
    private const long QuietBytes = 4 * 1024 * 1024;

    /// <summary>Growth of the resident memory since the last time below which it is not worth the pause.</summary>
    private const long WorthBytes = 16 * 1024 * 1024;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var allocated = 0L;
        var needed = 0L;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var before = allocated;
            allocated = GC.GetTotalAllocatedBytes();
            if (allocated - before < QuietBytes && Environment.WorkingSet - needed > WorthBytes)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                if (OperatingSystem.IsLinux())
                {
                    TrimNativeHeap();
                }

                needed = Environment.WorkingSet;
            }

            needed = Math.Min(needed, Environment.WorkingSet);
        }
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
