using System.Collections.Concurrent;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar;

/// <summary>
/// The time zones of one calendar object: by their IANA names where they have them, else as its VTIMEZONE says (RFC 5545 section 3.6.5).
/// </summary>
public sealed class CalendarZones
{
    private readonly Dictionary<string, ICalendarZone> _known = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<Component> _written;
    private readonly WorkBound _work;

    /// <param name="root">The VCALENDAR, for its VTIMEZONEs.</param>
    /// <param name="floating">For times without a zone; null: UTC.</param>
    /// <param name="work">For the rules of its zones.</param>
    public CalendarZones(Component? root, ICalendarZone? floating = null, WorkBound? work = null)
    {
        _work = work ?? new WorkBound();
        _written = root is null ? [] : [.. root.Components.Where(one => one.Name == "VTIMEZONE")];
        Floating = floating ?? UtcZone.Instance;
    }

    /// <summary>For times without a zone, and for dates.</summary>
    public ICalendarZone Floating { get; }

    /// <summary>The zone of a property; of an unknown name, the floating one.</summary>
    public ICalendarZone Of(ContentLine property) => property["TZID"] is { Length: > 0 } name ? Of(name) : Floating;

    /// <summary>The moment of a value.</summary>
    public long Seconds(ContentLine property, CalendarTime time) => time.IsUtc ? time.Seconds : Of(property).ToUtc(time.Local);

    /// <summary>A zone by its IANA name; null when there is none.</summary>
    public static ICalendarZone? Find(string name) => IanaZone.Find(name);

    /// <summary>A zone that a VTIMEZONE of a text describes; null when there is none.</summary>
    public static ICalendarZone? Read(Component root)
    {
        var zone = root.Components.FirstOrDefault(one => one.Name == "VTIMEZONE");
        return zone?.Find("TZID") is { } name ? new CalendarZones(root).Of(name.Text) : null;
    }

    private ICalendarZone Of(string name)
    {
        if (_known.TryGetValue(name, out var known)) return known;
        var written = _written.FirstOrDefault(one => one.Find("TZID")?.Text == name);
        return _known[name] = IanaZone.Find(name) ?? (written is null ? null : WrittenZone.Read(written, _work)) ?? Floating;
    }
}

/// <summary>Turns a wall clock into moments and back.</summary>
public interface ICalendarZone
{
    /// <summary>
    /// Seconds since 1970. A time that the clock skips is as far behind the gap as it would be without; one that comes twice is the first.
    /// </summary>
    long ToUtc(DateTime local);

    DateTime ToLocal(long seconds);
}

internal sealed class UtcZone : ICalendarZone
{
    public static UtcZone Instance { get; } = new();

    public long ToUtc(DateTime local) => CalendarTime.SecondsOf(local);

    public DateTime ToLocal(long seconds) => CalendarTime.LocalOf(seconds);
}

/// <summary>A zone of the system's database.</summary>
internal sealed class IanaZone(TimeZoneInfo zone) : ICalendarZone
{
    /// <summary>Those that were found: no more than the database has.</summary>
    private static readonly ConcurrentDictionary<string, IanaZone> Known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>By its name, or by the end of a longer one ("/mozilla.org/20050126_1/Europe/Rome").</summary>
    public static IanaZone? Find(string name)
    {
        if (name.Length > 255) return null;
        for (var rest = name.TrimStart('/'); ;)
        {
            if (Known.TryGetValue(rest, out var known)) return known;
            if (IsPlain(rest) && TimeZoneInfo.TryFindSystemTimeZoneById(rest, out var found))
            {
                return Known.GetOrAdd(rest, new IanaZone(found));
            }

            var slash = rest.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0) return null;
            rest = rest[(slash + 1)..];
        }
    }

    public long ToUtc(DateTime local)
    {
        var offset = zone.IsInvalidTime(local) ? zone.GetUtcOffset(local.AddHours(-3))
            : zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max()
            : zone.GetUtcOffset(local);
        return CalendarTime.SecondsOf(local) - (long)offset.TotalSeconds;
    }

    public DateTime ToLocal(long seconds)
    {
        var utc = DateTime.SpecifyKind(CalendarTime.LocalOf(seconds), DateTimeKind.Utc);
        return CalendarTime.LocalOf(CalendarTime.SecondsOf(utc) + (long)zone.GetUtcOffset(utc).TotalSeconds);
    }

    /// <summary>The name becomes the name of a file.</summary>
    private static bool IsPlain(string name) =>
        name.Length > 0 && name.All(one => char.IsAsciiLetterOrDigit(one) || one is '/' or '_' or '-' or '+');
}

