using System.Net;
using CompatBot.Protocols.Net.Dns;
using CompatBot.Protocols.Smtp.Reports;

namespace CompatBot.Protocols.Smtp.Checks;

/// <summary>How mail of strangers is looked at before it is taken.</summary>
/// <param name="Resolver">Asks for records.</param>
/// <param name="Rejects">Refuses what fails DMARC where the author's domain asks for that; else it is only marked.</param>
/// <param name="Trusted">Networks whose mail is not looked at, such as that of a relay in front.</param>
public sealed record MailChecks(IDnsResolver Resolver, bool Rejects, IReadOnlyList<IPNetwork> Trusted)
{
    /// <summary>Octets of a message that are held back until its signatures are known. A longer one is marked without them.</summary>
    public const int HeldBytesMax = 1 << 20;

    /// <summary>Octets of all messages that are held back at once: beyond it mail is put off.</summary>
    public const long AllHeldBytesMax = 64L << 20;

    private static long allHeld;

    /// <summary>Counts what domains are told of mail in their name; null: nobody is told.</summary>
    public DmarcReports? Reports { get; init; }

    public bool Covers(IPAddress client)
    {
        var plain = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        return !plain.Equals(IPAddress.None) && !Trusted.Any(network => network.Contains(plain));
    }

    internal static bool TryHold(int bytes)
    {
        if (Interlocked.Add(ref allHeld, bytes) <= AllHeldBytesMax) return true;
        Interlocked.Add(ref allHeld, -bytes);
        return false;
    }

    internal static void Free(int bytes) => Interlocked.Add(ref allHeld, -bytes);
}
