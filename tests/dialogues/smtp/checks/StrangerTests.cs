using System.Net;
using CompatBot.Core.Notes;
using CompatBot.Protocols.Smtp.Checks;
using Xunit;

namespace CompatBot.DialogueTests.Smtp.Checks;

/// <summary>Who comes for the first time, who is on a list, and whose address has no name.</summary>
public sealed class StrangerTests
{
    private const string Start = "S: <skip>\nC: EHLO client\nS: <skip 9>\nC: MAIL FROM:<a@b.example>\nS: 250 <*>\n";

    private static readonly IPAddress Stranger = IPAddress.Parse("192.0.2.10");
    private static readonly IPAddress Neighbour = IPAddress.Parse("192.0.2.77");
    private static readonly IPAddress Other = IPAddress.Parse("198.51.100.1");

    [Fact]
    public void Who_comes_again_after_a_while_is_taken()
    {
        var time = new DialogueTime();
        var list = new Greylist(null, time);
        Assert.False(list.Passes(Stranger, "a@b.example", "anna@mail.test"));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.False(list.Passes(Stranger, "a@b.example", "anna@mail.test"));
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.False(list.Passes(Other, "a@b.example", "anna@mail.test"));
        Assert.False(list.Passes(Stranger, "other@b.example", "anna@mail.test"));
        Assert.True(list.Passes(Neighbour, "A@B.example", "Anna@mail.test"));
        time.Advance(TimeSpan.FromDays(30));
        Assert.True(list.Passes(Stranger, "a@b.example", "anna@mail.test"));
        time.Advance(TimeSpan.FromDays(37));
        Assert.False(list.Passes(Stranger, "a@b.example", "anna@mail.test"));
    }

    [Fact]
    public void Who_comes_again_after_days_is_new()
    {
        var time = new DialogueTime();
        var list = new Greylist(null, time);
        Assert.False(list.Passes(Stranger, "a@b.example", "anna@mail.test"));
        time.Advance(TimeSpan.FromDays(3));
        Assert.False(list.Passes(Stranger, "a@b.example", "anna@mail.test"));
    }

    [Fact]
    public void A_network_that_came_back_for_several_is_asked_no_more()
    {
        var time = new DialogueTime();
        var list = new Greylist(null, time);
        for (var at = 0; at < Greylist.KnownAfter; at++) Assert.False(list.Passes(Stranger, $"a{at}@b.example", "anna@mail.test"));
        time.Advance(TimeSpan.FromMinutes(6));
        for (var at = 0; at < Greylist.KnownAfter; at++) Assert.True(list.Passes(Stranger, $"a{at}@b.example", "anna@mail.test"));
        Assert.True(list.Passes(Stranger, "new@b.example", "bert@mail.test"));
        Assert.False(list.Passes(Other, "new@b.example", "bert@mail.test"));
    }

    [Fact]
    public void It_remembers_no_more_than_it_can_keep()
    {
        var list = new Greylist(null, new DialogueTime());
        for (var at = 0; at < Greylist.EntriesMax + 10; at++) list.Passes(Stranger, $"a{at}@b.example", "anna@mail.test");
        Assert.False(list.Passes(Stranger, "a1@b.example", "anna@mail.test"));
    }

    [Fact]
    public async Task It_keeps_all_that_it_remembers_in_one_note()
    {
        await using var house = await SmtpHouse.OpenAsync();
        using var notes = new HostNotes(house.Store, house.Host);
        await using (var list = new Greylist(notes, house.Time))
        {
            for (var at = 0; at < Greylist.EntriesMax; at++) list.Passes(Address(at), "a@b.example", "anna@mail.test");
            house.Time.Advance(TimeSpan.FromMinutes(6));
            for (var at = 0; at < Greylist.EntriesMax; at++) list.Passes(Address(at), "a@b.example", "anna@mail.test");
        }

        Assert.InRange(
            (await notes.ReadAsync(HostNote.Greylist, TestContext.Current.CancellationToken))!.Length, 1, HostNotes.BytesMax);

        static IPAddress Address(int at) => new([11, (byte)(at >> 8), (byte)at, 1]);
    }

