using System.Text;
using CompatBot.Protocols.Smtp.Commands;
using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp;

/// <summary>A parsed command, ready to run.</summary>
public interface ISmtpCommand
{
    ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation);
}

/// <summary>Reads the arguments behind the command's name; null when <see cref="SmtpLexer.Mistake"/> says why not.</summary>
public delegate ISmtpCommand? SmtpParser(ref SmtpLexer lexer);

/// <param name="OutOfOrder">What 503 says in any other state.</param>
/// <param name="MovesNothing">Counts as idle: NOOP and its like must not keep a connection for ever.</param>
public sealed record SmtpCommandEntry(string Name, SmtpState AllowedIn, SmtpParser Parse, string OutOfOrder, bool MovesNothing = false);

/// <summary>Every command this server speaks, where it is allowed, and who parses it: the map of this folder.</summary>
public static class SmtpCommands
{
    private static readonly SmtpCommandEntry[] Entries =
    [
        new("EHLO", SmtpState.Any, Ehlo.Parse, "", MovesNothing: true), // RFC 5321 4.1.1.1
        new("HELO", SmtpState.Any, Helo.Parse, "", MovesNothing: true), // RFC 5321 4.1.1.1
        new("LHLO", SmtpState.Any, Lhlo.Parse, "", MovesNothing: true), // RFC 2033 4.1
        new("MAIL", SmtpState.Ready, Mail.Parse, "Say EHLO first, and one MAIL at a time"), // RFC 5321 4.1.1.2
        new("RCPT", SmtpState.Mail | SmtpState.Recipients, Rcpt.Parse, "MAIL first"), // RFC 5321 4.1.1.3
        new("DATA", SmtpState.Recipients, Data.Parse, "MAIL and RCPT first"), // RFC 5321 4.1.1.4
        new("BDAT", SmtpState.Any, Bdat.Parse, ""), // RFC 3030 2; itself checks, for its octets must be read in any state
        new("RSET", SmtpState.Any, Rset.Parse, "", MovesNothing: true), // RFC 5321 4.1.1.5
        new("VRFY", SmtpState.Any, Vrfy.Parse, "", MovesNothing: true), // RFC 5321 4.1.1.6
        new("EXPN", SmtpState.Any, Expn.Parse, "", MovesNothing: true), // RFC 5321 4.1.1.7
        new("HELP", SmtpState.Any, Help.Parse, "", MovesNothing: true), // RFC 5321 4.1.1.8
        new("NOOP", SmtpState.Any, Noop.Parse, "", MovesNothing: true), // RFC 5321 4.1.1.9
        new("QUIT", SmtpState.Any, Quit.Parse, ""), // RFC 5321 4.1.1.10
        new("STARTTLS", SmtpState.Start | SmtpState.Ready, StartTls.Parse, "Not within a transaction"), // RFC 3207
        new("XCLIENT", SmtpState.Start | SmtpState.Ready, Xclient.Parse, "Not within a transaction"),
        new("AUTH", SmtpState.Ready, Auth.Parse, "After EHLO, not within a transaction"), // RFC 4954
    ];

    /// <summary>Names that only web browsers send: whoever made one speak to us is not to be answered twice.</summary>
    private static readonly string[] HttpMethods = ["GET", "POST", "PUT", "CONNECT", "HEAD", "OPTIONS"];

    /// <summary>What HELP tells: the commands of SMTP.</summary>
    public static IEnumerable<string> Names => Entries.Select(entry => entry.Name).Where(name => name is not ("LHLO" or "XCLIENT"));

    public static SmtpCommandEntry? Find(ReadOnlySpan<byte> verb)
    {
        foreach (var entry in Entries)
        {
            if (Ascii.EqualsIgnoreCase(verb, entry.Name)) return entry;
        }

        return null;
    }

    public static bool IsHttp(ReadOnlySpan<byte> verb)
    {
        foreach (var method in HttpMethods)
        {
            if (Ascii.EqualsIgnoreCase(verb, method)) return true;
        }

        return false;
    }
}
