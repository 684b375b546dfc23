using Headroom.App.Capacity.Measuring;

namespace Headroom.App.Capacity.Ceilings;

/// <summary>How long the disk lasts.</summary>
internal static class StorageGrowth
{
    /// <summary>Of samples, to say anything of growth: merges make files appear and go.</summary>
    private const double LeastSeconds = 600;
    private const double SecondsPerDay = 86_400;

    /// <summary>By the forecast where there is one, else by the growth of the samples' time; null where it does not grow or nobody knows yet.</summary>
    public static Estimate? DaysLeft(IReadOnlyList<Sample> samples, IReadOnlyList<WallForecast> walls, DateTimeOffset at)
    {
        var today = DateOnly.FromDateTime(at.UtcDateTime);
        foreach (var wall in walls)
        {
            if (wall is { Flow: Flow.Storage, Median: { } median })
            {
                double Days(DateOnly? day) => Math.Max(0, (day ?? median).DayNumber - today.DayNumber);
                return new Estimate(Days(median), Days(wall.Early), wall.Late is null ? Days(median) * 2 : Days(wall.Late));
            }
        }

        var seconds = samples.Sum(static s => s.Seconds);
        if (seconds < LeastSeconds)
        {
            return null;
        }

        var middle = samples.Count / 2;
        var whole = PerDay(samples, 0, samples.Count - 1);
        var (first, second) = (PerDay(samples, 0, middle), PerDay(samples, middle, samples.Count - 1));
        var free = samples[^1].Machine.DiskFreeBytes;
        if (whole <= 0 || free == 0)
        {
            return null;
        }

        var slow = Math.Max(Math.Min(first, second), whole / 4);
        return new Estimate(free / whole, free / Math.Max(whole, Math.Max(first, second)), free / Math.Min(whole, slow));
    }

    /// <summary>Segments alone: the log is as long as its retention says.</summary>
    private static double PerDay(IReadOnlyList<Sample> samples, int from, int to)
    {
        var seconds = (samples[to].At - samples[from].At).TotalSeconds;
        return seconds > 0 ? (samples[to].Now(Quantity.SegmentBytes) - samples[from].Now(Quantity.SegmentBytes)) / seconds * SecondsPerDay : 0;
    }
}
