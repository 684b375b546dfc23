using System.Globalization;

namespace Headroom.Core;

/// <summary>How much memory the process may have.</summary>
public static class MemoryLimit
{
    private const string HighMemoryPercent = "GCHighMemPercent";
    private const double UsualHighMemoryPercent = 90;
    private const long PageBytes = 4096;

    /// <summary>
    /// Bytes of the process's container where it is in one with a bound, else of the machine. What the runtime calls available is a bound of its heap in a
    /// container, three quarters of it; where it begins to collect more eagerly is a known part of the whole in both. Asked once.
    /// </summary>
    public static long Bytes { get; } = Read();

    private static long Read()
    {
        var percent = GC.GetConfigurationVariables().TryGetValue(HighMemoryPercent, out var set) ? Convert.ToDouble(set, CultureInfo.InvariantCulture) : 0;
        var bytes = (long)(GC.GetGCMemoryInfo().HighMemoryLoadThresholdBytes / (percent > 0 ? percent : UsualHighMemoryPercent) * 100);

        // The part was rounded down.
        return (bytes + PageBytes - 1) / PageBytes * PageBytes;
    }
}
