using System.Net;
using CompatBot.Protocols.Net.Dns;
using CompatBot.Protocols.Smtp.Filters;
using CompatBot.Protocols.Smtp.Reports;

namespace CompatBot.Protocols.Smtp.Checks;

/// <summary>How mail of strangers is looked at before it is taken.</summary>
/// <param name="Resolver">Asks for records.</param>
/// <param name="Rejects">Refuses or sets aside what fails DMARC, as the author's domain asks; else it is only marked.</param>
/// <param name="Trusted">Networks whose mail is not looked at, such as that of a relay in front.</param>
public sealed record MailChecks(IDnsResolver Resolver, bool Rejects, IReadOnlyList<IPNetwork> Trusted)
{
    /// <summary>Octets of a message that are held back until its signatures are known. A longer one is marked without them.</summary>
    public const int HeldBytesMax = 1 << 20;

    /// <summary>Octets of all messages that are held back at once: beyond it mail is put off.</summary>
    public const long AllHeldBytesMax = 64L << 20;

    private static long allHeld;

    /// <summary>SPF, DKIM and DMARC are looked at.</summary>
    public bool Verifies { get; init; } = true;

    /// <summary>Domains whose word counts that a message was good when it came to them: lower case (ARC).</summary>
    public IReadOnlySet<string> TrustedSealers { get; init; } = new HashSet<string>();

    /// <summary>Lists of clients from whom nothing is taken; null: none.</summary>
    public Dnsbl? Lists { get; init; }

    /// <summary>Asks strangers to come again; null: nobody is asked.</summary>
    public Greylist? Greylist { get; init; }

    /// <summary>Programs outside that look at messages; null: none.</summary>
    public ContentFilters? Filters { get; init; }

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
