using System.Text;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar.Itip;

/// <summary>A scheduling message on its way (RFC 5546).</summary>
/// <param name="Method">REQUEST, REPLY, CANCEL, ...: upper case.</param>
/// <param name="From">As of <see cref="CalendarUser.Of(string)"/>.</param>
/// <param name="To">As of <see cref="CalendarUser.Of(string)"/>.</param>
/// <param name="Calendar">A VCALENDAR with METHOD.</param>
public sealed record ItipMessage(string Method, string From, string To, Component Calendar)
{
    /// <summary>It only tells what others answered: who does not have the event is not asked again.</summary>
    public bool IsNews { get; init; }

    public override string ToString() => $"({Method})";

    public byte[] ToOctets()
    {
        var text = new StringBuilder();
        Calendar.Write(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>A VCALENDAR around components, with the zones that they name.</summary>
    /// <param name="source">Whose zones they are.</param>
    /// <param name="method">Null: an object to be stored.</param>
    /// <param name="components">VEVENTs, or VTODOs, ...</param>
    public static Component Wrap(Component source, string? method, IEnumerable<Component> components)
    {
        List<Component> parts = [.. components];
        var named = parts.SelectMany(CalendarBundle.ZonesOf).ToHashSet(StringComparer.Ordinal);
        var zones = source.Components.Where(one => one.Name == "VTIMEZONE" && one.Find("TZID") is { } name && named.Contains(name.Text));
        List<ContentLine> about =
        [
            new("VERSION", [], "2.0"),
            source.Find("PRODID") ?? new ContentLine("PRODID", [], "-//CompatBot//EN"),
            .. source.All("CALSCALE").Take(1),
        ];
        if (method is not null) about.Add(new ContentLine("METHOD", [], method));
        return new Component("VCALENDAR").With(about, [.. zones, .. parts]);
    }

    /// <summary>Whether it may replace what is there: messages may overtake each other (RFC 5546 section 2.1.5).</summary>
    public static long SequenceOf(Component component) =>
        long.TryParse(component.Find("SEQUENCE")?.Value, out var sequence) ? sequence : 0;
}
