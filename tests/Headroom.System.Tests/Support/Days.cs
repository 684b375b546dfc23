namespace Headroom.System.Tests.Support;

/// <summary>For tests to which it matters that a day does not end under them.</summary>
internal static class Days
{
    /// <summary>A time zone in which a day has begun hours ago and goes on for hours, and that day.</summary>
    public static (string TimeZone, DateOnly Today) InTheMiddle()
    {
        var now = TimeProvider.System.GetUtcNow();
        var timeZone = now.Hour is >= 4 and < 20 ? "UTC" : "Asia/Tokyo";
        return (timeZone, DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeBySystemTimeZoneId(now, timeZone).DateTime));
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
