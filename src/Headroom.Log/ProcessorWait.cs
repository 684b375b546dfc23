using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Headroom.Log;

/// <summary>How long a thread was ready to run while no processor was free for it. Of the thread that makes it, and only to be asked there.</summary>
internal sealed class ProcessorWait : IDisposable
{
    /// <summary>Nanoseconds on a processor, nanoseconds of waiting for one, and turns (Documentation/scheduler/sched-stats.rst of Linux).</summary>
    private const string Path = "/proc/thread-self/schedstat";

    private readonly SafeFileHandle? _file = Open();

    /// <summary>Since the thread started; always zero where the system does not say.</summary>
    public TimeSpan Total
    {
        get
        {
            if (_file is null)
            {
                return TimeSpan.Zero;
            }

            Span<byte> text = stackalloc byte[64];
            text = text[..RandomAccess.Read(_file, text, 0)];
            var first = text.IndexOf((byte)' ');
            text = text[(first + 1)..];
            return first > 0 && text.IndexOf((byte)' ') is > 0 and var second && long.TryParse(text[..second], CultureInfo.InvariantCulture, out var nanoseconds)
                ? TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick)
                : TimeSpan.Zero;
        }
    }

    public void Dispose() => _file?.Dispose();

    private static SafeFileHandle? Open()
    {
        try
        {
            return OperatingSystem.IsLinux() ? File.OpenHandle(Path, share: FileShare.ReadWrite) : null;
        }
        catch (Exception e) when (e.IsFileFailure())
        {
            return null;
        }
    }
}
