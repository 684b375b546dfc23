using System.Globalization;
using Headroom.App.Capture;
using Headroom.App.Insights;
using Headroom.App.Writing;
using Headroom.Store;

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

    /// <summary>Settings for a process that has so many bytes, which count where nobody says otherwise; none where there is enough.</summary>
    public static IReadOnlyDictionary<string, string?> Defaults(long bytes)
    {
        if (bytes >= Enough)
        {
            return new Dictionary<string, string?>();
        }

        var (capture, writing) = (new CaptureOptions(), new WritingOptions());
        return new Dictionary<string, string?>
        {
            ["Headroom:Store:QueryMemoryMegabytes"] = Text(Math.Max(Share(new StoreOptions().QueryMemoryMegabytes), LeastQueryMegabytes)),
            ["Headroom:Capture:MaxInFlightBytes"] = Text(Math.Clamp(2 * Share(capture.MaxInFlightBytes), LeastInFlight, capture.MaxInFlightBytes)),
            ["Headroom:Writing:MaxBatchBytes"] = Text(Share(writing.MaxBatchBytes)),
            ["Headroom:Writing:VisitorCache"] = Text(Share(writing.VisitorCache)),
            ["Headroom:Insights:CacheMegabytes"] = Text(Share(new InsightsOptions().CacheMegabytes)),
        };

        // As much of what a setting has where there is enough as there is of enough.
        long Share(long usual) => usual * bytes / Enough;

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
