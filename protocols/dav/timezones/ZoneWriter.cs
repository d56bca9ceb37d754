using System.Globalization;
using CompatBot.Formats.Vobject;
using NodaTime;
using NodaTime.TimeZones;

namespace CompatBot.Protocols.Dav.Timezones;

/// <summary>
/// Writes a zone as a VTIMEZONE (RFC 5545 section 3.6.5): what happened as dates, and what goes on every year for ever as rules.
/// </summary>
internal static class ZoneWriter
{
    /// <summary>In these years the rules that hold now are all that there is: the database has no dates so late.</summary>
    private const int FirstYear = 2100;

    private const int Years = 56; // Twice all combinations of weekday and leap year.

    public static Component Write(string name, DateTimeZone zone)
    {
        var from = Instant.FromUtc(FirstYear, 1, 1, 0, 0);
        var changes = zone.GetZoneIntervals(Instant.MinValue, from).ToList();
        var rules = Yearly(ZoneData.Changes(zone, from, Instant.FromUtc(FirstYear + Years, 1, 1, 0, 0)), zone);
        var parts = new List<Component>();
        var first = changes[0];
        parts.Add(Observance(first, first.WallOffset, "16010101T000000", []));
        changes.RemoveAt(0);
        foreach (var rule in rules)
        {
            // The rule begins with the first of the changes that follow it without a gap.
            var own = changes.Where(rule.Gives).OrderBy(one => one.Start).ToList();
            var begin = own.Count - 1;
            while (begin > 0 && YearOf(own[begin - 1], rule) == YearOf(own[begin], rule) - 1) begin--;
            if (begin < 0) continue;
            parts.Add(Observance(own[begin], rule.Before, LocalOf(own[begin], rule.Before), [new ContentLine("RRULE", [], rule.Text)]));
            foreach (var covered in own.Skip(begin)) changes.Remove(covered);
        }

        var rest = from change in changes
                   let before = BeforeOf(zone, change)
                   group LocalOf(change, before) by (before, change.WallOffset, change.Name, change.Savings) into same
                   select (same.Key, Dates: same.ToList(), First: changes.Find(one => LocalOf(one, same.Key.before) == same.First())!);
        foreach (var (key, dates, one) in rest)
        {
            parts.Add(Observance(one, key.before, dates[0], dates.Count == 1 ? [] : [new ContentLine("RDATE", [], string.Join(',',
                dates.Skip(1)))]));
        }

        return new Component("VTIMEZONE").With(
            [new ContentLine("TZID", [], name)],
            parts.OrderBy(one => one.Find("DTSTART")!.Value, StringComparer.Ordinal));
    }

    /// <summary>The rules behind changes that come every year.</summary>
    private static List<Rule> Yearly(IEnumerable<ZoneInterval> changes, DateTimeZone zone)
    {
        var rules = new List<Rule>();
        var same = from change in changes
                   let before = BeforeOf(zone, change)
                   let local = change.Start.WithOffset(before).LocalDateTime
                   group local by (local.Month, local.DayOfWeek, local.TimeOfDay, before, change.WallOffset, change.Name);
        foreach (var group in same)
        {
            var days = group.Select(one => one.Day).ToList();
            if (days.Count == Years && days.Max() - days.Min() < 7)
            {
                rules.Add(new Rule(group.Key.Month, group.Key.DayOfWeek, days.Min(), group.Key.TimeOfDay, group.Key.before,
                    group.Key.WallOffset, group.Key.Name));
            }
        }

        return rules;
    }

    private static Component Observance(ZoneInterval interval, Offset before, string start, IEnumerable<ContentLine> repeated) =>
        new Component(interval.Savings > Offset.Zero ? "DAYLIGHT" : "STANDARD").With(
            [
                new ContentLine("DTSTART", [], start),
                new ContentLine("TZOFFSETFROM", [], Text(before)),
                new ContentLine("TZOFFSETTO", [], Text(interval.WallOffset)),
                new ContentLine("TZNAME", [], interval.Name),
                .. repeated,
            ],
            []);

    private static Offset BeforeOf(DateTimeZone zone, ZoneInterval change) => zone.GetUtcOffset(change.Start - Duration.Epsilon);

    private static string LocalOf(ZoneInterval change, Offset before) =>
        change.Start.WithOffset(before).LocalDateTime.ToString("uuuuMMdd'T'HHmmss", CultureInfo.InvariantCulture);

    private static int YearOf(ZoneInterval change, Rule rule) => change.Start.WithOffset(rule.Before).Year;

    private static string Text(Offset offset) =>
        offset.ToString(offset.Seconds % 60 == 0 ? "+HHmm" : "+HHmmss", CultureInfo.InvariantCulture);

    /// <param name="Day">The first day of the month on which it can be.</param>
    private sealed record Rule(int Month, IsoDayOfWeek Weekday, int Day, LocalTime Time, Offset Before, Offset After, string Name)
    {
        public string Text
        {
            get
            {
                var weekday = Weekday.ToString()[..2].ToUpperInvariant();
                var length = CalendarSystem.Iso.GetDaysInMonth(FirstYear + 1, Month);
                var which = Day % 7 == 1 && Day < 29 ? $"BYDAY={(Day / 7) + 1}{weekday}"
                    : Day == length - 6 && Month != 2 ? $"BYDAY=-1{weekday}"
                    : $"BYMONTHDAY={string.Join(',', Enumerable.Range(Day, 7))};BYDAY={weekday}";
                return $"FREQ=YEARLY;BYMONTH={Month};{which}";
            }
        }

        public bool Gives(ZoneInterval change)
        {
            var local = change.Start.WithOffset(Before).LocalDateTime;
            return change.WallOffset == After && change.Name == Name && local.TimeOfDay == Time && local.Month == Month
                && local.DayOfWeek == Weekday && local.Day >= Day && local.Day < Day + 7;
        }
    }
}
