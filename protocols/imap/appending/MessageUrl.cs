using System.Globalization;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Appending;

/// <summary>
/// A message or a part of it, by an IMAP URL (RFC 5092), mostly one without a server (section 7.2), such as
/// "/INBOX;UIDVALIDITY=785799047/;UID=113330/;SECTION=1.5.9".
/// </summary>
/// <param name="Mailbox">Null: the selected one.</param>
/// <param name="UidValidity">Null: any.</param>
/// <param name="Server">Whose mailbox it is, and where, of "imap://user@host/..."; null: here.</param>
public sealed record MessageUrl(
    string? Mailbox, uint? UidValidity, uint Uid, SectionSpec Section, FetchPartial? Partial, MessageUrlServer? Server = null)
{
    private const string Scheme = "imap://";

    /// <summary>imessagepart = enc-mailbox [uidvalidity] iuid [isection] [ipartial], or the same without a mailbox.</summary>
    /// <returns>Null when it names no message.</returns>
    public static MessageUrl? Parse(string url, ImapLimits limits)
    {
        if (url.StartsWith("imap:", StringComparison.OrdinalIgnoreCase) || url.StartsWith("//", StringComparison.Ordinal))
        {
            return ParseAbsolute(url, limits);
        }

        var steps = url.TrimStart('/').Split(';');
        var mailbox = Decoded(steps[0].TrimEnd('/'));
        if (mailbox is null) return null;
        uint? validity = null, uid = null;
        var section = SectionSpec.Whole;
        FetchPartial? partial = null;
        foreach (var step in steps.Skip(1))
        {
            var equals = step.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || Decoded(step[(equals + 1)..].TrimEnd('/')) is not { Length: > 0 } value) return null;
            switch (step[..equals].ToUpperInvariant())
            {
                case "UIDVALIDITY" when uid is null && IsNumber(value, out var number): validity = number; break;
                case "UID" when IsNumber(value, out var number): uid = number; break;
                case "SECTION" when uid is not null && FetchGrammar.Section(value, limits) is { } named: section = named; break;
                case "PARTIAL" when uid is not null && PartialOf(value) is { } range: partial = range; break;
                default: return null;
            }
        }

        var name = mailbox.Length == 0 ? null : mailbox.Equals("INBOX", StringComparison.OrdinalIgnoreCase) ? "INBOX" : mailbox;
        return uid is { } one ? new MessageUrl(name, validity, one, section, partial) : null;
    }

    /// <summary>imapurl = "imap://" iserver ipath-query; iserver = [iuserinfo "@"] host [":" port]</summary>
    private static MessageUrl? ParseAbsolute(string url, ImapLimits limits)
    {
        if (!url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var path = url.IndexOf('/', Scheme.Length);
        if (path < 0 || Parse(url[path..], limits) is not { Mailbox: not null, Server: null } message) return null;
        var server = url[Scheme.Length..path];
        var at = server.LastIndexOf('@');
        if (at < 0 || Decoded(server[..at].Split(';')[0]) is not { Length: > 0 } user) return null; // Without a name: anonymous.
        var host = server[(at + 1)..].Split(':')[0];
        return message with { Server = new MessageUrlServer(user, host) };
    }

    /// <summary>ipartial-only = ";PARTIAL=" number ["." nz-number]</summary>
    private static FetchPartial? PartialOf(string value)
    {
        var dot = value.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0) return IsAnyNumber(value, out var from) ? new FetchPartial(from, long.MaxValue) : null;
        return IsAnyNumber(value[..dot], out var offset) && IsAnyNumber(value[(dot + 1)..], out var bytes) && bytes > 0
            ? new FetchPartial(offset, bytes) : null;
    }

    private static bool IsNumber(string text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;

    private static bool IsAnyNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>Percent-encoded UTF-8; null when it is none.</summary>
    private static string? Decoded(string text)
    {
        for (var at = text.IndexOf('%', StringComparison.Ordinal); at >= 0; at = text.IndexOf('%', at + 1))
        {
            if (at + 2 >= text.Length || !char.IsAsciiHexDigit(text[at + 1]) || !char.IsAsciiHexDigit(text[at + 2])) return null;
        }

        return Uri.UnescapeDataString(text);
    }
}

/// <param name="User">Without a mechanism to log in by: whoever asks has logged in.</param>
public sealed record MessageUrlServer(string User, string Host);
