using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CompatBot.Protocols.Smtp.Checks;

/// <summary>What the macros of a record stand for (RFC 7208 section 7).</summary>
/// <param name="Client">The client's address.</param>
/// <param name="Local">Local part of the sender.</param>
/// <param name="SenderDomain">Its domain.</param>
/// <param name="Helo">What the client called itself.</param>
internal sealed record SpfMacros(IPAddress Client, string Local, string SenderDomain, string Helo)
{
    /// <summary>Longest name that the DNS takes, in characters.</summary>
    private const int NameCharsMax = 253;

    private const string Delimiters = ".-+,/_=";

    /// <summary>Whether every "%" begins a macro.</summary>
    public static bool AreSound(string text) => new SpfMacros(IPAddress.None, "", "", "").TryExpand(text, "", out _);

    /// <summary>A domain-spec with its macros replaced; too long a name loses labels on the left (section 7.3).</summary>
    public string Expand(string text, string domain)
    {
        TryExpand(text, domain, out var expanded);
        expanded = expanded.TrimEnd('.');
        while (expanded.Length > NameCharsMax && expanded.IndexOf('.', StringComparison.Ordinal) is var dot and >= 0) expanded =
            expanded[(dot + 1)..];
        return expanded;
    }

    private bool TryExpand(string text, string domain, out string expanded)
    {
        var result = new StringBuilder();
        expanded = "";
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] is < '!' or > '~') return false;
            if (text[at] != '%')
            {
                result.Append(text[at]);
                continue;
            }

            if (++at == text.Length) return false;
            switch (text[at])
            {
                case '%': result.Append('%'); break;
                case '_': result.Append(' '); break;
                case '-': result.Append("%20"); break;
                case '{':
                    var end = text.IndexOf('}', at);
                    if (end < 0 || !TryMacro(text[(at + 1)..end], domain, result)) return false;
                    at = end;
                    break;
                default: return false;
            }
        }

        expanded = result.ToString();
        return true;
    }

    /// <summary>macro-letter transformers *delimiter</summary>
    private bool TryMacro(string macro, string domain, StringBuilder result)
    {
        if (macro.Length == 0) return false;
        var value = char.ToLowerInvariant(macro[0]) switch
        {
            's' => $"{Local}@{SenderDomain}",
            'l' => Local,
            'o' => SenderDomain,
            'd' => domain,
            'i' => Dotted(),
            'p' => "unknown", // Section 7.3 allows it, and 5.5 asks not to look it up.
            'v' => Client.AddressFamily == AddressFamily.InterNetworkV6 ? "ip6" : "in-addr",
            'h' => Helo,
            'c' => Client.ToString(),
            'r' => "unknown",
            't' => "0",
            _ => null,
        };
        if (value is null) return false;
        var at = 1;
        while (at < macro.Length && char.IsAsciiDigit(macro[at])) at++;
        var digits = macro[1..at];
        var keep = int.MaxValue;
        if (digits.Length > 0
            && (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out keep) || keep == 0)) return false;
        var reverses = at < macro.Length && macro[at] is 'r' or 'R';
        if (reverses) at++;
        var delimiters = macro[at..];
        if (delimiters.Any(letter => !Delimiters.Contains(letter, StringComparison.Ordinal))) return false;
        var parts = value.Split(delimiters.Length == 0 ? ['.'] : delimiters.ToCharArray());
        if (reverses) Array.Reverse(parts);
        var text = string.Join('.', parts.TakeLast(Math.Min(keep, parts.Length)));
        result.Append(char.IsAsciiLetterUpper(macro[0]) ? Uri.EscapeDataString(text) : text);
        return true;
    }

    private string Dotted() => Client.AddressFamily == AddressFamily.InterNetworkV6
        ? string.Join('.', Convert.ToHexStringLower(Client.GetAddressBytes()).ToCharArray())
        : Client.ToString();
}
