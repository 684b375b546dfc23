using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Headroom.Bench.Faults;

/// <summary>The system calls that faults are made of. Linux only.</summary>
internal static partial class Native
{
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Stop = 19;
    public const int Continue = 18;

    private const int OpenFiles = 7;

    public static bool IsRoot => GetEffectiveUser() == 0;

    public static void Signal(int process, int signal)
    {
        // A process that has just ended by itself needs no signal.
        _ = SendSignal(process, signal);
    }

    /// <summary>The soft limit of open files of a running process; the hard one stays as it is.</summary>
    /// <returns>The limit before.</returns>
    public static ulong LimitOpenFiles(int process, ulong most)
    {
        Check(Limit(process, OpenFiles, 0, out var before), "prlimit");
        var next = new Limits(Math.Min(most, before.Hard), before.Hard);
        Check(Limit(process, OpenFiles, in next, out _), "prlimit");
        return before.Soft;
    }

    private static void Check(int result, string call)
    {
        if (result != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{call} failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Limits(ulong Soft, ulong Hard);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint GetEffectiveUser();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Limit(int process, int resource, nint none, out Limits before);

    [LibraryImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Limit(int process, int resource, in Limits next, out Limits before);
}
