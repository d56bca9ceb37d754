using CompatBot.Core.Identity;
using CompatBot.Protocols.Smtp.Relay.Security;
using Xunit;

namespace CompatBot.DialogueTests.Smtp.Relay;

/// <summary>What a sender wishes for a message: until when, how urgent, how safe; and servers that take no 8-bit octets.</summary>
public sealed class WishesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_late_goes_back()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        remote.Extensions = ["DELIVERBY"];
        remote.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.0 later" : null;
        await relay.SendAsync(["<carla@remote.example>"], mail: " BY=90;R");
        await relay.UntilTriedAsync();
        Assert.Contains("MAIL FROM:<anna@mail.test> BY=90;R", remote.Heard);
        relay.Time.Advance(TimeSpan.FromSeconds(91));
        await relay.UntilEmptyAsync();
        Assert.Contains("Status: 5.4.7\r\n", Assert.Single(await relay.House.InboxAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_what_is_late_the_sender_hears_and_it_is_tried_on()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        remote.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.0 later" : null;
        await relay.SendAsync(["<carla@remote.example>"], mail: " BY=30;N");
        await relay.UntilTriedAsync();
        Assert.Empty(await relay.House.InboxAsync());
        relay.Time.Advance(TimeSpan.FromSeconds(31));
        await relay.UntilTriedAsync(2);
        Assert.Contains("Action: delayed\r\n", Assert.Single(await relay.House.InboxAsync()), StringComparison.Ordinal);
        remote.Answer = _ => null;
        relay.Time.Advance(TimeSpan.FromHours(1));
        await relay.UntilEmptyAsync();
        Assert.Single(remote.Taken);

        // The other server does not look at the time: from there on nobody does, which is said (RFC 2852 section 4.1.4).
        Assert.Contains("Action: relayed\r\n", (await relay.House.InboxAsync())[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_knows_of_no_time_does_not_get_what_is_of_use_until_then()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        await relay.SendAsync(["<carla@remote.example>"], mail: " BY=3600;R");
        await relay.UntilEmptyAsync();
        Assert.Empty(remote.Taken);
        Assert.Contains("Status: 5.3.3\r\n", Assert.Single(await relay.House.InboxAsync()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BY=0;R")]
    [InlineData("BY=-5;R")]
    [InlineData("BY=5")]
    [InlineData("BY=;N")]
    [InlineData("BY=+-5;N")]
    [InlineData("BY=5;X")]
    [InlineData("BY=1234567890;N")]
    [InlineData("MT-PRIORITY=10")]
    [InlineData("MT-PRIORITY=x")]
    [InlineData("MT-PRIORITY")]
    public async Task A_bad_wish_is_refused(string parameter)
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlaySubmissionAsync(
            $"S: <skip>\nC: HELO phone\nS: <skip>\nC: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test")}\nS: 235 <*>\n"
            + $"C: MAIL FROM:<anna@mail.test> {parameter}\nS: 501 5.5.4 Bad value of {parameter.Split('=')[0]}\n");
        await house.PlayMxAsync($"S: <skip>\nC: HELO a\nS: <skip>\nC: MAIL FROM:<a@b.example> BY=5;N\nS: 555 5.5.4 <*>\n");
    }

    [Fact]
    public async Task The_urgent_goes_first()
    {
        await using var relay = await RelayHouse.OpenAsync(options => options with { ConnectionsPerDestinationMax = 1 }, starts: false);
        var remote = relay.Add("remote.example");
        remote.Extensions = ["MT-PRIORITY"];
        foreach (var priority in (int[])[0, -4, 9, 3, 9])
        {
            var wish = priority == 0 ? "" : $" MT-PRIORITY={priority}";
            await relay.SendAsync(["<carla@remote.example>"], $"From: anna@mail.test\nSubject: {priority}\n\nx", wish);
        }

        relay.Runner.Start();
        await relay.UntilEmptyAsync();
        Assert.Equal(
            ["9", "9", "3", "0", "-4"],
            remote.Taken.Select(one => one.Data.Split("Subject: ")[1].Split('\r')[0]));
        Assert.Contains("MAIL FROM:<anna@mail.test> MT-PRIORITY=-4", remote.Heard);
        Assert.Contains(" PRIORITY 9\r\n", remote.Taken.First().Data, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("TLS-Required: no\n", true)]
    [InlineData("TLS-Required: yes\n", false)]
    public async Task A_sender_may_do_without_what_the_domain_demands(string field, bool goes)
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example"); // It has no TLS at all.
        relay.Say("_mta-sts.remote.example", "v=STSv1; id=1");
        relay.Policies["remote.example"] = "version: STSv1\nmode: enforce\nmx: mx.remote.example\nmax_age: 86400\n";
        await relay.SendAsync(["<carla@remote.example>"], $"From: anna@mail.test\n{field}\nwords");
        if (goes) await relay.UntilEmptyAsync();
        else await relay.UntilTriedAsync();
        Assert.Equal(goes ? 1 : 0, remote.Taken.Count);
        Assert.Equal(goes ? [] : [TlsFailure.NotSupported], relay.Outcomes.Select(one => one.Failure));
    }

    [Fact]
    public async Task Who_takes_no_8_bit_octets_gets_them_encoded()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        remote.Extensions = ["SIZE 10000000"];
        await relay.SendAsync(
            ["<carla@remote.example>"],
            "From: anna@mail.test\nSubject: Grüße\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
            + "Content-Transfer-Encoding: 8bit\n\nschöne Grüße");
        await relay.UntilEmptyAsync();
        var taken = Assert.Single(remote.Taken).Data;
        Assert.Contains("Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n", taken, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nsch=C3=B6ne Gr=C3=BC=C3=9Fe\r\n", taken,
            StringComparison.Ordinal);
        Assert.Contains("MAIL FROM:<anna@mail.test>", remote.Heard);
    }

    [Fact]
    public async Task Second_thoughts_take_it_back()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        var anna = (await relay.House.Accounts.FindAsync("anna@mail.test", Cancellation))!.Id;
        Assert.Equal(Core.Store.Refusal.Invalid, await relay.House.Accounts.SetUndoWindowAsync(
            anna, Accounts.UndoMax + TimeSpan.FromSeconds(1), Cancellation));
        Assert.Equal(default, await relay.House.Accounts.SetUndoWindowAsync(anna, TimeSpan.FromSeconds(20), Cancellation));
        await relay.SendAsync(["<bert@mail.test>", "<carla@remote.example>"]);
        relay.Time.Advance(TimeSpan.FromSeconds(19));
        await relay.Queue.UpdateAsync(Assert.Single(relay.Queue.All).Id, _ => null, Cancellation);
        await relay.SendAsync(["<bert@mail.test>", "<carla@remote.example>"]);
        relay.Time.Advance(TimeSpan.FromSeconds(21));
        await relay.UntilEmptyAsync();
        Assert.Single(remote.Taken);
        Assert.Single(await relay.House.InboxAsync("bert@mail.test"));
    }
}
