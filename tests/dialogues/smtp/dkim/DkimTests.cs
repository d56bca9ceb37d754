using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CompatBot.Core.Proof;
using CompatBot.DialogueTests.Smtp.Relay;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Net.Dns;
using CompatBot.Protocols.Smtp.Dkim;
using Xunit;

namespace CompatBot.DialogueTests.Smtp.Dkim;

/// <summary>Signatures of what goes out (RFC 6376); interop/relay has them checked by other programs.</summary>
public sealed class DkimTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_body_that_streams_hashes_as_the_RFC_says(bool isRelaxed)
    {
        var random = new Random(7);
        string[] pieces = [" ", "\t", "\r\n", "a", "bc", "  \r\n", "\r\n\r\n", "word", ".\r\n", "\r"];
        for (var round = 0; round < 5000; round++)
        {
            var body = string.Concat(Enumerable.Range(0, random.Next(15)).Select(_ => pieces[random.Next(pieces.Length)]));
            using var hash = new DkimBody(isRelaxed);
            for (var from = 0; from < body.Length;)
            {
                var part = body.Substring(from, Math.Min(body.Length - from, random.Next(1, 6)));
                hash.Write(Encoding.ASCII.GetBytes(part));
                from += part.Length;
            }

            Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(Canonical(body, isRelaxed))), hash.Finish());
        }
    }

    [Fact]
    public void Examples_of_RFC_6376_section_3_4_5()
    {
        using var relaxed = new DkimBody(isRelaxed: true);
        relaxed.Write(" C \r\nD \t E\r\n\r\n\r\n"u8);
        Assert.Equal(SHA256.HashData(" C\r\nD E\r\n"u8), relaxed.Finish());
        using var simple = new DkimBody(isRelaxed: false);
        simple.Write(" C \r\nD \t E\r\n\r\n\r\n"u8);
        Assert.Equal(SHA256.HashData(" C \r\nD \t E\r\n"u8), simple.Finish());
        var fields = HeaderBlock.Fields("A: X\r\nB : Y\t\r\n\tZ  \r\n"u8.ToArray());
        using var header = new MemoryStream();
        foreach (var field in fields) DkimHeader.Relax(field, header);
        Assert.Equal("a:X\r\nb:Y Z\r\n", Encoding.ASCII.GetString(header.ToArray()));
    }

    [Fact]
    public async Task Mail_is_signed_with_what_the_domain_publishes_and_with_nothing_else()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        using var rsa = RSA.Create(2048);
        using var old = RSA.Create(2048);
        DkimKey[] keys =
        [
            new RsaDkimKey("new", rsa.ExportPkcs8PrivateKeyPem()),
            new Ed25519DkimKey("ed", new byte[Ed25519Key.SeedBytes]),
            new RsaDkimKey("old", old.ExportPkcs8PrivateKeyPem()),
        ];
        using var ring = new DkimKeys(keys, relay);
        relay.House.Services = relay.House.Services with { Dkim = ring };

        await relay.SendAsync(["<carla@remote.example>"]);
        await relay.UntilEmptyAsync();
        Assert.DoesNotContain("DKIM-Signature", remote.Taken.Last().Data, StringComparison.Ordinal);

        Publish(relay, keys[2]);
        await relay.SendAsync(["<carla@remote.example>"]);
        await relay.UntilEmptyAsync();
        Assert.Equal(["old"], Selectors(remote.Taken.Last().Data));

        Publish(relay, keys[0]);
        Publish(relay, keys[1]);
        await relay.SendAsync(["<carla@remote.example>", "<bert@mail.test>"]);
        await relay.UntilEmptyAsync();
        Assert.Equal(["new", "ed"], Selectors(remote.Taken.Last().Data));
        Assert.StartsWith(
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=mail.test;", remote.Taken.Last().Data, StringComparison.Ordinal);
        Assert.DoesNotContain("DKIM", Assert.Single(await relay.House.InboxAsync("bert@mail.test")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("From: Anna <anna@mail.test>\n", true)]
    [InlineData("From: \"Info\" <info+tag@mail.test>\n", true)]
    [InlineData("From: Bert <bert@mail.test>\n", false)]
    [InlineData("From: anna@mail.test,\n bert@mail.test\n", false)]
    [InlineData("From: anna@mail.test\nFrom: bert@mail.test\n", false)]
    [InlineData("From: =?utf-8?q?anna=40mail.test?= <boss@else.example>\n", true)]
    [InlineData("From: nobody@mail.test\n", false)]
    [InlineData("From: boss@else.example\nResent-From: anna@mail.test\n", true)]
    [InlineData("From: anna@mail.test\nResent-From: bert@mail.test\n", false)]
    public async Task A_From_is_ones_own(string header, bool isTaken)
    {
        await using var house = await SmtpHouse.OpenAsync();
        var lines = string.Concat((header + "Subject: x\n\nbody").Split('\n').Select(line => $"P: {line}\n"));
        await house.PlaySubmissionAsync(
            $"S: <skip>\nC: HELO phone\nS: <skip>\nC: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test")}\nS: 235 <*>\n"
            + "C: MAIL FROM:<anna@mail.test>\nS: 250 <*>\nC: RCPT TO:<bert@mail.test>\nS: 250 <*>\n"
            + $"C: DATA\nS: 354 <*>\n{lines}P: .\n"
                + (isTaken ? "S: 250 2.0.0 Delivered" : "S: 550 5.7.1 From address is somebody else's"));
        Assert.Equal(isTaken ? 1 : 0, (await house.InboxAsync("bert@mail.test")).Length);
    }

    private static void Publish(RelayHouse relay, DkimKey key)
    {
        var record = key.Record.Chunk(100).Select(part => new string(part));
        relay.Set(DkimKeys.NameOf(key, "mail.test"), DnsType.Txt,
            [.. record.SelectMany(part => Encoding.ASCII.GetBytes($"{(char)part.Length}{part}"))]);
    }

    private static string[] Selectors(string message) => [.. Regex.Matches(message, @"\ts=(\w+);").Select(match => match.Groups[1].Value)];

    private static string Canonical(string body, bool isRelaxed)
    {
        var lines = body.Split("\r\n");
        if (isRelaxed) lines = [.. lines.Select(line => Regex.Replace(line, "[ \t]+", " ").TrimEnd(' '))];
        var text = string.Join("\r\n", lines);
        while (text.EndsWith("\r\n", StringComparison.Ordinal)) text = text[..^2];
        return text.Length > 0 || !isRelaxed ? text + "\r\n" : "";
    }
}
