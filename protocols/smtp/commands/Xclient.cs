using System.Net;
using System.Text;
using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Commands;

/// <summary>
/// XCLIENT: a filter or proxy in front says for whom it speaks (Postfix XCLIENT_README), and the session begins anew as that client's.
/// Only from configured addresses. Nobody is logged in by it: what an account has opens with its password alone.
/// </summary>
/// <param name="Address">ADDR; null: not said, or not known there.</param>
/// <param name="Helo">HELO; null: not said, or not known there.</param>
public sealed record Xclient(IPAddress? Address, string? Helo) : ISmtpCommand
{
    /// <summary>What EHLO says.</summary>
    public const string Attributes = "NAME ADDR PORT PROTO HELO DESTADDR DESTPORT";

    /// <summary>xclient = "XCLIENT" 1*(SP attribute "=" xtext); what is not known is "[UNAVAILABLE]" or "[TEMPUNAVAIL]"</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer)
    {
        IPAddress? address = null;
        string? helo = null;
        do
        {
            if (!lexer.Parameter(out var keyword, out var value)) return null;
            var text = value is null ? null : Decoded(value);
            switch (keyword)
            {
                case "ADDR" when text is not null && (IsUnknown(text) || AddressOf(text) is not null):
                    address = AddressOf(text);
                    break;
                case "HELO" when text is not null && (IsUnknown(text) || Ehlo.IsName(text)):
                    helo = IsUnknown(text) ? null : text;
                    break;
                case "NAME" or "PORT" or "PROTO" or "DESTADDR" or "DESTPORT" when text is not null:
                    break;
                default:
                    lexer.Fail(SmtpReply.Syntax($"Bad attribute {keyword}"));
                    return null;
            }
        }
        while (!lexer.IsAtEnd);

        return new Xclient(address, helo);
    }

    public async ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation)
    {
        if (!session.MaySpeakForOthers) return new SmtpReply(550, "5.7.0", "Not from here");
        await session.ResetAsync();
        session.SpeakFor(Address, Helo);
        return new SmtpReply(220, null, $"{session.Services.HostName} ESMTP CompatBot");
    }

    private static bool IsUnknown(string text) => text is "[UNAVAILABLE]" or "[TEMPUNAVAIL]";

    private static IPAddress? AddressOf(string text) =>
        IPAddress.TryParse(text.StartsWith("IPV6:", StringComparison.OrdinalIgnoreCase) ? text[5..] : text, out var address)
            ? address
            : null;

    /// <returns>Null when it is no xtext.</returns>
    private static string? Decoded(string xtext)
    {
        if (!SmtpDsn.IsXtext(xtext)) return null;
        var text = new StringBuilder(xtext.Length);
        for (var at = 0; at < xtext.Length; at++)
        {
            if (xtext[at] != '+') text.Append(xtext[at]);
            else text.Append((char)Convert.ToByte(xtext.Substring((at += 2) - 1, 2), 16));
        }

        return text.ToString();
    }
}