    [Fact]
    public async Task It_remembers_over_a_restart()
    {
        await using var house = await SmtpHouse.OpenAsync();
        using var notes = new HostNotes(house.Store, house.Host);
        await using (var before = new Greylist(notes, house.Time))
        {
            await before.StartAsync(TestContext.Current.CancellationToken);
            Assert.False(before.Passes(Stranger, "a@b.example", "anna@mail.test"));
        }

        house.Time.Advance(TimeSpan.FromMinutes(6));
        await using var after = new Greylist(notes, house.Time);
        await after.StartAsync(TestContext.Current.CancellationToken);
        Assert.True(after.Passes(Stranger, "a@b.example", "anna@mail.test"));
    }

    [Fact]
    public async Task A_stranger_is_asked_to_come_again_and_the_postmaster_hears_everybody()
    {
        await using var house = await SmtpHouse.OpenAsync();
        house.Services = house.Services with
        {
            Checks = new MailChecks(new TestZone(""), true, []) { Greylist = new Greylist(null, house.Time) },
        };
        const string rcpt = Start + "C: RCPT TO:<anna@mail.test>\n";
        await house.PlayMxAsync(
            rcpt + "S: 451 4.7.1 Not seen before: try again in a few minutes\nC: RCPT TO:<postmaster>\nS: 250 <*>", Stranger);
        house.Time.Advance(TimeSpan.FromMinutes(6));
        await house.PlayMxAsync(rcpt + "S: 250 <*>", Stranger);
        await house.PlayMxAsync(rcpt + "S: 250 <*>", IPAddress.None); // Loopback, here.
    }

    [Theory]
    [InlineData("10.2.0.192.bl.example A 127.0.0.2", true)]
    [InlineData("10.2.0.192.bl.example A 127.255.255.254", false)]
    [InlineData("10.2.0.192.bl.example A 198.51.100.9", false)]
    [InlineData("10.2.0.192.bl.example FAIL", false)]
    [InlineData("11.2.0.192.bl.example A 127.0.0.2", false)]
    public async Task Who_is_on_a_list_is_turned_away(string record, bool isListed)
    {
        await using var house = await SmtpHouse.OpenAsync();
        var zone = new TestZone(record);
        house.Services = house.Services with
        {
            Checks = new MailChecks(zone, true, []) { Lists = new Dnsbl(zone, ["empty.example", "bl.example"]) },
        };
        var reply = isListed ? "554 5.7.1 Your address is on the list bl.example" : "250 <*>";
        await house.PlayMxAsync(
            $"{Start}C: RCPT TO:<anna@mail.test>\nS: {reply}\nC: RCPT TO:<bert@mail.test>\nS: {reply}\n"
            + "C: RCPT TO:<postmaster@mail.test>\nS: 250 <*>",
            Stranger);
    }

    [Fact]
    public void Lists_ask_for_addresses_backwards()
    {
        Assert.Equal("10.2.0.192", Dnsbl.Reversed(IPAddress.Parse("::ffff:192.0.2.10")));
        Assert.Equal(
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4", Dnsbl.Reversed(IPAddress.Parse("4321:0:1:2:3:4:567:89ab")));
    }

    [Theory]
    [InlineData("10.2.0.192.in-addr.arpa PTR mx.b.example\nmx.b.example A 192.0.2.10", "iprev=pass (mx.b.example) policy.iprev=192.0.2.10")]
    [InlineData("10.2.0.192.in-addr.arpa PTR mx.b.example\nmx.b.example A 192.0.2.11", "iprev=fail policy.iprev=192.0.2.10")]
    [InlineData("10.2.0.192.in-addr.arpa PTR mx.b.example\nmx.b.example FAIL", null)]
    [InlineData("", null)]
    public async Task The_address_of_a_stranger_has_a_name_that_leads_back(string records, string? wanted)
    {
        await using var house = await SmtpHouse.OpenAsync();
        house.Services = house.Services with { Checks = new MailChecks(new TestZone(records), true, []) };
        await house.PlayMxAsync(
            Start + "C: RCPT TO:<anna@mail.test>\nS: 250 <*>\nC: DATA\nS: 354 <*>\nP: From: a@b.example\nP: \nP: x\nP: .\nS: 250 <*>",
                Stranger);
        var mail = Assert.Single(await house.InboxAsync());
        if (wanted is null) Assert.DoesNotContain("iprev", mail, StringComparison.Ordinal);
        else Assert.Contains(wanted, mail, StringComparison.Ordinal);
    }
}
