using System.Globalization;

namespace Headroom.System.Tests.Support;

/// <summary>For tests to which it matters that a day does not end under them.</summary>
internal static class Days
{
    /// <summary>A time zone in which it is noon, and its day.</summary>
    public static (string TimeZone, DateOnly Today) AtNoon()
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var east = 12 - now.Hour;

        // The names count to the west.
        return (string.Create(CultureInfo.InvariantCulture, $"Etc/GMT{-east:+0;-0;+0}"), DateOnly.FromDateTime(now.AddHours(east)));
    }

    /// <summary>Returns when the UTC day, by which visitors without cookies are told apart, goes on for so long; mostly at once.</summary>
    public static async Task GoesOnAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        var left = TimeSpan.FromDays(1) - TimeProvider.System.GetUtcNow().TimeOfDay;
        if (left < time)
        {
            await Task.Delay(left, cancellationToken);
        }
    }
}
