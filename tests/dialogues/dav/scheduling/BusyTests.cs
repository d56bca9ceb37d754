using Xunit;
using static CompatBot.DialogueTests.Dav.Scheduling.Invitations;

namespace CompatBot.DialogueTests.Dav.Scheduling;

/// <summary>POST to the scheduling outbox: when others are busy (RFC 6638 section 5).</summary>
public sealed class BusyTests
{
    private const string Outbox = "/dav/calendars/anna@mail.test/outbox/";

    [Fact]
    public async Task Busy_times_of_those_who_are_there_come_and_no_more_than_that()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsAsync(Bert, 201, $"PUT {Berts}calendar/1.ics\n\n"
            + Event("secret", "DTSTART:20260105T100000Z", "DTEND:20260105T110000Z", "SUMMARY:Secret"));
        await house.AskAsAsync(Bert, 201, $"MKCALENDAR {Berts}quiet/");
        const string Quiet = "<D:propertyupdate xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><D:set><D:prop>"
            + "<C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp></D:prop></D:set></D:propertyupdate>";
        await house.AskAsAsync(Bert, 207, $"PROPPATCH {Berts}quiet/\n\n{Quiet}");
        await house.AskAsAsync(Bert, 201, $"PUT {Berts}quiet/1.ics\n\n"
            + Event("other", "DTSTART:20260105T120000Z", "DTEND:20260105T130000Z"));
        var reply = await house.AskAsync(200, $"POST {Outbox}\nContent-Type: text/calendar\n\n"
            + Ask("anna@mail.test", "bert@mail.test", "nobody@mail.test", "carla@else.test"));
        Assert.Equal(
            ["2.0;Success", "3.7;Invalid calendar user", "3.7;Invalid calendar user"],
            reply.Xml.Descendants(DavReply.CalDav + "request-status").Select(one => one.Value));
        var busy = Assert.Single(reply.Xml.Descendants(DavReply.CalDav + "calendar-data")).Value;
        Assert.Contains("FREEBUSY:20260105T100000Z/20260105T110000Z", busy, StringComparison.Ordinal);
        Assert.DoesNotContain("T120000Z/", busy, StringComparison.Ordinal);
        Assert.DoesNotContain("Secret", busy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_calendar_says_that_it_is_closed()
    {
        await using var house = await DavHouse.OpenAsync();
        var reply = await house.AskAsync(200, $"POST {Outbox}\n\n{Ask("anna@mail.test", "bert@mail.test")}");
        Assert.StartsWith("5.1", reply.Xml.Descendants(DavReply.CalDav + "request-status").Single().Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ORGANIZER:mailto:anna@mail.test", "ORGANIZER:mailto:bert@mail.test", "organizer-allowed")]
    [InlineData("VFREEBUSY", "VEVENT", "valid-scheduling-message")]
    [InlineData("DTEND:20260106T000000Z", "DTEND:20260105T000000Z", "valid-scheduling-message")]
    [InlineData("METHOD:REQUEST", "METHOD:REPLY", "valid-scheduling-message")]
    [InlineData("BEGIN:VCALENDAR", "BEGIN:VCARD", "valid-calendar-data")]
    [InlineData(
        "ATTENDEE:mailto:bert@mail.test", "ATTENDEE:mailto:b@x\nATTENDEE:mailto:c@x\nATTENDEE:mailto:d@x", "max-attendees-per-instance")]
    public async Task A_question_that_is_none_is_refused(string old, string now, string precondition)
    {
        await using var house = await DavHouse.OpenAsync(new() { AttendeesMax = 2 });
        var reply = await house.AskAsync(
            403, $"POST {Outbox}\n\n{Ask("anna@mail.test", "bert@mail.test").Replace(old, now, StringComparison.Ordinal)}");
        Assert.Equal(precondition, reply.Precondition);
    }

    private static string Ask(string organizer, params string[] attendees) =>
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\nMETHOD:REQUEST\nBEGIN:VFREEBUSY\nUID:ask\nDTSTAMP:20260101T000000Z\n"
        + $"DTSTART:20260105T000000Z\nDTEND:20260106T000000Z\nORGANIZER:mailto:{organizer}\n"
        + string.Concat(attendees.Select(one => $"ATTENDEE:mailto:{one}\n")) + "END:VFREEBUSY\nEND:VCALENDAR\n";
}
