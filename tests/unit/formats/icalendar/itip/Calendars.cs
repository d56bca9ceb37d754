using System.Text;
using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Formats.Vobject;
using Xunit;

namespace CompatBot.UnitTests.Formats.Icalendar.Itip;

/// <summary>The calendars of Anna, who organizes, and of others, with a post between them that loses nothing.</summary>
internal sealed class Calendars
{
    public const string Anna = "anna@mail.test";
    public const string Bert = "bert@mail.test";
    public const string Carla = "carla@else.test";
    public const string Stamp = "20260101T000000Z";

    private readonly Dictionary<string, Component> _objects = [];

    /// <summary>What went through the post with the last change, as "METHOD to whom".</summary>
    public List<string> Sent { get; } = [];

    public List<ItipMessage> Messages { get; } = [];

    /// <summary>Lines of a weekly meeting on Mondays at 10, with Bert and Carla.</summary>
    public static string Weekly(params string[] more) => Event([
        "DTSTART:20260105T100000Z", "DTEND:20260105T110000Z", "RRULE:FREQ=WEEKLY;COUNT=5", "SUMMARY:Meeting", .. People, .. more]);

    public static string Once(params string[] more) =>
        Event(["DTSTART:20260105T100000Z", "DTEND:20260105T110000Z", "SUMMARY:Lunch", .. People, .. more]);

    private static string[] People =>
    [
        "ORGANIZER;CN=Anna:mailto:anna@mail.test",
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@mail.test",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bert@mail.test",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:MAILTO:Carla@else.test",
    ];

    public static string Event(params string[] lines) =>
        $"BEGIN:VEVENT\nUID:1\nDTSTAMP:20250101T000000Z\n{string.Join('\n', lines)}\nEND:VEVENT\n";

    public static Component Parse(string events)
    {
        var text = $"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{events}END:VCALENDAR\n";
        Assert.Null(Component.Read(Encoding.UTF8.GetBytes(text), out var roots));
        return roots[0];
    }

    /// <summary>The object in somebody's calendar, as text.</summary>
    public string? this[string user]
    {
        get
        {
            if (!_objects.TryGetValue(user, out var root)) return null;
            var text = new StringBuilder();
            root.Write(text);
            return text.ToString().Replace("\r\n ", "", StringComparison.Ordinal);
        }
    }

    /// <summary>Somebody's client stores the object; null: removes it.</summary>
    public void Put(string user, string? events)
    {
        var before = _objects.GetValueOrDefault(user);
        var after = events is null ? null : Parse(events);
        IReadOnlyList<ItipMessage> messages;
        if (user == Anna)
        {
            if (after is not null) after = OrganizerMessages.Asking(before, after);
            messages = OrganizerMessages.Of(before, after, Stamp);
        }
        else
        {
            messages = AttendeeMessages.Of(before, after, user, Stamp);
        }

        if (after is null) _objects.Remove(user);
        else _objects[user] = after;
        Sent.Clear();
        foreach (var message in messages) Deliver(message);
    }

    /// <summary>Changes the text of what somebody has.</summary>
    public void Edit(string user, string old, string now)
    {
        var text = this[user]!;
        Assert.Contains(old, text, StringComparison.Ordinal);
        var start = text.IndexOf("BEGIN:V", 1, StringComparison.Ordinal);
        var end = text.IndexOf("END:VCALENDAR", StringComparison.Ordinal);
        Put(user, text[start..end].Replace(old, now, StringComparison.Ordinal));
    }

    public void Answer(string user, string status) => Edit(
        user, Line(user, "ATTENDEE", user), $"ATTENDEE;PARTSTAT={status}:mailto:{user}");

    public void Deliver(ItipMessage message)
    {
        Messages.Add(message);
        Sent.Add($"{message.Method} {message.To}");

        // It goes as octets, twice: what comes again changes nothing.
        for (var i = 0; i < 2; i++)
        {
            Assert.Null(Component.Read(message.ToOctets(), out var roots));
            var taken = ItipTaking.Take(_objects.GetValueOrDefault(message.To), roots[0], message.To, message.From);
            if (taken is not null) _objects[message.To] = taken.Calendar;
        }
    }

    /// <summary>The first line of a property in somebody's object, whose value ends so.</summary>
    public string Line(string user, string name, string ending = "") => this[user]!.Split("\r\n").First(line =>
        line.StartsWith(name, StringComparison.Ordinal) && line.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>How somebody's object says that a user answered, the series first.</summary>
    public string Statuses(string user, string attendee) => string.Join(' ',
        from part in _objects[user].Components
        where part.Name == "VEVENT"
        orderby part.Find("RECURRENCE-ID")?.Value ?? ""
        select CalendarUser.AttendeeOf(part, attendee) is { } line ? CalendarUser.StatusOf(line) : "-");
}
