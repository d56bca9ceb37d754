using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace CompatBot.Protocols.Net;

/// <summary>Whom limits count: one IPv4 address, or one IPv6 /64, which is what one household or one rented machine gets.</summary>
public readonly record struct PeerAddress(ulong High, uint Low)
{
    public static PeerAddress Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (!address.TryWriteBytes(bytes, out _)) return default;

        // The 1 keeps IPv4 peers apart from every /64.
        return address.AddressFamily == AddressFamily.InterNetwork
            ? new PeerAddress(BinaryPrimitives.ReadUInt32BigEndian(bytes), 1)
            : new PeerAddress(BinaryPrimitives.ReadUInt64BigEndian(bytes), 0);
    }
}
