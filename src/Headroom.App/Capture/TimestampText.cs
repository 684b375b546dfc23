using System.Buffers.Text;
using Headroom.Core;

namespace Headroom.App.Capture;

/// <summary>
/// Reads the forms of an instant that SDKs send: RFC 3339 and its looser relatives (a space for the T, no zone which
/// means UTC, a zone of hours only, a date alone), RFC 2822, and epoch numbers. An epoch number is taken as seconds
/// below 10^11 (the year 5138), as milliseconds below 10^14, else as microseconds.
/// </summary>
internal static class TimestampText
{
    private static ReadOnlySpan<byte> Months => "janfebmaraprmayjunjulaugsepoctnovdec"u8;

    /// <summary>False where the text is no instant. A year outside 1 to 9999 reads as the epoch.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long micros)
    {
        text = text.Trim((byte)' ');
        micros = 0;
        if (text.IsEmpty || text.Length > 64)
        {
            return false;
        }

        return TryIso(text, out micros) || TryEpoch(text, out micros) || TryRfc2822(text, out micros);
    }

    public static bool TryEpoch(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (!Utf8Parser.TryParse(text, out double value, out var used) || used != text.Length || !double.IsFinite(value))
        {
            return false;
        }

        var size = Math.Abs(value);
        var scaled = size < 1e11 ? value * 1e6 : size < 1e14 ? value * 1e3 : value;
        if (Math.Abs(scaled) < 9e18)
        {
            micros = OrEpoch((long)Math.Round(scaled));
        }

        return true;
    }

    /// <summary>The instant itself, or the epoch where the canonical range does not have it.</summary>
    public static long OrEpoch(long micros) => micros < UnixMicros.Min || micros > UnixMicros.Max ? 0 : micros;

    private static bool TryIso(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        var at = 0;
        var signed = text[0] is (byte)'+' or (byte)'-';
        if (signed)
        {
            at++;
        }

        var yearDigits = CountDigits(text[at..]);
        if (yearDigits is < 4 or > 6 || (yearDigits > 4 && !signed) || !Number(text, ref at, yearDigits, out var year) ||
            !Skip(text, ref at, (byte)'-') || !Number(text, ref at, 2, out var month) || !Skip(text, ref at, (byte)'-') ||
            !Number(text, ref at, 2, out var day) || month is < 1 or > 12 || day < 1)
        {
            return false;
        }

        long ofDay = 0;
        if (at < text.Length)
        {
            if (text[at] is not ((byte)'T' or (byte)'t' or (byte)' '))
            {
                return false;
            }

            at++;
            if (!TimeOfDay(text, ref at, out ofDay) || !Zone(text, ref at, out var offset) || at != text.Length)
            {
                return false;
            }

            ofDay -= offset;
        }

        if (text[0] == '-' || year is < 1 or > 9999)
        {
            return day <= 31;
        }

        return TryCompose(year, month, day, ofDay, out micros);
    }

    private static bool TryRfc2822(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        var comma = text.IndexOf((byte)',');
        var at = comma is >= 0 and <= 9 ? comma + 1 : 0;
        SkipSpaces(text, ref at);
        var dayDigits = CountDigits(text[at..]);
        if (dayDigits is < 1 or > 2 || !Number(text, ref at, dayDigits, out var day))
        {
            return false;
        }

        SkipSpaces(text, ref at);
        if (!MonthName(text, ref at, out var month))
        {
            return false;
        }

        SkipSpaces(text, ref at);
        if (!Number(text, ref at, 4, out var year))
        {
            return false;
        }

        SkipSpaces(text, ref at);
        return TimeOfDay(text, ref at, out var ofDay) && Zone(text, ref at, out var offset) && at == text.Length &&
            TryCompose(year, month, day, ofDay - offset, out micros);
    }

