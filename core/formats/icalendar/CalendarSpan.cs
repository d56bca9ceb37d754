using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar;

/// <summary>
/// The time in which instances of an object can lie: never too small, so that what lies outside of it need not be opened.
/// </summary>
public static class CalendarSpan
{
    /// <summary>Zones are passed over, and none is further from UTC than this.</summary>
    private const long ZoneSeconds = 24 * 3600;

    /// <param name="parts">The components of one object: the first with its rule, and those that stand for single instances.</param>
    /// <returns>Seconds since 1970; <see cref="long.MaxValue"/> for a series without a known end; both 0 when nothing is dated.</returns>
    public static (long From, long Until) Of(IReadOnlyList<Component> parts)
    {
        var (from, until) = (long.MaxValue, long.MinValue);
        foreach (var part in parts)
        {
            foreach (var property in part.Properties)
            {
                if (!IsDated(property.Name)) continue;
                foreach (var value in property.Value.Split(','))
                {
                    var slash = value.IndexOf('/', StringComparison.Ordinal);
                    if (CalendarTime.Parse(slash < 0 ? value : value[..slash]) is not { } time) continue;
                    var end = time.Seconds + (time.IsDate ? ZoneSeconds : 0);
                    if (slash >= 0 && CalendarTime.Parse(value[(slash + 1)..]) is { } later) end = Math.Max(end, later.Seconds);
                    if (slash >= 0 && CalendarDuration.Parse(value[(slash + 1)..]) is { } lasts) end = Math.Max(end, time.Seconds + lasts);
                    (from, until) = (Math.Min(from, time.Seconds), Math.Max(until, end));
                }
            }

            if (part.Find("DURATION") is { } duration && CalendarDuration.Parse(duration.Value) is { } length && until != long.MinValue)
            {
                until = Math.Max(until, until + length);
            }

            if (part.Find("RRULE") is not null) until = long.MaxValue;
            if (part.Find("RECURRENCE-ID")?["RANGE"] is not null) (from, until) = (long.MinValue, long.MaxValue);
        }

        if (from == long.MaxValue) return (0, 0);
        return (
            from <= long.MinValue + ZoneSeconds ? long.MinValue : from - ZoneSeconds,
            until >= long.MaxValue - ZoneSeconds ? long.MaxValue : until + ZoneSeconds);
    }

    private static bool IsDated(string property) =>
        property is "DTSTART" or "DTEND" or "DUE" or "COMPLETED" or "CREATED" or "RDATE" or "RECURRENCE-ID";
}
