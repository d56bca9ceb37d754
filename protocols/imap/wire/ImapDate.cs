using System.Buffers.Text;
using System.Text;

namespace CompatBot.Protocols.Imap.Wire;

/// <summary>date and date-time (RFC 3501 section 9).</summary>
public static class ImapDate
{
    private const string Months = "JanFebMarAprMayJunJulAugSepOctNovDec";

    /// <summary>date-text = date-day "-" date-month "-" date-year, such as 1-Feb-1994.</summary>
    public static bool TryParseDate(ReadOnlySpan<byte> text, out DateOnly date)
    {
        date = default;
        var dash = text.IndexOf((byte)'-');
        return dash is 1 or 2 && Digits(text[..dash], out var day) && text.Length == dash + 9 && text[dash + 4] == (byte)'-'
            && Month(text.Slice(dash + 1, 3), out var month) && Digits(text[(dash + 5)..], out var year)
            && Exists(year, month, day, out date);
    }

    /// <summary>date-time without its quotes, such as "17-Jul-1996 02:44:25 -0700"; the day may start with a space.</summary>
    public static bool TryParseDateTime(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length != 26 || text[11] != ' ' || text[20] != ' ' || text[14] != ':' || text[17] != ':') return false;
        var day = text[0] == (byte)' ' ? text[1..11] : text[..11];
        if (!TryParseDate(day, out var date) || (text[0] == (byte)' ' && day[1] != '-')) return false;
        if (!Digits(text.Slice(12, 2), out var hour) || !Digits(text.Slice(15, 2), out var minute)) return false;
        if (!Digits(text.Slice(18, 2), out var second) || text[21] is not ((byte)'+' or (byte)'-')) return false;
        if (!Digits(text.Slice(22, 2), out var zoneHours) || !Digits(text.Slice(24, 2), out var zoneMinutes)) return false;
        if (hour > 23 || minute > 59 || second > 60 || zoneHours > 14 || zoneMinutes > 59) return false;

        var zone = new TimeSpan(zoneHours, zoneMinutes, 0);
        if (zone > TimeSpan.FromHours(14)) return false;
        if (text[21] == (byte)'-') zone = -zone;
        // A leap second is the last second of its minute here: DateTime has no 60th.
        var local = date.ToDateTime(new TimeOnly(hour, minute, Math.Min(second, 59)));
        var ticks = local.Ticks - zone.Ticks;
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks) return false;
        time = new DateTimeOffset(local, zone);
        return true;
    }

    /// <summary>26 bytes and two quotes: "17-Jul-1996 09:44:25 +0000".</summary>
    /// <param name="unixSeconds">Seconds since 1970; what no calendar year 1 to 9999 holds is clamped.</param>
    public static void Write(ref WireWriter writer, long unixSeconds)
    {
        var clamped = Math.Clamp(unixSeconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds());
        var time = DateTimeOffset.FromUnixTimeSeconds(clamped);
        Span<byte> text = stackalloc byte[28];
        text[0] = text[27] = (byte)'"';
        Two(text[1..], time.Day);
        text[3] = text[7] = (byte)'-';
        Encoding.ASCII.GetBytes(Months.AsSpan((time.Month - 1) * 3, 3), text[4..]);
        Two(text[8..], time.Year / 100);
        Two(text[10..], time.Year % 100);
        text[12] = (byte)' ';
        Two(text[13..], time.Hour);
        text[15] = text[18] = (byte)':';
        Two(text[16..], time.Minute);
        Two(text[19..], time.Second);
        " +0000"u8.CopyTo(text[21..]);
        writer.Raw(text);
    }

    private static void Two(Span<byte> at, int value) => (at[0], at[1]) = ((byte)('0' + (value / 10)), (byte)('0' + (value % 10)));

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        return !text.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && Utf8Parser.TryParse(text, out value, out var used) && used == text.Length;
    }

    private static bool Month(ReadOnlySpan<byte> text, out int month)
    {
        for (month = 1; month <= 12; month++)
        {
            if (Ascii.EqualsIgnoreCase(text, Months.AsSpan((month - 1) * 3, 3))) return true;
        }

        return false;
    }

    private static bool Exists(int year, int month, int day, out DateOnly date)
    {
        var exists = year >= 1 && day >= 1 && day <= DateTime.DaysInMonth(year, month);
        date = exists ? new DateOnly(year, month, day) : default;
        return exists;
    }
}
