using Xunit;
using static CompatBot.DialogueTests.Dav.Scheduling.Invitations;

namespace CompatBot.DialogueTests.Dav.Scheduling;

/// <summary>RFC 6638 between two accounts of this server: both calendars are right after each step.</summary>
public sealed class LocalSchedulingTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)] // Sealed into Bert's dropbox, and taken in when his device comes.
    public async Task An_invitation_is_in_the_other_calendar_and_the_answer_comes_back(bool bertIsThere)
    {
        await using var house = await DavHouse.OpenAsync();
        if (bertIsThere) await house.AskAsAsync(Bert, 207, $"PROPFIND {Berts}\nDepth: 0");
        var put = await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Bert))}");
        Assert.Null(put["ETag"]);
        Assert.NotNull(put["Schedule-Tag"]);
        var mine = await house.AskAsync(200, $"GET {DavHouse.Calendar}1.ics");
        Assert.Equal(put["Schedule-Tag"], mine["Schedule-Tag"]);
        Assert.Contains("SCHEDULE-STATUS=1.2", Line(Unfold(mine.Body), "ATTENDEE", Bert), StringComparison.Ordinal);

        var theirs = await house.AskAsAsync(Bert, 200, $"GET {Berts}calendar/lunch.ics");
        Assert.Contains("SUMMARY:Lunch", theirs.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("SCHEDULE-STATUS", theirs.Body, StringComparison.Ordinal);
        var message = Assert.Single(await house.InboxAsync(Bert));
        Assert.Contains("METHOD:REQUEST", (await house.AskAsAsync(Bert, 200, $"GET {message}")).Body, StringComparison.Ordinal);
        await house.AskAsAsync(Bert, 204, $"DELETE {message}");

        var accepted = Unfold(theirs.Body).Replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED", StringComparison.Ordinal);
        var answer = await house.AskAsAsync(
            Bert, 204, $"PUT {Berts}calendar/lunch.ics\nIf-Schedule-Tag-Match: {theirs["Schedule-Tag"]}\n\n{accepted}");
        Assert.NotNull(answer["Schedule-Tag"]);
        Assert.Contains("SCHEDULE-STATUS=1.2", Line(await house.ReadAsync(Bert, "calendar/lunch.ics"), "ORGANIZER", "anna@mail.test"),
            StringComparison.Ordinal);

        // The answer changes the event, but not its Schedule-Tag: Anna's client need not merge.
        var now = await house.AskAsync(200, $"GET {DavHouse.Calendar}1.ics");
        Assert.Contains("PARTSTAT=ACCEPTED", Line(Unfold(now.Body), "ATTENDEE", Bert), StringComparison.Ordinal);
        Assert.NotEqual(mine.ETag, now.ETag);
        Assert.Equal(put["Schedule-Tag"], now["Schedule-Tag"]);
        Assert.Single(await house.InboxAsync("anna@mail.test"));

        // What she still has of before does not undo the answer.
        await house.AskAsync(412, $"PUT {DavHouse.Calendar}1.ics\nIf-Match: {mine.ETag}\n\n{Lunch(Attendee(Bert))}");
        var brunch = Lunch(Attendee(Bert)).Replace("SUMMARY:Lunch", "SUMMARY:Brunch", StringComparison.Ordinal);
        var changed = await house.AskAsync(
            204, $"PUT {DavHouse.Calendar}1.ics\nIf-Schedule-Tag-Match: {put["Schedule-Tag"]}\n\n{brunch}");
        Assert.NotEqual(put["Schedule-Tag"], changed["Schedule-Tag"]);
        var merged = await house.ReadAsync("anna@mail.test", "calendar/1.ics");
        Assert.Contains("PARTSTAT=ACCEPTED", Line(merged, "ATTENDEE", Bert), StringComparison.Ordinal);
        Assert.Contains("SUMMARY:Brunch", await house.ReadAsync(Bert, "calendar/lunch.ics"), StringComparison.Ordinal);
        await house.AskAsync(412, $"PUT {DavHouse.Calendar}1.ics\nIf-Schedule-Tag-Match: {put["Schedule-Tag"]}\n\n{brunch}");
    }

    [Fact]
    public async Task Another_time_asks_again_and_a_removal_cancels()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Bert))}");
        var accepted = (await house.ReadAsync(Bert, "calendar/lunch.ics")).Replace("NEEDS-ACTION", "ACCEPTED", StringComparison.Ordinal);
        await house.AskAsAsync(Bert, 204, $"PUT {Berts}calendar/lunch.ics\n\n{accepted}");
        var later = (await house.ReadAsync("anna@mail.test", "calendar/1.ics"))
            .Replace("DTSTART:20260105T110000Z", "SEQUENCE:1\nDTSTART:20260105T113000Z", StringComparison.Ordinal);
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}1.ics\n\n{later}");
        Assert.Contains("NEEDS-ACTION", 
            Line(await house.ReadAsync(Bert, "calendar/lunch.ics"), "ATTENDEE", Bert), StringComparison.Ordinal);
        Assert.Contains("NEEDS-ACTION", Line(await house.ReadAsync("anna@mail.test", "calendar/1.ics"), "ATTENDEE", Bert),
            StringComparison.Ordinal);
        await house.AskAsync(204, $"DELETE {DavHouse.Calendar}1.ics");
        Assert.Contains("STATUS:CANCELLED", await house.ReadAsync(Bert, "calendar/lunch.ics"), StringComparison.Ordinal);
        await house.AskAsAsync(Bert, 204, $"DELETE {Berts}calendar/lunch.ics");
    }

    [Theory]
    [InlineData("", "DECLINED")]
    [InlineData("\nSchedule-Reply: F", "NEEDS-ACTION")]
    public async Task An_attendee_who_removes_an_event_declines_unless_he_says_nothing(string header, string status)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Bert))}");
        await house.AskAsAsync(Bert, 204, $"DELETE {Berts}calendar/lunch.ics{header}");
        Assert.Contains($"PARTSTAT={status}", Line(await house.ReadAsync("anna@mail.test", "calendar/1.ics"), "ATTENDEE", Bert),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_calendar_that_is_removed_cancels_what_was_in_it()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, "MKCALENDAR /dav/calendars/anna@mail.test/work/");
        await house.AskAsync(201, $"PUT /dav/calendars/anna@mail.test/work/1.ics\n\n{Lunch(Attendee(Bert))}");
        await house.AskAsync(204, "DELETE /dav/calendars/anna@mail.test/work/");
        Assert.Contains("STATUS:CANCELLED", await house.ReadAsync(Bert, "calendar/lunch.ics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task New_events_go_into_the_calendar_that_their_owner_chose()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsAsync(Bert, 201, $"MKCALENDAR {Berts}work/");
        string Choose(string name) =>
            $"PROPPATCH {Berts}inbox/\n\n<D:propertyupdate xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'>"
            + $"<D:set><D:prop><C:schedule-default-calendar-URL><D:href>{Berts}{name}/</D:href></C:schedule-default-calendar-URL></D:prop>"
            + "</D:set></D:propertyupdate>";
        Assert.Equal("valid-schedule-default-calendar-URL", (await house.AskAsAsync(Bert, 403, Choose("none"))).Precondition);
        await house.AskAsAsync(Bert, 207, Choose("work"));
        var found = await house.AskAsAsync(Bert, 207, $"PROPFIND {Berts}inbox/\nDepth: 0\n\n<propfind xmlns='DAV:'><prop>"
            + "<C:schedule-default-calendar-URL xmlns:C='urn:ietf:params:xml:ns:caldav'/><resourcetype/></prop></propfind>");
        Assert.Equal($"{Berts}work/", found.Property("schedule-default-calendar-URL"));
        Assert.Contains("schedule-inbox", found.Body, StringComparison.Ordinal);
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Bert))}");
        Assert.Contains("Lunch", await house.ReadAsync(Bert, "work/lunch.ics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_find_out_where_to_schedule_and_nobody_touches_inbox_and_outbox()
    {
        await using var house = await DavHouse.OpenAsync();
        var options = await house.AskAsync(200, $"OPTIONS {DavHouse.Calendar}");
        Assert.Contains("calendar-auto-schedule", options["DAV"], StringComparison.Ordinal);
        var me = await house.AskAsync(207, "PROPFIND /dav/principals/anna@mail.test/\nDepth: 0\n\n<propfind xmlns='DAV:' "
            + "xmlns:C='urn:ietf:params:xml:ns:caldav'><prop><C:schedule-inbox-URL/><C:schedule-outbox-URL/><C:calendar-user-type/>"
            + "<C:calendar-user-address-set/></prop></propfind>");
        Assert.Equal("/dav/calendars/anna@mail.test/inbox/", me.Property("schedule-inbox-URL"));
        Assert.Equal("/dav/calendars/anna@mail.test/outbox/", me.Property("schedule-outbox-URL"));
        Assert.Equal("INDIVIDUAL", me.Property("calendar-user-type"));
        Assert.Contains("mailto:anna@mail.test", me.Property("calendar-user-address-set"), StringComparison.Ordinal);
        foreach (var box in (string[])["inbox", "outbox"])
        {
            var path = $"/dav/calendars/anna@mail.test/{box}/";
            await house.AskAsync(403, $"DELETE {path}");
            await house.AskAsync(403, $"MOVE {path}\nDestination: /dav/calendars/anna@mail.test/other/");
            await house.AskAsync(403, $"PUT {path}1.ics\n\n{Lunch()}");
        }
    }

    [Fact]
    public async Task What_the_rules_forbid_is_refused_by_its_name()
    {
        await using var house = await DavHouse.OpenAsync(new() { AttendeesMax = 2 });
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Bert))}");
        var stolen = (await house.ReadAsync(Bert, "calendar/lunch.ics")).Replace(
            "mailto:anna@mail.test\nATT", "mailto:eve@else.test\nATT", StringComparison.Ordinal);
        var reply = await house.AskAsAsync(Bert, 403, $"PUT {Berts}calendar/lunch.ics\n\n{stolen}");
        Assert.Equal("allowed-attendee-scheduling-object-change", reply.Precondition);
        var two = Lunch().Replace("END:VCALENDAR", "BEGIN:VEVENT\nUID:lunch\nRECURRENCE-ID:20260105T110000Z\nDTSTART:20260105T110000Z\n"
            + "ORGANIZER:mailto:bert@mail.test\nEND:VEVENT\nEND:VCALENDAR", StringComparison.Ordinal);
        Assert.Equal("same-organizer-in-all-components",
            (await house.AskAsync(403, $"PUT {DavHouse.Calendar}1.ics\n\n{two}")).Precondition);
        var crowd = Lunch([.. Enumerable.Range(0, 3).Select(i => Attendee($"a{i}@else.test"))]);
        Assert.Equal("max-attendees-per-instance", (await house.AskAsync(403, $"PUT {DavHouse.Calendar}1.ics\n\n{crowd}")).Precondition);
        Assert.Empty(house.Outgoing);
    }

    [Fact]
    public async Task Who_does_not_exist_is_said_to_be_nobody_and_events_of_others_are_stored_as_they_are()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee("nobody@mail.test"), "ATTENDEE:urn:uuid:1")}");
        var stored = await house.ReadAsync("anna@mail.test", "calendar/1.ics");
        Assert.Contains("SCHEDULE-STATUS=3.7", Line(stored, "ATTENDEE", "nobody@mail.test"), StringComparison.Ordinal);
        Assert.Contains("SCHEDULE-STATUS=3.7", Line(stored, "ATTENDEE", "urn:uuid:1"), StringComparison.Ordinal);

        // An event that Anna has no part in, as an import may bring it, is not scheduled.
        var foreign = Event("foreign", "DTSTART:20260105T110000Z", "ORGANIZER:mailto:x@else.test", "ATTENDEE:mailto:y@else.test");
        var put = await house.AskAsync(201, $"PUT {DavHouse.Calendar}2.ics\n\n{foreign}");
        Assert.Null(put["Schedule-Tag"]);
        Assert.Equal(foreign, (await house.AskAsync(200, $"GET {DavHouse.Calendar}2.ics")).Body);
        Assert.Empty(house.Outgoing);
    }
}
