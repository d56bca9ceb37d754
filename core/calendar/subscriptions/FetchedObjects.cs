using System.Text;
using CompatBot.Core.Items;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;

namespace CompatBot.Core.Calendar.Subscriptions;

/// <summary>A calendar that was fetched, taken apart. Pure.</summary>
/// <param name="Objects">One of each UID.</param>
/// <param name="Period">How often its publisher wants it fetched; null: it does not say.</param>
internal sealed record FetchedObjects(IReadOnlyList<FetchedObject> Objects, TimeSpan? Period)
{
    /// <summary>Of one calendar; with more it is refused.</summary>
    public const int Max = 10_000;

    /// <summary>Octets of one object; a longer one is passed over.</summary>
    public const int ObjectBytesMax = 1 << 20;

    /// <returns>Null: it is no calendar, or has too many objects.</returns>
    public static FetchedObjects? Read(ReadOnlySpan<byte> octets)
    {
        if (Component.Read(octets, out var roots) is not null || roots.Any(root => root.Name != "VCALENDAR")) return null;
        var found = new List<FetchedObject>();
        var uids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var calendar in CalendarBundle.Split(roots))
        {
            if (found.Count == Max) return null;
            var text = Encoding.UTF8.GetBytes(TextOf(calendar));
            if (text.Length > ObjectBytesMax || ObjectReader.ReadCalendar(text, out var facts) != ObjectFault.None) continue;
            if (facts.Uid is { } uid && uids.Add(uid)) found.Add(new FetchedObject(text, facts, Print(calendar)));
        }

        return new FetchedObjects(found, PeriodOf(roots));
    }

    /// <summary>An object's text without when it was written out: many publishers say now with each answer.</summary>
    public static string Print(Component calendar) => TextOf(Undated(calendar));

    private static Component Undated(Component part) =>
        part.With(part.Properties.Where(line => line.Name != "DTSTAMP"), part.Components.Select(Undated));

    private static string TextOf(Component calendar)
    {
        var text = new StringBuilder();
        calendar.Write(text);
        return text.ToString();
    }

    /// <summary>REFRESH-INTERVAL (RFC 7986 section 5.7), or what was there before it.</summary>
    private static TimeSpan? PeriodOf(IReadOnlyList<Component> roots)
    {
        var lines = roots.Select(root => root.Find("REFRESH-INTERVAL") ?? root.Find("X-PUBLISHED-TTL"));
        var said = lines.FirstOrDefault(one => one is not null);
        return said is not null && CalendarDuration.Parse(said.Value) is { } seconds && seconds is > 0 and < int.MaxValue
            ? TimeSpan.FromSeconds(seconds)
            : null;
    }
}

/// <param name="Print">What is compared.</param>
internal sealed record FetchedObject(byte[] Octets, ObjectFacts Facts, string Print);
