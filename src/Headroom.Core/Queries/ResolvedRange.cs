using System.Globalization;

namespace Headroom.Core.Queries;

/// <summary>A range as instants, [From, To), with the period of the same length before it. Unix microseconds.</summary>
public readonly record struct ResolvedRange(long From, long To, long PreviousFrom)
{
    /// <summary>Instants and dates are read here; problems are reported under <paramref name="path"/>. Null where there are any.</summary>
    public static ResolvedRange? Resolve(
        QueryRange range, Interval interval, LocalCalendar calendar, long now, string path, QueryErrors errors)
    {
        var relative = range.Last is not null || range.Unit is not null;
        if (relative && (range.From is not null || range.To is not null))
        {
            errors.Add(path, "Give either from and to, or last and unit.");
            return null;
        }

        return relative ? Relative(range, calendar, now, path, errors) : Absolute(range, interval, calendar, path, errors);
    }

    /// <summary>Reads a whole day (its start, or its end where <paramref name="endOfDay"/>) or an instant; null when it is neither.</summary>
    public static long? ParseBound(string text, LocalCalendar calendar, bool endOfDay, out bool isDay)
    {
        isDay = DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day);
        if (isDay)
        {
            return InYears(day.Year) ? calendar.StartOf(endOfDay ? day.AddDays(1) : day) : null;
        }

        return text.Length <= 40 && text.Contains('T', StringComparison.Ordinal) && HasOffset(text) &&
            DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant) && InYears(instant.UtcDateTime.Year)
            ? UnixMicros.From(instant)
            : null;
    }

    private static ResolvedRange? Relative(QueryRange range, LocalCalendar calendar, long now, string path, QueryErrors errors)
    {
        if (range.Last is not { } last || last < 1 || last > QueryLimits.Buckets)
        {
            errors.Add(path + ".last", string.Create(CultureInfo.InvariantCulture, $"Must be a whole number from 1 to {QueryLimits.Buckets}."));
        }

        if (range.Unit is null)
        {
            errors.Add(path + ".unit", "Must be minute, hour, day, week or month.");
        }

        if (range.Last is not (>= 1 and <= QueryLimits.Buckets) || range.Unit is not { } unit)
        {
            return null;
        }

        if (unit is Interval.Minute or Interval.Hour)
        {
            var width = LocalCalendar.ClockWidth(unit);
            var present = calendar.FloorClock(now, unit);
            var from = present - ((range.Last.Value - 1) * width);
            return new ResolvedRange(from, present + width, from - (range.Last.Value * width));
        }

        var today = calendar.Floor(calendar.DateOf(now), unit);
        var first = LocalCalendar.Add(today, unit, 1 - range.Last.Value);
        var previous = LocalCalendar.Add(first, unit, -range.Last.Value);
        if (!InYears(previous.Year))
        {
            errors.Add(path + ".last", string.Create(CultureInfo.InvariantCulture, $"Reaches back before {QueryLimits.FirstYear}."));
            return null;
        }

        return new ResolvedRange(
            calendar.StartOf(first), calendar.StartOf(LocalCalendar.Add(today, unit, 1)), calendar.StartOf(previous));
    }

    private static ResolvedRange? Absolute(QueryRange range, Interval interval, LocalCalendar calendar, string path, QueryErrors errors)
    {
        var from = Bound(range.From, calendar, false, path + ".from", errors, out var fromIsDay);
        var to = Bound(range.To, calendar, true, path + ".to", errors, out var toIsDay);
        if (from is null || to is null)
        {
            return null;
        }

        if (fromIsDay != toIsDay)
        {
            errors.Add(path + ".to", "Must be of the same form as from: both days, or both instants.");
            return null;
        }

        if (to <= from)
        {
            errors.Add(path + ".to", fromIsDay ? "Must not be before from." : "Must be after from.");
            return null;
        }

        return new ResolvedRange(from.Value, to.Value, fromIsDay ? PreviousDays(range, interval, calendar) : from.Value - (to.Value - from.Value));
    }

    /// <summary>As many days before; by month, where the range is whole months, as many months.</summary>
    private static long PreviousDays(QueryRange range, Interval interval, LocalCalendar calendar)
    {
        var first = DateOnly.ParseExact(range.From!, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        var after = DateOnly.ParseExact(range.To!, "yyyy-MM-dd", CultureInfo.InvariantCulture).AddDays(1);
        if (interval is Interval.Month && first.Day == 1 && after.Day == 1)
        {
            return calendar.StartOf(first.AddMonths(-(((after.Year - first.Year) * 12) + after.Month - first.Month)));
        }

        return calendar.StartOf(first.AddDays(first.DayNumber - after.DayNumber));
    }

    private static long? Bound(string? text, LocalCalendar calendar, bool endOfDay, string path, QueryErrors errors, out bool isDay)
    {
        isDay = false;
        if (text is not null && ParseBound(text, calendar, endOfDay, out isDay) is { } instant)
        {
            return instant;
        }

        errors.Add(path, text is null
            ? "Is missing."
            : string.Create(CultureInfo.InvariantCulture,
                $"Must be a day (2026-11-01) or an instant with its offset (2026-11-01T00:00:00Z), from {QueryLimits.FirstYear} to {QueryLimits.LastYear}."));
        return null;
    }

    /// <summary>An instant without an offset would depend on where the server runs.</summary>
    private static bool HasOffset(string text) =>
        text[^1] is 'Z' or 'z' || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');

    private static bool InYears(int year) => year is >= QueryLimits.FirstYear and <= QueryLimits.LastYear;
}
