using CompatBot.Core.Store;
using CompatBot.Protocols.Dav;
using Xunit;
using static CompatBot.DialogueTests.Dav.Scheduling.Invitations;

namespace CompatBot.DialogueTests.Dav.Scheduling;

/// <summary>Scheduling with users of other servers, by mail (RFC 6047).</summary>
public sealed class MailedSchedulingTests
{
    private const string Carla = "carla@else.test";

    /// <summary>A meeting that Carla organizes and Anna is invited to.</summary>
    private static string Theirs(params string[] more) => Event("theirs", [
        "DTSTART:20260106T110000Z", "DTEND:20260106T120000Z", "SUMMARY:Größe", "ORGANIZER;CN=Carla:mailto:carla@else.test",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:anna@mail.test", .. more]);

    [Fact]
    public async Task An_invitation_to_elsewhere_goes_as_mail_and_the_answer_that_comes_is_in_the_calendar()
    {
        await using var house = await DavHouse.OpenAsync();
        var invitation = Lunch(Attendee(Carla)).Replace("SUMMARY:Lunch", "SUMMARY:Essen im Café am Größplatz", StringComparison.Ordinal);
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{invitation}");
        var (sender, recipient, mail) = Assert.Single(house.Outgoing);
        Assert.Equal(("anna@mail.test", Carla), (sender, recipient));
        Assert.Contains("From: <anna@mail.test>\r\nTo: <carla@else.test>\r\nSubject: =?utf-8?B?", mail, StringComparison.Ordinal);
        Assert.Contains("method=REQUEST", mail, StringComparison.Ordinal);
        Assert.True(mail.All(char.IsAscii) && !mail.Split("\r\n").Any(line => line.Length > 200));
        var calendar = CalendarOf(mail);
        Assert.Contains("METHOD:REQUEST", calendar, StringComparison.Ordinal);
        Assert.DoesNotContain("SCHEDULE-", calendar, StringComparison.Ordinal);
        Assert.Contains("SCHEDULE-STATUS=1.1", Line(await house.ReadAsync("anna@mail.test", "calendar/1.ics"), "ATTENDEE", Carla),
            StringComparison.Ordinal);

        var reply = Event("lunch", "DTSTART:20260105T110000Z", "ORGANIZER:mailto:anna@mail.test", Attendee(Carla, "TENTATIVE"));
        await house.MailAsync("anna@mail.test", Mail(Carla, "anna@mail.test", "REPLY", reply));
        await SoonAsync(async () => Line(await house.ReadAsync("anna@mail.test", "calendar/1.ics"), "ATTENDEE", Carla)
            .Contains("PARTSTAT=TENTATIVE", StringComparison.Ordinal));

        // A counter-proposal is for Anna to decide: it waits in her inbox.
        var inbox = (await house.InboxAsync("anna@mail.test")).Count;
        var counter = Lunch(Attendee(Carla, "TENTATIVE")).Replace("T110000Z", "T130000Z", StringComparison.Ordinal);
        await house.MailAsync("anna@mail.test", Mail(Carla, "anna@mail.test", "COUNTER", counter));
        await SoonAsync(async () => (await house.InboxAsync("anna@mail.test")).Count == inbox + 1);
        Assert.Contains("DTSTART:20260105T110000Z", await house.ReadAsync("anna@mail.test", "calendar/1.ics"), StringComparison.Ordinal);
        await house.AskAsync(204, $"DELETE {DavHouse.Calendar}1.ics");
        Assert.Contains("METHOD:CANCEL", CalendarOf(house.Outgoing[^1].Text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // Nobody is there: it waits as mail, then for the calendar.
    public async Task An_invitation_that_comes_by_mail_is_in_the_calendar_and_the_answer_goes_by_mail(bool isThere)
    {
        await using var house = await DavHouse.OpenAsync();
        if (isThere) await house.AskAsync(207, $"PROPFIND {DavHouse.Calendar}\nDepth: 0");
        await house.MailAsync("anna@mail.test", Mail(Carla, "anna@mail.test", "REQUEST", Theirs()));
        await SoonAsync(async () => (await house.AskAsync($"GET {DavHouse.Calendar}theirs.ics")).Status == 200);
        var text = await house.ReadAsync("anna@mail.test", "calendar/theirs.ics");
        Assert.Contains("SUMMARY:Größe", text, StringComparison.Ordinal);
        Assert.DoesNotContain("METHOD", text, StringComparison.Ordinal);
        text = text.Replace("NEEDS-ACTION", "ACCEPTED", StringComparison.Ordinal);
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}theirs.ics\n\n{text}");
        var (_, recipient, mail) = Assert.Single(house.Outgoing);
        Assert.Equal(Carla, recipient);
        var reply = CalendarOf(mail);
        Assert.Contains("METHOD:REPLY", reply, StringComparison.Ordinal);
        Assert.Contains("PARTSTAT=ACCEPTED", Line(reply, "ATTENDEE", "anna@mail.test"), StringComparison.Ordinal);

        // It moves, and is cancelled.
        await house.MailAsync("anna@mail.test", Mail(Carla, "anna@mail.test", "REQUEST", Theirs("SEQUENCE:1")
            .Replace("T110000Z", "T100000Z", StringComparison.Ordinal)));
        await SoonAsync(async () => (await house.ReadAsync("anna@mail.test", "calendar/theirs.ics"))
            .Contains("DTSTART:20260106T100000Z", StringComparison.Ordinal));
        Assert.Contains("NEEDS-ACTION", Line(await house.ReadAsync("anna@mail.test", "calendar/theirs.ics"), "ATTENDEE", "anna@mail.test"),
            StringComparison.Ordinal);
        await house.MailAsync("anna@mail.test", Mail(Carla, "anna@mail.test", "CANCEL", Theirs("SEQUENCE:2")));
        await SoonAsync(async () => (await house.ReadAsync("anna@mail.test", "calendar/theirs.ics"))
            .Contains("STATUS:CANCELLED", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("eve@else.test", false)] // Says to be Carla's.
    [InlineData("carla@else.test", true)] // Is probably junk.
    public async Task Mail_from_somebody_else_and_junk_touch_no_calendar(string from, bool isSuspect)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(207, $"PROPFIND {DavHouse.Calendar}\nDepth: 0");
        await house.MailAsync("anna@mail.test", Mail(from, "anna@mail.test", "REQUEST", Theirs()), isSuspect);
        await house.MailAsync("anna@mail.test", Mail(Carla, "anna@mail.test", "REQUEST", Theirs().Replace(
            "UID:theirs", "UID:good", StringComparison.Ordinal)));
        await SoonAsync(async () => (await house.AskAsync($"GET {DavHouse.Calendar}good.ics")).Status == 200);
        await house.AskAsync(404, $"GET {DavHouse.Calendar}theirs.ics");
    }

    [Fact]
    public async Task What_the_post_does_not_take_is_said_in_the_event_and_an_hour_has_so_many_invitations()
    {
        await using var house = await DavHouse.OpenAsync(new DavLimits { InvitationsPerHourMax = 2 });
        house.PostRefuses = Refusal.StoreFull;
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Carla))}");
        Assert.Contains("SCHEDULE-STATUS=5.1", Line(await house.ReadAsync("anna@mail.test", "calendar/1.ics"), "ATTENDEE", Carla),
            StringComparison.Ordinal);
        house.PostRefuses = Refusal.None;
        var again = Lunch(Attendee(Carla)).Replace("RSVP=TRUE:mailto:c", "SCHEDULE-FORCE-SEND=REQUEST:mailto:c", StringComparison.Ordinal);
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}1.ics\n\n{again}");
        Assert.Single(house.Outgoing);
        await house.AskAsync(429, $"PUT {DavHouse.Calendar}1.ics\n\n{again}");
        house.Time.Advance(TimeSpan.FromHours(1));
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}1.ics\n\n{again}");
    }
}
