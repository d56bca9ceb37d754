using System.Text;
using CompatBot.Formats.Mime;
using CompatBot.Generator;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

/// <summary>A summary knows which fields a message has not, so that nobody reads it in vain.</summary>
public sealed class OtherNamesTests
{
    [Fact]
    public void A_field_that_is_there_is_never_denied()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var message = new MessageGenerator(new MessageOptions { BareLineEnds = true, LongLines = true }).Message(seed);
            var scanned = Trees.Scan(message, 61);
            var decoded = MimeMessage.Decode(scanned.Encode())!;
            var reader = new HeaderReader(message.AsSpan(0, (int)scanned.Root.BodyStart));
            while (reader.Read())
            {
                var isKnown = scanned.MayHave(reader.Name) && decoded.MayHave(reader.Name);
                Assert.True(isKnown, $"seed {seed}: {Encoding.ASCII.GetString(reader.Name)}");
            }
        }
    }

    [Fact]
    public void One_that_is_not_there_is_denied()
    {
        var summary = MimeMessage.Decode(Trees.Scan("Subject: x\r\nX-One: 1\r\nReceived: y\r\n\r\nX-Body: z\r\n"u8.ToArray()).Encode())!;
        Assert.True(summary.MayHave("x-oNE"u8));
        Assert.True(summary.MayHave("Received"u8));
        Assert.True(summary.MayHave("Cc"u8)); // It is kept: its absence is found there.
        Assert.False(summary.MayHave("X-Two"u8));
        Assert.False(summary.MayHave("X-Body"u8));
    }

    [Fact]
    public void Of_too_many_and_of_an_older_summary_nothing_is_known()
    {
        var many = string.Concat(Enumerable.Range(0, 400).Select(number => $"X-Field-{number}: v\r\n"));
        Assert.True(Trees.Scan(Encoding.ASCII.GetBytes(many)).MayHave("X-Other"u8));
        var newer = Trees.Scan("Subject: x\r\n\r\nbody"u8.ToArray()).Encode();
        Assert.Equal([2, 1], newer[..2]); // Version 2, no other names.
        byte[] older = [1, .. newer[2..]];
        var read = MimeMessage.Decode(older)!;
        Assert.Equal("x", read.Envelope.Subject);
        Assert.True(read.MayHave("X-Other"u8));
    }
}
