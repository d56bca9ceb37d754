using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace CompatBot.Protocols.Net.Dns;

/// <summary>Record types that mail asks for (RFC 1035 section 3.2.2, RFC 3596). Members are the numbers on the wire.</summary>
public enum DnsType
{
    A = 1,
    Cname = 5,

    /// <summary>PTR: the name of an address.</summary>
    Reverse = 12,
    Mx = 15,
    Txt = 16,
    Aaaa = 28,

    /// <summary>RFC 2782: where a service is.</summary>
    Srv = 33,

    /// <summary>RFC 4034: the keys of a zone.</summary>
    DnsKey = 48,

    /// <summary>RFC 6698: what a server's certificate must be.</summary>
    Tlsa = 52,

    /// <summary>RFC 8659: who may give certificates.</summary>
    Caa = 257,
}

/// <summary>What became of a question.</summary>
public enum DnsStatus
{
    /// <summary>There are records.</summary>
    Found,

    /// <summary>The name exists, but has none of this type.</summary>
    NoData,

    /// <summary>The name does not exist.</summary>
    NoName,

    /// <summary>Nobody answered in time, or the answer is bogus: ask again later.</summary>
    Failed,
}

/// <param name="Data">RDATA of each record, names in it uncompressed; empty unless found.</param>
/// <param name="IsSecure">DNSSEC vouches for it.</param>
public sealed record DnsAnswer(DnsStatus Status, IReadOnlyList<byte[]> Data, bool IsSecure = false)
{
    public static readonly DnsAnswer Failed = new(DnsStatus.Failed, []);

    /// <summary>A and AAAA.</summary>
    public IEnumerable<IPAddress> Addresses => Data.Where(data => data.Length is 4 or 16).Select(data => new IPAddress(data));

    /// <summary>TLSA, as a zone file has them.</summary>
    public IEnumerable<string> Associations =>
        from data in Data
        where data.Length > 3
        select $"{data[0]} {data[1]} {data[2]} {Convert.ToHexStringLower(data.AsSpan(3))}";

    /// <summary>CAA, as a zone file has them.</summary>
    public IEnumerable<string> Authorities =>
        from data in Data
        where data.Length > 2 && data.Length >= 2 + data[1]
        let tag = System.Text.Encoding.ASCII.GetString(data.AsSpan(2, data[1]))
        select $"{data[0]} {tag} \"{System.Text.Encoding.ASCII.GetString(data.AsSpan(2 + data[1]))}\"";

    /// <summary>MX: the lowest preference first. The root name, "", is the null MX (RFC 7505).</summary>
    public IEnumerable<(int Preference, string Host)> Exchanges =>
        from data in Data
        where data.Length > 2
        let host = Name(data.AsSpan(2))
        where host is not null
        let preference = BinaryPrimitives.ReadUInt16BigEndian(data)
        orderby preference
        select ((int)preference, host);

    /// <summary>TXT: the strings of each record, joined.</summary>
    public IEnumerable<string> Texts => Data.Select(Text);

    /// <summary>SRV as in a zone file: "0 1 993 mail.example.org.".</summary>
    public IEnumerable<string> Services =>
        from data in Data
        where data.Length > 6
        let host = Name(data.AsSpan(6))
        where host is not null
        let numbers = Enumerable.Range(0, 3).Select(at => BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(2 * at)))
        select $"{string.Join(' ', numbers)} {host}.";

    /// <summary>PTR and CNAME.</summary>
    public IEnumerable<string> Names => Data.Select(data => Name(data)).OfType<string>();

    private static string Text(byte[] data)
    {
        var text = new StringBuilder();
        for (var at = 0; at < data.Length; at += 1 + data[at])
        {
            text.Append(Encoding.Latin1.GetString(data, at + 1, Math.Min(data[at], data.Length - at - 1)));
        }

        return text.ToString();
    }

    /// <returns>A name without its final dot, in lower case; null when it is malformed.</returns>
    private static string? Name(ReadOnlySpan<byte> data)
    {
        var name = new StringBuilder();
        while (data.Length > 0)
        {
            var length = data[0];
            if (length == 0) return name.ToString().ToLowerInvariant();
            if (length > 63 || length >= data.Length || !Ascii.IsValid(data.Slice(1, length))) return null;
            if (name.Length > 0) name.Append('.');
            name.Append(Encoding.ASCII.GetString(data.Slice(1, length)));
            data = data[(1 + length)..];
        }

        return null;
    }
}

/// <summary>Asks the DNS.</summary>
public interface IDnsResolver
{
    /// <param name="name">A host name in A-labels, without a final dot.</param>
    /// <returns>An answer in any case; what did not work is <see cref="DnsStatus.Failed"/>.</returns>
    ValueTask<DnsAnswer> QueryAsync(string name, DnsType type, CancellationToken cancellation);
}
