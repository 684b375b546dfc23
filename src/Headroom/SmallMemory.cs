using System.Globalization;

namespace Headroom;

/// <summary>
/// Bounds for a process that has little memory. The defaults add up to more than a small machine or container has, and the
/// kernel ends whoever takes more than there is, in the middle of a question that could have been refused.
/// </summary>
internal static class SmallMemory
{
    /// <summary>Bytes of memory from which on the settings' own defaults hold.</summary>
    public const long Enough = 4L << 30;

    private const long Megabyte = 1 << 20;

    /// <summary>The largest body that is taken has to fit while it is decoded, or it would be told to come again for ever.</summary>
    private const long LeastInFlight = 96 * Megabyte;

    private const long LeastQueryMegabytes = 64;
    private const long LeastHeap = 96 * Megabyte;
    private const int Visitors = 300_000;

    /// <summary>Settings for a process that has so many bytes, which count where nobody says otherwise; none where there is enough.</summary>
    public static IReadOnlyDictionary<string, string?> Defaults(long bytes)
    {
        if (bytes >= Enough)
        {
            return new Dictionary<string, string?>();
        }

        return new Dictionary<string, string?>
        {
            ["Headroom:Store:QueryMemoryMegabytes"] = Text(Math.Max(bytes / 4 / Megabyte, LeastQueryMegabytes)),
            ["Headroom:Capture:MaxInFlightBytes"] = Text(Math.Clamp(bytes / 8, LeastInFlight, 256 * Megabyte)),
            ["Headroom:Writing:MaxBatchBytes"] = Text(bytes / 64),
            ["Headroom:Writing:VisitorCache"] = Text(bytes * Visitors / Enough),
            ["Headroom:Insights:CacheMegabytes"] = Text(bytes / 64 / Megabyte),
        };

        static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Half of so many bytes for the runtime's heap, where there is not enough and nobody has bounded it: it takes three quarters of a container else, and all of
    /// a machine, while the query engine, maps of files and the runtime itself are beside it.
    /// </summary>
    public static void BoundHeap(long bytes)
    {
        if (bytes >= Enough || IsBounded("DOTNET_GCHeapHardLimit") || IsBounded("DOTNET_GCHeapHardLimitPercent"))
        {
            return;
        }

        AppContext.SetData("GCHeapHardLimit", (ulong)Math.Max(bytes / 2, LeastHeap));
        GC.RefreshMemoryLimit();

        static bool IsBounded(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));
    }
}
