using System.Text;
using System.Xml;
using CompatBot.Core.Identity;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Methods;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Scheduling;

/// <summary>
/// POST to the scheduling outbox: when others are busy (RFC 6638 section 5), which accounts of the same domain may know of each other and
/// nobody else; and what people propose to each other (<see cref="Proposals"/>).
/// </summary>
internal static class Outbox
{
    private const int BodyBytesMax = 256 << 10;

    private const int PeriodsMax = 10_000;

    public static async ValueTask RunAsync(DavRequest request)
    {
        var body = await Objects.ReadAsync(request, isCalendar: true, BodyBytesMax);
        if (Component.Read(body.Span, out var roots) is not null || roots is not [{ Name: "VCALENDAR" } root])
        {
            throw new DavException(403, DavNames.CalDav + "valid-calendar-data");
        }

        var asked = root.Components.FirstOrDefault(one => one.Name != "VTIMEZONE");
        var method = root.Find("METHOD")?.Value.Trim().ToUpperInvariant();
        if (Proposals.Is(method) && asked?.Name is "VEVENT" or "VTODO")
        {
            var sent = await Proposals.SendAsync(request, root, method!);
            using var told = XmlAnswer.Begin(request.Response, 200, DavNames.CalDav + "schedule-response");
            foreach (var (recipient, status) in sent) Write(told.Writer, recipient, status, null);
            await told.EndAsync(request.Cancellation);
            return;
        }

        if (asked?.Name != "VFREEBUSY" || method != "REQUEST")
        {
            throw new DavException(403, DavNames.CalDav + "valid-scheduling-message");
        }

        if (CalendarUser.OrganizerOf(asked) is not { } organizer || !request.Login.Addresses.Contains(organizer))
        {
            throw new DavException(403, DavNames.CalDav + "organizer-allowed");
        }

        var span = (From: Moment(asked, "DTSTART"), Until: Moment(asked, "DTEND"));
        if (span is not ({ } from, { } until) || from >= until) throw new DavException(403, DavNames.CalDav + "valid-scheduling-message");
        var attendees = asked.All("ATTENDEE").DistinctBy(CalendarUser.Of).ToList();
        if (attendees.Count > request.Services.Limits.AttendeesMax)
        {
            throw new DavException(403, DavNames.CalDav + "max-attendees-per-instance");
        }

        var except = asked.Find("X-CALENDARSERVER-MASK-UID")?.Text;
        using var answer = XmlAnswer.Begin(request.Response, 200, DavNames.CalDav + "schedule-response");
        foreach (var attendee in attendees)
        {
            var (status, busy) = await BusyAsync(request, organizer, CalendarUser.Of(attendee), from, until, except);
            Write(answer.Writer, attendee.Value, status, busy is null ? null : Reply(request, asked, attendee, from, until, busy));
            await answer.PauseAsync(request.Cancellation);
        }

        await answer.EndAsync(request.Cancellation);
    }

    private static async ValueTask<(string Status, IReadOnlyList<(string Type, long From, long Until)>? Busy)> BusyAsync(
        DavRequest request, string organizer, string user, long from, long until, string? except)
    {
        var (account, _) = await Scheduler.ResolveAsync(request.Services, user, request.Cancellation);
        var isNear = Address.Parse(user)?.Domain == Address.Parse(organizer)?.Domain || request.Login.Addresses.Contains(user);
        if (account is null || !isNear) return ("3.7;Invalid calendar user", null);
        var busy = await request.Services.Schedules!.BusyAsync(account.Id, from, until, PeriodsMax, except, request.Cancellation);
        return busy.Declined ? ("5.1;Their calendar is closed now", null) : ("2.0;Success", busy.Value);
    }

    private static Component Reply(
        DavRequest request, Component asked, ContentLine attendee, long from, long until,
        IReadOnlyList<(string Type, long From, long Until)> busy)
    {
        var lines = new List<ContentLine>
        {
            new("DTSTAMP", [], CalendarExpansion.UtcText(request.Now.ToUnixTimeSeconds())),
            new("DTSTART", [], CalendarExpansion.UtcText(from)),
            new("DTEND", [], CalendarExpansion.UtcText(until)),
            attendee,
        };
        lines.AddRange(asked.Properties.Where(line => line.Name is "UID" or "ORGANIZER"));
        lines.AddRange(Reports.BusyLines.Of(busy, from, until));
        return ItipMessage.Wrap(asked, "REPLY", [new Component("VFREEBUSY").With(lines, [])]);
    }

    private static void Write(XmlWriter xml, string recipient, string status, Component? reply)
    {
        xml.Start(DavNames.CalDav + "response");
        xml.Start(DavNames.CalDav + "recipient");
        xml.Text(DavNames.Dav + "href", recipient);
        xml.WriteEndElement();
        xml.Text(DavNames.CalDav + "request-status", status);
        if (reply is not null)
        {
            var text = new StringBuilder();
            reply.Write(text);
            xml.Text(DavNames.CalendarData, text.ToString());
        }

        xml.WriteEndElement();
    }

    private static long? Moment(Component asked, string name) =>
        asked.Find(name) is { } line && CalendarTime.Parse(line.Value) is { IsUtc: true } time ? time.Seconds : null;
}
