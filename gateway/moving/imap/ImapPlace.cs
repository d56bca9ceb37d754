using System.Globalization;

namespace CompatBot.Gateway.Moving.Imap;

/// <summary>An account at another server: imaps://USER@HOST[:PORT], or imap:// for STARTTLS.</summary>
/// <param name="IsTls">TLS from the first octet.</param>
/// <param name="AuthorityFile">PEM certificates that are trusted beside those of the system; null: none.</param>
internal sealed record ImapPlace(string User, string Host, int Port, bool IsTls, string Password, string? AuthorityFile)
{
    private const int StandardPort = 143, StandardTlsPort = 993;

    public static bool IsUrl(string text) =>
        text.StartsWith("imaps://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("imap://", StringComparison.OrdinalIgnoreCase);

    /// <summary>The user may be an address, whose @ needs no escape: the last one divides.</summary>
    /// <returns>Null when it is no such URL.</returns>
    public static ImapPlace? Parse(string url, string password, string? authorityFile)
    {
        if (!IsUrl(url)) return null;
        var isTls = url.StartsWith("imaps", StringComparison.OrdinalIgnoreCase);
        var rest = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..].TrimEnd('/');
        var at = rest.LastIndexOf('@');
        if (at <= 0 || rest.Contains('/', StringComparison.Ordinal)) return null;
        var (user, host) = (Uri.UnescapeDataString(rest[..at]), rest[(at + 1)..]);
        var port = isTls ? StandardTlsPort : StandardPort;
        var colon = host.LastIndexOf(':');
        if (colon >= 0 && !host.EndsWith(']'))
        {
            if (!int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)) return null;
            host = host[..colon];
        }

        host = host.Trim('[', ']');
        return Uri.CheckHostName(host) == UriHostNameType.Unknown || port is < 1 or > ushort.MaxValue
            ? null
            : new ImapPlace(user, host, port, isTls, password, authorityFile);
    }

    public override string ToString() => "(account elsewhere)";
}