/// <summary>A zone as a VTIMEZONE describes it: observances, each with its offset and the moments at which it begins.</summary>
internal sealed class WrittenZone : ICalendarZone
{
    /// <summary>Most observances that are read.</summary>
    private const int ObservancesMax = 1000;

    private readonly List<Observance> _observances;
    private readonly WorkBound _work;
    private readonly Dictionary<int, (DateTime Onset, long Offset)[]> _years = [];

    private WrittenZone(List<Observance> observances, WorkBound work) => (_observances, _work) = (observances, work);

    public static WrittenZone? Read(Component zone, WorkBound work)
    {
        var observances = new List<Observance>();
        foreach (var part in zone.Components.Take(ObservancesMax))
        {
            if (part.Name is not ("STANDARD" or "DAYLIGHT")) continue;
            if (part.Find("DTSTART") is not { } line || CalendarTime.Parse(line.Value) is not { } start) continue;
            if (Offset(part.Find("TZOFFSETTO")?.Value) is not { } to) continue;
            var rule = part.Find("RRULE") is { } text ? RecurrenceRule.Parse(text.Value) : null;
            var dates = part.All("RDATE").SelectMany(one => one.Value.Split(',')).Select(CalendarTime.Parse).OfType<CalendarTime>();
            observances.Add(new Observance(
                start.Local, to, Offset(part.Find("TZOFFSETFROM")?.Value) ?? to, rule, [.. dates.Select(one => one.Local).Order()]));
        }

        return observances.Count == 0 ? null : new WrittenZone(observances, work);
    }

    public long ToUtc(DateTime local) => CalendarTime.SecondsOf(local) - OffsetAt(local);

    public DateTime ToLocal(long seconds)
    {
        var guess = CalendarTime.LocalOf(seconds + _observances[0].To);
        return CalendarTime.LocalOf(seconds + OffsetAt(CalendarTime.LocalOf(seconds + OffsetAt(guess))));
    }

    /// <summary>The offset of the observance that began last; before all of them, what the first came from.</summary>
    private long OffsetAt(DateTime local)
    {
        if (!_years.TryGetValue(local.Year, out var onsets)) _years[local.Year] = onsets = OnsetsOf(local.Year);
        var offset = onsets[0].Offset;
        foreach (var (onset, to) in onsets)
        {
            if (onset > local) break;
            offset = to;
        }

        return offset;
    }

    /// <summary>What holds when a year begins, and what begins in it, in order.</summary>
    private (DateTime Onset, long Offset)[] OnsetsOf(int year)
    {
        var first = new DateTime(year, 1, 1);
        var (newest, offset) = (DateTime.MinValue, _observances.MinBy(one => one.Start)!.From);
        var within = new List<(DateTime Onset, long Offset)>();
        foreach (var one in _observances)
        {
            foreach (var onset in one.Around(year, _work))
            {
                if (onset > first) within.Add((onset, one.To));
                else if (onset >= newest) (newest, offset) = (onset, one.To);
            }
        }

        return [(first, offset), .. within.OrderBy(one => one.Onset)];
    }

    private static long? Offset(string? text)
    {
        var span = text.AsSpan().Trim();
        if (span.Length is not (5 or 7) || span[0] is not ('+' or '-')) return null;
        if (!int.TryParse(span[1..3], out var hours) || !int.TryParse(span[3..5], out var minutes)) return null;
        var seconds = (hours * 3600L) + (minutes * 60L) + (span.Length == 7 && int.TryParse(span[5..7], out var rest) ? rest : 0);
        return span[0] == '-' ? -seconds : seconds;
    }

    private sealed record Observance(DateTime Start, long To, long From, RecurrenceRule? Rule, IReadOnlyList<DateTime> Dates)
    {
        /// <summary>The onsets within a year, and the last one before it, perhaps among others.</summary>
        public IEnumerable<DateTime> Around(int year, WorkBound work)
        {
            if (Start.Year > year) yield break;
            yield return Start;
            foreach (var date in Dates)
            {
                if (work.Spend(1) && date.Year <= year) yield return date;
            }

            if (Rule is null) yield break;
            var until = Rule.Until is { } end ? end.IsUtc ? CalendarTime.LocalOf(end.Seconds + From) : end.Local : (DateTime?)null;
            var near = new DateTime(Math.Max(1, Math.Min(year, until?.Year ?? year) - 2), 1, 1);
            foreach (var onset in Recurrence.Walk(Rule, Start, near, until, work))
            {
                if (onset.Year > year) break;
                yield return onset;
            }
        }
    }
}
