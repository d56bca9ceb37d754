using System.Globalization;

namespace CompatBot.Formats.Icalendar;

/// <summary>A DATE or DATE-TIME value (RFC 5545 sections 3.3.4 and 3.3.5) without its zone.</summary>
/// <param name="Local">As written, on the wall clock of its zone.</param>
/// <param name="IsDate">A DATE: midnight in <paramref name="Local"/>.</param>
/// <param name="IsUtc">Written with Z.</param>
public readonly record struct CalendarTime(DateTime Local, bool IsDate, bool IsUtc)
{
    /// <summary>Seconds since 1970 as if it were UTC.</summary>
    public long Seconds => SecondsOf(Local);

    internal static long SecondsOf(DateTime local) => (local.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;

    /// <summary>Clamped to the years that there are.</summary>
    internal static DateTime LocalOf(long seconds) => new(
        DateTime.UnixEpoch.Ticks
        + (Math.Clamp(seconds, -62_135_596_800, 253_402_300_799) * TimeSpan.TicksPerSecond), DateTimeKind.Unspecified);

    /// <summary>Null when the text is none. A leap second becomes the second before it.</summary>
    public static CalendarTime? Parse(string text)
    {
        var span = text.AsSpan().Trim();
        var isUtc = span.EndsWith("Z", StringComparison.OrdinalIgnoreCase);
        if (isUtc) span = span[..^1];
        if (span.Length is not (8 or 15) || (isUtc && span.Length == 8)) return null;
        if (span.Length == 15 && span[8] is not ('T' or 't')) return null;
        if (!Number(span[..4], out var year) || !Number(span[4..6], out var month) || !Number(span[6..8], out var day)) return null;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return null;
        var date = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Unspecified);
        if (span.Length == 8) return new CalendarTime(date, true, false);
        if (!Number(span[9..11], out var hour) || !Number(span[11..13], out var minute)) return null;
        if (!Number(span[13..15], out var second)) return null;
        if (hour > 23 || minute > 59 || second > 60) return null;
        return new CalendarTime(date.AddHours(hour).AddMinutes(minute).AddSeconds(Math.Min(second, 59)), false, isUtc);
    }

    private static bool Number(ReadOnlySpan<char> text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}

/// <summary>A DURATION value (RFC 5545 section 3.3.6).</summary>
public static class CalendarDuration
{
    /// <returns>Seconds; null when the text is none.</returns>
    public static long? Parse(string text)
    {
        var span = text.AsSpan().Trim();
        var sign = 1L;
        if (span.StartsWith("-") || span.StartsWith("+"))
        {
            sign = span[0] == '-' ? -1 : 1;
            span = span[1..];
        }

        if (span.Length < 3 || span[0] is not ('P' or 'p')) return null;
        var (total, inTime, any) = (0L, false, false);
        for (var at = 1; at < span.Length;)
        {
            if (span[at] is 'T' or 't' && !inTime)
            {
                inTime = true;
                at++;
                continue;
            }

            var start = at;
            while (at < span.Length && char.IsAsciiDigit(span[at])) at++;
            if (at == start || at == span.Length || at - start > 9) return null;
            var count = long.Parse(span[start..at], NumberStyles.None, CultureInfo.InvariantCulture);
            var unit = (char.ToUpperInvariant(span[at++]), inTime) switch
            {
                ('W', false) => 7 * 86400L,
                ('D', false) => 86400,
                ('H', true) => 3600,
                ('M', true) => 60,
                ('S', true) => 1,
                _ => 0,
            };
            if (unit == 0) return null;
            total += count * unit;
            any = true;
        }

        return any ? sign * total : null;
    }
}
