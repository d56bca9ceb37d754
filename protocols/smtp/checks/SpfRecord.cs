using System.Globalization;
using System.Net;

namespace CompatBot.Protocols.Smtp.Checks;

/// <summary>RFC 7208 section 2.6. Members are the words of the RFC.</summary>
public enum SpfResult { None, Neutral, Pass, Fail, SoftFail, TempError, PermError }

/// <summary>One term of a record that can match (section 5).</summary>
/// <param name="Name">all, include, a, mx, ptr, ip4, ip6, exists.</param>
/// <param name="Domain">domain-spec, macros and all; null: the domain itself.</param>
/// <param name="Network">Of ip4 and ip6.</param>
/// <param name="Bits4">Prefix length for IPv4 addresses of a and mx.</param>
/// <param name="Bits6">The same for IPv6.</param>
internal sealed record SpfTerm(SpfResult Result, string Name, string? Domain, IPAddress? Network, int Bits4, int Bits6);

/// <summary>A parsed record (section 4.6).</summary>
/// <param name="Redirect">Where to go on when nothing matched; null: nowhere.</param>
internal sealed record SpfRecord(IReadOnlyList<SpfTerm> Terms, string? Redirect)
{
    private const string Version = "v=spf1";

    public static bool IsSpf(string text) =>
        text.StartsWith(Version, StringComparison.OrdinalIgnoreCase) && (text.Length == Version.Length || text[Version.Length] == ' ');

    /// <returns>Null when it is malformed anywhere: then the whole is in permanent error.</returns>
    public static SpfRecord? Parse(string text)
    {
        var terms = new List<SpfTerm>();
        string? redirect = null;
        var hasExplanation = false;
        foreach (var word in text[Version.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var end = word.AsSpan().IndexOfAny("=:/");
            var name = end >= 0 ? word[..end] : word;
            if (end >= 0 && word[end] == '=')
            {
                if (!IsModifierName(name)) return null;
                var value = word[(end + 1)..];
                if (name.Equals("redirect", StringComparison.OrdinalIgnoreCase))
                {
                    if (redirect is not null || !IsDomainSpec(value)) return null;
                    redirect = value;
                }
                else if (name.Equals("exp", StringComparison.OrdinalIgnoreCase))
                {
                    if (hasExplanation || !IsDomainSpec(value)) return null;
                    hasExplanation = true;
                }
                else if (!SpfMacros.AreSound(value))
                {
                    return null;
                }

                continue;
            }

            if (Term(word) is not { } term) return null;
            terms.Add(term);
        }

        return new SpfRecord(terms, redirect);
    }

    private static SpfTerm? Term(string word)
    {
        var result = word[0] switch { '+' => SpfResult.Pass, '-' => SpfResult.Fail, '~' => SpfResult.SoftFail, '?' => SpfResult.Neutral,
            _ => (SpfResult?)null };
        if (result is not null) word = word[1..];
        var qualified = result ?? SpfResult.Pass;
        var end = word.AsSpan().IndexOfAny(":/");
        var name = (end < 0 ? word : word[..end]).ToLowerInvariant();
        var rest = end < 0 ? "" : word[end..];
        var argument = rest.StartsWith(':') ? rest[1..] : null;
        switch (name)
        {
            case "all":
                return rest.Length == 0 ? new SpfTerm(qualified, name, null, null, 0, 0) : null;
            case "include" or "exists":
                return argument is not null && IsDomainSpec(argument) ? new SpfTerm(qualified, name, argument, null, 0, 0) : null;
            case "ptr":
                return rest.Length == 0 || (argument is not null && IsDomainSpec(argument))
                    ? new SpfTerm(qualified, name, argument, null, 0, 0) : null;
            case "a" or "mx":
                return Prefixes(argument ?? rest, out var domain, out var bits4, out var bits6)
                    && (argument is null ? domain.Length == 0 : IsDomainSpec(domain))
                    ? new SpfTerm(qualified, name, argument is null ? null : domain, null, bits4, bits6)
                    : null;
            case "ip4" or "ip6" when argument is not null:
                return Network(argument, name == "ip4") is { } network
                    ? new SpfTerm(qualified, name, null, network.Address, network.Bits, network.Bits)
                    : null;
            default:
                return null;
        }
    }

    /// <summary>[domain-spec] ["/" ip4-cidr-length] ["//" ip6-cidr-length]</summary>
    private static bool Prefixes(string text, out string domain, out int bits4, out int bits6)
    {
        (domain, bits4, bits6) = (text, 32, 128);

        // A "/" may be a delimiter inside of a macro's braces.
        var from = text.LastIndexOf('}') + 1;
        var slash = text.IndexOf('/', from);
        if (slash < 0) return true;
        domain = text[..slash];
        var rest = text[slash..];
        var two = rest.IndexOf("//", StringComparison.Ordinal);
        if (two >= 0)
        {
            if (!Length(rest[(two + 2)..], 128, out bits6)) return false;
            rest = rest[..two];
        }

        return rest.Length == 0 || Length(rest[1..], 32, out bits4);
    }

    private static bool Length(string text, int most, out int bits)
    {
        bits = 0;
        return text.Length is > 0 and <= 3 && (text.Length == 1 || text[0] != '0')
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bits) && bits <= most;
    }

    private static (IPAddress Address, int Bits)? Network(string text, bool isFour)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var bits = isFour ? 32 : 128;
        if (slash >= 0 && !Length(text[(slash + 1)..], bits, out bits)) return null;
        var address = slash < 0 ? text : text[..slash];
        if (!IPAddress.TryParse(address, out var parsed)) return null;
        if (isFour ? address.Count(letter => letter == '.') != 3
            || address.Contains(':', StringComparison.Ordinal) : !address.Contains(':', StringComparison.Ordinal)) return null;
        return (parsed, bits);
    }

    private static bool IsModifierName(string name) =>
        name.Length > 0 && char.IsAsciiLetter(name[0])
            && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');

    /// <summary>domain-spec = macro-string domain-end (section 7.1).</summary>
    private static bool IsDomainSpec(string text)
    {
        if (text.Length == 0 || !SpfMacros.AreSound(text)) return false;
        if (text[^1] == '}') return true;
        var label = text.TrimEnd('.');
        label = label[(label.LastIndexOf('.') + 1)..];
        return text.Contains('.', StringComparison.Ordinal) && label.Length > 0 && label[^1] != '-' && label[0] != '-'
            && label.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-') && !label.All(char.IsAsciiDigit);
    }
}
