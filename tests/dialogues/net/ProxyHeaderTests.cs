using System.Net;
using System.Text;
using CompatBot.Protocols.Net;
using Xunit;

namespace CompatBot.DialogueTests.Net;

/// <summary>The PROXY protocol's headers, whole, in pieces, and what is none.</summary>
public sealed class ProxyHeaderTests
{
    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n", "192.0.2.1:56324")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:db8::2 1 25\r\n", "[2001:db8::1]:1")]
    [InlineData("PROXY UNKNOWN\r\n", null)]
    [InlineData("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", null)]
    public void A_line_names_the_client(string line, string? client)
    {
        var octets = Encoding.ASCII.GetBytes(line + "EHLO x\r\n");
        Assert.Equal(ProxyRead.Done, ProxyHeader.Read(octets, out var length, out var found));
        Assert.Equal((line.Length, client), (length, found?.ToString()));
        for (var cut = 0; cut < line.Length; cut++) Assert.Equal(ProxyRead.More, ProxyHeader.Read(octets.AsSpan(0, cut), out _, out _));
    }

    [Theory]
    [InlineData("EHLO x\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n")]
    [InlineData("PROXY TCP4 2001:db8::1 2001:db8::2 1 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 65536 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 -1 25\r\n")]
    [InlineData("PROXY TCP4 a b 1 25\r\n")]
    [InlineData("PROXY \r\n")]
    [InlineData("\r\n\r\nX")]
    [InlineData(
        "PROXY UNKNOWN xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n")]
    public void What_is_none_is_refused(string line) =>
        Assert.Equal(ProxyRead.Malformed, ProxyHeader.Read(Encoding.ASCII.GetBytes(line), out _, out _));

    [Fact]
    public void A_binary_header_names_the_client_and_may_tell_more()
    {
        byte[] four = [.. Signature, 0x21, 0x11, 0, 15, 192, 0, 2, 1, 198, 51, 100, 1, 0xDC, 0x04, 0, 25, 0x04, 0, 0];
        Assert.Equal(ProxyRead.Done, ProxyHeader.Read([.. four, 1, 2], out var length, out var client));
        Assert.Equal((four.Length, "192.0.2.1:56324"), (length, client!.ToString()));
        for (var cut = 0; cut < four.Length; cut++) Assert.Equal(ProxyRead.More, ProxyHeader.Read(four.AsSpan(0, cut), out _, out _));
        var six = IPAddress.Parse("2001:db8::7");
        byte[] long6 = [.. Signature, 0x21, 0x21, 0, 36, .. six.GetAddressBytes(), .. new byte[16], 0, 80, 0, 25];
        Assert.Equal(ProxyRead.Done, ProxyHeader.Read(long6, out _, out client));
        Assert.Equal(new IPEndPoint(six, 80), client);
    }

    [Theory]
    [InlineData(0x20, 0x00, 0, ProxyRead.Done)] // LOCAL: the proxy's own health check
    [InlineData(0x21, 0x31, 0, ProxyRead.Done)] // a Unix socket
    [InlineData(0x21, 0x11, 4, ProxyRead.Malformed)]
    [InlineData(0x22, 0x11, 12, ProxyRead.Malformed)]
    [InlineData(0x11, 0x11, 12, ProxyRead.Malformed)]
    [InlineData(0x21, 0x11, 5000, ProxyRead.Malformed)]
    public void Other_binary_headers(byte command, byte family, int bytes, ProxyRead wanted)
    {
        byte[] octets = [.. Signature, command, family, (byte)(bytes >> 8), (byte)bytes, .. new byte[bytes]];
        Assert.Equal(wanted, ProxyHeader.Read(octets, out _, out var client));
        Assert.Null(client);
    }

    [Fact]
    public void Noise_never_breaks_it()
    {
        var random = new Random(7);
        for (var round = 0; round < 20_000; round++)
        {
            var octets = new byte[random.Next(200)];
            random.NextBytes(octets);
            if (round % 2 == 0) Signature.AsSpan(0, Math.Min(Signature.Length, octets.Length)).CopyTo(octets);
            if (ProxyHeader.Read(octets, out var length, out _) == ProxyRead.Done) Assert.InRange(length, 1, octets.Length);
        }
    }
}
