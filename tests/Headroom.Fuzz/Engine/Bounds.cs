using System.Diagnostics;
using Headroom.Fuzz.Targets;

namespace Headroom.Fuzz.Engine;

/// <summary>An input that a decoder must not fail on, and does.</summary>
/// <param name="Kind">crash, slow or memory.</param>
/// <param name="Key">The same for inputs that fail for the same reason.</param>
/// <param name="Detail">For a person.</param>
internal sealed record Finding(string Kind, string Key, string Detail);

/// <summary>Runs one input within what it may cost.</summary>
internal static class Bounds
{
    /// <summary>Null where all is well.</summary>
    public static Finding? Check(FuzzTarget target, byte[] input)
    {
        var finding = Once(target, input, out var elapsed);

        // A machine that is busy is no finding: only what is slow each time.
        for (var again = 0; again < 2 && finding is null && elapsed > target.MaxTime; again++)
        {
            finding = Once(target, input, out elapsed);
        }

        return finding ?? (elapsed <= target.MaxTime ? null : new Finding("slow", "slow", $"It takes {elapsed.TotalSeconds:F1} s each time."));
    }

    private static Finding? Once(FuzzTarget target, byte[] input, out TimeSpan elapsed)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        try
        {
            target.Run(input);
        }
        catch (Exception e)
        {
            elapsed = TimeSpan.Zero;
            return new Finding("crash", KeyOf(e), e.ToString());
        }

        elapsed = Stopwatch.GetElapsedTime(started);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated <= target.MaxAllocatedBytes
            ? null
            : new Finding("memory", "memory", $"It takes {allocated:N0} bytes of memory, of {target.MaxAllocatedBytes:N0} that it may.");
    }

    /// <summary>The exception's type and the first two places in Headroom's code.</summary>
    private static string KeyOf(Exception e)
    {
        var inner = e.GetBaseException();
        var frames = new StackTrace(inner, fNeedFileInfo: false).GetFrames()
            .Select(static frame => frame.GetMethod())
            .Where(static method => method?.DeclaringType?.Namespace?.StartsWith("Headroom.", StringComparison.Ordinal) == true)
            .Take(2).Select(static method => $"{method!.DeclaringType!.Name}.{method.Name}");
        return $"{inner.GetType().Name} {(inner is BrokenLawException ? inner.Message.Split(':')[0] : "")} {string.Join(" < ", frames)}";
    }
}
