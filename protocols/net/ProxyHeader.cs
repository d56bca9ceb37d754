using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace CompatBot.Protocols.Net;

/// <summary>What became of reading a PROXY header.</summary>
public enum ProxyRead
{
    /// <summary>More octets are needed.</summary>
    More,

    Done,

    /// <summary>It is none.</summary>
    Malformed,
}

/// <summary>The header by which a proxy says for whom it speaks: the PROXY protocol of HAProxy, versions 1 and 2.</summary>
public static class ProxyHeader
{
    /// <summary>Longest line of version 1, in bytes, with its CRLF.</summary>
    public const int LineBytesMax = 107;

    /// <summary>Longest header of version 2, in bytes: addresses and what else a proxy tells.</summary>
    public const int BinaryBytesMax = 4096;

    private const int PrefixBytes = 16;
    private const byte Local = 0x20, Proxied = 0x21, Tcp4 = 0x11, Tcp6 = 0x21;

    private static ReadOnlySpan<byte> Signature => [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <param name="octets">What came so far.</param>
    /// <param name="length">Octets of the header.</param>
    /// <param name="client">For whom the proxy speaks; null: for itself, or it does not know.</param>
    public static ProxyRead Read(ReadOnlySpan<byte> octets, out int length, out IPEndPoint? client)
    {
        (length, client) = (0, null);
        var signature = octets[..Math.Min(octets.Length, Signature.Length)];
        if (Signature.StartsWith(signature)) return signature.Length < Signature.Length
            ? ProxyRead.More : ReadBinary(octets, out length, out client);
        return ReadLine(octets, out length, out client);
    }

    /// <summary>"PROXY TCP4 192.0.2.1 198.51.100.1 5000 25" CRLF, TCP6, or UNKNOWN and anything.</summary>
    private static ProxyRead ReadLine(ReadOnlySpan<byte> octets, out int length, out IPEndPoint? client)
    {
        client = null;
        var begin = "PROXY "u8;
        length = octets[..Math.Min(octets.Length, LineBytesMax)].IndexOf("\r\n"u8) + 2;
        if (!octets[..Math.Min(octets.Length, begin.Length)].SequenceEqual(begin[..Math.Min(octets.Length, begin.Length)]))
        {
            return ProxyRead.Malformed;
        }

        if (length < 2) return octets.Length < LineBytesMax ? ProxyRead.More : ProxyRead.Malformed;
        var words = Encoding.Latin1.GetString(octets[..(length - 2)]).Split(' ');
        if (words[1] == "UNKNOWN") return ProxyRead.Done;
        if (words is not [_, "TCP4" or "TCP6", var from, var to, var port, var toPort]) return ProxyRead.Malformed;
        var kind = words[1] == "TCP4" ? System.Net.Sockets.AddressFamily.InterNetwork : System.Net.Sockets.AddressFamily.InterNetworkV6;
        if (!IPAddress.TryParse(from, out var address) || address.AddressFamily != kind || !IPAddress.TryParse(to, out _)
            || !TryPort(port, out var number) || !TryPort(toPort, out _)) return ProxyRead.Malformed;
        client = new IPEndPoint(address, number);
        return ProxyRead.Done;

        static bool TryPort(string text, out ushort port) =>
            ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);
    }

    /// <summary>Signature, version and command, family, length; then two addresses and two ports, and what else the proxy tells.</summary>
    private static ProxyRead ReadBinary(ReadOnlySpan<byte> octets, out int length, out IPEndPoint? client)
    {
        (length, client) = (0, null);
        if (octets.Length < PrefixBytes) return ProxyRead.More;
        length = PrefixBytes + BinaryPrimitives.ReadUInt16BigEndian(octets[14..]);
        if (octets[12] is not (Local or Proxied) || length > BinaryBytesMax) return ProxyRead.Malformed;
        if (octets.Length < length) return ProxyRead.More;
        if (octets[12] == Local) return ProxyRead.Done;
        var bytes = octets[13] switch { Tcp4 => 4, Tcp6 => 16, _ => 0 };
        if (bytes == 0) return ProxyRead.Done; // Of another family: it speaks for somebody without an address.
        var addresses = octets[PrefixBytes..length];
        if (addresses.Length < (2 * bytes) + 4) return ProxyRead.Malformed;
        client = new IPEndPoint(new IPAddress(addresses[..bytes]), BinaryPrimitives.ReadUInt16BigEndian(addresses[(2 * bytes)..]));
        return ProxyRead.Done;
    }
}
