namespace CompatBot.Protocols.Smtp.Relay.Security;

/// <summary>What a connection to one server has to be before mail goes over it, from nothing to proof.</summary>
internal enum TlsLevel
{
    /// <summary>In clear: TLS failed there just before (RFC 7435).</summary>
    Clear,

    /// <summary>TLS where it is offered, any certificate.</summary>
    Opportunistic,

    /// <summary>TLS, any certificate: the DNS says that there is TLS, and nothing of the certificate that is understood.</summary>
    Encrypted,

    /// <summary>TLS with a certificate that a known authority gave to the server's name (MTA-STS, a smarthost with a password).</summary>
    Verified,

    /// <summary>TLS with a certificate that the server's TLSA records name (RFC 7672).</summary>
    Dane,
}

/// <param name="Records">TLSA records that are understood; with <see cref="TlsLevel.Dane"/> only.</param>
internal sealed record TlsRule(TlsLevel Level, IReadOnlyList<Tlsa> Records)
{
    public static readonly TlsRule Clear = new(TlsLevel.Clear, []);

    public static readonly TlsRule Opportunistic = new(TlsLevel.Opportunistic, []);

    public static readonly TlsRule Encrypted = new(TlsLevel.Encrypted, []);

    public static readonly TlsRule Verified = new(TlsLevel.Verified, []);

    public bool IsRequired => Level > TlsLevel.Opportunistic;

    /// <summary>Somebody vouches for the server: what REQUIRETLS asks for (RFC 8689 section 4.2.1).</summary>
    public bool IsProof => Level >= TlsLevel.Verified;
}

/// <summary>How TLS failed, in the words of reports (RFC 8460 section 4.3).</summary>
internal static class TlsFailure
{
    public const string NotSupported = "starttls-not-supported";
    public const string HostMismatch = "certificate-host-mismatch";
    public const string Expired = "certificate-expired";
    public const string NotTrusted = "certificate-not-trusted";
    public const string Validation = "validation-failure";
    public const string DnssecInvalid = "dnssec-invalid";
    public const string StsFetch = "sts-policy-fetch-error";
    public const string StsInvalid = "sts-policy-invalid";
    public const string StsCertificate = "sts-webpki-invalid";
}
