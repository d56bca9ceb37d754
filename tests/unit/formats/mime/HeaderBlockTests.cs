using System.Text;
using CompatBot.Formats.Mime;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

public sealed class HeaderBlockTests
{
    [Theory]
    [InlineData("A: b\r\nC: d\r\n\r\nbody", 12)]
    [InlineData("\r\nbody", 0)]
    [InlineData("A: b\r\n\r\n", 6)]
    [InlineData("A: b\r\nC: d", -1)]
    [InlineData("", -1)]
    public void Its_end_is_found_however_the_message_is_cut(string message, int length)
    {
        var octets = Encoding.ASCII.GetBytes(message);
        Assert.Equal(length, HeaderBlock.Length(octets, 0));
        var (found, seen) = (-1, 0);
        for (var until = 1; until <= octets.Length && found < 0; until++)
        {
            found = HeaderBlock.Length(octets.AsSpan(0, until), seen);
            seen = until;
        }

        Assert.Equal(length, found);
    }

    [Fact]
    public void Fields_can_be_taken_out_and_all_else_stays()
    {
        var header = Encoding.ASCII.GetBytes("From x\r\nA: 1\r\n 2\r\nBcc : c\r\n\td\r\nno field\r\nB: 3\r\nbcc: e\r\n");
        Assert.Equal("From x\r\nA: 1\r\n 2\r\nno field\r\nB: 3\r\n", Without(header, field => field.Is("Bcc"u8)));
        Assert.Equal(Encoding.ASCII.GetString(header), Without(header, _ => false));
        Assert.Equal(["a", "bcc", "b", "bcc"], HeaderBlock.Fields(header).Select(field => field.Key));
    }

    [Fact]
    public void Addresses_are_decoded() => Assert.Equal(
        [("\u00e4nna", "x.test"), ("b", "y.test")],
        HeaderBlock.Addresses(
            HeaderBlock.Fields(Encoding.UTF8.GetBytes("From: A <\u00e4nna@x.test>,\r\n group: b@y.test;\r\nTo: c@z.test\r\n")), "From"));

    private static string Without(byte[] header, Predicate<HeaderField> drops)
    {
        using var output = new MemoryStream();
        HeaderBlock.WriteWithout(header, drops, output);
        return Encoding.ASCII.GetString(output.ToArray());
    }
}
