using Xunit;
using static CompatBot.DialogueTests.Dav.Scheduling.Invitations;

namespace CompatBot.DialogueTests.Dav.Scheduling;

/// <summary>Single instances, refusals and delegates between an account here and a user of another server, by mail.</summary>
public sealed class MailedAcrossTests
{
    private const string Anna = "anna@mail.test";
    private const string Carla = "carla@else.test";
    private const string Dora = "dora@else.test";
    private const string Weekly = "RRULE:FREQ=WEEKLY;COUNT=4";

    /// <summary>A series that Carla organizes and Anna is invited to.</summary>
    private static string Theirs(params string[] more) => Event("theirs", [
        "DTSTART:20260106T110000Z", "DTEND:20260106T120000Z", "SUMMARY:Hers", "ORGANIZER:mailto:carla@else.test",
        Attendee(Anna), .. more]);

    private static Task SendAsync(DavHouse house, string method, string calendar) =>
        house.MailAsync(Anna, Mail(Carla, Anna, method, calendar));

    private static Task SoonAsync(DavHouse house, string path, string text, bool isThere = true) => Invitations.SoonAsync(async () =>
        (await house.AskAsync($"GET {DavHouse.Calendar}{path}")) is { Status: 200 } reply
            && Unfold(reply.Body).Contains(text, StringComparison.Ordinal) == isThere);

    [Fact]
    public async Task The_organizer_elsewhere_moves_one_instance_and_cancels_one()
    {
        await using var house = await DavHouse.OpenAsync();
        await SendAsync(house, "REQUEST", Theirs(Weekly));
        await SoonAsync(house, "theirs.ics", "RRULE");
        var accepted = (await house.ReadAsync(Anna, "calendar/theirs.ics")).Replace("NEEDS-ACTION", "ACCEPTED", StringComparison.Ordinal);
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}theirs.ics\n\n{accepted}");
        await SendAsync(house, "REQUEST", Event("theirs", "RECURRENCE-ID:20260113T110000Z", "DTSTART:20260113T150000Z", "DURATION:PT1H",
            "SUMMARY:Hers", "SEQUENCE:1", "ORGANIZER:mailto:carla@else.test", Attendee(Anna)));
        await SoonAsync(house, "theirs.ics", "DTSTART:20260113T150000Z");
        Assert.Contains("PARTSTAT=ACCEPTED", Line(await house.ReadAsync(Anna, "calendar/theirs.ics"), "ATTENDEE", Anna),
            StringComparison.Ordinal);
        await SendAsync(house, "CANCEL", Event("theirs", "RECURRENCE-ID:20260120T110000Z", "DTSTART:20260120T110000Z", "SEQUENCE:1",
            "STATUS:CANCELLED", "ORGANIZER:mailto:carla@else.test", Attendee(Anna)));
        await SoonAsync(house, "theirs.ics", "EXDATE:20260120T110000Z");
        Assert.Contains("DTSTART:20260113T150000Z", await house.ReadAsync(Anna, "calendar/theirs.ics"), StringComparison.Ordinal);

