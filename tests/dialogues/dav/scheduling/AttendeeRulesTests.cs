using Xunit;
using static CompatBot.DialogueTests.Dav.Scheduling.Invitations;

namespace CompatBot.DialogueTests.Dav.Scheduling;

/// <summary>What attendees and organizers may change, and where (RFC 6638 sections 3.2.2.1 and 3.2.4).</summary>
public sealed class AttendeeRulesTests
{
    private const string Anna = "anna@mail.test";

    /// <summary>Mondays at eleven, four times.</summary>
    private static string Weekly(params string[] more) => Lunch(["RRULE:FREQ=WEEKLY;COUNT=4", "LOCATION:Room 1", .. more]);

    [Theory]
    [InlineData("DTSTART:20260105T110000Z", "DTSTART:20260105T100000Z")]
    [InlineData("DTEND:20260105T120000Z", "DTEND:20260105T130000Z")]
    [InlineData("DTEND:20260105T120000Z", "DURATION:PT2H")]
    [InlineData("SUMMARY:Lunch", "SUMMARY:Dinner")]
    [InlineData("LOCATION:Room 1", "LOCATION:Room 2")]
    [InlineData("RRULE:FREQ=WEEKLY;COUNT=4", "RRULE:FREQ=WEEKLY;COUNT=5")]
    [InlineData("SUMMARY:Lunch", "SUMMARY:Lunch\nSTATUS:CANCELLED")]
    [InlineData("SUMMARY:Lunch", "SUMMARY:Lunch\nATTENDEE:mailto:eve@else.test")]
    [InlineData("SUMMARY:Lunch", "SUMMARY:Lunch\nRDATE:20260110T110000Z")]
    public async Task What_is_the_organizers_is_refused(string was, string now)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Weekly(Attendee(Bert))}");
        var before = await house.ReadAsync(Bert, "calendar/lunch.ics");
        var changed = before.Replace(was, now, StringComparison.Ordinal).Replace("NEEDS-ACTION", "ACCEPTED", StringComparison.Ordinal);
        var reply = await house.AskAsAsync(Bert, 403, $"PUT {Berts}calendar/lunch.ics\n\n{changed}");
        Assert.Equal("allowed-attendee-scheduling-object-change", reply.Precondition);
        Assert.Equal(before, await house.ReadAsync(Bert, "calendar/lunch.ics"));
        Assert.Empty(await house.InboxAsync(Anna));
    }

    [Theory]
    [InlineData("SUMMARY:Lunch", "SUMMARY:Lunch\nTRANSP:TRANSPARENT\nCATEGORIES:Food\nX-MINE:1\nCOLOR:red\nPRIORITY:5\nCLASS:PRIVATE")]
    [InlineData("END:VEVENT", "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:x\nEND:VALARM\nEND:VEVENT")]
    [InlineData("DTEND:20260105T120000Z", "DURATION:PT1H")]
    [InlineData("RRULE:FREQ=WEEKLY;COUNT=4", "RRULE:COUNT=4;INTERVAL=1;FREQ=WEEKLY;WKST=MO")]
    [InlineData("SUMMARY:Lunch", "SUMMARY:Lunch \nSTATUS:CONFIRMED")]
    [InlineData("SUMMARY:Lunch", "SUMMARY:Lunch\nSEQUENCE:7")]
    public async Task What_is_the_attendees_is_taken_and_tells_nobody(string was, string now)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Weekly(Attendee(Bert))}");
        var before = await house.ReadAsync(Bert, "calendar/lunch.ics");
        await house.AskAsAsync(
            Bert, 204, $"PUT {Berts}calendar/lunch.ics\n\n{before.Replace(was, now, StringComparison.Ordinal)}");
        Assert.Empty(await house.InboxAsync(Anna));
        var stored = await house.ReadAsync(Bert, "calendar/lunch.ics");
        if (!now.Contains("SEQUENCE", StringComparison.Ordinal)) Assert.Contains(now, stored, StringComparison.Ordinal);

        // A SEQUENCE of the attendee's own would let the organizer's next change look old.
        var later = (await house.ReadAsync(Anna, "calendar/1.ics")).Replace("Room 1", "Room 3", StringComparison.Ordinal);
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}1.ics\n\n{later}");
        Assert.Contains("LOCATION:Room 3", await house.ReadAsync(Bert, "calendar/lunch.ics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attendee_answers_single_instances_and_leaves_some_out_but_moves_none()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Weekly(Attendee(Bert, "ACCEPTED"))}");
        var text = await house.ReadAsync(Bert, "calendar/lunch.ics");
        string With(string date, string start, string status) => text.Replace(
            "END:VCALENDAR",
            $"BEGIN:VEVENT\nUID:lunch\nDTSTAMP:20250101T000000Z\nRECURRENCE-ID:{date}\nDTSTART:{start}\nDURATION:PT1H\nSUMMARY:Lunch\n"
            + "LOCATION:Room 1\nORGANIZER:mailto:anna@mail.test\nATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@mail.test\n"
            + $"{Attendee(Bert, status)}\nEND:VEVENT\nEND:VCALENDAR",
            StringComparison.Ordinal);
        foreach (var (date, start) in ((string, string)[])[
            ("20260112T110000Z", "20260112T120000Z"), ("20260113T110000Z", "20260113T110000Z")])
        {
            var refused = await house.AskAsAsync(Bert, 403, $"PUT {Berts}calendar/lunch.ics\n\n{With(date, start, "DECLINED")}");
            Assert.Equal("allowed-attendee-scheduling-object-change", refused.Precondition);
        }

        await house.AskAsAsync(Bert, 204, $"PUT {Berts}calendar/lunch.ics\n\n{With("20260112T110000Z", "20260112T110000Z", "DECLINED")}");
        var mine = await house.ReadAsync(Anna, "calendar/1.ics");
        Assert.Contains("RECURRENCE-ID:20260112T110000Z", mine, StringComparison.Ordinal);
        Assert.Contains("PARTSTAT=DECLINED", mine, StringComparison.Ordinal);
        Assert.Contains("PARTSTAT=ACCEPTED", Line(mine, "ATTENDEE", Bert), StringComparison.Ordinal);

        // He takes another out, which declines it; it stays away when Anna changes something, and he may not take that back.
        text = await house.ReadAsync(Bert, "calendar/lunch.ics");
        var without = text.Replace("RRULE", "EXDATE:20260119T110000Z\nRRULE", StringComparison.Ordinal);
        await house.AskAsAsync(Bert, 204, $"PUT {Berts}calendar/lunch.ics\n\n{without}");
        mine = await house.ReadAsync(Anna, "calendar/1.ics");
        Assert.Contains("RECURRENCE-ID:20260119T110000Z", mine, StringComparison.Ordinal);
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}1.ics\n\n{mine.Replace("Room 1", "Room 2", StringComparison.Ordinal)}");
        var theirs = await house.ReadAsync(Bert, "calendar/lunch.ics");
        Assert.Contains("LOCATION:Room 2", theirs, StringComparison.Ordinal);
        Assert.Contains("EXDATE:20260119T110000Z", theirs, StringComparison.Ordinal);
        Assert.DoesNotContain("RECURRENCE-ID:20260119T110000Z", theirs, StringComparison.Ordinal);
        var back = theirs.Replace("EXDATE:20260119T110000Z\n", "", StringComparison.Ordinal);
        await house.AskAsAsync(Bert, 403, $"PUT {Berts}calendar/lunch.ics\n\n{back}");
    }

    [Fact]
    public async Task Other_attendees_see_an_answer_at_once_and_nothing_else_of_theirs_changes()
    {
        const string Dora = "dora@mail.test";
        const string Emil = "emil@mail.test";
        await using var house = await DavHouse.OpenAsync();
        await house.AddAsync(Dora);
        await house.AddAsync(Emil);
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Bert), Attendee(Dora), Attendee(Emil))}");
        await house.AskAsAsync(Emil, 204, $"DELETE /dav/calendars/{Emil}/calendar/lunch.ics\nSchedule-Reply: F");
        var before = await house.AskAsAsync(Dora, 200, $"GET /dav/calendars/{Dora}/calendar/lunch.ics");
        Assert.Single(await house.InboxAsync(Dora));
        var accepted = (await house.ReadAsync(Bert, "calendar/lunch.ics")).Replace(
            $"{Attendee(Bert)}", $"{Attendee(Bert, "ACCEPTED")}", StringComparison.Ordinal);
        await house.AskAsAsync(Bert, 204, $"PUT {Berts}calendar/lunch.ics\n\n{accepted}");
        await SoonAsync(async () => Line(await house.ReadAsync(Dora, "calendar/lunch.ics"), "ATTENDEE", Bert)
            .Contains("PARTSTAT=ACCEPTED", StringComparison.Ordinal));
        var after = await house.AskAsAsync(Dora, 200, $"GET /dav/calendars/{Dora}/calendar/lunch.ics");
        Assert.Equal(before["Schedule-Tag"], after["Schedule-Tag"]);
        Assert.Single(await house.InboxAsync(Dora));
        await house.AskAsAsync(Emil, 404, $"GET /dav/calendars/{Emil}/calendar/lunch.ics"); // Who threw it away is left in peace.

        // Dora's client has not seen it yet, and answers: what it says of Bert does not count.
        var mine = Unfold(before.Body).Replace(Attendee(Dora), Attendee(Dora, "TENTATIVE"), StringComparison.Ordinal);
        await house.AskAsAsync(
            Dora, 204, $"PUT /dav/calendars/{Dora}/calendar/lunch.ics\nIf-Schedule-Tag-Match: {before["Schedule-Tag"]}\n\n{mine}");
        var kept = await house.ReadAsync(Dora, "calendar/lunch.ics");
        Assert.Contains("PARTSTAT=ACCEPTED", Line(kept, "ATTENDEE", Bert), StringComparison.Ordinal);
        Assert.Contains("PARTSTAT=TENTATIVE", Line(await house.ReadAsync(Anna, "calendar/1.ics"), "ATTENDEE", Dora),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scheduled_event_is_in_one_calendar_and_its_organizer_stays()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, "MKCALENDAR /dav/calendars/anna@mail.test/work/");
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Bert))}");
        var twice = await house.AskAsync(403, $"PUT /dav/calendars/anna@mail.test/work/2.ics\n\n{Lunch(Attendee(Bert))}");
        Assert.Equal("unique-scheduling-object-resource", twice.Precondition);
        Assert.Contains("/calendar/1.ics", twice.Body, StringComparison.Ordinal);
        var copied = await house.AskAsync(403, $"COPY {DavHouse.Calendar}1.ics\nDestination: /dav/calendars/anna@mail.test/work/2.ics");
        Assert.Equal("unique-scheduling-object-resource", copied.Precondition);
        await house.AskAsync(201, $"MOVE {DavHouse.Calendar}1.ics\nDestination: /dav/calendars/anna@mail.test/work/2.ics");
        var given = (await house.ReadAsync(Anna, "work/2.ics")).Replace(
            "ORGANIZER:mailto:anna@", "ORGANIZER:mailto:bert@", StringComparison.Ordinal);
        var refused = await house.AskAsync(403, $"PUT /dav/calendars/anna@mail.test/work/2.ics\n\n{given}");
        Assert.Equal("allowed-organizer-scheduling-object-change", refused.Precondition);
        await house.AskAsync(204, "DELETE /dav/calendars/anna@mail.test/calendar/");
        Assert.Equal("default-calendar-needed", (await house.AskAsync(403, "DELETE /dav/calendars/anna@mail.test/work/")).Precondition);
    }
}