    private static bool TryCompose(int year, int month, int day, long ofDay, out long micros)
    {
        micros = 0;
        if (year < 1)
        {
            return true;
        }

        if (day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        var ticks = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc).Ticks - DateTimeOffset.UnixEpoch.Ticks;
        micros = OrEpoch((ticks / TimeSpan.TicksPerMicrosecond) + ofDay);
        return true;
    }

    private static bool TimeOfDay(ReadOnlySpan<byte> text, ref int at, out long micros)
    {
        micros = 0;
        if (!Number(text, ref at, 2, out var hour) || !Skip(text, ref at, (byte)':') || !Number(text, ref at, 2, out var minute) ||
            hour > 23 || minute > 59)
        {
            return false;
        }

        var second = 0;
        if (at < text.Length && text[at] == ':')
        {
            at++;
            if (!Number(text, ref at, 2, out second) || second > 60)
            {
                return false;
            }
        }

        micros = ((hour * 3600L) + (minute * 60L) + second) * 1_000_000;
        if (at < text.Length && text[at] is (byte)'.' or (byte)',')
        {
            at++;
            var digits = CountDigits(text[at..]);
            if (digits == 0)
            {
                return false;
            }

            long fraction = 0;
            for (var i = 0; i < 6; i++)
            {
                fraction = (fraction * 10) + (i < digits ? text[at + i] - '0' : 0);
            }

            micros += fraction;
            at += digits;
        }

        return true;
    }

    private static bool Zone(ReadOnlySpan<byte> text, ref int at, out long micros)
    {
        micros = 0;
        SkipSpaces(text, ref at);
        if (at == text.Length)
        {
            return true;
        }

        var rest = text[at..];
        if (rest.SequenceEqual("Z"u8) || rest.SequenceEqual("z"u8) || rest.SequenceEqual("GMT"u8) || rest.SequenceEqual("UTC"u8))
        {
            at = text.Length;
            return true;
        }

        if (rest[0] is not ((byte)'+' or (byte)'-'))
        {
            return false;
        }

        at++;
        if (!Number(text, ref at, 2, out var hours))
        {
            return false;
        }

        var minutes = 0;
        if (at < text.Length)
        {
            if (text[at] == ':')
            {
                at++;
            }

            if (!Number(text, ref at, 2, out minutes))
            {
                return false;
            }
        }

        micros = ((hours * 3600L) + (minutes * 60L)) * (rest[0] == '-' ? -1_000_000 : 1_000_000);
        return hours <= 23 && minutes <= 59;
    }

    private static bool MonthName(ReadOnlySpan<byte> text, ref int at, out int month)
    {
        month = 0;
        if (text.Length - at < 3)
        {
            return false;
        }

        for (var i = 0; i < 12; i++)
        {
            if ((text[at] | 0x20) == Months[i * 3] && (text[at + 1] | 0x20) == Months[(i * 3) + 1] && (text[at + 2] | 0x20) == Months[(i * 3) + 2])
            {
                month = i + 1;
                at += 3;
                return true;
            }
        }

        return false;
    }

    private static void SkipSpaces(ReadOnlySpan<byte> text, ref int at)
    {
        while (at < text.Length && text[at] == ' ')
        {
            at++;
        }
    }

    private static bool Skip(ReadOnlySpan<byte> text, ref int at, byte expected)
    {
        if (at >= text.Length || text[at] != expected)
        {
            return false;
        }

        at++;
        return true;
    }

    private static int CountDigits(ReadOnlySpan<byte> text)
    {
        var count = 0;
        while (count < text.Length && (uint)(text[count] - '0') <= 9)
        {
            count++;
        }

        return count;
    }

    private static bool Number(ReadOnlySpan<byte> text, ref int at, int digits, out int value)
    {
        value = 0;
        if (text.Length - at < digits)
        {
            return false;
        }

        for (var i = 0; i < digits; i++)
        {
            var digit = text[at + i] - '0';
            if ((uint)digit > 9)
            {
                return false;
            }

            value = (value * 10) + digit;
        }

        at += digits;
        return true;
    }
}
