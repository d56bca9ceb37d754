using Xunit;
using static CompatBot.DialogueTests.Dav.Scheduling.Invitations;

namespace CompatBot.DialogueTests.Dav.Scheduling;

/// <summary>Single instances, refusals, delegates and counter-proposals between accounts of this server.</summary>
public sealed class AcrossTests
{
    private const string Anna = "anna@mail.test";
    private const string Dora = "dora@mail.test";
    private const string Weekly = "RRULE:FREQ=WEEKLY;COUNT=4";

    [Fact]
    public async Task The_organizer_moves_one_instance_and_takes_one_out()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Weekly, Attendee(Bert, "ACCEPTED"))}");
        var moved = (await house.ReadAsync(Anna, "calendar/1.ics")).Replace(
            "END:VCALENDAR",
            "BEGIN:VEVENT\nUID:lunch\nDTSTAMP:20250101T000000Z\nRECURRENCE-ID:20260112T110000Z\nDTSTART:20260112T150000Z\nDURATION:PT1H\n"
            + "SUMMARY:Lunch\nORGANIZER:mailto:anna@mail.test\nATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@mail.test\n"
            + $"{Attendee(Bert, "ACCEPTED")}\nEND:VEVENT\nEND:VCALENDAR",
            StringComparison.Ordinal);
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}1.ics\n\n{moved}");
        var theirs = await house.ReadAsync(Bert, "calendar/lunch.ics");
        Assert.Contains("DTSTART:20260112T150000Z", theirs, StringComparison.Ordinal);
        Assert.Contains("NEEDS-ACTION", theirs, StringComparison.Ordinal); // Of that one; the others stay accepted.
        Assert.Contains("PARTSTAT=ACCEPTED", Line(theirs, "ATTENDEE", Bert), StringComparison.Ordinal);
        var without = (await house.ReadAsync(Anna, "calendar/1.ics")).Replace(
            "RRULE", "EXDATE:20260119T110000Z\nRRULE", StringComparison.Ordinal);
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}1.ics\n\n{without}");
        theirs = await house.ReadAsync(Bert, "calendar/lunch.ics");
        Assert.Contains("EXDATE:20260119T110000Z", theirs, StringComparison.Ordinal);
        Assert.Contains("DTSTART:20260112T150000Z", theirs, StringComparison.Ordinal);
        Assert.Contains("PARTSTAT=ACCEPTED", Line(await house.ReadAsync(Anna, "calendar/1.ics"), "ATTENDEE", Bert),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DECLINED")]
    [InlineData("TENTATIVE")]
    public async Task An_answer_is_in_both_calendars(string status)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Bert))}");
        var said = (await house.ReadAsync(Bert, "calendar/lunch.ics")).Replace("NEEDS-ACTION", status, StringComparison.Ordinal);
        await house.AskAsAsync(Bert, 204, $"PUT {Berts}calendar/lunch.ics\n\n{said}");
        foreach (var (user, path) in ((string, string)[])[(Anna, "calendar/1.ics"), (Bert, "calendar/lunch.ics")])
        {
            Assert.Contains($"PARTSTAT={status}", Line(await house.ReadAsync(user, path), "ATTENDEE", Bert), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_delegate_has_the_event_and_answers_the_organizer()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AddAsync(Dora);
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Bert))}");
        var sent = (await house.ReadAsync(Bert, "calendar/lunch.ics")).Replace(
            Attendee(Bert), $"ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:{Dora}\":mailto:{Bert}", StringComparison.Ordinal);
        await house.AskAsAsync(Bert, 204, $"PUT {Berts}calendar/lunch.ics\n\n{sent}");
        var mine = await house.ReadAsync(Anna, "calendar/1.ics");
        Assert.Contains("PARTSTAT=DELEGATED", Line(mine, "ATTENDEE", Bert), StringComparison.Ordinal);
        Assert.Contains($"DELEGATED-FROM=\"mailto:{Bert}\"", Line(mine, "ATTENDEE", Dora), StringComparison.Ordinal);
        var accepted = (await house.ReadAsync(Dora, "calendar/lunch.ics")).Replace("NEEDS-ACTION", "ACCEPTED", StringComparison.Ordinal);
        await house.AskAsAsync(Dora, 204, $"PUT /dav/calendars/{Dora}/calendar/lunch.ics\n\n{accepted}");
        mine = await house.ReadAsync(Anna, "calendar/1.ics");
        Assert.Contains("PARTSTAT=ACCEPTED", Line(mine, "ATTENDEE", Dora), StringComparison.Ordinal);
        await house.AskAsync(204, $"DELETE {DavHouse.Calendar}1.ics");
        Assert.Contains("STATUS:CANCELLED", await house.ReadAsync(Dora, "calendar/lunch.ics"), StringComparison.Ordinal);
        Assert.Contains("STATUS:CANCELLED", await house.ReadAsync(Bert, "calendar/lunch.ics"), StringComparison.Ordinal);
    }

    [Fact] // Calendar programs send it as mail, whoever the organizer is.
    public async Task A_counter_proposal_waits_for_the_organizer_whose_new_time_is_in_both_calendars()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Bert))}");
        var before = await house.ReadAsync(Anna, "calendar/1.ics");
        var counter = Lunch(Attendee(Bert, "TENTATIVE")).Replace("T110000Z", "T103000Z", StringComparison.Ordinal);
        await house.MailAsync(Anna, Mail(Bert, Anna, "COUNTER", counter));
        await SoonAsync(async () => (await house.InboxAsync(Anna)).Count == 1);
        var waiting = Unfold((await house.AskAsync(200, $"GET {(await house.InboxAsync(Anna))[0]}")).Body);
        Assert.Contains("METHOD:COUNTER", waiting, StringComparison.Ordinal);
        Assert.Equal(before, await house.ReadAsync(Anna, "calendar/1.ics"));
        var agreed = before.Replace("DTSTART:20260105T110000Z", "SEQUENCE:1\nDTSTART:20260105T103000Z", StringComparison.Ordinal);
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}1.ics\n\n{agreed}");
        Assert.Contains("DTSTART:20260105T103000Z", await house.ReadAsync(Bert, "calendar/lunch.ics"), StringComparison.Ordinal);

        // One that she does not like is declined by mail, and changes nothing either.
        await house.MailAsync(Bert, Mail(Anna, Bert, "DECLINECOUNTER", counter));
        await SoonAsync(async () => (await house.InboxAsync(Bert)).Count == 3);
        Assert.Contains("DTSTART:20260105T103000Z", await house.ReadAsync(Bert, "calendar/lunch.ics"), StringComparison.Ordinal);
    }
}
