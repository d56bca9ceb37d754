using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using Xunit;
using static CompatBot.DialogueTests.Dav.Scheduling.Invitations;

namespace CompatBot.DialogueTests.Dav.Scheduling;

/// <summary>What a change has to tell others is as durable as the change.</summary>
public sealed class SendingTests
{
    private const string Carla = "carla@else.test";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_dies_between_a_change_and_its_messages_sends_them_when_it_is_back()
    {
        await using var house = await DavHouse.OpenAsync();
        house.DiesInPost = true;
        await house.AskAsync(500, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Carla), Attendee(Bert))}");
        await using var next = await house.RestartAsync();
        await next.AskAsAsync(Bert, 404, $"GET {Berts}calendar/lunch.ics");
        await next.AskAsync(207, $"PROPFIND {DavHouse.Calendar}\nDepth: 0");
        Assert.Contains("METHOD:REQUEST", CalendarOf(Assert.Single(next.Outgoing).Text), StringComparison.Ordinal);
        Assert.Contains("SUMMARY:Lunch", await next.ReadAsync(Bert, "calendar/lunch.ics"), StringComparison.Ordinal);

        // And once only.
        await next.AskAsync(207, $"PROPFIND {DavHouse.Calendar}\nDepth: 0");
        await using var third = await next.RestartAsync();
        await third.AskAsync(207, $"PROPFIND {DavHouse.Calendar}\nDepth: 0");
        Assert.Equal((1, 0), (next.Outgoing.Count, third.Outgoing.Count));

        // A removal likewise.
        third.DiesInPost = true;
        await third.AskAsync(500, $"DELETE {DavHouse.Calendar}1.ics");
        await using var fourth = await third.RestartAsync();
        await fourth.AskAsync(404, $"GET {DavHouse.Calendar}1.ics");
        Assert.Contains("METHOD:CANCEL", CalendarOf(Assert.Single(fourth.Outgoing).Text), StringComparison.Ordinal);
        Assert.Contains("STATUS:CANCELLED", await fourth.ReadAsync(Bert, "calendar/lunch.ics"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mail calendar")]
    [InlineData("*:read")]
    public async Task What_waits_goes_with_any_login_that_opens_the_calendars(string scopes)
    {
        await using var house = await DavHouse.OpenAsync();
        using var words = Words.Parse(house.Anna.Words)!;
        using var keys = (await house.Accounts.RecoverAsync(words, Cancellation)).Value!;
        var reader = await house.Accounts.AddDeviceAsync(keys, new NewDevice("reader", Scopes.Parse("mail")!), Cancellation);
        var phone = await house.Accounts.AddDeviceAsync(keys, new NewDevice("phone", Scopes.Parse(scopes)!), Cancellation);
        house.DiesInPost = true;
        await house.AskAsync(500, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(Attendee(Carla), Attendee(Bert))}");
        await using var next = await house.RestartAsync();
        next.SendUnsent();
        await using var mail = await LoginAsync(next, reader.Value!);
        await next.AskAsAsync(Bert, 404, $"GET {Berts}calendar/lunch.ics"); // Nobody is there who may open Anna's calendars.
        await using var both = await LoginAsync(next, phone.Value!);
        var asked = $"GET {Berts}calendar/lunch.ics\nAuthorization: {DavHouse.Basic(Bert)}";
        for (var i = 0; i < 200 && (await next.AskAsync(asked)).Status == 404; i++) await Task.Delay(10, Cancellation);
        Assert.Contains("METHOD:REQUEST", CalendarOf(Assert.Single(next.Outgoing).Text), StringComparison.Ordinal);
        Assert.Contains("SUMMARY:Lunch", await next.ReadAsync(Bert, "calendar/lunch.ics"), StringComparison.Ordinal);
    }

    /// <summary>As an IMAP client does.</summary>
    private static async Task<Session> LoginAsync(DavHouse house, CreatedDevice device)
    {
        var login = await house.Sessions.LoginAsync("anna@mail.test", new Password(device.Password.Text), "imap", Cancellation);
        Assert.Equal(Refusal.None, login.Refusal);
        return login.Value!;
    }

    [Fact]
    public async Task What_waits_is_on_no_path_and_an_answer_waits_too()
    {
        await using var house = await DavHouse.OpenAsync();
        var theirs = Event(
            "theirs", "DTSTART:20260106T110000Z", "ORGANIZER:mailto:carla@else.test", Attendee("anna@mail.test", "ACCEPTED"));
        house.DiesInPost = true;
        await house.AskAsync(500, $"PUT {DavHouse.Calendar}1.ics\n\n{theirs}");
        await using var next = await house.RestartAsync();
        next.DiesInPost = true;
        await next.AskAsync(500, $"PROPFIND {DavHouse.Calendar}\nDepth: 1");
        next.DiesInPost = false;
        var home = await next.AskAsync(207, "PROPFIND /dav/calendars/anna@mail.test/\nDepth: infinity");
        Assert.Equal(
            ["", "calendar/", "calendar/1.ics", "inbox/", "notifications/", "outbox/", "tasks/"],
            home.Hrefs.Select(href => href["/dav/calendars/anna@mail.test/".Length..]));
        Assert.Contains("METHOD:REPLY", CalendarOf(Assert.Single(next.Outgoing).Text), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_account_removes_what_others_have_to_hear_of()
    {
        await using var house = await DavHouse.OpenAsync();
        var crowd = Enumerable.Range(0, 30).Select(i => Attendee($"someone.with.a.long.name.{i}@else.test")).ToArray();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Lunch(crowd)}");
        var full = await house.Quotas.SetAsync(house.Accounts, house.Anna.Id, 1, null, Cancellation);
        Assert.False(full.Declined);
        await house.AskAsync(204, $"DELETE {DavHouse.Calendar}1.ics");
        Assert.Equal(60, house.Outgoing.Count);
    }
}
