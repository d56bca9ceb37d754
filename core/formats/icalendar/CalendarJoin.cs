using System.Text;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar;

/// <summary>Writes many calendar objects as one, each time zone once: what <see cref="CalendarBundle"/> takes apart.</summary>
public sealed class CalendarJoin
{
    private readonly HashSet<string> _zones = new(StringComparer.Ordinal);
    private readonly StringBuilder _text = new();

    /// <param name="properties">Of the whole, behind those that every iCalendar object has.</param>
    public CalendarJoin(IEnumerable<ContentLine> properties)
    {
        _text.Append("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//CompatBot//EN\r\nCALSCALE:GREGORIAN\r\n");
        foreach (var property in properties) Component.WriteLine(property, _text);
    }

    /// <param name="calendar">A VCALENDAR.</param>
    public void Add(Component calendar)
    {
        foreach (var part in calendar.Components)
        {
            if (part.Name != "VTIMEZONE" || _zones.Add(part.Find("TZID")?.Text ?? "")) part.Write(_text);
        }
    }

    /// <summary>Nothing comes behind it.</summary>
    public void End() => _text.Append("END:VCALENDAR\r\n");

    /// <summary>What was written since the last time, in UTF-8.</summary>
    public byte[] Take()
    {
        var octets = Encoding.UTF8.GetBytes(_text.ToString());
        _text.Clear();
        return octets;
    }
}