        // Anna declines one that is left: Carla hears of that one.
        var one = (await house.ReadAsync(Anna, "calendar/theirs.ics")).Replace(
            "END:VCALENDAR",
            "BEGIN:VEVENT\nUID:theirs\nDTSTAMP:20250101T000000Z\nRECURRENCE-ID:20260127T110000Z\nDTSTART:20260127T110000Z\nDURATION:PT1H\n"
            + $"SUMMARY:Hers\nORGANIZER:mailto:carla@else.test\n{Attendee(Anna, "DECLINED")}\nEND:VEVENT\nEND:VCALENDAR",
            StringComparison.Ordinal);
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}theirs.ics\n\n{one}");
        var reply = CalendarOf(house.Outgoing[^1].Text);
        Assert.Contains("RECURRENCE-ID:20260127T110000Z", reply, StringComparison.Ordinal);
        Assert.Contains("PARTSTAT=DECLINED", Line(reply, "ATTENDEE", Anna), StringComparison.Ordinal);
        Assert.DoesNotContain("RRULE", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_of_one_elsewhere_to_all_and_to_one_instance_are_in_the_calendar()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Weekly, Attendee(Carla))}");
        await SendAsync(house, "REPLY", Event("lunch", "DTSTART:20260105T110000Z", "ORGANIZER:mailto:anna@mail.test",
            Attendee(Carla, "ACCEPTED")));
        await SoonAsync(house, "1.ics", "PARTSTAT=ACCEPTED;");
        await SendAsync(house, "REPLY", Event("lunch", "RECURRENCE-ID:20260112T110000Z", "DTSTART:20260112T110000Z",
            "ORGANIZER:mailto:anna@mail.test", Attendee(Carla, "DECLINED")));
        await SoonAsync(house, "1.ics", "RECURRENCE-ID:20260112T110000Z");
        var mine = await house.ReadAsync(Anna, "calendar/1.ics");
        Assert.Contains("PARTSTAT=ACCEPTED", Line(mine, "ATTENDEE", Carla), StringComparison.Ordinal);
        Assert.Contains("PARTSTAT=DECLINED", mine, StringComparison.Ordinal);
        await SendAsync(house, "REPLY", Event("lunch", "DTSTART:20260105T110000Z", "ORGANIZER:mailto:anna@mail.test",
            Attendee(Carla, "DECLINED")));
        await Invitations.SoonAsync(async () => Line(await house.ReadAsync(Anna, "calendar/1.ics"), "ATTENDEE", Carla)
            .Contains("PARTSTAT=DECLINED", StringComparison.Ordinal));

        // Anna moves one and takes one out: Carla hears of each alone.
        var moved = mine.Replace("RRULE", "EXDATE:20260119T110000Z\nRRULE", StringComparison.Ordinal);
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}1.ics\n\n{moved}");
        var told = CalendarOf(house.Outgoing[^1].Text);
        Assert.Contains("METHOD:CANCEL", told, StringComparison.Ordinal);
        Assert.Contains("RECURRENCE-ID:20260119T110000Z", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delegates_elsewhere_of_one_elsewhere_and_of_ones_own()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Carla))}");
        await SendAsync(house, "REPLY", Event("lunch", "DTSTART:20260105T110000Z", "ORGANIZER:mailto:anna@mail.test",
            $"ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:{Dora}\":mailto:{Carla}",
            $"ATTENDEE;DELEGATED-FROM=\"mailto:{Carla}\";PARTSTAT=NEEDS-ACTION:mailto:{Dora}"));
        await SoonAsync(house, "1.ics", "DELEGATED-FROM");
        await house.MailAsync(Anna, Mail(Dora, Anna, "REPLY", Event("lunch", "DTSTART:20260105T110000Z",
            "ORGANIZER:mailto:anna@mail.test", Attendee(Dora, "ACCEPTED"))));
        await Invitations.SoonAsync(async () => Line(await house.ReadAsync(Anna, "calendar/1.ics"), "ATTENDEE", Dora)
            .Contains("PARTSTAT=ACCEPTED", StringComparison.Ordinal));
        var asked = house.Outgoing.Count;
        var later = (await house.ReadAsync(Anna, "calendar/1.ics")).Replace(
            "DTSTART:20260105T110000Z", "SEQUENCE:1\nDTSTART:20260105T113000Z", StringComparison.Ordinal);
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}1.ics\n\n{later}");
        Assert.Equal([Carla, Dora], house.Outgoing.Skip(asked).Select(one => one.Recipient).Order());

        // Anna sends Dora to Carla's meeting.
        await SendAsync(house, "REQUEST", Theirs());
        await SoonAsync(house, "theirs.ics", "SUMMARY:Hers");
        var sent = (await house.ReadAsync(Anna, "calendar/theirs.ics")).Replace(
            Attendee(Anna), $"ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:{Dora}\":mailto:{Anna}", StringComparison.Ordinal);
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}theirs.ics\n\n{sent}");
        var (told, invited) = (house.Outgoing[^2], house.Outgoing[^1]);
        Assert.Equal((Carla, Dora), (told.Recipient, invited.Recipient));
        Assert.Contains($"DELEGATED-TO=\"mailto:{Dora}\"", CalendarOf(told.Text), StringComparison.Ordinal);
        Assert.Contains("METHOD:REQUEST", CalendarOf(invited.Text), StringComparison.Ordinal);
        Assert.Contains($"DELEGATED-FROM=\"mailto:{Anna}\"", CalendarOf(invited.Text), StringComparison.Ordinal);
    }
}
