using Xunit;
using static CompatBot.DialogueTests.Dav.Scheduling.Invitations;

namespace CompatBot.DialogueTests.Dav.Scheduling;

/// <summary>An attendee proposes another time, and the organizer takes it or does not (RFC 5546 sections 3.2.7 and 3.2.8).</summary>
public sealed class ProposalTests
{
    private const string Anna = "anna@mail.test";
    private const string Carla = "carla@else.test";

    private static string Post(string user, string method, string calendar) => $"POST /dav/calendars/{user}/outbox/\n"
        + $"Content-Type: text/calendar\n\n{calendar.Replace("PRODID", $"METHOD:{method}\nPRODID", StringComparison.Ordinal)}";

    private static string Later(string calendar) => calendar.Replace("T110000Z", "T130000Z", StringComparison.Ordinal);

    private static string StatusOf(DavReply reply) => reply.Xml.Descendants(DavReply.CalDav + "request-status").Single().Value;

    /// <summary>The message of a method in somebody's inbox.</summary>
    private static async Task<string> FindAsync(DavHouse house, string user, string method)
    {
        var found = new List<string>();
        foreach (var href in await house.InboxAsync(user)) found.Add(Unfold((await house.AskAsAsync(user, 200, $"GET {href}")).Body));
        return found.Single(one => one.Contains($"\nMETHOD:{method}\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // Nobody is there: it waits, sealed.
    public async Task The_organizer_sees_a_proposal_and_declines_it(bool isThere)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Bert))}");
        Assert.Single(await house.InboxAsync(Bert));
        if (!isThere) await house.CloseVaultsAsync();
        var sent = await house.AskAsAsync(Bert, 200, Post(Bert, "COUNTER", Later(Lunch(Attendee(Bert, "TENTATIVE"), "COMMENT:Too early"))));
        Assert.Equal("2.0;Success", StatusOf(sent));
        Assert.Contains("mailto:anna@mail.test", sent.Body, StringComparison.Ordinal);
        var proposal = await FindAsync(house, Anna, "COUNTER");
        foreach (var line in (string[])["DTSTART:20260105T130000Z", "COMMENT:Too early"])
        {
            Assert.Contains($"\n{line}\n", proposal, StringComparison.Ordinal);
        }

        // Nothing has changed, for either of them, until Anna does.
        Assert.Contains("DTSTART:20260105T110000Z", await house.ReadAsync(Anna, "calendar/1.ics"), StringComparison.Ordinal);
        Assert.Contains("DTSTART:20260105T110000Z", await house.ReadAsync(Bert, "calendar/lunch.ics"), StringComparison.Ordinal);
        Assert.Equal("2.0;Success", StatusOf(await house.AskAsync(200, Post(Anna, "DECLINECOUNTER", Later(Lunch(Attendee(Bert)))))));
        Assert.Contains("DTSTART:20260105T130000Z", await FindAsync(house, Bert, "DECLINECOUNTER"), StringComparison.Ordinal);
        Assert.Contains("DTSTART:20260105T110000Z", await house.ReadAsync(Bert, "calendar/lunch.ics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_organizer_takes_a_proposal_by_moving_the_event()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Bert))}");
        await house.AskAsAsync(Bert, 200, Post(Bert, "COUNTER", Later(Lunch(Attendee(Bert)))));
        var proposal = await FindAsync(house, Anna, "COUNTER");
        var start = Line(proposal, "DTSTART:", "Z");
        var moved = (await house.ReadAsync(Anna, "calendar/1.ics")).Replace("DTSTART:20260105T110000Z", start, StringComparison.Ordinal)
            .Replace("DTEND:20260105T120000Z", "SEQUENCE:1\nDTEND:20260105T140000Z", StringComparison.Ordinal);
        await house.AskAsync(204, $"PUT {DavHouse.Calendar}1.ics\n\n{moved}");
        Assert.Contains(start, await house.ReadAsync(Bert, "calendar/lunch.ics"), StringComparison.Ordinal);
        Assert.Equal("2.0;Success", StatusOf(await house.AskAsAsync(Bert, 200, Post(Bert, "REFRESH", Lunch(Attendee(Bert))))));
        Assert.Contains("UID:lunch", await FindAsync(house, Anna, "REFRESH"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_users_elsewhere_it_goes_by_mail()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Carla))}");
        var answer = await house.AskAsync(200, Post(Anna, "DECLINECOUNTER", Later(Lunch(Attendee(Carla)))));
        Assert.Equal("2.0;Success", StatusOf(answer));
        var (sender, recipient, mail) = house.Outgoing[^1];
        Assert.Equal((Anna, Carla), (sender, recipient));
        Assert.Contains("Subject: Proposal declined: Lunch", mail, StringComparison.Ordinal);
        Assert.Contains("METHOD:DECLINECOUNTER", CalendarOf(mail), StringComparison.Ordinal);
        house.PostRefuses = Core.Store.Refusal.StoreFull;
        var failed = await house.AskAsync(200, Post(Anna, "DECLINECOUNTER", Later(Lunch(Attendee(Carla)))));
        Assert.StartsWith("5.1;", StatusOf(failed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_proposes_what_is_not_theirs_to_propose()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Bert))}");
        Assert.Single(await house.InboxAsync(Bert));
        async Task RefusedAsync(string user, string method, string calendar, string precondition) =>
            Assert.Equal(precondition, (await house.AskAsAsync(user, 403, Post(user, method, calendar))).Precondition);
        const string invalid = "valid-scheduling-message";
        var other = Lunch(Attendee(Bert)).Replace("UID:lunch", "UID:other", StringComparison.Ordinal);
        await RefusedAsync(Bert, "COUNTER", other, invalid); // No such event.
        await RefusedAsync(Bert, "COUNTER", Lunch(), invalid); // Without himself.
        await RefusedAsync(Bert, "COUNTER", Lunch(Attendee(Bert)).Replace("ORGANIZER:mailto:anna@mail.test",
            "ORGANIZER:mailto:carla@else.test", StringComparison.Ordinal), invalid); // To somebody else.
        await RefusedAsync(Bert, "DECLINECOUNTER", Lunch(Attendee(Bert)), "organizer-allowed");
        await RefusedAsync(Anna, "COUNTER", Lunch(Attendee(Bert)), "organizer-allowed");
        await RefusedAsync(Anna, "DECLINECOUNTER", Lunch(Attendee(Carla)), invalid); // Was not invited.
        await RefusedAsync(Anna, "DECLINECOUNTER", Lunch(), invalid);
        await RefusedAsync(Anna, "PUBLISH", Lunch(Attendee(Bert)), invalid);
        Assert.Empty(house.Outgoing);
        Assert.Single(await house.InboxAsync(Bert));
    }
}
